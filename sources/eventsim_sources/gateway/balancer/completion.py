"""What does AWS make of actions and conditions as they are given? It checks them, and adds what they leave out."""

from collections.abc import Iterable, Mapping
from typing import Any

from eventsim import ApiError
from eventsim_sources.gateway.balancer.call import Call, missing, refused
from eventsim_sources.gateway.balancer.model import Listener
from eventsim_sources.without_effect import not_simulated

_FIELDS = ("path-pattern", "host-header", "http-header", "http-request-method", "query-string", "source-ip")
_WITH_VALUES = {"path-pattern": "PathPatternConfig", "host-header": "HostHeaderConfig"}
"""Conditions whose values may stand in either of two places, and are told in both."""
_REDIRECT = {
    "Protocol": "#{protocol}",
    "Port": "#{port}",
    "Host": "#{host}",
    "Path": "/#{path}",
    "Query": "#{query}",
}


def completed_actions(call: Call, balancer_arn: str, actions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return actions as they are told afterwards.

    Raises:
        ApiError: one leads nowhere, or to a group of another load balancer.
    """
    return [_action(call, balancer_arn, each) for each in actions]


def _action(call: Call, balancer_arn: str, action: Mapping[str, Any]) -> dict[str, Any]:
    match action.get("Type"):
        case "forward":
            return _forward(call, balancer_arn, action)
        case "redirect":
            return {**action, "RedirectConfig": {**_REDIRECT, **(action.get("RedirectConfig") or {})}}
        case "fixed-response":
            return dict(action)
        case other:
            call.tell_without_effect(f"the action {other}", "nobody is asked who they are")
            return dict(action)


def _forward(call: Call, balancer_arn: str, action: Mapping[str, Any]) -> dict[str, Any]:
    config = action.get("ForwardConfig") or {}
    groups = config.get("TargetGroups") or [{"TargetGroupArn": action.get("TargetGroupArn")}]
    for each in groups:
        arn = str(each.get("TargetGroupArn"))
        if arn not in call.register.groups:
            raise missing("TargetGroup", "One or more target groups not found")
        if users_of(call.register.listeners(), arn) - {balancer_arn}:
            words = "The following target groups cannot be associated with more than one load balancer"
            raise ApiError("TargetGroupAssociationLimit", f"{words}: {arn}")
    stickiness = config.get("TargetGroupStickinessConfig") or {"Enabled": False}
    if stickiness.get("Enabled"):
        call.tell_without_effect("TargetGroupStickinessConfig", "each request is weighed for itself")
    weighed = [{"Weight": 1, **each} for each in groups]
    made = {**action, "ForwardConfig": {"TargetGroups": weighed, "TargetGroupStickinessConfig": stickiness}}
    return made if len(groups) > 1 else {**made, "TargetGroupArn": groups[0]["TargetGroupArn"]}


def completed_conditions(call: Call, conditions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return conditions as they are told afterwards.

    Raises:
        ApiError: there is none, or one is of a kind that there is not.
    """
    made = [_condition(call, each) for each in conditions]
    if not made:
        raise refused("A condition must be specified")
    return made


def _condition(call: Call, condition: Mapping[str, Any]) -> dict[str, Any]:
    field = condition.get("Field")
    if field not in _FIELDS:
        raise refused(f"Condition field '{field}' must be one of '[{','.join(_FIELDS)}]'")
    parts = [condition, *(each for each in condition.values() if isinstance(each, Mapping))]
    if any(each.get("RegexValues") for each in parts):
        raise not_simulated(call.request, "RegexValues")
    config = _WITH_VALUES.get(str(field))
    if config is None:
        return dict(condition)
    values = (condition.get(config) or {}).get("Values") or condition.get("Values") or []
    return {**condition, "Values": values, config: {"Values": values}}


def users_of(listeners: Iterable[Listener], group_arn: str) -> set[str]:
    """Return the ARNs of the load balancers that forward to a group."""
    return {
        listener.balancer_arn
        for listener in listeners
        for rule in listener.rules
        if any(group_arn in _groups_of(action) for action in rule.actions)
    }


def _groups_of(action: Mapping[str, Any]) -> list[str]:
    many = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
    return [str(action.get("TargetGroupArn")), *(str(each.get("TargetGroupArn")) for each in many)]
