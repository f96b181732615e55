"""What does CloudWatch Logs answer? What functions wrote, right after they ran, in AWS's lines and order."""

from collections.abc import Iterator
from typing import Any

import pytest

from eventsim import ApiError, FunctionFailed, SyncSimulation
from tests import sdk

GROUP = "/aws/lambda/greet"
START_MS = 1_767_225_600_000


def greet(event: Any, context: Any) -> str:
    print("hello", event.get("name", "you"))
    if event.get("fails"):
        raise ValueError("no")
    return "done"


class Logs:
    """Calls operations as a client would: `logs("DescribeLogGroups")`."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation

    def __call__(self, operation: str, **parameters: Any) -> Any:
        return self.simulation.request("logs", operation, parameters)

    def messages(self, **parameters: Any) -> list[str]:
        """Return the messages that a search finds."""
        found = self("FilterLogEvents", **{"logGroupName": GROUP, **parameters})
        return [event["message"] for event in found["events"]]


@pytest.fixture
def logs() -> Iterator[Logs]:
    with SyncSimulation(seed=4) as simulation:
        simulation.add_function("greet", handler=greet)
        yield Logs(simulation)


def put(logs: Logs, *texts: str, group: str = "mine", stream: str = "one") -> None:
    """Put events of now into a new stream of a new group."""
    logs("CreateLogGroup", logGroupName=group)
    logs("CreateLogStream", logGroupName=group, logStreamName=stream)
    events = [{"timestamp": START_MS + place, "message": text} for place, text in enumerate(texts)]
    logs("PutLogEvents", logGroupName=group, logStreamName=stream, logEvents=events)


# --- what functions write ----------------------------------------------------------------------------------


def test_a_log_is_readable_right_after_the_invocation(logs: Logs) -> None:
    """From INIT_START to REPORT, as one stream of events."""
    logs.simulation.invoke("greet")

    (stream,) = logs("DescribeLogStreams", logGroupName=GROUP)["logStreams"]
    events = logs("GetLogEvents", logGroupName=GROUP, logStreamName=stream["logStreamName"])["events"]
    words = [event["message"].split()[0] for event in events]
    assert words == ["INIT_START", "START", "hello", "END", "REPORT"]
    assert stream["logStreamName"].startswith("2026/01/01/[$LATEST]")
    assert [event["timestamp"] - START_MS for event in events] == [0, 100, 100, 101, 101]
    assert (stream["firstEventTimestamp"], stream["lastEventTimestamp"]) == (START_MS, START_MS + 101)


def test_the_log_is_that_of_the_log_tail(logs: Logs) -> None:
    """Both are made of the same lines."""
    import base64

    for fails in (False, True):
        payload = b'{"fails": true}' if fails else b"{}"
        result = logs.simulation.request(
            "lambda", "Invoke", {"FunctionName": "greet", "LogType": "Tail", "Payload": payload}
        )
        tail = base64.b64decode(str(result["LogResult"])).decode()

        lines = [message.removesuffix("\n") for message in logs.messages()]
        assert "".join(f"{line}\n" for line in lines).endswith(tail)


def test_an_event_ends_as_it_was_written(logs: Logs) -> None:
    """Lambda's own lines and printed ones with a line break, an unhandled error without (recorded); what clients put
    is kept as it is.
    """
    with pytest.raises(FunctionFailed):
        logs.simulation.invoke("greet", {"fails": True})
    put(logs, "one", "two\n")

    ends = {message.split()[0]: message.endswith("\n") for message in logs.messages()}

    assert ends == {**dict.fromkeys(("INIT_START", "START", "hello", "END", "REPORT"), True), "[ERROR]": False}
    assert logs.messages(logGroupName="mine") == ["one", "two\n"]


def test_a_traced_invocation_has_the_trace_in_its_report(logs: Logs) -> None:
    """As a second line of the same event (recorded)."""
    logs.simulation.add_function("traced", handler=lambda _, __: None, tracing="Active")

    logs.simulation.invoke("traced")

    *_, report = logs.messages(logGroupName="/aws/lambda/traced")
    assert report.startswith("REPORT ")
    assert "\t\nXRAY TraceId: 1-6955b900-" in report


def test_each_environment_has_a_stream(logs: Logs) -> None:
    """Two at once need two environments; a group is read in order of time."""
    for _ in range(2):
        logs.simulation.request("lambda", "Invoke", {"FunctionName": "greet", "InvocationType": "Event"})
    logs.simulation.until_idle()

    assert len(logs("DescribeLogStreams", logGroupName=GROUP)["logStreams"]) == 2
    assert [message.split()[0] for message in logs.messages()][:4] == ["INIT_START", "INIT_START", "START", "hello"]


def test_a_json_log_has_platform_events(logs: Logs) -> None:
    """Lambda's own lines are telemetry then; a custom group takes them."""
    logs.simulation.add_function("json", handler=greet, log_format="JSON", log_group="all")
    logs.simulation.invoke("json")

    messages = logs.messages(logGroupName="all")

    assert [message.split('"type":"')[-1].rstrip().split('"')[0] for message in messages] == [
        "platform.initStart",
        "platform.start",
        "hello you",
        "platform.report",
    ]
    assert '"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:json"' in messages[1]


def test_a_handler_may_read_its_own_log(logs: Logs) -> None:
    """What it has written so far is there."""

    def curious(event: Any, context: Any) -> list[str]:
        print("before")
        client = sdk.client("logs")
        found = client.filter_log_events(logGroupName=context.log_group_name, filterPattern="before")
        return [each["message"] for each in found["events"]]

    logs.simulation.add_function("curious", handler=curious)

    assert logs.simulation.invoke("curious") == ["before\n"]


def test_a_deleted_group_is_made_anew(logs: Logs) -> None:
    """By the next line that its function writes."""
    logs.simulation.invoke("greet")
    logs("DeleteLogGroup", logGroupName=GROUP)
    gone = logs("DescribeLogGroups")["logGroups"]

    logs.simulation.invoke("greet")

    assert gone == []
    assert [message.split()[0] for message in logs.messages()] == ["START", "hello", "END", "REPORT"]


def test_searches_know_pattern_span_and_stream(logs: Logs) -> None:
    """A span begins with its start and ends before its end (documented)."""
    for name in ("ada", "bob"):
        logs.simulation.request(
            "lambda", "Invoke", {"FunctionName": "greet", "Payload": f'{{"name": "{name}"}}'.encode()}
        )
        logs.simulation.advance("1 minute")

    assert logs.messages(filterPattern="hello -bob") == ["hello ada\n"]
    assert logs.messages(filterPattern="hello", startTime=START_MS + 60_000) == ["hello bob\n"]
    assert logs.messages(filterPattern="hello", endTime=START_MS + 100) == []
    assert logs.messages(logStreamNamePrefix="2027") == []


# --- what clients put --------------------------------------------------------------------------------------


def test_events_that_are_put_can_be_read(logs: Logs) -> None:
    """Pages forward end with a token that stays the same (documented)."""
    put(logs, "a", "b", "c")
    where = {"logGroupName": "mine", "logStreamName": "one"}

    first = logs("GetLogEvents", **where, startFromHead=True, limit=2)
    second = logs("GetLogEvents", **where, nextToken=first["nextForwardToken"], limit=2)
    third = logs("GetLogEvents", **where, nextToken=second["nextForwardToken"], limit=2)
    newest = logs("GetLogEvents", **where, limit=1)
    older = logs("GetLogEvents", **where, nextToken=newest["nextBackwardToken"], limit=1)

    pages = [[event["message"] for event in page["events"]] for page in (first, second, third, newest, older)]
    assert pages == [["a", "b"], ["c"], [], ["c"], ["b"]]
    assert third["nextForwardToken"] == second["nextForwardToken"]


def test_events_too_far_from_now_are_rejected(logs: Logs) -> None:
    """The answer says which (documented)."""
    put(logs, "now")
    old = [{"timestamp": START_MS - 15 * 86_400_000, "message": "old"}]
    new = [{"timestamp": START_MS + 3 * 3_600_000, "message": "new"}]

    answers = [
        logs("PutLogEvents", logGroupName="mine", logStreamName="one", logEvents=events)["rejectedLogEventsInfo"]
        for events in (old, new)
    ]

    assert answers == [{"tooOldLogEventEndIndex": 1}, {"tooNewLogEventStartIndex": 0}]
    assert logs.messages(logGroupName="mine") == ["now"]


def test_events_end_with_the_retention_of_their_group(logs: Logs) -> None:
    """After as many days as a group keeps its events they are gone, in virtual time; its streams stay."""
    logs.simulation.invoke("greet")
    logs("PutRetentionPolicy", logGroupName=GROUP, retentionInDays=3)
    logs.simulation.advance("2 days")
    logs.simulation.invoke("greet", {"name": "again"})
    before = len(logs.messages())

    logs.simulation.advance("1 day 1 second")

    streams = logs("DescribeLogStreams", logGroupName=GROUP)["logStreams"]
    assert (before, len(logs.messages())) == (10, 5)
    assert ["firstEventTimestamp" in each for each in streams].count(True) == 1
    logs("DeleteRetentionPolicy", logGroupName=GROUP)
    logs.simulation.advance("30 days")
    assert len(logs.messages()) == 5


def test_a_stream_without_events_has_no_token_to_go_on_by(logs: Logs) -> None:
    """Afterwards it is the one that the last put was told, though nobody needs it any more."""
    logs("CreateLogGroup", logGroupName="mine")
    logs("CreateLogStream", logGroupName="mine", logStreamName="s")
    (fresh,) = logs("DescribeLogStreams", logGroupName="mine")["logStreams"]

    event = {"timestamp": logs.simulation.clock.epoch_ms(), "message": "hello"}
    put = logs("PutLogEvents", logGroupName="mine", logStreamName="s", logEvents=[event])

    (used,) = logs("DescribeLogStreams", logGroupName="mine")["logStreams"]
    assert "uploadSequenceToken" not in fresh
    assert used["uploadSequenceToken"] == put["nextSequenceToken"]


def test_a_page_goes_on_where_it_was_when_events_have_ended(logs: Logs) -> None:
    """A token counts what is gone, so that nothing is skipped or told twice."""
    put(logs, "a", "b")
    asked = {"logGroupName": "mine", "logStreamName": "one"}
    logs("PutRetentionPolicy", logGroupName="mine", retentionInDays=1)
    token = logs("GetLogEvents", startFromHead=True, **asked)["nextForwardToken"]
    logs.simulation.advance("25 hours")

    now_ms = START_MS + 25 * 3_600_000
    old, new = ({"timestamp": now_ms - age_ms, "message": str(age_ms)} for age_ms in (86_400_000, 1_000))
    late = {"timestamp": START_MS + 3_600_000 - 1, "message": "too late"}
    answered = [logs("PutLogEvents", logEvents=events, **asked) for events in ([late, old], [new])]

    page = logs("GetLogEvents", nextToken=token, **asked)
    assert [each.get("rejectedLogEventsInfo") for each in answered] == [{"expiredLogEventEndIndex": 1}, None]
    assert [event["message"] for event in page["events"]] == ["86400000", "1000"]
    assert logs("GetLogEvents", nextToken=page["nextForwardToken"], **asked)["events"] == []


def test_groups_are_listed_in_pages(logs: Logs) -> None:
    """By name; retention and tags are kept."""
    for name in ("b", "a", "c"):
        logs("CreateLogGroup", logGroupName=name, tags={"of": name})
    logs("PutRetentionPolicy", logGroupName="a", retentionInDays=7)
    arn = logs("DescribeLogGroups", logGroupNamePrefix="a")["logGroups"][0]["logGroupArn"]
    logs("TagResource", resourceArn=arn, tags={"more": "x"})
    logs("UntagResource", resourceArn=arn, tagKeys=["of"])

    logs("TagLogGroup", logGroupName="b", tags={"old": "x", "form": "y"})
    logs("UntagLogGroup", logGroupName="b", tags=["of", "old"])

    first = logs("DescribeLogGroups", limit=2)
    second = logs("DescribeLogGroups", limit=2, nextToken=first["nextToken"])

    names = [each["logGroupName"] for each in [*first["logGroups"], *second["logGroups"]]]
    assert (names, first["logGroups"][0]["retentionInDays"]) == (["a", "b", "c"], 7)
    assert logs("ListTagsForResource", resourceArn=arn) == {"tags": {"more": "x"}}
    assert logs("ListTagsLogGroup", logGroupName="b") == {"tags": {"form": "y"}}
    logs("DeleteRetentionPolicy", logGroupName="a")
    assert "retentionInDays" not in logs("DescribeLogGroups")["logGroups"][0]
    assert "nextToken" not in second


def test_streams_are_listed_by_name_or_time(logs: Logs) -> None:
    """The newest first, if asked so."""
    put(logs, "x", stream="b")
    logs("CreateLogStream", logGroupName="mine", logStreamName="a")
    logs.simulation.advance("1 minute")
    event = {"timestamp": START_MS + 60_000, "message": "late"}
    logs("PutLogEvents", logGroupName="mine", logStreamName="a", logEvents=[event])

    by_name = logs("DescribeLogStreams", logGroupName="mine")["logStreams"]
    by_time = logs("DescribeLogStreams", logGroupName="mine", orderBy="LastEventTime", descending=True)["logStreams"]
    logs("DeleteLogStream", logGroupName="mine", logStreamName="b")

    assert [each["logStreamName"] for each in by_name] == ["a", "b"]
    assert [each["logStreamName"] for each in by_time] == ["a", "b"]
    assert len(logs("DescribeLogStreams", logGroupName="mine")["logStreams"]) == 1


@pytest.mark.parametrize(
    ("operation", "parameters", "code", "message"),
    [
        pytest.param(
            "CreateLogGroup", {}, "ResourceAlreadyExistsException", "The specified log group already", id="group"
        ),
        pytest.param(
            "CreateLogStream",
            {"logStreamName": "one"},
            "ResourceAlreadyExistsException",
            "log stream already",
            id="stream",
        ),
        pytest.param(
            "GetLogEvents", {"logStreamName": "x"}, "ResourceNotFoundException", "log stream does not", id="no stream"
        ),
        pytest.param(
            "FilterLogEvents",
            {"logGroupName": "x"},
            "ResourceNotFoundException",
            "The specified log group does not exist",
            id="no group",
        ),
        pytest.param(
            "FilterLogEvents", {"filterPattern": "[a, b"}, "InvalidParameterException", "filter", id="pattern"
        ),
        pytest.param(
            "FilterLogEvents",
            {"logStreamNames": ["x"]},
            "ResourceNotFoundException",
            "log stream does not",
            id="stream of a search",
        ),
        pytest.param(
            "CreateLogGroup",
            {"logGroupName": "aws/mine"},
            "InvalidParameterException",
            "Log groups starting with AWS/ are reserved for AWS.",
            id="reserved",
        ),
        pytest.param(
            "GetLogEvents",
            {"logGroupIdentifier": "mine", "logStreamName": "one"},
            "InvalidParameterException",
            "Exactly one of",
            id="two names of a group",
        ),
        pytest.param("FilterLogEvents", {"nextToken": "x"}, "InvalidParameterException", "nextToken", id="token"),
        pytest.param(
            "PutRetentionPolicy", {"retentionInDays": 2}, "InvalidParameterException", "retentionInDays", id="retention"
        ),
        pytest.param(
            "PutLogEvents",
            {
                "logStreamName": "one",
                "logEvents": [{"timestamp": START_MS + 1, "message": "a"}, {"timestamp": START_MS, "message": "b"}],
            },
            "InvalidParameterException",
            "chronological order",
            id="order",
        ),
    ],
)
def test_a_bad_request_is_refused(
    logs: Logs, operation: str, parameters: dict[str, Any], code: str, message: str
) -> None:
    """In AWS's words."""
    put(logs, "a")

    with pytest.raises(ApiError, match=message) as refused:
        logs(operation, **{"logGroupName": "mine", **parameters})

    assert refused.value.code == code
