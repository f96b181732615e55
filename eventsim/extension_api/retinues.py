"""Where do the extensions of one world's environments begin and end?"""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from eventsim.clock import Clock
from eventsim.environment.environment import Environment
from eventsim.environment.logs import LogStream
from eventsim.extension_api.api import ExtensionsApi
from eventsim.extension_api.program import ExtensionProgram
from eventsim.extension_api.retinue import LambdaRetinue
from eventsim.extension_api.telemetry import Telemetry
from eventsim.extension_api.visit import Visits
from eventsim.runtime_api.programs import Programs

_OF_RUNTIME = frozenset(
    {
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_AWS_XRAY_DAEMON_ADDRESS",
        "_AWS_XRAY_DAEMON_PORT",
        "_HANDLER",
    }
)
"""Variables that extensions do not have (documented)."""
_NOT_HERE = frozenset({"LD_LIBRARY_PATH", "PYTHONPATH", "PWD"})
"""Variables that name folders which this machine does not have, or which a program has of its own."""


class Retinues:
    """Makes ready the extensions of a world's environments.

    Args:
        programs: reaches programs.
    """

    def __init__(self, programs: Programs, *, clock: Clock, account_id: str) -> None:
        self._programs = programs
        self._clock = clock
        self._account_id = account_id
        self._running: dict[LambdaRetinue, None] = {}

    def start(self, environment: Environment) -> LambdaRetinue:
        """Make ready those of an environment whose process is new; programs begin with the launch."""
        version, process = environment.version, environment.process
        assert process is not None, "it has just begun"
        premises, stream, clock = environment.premises, process.stream, self._clock

        def log(kind: str, record: Mapping[str, Any]) -> None:
            stream.note(premises.log.attendant(clock.now_us, kind, record))

        about = {
            "functionName": version.function,
            "functionVersion": version.version,
            "handler": version.handler_name,
        }
        new_id = environment.ground.chance.uuids("extension", version.function, environment.number, clock.now_us)
        api = ExtensionsApi(about, self._account_id, list(premises.extension_programs), new_id)
        api.is_closed = process.is_loaded
        retinue = LambdaRetinue(
            api,
            Telemetry(clock, log),
            clock=clock,
            timeout_us=version.timeout_us,
            is_live=self._programs.is_live,
            closed=lambda: self._running.pop(retinue, None),
        )
        for name, file in premises.extension_programs.items():
            retinue.programs.append(self._program(environment, retinue, api, name, file))
        if retinue.programs:
            visits = Visits(self._programs.board(), clock, retinue.programs, self._programs.patience_s(version))
            process.surroundings.visits = visits.answer
        self._running[retinue] = None
        return retinue

    async def close(self) -> None:
        """Shut down what is at rest, at the end of a run; whatever else there is ends with its programs."""
        waiting = []
        for retinue in list(self._running):
            if retinue.is_at_rest:
                ended = self._clock.loop.create_future()
                retinue.shut_down("spindown", partial(ended.set_result, None))
                waiting.append(ended)
        for ended in waiting:
            await ended

    def kill(self) -> None:
        """Kill what still runs."""
        for retinue in list(self._running):
            retinue.close()

    def _program(
        self, environment: Environment, retinue: LambdaRetinue, api: ExtensionsApi, name: str, file: Path
    ) -> ExtensionProgram:
        version, process, programs = environment.version, environment.process, self._programs
        assert process is not None, "it has just begun"
        extension, surroundings, stream = api.extensions[name], process.surroundings, process.stream

        def record(text: str) -> None:
            retinue.tell("extension", text)
            if stream.is_closed:
                environment.log(text)
            else:
                stream.note(text)

        line = programs.line(f"extension {name} of function {version.function}", lambda: program.show_output())
        program = ExtensionProgram(
            file,
            self._variables(process.environ, line.address, environment.tmp_folder),
            extension,
            line,
            clock=self._clock,
            take=retinue.take,
            hung_up=retinue.forget,
            answer=partial(programs.answer_call, surroundings),
            changed=retinue.look,
            waits=retinue.time_passes,
            may_hear=partial(retinue.may_hear, extension),
            sent=partial(retinue.sent, extension),
            patience_s=programs.patience_s(version),
            is_live=programs.is_live,
            stream=LogStream(record, environment.premises.paths.in_text),
        )
        return program

    def _variables(self, environ: Mapping[str, str], address: str, tmp: str) -> dict[str, str]:
        """Return what an extension finds in its environment."""
        kept = {name: value for name, value in environ.items() if name not in _OF_RUNTIME | _NOT_HERE}
        return {
            **kept,
            "PATH": os.environ.get("PATH", ""),
            "TMPDIR": tmp,
            "AWS_LAMBDA_RUNTIME_API": address,
            "AWS_ACCESS_KEY_ID": self._account_id,
            "AWS_ENDPOINT_URL": self._programs.endpoint_url or f"http://{address}",
        }
