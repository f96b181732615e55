"""What becomes of a request? Decode it, ask its world, encode what comes of it; whatever happens, it is answered."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from functools import lru_cache, partial
from ipaddress import ip_address
from time import perf_counter
from typing import Any, Final, cast
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from eventsim.api import ANONYMOUS, OUTSIDE, Caller, Result
from eventsim.assembly import Assembly
from eventsim.errors import ApiError, NotSimulated
from eventsim.front_door import FrontDoor, SocketDoor, leads_to_front_door, refuse
from eventsim.live import front_door_urls, queue_urls, stack_outputs
from eventsim.live.dialogue import Dialogue, wants_socket
from eventsim.live.pace import Pace
from eventsim.live.server import Answer
from eventsim.live.upload import BODY_BYTES_MAX
from eventsim.live.worlds import Worlds
from eventsim.wire.answer import (
    answer_preflight,
    decode,
    encode,
    prepare,
    refuse_expired,
    refuse_size,
    s3_resource,
)
from eventsim.wire.cors import allowance
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse, in_memory, with_headers

OWN_PATHS: Final = "/_eventsim/"

_LOCAL_NAMES = (".localhost", ".localhost.localstack.cloud", ".docker.internal")
"""Names that nobody else can have: of this machine, and of it as containers see it."""
_HOST_NAMES = (*_LOCAL_NAMES, ".amazonaws.com")
"""Names by which we may be called: AWS's too, which somebody has pointed at us. Pages there are anybody's, though."""

_log = logging.getLogger(__name__)

Told = Callable[[str, int, float], object]
"""Told of every answer: what was asked, the status, how many seconds it took."""


WITHOUT_REGIONS: Final = frozenset(
    ("account", "budgets", "ce", "cloudfront", "iam", "networkmanager", "organizations", "route53", "shield", "waf")
)
"""Services of which an account has one for all regions (botocore's endpoints say so); they lie in the world at home."""


class _Errand(Struct, frozen=True, kw_only=True):
    """What is to be done for a request.

    Attributes:
        answer: makes a response of the result.
        fail: makes one of what went wrong.
        is_poll: whether it may only wait for something to come.
    """

    name: str
    begin: Callable[[], Result | Awaitable[Result]]
    answer: Callable[[Result], HttpResponse]
    fail: Callable[[Exception], HttpResponse]
    is_poll: bool = False


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
        return self._respond_to_large(request) if request.spool is not None else self._respond_soon(request)

    def _respond_soon(self, request: HttpRequest) -> Answer | Awaitable[Answer]:
        if "origin" in request.headers or request.method == "OPTIONS":
            return self._respond_to_page(request)
        return self._respond(request)

    async def _respond_to_large(self, request: HttpRequest) -> Answer:
        """Answer a request whose body is read through first, while others are answered."""
        size_bytes = len(request.spool or b"")
        if size_bytes > BODY_BYTES_MAX and not self._bucket_asked(request)[0]:
            return self.refuse_size(request, size_bytes)  # whoever takes bodies apart does so in memory
        answer = self._respond_soon(await asyncio.to_thread(prepare, request))
        return await answer if isinstance(answer, Awaitable) else answer

    def refuse_size(self, request: HttpRequest, size_bytes: int) -> HttpResponse:
        """Answer a request whose body is longer than anything that is taken."""
        refusal = refuse_size(request, size_bytes, request_id=self._request_id(), home=self._worlds.home)
        answer = refusal or _plain(413, f"a body of {size_bytes:,} bytes is too long")
        return self._tell(f"{request.method} {request.path}", answer, perf_counter())

    def _respond_to_page(self, request: HttpRequest) -> Answer | Awaitable[Answer]:
        """Answer a request that a browser sends for a page: a bucket's owner may have let it in."""
        bucket, key = self._bucket_asked(request)
        if not bucket:
            return self._respond(request)
        rules = self._cors_rules(bucket)
        if request.method == "OPTIONS":
            answer = answer_preflight(
                request, rules, is_about_object=bool(key), request_id=self._request_id(), home=self._worlds.home
            )
            return self._tell(f"{request.method} {request.path}", answer, perf_counter())
        # Nobody looks at signatures here, so rules are about objects, and let no page set up or delete a bucket.
        is_about_objects = key or request.method in ("GET", "HEAD", "POST")
        allowed = allowance(rules or (), request.headers.get("origin"), request.method) if is_about_objects else ()
        return with_headers(self._respond(request, is_let_in=bool(allowed)), allowed)

    def _bucket_asked(self, request: HttpRequest) -> tuple[str, str]:
        """Return which bucket and which key a request means, "" if it means something else, or us by a wrong name."""
        host, path = request.headers.get("host"), request.path
        if self._refusal_of_host(host) is not None or leads_to_front_door(host, path) or path.startswith(OWN_PATHS):
            return "", ""
        if self._is_domain_of_an_api(host) or self._knock(request) is not None:
            return "", ""
        return s3_resource(request, self._worlds.home) or ("", "")

    def _cors_rules(self, bucket: str) -> Sequence[Mapping[str, Any]] | None:
        """Return the rules of a bucket, wherever it is: a browser that asks beforehand signs nothing."""
        found = (world.cors_rules(bucket) for world in self._worlds)
        return next((rules for rules in found if rules is not None), None)

    def _respond(self, request: HttpRequest, *, is_let_in: bool = False) -> Answer | Awaitable[Answer]:
        """Answer a request.

        Args:
            is_let_in: whether the page that sends it may ask.
        """
        began_s = perf_counter()
        request_id = self._request_id()
        try:
            refusal = self._refusal(request, is_let_in=is_let_in)
            if refusal is not None:
                return self._tell(f"{request.method} {request.path}", refusal, began_s)
            if request.path.startswith(OWN_PATHS):
                return self._admin(in_memory(request))
            door = self._knock(request)
            if door is not None:
                return self._enter(door, in_memory(request), began_s)
            if leads_to_front_door(request.headers.get("host"), request.path):
                return self._tell(f"{request.method} {request.path}", refuse(request), began_s)
            call = decode(request, request_id=request_id, home=self._worlds.home)
            if isinstance(call, HttpResponse):
                return self._tell(f"{request.method} {request.path}", call, began_s)
            if call.exchange.expires_at_s:
                expired = refuse_expired(call, self._world_of(call).clock.date())
                if expired is not None:
                    return self._tell(f"{request.method} {request.path}", expired, began_s)
        except Exception as error:  # noqa: BLE001 - the last door: other clients must not notice
            return self._tell(f"{request.method} {request.path}", _internal(request_id, error), began_s)
        return self._carry_out(self._errand(call, request), began_s)

    def _world_of(self, call: Call) -> Assembly:
        exchange = call.exchange
        is_about_bucket = exchange.service.name == "s3" and "Bucket" in call.parameters
        there = self._worlds.with_bucket(exchange.account_id, call.parameters["Bucket"]) if is_about_bucket else None
        region = self._worlds.home.region if exchange.service.name in WITHOUT_REGIONS else exchange.region
        return there or self._worlds.of(exchange.account_id, region)

    def _errand(self, call: Call, request: HttpRequest) -> "_Errand":
        """Return what a call of an operation asks for."""
        exchange, host = call.exchange, request.headers.get("host")
        service, operation = exchange.service.name, call.operation_name

        def begin() -> Result | Awaitable[Result]:
            world = self._world_of(call)
            caller = OUTSIDE if exchange.access_key_id else ANONYMOUS
            if exchange.trace_header:
                traced = self._caller(exchange.trace_header) or OUTSIDE
                caller = replace(traced, trace_header=exchange.trace_header, is_anonymous=caller.is_anonymous)
            if service == "sts":
                caller = replace(caller, session_token=request.headers.get("x-amz-security-token"))
            return world.call(
                service, operation, call.parameters, region=exchange.region, caller=caller, is_checked=True
            )

        return _Errand(
            name=f"{service}.{operation}",
            begin=begin,
            answer=lambda result: encode(call, self._paced(call, _at_host(service, result, host))),
            fail=partial(_failed, call),
            is_poll=operation == "ReceiveMessage",
        )

    def _paced(self, call: Call, result: Result) -> Result:
        """Return a result whose events, if they have to be waited for, come as the world's time passes."""
        output = call.operation.output
        if output is None or not output.event_stream:
            return result
        events = {name: value for name, value in result.items() if isinstance(value, AsyncIterator)}
        return {**result, **{name: self._events(each) for name, each in events.items()}} if events else result

    async def _events(self, events: AsyncIterator[Result]) -> AsyncIterator[Result]:
        while True:
            outcome = self._pace.begin(partial(_next, events))
            event = await outcome if isinstance(outcome, Awaitable) else outcome
            if not event:
                return
            yield event

    def _knock(self, request: HttpRequest) -> FrontDoor | None:
        """Return the front door that answers a request, whosever account and region it is of."""
        host = request.headers.get("host")
        is_signed = request.headers.get("authorization").startswith("AWS4-")
        if is_signed and not leads_to_front_door(host, request.path):
            return None
        return next(filter(None, (world.front_door(request) for world in self._worlds)), None)

    def _enter(self, door: FrontDoor, request: HttpRequest, began_s: float) -> Answer | Awaitable[Answer]:
        """Have a front door answer a request."""
        if wants_socket(request) and isinstance(door, SocketDoor):
            self._say(f"WebSocket {request.headers.get('host')}{request.path}", 101, began_s)
            return self._converse(door, request)

        def begin() -> Any:
            return door.handle(request)

        def answer(response: Any) -> HttpResponse:
            return cast("HttpResponse", response)

        request_id = self._request_id()
        name = f"{request.method} {request.headers.get('host')}{request.path}"
        errand = _Errand(name=name, begin=begin, answer=answer, fail=partial(_internal, request_id))
        return self._carry_out(errand, began_s)

    def _converse(self, door: SocketDoor, request: HttpRequest) -> Dialogue:
        async def run(step: Callable[[], Any]) -> Any:
            outcome = self._pace.begin(step)
            return await outcome if isinstance(outcome, Awaitable) else outcome

        return Dialogue(request, lambda dialogue: run(lambda: door.connect(request, dialogue)), run)

    def _carry_out(self, errand: "_Errand", began_s: float) -> Answer | Awaitable[Answer]:
        try:
            outcome = self._pace.begin(errand.begin)
            if isinstance(outcome, dict) or not isinstance(outcome, Awaitable):
                return self._tell(errand.name, errand.answer(outcome), began_s)
        except Exception as error:  # noqa: BLE001 - as above
            return self._tell(errand.name, errand.fail(error), began_s)
        return self._wait(errand, outcome, began_s)

    async def _wait(self, errand: "_Errand", outcome: Awaitable[Result], began_s: float) -> Answer:
        task = asyncio.current_task()
        assert task is not None, "a connection waits in a task"
        self._waiting[task] = errand.is_poll
        try:
            answer = errand.answer(await outcome)
        except asyncio.CancelledError:
            self._say(errand.name, 499, began_s)
            raise
        except Exception as error:  # noqa: BLE001 - as above
            answer = errand.fail(error)
        finally:
            del self._waiting[task]
        return self._tell(errand.name, answer, began_s)

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

    def _refusal(self, request: HttpRequest, *, is_let_in: bool) -> HttpResponse | None:
        """Return the answer to a request that is refused before it is understood."""
        headers = request.headers
        host = headers.get("host")
        if self._is_domain_of_an_api(host):
            return None
        refusal = self._refusal_of_host(host)
        if refusal is not None or is_let_in or leads_to_front_door(host, request.path):
            return refusal  # whose pages may call an API is for the API to say
        origin = headers.get("origin")
        if origin and not _is_ours(origin, _LOCAL_NAMES):
            return _plain(403, f"pages of {origin[:200]!r} may not call this server")
        if not origin and headers.get("sec-fetch-site") == "cross-site":
            return _plain(403, "pages of other sites may not call this server")
        return None

    def _refusal_of_host(self, host: str) -> HttpResponse | None:
        if self._trusts_any_host or _is_ours(f"//{host}", _HOST_NAMES):
            return None
        return _plain(403, f"{host[:200]!r} is no name of this server; use localhost")

    def _is_domain_of_an_api(self, host: str) -> bool:
        """Tell whether somebody has given this name to an API: by the name alone, whatever the path says."""
        if _is_machine(host) or leads_to_front_door(host, "/") or host.partition(":")[0].endswith(".amazonaws.com"):
            return False
        probe = HttpRequest(method="GET", path="/", headers=Headers([("Host", host)]))
        return any(world.front_door(probe) is not None for world in self._worlds)

    def _tell(self, name: str, answer: HttpResponse, began_s: float) -> HttpResponse:
        self._say(name, answer.status, began_s)
        return answer

    def _say(self, name: str, status: int, began_s: float) -> None:
        if self._told is not None:
            self._told(name, status, perf_counter() - began_s)


async def _next(events: AsyncIterator[Result]) -> Result:
    """Return the next event, an empty one when there are no more."""
    return await anext(events, {})


def _at_host(service: str, result: Result, host: str) -> Result:
    """Return a result with its addresses at the host by which the client knows us."""
    match service:
        case "sqs":
            return queue_urls.at_host(result, host)
        case "lambda" | "apigatewayv2":
            return front_door_urls.at_host(result, host)
        case "cloudformation":
            return stack_outputs.at_host(result, host)
        case _:
            return result


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


def _is_machine(host: str) -> bool:
    """Tell whether a host is this machine by its plain name or number, as nearly every request has it."""
    return host.partition(":")[0] in ("localhost", "127.0.0.1", "[", "")


@lru_cache(maxsize=100)
def _is_ours(url: str, names: tuple[str, ...]) -> bool:
    """Tell whether a URL leads to this machine, by its number or by one of these names."""
    try:
        name = urlsplit(url).hostname or ""
        return f".{name}".endswith(names) or (not name and url == "//") or ip_address(name).is_loopback
    except ValueError:
        return False
