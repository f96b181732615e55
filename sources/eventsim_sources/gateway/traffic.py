"""What does the trace tell of a front door? Every request, what became of it, and why."""

from collections.abc import Mapping

from msgspec import Struct

from eventsim import World


class Visit(Struct, frozen=True, gc=False):
    """One request in the trace.

    Attributes:
        entry: the entry that tells that it came; the cause of what it does.
    """

    subject: int
    entry: int


class Traffic:
    """The requests of one front door.

    Attributes:
        place: its subject.

    Args:
        kind: `api`, `load balancer`.
    """

    def __init__(self, world: World, kind: str, name: str) -> None:
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
        return Visit(
            subject, self._trace.record(self._CAME, subject, self.place, detail={"method": method, "path": path})
        )

    def answered(self, visit: Visit, status: int, reason: str = "") -> None:
        """Record what became of it, and why if it was refused."""
        self._client_errors += 400 <= status < 500
        self._server_errors += status >= 500
        if reason:
            self._trace.record(self._REFUSED, visit.subject, self.place, visit.entry, status, {"reason": reason[:1000]})
        else:
            self._trace.record(self._ANSWERED, visit.subject, self.place, visit.entry, status)

    def summary(self) -> Mapping[str, int]:
        """Return the numbers for the summary."""
        return {
            "requests": self._requests,
            "client_errors": self._client_errors,
            "server_errors": self._server_errors,
        }
