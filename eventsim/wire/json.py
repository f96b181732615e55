"""The codec of JSON with a target: `X-Amz-Target` names the operation, one document each way (json 1.0 and 1.1)."""

import zlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from eventsim.errors import ApiError
from eventsim.wire import document, event_stream
from eventsim.wire.exchange import Call, Exchange, Parameters, Result
from eventsim.wire.http import HttpRequest, HttpResponse, Pairs
from eventsim.wire.models import Operation, Shape
from eventsim.wire.text import Unreadable

_NAMESPACES: Final[Mapping[str, str]] = {
    "dynamodb": "com.amazonaws.dynamodb.v20120810#",
    "sqs": "com.amazonaws.sqs#",
}
"""What stands before an error's name in `__type`; most services write the name alone."""

_CORAL: Final[Mapping[str, str]] = {
    "SerializationException": "com.amazon.coral.service#",
    "UnknownOperationException": "com.amazon.coral.service#",
    "ValidationException": "com.amazon.coral.validate#",
}
"""Errors of the framework that AWS builds services with, where a service has namespaces at all."""

_WITH_CRC: Final = frozenset({"dynamodb", "dynamodbstreams"})
"""Services that send `x-amz-crc32`; botocore checks it where it comes (which services send it is unconfirmed)."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


def parse(operation: Operation, request: HttpRequest, _labels: Mapping[str, str]) -> Parameters:
    """Return an operation's parameters.

    Raises:
        ApiError: the body is no JSON, or a value is of the wrong type.
    """
    content = read_json(request.body) if request.body else {}
    if operation.input is None:
        return {}
    try:
        return document.read_members(operation.input, content)
    except Unreadable as error:
        raise unreadable(error) from error


def read_json(body: bytes) -> Any:
    """Return what a JSON text says.

    Raises:
        ApiError: it is none; that AWS's error has no message then is unconfirmed.
    """
    try:
        return _decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ApiError("SerializationException", "") from error


def unreadable(error: Unreadable) -> ApiError:
    """Return what AWS says of a value of the wrong type; the words are unconfirmed."""
    match error.value:
        case dict():
            message = "Start of structure or map found where not expected."
        case list():
            message = "Start of list found where not expected."
        case bool(value):
            message = f"{str(value).upper()}_VALUE can not be converted to {_article(error.kind)}"
        case str():
            message = f"STRING_VALUE can not be converted to {_article(error.kind)}"
        case _:
            message = f"NUMBER_VALUE can not be converted to {_article(error.kind)}"
    return ApiError("SerializationException", message)


def _article(kind: str) -> str:
    return f"{'an' if kind[0] in 'AEIO' else 'a'} {kind}"


def serialise(call: Call, result: Result) -> HttpResponse:
    """Return the answer that holds a result."""
    shape, exchange = call.operation.output, call.exchange
    if shape is None:
        return _response(exchange, call.operation.status, b"")
    if shape.event_stream:
        return _streamed(call, shape, result)
    return _response(exchange, call.operation.status, write_json(shape, result))


def write_json(shape: Shape, values: Mapping[str, Any]) -> bytes:
    """Return a structure's members that stand in the body, as JSON."""
    return _encode(document.write_members(shape, values, "json"))


def serialise_error(exchange: Exchange, error: ApiError) -> HttpResponse:
    """Return the answer that holds an error."""
    name = error.shape
    shape = exchange.service.error(name) or exchange.service.error(error.code)
    namespace = _NAMESPACES.get(exchange.service.name, "")
    if namespace and shape is None:
        namespace = _CORAL.get(name, namespace)
    content = {"__type": namespace + name, **error_members(shape, error)}
    extra: Pairs = ()
    if exchange.service.is_query_compatible:
        extra = (("x-amzn-query-error", query_error(error)),)
    return _response(exchange, error.status, _encode(content), extra)


def query_error(error: ApiError) -> str:
    """Return the header by which services that once spoke the query protocol name the error of those days."""
    return f"{error.code};{'Sender' if error.status < 500 else 'Receiver'}"


def error_members(shape: Shape | None, error: ApiError) -> dict[str, Any]:
    """Return the members of an error's document; the message's name differs from error to error."""
    names = () if shape is None else [member.wire_name or name for name, member in shape.members.items()]
    key = next((name for name in names if name.lower() in ("message", "errormessage")), "message")
    members = {} if shape is None else shape.members
    fields = {name: value for name, value in error.fields.items() if not (name in members and members[name].location)}
    return {**fields, key: error.message} if error.message else fields


def _streamed(call: Call, shape: Shape, result: Result) -> HttpResponse:
    content_type = f"application/x-amz-json-{call.exchange.service.json_version}"
    body = event_stream.frames_after_initial(shape, result, write_json, content_type)
    headers = (("x-amzn-requestid", call.exchange.request_id), ("Content-Type", event_stream.CONTENT_TYPE))
    return HttpResponse(status=200, headers=headers, body=body)


def _response(exchange: Exchange, status: int, body: bytes, extra: Pairs = ()) -> HttpResponse:
    service = exchange.service
    headers: Pairs = (
        ("x-amzn-requestid", exchange.request_id),
        ("Content-Type", f"application/x-amz-json-{service.json_version}"),
        *extra,
    )
    if service.name in _WITH_CRC:
        headers = (*headers, ("x-amz-crc32", str(zlib.crc32(body))))
    return HttpResponse(status=status, headers=headers, body=body)
