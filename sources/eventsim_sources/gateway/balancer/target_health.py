"""How is a target? Nobody checks: whoever would be checked is said to be well."""

from collections.abc import Mapping
from typing import Any

from eventsim_sources.gateway.balancer.model import TargetGroup

_NOT_REGISTERED = {
    "State": "unused",
    "Reason": "Target.NotRegistered",
    "Description": "Target is not registered to the target group",
}
_NOT_IN_USE = {
    "State": "unused",
    "Reason": "Target.NotInUse",
    "Description": "Target group is not configured to receive traffic from the load balancer",
}
_NOT_CHECKED = {
    "State": "unavailable",
    "Reason": "Target.HealthCheckDisabled",
    "Description": "Health checks are not enabled for this target",
}
_WELL = {"State": "healthy"}


def place_of(target: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what makes a target the same one: its id and its port."""
    return target["Id"], target.get("Port")


def told(group: TargetGroup, target: dict[str, Any], check: Mapping[str, Any], *, is_used: bool) -> dict[str, Any]:
    """Return what is told of a target.

    Args:
        check: how the health of the group's targets is checked.
        is_used: whether a load balancer forwards to the group.
    """
    if place_of(target) not in map(place_of, group.registered):
        return {"Target": target, "TargetHealth": _NOT_REGISTERED}
    if not is_used:
        return {"Target": target, "TargetHealth": _NOT_IN_USE}
    health = _WELL if check["HealthCheckEnabled"] else _NOT_CHECKED
    return {"Target": target, "TargetHealth": health, **_checked_port(target, check)}


def _checked_port(target: Mapping[str, Any], check: Mapping[str, Any]) -> dict[str, str]:
    """Return at which port the health of a target would be checked; functions have none."""
    if "Port" not in target:
        return {}
    port = str(check["HealthCheckPort"])
    return {"HealthCheckPort": str(target["Port"]) if port == "traffic-port" else port}
