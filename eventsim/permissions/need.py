"""What does a call need? Actions of IAM, each with the resource on which it must be allowed."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct


class Place(Struct, frozen=True):
    """Where a call is made: what its parameters leave out of an ARN.

    Attributes:
        sources: returns the sources of a kind (`secrets`) by name: some ARNs do not follow from a name alone.
    """

    region: str
    account_id: str
    sources: Callable[[str], Mapping[str, Any]]

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a resource here."""
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"


class Need(Struct, frozen=True):
    """One action on one resource.

    Attributes:
        action: as the service authorization reference writes it: `sqs:SendMessage`.
        resource: its ARN; "*" for an action that is about no resource; "" where only AWS knows, and any will do.
        keys: the service's own condition keys that the call has: `s3:prefix` → values.
    """

    action: str
    resource: str = "*"
    keys: Mapping[str, tuple[str, ...]] = {}


Needs = Callable[[Mapping[str, Any], Place], Iterable[Need]]
"""What an operation needs, by its parameters; an operation that everybody may call needs nothing."""


def on(resource: Callable[[Mapping[str, Any], Place], str], *actions: str) -> Needs:
    """Return what needs these actions, all on one resource."""
    return lambda given, place: [Need(action, resource(given, place)) for action in actions]


def anywhere(*actions: str) -> Needs:
    """Return what needs these actions, which are about no resource."""
    return lambda _given, _place: [Need(action) for action in actions]
