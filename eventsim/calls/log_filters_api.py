"""How are filters of log groups made and asked for? Subscriptions to functions and streams, and metric filters."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from eventsim.api import Request, Result
from eventsim.calls.inert import Offer, not_simulated, offer
from eventsim.calls.log_fields import PatternMistake
from eventsim.calls.log_filters import MetricFilter, SubscriptionFilter, metric_filter, subscription_filter
from eventsim.calls.log_groups import LogGroup
from eventsim.calls.log_pattern import compile_log_pattern, extracting
from eventsim.calls.log_service import LogService, invalid, not_found, page
from eventsim.errors import ApiError

T = TypeVar("T")

SUBSCRIPTIONS_MAX, METRIC_FILTERS_MAX = 2, 100
"""Filters of one group (documented)."""
_TOLD = ("roleArn", "distribution", "applyOnTransformedLogs")
_STREAMS = {"kinesis": ("Kinesis stream", "kinesis stream"), "firehose": ("Firehose stream", "Firehose stream")}
"""Services beside Lambda that may subscribe, and what refusals call their streams, first and then."""


# --- subscriptions -----------------------------------------------------------------------------------------


def put_subscription_filter(logs: LogService, request: Request) -> Result:
    """Send matching events of a group to a function, a stream or a delivery stream from now on."""
    given: Any = request.parameters
    group, name = logs.group(request), given["filterName"]
    if name not in group.subscriptions and len(group.subscriptions) >= SUBSCRIPTIONS_MAX:
        raise ApiError("LimitExceededException", "Resource limit exceeded.")
    _check_role(given["destinationArn"], given.get("roleArn"))
    _check_destination(logs, request, group, given["destinationArn"], given.get("roleArn") or "")
    told = {member: given[member] for member in _TOLD if given.get(member) is not None}
    now_ms = logs.clock.epoch_ms()
    before = group.subscriptions.get(name)
    with _in_aws_words():
        made = subscription_filter(
            name, given["filterPattern"], given["destinationArn"], told, before.created_ms if before else now_ms
        )
    group.subscriptions[name] = made
    logs.watch()
    return {}


def _check_role(arn: str, role: str | None) -> None:
    """See that a role is named for a stream, and none for a function."""
    vendor = _vendor(arn)
    if vendor in _STREAMS and not role:
        raise invalid(f"destinationArn for vendor {vendor} cannot be used without roleArn")
    if vendor == "lambda" and role:
        raise invalid("destinationArn for vendor lambda cannot be used with roleArn")


def _vendor(arn: str) -> str:
    return [*arn.split(":"), "", ""][2]


def _check_destination(logs: LogService, request: Request, group: LogGroup, arn: str, role_arn: str) -> None:
    """See that somebody is there and lets the service send to it (wording unconfirmed)."""
    if ":lambda:" in arn:
        target, source = logs.find(arn), f"{logs.arn(group.name)}:*"
        if target is None or not logs.permits(arn, "logs.amazonaws.com", source, cause=request.entry):
            raise invalid(
                "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
                "your function."
            )
        if group.name == f"/aws/lambda/{logs.functions.parse_name(arn).name}":
            raise invalid(f"{arn} writes to {group.name} itself: each of its log lines would invoke it again.")
        return
    vendor = _vendor(arn)
    if vendor == "logs":
        raise not_simulated(request, f"destinationArn={arn} (functions, streams and delivery streams are)")
    kinds = _STREAMS.get(vendor)
    if kinds is None:
        raise invalid(f"PutSubscriptionFilter operation cannot work with destinationArn for vendor {vendor}")
    try:
        logs.delivery.test(arn, role_arn, request.entry)
    except ApiError as error:
        message = "Could not deliver test message to specified {}. Check if the given {} is in ACTIVE state."
        raise invalid(message.format(*kinds)) from error


def describe_subscription_filters(logs: LogService, request: Request) -> Result:
    """List the subscriptions of a group, by name."""
    given: Any = request.parameters
    group, prefix = logs.group(request), given.get("filterNamePrefix") or ""
    made = [each for name, each in sorted(group.subscriptions.items()) if name.startswith(prefix)]
    items, more = page(made, given)
    return {"subscriptionFilters": [_described_subscription(group, each) for each in items], **more}


def _described_subscription(group: LogGroup, made: SubscriptionFilter) -> dict[str, Any]:
    return {
        "filterName": made.name,
        "logGroupName": group.name,
        "filterPattern": made.pattern,
        "destinationArn": made.destination,
        "distribution": "ByLogStream",
        "applyOnTransformedLogs": False,
        **made.told,
        "creationTime": made.created_ms,
    }


def delete_subscription_filter(logs: LogService, request: Request) -> Result:
    """End a subscription."""
    if logs.group(request).subscriptions.pop(str(request.parameters["filterName"]), None) is None:
        raise not_found("The specified subscription filter does not exist.")
    return {}


# --- metric filters ----------------------------------------------------------------------------------------


def put_metric_filter(logs: LogService, request: Request) -> Result:
    """Make metrics of matching events of a group from now on."""
    given: Any = request.parameters
    group, name = logs.group(request), given["filterName"]
    if name not in group.metric_filters and len(group.metric_filters) >= METRIC_FILTERS_MAX:
        raise ApiError("LimitExceededException", "Resource limit exceeded.")
    for each in given["metricTransformations"]:
        if each["metricNamespace"].startswith("AWS/"):
            raise invalid("Invalid metric transformation: the namespace AWS/ is reserved")  # unconfirmed wording
        if each.get("defaultValue") is not None and each.get("dimensions"):
            message = "Invalid metric transformation: dimensions and default value are mutually exclusive properties."
            raise invalid(message)
    with _in_aws_words():
        made = metric_filter(name, given["filterPattern"], given["metricTransformations"], logs.clock.epoch_ms())
    group.metric_filters[name] = made
    return {}


def describe_metric_filters(logs: LogService, request: Request) -> Result:
    """List the metric filters of a group or of all, or those of one metric."""
    given: Any = request.parameters
    if bool(given.get("metricName")) != bool(given.get("metricNamespace")):
        raise invalid("If you include the metricName parameter, you must also include the metricNamespace parameter.")
    groups = [logs.group(request)] if given.get("logGroupName") else list(logs.groups.all().values())
    prefix = given.get("filterNamePrefix") or ""
    made = [
        (group, each)
        for group in groups
        for name, each in sorted(group.metric_filters.items())
        if name.startswith(prefix) and _makes(each, given)
    ]
    items, more = page(made, given)
    return {"metricFilters": [_described_metric_filter(group, each) for group, each in items], **more}


def _makes(made: MetricFilter, given: Mapping[str, Any]) -> bool:
    wanted = given.get("metricNamespace"), given.get("metricName")
    return wanted[1] is None or any(
        wanted == (each["metricNamespace"], each["metricName"]) for each in made.transformations
    )


def _described_metric_filter(group: LogGroup, made: MetricFilter) -> dict[str, Any]:
    return {
        "filterName": made.name,
        "filterPattern": made.pattern,
        "metricTransformations": list(made.transformations),
        "creationTime": made.created_ms,
        "logGroupName": group.name,
    }


def delete_metric_filter(logs: LogService, request: Request) -> Result:
    """End a metric filter."""
    if logs.group(request).metric_filters.pop(str(request.parameters["filterName"]), None) is None:
        raise not_found("The specified metric filter does not exist.")
    return {}


def try_metric_filter(logs: LogService, request: Request) -> Result:  # noqa: ARG001 - a pattern needs nothing
    """Tell which messages a pattern matches, and what it takes out of them."""
    given: Any = request.parameters
    with _in_aws_words():
        matches, extract = compile_log_pattern(given["filterPattern"]), extracting(given["filterPattern"])
    found = [
        {"eventNumber": number, "eventMessage": message, "extractedValues": extract(message)}
        for number, message in enumerate(given["logEventMessages"], start=1)
        if matches(message)
    ]
    return {"matches": found}


@contextlib.contextmanager
def _in_aws_words() -> Iterator[None]:
    """Let a mistake in a pattern answer as the API does."""
    try:
        yield
    except PatternMistake as mistake:
        raise invalid(str(mistake)) from mistake


_PAGE = "filterNamePrefix nextToken limit"

OFFERS: Mapping[str, Offer] = {
    "DeleteMetricFilter": offer(delete_metric_filter, "logGroupName filterName"),
    "DeleteSubscriptionFilter": offer(delete_subscription_filter, "logGroupName filterName"),
    "DescribeMetricFilters": offer(describe_metric_filters, f"logGroupName metricName metricNamespace {_PAGE}"),
    "DescribeSubscriptionFilters": offer(describe_subscription_filters, f"logGroupName {_PAGE}"),
    "PutMetricFilter": offer(put_metric_filter, "logGroupName filterName filterPattern metricTransformations"),
    "PutSubscriptionFilter": offer(
        put_subscription_filter,
        "logGroupName filterName filterPattern destinationArn roleArn distribution applyOnTransformedLogs",
    ),
    "TestMetricFilter": offer(try_metric_filter, "filterPattern logEventMessages"),
}
