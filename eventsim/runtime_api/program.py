"""How does a function run that is a program? In its strand stands somebody who hands it events and waits.

So everything that decides stays as it is: phases, deadlines, resets, logs and payloads are those of a handler that runs
in a strand. In virtual time the clock is held while the program works, and its calls to AWS come over the same port as
its Runtime API: time passes while they wait, and all that it waits for is one of them.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from itertools import groupby
from operator import attrgetter
from typing import Any

from msgspec.structs import replace

from eventsim.clock import Clock
from eventsim.environment.bootstrap import failure_of
from eventsim.environment.context import LambdaContext
from eventsim.environment.error_object import ErrorObject, SourcePaths, too_large
from eventsim.environment.logs import LogStream
from eventsim.environment.marshaller import Marshaller
from eventsim.environment.retinue import Registry
from eventsim.environment.variables import TRACE_HEADER
from eventsim.function.function import FunctionVersion
from eventsim.function.program import language_led
from eventsim.handler import strand
from eventsim.handler.process import Unstartable, exit_of
from eventsim.handler.strand import HandlerStuck, Wake
from eventsim.handler.surroundings import Surroundings
from eventsim.invocation import Piece, Sink
from eventsim.outcome import Failure, Outcome, Success
from eventsim.runtime_api.api import RuntimeApi, Told, Work, described_error
from eventsim.runtime_api.calls import NOW, QUIET_S, Calls
from eventsim.runtime_api.daemon import DaemonPort
from eventsim.runtime_api.launch import launch_of
from eventsim.runtime_api.line import Ended, Event, Exchange, HungUp, Line, Printing, Silent, Written
from eventsim.wire.http import HttpRequest, HttpResponse

_TIMER_S = 0.01
"""How early a timer may ring."""


class ProgramRuntime:
    """The runtime in a program, as `Bootstrap` is the one in a strand.

    Args:
        answer: answers its calls to AWS, in virtual time.
        patience_s: how long it may work on the wall clock without a word.
        quiet_s: how long it must be silent before time passes for what it waits for, unless it says that it only waits.
        is_live: whether time passes by itself.
        log: told of an error that was made on purpose.
        daemon: on which its segments arrive.
        registry: where threads of it register as extensions.
    """

    def __init__(
        self,
        line: Line,
        *,
        clock: Clock,
        answer: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]],
        patience_s: float,
        quiet_s: float,
        is_live: bool,
        stream: LogStream,
        marshaller: Marshaller,
        paths: SourcePaths,
        environ: Mapping[str, str],
        log: Callable[[ErrorObject], object],
        daemon: DaemonPort,
        registry: Registry,
    ) -> None:
        self.request_id = ""
        self.sink: Sink | None = None
        self.api = RuntimeApi()
        self.status: int | None = None
        """How the program ended, None while it runs."""
        self._line = line
        self._clock = clock
        self._calls = Calls(clock, answer, self._go_on, quiet_s=quiet_s)
        self._patience_s = patience_s
        self._is_live = is_live
        self._pieces: list[Piece] = []
        """What it has streamed at this instant."""
        self._streamed_bytes = 0
        self._stream = stream
        self._marshaller = marshaller
        self._paths = paths
        self._environ = environ
        self._log = log
        self._daemon = daemon
        self._registry = registry
        self._is_done: Callable[[], bool] = lambda: True
        self._wake: Wake | None = None
        self._is_listening = False
        self._silent_s = 0.0
        """For how long it has said nothing, on the wall clock."""

    def be_ready(self) -> None:
        """Wait until it asks for its first event, or says that it cannot; called in a strand.

        Raises:
            ProcessExit: the program ended instead.
            HandlerStuck: it took too long on the wall clock.
        """
        self._wait_until(lambda: self._is_ready() or self.api.failure is not None)

    def handle(self, event: Any, context: LambdaContext) -> Outcome:
        """Have the program handle one event; called in a strand.

        Raises:
            ProcessExit: the program ended instead.
            HandlerStuck: it took too long on the wall clock.
        """
        self._wait_until(lambda: self.api.is_ready)
        self._streamed_bytes = 0
        self.api.hand_out(self._work(event, context), streams=self.sink is not None)
        self._wait_until(lambda: self.api.told is not None and (self._is_ready() or self.status is not None))
        assert self.api.told is not None, "that is what was waited for"
        return outcome_of(self.api.told, self._paths)

    def fail(self, error: ErrorObject) -> Failure:
        """Log an error that was made on purpose, and return the outcome."""
        self._log(error)
        return failure_of(error, self._marshaller)

    def close(self) -> None:
        """Wait for nothing any more."""
        self._wake = None
        self._calls.close()

    def _work(self, event: Any, context: LambdaContext) -> Work:
        headers = {
            "Lambda-Runtime-Aws-Request-Id": context.aws_request_id,
            "Lambda-Runtime-Deadline-Ms": str(context._epoch_deadline_time_in_ms),
            "Lambda-Runtime-Invoked-Function-Arn": context.invoked_function_arn,
            "Lambda-Runtime-Trace-Id": self._environ[TRACE_HEADER],
            NOW: str(self._clock.epoch_us()),
        }
        if context.client_context is not None:
            headers["Lambda-Runtime-Client-Context"] = json.dumps(context.client_context.as_given())
        if context.tenant_id is not None:
            headers["Lambda-Runtime-Aws-Tenant-Id"] = context.tenant_id
        event_text = json.dumps(event, separators=(",", ":"))
        return Work(request_id=context.aws_request_id, headers=headers, event=event_text.encode())

    def _is_ready(self) -> bool:
        """Tell whether it waits for an event, with all extensions in it."""
        return self.api.is_ready and self._registry.is_ready()

    # --- waiting for the program -----------------------------------------------------------------------

    def _wait_until(self, is_done: Callable[[], bool]) -> None:
        """Let the program run until something has come about; called in a strand."""
        if self.status is not None:
            raise exit_of(self.status)
        if not is_done():
            strand.wait(partial(self._begin, is_done))

    def _begin(self, is_done: Callable[[], bool], wake: Wake) -> None:
        self._is_done, self._wake = is_done, wake
        self._line.thaw()
        self._calls.thaw()
        self._listen()

    def _listen(self) -> None:
        self._silent_s = 0.0
        silence_s = self._calls.silence_s
        if silence_s is None:
            self._bear(self._patience_s)
        else:
            self._listen_for(silence_s)

    def _bear(self, silence_s: float) -> None:
        """Listen for so long; beside extensions for a moment, as it may wait for what they do."""
        if self._is_beside_others():
            self._listen_for(QUIET_S, silence_s)
        else:
            self._listen_for(silence_s)

    def _is_beside_others(self) -> bool:
        return not (self._is_live or self._registry.is_alone())

    def _listen_for(self, wait_s: float, work_s: float = 0.0) -> None:
        self._is_listening = True
        self._line.listen(self._hear, wait_s, work_s)

    def _go_on(self) -> None:
        """Let a program run on that has got an answer."""
        if self._wake is not None and not self._is_listening:
            self._listen()

    def _hear(self, event: Event) -> None:
        """Take what the program does, on the run's loop; then go on listening, or let the strand go on."""
        self._is_listening = False
        self.show_output()
        self._daemon.drain()
        if self._wake is None:
            return
        match event:
            case Exchange():
                if not self.api.take(event) and not self._registry.take(event.request, event.reply):
                    self._calls.take(event)
            case Printing(wait_s=wait_s):
                self._listen_for(wait_s)
                return
            case Written():
                self._keep(event)
            case HungUp(exchange=exchange):
                self.api.forget(exchange)
                self._registry.forget(exchange.reply)
                self._calls.forget(exchange)
            case Ended(status=status):
                self.status = status
            case Silent(lasted_s=lasted_s):
                self._be_silent(lasted_s)
                return
        if self._is_done():
            self._end(None)
        elif self.status is not None:
            self._end(exit_of(self.status))
        else:
            self._listen()

    def _be_silent(self, lasted_s: float) -> None:
        """Let time pass for what it waits for; or look whether it waits for extensions, until patience ends."""
        self._silent_s += lasted_s
        if self._calls.silence_s is not None:
            self._hand_on()  # the next answer brings it back
        elif self._is_beside_others() and self._silent_s < self._patience_s - _TIMER_S:
            if not self._registry.look_around(self._go_on):
                self._bear(self._patience_s - self._silent_s)
        else:
            self._end(HandlerStuck())

    def _end(self, error: BaseException | None) -> None:
        wake, self._wake = self._wake, None
        assert wake is not None, "somebody waits"
        self._hand_on()
        self._line.freeze()
        self._calls.freeze()
        if error is None:
            wake()
        else:
            wake.throw(error)

    def _keep(self, written: Written) -> None:
        """Keep a part of the answer until time passes: how it is cut within one instant is the machine's affair."""
        self._calls.hear_of_stream(len(written.data))
        piece = self.api.piece(written)
        if piece is not None:
            self._streamed_bytes += len(piece.data)
            if self._streamed_bytes <= self.api.bytes_max:
                self._pieces.append(piece)
        if self._is_live:
            self._hand_on()

    def _hand_on(self) -> None:
        """Hand on what was streamed."""
        pieces, self._pieces = self._pieces, []
        if pieces and self.sink is not None:
            self.sink(replace(pieces[0], data=b"".join(piece.data for piece in pieces)))

    def show_output(self) -> None:
        """Have what was printed in the log."""
        for is_event, texts in groupby(self._line.printed(), attrgetter("is_event")):
            if is_event:
                for printed in texts:
                    self._stream.emit(printed.text)
            else:
                self._stream.write("".join(printed.text for printed in texts))


class ProgramProcess:
    """The process of a function that is a program.

    Args:
        close: called at its end.
    """

    def __init__(
        self,
        version: FunctionVersion,
        line: Line,
        *,
        surroundings: Surroundings,
        runtime: ProgramRuntime,
        stream: LogStream,
        paths: SourcePaths,
        close: Callable[[], object],
    ) -> None:
        self.stream = stream
        self.environ = surroundings.environ
        self.surroundings = surroundings
        self.bootstrap = runtime
        self._version = version
        self._line = line
        self._paths = paths
        self._close = close
        self._has_loaded = False

    @property
    def is_loaded(self) -> bool:
        """Whether it has asked for an event, and still runs."""
        return self._has_loaded and self.bootstrap.status is None

    @is_loaded.setter
    def is_loaded(self, value: bool) -> None:
        self._has_loaded = value

    def load(self) -> Failure | None:
        """Start the program and wait until it is ready; called in a strand. Return what it said if it cannot be.

        Raises:
            Unstartable: there is no such program.
        """
        with strand.outside():
            launch = launch_of(self._version)
            variables = {**launch.variables, **self._of_extensions(), **self.environ}
            try:
                self._line.start(launch.command, variables, self.surroundings.task_root)
            except (OSError, ValueError) as error:  # the latter of a null character in a variable
                reason = (getattr(error, "strerror", None) or str(error)).lower()
                program = self._paths.in_text(launch.command[0])
                raise Unstartable(f"fork/exec {program}: {reason}") from None
        self.bootstrap.be_ready()
        failure = self.bootstrap.api.failure
        return None if failure is None else replace(failed(failure, self._paths), status="error", resets=True)

    def _of_extensions(self) -> dict[str, str]:
        """Return what tells our clients at which ports extensions answer."""
        ports = ",".join(map(str, self.surroundings.extensions))
        return {"EVENTSIM_EXTENSION_PORTS": ports} if ports and language_led(self._version) else {}

    def close(self) -> None:
        """Kill it."""
        self.bootstrap.close()
        self._line.close()
        self._close()


def outcome_of(told: Told, paths: SourcePaths) -> Outcome:
    """Return what a runtime's answer comes to."""
    if told.error_type:
        return failed(told, paths)
    if told.is_too_large:
        return too_large(told.bytes_max)
    return Success(told.body.decode("utf-8", "replace"))


def failed(told: Told, paths: SourcePaths) -> Failure:
    """Return the outcome of an error that a runtime described; the caller gets the description as it is.

    Only files are named by the paths that they have on AWS.
    """
    described = described_error(told.body)
    return Failure(
        error_type=str(described.get("errorType") or told.error_type),
        message=str(described.get("errorMessage") or ""),
        payload=paths.in_text(told.body.decode("utf-8", "replace"))
        if described
        else json.dumps({"errorType": told.error_type}),
    )
