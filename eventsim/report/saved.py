"""How does a trace become a file, and a file a trace again? JSON lines, written and read as a stream.

The first line is the heading: format, scenario, seed, start, digest, how many entries follow, and the kinds with their
sentences. Then one object an entry: `n` its number, `t` seconds since the run began as exact decimal text, `kind`,
`subject`, `place`, `cause`, `value` and `detail`. Nothing is held in memory, however long the run was.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol

import msgspec
from msgspec import Struct

from eventsim.clock import START_AT
from eventsim.errors import TraceFileError
from eventsim.report.whole_file import BUFFER_BYTES, WholeFile
from eventsim.trace import Entry, Kind

FORMAT = 1
LINE_BYTES_MAX = 64 * 1024 * 1024
"""A longer line is no line of ours: entries hold at most a message of 1 MB."""

_REMEDY = "write it anew with `eventsim run SCENARIO --trace FILE`"


class Happenings(Protocol):
    """What reports are made of: a live `Trace` or a `SavedTrace`."""

    @property
    def kinds(self) -> Sequence[Kind]:
        """All kinds that this run knows."""

    def entries(self, kinds: Iterable[str] | None = None) -> Iterator[Entry]:
        """Yield every entry in order; only those of some kinds if these are given."""


class Heading(Struct, frozen=True, kw_only=True):
    """What the first line says of the run."""

    eventsim_trace: int = FORMAT
    scenario: str = ""
    seed: int = 0
    start: datetime = START_AT
    digest: str = ""
    entries: int = 0
    kinds: list[Kind] = []


class _Line(Struct, frozen=True, kw_only=True):
    n: int
    t: str
    kind: str
    subject: str
    place: str
    cause: int
    value: int
    detail: Any = None


class SavedTrace:
    """A trace file; it may be gone through as often as needed.

    Raises:
        TraceFileError: it cannot be read or is not a trace.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._open() as file:
            self.heading = self._heading(file.readline(LINE_BYTES_MAX))

    @property
    def kinds(self) -> Sequence[Kind]:
        """All kinds that the run knew."""
        return self.heading.kinds

    def entries(self, kinds: Iterable[str] | None = None) -> Iterator[Entry]:
        """Yield every entry in order; only those of some kinds if these are given.

        Raises:
            TraceFileError: a line is broken, or lines are missing at the end.
        """
        decode = msgspec.json.Decoder(_Line).decode
        wanted = None if kinds is None else frozenset(kinds)
        known = {kind.name for kind in self.kinds}
        number = before_us = 0
        with self._open() as file:
            file.readline(LINE_BYTES_MAX)
            while text := file.readline(LINE_BYTES_MAX):
                number += 1
                try:
                    line = decode(text)
                    at_us = _microseconds(line.t)
                except (msgspec.DecodeError, ValueError) as error:
                    raise self._broken(number + 1, f"is not an entry: {error}") from None
                if line.n != number:
                    raise self._broken(number + 1, f"holds entry {line.n} where entry {number} should be")
                if line.kind not in known:
                    raise self._broken(number + 1, f"is of the kind {line.kind!r}, of which the heading knows nothing")
                if at_us < before_us:
                    raise self._broken(number + 1, "is earlier than the one before")
                before_us = at_us
                if wanted is None or line.kind in wanted:
                    yield _entry(line, at_us)
        if number != self.heading.entries:
            raise self._broken(
                number + 2, f"is missing: the file ends after {number:,} of {self.heading.entries:,} entries"
            )

    def _open(self) -> IO[bytes]:
        try:
            return self.path.open("rb", buffering=BUFFER_BYTES)
        except OSError as error:
            raise TraceFileError(f"{self.path}: cannot read the trace: {error.strerror}") from None

    def _heading(self, text: bytes) -> Heading:
        try:
            found = msgspec.json.decode(text, type=dict[str, Any])
            version = found["eventsim_trace"]
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError):
            raise self._broken(1, "is not the heading of a trace") from None
        if version != FORMAT:
            raise TraceFileError(
                f"{self.path}:1: the trace has format {version!r}, and this eventsim reads format {FORMAT}; "
                "read it with the eventsim that wrote it"
            )
        try:
            heading = msgspec.convert(found, Heading)
        except msgspec.ValidationError as error:
            raise self._broken(1, f"is not the heading of a trace: {error}") from None
        return heading

    def _broken(self, number: int, what: str) -> TraceFileError:
        return TraceFileError(f"{self.path}:{number}: this line {what}; {_REMEDY}")


def _entry(line: _Line, at_us: int) -> Entry:
    return Entry(
        number=line.n,
        at_us=at_us,
        kind=line.kind,
        subject=line.subject,
        place=line.place,
        cause=line.cause,
        value=line.value,
        detail=line.detail,
    )


def _microseconds(text: str) -> int:
    seconds, _, fraction = text.partition(".")
    if len(fraction) != 6:
        raise ValueError(f"`t` is {text!r}, and should have six decimals")
    return int(seconds) * 1_000_000 + int(fraction)


class TraceFile(WholeFile):
    """A trace file in the making.

    Raises:
        TraceFileError: it cannot be made.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path, "trace")

    def write(self, heading: Heading, entries: Iterator[Entry]) -> None:
        """Write the whole trace and put the file in its place.

        Raises:
            StorageError: the disk is full or failed; nothing is left behind.
        """
        self.fill(lambda file: write_trace(file, heading, entries))


def write_trace(file: IO[bytes], heading: Heading, entries: Iterator[Entry]) -> None:
    """Write heading and entries as JSON lines."""
    encode_into = msgspec.json.Encoder().encode_into
    buffer = bytearray()

    def write(value: object) -> None:
        encode_into(value, buffer)
        buffer.extend(b"\n")
        file.write(buffer)

    write(msgspec.structs.replace(heading, start=heading.start.astimezone(UTC)))
    for entry in entries:
        write(line_of(entry))


def line_of(entry: Entry) -> _Line:
    """Return an entry as it stands in a trace file, to be written as JSON."""
    seconds, us = divmod(entry.at_us, 1_000_000)
    return _Line(
        n=entry.number,
        t=f"{seconds}.{us:06d}",
        kind=entry.kind,
        subject=entry.subject,
        place=entry.place,
        cause=entry.cause,
        value=entry.value,
        detail=entry.detail,
    )
