"""What do the protocols share whose operations have a URI each? Bindings to path, query and headers, and a payload."""

import io
from collections.abc import Mapping
from typing import Any, Final

from eventsim.spool import Spool
from eventsim.wire.exchange import Parameters, Result
from eventsim.wire.http import Body, Headers, HttpRequest, Pairs
from eventsim.wire.models import Operation, Shape
from eventsim.wire.text import Unreadable, join_list, read_text, split_list, write_text
from eventsim.wire.uri import Query, read_query

_BREAKS: Final = {ord(char): " " for char in "\r\n\0"}
"""A value must not end its header; what users may choose, such as a content type, is written on one line."""

_CONDITIONS: Final = ("if-modified-since", "if-unmodified-since")
"""Dates that are ignored where they are none (RFC 9110, 13.1.3). `Expires`, which is S3's to keep and not to read, is
handed over as it is."""


def read_bindings(shape: Shape, request: HttpRequest, labels: Mapping[str, str]) -> Parameters:
    """Return the parameters that do not stand in the body.

    Raises:
        Unreadable: a value is not of its kind.
    """
    query = read_query(request.query) if request.query else {}
    values: Parameters = {}
    for name, wire_name, member in shape.bound:
        match member.location:
            case "header" if wire_name in request.headers:
                value = _from_header(member, request.headers.get(wire_name), wire_name)
                if value is not None:
                    values[name] = value
            case "querystring" if query:
                value = _from_query(member, query, wire_name)
                if value is not None:
                    values[name] = value
            case "uri" if wire_name in labels:
                values[name] = _read_one(member, labels[wire_name], wire_name)
            case "headers":
                found = _from_prefix(request.headers, wire_name)
                if found:
                    values[name] = found
    return _with_rest_of_query(shape, query, values) if query else values


def _from_query(shape: Shape, query: Query, wire_name: str) -> Any:
    found = query.get(wire_name)
    if found is None or shape.kind == "map":
        return None
    if shape.kind == "list":
        return [_read_one(shape.member, text, wire_name) for text in found]
    if found[0] == "" and shape.kind not in ("string", "list"):
        return None  # `?max-keys=` says nothing
    return _read_one(shape, found[0], wire_name)


def _with_rest_of_query(shape: Shape, query: Query, values: Parameters) -> Parameters:
    """Add the query parameters that no other member takes, where a member takes them all."""
    for name, _, member in shape.bound:
        if member.location == "querystring" and member.kind == "map":
            taken = {wire_name for _, wire_name, other in shape.bound if other.location == "querystring"}
            rest = {key: found for key, found in query.items() if key not in taken}
            if rest:
                is_many = member.value.kind == "list"
                values[name] = {key: list(found) if is_many else found[0] for key, found in rest.items()}
    return values


def _from_header(shape: Shape, text: str, wire_name: str) -> Any:
    if shape.kind == "list":
        return [_read_one(shape.member, part, wire_name) for part in split_list(shape, text)]
    try:
        return _read_one(shape, text, wire_name)
    except Unreadable:
        if wire_name in _CONDITIONS:
            return None
        if wire_name == "expires":
            return text
        raise


def _from_prefix(headers: Headers, prefix: str) -> dict[str, str]:
    return {name[len(prefix) :]: value for name, value in headers.items() if name.startswith(prefix) and name != prefix}


def _read_one(shape: Shape, text: str, wire_name: str) -> Any:
    try:
        if shape.kind == "timestamp" and shape.location == "querystring" and text.count("-") >= 2:
            text = text.replace(" ", "+")  # a time zone's plus sign is easily sent unescaped
        return read_text(shape, text)
    except Unreadable as error:
        raise Unreadable(error.kind, error.value, wire_name) from error


def payload_of(operation: Operation) -> tuple[str, Shape] | None:
    """Return name and shape of the one input member that is the body, if there is one."""
    shape = operation.input
    return None if shape is None or not shape.payload else (shape.payload, shape.members[shape.payload])


def raw_payload(shape: Shape, body: bytes | Spool) -> Any:
    """Return a body that is one value: a file where the model says streaming, else bytes or text.

    Raises:
        Unreadable: a text is not UTF-8.
    """
    if shape.kind == "blob":
        if isinstance(body, Spool):
            return body if shape.is_streaming else body.read()
        return io.BytesIO(body) if shape.is_streaming else body
    try:
        return (body.read() if isinstance(body, Spool) else body).decode()
    except UnicodeDecodeError as error:
        raise Unreadable("String", where="body") from error


def has_body_members(shape: Shape) -> bool:
    """Tell whether a structure has members that stand in the body."""
    return any(not member.location for member in shape.members.values())


def write_bindings(shape: Shape, result: Result) -> Pairs:
    """Return the headers that an output's members stand in."""
    pairs: list[tuple[str, str]] = []
    for name, _, member in shape.bound:
        value = result.get(name)
        if value is None:
            continue
        if member.location == "header":
            pairs.append((member.wire_name or name, _header_text(member, value)))
        elif member.location == "headers":
            pairs += [(f"{member.wire_name}{key}", _one_line(str(item))) for key, item in value.items()]
    return tuple(pairs)


def _header_text(shape: Shape, value: Any) -> str:
    if shape.kind == "list":
        return _one_line(join_list([write_text(shape.member, item, "rfc822") for item in value]))
    return _one_line(value if isinstance(value, str) else write_text(shape, value, "rfc822"))


def _one_line(text: str) -> str:
    return text.translate(_BREAKS)


def status_of(operation: Operation, result: Result) -> int:
    """Return the HTTP status of a success: an output member may carry it (Lambda's `StatusCode`).

    An operation that has several says which, where botocore says it: in `ResponseMetadata`.
    """
    metadata = result.get("ResponseMetadata")
    if metadata is not None and "HTTPStatusCode" in metadata:
        return int(metadata["HTTPStatusCode"])
    members = {} if operation.output is None else operation.output.members
    for name, _, shape in () if operation.output is None else operation.output.bound:
        if shape.location == "statusCode" and result.get(name) is not None:
            return int(result[name])
    if "ContentRange" in members and result.get("ContentRange"):
        return 206  # what HTTP calls a part of the content; the models do not say it
    return operation.status


def raw_body(value: Any) -> Body:
    """Return a payload that is one value as a body."""
    if isinstance(value, str):
        return value.encode()
    return b"" if value is None else value


def with_content_type(headers: Pairs, content_type: str) -> Pairs:
    """Return the headers with the type of the body, unless a result gave it."""
    is_given = any(name.lower() == "content-type" for name, _ in headers)
    return headers if is_given else (*headers, ("Content-Type", content_type))


def error_headers(shape: Shape | None, fields: Mapping[str, object]) -> Pairs:
    """Return the members of an error that stand in headers."""
    return () if shape is None else write_bindings(shape, fields)
