"""What does a JSON path find in a body? As templates and mappings of parameters ask."""

from typing import Any

from eventsim_sources.gateway.template.tree import TemplateMistake
from eventsim_sources.json_path import PathError, parse_path


def find(data: Any, path: str) -> Any:
    """Return what a path finds; None if it names a place that is not there, a list if it may find many.

    Raises:
        TemplateMistake: it is none.
    """
    text = path.strip()
    try:
        parsed = parse_path(text if text.startswith("$") else f"$.{text}")
    except PathError as error:
        raise TemplateMistake(str(error)) from None
    try:
        return parsed.find(data)
    except PathError:
        return None
