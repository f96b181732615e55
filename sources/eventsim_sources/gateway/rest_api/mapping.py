"""What goes where between a method and its integration? `integration.request.header.x: method.request.header.y`."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import load_json
from eventsim_sources.gateway.rest_api.turn import Turn
from eventsim_sources.gateway.template.json_path import find
from eventsim_sources.gateway.template.methods import shown
from eventsim_sources.gateway.template.tree import TemplateMistake


class Outgoing(Struct, frozen=True):
    """What an integration is sent besides its body."""

    headers: dict[str, str]
    query: dict[str, str]
    path: dict[str, str]


def outgoing(turn: Turn, parameters: Mapping[str, str], context: Mapping[str, Any]) -> Outgoing:
    """Return what an integration's request parameters say for a request."""
    made = Outgoing({}, {}, {})
    places = {"header": made.headers, "querystring": made.query, "path": made.path}
    for target, source in parameters.items():
        parts = target.split(".", 3)
        if len(parts) != 4 or parts[2] not in places:
            continue
        value = of_request(turn, source, context)
        if value is not None:
            places[parts[2]][parts[3]] = value
    override = context.get("requestOverride", {})
    made.headers.update(_texts(override.get("header")))
    made.query.update(_texts(override.get("querystring")))
    made.path.update(_texts(override.get("path")))
    return made


def of_request(turn: Turn, source: str, context: Mapping[str, Any]) -> str | None:
    """Return the value of a mapping expression over a request: a reference, or a text in single quotes."""
    source = source.strip()
    if source.startswith("'"):
        return source.strip("'")
    first, _, rest = source.partition(".")
    match first:
        case "context":
            return _text(_walk(context, rest))
        case "stageVariables":
            return turn.stage.variables.get(rest)
        case "method":
            return _of_method(turn, rest)
    return None


def _of_method(turn: Turn, rest: str) -> str | None:
    parts = rest.split(".", 2)
    name = parts[2] if len(parts) > 2 else ""
    match parts[1] if len(parts) > 1 else "":
        case "header" | "multivalueheader":
            return turn.header(name)
        case "querystring" | "multivaluequerystring":
            return turn.query().get(name)
        case "path":
            return turn.parameters.get(name)
        case "body":
            return turn.text if not name else _text(_in_json(turn.text, name))
    return None


def of_response(
    source: str, *, headers: Mapping[str, str], body: str, turn: Turn, context: Mapping[str, Any]
) -> str | None:
    """Return the value of a mapping expression over what an integration answered; header names are small."""
    source = source.strip()
    if not source.startswith("integration.response."):
        return of_request(turn, source, context)
    what, _, name = source.removeprefix("integration.response.").partition(".")
    if what in ("header", "multivalueheader"):
        return headers.get(name.lower())
    if what == "body":
        return body if not name else _text(_in_json(body, name))
    return None


def _in_json(body: str, path: str) -> Any:
    try:
        return find(load_json(body), f"$.{path}")
    except (ValueError, TemplateMistake):
        return None


def _walk(value: Any, path: str) -> Any:
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else shown(value)


def _texts(given: Any) -> dict[str, str]:
    return {name: shown(value) for name, value in (given or {}).items()}
