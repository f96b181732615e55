"""Which message has this number?

Numbers count up from 1 and most messages go in the order in which they came, so a list with a moving start serves
better than a dictionary: 8 bytes a message instead of 50, in order of age for free. The few that outlive their
neighbours by far move to a dictionary, so that one forgotten message does not keep a million empty places.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count

from eventsim_sources.queue.message import Message

_PLACES_PER_MESSAGE_MAX = 16
_PLACES_MIN = 4_096
"""A shorter list is never tidied up; a longer one whenever it has doubled, which keeps every step O(1) on average."""


class Register:
    """A queue's messages by number, in order of arrival.

    Attributes:
        new_number: gives the number of a message that is entered next.
        add: enters it.
    """

    def __init__(self) -> None:
        self._places: list[Message | None] = []
        # Both run for every message that is sent, so nothing stands between the caller and what does it.
        self.new_number: Callable[[], int] = count(1).__next__
        self.add: Callable[[Message], None] = self._places.append
        self._first_number = 1
        self._gone_in_front = 0
        self._places_max = _PLACES_MIN
        self._old: OrderedDict[int, Message] = OrderedDict()

    def __iter__(self) -> Iterator[Message]:
        yield from self._old.values()
        yield from (message for message in self._places if message is not None)

    @property
    def last_number(self) -> int:
        """The number of the message that came last."""
        return self._first_number + len(self._places) - 1

    def restore(self, messages: Iterable[Message], last_number: int) -> None:
        """Enter messages whose numbers have gaps, in an empty register."""
        self._old.update((message.number, message) for message in messages)
        self._first_number = last_number + 1
        self.new_number = count(last_number + 1).__next__

    def get(self, number: int) -> Message | None:
        """Return the message of this number, unless it is gone or never was."""
        place = number - self._first_number
        if place < 0:
            return self._old.get(number)
        return self._places[place] if place < len(self._places) else None

    def among(self, numbers: Iterable[int]) -> list[Message]:
        """Return those messages of these numbers that are not gone."""
        if self._old:
            return [message for number in numbers if (message := self.get(number)) is not None]
        places, first_number = self._places, self._first_number
        return [
            message
            for number in numbers
            if number >= first_number and (message := places[number - first_number]) is not None
        ]

    def remove(self, messages: Sequence[Message]) -> None:
        """Strike messages off."""
        places, first_number = self._places, self._first_number
        for message in messages:
            place = message.number - first_number
            if place >= 0:
                places[place] = None
            else:
                del self._old[message.number]
        if len(places) >= self._places_max:
            self._tidy()

    def oldest(self) -> Message | None:
        """Return the message that arrived first of all that remain."""
        if self._old:
            return next(iter(self._old.values()))
        self._skip_gone()
        return self._places[self._gone_in_front] if self._gone_in_front < len(self._places) else None

    def clear(self) -> list[Message]:
        """Strike every message off, and return them."""
        removed = list(self)
        self._old.clear()
        self._begin_anew()
        return removed

    def _begin_anew(self) -> None:
        """Forget all places; the next message gets the first."""
        self._first_number += len(self._places)
        self._places.clear()
        self._gone_in_front = 0
        self._places_max = _PLACES_MIN

    def _skip_gone(self) -> None:
        places, place = self._places, self._gone_in_front
        while place < len(places) and places[place] is None:
            place += 1
        self._gone_in_front = place

    def _tidy(self) -> None:
        """Give up the empty places in front; if few messages remain among many empty places, set these aside."""
        self._skip_gone()
        del self._places[: self._gone_in_front]
        self._first_number += self._gone_in_front
        self._gone_in_front = 0
        remaining = [message for message in self._places if message is not None]
        if len(self._places) > _PLACES_MIN + _PLACES_PER_MESSAGE_MAX * len(remaining):
            self._old.update((message.number, message) for message in remaining)
            self._begin_anew()
        self._places_max = max(_PLACES_MIN, 2 * len(self._places))
