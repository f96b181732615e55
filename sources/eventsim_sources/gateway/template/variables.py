"""What may a mapping template refer to? `$input`, `$util`, `$context` and `$stageVariables`, as on API Gateway."""

import base64
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from eventsim import load_json
from eventsim_sources.gateway.template import json_path
from eventsim_sources.gateway.template.methods import Nothing, shown
from eventsim_sources.json_text import json_text


class Input:
    """`$input`: the body and the parameters of a request, or the body of what an integration answered.

    Where there is no body, it is an empty object: as text (unconfirmed), and for paths.
    """

    def __init__(
        self, body: str, *, path: Mapping[str, str], querystring: Mapping[str, str], header: Mapping[str, str]
    ) -> None:
        self._body = body
        self._parameters = {"path": dict(path), "querystring": dict(querystring), "header": dict(header)}
        self.members: Mapping[str, Any] = {"body": body or "{}"}
        self.methods: Mapping[str, Callable[..., Any]] = {
            "json": self._json,
            "params": self._params,
            "path": self._path,
        }

    def _data(self) -> Any:
        if not self._body.strip():
            return {}
        try:
            return load_json(self._body)
        except ValueError:
            return self._body

    def _path(self, path: str) -> Any:
        found = json_path.find(self._data(), path)
        return Nothing() if found is None else found

    def _json(self, path: str) -> str:
        found = json_path.find(self._data(), path)
        return '""' if found is None else json_text(found)

    def _params(self, name: str | None = None) -> Any:
        if name is None:
            return self._parameters
        for place in ("path", "querystring", "header"):
            found = self._parameters[place].get(name)
            if found is None and place == "header":
                small = {key.lower(): value for key, value in self._parameters[place].items()}
                found = small.get(name.lower())
            if found is not None:
                return found
        return ""


class Util:
    """`$util`: texts from one form into another."""

    def __init__(self) -> None:
        self.members: Mapping[str, Any] = {}
        self.methods: Mapping[str, Callable[..., Any]] = {
            "base64Decode": lambda text: base64.b64decode(shown(text)).decode(errors="replace"),
            "base64Encode": lambda text: base64.b64encode(shown(text).encode()).decode(),
            "escapeJavaScript": lambda text: escape_javascript(shown(text)),
            "parseJson": load_json,
            "urlDecode": lambda text: unquote_plus(shown(text)),
            "urlEncode": lambda text: quote_plus(shown(text), safe="*-._"),
        }


_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "'": "\\'",
    "/": "\\/",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\b": "\\b",
    "\f": "\\f",
}


def escape_javascript(text: str) -> str:
    """Return a text as it may stand in a string of JavaScript: quotes, slashes and what is not ASCII escaped."""
    out = []
    for character in text:
        escaped = _ESCAPES.get(character)
        if escaped is None and not " " <= character <= "~":
            units = character.encode("utf-16-be")
            escaped = "".join(f"\\u{units[at]:02X}{units[at + 1]:02X}" for at in range(0, len(units), 2))
        out.append(escaped or character)
    return "".join(out)
