"""What does an operation of load balancers get to work with? The world's register, and what was given."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, World
from eventsim_sources.gateway.balancer.register import Register

_PAGE_MAX = 400


class Call(Struct, frozen=True):
    """One call of an operation."""

    world: World
    register: Register
    given: Mapping[str, Any]

    def wanted(self, parameter: str) -> list[str]:
        """Return a parameter that is a list of texts."""
        return list(self.given.get(parameter) or ())

    def page(self, name: str, items: list[Any]) -> dict[str, Any]:
        """Return one page of a list under its name, with the marker of the next.

        Raises:
            ApiError: the marker is none of ours.
        """
        marker = str(self.given.get("Marker") or "0")
        if not marker.isdecimal():
            raise ApiError("ValidationError", "Invalid marker")
        begin = int(marker)
        end = begin + int(self.given.get("PageSize") or _PAGE_MAX)
        told: dict[str, Any] = {name: items[begin:end]}
        return {**told, "NextMarker": str(end)} if end < len(items) else told


def tags_of(given: Any) -> dict[str, str]:
    """Return tags by key."""
    return {each["Key"]: each.get("Value", "") for each in given or ()}


def pairs(values: Mapping[str, str]) -> list[dict[str, str]]:
    """Return values as lists of keys and values, as these operations tell them."""
    return [{"Key": key, "Value": value} for key, value in values.items()]


def missing(what: str, message: str) -> ApiError:
    """Return the refusal of what is not there."""
    return ApiError(f"{what}NotFound", message)


def duplicate(what: str, message: str) -> ApiError:
    """Return the refusal of what is there already."""
    return ApiError(f"Duplicate{what}Name" if what != "Listener" else "DuplicateListener", message)
