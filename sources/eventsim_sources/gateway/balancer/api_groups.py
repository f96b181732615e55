"""Target groups: which function requests go to, or which addresses."""

from typing import Any

from eventsim import ApiError, Result
from eventsim_sources.gateway.balancer import target_health
from eventsim_sources.gateway.balancer.call import (
    Call,
    changed_attributes,
    check_name,
    duplicate,
    missing,
    pairs,
    refused,
    tags_of,
)
from eventsim_sources.gateway.balancer.completion import users_of
from eventsim_sources.gateway.balancer.model import MULTI_VALUE, TargetGroup


def create_target_group(call: Call) -> Result:
    """Make a target group for a function, or for addresses; one that is there with the same settings is as good."""
    kind, name = str(call.given.get("TargetType", "instance")), str(call.given["Name"])
    check_name("Target group", name)
    _check_network(call, kind)
    settings = {key: call.given[key] for key in _SETTINGS if key in call.given}
    if settings.get("Protocol") in ("HTTP", "HTTPS"):
        settings.setdefault("ProtocolVersion", "HTTP1")
    same = next((group for group in call.register.groups.values() if group.name == name), None)
    if same is None:
        same = call.register.make_group(
            name, target_type=kind, health_check=_health(call), settings=settings, tags=tags_of(call.given.get("Tags"))
        )
    elif (same.target_type, same.health_check, same.settings) != (kind, _health(call), settings):
        raise duplicate(
            "TargetGroup", f"A target group with the same name '{name}' exists, but with different settings"
        )
    return {"TargetGroups": [_group_told(call, same)]}


def _check_network(call: Call, kind: str) -> None:
    """See that a group of addresses says where they are; one of a function does not.

    Raises:
        ApiError: it is the other way round.
    """
    for parameter, word in (("Protocol", "protocol"), ("Port", "port"), ("VpcId", "VPC ID")):
        if kind == "lambda" and parameter in call.given:
            raise refused(f"{parameter} cannot be specified for target groups with target type 'lambda'")
        if kind != "lambda" and parameter not in call.given:
            raise refused(f"A {word} must be specified")


_SETTINGS = ("Protocol", "Port", "VpcId", "ProtocolVersion", "IpAddressType")
_HEALTH = ("HealthCheck", "Healthy", "Unhealthy", "Matcher")


def _health(call: Call) -> dict[str, Any]:
    return {key: value for key, value in call.given.items() if key.startswith(_HEALTH)}


def modify_target_group(call: Call) -> Result:
    """Change how a group's targets are looked after."""
    group = _group(call)
    group.health_check = {**group.health_check, **_health(call)}
    return {"TargetGroups": [_group_told(call, group)]}


def describe_target_groups(call: Call) -> Result:
    """Tell of target groups."""
    arns, names = call.wanted("TargetGroupArns"), call.wanted("Names")
    balancer = call.given.get("LoadBalancerArn")
    found = list(call.register.groups.values())
    if arns or names:
        found = [each for each in found if each.arn in arns or each.name in names]
        if len(found) < len(arns) + len(names):
            raise missing("TargetGroup", "One or more target groups not found")
    if balancer:
        found = [each for each in found if balancer in users_of(call.register.listeners(), each.arn)]
    return call.page("TargetGroups", [_group_told(call, each) for each in found])


def delete_target_group(call: Call) -> Result:
    """Delete a target group that no rule forwards to; one that is not there is no error."""
    arn = str(call.given["TargetGroupArn"])
    if users_of(call.register.listeners(), arn):
        raise ApiError("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")
    call.register.groups.pop(arn, None)
    return {}


def register_targets(call: Call) -> Result:
    """Let a group forward to a function, or to addresses."""
    group = _group(call)
    targets = [group.placed(each) for each in call.given["Targets"]]
    if group.target_type != "lambda":
        group.targets = [*(each for each in group.targets if each not in targets), *targets]
        return {}
    if len(targets) != 1 or group.function not in ("", targets[0]["Id"]):
        raise ApiError("TooManyTargets", "A target group of the type lambda has one function")
    arn = str(targets[0]["Id"])
    if call.world.target(arn) is None:
        raise ApiError("InvalidTarget", f"The Lambda function '{arn}' does not exist")
    if not call.world.permits(arn, "elasticloadbalancing.amazonaws.com", group.arn):
        raise ApiError(
            "AccessDenied",
            f"elasticloadbalancing principal does not have permission to invoke {arn} from target group {group.arn}",
            status=403,
        )
    group.function = arn
    return {}


def deregister_targets(call: Call) -> Result:
    """Let a group forward to them no more; those that are not registered are no error."""
    group = _group(call)
    places = [target_health.place_of(group.placed(each)) for each in call.given["Targets"]]
    if (group.function, None) in places:
        group.function = ""
    group.targets = [each for each in group.targets if target_health.place_of(each) not in places]
    return {}


def describe_target_health(call: Call) -> Result:
    """Tell how all targets of a group are, or those that are asked for."""
    group = _group(call)
    asked = [group.placed(each) for each in call.given.get("Targets") or ()] or group.registered
    is_used = bool(users_of(call.register.listeners(), group.arn))
    told = [target_health.told(group, each, _told_health(group), is_used=is_used) for each in asked]
    return {"TargetHealthDescriptions": told}


def modify_target_group_attributes(call: Call) -> Result:
    """Change attributes of a group: whether its function gets lists."""
    group = _group(call)
    group.changed = changed_attributes(call, "Target group", group.attributes, known=_ATTRIBUTES, heeded=(MULTI_VALUE,))
    return {"Attributes": pairs(group.attributes)}


_ATTRIBUTES = (
    *("deregistration_delay.", "lambda.", "load_balancing.", "preserve_client_ip.", "proxy_protocol_v2."),
    *("slow_start.", "stickiness.", "target_failover.", "target_group_health.", "target_health_state."),
)
"""With what attributes begin that target groups of any type may have (documented)."""


def describe_target_group_attributes(call: Call) -> Result:
    """Tell the attributes of a group."""
    return {"Attributes": pairs(_group(call).attributes)}


def _group(call: Call) -> TargetGroup:
    group = call.register.groups.get(str(call.given["TargetGroupArn"]))
    if group is None:
        raise missing("TargetGroup", "One or more target groups not found")
    return group


def _group_told(call: Call, group: TargetGroup) -> dict[str, Any]:
    return {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "TargetType": group.target_type,
        "LoadBalancerArns": sorted(users_of(call.register.listeners(), group.arn)),
        "IpAddressType": "ipv4",
        **group.settings,
        **_told_health(group),
    }


def _told_health(group: TargetGroup) -> dict[str, Any]:
    if group.target_type == "lambda":
        defaults: dict[str, Any] = {"HealthCheckEnabled": False, "HealthCheckIntervalSeconds": 35}
        defaults |= {"HealthCheckTimeoutSeconds": 30}
    else:
        defaults = {"HealthCheckEnabled": True, "HealthCheckIntervalSeconds": 30, "HealthCheckTimeoutSeconds": 5}
        protocol = group.settings.get("Protocol", "HTTP")
        defaults |= {"HealthCheckProtocol": protocol, "HealthCheckPort": "traffic-port"}
    defaults |= {"HealthyThresholdCount": 5, "UnhealthyThresholdCount": 2, "HealthCheckPath": "/"}
    return {**defaults, "Matcher": {"HttpCode": "200"}, **group.health_check}
