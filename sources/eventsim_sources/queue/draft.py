"""What is to be written of one queue, in as few rows as it takes?

A row costs about as much to hand over as to write, and most of all each NULL in it. So the usual message, which is
visible and has nothing besides its body, is put by a short row; and messages that came to the same state together,
as those of one receive do, follow one another by number and are changed by one row that names the first and the last.

A row's key is its queue's number and its message's in one integer: SQLite fills the pages of such a table one after
another. With a name and a number for keys, everything together took half as long again.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from eventsim_sources.queue.attributes import described
from eventsim_sources.queue.message import GONE, IN_FLIGHT, NO_EXTRAS, STATE_NAMES, VISIBLE, Message

if TYPE_CHECKING:
    from eventsim_sources.queue.source import Queue

KEY_BITS: Final = 40
"""How much of a key is the number of the message."""
_PUT_QUEUE: Final = "INSERT OR REPLACE INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COUNT_QUEUE: Final = "UPDATE queue SET last_number = ? WHERE name = ?"
DELETE_MESSAGES: Final = "DELETE FROM message_row WHERE key BETWEEN ? AND ?"
_CHANGE_MESSAGES: Final = (
    "UPDATE message_row SET state = ?, visible_us = ?, receive_count = ?, received_us = ?, first_received_us = ? "
    "WHERE key BETWEEN ? AND ?"
)
_PUT_PLAIN_MESSAGE: Final = (
    "INSERT OR REPLACE INTO message_row (key, message_id, body, sent_us, state, receive_count) "
    "VALUES (?, ?, ?, ?, 'visible', 0)"
)
_PUT_MESSAGE: Final = "INSERT OR REPLACE INTO message_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_FORGET_ALL: Final = "DELETE FROM deduplication WHERE queue = ?"
_FORGET_OLD: Final = "DELETE FROM deduplication WHERE queue = ? AND number < ?"
_PUT_DEDUPLICATION: Final = "INSERT OR REPLACE INTO deduplication VALUES (?, ?, ?, ?, ?, ?)"
STATEMENTS: Final = (
    _PUT_QUEUE,
    _COUNT_QUEUE,
    DELETE_MESSAGES,
    _CHANGE_MESSAGES,
    _PUT_PLAIN_MESSAGE,
    _PUT_MESSAGE,
    _FORGET_ALL,
    _FORGET_OLD,
    _PUT_DEDUPLICATION,
)
"""What a draft has rows for."""

Row = tuple[object, ...]
Rows = Mapping[str, list[Row]]
"""The rows of each statement."""


class Draft:
    """What changed of one queue since it was last written.

    Args:
        tell: told of this draft when there is something to write.

    Attributes:
        number: the queue's in the database, counted from 1; 0 until the mirror gives it.
    """

    def __init__(self, queue: "Queue", start_epoch_us: int, tell: Callable[["Draft"], None]) -> None:
        self.queue = queue
        self.number = 0
        self._start_epoch_us = start_epoch_us
        self._tell = tell
        self._last_number = 0
        """Up to this number messages have been written, unless they were gone."""
        self._messages: dict[int, Message] = {}
        self._is_changed = self._is_purged = False
        self._is_told = False

    def note(self, messages: Sequence[Message]) -> None:
        """Remember that messages are new or changed."""
        changed = self._messages
        for message in messages:
            changed[message.number] = message
        if not self._is_told:
            self._is_told = True
            self._tell(self)

    def note_queue(self) -> None:
        """Remember that the queue itself is new or changed."""
        self._is_changed = True
        self.note(())

    def note_purge(self) -> None:
        """Remember that the queue's memory for deduplication was cleared."""
        self._is_purged = True
        self.note(())

    def resume(self, number: int) -> None:
        """Go on where an earlier server ended: what it left has been written under this number."""
        self.number = number
        self._last_number = self.queue.store.last_number

    def write(self, rows: Rows) -> None:
        """Add what changed to the rows, and begin anew."""
        last_number = self._last_number
        messages = [message for _, message in sorted(self._messages.items())]
        new = [message for message in messages if message.number > last_number]
        self._write_queue(rows)
        self._write_changed(messages[: len(messages) - len(new)], rows)
        self._write_new(new, rows)
        self._messages = {}
        self._is_changed = self._is_purged = self._is_told = False
        self._last_number = self.queue.store.last_number

    def _write_queue(self, rows: Rows) -> None:
        queue = self.queue
        if self._is_purged:
            rows[_FORGET_ALL].append((queue.name,))
        if self._is_changed:
            rows[_PUT_QUEUE].append(_queue_row(queue, self.number))
            return
        last = self._messages.get(queue.store.last_number)
        if last is not None and last.state == GONE:  # as long as it is there, its row tells its number
            rows[_COUNT_QUEUE].append((last.number, queue.name))

    def _write_changed(self, messages: Iterable[Message], rows: Rows) -> None:
        first_key = self._first_key
        for first, last_number in _runs(messages):
            keys = first_key + first.number, first_key + last_number
            if first.state == GONE:
                rows[DELETE_MESSAGES].append(keys)
            else:
                rows[_CHANGE_MESSAGES].append((*self._state(first), *keys))

    def _write_new(self, messages: Iterable[Message], rows: Rows) -> None:
        first_key, start_epoch_us, store = self._first_key, self._start_epoch_us, self.queue.store
        plain, other, accepted = rows[_PUT_PLAIN_MESSAGE], rows[_PUT_MESSAGE], rows[_PUT_DEDUPLICATION]
        for message in messages:
            extras = message.extras
            if extras is NO_EXTRAS and message.state == VISIBLE and not message.receive_count:
                sent_us = start_epoch_us + message.sent_us
                plain.append((first_key + message.number, message.message_id, message.body, sent_us))
            elif message.state != GONE:
                other.append(self._row(message))
            if extras.deduplication_id is not None and store.remembers(message):
                accepted.append(self._accepted_row(message))
        if accepted:
            rows[_FORGET_OLD].append((self.queue.name, store.first_remembered))

    @property
    def _first_key(self) -> int:
        return self.number << KEY_BITS

    @property
    def keys(self) -> tuple[int, int]:
        """The first and the last key that messages of this queue may have."""
        return self._first_key, self._first_key + (1 << KEY_BITS) - 1

    def _row(self, message: Message) -> Row:
        extras = message.extras
        return (
            self._first_key + message.number,
            message.message_id,
            message.body,
            self._start_epoch_us + message.sent_us,
            *self._state(message),
            _attributes_json(message) if extras.attributes else None,
            extras.group_id,
            extras.deduplication_id,
            extras.trace_header,
            extras.dead_letter_source_arn,
        )

    def _state(self, message: Message) -> Row:
        """Return the columns that change while a message is there."""
        start_epoch_us = self._start_epoch_us
        return (
            STATE_NAMES[message.state],
            None if message.state == VISIBLE else start_epoch_us + message.hidden_until_us,
            message.receive_count,
            start_epoch_us + message.received_us if message.state == IN_FLIGHT else None,
            start_epoch_us + message.first_received_us if message.receive_count else None,
        )

    def _accepted_row(self, message: Message) -> Row:
        extras = message.extras
        accepted_us = self._start_epoch_us + message.sent_us
        name = self.queue.name
        return (name, extras.group_id, extras.deduplication_id, message.message_id, message.number, accepted_us)


def _runs(messages: Iterable[Message]) -> Iterator[tuple[Message, int]]:
    """Join messages that follow one another in the same state: yield the first of each run, and the last one's number.

    They come in the order of their numbers.
    """
    first: Message | None = None
    last_number = 0
    state: tuple[int, ...] = ()
    for message in messages:
        number, next_state = message.number, _state_of(message)
        if first is None or number != last_number + 1 or next_state != state:
            if first is not None:
                yield first, last_number
            first, state = message, next_state
        last_number = number
    if first is not None:
        yield first, last_number


def _state_of(message: Message) -> tuple[int, ...]:
    """Return what two messages have in common whose rows change alike."""
    state = message.state
    if state == GONE:
        return (state,)
    if state == VISIBLE:
        return state, message.receive_count, message.first_received_us
    return state, message.receive_count, message.first_received_us, message.hidden_until_us, message.received_us


def _queue_row(queue: "Queue", number: int) -> Row:
    return (
        queue.name,
        number,
        queue.arn,
        queue.url,
        datetime.fromtimestamp(queue.created_s, UTC).isoformat(),
        datetime.fromtimestamp(queue.modified_s, UTC).isoformat(),
        json.dumps(described(queue.settings)),
        json.dumps(queue.tags),
        queue.store.deduplication_scope,
        queue.store.receipts.prefix,
        queue.store.last_number,
    )


def _attributes_json(message: Message) -> str:
    return json.dumps(
        {
            name: {
                "DataType": attribute.data_type,
                "Value": attribute.string_value if attribute.binary_value is None else attribute.binary_value.hex(),
            }
            for name, attribute in message.extras.attributes.items()
        }
    )
