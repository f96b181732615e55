"""Where in an item does a document path lead, and do two paths get in each other's way?

A path is a tuple whose first element is a name, and whose further ones are names (of a map) or indices (of a list).
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from eventsim_sources.table.expression.errors import invalid
from eventsim_sources.table.value import AttributeValue, Item

DocumentPath: TypeAlias = tuple[str | int, ...]


def find(item: Mapping[str, AttributeValue], path: DocumentPath) -> AttributeValue | None:
    """Return the value at the path, or None where there is nothing."""
    value = item.get(path[0])  # type: ignore[arg-type]  # the first element is a name
    for element in path[1:]:
        if value is None:
            return None
        value = below(value, element)
    return value


def below(value: AttributeValue, element: str | int) -> AttributeValue | None:
    """Return the member of a map or the element of a list, or None where there is none."""
    if isinstance(element, str):
        members: dict[str, AttributeValue] = value.get("M", {})
        return members.get(element)
    elements: list[AttributeValue] = value.get("L", [])
    return elements[element] if element < len(elements) else None


def shown_path(path: DocumentPath) -> str:
    """Write a path as AWS's messages do: `[a, b, [1]]`."""
    return f"[{', '.join(f'[{element}]' if isinstance(element, int) else element for element in path)}]"


def check_apart(paths: Sequence[DocumentPath], what: str) -> None:
    """Check that no path leads into another, and that none takes for a map what another takes for a list.

    Raises:
        ApiError: ValidationException, naming the first two that do.
    """
    seen: list[DocumentPath] = []
    for path in paths:
        for other in seen:
            fault = _quarrel(other, path)
            if fault:
                raise invalid(
                    what,
                    f"Two document paths {fault} with each other; must remove or rewrite one of these paths; "
                    f"path one: {shown_path(other)}, path two: {shown_path(path)}",
                )
        seen.append(path)


def projected(item: Mapping[str, AttributeValue], paths: Iterable[DocumentPath]) -> Item:
    """Return only what lies at the paths, within the maps and lists that hold it; elements of lists close up."""
    branches: dict[str | int, Any] = {}
    for path in paths:
        if find(item, path) is None:
            continue
        branch = branches
        for element in path[:-1]:
            branch = branch.setdefault(element, {})
            if branch is _WHOLE:
                break
        else:
            branch[path[-1]] = _WHOLE
    return {str(name): _pruned(item[str(name)], branch) for name, branch in branches.items()}


_WHOLE: Mapping[str | int, Any] = {}
"""Stands in a tree of branches where the whole value is wanted."""


def _pruned(value: AttributeValue, branches: Mapping[str | int, Any]) -> AttributeValue:
    if branches is _WHOLE:
        return value
    if "M" in value:
        return {"M": {name: _pruned(value["M"][name], branch) for name, branch in branches.items()}}
    return {"L": [_pruned(value["L"][index], branches[index]) for index in sorted(branches, key=int)]}


def _quarrel(one: DocumentPath, two: DocumentPath) -> str:
    """Tell what is wrong with two paths: `overlap`, `conflict` or nothing."""
    for left, right in zip(one, two, strict=False):
        if isinstance(left, int) != isinstance(right, int):
            return "conflict"
        if left != right:
            return ""
    return "overlap"
