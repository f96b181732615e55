"""What does IAM say of roles and of users? Asked of it by its own operations; nothing of it is kept twice."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote

from eventsim.errors import ApiError, NotSimulated
from eventsim.permissions.document import document_in
from eventsim.permissions.managed import document_of
from eventsim.permissions.role import UNNAMED_ROLE, Document, Role, gone

Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""An operation of IAM and its parameters → its result; raises ApiError or NotSimulated."""

_OF_AWS: Final = "arn:aws:iam::aws:"


class Iam:
    """Who is in one account's IAM, as far as permissions go.

    Args:
        ask: asks IAM.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._roles: dict[str, Role | None] = {}
        self._seen: set[str] = set()
        self._users: dict[str, Role | None] = {}
        self._arns: dict[str, str] = {}
        self._spent: dict[str, bool] = {}
        self._keys: set[str] = set()
        """The access keys that have been a user's."""

    def role(self, name: str) -> Role | None:
        """Return the role of this name, None if there has never been one."""
        if name not in self._roles:
            role = None if name == UNNAMED_ROLE else self._read("Role", name)
            if role is not None:
                self._seen.add(name)
            self._roles[name] = gone(name) if role is None and name in self._seen else role
        return self._roles[name]

    def user(self, name: str) -> Role | None:
        """Return what a user may do, by its own policies and by those of its groups; None if there is none."""
        if name not in self._users:
            self._users[name] = self._read("User", name)
        return self._users[name]

    def user_arn(self, access_key_id: str) -> str:
        """Return the ARN of the user whose access key this is, "" for a key of which IAM does not know."""
        if access_key_id not in self._arns:
            owner = self.owner_of(access_key_id)
            if owner is not None:
                self._keys.add(access_key_id)
            self._arns[access_key_id] = "" if owner is None else str(owner["Arn"])
        return self._arns[access_key_id]

    def is_spent(self, access_key_id: str) -> bool:
        """Tell whether a key that was a user's opens nothing any more: it was deleted, or deactivated."""
        if access_key_id not in self._spent:
            arn = self.user_arn(access_key_id)
            self._spent[access_key_id] = self._is_inactive(access_key_id, arn) if arn else access_key_id in self._keys
        return self._spent[access_key_id]

    def _is_inactive(self, access_key_id: str, user_arn: str) -> bool:
        made = self._ask("ListAccessKeys", {"UserName": user_arn.rpartition("/")[2]})["AccessKeyMetadata"]
        return any(each["AccessKeyId"] == access_key_id and each["Status"] == "Inactive" for each in made)

    def owner_of(self, access_key_id: str) -> Mapping[str, Any] | None:
        """Return what IAM tells now of the user whose access key this is, None if it does not know the key."""
        try:
            name = self._ask("GetAccessKeyLastUsed", {"AccessKeyId": access_key_id})["UserName"]
            owner: Mapping[str, Any] = self._ask("GetUser", {"UserName": name})["User"]
        except (ApiError, NotSimulated):
            return None
        return owner

    def forget(self) -> None:
        """Ask again: somebody changes it."""
        self._roles.clear()
        self._users.clear()
        self._arns.clear()
        self._spent.clear()

    def _read(self, kind: str, name: str) -> Role | None:
        """Return a role, or a user as if it were one, None if there is none.

        Args:
            kind: as IAM's operations write it: `Role`.
        """
        try:
            told = self._ask(f"Get{kind}", {f"{kind}Name": name})[kind]
            owners = [(kind, name)]
            if kind == "User":
                groups = self._ask("ListGroupsForUser", {"UserName": name})["Groups"]
                owners += [("Group", each["GroupName"]) for each in groups]
            own = [document for owner in owners for document in self._own(*owner)]
            attached = [arn for owner in owners for arn in self._attached(*owner)]
            known = {arn: self._managed(arn) for arn in attached}
            boundary, trust = told.get("PermissionsBoundary"), told.get("AssumeRolePolicyDocument")
            return Role(
                name=name,
                documents=[*own, *filter(None, known.values())],
                boundary=self._managed(boundary["PermissionsBoundaryArn"]) if boundary else None,
                trust=None if trust is None else _document(trust),
                unread=[arn for arn, document in known.items() if document is None],
            )
        except (ApiError, NotSimulated):
            return None

    def _own(self, kind: str, name: str) -> Iterable[Document]:
        by_name = {f"{kind}Name": name}
        for policy in self._ask(f"List{kind}Policies", by_name)["PolicyNames"]:
            yield _document(self._ask(f"Get{kind}Policy", {**by_name, "PolicyName": policy})["PolicyDocument"])

    def _attached(self, kind: str, name: str) -> list[str]:
        attached = self._ask(f"ListAttached{kind}Policies", {f"{kind}Name": name})["AttachedPolicies"]
        return [each["PolicyArn"] for each in attached]

    def _managed(self, arn: str) -> Document | None:
        if arn.startswith(_OF_AWS):
            return document_of(arn)
        by_arn = {"PolicyArn": arn}
        version = self._ask("GetPolicy", by_arn)["Policy"]["DefaultVersionId"]
        return _document(self._ask("GetPolicyVersion", {**by_arn, "VersionId": version})["PolicyVersion"]["Document"])


def _document(given: Any) -> Document:
    """Return a document that IAM answers with: percent-encoded JSON."""
    return document_in(unquote(given) if isinstance(given, str) else given)
