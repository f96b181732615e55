"""Which entries belong to the story of one subject? Its own, what led to them, and what came of them.

Causes are followed backwards without end. Forwards, a message's story takes in the invocations that it took part in
and whatever they brought into the world, but not the other messages of the same batch: those have their own stories.
Of a batch that was divided, a record's story goes on with the part that the record is in.
"""

from dataclasses import dataclass, field

from eventsim.report.index import Index

COUNTED_KINDS = frozenset({"message", "event", "record", "item", "invocation", "object", "execution"})
"""What walks through the world. Everything else (a queue, a function) stands still: its story is what happens there."""


@dataclass(frozen=True, slots=True)
class Journey:
    """The entries of one story, by number, each list in order.

    Attributes:
        before: the chain of causes that ends in the subject's first entry.
        own: the entries about the subject; of a thing that stands still, those at its place too.
        others: what else belongs to it: invocations that it took part in, and what they led to.
    """

    before: list[int]
    own: list[int]
    others: list[int] = field(default_factory=list)

    def all(self) -> list[int]:
        """Return all of them in order."""
        return sorted({*self.before, *self.own, *self.others})


def journey(index: Index, subject: int) -> Journey:
    """Return the entries of one subject's story."""
    if index.kind_of(subject) not in COUNTED_KINDS:
        return Journey([], index.at(subject))
    own = index.about(subject)
    before = index.ancestors(own[0])[::-1]
    why = _reasons(index, own, set(before)) | _batches(index, own)
    companions = {index.subjects[number] for number in why if index.kind_of(index.subjects[number]) == "invocation"}
    chosen = {*own, *why}
    known = {*own, *before, *why}
    is_companion = companions.__contains__
    is_own_kind = index.kind_of(subject)
    others_batches = set(index.batches) - why if is_own_kind in ("record", "item") else set()
    for number in range(own[0], len(index) + 1):
        of = index.subjects[number]
        if number in known or number in others_batches:
            continue
        is_born_here = index.first[of] in chosen and index.kind_of(of) != "caller"  # who calls was there before
        is_effect = index.causes[number] in chosen
        is_sibling = not is_born_here and index.first[of] != number and index.kind_of(of) == is_own_kind
        if is_companion(of) or (of and is_born_here) or (is_effect and not is_sibling):
            chosen.add(number)
    return Journey(before, own, sorted(chosen - set(own)))


def _batches(index: Index, own: list[int]) -> set[int]:
    """Return the entries about the batches that a message went into."""
    receipts = set(own)
    return {number for number, received in index.batches.items() if not receipts.isdisjoint(received)}


def _reasons(index: Index, own: list[int], before: set[int]) -> set[int]:
    """Return the causes of the later entries about a subject that are not about it themselves.

    A batch ends the chain: what stands before it is the receipt of the subject itself, or of another message.
    """
    known = before | set(own)
    found: set[int] = set()
    for number in own[1:]:
        cause = index.causes[number]
        while 0 < cause < number and cause not in known and cause not in found:
            found.add(cause)
            number, cause = cause, 0 if cause in index.batches else index.causes[cause]
    return found
