"""The codec of CBOR with a target: what `json` is, in CBOR; Amazon's SDKs for Java speak so with Kinesis.

It is older than Smithy's protocol: a date is a tagged number of milliseconds, and `X-Amz-Target` names the operation.
"""

from collections.abc import Mapping
from typing import Final

from eventsim.errors import ApiError
from eventsim.wire import cbor_items, document, json
from eventsim.wire.cbor import read
from eventsim.wire.exchange import Call, Exchange, Parameters, Result
from eventsim.wire.http import HttpRequest, HttpResponse
from eventsim.wire.models import Operation

CONTENT_TYPE: Final = "application/x-amz-cbor-1.1"
_TICKS_PER_S: Final = 1000


def parse(operation: Operation, request: HttpRequest, _labels: Mapping[str, str]) -> Parameters:
    """Return an operation's parameters.

    Raises:
        ApiError: the body is no CBOR, or a value is of the wrong type.
    """
    return read(operation, request.body, ticks_per_s=_TICKS_PER_S)


def serialise(call: Call, result: Result) -> HttpResponse:
    """Return the answer that holds a result."""
    shape = call.operation.output
    if shape is not None and shape.event_stream:
        return json.serialise(call, result)
    members = None if shape is None else document.write_members(shape, result, "cbor")
    return _response(call.exchange, call.operation.status, members)


def serialise_error(exchange: Exchange, error: ApiError) -> HttpResponse:
    """Return the answer that holds an error."""
    shape = exchange.service.error(error.shape) or exchange.service.error(error.code)
    return _response(exchange, error.status, {"__type": error.shape, **json.error_members(shape, error)})


def _response(exchange: Exchange, status: int, content: object) -> HttpResponse:
    body = b"" if content is None else cbor_items.encode(content, _TICKS_PER_S)
    headers = (("x-amzn-requestid", exchange.request_id), ("Content-Type", CONTENT_TYPE))
    return HttpResponse(status=status, headers=headers, body=body)
