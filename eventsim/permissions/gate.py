"""May somebody make this call? Asked of every call of a role's session or a user, before anybody answers it.

All other clients may do everything, as the owner of an account. What a role may do that nobody here knows is not
checked, and the trace says so once.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from eventsim.api import Caller, Request
from eventsim.errors import ApiError
from eventsim.permissions.arn import read_arn
from eventsim.permissions.decision import Decision, Policies, Session, decide
from eventsim.permissions.managed import why_missing
from eventsim.permissions.need import Need, Place
from eventsim.permissions.needs import needs_of
from eventsim.permissions.refusal import access_denied, key_unknown
from eventsim.permissions.resource_policies import Ask, policy_of
from eventsim.permissions.role import UNNAMED_ROLE, Document, Permissions, Principal, Role
from eventsim.permissions.roles import Roles
from eventsim.permissions.used import Used
from eventsim.resource_policy import PolicyRequest, judge_documents
from eventsim.trace import Trace

_LOGGING: Final = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_READING: Final = ("Get", "List", "Simulate")
_NO_SUCH_OBJECT: Final = ("404", "NoSuchKey", "NoSuchVersion")
_ABSENT: Final = frozenset(
    (
        *("aws:calledvia", "aws:calledviafirst", "aws:calledvialast", "aws:multifactorauthage"),
        *("aws:multifactorauthpresent", "aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "aws:username"),
    )
)
"""Condition keys that calls do not have: of services that act by themselves, and of users, unless one calls."""

_BECOME: Final = "sts:AssumeRole"


class Gate:
    """The permissions of one world.

    Args:
        mode: whether a call that is not permitted is refused, only told of, or nobody looks and its needs are noted.
        account_id: whose world it is.
        sources: returns the sources of a kind by name.
        now: tells the date.
        ask: asks a service for the policy of a resource.
        warn: told of whom nobody knows what it may do, and once of what somebody lacks where no call is refused.

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
        warn: Callable[[str], object],
    ) -> None:
        self.used = Used()
        self._mode = mode
        self._account_id = account_id
        self._sources = sources
        self._now = now
        self._roles = roles
        self._ask = ask
        self._trace = trace
        self._warn = warn
        self._unknown: set[int] = set()
        self._warned: set[tuple[int, str]] = set()
        """Who lacks which action, as far as it has been told of in a warning."""
        self._told: set[tuple[str, str, str]] = set()
        """Role, action and resource of what it lacks for what a service does in its name."""
        if mode == "noted":
            return
        self._MISSING = trace.kind(
            "permission missing", "{place} has no permission for {action} on {resource}, {reason}"
        )
        self._UNKNOWN = trace.kind("permissions unknown", "what {place} may do is not checked: {reason}")

    def check(self, request: Request, *, is_call: bool = True) -> None:
        """See that a call is permitted.

        Args:
            is_call: whether somebody calls, and so learns of a refusal; else it is told of in a warning, once.

        Raises:
            ApiError: it is not.
        """
        if self._mode == "enforced" and self._roles.is_spent(request.caller):
            raise key_unknown(request.service)
        principal = self._roles.principal(request.caller)
        if principal is not None:
            here = Place(request.region, self._account_id, self._sources)
            needs = list(needs_of(request.service, request.operation, request.parameters, here))
            self.used.note(principal, needs)
            self._judge(principal, needs, request, is_call=is_call)
        if request.service == "iam" and not request.operation.startswith(_READING):
            self._forget(request)  # after whoever changes it has been judged by what there was

    def _forget(self, request: Request) -> None:
        """Ask IAM again after a request that changes it, and remember that what it deletes was there."""
        given = request.parameters
        role = str(given.get("RoleName")) if request.operation == "DeleteRole" else ""
        key = str(given.get("AccessKeyId")) if request.operation == "DeleteAccessKey" else ""
        self._roles.forget(role=role, access_key_id=key)

    def seen(self, request: Request, error: ApiError) -> ApiError:
        """Return a refusal as whoever asks may see it: that an object is not there learns who may list its bucket."""
        principal = self._roles.principal(request.caller)
        if principal is None or request.service != "s3" or error.code not in _NO_SUCH_OBJECT:
            return error
        listing = Need("s3:ListBucket", f"arn:aws:s3:::{request.parameters.get('Bucket')}")
        self.used.note(principal, [listing])
        try:
            self._judge(principal, [listing], request)
        except ApiError as refusal:
            return refusal
        return error

    def trusts(self, role_arn: str, services: Sequence[str], cause: int) -> bool:
        """Tell whether a role lets a service become it, under one of the service's names, as far as anybody knows."""
        if self._mode == "noted":
            return True
        trust = self._trust_of(role_arn)
        if trust is None:
            return True
        asked = PolicyRequest(
            action=_BECOME.lower(),
            resource="",
            is_from=services.__contains__,
            known={"aws:sourceaccount": self._account_id},
        )
        if judge_documents((trust,), asked) == "allow":
            return True
        operation, who = self._trace.subject("operation", "sts.AssumeRole"), self._trace.subject("caller", services[0])
        self.tell(operation, who, cause, action=_BECOME, resource=role_arn, reason="because the role does not trust it")
        return self._mode != "enforced"

    def is_gone(self, role_arn: str) -> bool:
        """Tell whether a role was there and has been deleted, and that counts."""
        role = self._roles.at(role_arn) if self._mode == "enforced" and ":role/" in role_arn else None
        return role is not None and role.is_gone

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
        service, _, name = operation.partition(".")
        request = _request_of(caller, service, name, region)
        role = self._known(principal, request)
        if role is None:
            return ""
        decision = self._decide(principal, role, need, request)
        missing = (principal.role_arn, need.action, need.resource)
        if decision.is_allowed:
            self._told.discard(missing)
            return ""
        if missing not in self._told:
            self._told.add(missing)
            self._tell(self._MISSING, principal, request, decision.refusal, need)
            self._warn_of(self._place_of(principal), need.action, need.resource, decision.refusal)
        if self._mode != "enforced":
            return ""
        return access_denied(service, name, who=principal.arn, need=need, because=decision.refusal).message

    def tell(self, subject: int, place: int, cause: int, *, action: str, resource: str, reason: str) -> None:
        """Tell that somebody lacks a permission.

        Args:
            subject, place: the operation and who lacks it, in the trace.
            reason: `because no …`.
        """
        detail = {"action": action, "resource": resource, "reason": reason}
        self._trace.record(self._MISSING, subject, place, cause, detail=detail)
        self._warn_of(place, action, resource, reason)

    def _warn_of(self, place: int, action: str, resource: str, reason: str) -> None:
        if (place, action) not in self._warned:
            self._warned.add((place, action))
            self._warn(f"{self._trace.name_of(place)} has no permission for {action} on {resource or '*'}, {reason}")

    def _judge(self, principal: Principal, needs: Iterable[Need], request: Request, *, is_call: bool = True) -> None:
        """See that somebody may do all that a request needs."""
        if self._mode == "noted":
            return
        role = self._known(principal, request)
        if role is None:
            return
        for need in needs:
            decision = self._decide(principal, role, need, request)
            if not decision.is_allowed:
                self._tell(self._MISSING, principal, request, decision.refusal, need)
                if self._mode == "told" or not is_call:
                    self._warn_of(self._place_of(principal), need.action, need.resource, decision.refusal)
                if self._mode != "told":
                    refusal, who = decision.refusal, principal.arn
                    raise access_denied(request.service, request.operation, who=who, need=need, because=refusal)

    def _known(self, principal: Principal, request: Request) -> Role | None:
        """Return the role of a principal if all that it may do is known; else tell once that it is not."""
        role = self._roles.role(principal)
        if role is not None and not role.unread:
            return role
        place = self._place_of(principal)
        if place not in self._unknown:
            self._unknown.add(place)
            reason = _why_unknown(principal, role)
            self._tell(self._UNKNOWN, principal, request, reason)
            self._warn(f"what {self._trace.name_of(place)} may do is not checked: {reason}")
        return None

    def _tell(self, kind: int, principal: Principal, request: Request, reason: str, need: Need | None = None) -> None:
        operation = self._trace.subject("operation", f"{request.service}.{request.operation}")
        about = {} if need is None else {"action": need.action, "resource": need.resource or "*"}
        self._trace.record(
            kind, operation, self._place_of(principal), request.entry, detail={**about, "reason": reason}
        )

    def _place_of(self, principal: Principal) -> int:
        if not principal.function_arn:
            return self._trace.subject("user" if principal.is_user else "role", principal.role_name)
        if principal.account_id != self._account_id:
            return self._trace.subject("caller", principal.function_arn)
        return self._trace.subject("function", principal.function_arn.rpartition(":")[2])

    def _decide(self, principal: Principal, role: Role, need: Need, request: Request) -> Decision:
        trust = self._trust_of(need.resource) if need.action.startswith("sts:") else None
        of_resource = trust or policy_of(need.resource, self._ask)
        return decide(
            need,
            Session(role_arn=principal.role_arn, session_arn=principal.arn),
            Policies(
                identity=tuple(role.documents),
                resource=() if of_resource is None else (of_resource,),
                boundary=None if role.boundary is None else (role.boundary,),
                session=None if principal.policy is None else (principal.policy,),
            ),
            known=self._keys(principal, need, request),
            lacks=_ABSENT.__contains__,
            is_from_abroad=principal.account_id != self._account_id == self._owner_of(need),
            is_trust=trust is not None,
        )

    def _trust_of(self, role_arn: str) -> Document | None:
        role = self._roles.at(role_arn) if ":role/" in role_arn else None
        return None if role is None else role.trust

    def _owner_of(self, need: Need) -> str:
        return read_arn(need.resource).account_id or self._account_id

    def _keys(self, principal: Principal, need: Need, request: Request) -> dict[str, str]:
        """Return the condition keys of any request that are known here, in small letters."""
        now = self._now()
        keys = {
            "aws:currenttime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:epochtime": str(int(now.timestamp())),
            "aws:principalaccount": principal.account_id,
            "aws:principalarn": principal.role_arn,
            "aws:principaltype": "User" if principal.is_user else "AssumedRole",
            "aws:requestedregion": request.region,
            "aws:resourceaccount": self._owner_of(need),
            "aws:securetransport": "true",
        }
        if principal.is_user:
            keys["aws:username"] = principal.role_name
        return keys | ({"lambda:sourcefunctionarn": principal.function_arn} if principal.function_arn else {})


def _request_of(caller: Caller, service: str, operation: str, region: str) -> Request:
    """Return the request that a service makes in somebody's name, as far as permissions go."""
    return Request(
        service=service, operation=operation, parameters={}, region=region, caller=caller, entry=caller.cause
    )


def _why_unknown(principal: Principal, role: Role | None) -> str:
    """Return why nobody knows what somebody may do, and how to mend it."""
    if role is not None:
        return why_missing(role.unread[0])
    if principal.role_name == UNNAMED_ROLE:
        return "nothing is said of its `policies`" if principal.function_arn else "it stands where no role is named"
    return f"the role {principal.role_name} is not there"
