"""What do calls of STS need? To become a role, the role must be allowed; who one is, everybody may ask."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Need, Needs, Place, anywhere, text_in

_KEYS: Final = ("ExternalId", "RoleSessionName", "SourceIdentity")
_FREE: Final = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetCallerIdentity", "GetSessionToken")
"""What nobody signs, and what needs no permission (STS API reference)."""


def _assume_role(given: Mapping[str, Any], _place: Place) -> Iterable[Need]:
    """Return what a role's session needs, its tags and its source identity among it."""
    keys: dict[str, tuple[str, ...]] = {f"sts:{name}": (text_in(given, name),) for name in _KEYS if given.get(name)}
    keys.setdefault("sts:ExternalId", ())  # who trusts only those that name it lets nobody else in
    passed_on = given.get("TransitiveTagKeys")
    if isinstance(passed_on, list | tuple) and passed_on:
        keys["sts:TransitiveTagKeys"] = tuple(map(str, passed_on))
    actions = {"Tags": "sts:TagSession", "SourceIdentity": "sts:SetSourceIdentity"}
    asked = ["sts:AssumeRole", *(action for name, action in actions.items() if given.get(name))]
    return [Need(action, text_in(given, "RoleArn"), keys) for action in asked]


def _federate(given: Mapping[str, Any], place: Place) -> Iterable[Need]:
    arn = f"arn:aws:sts::{place.account_id}:federated-user/{text_in(given, 'Name')}"
    asked = ["sts:GetFederationToken", *(["sts:TagSession"] if given.get("Tags") else [])]
    return [Need(action, arn) for action in asked]


def _nothing(_given: Mapping[str, Any], _place: Place) -> Iterable[Need]:
    return []


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **dict.fromkeys(_FREE, _nothing),
        "AssumeRole": _assume_role,
        "DecodeAuthorizationMessage": anywhere("sts:DecodeAuthorizationMessage"),
        "GetAccessKeyInfo": anywhere("sts:GetAccessKeyInfo"),
        "GetFederationToken": _federate,
    }
)
