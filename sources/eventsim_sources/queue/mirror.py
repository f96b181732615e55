"""What does a person see who looks into the database? The queues of a simulation, as tables.

Whatever changed within one turn of the loop is written in the state in which the turn left it (`writer.py`). The tables
always show the queues:
`select body, state, visible_at from message where queue = 'orders'`. A server reads them when it starts (`restore.py`).
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eventsim import World
from eventsim_sources.database import Step
from eventsim_sources.dates import Dates
from eventsim_sources.queue.attributes import described
from eventsim_sources.queue.limits import DEDUPLICATION_WINDOW_US
from eventsim_sources.queue.message import GONE, IN_FLIGHT, STATE_NAMES, VISIBLE, Message
from eventsim_sources.writer import Writer

if TYPE_CHECKING:
    from eventsim_sources.queue.source import Queue

_SCHEMA = """
CREATE TABLE IF NOT EXISTS queue (
    name TEXT PRIMARY KEY,
    arn TEXT NOT NULL,
    url TEXT NOT NULL,
    created_at TEXT NOT NULL,
    modified_at TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    deduplication_scope TEXT,
    receipt_prefix TEXT NOT NULL,
    last_number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    queue TEXT NOT NULL,
    number INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    state TEXT NOT NULL,
    visible_at TEXT,
    receive_count INTEGER NOT NULL,
    received_at TEXT,
    first_received_at TEXT,
    attributes TEXT,
    group_id TEXT,
    deduplication_id TEXT,
    trace_header TEXT,
    dead_letter_source_arn TEXT,
    PRIMARY KEY (queue, number)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS deduplication (
    queue TEXT NOT NULL,
    group_id TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    accepted_at TEXT NOT NULL,
    PRIMARY KEY (queue, number)
) WITHOUT ROWID;
"""
_PUT_QUEUE = "INSERT OR REPLACE INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_MESSAGE = "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_CHANGE_MESSAGE = (
    "UPDATE message SET state = ?, visible_at = ?, receive_count = ?, received_at = ?, first_received_at = ? "
    "WHERE queue = ? AND number = ?"
)
_PUT_DEDUPLICATION = "INSERT OR REPLACE INTO deduplication VALUES (?, ?, ?, ?, ?, ?)"
_DELETE_MESSAGE = "DELETE FROM message WHERE queue = ? AND number = ?"
_DELETE_QUEUE = ("DELETE FROM queue WHERE name = ?", "DELETE FROM message WHERE queue = ?")
_FORGET_DEDUPLICATION = "DELETE FROM deduplication WHERE queue = ?"
_FORGET_OLD = "DELETE FROM deduplication WHERE accepted_at <= ?"
_ALL = ("SELECT * FROM queue", "SELECT * FROM message", "SELECT * FROM deduplication ORDER BY accepted_at, number")


class Mirror:
    """The tables of all queues of a simulation."""

    def __init__(self, world: World) -> None:
        assert world.database_path is not None, "only a simulation with a database has a mirror"
        self._world = world
        self._writer = world.share(Writer)
        self._writer.extend(_SCHEMA)
        self._dates = Dates(world.clock.start_epoch_us)
        self._queues: dict[str, Queue] = {}
        self._messages: dict[tuple[str, int], Message] = {}
        self._last_numbers: dict[str, int] = defaultdict(int)
        """Of each queue, up to which number its messages have rows, unless they are gone."""
        self._purged: list[tuple[str]] = []
        self._deleted: list[tuple[str]] = []

    def load(self) -> list[list[tuple[Any, ...]]]:
        """Keep the file for this process, and return all rows of its three tables.

        Raises:
            ConfigurationError: another server has it.
            StorageError: it is damaged or none of ours.
        """
        tables = self._writer.load(*_ALL)
        self._last_numbers.update({row[0]: row[-1] for row in tables[0]})
        return tables

    def note(self, queue: "Queue", messages: Sequence[Message]) -> None:
        """Remember that a queue and some of its messages changed."""
        name = queue.name
        self._queues[name] = queue
        for message in messages:
            self._messages[name, message.number] = message
        self._schedule()

    def forget_deduplication(self, queue: "Queue") -> None:
        """Remember that a queue was purged, and its memory for deduplication with it."""
        self._purged.append((queue.name,))
        self._schedule()

    def forget(self, queue: "Queue") -> None:
        """Remember that a queue was deleted, with all that it held."""
        self._deleted.append((queue.name,))
        self._queues.pop(queue.name, None)
        self._last_numbers.pop(queue.name, None)
        self._messages = {key: message for key, message in self._messages.items() if key[0] != queue.name}
        self._schedule()

    def _schedule(self) -> None:
        self._writer.note(self._changes)

    def _changes(self) -> list[Step]:
        """Return what changed as statements with rows, and begin anew."""
        put: list[tuple[object, ...]] = []
        changed: list[tuple[object, ...]] = []
        gone: list[tuple[object, ...]] = []
        accepted: list[tuple[object, ...]] = []
        last_numbers = self._last_numbers
        for key, message in self._messages.items():
            is_new = key[1] > last_numbers[key[0]]
            if message.state == GONE:
                if not is_new:
                    gone.append(key)
            elif is_new:
                put.append(self._row(key, message))
            else:
                changed.append((*self._state(message), *key))
            if is_new and message.extras.deduplication_id and self._queues[key[0]].store.remembers(message):
                accepted.append(self._accepted_row(key, message))
        steps: list[Step] = [(statement, self._deleted) for statement in _DELETE_QUEUE]
        steps += [
            (_FORGET_DEDUPLICATION, self._deleted + self._purged),
            (_PUT_QUEUE, [self._queue_row(queue) for queue in self._queues.values()]),
            (_DELETE_MESSAGE, gone),
            (_CHANGE_MESSAGE, changed),
            (_PUT_MESSAGE, put),
        ]
        if accepted:
            now_us = self._world.clock.now_us
            steps.append((_FORGET_OLD, [(self._dates.text(now_us - DEDUPLICATION_WINDOW_US),)]))
            steps.append((_PUT_DEDUPLICATION, accepted))
        for name, queue in self._queues.items():
            last_numbers[name] = queue.store.last_number
        self._queues, self._messages, self._purged, self._deleted = {}, {}, [], []
        return [(statement, rows) for statement, rows in steps if rows]

    def _queue_row(self, queue: "Queue") -> tuple[object, ...]:
        return (
            queue.name,
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

    def _row(self, key: tuple[str, int], message: Message) -> tuple[object, ...]:
        extras = message.extras
        return (
            *key,
            message.message_id,
            message.body,
            self._dates.text(message.sent_us),
            *self._state(message),
            _attributes_json(message) if extras.attributes else None,
            extras.group_id,
            extras.deduplication_id,
            extras.trace_header,
            extras.dead_letter_source_arn,
        )

    def _state(self, message: Message) -> tuple[object, ...]:
        """Return the columns that change while a message is there."""
        date = self._dates.text
        return (
            STATE_NAMES[message.state],
            None if message.state == VISIBLE else date(message.hidden_until_us),
            message.receive_count,
            date(message.received_us) if message.state == IN_FLIGHT else None,
            date(message.first_received_us) if message.receive_count else None,
        )

    def _accepted_row(self, key: tuple[str, int], message: Message) -> tuple[object, ...]:
        name, number = key
        extras = message.extras
        accepted_at = self._dates.text(message.sent_us)
        return (name, extras.group_id, extras.deduplication_id, message.message_id, number, accepted_at)


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
