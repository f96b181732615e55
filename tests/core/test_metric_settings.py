"""What is kept of metrics, and does nothing? Anomaly detectors and streams come back as they were put."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation

START_AT = datetime(2026, 1, 1, tzinfo=UTC)
Ask = Callable[..., Any]
METRIC = {"Namespace": "Shop", "MetricName": "orders", "Stat": "Sum"}
STREAM = {
    "Name": "out",
    "FirehoseArn": "arn:aws:firehose:us-east-1:123456789012:deliverystream/d",
    "RoleArn": "arn:aws:iam::123456789012:role/r",
    "OutputFormat": "json",
}


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=4) as simulation:
        yield simulation


@pytest.fixture
def ask(simulation: SyncSimulation) -> Ask:
    return lambda operation, **parameters: simulation.request("cloudwatch", operation, parameters)


def test_a_detector_is_known_by_its_metric(ask: Ask) -> None:
    """In the older form or the newer one; it learns nothing, which the trace tells."""
    ask("PutAnomalyDetector", **METRIC)
    ask("PutAnomalyDetector", SingleMetricAnomalyDetector=METRIC)

    (detector,) = ask("DescribeAnomalyDetectors", Namespace="Shop")["AnomalyDetectors"]

    assert detector["SingleMetricAnomalyDetector"] == {**METRIC, "Dimensions": []}
    assert (detector["MetricName"], detector["StateValue"]) == ("orders", "PENDING_TRAINING")
    assert ask("DescribeAnomalyDetectors", AnomalyDetectorTypes=["METRIC_MATH"])["AnomalyDetectors"] == []
    ask("DeleteAnomalyDetector", **METRIC)
    with pytest.raises(ApiError, match="not found"):
        ask("DeleteAnomalyDetector", **METRIC)


def test_a_stream_runs_and_stands(simulation: SyncSimulation, ask: Ask) -> None:
    """It is told with its dates, bears tags, and sends nothing."""
    arn = ask("PutMetricStream", **STREAM, Tags=[{"Key": "team", "Value": "shop"}])["Arn"]
    simulation.advance("1 minute")
    ask("StopMetricStreams", Names=["out"])
    told = ask("GetMetricStream", Name="out")
    (entry,) = ask("ListMetricStreams")["Entries"]

    assert arn == "arn:aws:cloudwatch:us-east-1:123456789012:metric-stream/out"
    assert (told["State"], told["CreationDate"]) == ("stopped", START_AT)
    assert told["LastUpdateDate"] == START_AT + timedelta(minutes=1)
    assert {name: told[name] for name in STREAM} == STREAM
    assert (entry["Name"], "RoleArn" in entry) == ("out", False)
    assert ask("ListTagsForResource", ResourceARN=arn)["Tags"] == [{"Key": "team", "Value": "shop"}]
    ask("StartMetricStreams", Names=["out"])
    ask("DeleteMetricStream", Name="out")
    with pytest.raises(ApiError, match="out does not exist"):
        ask("GetMetricStream", Name="out")


def test_streams_come_in_pages(ask: Ask) -> None:
    """By name, as many as are asked for."""
    for name in "bac":
        ask("PutMetricStream", **{**STREAM, "Name": name})

    first = ask("ListMetricStreams", MaxResults=2)
    second = ask("ListMetricStreams", MaxResults=2, NextToken=first["NextToken"])

    assert [each["Name"] for each in [*first["Entries"], *second["Entries"]]] == ["a", "b", "c"]
    assert "NextToken" not in second


def test_a_stream_includes_or_excludes(ask: Ask) -> None:
    """Not both (documented)."""
    filters = {name: [{"Namespace": "Shop"}] for name in ("IncludeFilters", "ExcludeFilters")}

    with pytest.raises(ApiError, match="cannot be specified together"):
        ask("PutMetricStream", **STREAM, **filters)
