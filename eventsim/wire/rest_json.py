"""The codec of JSON over URIs: Lambda's protocol, and that of most services since."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from eventsim.errors import ApiError
from eventsim.wire import document, event_stream, json, rest
from eventsim.wire.exchange import Call, Exchange, Parameters, Result
from eventsim.wire.http import Body, HttpRequest, HttpResponse, Pairs
from eventsim.wire.models import Operation, Shape
from eventsim.wire.text import Unreadable

_CONTENT_TYPE: Final = "application/json"

_encode = msgspec.json.Encoder().encode


def parse(operation: Operation, request: HttpRequest, labels: Mapping[str, str]) -> Parameters:
    """Return an operation's parameters.

    Raises:
        ApiError: the body is no JSON, or a value is of the wrong type.
    """
    shape = operation.input
    if shape is None:
        return {}
    try:
        return rest.read_bindings(shape, request, labels) | _read_body(operation, shape, request.body)
    except Unreadable as error:
        raise json.unreadable(error) from error


def _read_body(operation: Operation, shape: Shape, body: bytes) -> Parameters:
    payload = rest.payload_of(operation)
    if not body or not (payload or rest.has_body_members(shape)):
        return {}
    if payload is None:
        return document.read_members(shape, json.read_json(body))
    name, member = payload
    if member.kind in ("blob", "string"):
        return {name: rest.raw_payload(member, body)}
    content = json.read_json(body)
    return {} if content is None else {name: document.read(member, content)}


def serialise(call: Call, result: Result) -> HttpResponse:
    """Return the answer that holds a result."""
    shape = call.operation.output
    status = rest.status_of(call.operation, result)
    headers: Pairs = (("x-amzn-RequestId", call.exchange.request_id),)
    if shape is None:
        return HttpResponse(status=status, headers=headers)
    body, content_type = _write_body(shape, result)
    headers += rest.write_bindings(shape, result)
    if status == 204 or call.exchange.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    return HttpResponse(status=status, headers=rest.with_content_type(headers, content_type), body=body)


def _write_body(shape: Shape, result: Result) -> tuple[Body, str]:
    if not shape.payload:
        body = json.write_json(shape, result) if rest.has_body_members(shape) else b""
        return body, _CONTENT_TYPE
    member, value = shape.members[shape.payload], result.get(shape.payload)
    if member.is_event_stream:
        events = event_stream.frames(member, value or (), json.write_json, _CONTENT_TYPE)
        return events, event_stream.CONTENT_TYPE
    if member.kind in ("blob", "string"):
        return rest.raw_body(value), _CONTENT_TYPE
    content: Any = {} if value is None else document.write(member, value, "json")
    return _encode(content), _CONTENT_TYPE


def serialise_error(exchange: Exchange, error: ApiError) -> HttpResponse:
    """Return the answer that holds an error, named in a header; Lambda says in the body whose fault it is."""
    shape = exchange.service.error(error.shape) or exchange.service.error(error.code)
    content = json.error_members(shape, error)
    if exchange.service.name == "lambda":
        content = {"Type": "User" if error.status < 500 else "Service"} | content
    headers = (
        ("x-amzn-RequestId", exchange.request_id),
        ("x-amzn-ErrorType", error.code),
        ("Content-Type", _CONTENT_TYPE),
        *rest.error_headers(shape, error.fields),
    )
    body = b"" if exchange.method == "HEAD" else _encode(content)
    return HttpResponse(status=error.status, headers=headers, body=body)
