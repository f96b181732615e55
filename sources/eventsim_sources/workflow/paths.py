"""How is a value put where a path of the states language leads?"""

from typing import Any

from eventsim_sources.json_path import Path, PathError, parse_path


def placed(document: Any, path: str, value: Any) -> Any:
    """Return a document with a value where a definite path leads; objects on the way are made, none is changed.

    Raises:
        PathError: something else stands in the way, or the path names more than one place.
    """
    parsed = parse_path(path)
    if not all(segment.kind in ("name", "index") for segment in parsed.segments):
        raise PathError(f"Invalid path '{path}' : it must name one place")
    return _placed(document, parsed, 0, value)


def _placed(document: Any, path: Path, depth: int, value: Any) -> Any:
    if depth == len(path.segments):
        return value
    segment = path.segments[depth]
    if segment.kind == "name" and isinstance(document, dict):
        inner = document.get(segment.value, {})
        return {**document, segment.value: _placed(inner, path, depth + 1, value)}
    if segment.kind == "index" and isinstance(document, list) and 0 <= segment.value < len(document):
        inner = _placed(document[segment.value], path, depth + 1, value)
        return [*document[: segment.value], inner, *document[segment.value + 1 :]]
    raise PathError(f"Unable to apply ReferencePath {path.text} to input")
