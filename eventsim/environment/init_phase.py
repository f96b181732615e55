"""How does an environment begin? With the init phase, once: the runtime starts and imports the handler's module."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from eventsim.environment.loading import Loading
from eventsim.environment.platform_log import SUCCEEDED, ending, init_start_record
from eventsim.environment.retinue import Retinue
from eventsim.function.function import FunctionVersion
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
        self._process.stream.note(premises.log.init_start(self._started_us, kind))
        if environment.retinue is not None:
            names = {"functionName": version.function, "functionVersion": version.version}
            record = init_start_record(version, premises.runtime_version_arn, kind)
            environment.retinue.tell("platform.initStart", {**record, **names})
        limit_us = INIT_TIMEOUT_US
        if kind != "on-demand":
            limit_us = max(INIT_TIMEOUT_PROVISIONED_US_MIN, version.timeout_us)
        Loading(environment, self._process, self._started_us + limit_us, "", self._end).run()

    def _end(self, failure: Failure | None) -> None:
        environment, ground, process = self._environment, self._environment.ground, self._process
        environment.is_initialised = True
        init_us = ground.loop.now_us - self._started_us
        if environment.retinue is not None:
            self._introduce(environment.retinue, failure, init_us)
        if failure is None:
            if environment.initialization_type != "on-demand":
                line = environment.premises.log.init_report(ground.loop.now_us, init_us, "init", SUCCEEDED)
                process.stream.note(line)  # documented: always there for provisioned concurrency
            process.stream.take()
            ground.record(ground.kinds.initialised, self._subject, environment.premises.place, self._cause, init_us)
        else:
            record_init_failure(environment, failure, init_us, "init")
            environment.stop_process()
        self._ended(init_us, failure is None)

    def _introduce(self, retinue: Retinue, failure: Failure | None, init_us: int) -> None:
        """Tell of extensions, and tell them how it ended."""
        retinue.introduce()
        status, error_type = SUCCEEDED if failure is None else ending(failure)
        told = {"initializationType": self._environment.initialization_type, "phase": "init", "status": status}
        if error_type:
            told["errorType"] = error_type
        retinue.tell("platform.initRuntimeDone", told)
        retinue.tell("platform.initReport", {**told, "metrics": {"durationMs": init_us / 1000}})


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


def record_init_failure(environment: "Environment", failure: Failure, init_us: int, phase: str) -> None:
    """Tell trace and log of a failed init; `phase` is `init`, or `invoke` for a suppressed one."""
    ground, premises = environment.ground, environment.premises
    detail = {"error_type": failure.error_type, "message": failure.message, "phase": phase}
    ground.record(
        ground.kinds.init_failed, environment.log_subject, premises.place, environment.log_cause, init_us, detail
    )
    if environment.process is not None:
        line = premises.log.init_report(ground.loop.now_us, init_us, phase, ending(failure))
        environment.process.stream.note(line)
