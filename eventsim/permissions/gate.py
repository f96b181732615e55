"""May somebody make this call? Asked of every call of a role's session, before anybody answers it.

Clients outside may do everything, as the owner of an account. What a role may do that nobody here knows is not
checked, and the trace says so once.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from eventsim.api import Caller, Request
from eventsim.permissions import refusal
from eventsim.permissions.decision import Decision, decide
from eventsim.permissions.need import Need, Place
from eventsim.permissions.needs import needs_of
from eventsim.permissions.resource_policies import Ask, policy_of
from eventsim.permissions.role import Permissions, Principal, Role
from eventsim.permissions.roles import Roles
from eventsim.permissions.used import Used
from eventsim.resource_policy import PolicyRequest
from eventsim.trace import Trace

_LOGGING: Final = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_READING: Final = ("Get", "List", "Simulate")


class Gate:
    """The permissions of one world.

    Args:
        mode: whether a call that is not permitted is refused, only told of, or nobody looks and its needs are noted.
        account_id: whose world it is.
        sources: returns the sources of a kind by name.
        now: tells the date.
        ask: asks a service for the policy of a resource.

    Attributes:
        used: what calls have needed up to now.
    """

    def __init__(
        self,
        *,
        mode: Permissions,
        account_id: str,
        sources: Callable[[str], Mapping[str, Any]],
        now: Callable[[], datetime],
        roles: Roles,
        ask: Ask,
        trace: Trace,
    ) -> None:
        self.used = Used()
        self._mode = mode
        self._account_id = account_id
        self._sources = sources
        self._now = now
        self._roles = roles
        self._ask = ask
        self._trace = trace
        self._unknown: set[str] = set()
        self._told: set[tuple[str, str, str]] = set()
        """Role, action and resource of what it lacks for what a service does in its name."""
        if mode == "noted":
            return
        self._MISSING = trace.kind("permission missing", "{subject} may not do {place} on AWS: {reason}")
        self._UNKNOWN = trace.kind("permissions unknown", "what {subject} may do is not checked: {reason}")

    def check(self, request: Request, subject: int, place: int) -> None:
        """See that a call is permitted.

        Args:
            subject, place: who calls and the operation, in the trace.

        Raises:
            ApiError: it is not.
        """
        if request.service == "iam" and not request.operation.startswith(_READING):
            self._roles.forget()
        principal = self._roles.principal(request.caller)
        if principal is None:
            return
        here = Place(request.region, self._account_id, self._sources)
        needs = list(needs_of(request.service, request.operation, request.parameters, here))
        self.used.note(principal, needs)
        if self._mode == "noted":
            return
        role = self._known(principal, (subject, place, request.entry))
        if role is None:
            return
        for need in needs:
            decision = self._decide(principal, role, need, request)
            if not decision.is_allowed:
                refused = refusal.access_denied(request.service, principal.arn, need, decision.because)
                needed = {"action": need.action, "resource": need.resource, "reason": refused.message}
                self.tell(subject, place, request.entry, **needed)
                if self._mode == "enforced":
                    raise refused

    def lacks(self, caller: Caller, need: Need, operation: str, region: str) -> str:
        """Return why a role may not do what a service does in its name, "" if it may, or it is only told: once.

        Args:
            operation: what the service does, `sqs.ReceiveMessage`.
        """
        principal = self._roles.principal(caller)
        if principal is None:
            return ""
        if need.action not in _LOGGING:  # without which a function does all that it is to do
            self.used.note(principal, [need])
        if self._mode == "noted":
            return ""
        subject, place = self._trace.subject("caller", caller.arn), self._trace.subject("operation", operation)
        role = self._known(principal, (subject, place, caller.cause))
        if role is None:
            return ""
        service, _, name = operation.partition(".")
        asked = Request(service=service, operation=name, parameters={}, region=region, caller=caller)
        decision = self._decide(principal, role, need, asked)
        missing = (principal.role_arn, need.action, need.resource)
        if decision.is_allowed:
            self._told.discard(missing)
            return ""
        refused = refusal.access_denied(service, principal.arn, need, decision.because)
        if missing not in self._told:
            self._told.add(missing)
            needed = {"action": need.action, "resource": need.resource, "reason": refused.message}
            self.tell(subject, place, caller.cause, **needed)
        return refused.message if self._mode == "enforced" else ""

    def tell(self, subject: int, place: int, cause: int, *, action: str, resource: str, reason: str) -> None:
        """Tell of a permission that is missing, once permissions are told."""
        detail = {"action": action, "resource": resource, "reason": reason}
        self._trace.record(self._MISSING, subject, place, cause, detail=detail)

    def _known(self, principal: Principal, where: tuple[int, int, int]) -> Role | None:
        """Return the role of a principal if all that it may do is known; else tell once that it is not."""
        role = self._roles.role(principal)
        if role is not None and not role.unread:
            return role
        if principal.role_name not in self._unknown:
            self._unknown.add(principal.role_name)
            reason = (
                f"nobody says what the role {principal.role_name} may do"
                if role is None
                else f"nobody here has the policy {role.unread[0]}; with `pip install 'eventsim[moto]'` moto has AWS's"
            )
            self._trace.record(self._UNKNOWN, *where, detail={"reason": reason})
        return None

    def _decide(self, principal: Principal, role: Role, need: Need, request: Request) -> Decision:
        own = policy_of(need.resource, self._ask)
        names = {principal.arn, principal.role_arn, principal.account_id, f"arn:aws:iam::{principal.account_id}:root"}
        asked = PolicyRequest(
            action=need.action.lower(),
            resource=need.resource,
            is_from=names.__contains__,
            known=self._keys(principal, need, request),
        )
        boundary = None if role.boundary is None else [role.boundary]
        return decide(asked, need.action, role.documents, boundary, [] if own is None else [own])

    def _keys(self, principal: Principal, need: Need, request: Request) -> dict[str, str]:
        """Return the condition keys of a request that are known here, in small letters."""
        now, account_id = self._now(), need.resource.split(":")[4] if need.resource.count(":") >= 5 else ""
        keys = {
            "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:epochtime": str(int(now.timestamp())),
            "aws:principalaccount": principal.account_id,
            "aws:principalarn": principal.role_arn,
            "aws:principaltype": "AssumedRole",
            "aws:requestedregion": request.region,
            "aws:resourceaccount": account_id or self._account_id,
            "aws:securetransport": "true",
        }
        if principal.function_arn:
            keys["lambda:sourcefunctionarn"] = principal.function_arn
        return keys | {name.lower(): values[0] for name, values in need.keys.items() if values}
