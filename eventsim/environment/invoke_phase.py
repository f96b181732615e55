"""What happens to one invocation in its environment? It starts, runs against its deadline, is billed and reported."""

import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from eventsim.api import Caller
from eventsim.envelope import NO_LINEAGE
from eventsim.environment.context import LambdaContext
from eventsim.environment.error_object import ErrorObject, exited, out_of_memory
from eventsim.environment.init_phase import record_init_failure
from eventsim.environment.loading import Loading, ending_failure
from eventsim.environment.platform_log import (
    SUCCEEDED,
    Ending,
    ending,
    report_record,
    runtime_done_record,
    start_record,
)
from eventsim.environment.retinue import Reason, Retinue
from eventsim.environment.runtime_process import Process
from eventsim.environment.stage import Ended, run_stage
from eventsim.environment.variables import TRACE_HEADER
from eventsim.faults import CrashFault, ErrorFault, Fault
from eventsim.handler.output import Output, stand_in_front
from eventsim.handler.strand import HandlerStuck, Raised, Returned
from eventsim.invocation import Invocation, Piece
from eventsim.outcome import Attempt, Failure, Outcome, Report, Success
from eventsim.trace_header import header_of_invocation, is_sampled

if TYPE_CHECKING:
    from eventsim.environment.environment import Environment


class InvokePhase(Struct, eq=False):
    """One invocation in its environment."""

    _environment: "Environment"
    _invocation: Invocation
    _done: Callable[[Attempt], None]
    """Called once, at the virtual end."""
    _fault: Fault | None
    _process: Process = None  # type: ignore[assignment]  # it has one from `begin` on
    _started_us: int = 0
    _deadline_us: int = 0
    _entry: int = 0
    _trace_header: str = ""
    _is_sampled: bool = False
    """Whether X-Ray is told of it."""
    _links: Sequence[Mapping[str, str]] = ()
    _preface: str = ""
    """What was logged before the handler ran."""
    _init_us: int = 0
    _billed_init_us: int = 0
    _outcome: Outcome = None  # type: ignore[assignment]  # it has one from its end on
    _outcome_entry: int = 0
    _written: str = ""
    """What was logged until then."""
    _ended_us: int = 0
    """When the handler was done, or should have been."""
    _is_answered: bool = False

    def begin_after_init(self, init_us: int, is_ready: bool) -> None:
        """Begin in a new environment. A failed init is billed but not shown as `Init Duration` (unconfirmed)."""
        self._billed_init_us = init_us
        self._init_us = init_us if is_ready else 0
        self.begin(self._environment.log_cause)

    def begin(self, cause: int) -> None:
        """Begin the invocation: from now on the function's timeout counts."""
        environment, invocation = self._environment, self._invocation
        ground, version = environment.ground, environment.version
        started_us = self._started_us = ground.loop.now_us
        self._deadline_us = started_us + version.timeout_us
        detail = {"request_id": invocation.request_id, "version": version.version}
        if environment.retinue is not None:
            environment.tell("platform.start", start_record(version, invocation.request_id, invocation.tenant_id))
        if invocation.tenant_id:
            detail["tenant_id"] = invocation.tenant_id
        place = environment.premises.place
        self._entry = entry = ground.record(
            ground.kinds.started, invocation.subject, place, cause, environment.number, detail
        )
        environment.log_subject = invocation.subject
        environment.log_cause = entry
        if type(sys.stdout) is not Output or type(sys.stderr) is not Output:
            stand_in_front()
        process = environment.process
        if process is not None and process.is_loaded:
            self._process = process
            self._handle()
        else:
            self._load_again()

    # --- suppressed init -------------------------------------------------------------------------------

    def _load_again(self) -> None:
        environment = self._environment
        self._process = process = environment.start_process()
        Loading(environment, process, self._deadline_us, self._invocation.request_id, self._loaded_again).run()

    def _loaded_again(self, failure: Failure | None) -> None:
        environment = self._environment
        if failure is not None:
            record_init_failure(environment, failure, environment.ground.loop.now_us - self._started_us, "invoke")
        self._preface = self._process.stream.take()
        if failure is None:
            self._handle()
        else:
            self._end(failure)

    # --- the handler -----------------------------------------------------------------------------------

    def _handle(self) -> None:
        environment, invocation, process = self._environment, self._invocation, self._process
        ground, version = environment.ground, environment.version
        request_id = process.bootstrap.request_id = invocation.request_id
        process.bootstrap.sink = None if invocation.sink is None else self._stream
        clock = ground.clock
        start_epoch_us, lineage = clock.start_epoch_us, invocation.lineage
        upstream = "" if lineage is None else lineage.trace_header
        sampler, started_epoch_us = environment.premises.sampler, start_epoch_us + self._started_us
        header = header_of_invocation(upstream, request_id, started_epoch_us, sampler)
        self._trace_header = process.environ[TRACE_HEADER] = header
        if (upstream or sampler) and is_sampled(header):
            from eventsim.environment.lambda_segments import links_of  # only who traces needs it

            self._is_sampled, self._links = True, links_of(invocation.event)
        if environment.retinue is not None:
            self._tell_of_event(environment.retinue)
        fault = self._fault
        if isinstance(fault, ErrorFault):
            self._fail_on_purpose(fault)
            return
        surroundings, arn = process.surroundings, version.function_arn
        surroundings.who_calls = self._caller
        surroundings.invoked_us = self._started_us
        context = LambdaContext(
            request_id,
            f"{arn}:{invocation.qualifier}" if invocation.qualifier else arn,
            process.environ,
            (start_epoch_us + self._deadline_us) // 1000,
            clock.epoch_ms,
            process.stream.emit,
            invocation.client_context,
            invocation.tenant_id or None,
        )
        extra_us = environment.duration_us
        if environment.is_measured:
            extra_us = environment.stopwatch(version.duration, extra_us)
        if fault is not None:
            extra_us = _longer(extra_us, fault.latency_us)
        handle = partial(process.bootstrap.handle, invocation.event, context)
        run_stage(ground.strands, surroundings, handle, self._deadline_us, extra_us, self._ended)

    def _tell_of_event(self, retinue: Retinue) -> None:
        """Let extensions know of the invocation; one that fails ends it."""
        environment, invocation = self._environment, self._invocation
        arn, qualifier = environment.version.function_arn, invocation.qualifier
        event = {
            "deadlineMs": (environment.ground.clock.start_epoch_us + self._deadline_us) // 1000,
            "requestId": invocation.request_id,
            "invokedFunctionArn": f"{arn}:{qualifier}" if qualifier else arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": self._trace_header},
        }
        retinue.invoke(event, partial(environment.ground.strands.kill_all, self._process.surroundings))

    def _caller(self) -> Caller:
        """Return on whose behalf the handler calls AWS."""
        function, lineage = self._environment.version, self._invocation.lineage or NO_LINEAGE
        lineage = lineage.after(function.function, self._entry, self._trace_header)
        return Caller(arn=function.function_arn, cause=self._entry, lineage=lineage)

    def _stream(self, piece: Piece) -> None:
        """Record a piece of the answer, and hand it on."""
        environment, invocation = self._environment, self._invocation
        ground, sink = environment.ground, invocation.sink
        assert sink is not None, "somebody wants it"
        if ground.loop.now_us < self._deadline_us:  # what comes later comes to nobody: the function has timed out
            place = environment.premises.place
            ground.record(ground.kinds.streamed, invocation.subject, place, self._entry, len(piece.data))
            sink(replace(piece, executed_version=environment.version.version))

    def _fail_on_purpose(self, fault: ErrorFault) -> None:
        """Fail as if the handler's first line had raised: it does not run."""
        error = ErrorObject(error_type=fault.error_type, message=fault.message, request_id=self._invocation.request_id)
        clock = self._environment.ground.clock

        def strike(_: None) -> None:
            self._end(self._process.bootstrap.fail(error))

        if clock.now_us + fault.latency_us >= self._deadline_us:
            clock.at(self._deadline_us, self._ended, None)
        else:
            clock.at(clock.now_us + fault.latency_us, strike, None)

    def _ended(self, result: Ended) -> None:
        environment = self._environment
        failure = None if environment.retinue is None else environment.retinue.failure(self._invocation.request_id)
        if failure is not None:
            self._end(failure)
        elif not isinstance(result, Returned):
            if isinstance(result, Raised) and isinstance(result.error, HandlerStuck):
                ground = environment.ground
                ground.record(ground.kinds.stuck, self._invocation.subject, environment.premises.place, self._entry)
            self._end(ending_failure(result, self._invocation.request_id, environment.version.timeout_us))
        elif environment.premises.is_out_of_memory:
            self._end(out_of_memory(self._invocation.request_id))
        elif isinstance(self._fault, CrashFault):
            self._end(exited(self._invocation.request_id, 0, signal.SIGKILL))
        else:
            self._end(result.value)

    # --- the end ---------------------------------------------------------------------------------------

    def _end(self, outcome: Outcome) -> None:
        """Record how it ended; it is over once extensions are done with it, too."""
        environment = self._environment
        now_us = environment.ground.loop.now_us
        self._ended_us = now_us if now_us < self._deadline_us else self._deadline_us  # on the wall a timer is late
        self._outcome = outcome
        self._written = self._process.stream.take() if self._process.stream.has_written else ""
        self._outcome_entry = self._record(outcome)
        retinue = environment.retinue
        if retinue is None:
            self._close(None)
            return
        request_id, duration_us = self._invocation.request_id, self._ended_us - self._started_us
        retinue.tell("platform.runtimeDone", runtime_done_record(request_id, duration_us, outcome))
        if _resets(outcome):
            self._close(None)
        else:
            retinue.settle(request_id, self._deadline_us, self._close, self._answer_early)

    def _answer_early(self) -> None:
        """Tell whoever asked, while extensions are still at work."""
        self._is_answered = True
        self._answer(None, SUCCEEDED)

    def _close(self, trouble: Failure | None) -> None:
        """Bill, freeze or reset, and tell whoever asked.

        Args:
            trouble: what is wrong with extensions after the handler was done, None if nothing is.
        """
        environment, outcome = self._environment, self._outcome
        ground, premises, version = environment.ground, environment.premises, environment.version
        now_us = ground.loop.now_us
        closed_us = now_us if now_us < self._deadline_us else self._deadline_us
        duration_us = closed_us - self._started_us
        report = Report(
            duration_us=duration_us,
            # Recorded: duration and init together, rounded up to whole milliseconds, at least one.
            billed_ms=-(-(duration_us + self._billed_init_us) // 1000) or 1,
            memory_mb=version.memory_mb,
            memory_used_mb=premises.memory_used_mb,
            init_us=self._init_us,
            trace_header=self._trace_header if self._is_sampled else "",
        )
        end = ending(outcome if trouble is None else trouble)
        self._bill(report, None if trouble is None else end)
        if self._is_sampled:
            self._write_segments(outcome, self._ended_us)
        if environment.retinue is not None:
            record = report_record(self._invocation.request_id, report, end, self._invocation.tenant_id)
            environment.tell("platform.report", record)
        if trouble is not None or _resets(outcome):
            reason: Reason = "timeout" if end[0] == "timeout" else "failure"
            environment.send_off(reason, environment.be_free)
            ground.record(ground.kinds.reset, environment.subject, premises.place, self._outcome_entry)
        elif environment.retinue is None:
            ground.strands.freeze(self._process.surroundings)
            environment.rest(now_us)
        else:
            environment.freeze()
            environment.be_free()
        if self._is_answered:
            self._process.stream.take()  # nobody asks for this any more
        else:
            self._answer(report, end)

    def _answer(self, report: Report | None, end: Ending) -> None:
        """Tell whoever asked what came of it."""
        invocation, version, stream = self._invocation, self._environment.version, self._process.stream
        written = self._written + (stream.take() if stream.has_written else "")
        log = ""
        if invocation.mode == "synchronous":  # nobody else can ask for a log tail
            log = self._preface + self._environment.premises.log.invocation(
                invocation.request_id, self._started_us, written, report, end, invocation.tenant_id
            )
        self._done(
            Attempt(
                outcome=self._outcome,
                executed_version=version.version,
                report=report,
                log=log,
                entry=self._outcome_entry,
                trace_header=self._trace_header,
            )
        )

    def _write_segments(self, outcome: Outcome, ended_us: int) -> None:
        from eventsim.environment.lambda_segments import Phases, segments_of

        environment, invocation = self._environment, self._invocation
        ground, lineage = environment.ground, invocation.lineage
        epoch_us = ground.clock.start_epoch_us
        phases = Phases(
            started_us=epoch_us + self._started_us, ended_us=epoch_us + ended_us, init_us=self._billed_init_us
        )
        for segment in segments_of(
            environment.version,
            outcome,
            phases,
            request_id=invocation.request_id,
            mode=invocation.mode,
            header=self._trace_header,
            upstream="" if lineage is None else lineage.trace_header,
            links=self._links,
            new_id=ground.segments.new_id,
        ):
            ground.segments.put(segment)

    def _record(self, outcome: Outcome) -> int:
        ground, place, subject = self._environment.ground, self._environment.premises.place, self._invocation.subject
        record, kinds, duration_us = ground.record, ground.kinds, self._ended_us - self._started_us
        if isinstance(outcome, Success):
            return record(kinds.succeeded, subject, place, self._entry, duration_us, {"result": outcome.payload})
        assert isinstance(outcome, Failure)
        kind = kinds.timed_out if outcome.status == "timeout" else kinds.failed
        detail = {"error_type": outcome.error_type, "message": outcome.message, "status": outcome.status}
        return record(kind, subject, place, self._entry, duration_us, detail)

    def _bill(self, report: Report, trouble: Ending | None) -> None:
        """Record what is billed, and how extensions ended if not well."""
        ground, premises = self._environment.ground, self._environment.premises
        billing: dict[str, int | str] = premises.billing
        if report.init_us:
            billing = {**billing, "init_us": report.init_us}
        if report.trace_header:
            billing = {**billing, "trace_header": report.trace_header}
        if report.duration_us != self._ended_us - self._started_us:
            billing = {**billing, "duration_us": report.duration_us}
        if trouble is not None:
            billing = {**billing, "status": trouble[0], "error_type": trouble[1]}
        place, cause = premises.place, self._outcome_entry
        ground.record(ground.kinds.reported, self._invocation.subject, place, cause, report.billed_ms, billing)


def _resets(outcome: Outcome) -> bool:
    return isinstance(outcome, Failure) and outcome.resets


def _longer(sample: Callable[[], int], latency_us: int) -> Callable[[], int]:
    return lambda: sample() + latency_us
