"""Which log events does a server go on with? All that stand in the groups, stream by stream."""

from collections import deque
from collections.abc import Iterator

from msgspec import Struct

from eventsim.source import Notebook


class LogEvent(Struct, frozen=True, gc=False):
    """One event: when, what, and its place among all events of the run."""

    at_ms: int
    message: str
    ingested_ms: int
    number: int

    @property
    def identifier(self) -> str:
        """The id by which searches and subscriptions know it."""
        return f"{self.at_ms}{self.number:043d}"


class LogBook:
    """Writes down what comes into log groups, and tells what an earlier server left.

    Args:
        notebook: None where nothing outlives the run.
    """

    def __init__(self, notebook: Notebook | None) -> None:
        self._notebook = notebook
        self._is_read = notebook is None
        self._unwritten: dict[str, list[LogEvent]] = {}
        self._written: dict[str, deque[int]] = {}
        """The times of the events that stand in the notebook, by key, in the order in which they came."""

    def left(self) -> Iterator[tuple[str, str, LogEvent]]:
        """Yield group, stream and event of what an earlier server left, once."""
        if self._is_read or self._notebook is None or not self._notebook.is_open:
            return
        self._is_read = True
        for key, event in self._notebook.read(LogEvent):
            self._written.setdefault(key, deque()).append(event.at_ms)
            group, _, stream = key.partition(" ")  # no group has a space in its name
            yield group, stream, event

    def note(self, group: str, stream: str, event: LogEvent) -> None:
        """Have an event written down with the next ones."""
        if self._notebook is not None:
            self._unwritten.setdefault(f"{group} {stream}", []).append(event)

    def write(self) -> None:
        """Write down what was noted.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None:
            unwritten, self._unwritten = self._unwritten, {}
            for key, events in unwritten.items():
                self._notebook.add(key, *events)
                if self._notebook.is_open:
                    self._written.setdefault(key, deque()).extend(event.at_ms for event in events)

    def expire(self, group: str, stream: str, before_ms: int) -> None:
        """Forget the events of a stream from before an instant; one that came late goes with those that came first.

        Raises:
            ApiError: the disk is at fault.
        """
        key, count = f"{group} {stream}", 0
        written = self._written.get(key)
        while written and written[0] < before_ms:
            written.popleft()
            count += 1
        if self._notebook is not None and count:
            self._notebook.forget(key, count)

    def drop(self, group: str, stream: str) -> None:
        """Forget a stream.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None:
            self._written.pop(f"{group} {stream}", None)
            self._notebook.drop(f"{group} {stream}")
