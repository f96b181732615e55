"""Listeners of load balancers, and their rules."""

from typing import Any

from eventsim import ApiError, Result
from eventsim_sources.gateway.balancer.api_balancers import balancer_of
from eventsim_sources.gateway.balancer.call import (
    Call,
    changed_attributes,
    duplicate,
    missing,
    pairs,
    refused,
    tags_of,
)
from eventsim_sources.gateway.balancer.completion import completed_actions, completed_conditions
from eventsim_sources.gateway.balancer.headers import ATTRIBUTES
from eventsim_sources.gateway.balancer.model import Listener, Rule


def create_listener(call: Call) -> Result:
    """Let a load balancer listen on a port; a listener that does the same there is as good."""
    balancer = balancer_of(call)
    port, protocol = int(call.given.get("Port", 80)), str(call.given.get("Protocol", "HTTP"))
    if protocol == "HTTPS" and not call.given.get("Certificates"):
        raise refused("A certificate must be specified for HTTPS listeners")
    actions = completed_actions(call, balancer.arn, call.given["DefaultActions"])
    settings = {key: call.given[key] for key in _KEPT if key in call.given}
    if protocol == "HTTPS":
        settings.setdefault("SslPolicy", _SSL_POLICY)
    same = next((each for each in balancer.listeners if each.port == port), None)
    if same is None:
        same = call.register.make_listener(balancer, port=port, protocol=protocol, actions=actions)
        same.settings, same.tags = settings, tags_of(call.given.get("Tags"))
    elif (same.protocol, same.settings, _default(same).actions) != (protocol, settings, actions):
        raise duplicate("Listener", f"A listener already exists on this port for this load balancer '{balancer.arn}'")
    return {"Listeners": [_listener_told(same)]}


_SSL_POLICY = "ELBSecurityPolicy-2016-08"
"""What a listener speaks unless it is told otherwise (documented)."""


_KEPT = ("Certificates", "SslPolicy", "AlpnPolicy", "MutualAuthentication")
"""What a listener keeps without effect: nothing here speaks TLS."""


def describe_listeners(call: Call) -> Result:
    """Tell of listeners."""
    arns = call.wanted("ListenerArns")
    if not arns and "LoadBalancerArn" not in call.given:
        raise refused("You must specify either listener ARNs or a load balancer ARN")
    found = [each for each in call.register.listeners() if each.arn in arns] if arns else balancer_of(call).listeners
    if len(found) < len(arns):
        raise missing("Listener", "One or more listeners not found")
    return call.page("Listeners", [_listener_told(each) for each in found])


def modify_listener(call: Call) -> Result:
    """Change the port of a listener, or what it does by default."""
    listener = _listener(call)
    listener.port = int(call.given.get("Port", listener.port))
    listener.protocol = str(call.given.get("Protocol", listener.protocol))
    listener.settings = {**listener.settings, **{key: call.given[key] for key in _KEPT if key in call.given}}
    if "DefaultActions" in call.given:
        actions = completed_actions(call, listener.balancer_arn, call.given["DefaultActions"])
        _default(listener).actions = actions
    return {"Listeners": [_listener_told(listener)]}


def describe_listener_attributes(call: Call) -> Result:
    """Tell the attributes of a listener."""
    return {"Attributes": pairs({**ATTRIBUTES, **_listener(call).attributes})}


def modify_listener_attributes(call: Call) -> Result:
    """Change attributes of a listener: which headers its responses have."""
    listener = _listener(call)
    listener.attributes = changed_attributes(
        call, "Listener", listener.attributes, known=("routing.", "tcp."), heeded=tuple(ATTRIBUTES)
    )
    return {"Attributes": pairs({**ATTRIBUTES, **listener.attributes})}


def describe_listener_certificates(call: Call) -> Result:
    """Tell the certificates of a listener, the first as the default."""
    certificates = list(_listener(call).settings.get("Certificates", ()))
    return call.page("Certificates", [{**each, "IsDefault": at == 0} for at, each in enumerate(certificates)])


def add_listener_certificates(call: Call) -> Result:
    """Keep more certificates of a listener."""
    listener, more = _listener(call), call.given["Certificates"]
    before = list(listener.settings.get("Certificates", ()))
    listener.settings["Certificates"] = [*before, *(each for each in more if each not in before)]
    return {"Certificates": more}


def remove_listener_certificates(call: Call) -> Result:
    """Forget certificates of a listener."""
    listener = _listener(call)
    gone = [each.get("CertificateArn") for each in call.given["Certificates"]]
    kept = [each for each in listener.settings.get("Certificates", ()) if each.get("CertificateArn") not in gone]
    listener.settings["Certificates"] = kept
    return {}


def delete_listener(call: Call) -> Result:
    """Delete a listener."""
    listener = _listener(call)
    call.register.balancers[listener.balancer_arn].balancer.listeners.remove(listener)
    return {}


def _listener(call: Call) -> Listener:
    listener = next((each for each in call.register.listeners() if each.arn == call.given["ListenerArn"]), None)
    if listener is None:
        raise missing("Listener", "One or more listeners not found")
    return listener


def _default(listener: Listener) -> Rule:
    return next(rule for rule in listener.rules if rule.priority == "default")


def _listener_told(listener: Listener) -> dict[str, Any]:
    return {
        "ListenerArn": listener.arn,
        "LoadBalancerArn": listener.balancer_arn,
        "Port": listener.port,
        "Protocol": listener.protocol,
        "DefaultActions": _default(listener).actions,
        **listener.settings,
    }


def create_rule(call: Call) -> Result:
    """Add a rule to a listener."""
    listener = _listener(call)
    priority = str(call.given["Priority"])
    if any(rule.priority == priority for rule in listener.rules):
        raise ApiError("PriorityInUse", f"Priority '{priority}' is currently in use")
    made = call.register.make_rule(
        listener,
        priority=priority,
        conditions=completed_conditions(call, call.given["Conditions"]),
        actions=completed_actions(call, listener.balancer_arn, call.given["Actions"]),
    )
    made.tags = tags_of(call.given.get("Tags"))
    return {"Rules": [_rule_told(made)]}


def describe_rules(call: Call) -> Result:
    """Tell of rules."""
    arns = call.wanted("RuleArns")
    if "ListenerArn" in call.given:
        return call.page("Rules", [_rule_told(rule) for rule in _listener(call).ordered()])
    if not arns:
        raise refused("You must specify either listener rule ARNs or a listener ARN")
    found = [rule for listener in call.register.listeners() for rule in listener.rules if rule.arn in arns]
    if len(found) < len(arns):
        raise missing("Rule", "One or more rules not found")
    return {"Rules": [_rule_told(rule) for rule in found]}


def set_rule_priorities(call: Call) -> Result:
    """Give rules other priorities, all at once."""
    given = call.given["RulePriorities"]
    if any(each.get("RuleArn") is None or each.get("Priority") is None for each in given):
        raise refused("A rule ARN and a priority must be specified")
    wanted = {str(each["RuleArn"]): str(each["Priority"]) for each in given}
    found = {rule.arn: (listener, rule) for listener in call.register.listeners() for rule in listener.rules}
    if any(arn not in found for arn in wanted):
        raise missing("Rule", "One or more rules not found")
    for arn, priority in wanted.items():
        others = [rule for rule in found[arn][0].rules if rule.arn != arn]
        if any(wanted.get(rule.arn, rule.priority) == priority for rule in others):
            raise ApiError("PriorityInUse", f"Priority '{priority}' is currently in use")
    for arn, priority in wanted.items():
        found[arn][1].priority = priority
    return {"Rules": [_rule_told(found[arn][1]) for arn in wanted]}


def modify_rule(call: Call) -> Result:
    """Change a rule."""
    listener, rule = _rule(call)
    if "Conditions" in call.given:
        rule.conditions = completed_conditions(call, call.given["Conditions"])
    if "Actions" in call.given:
        rule.actions = completed_actions(call, listener.balancer_arn, call.given["Actions"])
    return {"Rules": [_rule_told(rule)]}


def delete_rule(call: Call) -> Result:
    """Delete a rule that is not the default."""
    listener, rule = _rule(call)
    if rule.priority == "default":
        raise ApiError("OperationNotPermitted", "Default rule cannot be deleted")
    listener.rules.remove(rule)
    return {}


def _rule(call: Call) -> tuple[Listener, Rule]:
    for listener in call.register.listeners():
        for rule in listener.rules:
            if rule.arn == call.given["RuleArn"]:
                return listener, rule
    raise missing("Rule", "One or more rules not found")


def _rule_told(rule: Rule) -> dict[str, Any]:
    return {
        "RuleArn": rule.arn,
        "Priority": rule.priority,
        "Conditions": rule.conditions,
        "Actions": rule.actions,
        "IsDefault": rule.priority == "default",
    }
