"""Which headers would an answer have over HTTP? Those that the service's model puts there; test suites read them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

_OF_REST = ("rest-xml", "rest-json")
_CONTENT_TYPES = {
    "rest-json": "application/json",
    "rest-xml": "application/xml",
    "query": "text/xml",
    "ec2": "text/xml",
}

_Places = tuple[dict[str, str], dict[str, str], tuple[str, str] | None]
_known: dict[tuple[str, str], _Places] = {}
"""By service and operation; every client has models of its own, which must not be held."""


def headers_of(model: Any, result: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that hold members of a result, where operations have URIs, and the type of its body.

    Args:
        model: botocore's model of the operation.
    """
    headers: dict[str, str] = {}
    key = (model.service_model.service_name, model.name)
    if key not in _known:
        _known[key] = _places(model)
    named, prefixed, body = _known[key]
    for member, header in named.items():
        value = result.get(member)
        if value is not None:
            headers[header] = _text(value)
    for member, prefix in prefixed.items():
        headers.update({f"{prefix}{name}".lower(): str(value) for name, value in result.get(member, {}).items()})
    if body is not None:
        headers.setdefault(*body)
    return headers


def content_type_of(model: Any) -> str:
    """Return the type of an operation's documents, those of errors included."""
    metadata = model.service_model.metadata
    if metadata["protocol"] == "json":
        return f"application/x-amz-json-{metadata['jsonVersion']}"
    return _CONTENT_TYPES.get(metadata["protocol"], "application/cbor")


def _places(model: Any) -> _Places:
    """Return member → header, member → prefix of headers, and what is said of the body in any case."""
    content_type = "content-type", content_type_of(model)
    if model.service_model.metadata["protocol"] not in _OF_REST:
        return {}, {}, content_type
    shape = model.output_shape
    places = {} if shape is None else {name: each.serialization for name, each in shape.members.items()}
    named = {name: each["name"].lower() for name, each in places.items() if each.get("location") == "header"}
    prefixed = {name: each.get("name", "") for name, each in places.items() if each.get("location") == "headers"}
    if model.service_model.service_name != "s3":
        return named, prefixed, content_type
    has_document = any("location" not in each for each in places.values())
    return named, prefixed, content_type if has_document else ("content-length", "0")


def _text(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case datetime():
            return format_datetime(value.astimezone(UTC), usegmt=True)
        case list():
            return ",".join(map(str, value))
        case _:
            return str(value)
