"""As which role does somebody call, and what may it do? Asked of the scenario, then of the stacks, then of IAM."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import unquote

from msgspec import Struct

from eventsim.api import Caller
from eventsim.errors import ApiError, NotSimulated
from eventsim.function.function import Functions
from eventsim.json_text import load_json
from eventsim.permissions.document import document_in
from eventsim.permissions.managed import document_of
from eventsim.permissions.role import UNNAMED_ROLE, Document, Principal, Role, gone

Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""An operation of IAM and its parameters → its result; raises ApiError or NotSimulated."""


class IamRoles:
    """The roles that clients have made in one account's IAM.

    Args:
        ask: asks IAM.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._known: dict[str, Role | None] = {}
        self._seen: set[str] = set()

    def called(self, name: str) -> Role | None:
        """Return the role of this name, None if there has never been one."""
        if name not in self._known:
            role = self._read(name)
            if role is not None:
                self._seen.add(name)
            self._known[name] = gone(name) if role is None and name in self._seen else role
        return self._known[name]

    def forget(self) -> None:
        """Ask again: somebody changes it."""
        self._known.clear()

    def _read(self, name: str) -> Role | None:
        if name == UNNAMED_ROLE:
            return None
        ask, by_name = self._ask, {"RoleName": name}
        try:
            told = ask("GetRole", by_name)["Role"]
            boundary = told.get("PermissionsBoundary")
            own = [
                _document(ask("GetRolePolicy", {**by_name, "PolicyName": policy})["PolicyDocument"])
                for policy in ask("ListRolePolicies", by_name)["PolicyNames"]
            ]
            attached = [each["PolicyArn"] for each in ask("ListAttachedRolePolicies", by_name)["AttachedPolicies"]]
            known = {arn: self._managed(arn) for arn in attached}
            return Role(
                name=name,
                documents=[*own, *filter(None, known.values())],
                boundary=self._managed(boundary["PermissionsBoundaryArn"]) if boundary else None,
                trust=_document(told["AssumeRolePolicyDocument"]),
                unread=[arn for arn, document in known.items() if document is None],
            )
        except (ApiError, NotSimulated):
            return None

    def _managed(self, arn: str) -> Document | None:
        if arn.startswith("arn:aws:iam::aws:"):
            return document_of(arn)
        ask, by_arn = self._ask, {"PolicyArn": arn}
        version = ask("GetPolicy", by_arn)["Policy"]["DefaultVersionId"]
        return _document(ask("GetPolicyVersion", {**by_arn, "VersionId": version})["PolicyVersion"]["Document"])


class Lent(Struct, frozen=True, kw_only=True):
    """Of which session of a role a token is.

    Attributes:
        arn: of the session.
        policy: the text of the policy that the session was given, "" for none.
    """

    arn: str
    role_arn: str
    policy: str = ""


class Whence(Struct, frozen=True, kw_only=True):
    """Where roles are found.

    Attributes:
        account_id: whose world it is.
        role_arn: returns the ARN of a function's role by the function's name.
        of_token: returns of which session of a role this is the token, None if it is of none.
        of_stacks: returns the role that a stack of an account has made, by its name, None if none has.
        iam: returns the roles in an account's IAM, None if nobody here keeps that.
    """

    account_id: str
    functions: Functions
    role_arn: Callable[[str], str]
    of_token: Callable[[str], Lent | None]
    of_stacks: Callable[[str, str], Role | None]
    iam: Callable[[str], IamRoles | None]


class Roles:
    """The roles of one world."""

    def __init__(self, whence: Whence) -> None:
        self._whence = whence

    def principal(self, caller: Caller) -> Principal | None:
        """Return who calls, None for somebody who is no role: a client outside, who may do everything."""
        lent = self._whence.of_token(caller.session_token) if caller.session_token else None
        if lent is not None:
            policy = load_json(lent.policy) if lent.policy else None
            return Principal(arn=lent.arn, role_arn=lent.role_arn, policy=policy)
        if ":role/" in caller.role_arn:
            name = caller.session_name or caller.arn.rpartition("/")[2].rpartition(":")[2]
            return _session(caller.role_arn, name or "eventsim")
        if not caller.arn.startswith("arn:aws:lambda:"):
            return None
        function = caller.arn.split(":")[6]
        return _session(self._whence.role_arn(function), function, caller.arn)

    def role(self, principal: Principal) -> Role | None:
        """Return the role of a principal, None if nobody here knows what it may do."""
        if principal.function_arn:
            name, functions = principal.function_arn.split(":")[6], self._whence.functions
            policies = functions[name].policies if name in functions else None
            if policies is not None:
                return _with_policies(principal.role_name, policies)
        return self.at(principal.role_arn)

    def at(self, role_arn: str) -> Role | None:
        """Return the role with this ARN, None if nobody here knows it."""
        account_id, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
        made = self._whence.of_stacks(account_id, name)
        if made is not None and not made.is_gone:
            return made
        iam = self._whence.iam(account_id)
        return (None if iam is None else iam.called(name)) or made

    def forget(self, name: str = "") -> None:
        """Ask IAM again: somebody changes it.

        Args:
            name: of a role that is deleted, if it is there.
        """
        iam = self._whence.iam(self._whence.account_id)
        if iam is not None:
            if name:
                iam.called(name)
            iam.forget()


def _session(role_arn: str, session: str, function_arn: str = "") -> Principal:
    account_id, name = role_arn.split(":")[4], role_arn.rpartition("/")[2]
    arn = f"arn:aws:sts::{account_id}:assumed-role/{name}/{session}"
    return Principal(arn=arn, role_arn=role_arn, function_arn=function_arn)


def _with_policies(name: str, policies: tuple[Document | str, ...]) -> Role:
    """Return the role that a scenario gives a function: documents, and names of managed policies of AWS's."""
    documents = [document_of(each) if isinstance(each, str) else each for each in policies]
    unread = [str(each) for each, document in zip(policies, documents, strict=True) if document is None]
    return Role(name=name, documents=[each for each in documents if each is not None], unread=unread)


def _document(given: Any) -> Document:
    """Return a document that IAM answers with: percent-encoded JSON."""
    return document_in(unquote(given) if isinstance(given, str) else given)
