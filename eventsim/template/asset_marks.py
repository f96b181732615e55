"""How does CDK put into files what is known only when a template is deployed? By marks, written as each file wants it.

The ways to write are those of the function behind `BucketDeployment`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from eventsim.errors import ConfigurationError

Marks = Mapping[str, Any]

_PLAIN_YAML: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_YAML_RESERVED: Final = frozenset(("y", "n", "yes", "no", "true", "false", "on", "off", "null"))


def for_each(sources: Sequence[object], given: Sequence[Marks] | None, what: str) -> list[Marks]:
    """Return what is given for each source; CDK leaves out the empty ones at the end.

    Raises:
        ConfigurationError: there are more than there are sources.
    """
    found = [each or {} for each in given or ()]
    if len(found) > len(sources):
        raise ConfigurationError(f"Can never have more {what} ({len(found)}) than SourceObjectKeys ({len(sources)})")
    return found + [{}] * (len(sources) - len(found))


def filled(content: bytes, marks: Marks, settings: Marks) -> bytes:
    """Return a file with the values of marks in their place.

    Raises:
        ConfigurationError: a value cannot be written in the way that is asked for.
    """
    in_json = str(settings.get("jsonEscape", False)).lower() == "true"
    encodings: Mapping[str, str] = settings.get("markerEncodings") or {}
    for mark, value in marks.items():
        encoding = encodings.get(mark, "UNQUOTED_JSON_VALUE" if in_json else "LITERAL")
        content = content.replace(mark.encode(), _written(mark, _as_text(value), encoding).encode())
    return content


def _as_text(value: object) -> object:
    """Return a scalar as custom resources get it: as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, dict | list) else str(value)


def _written(mark: str, value: object, encoding: str) -> str:
    in_json = json.dumps(value)
    match encoding:
        case "JSON_VALUE":
            return in_json
        case "UNQUOTED_JSON_VALUE":
            return in_json[1:-1] if isinstance(value, str) else in_json
        case "LITERAL" | "YAML_STRING" if not isinstance(value, str):
            raise ConfigurationError(f"Expected a string for {encoding} encoding for marker {mark}")
        case "LITERAL":
            return str(value)
        case "YAML_STRING":
            text = str(value)
            return text if _PLAIN_YAML.fullmatch(text) and text.lower() not in _YAML_RESERVED else in_json
    raise ConfigurationError(f"Unknown marker encoding: {encoding}")
