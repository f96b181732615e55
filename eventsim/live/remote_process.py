"""How does user code run in a process of its own? In its strand stands somebody who asks a worker and waits.

So everything that decides stays as it is: phases, deadlines, resets, logs and payloads are those of a handler that
runs in a strand. A strand that is killed at its deadline is the end of the worker; a worker that ends by itself is
`ProcessExit` in the strand.
"""

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from eventsim.api import Caller
from eventsim.environment.bootstrap import failure_of
from eventsim.environment.context import LambdaContext
from eventsim.environment.error_object import ErrorObject
from eventsim.environment.logs import LogStream
from eventsim.environment.marshaller import Marshaller
from eventsim.environment.platform_log import PlatformLog
from eventsim.environment.runtime_process import Equipment, Process, RuntimeProcess, caller_under, error_log
from eventsim.environment.variables import TRACE_HEADER, as_bytes
from eventsim.function.function import FunctionVersion
from eventsim.handler import strand
from eventsim.handler.modules import ModuleSpace
from eventsim.handler.process import exit_of
from eventsim.handler.strand import Wake
from eventsim.handler.surroundings import Surroundings
from eventsim.invocation import Sink
from eventsim.live.last_will import LastWill
from eventsim.live.loop import LiveLoop
from eventsim.live.loopback import Loopback
from eventsim.live.message import Answered, Erred, Invoke, Load, Loaded, Logged, Wrote, to_text
from eventsim.live.worker_process import WorkerProcess
from eventsim.live.zygote_process import ZygoteProcess, can_fork
from eventsim.outcome import Failure, Outcome, Success
from eventsim.runtime_api.daemon import DaemonPort

SPARE_PAUSE_S = 0.05
"""When the next spare is started: after the cold start that has taken the last one, not beside it."""
SDK_PAUSE_S = 1.0
"""Once the first cold start is over, which needs the processor itself."""


class RemoteRuntime:
    """The runtime in a worker, as `Bootstrap` is the one in a strand.

    Args:
        log: told of an error that user code did not handle.
        daemon: on which its segments arrive.
    """

    def __init__(
        self,
        worker: WorkerProcess,
        stream: LogStream,
        marshaller: Marshaller,
        environ: Mapping[str, str],
        log: Callable[[ErrorObject], object],
        daemon: DaemonPort,
    ) -> None:
        self.request_id = ""
        self.sink: Sink | None = None
        self._worker = worker
        self._stream = stream
        self._marshaller = marshaller
        self._environ = environ
        self._log = log
        self._daemon = daemon
        self._wake: Wake | None = None
        worker.listener = self

    def ask(self, order: Load | Invoke) -> Any:
        """Give an order and wait for its answer; called in a strand.

        Raises:
            ProcessExit: the process ended instead.
        """
        if self._worker.status is not None:
            raise exit_of(self._worker.status)
        return strand.wait(partial(self._send, order))

    def _send(self, order: Load | Invoke, wake: Wake) -> None:
        self._wake = wake
        self._worker.send(order)

    def handle(self, event: Any, context: LambdaContext) -> Outcome:
        """Have the handler run for one event; called in a strand."""
        client = context.client_context
        answer = self.ask(
            Invoke(
                request_id=context.aws_request_id,
                invoked_function_arn=context.invoked_function_arn,
                deadline_epoch_ms=context._epoch_deadline_time_in_ms,
                trace_header=self._environ[TRACE_HEADER],
                event=json.dumps(event),
                client_context=json.dumps(client.as_given() if client else None),
                tenant_id=context.tenant_id or "",
            )
        )
        assert isinstance(answer, Answered), "an invocation is answered"
        self._daemon.drain()
        if answer.has_threads:
            self._worker.stop()
        payload = to_text(answer.payload)
        if not answer.error_type:
            return Success(payload)
        return Failure(error_type=answer.error_type, message=to_text(answer.message), payload=payload)

    def fail(self, error: ErrorObject) -> Failure:
        """Log an error that user code did not handle, and return the outcome."""
        self._log(error)
        return failure_of(error, self._marshaller)

    # --- what the worker tells -------------------------------------------------------------------------

    def told(self, report: Any) -> None:
        """Take one message."""
        match report:
            case Wrote(text=text):
                self.printed(text.decode("utf-8", "replace"))
            case Logged(text=text):
                self._stream.emit(text.decode("utf-8", "replace"))
            case Erred(error=error):
                self._log(error)
            case Loaded() | Answered() if self._wake is not None:
                self._wake(report)

    def printed(self, text: str) -> None:
        """Take what the process wrote."""
        self._stream.write(text)

    def ended(self, status: int) -> None:
        """Take the end of the process."""
        if self._wake is not None:
            self._wake.throw(exit_of(status))


class RemoteProcess:
    """The process of user code that runs in a worker.

    Args:
        loop: on which extensions answer it.
        close: called at its end.
    """

    def __init__(
        self,
        worker: WorkerProcess,
        version: FunctionVersion,
        *,
        surroundings: Surroundings,
        marshaller: Marshaller,
        platform_log: PlatformLog,
        stream: LogStream,
        loop: LiveLoop,
        daemon: DaemonPort,
        close: Callable[[], object],
    ) -> None:
        self.stream = stream
        self.environ = surroundings.environ
        self.is_loaded = False
        self.surroundings = surroundings
        self._version = version
        self._worker = worker
        self._loop = loop
        self._loopback: Loopback | None = None
        self._close = close
        log = error_log(stream, platform_log, surroundings.clock)
        self.bootstrap = RemoteRuntime(worker, stream, marshaller, self.environ, log, daemon)

    def load(self) -> ErrorObject | None:
        """Have the handler imported; called in a strand. Return what the module raised, if it did."""
        version = self._version
        assert isinstance(version.handler, str), "a callable runs here"
        assert version.code is not None, "a handler by name lies in a folder"
        loaded = self.bootstrap.ask(
            Load(
                function=version.function,
                version=version.version,
                function_arn=version.function_arn,
                handler=version.handler,
                runtime=version.runtime,
                code=os.fsencode(version.code.resolve()),
                layers=[os.fsencode(layer.resolve()) for layer in version.layers],
                log_format=version.log_format,
                application_log_level=version.application_log_level,
                environ=as_bytes(self.environ),
                extension_ports=self._extension_ports(),
            )
        )
        assert isinstance(loaded, Loaded), "a load is answered so"
        return loaded.error

    def _extension_ports(self) -> dict[int, int]:
        extensions = self.surroundings.extensions
        if not extensions:
            return {}
        with strand.outside():
            self._loopback = Loopback(self._loop, self.surroundings)
        return dict.fromkeys(extensions, self._loopback.port)

    def close(self) -> None:
        """Kill it."""
        self._worker.kill()
        if self._loopback is not None:
            self._loopback.close()
        self._close()


class Workers:
    """Starts processes for handlers: forks them where the machine can. One spare is there before anybody asks.

    Args:
        endpoint_url: where their calls to AWS go.
        sdk_pause_s: how long after the first cold start the SDK is imported for those who come later.

    Attributes:
        zygote: who forks, None while nobody can; with the SDK once functions are at work.
    """

    def __init__(self, loop: LiveLoop, endpoint_url: str, *, sdk_pause_s: float = SDK_PAUSE_S) -> None:
        self._loop = loop
        self._endpoint_url = endpoint_url
        self._spare: WorkerProcess | None = None
        self._is_closed = False
        self._will: LastWill | None = None
        self._all: dict[WorkerProcess, None] = {}
        self._running: dict[WorkerProcess, Surroundings] = {}
        self._sdk_pause_s = sdk_pause_s
        self._daemons: dict[Callable[[bytes], object], DaemonPort] = {}
        """The ports of the worlds' daemons."""
        self._zygotes: list[ZygoteProcess] = []
        self.zygote: ZygoteProcess | None = None

    def open(self) -> None:
        """Begin to make ready."""
        if can_fork():
            self._zygotes.append(ZygoteProcess(self._loop, self._fork_from))
        else:
            self.prepare()

    def prepare(self) -> None:
        """Start the spare."""
        if not self._is_closed and (self._spare is None or self._spare.status is not None):
            self._spare = worker = WorkerProcess(self._loop, self._forget, self.zygote)
            self._all[worker] = None
            if self._will is None:
                self._will = LastWill()
            self._will.note(worker.pid)

    def _fork_from(self, zygote: ZygoteProcess) -> None:
        self.zygote = zygote
        self.prepare()

    def _import_sdk(self) -> None:
        """Have the SDK there before most others need it. What forked until now goes on: its children end with it."""
        if not self._is_closed and len(self._zygotes) == 1:
            self._zygotes.append(ZygoteProcess(self._loop, self._fork_from, has_sdk=True))

    def caller(self, trace_header: str, function_arn: str) -> Caller | None:
        """Return on whose behalf a call is made that bears this header, None for a client outside."""
        return caller_under(trace_header, function_arn, self._running.values())

    def start(self, version: FunctionVersion, given: Equipment, *, account_id: str) -> Process:
        """Start the process of an environment; a handler that is a callable runs here, in strands."""
        if version.code is None:
            return RuntimeProcess(version, given)
        given.tmp_path.mkdir(parents=True, exist_ok=True)
        daemon = self._daemon(given.daemon)
        environ = {
            **given.environ,
            **self._variables(str(version.code.resolve()), account_id, str(given.tmp_path)),
            **daemon.variables(),
            **version.environment,
        }
        stream = LogStream(given.record, given.paths.in_text)
        surroundings = Surroundings(
            clock=given.clock,
            luck=given.luck,
            environ=environ,
            modules=ModuleSpace(),
            task_root=version.code,
            tmp_path=given.tmp_path,
            write=stream.write,
        )
        self.prepare()
        worker, self._spare = self._spare, None
        assert worker is not None, "one was prepared"
        self._running[worker] = surroundings
        self._loop.call_later(SPARE_PAUSE_S, self.prepare)
        if len(self._zygotes) == 1:
            self._loop.call_later(self._sdk_pause_s, self._import_sdk)
        return RemoteProcess(
            worker,
            version,
            surroundings=surroundings,
            marshaller=given.marshaller,
            platform_log=given.platform_log,
            stream=stream,
            loop=self._loop,
            daemon=daemon,
            close=partial(self._running.pop, worker, None),
        )

    def close(self) -> None:
        """Kill all of them and wait for their ends."""
        self._is_closed = True
        for worker in list(self._all):
            worker.close()
        for zygote in self._zygotes:
            zygote.close()
        will, self._will = self._will, None
        if will is not None:
            will.close()
        while self._daemons:
            _, daemon = self._daemons.popitem()
            self._loop.remove_reader(daemon.socket)
            daemon.close()

    def _daemon(self, take: Callable[[bytes], object]) -> DaemonPort:
        """Return the port of a world's daemon; it is opened for the first worker of the world."""
        daemon = self._daemons.get(take)
        if daemon is None:
            daemon = self._daemons[take] = DaemonPort(take)
            self._loop.add_reader(daemon.socket, daemon.drain)
        return daemon

    def _forget(self, worker: WorkerProcess) -> None:
        self._all.pop(worker, None)
        if self._will is not None:
            self._will.strike(worker.pid)

    def _variables(self, code: str, account_id: str, tmp_path: str) -> Mapping[str, str]:
        return {
            "AWS_ENDPOINT_URL": self._endpoint_url,
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            "AWS_ACCESS_KEY_ID": account_id,
            "LAMBDA_TASK_ROOT": code,
            "PWD": code,
            "TMPDIR": tmp_path,
        }
