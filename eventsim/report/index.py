"""Who did what to whom? Numbers for every subject and cause of a trace, so that stories can be followed.

One pass over the entries; 12 bytes an entry, whatever they hold, and little more for a batch.
"""

from array import array
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eventsim.report.saved import Happenings
from eventsim.report.wording import kind_and_name
from eventsim.trace import Entry

BATCHES = frozenset({"batched", "batched from shard"})
"""Kinds of entry that tell who is in a batch."""


class Index:
    """The subjects, places and causes of all entries; entry numbers count from 1, as in the trace.

    Attributes:
        names: every subject and place, by number; 0 is nobody.
        subjects, places, causes: by entry number.
        first, last: subject → its first and last entry.
        batches: entry about a batch → the receipts of the messages in it.
    """

    def __init__(self, happenings: Happenings) -> None:
        self.names: list[str] = [""]
        self.subjects, self.places, self.causes = array("I", [0]), array("I", [0]), array("I", [0])
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}
        self.batches: dict[int, Sequence[int]] = {}
        self._numbers: dict[str, int] = {"": 0}
        for entry in happenings.entries():
            subject = self._number(entry.subject)
            self.subjects.append(subject)
            self.places.append(self._number(entry.place))
            self.causes.append(entry.cause)
            self.first.setdefault(subject, entry.number)
            self.last[subject] = entry.number
            if entry.kind in BATCHES:
                self.batches[entry.number] = _receipts(entry)

    def __len__(self) -> int:
        return len(self.subjects) - 1

    def _number(self, name: str) -> int:
        number = self._numbers.get(name)
        if number is None:
            number = self._numbers[name] = len(self.names)
            self.names.append(name)
        return number

    def number_of(self, name: str) -> int:
        """Return the number of a subject by its full name, 0 if there is none."""
        return self._numbers.get(name, 0)

    def kind_of(self, subject: int) -> str:
        """Return what kind of thing a subject is: `message`, `invocation`, `queue`."""
        return kind_and_name(self.names[subject])[0]

    def about(self, subject: int) -> list[int]:
        """Return the entries about a subject."""
        return [number for number, of in enumerate(self.subjects) if of == subject]

    def at(self, place: int) -> list[int]:
        """Return the entries about a place or that happened there."""
        both = zip(self.subjects, self.places, strict=True)
        return [number for number, (of, at) in enumerate(both) if place in (of, at)]

    def ancestors(self, number: int, *, is_guessing: bool = False) -> list[int]:
        """Return the chain of causes of an entry, the nearest first.

        From a batch it goes on to the message in it. Which one of several led to what the invocation did, nobody can
        know: there the chain ends.

        Args:
            is_guessing: go on all the same, with a message that an invocation sent, if there is one.
        """
        chain: list[int] = []
        while True:
            received = self.batches.get(number)
            if not received:
                cause = self.causes[number]
            elif len(received) == 1 or is_guessing:
                cause = max(received, key=lambda receipt: self.causes[self.first[self.subjects[receipt]]] > 0)
            else:
                return chain
            if not 0 < cause < number:  # a cause comes before its effect; a file that says otherwise ends the chain
                return chain
            chain.append(cause)
            number = cause


def _receipts(batched: Entry) -> Sequence[int]:
    """Return the entries that tell of the receipt of each message in a batch: a row, unless the detail names them."""
    if batched.detail is not None:
        named: list[int] = batched.detail["received"]
        return [number for number in named if 0 < number < batched.number]
    end = min(batched.cause + batched.value, batched.number)  # a file may say otherwise
    return range(batched.cause, end) if batched.cause else ()


def mentions(happenings: Happenings, text: str) -> Iterator[str]:
    """Yield the subject of every entry whose detail holds exactly this text: a request id, a message id, a key."""
    for entry in happenings.entries():
        if entry.detail is not None and _holds(entry.detail, text):
            yield entry.subject or entry.place


def _holds(detail: Any, text: str) -> bool:
    if isinstance(detail, str):
        return detail == text
    if isinstance(detail, Mapping):
        return any(_holds(value, text) for value in detail.values())
    if isinstance(detail, list | tuple):
        return any(_holds(value, text) for value in detail)
    return False
