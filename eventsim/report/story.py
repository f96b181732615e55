"""What happened to one message, and why? Its journey in plain English, with virtual times.

    time          entry
    00:00:00.000      2  message m7 was sent to queue orders (size 41 bytes)
               … 30 s later
    00:00:30.020      9  message m7 was received from queue orders (receive 2)

Lines about others who took part are indented. Where the line above is not the reason, the reason's number is given.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from msgspec import Struct

from eventsim.errors import ConfigurationError
from eventsim.report import vocabulary
from eventsim.report.index import Index, mentions
from eventsim.report.journey import COUNTED_KINDS, Journey, journey
from eventsim.report.saved import Happenings
from eventsim.report.text import wrapped
from eventsim.report.troubles import is_trouble
from eventsim.report.wording import counted, instant, kind_and_name, named, printable, sentence, span
from eventsim.spelling import did_you_mean
from eventsim.trace import Entry, Kind

LINES_MAX = 120
"""A story's lines, and a list's, unless all are asked for."""

SUBJECTS_SHOWN_MAX = 8
"""Subjects of one kind in the list of subjects, unless all are asked for."""

NAME_COLUMN_MAX = 24
"""Less on a narrow screen: three tenths of it."""
NAMES_SHOWN_MAX = 5
NAMES_COMPARED_MAX = 2_000
WAIT_TOLD_US = 1_000_000
"""A wait between two lines that is at least so long has a line of its own."""

_INDENT = " " * 23


class UnknownName(ConfigurationError):  # noqa: N818 - a fact, as the field says it
    """Nobody of this name takes part in the run."""


# --- one story ---------------------------------------------------------------------------------------------


def tell_story(happenings: Happenings, asked: str, *, width: int, is_whole: bool = False) -> Iterator[str]:
    """Yield the lines of the story of a message, an invocation, an object, or whatever else is asked for.

    Args:
        asked: `m7`, `i3`, `queue orders`, `orders`, an object's key, a request id.
        is_whole: whether to tell all of it, however long it is.

    Raises:
        ConfigurationError: nobody is called so, or several are; the text says who there is.
    """
    index = Index(happenings)
    subject = _thing(index, _find(index, happenings, asked))
    way = journey(index, subject)
    numbers = way.all()
    shown = numbers if is_whole else _essence(way)
    wanted = {*shown, *way.own}
    found = {entry.number: entry for entry in happenings.entries() if entry.number in wanted}
    if not is_whole:
        shown = [number for number in shown if not _goes_without_saying(found[number])]
    kinds = {kind.name: kind for kind in happenings.kinds}
    told = [found[number] for number in shown if number > way.own[0]] if index.kind_of(subject) == "record" else []
    yield from _heading(index, subject, [found[number] for number in way.own], kinds, width, _ending(told))
    yield from _lines(index, [found[number] for number in shown], set(way.own), kinds, width)
    if len(shown) < len(numbers):
        yield ""
        yield f"… and {counted(len(numbers) - len(shown), 'more entry', 'more entries')}; --all tells them too."
    yield from _next_steps(index, subject, shown, width)


def _essence(way: Journey) -> list[int]:
    """Return what fits: the nearest causes and the beginning first, then the rest in order."""
    before = way.before[-LINES_MAX // 4 :]
    own = way.own[: LINES_MAX // 2]
    others = way.others[: LINES_MAX - len(before) - len(own)]
    return sorted({*before, *own, *others})


def _goes_without_saying(entry: Entry) -> bool:
    """Tell whether a neighbour says as much: the batch that a message went into, the environment that is new."""
    return entry.kind in ("polled", "shard read") or (
        entry.kind == "logged" and str(entry.detail["text"]).startswith("INIT_START")
    )


def _ending(told: Sequence[Entry]) -> Entry | None:
    """Return how the story of a record ends: nothing that happens to it later is about it alone."""
    endings = [entry for entry in told if entry.kind in vocabulary.RECORD_ENDINGS]
    given_up = (entry for entry in endings if entry.kind in vocabulary.TROUBLES)
    return next(given_up, endings[-1] if endings else None)


def _last_to_tell(own: Sequence[Entry]) -> Entry:
    """Return how a story ends."""
    last = own[0]
    for entry in own[1:]:
        last = entry if _tells_more(entry, last) else last
    return last


def _tells_more(entry: Entry, last: Entry) -> bool:
    """Tell whether an entry says better how a story ends than the last one before it."""
    return entry.kind not in vocabulary.QUIET and vocabulary.SAYS_LESS.get(entry.kind) != last.kind


def _heading(
    index: Index,
    subject: int,
    own: Sequence[Entry],
    kinds: dict[str, Kind],
    width: int,
    ending_entry: Entry | None,
) -> Iterator[str]:
    name = printable(named(index.names[subject]))
    yield wrapped(f"{name}: {counted(len(own), 'entry', 'entries')} of its own", width)
    if index.kind_of(subject) in COUNTED_KINDS:
        last = ending_entry or _last_to_tell(own)
        took_us = last.at_us - own[0].at_us
        ending = f"after {span(took_us)}" if took_us else "at once"
        yield wrapped(f"In the end, {ending}: {sentence(last, kinds[last.kind])}.", width)
    yield ""
    yield "  time               entry  what happened"


def _lines(index: Index, entries: Sequence[Entry], own: set[int], kinds: dict[str, Kind], width: int) -> Iterator[str]:
    """Yield a line for each entry; equals at one instant, such as the messages of a batch, share one."""
    previous: Entry | None = None
    shown: dict[int, str] = {}
    at = 0
    while at < len(entries):
        entry = entries[at]
        alike = 1
        while at + alike < len(entries) and _is_alike(entry, entries[at + alike], own):
            alike += 1
        if previous is not None and entry.at_us - previous.at_us >= WAIT_TOLD_US:
            yield f"{_INDENT}… {span(entry.at_us - previous.at_us)} later"
        number_above = 0 if previous is None else previous.number
        text = sentence(entry, kinds[entry.kind])
        if entry.number in own and entry.number in index.batches:
            text += _members(index, entry.number)
        if alike > 1:
            text += f" – and {counted(alike - 1, 'other')} likewise"
        if shown.get(entry.cause, entry.subject) != entry.subject and entry.cause != number_above:
            text += f" [because of {entry.cause:,}]"
        mark = "" if entry.number in own else "  "
        first = f"  {instant(entry.at_us):<16} {entry.number:>7,}  {mark}"
        yield wrapped(text, width, first=first)
        shown.update((following.number, following.subject) for following in entries[at : at + alike])
        previous = entries[at + alike - 1]
        at += alike


def _members(index: Index, batch: int) -> str:
    """Return the messages of a batch in brackets, the first few by name; one alone stands in the line above."""
    received = index.batches[batch]
    if len(received) < 2:
        return ""
    names = [kind_and_name(index.names[index.subjects[number]])[1] for number in received[:NAMES_SHOWN_MAX]]
    more = f" and {len(received) - len(names)} more" if len(received) > len(names) else ""
    return f" ({', '.join(names)}{more})"


def _is_alike(entry: Entry, other: Entry, own: set[int]) -> bool:
    return (
        entry.number not in own
        and other.number not in own
        and entry.subject != other.subject
        and (entry.kind, entry.place, entry.at_us, entry.cause) == (other.kind, other.place, other.at_us, other.cause)
    )


def _next_steps(index: Index, subject: int, shown: Sequence[int], width: int) -> Iterator[str]:
    """Tell who else took part and has a story."""
    others = Counter(index.subjects[number] for number in shown)
    names = [
        kind_and_name(index.names[other])[1]
        for other in others
        if other != subject and index.kind_of(other) in ("message", "event", "record", "invocation", "execution")
    ]
    if names:
        yield ""
        more = f" and {len(names) - NAMES_SHOWN_MAX} more" if len(names) > NAMES_SHOWN_MAX else ""
        yield wrapped(f"Others with a story of their own: {', '.join(names[:NAMES_SHOWN_MAX])}{more}.", width)


# --- whose story? ------------------------------------------------------------------------------------------


def _find(index: Index, happenings: Happenings, asked: str) -> int:
    asked = asked.strip()
    exact = index.number_of(asked)
    if exact and asked:
        return exact
    named_so = [number for number, name in enumerate(index.names) if number and _is_called(name, asked)]
    if not named_so and asked:
        named_so = [index.number_of(name) for name in dict.fromkeys(mentions(happenings, asked))]
        walkers = [number for number in named_so if index.kind_of(number) in COUNTED_KINDS]
        named_so = walkers or named_so
        named_so = named_so[:1]  # the others were told of it later
    if len(named_so) == 1:
        return named_so[0]
    if named_so:
        names = ", ".join(f"`{printable(index.names[number])}`" for number in named_so[:5])
        raise UnknownName(f"`{printable(asked)}` may be several: ask for one of {names}")
    short = [kind_and_name(name)[1] for name in index.names[1:NAMES_COMPARED_MAX]]
    raise UnknownName(f"nobody is called `{printable(asked)}` in this run{did_you_mean(asked, dict.fromkeys(short))}")


def _is_called(subject: str, asked: str) -> bool:
    """Tell whether people call a subject so: an object, an item by its key alone, an execution by its own name."""
    kind, name = kind_and_name(subject)
    return (
        name == asked
        or (kind in ("object", "item") and name.endswith(f"/{asked}"))
        or (kind == "execution" and name.endswith(f":{asked}"))
    )


def _thing(index: Index, subject: int) -> int:
    """Return what a resource of a template was deployed as, if that is in the run: who asks knows its logical id."""
    place = index.places[index.first[subject]] if index.kind_of(subject) == "resource" else 0
    return place if index.kind_of(place) in _GROUPS else subject


# --- the list of subjects ----------------------------------------------------------------------------------

_GROUPS = {
    "message": "messages",
    "event": "events",
    "invocation": "invocations",
    "object": "objects",
    "record": "records",
    "item": "items",
    "execution": "executions",
    "queue": "queues",
    "stream": "streams",
    "table": "tables",
    "topic": "topics",
    "bus": "buses",
    "rule": "rules",
    "bucket": "buckets",
    "schedule": "schedules",
    "pipe": "pipes",
    "delivery stream": "delivery streams",
    "state machine": "state machines",
    "alarm": "alarms",
    "function": "functions",
    "mapping": "mappings",
}


class _Subject(Struct, kw_only=True):
    """What is known of one subject or place: its kinds of entry, and how it ended."""

    last: Entry
    counts: Counter[str]
    has_trouble: bool = False


def list_subjects(happenings: Happenings, *, width: int, is_whole: bool = False) -> Iterator[str]:
    """Yield a line for every subject, by kind, with what happened to it last; those in trouble come first."""
    subjects = _subjects(happenings)
    kinds = {kind.name: kind for kind in happenings.kinds}
    if not subjects:
        yield "Nothing happened in this run."
        return
    for group, title in _GROUPS.items():
        members = {name: found for name, found in subjects.items() if name.startswith(f"{group} ")}
        if not members:
            continue
        ordered = sorted(members.items(), key=lambda member: not member[1].has_trouble)
        chosen = ordered if is_whole else ordered[:SUBJECTS_SHOWN_MAX]
        rest = "" if len(chosen) == len(members) else f", {len(chosen)} of them here, those with trouble first"
        yield wrapped(f"{title} ({len(members):,}{rest})", width)
        name_width = min(NAME_COLUMN_MAX, width * 3 // 10, max(len(_short(name)) for name, _ in chosen))
        for name, found in chosen:
            first = f"  {_short(name):<{name_width}}  "
            if len(_short(name)) > name_width:
                yield f"  {_short(name)}"
                first = " " * (name_width + 4)
            if group in COUNTED_KINDS:
                told = f"{instant(found.last.at_us)}  {sentence(found.last, kinds[found.last.kind])}"
                yield wrapped(told, width, first=first, rest=" " * (name_width + 18))
            else:
                yield wrapped(
                    ", ".join(f"{count:,} {kind}" for kind, count in found.counts.items()), width, first=first
                )
        yield ""
    yield wrapped("Go on with the name of one of them: eventsim story TRACE NAME", width)


def _short(name: str) -> str:
    return printable(kind_and_name(name)[1])


def _subjects(happenings: Happenings) -> dict[str, _Subject]:
    subjects: dict[str, _Subject] = {}
    for entry in happenings.entries():
        for name in {entry.subject: None, entry.place: None}:
            if kind_and_name(name)[0] not in _GROUPS:
                continue
            found = subjects.get(name)
            if found is None:
                found = subjects[name] = _Subject(last=entry, counts=Counter())
            found.counts[entry.kind] += 1
            if _tells_more(entry, found.last):
                found.last = entry
            found.has_trouble = found.has_trouble or is_trouble(entry)
    return subjects
