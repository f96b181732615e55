"""How does an operation of a durable execution call another function, and wait for it?"""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from eventsim.clock import Clock
from eventsim.dispatch.dispatch import Dispatch
from eventsim.dispatch.payload import decode_event
from eventsim.durable.checks import PAYLOAD_BYTES_MAX, too_large
from eventsim.durable.execution import Mode
from eventsim.durable.operation import SECOND_US, ErrorObject, Operation, Status
from eventsim.durable.run import Run, error_object, refused
from eventsim.envelope import Lineage
from eventsim.errors import ApiError
from eventsim.function.function import Functions, FunctionVersion
from eventsim.function.tenancy import check_tenant
from eventsim.invocation import Invocation
from eventsim.outcome import Attempt, Failure, Refused, Success, Throttled
from eventsim.trace import Trace


class Settle(Protocol):
    """How an awaited operation ends."""

    def __call__(
        self,
        run: Run,
        operation_id: str,
        status: Status,
        *,
        result: str | None = None,
        error: ErrorObject | None = None,
    ) -> None:
        """Let it end, and go on with its execution."""


class Begin(Protocol):
    """How an execution of a called function begins."""

    def __call__(
        self,
        version: FunctionVersion,
        payload: str,
        *,
        mode: Mode,
        request_id: str,
        qualifier: str,
        cause: int,
        lineage: Lineage,
        tenant_id: str,
        parent: tuple[str, str],
    ) -> Run:
        """Begin it."""


class Callees:
    """Calls functions on behalf of operations."""

    def __init__(
        self,
        *,
        clock: Clock,
        trace: Trace,
        functions: Functions,
        dispatch: Dispatch,
        new_id: Callable[[], str],
        luck: Callable[[], float],
        begin: Begin,
        settle: Settle,
    ) -> None:
        self._clock = clock
        self._trace = trace
        self._functions = functions
        self._dispatch = dispatch
        self._new_id = new_id
        self._luck = luck
        self._begin = begin
        self._settle = settle

    def call(self, run: Run, operation: Operation) -> None:
        """Call the function that an operation names; one that is not there fails the operation at once."""
        start, lineage = run.execution.start, run.lineage.after(run.execution.start.function, run.entry)
        try:
            name = self._functions.parse_name(operation.callee)
            version = self._functions.resolve(name.name, name.qualifier, self._luck)
            check_tenant(version, operation.tenant_id)
            if version.durable is None:
                self._call_plain(run, operation, version, lineage)
                return
        except ApiError as error:
            self._settle(run, operation.id, "FAILED", error=refused(error))
            return
        child = self._begin(
            version,
            operation.input or "{}",
            mode="chained",
            request_id=self._new_id(),
            qualifier=name.qualifier,
            cause=run.entry,
            lineage=lineage,
            tenant_id=operation.tenant_id,
            parent=(start.arn, operation.id),
        )
        run.execution.note_callee(operation.id, version.version, child.execution.start.arn)

    def _call_plain(self, run: Run, operation: Operation, version: FunctionVersion, lineage: Lineage) -> None:
        """Invoke a function that is not durable, once; a throttle is waited for."""
        invocation = Invocation(
            function=version.function,
            request_id=self._new_id(),
            event=decode_event(operation.input or "{}"),
            mode="synchronous",
            qualifier=version.version,
            subject=self._trace.new_subject("invocation", "i"),
            cause=run.entry,
            lineage=lineage,
            tenant_id=operation.tenant_id,
        )
        run.execution.note_callee(operation.id, version.version, "")
        self._clock.soon(self._invoke, (invocation, partial(self._settle, run, operation.id)))

    def _invoke(self, work: tuple[Invocation, Callable[..., None]]) -> None:
        invocation, settle = work
        try:
            self._dispatch.invoke(invocation, partial(self._invoked, work))
        except ApiError as error:  # the function was deleted meanwhile
            settle("FAILED", error=refused(error))

    def _invoked(self, work: tuple[Invocation, Callable[..., None]], attempt: Attempt) -> None:
        _, settle = work
        match attempt.outcome:
            case Success(payload=result) if len(result.encode()) > PAYLOAD_BYTES_MAX:
                settle("FAILED", error={"ErrorMessage": too_large("CHAINED_INVOKE output", PAYLOAD_BYTES_MAX)})
            case Success(payload=result):
                settle("SUCCEEDED", result=result)
            case Failure(payload=payload):
                settle("FAILED", error=error_object(payload))
            case Refused() as answer:
                settle("FAILED", error=refused(answer))
            case Throttled():
                self._clock.at(self._clock.now_us + SECOND_US, self._invoke, work)
