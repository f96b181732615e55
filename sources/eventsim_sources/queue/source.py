"""Where do messages wait? A queue as the core knows it: a target, a pollable source, and a section of the scenario."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ClassVar

from msgspec.structs import replace

from eventsim import ApiError, ConfigurationError, Envelope, Lineage, World
from eventsim_sources.arns import arn_of
from eventsim_sources.queue import content, errors
from eventsim_sources.queue.content import Outgoing
from eventsim_sources.queue.delivery import Delivery, Scales, deliveries
from eventsim_sources.queue.journal import Journal
from eventsim_sources.queue.limits import SECOND_US
from eventsim_sources.queue.message import Duplicate, Message
from eventsim_sources.queue.queued import QueuedMessage, queued
from eventsim_sources.queue.rates import Rates
from eventsim_sources.queue.receipt import Receipts
from eventsim_sources.queue.record import RecordWriter
from eventsim_sources.queue.redrive import MOVE_TASK, KeptTask, MoveTask, accepts_dead_letters, check_redrive
from eventsim_sources.queue.settings import RedriveAllowPolicy, RedrivePolicy, Settings
from eventsim_sources.queue.spec import QueueSpec, build_settings, check_receive_count
from eventsim_sources.queue.store import Store
from eventsim_sources.queue.waiters import Waiters


class Queue:
    """A queue: its store, who waits for it, and what is told of it."""

    kind: ClassVar[str] = "queues"

    def __init__(self, world: World, name: str, settings: Settings, *, tags: Mapping[str, str] | None = None) -> None:
        clock, chance = world.clock, world.chance
        self.name = name
        self.arn = arn_of(world, "queue", name)
        self.url = f"https://sqs.{world.region}.amazonaws.com/{world.account_id}/{name}"
        self.created_s = self.modified_s = clock.epoch_ms() // 1000
        self.tags = dict(tags or {})
        self.is_deleted = False
        self.move_tasks: list[MoveTask] = []
        self._world = world
        self._clock = clock
        # A queue that is deleted and made anew is another one: it draws its own ids.
        birth = name, clock.epoch_us() if world.is_live else clock.now_us
        self.new_task_id = chance.uuids("queue", *birth, "move tasks")
        self.store = Store(
            settings,
            receipts=Receipts(chance.hex_ids(24, "queue", *birth, "receipts")()),
            next_message_id=chance.uuids("queue", *birth, "messages"),
            random=chance.stream("queue", *birth, "order"),
        )
        self.journal = Journal(world, self)
        self.store.watch(self.journal.observe)
        self.store.dead_letter = self._dead_letter
        self.waiters = Waiters(clock, self.store)
        self._last_plain: Outgoing | None = None
        self._rates = Rates()
        self._records = self._new_record_writer()
        self._scales = Scales()

    def _new_record_writer(self) -> RecordWriter:
        return RecordWriter(self.arn, self._world.region, self.store.receipts.prefix, self._clock.start_epoch_us)

    def resume(self, *, created_s: int, receipt_prefix: str) -> None:
        """Go on as the queue of this name that an earlier server had: the receipt handles it gave are honoured."""
        self.created_s = created_s
        self.store.receipts.prefix = receipt_prefix
        self._records = self._new_record_writer()

    @property
    def messages(self) -> list[QueuedMessage]:
        """Every message that is there now, in order of arrival; nobody receives it by being looked at."""
        is_fifo = self.store.settings.is_fifo
        found = self.store.messages(self._clock.now_us)
        return [queued(message, self._clock.iso_ms, is_fifo=is_fifo) for message in found]

    # What the core asks of a source

    def summary(self) -> Mapping[str, int]:
        """Return how many messages were sent, received, deleted and dead-lettered, and how many there are now."""
        journal = self.journal
        return {
            "sent": journal.sent_count,
            "received": journal.received_count,
            "deleted": journal.deleted_count,
            "dead_lettered": journal.dead_lettered_count,
            **self.store.counts(self._clock.now_us)._asdict(),
        }

    def gauge(self, name: str, dimensions: Mapping[str, str]) -> float | None:  # noqa: ARG002 - as every gauge has it
        """Return the value of one of CloudWatch's metrics as of now; only FIFO queues tell of groups."""
        now_us = self._clock.now_us
        counts = self.store.counts(now_us)
        match name:
            case "ApproximateNumberOfMessagesVisible":
                return counts.visible
            case "ApproximateNumberOfMessagesNotVisible":
                return counts.in_flight
            case "ApproximateNumberOfMessagesDelayed":
                return counts.delayed
            case "ApproximateNumberOfGroupsWithInflightMessages":
                return self.store.busy_groups(now_us) if self.is_ordered else None
        assert name == "ApproximateAgeOfOldestMessage", "the fifth and last"
        oldest = self.store.oldest()
        return 0 if oldest is None else (now_us - oldest.sent_us) // SECOND_US

    def accept(self, envelope: Envelope) -> None:
        """Take an event as a message.

        Raises:
            ApiError: It is too large, it holds forbidden characters, or the queue was deleted or is FIFO.
        """
        given = {
            "MessageAttributes": envelope.attributes,
            "MessageGroupId": envelope.group,
            "MessageDeduplicationId": envelope.deduplication_id,
        }
        given = {name: value for name, value in given.items() if value}
        body, trace_header = envelope.body, envelope.trace_header
        if given:
            outgoing = self._checked(body, given, trace_header)
        else:
            outgoing = content.plain(body, self.settings, trace_header=trace_header)
        self.enqueue(outgoing, cause=envelope.cause, lineage=envelope.lineage)

    def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, Mapping[str, str]] | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        delay_s: int | None = None,
    ) -> Message | Duplicate:
        """Send a message from outside.

        Raises:
            ApiError: It is refused, or the queue was deleted.
        """
        if attributes is None and group is None and deduplication_id is None and delay_s is None:
            plain = self._last_plain  # a body that is sent over and over is checked once
            return self.enqueue(plain if plain is not None and plain.body is body else self._plain(body))
        given = {
            "MessageAttributes": attributes,
            "MessageGroupId": group,
            "MessageDeduplicationId": deduplication_id,
            "DelaySeconds": delay_s,
        }
        return self.enqueue(self._checked(body, {name: value for name, value in given.items() if value is not None}))

    def _plain(self, body: str) -> Outgoing:
        """Check a message that is nothing but its body."""
        plain = self._last_plain = content.plain(body, self.settings)
        return plain

    def _checked(self, body: str, parameters: Mapping[str, Any], trace_header: str = "") -> Outgoing:
        entry = {"MessageBody": body, **parameters}
        content.check_request(entry, self.settings)
        return content.checked(entry, self.settings, trace_header=trace_header)

    # What a mapping asks of a queue

    @property
    def is_ordered(self) -> bool:
        """Whether order within a message group is kept."""
        return self.settings.is_fifo

    @property
    def visibility_timeout_us(self) -> int:
        """How long what is taken stays hidden."""
        return self.settings.visibility_timeout_s * SECOND_US

    def take(self, count_max: int, *, hidden_us: int | None = None) -> Sequence[Delivery]:
        """Take up to `count_max` of what is visible."""
        messages = self.store.receive(count_max, self._clock.loop.now_us, visibility_us=hidden_us)
        return deliveries(messages, self._scales) if messages else ()

    def records(self, taken: Sequence[Delivery]) -> list[dict[str, Any]]:
        """Build the elements of `Records`."""
        return self._records.write(taken)

    def settle(self, taken: Sequence[Delivery], cause: int) -> None:
        """Delete what was processed; a FIFO queue keeps what has become visible again meanwhile."""
        now_us, journal = self._clock.loop.now_us, self.journal
        self.store.catch_up(now_us)
        journal.cause = cause  # plainly, as this runs for every batch; nothing below raises
        refused = self.store.settle(taken, now_us)
        journal.cause = 0
        for delivery in refused:
            journal.delete_refused(delivery.message, cause)
        if self.waiters.waiting:
            self.waiters.rouse()

    def when_ready(self, wake: Callable[[], None]) -> None:
        """Call `wake` once, as soon as there may be something to take."""
        self.waiters.add(wake)

    # What an operation does

    @property
    def settings(self) -> Settings:
        """The settings as of now."""
        return self.store.settings

    def check_rate(self, action: str, groups: Iterable[str], cause: int) -> None:
        """Count a call of a FIFO queue, if the world wants calls to be counted.

        Args:
            action: `SendMessage`, whether alone or in a batch.
            groups: the message groups that it names.

        Raises:
            ApiError: There were too many in this second.
        """
        if not self._world.throttles or not self.settings.is_fifo:
            return
        if not self._rates.try_call(action, groups, self.settings, self._clock.now_us):
            self.journal.throttled(action, cause)
            raise errors.throttled()

    def enqueue(self, outgoing: Outgoing, *, cause: int = 0, lineage: Lineage | None = None) -> Message | Duplicate:
        """Store a message that has been checked, and wake who waits for one.

        Raises:
            ApiError: The queue was deleted.
        """
        if self.is_deleted:
            raise errors.queue_missing()
        now_us = self._clock.loop.now_us  # at its origin: this runs for every message
        message = self.store.send(outgoing.body, now_us, outgoing.extras, outgoing.delay_us)
        if isinstance(message, Duplicate):
            self.journal.duplicate_refused(message, cause)
            return message
        self.journal.sent(message, cause, outgoing.size_bytes, lineage)
        if self.waiters.waiting:
            self.waiters.rouse()
        return message

    def receive(self, limit: int, *, visibility_us: int | None = None, attempt_id: str = "") -> list[Message]:
        """Receive from the store; dead letters go to the queue that the redrive policy names, if it is there."""
        now_us = self._clock.now_us
        if attempt_id:
            return self.store.receive_again(attempt_id, limit, now_us, visibility_us=visibility_us)
        return self.store.receive(limit, now_us, visibility_us=visibility_us)

    def delete(self, handle: str, cause: int) -> None:
        """Delete a message by its handle.

        Raises:
            ApiError: The handle is refused.
        """
        self.store.catch_up(self._clock.now_us)
        with self.journal.because(cause):
            self.store.delete(handle, self._clock.now_us)
        if self.waiters.waiting:
            self.waiters.rouse()

    def change_visibility(self, handle: str, timeout_s: int, cause: int) -> None:
        """Change how long a message stays hidden.

        Raises:
            ApiError: The handle or the time-out is refused.
        """
        self.store.catch_up(self._clock.now_us)
        with self.journal.because(cause):
            self.store.change_visibility(handle, timeout_s, self._clock.now_us)
        self.waiters.rouse()

    def purge(self, cause: int) -> None:
        """Delete every message.

        Raises:
            ApiError: The last purge was less than a minute ago.
        """
        self.store.catch_up(self._clock.now_us)
        with self.journal.because(cause):
            self.store.purge(self.name, self._clock.now_us)
        self.journal.purged()
        self.waiters.rouse()

    def apply(self, settings: Settings, *, redrive_given: str = "") -> None:
        """Take new settings; `redrive_given` is the redrive policy as the caller wrote it.

        Raises:
            ApiError: The redrive policy names a queue that will not do.
        """
        if settings.redrive is not None and settings.redrive != self.settings.redrive:
            check_redrive(self.arn, settings.redrive, self.find, is_fifo=settings.is_fifo, given=redrive_given)
        self.modified_s = self._clock.epoch_ms() // 1000
        self._last_plain = None
        self.store.apply(settings, self._clock.now_us)
        self.journal.note()
        self.waiters.rouse()

    def retag(self, tags: Mapping[str, str]) -> None:
        """Take new tags."""
        self.tags = dict(tags)
        self.journal.note()

    def delete_queue(self) -> None:
        """Be gone, messages and all; who still waits finds nothing."""
        self.is_deleted = True
        self._world.remove(self.arn)
        self.journal.close()
        self.waiters.wake_all()

    def withdraw(self, limit: int, may_leave: Callable[[Message], bool]) -> list[Message]:
        """Take visible messages out for good."""
        return self.store.withdraw(limit, self._clock.now_us, may_leave)

    def renew(self, message: Message) -> None:
        """Take what a move task brings."""
        renewed = self.store.renew(message, self._clock.now_us)
        size_bytes = content.size_of(renewed.body, renewed.extras.attributes)
        self.journal.sent(renewed, message.entry, size_bytes, message.lineage)
        self.waiters.rouse()

    def find(self, arn: str) -> "Queue | None":
        """Return the queue with this ARN."""
        target = self._world.target(arn)
        return target if isinstance(target, Queue) else None

    def _dead_letter(self, message: Message, now_us: int) -> bool:
        """Give a message to the dead-letter queue, if there is one that takes it."""
        redrive = self.settings.redrive
        target = None if redrive is None else self.find(redrive.target_arn)
        if target is None or not accepts_dead_letters(target, self.arn):
            return False
        self.journal.dead_lettered(message, target.name)
        target.store.admit(message, self.arn, now_us)
        if target.waiters.waiting:
            target.waiters.rouse()
        return True


class QueueKind:
    """The section `queues:` of a scenario."""

    section: ClassVar[str] = "queues"
    spec: ClassVar[type[QueueSpec]] = QueueSpec

    def create(self, world: World, name: str, spec: QueueSpec) -> Queue:
        """Build a queue, without what names other queues.

        Raises:
            ConfigurationError: A name or a value is out of AWS's bounds.
        """
        settings = build_settings(name, spec)
        allow = spec.dead_letters_from
        if isinstance(allow, list):
            arns = tuple(arn_of(world, "queue", each) for each in allow)
            settings = replace(settings, redrive_allow=RedriveAllowPolicy(permission="byQueue", source_arns=arns))
        elif allow is not None:
            permission = "allowAll" if allow == "all" else "denyAll"
            settings = replace(settings, redrive_allow=RedriveAllowPolicy(permission=permission))  # type: ignore[arg-type]
        return Queue(world, name, settings, tags=spec.tags)

    def connect(self, world: World, source: Queue, spec: QueueSpec) -> None:
        """Tie a queue to its dead-letter queue.

        Raises:
            ConfigurationError: That queue is not there, or AWS would refuse the pair.
        """
        if spec.dead_letter is None:
            return
        dead = spec.dead_letter.queue
        if not dead.startswith("arn:") and dead not in world.sources("queues"):
            raise world.missing("queue", dead, key="dead_letter.queue")
        redrive = RedrivePolicy(
            target_arn=arn_of(world, "queue", dead),
            receive_count_max=check_receive_count(spec.dead_letter.max_receive_count),
        )
        try:
            source.apply(replace(source.settings, redrive=redrive))
        except ApiError as error:
            reason = error.message.rpartition("Reason: ")[2]
            raise ConfigurationError(
                f"{source.name!r} cannot send its dead letters to {dead!r}: {reason}",
                key="dead_letter.queue",
            ) from error

    def restore(self, world: World) -> None:
        """Bring back the queues that an earlier server left in the database.

        Raises:
            ConfigurationError: Another server has it.
            StorageError: It cannot be read.
        """
        if world.database_path is not None:
            from eventsim_sources.queue.restore import restore  # it builds queues, and only servers need it

            restore(world)

    def resume(self, world: World) -> None:
        """Go on with move tasks that were under way.

        Raises:
            StorageError: They cannot be read.
        """
        transit = world.transit(MOVE_TASK)
        if transit is None:
            return
        for number, kept in transit.left(KeptTask):
            source = world.target(kept.source_arn)
            if isinstance(source, Queue):
                source.move_tasks.append(MoveTask.again(world, source, number, kept))
            else:  # it is gone, with all that was to be moved
                transit.drop(number)
