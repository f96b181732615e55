"""How do log events get into a bucket? By an export task."""

import gzip
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation

START_MS = 1_767_225_600_000
Ask = Callable[..., Any]


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=4) as simulation:
        yield simulation


@pytest.fixture
def ask(simulation: SyncSimulation) -> Ask:
    """Calls operations, on a group with three streams and a bucket."""

    def ask(service: str, operation: str, **parameters: Any) -> Any:
        return simulation.request(service, operation, parameters)

    ask("s3", "CreateBucket", Bucket="archive")
    ask("logs", "CreateLogGroup", logGroupName="shop")
    for stream, texts in (("web/1", ("a", "b")), ("web/2", ("c",)), ("job", ("d",))):
        ask("logs", "CreateLogStream", logGroupName="shop", logStreamName=stream)
        events = [{"timestamp": START_MS + place, "message": text} for place, text in enumerate(texts)]
        ask("logs", "PutLogEvents", logGroupName="shop", logStreamName=stream, logEvents=events)
    return ask


def export(ask: Ask, **more: Any) -> str:
    """Begin to export the first instant of the run."""
    asked = {"logGroupName": "shop", "from": START_MS, "to": START_MS, "destination": "archive", **more}
    return str(ask("logs", "CreateExportTask", **asked)["taskId"])


def test_each_stream_is_an_object(simulation: SyncSimulation, ask: Ask) -> None:
    """A line for each event with its time, compressed, below the task's id; a test of the bucket lies beside."""
    task = export(ask, logStreamNamePrefix="web", taskName="nightly")
    (pending,) = ask("logs", "DescribeExportTasks", statusCode="PENDING")["exportTasks"]
    simulation.until_idle()

    keys = [each["Key"] for each in ask("s3", "ListObjectsV2", Bucket="archive")["Contents"]]
    found = ask("s3", "GetObject", Bucket="archive", Key=f"exportedlogs/{task}/web-1/000000.gz")["Body"].read()
    (done,) = ask("logs", "DescribeExportTasks", taskId=task)["exportTasks"]

    ids = [f"exportedlogs/{task}/web-{number}/000000.gz" for number in (1, 2)]
    assert keys == sorted([*ids, "exportedlogs/aws-logs-write-test"])
    assert gzip.decompress(found) == b"2026-01-01T00:00:00.000Z a\n"
    assert (pending["taskName"], pending["logGroupName"], pending["destination"]) == ("nightly", "shop", "archive")
    assert done["status"] == {"code": "COMPLETED", "message": "Completed successfully"}
    assert done["executionInfo"] == {"creationTime": START_MS, "completionTime": START_MS + 10_000}


def test_one_task_runs_at_once_and_can_be_cancelled(simulation: SyncSimulation, ask: Ask) -> None:
    """Nothing more is written then."""
    task = export(ask, destinationPrefix="old")
    with pytest.raises(ApiError, match="Resource limit exceeded"):
        export(ask)
    ask("logs", "CancelExportTask", taskId=task)
    simulation.until_idle()

    assert len(ask("s3", "ListObjectsV2", Bucket="archive", Prefix="old")["Contents"]) == 1
    with pytest.raises(ApiError, match="has already finished"):
        ask("logs", "CancelExportTask", taskId=task)
    with pytest.raises(ApiError, match="The specified export task does not exist"):
        ask("logs", "CancelExportTask", taskId="none")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"destination": "nowhere"}, "The given bucket does not exist"),
        ({"logGroupName": "nowhere"}, "The specified log group does not exist"),
        ({"from": START_MS + 1}, "time range is not valid"),
    ],
)
def test_a_bad_export_is_refused(ask: Ask, given: dict[str, Any], message: str) -> None:
    """Before anything is begun."""
    with pytest.raises(ApiError, match=message):
        export(ask, **given)
