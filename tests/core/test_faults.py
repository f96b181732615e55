"""Whether there is trouble on purpose."""

import msgspec
import pytest

from eventsim.chance import Chance
from eventsim.errors import ConfigurationError
from eventsim.faults import CrashFault, ErrorFault, FaultSpec, LatencyFault, ThrottleFault, build_faults, describe

S = 1_000_000
BATCH = {"Records": [{"body": "plain"}, {"body": '{"order": 13}'}]}


def spec(**settings: object) -> FaultSpec:
    """Read a fault as a scenario would."""
    return msgspec.convert({"function": "f", **settings}, FaultSpec)


def strikes(settings: dict[str, object], event: object, at_s: int = 0) -> bool:
    """Tell whether an error with these conditions strikes."""
    faults = build_faults([spec(error=True, **settings)], Chance(1))
    return faults.decide("f", event, at_s * S) is not None


@pytest.mark.parametrize(
    ("settings", "fault", "words"),
    [
        ({"error": True}, ErrorFault(), "InjectedFault: a fault of the scenario"),
        (
            {"error": "disk full", "error_type": "OSError", "latency": "2 s"},
            ErrorFault(error_type="OSError", message="disk full", latency_us=2 * S),
            "OSError after 2 s: disk full",
        ),
        ({"latency": "250 ms"}, LatencyFault(latency_us=250_000), "0.25 s of latency"),
        ({"crash": True}, CrashFault(), "a crash after its work"),
        ({"crash": True, "latency": "1 s"}, CrashFault(latency_us=S), "a crash after its work and 1 s more"),
        ({"throttle": True}, ThrottleFault(), "a throttle"),
    ],
    ids=["error", "late error", "latency", "crash", "late crash", "throttle"],
)
def test_a_fault_is_an_error_latency_or_a_throttle(settings: dict[str, object], fault: object, words: str) -> None:
    """The scenario names what happens; without conditions it always does."""
    decided = build_faults([spec(**settings)], Chance(1)).decide("f", {}, 0)

    assert decided == fault
    assert describe(decided) == words


@pytest.mark.parametrize(
    ("settings", "event", "expected"),
    [
        ({"contains": '"order": 13'}, BATCH, True),
        ({"contains": "order-14"}, BATCH, False),
        ({"contains": "13"}, {"order": 13}, True),
        ({"pattern": {"body": {"order": [13]}}}, BATCH, True),
        ({"pattern": {"body": {"order": [14]}}}, BATCH, False),
        ({"pattern": {"detail": {"kind": ["x"]}}}, {"detail": {"kind": "x"}}, True),
        ({"pattern": {"detail": {"kind": ["x"]}}}, "text", False),
    ],
    ids=["text in a body", "no such text", "a number", "a body's member", "another member", "an event", "no object"],
)
def test_a_fault_can_be_for_certain_events(settings: dict[str, object], event: object, expected: bool) -> None:
    """By a text that occurs anywhere, or by a pattern for the event or one record of a batch."""
    assert strikes(settings, event) is expected


@pytest.mark.parametrize(("at_s", "expected"), [(9, False), (10, True), (59, True), (60, False)])
def test_a_fault_can_last_for_a_span(at_s: int, expected: bool) -> None:
    """From its beginning, up to but not including its end."""
    assert strikes({"from": "10 s", "until": "1 minute"}, {}, at_s) is expected


def test_probability_follows_a_stream_of_its_own() -> None:
    """A fault for another function changes nothing about this one's luck."""
    alone = build_faults([spec(error=True, probability=0.1)], Chance(7))
    beside = build_faults(
        [spec(error=True, probability=0.5, function="g"), spec(error=True, probability=0.1)], Chance(7)
    )

    of_alone = [alone.decide("f", {}, 0) is not None for _ in range(1_000)]
    of_beside = [(beside.decide("g", {}, 0), beside.decide("f", {}, 0) is not None)[1] for _ in range(1_000)]

    assert of_alone == of_beside
    assert 70 < sum(of_alone) < 130


def test_the_first_fault_that_strikes_decides() -> None:
    """Rules stand in order of importance."""
    faults = build_faults([spec(latency=1, until=10), spec(throttle=True)], Chance(1))

    assert faults.decide("f", {}, 0) == LatencyFault(latency_us=S)
    assert faults.decide("f", {}, 10 * S) == ThrottleFault()
    assert faults.decide("other", {}, 0) is None


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({}, "faults[0]"),
        ({"throttle": True, "error": True}, "faults[0]"),
        ({"throttle": True, "crash": True}, "faults[0]"),
        ({"error": True, "crash": True}, "faults[0]"),
        ({"error": True, "from": 10, "until": 5}, "faults[0]"),
        ({"error": True, "pattern": {"a": "not a list"}}, "faults[0].pattern"),
        ({"latency": "soon"}, "faults[0].latency"),
    ],
    ids=[
        "does nothing",
        "throttled error",
        "throttled crash",
        "error and crash",
        "ends before it begins",
        "bad pattern",
        "bad span",
    ],
)
def test_a_fault_without_sense_is_refused(settings: dict[str, object], key: str) -> None:
    """The error names the setting."""
    with pytest.raises(ConfigurationError) as caught:
        build_faults([spec(**settings)], Chance(1))

    assert caught.value.key == key
