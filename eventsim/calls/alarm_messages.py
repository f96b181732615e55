"""What does an alarm say when its state changes? What topics, functions and the default bus are told."""

from typing import Any

from msgspec import Struct

from eventsim.calls.alarms import Alarm
from eventsim.clock import Clock

_REGIONS = {"us-east-1": "US East (N. Virginia)", "us-west-2": "US West (Oregon)", "eu-west-1": "EU (Ireland)"}
"""Names of regions in messages; others are told by their code (unconfirmed)."""
_SUBJECT_CHARACTERS_MAX = 100


class Told(Struct, frozen=True):
    """A state that was said of an alarm: which, why and when."""

    value: str
    reason: str
    at_us: int


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
    return (
        {**message, "AlarmRule": settings["AlarmRule"]}
        if alarm.is_composite
        else {**message, "Trigger": _trigger(alarm)}
    )


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
    metrics = []
    if "MetricName" in settings:
        dimensions = {each["Name"]: each["Value"] for each in settings.get("Dimensions") or ()}
        metric = {"namespace": settings.get("Namespace"), "name": settings["MetricName"], "dimensions": dimensions}
        stat = {"metric": metric, "period": settings.get("Period"), "stat": alarm.statistic}
        metrics = [{"id": "m1", "metricStat": stat, "returnData": True}]  # AWS's id is a UUID
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
            },
            "previousState": _told(before, clock),
            "state": _told(Told(alarm.state, alarm.reason, alarm.state_us), clock),
        },
    }


def _told(state: Told, clock: Clock) -> dict[str, str]:
    return {"value": state.value, "reason": state.reason, "timestamp": _instant(clock, state.at_us)}


def _instant(clock: Clock, at_us: int) -> str:
    return clock.iso_ms(at_us)[:-1] + "+0000"
