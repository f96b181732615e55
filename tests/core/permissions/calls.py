"""What do calls need that somebody makes in Ireland? Shared by the tests of the tables."""

from collections.abc import Mapping
from typing import Any

from eventsim.permissions.need import Place
from eventsim.permissions.needs import needs_of
from tests.core.permissions.test_needs import HERE


def asked(service: str, operation: str, /, place: Place = HERE, **parameters: Any) -> list[tuple[str, str]]:
    """Return the actions that a call needs, each with its resource."""
    return [(need.action, need.resource) for need in needs_of(service, operation, parameters, place)]


def keys(service: str, operation: str, /, **parameters: Any) -> Mapping[str, tuple[str, ...]]:
    """Return the condition keys that a call has for the first thing that it needs."""
    first = next(iter(needs_of(service, operation, parameters, HERE)))
    return {key: values for key, values in first.keys.items() if values}
