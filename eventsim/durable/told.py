"""What is told of durable executions? The kinds of facts, and how each change of an operation is said."""

from eventsim.durable.execution import Execution
from eventsim.durable.operation import Operation
from eventsim.trace import Trace

_WORDS_MAX = 500


class Told:
    """Records what happens to durable executions.

    Args:
        start_epoch_us: when the run began, in microseconds since 1970.
    """

    def __init__(self, trace: Trace, start_epoch_us: int) -> None:
        self._trace = trace
        kind = trace.kind
        self.begun = kind("durable begun", "{subject} ({name}) begins at {place}")
        self.restored = kind("durable restored", "{subject} ({name}) was left in {place} by an earlier server")
        self.known = kind("durable known", "{subject} ({name}) had ended in {place} with an earlier server")
        self.taken_up = kind("taken up", "{subject} is taken up by {place}")
        self.put_down = kind("put down", "{subject} is put down until something comes of what it waits for")
        self.paused = kind("durable paused", "{subject} is paused")
        self.resumed = kind("durable resumed", "{subject} is resumed")
        self._saved = kind("saved", "{subject}: {operation} {change}")
        self._waits = kind("saved until", "{subject}: {operation} {change}", value="due_at_us")
        self._start_epoch_us = start_epoch_us
        self._ends = {
            "SUCCEEDED": kind("durable succeeded", "{subject} succeeds", value="duration_us"),
            "FAILED": kind("durable failed", "{subject} fails: {reason}", value="duration_us"),
            "TIMED_OUT": kind("durable timed out", "{subject} runs out of time", value="duration_us"),
            "STOPPED": kind("durable stopped", "{subject} is stopped: {reason}", value="duration_us"),
        }

    def changed(self, subject: int, place: int, cause: int, operation: Operation) -> int:
        """Tell of an operation that has begun, ended or become ready; return the entry."""
        detail = {"operation": operation.title, "change": _change(operation)}
        due_us = operation.next_us
        if due_us is None:
            return self._trace.record(self._saved, subject, place, cause, detail=detail)
        return self._trace.record(self._waits, subject, place, cause, due_us - self._start_epoch_us, detail)

    def ended(self, subject: int, place: int, cause: int, execution: Execution) -> int:
        """Tell of the end of an execution; return the entry."""
        own = execution.own
        duration_us = (own.ended_us or own.started_us) - own.started_us
        kind, detail = self._ends[execution.state], {"reason": _reason(own)} if own.error is not None else None
        return self._trace.record(kind, subject, place, cause, duration_us, detail)


def _change(operation: Operation) -> str:
    attempt = f" (attempt {operation.attempt})" if operation.type == "STEP" and operation.attempt > 1 else ""
    match operation.status:
        case "STARTED":
            return "begins"
        case "READY":
            return "may be attempted again"
        case "PENDING":
            return f"will be attempted again{attempt}: {_reason(operation)}"
        case "SUCCEEDED":
            return f"succeeds{attempt}"
        case "FAILED":
            return f"fails{attempt}: {_reason(operation)}"
        case "TIMED_OUT":
            return f"runs out of time: {_reason(operation)}"
        case "STOPPED":
            return f"was stopped: {_reason(operation)}"
        case _:
            return "is cancelled"


def _reason(operation: Operation) -> str:
    error = operation.error or {}
    words = f"{error.get('ErrorType') or ''}: {error.get('ErrorMessage') or ''}".strip(": ")
    return words[:_WORDS_MAX] or "no reason was given"
