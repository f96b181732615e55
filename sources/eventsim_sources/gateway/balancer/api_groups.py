"""Target groups: which function requests go to, or which addresses."""

from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, Result
from eventsim_sources.gateway.balancer.call import Call, duplicate, missing, pairs, tags_of
from eventsim_sources.gateway.balancer.model import TargetGroup


def create_target_group(call: Call) -> Result:
    """Make a target group for a function, or for addresses."""
    kind = str(call.given.get("TargetType", "instance"))
    if kind != "lambda" and not {"Protocol", "Port"} <= set(call.given):
        raise ApiError("ValidationError", "A protocol and a port must be specified")
    name = str(call.given["Name"])
    if any(group.name == name for group in call.register.groups.values()):
        raise duplicate(
            "TargetGroup", f"A target group with the same name '{name}' exists, but with different settings"
        )
    group = call.register.make_group(
        name,
        target_type=kind,
        health_check=_health(call),
        settings={key: call.given[key] for key in _SETTINGS if key in call.given},
        tags=tags_of(call.given.get("Tags")),
    )
    return {"TargetGroups": [_group_told(call, group)]}


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
        if not found:
            raise missing("TargetGroup", "One or more target groups not found")
    if balancer:
        found = [each for each in found if balancer in _users(call, each)]
    return call.page("TargetGroups", [_group_told(call, each) for each in found])


def delete_target_group(call: Call) -> Result:
    """Delete a target group that no rule forwards to."""
    group = _group(call)
    if _users(call, group):
        raise ApiError("ResourceInUse", f"Target group '{group.arn}' is currently in use by a listener or a rule")
    del call.register.groups[group.arn]
    return {}


def register_targets(call: Call) -> Result:
    """Let a group forward to a function, or to addresses."""
    group = _group(call)
    targets = call.given["Targets"]
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
    """Let a group forward to them no more."""
    group = _group(call)
    group.function = ""
    ids = [each["Id"] for each in call.given["Targets"]]
    group.targets = [each for each in group.targets if each["Id"] not in ids]
    return {}


def describe_target_health(call: Call) -> Result:
    """Tell how a group's targets are: nobody checks, and whoever is to be checked is said to be well."""
    group = _group(call)
    health = {"State": "healthy"}
    if not _told_health(group)["HealthCheckEnabled"]:
        health = {
            "State": "unavailable",
            "Reason": "Target.HealthCheckDisabled",
            "Description": "Health checks are not enabled for this target",
        }
    targets = [{"Id": group.function}] if group.function else group.targets
    wanted = [each["Id"] for each in call.given.get("Targets") or ()]
    told = [{"Target": each, "TargetHealth": health} for each in targets if not wanted or each["Id"] in wanted]
    return {"TargetHealthDescriptions": told}


def modify_target_group_attributes(call: Call) -> Result:
    """Change attributes of a group: whether its function gets lists."""
    group = _group(call)
    group.attributes |= {each["Key"]: each.get("Value", "") for each in call.given["Attributes"]}
    return {"Attributes": pairs(group.attributes)}


def describe_target_group_attributes(call: Call) -> Result:
    """Tell the attributes of a group."""
    return {"Attributes": pairs(_group(call).attributes)}


def _group(call: Call) -> TargetGroup:
    group = call.register.groups.get(str(call.given["TargetGroupArn"]))
    if group is None:
        raise missing("TargetGroup", "One or more target groups not found")
    return group


def _users(call: Call, group: TargetGroup) -> list[str]:
    return [
        listener.balancer_arn
        for listener in call.register.listeners()
        for rule in listener.rules
        if any(group.arn in _groups_of(action) for action in rule.actions)
    ]


def _groups_of(action: Mapping[str, Any]) -> list[str]:
    many = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
    return [str(action.get("TargetGroupArn")), *(str(each.get("TargetGroupArn")) for each in many)]


def _group_told(call: Call, group: TargetGroup) -> dict[str, Any]:
    return {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "TargetType": group.target_type,
        "LoadBalancerArns": list(dict.fromkeys(_users(call, group))),
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
