"""Which operation answers? A stub, what a source offers, or a refusal by name; the trace tells of each."""

from typing import Any

import pytest

from eventsim import ApiError, Caller, NotSimulated, Request, Result, Trace
from eventsim.calls.router import Router


class Standstill:
    """A time that does not pass."""

    now_us = 0


def offer(loaded: list[str] | None = None) -> Router:
    """Return a router whose service `post` has one operation."""

    def load() -> dict[str, Any]:
        if loaded is not None:
            loaded.append("post")
        return {"SendLetter": send_letter}

    return Router(Trace(Standstill()), "eu-west-1", {"post": load})


def send_letter(request: Request) -> Result:
    if not request.parameters.get("To"):
        raise ApiError("NoAddress", "Where to?")
    return {"From": request.region, "To": request.parameters["To"]}


def test_an_operation_gets_the_request_and_gives_the_result() -> None:
    """Parameters, region and caller reach the operation."""
    router = offer()

    assert router.call("post", "SendLetter", {"To": "Ada"}) == {"From": "eu-west-1", "To": "Ada"}
    assert router.call("post", "SendLetter", {"To": "Ada"}, region="us-east-1")["From"] == "us-east-1"  # type: ignore[index]  # it does not wait


def test_a_service_is_loaded_by_its_first_call() -> None:
    """Nobody pays for a service that is not used."""
    loaded: list[str] = []
    router = offer(loaded)
    before = list(loaded)

    router.call("post", "SendLetter", {"To": "Ada"})
    router.call("post", "SendLetter", {"To": "Bob"})

    assert (before, loaded) == ([], ["post"])


@pytest.mark.parametrize(("service", "operation"), [("post", "SendParcel"), ("bedrock-runtime", "InvokeModel")])
def test_what_nobody_offers_is_refused_by_name(service: str, operation: str) -> None:
    """The error names service and operation, and says how to stub them."""
    with pytest.raises(NotSimulated, match=rf"{service}\.{operation} is not simulated.*simulation\.stub"):
        offer().call(service, operation, {})


def test_a_stub_comes_first() -> None:
    """A test decides what an operation answers, even one that is simulated."""
    router = offer()
    router.stub("post", "SendLetter", lambda parameters: {"To": parameters["To"].upper()})

    assert router.call("post", "SendLetter", {"To": "Ada"}) == {"To": "ADA"}


def test_an_operation_may_leave_what_it_does_not_keep_to_whoever_answers_for_the_rest() -> None:
    """Tags of all that a service has are asked for by one operation, also of what somebody else keeps."""

    def send_letter_home(request: Request) -> Result:
        if request.parameters["To"] != "home":
            raise NotSimulated(request.service, request.operation)
        return {"By": "us"}

    def find_elsewhere(service: str, operation: str) -> Any:
        if operation != "SendLetter":
            raise NotSimulated(service, operation)
        return lambda _: {"By": "others"}

    load = {"post": lambda: {"SendLetter": send_letter_home, "SendParcel": send_letter_home}}
    router = Router(Trace(Standstill()), "eu-west-1", load, find_elsewhere)

    assert [router.call("post", "SendLetter", {"To": to}) for to in ("home", "Ada")] == [{"By": "us"}, {"By": "others"}]
    with pytest.raises(NotSimulated):
        router.call("post", "SendParcel", {"To": "Ada"})


def test_calls_and_refusals_are_in_the_trace() -> None:
    """A call is caused by the invocation that made it; a refusal is caused by its call."""
    trace = Trace(Standstill())
    router = Router(trace, "eu-west-1", {"post": lambda: {"SendLetter": send_letter}})

    with pytest.raises(ApiError):
        router.call("post", "SendLetter", {}, caller=Caller(arn="arn:f", cause=12))

    called, refused = trace.entries()
    assert (called.kind, called.place, called.cause) == ("called", "operation post.SendLetter", 12)
    assert (refused.kind, refused.cause, refused.value) == ("call refused", called.number, 400)
    assert refused.detail == {"code": "NoAddress", "message": "Where to?"}
