"""How are alarms made, asked and told of? CloudWatch's operations on alarms."""

from collections.abc import Mapping
from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.alarm_checks import check_actions, check_metric_alarm
from eventsim.calls.alarm_rule import AlarmRule, RuleMistake
from eventsim.calls.alarm_states import Watcher, change, children_of, judge_composite, parents_of, watch
from eventsim.calls.alarm_suppression import PERIODS, SUPPRESSOR, Hold
from eventsim.calls.alarms import ALARM, OK, Alarm
from eventsim.calls.inert import Offer, offer
from eventsim.errors import ApiError
from eventsim.json_text import load_json
from eventsim.page_token import place_of, token_of

DESCRIBED_MAX = 100
"""Alarms in one answer, unless fewer are asked for (documented; unconfirmed as the default)."""
_ACTIONS = "ActionsEnabled OKActions AlarmActions InsufficientDataActions"
_METRIC = "MetricName Namespace Statistic ExtendedStatistic Dimensions Period Unit"


# --- making ------------------------------------------------------------------------------------------------


def put_metric_alarm(cloudwatch: Watcher, request: Request) -> Result:
    """Make an alarm over a metric or an expression, or change its settings; its state stays."""
    given: Any = request.parameters
    check_metric_alarm(given)
    alarm = _put(cloudwatch, request)
    alarm.is_understood = True
    if not alarm.is_evaluated:
        what = str(given["ComparisonOperator"])
        cloudwatch.inert.tell(request, what, "alarms over bands stay as SetAlarmState says")
        return {}
    unknown = cloudwatch.watch(alarm)
    if unknown and not alarm.is_understood:
        cloudwatch.inert.tell(request, "Metrics", f"the alarm stays as SetAlarmState says: {unknown}")
        return {}
    if unknown:
        reason = "nobody here emits this metric, so the alarm stays as SetAlarmState says, or without data"
        cloudwatch.inert.tell(request, unknown, reason)
    if not alarm.is_watching:
        watch(cloudwatch, alarm)
    return {}


def put_composite_alarm(cloudwatch: Watcher, request: Request) -> Result:
    """Make an alarm over other alarms, or change its settings."""
    given: Any = request.parameters
    rule = _rule(given["AlarmRule"])
    missing = [name for name in rule.names if cloudwatch.alarms.named(name) is None]
    if missing:
        message = f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        raise _invalid("ValidationError", message)
    check_actions(given)
    _check_suppressor(cloudwatch, given)
    verb = "updated" if given["AlarmName"] in cloudwatch.alarms.by_name else "created"
    alarm = _put(cloudwatch, request)
    alarm.rule = rule
    reason = f"{alarm.arn} was {verb} and its alarm rule evaluates to "  # unconfirmed wording
    state = ALARM if rule.holds(cloudwatch.alarms.state_of) else OK
    judge_composite(cloudwatch, alarm, children_of(cloudwatch.alarms, alarm), reason + state, request.entry)
    return {}


def _check_suppressor(cloudwatch: Watcher, given: Mapping[str, Any]) -> None:
    """See that a suppressor is there, and that it has both of its periods, which mean nothing without it (documented).

    Raises:
        ApiError: it is not; the words are unconfirmed.
    """
    suppressor = given.get(SUPPRESSOR)
    for period in PERIODS:
        if suppressor and given.get(period) is None:
            raise _invalid("ValidationError", f"{period} is required when {SUPPRESSOR} is specified")
        if not suppressor and given.get(period) is not None:
            raise _invalid("ValidationError", f"{period} can only be specified with {SUPPRESSOR}")
    if suppressor and cloudwatch.alarms.named(suppressor) is None:
        message = f"Could not save the composite alarm as the actions suppressor {suppressor} does not exist"
        raise _invalid("ValidationError", message)


def _rule(text: str) -> AlarmRule:
    try:
        return AlarmRule(text)
    except RuleMistake as mistake:
        raise _invalid("ValidationError", f"AlarmRule is not valid: {mistake}") from mistake  # unconfirmed wording


def _put(cloudwatch: Watcher, request: Request) -> Alarm:
    given: Any = {name: value for name, value in request.parameters.items() if value is not None}
    tags = given.pop("Tags", None)
    if "Threshold" in given:
        given["Threshold"] = float(given["Threshold"])  # in messages it has a fraction
    name, now_us = given.pop("AlarmName"), cloudwatch.clock.now_us
    arn = cloudwatch.arn(f"alarm:{name}")
    alarm = cloudwatch.alarms.by_name.get(name)
    is_composite = "AlarmRule" in given
    if alarm is None:
        alarm = Alarm(name, arn, given, is_composite, now_us, state_us=now_us, transitioned_us=now_us)
        cloudwatch.alarms.by_name[name] = alarm
        if tags:
            cloudwatch.tags[arn] = {tag["Key"]: tag["Value"] for tag in tags}
        cloudwatch.alarms.history.configured(alarm, "created")
        return alarm
    if alarm.is_composite is not is_composite:
        message = f"An alarm of the other type is called {name} already"  # unconfirmed wording
        raise _invalid("ValidationError", message)
    alarm.settings, alarm.updated_us = given, now_us
    alarm.watched.clear()
    cloudwatch.alarms.history.configured(alarm, "updated")
    return alarm


def delete_alarms(cloudwatch: Watcher, request: Request) -> Result:
    """Forget alarms; those that are not there are no error (documented), those that others name stay."""
    names: Any = request.parameters["AlarmNames"]
    for name in names:
        alarm = cloudwatch.alarms.by_name.get(name)
        parents = [] if alarm is None else parents_of(cloudwatch.alarms, alarm)
        if any(parent.name not in names for parent in parents):
            message = f"Cannot delete {name} as there are composite alarm(s) depending on it."
            raise _invalid("ValidationError", message)
    for name in names:
        alarm = cloudwatch.alarms.by_name.pop(name, None)
        if alarm is not None:
            cloudwatch.tags.pop(alarm.arn, None)
            cloudwatch.alarms.history.configured(alarm, "deleted")
    return {}


def enable_alarm_actions(cloudwatch: Watcher, request: Request) -> Result:
    """Let alarms tell of their changes."""
    return _switch(cloudwatch, request, is_enabled=True)


def disable_alarm_actions(cloudwatch: Watcher, request: Request) -> Result:
    """Let alarms change in silence."""
    return _switch(cloudwatch, request, is_enabled=False)


def _switch(cloudwatch: Watcher, request: Request, *, is_enabled: bool) -> Result:
    names: Any = request.parameters["AlarmNames"]
    for name in names:
        if name in cloudwatch.alarms.by_name:
            cloudwatch.alarms.by_name[name].settings["ActionsEnabled"] = is_enabled
    return {}


# --- asking ------------------------------------------------------------------------------------------------


def describe_alarms(cloudwatch: Watcher, request: Request) -> Result:
    """List alarms by name, of one kind or both, by state, by what they tell; metric alarms only unless asked."""
    given: Any = request.parameters
    if given.get("ChildrenOfAlarmName") or given.get("ParentsOfAlarmName"):
        return _relatives(cloudwatch, given)
    if given.get("AlarmNames") and given.get("AlarmNamePrefix"):
        message = "AlarmNames and AlarmNamePrefix cannot be specified together"  # unconfirmed wording
        raise _invalid("InvalidParameterCombination", message)
    kinds = given.get("AlarmTypes") or ["MetricAlarm"]
    alarms = [alarm for _, alarm in sorted(cloudwatch.alarms.by_name.items()) if _is_asked_for(alarm, given, kinds)]
    begin = _place(given)
    end = begin + (given.get("MaxRecords") or DESCRIBED_MAX)
    shown = alarms[begin:end]
    result: dict[str, Any] = {
        "CompositeAlarms": [_described(cloudwatch, alarm) for alarm in shown if alarm.is_composite],
        "MetricAlarms": [_described(cloudwatch, alarm) for alarm in shown if not alarm.is_composite],
    }
    if end < len(alarms):
        result["NextToken"] = token_of(end)
    return result


def _relatives(cloudwatch: Watcher, given: Mapping[str, Any]) -> Result:
    """Tell little of the alarms that a composite alarm names, or that name an alarm (documented)."""
    if any(given.get(name) for name in ("AlarmNames", "AlarmNamePrefix", "StateValue", "ActionPrefix")):
        message = "ChildrenOfAlarmName and ParentsOfAlarmName stand alone"  # unconfirmed wording
        raise _invalid("InvalidParameterCombination", message)
    alarms, date = cloudwatch.alarms, cloudwatch.clock.date
    named = alarms.by_name.get(given.get("ChildrenOfAlarmName") or given["ParentsOfAlarmName"])
    if named is None:
        found = []
    elif given.get("ChildrenOfAlarmName"):
        found = children_of(alarms, named)
    else:
        found = parents_of(alarms, named)
    told: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for alarm in found:
        state = {"StateValue": alarm.state, "StateUpdatedTimestamp": date(alarm.state_us)}
        is_child = bool(given.get("ChildrenOfAlarmName"))
        shown = {"AlarmName": alarm.name, "AlarmArn": alarm.arn, **(state if is_child else {})}
        told[alarm.is_composite].append(shown)
    return {"CompositeAlarms": told[True], "MetricAlarms": told[False]}


def _place(given: Mapping[str, Any]) -> int:
    return place_of(given.get("NextToken"), _invalid("InvalidNextToken", "The specified next token is not valid."))


def _is_asked_for(alarm: Alarm, given: Mapping[str, Any], kinds: list[str]) -> bool:
    told = [
        arn
        for name in ("OKActions", "AlarmActions", "InsufficientDataActions")
        for arn in alarm.settings.get(name) or ()
    ]
    prefix = given.get("ActionPrefix") or ""
    return (
        ("CompositeAlarm" if alarm.is_composite else "MetricAlarm") in kinds
        and (not given.get("AlarmNames") or alarm.name in given["AlarmNames"])
        and alarm.name.startswith(given.get("AlarmNamePrefix") or "")
        and given.get("StateValue") in (None, alarm.state)
        and (not prefix or any(arn.startswith(prefix) for arn in told))
    )


def describe_alarms_for_metric(cloudwatch: Watcher, request: Request) -> Result:
    """List the alarms over one metric."""
    given: Any = request.parameters
    named = [name for name in _METRIC.split() if name != "Dimensions" and given.get(name) is not None]
    wanted = _pairs(given.get("Dimensions"))
    found = [
        _described(cloudwatch, alarm)
        for _, alarm in sorted(cloudwatch.alarms.by_name.items())
        if all(alarm.settings.get(name) == given[name] for name in named)
        and _pairs(alarm.settings.get("Dimensions")) == wanted
    ]
    return {"MetricAlarms": found}


def _pairs(dimensions: Any) -> list[tuple[str, str]]:
    return sorted((each["Name"], each["Value"]) for each in dimensions or ())


def describe_alarm_history(cloudwatch: Watcher, request: Request) -> Result:
    """Tell what happened to alarms, the latest first unless asked otherwise."""
    given: Any = request.parameters
    kinds = given.get("AlarmTypes") or ["MetricAlarm"]
    items = [
        item
        for item in cloudwatch.alarms.history.items
        if given.get("AlarmName") in (None, item["AlarmName"])
        and given.get("HistoryItemType") in (None, item["HistoryItemType"])
        and item["AlarmType"] in kinds
        and (given.get("StartDate") is None or item["Timestamp"] >= _aware(item, given["StartDate"]))
        and (given.get("EndDate") is None or item["Timestamp"] <= _aware(item, given["EndDate"]))
    ]
    if given.get("ScanBy") != "TimestampAscending":
        items.reverse()
    begin = _place(given)
    end = begin + (given.get("MaxRecords") or DESCRIBED_MAX)
    more = {"NextToken": token_of(end)} if end < len(items) else {}
    return {"AlarmHistoryItems": items[begin:end], **more}


def _aware(item: Mapping[str, Any], date: Any) -> Any:
    return date if date.tzinfo else date.replace(tzinfo=item["Timestamp"].tzinfo)


def _described(cloudwatch: Watcher, alarm: Alarm) -> dict[str, Any]:
    date = cloudwatch.clock.date
    described: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmArn": alarm.arn,
        "AlarmConfigurationUpdatedTimestamp": date(alarm.updated_us),
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        **({} if alarm.is_composite or "Metrics" in alarm.settings else {"Dimensions": []}),
        **alarm.settings,
        "StateValue": alarm.state,
        "StateReason": alarm.reason,
        "StateUpdatedTimestamp": date(alarm.state_us),
        "StateTransitionedTimestamp": date(alarm.transitioned_us),
    }
    if alarm.suppressed_by:
        by = alarm.suppressed_by
        described |= {"ActionsSuppressedBy": by, "ActionsSuppressedReason": Hold(by).reason}
    return {**described, "StateReasonData": alarm.reason_data} if alarm.reason_data else described


# --- changing ----------------------------------------------------------------------------------------------


def set_alarm_state(cloudwatch: Watcher, request: Request) -> Result:
    """Put an alarm into a state, as if its metric had; the next look may change it again."""
    given: Any = request.parameters
    alarm = cloudwatch.alarms.by_name.get(given["AlarmName"])
    if alarm is None:
        raise ApiError("ResourceNotFound", "", status=404)
    if given.get("StateReasonData"):
        try:
            load_json(given["StateReasonData"])
        except ValueError as error:
            message = "StateReasonData was not valid JSON"  # unconfirmed wording
            raise _invalid("InvalidFormat", message) from error
    data = given.get("StateReasonData") or ""
    change(cloudwatch, alarm, given["StateValue"], given["StateReason"], request.entry, data)
    return {}


def _invalid(code: str, message: str) -> ApiError:
    return ApiError(code, message)


OFFERS: Mapping[str, Offer] = {
    "DeleteAlarms": offer(delete_alarms, "AlarmNames"),
    "DescribeAlarmHistory": offer(
        describe_alarm_history, "AlarmName AlarmTypes HistoryItemType StartDate EndDate MaxRecords NextToken ScanBy"
    ),
    "DescribeAlarms": offer(
        describe_alarms,
        "AlarmNames AlarmNamePrefix AlarmTypes StateValue ActionPrefix MaxRecords NextToken "
        "ChildrenOfAlarmName ParentsOfAlarmName",
    ),
    "DescribeAlarmsForMetric": offer(describe_alarms_for_metric, _METRIC),
    "DisableAlarmActions": offer(disable_alarm_actions, "AlarmNames"),
    "EnableAlarmActions": offer(enable_alarm_actions, "AlarmNames"),
    "PutCompositeAlarm": offer(
        put_composite_alarm, f"AlarmName AlarmDescription AlarmRule Tags {_ACTIONS} {SUPPRESSOR} {' '.join(PERIODS)}"
    ),
    "PutMetricAlarm": offer(
        put_metric_alarm,
        f"AlarmName AlarmDescription {_ACTIONS} {_METRIC} EvaluationPeriods DatapointsToAlarm Threshold "
        "ComparisonOperator TreatMissingData EvaluateLowSampleCountPercentile Metrics Tags ThresholdMetricId",
    ),
    "SetAlarmState": offer(set_alarm_state, "AlarmName StateValue StateReason StateReasonData"),
}
