"""What is known of an asynchronous event between its acceptance and its end, here and on the disk?"""

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct

from eventsim.envelope import Lineage
from eventsim.outcome import Attempt, Failure, Refused, Success, Throttled


class WaitingEvent(Struct, kw_only=True):
    """An asynchronous event between its acceptance and its end.

    Attributes:
        born_us: when it was accepted; before the run began if an earlier server did.
        due_us: when its next attempt is made.
        number: under which it is kept on the disk, 0 if it is not.
        cause: the trace entry that leads to the next attempt.
        retries: retries that failures have used up.
        throttles: throttles in a row.
        invoke_count: how often code ran.
        executed: the last attempt that ran code.
        tenant_id: the tenant for whom it runs, "" for none.
    """

    function: str
    qualifier: str
    request_id: str
    payload: str
    born_us: int
    due_us: int
    subject: int
    place: int
    lineage: Lineage
    cause: int
    number: int = 0
    retries: int = 0
    throttles: int = 0
    invoke_count: int = 0
    executed: Attempt | None = None
    tenant_id: str = ""

    def note(self, attempt: Attempt) -> None:
        """Count an attempt, and keep the last one that ran code."""
        match attempt.outcome:
            case Success() | Failure():
                self.invoke_count += 1
                self.throttles = 0
                self.executed = attempt
                if attempt.trace_header:  # what was decided about its trace stays
                    self.lineage = self.lineage.under(attempt.trace_header)
            case Throttled():
                self.throttles += 1
            case Refused():
                pass
            case _:
                assert_never(attempt.outcome)

    def lineage_after(self, attempt: Attempt | None) -> Lineage:
        """Return the lineage of what the end of this event sends out.

        Args:
            attempt: the one that ended it, None if there was none.
        """
        lineage = self.lineage
        if attempt is None or self.executed is not attempt:
            return lineage
        return lineage.after(self.function, attempt.entry, lineage.trace_header)


class KeptEvent(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What the next server needs to know of a waiting event; instants in microseconds since 1970.

    Attributes:
        failure: how the last attempt ended that ran code, None if none did: one that succeeds is the end.
        executed_version: what that ran.
        lineage: function → how often it has run in the chain that led here.
        trace_header: X-Ray's, under which it stands.
    """

    function: str
    qualifier: str
    request_id: str
    payload: str
    accepted_us: int
    due_us: int
    retries: int
    throttles: int
    invoke_count: int
    failure: Failure | None = None
    executed_version: str = ""
    lineage: Mapping[str, int] = {}
    trace_header: str = ""
    tenant_id: str = ""


def kept_of(event: WaitingEvent, start_epoch_us: int) -> KeptEvent:
    """Return what is kept of an event, as it is now."""
    executed = event.executed
    failure = executed.outcome if executed is not None and isinstance(executed.outcome, Failure) else None
    return KeptEvent(
        function=event.function,
        qualifier=event.qualifier,
        request_id=event.request_id,
        payload=event.payload,
        accepted_us=start_epoch_us + event.born_us,
        due_us=start_epoch_us + event.due_us,
        retries=event.retries,
        throttles=event.throttles,
        invoke_count=event.invoke_count,
        failure=failure,
        executed_version="" if failure is None or executed is None else executed.executed_version,
        lineage=event.lineage.counts,
        trace_header=event.lineage.trace_header,
        tenant_id=event.tenant_id,
    )


def event_of(kept: KeptEvent, start_epoch_us: int, *, number: int, subject: int, place: int) -> WaitingEvent:
    """Return an event as an earlier server left it; of the trace it knows nothing."""
    executed = None
    if kept.failure is not None:
        executed = Attempt(outcome=kept.failure, executed_version=kept.executed_version)
    return WaitingEvent(
        function=kept.function,
        qualifier=kept.qualifier,
        request_id=kept.request_id,
        payload=kept.payload,
        born_us=kept.accepted_us - start_epoch_us,
        due_us=kept.due_us - start_epoch_us,
        subject=subject,
        place=place,
        lineage=Lineage(kept.lineage, trace_header=kept.trace_header),
        cause=0,
        number=number,
        retries=kept.retries,
        throttles=kept.throttles,
        invoke_count=kept.invoke_count,
        executed=executed,
        tenant_id=kept.tenant_id,
    )
