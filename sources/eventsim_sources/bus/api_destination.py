"""How is an event sent out of the world? API destinations: an HTTP request for each event, not too many a second.

Every request is kept in the outbox. Who stands for the endpoint there decides on the answer; else it is sent out.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from eventsim import ApiError, World
from eventsim_sources.bus.connection import Connection
from eventsim_sources.bus.event import BusEvent, from_json, to_json
from eventsim_sources.bus.http_parameters import filled, with_path, with_query
from eventsim_sources.bus.limits import RETRY_AFTER_S_MAX, SECOND_US
from eventsim_sources.bus.names import events_arn
from eventsim_sources.bus.outgoing import Answered, OutgoingRequest, send_out

KEPT_MAX = 10_000
"""Requests that the outbox keeps; the trace tells of all."""

HEADERS: Mapping[str, str] = {
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Content-Type": "application/json; charset=utf-8",
    "Range": "bytes=0-1048575",
}
"""What every request has (documented)."""

_RETRYABLE = frozenset({401, 407, 409, 429})
"""Statuses that are tried again beside 5xx (documented)."""

_TOKEN_REFUSED = frozenset({401, 407})
"""After these a new token is asked for (documented)."""


Answer = Callable[[OutgoingRequest], int | tuple[int, object]]
"""Stands for an endpoint and returns a status, or a status with data that becomes a JSON body."""


class Outbox:
    """What API destinations sent out of a simulation; `simulation.share(Outbox)` returns it.

    Attributes:
        requests: the latest `KEPT_MAX`, the oldest first.
        token_requests: those that connections with an OAuth client sent for their tokens, as many.
    """

    def __init__(self, _: World) -> None:
        self.requests: list[OutgoingRequest] = []
        self.token_requests: list[OutgoingRequest] = []
        self._answers: dict[str, Answer] = {}

    def answer(self, destination: str, answer: Answer) -> None:
        """Let a function stand for the endpoint of an API destination, by the destination's name."""
        self._answers[destination] = answer

    def keep(self, destination: str, request: OutgoingRequest) -> Answered | None:
        """Keep a request and return what is answered, None if nobody stands for the endpoint."""
        _keep(self.requests, request)
        answer = self._answers.get(destination)
        if answer is None:
            return None
        given = answer(request)
        status, body = given if isinstance(given, tuple) else (given, None)
        return Answered(status=status, body=b"" if body is None else to_json(body).encode())

    def keep_token_request(self, request: OutgoingRequest) -> None:
        """Keep a request for a token."""
        _keep(self.token_requests, request)


def _keep(requests: list[OutgoingRequest], request: OutgoingRequest) -> None:
    if len(requests) >= KEPT_MAX:
        del requests[0]
    requests.append(request)


class ApiDestination:
    """An API destination.

    Args:
        connection: finds its connection, None if that is gone.
        authorization: gives the headers by which a connection shows who calls.
    """

    def __init__(
        self,
        world: World,
        name: str,
        identifier: str,
        given: Mapping[str, Any],
        connection: Callable[[str], Connection | None],
        authorization: Callable[[Connection, int], Awaitable[dict[str, str]]],
    ) -> None:
        self.name = name
        self.arn = events_arn(world, f"api-destination/{name}/{identifier}")
        self.created = self.modified = world.clock.date()
        self.given: dict[str, Any] = dict(given)
        self._world = world
        self._connection = connection
        self._authorization = authorization
        self._open_us = 0

    @property
    def connection(self) -> Connection | None:
        """As whom it calls."""
        return self._connection(self.given["ConnectionArn"])

    @property
    def is_active(self) -> bool:
        """Whether its connection is there and authorized."""
        connection = self.connection
        return connection is not None and connection.state == "AUTHORIZED"

    async def send(
        self, event: BusEvent, text: str, parameters: Mapping[str, Any], *, cause: int = 0
    ) -> tuple[OutgoingRequest, Answered]:
        """Call the endpoint with an event, when the rate allows it, and return what is answered.

        Args:
            parameters: the target's `HttpParameters`.
            cause: the trace entry that tells why.

        Raises:
            ApiError: it cannot be called.
        """
        await self._turn()
        connection = self.connection
        if connection is None or connection.state == "DEAUTHORIZED":
            raise ApiError("SDK_CLIENT_ERROR", "the connection of the API destination is not authorized")
        authorization = await self._authorization(connection, cause)
        request = self._request(connection, authorization, event, text, parameters)
        answered = self._world.share(Outbox).keep(self.name, request) or await send_out(self._world, request)
        if answered.status in _TOKEN_REFUSED:
            connection.token = None
        return request, answered

    async def _turn(self) -> None:
        """Wait until the rate allows one more call."""
        clock = self._world.clock
        at_us = max(clock.now_us, self._open_us)
        self._open_us = at_us + SECOND_US // self.given["InvocationRateLimitPerSecond"]
        if at_us > clock.now_us:
            turn: asyncio.Future[None] = clock.loop.create_future()
            clock.at(at_us, turn.set_result, None)
            await turn

    def _request(
        self,
        connection: Connection,
        authorization: Mapping[str, str],
        event: BusEvent,
        text: str,
        parameters: Mapping[str, Any],
    ) -> OutgoingRequest:
        document = event.document
        query = connection.query() | filled(parameters.get("QueryStringParameters", {}), document)
        url = with_path(self.given["InvocationEndpoint"], parameters.get("PathParameterValues", ()), document)
        return OutgoingRequest(
            method=self.given["HttpMethod"],
            url=with_query(url, query),
            headers={**HEADERS, **filled(parameters.get("HeaderParameters", {}), document), **authorization},
            body=_with_members(text, connection.body()),
            at_us=self._world.clock.now_us,
        )


def check_answer(answered: Answered, now: datetime) -> None:
    """See that the endpoint took the event.

    Raises:
        ApiError: it did not; its status tells whether it may be asked again, and its `retry_after_s` when.
    """
    status = answered.status
    if not 200 <= status < 300:
        may_recover = status >= 500 or status in _RETRYABLE
        raise ApiError(
            "ERROR_FROM_TARGET",
            f"the endpoint answered {status}",
            status=max(status, 500) if may_recover else 400,
            retry_after_s=_wait_s(answered.retry_after, now),
        )


def _wait_s(retry_after: str, now: datetime) -> int:
    """Return what the header `Retry-After` asks for, seconds or a date; what is neither asks for nothing."""
    if retry_after.isdecimal():
        wait_s = int(retry_after)
    else:
        try:
            wait_s = math.ceil((parsedate_to_datetime(retry_after) - now).total_seconds())
        except (ValueError, TypeError):  # no date, or one that does not say its zone
            return 0
    return min(max(wait_s, 0), RETRY_AFTER_S_MAX)


def _with_members(text: str, members: Mapping[str, str]) -> str:
    if not members:
        return text
    document = from_json(text)
    return to_json({**document, **members}) if isinstance(document, dict) else text
