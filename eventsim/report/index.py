"""Who did what to whom? Numbers for every subject and cause of a trace, so that stories can be followed.

One pass over the entries; 12 bytes an entry, whatever they hold.
"""

from array import array
from collections.abc import Iterator, Mapping
from typing import Any

from eventsim.report.saved import Happenings


class Index:
    """The subjects, places and causes of all entries; entry numbers count from 1, as in the trace.

    Attributes:
        names: every subject and place, by number; 0 is nobody.
        subjects, places, causes: by entry number.
        first, last: subject → its first and last entry.
    """

    def __init__(self, happenings: Happenings) -> None:
        self.names: list[str] = [""]
        self.subjects, self.places, self.causes = array("I", [0]), array("I", [0]), array("I", [0])
        self.first: dict[int, int] = {}
        self.last: dict[int, int] = {}
        self._numbers: dict[str, int] = {"": 0}
        for entry in happenings.entries():
            subject = self._number(entry.subject)
            self.subjects.append(subject)
            self.places.append(self._number(entry.place))
            self.causes.append(entry.cause)
            self.first.setdefault(subject, entry.number)
            self.last[subject] = entry.number

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
        return self.names[subject].partition(" ")[0]

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
            taken = self._taken(number)
            if len(taken) == 1 or (taken and is_guessing):
                cause = max(taken, key=lambda received: self.causes[self.first[self.subjects[received]]] > 0)
            else:
                cause = self.causes[number]
            if not 0 < cause < number:  # a cause comes before its effect; a file that says otherwise ends the chain
                return chain
            chain.append(cause)
            number = cause

    def _taken(self, batch: int) -> list[int]:
        """Return the latest earlier entry about each message that a batch took in: they join right after it."""
        if self.kind_of(self.subjects[batch]) != "invocation":
            return []
        found: list[int] = []
        number = batch + 1
        while number <= len(self) and self.causes[number] == batch:
            subject = self.subjects[number]
            if self.kind_of(subject) == "message":
                earlier = next((at for at in range(batch - 1, 0, -1) if self.subjects[at] == subject), 0)
                found.append(earlier)
            number += 1
        return [at for at in found if at]


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
