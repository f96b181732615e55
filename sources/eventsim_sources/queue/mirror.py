"""What does a person see who looks into the database? The queues of a simulation, as tables.

Whatever changed is written in the state in which a turn of the loop left it (`writer.py`). The tables always show the
queues: `select body, state, visible_at from message where queue = 'orders'`. `message` is a view for people. What is
written, and read by a server that starts (`restore.py`), are the rows behind it, whose instants are microseconds since
1970: a date for each would take as long as all the rest of a row. The last number of a queue is written when its last
message goes.
"""

from typing import TYPE_CHECKING, Any

from eventsim import World
from eventsim_sources.database import Step
from eventsim_sources.queue.draft import DELETE_MESSAGES, KEY_BITS, STATEMENTS, Draft, Row
from eventsim_sources.writer import Writer

if TYPE_CHECKING:
    from eventsim_sources.queue.source import Queue

_TABLES = """
CREATE TABLE IF NOT EXISTS queue (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL UNIQUE,
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
CREATE TABLE IF NOT EXISTS message_row (
    key INTEGER PRIMARY KEY,
    message_id TEXT NOT NULL,
    body TEXT NOT NULL,
    sent_us INTEGER NOT NULL,
    state TEXT NOT NULL,
    visible_us INTEGER,
    receive_count INTEGER NOT NULL,
    received_us INTEGER,
    first_received_us INTEGER,
    attributes TEXT,
    group_id TEXT,
    deduplication_id TEXT,
    trace_header TEXT,
    dead_letter_source_arn TEXT
);
CREATE VIEW IF NOT EXISTS message AS SELECT
    queue.name AS queue,
    message_row.key - (queue.number << {key_bits}) AS number,
    message_id,
    body,
    {sent_at},
    state,
    {visible_at},
    receive_count,
    {received_at},
    {first_received_at},
    message_row.attributes AS attributes,
    group_id,
    deduplication_id,
    trace_header,
    dead_letter_source_arn
FROM queue JOIN message_row
ON message_row.key BETWEEN queue.number << {key_bits} AND (queue.number + 1 << {key_bits}) - 1;
CREATE TABLE IF NOT EXISTS deduplication (
    queue TEXT NOT NULL,
    group_id TEXT NOT NULL,
    deduplication_id TEXT NOT NULL,
    message_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    accepted_us INTEGER NOT NULL,
    PRIMARY KEY (queue, number)
) WITHOUT ROWID;
"""


def _date(name: str) -> str:
    """Return a column that shows the instant in another one as a date in UTC that a person can read."""
    second = f"strftime('%Y-%m-%dT%H:%M:%S', {name}_us / 1000000, 'unixepoch')"
    return f"{second} || printf('.%06d+00:00', {name}_us % 1000000) AS {name}_at"


_SCHEMA = _TABLES.format(
    key_bits=KEY_BITS,
    sent_at=_date("sent"),
    visible_at=_date("visible"),
    received_at=_date("received"),
    first_received_at=_date("first_received"),
)
_DELETE_QUEUE = ("DELETE FROM queue WHERE name = ?", "DELETE FROM deduplication WHERE queue = ?")
_NUMBERS = "SELECT name, number FROM queue"
_ALL = ("SELECT * FROM queue", "SELECT * FROM message_row", "SELECT * FROM deduplication ORDER BY accepted_us, number")


class Mirror:
    """The tables of all queues of a simulation."""

    def __init__(self, world: World) -> None:
        assert world.database_path is not None, "only a simulation with a database has a mirror"
        self._path = world.database_path
        self._writer = world.share(Writer)
        self._writer.extend(_SCHEMA)
        self._start_epoch_us = world.clock.start_epoch_us
        self._drafts: dict[Draft, None] = {}
        """Those with something to write, in order."""
        self._deleted: list[Draft] = []
        self._numbers: dict[str, int] | None = None
        """The numbers of all queues that the file has ever had, by name, once they are read."""
        self._begins_anew = not world.is_live

    def load(self) -> list[list[tuple[Any, ...]]]:
        """Keep the file for this process, and return all rows of its three tables.

        Raises:
            ConfigurationError: another server has it.
            StorageError: it is damaged or none of ours.
        """
        queues, messages, accepted = self._writer.load(*_ALL)
        self._numbers = {name: number for name, number, *_ in queues}
        return [queues, messages, accepted]

    def draft(self, queue: "Queue") -> Draft:
        """Return what shall be told of each change of a queue."""
        return Draft(queue, self._start_epoch_us, self._note)

    def forget(self, draft: Draft) -> None:
        """Remember that a queue was deleted, with all that it held."""
        self._deleted.append(draft)
        self._drafts.pop(draft, None)
        self._writer.note(self._changes)

    def _note(self, draft: Draft) -> None:
        self._drafts[draft] = None
        self._writer.note(self._changes)

    def _changes(self) -> list[Step]:
        """Return what changed as statements with rows, and begin anew."""
        names: list[Row] = [(draft.queue.name,) for draft in self._deleted]
        steps: list[Step] = [(statement, names) for statement in _DELETE_QUEUE]
        steps.append((DELETE_MESSAGES, [draft.keys for draft in self._deleted]))
        rows: dict[str, list[Row]] = {statement: [] for statement in STATEMENTS}
        for draft in self._drafts:
            if not draft.number:
                draft.number = self._number_of(draft.queue.name)
                if self._begins_anew:
                    rows[DELETE_MESSAGES].append(draft.keys)  # of an earlier run
            draft.write(rows)
        steps += rows.items()
        self._drafts, self._deleted = {}, []
        return [(statement, those) for statement, those in steps if those]

    def _number_of(self, name: str) -> int:
        """Return the number of a queue: that of its name in the file, for what it held may still come back."""
        if self._numbers is None:
            self._numbers = dict(self._writer.read(_NUMBERS)[0]) if self._path.exists() else {}
        if name not in self._numbers:
            self._numbers[name] = 1 + max(self._numbers.values(), default=0)
        return self._numbers[name]
