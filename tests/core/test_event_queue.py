"""How an asynchronous event is tried until it succeeds or is given up."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eventsim.dispatch.payload import decode_event
from eventsim.envelope import Envelope, Lineage
from eventsim.errors import ApiError
from eventsim.function.function import EventInvokeConfig
from eventsim.outcome import Success, Throttled
from eventsim.target import Inbox

Build = Callable[..., Any]
S = 1_000_000


def fail(event: Any) -> Any:
    """Raise, whatever comes."""
    raise ValueError("no")


class FailsOnce:
    """A handler that fails at its first invocation only."""

    def __init__(self) -> None:
        self.is_first = True

    def __call__(self, event: Any) -> Any:
        if self.is_first:
            self.is_first = False
            raise ValueError("not yet")
        return {"done": True}


def config(**settings: Any) -> dict[str, EventInvokeConfig]:
    """Configure `$LATEST` with an inbox for each destination."""
    return {"$LATEST": EventInvokeConfig(on_success="succeeded", on_failure="failed", **settings)}


def with_inboxes(world: Any) -> Any:
    """Add the inboxes that the configurations name."""
    for name in ("succeeded", "failed", "dead"):
        world.targets[name] = Inbox(f"arn:{name}")
    return world


def records(world: Any, inbox: str) -> list[Any]:
    """Return what went to an inbox, decoded."""
    return [json.loads(envelope.body) for envelope in world.targets[inbox].envelopes]


def context(record: Any) -> tuple[str, int]:
    """Return condition and invocation count of a record."""
    return record["requestContext"]["condition"], record["requestContext"]["approximateInvokeCount"]


def attempts_s(world: Any) -> list[float]:
    """Return when attempts were made."""
    return [entry.at_us / S for entry in world.told("attempted")]


@pytest.mark.parametrize(
    ("settings", "attempts", "end"),
    [
        pytest.param({}, [0, 60, 180], ("RetriesExhausted", 3), id="L1 default"),
        pytest.param({"maximum_retry_attempts": 0}, [0], ("RetriesExhausted", 1), id="L2 no retries"),
        pytest.param({"maximum_retry_attempts": 1}, [0, 60], ("RetriesExhausted", 2), id="one retry"),
        pytest.param({"maximum_event_age_s": 60}, [0], ("EventAgeExceeded", 1), id="L3 age 60"),
        pytest.param({"maximum_event_age_s": 90}, [0, 60], ("EventAgeExceeded", 2), id="L4 age 90"),
    ],
)
def test_a_failing_event_is_retried_and_given_up(
    build: Build, settings: dict[str, int], attempts: list[int], end: tuple[str, int]
) -> None:
    """Two retries, after one and two minutes, and no wait that would end too late (recorded)."""
    world = with_inboxes(build(fail))
    world.add(event_invoke=config(**settings))

    world.queue.submit("f", "", '{"n": 1}')
    world.run()

    (record,) = records(world, "failed")
    assert attempts_s(world) == attempts
    assert context(record) == end
    assert record["responsePayload"]["errorMessage"] == "no"
    (dropped,) = world.told("event dropped")
    assert dropped.at_us == attempts[-1] * S


def test_all_attempts_have_one_request_id(build: Build) -> None:
    """The id that the caller got is the id of every attempt and of the record (recorded)."""
    world = with_inboxes(build(fail))
    world.add(event_invoke=config())

    request_id = world.queue.submit("f", "", "{}")
    world.run()

    assert {invocation.request_id for invocation in world.play.invocations} == {request_id}
    assert records(world, "failed")[0]["requestContext"]["requestId"] == request_id
    metrics = world.dispatch.metrics("f")
    assert (metrics.invocations, metrics.errors) == (3, 3)
    assert len(world.told("queued")) == 1


def test_an_event_is_delivered_twice_if_the_scenario_says_so(build: Build) -> None:
    """Both deliveries have one request id, and each is attempted and ends for itself."""
    world = with_inboxes(build(FailsOnce()))
    world.add(event_invoke=config(), duplicates=1.0)

    request_id = world.queue.submit("f", "", "{}")
    world.run()

    assert [invocation.request_id for invocation in world.play.invocations] == [request_id] * 3
    assert attempts_s(world) == [0, 0, 60]
    assert [context(record) for record in records(world, "succeeded")] == [("Success", 1), ("Success", 2)]
    (repeated,) = world.told("event repeated")
    assert repeated.subject != world.told("queued")[0].subject


def test_how_often_events_are_repeated_follows_luck_of_the_functions_own(build: Build) -> None:
    """Another function changes nothing about which of its events come twice."""

    def repeated(*functions: str) -> list[int]:
        world = build()
        for name in functions:
            world.add(name, duplicates=0.3)
        for number in range(100):
            for name in functions:
                world.queue.submit(name, "", f'{{"n": {number}}}')
        world.run()
        numbers = [play.event["n"] for play in world.play.invocations if play.function == "f"]
        return [number for number in range(100) if numbers.count(number) == 2]

    assert repeated("f") == repeated("g", "f")
    assert 15 < len(repeated("f")) < 45


def test_reserved_zero_gives_up_without_an_attempt(build: Build) -> None:
    """L5: the event is accepted, the record has no response, a synchronous call is throttled (recorded)."""
    world = with_inboxes(build())
    world.add(event_invoke=config(), reserved_concurrency=0)

    world.queue.submit("f", "", '{"n": 1}')
    world.invoke()

    assert world.run() == [Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")]
    (record,) = records(world, "failed")
    assert context(record) == ("ZeroReservedConcurrency", 0)
    assert list(record) == ["version", "timestamp", "requestContext", "requestPayload"]


def test_a_throttled_event_waits_longer_and_longer(build: Build) -> None:
    """L6: refused at 0, 1, 3, 7 s it runs at 15 s, and the throttles count as no invocation (recorded)."""
    world = with_inboxes(build(duration_us=15 * S - 1))
    world.add(event_invoke=config(), reserved_concurrency=1)

    world.queue.submit("f", "", '"A"')
    world.queue.submit("f", "", '"B"')
    world.at(5, world.invoke)

    assert world.run() == [Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")]
    assert attempts_s(world) == [0, 0, 1, 3, 7, 15]
    assert [context(record) for record in records(world, "succeeded")] == [("Success", 1), ("Success", 1)]
    assert world.dispatch.metrics("f").throttles == 5


def test_success_is_told_to_its_destination(build: Build) -> None:
    """L9: one attempt, the response's context, and the value returned (recorded)."""
    world = with_inboxes(build())
    world.add(event_invoke=config())

    world.queue.submit("f", "", '{"n": 1}')
    world.run()

    (record,) = records(world, "succeeded")
    assert context(record) == ("Success", 1)
    assert record["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}
    assert record["responsePayload"] == {"n": 1}


def test_a_second_attempt_may_succeed(build: Build) -> None:
    """L10: failed once, then a record of success after a minute, with two invocations."""
    world = with_inboxes(build(FailsOnce()))
    world.add(event_invoke=config())

    world.queue.submit("f", "", "{}")
    world.run()

    (record,) = records(world, "succeeded")
    assert context(record) == ("Success", 2)
    assert record["timestamp"] == "2026-01-01T00:01:00.000Z"
    assert records(world, "failed") == []


def test_a_dead_letter_is_the_event_itself(build: Build) -> None:
    """L11: the body unchanged, and three attributes that tell why (recorded)."""
    world = with_inboxes(build(fail))
    world.add(dead_letter="dead")

    request_id = world.queue.submit("f", "", '{"raise_error": 1}')
    world.run()

    (letter,) = world.targets["dead"].envelopes
    assert letter.body == '{"raise_error": 1}'
    assert letter.attributes == {
        "RequestID": {"DataType": "String", "StringValue": request_id},
        "ErrorCode": {"DataType": "Number", "StringValue": "200"},
        "ErrorMessage": {"DataType": "String", "StringValue": "no"},
    }


def test_destination_and_dead_letter_queue_are_both_told(build: Build) -> None:
    """Both may be set (recorded)."""
    world = with_inboxes(build(fail))
    world.add(dead_letter="dead", event_invoke=config(maximum_retry_attempts=0))

    world.queue.submit("f", "", "{}")
    world.run()

    assert len(world.targets["dead"].envelopes) == len(world.targets["failed"].envelopes) == 1


def test_configuration_is_not_inherited_by_versions(build: Build) -> None:
    """A version without its own has the defaults, though the function has one (recorded)."""
    world = with_inboxes(build(fail))
    world.add("f", ("$LATEST", "1"), event_invoke=config(maximum_retry_attempts=0))

    world.queue.submit("f", "1", "{}")
    world.run()

    assert attempts_s(world) == [0, 60, 180]
    assert records(world, "failed") == []


def test_queued_events_run_on_the_new_code(build: Build) -> None:
    """L18: what is in flight ends on the old code, what is queued runs on the new one (recorded)."""
    world = with_inboxes(build(duration_us=10 * S))
    old = world.add(reserved_concurrency=1)
    for _ in range(3):
        world.queue.submit("f", "", "{}")
    world.run(5)

    new = world.add(reserved_concurrency=1)
    world.run()

    versions = [environment.version for environment in world.play.environments if environment.invocations]
    assert versions == [old.versions["$LATEST"], new.versions["$LATEST"]]
    assert [environment.invocations for environment in world.play.environments] == [1, 2]


def test_a_chain_that_feeds_itself_ends_in_the_dead_letter_queue(build: Build) -> None:
    """Loop detection drops the event at its first attempt, without a retry (documented)."""
    world = with_inboxes(build())
    world.add(dead_letter="dead", event_invoke=config())

    world.queue.submit("f", "", "{}", lineage=Lineage({"f": 16}))
    world.run()

    assert attempts_s(world) == [0]
    assert context(records(world, "failed")[0]) == ("RecursiveInvocationException", 0)
    assert len(world.targets["dead"].envelopes) == 1


def test_what_an_event_leads_to_stands_in_its_chain(build: Build) -> None:
    """The record of an invocation counts it as a turn, so that destinations cannot feed a function for ever."""
    world = with_inboxes(build())
    world.add(event_invoke=config())

    world.queue.submit("f", "", "{}", lineage=Lineage({"g": 2}))
    world.run()

    (envelope,) = world.targets["succeeded"].envelopes
    assert envelope.lineage.counts == {"g": 2, "f": 1}


def test_an_unknown_function_is_refused_at_once(build: Build) -> None:
    """L17: 404, though the invocation is asynchronous (recorded)."""
    with pytest.raises(ApiError) as caught:
        build().queue.submit("nobody", "", "{}")

    assert (caught.value.code, caught.value.status) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize(
    ("payload", "code", "status", "message"),
    [
        (
            '"' + "x" * 1_048_575 + '"',
            "RequestTooLargeException",
            413,
            "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
        ),
        ("{oops", "InvalidRequestContentException", 400, "Could not parse request body into json: "),
        (
            "nope",
            "InvalidRequestContentException",
            400,
            "Could not parse request body into json: Could not parse payload into json: Unrecognized token 'nope': was "
            "expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n"
            ' at [Source: (byte[])"nope"; line: 1, column: 5]',
        ),
        ('{"n": NaN}', "InvalidRequestContentException", 400, "Could not parse request body into json: "),
    ],
    ids=["too large", "not JSON", "no token", "not a number"],
)
def test_a_bad_event_is_refused_at_once(build: Build, payload: str, code: str, status: int, message: str) -> None:
    """The caller is told; nothing is queued."""
    world = build()
    world.add()

    with pytest.raises(ApiError) as caught:
        world.queue.submit("f", "", payload)

    assert (caught.value.code, caught.value.status) == (code, status)
    assert caught.value.message.startswith(message)
    assert world.told("queued") == []


def test_an_empty_event_is_an_empty_object(build: Build) -> None:
    """The function gets `{}` (recorded)."""
    world = with_inboxes(build())
    world.add(event_invoke=config())

    world.queue.submit("f", "", "")
    world.run()

    assert records(world, "succeeded")[0]["requestPayload"] == {}


def test_a_function_is_a_target(build: Build) -> None:
    """Whatever its target accepts waits in the event queue, with its cause."""
    world = build()
    world.add()
    target = world.queue.target("f")

    target.accept(Envelope(body='{"n": 1}', cause=7))
    world.run()

    assert target.arn == "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert [invocation.event for invocation in world.play.invocations] == [{"n": 1}]
    assert world.told("queued")[0].cause == 7


def test_each_attempt_gets_an_event_of_its_own(build: Build) -> None:
    """A handler that changes its event does not spoil the retry."""
    seen: list[Any] = []

    def spoil(event: Any) -> Any:
        seen.append(dict(event))
        event.clear()
        raise ValueError("no")

    world = build(spoil)
    world.add()

    world.queue.submit("f", "", '{"n": 1}')
    world.run()

    assert seen == [{"n": 1}] * 3


def test_a_failed_delivery_is_told_and_not_repeated(build: Build) -> None:
    """The destination does not exist: the trace says so, the run goes on."""
    world = build()
    world.add(event_invoke=config())

    world.queue.submit("f", "", "{}")
    world.run()

    (entry,) = world.told("destination delivery failed")
    assert entry.detail == {"to": "succeeded", "reason": "there is no such target"}


@pytest.mark.parametrize(
    ("payload", "event"),
    [
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ('"\\ud800"', "\ud800"),
        ("[1.5, true, null]", [1.5, True, None]),
    ],
    ids=["a large integer", "half a surrogate pair", "an array"],
)
def test_an_event_is_what_python_would_read(payload: str, event: object) -> None:
    """Events mean what `json.loads` makes of them, as in Lambda's own runtime."""
    assert decode_event(payload) == event


def test_success_needs_no_destination(build: Build) -> None:
    """Without configuration an event simply runs."""
    world = build()
    world.add()

    world.queue.submit("f", "", "{}")
    world.invoke()

    assert world.run() == [Success("null")]
    assert world.dispatch.metrics("f").invocations == 2
