"""What is to be done for a request? A call of an operation, or a visit at a front door: begin it, answer it."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial
from typing import Any, Final, Protocol, cast

from msgspec import Struct
from msgspec.structs import replace

from eventsim.api import ANONYMOUS, OUTSIDE, Caller, Result
from eventsim.assembly import Assembly
from eventsim.calls.whereabouts import WITHOUT_REGIONS
from eventsim.errors import ApiError, NotSimulated
from eventsim.front_door import FrontDoor
from eventsim.live import front_door_urls, object_urls, queue_urls, stack_outputs
from eventsim.live.pace import Pace
from eventsim.live.worlds import Worlds
from eventsim.session_token import function_of
from eventsim.wire import refusal
from eventsim.wire.answer import encode
from eventsim.wire.exchange import Call
from eventsim.wire.http import HttpRequest, HttpResponse, plain

_AT_HOST: Final[Mapping[str, Callable[[Result, str], Result]]] = {
    "apigatewayv2": front_door_urls.at_host,
    "cloudformation": stack_outputs.at_host,
    "lambda": front_door_urls.at_host,
    "s3": object_urls.at_host,
    "sqs": queue_urls.at_host,
}
"""Services whose results have addresses, which are moved to the host by which the client knows us."""

_log = logging.getLogger(__name__)


class Errand(Protocol):
    """What is to be done for a request."""

    @property
    def name(self) -> str:
        """By which it is told of."""

    @property
    def is_poll(self) -> bool:
        """Whether it may only wait for something to come."""

    def begin(self) -> Any:
        """Do it; what has to wait gives an awaitable.

        Raises:
            Exception: it went wrong.
        """

    def answer(self, result: Any) -> HttpResponse:
        """Return the response that holds what came of it."""

    def fail(self, error: Exception) -> HttpResponse:
        """Return the response that says what went wrong."""


class Operation(Struct, frozen=True, kw_only=True):
    """A call of an operation.

    Attributes:
        caller_of: tells on whose behalf a request is made that bears a trace header and a function's credentials.
    """

    call: Call
    request: HttpRequest
    worlds: Worlds
    pace: Pace
    caller_of: Callable[[str, str], Caller | None]

    @property
    def name(self) -> str:
        return f"{self.call.exchange.service.name}.{self.call.operation_name}"

    @property
    def is_poll(self) -> bool:
        return self.call.operation.name == "ReceiveMessage"

    def begin(self) -> Result | Awaitable[Result]:
        call, exchange = self.call, self.call.exchange
        return world_of(call, self.worlds).call(
            exchange.service.name,
            call.operation_name,
            call.parameters,
            region=exchange.region,
            caller=self._caller(),
            is_checked=True,
        )

    def answer(self, result: Result) -> HttpResponse:
        call = self.call
        at_host = _AT_HOST.get(call.exchange.service.name)
        if at_host is not None:
            result = at_host(result, self.request.headers.get("host"))
        output = call.operation.output
        if output is not None and output.event_stream:
            result = self._paced(result)
        return encode(call, result)

    def fail(self, error: Exception) -> HttpResponse:
        match error:
            case ApiError():
                return encode(self.call, error)
            case NotSimulated():
                return encode(self.call, ApiError("NotImplemented", str(error), status=501))
            case _:
                request_id = self.call.exchange.request_id
                _log.error("request %s to %s failed", request_id, self.call.operation.name, exc_info=error)
                return encode(self.call, ApiError("InternalFailure", _excuse(request_id), status=500))

    def _caller(self) -> Caller:
        exchange = self.call.exchange
        caller = OUTSIDE if exchange.access_key_id else ANONYMOUS
        if exchange.trace_header:
            function_arn = function_of(exchange.session_token)
            traced = (self.caller_of(exchange.trace_header, function_arn) or OUTSIDE).under(exchange.trace_header)
            caller = replace(traced, is_anonymous=caller.is_anonymous)
        return caller.bearing(exchange.session_token, exchange.access_key_id)

    def _paced(self, result: Result) -> Result:
        """Return a result whose events, if they have to be waited for, come as the world's time passes."""
        events = {name: value for name, value in result.items() if isinstance(value, AsyncIterator)}
        return {**result, **{name: self._events(each) for name, each in events.items()}} if events else result

    async def _events(self, events: AsyncIterator[Result]) -> AsyncIterator[Result]:
        while True:
            outcome = self.pace.begin(partial(_next, events))
            event = await outcome if isinstance(outcome, Awaitable) else outcome
            if not event:
                return
            yield event


class Visit(Struct, frozen=True, kw_only=True):
    """A request at a front door."""

    door: FrontDoor
    request: HttpRequest
    request_id: str

    @property
    def name(self) -> str:
        return f"{self.request.method} {self.request.headers.get('host')}{self.request.path}"

    @property
    def is_poll(self) -> bool:
        return False

    def begin(self) -> Any:
        return self.door.handle(self.request)

    def answer(self, result: Any) -> HttpResponse:
        return cast("HttpResponse", result)

    def fail(self, error: Exception) -> HttpResponse:
        return internal(self.request_id, error)


def world_of(call: Call, worlds: Worlds) -> Assembly:
    """Return the world in which an operation is called.

    Raises:
        ApiError: there cannot be such a region, or there are too many worlds.
    """
    exchange = call.exchange
    service = exchange.service.name
    if service == "s3" and "Bucket" in call.parameters:
        there = worlds.with_bucket(exchange.account_id, call.parameters["Bucket"])
        if there is not None:
            return there
    if service == "s3" and not worlds.may_be_region(exchange.region):
        raise refusal.wrong_region(exchange.region, worlds.home.region)
    return worlds.of(exchange.account_id, worlds.home.region if service in WITHOUT_REGIONS else exchange.region)


def internal(request_id: str, error: Exception) -> HttpResponse:
    """Answer what broke outside of any operation, and log it."""
    _log.error("request %s failed", request_id, exc_info=error)
    return plain(500, _excuse(request_id))


def _excuse(request_id: str) -> str:
    return f"eventsim itself failed; its log has more of request {request_id}"


async def _next(events: AsyncIterator[Result]) -> Result:
    """Return the next event, an empty one when there are no more."""
    return await anext(events, {})
