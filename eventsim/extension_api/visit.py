"""How does a handler in Python ask an extension at a port of its own? By a request that the thread of programs carries.

The clock is held meanwhile, as for any answer from this machine. But what the extension does for it may be a call to
AWS, and that is answered by the run: so the run looks at the extensions again and again while it waits.
"""

import asyncio
import http.client
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from functools import partial
from typing import Any

from eventsim.clock import Clock
from eventsim.extension_api.program import ExtensionProgram
from eventsim.runtime_api.line import Board
from eventsim.wire.http import HttpRequest, HttpResponse

_MOMENT_S = 0.05
"""How long an answer may take, on the wall clock, before the run looks at extensions."""
_OF_CONNECTION: Mapping[str, str | None] = {"connection": None, "transfer-encoding": None, "content-length": None}


class Visits:
    """What the handlers of one environment ask of its extensions.

    Args:
        programs: its extensions.
        patience_s: how long an answer may take, on the wall clock, before time passes.
    """

    def __init__(self, board: Board, clock: Clock, programs: Sequence[ExtensionProgram], patience_s: float) -> None:
        self._board = board
        self._clock = clock
        self._programs = programs
        self._patience_s = patience_s

    async def answer(self, port: int, request: HttpRequest) -> HttpResponse:
        """Answer a request at a port of the machine.

        Raises:
            OSError: nobody is there.
        """
        answer: Future[HttpResponse] = Future()
        threading.Thread(target=_ask, args=(port, request, answer), name="eventsim visit", daemon=True).start()
        await self._until_done(answer)
        return answer.result()

    async def _until_done(self, answer: "Future[HttpResponse]") -> None:
        left_s = self._patience_s
        while not answer.done():
            await self._moment(answer)
            left_s -= _MOMENT_S
            if answer.done():
                return
            if left_s <= 0:
                await self._clock.loop.create_future()  # whoever asked has a time limit, or is killed at its deadline
            for each in self._programs:
                each.look()
            for each in [each for each in self._programs if each.is_calling]:
                answered: asyncio.Future[None] = self._clock.loop.create_future()
                each.when_answered(partial(_end, answered))
                await answered

    async def _moment(self, answer: "Future[HttpResponse]") -> None:
        """Hold the clock for a moment, or until the answer is there."""
        over: asyncio.Future[None] = self._clock.loop.create_future()
        ticket = self._clock.loop.hold("an extension to answer a handler")
        told: list[None] = []

        def tell(_: Any = None) -> None:
            if not told:
                told.append(None)
                ticket.post(_end, over)

        self._board.soon(self._board.loop.call_later, _MOMENT_S, tell)
        answer.add_done_callback(tell)
        await over


def _end(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)


def _ask(port: int, request: HttpRequest, answer: "Future[HttpResponse]") -> None:
    """Ask for real; this runs in a thread of its own."""
    target = f"{request.path}?{request.query}" if request.query else request.path
    connection = http.client.HTTPConnection("127.0.0.1", port)
    try:
        connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
        for name, value in request.headers.with_changes(
            {**_OF_CONNECTION, "content-length": str(len(request.body))}
        ).pairs:
            connection.putheader(name, value)
        connection.endheaders(request.body)
        response = connection.getresponse()
        headers = tuple((name, value) for name, value in response.getheaders() if name.lower() not in _OF_CONNECTION)
        answer.set_result(HttpResponse(status=response.status, headers=headers, body=response.read()))
    except http.client.HTTPException as error:
        answer.set_exception(ConnectionResetError(f"an extension broke off its answer: {error}"))
    except OSError as error:
        answer.set_exception(error)
    finally:
        connection.close()
