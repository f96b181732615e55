"""Which facts does a queue record in the trace, and how are they told?"""

from eventsim import Trace
from eventsim_sources.queue.contents import Effect


class Kinds:
    """The numbers of a queue's kinds of entry in one trace."""

    def __init__(self, trace: Trace) -> None:
        kind = trace.kind
        self.sent = kind("sent", "{subject} was sent to {place}", value="size_bytes", is_summed=True)
        self.restored = kind("restored", "{subject} was left in {place} by an earlier server")
        self.refused = kind("duplicate refused", "{place} had the same message within five minutes: {original}")
        self.throttled = kind("request throttled", "{place} refused a {action}: too many in this second")
        self.received = kind("received", "{subject} was received from {place} (receive {value})", value="receive_count")
        self.deleted = kind("deleted", "{subject} was deleted from {place}")
        self.delete_refused = kind("delete refused", "{place} kept {subject}: its receipt handle has expired")
        self.dead_lettered = kind(
            "dead-lettered",
            "{subject} was received from {place} {value} times and moved to queue {to}",
            value="receive_count",
        )
        self._by_effect: dict[Effect, int] = {
            "admitted": kind("arrived as dead letter", "{subject} arrived in {place} as a dead letter"),
            "duplicated": kind("copy left behind", "a copy of {subject} stayed visible in {place}"),
            "hidden": kind("visibility changed", "{subject} stays hidden in {place}", value="at_us"),
            "shown": kind("visible again", "{subject} became visible in {place}", value="at_us"),
            "withdrawn": kind("moved", "{subject} was moved out of {place} by a move task"),
            "expired": kind("expired", "{subject} was too old for {place}", value="at_us"),
            "purged": kind("purged", "{subject} was purged from {place}"),
        }

    def of(self, effect: Effect) -> int:
        """Return the kind that tells of an effect that happens by itself or by the way."""
        return self._by_effect[effect]
