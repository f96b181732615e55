"""What does a person see who looks into the database? The queues of a simulation, as tables.

Whatever changed within one turn of the loop is written as one group, in the state in which the turn left it. The
tables always show the queues: `select body, state, visible_at from message where queue = 'orders'`.
"""

import json
from asyncio import Task
from collections.abc import Sequence
from typing import TYPE_CHECKING

from eventsim import World
from eventsim_sources.database import Database, Step
from eventsim_sources.queue.attributes import described
from eventsim_sources.queue.limits import DEDUPLICATION_WINDOW_US
from eventsim_sources.queue.message import GONE, IN_FLIGHT, STATE_NAMES, VISIBLE, Message

if TYPE_CHECKING:
    from eventsim_sources.queue.source import Queue

_SCHEMA = """
CREATE TABLE IF NOT EXISTS queue (
    name TEXT PRIMARY KEY,
    arn TEXT NOT NULL,
    url TEXT NOT NULL,
    created_at TEXT NOT NULL,
    attributes TEXT NOT NULL,
    tags TEXT NOT NULL,
    receipt_prefix TEXT NOT NULL,
    last_number INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    queue TEXT NOT NULL,
    number INTEGER NOT NULL,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL,
    sent_at TEXT NOT NULL,
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
_PUT_QUEUE = "INSERT OR REPLACE INTO queue VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_MESSAGE = "INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PUT_DEDUPLICATION = "INSERT OR REPLACE INTO deduplication VALUES (?, ?, ?, ?, ?, ?)"
_DELETE_MESSAGE = "DELETE FROM message WHERE queue = ? AND number = ?"
_DELETE_QUEUE = ("DELETE FROM queue WHERE name = ?", "DELETE FROM message WHERE queue = ?")
_FORGET_DEDUPLICATION = "DELETE FROM deduplication WHERE queue = ?"
_FORGET_OLD = "DELETE FROM deduplication WHERE accepted_at <= ?"


class Mirror:
    """The tables of all queues of a simulation."""

    def __init__(self, world: World) -> None:
        assert world.database_path is not None, "only a simulation with a database has a mirror"
        self._world = world
        self._database = Database(world.database_path, _SCHEMA)
        self._queues: dict[str, Queue] = {}
        self._messages: dict[tuple[str, int], Message] = {}
        self._purged: list[tuple[str]] = []
        self._deleted: list[tuple[str]] = []
        self._is_due = False
        self._groups: list[list[Step]] = []
        self._writing: Task[None] | None = None

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
        self._messages = {key: message for key, message in self._messages.items() if key[0] != queue.name}
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_due:
            self._is_due = True
            self._world.clock.soon(Mirror._flush, self)

    async def close(self) -> None:
        """Write what is left and let go of the file."""
        if self._is_due:
            self._flush()
        while self._writing is not None and not self._writing.done():
            await self._writing
        await self._database.close()

    def _flush(self) -> None:
        if not self._is_due:
            return
        self._is_due = False
        self._groups.append(self._changes())
        if self._writing is None or self._writing.done():
            self._writing = self._world.clock.loop.create_task(self._write(), name="mirror of the queues")
            self._writing.add_done_callback(self._check)

    async def _write(self) -> None:
        while self._groups:
            groups, self._groups = self._groups, []
            await self._database.write([step for group in groups for step in group])

    def _check(self, writing: "Task[None]") -> None:
        """Fail the run if the group could not be written."""
        error = None if writing.cancelled() else writing.exception()
        if error is not None:
            self._world.clock.soon(_raise, error)

    def _changes(self) -> list[Step]:
        """Return what changed as statements with rows, and begin anew."""
        messages = self._messages.items()
        steps: list[Step] = [(statement, self._deleted) for statement in _DELETE_QUEUE]
        steps.append((_FORGET_DEDUPLICATION, self._deleted + self._purged))
        steps.append((_PUT_QUEUE, [self._queue_row(queue) for queue in self._queues.values()]))
        steps.append((_DELETE_MESSAGE, [key for key, message in messages if message.state == GONE]))
        steps.append((_PUT_MESSAGE, [self._row(key, message) for key, message in messages if message.state != GONE]))
        accepted = [self._accepted_row(key, message) for key, message in messages if _is_accepted(message)]
        if accepted:
            now_us = self._world.clock.now_us
            steps.append((_FORGET_OLD, [(self._date(now_us - DEDUPLICATION_WINDOW_US),)]))
            steps.append((_PUT_DEDUPLICATION, accepted))
        self._queues, self._messages, self._purged, self._deleted = {}, {}, [], []
        return [(statement, rows) for statement, rows in steps if rows]

    def _queue_row(self, queue: "Queue") -> tuple[object, ...]:
        return (
            queue.name,
            queue.arn,
            queue.url,
            self._world.clock.date(queue.created_s * 1_000_000 - self._world.clock.start_epoch_us).isoformat(),
            json.dumps(described(queue.settings)),
            json.dumps(queue.tags),
            queue.store.receipts.prefix,
            queue.store.last_number,
        )

    def _row(self, key: tuple[str, int], message: Message) -> tuple[object, ...]:
        extras = message.extras
        return (
            *key,
            message.message_id,
            message.body,
            STATE_NAMES[message.state],
            self._date(message.sent_us),
            None if message.state == VISIBLE else self._date(message.hidden_until_us),
            message.receive_count,
            self._date(message.received_us) if message.state == IN_FLIGHT else None,
            None if message.first_received_us < 0 else self._date(message.first_received_us),
            _attributes_json(message) if extras.attributes else None,
            extras.group_id,
            extras.deduplication_id,
            extras.trace_header,
            extras.dead_letter_source_arn,
        )

    def _accepted_row(self, key: tuple[str, int], message: Message) -> tuple[object, ...]:
        name, number = key
        extras = message.extras
        accepted_at = self._date(message.sent_us)
        return (name, extras.group_id, extras.deduplication_id, message.message_id, number, accepted_at)

    def _date(self, at_us: int) -> str:
        return self._world.clock.date(at_us).isoformat(timespec="microseconds")


def _is_accepted(message: Message) -> bool:
    """Tell whether a message opened a deduplication window; one that came as a dead letter did not."""
    return message.extras.deduplication_id is not None and message.extras.dead_letter_source_arn is None


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


def _raise(error: BaseException) -> None:
    raise error
