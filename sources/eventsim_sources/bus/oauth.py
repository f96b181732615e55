"""By which token is an API destination called? The client credentials of a connection are exchanged for one.

A token is asked for when the connection is made or changed, when the last one has expired, and when an endpoint has
answered 401 or 407. An authorization endpoint that refuses deauthorizes the connection; one that is in trouble makes
the delivery wait for its next attempt.
"""

import asyncio
import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from eventsim import ApiError, World
from eventsim_sources.bus.connection import Connection, Token, pairs
from eventsim_sources.bus.event import from_json
from eventsim_sources.bus.http_parameters import with_query
from eventsim_sources.bus.limits import SECOND_US
from eventsim_sources.bus.outgoing import Answered, OutgoingRequest, send_out

_FORM = "application/x-www-form-urlencoded"
_IMAGINED = "simulated"
"""The token of an authorization endpoint that nobody stands for, in virtual time."""


class Authorizer:
    """Asks for the tokens of one simulation's connections.

    Args:
        keep: keeps a request.
        told: tells the trace of an answer: of a connection, the URL, the status, the cause.
    """

    def __init__(
        self,
        world: World,
        *,
        keep: Callable[[OutgoingRequest], None],
        told: Callable[[str, str, int, int], None],
    ) -> None:
        self._world = world
        self._keep = keep
        self._told = told
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, connection: Connection, cause: int) -> None:
        """Authorize a connection that was made or changed: those with an OAuth client a step later, others at once."""
        connection.token = None
        if connection.kind != "OAUTH_CLIENT_CREDENTIALS":
            connection.authorize(self._world.clock.date())
            return
        connection.state, connection.reason = "AUTHORIZING", ""
        self._world.clock.soon(lambda _: self._start(connection, cause), None)

    def _start(self, connection: Connection, cause: int) -> None:
        if connection.state != "AUTHORIZING":  # it was deauthorized or deleted meanwhile
            return
        task = self._world.clock.loop.create_task(self._first(connection, cause))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _first(self, connection: Connection, cause: int) -> None:
        try:
            await self.authorization(connection, cause)
        except ApiError as error:
            if error.status < 500:  # else the next delivery asks again
                connection.deauthorize(error.message)

    async def authorization(self, connection: Connection, cause: int) -> dict[str, str]:
        """Return the headers by which a connection shows who calls.

        Raises:
            ApiError: there is no token; its status tells whether there may be one later.
        """
        if connection.kind != "OAUTH_CLIENT_CREDENTIALS":
            return connection.headers()
        async with connection.asking:
            _check_rights(connection)
            token = connection.token
            if token is None or self._world.clock.now_us >= token.good_until_us:
                token = await self._ask(connection, cause)
                _check_rights(connection)
                connection.token = token
                connection.authorize(self._world.clock.date())
        return {"Authorization": token.text, **connection.headers()}

    async def _ask(self, connection: Connection, cause: int) -> Token:
        now_us = self._world.clock.now_us
        request = _token_request(connection.parameters["OAuthParameters"], at_us=now_us)
        self._keep(request)
        answered = await send_out(self._world, request)
        self._told(connection.name, request.url, answered.status, cause)
        if answered.is_imagined:
            return Token(text=f"Bearer {_IMAGINED}", good_until_us=math.inf)
        try:
            return _read_token(answered, now_us)
        except _Refused as refusal:
            message = f"the authorization endpoint {refusal}"
            if answered.status >= 500 or answered.status == 429:
                raise ApiError("ERROR_FROM_TARGET", message, status=503) from None
            connection.deauthorize(message)
            raise ApiError("SDK_CLIENT_ERROR", message) from None


def _check_rights(connection: Connection) -> None:
    if connection.state in ("DEAUTHORIZED", "DELETING"):
        raise ApiError("SDK_CLIENT_ERROR", "the connection was deauthorized meanwhile")


class _Refused(Exception):  # noqa: N818 - a fact
    """There is no token in an answer; the text says why."""


def _token_request(given: Mapping[str, Any], *, at_us: int) -> OutgoingRequest:
    """Return what is asked of an authorization endpoint (unconfirmed: a form, as the standard has it)."""
    client, more = given["ClientParameters"], given.get("OAuthHttpParameters") or {}
    form = {
        "grant_type": "client_credentials",
        "client_id": client["ClientID"],
        "client_secret": client["ClientSecret"],
        **pairs(more, "BodyParameters"),
    }
    query, method = pairs(more, "QueryStringParameters"), given["HttpMethod"]
    if method == "GET":
        query, form = {**form, **query}, {}
    url = with_query(given["AuthorizationEndpoint"], query)
    headers = {"User-Agent": "Amazon/EventBridge/ApiDestinations", "Accept": "application/json"}
    if form:
        headers["Content-Type"] = _FORM
    headers |= pairs(more, "HeaderParameters")
    return OutgoingRequest(method=method, url=url, headers=headers, body=urlencode(form), at_us=at_us)


def _read_token(answered: Answered, now_us: int) -> Token:
    if not 200 <= answered.status < 300:
        raise _Refused(f"answered {answered.status}")
    try:
        document = from_json(answered.body.decode())
    except ValueError:
        document = None
    token = document.get("access_token") if isinstance(document, dict) else None
    if not isinstance(token, str) or not token:
        raise _Refused("gave no access_token")
    kind, expires_in = str(document.get("token_type") or "Bearer"), document.get("expires_in")
    lasts_s = float(expires_in) if isinstance(expires_in, int | float) else math.inf
    name = "Bearer" if kind.lower() == "bearer" else kind
    return Token(text=f"{name} {token}", good_until_us=now_us + lasts_s * SECOND_US)
