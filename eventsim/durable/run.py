"""What is known of a durable execution only while a server runs?"""

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.dispatch.dispatch import Done
from eventsim.durable.execution import Execution
from eventsim.durable.operation import ErrorObject
from eventsim.envelope import Lineage
from eventsim.errors import ApiError
from eventsim.outcome import Attempt, Failure, Refused, Success


class Run(Struct, kw_only=True, eq=False):
    """An execution, and what is known of it only while a server runs.

    Attributes:
        entry: the last trace entry about it, the cause of what comes next.
        number: under which it is kept on the disk, 0 if it is not.
        token: which the running invocation shows at its next checkpoint, "" while none runs.
        answered: the last checkpoint that bore a token of the client's, and its answer: it may come again.
        waiting: whom to tell of the end.
        asked: the last request to pause or resume, and the token that came with it.
        idle_returns: invocations one after another that suspended it without anything to wait for.
    """

    execution: Execution
    subject: int
    place: int
    entry: int
    number: int = 0
    token: str = ""
    answered: tuple[str, str, Mapping[str, Any]] | None = None
    waiting: list[Done] = []
    asked: tuple[str, str] = ("", "")
    began_us: int = 0
    throttles: int = 0
    idle_returns: int = 0
    timer: asyncio.TimerHandle | None = None
    expiry: asyncio.TimerHandle | None = None

    @property
    def lineage(self) -> Lineage:
        """The lineage of what it sends out now."""
        start = self.execution.start
        return Lineage(start.counts, self.entry, start.trace_header)

    def as_attempt(self) -> Attempt:
        """Return the whole execution, which has ended, as one attempt: for whoever waits for its result."""
        execution = self.execution
        own, start = execution.own, execution.start
        if execution.state == "SUCCEEDED":
            outcome: Success | Failure = Success(own.result or "null")
        else:
            error = own.error or {}
            told = {
                "errorMessage": error.get("ErrorMessage"),
                "errorType": error.get("ErrorType"),
                "stackTrace": error.get("StackTrace"),
                "errorData": error.get("ErrorData"),
            }
            payload = msgspec.json.encode({name: value for name, value in told.items() if value is not None}).decode()
            message, kind = str(told["errorMessage"] or ""), str(told["errorType"] or "")
            outcome = Failure(error_type=kind, message=message, payload=payload)
        return Attempt(
            outcome=outcome, executed_version=start.version, entry=self.entry, durable_execution_arn=start.arn
        )


def refused(by: ApiError | Refused) -> ErrorObject:
    """Return a refusal of AWS's in the shape of durable executions."""
    return {"ErrorMessage": by.message, "ErrorType": by.code}


def error_object(payload: str) -> ErrorObject:
    """Return what a function failed with in the shape of durable executions."""
    error: Mapping[str, Any] = msgspec.json.decode(payload)
    names = {"ErrorMessage": "errorMessage", "ErrorType": "errorType", "StackTrace": "stackTrace"}
    return {name: error[member] for name, member in names.items() if error.get(member)}
