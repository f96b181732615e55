"""What did the request say? Typed looks into parameters, and the pages of lists."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

from eventsim import BUS, Pattern, PatternError, Request, compile_pattern
from eventsim_sources.bus import errors
from eventsim_sources.bus.directory import Directory
from eventsim_sources.bus.event import instant
from eventsim_sources.bus.limits import NAME, PAGE_MAX
from eventsim_sources.paging import page_by_name

T = TypeVar("T")


class _Given(dict[str, Any]):
    """The parameters of a request; one that is wanted and is not there is refused."""

    def __missing__(self, name: str) -> Any:
        raise errors.absent(f"{name[0].lower()}{name[1:]}")


class Call:
    """One request, and where it is carried out."""

    def __init__(self, directory: Directory, request: Request) -> None:
        self.directory = directory
        self.world = directory.world
        self.request = request
        self.given: Mapping[str, Any] = _Given(request.parameters)

    def text(self, name: str) -> str:
        """Return a text, "" if it was not given."""
        return str(self.given.get(name) or "")

    def name(self, name: str = "Name") -> str:
        """Return a name that is wanted."""
        return str(self.given[name])

    def instant(self, name: str) -> datetime:
        """Return an instant that is wanted.

        Raises:
            ApiError: it is none.
        """
        return read_instant(self.given.get(name), name)

    def pattern(self, name: str = "EventPattern", *, length_max: int) -> Pattern | None:
        """Return a pattern, None if there is none.

        Raises:
            ApiError: it is not legal.
        """
        text = self.given.get(name)
        return None if text is None else read_pattern(str(text), length_max=length_max)

    def kept(self, names: Sequence[str], before: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
        """Return those settings of a resource that have these names, given or as before; "" takes one away."""
        settings = {name: before.get(name) if self.given.get(name) is None else self.given[name] for name in names}
        return {name: value for name, value in settings.items() if value not in (None, "")}

    def page(self, items: Sequence[T], key: Callable[[T], str]) -> tuple[list[T], dict[str, str]]:
        """Return one page of items in order of their names, and the token for the next.

        Raises:
            ApiError: the token is none of ours.
        """
        ordered = [(key(item), item) for item in sorted(items, key=key)]
        limit = int(self.given.get("Limit") or self.given.get("MaxResults") or PAGE_MAX)
        refusal = errors.validation("The token is invalid.")  # unconfirmed words
        return page_by_name(ordered, self.text("NextToken"), limit, refusal)

    def check_filters(self, *names: str) -> None:
        """See that a list is filtered by one of some parameters at most.

        Raises:
            ApiError: it is filtered by more (recorded).
        """
        if sum(self.given.get(name) is not None for name in names) > 1:
            listed = f"{', '.join(names[:-1])}, or {names[-1]}"
            message = f"At most one filter is allowed for {self.request.operation}. Use either : {listed}."
            raise errors.validation(message)


def read_pattern(text: str, *, length_max: int) -> Pattern:
    """Compile a pattern.

    Raises:
        ApiError: it is not legal.
    """
    if len(text) > length_max:
        reason = f"Event pattern must have length less than or equal to {length_max}"  # unconfirmed words
        raise errors.bad_pattern(f"Event pattern is not valid. Reason: {reason}")
    try:
        return compile_pattern(text, BUS)
    except PatternError as error:
        raise errors.bad_pattern(error.message) from None


def read_instant(value: Any, name: str) -> datetime:
    """Return an instant.

    Raises:
        ApiError: it is none.
    """
    try:
        return instant(value)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise errors.parameter(name, "it is no date and time.") from None


def checked_name(value: str, path: str, *, length_max: int = 64) -> str:
    """Return a name such as AWS takes.

    Raises:
        ApiError: it is not; the words are recorded.
    """
    if len(value) > length_max:
        raise errors.constraint(value, path, f"Member must have length less than or equal to {length_max}")
    if not re.fullmatch(NAME, value):
        raise errors.constraint(value, path, f"Member must satisfy regular expression pattern: {NAME}")
    return value


def present(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what there is: members that are None are left out."""
    return {name: value for name, value in values.items() if value is not None}


def tags_of(given: Sequence[Mapping[str, str]] | None) -> dict[str, str]:
    """Return tags by key."""
    return {tag["Key"]: tag["Value"] for tag in given or ()}
