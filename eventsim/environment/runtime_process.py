"""What dies with a reset? The process in an environment: imported modules, logging, environment variables, threads.

What an environment asks of it is a door (`Process`): user code may run here, in a strand, or in a process of its own.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any, Protocol

from eventsim.api import Caller
from eventsim.clock import Clock
from eventsim.environment.bootstrap import Bootstrap
from eventsim.environment.error_object import ErrorObject, SourcePaths
from eventsim.environment.logs import LogStream, runtime_handler, runtime_level
from eventsim.environment.marshaller import Marshaller
from eventsim.environment.platform_log import PlatformLog
from eventsim.environment.retinue import Registry
from eventsim.environment.runtime_module import NAME, RUNTIME
from eventsim.environment.variables import TRACE_HEADER
from eventsim.function.function import FunctionVersion
from eventsim.handler.forked import Home
from eventsim.handler.modules import ModuleSpace
from eventsim.handler.output import forget_warnings
from eventsim.handler.surroundings import Surroundings
from eventsim.invocation import Sink
from eventsim.outcome import Failure, Outcome
from eventsim.trace_header import is_sampled, read_header
from eventsim.wire.http import HttpRequest, HttpResponse, plain


class Runtime(Protocol):
    """What calls the handler, as `Bootstrap` does.

    Attributes:
        request_id: of the current invocation.
        sink: takes what its handler streams.
    """

    request_id: str
    sink: Sink | None

    def handle(self, event: Any, context: Any) -> Outcome:
        """Run the handler for one event; called in a strand."""

    def fail(self, error: ErrorObject) -> Failure:
        """Log an error that user code did not handle, and return the outcome."""


class Process(Protocol):
    """One process, from the start of the runtime to its end, as an environment sees it.

    Attributes:
        stream: takes what it writes.
        is_loaded: whether the handler has been found.
    """

    stream: LogStream
    environ: dict[str, str]
    is_loaded: bool

    @property
    def surroundings(self) -> Surroundings:
        """What its strands see."""

    @property
    def bootstrap(self) -> Runtime:
        """The runtime in it."""

    def load(self) -> ErrorObject | Failure | None:
        """Find the handler; called in a strand. Return what its module raised, or what a program said instead."""

    def close(self) -> None:
        """End it; its strands are dead by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What a process is given as it starts.

    Attributes:
        luck: what its dice and ids hang on.
        environ: its environment variables.
        machine_folders: folders that user code may use by their real names.
        paths: tells where code would lie on AWS.
        record: takes every log event.
        daemon: takes what is sent to X-Ray's daemon.
        registry: takes requests of extensions.
    """

    clock: Clock
    luck: Random
    environ: dict[str, str]
    tmp_path: Path
    machine_folders: Sequence[Path]
    marshaller: Marshaller
    paths: SourcePaths
    platform_log: PlatformLog
    record: Callable[[str], object]
    daemon: Callable[[bytes], object]
    registry: Registry


StartProcess = Callable[[FunctionVersion, Equipment], Process]
"""Starts the process of an environment; the handler is not loaded yet."""


class RuntimeProcess:
    """The process of user code that runs here, in strands.

    Attributes:
        stream: takes what it writes.
        is_loaded: whether the handler has been found.
    """

    __slots__ = ("_handler_of_logs", "_level", "bootstrap", "environ", "is_loaded", "stream", "surroundings")

    def __init__(self, version: FunctionVersion, given: Equipment) -> None:
        self.stream = stream = LogStream(given.record, given.paths.in_text)
        self.environ = given.environ
        self.is_loaded = False
        forget_warnings()
        log = error_log(stream, given.platform_log, given.clock)
        self.bootstrap = Bootstrap(version, given.marshaller, given.paths, log)
        code = version.code
        self.surroundings = Surroundings(
            clock=given.clock,
            luck=given.luck,
            environ=given.environ,
            modules=ModuleSpace([] if code is None else [code, *_importable(version)], {NAME: RUNTIME}),
            task_root=_folder_of(version),
            machine_folders=given.machine_folders,
            tmp_path=given.tmp_path,
            storage_bytes=version.ephemeral_storage_mb << 20,
            write=stream.write,
            daemon=given.daemon,
        )
        self.surroundings.emit = stream.emit
        self.surroundings.at_move = self._move
        self.surroundings.lambda_api = partial(_answer, given.registry, given.clock)
        self._handler_of_logs = runtime_handler(version, stream, self.bootstrap)
        self._level = runtime_level(version)

    def load(self) -> ErrorObject | None:
        """Set the runtime up and import the handler; called in a strand. Return what the module raised, if it did."""
        return self.bootstrap.load(self.surroundings.modules.load, self._handler_of_logs, self._level)

    def _move(self, home: Home) -> None:
        """Know in a forked process that the log is elsewhere."""
        self.stream.away = home.emit

    def close(self) -> None:
        """Let go of its modules and its loop; its strands are dead by now."""
        self.surroundings.modules.leave()
        if self.surroundings.tracing is not None:
            self.surroundings.tracing.close()
        self.bootstrap.close()


def _answer(registry: Registry, clock: Clock, request: HttpRequest) -> Awaitable[HttpResponse]:
    """Answer what user code asks Lambda's APIs at the address that it finds in its variables."""
    answer: asyncio.Future[HttpResponse] = clock.loop.create_future()

    def reply(response: HttpResponse) -> None:
        if not answer.done():
            answer.set_result(response)

    def ask(_: None) -> None:
        if not registry.take(request, reply):
            reply(plain(404, "here are Lambda's APIs for extensions; the handler is called by the runtime"))

    clock.soon(ask, None)
    return answer


def error_log(stream: LogStream, platform_log: PlatformLog, clock: Clock) -> Callable[[ErrorObject], None]:
    """Return what writes an error that user code did not handle into the log, as the runtime does."""

    def log(error: ErrorObject) -> None:
        stream.emit(
            platform_log.error(clock.now_us, error.error_type, error.message, error.request_id, error.stack_trace)
        )

    return log


def caller_under(trace_header: str, function_arn: str, running: Iterable[Surroundings]) -> Caller | None:
    """Return on whose behalf a call is made that bears this header, None if it is that of none of these environments.

    SDKs send it from within a function, as they do on AWS; loop detection rests on it there, too. A tracer names a
    subsegment as the parent: then it is who works in that trace.

    Args:
        function_arn: whose credentials the call bears, "" for none of a function's.
    """
    headers = [(each.environ.get(TRACE_HEADER, ""), each) for each in running]
    found = [each for header, each in headers if header == trace_header]
    if not found and is_sampled(trace_header):
        trace_id = read_header(trace_header).trace_id
        found = [each for header, each in headers if read_header(header).trace_id == trace_id]
    callers = (each.who_calls() for each in found)
    return next((caller for caller in callers if function_arn in ("", caller.arn)), None)


def _importable(version: FunctionVersion) -> list[Path]:
    """Return the folders in a version's layers from which AWS's runtime imports (documented)."""
    folders = [
        folder
        for layer in version.layers
        for folder in (layer / "python" / "lib" / version.runtime / "site-packages", layer / "python")
    ]
    return [folder for folder in folders if folder.is_dir()]


def _folder_of(version: FunctionVersion) -> Path:
    """Return the folder that is `/var/task`: for a callable, the one in which it was written."""
    if version.code is not None:
        return version.code
    code = getattr(version.handler, "__code__", None)
    return Path.cwd() if code is None else Path(code.co_filename).parent
