"""What becomes of a request? Decode it, ask its world, encode what comes of it; whatever happens, it is answered."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Any, Final

from eventsim.api import Caller, Result
from eventsim.errors import ApiError
from eventsim.front_door import FrontDoor, SocketDoor, leads_to_front_door, refuse
from eventsim.live.admin import is_for_admin
from eventsim.live.answer import Answer
from eventsim.live.dialogue import Dialogue, wants_socket
from eventsim.live.errand import Errand, Operation, Visit, internal, world_of
from eventsim.live.hosts import is_own_page, read_host
from eventsim.live.pace import Pace
from eventsim.live.upload import BODY_BYTES_MAX
from eventsim.live.worlds import Worlds
from eventsim.wire.answer import (
    answer_preflight,
    decode,
    prepare,
    refuse_expired,
    refuse_size,
    s3_resource,
)
from eventsim.wire.cors import allowance
from eventsim.wire.http import Headers, HttpRequest, HttpResponse, in_memory, plain, with_headers

_GONE: Final = 499
"""What is told where there is no answer: the client has hung up."""

Told = Callable[[str, int, float, str], object]
"""Told of every answer: what was asked, the status, how many seconds it took, why it was refused."""


class Service:
    """Answers requests.

    Args:
        admin: answers requests to eventsim itself.
        caller: tells on whose behalf a request is made that bears a trace header and a function's credentials.
        request_id: gives ids.
        trusts_any_host: whether requests may name us as they like; in a network of containers they do.
    """

    def __init__(
        self,
        worlds: Worlds,
        pace: Pace,
        *,
        admin: Callable[[HttpRequest], Answer | Awaitable[Answer]],
        caller: Callable[[str, str], Caller | None],
        request_id: Callable[[], str],
        told: Told | None = None,
        trusts_any_host: bool = False,
    ) -> None:
        self._worlds = worlds
        self._pace = pace
        self._admin = admin
        self._caller_of = caller
        self._request_id = request_id
        self._told = told
        self._trusts_any_host = trusts_any_host
        self._waiting: dict[asyncio.Task[object], bool] = {}
        """Requests that wait, and whether they only wait for something to come."""

    def respond(self, request: HttpRequest) -> Answer | Awaitable[Answer]:
        """Answer a request, at once if nothing has to be waited for."""
        return self._respond_soon(request) if request.spool is None else self._respond_to_large(request)

    def _respond_soon(self, request: HttpRequest) -> Answer | Awaitable[Answer]:
        if "origin" in request.headers.by_name or request.method == "OPTIONS":
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
        answer = refusal or plain(413, f"a body of {size_bytes:,} bytes is too long")
        return self._tell(request, answer, perf_counter())

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
            return self._tell(request, answer, perf_counter())
        # Nobody looks at signatures here, so rules are about objects, and let no page set up or delete a bucket.
        is_about_objects = key or request.method in ("GET", "HEAD", "POST")
        allowed = allowance(rules or (), request.headers.get("origin"), request.method) if is_about_objects else ()
        return with_headers(self._respond(request, is_let_in=bool(allowed)), allowed)

    def _bucket_asked(self, request: HttpRequest) -> tuple[str, str]:
        """Return which bucket and which key a request means, "" if it means something else, or us by a wrong name."""
        host, path = request.headers.get("host"), request.path
        said = read_host(host)
        if not (said.is_ours or self._trusts_any_host) or leads_to_front_door(host, path) or is_for_admin(request):
            return "", ""
        is_given = said.may_be_given and self._is_domain_of_an_api(host)
        if is_given or self._knock(request, is_at_door=False) is not None:
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
        is_at_door = leads_to_front_door(request.headers.by_name.get("host", ""), request.path)
        try:
            refusal = self._refusal(request, is_let_in=is_let_in or is_at_door)
            if refusal is not None:
                return self._tell(request, refusal, began_s)
            if is_for_admin(request):
                return self._admin(in_memory(request))
            door = self._knock(request, is_at_door=is_at_door)
            if door is not None:
                return self._enter(door, in_memory(request), began_s)
            if is_at_door:
                return self._tell(request, refuse(request), began_s)
            call = decode(request, request_id=request_id, home=self._worlds.home)
            if isinstance(call, HttpResponse):
                return self._tell(request, call, began_s)
            if call.exchange.expires_at_s:
                expired = refuse_expired(call, world_of(call, self._worlds).clock.date())
                if expired is not None:
                    return self._tell(request, expired, began_s)
        except Exception as error:  # noqa: BLE001 - the last door: other clients must not notice
            return self._tell(request, internal(request_id, error), began_s)
        operation = Operation(
            call=call, request=request, worlds=self._worlds, pace=self._pace, caller_of=self._caller_of
        )
        return self._carry_out(operation, began_s)

    def _knock(self, request: HttpRequest, *, is_at_door: bool) -> FrontDoor | None:
        """Return the front door that answers a request, whosever account and region it is of."""
        if not is_at_door and request.headers.by_name.get("authorization", "").startswith("AWS4-"):
            return None
        return self._door(request)

    def _door(self, request: HttpRequest) -> FrontDoor | None:
        return next(filter(None, (world.front_doors.find(request) for world in self._worlds)), None)

    def _enter(self, door: FrontDoor, request: HttpRequest, began_s: float) -> Answer | Awaitable[Answer]:
        """Have a front door answer a request."""
        if wants_socket(request) and isinstance(door, SocketDoor):
            if self._told is not None:
                self._told(f"WebSocket {request.headers.get('host')}{request.path}", 101, perf_counter() - began_s, "")
            return self._converse(door, request)
        return self._carry_out(Visit(door=door, request=request, request_id=self._request_id()), began_s)

    def _converse(self, door: SocketDoor, request: HttpRequest) -> Dialogue:
        async def run(step: Callable[[], Any]) -> Any:
            outcome = self._pace.begin(step)
            return await outcome if isinstance(outcome, Awaitable) else outcome

        return Dialogue(request, lambda dialogue: run(lambda: door.connect(request, dialogue)), run)

    def _carry_out(self, errand: Errand, began_s: float) -> Answer | Awaitable[Answer]:
        try:
            outcome = self._pace.begin(errand.begin)
            if isinstance(outcome, dict) or not isinstance(outcome, Awaitable):
                written = self._worlds.written()
                if written is None:
                    return self._tell(errand, errand.answer(outcome), began_s)
                outcome = _once_written(written, outcome)
            else:
                outcome = self._once_received(outcome)
        except Exception as error:  # noqa: BLE001 - as above
            return self._tell(errand, errand.fail(error), began_s, error)
        return self._wait(errand, outcome, began_s)

    async def _once_received(self, outcome: Awaitable[Result]) -> Result:
        """Wait for a result, and until everything that it rests on is on the disk.

        That may be what others did: a duplicate refers to a message whose sender has no answer yet.
        """
        result = await outcome
        written = self._worlds.written()
        if written is not None:
            await written
        return result

    async def _wait(self, errand: Errand, outcome: Awaitable[Result], began_s: float) -> Answer:
        task = asyncio.current_task()
        assert task is not None, "a connection waits in a task"
        self._waiting[task] = errand.is_poll
        refusal: Exception | None = None
        try:
            answer = errand.answer(await outcome)
        except asyncio.CancelledError:
            if self._told is not None:
                self._told(errand.name, _GONE, perf_counter() - began_s, "")
            raise
        except Exception as error:  # noqa: BLE001 - as above
            refusal, answer = error, errand.fail(error)
        finally:
            del self._waiting[task]
        return self._tell(errand, answer, began_s, refusal)

    def _tell(
        self, asked: HttpRequest | Errand, answer: HttpResponse, began_s: float, error: Exception | None = None
    ) -> HttpResponse:
        """Tell of an answer, and return it."""
        if self._told is not None:
            name = f"{asked.method} {asked.path}" if isinstance(asked, HttpRequest) else asked.name
            why = f"{error.code}: {error.message}" if isinstance(error, ApiError) else ""
            self._told(name, answer.status, perf_counter() - began_s, why)
        return answer

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
        """Return the answer to a request that is refused before it is understood.

        Args:
            is_let_in: whether the page that sends it may ask; which ones may call an API is for the API to say.
        """
        values = request.headers.by_name
        host = values.get("host", "")
        said = read_host(host)
        if said.may_be_given and self._is_domain_of_an_api(host):
            return None
        if not (said.is_ours or self._trusts_any_host):
            return plain(403, f"{host[:200]!r} is no name of this server; use localhost")
        if is_let_in:
            return None
        origin = values.get("origin")
        if origin and not is_own_page(origin):
            return plain(403, f"pages of {origin[:200]!r} may not call this server")
        if not origin and values.get("sec-fetch-site") == "cross-site":
            return plain(403, "pages of other sites may not call this server")
        return None

    def _is_domain_of_an_api(self, host: str) -> bool:
        """Tell whether somebody has given this name to an API: by the name alone, whatever the path says."""
        probe = HttpRequest(method="GET", path="/", headers=Headers([("Host", host)]))
        return self._door(probe) is not None


async def _once_written(written: Awaitable[None], result: Result) -> Result:
    await written
    return result
