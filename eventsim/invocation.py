"""What is asked of a function? One request to run it once; retries are attempts with the same request id."""

from collections.abc import Callable
from typing import Any, Literal

from msgspec import Struct

from eventsim.envelope import Lineage

Mode = Literal["synchronous", "asynchronous", "polled", "durable"]


class Piece(Struct, frozen=True, kw_only=True, gc=False):
    """A part of an answer, as the function has written it to a stream.

    Attributes:
        content_type: of the whole answer.
        executed_version: what runs, `$LATEST` or a number; "" until the platform says it.
    """

    data: bytes
    content_type: str
    executed_version: str = ""


Sink = Callable[[Piece], object]
"""Takes the pieces of an answer one by one."""


class Invocation(Struct, frozen=True, kw_only=True, gc=False):
    """One attempt to run a function, as dispatch takes it.

    Attributes:
        function: the function's name.
        request_id: the same for every attempt of an asynchronous event.
        event: the decoded event; it belongs to this attempt, the handler may change it.
        mode: who waits for the outcome: a caller, the event queue, a mapping, a durable execution.
        qualifier: version or alias as asked for, "" for none.
        subject: the invocation's subject in the trace.
        cause: the trace entry that led to it.
        lineage: the chain of invocations it stands in, None at its beginning.
        client_context: decoded client context of a synchronous call, None for none.
        tenant_id: the tenant for whom it runs, "" if the function does not isolate tenants.
        size_bytes: size of the event as JSON, 0 when nobody measured it.
        sink: takes a streamed answer piece by piece, None if the caller wants it whole.
    """

    function: str
    request_id: str
    event: Any
    mode: Mode
    qualifier: str = ""
    subject: int = 0
    cause: int = 0
    lineage: Lineage | None = None
    client_context: Any = None
    tenant_id: str = ""
    size_bytes: int = 0
    sink: Sink | None = None
