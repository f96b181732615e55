"""What does the trace tell of a front door? Every request, what became of it, and why."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct

from eventsim import World


class Visit(Struct, gc=False):
    """One request in the trace.

    Attributes:
        entry: the entry that tells that it came; the cause of what it does.
        at_us: when it came.
        measured: what else is to be told of it once it is answered: `integration_us`, `is_cached`.
    """

    subject: int
    entry: int
    at_us: int
    measured: dict[str, int | bool] = {}


class Traffic:
    """The requests of one front door.

    Attributes:
        place: its subject.

    Args:
        kind: `api`, `load balancer`.
    """

    def __init__(self, world: World, kind: str, name: str) -> None:
        self._clock = world.clock
        self._trace = trace = world.trace
        self.place = trace.subject(kind, name)
        self._next = trace.subjects("request", "r")
        self._CAME = trace.kind("request came", "{subject} came to {place}: {method} {path}")
        self._ANSWERED = trace.kind("request answered", "{place} answered {subject} with {value}", value="status")
        self._REFUSED = trace.kind(
            "request refused", "{place} answered {subject} with {value}: {reason}", value="status"
        )
        self._requests = 0
        self._client_errors = 0
        self._server_errors = 0

    def came(self, method: str, path: str) -> Visit:
        """Record that a request came."""
        self._requests += 1
        subject = self._next()
        entry = self._trace.record(self._CAME, subject, self.place, detail={"method": method, "path": path})
        return Visit(subject, entry, self._clock.now_us)

    @contextmanager
    def integrating(self, visit: Visit) -> Iterator[None]:
        """Measure how long an integration takes to answer, or to fail."""
        begun_us = self._clock.now_us
        try:
            yield
        finally:
            visit.measured["integration_us"] = self._clock.now_us - begun_us

    def answered(self, visit: Visit, status: int, reason: str = "", *, of: Mapping[str, str] | None = None) -> None:
        """Record what became of it, and why if it was refused.

        Args:
            of: the dimensions of its metrics, such as `ApiId` and `Stage`, None if it has none.
        """
        self._client_errors += 400 <= status < 500
        self._server_errors += status >= 500
        measured = {} if of is None else {**of, "taken_us": self._clock.now_us - visit.at_us, **visit.measured}
        if reason:
            detail = {"reason": reason[:1000], **measured}
            self._trace.record(self._REFUSED, visit.subject, self.place, visit.entry, status, detail)
        else:
            self._trace.record(self._ANSWERED, visit.subject, self.place, visit.entry, status, measured or None)

    def summary(self) -> Mapping[str, int]:
        """Return the numbers for the summary."""
        return {
            "requests": self._requests,
            "client_errors": self._client_errors,
            "server_errors": self._server_errors,
        }
