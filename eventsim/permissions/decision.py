"""What do all policies together say of a request? A denial beats everything, and one permission is enough."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from eventsim.resource_policy import PolicyRequest, judge_policy


class Decision(Struct, frozen=True):
    """Whether a request is allowed, and if not, why."""

    is_allowed: bool
    because: str = ""


def _all(documents: Sequence[Any], asked: PolicyRequest) -> str:
    verdicts = [judge_policy(each.get("Statement", each), asked) for each in documents]
    return "deny" if "deny" in verdicts else "allow" if "allow" in verdicts else "silence"


def decide(
    asked: PolicyRequest, shown: str, identity: Sequence[Any], boundary: Sequence[Any] | None, resource: Sequence[Any]
) -> Decision:
    of_identity, of_resource = _all(identity, asked), _all(resource, asked)
    if of_identity == "deny":
        return Decision(False, "with an explicit deny in an identity-based policy")
    if of_resource == "deny":
        return Decision(False, "with an explicit deny in a resource-based policy")
    if boundary is not None and _all(boundary, asked) != "allow":
        return Decision(False, f"because no permissions boundary allows the {shown} action")
    if "allow" in (of_identity, of_resource):
        return Decision(True)
    return Decision(False, f"because no identity-based policy allows the {shown} action")
