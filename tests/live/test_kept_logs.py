"""Does a server with a database go on with what was logged?"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from eventsim.calls.log_book import LogBook, LogEvent
from eventsim.live.lines import LineFile
from eventsim.live.notebook import FileNotebook
from tests.live.conftest import Served
from tests.live.test_durability import restarted
from tests.live.test_kept_calls import told
from tests.live.test_kept_functions import ask, make

Serve = Callable[..., Served]

TALKING = "def handler(event, context):\n    print('it says', event['what'])\n"
OWN = "/aws/lambda/work"


def all_of(logs: Any) -> list[str]:
    """Return all that is told of logs."""
    groups = logs.describe_log_groups()["logGroups"]
    answers = [
        logs.describe_log_groups(),
        *[logs.describe_log_streams(logGroupName=each["logGroupName"]) for each in groups],
        *[logs.filter_log_events(logGroupName=each["logGroupName"]) for each in groups],
    ]
    return [told(each) for each in answers]


def now_ms(served: Served) -> int:
    """Return what time it is there."""
    created: int = served.client("logs").describe_log_groups()["logGroups"][0]["creationTime"]
    return created


def sum_of(served: Served) -> float:
    """Return the sum of all values of the metric that stands in logs or is put."""
    begin = datetime.now(UTC) - timedelta(hours=1)  # noqa: TID251 - the server's clock is this one
    (whole,) = served.client("cloudwatch").get_metric_statistics(
        Namespace="n",
        MetricName="m",
        StartTime=begin,
        EndTime=begin + timedelta(hours=2),
        Period=7_200,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(whole["Sum"])


def test_what_was_measured_goes_on(serve: Serve, tmp_path: Path) -> None:
    """The data points that clients put, of several servers."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    for value in (1.0, 2.0):
        first.client("cloudwatch").put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": value}])

    second = restarted(serve, first, path)
    second.client("cloudwatch").put_metric_data(Namespace="n", MetricData=[{"MetricName": "m", "Value": 4.0}])
    third = restarted(serve, second, path)

    assert sum_of(third) == 7.0


def test_log_events_go_on(serve: Serve, tmp_path: Path) -> None:
    """What functions wrote and what clients put, with ids and dates; nobody is told of them twice."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    logs, functions = first.client("logs"), first.client("lambda")
    make(functions, "work", TALKING)
    ask(functions, "work", Payload='{"what": "hello"}')
    logs.put_retention_policy(logGroupName=OWN, retentionInDays=7)
    logs.create_log_group(logGroupName="mine")
    for stream in ("kept", "empty", "gone"):
        logs.create_log_stream(logGroupName="mine", logStreamName=stream)
    metric = {"metricName": "m", "metricNamespace": "n", "metricValue": "1"}
    logs.put_metric_filter(logGroupName="mine", filterName="f", filterPattern="", metricTransformations=[metric])
    at_ms = now_ms(first)
    for stream in ("kept", "gone"):
        for number in (2, 1):
            event = {"timestamp": at_ms + number, "message": f"{stream} {number} \ud7ff"}
            logs.put_log_events(logGroupName="mine", logStreamName=stream, logEvents=[event])
    logs.delete_log_stream(logGroupName="mine", logStreamName="gone")
    before = all_of(logs)

    second = restarted(serve, first, path)
    after = all_of(second.client("logs"))
    third = restarted(serve, second, path)
    ask(third.client("lambda"), "work", Payload='{"what": "again"}')
    messages = [each["message"] for each in third.client("logs").filter_log_events(logGroupName=OWN)["events"]]

    assert after == before
    assert [each for each in messages if each.startswith("it says")] == ["it says hello\n", "it says again\n"]
    assert sum_of(third) == 4.0


def test_what_retention_has_ended_is_kept_no_more(tmp_path: Path) -> None:
    """Events leave the file in the order in which they came: one that came late goes with those before it."""
    events = [LogEvent(at_ms, "text", at_ms, number) for number, at_ms in enumerate((10, 30, 20, 40), start=1)]
    book = LogBook(notebook_in(tmp_path))
    for event in events:
        book.note("g", "s", event)
    book.write()

    book.expire("g", "s", 25)
    first = [event.at_ms for _, _, event in LogBook(notebook_in(tmp_path)).left()]
    next_book = LogBook(notebook_in(tmp_path))
    list(next_book.left())
    next_book.expire("g", "s", 35)

    assert first == [30, 20, 40]
    assert list(LogBook(notebook_in(tmp_path)).left()) == [("g", "s", events[3])]


def notebook_in(folder: Path) -> FileNotebook:
    """Open the notebook of logs in a folder."""
    return FileNotebook(LineFile(folder / "logs"), lambda: True)


def test_a_group_that_was_deleted_stays_deleted(serve: Serve, tmp_path: Path) -> None:
    """One that a function made, too; made anew, it begins empty."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    logs, functions = first.client("logs"), first.client("lambda")
    make(functions, "work", TALKING)
    ask(functions, "work", Payload='{"what": "hello"}')
    logs.delete_log_group(logGroupName=OWN)

    second = restarted(serve, first, path)
    left = second.client("logs").describe_log_groups()["logGroups"]
    second.client("logs").create_log_group(logGroupName=OWN)
    third = restarted(serve, second, path)
    events = third.client("logs").filter_log_events(logGroupName=OWN)["events"]
    _, said = third.end()

    assert (left, events) == ([], [])
    assert "passed over" not in said
