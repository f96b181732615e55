"""What do senders and mappings know of a broker? Its queues; to the core it is a source, a section of the scenario."""

import collections
import heapq
from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import ClassVar

from eventsim import ApiError, Clock, Subscription, World, duration_us
from eventsim_sources.broker.message import Message
from eventsim_sources.broker.reader import QueueReader
from eventsim_sources.broker.spec import BrokerSpec, Engine

_NUMBER = attrgetter("entry")
_OVERHEAD_BYTES = 700
"""What a message takes in the event beside its data, about."""


class Queue:
    """A queue of a broker.

    Attributes:
        waiting: what nobody has taken yet.
        sent_count, settled_count: messages so far.
    """

    def __init__(self, clock: Clock, name: str) -> None:
        self.name = name
        self.waiting: collections.deque[Message] = collections.deque()
        self.sent_count = self.settled_count = 0
        self._clock = clock
        self._consumers: list[tuple[int, int, Callable[[], None]]] = []
        self._order = 0

    def take(self, count_max: int) -> list[Message]:
        """Take up to so many messages, the oldest first."""
        waiting = self.waiting
        taken = [waiting.popleft() for _ in range(min(count_max, len(waiting)))]
        self._tell()
        return taken

    def give_back(self, messages: Sequence[Message]) -> None:
        """Have messages wait again, before all that came later."""
        if messages:
            self.waiting = collections.deque(sorted([*messages, *self.waiting], key=_NUMBER))
            self._tell()

    def add(self, message: Message) -> None:
        """Have a message wait."""
        self.sent_count += 1
        self.waiting.append(message)
        self._tell()

    def await_message(self, consumer: int, wake: Callable[[], None]) -> None:
        """Call `wake` once there is a message and no consumer with a lower number waits."""
        self._order += 1
        heapq.heappush(self._consumers, (consumer, self._order, wake))
        self._tell()

    def _tell(self) -> None:
        if self.waiting and self._consumers:
            self._clock.soon(Queue._wake, self)

    def _wake(self) -> None:
        """Wake the first consumer; the next one too, if that did not take all there is."""
        if self.waiting and self._consumers:
            heapq.heappop(self._consumers)[2]()
            self._tell()


class Broker:
    """A broker of Amazon MQ."""

    kind: ClassVar[str] = "brokers"
    service: ClassVar[str] = "mq"

    def __init__(self, world: World, name: str, spec: BrokerSpec) -> None:
        self.name = name
        self.engine: Engine = spec.engine
        self.clock = world.clock
        self.expiration_us = duration_us(spec.expiration, key="expiration")
        self._identifier = f"b-{world.chance.uuids('broker', name)()}"
        self.arn = spec.arn or f"arn:aws:mq:{world.region}:{world.account_id}:broker:{name}:{self._identifier}"
        self._host = f"{self._identifier}-1.mq.{world.region}.amazonaws.com"
        self._trace = trace = world.trace
        self._place = trace.subject("broker", name)
        self._new_subject = trace.subjects("message", "m")
        self._SENT = trace.kind(
            "sent to broker", "{subject} was sent to {queue} of {place}", value="size_bytes", is_summed=True
        )
        self._takes_any_queue = not spec.queues
        self._queues: dict[tuple[str, str], Queue] = {}
        self._known = tuple(spec.queues)

    def summary(self) -> Mapping[str, int]:
        """Return how many messages were sent and processed, or have expired, and how many there are."""
        queues = self._queues.values()
        sent, settled = sum(each.sent_count for each in queues), sum(each.settled_count for each in queues)
        return {"sent": sent, "settled": settled, "messages": sent - settled}

    def answers_to(self, name: str) -> bool:
        """Tell whether this is its ARN."""
        return name == self.arn

    def subscribe(self, subscription: Subscription) -> QueueReader:
        """Return a queue as a mapping takes from it.

        Raises:
            ApiError: There is no such queue.
        """
        return QueueReader(self, self._queue(subscription.part, subscription.virtual_host), subscription)

    def send_to(self, queue: str, data: bytes, *, virtual_host: str = "/") -> str:
        """Send a message to a queue; return its id.

        Raises:
            ApiError: There is no such queue.
        """
        found = self._queue(queue, virtual_host)
        subject = self._new_subject()
        entry = self._trace.record(self._SENT, subject, self._place, 0, len(data), {"queue": queue})
        message = Message(
            identifier=f"ID:{self._host}:{found.sent_count + 1}",
            data=data,
            born_us=self.clock.now_us,
            sent_ms=self.clock.epoch_ms(),
            subject=subject,
            entry=entry,
            size_bytes=_OVERHEAD_BYTES + len(data) * 4 // 3,
        )
        found.add(message)
        return message.identifier

    def _queue(self, name: str, virtual_host: str) -> Queue:
        if not self._takes_any_queue and name not in self._known:
            raise ApiError("NotFoundException", f"The broker {self.name} has {', '.join(self._known)}, and no {name}.")
        key = name, virtual_host
        if key not in self._queues:
            self._queues[key] = Queue(self.clock, name)
        return self._queues[key]


class BrokerKind:
    """The section `brokers:` of a scenario."""

    section: ClassVar[str] = "brokers"
    spec: ClassVar[type[BrokerSpec]] = BrokerSpec

    def create(self, world: World, name: str, spec: BrokerSpec) -> Broker:
        """Build a broker."""
        return Broker(world, name, spec)

    def connect(self, world: World, source: Broker, spec: BrokerSpec) -> None:
        """Do nothing: a broker names nobody else."""
