"""What travels? An event on its way from the place of its birth to a target."""

from collections.abc import Mapping

from msgspec import Struct


class Lineage(Struct, frozen=True, gc=False):
    """The chain that led here: how often each function ran in it, and under which trace of X-Ray's.

    Attributes:
        counts: function name → invocations in this chain; loop detection counts with it.
        entry: the trace entry of the invocation that made this link.
        trace_header: X-Ray's header as whoever made this link sent it, "" for none.
    """

    counts: Mapping[str, int]
    entry: int = 0
    trace_header: str = ""

    def after(self, function: str, entry: int, trace_header: str = "") -> "Lineage":
        """Return the lineage of what an invocation of `function` sends out."""
        return Lineage({**self.counts, function: self.counts.get(function, 0) + 1}, entry, trace_header)

    def under(self, trace_header: str) -> "Lineage":
        """Return the same chain under another header."""
        return Lineage(self.counts, self.entry, trace_header)

    def elsewhere(self) -> "Lineage":
        """Return the same for another trace, which does not know the entry."""
        return Lineage(self.counts)


NO_LINEAGE = Lineage({})


class Envelope(Struct, frozen=True, kw_only=True, gc=False):
    """An event in transit to a target.

    Attributes:
        body: the event as JSON text.
        source_arn: where it comes from.
        attributes: message attributes for targets that have them, in SQS's shape
            `{"Name": {"DataType": "String", "StringValue": "…"}}`.
        lineage: the chain of invocations it comes from, None for an event from outside.
        cause: the trace entry that led to it.
        group: what it keeps its order with: the message group of a FIFO queue or topic, the partition key of a stream.
        deduplication_id: by which a FIFO queue or topic knows it again.
    """

    body: str
    source_arn: str = ""
    attributes: Mapping[str, Mapping[str, str]] | None = None
    lineage: Lineage | None = None
    cause: int = 0
    group: str = ""
    deduplication_id: str = ""

    @property
    def trace_header(self) -> str:
        """X-Ray's header as it goes on to the target, "" for none."""
        return "" if self.lineage is None else self.lineage.trace_header
