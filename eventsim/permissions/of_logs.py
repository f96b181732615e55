"""What do calls of CloudWatch Logs need? The action of the same name, on a log group or on one of its streams.

AWS looks at the ARN of a stream even where none is meant: its name is then empty. So a policy has to say
`log-group:NAME:*`; without the asterisk it is about nothing but tags. A call about no log group at all is one about a
group whose name is empty.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Need,
    Needs,
    Place,
    if_given,
    like,
    on,
    passing,
    text_in,
    texts_in,
    together,
    value_of,
)

_OF_A_GROUP: Final = (
    *("AssociateKmsKey", "CreateExportTask", "CreateLogGroup", "DeleteLogGroup", "DeleteMetricFilter"),
    *("DeleteRetentionPolicy", "DeleteSubscriptionFilter", "DescribeLogStreams", "DescribeMetricFilters"),
    *("DescribeSubscriptionFilters", "DisassociateKmsKey", "GetLogGroupFields", "ListTagsLogGroup"),
    *("PutLogGroupDeletionProtection", "PutMetricFilter", "PutRetentionPolicy", "TagLogGroup", "UntagLogGroup"),
)
_OF_A_STREAM: Final = ("CreateLogStream", "DeleteLogStream", "PutLogEvents")
_OF_NO_GROUP: Final = (
    *("CancelExportTask", "DeleteQueryDefinition", "DeleteResourcePolicy", "DescribeExportTasks"),
    *("DescribeLogGroups", "DescribeQueries", "DescribeQueryDefinitions", "DescribeResourcePolicies"),
    *("GetLogRecord", "GetQueryResults", "ListLogGroups", "PutQueryDefinition", "PutResourcePolicy", "StopQuery"),
    "TestMetricFilter",
)
_OF_TAGS: Final = ("ListTagsForResource", "TagResource", "UntagResource")
_NO_GROUP: Final = like("arn:aws:logs:{region}:{account_id}:log-group::log-stream:")


def _group_of(given: Mapping[str, Any]) -> str:
    """Return the log group that a call is about, by whichever parameter it has: a name or an ARN."""
    names = ("logGroupName", "logGroupIdentifier", "resourceIdentifier")
    return next((text_in(given, name) for name in names if given.get(name)), "")


def _arn(group: str, place: Place, stream: str = "") -> str:
    """Return the ARN of a stream in a log group."""
    arn = group if group.startswith("arn:") else place.arn("logs", f"log-group:{group}")
    return f"{arn.removesuffix(':*')}:log-stream:{stream}"


def _group(given: Mapping[str, Any], place: Place) -> str:
    return _arn(_group_of(given), place)


def _stream(given: Mapping[str, Any], place: Place) -> str:
    return _arn(_group_of(given), place, text_in(given, "logStreamName"))


def _each_group(given: Mapping[str, Any], place: Place) -> list[Need]:
    """Return what a query needs: the same of each log group."""
    groups = [
        text_in(given, "logGroupName"),
        *texts_in(given, "logGroupNames"),
        *texts_in(given, "logGroupIdentifiers"),
    ]
    return [Need("logs:StartQuery", _arn(group, place)) for group in filter(None, groups)]


def _destination(given: Mapping[str, Any], _place: Place) -> list[Need]:
    """Return what it needs that another account has put a destination in between."""
    arn = text_in(given, "destinationArn")
    return [Need("logs:PutSubscriptionFilter", arn)] if arn.startswith("arn:aws:logs:") else []


def _tagged(given: Mapping[str, Any], _place: Place) -> str:
    return text_in(given, "resourceArn").removesuffix(":*")


_UNMASK: Final = if_given("unmask", on(_group, "logs:Unmask"))

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_group, f"logs:{name}") for name in _OF_A_GROUP},
        **{name: on(_stream, f"logs:{name}") for name in _OF_A_STREAM},
        **{name: on(_NO_GROUP, f"logs:{name}") for name in _OF_NO_GROUP},
        **{name: on(_tagged, f"logs:{name}") for name in _OF_TAGS},
        "FilterLogEvents": together(on(_group, "logs:FilterLogEvents"), _UNMASK),
        "GetLogEvents": together(on(_stream, "logs:GetLogEvents"), _UNMASK),
        "PutSubscriptionFilter": together(
            on(_group, "logs:PutSubscriptionFilter"), _destination, passing("logs", value_of("roleArn"))
        ),
        "StartQuery": _each_group,
    }
)
