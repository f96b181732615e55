"""How does an external extension run? As a program of its own, that is listened to while it is at work.

In virtual time the clock is held meanwhile. It goes on while the program waits: for a call to AWS, for a span of time,
or for what it may yet be told of an invocation that goes on. Whether it waits shows in its silence.
"""

import signal
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from eventsim.clock import Clock
from eventsim.environment.logs import LogStream
from eventsim.extension_api.api import EXITED, LAUNCH_ERROR, STARTED, Extension
from eventsim.limits import SHUTDOWN_US
from eventsim.runtime_api.api import ROOT as RUNTIME_API
from eventsim.runtime_api.calls import QUIET_S, Calls
from eventsim.runtime_api.line import Ended, Event, Exchange, HungUp, Line, Printing, Sent, Silent
from eventsim.runtime_api.replies import refusal
from eventsim.wire.http import HttpRequest, HttpResponse


class ExtensionProgram:
    """The process of an external extension.

    Args:
        file: the program.
        variables: what it finds in its environment.
        extension: what its API knows of it.
        take: answers a request to the APIs of Lambda; False if it is none.
        hung_up: told of a request whose answer nobody wants any more.
        answer: answers its calls to AWS, in virtual time.
        changed: told whenever it has done something.
        waits: told when time has to pass, as it waits for something.
        may_hear: says whether it may yet be told something before it is given its next event.
        sent: told of the status with which it has answered a request that it was sent.
        patience_s: how long it may work on the wall clock without a word.
        is_live: whether time passes by itself.
        stream: takes what it prints.

    Attributes:
        must_end: whether it has been told that it is over.
        is_over: whether it has ended.
    """

    def __init__(
        self,
        file: Path,
        variables: Mapping[str, str],
        extension: Extension,
        line: Line,
        *,
        clock: Clock,
        take: Callable[[HttpRequest, Callable[[HttpResponse], object]], bool],
        hung_up: Callable[[Callable[[HttpResponse], object]], object],
        answer: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
        changed: Callable[[], object],
        waits: Callable[[], object],
        may_hear: Callable[[], bool],
        sent: Callable[[int], object],
        patience_s: float,
        is_live: bool,
        stream: LogStream,
    ) -> None:
        self.extension = extension
        self._file = file
        self._variables = variables
        self._line = line
        self._take = take
        self._hung_up = hung_up
        self._calls = Calls(clock, answer, self._go_on)
        self._changed = changed
        self._waits = waits
        self._may_hear = may_hear
        self._sent = sent
        self._patience_s = patience_s
        self._is_live = is_live
        self._stream = stream
        self._letters: list[tuple[int, bytes]] = []
        """Requests that wait until it is no longer busy."""
        self._unanswered = 0
        """How many requests it was sent and has not answered."""
        self._is_listening = False
        self._is_frozen = False
        self.must_end = self.is_over = False
        self._silent_s = 0.0
        self._waiters: list[Callable[[], object]] = []

    @property
    def is_at_work(self) -> bool:
        """Whether something is to be waited for."""
        return not self.is_over and (self.must_end or self.extension.is_at_work or self.is_answering)

    @property
    def is_answering(self) -> bool:
        """Whether it has yet to answer what it was sent."""
        return not self.is_over and self._unanswered > 0

    @property
    def is_calling(self) -> bool:
        """Whether a call to AWS of its takes time."""
        return not self.is_over and self._calls.silence_s is not None

    def start(self) -> None:
        """Start it."""
        try:
            self._line.start([str(self._file)], self._variables, self._file.parent.parent)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            kind = "PermissionDenied" if isinstance(error, PermissionError) else "UnknownError"
            self.extension.fail(LAUNCH_ERROR, kind, f"fork/exec /opt/extensions/{self._file.name}: {why}")
            self.is_over = True
            self._changed()
        else:
            self.attend()

    def attend(self) -> None:
        """Listen to it if it is at work and nobody does."""
        if self.is_at_work and not self._is_listening and not self._is_frozen:
            self._silent_s = 0.0
            self._listen()

    def look(self) -> None:
        """Listen to it for a moment, though it is not at work: somebody may have asked it for something."""
        if not (self.is_over or self._is_listening or self._is_frozen):
            self._listen_for(QUIET_S, 0.0)

    def send(self, port: int, request: bytes) -> None:
        """Send it a request at a port where it listens, and wait for the answer.

        In virtual time one that is busy gets it afterwards: it takes one thing after the other, in one order.
        """
        self._unanswered += 1
        self._letters.append((port, request))
        if self._is_live or not self._is_listening:
            self._bring()

    def _bring(self) -> None:
        """Send what waits for it."""
        letters, self._letters = self._letters, []
        for port, request in letters:
            self._line.send(port, request)
        self.attend()

    def freeze(self) -> None:
        """Let nothing in it run until it is thawed."""
        if not self._is_frozen:
            self._is_frozen = True
            self.show_output()
            self._line.freeze()
            self._calls.freeze()

    def thaw(self) -> None:
        """Let it run again."""
        if self._is_frozen:
            self._is_frozen = False
            self._line.thaw()
            self._calls.thaw()

    def close(self) -> None:
        """Kill it."""
        self.is_over = True
        self._calls.close()
        self._line.close()
        self.show_output()
        self._go_on()

    def show_output(self) -> None:
        """Have what it printed in the log."""
        self._stream.write("".join(printed.text for printed in self._line.printed()))

    def when_answered(self, tell: Callable[[], object]) -> None:
        """Tell when a call of its has been answered, or it is over."""
        self._waiters.append(tell)

    def _go_on(self) -> None:
        """Listen on after an answer."""
        waiters, self._waiters = self._waiters, []
        for tell in waiters:
            tell()
        self.attend()

    def _listen(self) -> None:
        bearable_s = max(self._bearable_s() - self._silent_s, 0.0)
        if self._is_live or self.extension.state == STARTED:
            self._listen_for(bearable_s, 0.0)
        else:
            self._listen_for(min(bearable_s, QUIET_S), self._patience_s)

    def _bearable_s(self) -> float:
        """Return how long it may do nothing before time has to pass."""
        if self._is_live:
            return self._patience_s
        silence_s = self._calls.silence_s
        if silence_s is not None:
            return silence_s
        if self._may_hear():
            return QUIET_S
        return min(self._patience_s, SHUTDOWN_US / 1e6) if self.must_end else self._patience_s

    def _listen_for(self, wait_s: float, work_s: float) -> None:
        self._is_listening = True
        self._line.listen(self._hear, wait_s, work_s)

    def _hear(self, event: Event) -> None:
        """Take what it does, on the run's loop; then go on listening while it is at work."""
        self._is_listening = False
        if self.is_over:
            return
        if isinstance(event, Silent):
            self._be_silent(event.lasted_s)  # one that prints for ever waits until somebody reads, and is silent
            return
        self.show_output()
        match event:
            case Printing(wait_s=wait_s):
                self._listen_for(wait_s, 0.0)
                return
            case Exchange():
                self._answer(event)
            case HungUp(exchange=exchange):
                self._hung_up(exchange.reply)
                self._calls.forget(exchange)
            case Sent(status=status):
                self._unanswered -= 1
                self._sent(status)
            case Ended(status=status):
                self.is_over = True
                self.extension.fail(EXITED, "Extension.Crash", _ending(status))
            case _:
                pass  # bodies are taken whole
        if not self.extension.is_at_work:
            self._bring()
        self.attend()
        self._changed()

    def _answer(self, exchange: Exchange) -> None:
        """Answer what it asks, now or later: for its events, for the runtime's, or AWS."""
        if exchange.request.path.startswith(RUNTIME_API):
            why = "the Runtime API is not simulated at the address of an extension"
            exchange.reply(refusal(501, "Runtime.NotSimulated", why))
        elif not self._take(exchange.request, exchange.reply):
            self._calls.take(exchange)

    def _be_silent(self, lasted_s: float) -> None:
        """Listen on until patience ends; then time has to pass."""
        self._silent_s += lasted_s
        if not self.is_at_work:
            return
        if self._silent_s < self._bearable_s():
            self._listen()
        elif self._letters:
            self._bring()
        else:
            self._waits()


def _ending(status: int) -> str:
    """Return how a process ended, as AWS's emulator words it."""
    if status >= 0:
        return f"exit status {status}" if status else "exit code 0"
    return f"signal: {signal.strsignal(-status) or -status}".lower()
