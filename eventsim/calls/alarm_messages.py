"""What does an alarm say when its state changes? What topics, functions and the default bus are told."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim.calls.alarm_suppression import PERIODS, SUPPRESSOR, Hold
from eventsim.calls.alarms import Alarm
from eventsim.clock import Clock
from eventsim.json_text import load_json

_REGIONS = {
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ca-central-1": "Canada (Central)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-north-1": "EU (Stockholm)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}
"""Names of regions in messages; others are told by their code (unconfirmed)."""
_SUBJECT_CHARACTERS_MAX = 100


class Told(Struct, frozen=True):
    """A state that was said of an alarm: which, why, when, and what was looked at, as JSON or "".

    Attributes:
        suppressed_by: what kept it from its actions, "" for nothing.
    """

    value: str
    reason: str
    at_us: int
    reason_data: str = ""
    suppressed_by: str = ""


def told_of(alarm: Alarm) -> Told:
    """Return the state that was said of an alarm last."""
    return Told(alarm.state, alarm.reason, alarm.state_us, alarm.reason_data, alarm.suppressed_by)


def topic_subject(alarm: Alarm, region: str) -> str:
    """Return the subject of a topic's message, which topics want short."""
    return f'{alarm.state}: "{alarm.name}" in {_REGIONS.get(region, region)}'[:_SUBJECT_CHARACTERS_MAX]


def topic_message(alarm: Alarm, before: str, clock: Clock, account_id: str, region: str) -> dict[str, Any]:
    """Return the message that a topic gets (documented)."""
    settings = alarm.settings
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": settings.get("AlarmDescription"),
        "AWSAccountId": account_id,
        "AlarmConfigurationUpdatedTimestamp": _instant(clock, alarm.updated_us),
        "NewStateValue": alarm.state,
        "NewStateReason": alarm.reason,
        "StateChangeTime": _instant(clock, alarm.state_us),
        "Region": _REGIONS.get(region, region),
        "AlarmArn": alarm.arn,
        "OldStateValue": before,
        "OKActions": settings.get("OKActions") or [],
        "AlarmActions": settings.get("AlarmActions") or [],
        "InsufficientDataActions": settings.get("InsufficientDataActions") or [],
    }
    if not alarm.is_composite:
        return {**message, "Trigger": _trigger(alarm)}
    triggering = load_json(alarm.reason_data or "{}").get("triggeringAlarms") or ()
    children = [
        {"Arn": each["arn"], "State": {"Value": each["state"]["value"], "Timestamp": each["state"]["timestamp"]}}
        for each in triggering
    ]
    return {**message, "AlarmRule": settings["AlarmRule"], "TriggeringChildren": children}


def _trigger(alarm: Alarm) -> dict[str, Any]:
    settings = alarm.settings
    trigger: dict[str, Any] = {}
    if "MetricName" in settings:
        statistic = settings.get("Statistic")
        trigger = {
            "MetricName": settings["MetricName"],
            "Namespace": settings.get("Namespace"),
            "StatisticType": "Statistic" if statistic else "ExtendedStatistic",
            **({"Statistic": _shouted(statistic)} if statistic else {"ExtendedStatistic": alarm.statistic}),
            "Unit": settings.get("Unit"),
            "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in settings.get("Dimensions") or ()],
        }
    return {
        **trigger,
        "Period": settings.get("Period"),
        "EvaluationPeriods": settings.get("EvaluationPeriods"),
        **({"DatapointsToAlarm": settings["DatapointsToAlarm"]} if settings.get("DatapointsToAlarm") else {}),
        "ComparisonOperator": settings.get("ComparisonOperator"),
        "Threshold": settings.get("Threshold"),
        "TreatMissingData": settings.get("TreatMissingData") or "",
        "EvaluateLowSampleCountPercentile": settings.get("EvaluateLowSampleCountPercentile") or "",
        **({"Metrics": settings["Metrics"]} if settings.get("Metrics") else {}),
    }


def _shouted(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def function_event(alarm: Alarm, before: str, clock: Clock, account_id: str, region: str) -> dict[str, Any]:
    """Return the event that a function gets (documented)."""
    at = _instant(clock, alarm.state_us)
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": account_id,
        "time": at,
        "region": region,
        "alarmData": {
            "alarmName": alarm.name,
            "state": {"value": alarm.state, "reason": alarm.reason, "timestamp": at},
            "previousState": {"value": before},
            "configuration": {"description": alarm.settings.get("AlarmDescription")},
        },
    }


def bus_event(alarm: Alarm, before: Told, clock: Clock) -> dict[str, Any]:
    """Return the event for the default bus, without what the bus itself adds (documented)."""
    settings = alarm.settings
    metrics = [] if alarm.is_composite else [_query(query) for query in alarm.queries]  # AWS's id may be a UUID
    return {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "time": f"{clock.iso_ms(alarm.state_us)[:19]}Z",
        "resources": [alarm.arn],
        "detail": {
            "alarmName": alarm.name,
            "configuration": {
                **({"description": settings["AlarmDescription"]} if settings.get("AlarmDescription") else {}),
                **({"alarmRule": settings["AlarmRule"]} if alarm.is_composite else {"metrics": metrics}),
                **{f"a{name[1:]}": settings[name] for name in (SUPPRESSOR, *PERIODS) if name in settings},
            },
            "previousState": _told(before, clock),
            "state": _told(told_of(alarm), clock),
        },
    }


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData") is not False}
    told |= {key: query[name] for key, name in (("expression", "Expression"), ("label", "Label")) if query.get(name)}
    asked = query.get("MetricStat")
    if asked is not None:
        metric = asked["Metric"]
        dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or ()}
        named = {"namespace": metric.get("Namespace"), "name": metric["MetricName"], "dimensions": dimensions}
        told["metricStat"] = {"metric": named, "period": asked["Period"], "stat": asked["Stat"]}
    return told


def child_state(child: Alarm, clock: Clock) -> dict[str, str]:
    """Return the state of an alarm as a composite one tells it."""
    return {"value": child.state, "timestamp": _instant(clock, child.transitioned_us)}


def _told(state: Told, clock: Clock) -> dict[str, str]:
    data = {"reasonData": state.reason_data} if state.reason_data else {}
    if state.suppressed_by:
        data |= {
            "actionsSuppressedBy": state.suppressed_by,
            "actionsSuppressedReason": Hold(state.suppressed_by).reason,
        }
    return {"value": state.value, "reason": state.reason, **data, "timestamp": _instant(clock, state.at_us)}


def _instant(clock: Clock, at_us: int) -> str:
    return clock.iso_ms(at_us)[:-1] + "+0000"
