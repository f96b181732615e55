"""What came of one attempt to run a function?

Outcomes are facts about an attempt; what follows from them is decided elsewhere (`retry`, `mapping`).
"""

from msgspec import Struct


class Success(Struct, frozen=True, gc=False):
    """The handler returned; `payload` is the JSON text of its result."""

    payload: str


class Failure(Struct, frozen=True, kw_only=True, gc=False):
    """The function failed: an exception, a timeout, an exit, out of memory, an unusable result.

    Attributes:
        error_type: `errorType` of the payload, such as `ValueError` or `Sandbox.Timedout`.
        message: `errorMessage` of the payload.
        payload: JSON text of the whole error object.
        status: the word REPORT ends with: "" for a plain exception, else `timeout` or `error`.
        resets: whether the environment loses its memory (timeout, exit, out of memory, failed init).
    """

    error_type: str
    message: str
    payload: str
    status: str = ""
    resets: bool = False


class Throttled(Struct, frozen=True, gc=False):
    """Refused for want of concurrency; no code ran. `reason` is AWS's word for the limit that was hit."""

    reason: str


class Refused(Struct, frozen=True, gc=False):
    """Refused for good, by loop detection: no code ran, and trying again is of no use."""

    code: str
    message: str


Outcome = Success | Failure | Throttled | Refused


class Report(Struct, frozen=True, kw_only=True, gc=False):
    """What the REPORT line says of an attempt that ran; durations in microseconds.

    Attributes:
        trace_header: X-Ray's header if the trace is sampled, "" otherwise.
    """

    duration_us: int
    billed_ms: int
    memory_mb: int
    memory_used_mb: int
    init_us: int = 0
    trace_header: str = ""


class Attempt(Struct, frozen=True, kw_only=True, gc=False):
    """One attempt and what came of it, handed to whoever asked for the invocation.

    Attributes:
        outcome: what came of it.
        executed_version: `$LATEST` or a number; "" when no code ran.
        report: None when no code ran.
        log: text of the log of this invocation (START to REPORT), for log tails; "" when no code ran.
        entry: the trace entry that tells of the outcome; the cause of what follows.
        trace_header: X-Ray's header that the handler worked under, "" if none did.
        durable_execution_arn: of the durable execution that this stands for as a whole, "" if it is a plain attempt.
    """

    outcome: Outcome
    executed_version: str = ""
    report: Report | None = None
    log: str = ""
    entry: int = 0
    trace_header: str = ""
    durable_execution_arn: str = ""
