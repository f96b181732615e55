"""How does a process come to be ready? Extensions register, the handler is loaded, and all of them ask for an event."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventsim.environment.bootstrap import failure_of
from eventsim.environment.error_object import exited, timed_out, unstartable
from eventsim.environment.runtime_process import Process
from eventsim.environment.stage import Ended, run_stage
from eventsim.handler.process import ProcessExit, Unstartable
from eventsim.handler.strand import HandlerStuck, Raised, Returned
from eventsim.outcome import Failure

if TYPE_CHECKING:
    from eventsim.environment.environment import Environment


class Loading:
    """One beginning of a process, in the init phase or within an invocation.

    Args:
        request_id: of the invocation, "" in the init phase.
        ended: called at its end with what is wrong, None if it went well.
    """

    __slots__ = ("_deadline_us", "_ended", "_environment", "_process", "_request_id")

    def __init__(
        self,
        environment: "Environment",
        process: Process,
        deadline_us: int,
        request_id: str,
        ended: Callable[[Failure | None], None],
    ) -> None:
        self._environment = environment
        self._process = process
        self._deadline_us = deadline_us
        self._request_id = request_id
        self._ended = ended

    def run(self) -> None:
        """Begin; `ended` is called later."""
        retinue = self._environment.retinue
        if retinue is None:
            self._load()
        else:
            retinue.launch(self._request_id, self._deadline_us, self._launched)

    def _launched(self, failure: Failure | None) -> None:
        retinue = self._environment.retinue
        assert retinue is not None, "it has launched"
        if failure is not None:
            self._ended(failure)
        else:
            retinue.begin_runtime()
            self._load()

    def _load(self) -> None:
        environment, process = self._environment, self._process
        extra_us = environment.stopwatch(environment.version.init_duration, environment.init_duration_us)
        strands = environment.ground.strands
        run_stage(strands, process.surroundings, process.load, self._deadline_us, extra_us, self._loaded)

    def _loaded(self, result: Ended) -> None:
        environment = self._environment
        failure = _failure(environment, result, self._request_id)
        if failure is None:
            self._process.is_loaded = True
        if failure is None and environment.retinue is not None:  # also one that began while the handler was loaded
            environment.retinue.be_ready(self._request_id, self._deadline_us, self._ended)
        else:
            self._ended(failure)


def _failure(environment: "Environment", result: Ended, request_id: str) -> Failure | None:
    """Return what came of an init, None if it went well."""
    if isinstance(result, Returned):
        error = result.value
        if error is None or isinstance(error, Failure):
            return error
        return failure_of(error, environment.premises.marshaller, resets=True)
    return ending_failure(result, request_id, environment.version.timeout_us)


def ending_failure(result: Raised | None, request_id: str, timeout_us: int) -> Failure:
    """Return the outcome of a process that did not come to an answer."""
    if result is None:
        return timed_out(request_id, timeout_us)
    match result.error:
        case HandlerStuck():
            return timed_out(request_id, timeout_us)
        case ProcessExit(code=code, signal_number=signal_number):
            return exited(request_id, code, signal_number)
        case SystemExit(code=code):
            return exited(request_id, _exit_status(code), None)
        case Unstartable():
            return unstartable(request_id, str(result.error))
        case _:  # whatever the runtime does not catch ends it, as an uncaught exception ends Python
            return exited(request_id, 1, None)


def _exit_status(code: object) -> int:
    """Return the status with which Python exits for the argument of `sys.exit`."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1
