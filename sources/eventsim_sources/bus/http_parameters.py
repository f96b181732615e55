"""What does a target's `HttpParameters` make of an event? Values for the path, the query and the headers; pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from eventsim_sources.bus.event import to_json
from eventsim_sources.bus.json_path import Absent, parse_path, value_at


def filled(given: Mapping[str, str], document: Mapping[str, Any]) -> dict[str, str]:
    """Return parameters by name; those that are paths have what stands there in the event."""
    return {key: _value(value, document) for key, value in given.items()}


def with_path(endpoint: str, values: Sequence[str], document: Mapping[str, Any]) -> str:
    """Put values for the `*` of an endpoint, in order."""
    for value in values:
        endpoint = endpoint.replace("*", quote(_value(value, document), safe=""), 1)
    return endpoint


def with_query(url: str, query: Mapping[str, str]) -> str:
    """Return a URL with more in its query."""
    if not query:
        return url
    return url + ("&" if "?" in url else "?") + urlencode(query)


def _value(text: str, document: Mapping[str, Any]) -> str:
    """Return a parameter's value: what stands in the event if it is a path, else itself."""
    if not re.match(r"\$[.\[]", text):
        return text
    try:
        found = value_at(document, parse_path(text))
    except (Absent, ValueError):
        return ""
    return found if isinstance(found, str) else to_json(found)
