"""Which log events does a server go on with? All that stand in the groups, stream by stream."""

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

    def left(self) -> Iterator[tuple[str, str, LogEvent]]:
        """Yield group, stream and event of what an earlier server left, once."""
        if self._is_read or self._notebook is None or not self._notebook.is_open:
            return
        self._is_read = True
        for key, event in self._notebook.read(LogEvent):
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

    def drop(self, group: str, stream: str) -> None:
        """Forget a stream.

        Raises:
            ApiError: the disk is at fault.
        """
        if self._notebook is not None:
            self._notebook.drop(f"{group} {stream}")
