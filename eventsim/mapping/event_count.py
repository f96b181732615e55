"""What does a mapping count of its events, if it is asked to (`MetricsConfig`)? Entries of which metrics are made.

- An event counts as invoked at every attempt, a throttled one included (documented), and as failed when the attempt did
  not process it.
- Dropped is what was given up for good; what an on-failure destination took is delivered instead, and what outlived
  its source's retention is neither (documented).
"""

from eventsim.trace import Trace


class EventCount:
    """The counts of one mapping.

    Args:
        place: the mapping's subject in the trace.
        uuid: the mapping's, by which its metrics are told.
    """

    def __init__(self, trace: Trace, place: int, uuid: str) -> None:
        self._trace = trace
        self._place = place
        self._detail = {"EventSourceMappingUUID": uuid}
        kind = trace.kind
        self._polled = kind("events polled", "{place} counts {value} events polled", value="count")
        self._filtered_out = kind("events filtered out", "{place} counts {value} events filtered out", value="count")
        self._invoked = kind("events invoked", "{place} counts {value} events that invoked", value="count")
        self._failed = kind("events failed", "{place} counts {value} events that failed", value="count")
        self._deleted = kind("events deleted", "{place} counts {value} events deleted", value="count")
        self._dropped = kind("events dropped", "{place} counts {value} events dropped", value="count")
        self._committed = kind("events committed", "{place} counts {value} events committed", value="count")
        self._delivered = kind("events delivered", "{place} counts {value} events told of as failed", value="count")

    def polled(self, count: int) -> None:
        """The source gave so many, or none."""
        self._tell(self._polled, count)

    def filtered_out(self, count: int) -> None:
        """So many did not match the filter."""
        self._tell(self._filtered_out, count)

    def invoked(self, count: int) -> None:
        """The function was asked to run with so many."""
        self._tell(self._invoked, count)

    def failed(self, count: int) -> None:
        """So many were not processed by an attempt."""
        self._tell(self._failed, count)

    def deleted(self, count: int) -> None:
        """So many were processed and deleted from their queue."""
        self._tell(self._deleted, count)

    def dropped(self, count: int) -> None:
        """So many were given up, and nobody is told."""
        self._tell(self._dropped, count)

    def delivered(self, count: int) -> None:
        """So many were given up, and the on-failure destination knows."""
        self._tell(self._delivered, count)

    def committed(self, count: int) -> None:
        """So many are out of the way of their consumer group: processed, filtered out or given up."""
        self._tell(self._committed, count)

    def _tell(self, kind: int, count: int) -> None:
        self._trace.record(kind, self._place, self._place, value=count, detail=self._detail)
