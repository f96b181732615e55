"""What went wrong in a run? Failures, throttles, dead letters and recursion, counted, with the first of each."""

from collections.abc import Mapping

from msgspec import Struct

from eventsim.report.index import Index
from eventsim.report.saved import Happenings
from eventsim.report.vocabulary import TROUBLES
from eventsim.report.wording import filled, printable, shortened, span
from eventsim.trace import Entry

PHRASE_CHARACTERS_MAX = 200


class Trouble(Struct, kw_only=True):
    """One kind of trouble at one place.

    Attributes:
        place: where, such as `function resize`.
        kind: the kind of entry.
        says: what it was, in the words of the first.
        first: the first entry.
        worst: what is told of the worst one, "" for nothing.
    """

    place: str
    kind: str
    says: str
    count: int
    first: Entry
    worst: str = ""


class Recursion(Struct, frozen=True, kw_only=True):
    """A chain of events that fed itself until loop detection stopped it.

    Attributes:
        chain: whom it went through, in order: objects, messages, invocations.
        turns: how often the function ran in it.
        span_us: from the first run to the stop.
    """

    function: str
    chain: list[str]
    turns: int
    span_us: int


class GivenUp(Struct, frozen=True, kw_only=True):
    """An asynchronous event that was given up.

    Attributes:
        name: its invocation, such as `i18`.
        about: the object or message that it came from, "" for none.
        tried_us: when it ran.
        condition: AWS's word for why it was given up.
        went_to: where it or its record ended: a dead-letter queue, a destination; none if it is lost.
    """

    name: str
    function: str
    about: str
    tried_us: list[int]
    condition: str
    went_to: list[str]


def is_trouble(entry: Entry) -> bool:
    """Tell whether an entry means trouble."""
    words = TROUBLES.get(entry.kind)
    return words is not None and entry.value >= words.least and words.of in ("", entry.subject)


def find_troubles(happenings: Happenings) -> list[Trouble]:
    """Return what went wrong, the gravest kinds first."""
    found: dict[tuple[str, str, object], Trouble] = {}
    worst: dict[tuple[str, str, object], int] = {}
    for entry in happenings.entries(TROUBLES):
        words = TROUBLES[entry.kind]
        if not is_trouble(entry):
            continue
        detail = entry.detail if isinstance(entry.detail, Mapping) else {}
        key = (entry.place, entry.kind, detail.get(words.by))
        trouble = found.get(key)
        if trouble is None:
            says = shortened(printable(filled(words.says, detail)), PHRASE_CHARACTERS_MAX)
            trouble = found[key] = Trouble(place=entry.place, kind=entry.kind, says=says, count=0, first=entry)
        trouble.count += 1
        if words.worst and entry.value >= worst.get(key, words.least):
            worst[key] = entry.value
            trouble.worst = filled(words.worst, {**detail, "value": span(entry.value)})
    order = list(TROUBLES)
    return sorted(found.values(), key=lambda trouble: order.index(trouble.kind))


def find_recursion(happenings: Happenings, stop: Entry) -> Recursion:
    """Return the chain that ends in an entry of the kind `recursion stopped`."""
    index = Index(happenings)
    chain: list[str] = []
    first_run = 0
    for number in reversed([stop.number, *index.ancestors(stop.number, is_guessing=True)]):
        name = index.names[index.subjects[number]]
        if not name.startswith(_WALKERS):
            continue
        if not chain or chain[-1] != name:
            chain.append(name)
        if not first_run and name.startswith("invocation "):
            first_run = number
    begun = next((entry.at_us for entry in happenings.entries() if entry.number == first_run), stop.at_us)
    return Recursion(function=stop.place.partition(" ")[2], chain=chain, turns=stop.value, span_us=stop.at_us - begun)


def find_given_up(happenings: Happenings, count_max: int) -> list[GivenUp]:
    """Return the first events that were given up, and what had become of them."""
    dropped: dict[str, Entry] = {}
    for entry in happenings.entries(("event dropped",)):
        if len(dropped) < count_max:
            dropped.setdefault(entry.subject, entry)
    if not dropped:
        return []
    index = Index(happenings)
    tried: dict[str, list[int]] = {subject: [] for subject in dropped}
    went_to: dict[str, list[str]] = {subject: [] for subject in dropped}
    for entry in happenings.entries(("started", "event dead-lettered", "delivered")):
        if entry.subject in dropped:
            if entry.kind == "started":
                tried[entry.subject].append(entry.at_us)
            else:
                went_to[entry.subject].append(entry.detail["to"])
    return [
        GivenUp(
            name=subject.partition(" ")[2],
            function=entry.place.partition(" ")[2],
            about=_origin(index, subject),
            tried_us=tried[subject],
            condition=str(entry.detail["condition"]),
            went_to=went_to[subject],
        )
        for subject, entry in dropped.items()
    ]


def _origin(index: Index, subject: str) -> str:
    first = index.first[index.number_of(subject)]
    names = (index.names[index.subjects[number]] for number in index.ancestors(first))
    return next((name for name in names if name.startswith(("object ", "message ", "record "))), "")


_WALKERS = ("object ", "message ", "record ", "item ", "invocation ")
