"""Who was where, from when to when? A run as tracks side by side, to be drawn.

Rules:

1. Whatever stands still (a queue, a function) has a track. Tracks stand in the order in which somebody first came
   there; all operations of AWS share one.
2. Whatever walks (a message, an invocation) stays in a track for as long as it waits, is in flight or runs there. Stays
   that overlap stand in rows below one another, so that their number is seen.
3. What else happens in a track is a mark; what happens at the same instant and means the same is one mark.
4. Time is a row of columns, one for each instant at which something happened: between them, the clock jumped.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from eventsim.report.saved import Happenings
from eventsim.report.troubles import is_trouble
from eventsim.report.vocabulary import STAYS_BEGIN, STAYS_END
from eventsim.trace import Entry, Kind

ENTRIES_MAX = 20_000
"""What a browser draws without effort."""
ROWS_MAX = 30
"""Stays at once in one track; further ones are counted, not drawn."""
CALLS = "AWS calls"
"""The track of all operations."""

_UNMARKED = frozenset({"logged", "reported", "environment ended"})
"""Kinds that go without a mark: there is one for every invocation."""


class Stay(Struct, frozen=True, kw_only=True):
    """One thing that somebody does in a track.

    Attributes:
        does: `waiting`, `in flight`, `starting`, `running`.
        begin, end: columns; the last one for what has no end in the picture.
        numbers: of the entries with which it begins and ends, as far as they are in the picture.
        is_trouble: whether it ends in trouble.
        row: where it stands in its track, counted from 0.
    """

    subject: str
    does: str
    begin: int
    end: int
    numbers: tuple[int, ...]
    is_trouble: bool
    row: int


class Mark(Struct, frozen=True, kw_only=True):
    """What happened in a track at one instant."""

    column: int
    is_trouble: bool
    numbers: tuple[int, ...]


class Track(Struct, frozen=True, kw_only=True):
    """One place.

    Attributes:
        counts: how many do what there, at the end of each instant that changed it: column, and what they do → number.
        rows: how many rows its stays need.
        undrawn_count: visits for which there is no row.
    """

    place: str
    stays: list[Stay]
    marks: list[Mark]
    counts: list[tuple[int, Mapping[str, int]]]
    rows: int
    undrawn_count: int


class Timeline(Struct, frozen=True, kw_only=True):
    """A run, or a part of it.

    Attributes:
        instants_us: the columns.
        entries: what is in the picture, in order.
    """

    instants_us: list[int]
    tracks: list[Track]
    entries: list[Entry]
    kinds: Mapping[str, Kind]


def timeline(
    happenings: Happenings, *, since_us: int = 0, until_us: int | None = None, entries_max: int = ENTRIES_MAX
) -> Timeline:
    """Return a run as tracks.

    Args:
        since_us: leave out what happened before.
        until_us: leave out what happened later.
        entries_max: end with so many entries.
    """
    draft = _Draft(since_us)
    for entry in happenings.entries():
        if (until_us is not None and entry.at_us > until_us) or len(draft.entries) == entries_max:
            break
        draft.add(entry)
    kinds = {kind.name: kind for kind in happenings.kinds}
    tracks = [_track(place, sketch, len(draft.instants_us) - 1) for place, sketch in draft.sketches()]
    return Timeline(instants_us=draft.instants_us, tracks=tracks, entries=draft.entries, kinds=kinds)


class _Step(Struct, kw_only=True):
    """One stay of a visit, while the picture is gathered: `end` is None as long as it goes on."""

    does: str
    begin: int
    numbers: tuple[int, ...]
    end: int | None = None
    is_trouble: bool = False


class _Visit(Struct, kw_only=True):
    """All that a subject does in a track without a break; it keeps its row."""

    subject: str
    steps: list[_Step]


class _Sketch(Struct, kw_only=True):
    """What is gathered of one track.

    Attributes:
        is_visited: whether somebody came from elsewhere; a mapping that begins to work only tells of itself.
    """

    visits: list[_Visit]
    under_way: dict[str, _Visit]
    marks: dict[tuple[int, bool], list[int]]
    is_visited: bool = False


class _Draft:
    """A picture while it is gathered."""

    def __init__(self, since_us: int) -> None:
        self._since_us = since_us
        self.instants_us: list[int] = []
        self.entries: list[Entry] = []
        self._sketches: dict[str, _Sketch] = {}

    def add(self, entry: Entry) -> None:
        """Take the next entry; one from before the picture begins counts only for who is there at its beginning."""
        is_shown = entry.at_us >= self._since_us
        if is_shown:
            self.entries.append(entry)
            if not self.instants_us or self.instants_us[-1] != entry.at_us:
                self.instants_us.append(entry.at_us)
        place = track_of(entry)
        if not place:
            return
        sketch = self._sketches.get(place)
        if sketch is None:
            sketch = self._sketches[place] = _Sketch(visits=[], under_way={}, marks={})
        if entry.subject != entry.place and not sketch.is_visited:
            sketch.is_visited = True
            self._sketches[place] = self._sketches.pop(place)  # behind those to whom somebody came before
        column = max(0, len(self.instants_us) - 1)
        _note_stay(sketch, entry, column, (entry.number,) if is_shown else ())
        if is_shown and entry.kind not in _UNMARKED:
            sketch.marks.setdefault((column, is_trouble(entry)), []).append(entry.number)

    def sketches(self) -> Iterator[tuple[str, _Sketch]]:
        """Yield the tracks that have anything in them, those to whom nobody came last."""
        drawn = [(place, sketch) for place, sketch in self._sketches.items() if sketch.marks or sketch.visits]
        yield from sorted(drawn, key=lambda each: not each[1].is_visited)


def track_of(entry: Entry) -> str:
    """Return in which track an entry happens."""
    place = entry.place or entry.subject
    return CALLS if place.startswith("operation ") else place


def _note_stay(sketch: _Sketch, entry: Entry, column: int, numbers: tuple[int, ...]) -> None:
    """Let an entry end what its subject did, or begin something else."""
    does = STAYS_BEGIN.get(entry.kind)
    if does is None and entry.kind not in STAYS_END:
        return
    visit = sketch.under_way.get(entry.subject)
    step = visit.steps[-1] if visit is not None else None
    if visit is not None and step is not None and step.end is None:
        step.end = column
        step.numbers = (*step.numbers, *numbers)
        step.is_trouble = is_trouble(entry)
    if does is None:
        return
    if visit is None or visit.steps[-1].end != column:
        visit = sketch.under_way[entry.subject] = _Visit(subject=entry.subject, steps=[])
        sketch.visits.append(visit)
    visit.steps.append(_Step(does=does, begin=column, numbers=numbers))


def _track(place: str, sketch: _Sketch, last: int) -> Track:
    """Return a track, each of its visits in the first row that is free."""
    kept: list[_Step] = []
    stays: list[Stay] = []
    free_from: list[int] = []
    undrawn_count = 0
    for visit in sketch.visits:
        steps = [step for step in visit.steps if step.numbers or step.end is None]  # others ended before the picture
        if not steps:
            continue
        kept += steps
        begin, end = steps[0].begin, steps[-1].end
        row = next((row for row, column in enumerate(free_from) if column <= begin), len(free_from))
        if row == ROWS_MAX:
            undrawn_count += 1
            continue
        free_from[row : row + 1] = [last + 1 if end is None else max(end, begin + 1)]
        stays += (_stay(visit.subject, step, row, last) for step in steps)
    return Track(
        place=place,
        stays=stays,
        marks=[
            Mark(column=column, is_trouble=trouble, numbers=tuple(numbers))
            for (column, trouble), numbers in sketch.marks.items()
        ],
        counts=_counts(kept),
        rows=len(free_from),
        undrawn_count=undrawn_count,
    )


def _stay(subject: str, step: _Step, row: int, last: int) -> Stay:
    return Stay(
        subject=subject,
        does=step.does,
        begin=step.begin,
        end=last if step.end is None else step.end,
        numbers=step.numbers,
        is_trouble=step.is_trouble,
        row=row,
    )


def _counts(steps: Iterable[_Step]) -> list[tuple[int, Mapping[str, int]]]:
    """Return how many do what, whenever that changed."""
    changes: dict[int, Counter[str]] = {}
    for step in steps:
        changes.setdefault(step.begin, Counter())[step.does] += 1
        if step.end is not None:
            changes.setdefault(step.end, Counter())[step.does] -= 1
    now: Counter[str] = Counter()
    counts: list[tuple[int, Mapping[str, int]]] = []
    for column in sorted(changes):
        now.update(changes[column])
        counts.append((column, {does: count for does, count in now.items() if count}))
    return counts
