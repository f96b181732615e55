"""What becomes of a request? Decode it, ask its world, encode what comes of it; whatever happens, it is answered."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from ipaddress import ip_address
from time import perf_counter
from typing import Final
from urllib.parse import urlsplit

import msgspec

from eventsim.api import OUTSIDE, Caller, Result
from eventsim.errors import ApiError, NotSimulated
from eventsim.live.pace import Pace
from eventsim.live.queue_urls import at_host
from eventsim.live.server import Answer
from eventsim.live.worlds import Worlds
from eventsim.wire.answer import decode, encode
from eventsim.wire.exchange import Call
from eventsim.wire.http import HttpRequest, HttpResponse
from eventsim.wire.route import function_url

OWN_PATHS: Final = "/_eventsim/"

_log = logging.getLogger(__name__)

Told = Callable[[str, int, float], object]
"""Told of every answer: what was asked, the status, how many seconds it took."""


class Service:
    """Answers requests.

    Args:
        admin: answers requests to eventsim itself.
        caller: tells on whose behalf a request is made that bears a trace header.
        request_id: gives ids.
        trusts_any_host: whether requests may name us as they like; in a network of containers they do.
    """

    def __init__(
        self,
        worlds: Worlds,
        pace: Pace,
        *,
        admin: Callable[[HttpRequest], Answer | Awaitable[Answer]],
        caller: Callable[[str], Caller | None],
        request_id: Callable[[], str],
        told: Told | None = None,
        trusts_any_host: bool = False,
    ) -> None:
        self._worlds = worlds
        self._pace = pace
        self._admin = admin
        self._caller = caller
        self._request_id = request_id
        self._told = told
        self._trusts_any_host = trusts_any_host
        self._waiting: dict[asyncio.Task[object], bool] = {}
        """Requests that wait, and whether they only wait for something to come."""

    def respond(self, request: HttpRequest) -> Answer | Awaitable[Answer]:
        """Answer a request, at once if nothing has to be waited for."""
        began_s = perf_counter()
        request_id = self._request_id()
        try:
            refusal = self._refusal(request)
            if refusal is not None:
                return self._tell(f"{request.method} {request.path}", refusal, began_s)
            if request.path.startswith(OWN_PATHS):
                return self._admin(request)
            call = decode(request, request_id=request_id, home=self._worlds.home)
            if isinstance(call, HttpResponse):
                return self._tell(f"{request.method} {request.path}", call, began_s)
        except Exception as error:  # noqa: BLE001 - the last door: other clients must not notice
            return self._tell(f"{request.method} {request.path}", _internal(request_id, error), began_s)
        return self._carry_out(call, request.headers.get("host"), began_s)

    def _carry_out(self, call: Call, host: str, began_s: float) -> Answer | Awaitable[Answer]:
        exchange = call.exchange
        name = f"{exchange.service.name}.{call.operation.name}"
        try:
            world = self._worlds.of(exchange.account_id, exchange.region)
            caller = (self._caller(exchange.trace_header) if exchange.trace_header else None) or OUTSIDE
            outcome = self._pace.begin(
                partial(
                    world.call,
                    exchange.service.name,
                    call.operation.name,
                    call.parameters,
                    region=exchange.region,
                    caller=caller,
                )
            )
            if isinstance(outcome, dict) or not isinstance(outcome, Awaitable):
                return self._tell(name, _encoded(call, outcome, host), began_s)
        except Exception as error:  # noqa: BLE001 - as above
            return self._tell(name, _failed(call, error), began_s)
        return self._wait(name, call, outcome, host, began_s)

    async def _wait(self, name: str, call: Call, outcome: Awaitable[Result], host: str, began_s: float) -> Answer:
        task = asyncio.current_task()
        assert task is not None, "a connection waits in a task"
        self._waiting[task] = call.operation.name == "ReceiveMessage"
        try:
            answer = _encoded(call, await outcome, host)
        except asyncio.CancelledError:
            self._say(name, 499, began_s)
            raise
        except Exception as error:  # noqa: BLE001 - as above
            answer = _failed(call, error)
        finally:
            del self._waiting[task]
        return self._tell(name, answer, began_s)

    # --- the end ---------------------------------------------------------------------------------------

    def cancel_polls(self) -> None:
        """Send those home who only wait for something to come; what they wait for stays where it is."""
        for task, is_poll in list(self._waiting.items()):
            if is_poll:
                task.cancel()

    def cancel_all(self) -> list["asyncio.Task[object]"]:
        """Send everybody home who waits; return them."""
        tasks = list(self._waiting)
        for task in tasks:
            task.cancel()
        return tasks

    # --- who may ask -----------------------------------------------------------------------------------

    def _refusal(self, request: HttpRequest) -> HttpResponse | None:
        """Return the answer to a request that is refused before it is understood."""
        headers = request.headers
        host = headers.get("host")
        if not (self._trusts_any_host or _is_ours(host)):
            return _plain(403, f"{host[:200]!r} is no name of this server; use localhost")
        origin = headers.get("origin")
        if origin and origin != "null" and not _is_ours(urlsplit(origin).netloc):
            return _plain(403, f"pages of {origin[:200]} may not call this server")
        if origin == "null" or headers.get("sec-fetch-site") == "cross-site":
            return _plain(403, "pages of other sites may not call this server")
        if "lambda-url" in host and function_url(host) is not None:
            return _plain(501, f"eventsim does not serve function URLs yet: {host}")
        return None

    def _tell(self, name: str, answer: HttpResponse, began_s: float) -> HttpResponse:
        self._say(name, answer.status, began_s)
        return answer

    def _say(self, name: str, status: int, began_s: float) -> None:
        if self._told is not None:
            self._told(name, status, perf_counter() - began_s)


def _encoded(call: Call, result: Result, host: str) -> HttpResponse:
    return encode(call, at_host(result, host) if call.exchange.service.name == "sqs" else result)


def _failed(call: Call, error: Exception) -> HttpResponse:
    match error:
        case ApiError():
            return encode(call, error)
        case NotSimulated():
            return encode(call, ApiError("NotImplemented", str(error), status=501))
        case _:
            exchange = call.exchange
            _log.error("request %s to %s failed", exchange.request_id, call.operation.name, exc_info=error)
            message = f"eventsim itself failed; its log has more of request {exchange.request_id}"
            return encode(call, ApiError("InternalFailure", message, status=500))


def _internal(request_id: str, error: Exception) -> HttpResponse:
    _log.error("request %s failed", request_id, exc_info=error)
    return _plain(500, f"eventsim itself failed; its log has more of request {request_id}")


def _plain(status: int, message: str) -> HttpResponse:
    """Return an answer outside of any protocol of AWS's."""
    body = msgspec.json.encode({"message": message}) + b"\n"
    return HttpResponse(status=status, headers=(("Content-Type", "application/json"),), body=body)


def _is_ours(host: str) -> bool:
    """Tell whether a host is this machine's, or AWS's that somebody has pointed at us."""
    name = urlsplit(f"//{host}").hostname or ""
    if name in ("localhost", "") or name.endswith((".localhost", ".localhost.localstack.cloud", ".amazonaws.com")):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
