"""When is an alarm raised, and who is told? By metrics that are put, by those of a run, and by hand."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from eventsim.calls.alarm_messages import topic_subject
from eventsim.calls.alarm_rule import AlarmRule, RuleMistake
from eventsim.calls.alarms import Alarm, Verdict, judge

START_AT = datetime(2026, 1, 1, tzinfo=UTC)
ARN = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:busy"


class CloudWatch:
    """Calls operations as a client would: `cloudwatch("DescribeAlarms")`."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation

    def __call__(self, operation: str, **parameters: Any) -> Any:
        return self.simulation.request("cloudwatch", operation, parameters)

    def put_alarm(self, name: str = "busy", **parameters: Any) -> None:
        """Make an alarm on more than 10 in a minute."""
        given = {
            "AlarmName": name,
            "Namespace": "Shop",
            "MetricName": "orders",
            "Statistic": "Sum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 10,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        self("PutMetricAlarm", **{**given, **parameters})

    def put(self, value: float) -> None:
        """Put one value of the metric."""
        self("PutMetricData", Namespace="Shop", MetricData=[{"MetricName": "orders", "Value": value}])

    def alarm(self, name: str = "busy") -> Any:
        """Describe an alarm."""
        (described,) = self("DescribeAlarms", AlarmNames=[name])["MetricAlarms"]
        return described


@pytest.fixture
def cloudwatch() -> Iterator[CloudWatch]:
    with SyncSimulation(seed=4) as simulation:
        yield CloudWatch(simulation)


def code_of(call: Any) -> str:
    with pytest.raises(ApiError) as refused:
        call()
    return refused.value.code


# --- what is kept ------------------------------------------------------------------------------------------


def test_an_alarm_is_described_as_it_was_put(cloudwatch: CloudWatch) -> None:
    """It begins without data, with AWS's words for that."""
    cloudwatch.put_alarm(AlarmDescription="too many", Dimensions=[{"Name": "shop", "Value": "a"}])

    alarm = cloudwatch.alarm()
    assert alarm["AlarmArn"] == ARN
    assert (alarm["StateValue"], alarm["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert alarm["ActionsEnabled"] is True
    assert alarm["OKActions"] == alarm["AlarmActions"] == alarm["InsufficientDataActions"] == []
    assert alarm["Dimensions"] == [{"Name": "shop", "Value": "a"}]
    assert alarm["StateUpdatedTimestamp"] == START_AT


def test_alarms_are_found_by_name_prefix_state_and_action(cloudwatch: CloudWatch) -> None:
    """Composite alarms are listed only when they are asked for (documented)."""
    topic = "arn:aws:sns:us-east-1:123456789012:ops"
    cloudwatch.put_alarm("a-1", AlarmActions=[topic])
    cloudwatch.put_alarm("a-2")
    cloudwatch("PutCompositeAlarm", AlarmName="a-3", AlarmRule="ALARM(a-1)")
    cloudwatch("SetAlarmState", AlarmName="a-2", StateValue="OK", StateReason="fine")

    def names(**asked: Any) -> list[str]:
        found = cloudwatch("DescribeAlarms", **asked)
        return [alarm["AlarmName"] for alarm in (*found["MetricAlarms"], *found["CompositeAlarms"])]

    assert names() == ["a-1", "a-2"]
    assert names(AlarmTypes=["CompositeAlarm"]) == ["a-3"]
    assert names(StateValue="OK") == ["a-2"]
    assert names(AlarmNamePrefix="a-1") == ["a-1"]
    assert names(ActionPrefix="arn:aws:sns") == ["a-1"]
    assert names(AlarmNames=["nobody"]) == []


def test_alarms_come_in_pages(cloudwatch: CloudWatch) -> None:
    """`MaxRecords` and `NextToken`."""
    for number in range(3):
        cloudwatch.put_alarm(f"a-{number}")

    first = cloudwatch("DescribeAlarms", MaxRecords=2)
    second = cloudwatch("DescribeAlarms", NextToken=first["NextToken"])

    assert [alarm["AlarmName"] for alarm in second["MetricAlarms"]] == ["a-2"]
    assert "NextToken" not in second


def test_alarms_of_a_metric_are_found_by_its_dimensions(cloudwatch: CloudWatch) -> None:
    """All dimensions, and no others."""
    cloudwatch.put_alarm("with", Dimensions=[{"Name": "shop", "Value": "a"}])
    cloudwatch.put_alarm("without")

    found = cloudwatch("DescribeAlarmsForMetric", Namespace="Shop", MetricName="orders")["MetricAlarms"]

    assert [alarm["AlarmName"] for alarm in found] == ["without"]


def test_a_deleted_alarm_is_gone_and_another_deletion_no_error(cloudwatch: CloudWatch) -> None:
    """Names that are not there are passed over (documented)."""
    cloudwatch.put_alarm()

    cloudwatch("DeleteAlarms", AlarmNames=["busy", "nobody"])

    assert cloudwatch("DescribeAlarms")["MetricAlarms"] == []


def test_what_happened_to_an_alarm_is_told_latest_first(cloudwatch: CloudWatch) -> None:
    """Configuration and states."""
    cloudwatch.put_alarm()
    cloudwatch("SetAlarmState", AlarmName="busy", StateValue="ALARM", StateReason="by hand")

    items = cloudwatch("DescribeAlarmHistory", AlarmName="busy")["AlarmHistoryItems"]

    assert [item["HistoryItemType"] for item in items] == ["StateUpdate", "ConfigurationUpdate"]
    assert items[0]["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert json.loads(items[0]["HistoryData"]) == {
        "version": "1.0",
        "oldState": {"stateValue": "INSUFFICIENT_DATA", "stateReason": "Unchecked: Initial alarm creation"},
        "newState": {"stateValue": "ALARM", "stateReason": "by hand"},
    }
    created = json.loads(items[1]["HistoryData"])
    assert (created["type"], created["createdAlarm"]["metricName"]) == ("Create", "orders")


def test_the_history_does_not_depend_on_the_order_in_which_a_client_writes(cloudwatch: CloudWatch) -> None:
    """SDKs differ in it, and texts of the history are compared as they stand."""
    cloudwatch.put_alarm()
    settings = cloudwatch("DescribeAlarms")["MetricAlarms"][0]
    names = ("AlarmName", "Namespace", "MetricName", "Statistic", "Period", "EvaluationPeriods", "Threshold")
    again = {name: settings[name] for name in reversed((*names, "ComparisonOperator"))}

    cloudwatch("DeleteAlarms", AlarmNames=["busy"])
    cloudwatch("PutMetricAlarm", **again)
    items = cloudwatch("DescribeAlarmHistory", AlarmName="busy", HistoryItemType="ConfigurationUpdate")

    data = [item["HistoryData"] for item in items["AlarmHistoryItems"]]
    assert data[0] == data[2]


def test_a_bad_alarm_is_refused(cloudwatch: CloudWatch) -> None:
    """As its model and AWS's rules have it."""
    assert code_of(lambda: cloudwatch.put_alarm(Statistic="Middle")) == "ValidationError"
    assert code_of(lambda: cloudwatch.put_alarm(Period=61)) == "ValidationError"
    assert code_of(lambda: cloudwatch.put_alarm(DatapointsToAlarm=2)) == "ValidationError"
    both = [{"Id": "m", "Expression": "1"}]
    assert code_of(lambda: cloudwatch.put_alarm(Metrics=both)) == "InvalidParameterCombination"
    assert code_of(lambda: cloudwatch.put_alarm(ExtendedStatistic="p9")) == "InvalidParameterCombination"
    assert code_of(lambda: cloudwatch.put_alarm(Statistic=None, ExtendedStatistic="x")) == "InvalidParameterValue"
    assert code_of(lambda: cloudwatch.put_alarm(TreatMissingData="often")) == "ValidationError"
    assert code_of(lambda: cloudwatch.put_alarm(AlarmActions=["me"])) == "ValidationError"
    assert code_of(lambda: cloudwatch.put_alarm(EvaluationPeriods=1441)) == "ValidationError"
    assert code_of(lambda: cloudwatch.put_alarm(Threshold=None)) == "ValidationError"
    nobody = {"AlarmName": "nobody", "StateValue": "OK", "StateReason": ""}
    assert code_of(lambda: cloudwatch("SetAlarmState", **nobody)) == "ResourceNotFound"


def test_alarms_and_dashboards_bear_tags(cloudwatch: CloudWatch) -> None:
    """Set when they are made, or later."""
    cloudwatch.put_alarm(Tags=[{"Key": "team", "Value": "a"}])
    cloudwatch("TagResource", ResourceARN=ARN, Tags=[{"Key": "stage", "Value": "b"}])
    cloudwatch("UntagResource", ResourceARN=ARN, TagKeys=["team"])

    assert cloudwatch("ListTagsForResource", ResourceARN=ARN)["Tags"] == [{"Key": "stage", "Value": "b"}]
    unknown = ARN.replace("busy", "nobody")
    assert code_of(lambda: cloudwatch("ListTagsForResource", ResourceARN=unknown)) == "ResourceNotFoundException"


def test_a_dashboard_is_kept(cloudwatch: CloudWatch) -> None:
    """Its body comes back as it was; it must be JSON."""
    body = '{"widgets": []}'
    cloudwatch("PutDashboard", DashboardName="main", DashboardBody=body)

    (entry,) = cloudwatch("ListDashboards")["DashboardEntries"]
    assert entry["DashboardArn"] == "arn:aws:cloudwatch::123456789012:dashboard/main"
    assert cloudwatch("GetDashboard", DashboardName="main")["DashboardBody"] == body
    cloudwatch("DeleteDashboards", DashboardNames=["main"])
    assert code_of(lambda: cloudwatch("GetDashboard", DashboardName="main")) == "ResourceNotFound"
    bad = {"DashboardName": "bad", "DashboardBody": "no"}
    assert code_of(lambda: cloudwatch("PutDashboard", **bad)) == "InvalidParameterInput"
    with pytest.raises(ApiError, match="The value a b! for field DashboardName contains invalid characters"):
        cloudwatch("PutDashboard", DashboardName="a b!", DashboardBody=body)


# --- what it watches ---------------------------------------------------------------------------------------


def test_an_alarm_sees_data_whatever_their_order(cloudwatch: CloudWatch) -> None:
    """What came late stands among what came before it."""
    cloudwatch.put_alarm()
    cloudwatch.simulation.advance("90 s")
    for minute, value in ((1, 5), (0, 4), (1, 6)):
        datum = {"MetricName": "orders", "Value": value, "Timestamp": START_AT + timedelta(minutes=minute)}
        cloudwatch("PutMetricData", Namespace="Shop", MetricData=[datum])

    cloudwatch.simulation.advance("30 s")

    assert "[11.0 (01/01/26 00:01:00)]" in cloudwatch.alarm()["StateReason"]


@pytest.mark.parametrize(("resolution_s", "state"), [(1, "ALARM"), (60, "INSUFFICIENT_DATA")])
def test_an_alarm_of_seconds_needs_a_metric_of_seconds(cloudwatch: CloudWatch, resolution_s: int, state: str) -> None:
    """Data of a minute all stand at its beginning; other periods have none (documented)."""
    cloudwatch.put_alarm(Period=10)
    cloudwatch.simulation.advance("35 s")
    datum = {"MetricName": "orders", "Value": 11, "StorageResolution": resolution_s}
    cloudwatch("PutMetricData", Namespace="Shop", MetricData=[datum])

    cloudwatch.simulation.advance("6 s")

    assert cloudwatch.alarm()["StateValue"] == state


def test_an_alarm_is_raised_and_calmed_by_its_metric(cloudwatch: CloudWatch) -> None:
    """It looks at the end of each period, and says what it saw."""
    cloudwatch.put_alarm()
    cloudwatch.put(11)
    cloudwatch.simulation.advance("1 minute")
    raised = cloudwatch.alarm()
    cloudwatch.put(3)
    cloudwatch.simulation.advance("1 minute")
    calmed = cloudwatch.alarm()
    cloudwatch.simulation.advance("2 minutes")
    still = cloudwatch.alarm()["StateValue"]
    cloudwatch.simulation.advance("1 minute")

    assert (raised["StateValue"], raised["StateReason"]) == (
        "ALARM",
        "Threshold Crossed: 1 out of the last 1 datapoints [11.0 (01/01/26 00:00:00)] was greater than the threshold "
        "(10.0) (minimum 1 datapoint for OK -> ALARM transition).",
    )
    assert calmed["StateValue"] == "OK"
    assert calmed["StateTransitionedTimestamp"] == START_AT + timedelta(minutes=2)
    assert (still, cloudwatch.alarm()["StateReason"]) == ("OK", "Insufficient Data: 1 datapoint was unknown.")
    assert json.loads(raised["StateReasonData"]) == {
        "version": "1.0",
        "queryDate": "2026-01-01T00:01:00.000+0000",
        "startDate": "2026-01-01T00:00:00.000+0000",
        "statistic": "Sum",
        "period": 60,
        "recentDatapoints": [11.0],
        "threshold": 10.0,
        "evaluatedDatapoints": [{"timestamp": "2026-01-01T00:00:00.000+0000", "value": 11.0}],
    }


def test_an_alarm_watches_what_the_run_emits(cloudwatch: CloudWatch) -> None:
    """Errors of a function, worked out from the trace."""

    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    cloudwatch.simulation.add_function("fail", handler=fail)
    of_function = [{"Name": "FunctionName", "Value": "fail"}]
    cloudwatch.put_alarm(Namespace="AWS/Lambda", MetricName="Errors", Dimensions=of_function, Threshold=0)
    cloudwatch.simulation.request("lambda", "Invoke", {"FunctionName": "fail"})
    cloudwatch.simulation.advance("1 minute")

    assert cloudwatch.alarm()["StateValue"] == "ALARM"


def test_an_alarm_keeps_no_run_from_being_idle(cloudwatch: CloudWatch) -> None:
    """It looks only while time passes for another reason."""
    cloudwatch.put_alarm()
    cloudwatch.put(11)

    cloudwatch.simulation.until_idle()

    assert cloudwatch.alarm()["StateValue"] == "INSUFFICIENT_DATA"


HIGH, LOW = 20.0, 1.0


@pytest.mark.parametrize(
    ("values", "settings", "state"),
    [
        ([HIGH, HIGH, HIGH], {}, "ALARM"),
        ([HIGH, LOW, HIGH], {}, "OK"),
        ([HIGH, LOW, HIGH], {"DatapointsToAlarm": 2}, "ALARM"),
        ([None, None, None], {}, "INSUFFICIENT_DATA"),
        ([None, None, None], {"TreatMissingData": "breaching"}, "ALARM"),
        ([None, None, None], {"TreatMissingData": "notBreaching"}, "OK"),
        ([None, None, None], {"TreatMissingData": "ignore"}, None),
        ([HIGH, None, HIGH], {"TreatMissingData": "breaching"}, "ALARM"),
        ([HIGH, None, HIGH], {"TreatMissingData": "notBreaching"}, "OK"),
        ([None, None, LOW], {}, "OK"),
    ],
)
def test_missing_data_counts_as_the_alarm_says(
    values: list[float | None], settings: dict[str, Any], state: str | None
) -> None:
    """Breaching, not breaching, ignored, or missing: then nothing is known only if all of it is missing."""
    given = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 10, "EvaluationPeriods": 3, **settings}
    alarm = Alarm("a", ARN, given, is_composite=False, updated_us=0)

    verdict = judge(alarm, [(START_AT, value) for value in values])

    assert (verdict.state if isinstance(verdict, Verdict) else None) == state


@pytest.mark.parametrize(
    ("seen", "wanted", "missing", "ignore", "breaching", "not_breaching"),
    [
        ("0-X-X", 3, "OK", "OK", "OK", "OK"),
        ("0----", 3, "OK", "OK", "OK", "OK"),
        ("-----", 3, "INSUFFICIENT_DATA", "", "ALARM", "OK"),
        ("0XX-X", 3, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("--X--", 3, "ALARM", "", "ALARM", "OK"),
        ("0-X-X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("00X0X", 2, "ALARM", "ALARM", "ALARM", "ALARM"),
        ("0-X--", 2, "OK", "OK", "ALARM", "OK"),
        ("----0", 2, "OK", "OK", "ALARM", "OK"),
        ("---X-", 2, "ALARM", "", "ALARM", "OK"),
    ],
)
def test_an_alarm_looks_back_for_data_that_is_missing(
    seen: str, wanted: int, missing: str, ignore: str, breaching: str, not_breaching: str
) -> None:
    """Of three periods, by AWS's own tables; "" stands for a state that stays as it is."""
    told = {"X": HIGH, "0": LOW, "-": None}
    states = []
    for treatment in ("missing", "ignore", "breaching", "notBreaching"):
        given = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 10, "EvaluationPeriods": 3}
        settings = {**given, "DatapointsToAlarm": wanted, "TreatMissingData": treatment}
        alarm = Alarm("a", ARN, settings, is_composite=False, updated_us=0)
        verdict = judge(alarm, [(START_AT, told[each]) for each in seen])
        states.append("" if verdict is None else verdict.state)

    assert states == [missing, ignore, breaching, not_breaching]


def test_missing_data_is_told_in_words() -> None:
    """How much of it, and as what it counted."""
    given = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 10, "EvaluationPeriods": 2}
    alarm = Alarm("a", ARN, {**given, "TreatMissingData": "notBreaching"}, is_composite=False, updated_us=0)

    verdict = judge(alarm, [(START_AT, None)] * 4)

    assert verdict is not None
    assert verdict.reason == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as "
        "[NonBreaching]."
    )


# --- whom it tells -----------------------------------------------------------------------------------------


def topic_and_queue(cloudwatch: CloudWatch) -> str:
    """Make a topic whose messages end in the queue `seen`, and return its ARN."""
    request = cloudwatch.simulation.request
    request("sqs", "CreateQueue", {"QueueName": "seen"})
    topic = str(request("sns", "CreateTopic", {"Name": "ops"})["TopicArn"])
    queue = "arn:aws:sqs:us-east-1:123456789012:seen"
    request("sns", "Subscribe", {"TopicArn": topic, "Protocol": "sqs", "Endpoint": queue})
    return topic


def received(cloudwatch: CloudWatch) -> list[Any]:
    """Return the bodies that lie in the queue `seen`."""
    cloudwatch.simulation.until_idle()
    url = cloudwatch.simulation.request("sqs", "GetQueueUrl", {"QueueName": "seen"})["QueueUrl"]
    asked = {"QueueUrl": url, "MaxNumberOfMessages": 10}
    messages: Any = cloudwatch.simulation.request("sqs", "ReceiveMessage", asked).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_a_topic_is_told_when_the_state_changes(cloudwatch: CloudWatch) -> None:
    """In AWS's message; saying the same state again tells nobody."""
    topic = topic_and_queue(cloudwatch)
    cloudwatch.put_alarm(AlarmActions=[topic], AlarmDescription="too many")

    for _ in range(2):
        cloudwatch("SetAlarmState", AlarmName="busy", StateValue="ALARM", StateReason="by hand")

    (notice,) = received(cloudwatch)
    message = json.loads(notice["Message"])
    assert notice["Subject"] == 'ALARM: "busy" in US East (N. Virginia)'
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert message["NewStateReason"] == "by hand"
    assert message["StateChangeTime"] == "2026-01-01T00:00:00.000+0000"
    assert (message["Trigger"]["Statistic"], '"Threshold": 10.0' in notice["Message"]) == ("SUM", True)


@pytest.mark.parametrize(
    ("region", "called"),
    [("eu-central-1", "EU (Frankfurt)"), ("us-east-2", "US East (Ohio)"), ("me-south-1", "me-south-1")],
)
def test_messages_call_regions_by_their_names(region: str, called: str) -> None:
    """As the console does; those that nobody has seen in a message, by their code."""
    alarm = Alarm("busy", ARN, {}, is_composite=False, updated_us=0, state="ALARM")

    assert topic_subject(alarm, region) == f'ALARM: "busy" in {called}'


def test_switched_off_actions_tell_nobody(cloudwatch: CloudWatch) -> None:
    """Until they are switched on again."""
    topic = topic_and_queue(cloudwatch)
    cloudwatch.put_alarm(AlarmActions=[topic], OKActions=[topic])
    cloudwatch("DisableAlarmActions", AlarmNames=["busy"])
    cloudwatch("SetAlarmState", AlarmName="busy", StateValue="ALARM", StateReason="by hand")
    cloudwatch("EnableAlarmActions", AlarmNames=["busy"])
    cloudwatch("SetAlarmState", AlarmName="busy", StateValue="OK", StateReason="by hand")

    assert [json.loads(each["Message"])["NewStateValue"] for each in received(cloudwatch)] == ["OK"]


def test_a_function_is_told_by_an_event(cloudwatch: CloudWatch) -> None:
    """As an asynchronous invocation (documented)."""
    seen = []
    cloudwatch.simulation.add_function("note", handler=lambda event, context: seen.append(event))
    cloudwatch.put_alarm(AlarmActions=["arn:aws:lambda:us-east-1:123456789012:function:note"])

    cloudwatch("SetAlarmState", AlarmName="busy", StateValue="ALARM", StateReason="by hand")
    cloudwatch.simulation.until_idle()

    assert seen[0]["alarmArn"] == ARN
    assert seen[0]["alarmData"]["state"]["value"] == "ALARM"


def test_the_default_bus_hears_of_every_change(cloudwatch: CloudWatch) -> None:
    """As `CloudWatch Alarm State Change`, with the state before (documented)."""
    seen = []
    request = cloudwatch.simulation.request
    cloudwatch.simulation.add_function("note", handler=lambda event, context: seen.append(event))
    request("events", "PutRule", {"Name": "r", "EventPattern": '{"source": ["aws.cloudwatch"]}'})
    note = {"Id": "1", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:note"}
    request("events", "PutTargets", {"Rule": "r", "Targets": [note]})
    cloudwatch.put_alarm()

    cloudwatch("SetAlarmState", AlarmName="busy", StateValue="ALARM", StateReason="by hand")
    cloudwatch.simulation.until_idle()

    (event,) = seen
    assert (event["detail-type"], event["resources"]) == ("CloudWatch Alarm State Change", [ARN])
    assert event["detail"]["previousState"]["value"] == "INSUFFICIENT_DATA"
    assert event["detail"]["state"] == {
        "value": "ALARM",
        "reason": "by hand",
        "timestamp": "2026-01-01T00:00:00.000+0000",
    }


def test_an_action_that_has_nobody_is_told_in_the_trace(cloudwatch: CloudWatch) -> None:
    """Such as those of scaling."""
    cloudwatch.put_alarm(AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"])

    cloudwatch("SetAlarmState", AlarmName="busy", StateValue="ALARM", StateReason="by hand")

    (failed,) = cloudwatch.simulation.trace.entries(["alarm action failed"])
    assert isinstance(failed.detail, dict)
    assert failed.detail["reason"] == "there is no such target"


# --- of queues ---------------------------------------------------------------------------------------------


def over_queue(metric: str) -> dict[str, Any]:
    """Return what an alarm on at least one message of the queue `dead` says of its metric."""
    return {
        "Namespace": "AWS/SQS",
        "MetricName": metric,
        "Dimensions": [{"Name": "QueueName", "Value": "dead"}],
        "Statistic": "Maximum",
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }


def test_an_alarm_watches_how_deep_a_queue_is(cloudwatch: CloudWatch) -> None:
    """A message that becomes visible where nobody looks counts from the end of that minute on, until it is gone."""
    cloudwatch.simulation.add_source("queues", "dead")
    cloudwatch.put_alarm(**over_queue("ApproximateNumberOfMessagesVisible"))
    cloudwatch.simulation.send("dead", "x", delay_s=70)
    states = []

    for _ in range(4):
        cloudwatch.simulation.advance("1 minute")
        states.append(cloudwatch.alarm()["StateValue"])
        if len(states) == 3:
            cloudwatch.simulation.request("sqs", "PurgeQueue", {"QueueUrl": "dead"})

    assert states == ["OK", "ALARM", "ALARM", "OK"]


@pytest.mark.parametrize(
    ("metric", "unit", "value"),
    [
        ("ApproximateNumberOfMessagesVisible", "Count", 1),
        ("ApproximateNumberOfMessagesNotVisible", "Count", 1),
        ("ApproximateNumberOfMessagesDelayed", "Count", 1),
        ("ApproximateAgeOfOldestMessage", "Seconds", 60),
    ],
)
def test_what_an_alarm_watches_can_be_read(cloudwatch: CloudWatch, metric: str, unit: str, value: float) -> None:
    """One sample a minute; without an alarm the metric is refused by name."""
    simulation = cloudwatch.simulation
    simulation.add_source("queues", "dead", visibility_timeout="5 minutes")
    asked = {**over_queue(metric), "StartTime": START_AT, "EndTime": START_AT + timedelta(minutes=1), "Period": 60}
    asked = {name: asked[name] for name in asked if name not in ("Statistic", "Threshold", "ComparisonOperator")}
    with pytest.raises(ApiError, match="unless an alarm watches it"):
        cloudwatch("GetMetricStatistics", **asked, Statistics=["Maximum"])

    cloudwatch.put_alarm(**over_queue(metric))
    for delay_s in (0, 0, 600):
        simulation.send("dead", "x", delay_s=delay_s)
    simulation.request("sqs", "ReceiveMessage", {"QueueUrl": "dead"})
    simulation.advance("1 minute")

    (point,) = cloudwatch("GetMetricStatistics", **asked, Statistics=["Maximum"])["Datapoints"]
    assert (point["Maximum"], point["Unit"]) == (value, unit)


def test_an_alarm_without_data_is_told_of(cloudwatch: CloudWatch) -> None:
    """Nobody here emits the metric: the trace says so, instead of an alarm that sleeps for ever."""
    cloudwatch.put_alarm(Namespace="AWS/ApiGateway", MetricName="5XXError")

    (entry,) = cloudwatch.simulation.trace.entries(["accepted without effect"])
    assert entry.detail["parameter"] == "AWS/ApiGateway 5XXError"


# --- expressions -------------------------------------------------------------------------------------------


def metric_query(identifier: str, name: str, **more: Any) -> dict[str, Any]:
    """Return a query for the sum of a metric by the minute, which returns no data."""
    metric = {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": 60, "Stat": "Sum"}
    return {"Id": identifier, "MetricStat": metric, "ReturnData": False, **more}


def put_expression(cloudwatch: CloudWatch, expression: str, **parameters: Any) -> None:
    """Make an alarm over an expression of two metrics, above 50."""
    queries = [metric_query("bad", "failed"), metric_query("all", "orders"), {"Id": "e", "Expression": expression}]
    given = {"Metrics": queries, "EvaluationPeriods": 1, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch("PutMetricAlarm", AlarmName="rate", **{**given, **parameters})


def test_an_alarm_watches_an_expression(cloudwatch: CloudWatch) -> None:
    """It looks at the end of the longest period of its metrics, as far as all that the expression names has data."""
    put_expression(cloudwatch, "100 * FILL(bad, 0) / all")
    states = []
    for failed, orders in ((1, 10), (8, 10), (0, 4)):
        data = [{"MetricName": "failed", "Value": failed}] if failed else []
        data.append({"MetricName": "orders", "Value": orders})
        cloudwatch("PutMetricData", Namespace="Shop", MetricData=data)
        cloudwatch.simulation.advance("1 minute")
        states.append(cloudwatch.alarm("rate")["StateValue"])

    assert states == ["OK", "ALARM", "OK"]
    assert (
        "[0.0 (01/01/26 00:02:00)] was not greater than the threshold (50.0)" in cloudwatch.alarm("rate")["StateReason"]
    )


def test_an_alarm_over_an_expression_watches_what_the_run_emits(cloudwatch: CloudWatch) -> None:
    """Metrics of AWS's namespaces are counted as they come, without reading the trace anew."""
    cloudwatch.simulation.add_function("work", handler=lambda event, context: 1 / 0)
    queries = [
        {
            "Id": name.lower(),
            "MetricStat": {"Metric": {"Namespace": "AWS/Lambda", "MetricName": name}, "Period": 60, "Stat": "Sum"},
            "ReturnData": False,
        }
        for name in ("Errors", "Invocations")
    ]
    put_expression(cloudwatch, "", Metrics=[*queries, {"Id": "e", "Expression": "100 * errors / invocations"}])

    with contextlib.suppress(Exception):
        cloudwatch.simulation.invoke("work")
    cloudwatch.simulation.advance("1 minute")

    assert cloudwatch.alarm("rate")["StateValue"] == "ALARM"


def test_an_alarm_over_what_is_not_simulated_is_told_of(cloudwatch: CloudWatch) -> None:
    """It is kept, stays as it is said, and the trace tells why."""
    put_expression(cloudwatch, "ANOMALY_DETECTION_BAND(all)")
    cloudwatch.simulation.advance("5 minutes")

    (entry,) = cloudwatch.simulation.trace.entries(["accepted without effect"])
    assert "ANOMALY_DETECTION_BAND" in entry.detail["reason"]
    assert cloudwatch.alarm("rate")["StateReason"] == "Unchecked: Initial alarm creation"


def test_an_alarm_has_one_answer(cloudwatch: CloudWatch) -> None:
    """Exactly one of its queries returns data."""
    queries = [metric_query("bad", "failed", ReturnData=True), {"Id": "e", "Expression": "bad * 2"}]

    with pytest.raises(ApiError, match=r"Exactly one element of the metrics list should return data\."):
        put_expression(cloudwatch, "", Metrics=queries)


# --- composite alarms --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("ALARM(busy)", True),
        ('ALARM("busy") AND OK(idle)', True),
        (f"ALARM({ARN})", True),
        ("OK(busy) OR INSUFFICIENT_DATA(new)", True),
        ("NOT ALARM(busy)", False),
        ("NOT (OK(busy) OR FALSE) AND TRUE", True),
        ("OK(busy) OR ALARM(busy) AND OK(new)", False),
        ("( ALARM ( busy ) )", True),
    ],
)
def test_a_rule_looks_at_states(rule: str, holds: bool) -> None:
    """`NOT` before `AND` before `OR`; alarms are named by name, in quotes or not, or by ARN."""
    states = {"busy": "ALARM", "idle": "OK", "new": "INSUFFICIENT_DATA", ARN: "ALARM"}

    assert AlarmRule(rule).holds(lambda name: states[name]) is holds


@pytest.mark.parametrize(
    "rule", ["", "ALARM()", "ALARM(a", "BUSY(a)", "ALARM(a) ALARM(b)", "NOT", "(TRUE", "ALARM(a) AND"]
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    """The text tells which."""
    with pytest.raises(RuleMistake, match="this is no rule"):
        AlarmRule(rule)


def composite(cloudwatch: CloudWatch, name: str = "any") -> Any:
    """Describe a composite alarm."""
    (described,) = cloudwatch("DescribeAlarms", AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return described


def test_a_composite_alarm_follows_its_rule(cloudwatch: CloudWatch) -> None:
    """It looks when it is put and whenever an alarm that it names changes; composite alarms may be named, too."""
    cloudwatch.put_alarm("a")
    cloudwatch.put_alarm("b")
    cloudwatch("PutCompositeAlarm", AlarmName="any", AlarmRule="ALARM(a) OR ALARM(b)")
    cloudwatch("PutCompositeAlarm", AlarmName="top", AlarmRule="ALARM(any)")
    before = composite(cloudwatch)

    cloudwatch("SetAlarmState", AlarmName="b", StateValue="ALARM", StateReason="by hand")

    after = composite(cloudwatch)
    assert (before["StateValue"], after["StateValue"], composite(cloudwatch, "top")["StateValue"]) == (
        "OK",
        "ALARM",
        "ALARM",
    )
    child = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:b"
    assert before["StateReason"].endswith("was created and its alarm rule evaluates to OK")
    assert after["StateReason"] == f"{child} transitioned to ALARM at Thursday 01 January, 2026 00:00:00 UTC"
    (triggering,) = json.loads(after["StateReasonData"])["triggeringAlarms"]
    assert (triggering["arn"], triggering["state"]["value"]) == (child, "ALARM")
    looked_at = json.loads(before["StateReasonData"])["triggeringAlarms"]
    assert [each["state"]["value"] for each in looked_at] == ["INSUFFICIENT_DATA", "INSUFFICIENT_DATA"]
    cloudwatch("SetAlarmState", AlarmName="b", StateValue="OK", StateReason="by hand")
    (calming,) = json.loads(composite(cloudwatch)["StateReasonData"])["triggeringAlarms"]
    assert (calming["arn"], calming["state"]["value"]) == (child, "OK")


def test_a_composite_alarm_tells_of_itself(cloudwatch: CloudWatch) -> None:
    """With its rule, and the children that set it off."""
    topic = topic_and_queue(cloudwatch)
    cloudwatch.put_alarm("a")
    cloudwatch("PutCompositeAlarm", AlarmName="any", AlarmRule="ALARM(a)", AlarmActions=[topic])

    cloudwatch("SetAlarmState", AlarmName="a", StateValue="ALARM", StateReason="by hand")

    (notice,) = received(cloudwatch)
    message = json.loads(notice["Message"])
    assert (message["AlarmRule"], message["NewStateValue"]) == ("ALARM(a)", "ALARM")
    assert [child["State"]["Value"] for child in message["TriggeringChildren"]] == ["ALARM"]


SUPPRESSED = {
    "ActionsSuppressor": "deploying",
    "ActionsSuppressorWaitPeriod": 60,
    "ActionsSuppressorExtensionPeriod": 180,
}


def suppressed(cloudwatch: CloudWatch) -> list[str]:
    """Make a composite alarm that follows one and is suppressed by another; return the states that it told of."""
    told: list[str] = []
    cloudwatch.simulation.add_function(
        "hear", handler=lambda event, _: told.append(event["alarmData"]["state"]["value"])
    )
    for name in ("a", "deploying"):  # they stay as they are set
        cloudwatch("PutCompositeAlarm", AlarmName=name, AlarmRule="FALSE")
    arn = "arn:aws:lambda:us-east-1:123456789012:function:hear"
    actions = {"AlarmActions": [arn], "OKActions": [arn]}
    cloudwatch("PutCompositeAlarm", AlarmName="any", AlarmRule="ALARM(a)", **actions, **SUPPRESSED)
    cloudwatch.simulation.until_idle()
    told.clear()
    return told


def set_state(cloudwatch: CloudWatch, name: str, state: str) -> None:
    """Say the state of an alarm."""
    cloudwatch("SetAlarmState", AlarmName=name, StateValue=state, StateReason="by hand")


def test_an_alarm_waits_whether_its_suppressor_is_raised(cloudwatch: CloudWatch) -> None:
    """If it is not within the period, the actions come after it."""
    told = suppressed(cloudwatch)

    set_state(cloudwatch, "a", "ALARM")
    cloudwatch.simulation.advance("59 s")
    waiting, early = composite(cloudwatch), list(told)
    cloudwatch.simulation.advance("2 s")

    assert (waiting["ActionsSuppressedBy"], early, told) == ("WaitPeriod", [], ["ALARM"])
    assert waiting["ActionsSuppressedReason"] == "Actions suppressed by WaitPeriod"
    assert "ActionsSuppressedBy" not in composite(cloudwatch)


def test_a_suppressor_keeps_an_alarm_quiet(cloudwatch: CloudWatch) -> None:
    """As long as it is raised, and for a while after that."""
    told = suppressed(cloudwatch)
    set_state(cloudwatch, "a", "ALARM")

    by = []
    for state in ("ALARM", "OK"):
        set_state(cloudwatch, "deploying", state)
        cloudwatch.simulation.advance("2 minutes")
        by.append(composite(cloudwatch)["ActionsSuppressedBy"])
    early = list(told)
    cloudwatch.simulation.advance("2 minutes")

    assert (by, early, told) == (["Alarm", "ExtensionPeriod"], [], ["ALARM"])
    assert len(list(cloudwatch.simulation.trace.entries(["alarm actions suppressed"]))) == 3


def test_an_alarm_that_calms_down_unheard_says_nothing(cloudwatch: CloudWatch) -> None:
    """Nobody knows that it was raised (unconfirmed)."""
    told = suppressed(cloudwatch)
    set_state(cloudwatch, "deploying", "ALARM")

    set_state(cloudwatch, "a", "ALARM")
    set_state(cloudwatch, "a", "OK")
    set_state(cloudwatch, "deploying", "OK")
    cloudwatch.simulation.advance("1 hour")

    assert told == []


def test_the_bus_hears_what_suppresses_actions(cloudwatch: CloudWatch) -> None:
    """Every change is told there, with what keeps the others from hearing of it."""
    heard: list[Any] = []
    request = cloudwatch.simulation.request
    cloudwatch.simulation.add_function("heed", handler=lambda event, _: heard.append(event["detail"]))
    pattern = {"detail": {"alarmName": ["any"], "state": {"value": ["ALARM"]}}}
    request("events", "PutRule", {"Name": "r", "EventPattern": json.dumps(pattern)})
    heed = {"Id": "1", "Arn": "arn:aws:lambda:us-east-1:123456789012:function:heed"}
    request("events", "PutTargets", {"Rule": "r", "Targets": [heed]})
    suppressed(cloudwatch)

    set_state(cloudwatch, "a", "ALARM")
    cloudwatch.simulation.until_idle()

    (detail,) = heard
    assert detail["state"]["actionsSuppressedBy"] == "WaitPeriod"
    assert detail["configuration"] == {
        "alarmRule": "ALARM(a)",
        "actionsSuppressor": "deploying",
        "actionsSuppressorWaitPeriod": 60,
        "actionsSuppressorExtensionPeriod": 180,
    }


def test_rules_in_a_circle_go_round_once(cloudwatch: CloudWatch) -> None:
    """An alarm that is being looked at is not looked at again."""
    cloudwatch("PutCompositeAlarm", AlarmName="a", AlarmRule="FALSE")
    cloudwatch("PutCompositeAlarm", AlarmName="b", AlarmRule="NOT ALARM(a)")
    cloudwatch("PutCompositeAlarm", AlarmName="a", AlarmRule="ALARM(b)")

    assert (composite(cloudwatch, "a")["StateValue"], composite(cloudwatch, "b")["StateValue"]) == ("ALARM", "OK")


def test_alarms_have_children_and_parents(cloudwatch: CloudWatch) -> None:
    """What a composite alarm names cannot be deleted without it."""
    cloudwatch.put_alarm("a")
    cloudwatch("PutCompositeAlarm", AlarmName="any", AlarmRule="ALARM(a)")

    children = cloudwatch("DescribeAlarms", ChildrenOfAlarmName="any")["MetricAlarms"]
    parents = cloudwatch("DescribeAlarms", ParentsOfAlarmName="a")["CompositeAlarms"]

    assert [(child["AlarmName"], child["StateValue"]) for child in children] == [("a", "INSUFFICIENT_DATA")]
    assert [set(parent) for parent in parents] == [{"AlarmName", "AlarmArn"}]
    with pytest.raises(ApiError, match="there are composite alarm"):
        cloudwatch("DeleteAlarms", AlarmNames=["a"])
    cloudwatch("DeleteAlarms", AlarmNames=["a", "any"])
    assert cloudwatch("DescribeAlarms", AlarmTypes=["CompositeAlarm", "MetricAlarm"])["CompositeAlarms"] == []


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"AlarmRule": "BUSY(a)"}, "AlarmRule is not valid"),
        ({"AlarmRule": "ALARM(a) OR OK(nobody)"}, r"as alarms \[a, nobody\] in the alarm rule do not exist"),
        ({"AlarmRule": "TRUE", "ActionsSuppressor": "busy"}, "WaitPeriod is required when"),
        ({"AlarmRule": "TRUE", "ActionsSuppressorWaitPeriod": 1}, "can only be specified with ActionsSuppressor"),
        ({"AlarmRule": "TRUE", **SUPPRESSED, "ActionsSuppressor": "nobody"}, "suppressor nobody does not exist"),
        ({"AlarmRule": "TRUE", "ActionConfiguration": {"Some": 1}}, "ActionConfiguration"),
        ({"AlarmRule": "TRUE", "AlarmName": "busy"}, "An alarm of the other type"),
    ],
    ids=["rule", "names", "no periods", "no suppressor", "unknown suppressor", "configuration", "kind"],
)
def test_a_bad_composite_alarm_is_refused(cloudwatch: CloudWatch, parameters: dict[str, Any], message: str) -> None:
    """In AWS's words where they are known."""
    cloudwatch.put_alarm()

    with pytest.raises(ApiError, match=message):
        cloudwatch("PutCompositeAlarm", **{"AlarmName": "any", **parameters})
