"""Load balancers as their clients know them: the operations of `elbv2` that functions as targets need."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Operation, Request, Result, World
from eventsim_sources.gateway.balancer.model import Listener, LoadBalancer, Rule, TargetGroup
from eventsim_sources.gateway.balancer.register import Register


class _Call(Struct, frozen=True):
    world: World
    register: Register
    given: Mapping[str, Any]

    def wanted(self, parameter: str) -> list[str]:
        return list(self.given.get(parameter) or ())


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations for one simulation."""
    return {name: partial(_carry, world, name, *each) for name, each in _OPERATIONS.items()}


def _carry(world: World, name: str, carry: Callable[[_Call], Result], takes: str, request: Request) -> Result:
    given = {key: value for key, value in request.parameters.items() if value is not None}
    unknown = [key for key in given if key not in takes.split()]
    if unknown:
        raise ApiError("NotImplemented", f"elbv2.{name}: {unknown[0]} is not simulated. Leave it out.", status=501)
    return carry(_Call(world, world.share(Register), given))


# --- load balancers ----------------------------------------------------------------------------------------


def create_load_balancer(call: _Call) -> Result:
    """Make a load balancer."""
    name = str(call.given["Name"])
    if call.given.get("Type", "application") != "application":
        raise ApiError("ValidationError", "Only load balancers of the type application are simulated")
    if any(source.name == name for source in call.register.balancers.values()):
        raise _duplicate(
            "LoadBalancer", f"A load balancer with the same name '{name}' exists, but with different settings"
        )
    source = call.register.make_balancer(
        name,
        scheme=str(call.given.get("Scheme", "internet-facing")),
        subnets=call.wanted("Subnets"),
        security_groups=call.wanted("SecurityGroups"),
        tags=_tags(call.given.get("Tags")),
    )
    call.world.add(source)
    return {"LoadBalancers": [_balancer_told(call, source.balancer)]}


def describe_load_balancers(call: _Call) -> Result:
    """Tell of load balancers."""
    arns, names = call.wanted("LoadBalancerArns"), call.wanted("Names")
    found = [source.balancer for source in call.register.balancers.values()]
    if arns or names:
        found = [each for each in found if each.arn in arns or each.name in names]
        if len(found) < len(arns) + len(names):
            raise _missing("LoadBalancer", f"Load balancers '[{', '.join([*arns, *names])}]' not found")
    return {"LoadBalancers": [_balancer_told(call, each) for each in found]}


def delete_load_balancer(call: _Call) -> Result:
    """Delete a load balancer; one that is not there is no error."""
    arn = str(call.given["LoadBalancerArn"])
    if call.register.balancers.pop(arn, None) is not None:
        call.world.remove(arn)
    return {}


def modify_load_balancer_attributes(call: _Call) -> Result:
    """Keep attributes of a load balancer; none of them has an effect."""
    balancer = _balancer(call)
    balancer.attributes |= {each["Key"]: each.get("Value", "") for each in call.given["Attributes"]}
    return {"Attributes": _pairs(balancer.attributes)}


def describe_load_balancer_attributes(call: _Call) -> Result:
    """Tell the attributes of a load balancer."""
    return {"Attributes": _pairs(_balancer(call).attributes)}


def _balancer(call: _Call) -> LoadBalancer:
    source = call.register.balancers.get(str(call.given["LoadBalancerArn"]))
    if source is None:
        raise _missing("LoadBalancer", f"Load balancer '{call.given['LoadBalancerArn']}' not found")
    return source.balancer


def _balancer_told(call: _Call, balancer: LoadBalancer) -> dict[str, Any]:
    zones = [
        {"ZoneName": f"{call.world.region}{letter}", "SubnetId": subnet}
        for letter, subnet in zip("abcdef", balancer.subnets, strict=False)
    ]
    return {
        "LoadBalancerArn": balancer.arn,
        "DNSName": balancer.dns_name,
        "CanonicalHostedZoneId": "Z35SXDOTRQ7X7K",
        "CreatedTime": balancer.created_at,
        "LoadBalancerName": balancer.name,
        "Scheme": balancer.scheme,
        "VpcId": "vpc-00000000",
        "State": {"Code": "active"},
        "Type": "application",
        "AvailabilityZones": zones,
        "SecurityGroups": balancer.security_groups,
        "IpAddressType": "ipv4",
    }


# --- target groups -----------------------------------------------------------------------------------------


def create_target_group(call: _Call) -> Result:
    """Make a target group for a function."""
    if call.given.get("TargetType") != "lambda":
        raise ApiError("NotImplemented", "elbv2.CreateTargetGroup: only TargetType=lambda is simulated", status=501)
    name = str(call.given["Name"])
    if any(group.name == name for group in call.register.groups.values()):
        raise _duplicate(
            "TargetGroup", f"A target group with the same name '{name}' exists, but with different settings"
        )
    health = {key: value for key, value in call.given.items() if key.startswith(("HealthCheck", "Matcher"))}
    group = call.register.make_group(name, health_check=health, tags=_tags(call.given.get("Tags")))
    return {"TargetGroups": [_group_told(call, group)]}


def describe_target_groups(call: _Call) -> Result:
    """Tell of target groups."""
    arns, names = call.wanted("TargetGroupArns"), call.wanted("Names")
    balancer = call.given.get("LoadBalancerArn")
    found = list(call.register.groups.values())
    if arns or names:
        found = [each for each in found if each.arn in arns or each.name in names]
        if not found:
            raise _missing("TargetGroup", "One or more target groups not found")
    if balancer:
        found = [each for each in found if balancer in _users(call, each)]
    return {"TargetGroups": [_group_told(call, each) for each in found]}


def delete_target_group(call: _Call) -> Result:
    """Delete a target group that no rule forwards to."""
    group = _group(call)
    if _users(call, group):
        raise ApiError("ResourceInUse", f"Target group '{group.arn}' is currently in use by a listener or a rule")
    del call.register.groups[group.arn]
    return {}


def register_targets(call: _Call) -> Result:
    """Let a group forward to a function."""
    group = _group(call)
    targets = call.given["Targets"]
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


def deregister_targets(call: _Call) -> Result:
    """Let a group forward to nobody."""
    _group(call).function = ""
    return {}


def describe_target_health(call: _Call) -> Result:
    """Tell how a group's function is: health is not checked."""
    group = _group(call)
    health = {"State": "unavailable", "Reason": "Target.HealthCheckDisabled"}
    if not group.function:
        return {"TargetHealthDescriptions": []}
    return {"TargetHealthDescriptions": [{"Target": {"Id": group.function}, "TargetHealth": health}]}


def modify_target_group_attributes(call: _Call) -> Result:
    """Change attributes of a group: whether its function gets lists."""
    group = _group(call)
    group.attributes |= {each["Key"]: each.get("Value", "") for each in call.given["Attributes"]}
    return {"Attributes": _pairs(group.attributes)}


def describe_target_group_attributes(call: _Call) -> Result:
    """Tell the attributes of a group."""
    return {"Attributes": _pairs(_group(call).attributes)}


def _group(call: _Call) -> TargetGroup:
    group = call.register.groups.get(str(call.given["TargetGroupArn"]))
    if group is None:
        raise _missing("TargetGroup", "One or more target groups not found")
    return group


def _users(call: _Call, group: TargetGroup) -> list[str]:
    return [
        listener.balancer_arn
        for listener in call.register.listeners()
        for rule in listener.rules
        if any(group.arn in _groups_of(action) for action in rule.actions)
    ]


def _groups_of(action: Mapping[str, Any]) -> list[str]:
    many = (action.get("ForwardConfig") or {}).get("TargetGroups") or ()
    return [str(action.get("TargetGroupArn")), *(str(each.get("TargetGroupArn")) for each in many)]


def _group_told(call: _Call, group: TargetGroup) -> dict[str, Any]:
    return {
        "TargetGroupArn": group.arn,
        "TargetGroupName": group.name,
        "HealthCheckEnabled": False,
        "TargetType": "lambda",
        "LoadBalancerArns": list(dict.fromkeys(_users(call, group))),
        "IpAddressType": "ipv4",
    }


# --- listeners and rules -----------------------------------------------------------------------------------


def create_listener(call: _Call) -> Result:
    """Let a load balancer listen on a port."""
    balancer = _balancer(call)
    port = int(call.given.get("Port", 80))
    if any(each.port == port for each in balancer.listeners):
        raise _duplicate("Listener", f"A listener already exists on this port for this load balancer '{balancer.arn}'")
    protocol = str(call.given.get("Protocol", "HTTP"))
    made = call.register.make_listener(balancer, port=port, protocol=protocol, actions=call.given["DefaultActions"])
    return {"Listeners": [_listener_told(made)]}


def describe_listeners(call: _Call) -> Result:
    """Tell of listeners."""
    arns = call.wanted("ListenerArns")
    found = [each for each in call.register.listeners() if each.arn in arns] if arns else _balancer(call).listeners
    if len(found) < len(arns):
        raise _missing("Listener", "One or more listeners not found")
    return {"Listeners": [_listener_told(each) for each in found]}


def modify_listener(call: _Call) -> Result:
    """Change the port of a listener, or what it does by default."""
    listener = _listener(call)
    listener.port = int(call.given.get("Port", listener.port))
    listener.protocol = str(call.given.get("Protocol", listener.protocol))
    if "DefaultActions" in call.given:
        next(rule for rule in listener.rules if rule.priority == "default").actions = list(call.given["DefaultActions"])
    return {"Listeners": [_listener_told(listener)]}


def delete_listener(call: _Call) -> Result:
    """Delete a listener."""
    listener = _listener(call)
    call.register.balancers[listener.balancer_arn].balancer.listeners.remove(listener)
    return {}


def _listener(call: _Call) -> Listener:
    listener = next((each for each in call.register.listeners() if each.arn == call.given["ListenerArn"]), None)
    if listener is None:
        raise _missing("Listener", f"Listener '{call.given['ListenerArn']}' not found")
    return listener


def _listener_told(listener: Listener) -> dict[str, Any]:
    default = next(rule for rule in listener.rules if rule.priority == "default")
    return {
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.balancer_arn,
        "Port": listener.port,
        "Protocol": listener.protocol,
        "DefaultActions": default.actions,
    }


def create_rule(call: _Call) -> Result:
    """Add a rule to a listener."""
    listener = _listener(call)
    priority = str(call.given["Priority"])
    if any(rule.priority == priority for rule in listener.rules):
        raise ApiError("PriorityInUse", f"Priority '{priority}' is currently in use")
    made = call.register.make_rule(
        listener, priority=priority, conditions=call.given["Conditions"], actions=call.given["Actions"]
    )
    return {"Rules": [_rule_told(made)]}


def describe_rules(call: _Call) -> Result:
    """Tell of rules."""
    arns = call.wanted("RuleArns")
    if "ListenerArn" in call.given:
        return {"Rules": [_rule_told(rule) for rule in _listener(call).ordered()]}
    found = [rule for listener in call.register.listeners() for rule in listener.rules if rule.arn in arns]
    if len(found) < len(arns):
        raise _missing("Rule", "One or more rules not found")
    return {"Rules": [_rule_told(rule) for rule in found]}


def modify_rule(call: _Call) -> Result:
    """Change a rule."""
    _, rule = _rule(call)
    rule.conditions = list(call.given.get("Conditions", rule.conditions))
    rule.actions = list(call.given.get("Actions", rule.actions))
    return {"Rules": [_rule_told(rule)]}


def delete_rule(call: _Call) -> Result:
    """Delete a rule that is not the default."""
    listener, rule = _rule(call)
    if rule.priority == "default":
        raise ApiError("OperationNotPermitted", "Default rule cannot be deleted")
    listener.rules.remove(rule)
    return {}


def _rule(call: _Call) -> tuple[Listener, Rule]:
    for listener in call.register.listeners():
        for rule in listener.rules:
            if rule.arn == call.given["RuleArn"]:
                return listener, rule
    raise _missing("Rule", "One or more rules not found")


def _rule_told(rule: Rule) -> dict[str, Any]:
    return {
        "RuleArn": rule.arn,
        "Priority": rule.priority,
        "Conditions": rule.conditions,
        "Actions": rule.actions,
        "IsDefault": rule.priority == "default",
    }


# --- tags --------------------------------------------------------------------------------------------------


def add_tags(call: _Call) -> Result:
    """Set tags of load balancers and target groups."""
    for arn in call.wanted("ResourceArns"):
        _tags_of(call, arn).update(_tags(call.given["Tags"]))
    return {}


def describe_tags(call: _Call) -> Result:
    """Tell tags."""
    told = [{"ResourceArn": arn, "Tags": _pairs(_tags_of(call, arn))} for arn in call.wanted("ResourceArns")]
    return {"TagDescriptions": told}


def remove_tags(call: _Call) -> Result:
    """Take tags away."""
    for arn in call.wanted("ResourceArns"):
        for name in call.wanted("TagKeys"):
            _tags_of(call, arn).pop(name, None)
    return {}


def _tags_of(call: _Call, arn: str) -> dict[str, str]:
    if arn in call.register.balancers:
        return call.register.balancers[arn].balancer.tags
    if arn in call.register.groups:
        return call.register.groups[arn].tags
    raise _missing("LoadBalancer", f"'{arn}' not found")


def _tags(given: Any) -> dict[str, str]:
    return {each["Key"]: each.get("Value", "") for each in given or ()}


def _pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in values.items()]


def _missing(what: str, message: str) -> ApiError:
    return ApiError(f"{what}NotFound", message)


def _duplicate(what: str, message: str) -> ApiError:
    return ApiError(f"Duplicate{what}Name" if what != "Listener" else "DuplicateListener", message)


_HEALTH = "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckTimeoutSeconds HealthyThresholdCount Matcher"
_OPERATIONS: Mapping[str, tuple[Callable[[_Call], Result], str]] = {
    "AddTags": (add_tags, "ResourceArns Tags"),
    "CreateListener": (create_listener, "LoadBalancerArn Port Protocol DefaultActions"),
    "CreateLoadBalancer": (
        create_load_balancer,
        "Name Subnets SecurityGroups Scheme Tags Type IpAddressType",
    ),
    "CreateRule": (create_rule, "ListenerArn Priority Conditions Actions"),
    "CreateTargetGroup": (
        create_target_group,
        f"Name TargetType Tags {_HEALTH} UnhealthyThresholdCount HealthCheckPath",
    ),
    "DeleteListener": (delete_listener, "ListenerArn"),
    "DeleteLoadBalancer": (delete_load_balancer, "LoadBalancerArn"),
    "DeleteRule": (delete_rule, "RuleArn"),
    "DeleteTargetGroup": (delete_target_group, "TargetGroupArn"),
    "DeregisterTargets": (deregister_targets, "TargetGroupArn Targets"),
    "DescribeListeners": (describe_listeners, "LoadBalancerArn ListenerArns Marker PageSize"),
    "DescribeLoadBalancerAttributes": (describe_load_balancer_attributes, "LoadBalancerArn"),
    "DescribeLoadBalancers": (describe_load_balancers, "LoadBalancerArns Names Marker PageSize"),
    "DescribeRules": (describe_rules, "ListenerArn RuleArns Marker PageSize"),
    "DescribeTags": (describe_tags, "ResourceArns"),
    "DescribeTargetGroupAttributes": (describe_target_group_attributes, "TargetGroupArn"),
    "DescribeTargetGroups": (
        describe_target_groups,
        "LoadBalancerArn TargetGroupArns Names Marker PageSize",
    ),
    "DescribeTargetHealth": (describe_target_health, "TargetGroupArn Targets"),
    "ModifyListener": (modify_listener, "ListenerArn Port Protocol DefaultActions"),
    "ModifyLoadBalancerAttributes": (modify_load_balancer_attributes, "LoadBalancerArn Attributes"),
    "ModifyRule": (modify_rule, "RuleArn Conditions Actions"),
    "ModifyTargetGroupAttributes": (modify_target_group_attributes, "TargetGroupArn Attributes"),
    "RegisterTargets": (register_targets, "TargetGroupArn Targets"),
    "RemoveTags": (remove_tags, "ResourceArns TagKeys"),
}
