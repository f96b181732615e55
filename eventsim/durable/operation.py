"""What has a durable execution saved of one operation, and what does an update make of it?

The rules are those of AWS's own testing library for durable functions, which follows the service, and of the reference
texts of the API. Instants are microseconds since 1970, so that a later server can go on.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

from msgspec import Struct
from msgspec.structs import replace

SECOND_US = 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

Type = Literal["EXECUTION", "CONTEXT", "STEP", "WAIT", "CALLBACK", "CHAINED_INVOKE"]
Status = Literal["STARTED", "PENDING", "READY", "SUCCEEDED", "FAILED", "CANCELLED", "TIMED_OUT", "STOPPED"]
ErrorObject = Mapping[str, Any]
"""`ErrorMessage`, `ErrorType`, `ErrorData` and `StackTrace`, as far as they were given."""
Update = Mapping[str, Any]
"""An `OperationUpdate` of the API."""

TIMED_OUT: ErrorObject = {"ErrorMessage": "Callback timed out", "ErrorType": "Callback.Timeout"}
SILENT: ErrorObject = {"ErrorMessage": "Callback timed out on heartbeat", "ErrorType": "Callback.Heartbeat"}


class Operation(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is saved of one operation.

    Attributes:
        parent_id: the context that it belongs to, "" for none.
        attempt: of a step, how many attempts have ended.
        due_us: when a wait ends, a step is attempted again, or a callback is given up; None if nothing is to come.
        silent_us: when a callback is given up unless a heartbeat comes, None if none is expected.
        heartbeat_us: how long after a heartbeat that is.
        callee, tenant_id: of a call, the function that it names, and for which tenant.
        replays_children: of a context, whether what was saved of its children is still told after its end.
    """

    id: str
    type: Type
    status: Status
    started_us: int
    parent_id: str = ""
    name: str = ""
    sub_type: str = ""
    ended_us: int | None = None
    attempt: int = 0
    due_us: int | None = None
    silent_us: int | None = None
    heartbeat_us: int = 0
    input: str | None = None
    result: str | None = None
    error: ErrorObject | None = None
    callback_id: str = ""
    callee: str = ""
    tenant_id: str = ""
    replays_children: bool = False

    @property
    def title(self) -> str:
        """The operation as a story names it: `step charge`, `wait`."""
        kind = self.type.lower().replace("_", " ")
        return f"{kind} {self.name}" if self.name else kind

    @property
    def is_awaited(self) -> bool:
        """Whether an execution may rest until something comes of it."""
        waits = self.type in ("WAIT", "CALLBACK", "CHAINED_INVOKE") and self.status == "STARTED"
        return waits or self.status == "PENDING"

    @property
    def next_us(self) -> int | None:
        """When time alone changes it, None for never."""
        if not self.is_awaited:
            return None
        return min((at_us for at_us in (self.due_us, self.silent_us) if at_us is not None), default=None)

    @property
    def size_bytes(self) -> int:
        """About how much room it takes in the event of an invocation."""
        texts = (self.input, self.result, str(self.error or ""))
        return 200 + sum(len(text.encode()) for text in texts if text)

    def describe(self, at: Callable[[int], Any]) -> dict[str, Any]:
        """Return it in the shape of the API.

        Args:
            at: writes an instant.
        """
        document: dict[str, Any] = {"Id": self.id}
        named = {"ParentId": self.parent_id, "Name": self.name, "SubType": self.sub_type}
        document |= {name: value for name, value in named.items() if value}
        document |= {"Type": self.type, "StartTimestamp": at(self.started_us), "Status": self.status}
        if self.ended_us is not None:
            document["EndTimestamp"] = at(self.ended_us)
        details = {"Result": self.result, "Error": None if self.error is None else dict(self.error)}
        outcome = {name: value for name, value in details.items() if value is not None}
        match self.type:
            case "EXECUTION":
                document["ExecutionDetails"] = {"InputPayload": self.input or ""}
            case "CONTEXT":
                document["ContextDetails"] = {"ReplayChildren": self.replays_children, **outcome}
            case "STEP":
                due = {"NextAttemptTimestamp": at(self.due_us)} if self.due_us is not None else {}
                document["StepDetails"] = {"Attempt": self.attempt, **due, **outcome}
            case "WAIT":
                document["WaitDetails"] = {"ScheduledEndTimestamp": at(self.due_us or self.started_us)}
            case "CALLBACK":
                document["CallbackDetails"] = {"CallbackId": self.callback_id, **outcome}
            case "CHAINED_INVOKE":
                document["ChainedInvokeDetails"] = outcome
        return document

    def ended(
        self, status: Status, now_us: int, *, result: str | None = None, error: ErrorObject | None = None
    ) -> "Operation":
        """Return it as it is at its end."""
        return replace(self, status=status, ended_us=now_us, result=result, error=error, silent_us=None)

    def overtaken(self, now_us: int) -> "Operation | None":
        """Return what time has made of it by now, None if nothing."""
        next_us = self.next_us
        if next_us is None or next_us > now_us:
            return None
        match self.type:
            case "WAIT":
                return self.ended("SUCCEEDED", now_us)
            case "CALLBACK":
                return self.ended("TIMED_OUT", now_us, error=TIMED_OUT if next_us == self.due_us else SILENT)
            case _:
                return replace(self, status="READY", due_us=None)


def date(at_us: int) -> datetime:
    """Return an instant as answers of the API tell it; the event of an invocation tells it in milliseconds."""
    return _EPOCH + timedelta(microseconds=at_us)


def updated(before: Operation | None, update: Update, now_us: int, new_callback_id: Callable[[], str]) -> Operation:
    """Return what an update, which has been checked, makes of an operation, or of none yet."""
    operation = before or _new(update, now_us)
    match update["Type"], update["Action"]:
        case "WAIT", "START":
            return replace(operation, due_us=now_us + update["WaitOptions"]["WaitSeconds"] * SECOND_US)
        case "CALLBACK", "START":
            return _awaiting(operation, update.get("CallbackOptions") or {}, now_us, new_callback_id())
        case "CHAINED_INVOKE", "START":
            options = update["ChainedInvokeOptions"]
            callee, tenant_id = options["FunctionName"], options.get("TenantId") or ""
            return replace(operation, input=update.get("Payload"), callee=callee, tenant_id=tenant_id)
        case _, "START":
            return replace(operation, status="STARTED")
        case _, "CANCEL":
            return operation.ended("CANCELLED", now_us)
        case _, "RETRY":
            delay_us = update["StepOptions"]["NextAttemptDelaySeconds"] * SECOND_US
            return replace(
                operation,
                status="PENDING",
                attempt=operation.attempt + 1,
                due_us=now_us + delay_us,
                result=update.get("Payload"),
                error=update.get("Error"),
            )
    status: Status = "SUCCEEDED" if update["Action"] == "SUCCEED" else "FAILED"
    ended = operation.ended(status, now_us, result=update.get("Payload"), error=update.get("Error"))
    if operation.type == "STEP":
        return replace(ended, attempt=operation.attempt + 1, due_us=None)
    return replace(ended, replays_children=bool((update.get("ContextOptions") or {}).get("ReplayChildren")))


def _new(update: Update, now_us: int) -> Operation:
    return Operation(
        id=update["Id"],
        type=update["Type"],
        status="STARTED",
        started_us=now_us,
        parent_id=update.get("ParentId") or "",
        name=update.get("Name") or "",
        sub_type=update.get("SubType") or "",
    )


def _awaiting(operation: Operation, options: Mapping[str, int], now_us: int, callback_id: str) -> Operation:
    timeout_us = options.get("TimeoutSeconds", 0) * SECOND_US
    heartbeat_us = options.get("HeartbeatTimeoutSeconds", 0) * SECOND_US
    return replace(
        operation,
        callback_id=callback_id,
        due_us=now_us + timeout_us if timeout_us else None,
        silent_us=now_us + heartbeat_us if heartbeat_us else None,
        heartbeat_us=heartbeat_us,
    )
