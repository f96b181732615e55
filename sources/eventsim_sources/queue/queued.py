"""What is in a queue? Its messages as they are, without receiving them: for assertions, and for people who look."""

from collections.abc import Callable, Mapping

from msgspec import Struct

from eventsim_sources.queue.message import STATE_NAMES, VISIBLE, Message, MessageAttribute


class QueuedMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A message that is in a queue.

    Attributes:
        state: `visible`, `in_flight` or `delayed`.
        sent_at: when, as `2026-01-01T00:00:00.000Z`.
        visible_at: when it can be received, if it cannot be now.
        receive_count: how often it was received.
        attributes: what its sender put beside the body.
        sequence_number: in a FIFO queue.
        dead_letter_source_arn: of the queue that gave it up.
    """

    message_id: str
    body: str
    state: str
    sent_at: str
    receive_count: int
    visible_at: str | None = None
    group_id: str | None = None
    deduplication_id: str | None = None
    sequence_number: str | None = None
    attributes: Mapping[str, MessageAttribute] = {}
    dead_letter_source_arn: str | None = None


def queued(message: Message, iso_ms: Callable[[int], str], *, is_fifo: bool) -> QueuedMessage:
    """Return a message as people see it.

    Args:
        iso_ms: writes an instant.
    """
    extras = message.extras
    return QueuedMessage(
        message_id=message.message_id,
        body=message.body,
        state=STATE_NAMES[message.state],
        sent_at=iso_ms(message.sent_us),
        receive_count=message.receive_count,
        visible_at=None if message.state == VISIBLE else iso_ms(message.hidden_until_us),
        group_id=extras.group_id,
        deduplication_id=extras.deduplication_id,
        sequence_number=message.sequence_number if is_fifo else None,
        attributes=extras.attributes,
        dead_letter_source_arn=extras.dead_letter_source_arn,
    )
