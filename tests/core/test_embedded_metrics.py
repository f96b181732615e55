"""Which metrics does a log event in the embedded metric format hold, and what is wrong in others?"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.loaders import Loader

from eventsim import SyncSimulation
from eventsim.calls.embedded_metrics import (
    LATEST_MS,
    NOTHING,
    OLDEST_MS,
    UNITS,
    EmbeddedMetrics,
    embedded_metrics,
)

NOW_MS = 1_767_225_600_000
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 10, tzinfo=UTC)


def document(*directives: Any, at_ms: object = NOW_MS, **members: object) -> str:
    """Return a log event in the format."""
    return json.dumps({"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": directives}, **members})


def directive(*metrics: Any, dimensions: object = ((),), namespace: object = "Shop") -> dict[str, object]:
    """Return a directive; a metric is a definition or only its name."""
    definitions = [{"Name": each} if isinstance(each, str) else each for each in metrics]
    return {"Namespace": namespace, "Dimensions": dimensions, "Metrics": definitions}


def read(message: str) -> EmbeddedMetrics:
    """Read an event that arrives now."""
    return embedded_metrics(message, NOW_MS)


def told(found: EmbeddedMetrics) -> list[tuple[str, dict[str, str], float]]:
    """Return names, dimensions and values."""
    return [(each.name, dict(each.dimensions), each.value) for each in found.values]


# --- what is taken -----------------------------------------------------------------------------------------


def test_every_set_of_dimensions_makes_a_metric_of_each_definition() -> None:
    """The empty set is a metric without dimensions; two directives may be about the same members (documented)."""
    sets = [["service", "stage"], ["service"], []]
    message = document(
        directive("ms", "bytes", dimensions=sets), directive("ms"), service="cart", stage="eu", ms=[1, 2.5], bytes=7
    )

    both, service = {"service": "cart", "stage": "eu"}, {"service": "cart"}
    values = [
        (name, each, value) for each in (both, service, {}) for name, value in (("ms", 1), ("ms", 2.5), ("bytes", 7))
    ]
    assert told(read(message)) == [*values, ("ms", {}, 1), ("ms", {}, 2.5)]
    assert read(message).validation_faults == []


def test_a_definition_says_unit_and_resolution() -> None:
    """`None` and a minute if it does not (documented)."""
    fine = {"Name": "ms", "Unit": "Milliseconds", "StorageResolution": 1}

    values = read(document(directive(fine, "n"), ms=1, n=2)).values

    assert [(each.unit, each.resolution_s) for each in values] == [("Milliseconds", 1), ("None", 60)]


def test_units_are_those_of_cloudwatch() -> None:
    """As the API's own model lists them."""
    model = Loader().load_service_model("cloudwatch", "service-2")

    assert set(model["shapes"]["StandardUnit"]["enum"]) == UNITS


@pytest.mark.parametrize("at_ms", [NOW_MS - OLDEST_MS, NOW_MS, float(NOW_MS), NOW_MS + LATEST_MS])
def test_metrics_have_the_instant_of_the_document(at_ms: float) -> None:
    """Two weeks back and two hours ahead at most (documented)."""
    (value,) = read(document(directive("n"), at_ms=at_ms, n=1)).values

    assert value.at_ms == at_ms


def test_limits_are_reached_without_a_fault() -> None:
    """A hundred metrics, thirty dimensions, a hundred values (documented)."""
    names = [f"m{number}" for number in range(100)]
    keys = [f"d{number}" for number in range(30)]
    members = {**dict.fromkeys(names, [1] * 100), **dict.fromkeys(keys, "x")}

    found = read(document(directive(*names, dimensions=[keys]), **members))

    assert (len(found.values), list(found.validation_faults)) == (100 * 100, [])


def test_the_prefix_of_a_console_is_passed_over() -> None:
    """Node.js's `console.log` writes it in Lambda's text format; anything else before a document makes it none."""
    prefix = "2026-01-01T00:00:00.000Z\t18d23328-5316-4b54-83e6-acb4f49a44ff\tINFO\t"

    assert told(read(prefix + document(directive("n"), n=1))) == [("n", {}, 1)]
    assert read("[INFO]\t" + prefix + document(directive("n"), n=1)).parsing_fault.startswith("it is no JSON")


@pytest.mark.parametrize(
    "message",
    [
        "plain text",
        '"_aws"',
        '{"_aws": {"Timestamp": 1}}',
        '{"_aws": 1, "CloudWatchMetrics": 2}',
        json.dumps([json.loads(document(directive("n"), n=1))]),
        json.dumps({"message": json.loads(document(directive("n"), n=1))}),
        json.dumps({"message": document(directive("n"), n=1)}),
    ],
    ids=["text", "one mark", "other metadata", "no metadata", "in an array", "nested", "as text in JSON"],
)
def test_other_events_hold_no_metrics(message: str) -> None:
    """And nothing is wrong with them."""
    assert read(message) == NOTHING


# --- what is not taken -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (document(directive("n"), n=1) + " done", "it is no JSON: Extra data"),
        (document(directive("n"), n=float("nan")), "it is no JSON: NaN is no number of JSON"),
        (document(directive("n"), at_ms=None, n=1), "_aws.Timestamp must be a number of milliseconds since 1970, and"),
        (document(directive("n"), at_ms="1", n=1), "_aws.Timestamp must be a number"),
        (document(directive("n"), n=1).replace(str(NOW_MS), "1e400"), "_aws.Timestamp must be a number"),
        ('{"_aws": {"Timestamp": 1, "CloudWatchMetrics": {}}}', "_aws.CloudWatchMetrics must be an array, and is {}"),
        (document(directive("n"), n=1, x="x" * 1_048_576), "it has more than 1,048,576 bytes"),
        ("[" * 100_000 + document(), "it is no JSON"),
    ],
    ids=["more behind", "NaN", "no time", "time as text", "endless time", "no array", "too long", "too deep"],
)
def test_what_is_no_document_holds_nothing(message: str, fault: str) -> None:
    """A fault of parsing."""
    found = read(message)

    assert found.parsing_fault.startswith(fault)
    assert not found.values
    assert not found.validation_faults


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (document(directive("n"), at_ms=NOW_MS - OLDEST_MS - 1, n=1), "_aws.Timestamp is more than two weeks in the"),
        (document(directive("n"), at_ms=NOW_MS + LATEST_MS + 1, n=1), "_aws.Timestamp is more than two hours in the f"),
        (document(1), "a directive must be an object, and is 1"),
        (document(directive("n", namespace=None), n=1), "the name of a namespace must be a string of 1 to 255 char"),
        (document(directive("n", namespace="AWS/Shop"), n=1), 'no namespace of yours may begin so: "AWS/Shop"'),
        (document(directive("n", dimensions=None), n=1), 'Dimensions of "Shop" must be an array, and is missing'),
        (document(directive("n", dimensions=[]), n=1), 'Dimensions of "Shop" must have at least one set'),
        (document({**directive(), "Metrics": None}), 'Metrics of "Shop" must be an array, and is missing'),
        (document(directive(*"n" * 101), n=1), '"Shop" has 101 metrics, and at most 100 are taken'),
        (document(directive({}), n=1), "the name of a metric must be a string of 1 to 255 characters, and is missing"),
        (document(directive("m"), n=1), 'the metric "m" is no member of the event itself'),
        (document(directive("a.n"), a={"n": 1}), 'the metric "a.n" is no member of the event itself'),
        (document(directive("n"), n="12"), 'the metric "n" must be a number or an array of numbers, and is "12"'),
        (document(directive("n"), n=True), 'the metric "n" must be a number or an array of numbers, and is true'),
        (document(directive("n"), n=[1, None]), 'the metric "n" must be a number or an array of numbers, and is [1, '),
        (document(directive("n"), n=[1] * 101), 'the metric "n" has 101 values, and at most 100 are taken'),
        (document(directive("n"), n=2**361), 'the metric "n" must be from -2^360 to 2^360'),
        (document(directive({"Name": "n", "Unit": "ms"}), n=1), 'the metric "n" has the unit "ms", which CloudWatch'),
        (document(directive({"Name": "n", "StorageResolution": 5}), n=1), 'the metric "n" has a StorageResolution t'),
    ],
)  # fmt: skip
def test_what_no_metric_may_be_is_not_taken(message: str, fault: str) -> None:
    """A fault of validation."""
    found = read(message)

    assert [each.startswith(fault) for each in found.validation_faults] == [True], found.validation_faults
    assert not found.values


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        ("service", 'a set of dimensions must be an array, and is "service"'),
        ([1], "the name of a dimension must be a string of 1 to 250 characters, and is 1"),
        (["region"], 'the dimension "region" is no member of the event itself'),
        (["version"], 'the dimension "version" must be a string, and is 3'),
        (["empty"], 'the dimension "empty" must be of visible ASCII characters, and is " "'),
        (["city"], 'the dimension "city" must be of visible ASCII characters, and is "K\\u00f6ln"'),
        (["long"], 'the dimension "long" has more than 1,024 characters'),
        ([f"d{number}" for number in range(31)], "a set of dimensions has 31 of them, and at most 30 are taken"),
    ],
)
def test_a_bad_set_of_dimensions_takes_only_its_own_metrics_away(names: object, fault: str) -> None:
    """The metrics of other sets are taken."""
    members = {"version": 3, "empty": " ", "city": "Köln", "long": "x" * 1_025, "service": "cart"}

    found = read(document(directive("n", dimensions=[names, ["service"]]), n=1, **members))

    assert list(found.validation_faults) == [fault]
    assert told(found) == [("n", {"service": "cart"}, 1)]


def test_a_bad_metric_takes_only_itself_away() -> None:
    """The others of its directive are taken."""
    found = read(document(directive("bad", "good"), bad="x", good=1))

    assert told(found) == [("good", {}, 1)]
    assert len(found.validation_faults) == 1


# --- in CloudWatch -----------------------------------------------------------------------------------------


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=4) as simulation:
        yield simulation


def write(simulation: SyncSimulation, *messages: str, **settings: Any) -> None:
    """Have a function print."""
    simulation.add_function("cart", handler=lambda event, context: print(*messages, sep="\n"), **settings)
    simulation.invoke("cart")


def sums(simulation: SyncSimulation, namespace: str, name: str, *, period_s: int = 60, **dimensions: str) -> Any:
    """Return the sums of a metric by the seconds since the run began."""
    named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    asked: Any = {"Namespace": namespace, "MetricName": name, "Dimensions": named, "Period": period_s}
    asked |= {"StartTime": START, "EndTime": END, "Statistics": ["Sum"]}
    found: Any = simulation.request("cloudwatch", "GetMetricStatistics", asked)
    return {(each["Timestamp"] - START).seconds: each["Sum"] for each in found["Datapoints"]}


@pytest.mark.parametrize("log_format", ["Text", "JSON"])
def test_metrics_are_taken_whatever_the_format_of_the_log(simulation: SyncSimulation, log_format: str) -> None:
    """What is printed passes through Lambda's JSON format as it is (recorded)."""
    write(simulation, document(directive("ms"), ms=[1, 2]), log_format=log_format)

    assert sums(simulation, "Shop", "ms") == {0: 3}
    listed: Any = simulation.request("cloudwatch", "ListMetrics", {"Namespace": "Shop"})
    assert [each["MetricName"] for each in listed["Metrics"]] == ["ms"]


def test_metrics_are_taken_out_of_what_clients_put(simulation: SyncSimulation) -> None:
    """At the instant of the document, not of the event; data points of one metric may come from several groups."""
    for group in ("one", "two"):
        simulation.request("logs", "CreateLogGroup", {"logGroupName": group})
        stream = {"logGroupName": group, "logStreamName": "s"}
        simulation.request("logs", "CreateLogStream", stream)
        event = {"timestamp": NOW_MS, "message": document(directive("n"), at_ms=NOW_MS + 120_000, n=1)}
        simulation.request("logs", "PutLogEvents", {**stream, "logEvents": [event]})

    assert sums(simulation, "Shop", "n") == {120: 2}


def test_seconds_are_told_apart_only_if_the_resolution_is_one(simulation: SyncSimulation) -> None:
    """Else a data point stands at its minute (documented)."""
    simulation.advance("75 s")
    metrics = {"Name": "fine", "StorageResolution": 1}, {"Name": "coarse", "StorageResolution": 60}
    write(simulation, document(directive(*metrics), at_ms=NOW_MS + 75_000, fine=1, coarse=1))

    assert sums(simulation, "Shop", "fine", period_s=5) == {75: 1}
    assert sums(simulation, "Shop", "coarse", period_s=5) == {60: 1}


def test_faults_are_counted_by_group(simulation: SyncSimulation) -> None:
    """The event stays in the log, and the trace says what is wrong (counts unconfirmed)."""
    write(simulation, document(directive("a", "b", "c"), a="1", b=None, c=1), "{" + document(directive("n"), n=1))

    group = {"LogGroupName": "/aws/lambda/cart"}
    assert sums(simulation, "AWS/Logs", "EMFValidationErrors", **group) == {0: 2}
    assert sums(simulation, "AWS/Logs", "EMFParsingErrors", **group) == {0: 1}
    kept: Any = simulation.request("logs", "FilterLogEvents", {"logGroupName": "/aws/lambda/cart"})
    assert sum("_aws" in each["message"] for each in kept["events"]) == 2
    refused = list(simulation.trace.entries(["metrics refused"]))
    assert [entry.place for entry in refused] == ["log group /aws/lambda/cart"] * 3
    assert str(refused[0].detail["reason"]).startswith('the metric "a" must be a number')


def test_a_group_of_infrequent_access_has_no_embedded_metrics(simulation: SyncSimulation) -> None:
    """They are a feature of the standard class (documented)."""
    cold = {"logGroupName": "/aws/lambda/cart", "logGroupClass": "INFREQUENT_ACCESS"}
    simulation.request("logs", "CreateLogGroup", cold)

    write(simulation, document(directive("n"), n=1))

    assert sums(simulation, "Shop", "n") == {}


def test_an_alarm_sees_embedded_metrics(simulation: SyncSimulation) -> None:
    """At the end of its period, in virtual time."""
    alarm = {"AlarmName": "slow", "Namespace": "Shop", "MetricName": "ms", "Period": 60, "EvaluationPeriods": 1}
    bound = {"Statistic": "Maximum", "Threshold": 100, "ComparisonOperator": "GreaterThanThreshold"}
    simulation.request("cloudwatch", "PutMetricAlarm", {**alarm, **bound})
    write(simulation, document(directive("ms"), ms=[10, 250]))

    simulation.advance("1 minute")

    (seen,) = simulation.request("cloudwatch", "DescribeAlarms", {})["MetricAlarms"]  # type: ignore[misc, str-bytes-safe]
    assert seen["StateValue"] == "ALARM"
