"""What is one durable execution, and what follows from what is saved and from what its function returns?

Nothing here waits or calls: `executions.py` invokes the function and sets the timers, this decides. Instants are
microseconds since 1970.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from eventsim.durable import history
from eventsim.durable.checks import PAYLOAD_BYTES_MAX, check_updates, refusal, too_large
from eventsim.durable.history import Event
from eventsim.durable.operation import SECOND_US, ErrorObject, Operation, Status, Update, updated
from eventsim.limits import DURABLE_TIMEOUT_S_MAX, SYNC_PAYLOAD_BYTES_MAX

Mode = Literal["synchronous", "asynchronous", "chained"]
"""Who waits for the result: a caller, nobody, an operation of another durable execution."""
State = Literal["RUNNING", "PAUSING", "PAUSED", "SUCCEEDED", "FAILED", "TIMED_OUT", "STOPPED"]

EVENT_OPERATIONS_BYTES_MAX = 5_242_880
"""What is saved and fits into the event of an invocation; the rest is asked for page by page (unconfirmed)."""


class Start(Struct, frozen=True, kw_only=True):
    """How a durable execution began, which never changes.

    Attributes:
        version: the version of the function that runs all of it.
        timeout_s: how long it may last.
        retention_days: how long it is known after its end.
        request_id: of the invocation that began it.
        counts, trace_header: the lineage of that.
        tenant_id: for whom it runs, "" for nobody in particular.
        parent: the ARN of an execution and an operation of it that wait for this one, None for none.
    """

    arn: str
    name: str
    function: str
    version: str
    qualifier: str
    mode: Mode
    payload: str
    started_us: int
    timeout_s: int
    retention_days: int
    request_id: str
    counts: Mapping[str, int] = {}
    trace_header: str = ""
    tenant_id: str = ""
    parent: tuple[str, str] | None = None

    @property
    def id(self) -> str:
        """The id of the operation that is the execution itself."""
        return self.arn.rpartition("/")[2]

    @property
    def result_bytes_max(self) -> int:
        """How large its result may be (documented)."""
        return SYNC_PAYLOAD_BYTES_MAX if self.mode == "synchronous" else PAYLOAD_BYTES_MAX


class Pause(Struct, frozen=True, kw_only=True):
    """That somebody has asked for an execution to rest.

    Attributes:
        reason: None if none was given.
        stops_timeout: whether the time that it rests is added to its timeout.
    """

    requested_us: int
    reason: str | None
    stops_timeout: bool


class Execution(Struct, kw_only=True):
    """A durable execution, as it is kept on the disk, too.

    Attributes:
        operations: what was saved, by id, in the order of its beginning; the execution itself is the first.
        failures: invocations that failed one after another.
        unseen: the operations whose last change the function does not know of, in the order of these changes.
        is_running: whether an invocation runs.
        is_owed: whether it is to be invoked as soon as it is no longer paused.
        extra_us: what pauses have added to its timeout.
    """

    start: Start
    state: State = "RUNNING"
    operations: dict[str, Operation]
    events: list[Event]
    failures: int = 0
    unseen: dict[str, None] = {}
    pause: Pause | None = None
    paused_us: int = 0
    is_running: bool = False
    is_owed: bool = False
    extra_us: int = 0

    @classmethod
    def begun(cls, start: Start) -> "Execution":
        """Return the execution at its beginning."""
        own = Operation(
            id=start.id,
            type="EXECUTION",
            status="STARTED",
            started_us=start.started_us,
            name=start.name,
            input=start.payload,
        )
        return cls(start=start, operations={own.id: own}, events=[history.execution_started(own, start.timeout_s)])

    # --- what is asked ---------------------------------------------------------------------------------

    @property
    def own(self) -> Operation:
        """The operation that is the execution itself: its result, its error, its end."""
        return self.operations[self.start.id]

    @property
    def is_over(self) -> bool:
        """Whether it has come to its end."""
        return self.state not in ("RUNNING", "PAUSING", "PAUSED")

    @property
    def expires_us(self) -> int:
        """When its time is over, as things are."""
        start = self.start
        last_us = start.started_us + DURABLE_TIMEOUT_S_MAX * SECOND_US
        if self.state == "PAUSED" and self.pause is not None and self.pause.stops_timeout:
            return last_us
        return min(start.started_us + start.timeout_s * SECOND_US + self.extra_us, last_us)

    @property
    def due_us(self) -> int | None:
        """When time alone changes an operation next, None for never."""
        return min((at for each in self.operations.values() if (at := each.next_us) is not None), default=None)

    @property
    def is_awaiting(self) -> bool:
        """Whether it may rest until something comes of an operation."""
        return any(operation.is_awaited for operation in self.operations.values())

    @property
    def may_rest(self) -> bool:
        """Whether an invocation may suspend it: something is to come, or has, or it is to rest."""
        return self.is_owed or self.is_awaiting or self.has_news or self.pause is not None

    @property
    def has_run(self) -> bool:
        """Whether an invocation of it has ended."""
        return any(event.kind == "InvocationCompleted" for event in self.events)

    @property
    def has_news(self) -> bool:
        """Whether something changed that the function does not know of."""
        return bool(self.unseen)

    def replayed(self) -> list[Operation]:
        """Return what the function is told when it is invoked: no children of a context that has ended without need."""
        hidden: set[str] = set()
        told = []
        for operation in self.operations.values():
            if operation.parent_id in hidden:
                hidden.add(operation.id)
                continue
            told.append(operation)
            if operation.type == "CONTEXT" and operation.ended_us is not None and not operation.replays_children:
                hidden.add(operation.id)
        return told

    # --- what changes it -------------------------------------------------------------------------------

    def tell_news(self) -> list[Operation]:
        """Return the operations that changed since the function was told of them; it knows of them now."""
        unseen, self.unseen = self.unseen, {}
        return [self.operations[name] for name in unseen]

    def save(
        self, updates: Sequence[Update], now_us: int, *, home: tuple[str, str], new_callback_id: Callable[[], str]
    ) -> list[Operation]:
        """Save what the function has done, all of it or nothing; return the operations as they are now.

        The end of the execution itself is not among them: `end` is for that.

        Raises:
            ApiError: it may not, in AWS's words.
        """
        check_updates(updates, self.operations, home=home, result_bytes_max=self.start.result_bytes_max)
        saved = []
        for update in updates:
            if update["Type"] == "EXECUTION":
                continue
            operation = updated(self.operations.get(update["Id"]), update, now_us, new_callback_id)
            self._put(operation)
            self.events.append(history.changed(operation, now_us, update))
            saved.append(operation)
        return saved

    def come_due(self, now_us: int) -> list[Operation]:
        """Let time pass; return the operations that it has changed."""
        passed = [after for each in self.operations.values() if (after := each.overtaken(now_us)) is not None]
        for operation in passed:
            self._put(operation)
            if operation.status != "READY":
                self.events.append(history.changed(operation, now_us))
        return passed

    def settle(
        self,
        operation: Operation,
        status: Status,
        now_us: int,
        *,
        result: str | None = None,
        error: ErrorObject | None = None,
    ) -> Operation:
        """Let an awaited operation end as somebody else says; return it as it is now."""
        ended = operation.ended(status, now_us, result=result, error=error)
        self._put(ended)
        self.events.append(history.changed(ended, now_us))
        return ended

    def hear(self, operation: Operation, now_us: int) -> None:
        """Take a heartbeat of a callback."""
        if operation.heartbeat_us:
            self.operations[operation.id] = replace(operation, silent_us=now_us + operation.heartbeat_us)

    def end(self, state: State, now_us: int, *, result: str | None = None, error: ErrorObject | None = None) -> None:
        """Let it come to its end."""
        status: Any = state
        self.state, self.pause = state, None
        ended = self.own.ended(status, now_us, result=result, error=error)
        self._put(ended)
        self.events.append(history.execution_ended(ended, now_us))

    def note_callee(self, operation_id: str, version: str, arn: str) -> None:
        """Add to the history what a called function turned out to be.

        Args:
            arn: of its own durable execution, "" if it is none.
        """
        known = {"ExecutedVersion": version, **({"DurableExecutionArn": arn} if arn else {})}
        for place, event in enumerate(self.events):
            if event.kind == "ChainedInvokeStarted" and event.names["Id"] == operation_id:
                self.events[place] = replace(event, details={**event.details, **known})

    def rest(self, now_us: int) -> None:
        """Begin the pause that was asked for."""
        assert self.pause is not None
        self.state, self.paused_us = "PAUSED", now_us
        details = {
            "PauseRequestTimestamp": self.pause.requested_us,
            **({} if self.pause.reason is None else {"Reason": self.pause.reason}),
            "ExecutionTimeoutPaused": self.pause.stops_timeout,
        }
        self.events.append(Event(kind="ExecutionPaused", at_us=now_us, details=details))

    def go_on(self, now_us: int, reason: str | None) -> None:
        """End a pause, or forget one that had not begun."""
        if self.state == "PAUSED" and self.pause is not None and self.pause.stops_timeout:
            self.extra_us += now_us - self.paused_us
        self.state, self.pause = "RUNNING", None
        details = {"ResumeRequestTimestamp": now_us, **({} if reason is None else {"Reason": reason})}
        self.events.append(Event(kind="ExecutionResumed", at_us=now_us, details=details))

    def _put(self, operation: Operation) -> None:
        self.operations[operation.id] = operation
        self.unseen.pop(operation.id, None)  # a change puts it behind the others
        self.unseen[operation.id] = None


class Returned(Struct, frozen=True, kw_only=True):
    """What a durable function has returned: `Status`, and `Result` or `Error`."""

    status: str
    result: str | None = None
    error: ErrorObject | None = None


def read_output(payload: Any, execution: Execution) -> Returned:
    """Read what a function has returned.

    Args:
        payload: as decoded JSON.

    Raises:
        ApiError: it is nothing that ends or suspends an execution, in the words of AWS's testing library.
    """
    if not isinstance(payload, Mapping) or payload.get("Status") is None:
        raise refusal("Response status is required")
    status, result, error = payload["Status"], payload.get("Result"), payload.get("Error")
    if status == "FAILED" and result is not None:
        raise refusal("Cannot provide a Result for FAILED status.")
    if status == "SUCCEEDED" and error is not None:
        raise refusal("Cannot provide an Error for SUCCEEDED status.")
    if status not in ("SUCCEEDED", "FAILED", "PENDING"):
        raise refusal(f"Unexpected invocation status: {status}")
    if not isinstance(result, str | None) or not isinstance(error, Mapping | None):
        raise refusal("Invalid invocation output: Result is a text, and Error an object.")
    bytes_max = execution.start.result_bytes_max
    if result is not None and len(result.encode()) > bytes_max:
        raise refusal(too_large("Execution output", bytes_max))
    return Returned(status=status, result=result, error=error)
