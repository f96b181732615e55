"""The codec of Smithy's RPC protocol with CBOR: the path names service and operation, one document each way."""

from collections.abc import Mapping
from typing import Any, Final

from eventsim.errors import ApiError
from eventsim.wire import cbor_items, document, event_stream, json
from eventsim.wire.exchange import Call, Exchange, Parameters, Result
from eventsim.wire.http import HttpRequest, HttpResponse, Pairs
from eventsim.wire.models import Operation, Shape
from eventsim.wire.text import Unreadable

_CONTENT_TYPE: Final = "application/cbor"
_PROTOCOL: Final = ("smithy-protocol", "rpc-v2-cbor")


def parse(operation: Operation, request: HttpRequest, _labels: Mapping[str, str]) -> Parameters:
    """Return an operation's parameters.

    Raises:
        ApiError: the body is no CBOR, or a value is of the wrong type.
    """
    return read(operation, request.body)


def read(operation: Operation, body: bytes, *, ticks_per_s: int = 1) -> Parameters:
    """Return an operation's parameters, whose dates are counted in so many ticks a second.

    Raises:
        ApiError: the body is no CBOR, or a value is of the wrong type.
    """
    try:
        content = cbor_items.decode(body, ticks_per_s) if body else {}
        return {} if operation.input is None else document.read_members(operation.input, content)
    except cbor_items.CborError as error:
        raise ApiError("SerializationException", str(error)) from error
    except Unreadable as error:
        raise json.unreadable(error) from error


def serialise(call: Call, result: Result) -> HttpResponse:
    """Return the answer that holds a result."""
    shape, status = call.operation.output, call.operation.status
    headers: Pairs = (("x-amzn-requestid", call.exchange.request_id), _PROTOCOL)
    if shape is None:
        return HttpResponse(status=status, headers=headers)
    if shape.event_stream:
        body = event_stream.frames_after_initial(shape, result, _write, _CONTENT_TYPE)
        headers = (*headers, ("Content-Type", event_stream.CONTENT_TYPE))
        return HttpResponse(status=status, headers=headers, body=body)
    headers = (*headers, ("Content-Type", _CONTENT_TYPE))
    return HttpResponse(status=status, headers=headers, body=_write(shape, result))


def _write(shape: Shape, values: Mapping[str, Any]) -> bytes:
    return cbor_items.encode(document.write_members(shape, values, "cbor"))


def serialise_error(exchange: Exchange, error: ApiError) -> HttpResponse:
    """Return the answer that holds an error."""
    shape = exchange.service.error(error.shape) or exchange.service.error(error.code)
    content = {"__type": error.shape, **json.error_members(shape, error)}
    headers: Pairs = (("x-amzn-requestid", exchange.request_id), _PROTOCOL, ("Content-Type", _CONTENT_TYPE))
    if exchange.service.is_query_compatible:
        headers = (*headers, ("x-amzn-query-error", json.query_error(error)))
    return HttpResponse(status=error.status, headers=headers, body=cbor_items.encode(content))
