"""How does an environment begin? With the init phase, once: the runtime starts and imports the handler's module."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventsim.environment.bootstrap import failure_of
from eventsim.environment.error_object import exited, timed_out, unstartable
from eventsim.environment.logs import SUCCEEDED, ending
from eventsim.environment.stage import Ended, run_stage
from eventsim.function.function import FunctionVersion
from eventsim.handler.process import ProcessExit, Unstartable
from eventsim.handler.strand import HandlerStuck, Raised, Returned
from eventsim.limits import INIT_TIMEOUT_PROVISIONED_US_MIN, INIT_TIMEOUT_US
from eventsim.outcome import Failure

if TYPE_CHECKING:
    from eventsim.environment.environment import Environment


class InitPhase:
    """The init phase of one environment.

    Args:
        subject: whom a cold start keeps waiting, or the environment itself.
        cause: the trace entry that led to it.
        ended: called at its end with its span and whether the environment is ready.
    """

    __slots__ = ("_cause", "_ended", "_environment", "_process", "_started_us", "_subject")

    def __init__(
        self, environment: "Environment", subject: int, cause: int, ended: Callable[[int, bool], None]
    ) -> None:
        self._environment = environment
        self._subject = subject
        self._cause = cause
        self._ended = ended
        self._started_us = environment.ground.loop.now_us
        self._process = environment.start_process()

    def run(self) -> None:
        """Begin; `ended` is called later."""
        environment, ground, premises = self._environment, self._environment.ground, self._environment.premises
        version, kind = environment.version, environment.initialization_type
        detail = {"version": version.version, "log_stream": environment.log_stream, "type": kind, **_log_of(version)}
        self._cause = ground.record(
            ground.kinds.cold_start, self._subject, premises.place, self._cause, environment.number, detail
        )
        environment.log_subject, environment.log_cause = self._subject, self._cause
        self._process.stream.emit(premises.log.init_start(self._started_us, kind))
        limit_us = INIT_TIMEOUT_US
        if kind != "on-demand":
            limit_us = max(INIT_TIMEOUT_PROVISIONED_US_MIN, version.timeout_us)
        extra_us = environment.stopwatch(version.init_duration, environment.init_duration_us)
        process, deadline_us = self._process, self._started_us + limit_us
        run_stage(ground.strands, process.surroundings, process.load, deadline_us, extra_us, self._end)

    def _end(self, result: Ended) -> None:
        environment, ground, process = self._environment, self._environment.ground, self._process
        environment.is_initialised = True
        init_us = ground.loop.now_us - self._started_us
        failure = init_failure(environment, result, "")
        if failure is None:
            process.is_loaded = True
            if environment.initialization_type != "on-demand":
                line = environment.premises.log.init_report(ground.loop.now_us, init_us, "init", SUCCEEDED)
                process.stream.emit(line)  # documented: always there for provisioned concurrency
            process.stream.take()
            ground.record(ground.kinds.initialised, self._subject, environment.premises.place, self._cause, init_us)
        else:
            record_init_failure(environment, failure, init_us, "init")
            environment.stop_process()
        self._ended(init_us, failure is None)


def _log_of(version: FunctionVersion) -> dict[str, str]:
    """Return how a version logs, where that is not as usual: whoever reads the logs must know."""
    told = {}
    if version.log_group not in ("", f"/aws/lambda/{version.function}"):
        told["log_group"] = version.log_group
    if version.log_format == "JSON":
        told |= {
            "log_format": "JSON",
            "system_log_level": version.system_log_level,
            "function_arn": version.function_arn,
        }
    return told


def init_failure(environment: "Environment", result: Ended, request_id: str) -> Failure | None:
    """Return what came of an init, None if it went well."""
    if isinstance(result, Returned):
        error = result.value
        if error is None or isinstance(error, Failure):
            return error
        return failure_of(error, environment.premises.marshaller, resets=True)
    return ending_failure(result, request_id, environment.version.timeout_us)


def record_init_failure(environment: "Environment", failure: Failure, init_us: int, phase: str) -> None:
    """Tell trace and log of a failed init; `phase` is `init`, or `invoke` for a suppressed one."""
    ground, premises = environment.ground, environment.premises
    detail = {"error_type": failure.error_type, "message": failure.message, "phase": phase}
    ground.record(
        ground.kinds.init_failed, environment.log_subject, premises.place, environment.log_cause, init_us, detail
    )
    if environment.process is not None:
        line = premises.log.init_report(ground.loop.now_us, init_us, phase, ending(failure))
        environment.process.stream.emit(line)


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
