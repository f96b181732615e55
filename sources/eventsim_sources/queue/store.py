"""What does each operation do to a queue?

The state machine of one queue, standard or FIFO: operations come in with the present instant, results go out, and
whoever observes hears of every effect. Nothing here waits, asks a clock or rolls dice of its own. Each operation first
lets time catch up, so what fell due since the last one has happened before it begins.
"""

from collections.abc import Callable, Sequence
from random import Random  # noqa: TID251 - only the type; chance makes the generator

from msgspec.structs import replace

from eventsim_sources.queue import errors
from eventsim_sources.queue.contents import NEVER_US, Contents, Counts, Effect, Observer
from eventsim_sources.queue.deduplication import DeduplicationWindow
from eventsim_sources.queue.delivery import Delivery
from eventsim_sources.queue.digest import content_sha256
from eventsim_sources.queue.group_line import GroupLine
from eventsim_sources.queue.limits import IN_FLIGHT_MAX, PURGE_INTERVAL_US, SECOND_US, VISIBILITY_TIMEOUT_MAX_S
from eventsim_sources.queue.line import Line, OrderedLine, ShuffledLine
from eventsim_sources.queue.message import (
    DELAYED,
    GONE,
    IN_FLIGHT,
    NO_EXTRAS,
    NOT_RECEIVED_US,
    VISIBLE,
    Duplicate,
    Extras,
    Message,
)
from eventsim_sources.queue.receipt import Receipts
from eventsim_sources.queue.receive_attempt import ReceiveAttempts
from eventsim_sources.queue.settings import Settings


class Store:
    """One queue's messages and what may be done with them.

    `dead_letter` is asked to take each message that was received too often, and tells whether it did; without it, and
    without a redrive policy, nothing is dead-lettered.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        receipts: Receipts,
        next_message_id: Callable[[], str],
        random: Random | None = None,
    ) -> None:
        self.receipts = receipts
        self.dead_letter: Callable[[Message, int], bool] | None = None
        self._next_message_id = next_message_id
        self._random = random
        self._purged_us = -PURGE_INTERVAL_US
        # The scope at creation stays in force whatever the attribute says later (recorded).
        self._window = DeduplicationWindow(settings.deduplication_scope) if settings.is_fifo else None
        self._attempts = ReceiveAttempts()
        self._contents = Contents(_new_line(settings, random), settings.retention_s * SECOND_US)
        self._observe: Observer | None = None
        self._read(settings)

    def _read(self, settings: Settings) -> None:
        self.settings = settings
        self._visibility_us = settings.visibility_timeout_s * SECOND_US
        self._delay_us = settings.delay_s * SECOND_US
        self._receive_count_max = settings.redrive.receive_count_max if settings.redrive else NEVER_US

    def watch(self, observe: Observer | None) -> None:
        """Tell `observe` of every effect but a send, whose sender gets the message itself."""
        self._observe = self._contents.observe = observe

    def send(
        self, body: str, now_us: int, extras: Extras = NO_EXTRAS, delay_us: int | None = None
    ) -> Message | Duplicate:
        """Store a message, unless a FIFO queue has just had it.

        The caller has checked that it may be sent (`content.py`); a FIFO queue's delay is always its own.
        """
        contents = self._contents
        if now_us >= contents.attention_us:
            contents.catch_up(now_us)
        if self._window is not None:
            return self._send_once(body, now_us, extras, self._window)
        message = Message(
            number=contents.messages.new_number(),
            message_id=self._next_message_id(),
            body=body,
            sent_us=now_us,
            extras=extras,
        )
        if delay_us is None:
            delay_us = self._delay_us
        contents.add(message, now_us + delay_us if delay_us else None)
        return message

    def _send_once(self, body: str, now_us: int, extras: Extras, window: DeduplicationWindow) -> Message | Duplicate:
        if extras.deduplication_id is None:
            extras = replace(extras, deduplication_id=content_sha256(body))
        identity = extras.group_id or "", extras.deduplication_id or ""
        duplicate = window.find(*identity, now_us)
        if duplicate is not None:
            return duplicate
        message = Message(
            number=self._contents.messages.new_number(),
            message_id=self._next_message_id(),
            body=body,
            sent_us=now_us,
            extras=extras,
        )
        self._contents.add(message, now_us + self._delay_us if self._delay_us else None)
        window.remember(*identity, message)
        return message

    def admit(self, message: Message, source_arn: str, now_us: int) -> Message:
        """Take a message that another queue gave up: the same message, with its counter and its id.

        A standard queue keeps counting its age from the first send, a FIFO queue starts anew (documented).
        That this queue's own delay applies is unconfirmed.
        """
        self._contents.catch_up(now_us)
        admitted = self._copy(message)
        admitted.extras = replace(message.extras, dead_letter_source_arn=source_arn)
        if self._window is not None:
            admitted.sent_us = now_us
        self._add("admitted", admitted, now_us, self._delay_us)
        return admitted

    def renew(self, message: Message, now_us: int) -> Message:
        """Take what a move task brings: a new message with the old one's content (unconfirmed)."""
        self._contents.catch_up(now_us)
        renewed = Message(
            number=self._contents.messages.new_number(),
            message_id=self._next_message_id(),
            body=message.body,
            sent_us=now_us,
            extras=replace(message.extras, dead_letter_source_arn=None),
            lineage=message.lineage,
        )
        self._contents.add(renewed, now_us + self._delay_us if self._delay_us else None)
        return renewed

    def _copy(self, message: Message) -> Message:
        return replace(
            message,
            number=self._contents.messages.new_number(),
            state=VISIBLE,
            hidden_until_us=0,
            received_us=NOT_RECEIVED_US,
            key=0,
        )

    def _add(self, effect: Effect, message: Message, now_us: int, delay_us: int) -> None:
        self._contents.add(message, now_us + delay_us if delay_us else None)
        if self._observe is not None:
            self._observe(effect, (message,), now_us)

    def receive(self, limit: int, now_us: int, *, visibility_us: int | None = None) -> list[Message]:
        """Take up to `limit` messages and hide them; what was received too often is dead-lettered on the way.

        The messages are the store's own: read them before time passes. A store that `is_full` gives nothing.
        """
        contents = self._contents
        if now_us >= contents.attention_us:
            contents.catch_up(now_us)
        if contents.in_flight + limit > IN_FLIGHT_MAX:
            limit = IN_FLIGHT_MAX - contents.in_flight
        taken: list[Message] = []
        if not contents.visible or limit <= 0:
            return taken
        if visibility_us is None:
            visibility_us = self._visibility_us
        receive_count_max, hidden_until_us = self._receive_count_max, now_us + visibility_us
        for message in contents.line.walk():
            receive_count = message.receive_count
            if receive_count >= receive_count_max and self._give_up(message, now_us):
                continue
            message.state = IN_FLIGHT
            message.receive_count = receive_count + 1
            message.received_us = now_us
            message.hidden_until_us = hidden_until_us
            if not receive_count:
                message.first_received_us = now_us
            taken.append(message)
            limit -= 1
            if not limit:
                break
        if taken:
            contents.take(taken, hidden_until_us)
            self._tell_of_receipt(taken, now_us)
            if visibility_us == 0:
                contents.show(taken, now_us)
        return taken

    def _tell_of_receipt(self, taken: Sequence[Message], now_us: int) -> None:
        if self._observe is not None:
            self._observe("received", taken, now_us)
        if self.settings.duplicates:
            self._leave_copies(taken, now_us)

    def _give_up(self, message: Message, now_us: int) -> bool:
        """Let go of a message that was received too often, if somebody takes it."""
        if self.dead_letter is None or not self.dead_letter(message, now_us):
            return False
        self._contents.remove((message,))
        if self._observe is not None:
            self._observe("dead_lettered", (message,), now_us)
        return True

    def _leave_copies(self, taken: Sequence[Message], now_us: int) -> None:
        """Leave a copy of some messages behind, as a server does that was away when another gave them out."""
        assert self._random is not None, "a queue with duplicates has a generator"
        for message in taken:
            if self._random.random() < self.settings.duplicates:
                self._add("duplicated", self._copy(message), now_us, 0)

    def receive_again(
        self, attempt_id: str, limit: int, now_us: int, *, visibility_us: int | None = None
    ) -> list[Message]:
        """Receive from a FIFO queue under an attempt id: a repeated id gives the same messages once more.

        Their visibility starts anew; their receive count does not grow.
        """
        self._contents.catch_up(now_us)
        messages = self._attempts.find(attempt_id, now_us)
        if messages:
            self._contents.hide(messages, now_us + (self._visibility_us if visibility_us is None else visibility_us))
            if self._observe is not None:
                self._observe("hidden", messages, now_us)
        else:
            messages = self.receive(limit, now_us, visibility_us=visibility_us)
        if messages:
            self._attempts.remember(attempt_id, messages, now_us)
        return messages

    def withdraw(self, limit: int, now_us: int, may_leave: Callable[[Message], bool]) -> list[Message]:
        """Take up to `limit` visible messages out for good, as a move task does; stop at one that may not leave."""
        contents = self._contents
        contents.catch_up(now_us)
        withdrawn: list[Message] = []
        for message in contents.line.walk():
            if not may_leave(message):
                contents.line.join(message)
                break
            contents.remove((message,))
            withdrawn.append(message)
            if len(withdrawn) == limit:
                break
        if withdrawn and self._observe is not None:
            self._observe("withdrawn", withdrawn, now_us)
        return withdrawn

    def delete(self, handle: str, now_us: int) -> None:
        """Delete the message of a receipt handle; a message that is gone already is deleted silently.

        Raises:
            ApiError: The handle is not this queue's, or a FIFO queue's that no longer hides its message.
        """
        number, receive_count = self.receipts.read(handle)
        self.catch_up(now_us)
        message = self._contents.messages.get(number)
        if message is None:
            return
        if self._window is not None and not _is_hidden_by(message, receive_count):
            raise errors.receipt_expired(handle)
        self._contents.remove((message,))
        if self._observe is not None:
            self._observe("deleted", (message,), now_us)

    def settle(self, deliveries: Sequence[Delivery], now_us: int) -> list[Delivery]:
        """Delete messages as they were received; one that is gone already is deleted silently.

        The store has caught up with this instant.

        Returns:
            The deliveries that a FIFO queue no longer honours, because another receive may have the message by now.
        """
        refused: list[Delivery] = []
        deleted: dict[int, Message] = {}  # by number: a batch may hold one message twice, from two receives
        is_fifo = self._window is not None
        for delivery in deliveries:
            message = delivery.message
            if message.state == GONE:
                continue
            if is_fifo and not _is_hidden_by(message, delivery.receive_count):
                refused.append(delivery)
            else:
                deleted[message.number] = message
        if deleted:
            messages = list(deleted.values())
            self._contents.remove(messages)
            if self._observe is not None:
                self._observe("deleted", messages, now_us)
        return refused

    def change_visibility(self, handle: str, timeout_s: int, now_us: int) -> None:
        """Hide a received message for `timeout_s` from now on; zero shows it at once.

        A message that is visible again stays so (recorded). An older handle counts like the newest (recorded for
        standard queues, unconfirmed for FIFO).

        Raises:
            ApiError: The handle is not this queue's, the message is gone, or twelve hours would be exceeded.
        """
        number, _ = self.receipts.read(handle)
        self._contents.catch_up(now_us)
        message = self._contents.messages.get(number)
        if message is None:
            raise errors.visibility_unchangeable(handle)
        if message.state != IN_FLIGHT:
            return
        hidden_until_us = now_us + timeout_s * SECOND_US
        if hidden_until_us - message.received_us > VISIBILITY_TIMEOUT_MAX_S * SECOND_US:
            raise errors.visibility_beyond_limit(timeout_s)
        if timeout_s == 0:
            self._contents.show([message], now_us)
            return
        self._contents.hide([message], hidden_until_us)
        if self._observe is not None:
            self._observe("hidden", (message,), now_us)

    def purge(self, queue_name: str, now_us: int) -> None:
        """Delete every message and what a FIFO queue remembers for deduplication.

        Raises:
            ApiError: The last purge was less than a minute ago.
        """
        if now_us - self._purged_us < PURGE_INTERVAL_US:
            raise errors.purge_in_progress(queue_name)
        self._contents.catch_up(now_us)
        self._purged_us = now_us
        self._attempts.clear()
        if self._window is not None:
            self._window.clear()
        purged = self._contents.clear(_new_line(self.settings, self._random))
        if self._observe is not None:
            self._observe("purged", purged, now_us)

    def apply(self, settings: Settings, now_us: int) -> None:
        """Take new settings; on a FIFO queue a new delay also moves what is still delayed (documented)."""
        contents = self._contents
        contents.catch_up(now_us)
        has_new_delay = settings.delay_s != self.settings.delay_s
        self._read(settings)
        if has_new_delay and settings.is_fifo:
            for message in contents.messages:
                if message.state == DELAYED:
                    contents.hide([message], message.sent_us + self._delay_us)
        contents.keep_for(settings.retention_s * SECOND_US)
        contents.catch_up(now_us)

    def catch_up(self, now_us: int) -> None:
        """Let happen what fell due since the last operation."""
        if now_us >= self._contents.attention_us:
            self._contents.catch_up(now_us)

    def counts(self, now_us: int) -> Counts:
        """Count the messages in each state, exactly."""
        self.catch_up(now_us)
        contents = self._contents
        return Counts(contents.visible, contents.in_flight, contents.delayed)

    def busy_groups(self, now_us: int) -> int:
        """Count the message groups that have a message in flight."""
        self.catch_up(now_us)
        return len({each.extras.group_id for each in self._contents.messages if each.state == IN_FLIGHT})

    def oldest(self) -> Message | None:
        """Return the message that came first of all that are there."""
        return self._contents.messages.oldest()

    def is_full(self, now_us: int) -> bool:
        """Tell whether as many messages are in flight as may be."""
        self.catch_up(now_us)
        return self._contents.in_flight >= IN_FLIGHT_MAX

    def is_receivable(self, now_us: int) -> bool:
        """Tell whether a receive would find something to take or to give up."""
        return not self.is_full(now_us) and self._contents.line.is_open()

    def next_due_us(self, now_us: int) -> int | None:
        """Return the earliest instant after now at which a message becomes visible by itself, if any."""
        return self._contents.next_due_us(now_us)

    @property
    def deduplication_scope(self) -> str | None:
        """The scope at creation, None for a standard queue."""
        return None if self._window is None else self._window.scope

    def remembers(self, message: Message) -> bool:
        """Tell whether a deduplication window is open because of this message."""
        return self._window is not None and self._window.remembers(message)

    @property
    def first_remembered(self) -> int:
        """The number of the message that opened the first of all deduplication windows that are not forgotten."""
        return 0 if self._window is None else self._window.first_number

    def restore(self, messages: Sequence[Message], last_number: int, window: DeduplicationWindow | None) -> None:
        """Take over what an earlier store held: messages by number, and what it remembered."""
        self._contents.restore(messages, last_number)
        self._window = window

    @property
    def last_number(self) -> int:
        """The number of the message that came last."""
        return self._contents.messages.last_number

    def messages(self, now_us: int) -> list[Message]:
        """Return every message in order of arrival."""
        self._contents.catch_up(now_us)
        return list(self._contents.messages)


def _is_hidden_by(message: Message, receive_count: int) -> bool:
    """Tell whether a message is still in flight from the receive of this count."""
    return message.state == IN_FLIGHT and message.receive_count == receive_count


def _new_line(settings: Settings, random: Random | None) -> Line:
    if settings.is_fifo:
        return GroupLine()
    if settings.order == "shuffled":
        assert random is not None, "a shuffled queue has a generator"
        return ShuffledLine(random)
    return OrderedLine()
