"""What does a program wait for in virtual time? Its calls to AWS, and spans of time that its runtime asks for.

Each is a request that stays open until the run has come to its answer.
"""

import asyncio
import logging
from asyncio import TimerHandle
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from eventsim.clock import Clock
from eventsim.errors import EventsimError
from eventsim.runtime_api.line import Exchange
from eventsim.wire.http import HttpRequest, HttpResponse, plain, whole

SLEEP = "/_eventsim/sleep"
"""Where a runtime asks for a span of time to pass, answered with `{"epoch_us": …}` once it has."""
WAITS = "/_eventsim/waits"
"""Where a runtime says that the process does nothing but wait, for what it has asked for before."""
_CALLS = "eventsim-calls"
"""The header in which a program that does nothing but wait says for how many calls: this one, and those before it."""
NOW = "Eventsim-Epoch-Us"
"""The header that tells a program what time it is: microseconds since 1970."""

QUIET_S = 0.05
"""How long a program must be silent, on the wall clock, before time passes for what it waits for."""
UNSURE_S = 1.0
"""The same for one that has got another answer since it began to wait, as it may be at work on that; and for one that
tells when it does nothing but wait, while it does not."""

_NUMBER = "Eventsim-Answer"
"""The header that counts answers: by the last that it heard of, a program tells what it knew when it began to wait."""
_JSON = (("Content-Type", "application/json"),)

_log = logging.getLogger(__name__)

Answer = Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]


class _State(Struct):
    """What a runtime says of its process.

    Attributes:
        heard: the number of the last answer that it has heard; None from one that does not tell.
        calls: how many of its calls have no answer yet; None from one that may do more than wait.
        sleeps: how many spans of time it waits for.
        written: how many bytes it has written into streamed answers so far.
    """

    heard: int | None = None
    calls: int | None = None
    sleeps: int = 0
    written: int = 0


class _Wish(_State, kw_only=True):
    """What a runtime asks for.

    Attributes:
        us: how much time shall pass.
    """

    us: Annotated[int, Meta(ge=0)]


class Calls:
    """What one environment's programs wait for.

    Args:
        answer: answers a call to AWS, on their behalf.
        answered: told whenever something of this has come to its end.
        quiet_s: how long a program must be silent that does not say that it only waits.
    """

    def __init__(
        self, clock: Clock, answer: Answer, answered: Callable[[], object], *, quiet_s: float = QUIET_S
    ) -> None:
        self._clock = clock
        self._answer = answer
        self._answered = answered
        self._quiet_s = quiet_s
        self._tasks: dict[Exchange, asyncio.Future[HttpResponse]] = {}
        self._sleeps: dict[Exchange, int] = {}
        self._timers: dict[Exchange, TimerHandle] = {}
        self._answers = self._heard = 0
        """How many answers it got, and how many of them before it last asked for what has to be waited for."""
        self._waits_for_calls: int | None = None
        """How many calls it does nothing but wait for; None if it does not say so any more."""
        self._waits_for_sleeps = 0
        """How many spans beside these."""
        self._streamed_bytes = self._written_bytes = 0
        """How much of streamed answers has come, and how much it had written when it last asked."""

    @property
    def silence_s(self) -> float | None:
        """How long a program must be silent before time may pass; None if it waits for nothing."""
        if not self._tasks and not self._timers:
            return None
        if self._heard < self._answers:
            return UNSURE_S
        does_nothing_else = self._waits_for_calls is not None and self._waits_for_calls <= len(self._tasks)
        does_nothing_else &= self._waits_for_sleeps <= len(self._sleeps)
        does_nothing_else &= self._written_bytes <= self._streamed_bytes
        return 0.0 if does_nothing_else else self._quiet_s

    def take(self, exchange: Exchange) -> None:
        """Answer a request, now or when the time has come. Called on the run's loop."""
        request = exchange.request
        if request.path == SLEEP:
            self._sleep(exchange)
            return
        if request.path == WAITS:
            self._learn(msgspec.json.decode(request.body, type=_State))
            exchange.reply(HttpResponse(status=204, headers=()))
            return
        calls = request.headers.get(_CALLS)
        self._waits_for_calls = int(calls) if calls.isdecimal() else None
        try:
            answer = whole(self._answer(_as_meant(request)))
        except Exception as error:  # noqa: BLE001 - whatever it was, the program must not wait for ever
            answer = _failed(error)
        if isinstance(answer, HttpResponse):
            self._reply(exchange, answer)
        else:
            self._heard = self._answers
            task = self._tasks[exchange] = asyncio.ensure_future(answer, loop=self._clock.loop)
            task.add_done_callback(partial(self._end, exchange))

    def hear_of_stream(self, size_bytes: int) -> None:
        """Take note that so much more of a streamed answer has come."""
        self._streamed_bytes += size_bytes

    def forget(self, exchange: Exchange) -> None:
        """Let go of a request whose answer nobody wants any more."""
        task = self._tasks.pop(exchange, None)
        if task is not None:
            task.cancel()
        if self._sleeps.pop(exchange, None) is not None:
            self._waits_for_calls = None
        self._disarm(exchange)

    def freeze(self) -> None:
        """Let no time pass for programs that stand still."""
        for exchange in list(self._timers):
            self._disarm(exchange)

    def thaw(self) -> None:
        """Go on; what has become due meanwhile is due now."""
        for exchange, until_us in self._sleeps.items():
            self._arm(exchange, until_us)

    def close(self) -> None:
        """Forget everything."""
        for exchange in [*self._tasks, *self._sleeps]:
            self.forget(exchange)

    def _sleep(self, exchange: Exchange) -> None:
        try:
            wish = msgspec.json.decode(exchange.request.body, type=_Wish)
        except msgspec.DecodeError as error:
            self._reply(exchange, plain(400, f'{error}; say how long: {{"us": 1000}}'))
            return
        self._learn(wish)
        until_us = self._sleeps[exchange] = self._clock.now_us + wish.us
        self._arm(exchange, until_us)

    def _learn(self, state: _State) -> None:
        self._heard = self._answers if state.heard is None else state.heard
        self._waits_for_calls, self._waits_for_sleeps = state.calls, state.sleeps
        self._written_bytes = state.written

    def _arm(self, exchange: Exchange, until_us: int) -> None:
        self._timers[exchange] = self._clock.loop.call_at_us(until_us, self._wake, exchange)

    def _disarm(self, exchange: Exchange) -> None:
        timer = self._timers.pop(exchange, None)
        if timer is not None:
            timer.cancel()

    def _wake(self, exchange: Exchange) -> None:
        del self._timers[exchange], self._sleeps[exchange]
        body = msgspec.json.encode({"epoch_us": self._clock.epoch_us()})
        self._reply(exchange, HttpResponse(status=200, headers=_JSON, body=body))
        self._answered()

    def _end(self, exchange: Exchange, task: "asyncio.Future[HttpResponse]") -> None:
        if self._tasks.pop(exchange, None) is None:
            return  # nobody wants it any more
        error = task.exception()
        self._reply(exchange, task.result() if error is None else _failed(error))
        self._answered()

    def _reply(self, exchange: Exchange, answer: HttpResponse) -> None:
        """Give an answer with its whole body, with the time, and with its number."""
        self._answers += 1
        answer = _in_memory(answer)
        told = ((NOW, str(self._clock.epoch_us())), (_NUMBER, str(self._answers)))
        exchange.reply(replace(answer, headers=(*answer.headers, *told)))


def _in_memory(answer: HttpResponse) -> HttpResponse:
    body = answer.body
    if isinstance(body, bytes):
        return answer
    assert not isinstance(body, AsyncIterator), "it was waited for"
    return replace(answer, body=b"".join(body) if isinstance(body, Iterator) else body.read())


def _failed(error: BaseException) -> HttpResponse:
    if isinstance(error, EventsimError):
        return plain(501, str(error))
    _log.error("a call of a program failed", exc_info=error)
    return plain(500, "eventsim itself failed; its log has more")


def _as_meant(request: HttpRequest) -> HttpRequest:
    """Return a request as AWS would have got it."""
    return replace(request, headers=request.headers.with_changes({_CALLS: None}))
