"""What does an expression of an HTTP API take from a request? `$request.header.x`, `${context.stage}-suffix`."""

import re
from collections.abc import Mapping
from typing import Any

from eventsim import Headers, load_json
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.format_v2 import joined_query
from eventsim_sources.json_text import json_text

_INSIDE = re.compile(r"\$\{([^}]+)\}")
_WHOLE = re.compile(r"\$((?:request|context|stageVariables|response)\b[\w.\-\[\]$+]*)")


class Expressions:
    """Takes values from one request.

    Args:
        context: `requestContext`, for `$context.`.
        body: the text of the body.
    """

    def __init__(
        self,
        arrival: Arrival,
        *,
        path_parameters: Mapping[str, str],
        stage_variables: Mapping[str, str],
        context: Mapping[str, Any],
        body: str | None = None,
    ) -> None:
        self._arrival = arrival
        self._path_parameters = path_parameters
        self._stage_variables = stage_variables
        self._context = context
        self._body = arrival.request.body.decode(errors="replace") if body is None else body

    def text(self, expression: str) -> str | None:
        """Return the value of an expression as text: `$…` alone, or `${…}` within a text; None if there is none."""
        whole = _WHOLE.fullmatch(expression)
        if whole is not None:
            return self._find(whole[1])
        return _INSIDE.sub(lambda found: self._find(found[1]) or "", expression)

    def of_response(self, expression: str, headers: Headers, body: bytes) -> str | None:
        """Return the value of an expression that may speak of an integration's response."""
        if not expression.startswith("$response."):
            return self.text(expression)
        what, _, name = expression.removeprefix("$response.").partition(".")
        if what == "header":
            return headers.get(name.lower()) if name.lower() in headers else None
        text = body.decode(errors="replace")
        return text if not name else _text(_walk(_json_or_none(text), name))

    def _find(self, name: str) -> str | None:
        first, _, rest = name.partition(".")
        match first:
            case "request":
                return self._of_request(rest)
            case "context":
                return _text(_walk(self._flat_context(), rest))
            case "stageVariables":
                return self._stage_variables.get(rest)
        return None

    def _of_request(self, name: str) -> str | None:
        arrival = self._arrival
        what, _, rest = name.partition(".")
        match what:
            case "header":
                return arrival.headers.get(rest.lower()) if rest.lower() in arrival.headers else None
            case "querystring":
                return joined_query(arrival.request.query).get(rest)
            case "path":
                return self._path_parameters.get(rest) if rest else arrival.path
            case "body":
                return self._body if not rest else _text(_walk(self._json(), rest))
            case "method":
                return arrival.request.method
        return None

    def _json(self) -> Any:
        return _json_or_none(self._body)

    def _flat_context(self) -> dict[str, Any]:
        context = dict(self._context)
        http = context.get("http", {})
        return {
            **context,
            "httpMethod": http.get("method"),
            "path": http.get("path"),
            "protocol": http.get("protocol"),
            "requestTime": context.get("time"),
            "requestTimeEpoch": context.get("timeEpoch"),
            "extendedRequestId": context.get("requestId"),
            "identity": {"sourceIp": http.get("sourceIp"), "userAgent": http.get("userAgent")},
            "authorizer": _authorizer(context.get("authorizer", {})),
        }


def _json_or_none(text: str) -> Any:
    try:
        return load_json(text)
    except ValueError:
        return None


def _authorizer(given: Mapping[str, Any]) -> dict[str, Any]:
    flat = dict(given.get("lambda") or {})
    claims = (given.get("jwt") or {}).get("claims") or {}
    return {**given, **flat, "claims": claims}


def _walk(value: Any, path: str) -> Any:
    """Follow `a.b[0].c` into data; None when it leads nowhere."""
    for step in re.findall(r"[^.\[\]]+|\[\d+\]", path):
        if step.startswith("["):
            at = int(step[1:-1])
            value = value[at] if isinstance(value, list) and at < len(value) else None
        elif step != "$":
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json_text(value)
