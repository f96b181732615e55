"""What may a role do? Its policy documents, and the boundary beyond which they count for nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from msgspec import Struct

Permissions = Literal["ignored", "noted", "told", "enforced"]
"""What becomes of a call that a role does not permit: nothing, a line in the trace, or a refusal. Unless it is ignored,
what calls need is summed up.
"""

Document = Mapping[str, Any]
"""A policy document, as its JSON has it."""

UNNAMED_ROLE: Final = "eventsim"
"""The role of functions that were made without one; nobody says what it may do."""


class Role(Struct, frozen=True, kw_only=True):
    """A role, as far as permissions go.

    Attributes:
        name: without its path.
        documents: those of its own policies and of the managed ones that are attached to it.
        boundary: the document of its permissions boundary, None if it has none.
        trust: the document that says who may become it, None if nobody here has it.
        unread: ARNs of managed policies whose documents nobody here has.
        is_gone: whether it has been deleted.
    """

    name: str
    documents: Sequence[Document] = ()
    boundary: Document | None = None
    trust: Document | None = None
    unread: Sequence[str] = ()
    is_gone: bool = False


def gone(name: str) -> Role:
    """Return what is left of a role that was there: it may do nothing, and trusts nobody."""
    return Role(name=name, trust={}, is_gone=True)


class Principal(Struct, frozen=True, kw_only=True):
    """Who calls: a session of a role, or a user.

    Attributes:
        arn: of the session, `arn:aws:sts::123456789012:assumed-role/ROLE/SESSION`.
        role_arn: of the role; a user's own.
        function_arn: the function whose session it is, "" for another's.
        policy: the document of the policy that the session was given, None for none.
        is_user: whether it is a user of IAM's.
    """

    arn: str
    role_arn: str
    function_arn: str = ""
    policy: Document | None = None
    is_user: bool = False

    @property
    def account_id(self) -> str:
        """Whose account it belongs to."""
        return self.role_arn.split(":")[4]

    @property
    def role_name(self) -> str:
        """The name of the role, or of the user, without its path."""
        return self.role_arn.rpartition("/")[2]
