"""What can go wrong in a state machine? An error name, a cause, and who may catch it."""

from collections.abc import Sequence

ALL, TASK_FAILED, TIMEOUT = "States.ALL", "States.TaskFailed", "States.Timeout"
HEARTBEAT_TIMEOUT, RUNTIME = "States.HeartbeatTimeout", "States.Runtime"
DATA_LIMIT, NO_CHOICE = "States.DataLimitExceeded", "States.NoChoiceMatched"
RESULT_PATH = "States.ResultPathMatchFailure"
INTRINSIC, TOLERANCE = "States.IntrinsicFailure", "States.ExceedToleratedFailureThreshold"
ITEM_READER, SOCKET = "States.ItemReaderFailed", "States.Http.Socket"
PERMISSIONS, QUERY = "States.Permissions", "States.QueryEvaluationError"

_FATAL = frozenset({RUNTIME, DATA_LIMIT})
"""What `States.ALL` does not stand for (documented)."""


class StateFailed(Exception):  # noqa: N818 - a fact, as the language says it
    """A state has failed; `cause` is None where AWS gives none.

    Attributes:
        is_task: whether the work itself failed, not its preparation: `States.TaskFailed` stands for it.
        stands_for: further names by which it may be caught.
        location: the field whose expression could not be evaluated, such as `Output/total`; "" for any other failure.
    """

    def __init__(
        self,
        error: str,
        cause: str | None = None,
        *,
        is_task: bool = False,
        stands_for: str = "",
        location: str = "",
    ) -> None:
        super().__init__(f"{error}: {cause}" if cause else error)
        self.error = error
        self.cause = cause
        self.is_task = is_task
        self.stands_for = stands_for
        self.location = location

    def is_one_of(self, names: Sequence[str]) -> bool:
        """Tell whether a retrier or a catcher with these `ErrorEquals` means it."""
        if self.error in names or (self.stands_for and self.stands_for in names):
            return True
        if self.is_task and TASK_FAILED in names and self.error != TIMEOUT:
            return True
        return ALL in names and self.error not in _FATAL

    def named(self) -> dict[str, str]:
        """Return error and cause as events of a history tell them."""
        return {"error": self.error} if self.cause is None else {"error": self.error, "cause": self.cause}

    def output(self) -> dict[str, str]:
        """Return what a catcher gets; what there is not is an empty text."""
        return {"Error": self.error, "Cause": self.cause or ""}


class TimedOut(StateFailed):
    """The work took longer than the state allows, or its heartbeat stopped; there is no cause (recorded)."""

    def __init__(self, *, heartbeat: bool = False) -> None:
        super().__init__(TIMEOUT, stands_for=HEARTBEAT_TIMEOUT if heartbeat else "")
