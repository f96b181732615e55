"""As which role does somebody call, and what may it do? Asked of the scenario, then of the stacks, then of IAM."""

from collections.abc import Callable

from msgspec import Struct

from eventsim.api import Caller
from eventsim.json_text import load_json
from eventsim.permissions.iam import Iam
from eventsim.permissions.managed import document_of
from eventsim.permissions.role import Document, Principal, Role


class Lent(Struct, frozen=True, kw_only=True):
    """Of which session of a role a token is, or of which user.

    Attributes:
        arn: of the session, or the user.
        policy: the text of the policy that the session was given, "" for none.
    """

    arn: str
    role_arn: str
    policy: str = ""
    is_user: bool = False


class Whence(Struct, frozen=True, kw_only=True):
    """Where roles are found.

    Attributes:
        account_id: whose world it is.
        policies: returns what a scenario says of a function's policies, by its ARN; None if it says nothing.
        role_arn: returns the ARN of a function's role by that of the function.
        of_token: returns of which session of a role this is the token, None if it is of none.
        of_stacks: returns the role that a stack of an account has made, by its name, None if none has.
        iam: returns an account's IAM, None if nobody here keeps that.
    """

    account_id: str
    policies: Callable[[str], tuple[Document | str, ...] | None]
    role_arn: Callable[[str], str]
    of_token: Callable[[str], Lent | None]
    of_stacks: Callable[[str, str], Role | None]
    iam: Callable[[str], Iam | None]


class Roles:
    """The roles of one world."""

    def __init__(self, whence: Whence) -> None:
        self._whence = whence

    def principal(self, caller: Caller) -> Principal | None:
        """Return who calls, None for somebody who is neither role nor user: a client outside may do everything."""
        lent = self._whence.of_token(caller.session_token) if caller.session_token else None
        if lent is not None:
            policy = load_json(lent.policy) if lent.policy else None
            return Principal(arn=lent.arn, role_arn=lent.role_arn, policy=policy, is_user=lent.is_user)
        iam = self._whence.iam(self._whence.account_id) if caller.access_key_id else None
        user_arn = "" if iam is None else iam.user_arn(caller.access_key_id)
        if user_arn:
            return Principal(arn=user_arn, role_arn=user_arn, is_user=True)
        if ":role/" in caller.role_arn:
            name = caller.session_name or caller.arn.rpartition("/")[2].rpartition(":")[2]
            return _session(caller.role_arn, name or "eventsim")
        if not caller.arn.startswith("arn:aws:lambda:"):
            return None
        return _session(self._whence.role_arn(caller.arn), caller.arn.split(":")[6], caller.arn)

    def role(self, principal: Principal) -> Role | None:
        """Return the role of a principal, a user as if it were one; None if nobody here knows what it may do."""
        if principal.is_user:
            iam = self._whence.iam(principal.account_id)
            return None if iam is None else iam.user(principal.role_name)
        if principal.function_arn:
            policies = self._whence.policies(principal.function_arn)
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
        return (None if iam is None else iam.role(name)) or made

    def is_spent(self, caller: Caller) -> bool:
        """Tell whether who calls has a key that was a user's and opens nothing any more."""
        iam = self._whence.iam(self._whence.account_id) if caller.access_key_id else None
        return iam is not None and iam.is_spent(caller.access_key_id)

    def forget(self, *, role: str = "", access_key_id: str = "") -> None:
        """Ask IAM again: somebody changes it.

        Args:
            role: the name of the role that is deleted, if it is there.
            access_key_id: the key that is deleted, if it is there.
        """
        iam = self._whence.iam(self._whence.account_id)
        if iam is not None:
            if role:
                iam.role(role)
            if access_key_id:
                iam.user_arn(access_key_id)
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
