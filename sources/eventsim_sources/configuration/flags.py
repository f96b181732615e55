"""What is in a profile of feature flags? Definitions and values; clients get the values, of those that are on.

The document has the members `version` (always "1"), `flags` and `values` (documented). A flag that is on is told with
its attributes, one that is off as `{"enabled": false}`; what begins with `_` is AppConfig's own and is told to nobody.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from eventsim import load_json
from eventsim_sources.json_text import json_text

_KEY = re.compile(r"[a-z][a-zA-Z\d_-]{0,63}")
_MEMBERS = frozenset({"version", "flags", "values"})
_OF_FLAG = frozenset({"name", "description", "attributes"})
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
}
_NUMBER, _TEXT, _LIST = ((int, float), "a number"), ((str,), "a text"), ((list,), "a list")
_CONSTRAINTS: Mapping[str, Mapping[str, tuple[tuple[type, ...], str]]] = {
    "string": {"pattern": _TEXT, "enum": _LIST},
    "number": {"minimum": _NUMBER, "maximum": _NUMBER},
    "boolean": {},
    "array": {"elements": ((dict,), "an object")},
}
"""The constraints that an attribute of a type may have (documented), and what they are."""


def flaws(content: bytes) -> list[str]:
    """Return what is wrong with a document, nothing if it can be deployed."""
    try:
        document = load_json(content)
    except ValueError as error:
        return [f"the content is no JSON: {error}"]
    return list(_flaws(document))


def handed_out(content: bytes) -> bytes:
    """Return what clients get of a document."""
    values: Mapping[str, Mapping[str, Any]] = load_json(content)["values"]
    told = {key: _of_value(value) for key, value in values.items()}
    return json_text(told).encode()


def _of_value(value: Mapping[str, Any]) -> dict[str, Any]:
    if not value["enabled"]:
        return {"enabled": False}
    return {name: each for name, each in value.items() if not name.startswith("_")}


def _flaws(document: Any) -> Iterator[str]:
    if not isinstance(document, dict) or _MEMBERS - document.keys():
        yield "the content is an object with `version`, `flags` and `values`"
        return
    yield from (f"there is no member `{name}`" for name in document if name not in _MEMBERS)
    if document["version"] != "1":
        yield f'`version` is "1", and not {json.dumps(document["version"])}'
    flags, values = document["flags"], document["values"]
    if not isinstance(flags, dict) or not isinstance(values, dict):
        yield "`flags` and `values` are objects"
        return
    found = {key: list(_flaws_of_flag(f"flags.{key}", key, flag)) for key, flag in flags.items()}
    for flaws_of_flag in found.values():
        yield from flaws_of_flag
    for key, value in values.items():
        if key not in flags:
            yield f"values.{key}: there is no flag `{key}`"
        elif not found[key]:
            yield from _flaws_of_value(f"values.{key}", value, flags[key].get("attributes") or {})


def _flaws_of_flag(place: str, key: str, flag: Any) -> Iterator[str]:
    if not _KEY.fullmatch(key):
        yield f"{place}: a key begins with a small letter, and has letters, digits, `_` and `-`, up to 64"
    if not isinstance(flag, dict):
        yield f"{place} is an object"
        return
    if "name" not in flag:
        yield f"{place}: a flag needs a `name`"
    yield from (f"{place}: there is no member `{name}`" for name in flag if not _is_known(name, _OF_FLAG))
    attributes = flag.get("attributes") or {}
    if not isinstance(attributes, dict):
        yield f"{place}.attributes is an object"
        return
    for name, attribute in attributes.items():
        if isinstance(attribute, dict):
            yield from _flaws_of_constraints(f"{place}.attributes.{name}.constraints", attribute.get("constraints", {}))
        else:
            yield f"{place}.attributes.{name} is an object"


def _flaws_of_constraints(place: str, constraints: Any) -> Iterator[str]:
    if not isinstance(constraints, dict) or constraints.get("type") not in (None, *_CONSTRAINTS):
        yield f"{place} is an object whose `type` is one of {', '.join(_CONSTRAINTS)}"
        return
    known = _CONSTRAINTS.get(constraints.get("type", ""), {})
    for name, value in constraints.items():
        if name in known:
            types, what = known[name]
            if not isinstance(value, types) or isinstance(value, bool):
                yield f"{place}.{name} is {what}"
        elif not _is_known(name, frozenset({"type", "required"})):
            yield f"{place}: there is no member `{name}` for this type"
    yield from _flaws_of_pattern(f"{place}.pattern", constraints.get("pattern"))
    if isinstance(constraints.get("elements"), dict):
        yield from _flaws_of_constraints(f"{place}.elements", constraints["elements"])


def _flaws_of_pattern(place: str, pattern: Any) -> Iterator[str]:
    try:
        re.compile(pattern if isinstance(pattern, str) else "")
    except re.error as error:
        yield f"{place} is no regular expression of Python's: {error}"


def _flaws_of_value(place: str, value: Any, attributes: Mapping[str, Any]) -> Iterator[str]:
    if not isinstance(value, dict) or not isinstance(value.get("enabled"), bool):
        yield f"{place}: a value has `enabled`, true or false"
        return
    if "_variants" in value:
        yield f"{place}: variants (`_variants`) are not simulated"
    for name, each in value.items():
        if name in attributes:
            constraints = attributes[name].get("constraints") or {}
            yield from _flaws_of_attribute(f"{place}.{name}", each, constraints)
        elif not _is_known(name, frozenset({"enabled"})):
            yield f"{place}: the flag has no attribute `{name}`"
    for name, attribute in attributes.items():
        is_required = (attribute.get("constraints") or {}).get("required")
        if is_required and name not in value:
            yield f"{place}: the attribute `{name}` is required"


def _flaws_of_attribute(place: str, value: Any, constraints: Mapping[str, Any]) -> Iterator[str]:
    kind = constraints.get("type")
    is_boolean = isinstance(value, bool)
    if not isinstance(value, _TYPES.get(str(kind), ())) or is_boolean is not (kind == "boolean"):
        yield f"{place} is of type {kind}"
        return
    if isinstance(value, list):
        for number, each in enumerate(value):
            yield from _flaws_of_attribute(f"{place}[{number}]", each, constraints.get("elements") or {})
    if "minimum" in constraints and value < constraints["minimum"]:
        yield f"{place} is at least {constraints['minimum']}"
    if "maximum" in constraints and value > constraints["maximum"]:
        yield f"{place} is at most {constraints['maximum']}"
    if isinstance(value, str) and not re.search(constraints.get("pattern", ""), value):
        yield f"{place} matches {constraints['pattern']}"
    if "enum" in constraints and value not in constraints["enum"]:
        yield f"{place} is one of {json.dumps(constraints['enum'])}"


def _is_known(name: str, known: frozenset[str]) -> bool:
    return name in known or name.startswith("_")
