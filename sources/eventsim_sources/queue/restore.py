"""What did an earlier server leave? Its queues out of the database, as they were when the last group was written.

Time went on meanwhile: what was in flight is so until its own deadline, which may be over, and what is beyond retention
expires. A queue that the scenario declares keeps the scenario's settings and gets its messages back. The trace begins
anew; receives under an attempt id and the minute after a purge or a deletion are forgotten.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from eventsim import World
from eventsim_sources.queue.attributes import created
from eventsim_sources.queue.deduplication import DeduplicationWindow
from eventsim_sources.queue.draft import KEY_BITS
from eventsim_sources.queue.message import (
    NOT_RECEIVED_US,
    STATE_NAMES,
    VISIBLE,
    Duplicate,
    Extras,
    Message,
    MessageAttribute,
)
from eventsim_sources.queue.mirror import Mirror
from eventsim_sources.queue.source import Queue

T = TypeVar("T")
Row = tuple[Any, ...]

_STATES: Final = {name: state for state, name in enumerate(STATE_NAMES)}


def restore(world: World) -> None:
    """Bring back the queues of a world.

    Raises:
        ConfigurationError: another server has the database.
        StorageError: it cannot be read.
    """
    queues, messages, accepted = world.share(Mirror).load()
    messages_of = _grouped(messages, lambda row: row[0] >> KEY_BITS)
    accepted_of = _grouped(accepted, lambda row: row[0])
    start_epoch_us = world.clock.start_epoch_us
    for row in queues:
        queue = _queue(world, row)
        number, scope, last_number = row[1], row[8], row[10]
        window = None if scope is None else _window(scope, accepted_of[queue.name], start_epoch_us)
        left = [_message(each, start_epoch_us) for each in messages_of[number]]
        queue.store.restore(left, max(last_number, left[-1].number if left else 0), window)
        queue.journal.restored(left, number)
        queue.waiters.rouse()


def _grouped(rows: list[Row], queue_of: Callable[[Row], T]) -> Mapping[T, list[Row]]:
    """Return the rows of each queue."""
    by_queue: defaultdict[T, list[Row]] = defaultdict(list)
    for row in rows:
        by_queue[queue_of(row)].append(row)
    return by_queue


def _queue(world: World, row: Row) -> Queue:
    """Return the queue that goes on: the scenario's, or one like that of before."""
    name, _, _, _, created_at, modified_at, attributes, tags, _, receipt_prefix, _ = row
    queue = world.sources(Queue.kind).get(name)
    if not isinstance(queue, Queue):
        queue = Queue(world, name, created(json.loads(attributes)), tags=json.loads(tags))
        queue.modified_s = _epoch_s(modified_at)
        world.add(queue)
    queue.resume(created_s=_epoch_s(created_at), receipt_prefix=receipt_prefix)
    return queue


def _epoch_s(date: str) -> int:
    return int(datetime.fromisoformat(date).timestamp())


def _message(row: Row, start_epoch_us: int) -> Message:
    (
        key,
        message_id,
        body,
        sent_us,
        state_name,
        visible_us,
        receive_count,
        received_us,
        first_received_us,
        attributes,
        group_id,
        deduplication_id,
        trace_header,
        dead_letter_source_arn,
    ) = row
    state = _STATES[state_name]
    return Message(
        number=key & (1 << KEY_BITS) - 1,
        message_id=message_id,
        body=body,
        sent_us=sent_us - start_epoch_us,
        state=state,
        hidden_until_us=0 if state == VISIBLE else visible_us - start_epoch_us,
        received_us=NOT_RECEIVED_US if received_us is None else received_us - start_epoch_us,
        first_received_us=NOT_RECEIVED_US if first_received_us is None else first_received_us - start_epoch_us,
        receive_count=receive_count,
        extras=Extras(
            attributes={} if attributes is None else _attributes(json.loads(attributes)),
            group_id=group_id,
            deduplication_id=deduplication_id,
            trace_header=trace_header,
            dead_letter_source_arn=dead_letter_source_arn,
        ),
    )


def _attributes(described: Mapping[str, Mapping[str, str]]) -> dict[str, MessageAttribute]:
    attributes = {}
    for name, each in described.items():
        data_type, value = each["DataType"], each["Value"]
        if data_type.partition(".")[0] == "Binary":
            attributes[name] = MessageAttribute(data_type=data_type, binary_value=bytes.fromhex(value))
        else:
            attributes[name] = MessageAttribute(data_type=data_type, string_value=value)
    return attributes


def _window(scope: str, rows: list[Row], start_epoch_us: int) -> DeduplicationWindow:
    window = DeduplicationWindow(scope)
    for _, group_id, deduplication_id, message_id, number, accepted_us in rows:
        original = Duplicate(message_id=message_id, number=number)
        window.restore(group_id, deduplication_id, original, accepted_us - start_epoch_us)
    return window
