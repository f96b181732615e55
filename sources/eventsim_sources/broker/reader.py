"""What does a mapping take from a queue of a broker? Messages, which are its own until they are acknowledged.

ActiveMQ has five consumers of a mapping, RabbitMQ one (documented), each with one batch in flight. Of those that wait
the first is given what comes, so that batches fill. What a function does not process its consumer gives it again; only
what was processed, or filtered out, is acknowledged and gone.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from operator import attrgetter, call
from typing import TYPE_CHECKING, Any, ClassVar

from eventsim import (
    FailedInfo,
    Shard,
    ShardPosition,
    Subscription,
    activemq_event,
    activemq_message,
    rabbitmq_event,
    rabbitmq_message,
)
from eventsim_sources.broker.message import Message

if TYPE_CHECKING:
    from eventsim_sources.broker.source import Broker, Queue

_CONSUMERS = {"activemq": 5, "rabbitmq": 1}
_OFFSET = attrgetter("offset")


class QueueReader:
    """A queue as one mapping takes from it."""

    service: ClassVar[str] = "mq"
    is_served: ClassVar[bool] = True

    def __init__(self, broker: "Broker", queue: "Queue", subscription: Subscription) -> None:
        self._broker = broker
        self._queue = queue
        self._subscription = subscription
        self._names = subscription.reader_names(_CONSUMERS[broker.engine])
        self._taken: dict[str, list[Message]] = {name: [] for name in self._names}
        self._ends = dict.fromkeys(self._names, 0)

    @property
    def arn(self) -> str:
        """The broker's ARN."""
        return self._broker.arn

    @property
    def retention_us(self) -> int:
        """How long a message stays that nobody acknowledges."""
        return self._broker.expiration_us

    def shards(self) -> Sequence[Shard]:
        """Return the consumers."""
        return [Shard(identifier=name) for name in self._names]

    def begin(self, shard: str, position: ShardPosition) -> int:  # noqa: ARG002 - a queue has no positions
        """Return the first place of a consumer."""
        return self._ends[shard]

    def end(self, shard: str) -> int | None:  # noqa: ARG002 - none of them is
        """Return None: a queue is never closed."""
        return None

    def read(self, shard: str, offset: int, count_max: int) -> Sequence[Message]:
        """Return what a consumer has taken from a place on; without any, take as many as a batch lacks."""
        taken = self._taken[shard]
        if not taken or taken[-1].offset < offset:
            missing = max(1, self._subscription.batch_size - len(taken))
            for message in self._queue.take(min(count_max, missing)):
                message.offset = self._ends[shard]
                self._ends[shard] += 1
                taken.append(message)
        return taken[bisect_left(taken, offset, key=_OFFSET) :][:count_max]

    def records(self, read: Sequence[Message]) -> list[dict[str, Any]]:
        """Build the messages as the function gets them."""
        if self._broker.engine == "rabbitmq":
            return [rabbitmq_message(each.data, redelivered=each.was_delivered) for each in read]
        now_ms = self._broker.clock.epoch_ms()
        return [
            activemq_message(
                each.data,
                queue=self._queue.name,
                message_id=each.identifier,
                sent_ms=each.sent_ms,
                received_ms=now_ms,
                redelivered=each.was_delivered,
            )
            for each in read
        ]

    def event(self, read: Sequence[Message]) -> dict[str, Any]:
        """Build the event; from now on its messages count as delivered."""
        messages, arn = self.records(read), self._broker.arn
        for each in read:
            each.was_delivered = True
        if self._broker.engine == "activemq":
            return activemq_event(messages, broker_arn=arn)
        host = self._subscription.virtual_host
        return rabbitmq_event(messages, queue=self._queue.name, virtual_host=host, broker_arn=arn)

    def failed_info(self, read: Sequence[Message]) -> FailedInfo:
        """Tell how many were given up; nobody asks, since such mappings have no destinations."""
        return FailedInfo("MqBatchInfo", {"batchSize": len(read)})

    def lag(self, read: Sequence[Message]) -> int:  # noqa: ARG002 - the queue tells
        """Return how many messages wait in the queue."""
        return len(self._queue.waiting)

    def commit(self, shard: str, offset: int) -> None:
        """Acknowledge what stands before a place."""
        taken = self._taken[shard]
        count = bisect_left(taken, offset, key=_OFFSET)
        self._queue.settled_count += count
        del taken[:count]

    def release(self, shard: str, offset: int) -> None:
        """Give messages back to the queue, in their old places."""
        taken = self._taken[shard]
        at = bisect_left(taken, offset, key=_OFFSET)
        self._queue.give_back(taken[at:])
        del taken[at:]
        self._ends[shard] = min(self._ends[shard], offset)

    def when_more(self, shard: str, offset: int, wake: Callable[[], None]) -> None:
        """Call `wake` once there is something to take."""
        taken = self._taken[shard]
        if taken and taken[-1].offset >= offset:
            self._broker.clock.soon(call, wake)
        else:
            self._queue.await_message(self._names.index(shard), wake)

    def when_resharded(self, wake: Callable[[], None]) -> None:
        """Do nothing: consumers stay as they are."""
