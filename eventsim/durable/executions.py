"""Who carries durable executions on? The one door to them: begun, invoked again and again, ended.

An execution is invoked by one thing at a time. What comes about meanwhile (a callback, the end of another function) the
running invocation learns from its next checkpoint; if it ends without one, the function is invoked again at once.

How often a failed invocation is made again, and after how long, is as in AWS's own testing library; AWS does not say.
Where there is a database, executions stand in it as they are after each turn of the loop, so that the next server goes
on with them. An invocation that was running when its server was killed is made again.
"""

import asyncio
import base64
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import msgspec

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.destination import Destinations
from eventsim.dispatch.dispatch import Dispatch, Done
from eventsim.dispatch.retry import RetryPolicy
from eventsim.durable.book import Book
from eventsim.durable.callees import Callees
from eventsim.durable.checks import refusal
from eventsim.durable.execution import (
    Execution,
    Mode,
    Pause,
    Start,
    State,
    read_output,
)
from eventsim.durable.history import invocation_completed
from eventsim.durable.notices import Notices
from eventsim.durable.operation import SECOND_US, ErrorObject, Operation, Status, Update, date
from eventsim.durable.replay import replay_event
from eventsim.durable.run import Run, error_object, refused
from eventsim.durable.told import Told
from eventsim.envelope import NO_LINEAGE, Lineage
from eventsim.errors import ApiError
from eventsim.function.function import Functions, FunctionVersion
from eventsim.function.tenancy import check_tenant
from eventsim.invocation import Invocation
from eventsim.limits import ASYNC_DISPATCH_US
from eventsim.outcome import Attempt, Failure, Refused, Success, Throttled
from eventsim.source import Transit
from eventsim.target import Target
from eventsim.trace import Trace

FAILURES_MAX = 5
"""So many failed invocations one after another end an execution (AWS's testing library)."""
IDLE_RETURNS_MAX = 3
"""So many that suspend an execution which has nothing to wait for (AWS's testing library)."""
FAILURE_DELAY_S = 5
"""From a failed invocation to the next (AWS's testing library)."""

_DAY_US = 86_400 * SECOND_US
_THROTTLING = RetryPolicy()
"""How long to wait after a throttle: as asynchronous events do (unconfirmed)."""


class DurableExecutions:
    """All durable executions of an account in one region.

    Args:
        destinations: bury what is given up.
        find: returns the target with an ARN, None if there is none: the default bus, which hears of every change.
        transit: keeps executions for the next server, None if nothing outlives the run.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        functions: Functions,
        dispatch: Dispatch,
        destinations: Destinations,
        find: Callable[[str], Target | None],
        transit: Transit | None,
    ) -> None:
        self._clock = clock
        self._trace = trace
        self._dispatch = dispatch
        self._home = functions.region, functions.account_id
        self._told = Told(trace, clock.start_epoch_us)
        self._uuid = uuid = chance.uuids("durable")
        self._hex = chance.hex_ids(32, "durable token")
        self._book = Book(transit)
        self._notices = Notices(clock=clock, functions=functions, destinations=destinations, find=find, new_id=uuid)
        self._callees = Callees(
            clock=clock,
            trace=trace,
            functions=functions,
            dispatch=dispatch,
            new_id=uuid,
            luck=chance.stream("called alias").random,
            begin=self.begin,
            settle=self._settle,
        )
        dispatch.when_durable(self._begin_for)

    def __iter__(self) -> Iterator[Run]:
        return iter(self._book)

    def find(self, arn: str) -> Run:
        """Return an execution by its ARN.

        Raises:
            ApiError: there is none, or no more.
        """
        run = self._book.get(arn)
        if run is None:
            message = "Durable Execution does not exist"
            raise ApiError("ResourceNotFoundException", message, status=404, fields={"Type": "User"})
        return run

    # --- the beginning ---------------------------------------------------------------------------------

    def begin(
        self,
        version: FunctionVersion,
        payload: str,
        *,
        mode: Mode,
        request_id: str,
        name: str = "",
        qualifier: str = "",
        cause: int = 0,
        lineage: Lineage | None = None,
        tenant_id: str = "",
        parent: tuple[str, str] | None = None,
        done: Done | None = None,
    ) -> Run:
        """Begin an execution, or return the one that has this name and began with the same payload.

        Args:
            version: which has a durable configuration.
            payload: the event, JSON text.
            name: unique among the function's executions, "" for one of ours.
            done: told of its end, in the next step if that has come.

        Raises:
            ApiError: there is one of this name with another payload, or the tenant is wanting or not wanted.
        """
        check_tenant(version, tenant_id)
        durable = version.durable
        assert durable is not None, "the function is not durable"
        known = self._book.named(version.function, name) if name else None
        if known is not None:
            return self._again(known, payload, done)
        name, lineage = name or self._uuid(), lineage or NO_LINEAGE
        start = Start(
            arn=f"{version.function_arn}:{version.version}/durable-execution/{name}/{self._uuid()}",
            name=name,
            function=version.function,
            version=version.version,
            qualifier=qualifier,
            mode=mode,
            payload=payload,
            started_us=self._clock.epoch_us(),
            timeout_s=durable.execution_timeout_s,
            retention_days=durable.retention_days,
            request_id=request_id,
            counts=lineage.counts,
            trace_header=lineage.trace_header,
            tenant_id=tenant_id,
            parent=parent,
        )
        run = self._run(Execution.begun(start), self._told.begun, cause)
        self._book.add(run)
        if done is not None:
            run.waiting.append(done)
        self._notices.tell_bus(run)
        delay_us = ASYNC_DISPATCH_US if mode == "asynchronous" else 0
        self._clock.at(self._clock.now_us + delay_us, self._take_up, run)
        return run

    def _begin_for(self, version: FunctionVersion, invocation: Invocation, done: Done) -> None:
        """Take over an invocation whose result somebody waits for: a front door, a mapping, another service."""
        self.begin(
            version,
            msgspec.json.encode(invocation.event).decode(),
            mode="synchronous",
            request_id=invocation.request_id,
            qualifier=invocation.qualifier,
            cause=invocation.cause,
            lineage=invocation.lineage,
            tenant_id=invocation.tenant_id,
            done=done,
        )

    def _again(self, run: Run, payload: str, done: Done | None) -> Run:
        start = run.execution.start
        if start.payload != payload:  # unconfirmed wording
            message = f"Durable execution with name {start.name} already exists with a different payload."
            raise ApiError("DurableExecutionAlreadyStartedException", message, status=409, fields={"Type": "User"})
        if done is not None and run.execution.is_over:
            self._clock.soon(done, run.as_attempt())
        elif done is not None:
            run.waiting.append(done)
        return run

    def _run(self, execution: Execution, kind: int, cause: int, *, number: int = 0) -> Run:
        start, trace = execution.start, self._trace
        subject, place = trace.new_subject("execution", "d"), trace.subject("function", start.function)
        entry = trace.record(kind, subject, place, cause, detail={"name": start.name})
        run = Run(execution=execution, subject=subject, place=place, entry=entry, number=number)
        self._set_expiry(run)
        return run

    def restore(self) -> None:
        """Go on with the executions that an earlier server left; what was due meanwhile is due now.

        Raises:
            StorageError: they cannot be read.
        """
        for number, execution in self._book.left():
            kind = self._told.known if execution.is_over else self._told.restored
            self._book.add(self._run(execution, kind, 0, number=number))
        callers = {run.execution.start.parent for run in self._book}
        for run in self._book:
            self._go_on(run, callers)

    def _go_on(self, run: Run, callers: set[tuple[str, str] | None]) -> None:
        execution = run.execution
        if execution.is_over:
            self._forget_later(run)
            return
        for operation in list(execution.operations.values()):
            is_call = operation.callee and operation.is_awaited
            if is_call and (execution.start.arn, operation.id) not in callers:  # who was called is no execution
                self._callees.call(run, operation)
        self._rest(run)
        was_running, execution.is_running = execution.is_running, False
        if was_running or execution.has_news or not execution.is_awaiting:
            self._clock.soon(self._take_up, run)
        else:
            self._put_down(run)

    # --- invocations -----------------------------------------------------------------------------------

    def _take_up(self, run: Run) -> None:
        """Invoke the function, if it is time to: it does not run, and the execution neither rests nor is over."""
        execution = run.execution
        if execution.is_running or execution.is_over:
            return
        if execution.pause is not None:
            execution.is_owed = True
            self._book.keep(run)
            return
        self._come_due(run)
        _cancel(run.timer)
        run.token, run.began_us, run.answered = self._new_token(), self._clock.epoch_us(), None
        execution.is_running, execution.is_owed = True, False
        start, trace = execution.start, self._trace
        news = [operation.id for operation in execution.tell_news()]
        run.entry = trace.record(self._told.taken_up, run.subject, run.place, run.entry)
        invocation = Invocation(
            function=start.function,
            request_id=self._uuid() if execution.has_run else start.request_id,
            event=replay_event(run, news),
            mode="durable",
            qualifier=start.version,
            subject=trace.new_subject("invocation", "i"),
            cause=run.entry,
            lineage=run.lineage,
            tenant_id=start.tenant_id,
        )
        self._book.keep(run)
        try:
            self._dispatch.invoke(invocation, partial(self._ran, run, invocation.request_id))
        except ApiError as error:  # the function was deleted meanwhile
            run.token, execution.is_running = "", False
            self._end(run, "FAILED", error=refused(error))

    def _ran(self, run: Run, request_id: str, attempt: Attempt) -> None:
        """Draw the consequences of an invocation."""
        execution = run.execution
        run.token, execution.is_running = "", False
        run.entry = attempt.entry or run.entry
        failure: ErrorObject | None = None
        match attempt.outcome:
            case Throttled():
                self._again_after(run, _THROTTLING.throttle_delay_s(run.throttles) * SECOND_US)
                run.throttles += 1
                return
            case Refused() as answer:
                self._end(run, "FAILED", error=refused(answer))
                return
            case Failure(payload=payload):
                failure = error_object(payload)
            case Success():
                pass
        run.throttles = 0
        ended_us = self._clock.epoch_us()
        execution.events.append(invocation_completed(request_id, run.began_us, ended_us, failure))
        if execution.is_over:  # it was stopped meanwhile, or its time was over: that stands
            self._book.keep(run)
        elif failure is not None:
            self._failed(run, failure)
        else:
            assert isinstance(attempt.outcome, Success)
            self._returned(run, attempt.outcome.payload)

    def _failed(self, run: Run, error: ErrorObject) -> None:
        run.execution.failures += 1
        if run.execution.failures >= FAILURES_MAX:
            self._end(run, "FAILED", error=error)
        else:
            self._again_after(run, FAILURE_DELAY_S * SECOND_US)

    def _returned(self, run: Run, payload: str) -> None:
        execution = run.execution
        try:
            returned = read_output(msgspec.json.decode(payload), execution)
        except ApiError as error:
            self._end(run, "FAILED", error=refused(error))
            return
        if returned.status == "PENDING" and not execution.may_rest:
            self._returned_idle(run)
            return
        execution.failures = run.idle_returns = 0
        if returned.status == "SUCCEEDED":
            self._end(run, "SUCCEEDED", result=returned.result)
        elif returned.status == "FAILED":
            self._end(run, "FAILED", error=returned.error)
        else:
            self._rest(run)
            self._put_down(run)

    def _returned_idle(self, run: Run) -> None:
        run.idle_returns += 1
        if run.idle_returns < IDLE_RETURNS_MAX:
            self._again_after(run, FAILURE_DELAY_S * SECOND_US)
            return
        problem = refusal("Cannot return PENDING status with no pending operations.")
        self._end(run, "FAILED", error=refused(problem))

    def _put_down(self, run: Run) -> None:
        """Let an execution wait until time or somebody else changes it."""
        execution = run.execution
        self._come_due(run)
        if execution.has_news or (execution.is_owed and execution.pause is None):
            self._clock.soon(self._take_up, run)
        else:
            run.entry = self._trace.record(self._told.put_down, run.subject, run.place, run.entry)
            due_us = execution.due_us
            if due_us is not None:
                self._again_after(run, due_us - self._clock.epoch_us(), self._wake)
        self._book.keep(run)

    def _wake(self, run: Run) -> None:
        """Go on if something has come due."""
        if run.execution.is_running or run.execution.is_over:
            return
        if self._come_due(run):
            self._take_up(run)
        else:
            self._put_down(run)

    def _come_due(self, run: Run) -> bool:
        passed = run.execution.come_due(self._clock.epoch_us())
        for operation in passed:
            run.entry = self._told.changed(run.subject, run.place, run.entry, operation)
        return bool(passed)

    def _again_after(self, run: Run, delay_us: int, then: Callable[[Run], None] | None = None) -> None:
        if not run.execution.is_over:
            _cancel(run.timer)
            run.timer = self._clock.loop.call_later(max(delay_us, 0) / 1e6, then or self._take_up, run)
            self._book.keep(run)

    # --- checkpoints -----------------------------------------------------------------------------------

    def check_token(self, run: Run, token: str) -> None:
        """See that an invocation speaks that is running now, for an execution that is not over (AWS's testing library).

        Raises:
            ApiError: it is another, or has been answered, or the execution was stopped meanwhile.
        """
        if not run.token or token != run.token or run.execution.is_over:
            raise refusal("Invalid checkpoint token")

    def save(self, run: Run, token: str, client_token: str, updates: Sequence[Update], *, cause: int) -> Any:
        """Save what an invocation has done, and tell it what else has changed.

        Returns:
            the answer of `CheckpointDurableExecution`; without a token if the execution is to rest.

        Raises:
            ApiError: the token is not the last one, or AWS would refuse an update; nothing is saved then.
        """
        if client_token and run.answered is not None and run.answered[:2] == (client_token, token):
            return run.answered[2]
        self.check_token(run, token)
        execution, now_us = run.execution, self._clock.epoch_us()
        saved = execution.save(updates, now_us, home=self._home, new_callback_id=self._new_token)
        for operation in saved:
            run.entry = self._told.changed(run.subject, run.place, cause or run.entry, operation)
            self._book.note_callback(run, operation)
            if operation.type == "CHAINED_INVOKE":
                self._callees.call(run, operation)
        self._come_due(run)
        if updates and updates[-1]["Type"] == "EXECUTION":
            self._close(run, updates[-1])
        if execution.pause is not None:
            self._rest(run)
            execution.is_owed, run.token = True, ""
            self._book.keep(run)
            return {"NewExecutionState": {"Operations": []}}
        run.token = self._new_token()
        news = [operation.describe(date) for operation in execution.tell_news()]
        answer = {"CheckpointToken": run.token, "NewExecutionState": {"Operations": news}}
        run.answered = (client_token, token, answer)
        self._book.keep(run)
        return answer

    def _close(self, run: Run, update: Update) -> None:
        """Let an execution end by a checkpoint, as one whose result is too large for an answer."""
        if update["Action"] == "SUCCEED":
            self._end(run, "SUCCEEDED", result=update.get("Payload"))
        else:
            self._end(run, "FAILED", error=update.get("Error"))

    def _new_token(self) -> str:
        return base64.b64encode(self._hex().encode()).decode()

    # --- what others bring about -----------------------------------------------------------------------

    def _settle(
        self,
        run: Run,
        operation_id: str,
        status: Status,
        *,
        result: str | None = None,
        error: ErrorObject | None = None,
    ) -> None:
        """Let an awaited operation end, and go on with its execution."""
        execution = run.execution
        operation = execution.operations[operation_id]
        if execution.is_over or not operation.is_awaited:
            return
        settled = execution.settle(operation, status, self._clock.epoch_us(), result=result, error=error)
        run.entry = self._told.changed(run.subject, run.place, run.entry, settled)
        self._book.keep(run)
        self._clock.soon(self._take_up, run)

    def answer_callback(
        self, callback_id: str, cause: int, *, result: str | None = None, error: ErrorObject | None = None
    ) -> None:
        """End a callback.

        Raises:
            ApiError: there is none of this id, or it has ended.
        """
        run, operation = self._callback(callback_id)
        run.entry = cause or run.entry
        status: Status = "SUCCEEDED" if error is None else "FAILED"
        self._settle(run, operation.id, status, result=result, error=error)

    def beat(self, callback_id: str) -> None:
        """Take a heartbeat of a callback.

        Raises:
            ApiError: there is none of this id, or it has ended.
        """
        run, operation = self._callback(callback_id)
        run.execution.hear(operation, self._clock.epoch_us())
        self._wake(run)
        self._book.keep(run)

    def _callback(self, callback_id: str) -> tuple[Run, Operation]:
        run, _ = self._book.callback(callback_id)
        self._come_due(run)  # a timer is late on the wall
        return self._book.callback(callback_id)

    def pause(self, run: Run, reason: str | None, *, stops_timeout: bool) -> None:
        """Let an execution rest, as soon as the running invocation has come to its next checkpoint."""
        execution = run.execution
        execution.pause = Pause(requested_us=self._clock.epoch_us(), reason=reason, stops_timeout=stops_timeout)
        execution.state = "PAUSING"
        if not execution.is_running:
            self._rest(run)
        self._book.keep(run)

    def _rest(self, run: Run) -> None:
        """Begin the pause that was asked for, if one was."""
        if run.execution.state == "PAUSING":
            run.execution.rest(self._clock.epoch_us())
            run.entry = self._trace.record(self._told.paused, run.subject, run.place, run.entry)
            self._set_expiry(run)
            self._notices.tell_bus(run)

    def resume(self, run: Run, reason: str | None) -> None:
        """End a pause; the function is invoked if it was kept from that, or if something changed meanwhile.

        One that still runs, since it was to rest, returns first.
        """
        execution = run.execution
        execution.go_on(self._clock.epoch_us(), reason)
        run.entry = self._trace.record(self._told.resumed, run.subject, run.place, run.entry)
        self._set_expiry(run)
        self._notices.tell_bus(run)
        if not execution.is_running:
            self._put_down(run)
        self._book.keep(run)

    # --- the end ---------------------------------------------------------------------------------------

    def stop(self, run: Run, error: ErrorObject | None) -> int:
        """End an execution, if it has not ended; return when it did, in microseconds since 1970."""
        self._end(run, "STOPPED", error=error or {"ErrorMessage": "Execution stopped by user request"})
        return run.execution.own.ended_us or 0

    def _set_expiry(self, run: Run) -> None:
        _cancel(run.expiry)
        if not run.execution.is_over:
            delay_us = max(run.execution.expires_us - self._clock.epoch_us(), 0)
            run.expiry = self._clock.loop.call_later(delay_us / 1e6, self._expire, run)

    def _expire(self, run: Run) -> None:
        message = f"Execution timed out after {run.execution.start.timeout_s} seconds."
        self._end(run, "TIMED_OUT", error={"ErrorMessage": message})

    def _end(self, run: Run, state: State, *, result: str | None = None, error: ErrorObject | None = None) -> None:
        """Let an execution come to its end, unless it has, and tell whoever waits for it."""
        execution, start = run.execution, run.execution.start
        if execution.is_over:
            return
        _cancel(run.timer)
        _cancel(run.expiry)
        execution.end(state, self._clock.epoch_us(), result=result, error=error)
        run.entry = self._told.ended(run.subject, run.place, run.entry, execution)
        self._notices.tell_bus(run)
        self._tell_caller(execution)
        attempt = run.as_attempt()
        waiting, run.waiting = run.waiting, []
        for done in waiting:
            done(attempt)
        if start.mode == "asynchronous" and state != "SUCCEEDED":
            self._notices.bury(run, attempt)
        self._book.keep(run)
        self._forget_later(run)

    def _tell_caller(self, callee: Execution) -> None:
        """Let the operation end that waits for an execution, if one does."""
        arn, operation_id = callee.start.parent or ("", "")
        run = self._book.get(arn)
        if run is None:
            return
        own, error = callee.own, callee.own.error
        if own.status == "TIMED_OUT":
            message = f"CHAINED_INVOKE timed out after {callee.start.timeout_s} seconds."
            error = {"ErrorMessage": message, "ErrorType": "ChainedInvoke.Timeout"}
        self._settle(run, operation_id, own.status, result=own.result, error=error)

    def _forget_later(self, run: Run) -> None:
        own, days = run.execution.own, run.execution.start.retention_days
        forgotten_us = (own.ended_us or 0) + days * _DAY_US - self._clock.start_epoch_us
        self._clock.by_calendar(forgotten_us, self._book.forget, run)

    def forget(self, run: Run) -> None:
        """Let an execution that is over be unknown from now on."""
        self._book.forget(run)


def _cancel(timer: asyncio.TimerHandle | None) -> None:
    if timer is not None:
        timer.cancel()
