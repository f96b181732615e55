"""Does a body fit a model, and what is wrong with it? JSON Schema, draft 4, in the words of the library that AWS uses.

Those words are what `$context.error.validationErrorString` says. As there, what is inside something is looked at only
when the thing itself fits.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from eventsim import ConfigurationError, load_json
from eventsim_sources.json_text import json_text

_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))


def flaws(schema: str, models: tuple[tuple[str, str], ...], body: Any) -> list[str]:
    """Return what is wrong with a body, nothing if it fits.

    Args:
        models: names and schemas of the API's models, to which the schema may refer.
    """
    validator = _validator(schema, models)
    from referencing.exceptions import Unresolvable

    try:
        errors = list(validator.iter_errors(body))
    except (Unresolvable, RecursionError, re.error) as error:  # unconfirmed: what AWS does with such a model
        return [f"the model refers to what is not in it, or has a pattern that cannot be read: {error}"]
    places = {tuple(error.absolute_path) for error in errors}
    outer = [error for error in errors if not _is_within(tuple(error.absolute_path), places)]
    found = sorted(outer, key=lambda error: (list(map(str, error.absolute_path)), str(error.validator)))
    return list(dict.fromkeys(_words(error) for error in found))


def _is_within(place: tuple[Any, ...], places: set[tuple[Any, ...]]) -> bool:
    return any(place[:depth] in places for depth in range(len(place)))


@lru_cache(maxsize=100)
def _validator(schema: str, models: tuple[tuple[str, str], ...]) -> Any:
    try:
        import jsonschema
        from referencing import Registry
    except ImportError:
        raise ConfigurationError(
            "bodies are checked against models by jsonschema: pip install 'eventsim[apis]'"
        ) from None
    document = with_definitions(load_json(schema), dict(models))
    nowhere: Registry[Any] = Registry()  # no reference leads into the network
    return jsonschema.Draft4Validator(document, registry=nowhere)


def references(schema: Any) -> Iterator[str]:
    """Yield the references of a schema to other models."""
    if isinstance(schema, list):
        for each in schema:
            yield from references(each)
    elif isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str) and not reference.startswith("#"):
            yield reference
        for each in schema.values():
            yield from references(each)


def with_definitions(schema: Any, models: Mapping[str, str]) -> Any:
    """Let references to other models of the API lead to definitions in the document."""
    used: dict[str, Any] = {}

    def moved(value: Any) -> Any:
        if isinstance(value, list):
            return [moved(each) for each in value]
        if not isinstance(value, dict):
            return value
        reference = value.get("$ref")
        if isinstance(reference, str) and "/models/" in reference:
            name = reference.rpartition("/")[2]
            if name in models and name not in used:
                used[name] = {}
                used[name] = moved(load_json(models[name]))
            return {**value, "$ref": f"#/definitions/{name}"}
        return {name: moved(each) for name, each in value.items()}

    document = moved(schema)
    if used and isinstance(document, dict):
        document = {**document, "definitions": {**document.get("definitions", {}), **used}}
    return document


# --- words -------------------------------------------------------------------------------------------------


def _words(error: Any) -> str:
    value, limit, schema = error.instance, error.validator_value, error.schema
    match error.validator:
        case "type":
            allowed = json_text(sorted(limit if isinstance(limit, list) else [limit]))
            return f"instance type ({_type(value)}) does not match any allowed primitive type (allowed: {allowed})"
        case "required":
            return f"object has missing required properties ({json_text(sorted(set(limit) - set(value)))})"
        case "additionalProperties":
            extra = sorted(set(value) - set(schema.get("properties", {})))
            return f"object instance has properties which are not allowed by the schema: {json_text(extra)}"
        case "enum":
            return f"instance value ({json_text(value)}) not found in enum (possible values: {json_text(limit)})"
        case "pattern":
            return f"ECMA 262 regex {json_text(limit)} does not match input string {json_text(value)}"
        case "format":
            return f"string {json_text(value)} is invalid against requested format {limit}"
        case "uniqueItems":
            return "array must not contain duplicate elements"
        case "anyOf" | "oneOf" | "not":
            return _of_combination(error)
    return _of_size(str(error.validator), value, limit, schema) or str(error.message)


def _of_size(keyword: str, value: Any, limit: Any, schema: Mapping[str, Any]) -> str:
    match keyword:
        case "minLength":
            return f"string {json_text(value)} is too short (length: {len(value)}, required minimum: {limit})"
        case "maxLength":
            return f"string {json_text(value)} is too long (length: {len(value)}, maximum allowed: {limit})"
        case "minimum" if schema.get("exclusiveMinimum") and value == limit:
            return f"numeric instance is not strictly greater than the required minimum {json_text(limit)}"
        case "minimum":
            found = f"(minimum: {json_text(limit)}, found: {json_text(value)})"
            return f"numeric instance is lower than the required minimum {found}"
        case "maximum" if schema.get("exclusiveMaximum") and value == limit:
            return f"numeric instance is not strictly lower than the required maximum {json_text(limit)}"
        case "maximum":
            found = f"(maximum: {json_text(limit)}, found: {json_text(value)})"
            return f"numeric instance is greater than the required maximum {found}"
        case "multipleOf":
            return f"remainder of division is not zero ({json_text(value)} / {json_text(limit)})"
        case "minItems":
            return f"array is too short: must have at least {limit} elements but instance has {len(value)} elements"
        case "maxItems":
            return f"array is too long: must have at most {limit} elements but instance has {len(value)} elements"
        case "minProperties":
            return f"object has too few properties (found {len(value)} but schema requires at least {limit})"
        case "maxProperties":
            return f"object has too many properties (found {len(value)} but schema requires at most {limit})"
    return ""


def _of_combination(error: Any) -> str:
    wanted = len(error.validator_value)
    failed = {each.schema_path[0] for each in error.context}
    match error.validator:
        case "anyOf":
            return f"instance failed to match at least one required schema among {wanted}"
        case "oneOf":
            return f"instance failed to match exactly one schema (matched {wanted - len(failed)} out of {wanted})"
    return "instance matched a schema which it should not have"


def _type(value: Any) -> str:
    return next((name for kind, name in _TYPES if isinstance(value, kind)), "null")
