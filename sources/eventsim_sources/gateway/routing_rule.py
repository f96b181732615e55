"""Which requests to a domain does a rule take? By headers and the beginning of the path, the least priority first.

All conditions of a rule hold together; one holds if any of its alternatives does, and a rule without conditions takes
every request (documented).
"""

from collections.abc import Iterable

from msgspec import Struct

from eventsim import HttpRequest

ONLY_RULES = "ROUTING_RULE_ONLY"
RULES_FIRST = "ROUTING_RULE_THEN_API_MAPPING"
"""The routing modes in which rules count."""


class RoutingRule(Struct, frozen=True, kw_only=True):
    """A rule of a domain.

    Attributes:
        headers: conditions, each with alternatives: the name of a header, and what its value is like.
        base_paths: beginnings of paths without slashes at their ends, None for any.
        strips: whether the API gets the path without its beginning.
    """

    id: str
    priority: int
    api_id: str
    stage: str
    headers: tuple[tuple[tuple[str, str], ...], ...] = ()
    base_paths: tuple[str, ...] | None = None
    strips: bool = False

    def base_of(self, request: HttpRequest) -> str | None:
        """Return which base path the rule takes of a request, "" for any, None if it does not take the request."""
        given = request.headers
        for alternatives in self.headers:
            if not any(
                name.lower() in given and _is_like(given.get(name.lower()), glob) for name, glob in alternatives
            ):
                return None
        if self.base_paths is None:
            return ""
        fitting = [base for base in self.base_paths if begins(request.path, base)]
        return max(fitting, key=len, default=None)


def first_of(rules: Iterable[RoutingRule], request: HttpRequest) -> tuple[RoutingRule, str] | None:
    """Return the rule that takes a request, with the base path that it takes; None if none does."""
    for rule in sorted(rules, key=lambda each: each.priority):
        base = rule.base_of(request)
        if base is not None:
            return rule, base
    return None


def begins(path: str, base: str) -> bool:
    """Tell whether a path begins with a base path."""
    return not base or f"{path}/".startswith(f"/{base}/")


def _is_like(value: str, glob: str) -> bool:
    """Tell whether a value is like a text with `*` at its beginning, its end, or both."""
    bare = glob.strip("*")
    if glob.startswith("*") and glob.endswith("*"):
        return bare in value
    if glob.startswith("*"):
        return value.endswith(bare)
    return value.startswith(bare) if glob.endswith("*") else value == glob
