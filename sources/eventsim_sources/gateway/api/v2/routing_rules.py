"""The operations on rules that lead from a domain to APIs."""

from collections.abc import Mapping
from typing import Any

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, there
from eventsim_sources.gateway.api.v2.apis import page_of
from eventsim_sources.gateway.api.v2.domains import check_target, found
from eventsim_sources.gateway.domain import Domain
from eventsim_sources.gateway.routing_rule import RoutingRule

_HEADER_CONDITIONS_MAX = 2
"""Documented."""


def create_routing_rule(call: Call) -> Result:
    """Make a rule."""
    domain = found(call)
    return _keep(call, domain, _rule(call, call.register.domains.new_id()[:6]))


def put_routing_rule(call: Call) -> Result:
    """Put another rule in the place of one."""
    domain, rule = _found(call)
    return _keep(call, domain, _rule(call, rule.id))


def get_routing_rule(call: Call) -> Result:
    """Tell of a rule."""
    domain, rule = _found(call)
    return _told(call, domain, rule)


def list_routing_rules(call: Call) -> Result:
    """List the rules of a domain, as they are asked."""
    domain = found(call)
    rules = sorted(domain.rules.values(), key=lambda each: each.priority)
    shown, token = page_of(call, [dict(_told(call, domain, each)) for each in rules])
    return {"RoutingRules": shown, **({"NextToken": token} if token else {})}


def delete_routing_rule(call: Call) -> Result:
    """Delete a rule."""
    domain, rule = _found(call)
    del domain.rules[rule.id]
    return {}


def _found(call: Call) -> tuple[Domain, RoutingRule]:
    domain = found(call)
    words = "Invalid routing rule identifier specified"  # unconfirmed
    return domain, there(domain.rules.get(call.text("RoutingRuleId")), words)


def _keep(call: Call, domain: Domain, rule: RoutingRule) -> Result:
    others = [each.priority for each in domain.rules.values() if each.id != rule.id]
    if rule.priority in others:
        raise conflict("A routing rule with this priority already exists for this domain name")  # unconfirmed wording
    domain.rules[rule.id] = rule
    return _told(call, domain, rule)


def _rule(call: Call, identifier: str) -> RoutingRule:
    """Read a rule.

    Raises:
        ApiError: it has not one action, or too many conditions; the words are unconfirmed.
    """
    given: Mapping[str, Any] = call.given
    if len(given["Actions"]) != 1:
        raise bad_request("A routing rule must have exactly one action")
    headers = [each["MatchHeaders"]["AnyOf"] for each in given["Conditions"] if each.get("MatchHeaders")]
    paths = [each["MatchBasePaths"]["AnyOf"] for each in given["Conditions"] if each.get("MatchBasePaths")]
    if len(headers) > _HEADER_CONDITIONS_MAX or len(paths) > 1:
        raise bad_request("A routing rule can have up to two matchHeaders conditions and one matchBasePaths condition")
    action = given["Actions"][0]["InvokeApi"]
    check_target(call, action["ApiId"], action["Stage"])
    return RoutingRule(
        id=identifier,
        priority=int(given["Priority"]),
        api_id=action["ApiId"],
        stage=action["Stage"],
        headers=tuple(tuple((each["Header"], each["ValueGlob"]) for each in condition) for condition in headers),
        base_paths=tuple(paths[0]) if paths else None,
        strips=bool(action.get("StripBasePath")),
    )


def _told(call: Call, domain: Domain, rule: RoutingRule) -> Result:
    conditions: list[dict[str, Any]] = [
        {"MatchHeaders": {"AnyOf": [{"Header": name, "ValueGlob": glob} for name, glob in alternatives]}}
        for alternatives in rule.headers
    ]
    if rule.base_paths is not None:
        conditions.append({"MatchBasePaths": {"AnyOf": list(rule.base_paths)}})
    action = {"ApiId": rule.api_id, "Stage": rule.stage, "StripBasePath": rule.strips}
    place = f"arn:aws:apigateway:{call.world.region}:{call.world.account_id}:/domainnames/{domain.name}"
    return {
        "Actions": [{"InvokeApi": action}],
        "Conditions": conditions,
        "Priority": rule.priority,
        "RoutingRuleArn": f"{place}/routingrules/{rule.id}",
        "RoutingRuleId": rule.id,
    }
