"""What happened, in order, and why? The only output of a run.

Every fact is one entry: when, of which kind, about which subject, at which place, caused by which earlier entry, with
a number and a detail. From the entries alone come summary, expectations, stories, metrics and cost.

It is always on, so it is cheap: `record` packs six numbers (34 bytes) into one buffer, and keeps the detail if there is
one. Whenever the buffer is full its `CHUNK_ROWS` entries are put aside; beyond `MEMORY_BYTES_MAX` they go to
a temporary file. Chunks end at multiples of `CHUNK_ROWS` whoever reads meanwhile, so that looking at a run does not
change it. The SHA-256 digest over the packed chunks and the names is the identity of a run.
"""

import hashlib
import io
import itertools
import struct
import tempfile
import weakref
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, Protocol

import msgspec
from msgspec import Raw, Struct, structs

CHUNK_ROWS = 8_192
MEMORY_BYTES_MAX = 8 * 1024 * 1024
"""Packed chunks beyond this size are kept in a temporary file."""
MEMORY_BYTES_MAX_LIVE = 1024 * 1024
"""The same on a server, which has a trace for each account and region, and runs for days."""

_ROW = struct.Struct("<qHQIIq")
"""when_us, kind, subject, place, cause, value; the details follow a chunk's rows as one MessagePack map by number."""
_ROW_BYTES = _ROW.size
_CHUNK_BYTES = CHUNK_ROWS * _ROW_BYTES
_pack = _ROW.pack
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder().decode
_decode_details = msgspec.msgpack.Decoder(dict[int, Raw]).decode

_FAMILY_SHIFT = 40
"""Subjects that are only counted have numbers of their own for each kind, so that their names need no memory."""

_COMMON = ("operation", "caller")
"""Kinds of subjects whose names mean the same in all parts of a run."""

Row = tuple[int, int, int, int, int, int]
Fact = tuple[int, int, int]
"""What differs among entries recorded together: subject, cause, value."""
Part = tuple[int, Iterable[Row], Mapping[int, Raw | bytes]]
"""The number of the entry before, entries in a row, and their packed details by number."""


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
        memory_bytes_max: how much of it may lie in memory.
    """

    def __init__(self, time: Time, *, memory_bytes_max: int = MEMORY_BYTES_MAX) -> None:
        self._time = time
        self._rows = bytearray()
        """The chunk that is not full yet."""
        self._full_count = CHUNK_ROWS
        """How many entries there are when it is."""
        self._details: dict[int, bytes] = {}
        """Details in that chunk, packed, by number of the entry."""
        self._count = 0
        self._kinds: list[Kind] = [Kind("", "")]
        self._kind_numbers: dict[str, int] = {}
        self._subject_names: list[str] = [""]
        self._subject_numbers: dict[str, int] = {}
        self._families: list[str] = [""]
        self._counters: dict[str, Callable[[], int]] = {}
        self._summed: set[int] = set()
        self._counts: Counter[tuple[int, int]] = Counter()
        self._sums: Counter[tuple[int, int]] = Counter()
        self._digest = hashlib.sha256()
        self._chunks = Chunks(memory_bytes_max)
        self._tallied = self._hashed = 0
        """How many entries have been counted, and how many chunks hashed: they are when somebody asks."""

    @property
    def name(self) -> str:
        """The name of the part of the run that sees it so; "" for the whole."""
        return ""

    @property
    def whole(self) -> "Trace":
        """The trace of the run: this one, or that of which it is a part."""
        return self

    def shares(self, other: "Trace") -> bool:
        """Tell whether another is of the same run, so that its entries may be causes here."""
        return self.whole is other.whole

    def part(self, name: str) -> "Trace":
        """Return this trace as a part of the run records in it and reads it, whose places have names of their own."""
        return _Part(self.whole, name)

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
            self._subject_names.append(_escaped(full))
        return number

    def subjects(self, kind: str, letter: str) -> Callable[[], int]:
        """Return what gives one new subject after another that is only counted, whoever else counts the same kind.

        `message`, `m` gives `message m1`, then `message m2`.
        """
        counter = self._counters.get(kind)
        if counter is None:
            first = (len(self._families) << _FAMILY_SHIFT) + 1
            self._families.append(f"{kind} {letter}")
            counter = self._counters[kind] = itertools.count(first).__next__
        return counter

    def new_subject(self, kind: str, letter: str) -> int:
        """Return the number of a new subject that is only counted."""
        return self.subjects(kind, letter)()

    def name_of(self, subject: int) -> str:
        """Return the name of a subject by its number."""
        family = subject >> _FAMILY_SHIFT
        if family:
            return f"{self._families[family]}{subject - (family << _FAMILY_SHIFT)}"
        return self._subject_names[subject]

    def record(
        self, kind: int, subject: int = 0, place: int = 0, cause: int = 0, value: int = 0, detail: object = None
    ) -> int:
        """Record a fact, now, and return its number for use as a cause.

        Args:
            detail: JSON-able data.
        """
        self._rows += _pack(self._time.now_us, kind, subject, place, cause, value)
        self._count = count = self._count + 1
        if detail is not None:
            self._details[count] = _packed(detail)
        if count == self._full_count:
            self._keep_chunk()
        return count

    def record_without_effect(self, place: int, parameter: str, reason: str) -> None:
        """Record that something was taken at a place and changes nothing there."""
        kind = self.kind("accepted without effect", "{place} took {parameter}, which has no effect: {reason}")
        self.record(kind, place, place, detail={"parameter": parameter, "reason": reason})

    def record_all(self, kind: int, place: int, facts: Sequence[Fact]) -> int:
        """Record facts that differ only in subject, cause and value; return the number of the last one."""
        now_us, rows = self._time.now_us, self._rows
        for subject, cause, value in facts:
            rows += _pack(now_us, kind, subject, place, cause, value)
        self._count = count = self._count + len(facts)
        while count >= self._full_count:
            self._keep_chunk()
        return count

    def __len__(self) -> int:
        return self._count

    def _keep_chunk(self) -> None:
        rows, self._rows = self._rows, self._rows[_CHUNK_BYTES:]
        del rows[_CHUNK_BYTES:]
        rows += self._packed_details()
        self._details.clear()
        self._chunks.append(rows)
        self._full_count += CHUNK_ROWS

    def _packed_details(self) -> bytes:
        return _encode({number: Raw(detail) for number, detail in self._details.items()})

    def _live_rows(self) -> bytes:
        """Return the rows of the chunk that is not full yet."""
        return bytes(self._rows)

    # --- reading ---------------------------------------------------------------------------------------

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds that this run knows."""
        return tuple(self._kinds[1:])

    def digest(self) -> str:
        """Return the SHA-256 of everything recorded so far, in hexadecimal."""
        for chunk in self._chunks.after(self._hashed):
            self._digest.update(chunk)
        self._hashed = len(self._chunks)
        digest = self._digest.copy()
        digest.update(self._live_rows())
        digest.update(self._packed_details())
        digest.update(_encode([self._kinds, self._subject_names, self._families]))
        return digest.hexdigest()

    def count(self, kind: str, place: str | None = None) -> int:
        """Return how many entries of this kind there are, at one place (`queue orders`) or anywhere."""
        self._tally()
        return self._at(self._counts, kind, place)

    def total(self, kind: str, place: str | None = None) -> int:
        """Return the sum of the values of a summed kind, at one place or anywhere."""
        self._tally()
        return self._at(self._sums, kind, place)

    def _tally(self) -> None:
        """Count what was recorded since somebody last asked."""
        if self._tallied == self._count:
            return
        counts, sums, summed = self._counts, self._sums, self._summed
        for _, rows, _ in self._since(self._tallied):
            for _, kind, _, place, _, value in rows:
                counts[kind, place] += 1
                if kind in summed:
                    sums[kind, place] += value
        self._tallied = self._count

    def _at(self, tally: Counter[tuple[int, int]], kind: str, place: str | None) -> int:
        number = self._kind_numbers.get(kind, 0)
        if place is not None:
            return tally[number, self._subject_numbers.get(place, 0)]
        return sum(count for (of_kind, _), count in tally.items() if of_kind == number)

    def entries(self, kinds: Iterable[str] | None = None, *, after: int = 0) -> Iterator[Entry]:
        """Yield every entry recorded so far, in order; only those of some kinds, or after some number, if given."""
        wanted = None if kinds is None else {self._kind_numbers[kind] for kind in kinds if kind in self._kind_numbers}
        for before, rows, details in self._since(after):
            for number, row in enumerate(rows, before + 1):
                if wanted is None or row[1] in wanted:
                    yield self._entry(number, row, details.get(number))

    def _since(self, after: int) -> Iterator[Part]:
        """Yield what is recorded after an entry, chunk by chunk; nothing before it is looked at, however much it is."""
        kept_count = len(self._chunks)
        chunk, seen = divmod(min(after, self._count), CHUNK_ROWS)
        live = self._live_part(seen if chunk == kept_count else 0)
        for position, content in enumerate(self._chunks.after(chunk), chunk):
            yield _kept_part(content, position * CHUNK_ROWS, seen if position == chunk else 0)
        yield live

    def _live_part(self, seen: int) -> Part:
        before = len(self._chunks) * CHUNK_ROWS + seen
        newest_first = itertools.takewhile(lambda item: item[0] > before, reversed(self._details.items()))
        return before, _ROW.iter_unpack(self._rows[seen * _ROW_BYTES :]), dict(newest_first)

    def _entry(self, number: int, row: Row, detail: Raw | bytes | None) -> Entry:
        at_us, kind, subject, place, cause, value = row
        return Entry(
            number=number,
            at_us=at_us,
            kind=self._kinds[kind].name,
            subject=self.name_of(subject),
            place=self._subject_names[place],
            cause=cause,
            value=value,
            detail=None if detail is None else _decode(detail),
        )

    def close(self) -> None:
        """Give back the temporary file; otherwise it goes with the trace."""
        self._chunks.close()


class _Part(Trace):
    """A trace as seen from a part of the run: its `queue orders` is `queue NAME/orders` to everybody else."""

    def __init__(self, whole: Trace, name: str) -> None:
        self._whole = whole
        self._name = name
        self._prefix = f"{name}/"

    @property
    def name(self) -> str:
        return self._name

    @property
    def whole(self) -> Trace:
        return self._whole

    def kind(self, name: str, says: str, *, value: str = "", is_summed: bool = False) -> int:
        return self._whole.kind(name, says, value=value, is_summed=is_summed)

    def subject(self, kind: str, name: str) -> int:
        return self._whole.subject(kind, name if kind in _COMMON else self._prefix + name)

    def subjects(self, kind: str, letter: str) -> Callable[[], int]:
        return self._whole.subjects(kind, letter)

    def name_of(self, subject: int) -> str:
        return self._whole.name_of(subject)

    def record(
        self, kind: int, subject: int = 0, place: int = 0, cause: int = 0, value: int = 0, detail: object = None
    ) -> int:
        return self._whole.record(kind, subject, place, cause, value, detail)

    def record_all(self, kind: int, place: int, facts: Sequence[Fact]) -> int:
        return self._whole.record_all(kind, place, facts)

    def __len__(self) -> int:
        return len(self._whole)

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return self._whole.kinds

    def digest(self) -> str:
        return self._whole.digest()

    def count(self, kind: str, place: str | None = None) -> int:
        if place is None:
            return sum(1 for _ in self.entries((kind,)))
        return self._whole.count(kind, self._outside(place))

    def total(self, kind: str, place: str | None = None) -> int:
        if place is None:
            return sum(entry.value for entry in self.entries((kind,)))
        return self._whole.total(kind, self._outside(place))

    def entries(self, kinds: Iterable[str] | None = None, *, after: int = 0) -> Iterator[Entry]:
        """Yield the entries about this part's own places, under its own names."""
        for entry in self._whole.entries(kinds, after=after):
            place = self._inside(entry.place)
            if place != entry.place:
                yield structs.replace(entry, place=place, subject=self._inside(entry.subject))

    def close(self) -> None:
        """Do nothing: it is the whole that has a file."""

    def _outside(self, place: str) -> str:
        kind, _, name = place.partition(" ")
        return f"{kind} {self._prefix}{name}"

    def _inside(self, place: str) -> str:
        kind, _, name = place.partition(" ")
        return f"{kind} {name.removeprefix(self._prefix)}" if name.startswith(self._prefix) else place


class Chunks:
    """Full chunks in order: in memory, and in a temporary file what would be beyond so many bytes."""

    def __init__(self, memory_bytes_max: int) -> None:
        self._room_bytes = memory_bytes_max
        self._in_memory: list[bytearray] = []
        self._sizes: list[int] = []
        """Of those in the file."""
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        return len(self._in_memory) + len(self._sizes)

    def append(self, chunk: bytearray) -> None:
        """Keep a chunk; it is the caller's no longer."""
        if not self._sizes and len(chunk) <= self._room_bytes:
            self._room_bytes -= len(chunk)
            self._in_memory.append(chunk)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the trace
            weakref.finalize(self, self._file.close)
        self._file.seek(0, io.SEEK_END)
        self._file.write(chunk)
        self._sizes.append(len(chunk))

    def after(self, count: int) -> Iterator[bytes | bytearray]:
        """Yield all but the first `count` chunks."""
        yield from self._in_memory[count:]
        if self._file is None:
            return
        first = max(count - len(self._in_memory), 0)
        offset = sum(self._sizes[:first])
        for size in self._sizes[first:]:
            self._file.seek(offset)
            offset += size
            yield self._file.read(size)

    def close(self) -> None:
        """Give back the temporary file."""
        if self._file is not None:
            self._file.close()


def _packed(detail: object) -> bytes:
    """Return data as MessagePack, with half characters escaped (JSON can hold them, UTF-8 cannot)."""
    try:
        return _encode(detail)
    except UnicodeEncodeError:
        return _encode(_escaped(detail))


def _escaped(value: Any) -> Any:
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case Mapping():
            return {_escaped(name): _escaped(each) for name, each in value.items()}
        case list() | tuple():
            return [_escaped(each) for each in value]
        case _:
            return value


def _kept_part(chunk: bytes | bytearray, before: int, seen: int) -> Part:
    details = _decode_details(chunk[_CHUNK_BYTES:])
    return before + seen, _ROW.iter_unpack(memoryview(chunk)[seen * _ROW_BYTES : _CHUNK_BYTES]), details
