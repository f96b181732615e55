"""Who waits with an asynchronous event until a function has run it? The event queue: attempts, retries, the end.

An event is accepted at once and tried as soon as its turn comes. All attempts have one request id (recorded). What
follows an attempt is decided by `retry`; how it ends is told to a destination and to the dead-letter queue.

Where there is a database, an event stands there from its acceptance to its end, in the same transaction as what comes
of either. An attempt that was running when its server was killed counts as not having happened: it is made again.
"""

from collections.abc import Callable
from functools import partial
from typing import assert_never

from msgspec import structs

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.destination import SUCCESS_CONDITION, Destinations, InvocationRecord, dead_letter_attributes
from eventsim.dispatch.dispatch import Dispatch
from eventsim.dispatch.payload import check_async_size, decode_event
from eventsim.dispatch.retry import EVENT_AGE_EXCEEDED, Done, GiveUp, RetryAfter, RetryPolicy
from eventsim.dispatch.waiting_event import KeptEvent, WaitingEvent, event_of, kept_of
from eventsim.durable.executions import DurableExecutions
from eventsim.envelope import NO_LINEAGE, Envelope, Lineage
from eventsim.errors import ApiError
from eventsim.function.function import EventInvokeConfig, Function, Functions
from eventsim.function.tenancy import check_tenant
from eventsim.invocation import Invocation
from eventsim.limits import ASYNC_DISPATCH_US
from eventsim.outcome import Attempt, Refused
from eventsim.source import Transit
from eventsim.trace import Trace
from eventsim.trace_header import root_of


class EventQueue:
    """The queues of asynchronous events of all functions.

    Args:
        durable: begins an execution for each event of a durable function.
        transit: keeps events for the next server, None if nothing outlives the run.
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
        durable: DurableExecutions,
        transit: Transit | None = None,
    ) -> None:
        self._clock = clock
        self._trace = trace
        self._functions = functions
        self._dispatch = dispatch
        self._destinations = destinations
        self._durable = durable
        self._transit = transit
        self._uuid = chance.uuids("asynchronous")
        self._chance = chance
        self._luck: dict[str, Callable[[], float]] = {}
        """Of each function, whether its events are repeated."""
        self._choice = chance.stream("queued alias").random
        """Which of an alias's versions an execution begins with; each attempt of an event chooses anew."""
        kind = trace.kind
        self._queued = kind("queued", "{subject} was queued for {place}", value="size_bytes")
        self._attempted = kind("attempted", "{subject} had its turn at {place}", value="age_us", is_summed=True)
        self._repeated = kind("event repeated", "{subject} was delivered to {place} once more")
        self._retrying = kind("retry scheduled", "{subject} will be tried again", value="delay_us")
        self._dropped = kind("event dropped", "{subject} was given up by {place}: {condition}", value="invoke_count")

    def target(self, function: str, qualifier: str = "") -> "FunctionTarget":
        """Return the target that queues whatever it accepts for this function."""
        return FunctionTarget(self, self._functions.arn(function, qualifier), function, qualifier)

    def submit(
        self,
        function: str,
        qualifier: str,
        payload: str,
        *,
        cause: int = 0,
        lineage: Lineage | None = None,
        tenant_id: str = "",
    ) -> str:
        """Queue an event and return its request id.

        Args:
            payload: the event as JSON text; empty for `{}` (recorded).
            tenant_id: the tenant for whom it runs, "" for none.

        Raises:
            ApiError: there is no such function, or the event is too large or not JSON, or names no tenant.
        """
        version = self._functions.resolve(function, qualifier, self._choice)
        check_tenant(version, tenant_id)
        size_bytes = check_async_size(payload)
        payload = payload or "{}"
        decode_event(payload)
        trace, now_us = self._trace, self._clock.now_us
        subject = trace.new_subject("invocation", "i")
        place = trace.subject("function", function)
        entry = trace.record(self._queued, subject, place, cause, size_bytes)
        request_id = self._uuid()
        lineage = lineage or NO_LINEAGE
        if not lineage.trace_header:  # all attempts stand in the trace that begins here
            lineage = lineage.under(root_of(request_id, self._clock.epoch_us()))
        if version.durable is not None:
            self._durable.begin(
                version,
                payload,
                mode="asynchronous",
                request_id=request_id,
                qualifier=qualifier,
                cause=entry,
                lineage=lineage,
                tenant_id=tenant_id,
            )
            return request_id
        event = WaitingEvent(
            function=function,
            qualifier=qualifier,
            request_id=request_id,
            payload=payload,
            born_us=now_us,
            due_us=now_us + ASYNC_DISPATCH_US,
            subject=subject,
            place=place,
            lineage=lineage,
            cause=entry,
            tenant_id=tenant_id,
        )
        self._schedule(event)
        if self._is_repeated(self._functions[function]):
            self._repeat(event)
        return event.request_id

    def _schedule(self, event: WaitingEvent) -> None:
        if self._transit is not None:
            event.number = event.number or self._transit.new_number()
            self._keep(event, self._transit)
        self._clock.at(event.due_us, self._attempt, event)

    def _is_repeated(self, function: Function) -> bool:
        if not function.duplicates:
            return False
        luck = self._luck.get(function.name)
        if luck is None:
            luck = self._luck[function.name] = self._chance.stream("duplicates", "function", function.name).random
        return luck() < function.duplicates

    def _repeat(self, event: WaitingEvent) -> None:
        """Deliver an event once more, under the same request id: it is attempted, and ends, for itself."""
        subject = self._trace.new_subject("invocation", "i")
        entry = self._trace.record(self._repeated, subject, event.place, event.cause)
        repeated = structs.replace(event, subject=subject, cause=entry, number=0)
        self._schedule(repeated)

    def restore(self) -> None:
        """Go on with the events that an earlier server left; what was due meanwhile is due now.

        Raises:
            StorageError: they cannot be read.
        """
        if self._transit is None:
            return
        clock, trace = self._clock, self._trace
        restored = trace.kind("restored", "{subject} was left in {place} by an earlier server")
        for number, kept in self._transit.left(KeptEvent):
            subject = trace.new_subject("invocation", "i")
            place = trace.subject("function", kept.function)
            event = event_of(kept, clock.start_epoch_us, number=number, subject=subject, place=place)
            event.cause = trace.record(restored, subject, place, 0)
            clock.at(max(event.due_us, clock.now_us), self._resume, event)

    def _resume(self, event: WaitingEvent) -> None:
        """Make the next attempt, unless the event has grown too old while no server ran."""
        if event.function in self._functions and self._is_too_old(event):
            self._give_up(event, EVENT_AGE_EXCEEDED, None)
            self._forget(event)
        else:
            self._attempt(event)

    def _is_too_old(self, event: WaitingEvent) -> bool:
        config = self._functions[event.function].event_invoke_of(event.qualifier)
        return _policy(config).is_too_old(self._clock.now_us - event.born_us)

    def _keep(self, event: WaitingEvent, transit: Transit) -> None:
        """Have the event go on with the next server as it is now."""
        transit.put(event.number, partial(kept_of, event, self._clock.start_epoch_us))

    def _forget(self, event: WaitingEvent) -> None:
        """Let this have been the end of the event."""
        if self._transit is not None:
            self._transit.drop(event.number)

    def _attempt(self, event: WaitingEvent) -> None:
        age_us = self._clock.now_us - event.born_us
        entry = self._trace.record(self._attempted, event.subject, event.place, event.cause, age_us)
        invocation = Invocation(
            function=event.function,
            request_id=event.request_id,
            event=decode_event(event.payload),
            mode="asynchronous",
            qualifier=event.qualifier,
            subject=event.subject,
            cause=entry,
            lineage=event.lineage,
            tenant_id=event.tenant_id,
        )
        try:
            self._dispatch.invoke(invocation, partial(self._attempted_once, event))
        except ApiError as error:  # the function was deleted while the event waited; its settings went with it
            detail = {"condition": str(error)}
            self._trace.record(self._dropped, event.subject, event.place, entry, event.invoke_count, detail)
            self._forget(event)

    def _attempted_once(self, event: WaitingEvent, attempt: Attempt) -> None:
        if event.function not in self._functions:  # deleted while it ran; what its settings said went with it
            self._forget(event)
            return
        function = self._functions[event.function]
        config = function.event_invoke_of(event.qualifier)
        decision = _policy(config).decide(
            attempt.outcome,
            retries=event.retries,
            throttles=event.throttles,
            age_us=self._clock.now_us - event.born_us,
            is_reserved_zero=function.reserved_concurrency == 0,
        )
        event.note(attempt)
        match decision:
            case Done():
                if config.on_success:
                    self._deliver(config.on_success, event, SUCCESS_CONDITION, attempt, attempt.entry)
                self._forget(event)
            case RetryAfter(delay_us=delay_us, uses_retry=uses_retry):
                event.retries += uses_retry
                event.cause = self._trace.record(self._retrying, event.subject, event.place, attempt.entry, delay_us)
                event.due_us = self._clock.now_us + delay_us
                self._schedule(event)
            case GiveUp(condition=condition):
                self._give_up(event, condition, attempt)
                self._forget(event)
            case _:
                assert_never(decision)

    def _give_up(self, event: WaitingEvent, condition: str, attempt: Attempt | None) -> None:
        """Tell of the end of an event that failed, after an attempt or for want of one."""
        cause = event.cause if attempt is None else attempt.entry
        detail = {"condition": condition}
        entry = self._trace.record(self._dropped, event.subject, event.place, cause, event.invoke_count, detail)
        function = self._functions[event.function]
        if function.dead_letter:
            refusal = attempt.outcome if attempt is not None and isinstance(attempt.outcome, Refused) else None
            record = self._record(event, condition)
            self._destinations.bury(
                function.dead_letter,
                record,
                dead_letter_attributes(record, refusal),
                subject=event.subject,
                place=event.place,
                cause=entry,
                lineage=event.lineage_after(attempt),
            )
        on_failure = function.event_invoke_of(event.qualifier).on_failure
        if on_failure:
            self._deliver(on_failure, event, condition, attempt, entry)

    def _deliver(self, name: str, event: WaitingEvent, condition: str, attempt: Attempt | None, cause: int) -> None:
        self._destinations.deliver(
            name,
            self._record(event, condition),
            subject=event.subject,
            place=event.place,
            cause=cause,
            lineage=event.lineage_after(attempt),
        )

    def _record(self, event: WaitingEvent, condition: str) -> InvocationRecord:
        return InvocationRecord(
            request_id=event.request_id,
            function_arn=self._functions.arn(event.function),
            qualifier=event.qualifier,
            condition=condition,
            invoke_count=event.invoke_count,
            request_payload=event.payload,
            attempt=event.executed,
            at=self._clock.iso_ms(),
        )


class FunctionTarget:
    """A function as a target: whatever it accepts waits in the event queue."""

    def __init__(self, queue: EventQueue, arn: str, function: str, qualifier: str) -> None:
        self.arn = arn
        self._queue = queue
        self._function = function
        self._qualifier = qualifier

    def accept(self, envelope: Envelope) -> None:
        """Queue the event.

        Raises:
            ApiError: there is no such function, or the event is too large or not JSON.
        """
        self._queue.submit(
            self._function, self._qualifier, envelope.body, cause=envelope.cause, lineage=envelope.lineage
        )


def _policy(config: EventInvokeConfig) -> RetryPolicy:
    return RetryPolicy(retries_max=config.maximum_retry_attempts, age_max_s=config.maximum_event_age_s)
