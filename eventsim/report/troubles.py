"""What went wrong in a run? Failures, throttles, dead letters and recursion, counted, with the first of each."""

from collections.abc import Mapping

from msgspec import Struct

from eventsim.report.index import Index
from eventsim.report.saved import Happenings
from eventsim.report.vocabulary import TROUBLES
from eventsim.report.wording import filled, printable, shortened
from eventsim.trace import Entry

PHRASE_CHARACTERS_MAX = 200


class Trouble(Struct, kw_only=True):
    """One kind of trouble at one place.

    Attributes:
        place: where, such as `function resize`.
        kind: the kind of entry.
        says: what it was, in the words of the first.
        first: the first entry.
    """

    place: str
    kind: str
    says: str
    count: int
    first: Entry


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


def find_troubles(happenings: Happenings) -> list[Trouble]:
    """Return what went wrong, the gravest kinds first."""
    found: dict[tuple[str, str, object], Trouble] = {}
    for entry in happenings.entries(TROUBLES):
        words = TROUBLES[entry.kind]
        detail = entry.detail if isinstance(entry.detail, Mapping) else {}
        key = (entry.place, entry.kind, detail.get(words.by))
        trouble = found.get(key)
        if trouble is None:
            says = shortened(printable(filled(words.says, detail)), PHRASE_CHARACTERS_MAX)
            found[key] = Trouble(place=entry.place, kind=entry.kind, says=says, count=1, first=entry)
        else:
            trouble.count += 1
    order = list(TROUBLES)
    return sorted(found.values(), key=lambda trouble: order.index(trouble.kind))


def find_recursion(happenings: Happenings, stop: Entry) -> Recursion:
    """Return the chain that ends in an entry of the kind `recursion stopped`."""
    index = Index(happenings)
    chain: list[str] = []
    first_run = 0
    for number in reversed(index.ancestors(stop.number)):
        name = index.names[index.subjects[number]]
        if not name.startswith(_WALKERS):
            continue
        if not chain or chain[-1] != name:
            chain.append(name)
        if not first_run and name.startswith("invocation "):
            first_run = number
    begun = next((entry.at_us for entry in happenings.entries() if entry.number == first_run), stop.at_us)
    return Recursion(function=stop.place.partition(" ")[2], chain=chain, turns=stop.value, span_us=stop.at_us - begun)


_WALKERS = ("object ", "message ", "invocation ")
