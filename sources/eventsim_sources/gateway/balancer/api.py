"""Load balancers as their clients know them: the operations of `elbv2`."""

from collections.abc import Callable, Mapping
from functools import partial

from eventsim import Operation, Request, Result, World
from eventsim_sources.gateway.balancer import api_balancers as balancers
from eventsim_sources.gateway.balancer import api_groups as groups
from eventsim_sources.gateway.balancer import api_listeners as listeners
from eventsim_sources.gateway.balancer.call import Call, missing, pairs, tags_of
from eventsim_sources.gateway.balancer.register import Register
from eventsim_sources.without_effect import check_heeded


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations for one simulation."""
    made = {name: partial(_carry, world, *each) for name, each in _OPERATIONS.items()}
    return world.lasting(made, but=())


def _carry(world: World, carry: Callable[[Call], Result], takes: str, request: Request) -> Result:
    check_heeded(world, request, takes, inert=_INERT)
    return carry(Call(world, world.share(Register), request))


def add_tags(call: Call) -> Result:
    """Set tags of load balancers, target groups, listeners and rules."""
    for arn in call.wanted("ResourceArns"):
        _held_tags(call, arn).update(tags_of(call.given["Tags"]))
    return {}


def describe_tags(call: Call) -> Result:
    """Tell tags."""
    told = [{"ResourceArn": arn, "Tags": pairs(_held_tags(call, arn))} for arn in call.wanted("ResourceArns")]
    return {"TagDescriptions": told}


def remove_tags(call: Call) -> Result:
    """Take tags away."""
    for arn in call.wanted("ResourceArns"):
        for name in call.wanted("TagKeys"):
            _held_tags(call, arn).pop(name, None)
    return {}


def _held_tags(call: Call, arn: str) -> dict[str, str]:
    if arn in call.register.balancers:
        return call.register.balancers[arn].balancer.tags
    if arn in call.register.groups:
        return call.register.groups[arn].tags
    for listener in call.register.listeners():
        if listener.arn == arn:
            return listener.tags
        for rule in listener.rules:
            if rule.arn == arn:
                return rule.tags
    for part, what, words in _MISSING:
        if f":{part}/" in arn:
            raise missing(what, words)
    raise missing("LoadBalancer", f"Load balancer '{arn}' not found")


_MISSING = (
    ("targetgroup", "TargetGroup", "One or more target groups not found"),
    ("listener-rule", "Rule", "One or more rules not found"),
    ("listener", "Listener", "One or more listeners not found"),
)


_HEALTH = (
    "HealthCheckEnabled HealthCheckIntervalSeconds HealthCheckTimeoutSeconds HealthyThresholdCount Matcher "
    "UnhealthyThresholdCount HealthCheckPath HealthCheckPort HealthCheckProtocol"
)
_TLS = "Certificates SslPolicy AlpnPolicy MutualAuthentication"
_NETWORK = "Subnets SubnetMappings SecurityGroups VpcId IpAddressType ProtocolVersion"
_INERT = {
    **dict.fromkeys(_HEALTH.split(), "nobody checks the health of targets"),
    **dict.fromkeys(_TLS.split(), "nothing here speaks TLS"),
    **dict.fromkeys(_NETWORK.split(), "there is no network"),
}
"""What is kept and told, and changes nothing."""
_OPERATIONS: Mapping[str, tuple[Callable[[Call], Result], str]] = {
    "AddListenerCertificates": (listeners.add_listener_certificates, "ListenerArn Certificates"),
    "AddTags": (add_tags, "ResourceArns Tags"),
    "CreateListener": (listeners.create_listener, f"LoadBalancerArn Port Protocol DefaultActions Tags {_TLS}"),
    "CreateLoadBalancer": (
        balancers.create_load_balancer,
        "Name Subnets SubnetMappings SecurityGroups Scheme Tags Type IpAddressType",
    ),
    "CreateRule": (listeners.create_rule, "ListenerArn Priority Conditions Actions Tags"),
    "CreateTargetGroup": (
        groups.create_target_group,
        f"Name TargetType Tags Protocol Port VpcId ProtocolVersion IpAddressType {_HEALTH}",
    ),
    "DeleteListener": (listeners.delete_listener, "ListenerArn"),
    "DeleteLoadBalancer": (balancers.delete_load_balancer, "LoadBalancerArn"),
    "DeleteRule": (listeners.delete_rule, "RuleArn"),
    "DeleteTargetGroup": (groups.delete_target_group, "TargetGroupArn"),
    "DeregisterTargets": (groups.deregister_targets, "TargetGroupArn Targets"),
    "DescribeListenerAttributes": (listeners.describe_listener_attributes, "ListenerArn"),
    "DescribeListenerCertificates": (listeners.describe_listener_certificates, "ListenerArn Marker PageSize"),
    "DescribeListeners": (listeners.describe_listeners, "LoadBalancerArn ListenerArns Marker PageSize"),
    "DescribeLoadBalancerAttributes": (balancers.describe_load_balancer_attributes, "LoadBalancerArn"),
    "DescribeLoadBalancers": (balancers.describe_load_balancers, "LoadBalancerArns Names Marker PageSize"),
    "DescribeRules": (listeners.describe_rules, "ListenerArn RuleArns Marker PageSize"),
    "DescribeTags": (describe_tags, "ResourceArns"),
    "DescribeTargetGroupAttributes": (groups.describe_target_group_attributes, "TargetGroupArn"),
    "DescribeTargetGroups": (
        groups.describe_target_groups,
        "LoadBalancerArn TargetGroupArns Names Marker PageSize",
    ),
    "DescribeTargetHealth": (groups.describe_target_health, "TargetGroupArn Targets Include"),
    "ModifyListener": (listeners.modify_listener, f"ListenerArn Port Protocol DefaultActions {_TLS}"),
    "ModifyListenerAttributes": (listeners.modify_listener_attributes, "ListenerArn Attributes"),
    "ModifyLoadBalancerAttributes": (balancers.modify_load_balancer_attributes, "LoadBalancerArn Attributes"),
    "ModifyRule": (listeners.modify_rule, "RuleArn Conditions Actions"),
    "ModifyTargetGroup": (groups.modify_target_group, f"TargetGroupArn {_HEALTH}"),
    "ModifyTargetGroupAttributes": (groups.modify_target_group_attributes, "TargetGroupArn Attributes"),
    "RegisterTargets": (groups.register_targets, "TargetGroupArn Targets"),
    "RemoveListenerCertificates": (listeners.remove_listener_certificates, "ListenerArn Certificates"),
    "RemoveTags": (remove_tags, "ResourceArns TagKeys"),
    "SetIpAddressType": (balancers.set_ip_address_type, "LoadBalancerArn IpAddressType"),
    "SetRulePriorities": (listeners.set_rule_priorities, "RulePriorities"),
    "SetSecurityGroups": (balancers.set_security_groups, "LoadBalancerArn SecurityGroups"),
    "SetSubnets": (balancers.set_subnets, "LoadBalancerArn Subnets SubnetMappings"),
}
