"""What happened, in order, and why? The only output of a run.

Every fact is one entry: when, of which kind, about which subject, at which place, caused by which earlier entry, with
a number and a detail. From the entries alone come summary, expectations, stories, metrics and cost.

It is always on, so it is cheap: `record` appends one row. Every `CHUNK_ROWS` rows are packed into columns (29 bytes an
entry and its detail), counted, hashed, and kept; beyond `MEMORY_BYTES_MAX` the packed columns go to a temporary file.
Chunks end at multiples of `CHUNK_ROWS` whoever reads meanwhile, so that looking at a run does not change it. The
SHA-256 digest over the packed columns, the details and the names is the identity of a run.
"""

import hashlib
import io
import tempfile
import weakref
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import itemgetter
from typing import IO, Any, Protocol

import msgspec
from msgspec import Struct

CHUNK_ROWS = 8_192
MEMORY_BYTES_MAX = 8 * 1024 * 1024
"""Packed columns and details beyond this size are kept in a temporary file."""

_COLUMNS = "qHIIIq"
"""when_us, kind, subject, place, cause, value; the details follow as one MessagePack list a chunk."""

Row = tuple[int, int, int, int, int, int, object]
_KIND_AND_PLACE = itemgetter(1, 3)


class Kind(Struct, frozen=True):
    """A kind of fact.

    Attributes:
        name: one or two words, past tense: `sent`, `received`, `timed out`.
        says: the English sentence that tells it; may use `{subject}`, `{place}`, `{value}` and keys of a detail
            that is a mapping, such as `{reason}`.
        value: what the number means, with its unit: `receive_count`, `duration_us`; "" when it means nothing.
        is_summed: whether the values are added up for each place (durations, bytes).
    """

    name: str
    says: str
    value: str = ""
    is_summed: bool = False


class Entry(Struct, frozen=True, kw_only=True):
    """One fact, with names instead of numbers; the same whether the run is live or was saved.

    Attributes:
        number: its place in the trace, counted from 1.
        at_us: virtual time in microseconds.
        kind: the name of its kind.
        subject: what it is about: `message m7`, `invocation i3`, `function resize`, or "".
        place: where: `queue orders`, `function resize`, or "".
        cause: the number of the entry that led to it, 0 for none.
        value: its number, whose meaning the kind tells.
        detail: whatever else belongs to it, as JSON-able data, or None.
    """

    number: int
    at_us: int
    kind: str
    subject: str
    place: str
    cause: int
    value: int
    detail: Any = None


class Time(Protocol):
    """Where the trace reads the time."""

    @property
    def now_us(self) -> int:
        """Microseconds since the run began."""


class Trace:
    """The record of one run.

    Args:
        time: asked for the instant of every fact.
    """

    def __init__(self, time: Time) -> None:
        self._time = time
        self._rows: list[Row] = []
        self._append = self._rows.append
        self._count = 0
        self._kinds: list[Kind] = [Kind("", "")]
        self._kind_numbers: dict[str, int] = {}
        self._subject_names: list[str] = [""]
        self._subject_numbers: dict[str, int] = {}
        self._numbered: dict[str, int] = {}
        self._summed: set[int] = set()
        self._counts: Counter[tuple[int, int]] = Counter()
        self._sums: Counter[tuple[int, int]] = Counter()
        self._digest = hashlib.sha256()
        self._chunks: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES_MAX)  # noqa: SIM115 - lives as long as the trace
        weakref.finalize(self, self._chunks.close)
        self._sizes: list[int] = []

    # --- recording -------------------------------------------------------------------------------------

    def kind(self, name: str, says: str, *, value: str = "", is_summed: bool = False) -> int:
        """Register a kind of fact and return its number; the same name gives the same number again."""
        number = self._kind_numbers.get(name)
        if number is None:
            number = self._kind_numbers[name] = len(self._kinds)
            self._kinds.append(Kind(name, says, value, is_summed))
            if is_summed:
                self._summed.add(number)
        return number

    def subject(self, kind: str, name: str) -> int:
        """Return the number of a named subject or place, such as `queue`, `orders`."""
        full = f"{kind} {name}"
        number = self._subject_numbers.get(full)
        if number is None:
            number = self._subject_numbers[full] = len(self._subject_names)
            self._subject_names.append(full)
        return number

    def new_subject(self, kind: str, letter: str) -> int:
        """Return the number of a new subject that is only counted: `message`, `m` gives `message m1`, then `m2`."""
        ordinal = self._numbered[kind] = self._numbered.get(kind, 0) + 1
        self._subject_names.append(f"{kind} {letter}{ordinal}")
        return len(self._subject_names) - 1

    def name_of(self, subject: int) -> str:
        """Return the name of a subject by its number."""
        return self._subject_names[subject]

    def record(
        self, kind: int, subject: int = 0, place: int = 0, cause: int = 0, value: int = 0, detail: object = None
    ) -> int:
        """Record a fact, now, and return its number for use as a cause.

        Args:
            detail: JSON-able data that nobody will change any more.
        """
        self._append((self._time.now_us, kind, subject, place, cause, value, detail))
        self._count = count = self._count + 1
        if not count % CHUNK_ROWS:
            self._keep_chunk()
        return count

    def __len__(self) -> int:
        return self._count

    def _keep_chunk(self) -> None:
        rows = self._rows
        packed = _pack(rows)
        self._digest.update(packed)
        self._chunks.seek(0, io.SEEK_END)
        self._chunks.write(packed)
        self._sizes.append(len(packed))
        self._tally(rows, self._counts, self._sums)
        rows.clear()

    def _tally(self, rows: list[Row], counts: Counter[tuple[int, int]], sums: Counter[tuple[int, int]]) -> None:
        chunk = Counter(map(_KIND_AND_PLACE, rows))
        counts.update(chunk)
        summed = self._summed
        if any(kind in summed for kind, _ in chunk):
            for _, kind, _, place, _, value, _ in rows:
                if kind in summed:
                    sums[kind, place] += value

    # --- reading ---------------------------------------------------------------------------------------

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds that this run knows."""
        return tuple(self._kinds[1:])

    def digest(self) -> str:
        """Return the SHA-256 of everything recorded so far, in hexadecimal."""
        digest = self._digest.copy()
        digest.update(_pack(self._rows))
        digest.update(msgspec.msgpack.encode([self._kinds, self._subject_names]))
        return digest.hexdigest()

    def count(self, kind: str, place: str | None = None) -> int:
        """Return how many entries of this kind there are, at one place (`queue orders`) or anywhere."""
        counts, _ = self._tallies()
        return self._at(counts, kind, place)

    def total(self, kind: str, place: str | None = None) -> int:
        """Return the sum of the values of a summed kind, at one place or anywhere."""
        _, sums = self._tallies()
        return self._at(sums, kind, place)

    def _tallies(self) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
        counts, sums = self._counts.copy(), self._sums.copy()
        self._tally(self._rows, counts, sums)
        return counts, sums

    def _at(self, tally: Counter[tuple[int, int]], kind: str, place: str | None) -> int:
        number = self._kind_numbers.get(kind, 0)
        if place is not None:
            return tally[number, self._subject_numbers.get(place, 0)]
        return sum(count for (of_kind, _), count in tally.items() if of_kind == number)

    def entries(self, kinds: Iterable[str] | None = None) -> Iterator[Entry]:
        """Yield every entry recorded so far, in order; only those of some kinds if these are given."""
        wanted = None if kinds is None else {self._kind_numbers[kind] for kind in kinds if kind in self._kind_numbers}
        for number, row in enumerate(self._all_rows(), 1):
            if wanted is None or row[1] in wanted:
                yield self._entry(number, row)

    def _all_rows(self) -> Iterator[Row]:
        live = list(self._rows)
        offset = 0
        for size in list(self._sizes):
            self._chunks.seek(offset)
            offset += size
            yield from _unpack(self._chunks.read(size))
        yield from live

    def _entry(self, number: int, row: Row) -> Entry:
        at_us, kind, subject, place, cause, value, detail = row
        return Entry(
            number=number,
            at_us=at_us,
            kind=self._kinds[kind].name,
            subject=self._subject_names[subject],
            place=self._subject_names[place],
            cause=cause,
            value=value,
            detail=detail,
        )

    def close(self) -> None:
        """Give back the temporary file; otherwise it goes with the trace."""
        self._chunks.close()


def _pack(rows: list[Row]) -> bytes:
    if not rows:
        return b""
    *columns, details = zip(*rows, strict=True)
    packed = [array(code, column).tobytes() for code, column in zip(_COLUMNS, columns, strict=True)]
    return b"".join([*packed, msgspec.msgpack.encode(details)])


def _unpack(packed: bytes) -> Iterator[Row]:
    columns: list[Any] = []
    offset = 0
    for code in _COLUMNS:
        column = array(code)
        size = column.itemsize * CHUNK_ROWS
        column.frombytes(packed[offset : offset + size])
        offset += size
        columns.append(column)
    columns.append(msgspec.msgpack.decode(packed[offset:]))
    return zip(*columns, strict=True)
