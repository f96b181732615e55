"""Who is told of durable executions? The default bus of every change, a dead-letter queue of failures."""

import json
from collections.abc import Callable

from eventsim.clock import Clock
from eventsim.dispatch.destination import Destinations, InvocationRecord, dead_letter_attributes
from eventsim.dispatch.retry import RETRIES_EXHAUSTED
from eventsim.durable.run import Run
from eventsim.envelope import Envelope
from eventsim.function.function import Functions
from eventsim.outcome import Attempt
from eventsim.target import Target


class Notices:
    """Sends out what others are told of.

    Args:
        find: returns the target with an ARN, None if there is none.
        new_id: returns the id of the next event.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        functions: Functions,
        destinations: Destinations,
        find: Callable[[str], Target | None],
        new_id: Callable[[], str],
    ) -> None:
        self._clock = clock
        self._functions = functions
        self._destinations = destinations
        self._find = find
        self._new_id = new_id

    def tell_bus(self, run: Run) -> None:
        """Tell the default bus of a change of status, in the event that AWS documents."""
        functions, clock, start, own = self._functions, self._clock, run.execution.start, run.execution.own
        bus = self._find(f"arn:aws:events:{functions.region}:{functions.account_id}:event-bus/default")
        if bus is None:
            return
        function_arn = functions.arn(start.function, start.version)
        detail = {
            "version": "1",
            "durableExecutionArn": start.arn,
            "durableExecutionName": start.name,
            "functionArn": function_arn,
            "status": run.execution.state,
            "startTimestamp": self._iso(start.started_us),
        }
        if own.ended_us is not None:
            detail["endTimestamp"] = self._iso(own.ended_us)
        event = {
            "version": "0",
            "id": self._new_id(),
            "detail-type": "Durable Execution Status Change",
            "source": "aws.lambda",
            "account": functions.account_id,
            "time": f"{clock.date():%Y-%m-%dT%H:%M:%SZ}",
            "region": functions.region,
            "resources": [function_arn],
            "detail": detail,
        }
        body = json.dumps(event, separators=(",", ":"), ensure_ascii=False)
        bus.accept(Envelope(body=body, source_arn=start.arn, cause=run.entry, lineage=run.lineage))

    def bury(self, run: Run, attempt: Attempt) -> None:
        """Send the event of an execution that nobody waited for, and that failed, to the dead-letter queue."""
        start = run.execution.start
        if start.function not in self._functions or not self._functions[start.function].dead_letter:
            return
        function = self._functions[start.function]
        record = InvocationRecord(
            request_id=start.request_id,
            function_arn=function.arn,
            qualifier=start.qualifier,
            condition=RETRIES_EXHAUSTED,
            invoke_count=1,
            request_payload=start.payload,
            attempt=attempt,
            at=self._clock.iso_ms(),
        )
        self._destinations.bury(
            function.dead_letter,
            record,
            dead_letter_attributes(record, None),
            subject=run.subject,
            place=run.place,
            cause=run.entry,
            lineage=run.lineage,
        )

    def _iso(self, epoch_us: int) -> str:
        return self._clock.iso_ms(epoch_us - self._clock.start_epoch_us)
