"""Where do the programs of one world's functions begin and end, and who answers their calls to AWS?"""

import os
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from eventsim.api import Caller
from eventsim.clock import Clock
from eventsim.environment.logs import LogStream
from eventsim.environment.runtime_process import Equipment, Process, StartProcess, caller_under, error_log
from eventsim.function.function import FunctionVersion
from eventsim.function.program import language_led, runs_as_program
from eventsim.handler.modules import ModuleSpace
from eventsim.handler.surroundings import Surroundings
from eventsim.wire.http import HttpRequest, HttpResponse

AnswerOnBehalf = Callable[[HttpRequest, Caller], HttpResponse | Awaitable[HttpResponse]]

_NOT_HERE = ("LD_LIBRARY_PATH", "PYTHONPATH")
"""Variables of Lambda's that name folders which this machine does not have."""
_FOR_EVER_S = 1e6


def _not_yet() -> None:
    """In virtual time, what was printed is shown with what its program does next."""


class Programs:
    """Starts the processes of a world's environments: programs here, handlers in Python where they always run.

    Args:
        start_handler: starts what is no program.
        answer: answers a call to AWS on somebody's behalf, in virtual time.
        endpoint_url: where calls go in real time; "" in virtual time.
        guard_s: how long a program may work in virtual time, on the wall clock and without a word; or for as long as
            its timeout, if that is longer.

    Attributes:
        is_live: whether time passes by itself.
    """

    def __init__(
        self,
        start_handler: StartProcess,
        *,
        clock: Clock,
        answer: AnswerOnBehalf,
        account_id: str,
        endpoint_url: str,
        guard_s: float,
    ) -> None:
        self._start_handler = start_handler
        self._clock = clock
        self._answer = answer
        self.account_id = account_id
        self.endpoint_url = endpoint_url
        self.is_live = bool(endpoint_url)
        self._guard_s = guard_s
        self._board: Any = None
        self._daemon: Any = None
        self._running: dict[Process, Surroundings] = {}

    def start(self, version: FunctionVersion, given: Equipment) -> Process:
        """Start the process of an environment."""
        start = self._start_program if runs_as_program(version) else self._start_handler
        return start(version, given)

    def patience_s(self, version: FunctionVersion) -> float:
        """Return how long a program of a function may work on the wall clock without a word."""
        return _FOR_EVER_S if self.is_live else max(self._guard_s, version.timeout_us / 1e6)

    def caller(self, trace_header: str, function_arn: str) -> Caller | None:
        """Return on whose behalf a call is made that bears this header, None for nobody here."""
        return caller_under(trace_header, function_arn, self._running.values())

    def close(self) -> None:
        """End what still runs, as where a run broke off, and let go of what all programs share."""
        for process in list(self._running):
            process.close()
        if self._board is not None:
            self._board.close()
        if self._daemon is not None:
            self._daemon.close()
        self._board = self._daemon = None

    def board(self) -> Any:
        """Return the thread in which lines lie."""
        from eventsim.runtime_api.line import Board

        if self._board is None:
            self._board = Board()
        return self._board

    def line(self, what: str, printed: Callable[[], object]) -> Any:
        """Return a new line to a program that belongs to a function.

        Args:
            what: what the run waits for while it listens, in words.
            printed: told in real time, on the run's loop, that something was printed; in virtual time it is told with
                what the program does next.
        """
        from eventsim.runtime_api.api import is_streamed_answer
        from eventsim.runtime_api.line import Line  # sockets and HTTP: only programs need them

        clock = self._clock
        show = partial(clock.loop.call_soon_threadsafe, printed) if self.is_live else _not_yet
        return Line(
            self.board(),
            hold=clock.loop.hold,
            date=lambda: clock.epoch_ms() / 1000,
            what=what,
            printed=show,
            follows=is_streamed_answer,
        )

    def _start_program(self, version: FunctionVersion, given: Equipment) -> Process:
        from eventsim.runtime_api.calls import QUIET_S, UNSURE_S
        from eventsim.runtime_api.daemon import DaemonPort
        from eventsim.runtime_api.program import ProgramProcess, ProgramRuntime

        clock, code = self._clock, version.code
        assert code is not None, "a program lies in a folder"
        if self._daemon is None:
            self._daemon = DaemonPort(given.daemon)
        line = self.line(f"the program of function {version.function}", lambda: runtime.show_output())
        stream = LogStream(given.record, given.paths.in_text)
        given.tmp_path.mkdir(parents=True, exist_ok=True)
        surroundings = Surroundings(
            clock=clock,
            luck=given.luck,
            environ={
                **self._environ(version, str(code.resolve()), line.address, given),
                "TMPDIR": str(given.tmp_path),
                **version.environment,
            },
            modules=ModuleSpace(),
            task_root=code,
            tmp_path=given.tmp_path,
            write=stream.write,
        )

        runtime = ProgramRuntime(
            line,
            clock=clock,
            answer=lambda request: self.answer_call(surroundings, request),
            patience_s=self.patience_s(version),
            is_live=self.is_live,
            quiet_s=UNSURE_S if language_led(version) else QUIET_S,  # our clients tell when they only wait
            stream=stream,
            marshaller=given.marshaller,
            paths=given.paths,
            environ=surroundings.environ,
            log=error_log(stream, given.platform_log, clock),
            daemon=self._daemon,
            registry=given.registry,
        )
        process = ProgramProcess(
            version,
            line,
            surroundings=surroundings,
            runtime=runtime,
            stream=stream,
            paths=given.paths,
            close=lambda: self._running.pop(process, None),
        )
        self._running[process] = surroundings
        return process

    def answer_call(self, surroundings: Surroundings, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer what a program asks: an extension beside it, or AWS."""
        extension = surroundings.extension_named(request.headers.get("host"))
        return self._answer(request, surroundings.who_calls()) if extension is None else extension(request)

    def _environ(self, version: FunctionVersion, code: str, address: str, given: Equipment) -> dict[str, str]:
        environ = {
            **{name: value for name, value in given.environ.items() if name not in _NOT_HERE},
            "PATH": f"{os.environ.get('PATH', '')}",
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_ACCESS_KEY_ID": self.account_id,
            "LAMBDA_TASK_ROOT": code,
            "PWD": code,
            **self._daemon.variables(),
        }
        if self.endpoint_url:
            environ["AWS_ENDPOINT_URL"] = self.endpoint_url
        elif language_led(version) is not None:  # our clients bring requests for AWS's own hosts here
            environ |= {
                "EVENTSIM_VIRTUAL_TIME": "1",
                "EVENTSIM_EPOCH_US": str(self._clock.epoch_us()),
                "EVENTSIM_SEED": str(given.luck.getrandbits(32)),
            }
        else:
            environ["AWS_ENDPOINT_URL"] = f"http://{address}"
        return environ
