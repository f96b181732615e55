"""By what does a connection authorize itself? `AuthParameters`, checked and changed; pure."""

from collections.abc import Mapping
from typing import Any

from eventsim_sources.bus import errors

_WANTED: Mapping[str, tuple[str, ...]] = {
    "BASIC": ("BasicAuthParameters.Username", "BasicAuthParameters.Password"),
    "API_KEY": ("ApiKeyAuthParameters.ApiKeyName", "ApiKeyAuthParameters.ApiKeyValue"),
    "OAUTH_CLIENT_CREDENTIALS": (
        "OAuthParameters.AuthorizationEndpoint",
        "OAuthParameters.HttpMethod",
        "OAuthParameters.ClientParameters.ClientID",
        "OAuthParameters.ClientParameters.ClientSecret",
    ),
}
"""Kinds of authorization → what each needs. The model leaves it to the service: an update need not say all."""


def merged(kind: str, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters for a kind of authorization: those that are given, in the place of what there was.

    Raises:
        ApiError: there is no such kind, it needs more, or some that are given are for another (documented).
    """
    if kind not in _WANTED:
        must = f"Member must satisfy enum value set: [{', '.join(_WANTED)}]"
        raise errors.constraint(kind, "authorizationType", must)
    own = (_WANTED[kind][0].partition(".")[0], "InvocationHttpParameters")
    other = next((name for name in given if name not in own), "")
    if other:  # unconfirmed words
        raise errors.parameter(f"AuthParameters.{other}", f"it is not for {kind}.")
    parameters = _changed({name: value for name, value in before.items() if name in own}, given)
    missing = next(filter(None, (_missing(parameters, path) for path in _WANTED[kind])), "") or _keyless(parameters)
    if missing:  # unconfirmed words
        raise errors.validation(f"Missing required parameter in AuthParameters: {missing}.")
    return parameters


def _missing(parameters: Mapping[str, Any], path: str) -> str:
    """Return how far a path must be followed to find nothing, "" if it leads to something."""
    found: Any = parameters
    names = path.split(".")
    for number, name in enumerate(names, 1):
        found = found.get(name)
        if found is None:
            return ".".join(names[:number])
    return ""


def _keyless(parameters: Mapping[str, Any]) -> str:
    """Return where among the parameters for requests one has no key, "" for nowhere."""
    of_oauth = (parameters.get("OAuthParameters") or {}).get("OAuthHttpParameters")
    groups = {"InvocationHttpParameters": parameters.get("InvocationHttpParameters"), "OAuthHttpParameters": of_oauth}
    for name, group in groups.items():
        for member, values in (group or {}).items():
            if not all(each.get("Key") for each in values):
                return f"{name}.{member}.Key"
    return ""


def _changed(before: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return members with those that are given in the place of what there was; within them as well."""
    parameters = dict(before)
    for name, value in given.items():
        earlier = parameters.get(name)
        if isinstance(earlier, Mapping) and isinstance(value, Mapping):
            parameters[name] = _changed(earlier, value)
        else:
            parameters[name] = value
    return parameters
