"""How is a program reached? A thread with a loop of asyncio's reads and writes its sockets and pipes.

The run's own loop must not wait for the outside, and in virtual time it cannot. So whoever runs a program asks for one
event after the other: the program has sent a request, it was silent for a while, it has ended. From the question to its
answer the clock is held. What comes while nobody asks waits.
"""

import asyncio
import collections
import contextlib
import errno
import os
import signal
import socket
import subprocess
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from eventsim.environment.variables import as_bytes
from eventsim.errors import RunError
from eventsim.live.last_will import LastWill
from eventsim.live.server import Server
from eventsim.loop import Ticket
from eventsim.runtime_api.output import Output, Printed
from eventsim.runtime_api.posting import status_of
from eventsim.runtime_api.slumber import sleeps
from eventsim.wire.http import HttpRequest, HttpResponse, in_memory

_READ_BYTES = 1 << 16
_HEAD_BYTES_MAX = (1 << 20) + (1 << 16)
"""AWS's clients tell the cause of an error in a header, which may be a mebibyte long."""
_READS_AT_ONCE = 16
"""More than a pipe holds, so all is read that was printed before a request came; and then it is another's turn."""
PRINTED_BYTES_MAX = 1 << 22
"""How much may be printed before somebody takes it."""
PRINTED_MAX = 8
"""How often somebody takes that much while the program says nothing else; then it waits."""
_LOOKS, _LOOK_S = 10, 0.005
"""How often a program must be found asleep, one look after another, before its silence is waiting."""
_WORK_S = 0.02
"""How long it is left alone when it is found at work."""
_TURNS_TO_ACCEPT = 5
"""How many turns of asyncio's loop pass from a connection's arrival until it can be hung up, and has gone."""
_END_S = 10.0
"""How long a killed program may take to be gone."""


class Exchange:
    """One request of a program, and the way back to it."""

    __slots__ = ("_answer", "_loop", "request")

    def __init__(self, request: HttpRequest, loop: asyncio.AbstractEventLoop) -> None:
        self.request = request
        self._loop = loop
        self._answer: asyncio.Future[HttpResponse] = loop.create_future()

    def reply(self, response: HttpResponse) -> None:
        """Answer it; who has hung up hears nothing. Called from the run's thread."""
        self._loop.call_soon_threadsafe(self._set, response)

    def _set(self, response: HttpResponse) -> None:
        if not self._answer.done():
            self._answer.set_result(response)

    def answered(self) -> Awaitable[HttpResponse]:
        """Return what comes of it, for the thread of the line."""
        return self._answer


class Written(Struct, frozen=True):
    """A program has sent a part of a body that somebody wants to see as it comes; the whole of it comes by `Exchange`.

    Attributes:
        request: without its body.
    """

    request: HttpRequest
    data: bytes


class Printing(Struct, frozen=True):
    """A program has printed more than is kept here, and goes on when somebody has taken it.

    Attributes:
        wait_s: how much of the silence is left that somebody was willing to bear.
    """

    wait_s: float


class HungUp(Struct, frozen=True):
    """A program no longer wants the answer to a request."""

    exchange: Exchange


class Ended(Struct, frozen=True):
    """A program has ended, with a status, or with minus the signal that killed it."""

    status: int


class Silent(Struct, frozen=True):
    """A program has not said anything for as long as somebody was willing to wait.

    Attributes:
        lasted_s: how long that was, on the wall clock.
    """

    lasted_s: float = 0.0


class Sent(Struct, frozen=True):
    """A program was sent a request, and has answered with a status; 0 if nobody has."""

    status: int


Event = Exchange | Written | Printing | HungUp | Ended | Silent | Sent


class Board:
    """The thread in which the lines of one run lie; it begins with the first of them.

    Attributes:
        will: ends their programs if nobody else can any more.
    """

    def __init__(self) -> None:
        self.will = LastWill()
        self.loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=self._run, name="eventsim programs", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def soon(self, function: Callable[..., object], *arguments: Any) -> None:
        """Call something in the thread."""
        self.loop.call_soon_threadsafe(function, *arguments)

    def close(self) -> None:
        """End the thread; its lines are closed."""
        self.soon(self.loop.stop)
        self._thread.join()
        self.loop.close()
        self.will.close()


class Line:
    """One environment's program: its port, its output, its end.

    Args:
        hold: holds the clock of the run.
        date: tells the seconds since 1970 for the header `Date`.
        what: what the run waits for while it listens, in words.
        printed: told, in the thread, that something was printed.
        follows: says whether the body of a request is wanted as it comes.

    Attributes:
        address: host and port of its API.

    Raises:
        RunError: this process may not open more files.
    """

    def __init__(
        self,
        board: Board,
        *,
        hold: Callable[[str], Ticket],
        date: Callable[[], float],
        what: str,
        printed: Callable[[], object],
        follows: Callable[[HttpRequest], bool],
    ) -> None:
        self._board = board
        self._hold = hold
        self._what = what
        self._tell_of_output = printed
        self._socket = _port()
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._follows = follows
        self._server = Server(
            board.loop, self._respond, _refuse_size, date, follow=self._follow, head_bytes_max=_HEAD_BYTES_MAX
        )
        self._inbox: collections.deque[Event] = collections.deque()
        self._listener: tuple[Ticket, Callable[[Event], object], asyncio.TimerHandle] | None = None
        self._attended_s = 0.0
        """When somebody began to listen."""
        self._child: subprocess.Popen[bytes] | None = None
        self._pipe = -1
        """What it prints into; -1 before it is started, and once it has closed that."""
        self._output = Output()
        self._printed: collections.deque[Printed] = collections.deque()
        self._printed_bytes = 0
        self._is_full = False
        """Whether nothing more is read until somebody takes what is there."""
        self._taken_count = 0
        """How often that was since the program said something else."""
        self._deliveries: set[asyncio.Task[int]] = set()
        self._is_stopped = False
        asyncio.run_coroutine_threadsafe(self._server.listen([self._socket]), board.loop)

    # --- from the run's thread -------------------------------------------------------------------------

    def start(self, command: Sequence[str], variables: Mapping[str, str], folder: Path) -> None:
        """Start the program, in a process group of its own, so that it is killed with all that it starts.

        What it prints and the log events that its runtime frames come by one pipe, so their order is kept.

        Raises:
            OSError: it cannot be started.
        """
        output, output_end = os.pipe()
        try:
            child = subprocess.Popen(  # noqa: S603 - the user's own program, no shell
                command,
                cwd=folder,
                env=as_bytes({**variables, "_LAMBDA_TELEMETRY_LOG_FD": str(output_end)}),
                stdin=subprocess.DEVNULL,
                stdout=output_end,
                stderr=output_end,
                pass_fds=[output_end],
                process_group=0,  # not a session: a stopped group whose parent dies is hung up on by the kernel
            )
        except OSError:
            os.close(output)
            raise
        finally:
            os.close(output_end)
        self._child = child
        self._board.will.note(child.pid)
        self._board.soon(self._attach, child, output)

    def listen(self, heard: Callable[[Event], object], wait_s: float, work_s: float = 0.0) -> None:
        """Have `heard` called with what comes next, on the run's loop, whose clock is held until then.

        Args:
            wait_s: how long silence may last, on the wall clock, before that is what is heard.
            work_s: how much longer it may last if the program is at work.
        """
        self._board.soon(self._attend, self._hold(self._what), heard, wait_s, work_s)

    def send(self, port: int, request: bytes) -> None:
        """Have a request sent to where the program listens itself; what comes of it is heard as `Sent`."""
        self._board.soon(self._send, port, request)

    def printed(self) -> list[Printed]:
        """Return what has been printed since the last time."""
        texts: list[Printed] = []
        with contextlib.suppress(IndexError):
            while True:
                texts.append(self._printed.popleft())
        self._printed_bytes = 0
        if self._is_full:
            self._board.soon(self._read_on)
        return texts

    def freeze(self) -> None:
        """Let nothing in the program run until it is thawed."""
        self._is_stopped = True
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it run again."""
        if self._is_stopped:
            self._is_stopped = False
            self._signal(signal.SIGCONT)

    def close(self) -> None:
        """Kill the program and all that it started."""
        self._signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait(_END_S)
            self._board.will.strike(self._child.pid)
        asyncio.run_coroutine_threadsafe(self._leave(), self._board.loop).result(_END_S)

    def _signal(self, number: int) -> None:
        if self._child is not None:
            with contextlib.suppress(ProcessLookupError):  # it has ended, with all that it started
                os.killpg(self._child.pid, number)

    # --- in the thread of the board --------------------------------------------------------------------

    def _attach(self, child: subprocess.Popen[bytes], pipe: int) -> None:
        os.set_blocking(pipe, False)
        self._pipe = pipe
        self._board.loop.add_reader(pipe, self._read)
        threading.Thread(target=self._watch, args=(child,), name="eventsim program watch", daemon=True).start()

    def _watch(self, child: subprocess.Popen[bytes]) -> None:
        status = child.wait()
        with contextlib.suppress(RuntimeError):  # the board is closed: nobody wants to know
            self._board.soon(self._end, status)

    def _end(self, status: int) -> None:
        self._tell(Ended(status))

    def _read(self) -> None:
        for _ in range(_READS_AT_ONCE):
            if self._pipe < 0:
                return
            if self._printed_bytes > PRINTED_BYTES_MAX:
                self._is_full = True
                self._board.loop.remove_reader(self._pipe)
                self._have_it_taken()
                return
            try:
                data = os.read(self._pipe, _READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                self._detach()
                return
            self._printed_bytes += len(data)
            self._printed.extend(self._output.feed(data))
            self._tell_of_output()

    def _send(self, port: int, request: bytes) -> None:
        delivery = self._board.loop.create_task(status_of(port, request))
        self._deliveries.add(delivery)
        delivery.add_done_callback(self._sent)

    def _sent(self, delivery: "asyncio.Task[int]") -> None:
        self._deliveries.discard(delivery)
        self._tell(Sent(0 if delivery.cancelled() else delivery.result()))

    def _have_it_taken(self) -> None:
        """Tell whoever listens that there is much to take."""
        if self._listener is not None and self._taken_count < PRINTED_MAX:
            self._taken_count += 1
            _, _, timer = self._listener
            self._post(Printing(max(timer.when() - self._board.loop.time(), 0.0)))

    def _read_on(self) -> None:
        self._is_full = False
        if self._pipe >= 0:
            self._board.loop.add_reader(self._pipe, self._read)

    def _detach(self) -> None:
        """Read no more."""
        if self._pipe >= 0:
            self._printed.extend(self._output.rest())
            self._board.loop.remove_reader(self._pipe)
            os.close(self._pipe)
            self._pipe = -1

    def _follow(self, request: HttpRequest) -> Callable[[bytes], object] | None:
        return (lambda data: self._tell(Written(request, data))) if self._follows(request) else None

    def _respond(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        if "sec-fetch-site" in request.headers:  # only browsers send it, and no page has anything to look for here
            return HttpResponse(status=403, headers=(), body=b"pages may not call the runtime of a function\n")
        exchange = Exchange(in_memory(request), self._board.loop)
        self._tell(exchange)
        return self._answered(exchange)

    async def _answered(self, exchange: Exchange) -> HttpResponse:
        try:
            return await exchange.answered()
        except asyncio.CancelledError:
            self._tell(HungUp(exchange))
            raise

    def _attend(self, ticket: Ticket, heard: Callable[[Event], object], wait_s: float, work_s: float) -> None:
        if self._inbox:
            ticket.post(heard, self._inbox.popleft())
        else:
            self._attended_s = self._board.loop.time()
            until_s = self._attended_s + wait_s + work_s
            timer = self._board.loop.call_later(wait_s, self._be_silent, until_s if work_s else 0.0, 1)
            self._listener = ticket, heard, timer
            if self._is_full:
                self._have_it_taken()

    def _be_silent(self, until_s: float, look: int) -> None:
        """Tell of silence, unless the program is at work and may be so for longer."""
        now_s = self._board.loop.time()
        if self._listener is None or self._child is None or now_s >= until_s:
            self._tell(Silent(now_s - self._attended_s))
            return
        is_asleep = sleeps(self._child.pid)
        if is_asleep and look == _LOOKS:
            self._tell(Silent(now_s - self._attended_s))
            return
        ticket, heard, _ = self._listener
        if is_asleep:
            timer = self._board.loop.call_later(_LOOK_S, self._be_silent, until_s, look + 1)
        else:
            timer = self._board.loop.call_later(_WORK_S, self._be_silent, until_s, 1)
        self._listener = ticket, heard, timer

    def _tell(self, event: Event) -> None:
        """Tell whoever listens, of what was printed first."""
        self._read()
        is_silence = isinstance(event, Silent)
        if not is_silence:
            self._taken_count = 0
        if self._listener is None:
            if not is_silence:  # it has just been found that there was none
                self._inbox.append(event)
            return
        self._post(event)

    def _post(self, event: Event) -> None:
        """Tell whoever listens, who listens no more."""
        assert self._listener is not None, "somebody listens"
        (ticket, heard, timer), self._listener = self._listener, None
        timer.cancel()
        ticket.post(heard, event)

    async def _leave(self) -> None:
        self._detach()
        for delivery in self._deliveries:
            delivery.cancel()
        await self._server.stop(0.0)
        for _ in range(_TURNS_TO_ACCEPT):  # who was just let in has to go, too
            await asyncio.sleep(0)
            self._server.abort()
        self._socket.close()
        if self._listener is not None:
            self._tell(Silent())  # the clock must not be held for somebody who is gone


def _port() -> socket.socket:
    try:
        return socket.create_server(("127.0.0.1", 0))
    except OSError as error:
        if error.errno != errno.EMFILE:
            raise
        raise RunError(
            "too many open files: each environment of a function that is a program needs five; raise the limit "
            "(`ulimit -n 4096`), or let fewer run at once (`reserved_concurrency`)"
        ) from None


def _refuse_size(_request: HttpRequest, size_bytes: int) -> HttpResponse:
    return HttpResponse(status=413, headers=(), body=f"a body of {size_bytes:,} bytes is too long\n".encode())
