"""A queue against a model that is too simple to be wrong: no message lost or invented, order never broken."""

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from eventsim import ApiError, Chance
from eventsim_sources.queue.contents import Counts
from eventsim_sources.queue.message import Extras
from eventsim_sources.queue.receipt import Receipts
from eventsim_sources.queue.settings import RedrivePolicy, Settings
from eventsim_sources.queue.store import Store

SECOND = 1_000_000
TIMEOUT_S = 10
RETENTION_S = 90
RECEIVES_MAX = 3


@dataclass
class Sent:
    """What the model knows of one message; it stands in a list, in order of arrival."""

    number: int
    sent_us: int
    group: str
    key: int
    hidden_until_us: int = 0
    hidden_as: int = 0
    is_delayed: bool = False
    receive_count: int = 0


@dataclass
class Model:
    """A queue as one list that is searched from end to end."""

    is_fifo: bool
    messages: list[Sent] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    deleted: list[int] = field(default_factory=list)
    key: int = 0
    number: int = 0
    hidden: int = 0

    def next_key(self) -> int:
        """Count up: the later a message becomes available, the greater its key."""
        self.key += 1
        return self.key

    def send(self, now_us: int, group: str, delay_s: int) -> int:
        """Put a message at the end."""
        self.number += 1
        message = Sent(self.number, now_us, group, self.next_key(), is_delayed=delay_s > 0)
        self.messages.append(message)
        if delay_s:
            self.hide(message, now_us + delay_s * SECOND)
        return self.number

    def hide(self, message: Sent, until_us: int) -> None:
        """Hide a message; of those due at one instant the one hidden first returns first."""
        self.hidden += 1
        message.hidden_as = self.hidden
        message.hidden_until_us = until_us

    def catch_up(self, now_us: int) -> None:
        """Show what is due, in order of the deadlines; then drop what is too old."""
        due = [m for m in self.messages if 0 < m.hidden_until_us <= now_us]
        for message in sorted(due, key=lambda m: (m.hidden_until_us, m.hidden_as)):
            message.hidden_until_us = 0
            if not (self.is_fifo and message.is_delayed):
                message.key = self.next_key()
            message.is_delayed = False
        old = [m for m in self.messages if m.sent_us + RETENTION_S * SECOND <= now_us]
        self.expired += [m.number for m in old]
        self.messages = [m for m in self.messages if m not in old]

    def candidates(self) -> list[Sent]:
        """List the receivable messages in order, by the rule as it is written."""
        if not self.is_fifo:
            return sorted((m for m in self.messages if not m.hidden_until_us), key=lambda m: m.key)
        groups: dict[str, list[Sent]] = {}
        for message in self.messages:
            groups.setdefault(message.group, []).append(message)
        found = []
        for group in sorted(groups.values(), key=lambda group: group[0].key):
            for message in group:
                if message.hidden_until_us:
                    break
                found.append(message)
        return found

    def receive(self, limit: int, now_us: int) -> list[tuple[int, int]]:
        """Take up to `limit`, moving what was received too often."""
        taken: list[tuple[int, int]] = []
        for message in self.candidates():
            if len(taken) == limit:
                break
            if message.receive_count >= RECEIVES_MAX:
                self.messages.remove(message)
                self.dead.append(message.number)
                continue
            message.receive_count += 1
            self.hide(message, now_us + TIMEOUT_S * SECOND)
            taken.append((message.number, message.receive_count))
        return taken

    def find(self, number: int) -> Sent | None:
        """Search for a message."""
        return next((m for m in self.messages if m.number == number), None)

    def counts(self) -> Counts:
        """Count by looking at each."""
        delayed = sum(m.is_delayed for m in self.messages)
        hidden = sum(m.hidden_until_us > 0 for m in self.messages)
        return Counts(len(self.messages) - hidden, hidden - delayed, delayed)


class QueueAgainstModel(RuleBasedStateMachine):
    """The same operations on both; a standard queue here, FIFO below."""

    is_fifo = False
    deliveries = Bundle("deliveries")

    def __init__(self) -> None:
        super().__init__()
        self.now_us = 0
        self.model = Model(self.is_fifo)
        self.dead: list[int] = []
        self.store = Store(
            Settings(
                is_fifo=self.is_fifo,
                visibility_timeout_s=TIMEOUT_S,
                retention_s=RETENTION_S,
                redrive=RedrivePolicy(target_arn="arn:dead", receive_count_max=RECEIVES_MAX),
            ),
            receipts=Receipts("token"),
            next_message_id=lambda: "id",
            random=Chance(0).stream("queue"),
        )
        self.store.dead_letter = lambda message, now_us: self.dead.append(message.number) is None

    @rule(group=st.sampled_from("abc"), delay_s=st.sampled_from([0, 0, 0, 5, 15]))
    def send(self, group: str, delay_s: int) -> None:
        """Send to one of three groups; only a standard queue delays one message."""
        delay_s = 0 if self.is_fifo else delay_s
        self.model.catch_up(self.now_us)
        number = self.model.send(self.now_us, group, delay_s)
        extras = Extras(group_id=group, deduplication_id=str(number))

        message = self.store.send("body", self.now_us, extras=extras, delay_us=delay_s * SECOND)

        assert message.number == number

    @rule(target=deliveries, limit=st.integers(1, 10))
    def receive(self, limit: int) -> list[tuple[int, int]]:
        """Receive; both give the same messages in the same order."""
        self.model.catch_up(self.now_us)
        expected = self.model.receive(limit, self.now_us)

        received = [(m.number, m.receive_count) for m in self.store.receive(limit, self.now_us)]

        assert received == expected
        return received

    @rule(delivery=deliveries, place=st.integers(0, 9))
    def delete(self, delivery: list[tuple[int, int]], place: int) -> None:
        """Delete by a handle, fresh or old; FIFO refuses one that no longer hides its message."""
        for number, receive_count in delivery[place : place + 1]:
            self.model.catch_up(self.now_us)
            message = self.model.find(number)
            is_honoured = (
                not self.is_fifo
                or message is None
                or (message.hidden_until_us > 0 and message.receive_count == receive_count)
            )
            if message is not None and is_honoured:
                self.model.messages.remove(message)
                self.model.deleted.append(number)

            try:
                self.store.delete(self.store.receipts.write(number, receive_count), self.now_us)
            except ApiError:
                assert not is_honoured
            else:
                assert is_honoured

    @rule(delivery=deliveries, place=st.integers(0, 9), timeout_s=st.sampled_from([0, 1, 10, 40]))
    def change_visibility(self, delivery: list[tuple[int, int]], place: int, timeout_s: int) -> None:
        """Change the timeout of what is in flight; zero shows it."""
        for number, receive_count in delivery[place : place + 1]:
            self.model.catch_up(self.now_us)
            message = self.model.find(number)
            if message is not None and message.hidden_until_us and not message.is_delayed:
                if timeout_s:
                    self.model.hide(message, self.now_us + timeout_s * SECOND)
                else:
                    message.hidden_until_us = 0
                    message.key = self.model.next_key()

            try:
                handle = self.store.receipts.write(number, receive_count)
                self.store.change_visibility(handle, timeout_s, self.now_us)
            except ApiError:
                assert message is None
            else:
                assert message is not None

    @rule(step_us=st.sampled_from([1, SECOND, 4 * SECOND, 10 * SECOND, 31 * SECOND]))
    def let_time_pass(self, step_us: int) -> None:
        """Only the instant changes; nothing is told to the store."""
        self.now_us += step_us

    @invariant()
    def counts_agree(self) -> None:
        """The store counts what the model finds by looking."""
        self.model.catch_up(self.now_us)

        assert self.store.counts(self.now_us) == self.model.counts()

    @invariant()
    def nothing_is_lost_or_invented(self) -> None:
        """Every message is in the queue, deleted, expired or dead-lettered, and in one of them only."""
        self.model.catch_up(self.now_us)
        held = [message.number for message in self.store.messages(self.now_us)]

        everywhere = sorted(held + self.model.deleted + self.model.expired + self.dead)

        assert everywhere == list(range(1, self.model.number + 1))
        assert self.dead == self.model.dead

    @invariant()
    def the_next_deadline_agrees(self) -> None:
        """A driver that sets one timer for it is never late and never called in vain."""
        self.model.catch_up(self.now_us)
        due = [m.hidden_until_us for m in self.model.messages if m.hidden_until_us]

        assert self.store.next_due_us(self.now_us) == min(due, default=None)


class FifoQueueAgainstModel(QueueAgainstModel):
    """The same for a FIFO queue."""

    is_fifo = True


TestStandardQueue = QueueAgainstModel.TestCase
TestStandardQueue.settings = settings(max_examples=150, stateful_step_count=40, deadline=None, derandomize=True)
TestFifoQueue = FifoQueueAgainstModel.TestCase
TestFifoQueue.settings = TestStandardQueue.settings
