"""What can go wrong: every error that eventsim raises.

EventsimError
├── ConfigurationError      the world cannot be built as asked (in code)
├── ScenarioError           the scenario file is wrong: file, line, column, key
│   └── TemplateError       the template is wrong, or cannot be deployed: file, line, logical id
├── TraceFileError          a saved trace cannot be read, or what is made of one cannot be written
├── NotSimulated            user code asked for something nobody answers
├── ApiError                an AWS operation refuses, with AWS's code and message
└── RunError                the run itself cannot go on
    ├── Stalled             somebody waits for what can never come
    ├── Livelock            time cannot pass: something never stops being ready
    ├── UntrackedWakeup     a thread woke the loop without holding the clock
    └── StorageError        the database or the disk failed
"""

from collections.abc import Mapping, Sequence
from typing import Any


class EventsimError(Exception):
    """Anything that eventsim raises on purpose. It may be pickled: pools of processes hand errors on so."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _again, (type(self), self.args), vars(self)


def _again(kind: type[EventsimError], args: tuple[object, ...]) -> EventsimError:
    """Return an error whose text is made already; its attributes come after it."""
    return kind.__new__(kind, *args)


class ConfigurationError(EventsimError):
    """The world cannot be built as asked.

    Attributes:
        key: the setting at fault, as a dotted path such as `functions.resize.timeout`, or "".
    """

    def __init__(self, message: str, *, key: str = "") -> None:
        super().__init__(message)
        self.key = key


class ScenarioError(EventsimError):
    """The scenario cannot be read or makes no sense; its text names file, line and remedy."""


class TemplateError(ScenarioError):
    """The template cannot be read, makes no sense or cannot be deployed; its text names file, line and logical id."""


class TraceFileError(EventsimError):
    """The trace file cannot be read, or there is no room for what shall be made of it."""


class NotSimulated(EventsimError):  # noqa: N818 - a fact, as the field says it
    """User code called an operation that eventsim does not simulate and nobody has stubbed."""

    def __init__(self, service: str, operation: str, *, remedy: str = "") -> None:
        super().__init__(
            f"{service}.{operation} is not simulated, and nothing may reach the network. {remedy}{remedy and ' '}"
            f"Stub it: in the scenario `stubs: [{{service: {service}, operation: {operation}, result: {{...}}}}]`, "
            f'in Python `simulation.stub("{service}", "{operation}", result={{...}})`.'
        )
        self.service = service
        self.operation = operation


_ABSENT = ("DoesNotExist", "NoSuch", "NonExistent", "NotFound")


def tells_of_absence(code: str, status: int) -> bool:
    """Tell whether a refusal says that something is not there."""
    return status == 404 or any(word in code for word in _ABSENT)


class ApiError(EventsimError):
    """An AWS operation refuses a request.

    Attributes:
        code: AWS's error code as clients see it, such as `AWS.SimpleQueueService.NonExistentQueue`.
        message: AWS's words.
        status: the HTTP status, 400 unless the service says otherwise.
        fields: further members of the error document, such as `Key` or `Reason`.
        shape: the name of the error in the service model where it differs from the code, such as
            `QueueDoesNotExist` for SQS, whose codes are older than its model.
        retry_after_s: for how long whoever refuses wants to be left alone.
        headers: what the answer's headers tell besides.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        fields: Mapping[str, object] | None = None,
        shape: str = "",
        retry_after_s: int = 0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.fields = dict(fields or {})
        self.shape = shape or code.rpartition(".")[2]
        self.retry_after_s = retry_after_s
        self.headers = dict(headers or {})


class RunError(EventsimError):
    """The run cannot go on."""


class Stalled(RunError):  # noqa: N818 - a fact, as the field says it
    """Nothing is due and nothing is held, yet somebody still waits.

    Attributes:
        waiters: one line for each waiter: who, and for what.
    """

    def __init__(self, at_s: float, waiters: Sequence[str]) -> None:
        lines = "".join(f"\n  - {line}" for line in waiters)
        super().__init__(f"stalled at {at_s:.6f} s: nothing is due any more, but these still wait:{lines}")
        self.waiters = tuple(waiters)


class Livelock(RunError):  # noqa: N818 - a fact, as the field says it
    """Something is always ready, so virtual time can never pass.

    Attributes:
        suspects: what ran last, one line each.
    """

    def __init__(self, at_s: float, steps: int, suspects: Sequence[str]) -> None:
        lines = "".join(f"\n  - {line}" for line in suspects)
        super().__init__(f"livelock at {at_s:.6f} s: {steps:,} steps ran and time did not pass. These ran last:{lines}")
        self.suspects = tuple(suspects)


class UntrackedWakeup(RunError):  # noqa: N818 - a fact, as the field says it
    """A thread woke the virtual loop without a ticket, so the order of the run would be a race."""

    def __init__(self, what: str, thread: str) -> None:
        super().__init__(
            f"{what} was posted from thread {thread!r} without holding the clock. Use loop.run_in_executor, "
            "asyncio.to_thread, anyio.to_thread or loop.hold(), which answer in a fixed order."
        )


class StorageError(RunError):
    """The database file or the disk does not do what is asked of it."""
