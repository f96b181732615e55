"""Where does a handler run? In an execution environment: init, invocations one after another, shutdown.

Rules (documented, unless they say otherwise):

1. A cold start runs the init phase before the invocation begins; the invocation's time counts from its own begin.
2. An init that fails or lasts longer than 10 s is run again *inside* the invocation ("suppressed init"), in a new
   process. Its time is part of the invocation's, and the function's timeout ends it.
3. A timeout, an exit or want of memory resets the environment: the process is gone with all that it knew, `/tmp` stays,
   and the next invocation begins with a suppressed init. An exception, or a result that is no JSON, resets nothing.
4. Threads that outlive an invocation freeze with its answer and thaw with the next invocation.
5. Modelled duration is spent after the code and before its answer leaves. What would end at the deadline or later is a
   timeout *at* the deadline, whatever the code does meanwhile.

An environment is idle or busy; whether an idle one has expired is worked out when somebody looks.
"""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import perf_counter_ns
from typing import Literal

from msgspec import Struct

from eventsim.api import Caller
from eventsim.bootstrap import failure_of
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.context import LambdaContext
from eventsim.duration import DurationModel, Measured, sampler, scaled_to_cpu_share
from eventsim.envelope import NO_LINEAGE
from eventsim.error_object import ErrorObject, SourcePaths, exited, out_of_memory, shown_error_type, timed_out
from eventsim.faults import ErrorFault, Fault, LatencyFault
from eventsim.function import FunctionVersion
from eventsim.handler.process import ProcessExit
from eventsim.handler.strand import Raised, Returned, Strands
from eventsim.handler.surroundings import TASK_ROOT
from eventsim.invocation import Invocation
from eventsim.limits import (
    ENVIRONMENT_AGE_MAX_S,
    ENVIRONMENT_IDLE_EXPIRY_S,
    INIT_TIMEOUT_PROVISIONED_US_MIN,
    INIT_TIMEOUT_US,
    MEMORY_USED_MB_DEFAULT,
)
from eventsim.logs import JsonLog, PlatformLog, TextLog, log_stream_name
from eventsim.marshaller import Marshaller
from eventsim.outcome import Attempt, Failure, Outcome, Report, Success
from eventsim.runtime_process import RuntimeProcess
from eventsim.stage import Ended, Stage
from eventsim.trace import Trace

InitializationType = Literal["on-demand", "provisioned-concurrency"]


class Lifetime(Struct, frozen=True, kw_only=True, gc=False):
    """How long environments live; both numbers are unconfirmed."""

    idle_expiry_us: int = ENVIRONMENT_IDLE_EXPIRY_S * 1_000_000
    age_max_us: int = ENVIRONMENT_AGE_MAX_S * 1_000_000


def billed_ms(duration_us: int, init_us: int) -> int:
    """Return what is billed: duration and init together, rounded up to whole milliseconds, at least one (recorded)."""
    return max(1, -(-(duration_us + init_us) // 1000))


class _Kinds:
    """The kinds of fact that environments record."""

    def __init__(self, trace: Trace) -> None:
        kind = trace.kind
        self.cold_start = kind("cold start", "{place} needs a new environment for {subject}", value="environment")
        self.initialised = kind("initialised", "an environment of {place} is ready", value="init_us", is_summed=True)
        self.init_failed = kind("init failed", "the init of {place} failed: {message}", value="init_us")
        self.started = kind("started", "{subject} starts in environment {value} of {place}", value="environment")
        self.logged = kind("logged", "{place} logs: {text}")
        self.succeeded = kind("succeeded", "{subject} succeeds", value="duration_us", is_summed=True)
        self.failed = kind("failed", "{subject} fails: {message}", value="duration_us", is_summed=True)
        self.timed_out = kind("timed out", "{subject} times out", value="duration_us", is_summed=True)
        self.reported = kind("reported", "{subject} is billed {value} ms", value="billed_ms", is_summed=True)
        self.reset = kind("reset", "an environment of {place} loses its memory")
        self.measured = kind("not deterministic", "durations of {place} are measured, so two runs will differ")


class _Premises:
    """What all environments of one version share."""

    def __init__(self, host: "Host", version: FunctionVersion) -> None:
        self.place = host.trace.subject("function", version.function)
        self.marshaller = Marshaller(version.runtime)
        self.paths = SourcePaths(version)
        digits = host.chance.hex_ids(64, "runtime version", version.runtime)()
        arn = f"arn:aws:lambda:{host.region}::runtime:{digits}"
        self.log: PlatformLog = (
            JsonLog(version, arn, host.clock) if version.log_format == "JSON" else TextLog(version, arn)
        )
        used_mb = version.memory_used_mb
        self.is_out_of_memory = used_mb is not None and used_mb > version.memory_mb
        self.memory_used_mb = min(MEMORY_USED_MB_DEFAULT if used_mb is None else used_mb, version.memory_mb)
        self.variables = _variables(version, host.region)


class Host:
    """What all environments of a run share; opens new ones.

    Args:
        tmp_root: a folder of the run, in which each environment that uses `/tmp` gets a folder.
        machine_folders: folders that user code may use by their real names, such as those of a test.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        strands: Strands,
        region: str,
        tmp_root: Path,
        machine_folders: Sequence[Path] = (),
        lifetime: Lifetime = Lifetime(),  # noqa: B008 - frozen
    ) -> None:
        self.clock = clock
        self.chance = chance
        self.trace = trace
        self.strands = strands
        self.region = region
        self.tmp_root = tmp_root
        self.machine_folders = machine_folders
        self.lifetime = lifetime
        self.kinds = _Kinds(trace)
        self._premises: dict[FunctionVersion, _Premises] = {}
        self._numbers: dict[str, int] = {}

    def open(self, version: FunctionVersion, initialization_type: InitializationType = "on-demand") -> "Environment":
        """Create an environment for one version; it is cold until `invoke` or `prepare`."""
        premises = self._premises.get(version)
        if premises is None:
            premises = self._premises[version] = _Premises(self, version)
            if isinstance(version.duration, Measured) or isinstance(version.init_duration, Measured):
                self.trace.record(self.kinds.measured, place=premises.place)
        number = self._numbers[version.function] = self._numbers.get(version.function, 0) + 1
        return Environment(self, premises, version, number, initialization_type)


class Environment:
    """One execution environment of one version of a function. It runs one invocation at a time.

    Attributes:
        version: what it runs; an update of the function makes a new version object, so compare by identity.
        number: counted from 1 for each function, in order of creation.
        subject: its subject in the trace.
        log_stream: the name of its log stream.
        born_us: when it was created.
        idle_since_us: when its last invocation (or its preparation) ended.
        is_busy: whether an invocation or a preparation is going on.
    """

    def __init__(
        self,
        host: Host,
        premises: _Premises,
        version: FunctionVersion,
        number: int,
        initialization_type: InitializationType,
    ) -> None:
        clock, chance = host.clock, host.chance
        name, which = version.function, version.version
        self.host = host
        self.premises = premises
        self.version = version
        self.number = number
        self.initialization_type = initialization_type
        self.subject = host.trace.subject("environment", f"{name}/{number}")
        self.log_stream = log_stream_name(
            version, clock.date().strftime("%Y/%m/%d"), chance.hex_ids(32, "log stream", name, number)()
        )
        self.born_us = self.idle_since_us = clock.now_us
        self.is_busy = False
        self.process: RuntimeProcess | None = None
        self.is_initialised = False
        """Whether the init phase is over, well or badly: it runs once."""
        self.log_subject = self.subject
        self.log_cause = 0
        self._luck = chance.stream("environment", name, number)
        self._tmp_path = host.tmp_root / f"{name}-{number}"
        self.duration_us = self._sampler(version.duration, "duration", which)
        self.init_duration_us = self._sampler(version.init_duration, "init duration", which)

    def prepare(self, done: Callable[[bool], None]) -> None:
        """Run the init phase ahead of any invocation (provisioned concurrency); `done(is_ready)` once it has ended."""
        self.is_busy = True

        def ended(init_us: int, error: str) -> None:
            self.is_busy = False
            self.idle_since_us = self.host.clock.now_us
            done(not error)

        _Init(self, self.subject, 0, ended).run()

    def invoke(self, invocation: Invocation, done: Callable[[Attempt], None], fault: Fault | None = None) -> None:
        """Run one attempt; `done(attempt)` is called exactly once, later, at the virtual instant at which it ends.

        By then the environment is idle again (`is_busy` is False), and `attempt.outcome.resets` tells whether its
        memory is lost; it may be used again either way.
        """
        self.is_busy = True
        turn = _Turn(self, invocation, done, fault)
        if self.is_initialised:
            turn.begin(invocation.cause)
        else:
            _Init(self, invocation.subject, invocation.cause, turn.begin_after_init).run()

    def is_expired(self, now_us: int) -> bool:
        """Tell whether an idle environment has been given up by now: idle for too long, or too old."""
        lifetime = self.host.lifetime
        return now_us - self.idle_since_us >= lifetime.idle_expiry_us or now_us - self.born_us >= lifetime.age_max_us

    def close(self) -> None:
        """Shut down: stop whatever still runs in it and delete its `/tmp`."""
        self.stop_process()
        shutil.rmtree(self._tmp_path, ignore_errors=True)

    # --- for the phases below --------------------------------------------------------------------------

    def start_process(self) -> RuntimeProcess:
        """Start the runtime's process; the handler is not loaded yet."""
        version, premises = self.version, self.premises
        environ = {
            **premises.variables,
            "AWS_LAMBDA_INITIALIZATION_TYPE": self.initialization_type,
            "AWS_LAMBDA_LOG_STREAM_NAME": self.log_stream,
            **version.environment,
        }
        self.process = RuntimeProcess(
            version,
            clock=self.host.clock,
            luck=self._luck,
            environ=environ,
            tmp_path=self._tmp_path,
            machine_folders=self.host.machine_folders,
            marshaller=premises.marshaller,
            paths=premises.paths,
            platform_log=premises.log,
            record=self._log,
        )
        return self.process

    def stop_process(self) -> None:
        """End the process with all threads in it; nothing that it still writes is seen."""
        process, self.process = self.process, None
        if process is not None:
            process.stream.is_closed = True
            self.host.strands.kill_all(process.surroundings)

    def _log(self, text: str) -> None:
        host = self.host
        host.trace.record(
            host.kinds.logged, self.log_subject, self.premises.place, self.log_cause, detail={"text": text}
        )

    def _sampler(self, model: DurationModel, what: str, version: str) -> Callable[[], int]:
        names = (what, self.version.function, version, self.number)
        return sampler(model, lambda: self.host.chance.stream(*names))

    def stopwatch(self, model: DurationModel, sample: Callable[[], int]) -> Callable[[], int]:
        """Return what says, at the end of a stage that begins now, how much longer it shall take."""
        if not isinstance(model, Measured):
            return sample
        began_ns = perf_counter_ns()
        return lambda: scaled_to_cpu_share((perf_counter_ns() - began_ns) // 1000, self.version.memory_mb)


class _Init:
    """The init phase of an environment, which happens once. `ended(init_us, error_type)`: "" means it went well."""

    __slots__ = ("_cause", "_ended", "_environment", "_process", "_started_us", "_subject")

    def __init__(self, environment: Environment, subject: int, cause: int, ended: Callable[[int, str], None]) -> None:
        self._environment = environment
        self._subject = subject
        self._cause = cause
        self._ended = ended
        self._started_us = environment.host.clock.now_us
        self._process = environment.start_process()

    def run(self) -> None:
        environment, host = self._environment, self._environment.host
        version = environment.version
        detail = {
            "version": version.version,
            "log_stream": environment.log_stream,
            "type": environment.initialization_type,
        }
        self._cause = host.trace.record(
            host.kinds.cold_start, self._subject, environment.premises.place, self._cause, environment.number, detail
        )
        environment.log_subject, environment.log_cause = self._subject, self._cause
        _emit(self._process, environment.premises.log.init_start(self._started_us, environment.initialization_type))
        limit_us = INIT_TIMEOUT_US
        if environment.initialization_type != "on-demand":
            limit_us = max(INIT_TIMEOUT_PROVISIONED_US_MIN, version.timeout_us)
        extra_us = environment.stopwatch(version.init_duration, environment.init_duration_us)
        stage = Stage(host.clock, self._started_us + limit_us, extra_us, self._end)
        stage.run(host.strands, self._process.surroundings, self._process.load)

    def _end(self, result: Ended) -> None:
        environment, host = self._environment, self._environment.host
        environment.is_initialised = True
        now_us = host.clock.now_us
        init_us = now_us - self._started_us
        failure = _init_failure(result, environment, "")
        is_provisioned = environment.initialization_type != "on-demand"
        if failure is None:
            self._process.is_loaded = True
            if is_provisioned:
                _emit(self._process, environment.premises.log.init_report(now_us, init_us, "init", "", ""))
            host.trace.record(host.kinds.initialised, self._subject, environment.premises.place, self._cause, init_us)
            self._ended(init_us, "")
            return
        _record_init_failure(environment, self._process, failure, init_us, "init")
        environment.stop_process()
        self._ended(init_us, failure.error_type)


class _Turn:
    """One invocation in its environment."""

    __slots__ = (
        "_billed_init_us",
        "_deadline_us",
        "_done",
        "_entry",
        "_environment",
        "_fault",
        "_init_us",
        "_invocation",
        "_process",
        "_started_us",
    )

    def __init__(
        self, environment: Environment, invocation: Invocation, done: Callable[[Attempt], None], fault: Fault | None
    ) -> None:
        self._environment = environment
        self._invocation = invocation
        self._done = done
        self._fault = fault
        self._init_us = 0
        self._billed_init_us = 0

    def begin_after_init(self, init_us: int, error_type: str) -> None:
        """Begin in a new environment. A failed init is billed but not shown as `Init Duration` (unconfirmed)."""
        self._billed_init_us = init_us
        self._init_us = 0 if error_type else init_us
        self.begin(self._environment.log_cause)

    def begin(self, cause: int) -> None:
        """Begin the invocation: from now on the function's timeout counts."""
        environment, invocation = self._environment, self._invocation
        host, version = environment.host, environment.version
        started_us = self._started_us = host.clock.now_us
        self._deadline_us = started_us + version.timeout_us
        detail = {"request_id": invocation.request_id, "version": version.version}
        self._entry = entry = host.trace.record(
            host.kinds.started, invocation.subject, environment.premises.place, cause, environment.number, detail
        )
        environment.log_subject, environment.log_cause = invocation.subject, entry
        process = environment.process
        if process is not None and process.is_loaded:
            self._process = process
            self._handle()
        else:
            self._load_again()

    def _load_again(self) -> None:
        """Run the suppressed init."""
        environment = self._environment
        host = environment.host
        self._process = process = environment.start_process()
        extra_us = environment.stopwatch(environment.version.init_duration, environment.init_duration_us)
        stage = Stage(host.clock, self._deadline_us, extra_us, self._loaded_again)
        stage.run(host.strands, process.surroundings, process.load)

    def _loaded_again(self, result: Ended) -> None:
        environment = self._environment
        failure = _init_failure(result, environment, self._invocation.request_id)
        if failure is None:
            self._process.is_loaded = True
            self._handle()
            return
        init_us = environment.host.clock.now_us - self._started_us
        _record_init_failure(environment, self._process, failure, init_us, "invoke")
        self._end(failure)

    def _handle(self) -> None:
        environment, invocation, process = self._environment, self._invocation, self._process
        host, version = environment.host, environment.version
        bootstrap = process.bootstrap
        bootstrap.request_id = invocation.request_id
        fault = self._fault
        if isinstance(fault, ErrorFault):
            self._fail_on_purpose(fault)
            return
        clock = host.clock
        environ = process.environ
        environ["_X_AMZN_TRACE_ID"] = _trace_header(invocation.request_id, clock.start_epoch_us + self._started_us)
        lineage = (invocation.lineage or NO_LINEAGE).after(version.function, self._entry)
        surroundings = process.surroundings
        surroundings.caller = Caller(arn=version.function_arn, cause=self._entry, lineage=lineage)
        arn = version.function_arn
        context = LambdaContext(
            invoke_id=invocation.request_id,
            environ=environ,
            invoked_function_arn=f"{arn}:{invocation.qualifier}" if invocation.qualifier else arn,
            deadline_epoch_ms=(clock.start_epoch_us + self._deadline_us) // 1000,
            epoch_ms=clock.epoch_ms,
            write=process.stream.emit,
            client_context=invocation.client_context,
        )
        extra_us = environment.stopwatch(version.duration, environment.duration_us)
        if isinstance(fault, LatencyFault):
            extra_us = _longer(extra_us, fault.latency_us)
        event, handle = invocation.event, bootstrap.handle
        strands = host.strands
        strands.thaw(surroundings)
        stage = Stage(clock, self._deadline_us, extra_us, self._ended)
        stage.run(strands, surroundings, lambda: handle(event, context))

    def _fail_on_purpose(self, fault: ErrorFault) -> None:
        """Fail as if the handler's first line had raised: it does not run."""
        error = ErrorObject(error_type=fault.error_type, message=fault.message, request_id=self._invocation.request_id)
        clock = self._environment.host.clock

        def strike(_: None) -> None:
            self._end(self._process.bootstrap.fail(error))

        if clock.now_us + fault.latency_us >= self._deadline_us:
            clock.at(self._deadline_us, self._ended, None)
        else:
            clock.at(clock.now_us + fault.latency_us, strike, None)

    def _ended(self, result: Ended) -> None:
        request_id = self._invocation.request_id
        if type(result) is Returned:
            outcome: Outcome = result.value
            if self._environment.premises.is_out_of_memory:
                outcome = out_of_memory(request_id)
        else:
            outcome = _ending_failure(result, request_id, self._environment.version.timeout_us)
        self._end(outcome)

    def _end(self, outcome: Outcome) -> None:
        """Record, bill, freeze or reset, and tell whoever asked."""
        environment, invocation = self._environment, self._invocation
        host, premises, version = environment.host, environment.premises, environment.version
        now_us = host.clock.now_us
        duration_us = now_us - self._started_us
        report = Report(
            duration_us=duration_us,
            billed_ms=billed_ms(duration_us, self._billed_init_us),
            memory_mb=version.memory_mb,
            memory_used_mb=version.memory_mb if premises.is_out_of_memory else premises.memory_used_mb,
            init_us=self._init_us,
        )
        written = self._process.stream.take()
        entry = self._record(outcome, report)
        if type(outcome) is Failure and outcome.resets:
            environment.stop_process()
            host.trace.record(host.kinds.reset, environment.subject, premises.place, entry)
        else:
            host.strands.freeze(self._process.surroundings)
        environment.is_busy = False
        environment.idle_since_us = now_us
        ending = (outcome.status, shown_error_type(outcome.error_type)) if type(outcome) is Failure else ("", "")
        attempt = Attempt(
            outcome=outcome,
            executed_version=version.version,
            report=report,
            log=premises.log.invocation(invocation.request_id, self._started_us, written, report, ending),
            entry=entry,
        )
        self._done(attempt)

    def _record(self, outcome: Outcome, report: Report) -> int:
        environment, subject = self._environment, self._invocation.subject
        trace, kinds, place = environment.host.trace, environment.host.kinds, environment.premises.place
        duration_us = report.duration_us
        if type(outcome) is Success:
            entry = trace.record(kinds.succeeded, subject, place, self._entry, duration_us, {"result": outcome.payload})
        else:
            assert type(outcome) is Failure
            kind = kinds.timed_out if outcome.status == "timeout" else kinds.failed
            detail = {"error_type": outcome.error_type, "message": outcome.message, "status": outcome.status}
            entry = trace.record(kind, subject, place, self._entry, duration_us, detail)
        trace.record(
            kinds.reported,
            subject,
            place,
            entry,
            report.billed_ms,
            (duration_us, report.init_us, report.memory_mb, report.memory_used_mb),
        )
        return entry


def _longer(sample: Callable[[], int], latency_us: int) -> Callable[[], int]:
    return lambda: sample() + latency_us


def _emit(process: RuntimeProcess, line: str) -> None:
    """Write one of Lambda's own lines that belongs to no invocation."""
    if line:
        process.stream.emit(line)
        process.stream.take()


def _init_failure(result: Ended, environment: Environment, request_id: str) -> Failure | None:
    """Return what came of an init, None if it went well."""
    if isinstance(result, Returned):
        error: ErrorObject | None = result.value
        return None if error is None else failure_of(error, environment.premises.marshaller, resets=True)
    return _ending_failure(result, request_id, environment.version.timeout_us)


def _record_init_failure(
    environment: Environment, process: RuntimeProcess, failure: Failure, init_us: int, phase: str
) -> None:
    host = environment.host
    error_type = "" if failure.status == "timeout" else shown_error_type(failure.error_type)
    line = environment.premises.log.init_report(host.clock.now_us, init_us, phase, failure.status, error_type)
    detail = {"error_type": failure.error_type, "message": failure.message, "phase": phase}
    host.trace.record(
        host.kinds.init_failed,
        environment.log_subject,
        environment.premises.place,
        environment.log_cause,
        init_us,
        detail,
    )
    process.stream.emit(line)


def _ending_failure(result: Ended, request_id: str, timeout_us: int) -> Failure:
    """Return the outcome of a process that did not come to an answer."""
    if not isinstance(result, Raised):
        return timed_out(request_id, timeout_us)
    match result.error:
        case ProcessExit(code=code, signal_number=signal_number):
            return exited(request_id, code, signal_number)
        case SystemExit(code=code):
            return exited(request_id, _exit_status(code), None)
        case _:
            return exited(request_id, 1, None)


def _exit_status(code: object) -> int:
    """Return the status with which Python exits for the argument of `sys.exit`."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def _trace_header(request_id: str, epoch_us: int) -> str:
    """Return the X-Ray header of an invocation, made from its request id; it is not sampled."""
    digits = request_id.replace("-", "")
    return f"Root=1-{epoch_us // 1_000_000:08x}-{digits[:24]};Parent={digits[-16:]};Sampled=0"


def _variables(version: FunctionVersion, region: str) -> Mapping[str, str]:
    """Return the environment variables that are the same in all environments of a version (recorded)."""
    variables = {
        "_HANDLER": version.handler if isinstance(version.handler, str) else version.handler.__qualname__,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{version.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": version.function,
        "AWS_LAMBDA_FUNCTION_VERSION": version.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(version.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": version.log_group or f"/aws/lambda/{version.function}",
        "AWS_LAMBDA_RUNTIME_API": "169.254.100.1:9001",
        "AWS_ACCESS_KEY_ID": "ASIAEVENTSIMEXAMPLE0",
        "AWS_SECRET_ACCESS_KEY": "eventsim/needs/no/secret/access/key/EXAMPLE",
        "AWS_SESSION_TOKEN": "eventsim-session-token",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
        "LAMBDA_TASK_ROOT": TASK_ROOT,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
        "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
        "PYTHONPATH": "/var/runtime",
        "LANG": "en_US.UTF-8",
        "LC_CTYPE": "C.UTF-8",
        "TZ": ":UTC",
        "PWD": TASK_ROOT,
        "SHLVL": "0",
    }
    if version.log_format == "JSON":
        variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON"
        variables["AWS_LAMBDA_LOG_LEVEL"] = version.application_log_level
    return variables
