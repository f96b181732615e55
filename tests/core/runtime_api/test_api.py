"""What does the Runtime API answer, and when?"""

import base64
from typing import Any

from msgspec import structs

from eventsim.invocation import Piece
from eventsim.runtime_api.api import RuntimeApi, Work
from eventsim.runtime_api.line import Written
from eventsim.wire.http import Headers, HttpRequest, HttpResponse

ROOT = "/2018-06-01/runtime"


class Asked:
    """A request, and what it was answered."""

    def __init__(self, method: str, path: str, body: bytes = b"", **headers: str) -> None:
        pairs = [(name.replace("_", "-"), value) for name, value in headers.items()]
        self.request = HttpRequest(method=method, path=path, headers=Headers(pairs), body=body)
        self.answers: list[HttpResponse] = []

    def reply(self, response: HttpResponse) -> None:
        self.answers.append(response)


def ask(api: RuntimeApi, method: str, path: str, body: bytes = b"", **headers: str) -> Any:
    """Return status and body of an answer, None while there is none."""
    asked: Any = Asked(method, f"{ROOT}/{path}", body, **headers)
    assert api.take(asked)
    return (asked.answers[0].status, asked.answers[0].body) if asked.answers else None


def working() -> RuntimeApi:
    """Return the API of a runtime that has an event."""
    api = RuntimeApi()
    ask(api, "GET", "invocation/next")
    api.hand_out(Work(request_id="r-1", headers={}, event=b"{}"))
    return api


def test_a_runtime_waits_for_its_event() -> None:
    """Asking for the next event says that init is over."""
    api, asked = RuntimeApi(), Asked("GET", f"{ROOT}/invocation/next")
    api.take(asked)  # type: ignore[arg-type]
    was_ready = api.is_ready

    api.hand_out(Work(request_id="r-1", headers={"Lambda-Runtime-Aws-Request-Id": "r-1"}, event=b'{"n": 1}'))

    (answer,) = asked.answers
    assert (was_ready, api.is_ready) == (True, False)
    assert (answer.status, answer.body) == (200, b'{"n": 1}')
    assert dict(answer.headers)["Lambda-Runtime-Aws-Request-Id"] == "r-1"


def test_a_result_is_taken_once() -> None:
    """A second one, and one for another invocation, are refused."""
    api = working()

    other = ask(api, "POST", "invocation/r-2/response", b"1")
    first = ask(api, "POST", "invocation/r-1/response", b"1")
    second = ask(api, "POST", "invocation/r-1/response", b"2")

    assert first == (202, b'{"status":"OK"}\n')
    assert (other[0], b"InvalidRequestID" in other[1]) == (400, True)
    assert (second[0], b"InvalidStateTransition" in second[1]) == (403, True)
    assert api.told is not None
    assert api.told.body == b"1"


def test_who_has_an_event_gets_no_other() -> None:
    """It owes an answer first."""
    api = working()

    status, body = ask(api, "GET", "invocation/next")

    assert (status, b"Transition from Running to Ready is not allowed." in body) == (403, True)


def test_an_error_has_the_type_of_its_header_or_of_its_body() -> None:
    """The header is optional."""
    described, named = working(), working()

    ask(described, "POST", "invocation/r-1/error", b'{"errorType": "Oops", "errorMessage": "no"}')
    ask(named, "POST", "invocation/r-1/error", b"", Lambda_Runtime_Function_Error_Type="Runtime.Bad")

    assert described.told is not None
    assert named.told is not None
    assert (described.told.error_type, named.told.error_type) == ("Oops", "Runtime.Bad")


def test_an_error_may_follow_a_result_that_has_begun() -> None:
    """In the trailers of a stream, the description as base64."""
    api = working()
    asked = Asked("POST", f"{ROOT}/invocation/r-1/response", b"one, ")
    described = base64.b64encode(b'{"errorType": "Oops"}').decode()
    trailers = (
        ("Lambda-Runtime-Function-Error-Type", "Oops"),
        ("Lambda-Runtime-Function-Error-Body", described),
    )
    asked.request = structs.replace(asked.request, trailers=trailers)

    api.take(asked)  # type: ignore[arg-type]

    assert api.told is not None
    assert (api.told.error_type, api.told.body) == ("Oops", b'{"errorType": "Oops"}')


def test_a_result_of_more_than_six_megabytes_is_refused() -> None:
    """The runtime hears of it; the invocation fails with Lambda's own error."""
    api = working()

    status, body = ask(api, "POST", "invocation/r-1/response", b"x" * (6 * 1024 * 1024 + 101))

    assert (status, b"Exceeded maximum allowed payload size (6291556 bytes)." in body) == (413, True)
    assert api.told is not None
    assert api.told.is_too_large


def test_a_stream_may_be_longer() -> None:
    """If whoever asked takes it as a stream: 200 MB, here made less."""
    streaming = {"Lambda_Runtime_Function_Response_Mode": "streaming"}
    api = RuntimeApi()
    ask(api, "GET", "invocation/next")
    api.hand_out(Work(request_id="r-1", headers={}, event=b"{}"), streams=True)
    most = api.bytes_max
    api.bytes_max = 10

    status, body = ask(api, "POST", "invocation/r-1/response", b"x" * 11, **streaming)

    assert most == 200 * 1024 * 1024
    assert (status, b"Exceeded maximum allowed payload size (10 bytes)." in body) == (413, True)


def test_a_piece_belongs_to_the_current_invocation() -> None:
    """What is written for another one, or after the end, is nobody's."""
    api = working()
    pieces = [Asked("POST", f"{ROOT}/invocation/{name}/response", Content_Type="text/x") for name in ("r-1", "r-2")]

    current, other = (api.piece(Written(asked.request, b"x")) for asked in pieces)

    assert (current, other) == (Piece(data=b"x", content_type="text/x"), None)


def test_other_paths_are_not_there() -> None:
    """Neither is anything of another API."""
    api = RuntimeApi()

    assert ask(api, "GET", "restore/nothing") == (404, b"404 page not found\n")
    assert not api.take(Asked("POST", "/"))  # type: ignore[arg-type]
