"""What do calls of CloudWatch need? Metrics are no resources: only their namespace can be asked for, as they are put.

Alarms, dashboards, and streams of metrics are resources; a composite alarm needs to be allowed on all (documented).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Need,
    Needs,
    Place,
    Resource,
    anywhere,
    for_each,
    if_given,
    like,
    on,
    passing,
    together,
    told,
    value_of,
)

_HERE: Final = "arn:aws:cloudwatch:{region}:{account_id}"
_ALARM: Final = like(f"{_HERE}:alarm:{{AlarmName}}")
_ALL_ALARMS: Final = like(f"{_HERE}:alarm:*")
_STREAM: Final = like(f"{_HERE}:metric-stream/{{Name}}")
_INSIGHT_RULE: Final = like(f"{_HERE}:insight-rule/{{RuleName}}")
_DASHBOARD: Final = like("arn:aws:cloudwatch::{account_id}:dashboard/{DashboardName}")
_TAGGED: Final = like("{ResourceARN}")

_OF_NOTHING: Final = (
    *("DeleteAnomalyDetector", "DescribeAnomalyDetectors", "DescribeInsightRules", "GetMetricData"),
    *("GetMetricStatistics", "GetMetricWidgetImage", "ListMetricStreams", "ListMetrics", "PutAnomalyDetector"),
)
_OF_EACH: Final[tuple[tuple[str, str, Resource, str], ...]] = (
    ("AlarmNames", "AlarmName", _ALARM, "DeleteAlarms DisableAlarmActions EnableAlarmActions"),
    ("DashboardNames", "DashboardName", _DASHBOARD, "DeleteDashboards"),
    ("Names", "Name", _STREAM, "StartMetricStreams StopMetricStreams"),
    ("RuleNames", "RuleName", _INSIGHT_RULE, "DeleteInsightRules DisableInsightRules EnableInsightRules"),
)
"""A list of names, what one of them would be called, its ARN, and the operations on each."""
_OF_ONE: Final = (
    (_ALARM, "DescribeAlarmContributors SetAlarmState"),
    (_ALL_ALARMS, "DescribeAlarmsForMetric"),
    (_DASHBOARD, "GetDashboard PutDashboard"),
    (like("arn:aws:cloudwatch::{account_id}:dashboard/*"), "ListDashboards"),
    (_STREAM, "DeleteMetricStream GetMetricStream"),
    (_INSIGHT_RULE, "GetInsightRuleReport PutInsightRule"),
    (_TAGGED, "ListTagsForResource TagResource UntagResource"),
)


def _described(given: Mapping[str, Any], place: Place) -> list[Need]:
    """Return what it needs to look at alarms: at those named, or else at all."""
    named = for_each("AlarmNames", "AlarmName", on(_ALARM, "cloudwatch:DescribeAlarms"))(given, place)
    return list(named or on(_ALL_ALARMS, "cloudwatch:DescribeAlarms")(given, place))


def _history(given: Mapping[str, Any], place: Place) -> str:
    return (_ALARM if given.get("AlarmName") else _ALL_ALARMS)(given, place)


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: anywhere(f"cloudwatch:{name}") for name in _OF_NOTHING},
        **{
            name: for_each(names, one, on(resource, f"cloudwatch:{name}"))
            for names, one, resource, operations in _OF_EACH
            for name in operations.split()
        },
        **{name: on(resource, f"cloudwatch:{name}") for resource, operations in _OF_ONE for name in operations.split()},
        "DescribeAlarms": _described,
        "DescribeAlarmHistory": on(_history, "cloudwatch:DescribeAlarmHistory"),
        "PutCompositeAlarm": together(
            anywhere("cloudwatch:PutCompositeAlarm", keys=told({"cloudwatch:AlarmActions": "AlarmActions"})),
            if_given("Tags", on(_ALARM, "cloudwatch:TagResource")),
        ),
        "PutMetricAlarm": together(
            on(_ALARM, "cloudwatch:PutMetricAlarm", keys=told({"cloudwatch:AlarmActions": "AlarmActions"})),
            if_given("Tags", on(_ALARM, "cloudwatch:TagResource")),
        ),
        "PutMetricData": anywhere("cloudwatch:PutMetricData", keys=told({"cloudwatch:namespace": "Namespace"})),
        "PutMetricStream": together(
            on(_STREAM, "cloudwatch:PutMetricStream"), passing("streams.metrics.cloudwatch", value_of("RoleArn"))
        ),
    }
)
