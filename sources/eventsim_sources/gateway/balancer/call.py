"""What does an operation of load balancers get to work with? The world's register, and what was given."""

import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Request, World
from eventsim_sources.gateway.balancer.register import Register
from eventsim_sources.paging import page
from eventsim_sources.without_effect import WithoutEffect

_PAGE_MAX = 400


class Call(Struct, frozen=True):
    """One call of an operation."""

    world: World
    register: Register
    request: Request

    @property
    def given(self) -> dict[str, Any]:
        """The parameters that were given."""
        return {name: value for name, value in self.request.parameters.items() if value is not None}

    def tell_without_effect(self, what: str, reason: str) -> None:
        """Record that something is kept and changes nothing."""
        self.world.share(WithoutEffect).tell(self.request, what, reason)

    def wanted(self, parameter: str) -> list[str]:
        """Return a parameter that is a list of texts."""
        return list(self.given.get(parameter) or ())

    def page(self, name: str, items: list[Any]) -> dict[str, Any]:
        """Return one page of a list under its name, with the marker of the next.

        Raises:
            ApiError: the marker is none of ours.
        """
        shown, more = page(items, self.given, _PAGE_MAX, refused("Invalid marker"), place="Marker", limit="PageSize")
        return {name: shown, **({"NextMarker": more["Marker"]} if more else {})}


def tags_of(given: Any) -> dict[str, str]:
    """Return tags, or attributes, by key.

    Raises:
        ApiError: one has none, or two have the same.
    """
    if any(each.get("Key") is None for each in given or ()):
        raise refused("A key must be specified")
    if len({each["Key"] for each in given or ()}) < len(given or ()):
        raise ApiError("DuplicateTagKeys", "A tag key was specified more than once")
    return {each["Key"]: each.get("Value", "") for each in given or ()}


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return values as lists of keys and values, as these operations tell them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


_NAME = re.compile(r"[A-Za-z0-9-]+")
_NAME_MAX = 32


def check_name(what: str, name: str) -> None:
    """See that something may be called so.

    Raises:
        ApiError: it may not.
    """
    if len(name) > _NAME_MAX:
        raise refused(f"{what} name '{name}' cannot be longer than '{_NAME_MAX}' characters")
    if not _NAME.fullmatch(name):
        words = "can only contain characters that are alphanumeric characters and hyphens(-)"
        raise refused(f"{what} name '{name}' {words}")
    if name.startswith("-") or name.endswith("-"):
        raise refused(f"{what} name '{name}' cannot begin or end with a hyphen(-)")


def changed_attributes(
    call: Call, what: str, held: Mapping[str, str], *, known: tuple[str, ...], heeded: tuple[str, ...]
) -> dict[str, str]:
    """Return attributes with those that a call gives.

    Args:
        known: with what those begin that there are.
        heeded: those that have an effect here; of others the trace tells.

    Raises:
        ApiError: there is no such attribute.
    """
    given = tags_of(call.given["Attributes"])
    for key, value in given.items():
        if not key.startswith(known):
            raise refused(f"{what} attribute key '{key}' is not recognized")
        if not value.isdecimal() and key.endswith("_seconds"):
            raise refused(f"{what} attribute value '{value}' is invalid for key '{key}'")
        if key not in heeded and held.get(key) != value:
            call.tell_without_effect(f"the attribute {key}", "it is kept and told")
    return {**held, **given}


def refused(message: str) -> ApiError:
    """Return the refusal of what makes no sense."""
    return ApiError("ValidationError", message)


def missing(what: str, message: str) -> ApiError:
    """Return the refusal of what is not there."""
    return ApiError(f"{what}NotFound", message)


def duplicate(what: str, message: str) -> ApiError:
    """Return the refusal of what is there already."""
    return ApiError(f"Duplicate{what}Name" if what != "Listener" else "DuplicateListener", message)
