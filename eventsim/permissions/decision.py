"""May a role's session do something? All policies that have a say, put together as IAM does; pure.

A denial anywhere decides. Otherwise the role's policies or the resource's must allow it, and so must the role's
boundary and the policies of the session, if there are any. A resource's policy that names the session or everybody
lets in whatever the others leave out; one that names the role lets in without the role's policies; one that names the
account leaves it to the others. A role's trust must allow whoever becomes it; keys of KMS have other rules. In another
account the role's policies must allow it in any case, and so must the resource's.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim.permissions.arn import read_arn
from eventsim.permissions.need import Need
from eventsim.resource_policy import PolicyRequest, Verdict, judge_documents

Documents = tuple[Mapping[str, Any], ...]


class Session(Struct, frozen=True, kw_only=True):
    """Who asks: a session of a role.

    Attributes:
        role_arn: `arn:aws:iam::123456789012:role/worker`.
        session_arn: `arn:aws:sts::123456789012:assumed-role/worker/name`.
    """

    role_arn: str
    session_arn: str

    @property
    def names(self) -> frozenset[str]:
        """Return the principals, as statements name them, that it is: itself, its role, its account."""
        _, partition, _, _, account_id, *_ = f"{self.role_arn}::::".split(":")
        return frozenset([self.session_arn, self.role_arn, account_id, f"arn:{partition}:iam::{account_id}:root"])


class Policies(Struct, frozen=True, kw_only=True):
    """The documents that have a say.

    Attributes:
        identity: of the role.
        resource: of the resource.
        boundary: of the role; None if it has none.
        session: of the session; None if it has none.
    """

    identity: Documents = ()
    resource: Documents = ()
    boundary: Documents | None = None
    session: Documents | None = None


class Decision(Struct, frozen=True):
    """Yes, or no and why.

    Attributes:
        refusal: how AWS's message ends: `because no … allows the … action`, `with an explicit deny in …`; "" for yes.
    """

    refusal: str = ""

    @property
    def is_allowed(self) -> bool:
        """Tell whether it may be done."""
        return not self.refusal


def decide(
    need: Need,
    by: Session,
    policies: Policies,
    *,
    known: Mapping[str, str | tuple[str, ...]],
    lacks: Callable[[str], bool],
    is_from_abroad: bool = False,
    is_trust: bool = False,
) -> Decision:
    """Decide whether a session may do what a call needs.

    Args:
        known: values of condition keys, whose names are in small letters, besides those of the need.
        lacks: see `PolicyRequest`.
        is_from_abroad: whether the account that owns the resource decides, about a session of another one.
        is_trust: whether the resource is a role, whose policy must allow it in any case.
    """
    keys = {**known, **{key.lower(): values for key, values in need.keys.items()}}

    def judge(documents: Documents | None, resource: str | None, names: frozenset[str] = by.names) -> Verdict:
        is_from = names.__contains__
        asked = PolicyRequest(action=need.action, resource=resource, is_from=is_from, known=keys, lacks=lacks)
        return judge_documents(documents or (), asked)

    somewhere = need.resource or None
    verdicts = {
        "identity-based policy": judge(policies.identity, somewhere),
        "resource-based policy": judge(policies.resource, need.resource),
        "permissions boundary": judge(policies.boundary, somewhere),
        "session policy": judge(policies.session, somewhere),
    }
    for kind, verdict in verdicts.items():
        if verdict == "deny":
            return Decision(f"with an explicit deny in {'an' if kind.startswith('i') else 'a'} {kind}")
    is_abroad = is_from_abroad or read_arn(need.resource).account_id not in ("", read_arn(by.role_arn).account_id)
    if not is_abroad and judge(policies.resource, need.resource, frozenset([by.session_arn])) == "allow":
        return Decision()
    is_role_let_in = not is_abroad and judge(policies.resource, need.resource, frozenset([by.role_arn])) == "allow"
    must_allow = {
        "identity-based policy": not is_role_let_in,
        "resource-based policy": is_trust or is_from_abroad,
        "permissions boundary": policies.boundary is not None,
        "session policy": policies.session is not None,
    }
    for kind, must in must_allow.items():
        if must and verdicts[kind] != "allow":
            return Decision(f"because no {kind} allows the {need.action} action")
    return Decision()
