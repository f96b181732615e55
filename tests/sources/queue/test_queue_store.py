"""What each operation does to a standard queue, and when messages come and go by themselves."""

from collections.abc import Callable, Sequence
from itertools import count

import pytest

from eventsim import ApiError, Chance
from eventsim_sources.queue.contents import Counts, Effect
from eventsim_sources.queue.delivery import Scales, deliveries
from eventsim_sources.queue.message import Message
from eventsim_sources.queue.receipt import Receipts
from eventsim_sources.queue.settings import RedrivePolicy, Settings
from eventsim_sources.queue.store import Store

SECOND = 1_000_000


def new_store(settings: Settings | None = None, *, token: str = "token") -> Store:
    """Build a store whose message ids count from one."""
    ids = count(1)
    return Store(
        settings or Settings(),
        receipts=Receipts(token),
        next_message_id=lambda: f"id-{next(ids)}",
        random=Chance(1).stream("queue"),
    )


def bodies(messages: Sequence[Message]) -> list[str]:
    """Return what is written in the messages."""
    return [message.body for message in messages]


def handle_of(store: Store, message: Message) -> str:
    """Return the receipt handle of a message's latest delivery."""
    return store.receipts.write(message.number, message.receive_count)


def received_handle(store: Store, at_s: int = 0) -> str:
    """Send a message, receive it, and return its handle."""
    store.send("body", at_s * SECOND)
    (message,) = store.receive(1, at_s * SECOND)
    return handle_of(store, message)


def refusal(operation: Callable[[], object]) -> tuple[str, str]:
    """Return code and message with which an operation is refused."""
    with pytest.raises(ApiError) as caught:
        operation()
    return caught.value.code, caught.value.message


def test_messages_are_received_in_the_order_in_which_they_were_sent() -> None:
    """A standard queue delivers in order by default."""
    store = new_store()
    for letter in "abc":
        store.send(letter, 0)

    received = store.receive(10, 0)

    assert bodies(received) == ["a", "b", "c"]


def test_a_received_message_is_hidden_until_its_timeout_ends() -> None:
    """It comes back at the very instant, as a redelivery with a higher count, and not a microsecond before."""
    store = new_store(Settings(visibility_timeout_s=30))
    store.send("a", 0)
    store.receive(10, 5 * SECOND)

    too_early = store.receive(10, 35 * SECOND - 1)
    in_time = store.receive(10, 35 * SECOND)

    assert too_early == []
    assert [(message.body, message.receive_count) for message in in_time] == [("a", 2)]


def test_the_first_receive_is_remembered_for_ever() -> None:
    """ApproximateFirstReceiveTimestamp is set at the first receive and never changes."""
    store = new_store(Settings(visibility_timeout_s=1))
    store.send("a", 0)
    store.receive(1, 2 * SECOND)

    (again,) = store.receive(1, 9 * SECOND)

    assert again.first_received_us == 2 * SECOND


def test_a_receive_with_timeout_zero_leaves_the_message_visible() -> None:
    """It is given out once by the call, and the next call gets it again."""
    store = new_store()
    store.send("a", 0)

    first = bodies(store.receive(10, 0, visibility_us=0))
    second = bodies(store.receive(10, 0, visibility_us=0))

    assert (first, second) == (["a"], ["a"])


def test_a_redelivered_message_stands_behind_what_was_visible_before() -> None:
    """A message joins the end of the line whenever it becomes visible."""
    store = new_store(Settings(visibility_timeout_s=10))
    store.send("a", 0)
    store.receive(1, 0)
    store.send("b", 5 * SECOND)
    store.send("c", 11 * SECOND)

    received = store.receive(10, 12 * SECOND)

    assert bodies(received) == ["b", "a", "c"]


@pytest.mark.parametrize(
    ("queue_delay_s", "own_delay_s", "expected_s"),
    [(0, None, 0), (5, None, 5), (5, 0, 0), (0, 7, 7), (5, 7, 7)],
    ids=["none", "of the queue", "own zero wins", "own", "own wins"],
)
def test_a_delay_hides_a_new_message(queue_delay_s: int, own_delay_s: int | None, expected_s: int) -> None:
    """A message's own delay, even zero, overrides the queue's."""
    store = new_store(Settings(delay_s=queue_delay_s))
    store.send("a", 0, delay_us=None if own_delay_s is None else own_delay_s * SECOND)

    due_us = store.next_due_us(0)

    assert due_us == (expected_s * SECOND or None)
    assert bodies(store.receive(1, expected_s * SECOND)) == ["a"]


def test_a_new_delay_is_not_retroactive() -> None:
    """A standard queue's new delay holds for messages sent from now on."""
    store = new_store(Settings(delay_s=10))
    store.send("a", 0)

    store.apply(Settings(delay_s=1), 0)

    assert store.next_due_us(0) == 10 * SECOND


def test_counts_follow_every_change() -> None:
    """Delayed, visible and in flight are counted apart."""
    store = new_store()
    for delay_s in (0, 0, 0, 60):
        store.send("a", 0, delay_us=delay_s * SECOND)
    store.receive(2, 0)

    at_first = store.counts(0)
    after_the_timeout = store.counts(30 * SECOND)
    after_the_delay = store.counts(60 * SECOND)

    assert at_first == Counts(visible=1, in_flight=2, delayed=1)
    assert after_the_timeout == Counts(visible=3, in_flight=0, delayed=1)
    assert after_the_delay == Counts(visible=4, in_flight=0, delayed=0)


@pytest.mark.parametrize("is_received", [False, True], ids=["visible", "in flight"])
def test_a_message_beyond_retention_is_gone(is_received: bool) -> None:
    """Retention counts from the send, hidden or not (recorded)."""
    store = new_store(Settings(retention_s=60, visibility_timeout_s=60))
    store.send("a", 0)
    if is_received:
        store.receive(1, 5 * SECOND)

    at_last = store.counts(60 * SECOND - 1)
    after = store.counts(60 * SECOND)

    assert sum(at_last) == 1
    assert sum(after) == 0
    assert store.receive(10, 65 * SECOND) == []


def test_deleting_an_expired_message_succeeds() -> None:
    """A handle outlives its message (recorded)."""
    store = new_store(Settings(retention_s=60))
    handle = received_handle(store)

    store.delete(handle, 61 * SECOND)

    assert sum(store.counts(61 * SECOND)) == 0


def test_a_shorter_retention_expires_stored_messages() -> None:
    """Lowering MessageRetentionPeriod holds for what is there."""
    store = new_store()
    store.send("old", 0)
    store.send("new", 50 * SECOND)

    store.apply(Settings(retention_s=60), 70 * SECOND)

    assert bodies(store.messages(70 * SECOND)) == ["new"]


@pytest.mark.parametrize("at_s", [1, 31], ids=["in flight", "visible again"])
def test_a_standard_queue_deletes_by_any_handle_of_the_message(at_s: int) -> None:
    """In flight or visible again, the message is deleted (recorded)."""
    store = new_store()
    handle = received_handle(store)

    store.delete(handle, at_s * SECOND)

    assert sum(store.counts(at_s * SECOND)) == 0


def test_a_standard_queue_deletes_by_an_older_handle() -> None:
    """The simulator's rule where AWS leaves it open."""
    store = new_store()
    handle = received_handle(store)
    store.receive(1, 31 * SECOND)

    store.delete(handle, 32 * SECOND)

    assert sum(store.counts(32 * SECOND)) == 0


def test_deleting_twice_succeeds_silently() -> None:
    """A second delete by the same handle does nothing (recorded)."""
    store = new_store()
    handle = received_handle(store)

    store.delete(handle, 0)
    store.delete(handle, 0)

    assert sum(store.counts(0)) == 0


@pytest.mark.parametrize(
    "handle",
    ["garbage", "", "AQEBtoken+", "AQEBtoken+1", "AQEBtoken+x/1", received_handle(new_store(token="other"))],
    ids=["garbage", "empty", "cut short", "without count", "no number", "of another queue"],
)
@pytest.mark.parametrize("operation", ["delete", "change_visibility"])
def test_a_foreign_handle_is_refused(operation: str, handle: str) -> None:
    """Garbage and another queue's handle are not valid receipt handles (recorded)."""
    store = new_store()

    told = refusal(lambda: getattr(store, operation)(handle, *((0, 0) if operation != "delete" else (0,))))

    assert told == ("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')


def test_a_changed_visibility_counts_from_the_call() -> None:
    """Extending by ten seconds at second twenty hides until second thirty."""
    store = new_store(Settings(visibility_timeout_s=25))
    handle = received_handle(store)

    store.change_visibility(handle, 10, 20 * SECOND)

    assert store.next_due_us(20 * SECOND) == 30 * SECOND
    assert store.receive(1, 30 * SECOND - 1) == []
    assert bodies(store.receive(1, 30 * SECOND)) == ["body"]


def test_a_changed_visibility_is_not_remembered() -> None:
    """The next receive uses the queue's timeout again (recorded)."""
    store = new_store(Settings(visibility_timeout_s=25))
    handle = received_handle(store)
    store.change_visibility(handle, 2, 0)

    store.receive(1, 2 * SECOND)

    assert store.next_due_us(2 * SECOND) == 27 * SECOND


def test_visibility_zero_shows_the_message_at_once() -> None:
    """A consumer gives a message back by a timeout of zero."""
    store = new_store()
    handle = received_handle(store)

    store.change_visibility(handle, 0, SECOND)

    assert bodies(store.receive(1, SECOND)) == ["body"]


def test_setting_the_same_end_twice_shows_the_message_once() -> None:
    """Two changes to one instant are one redelivery."""
    store = new_store()
    handle = received_handle(store)
    store.change_visibility(handle, 5, 0)
    store.change_visibility(handle, 5, 0)

    counts = store.counts(5 * SECOND)

    assert counts == Counts(visible=1, in_flight=0, delayed=0)


def test_changing_the_visibility_of_a_visible_message_has_no_effect() -> None:
    """After the timeout the call succeeds and hides nothing (recorded)."""
    store = new_store()
    handle = received_handle(store)

    store.change_visibility(handle, 100, 30 * SECOND)

    assert store.counts(30 * SECOND).visible == 1


def test_changing_the_visibility_of_a_deleted_message_is_refused() -> None:
    """It does not exist for visibility timeout change (recorded)."""
    store = new_store()
    handle = received_handle(store)
    store.delete(handle, 0)

    code, message = refusal(lambda: store.change_visibility(handle, 5, 0))

    assert code == "InvalidParameterValue"
    assert message == (
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: "
        "Message does not exist or is not available for visibility timeout change."
    )


@pytest.mark.parametrize(("at_s", "is_refused"), [(0, False), (1, True)], ids=["twelve hours", "a second more"])
def test_a_receive_hides_for_twelve_hours_at_most(at_s: int, is_refused: bool) -> None:
    """The total since the receive counts; it is not clamped."""
    store = new_store()
    handle = received_handle(store)
    store.change_visibility(handle, 10, 0)

    if is_refused:
        told = refusal(lambda: store.change_visibility(handle, 43_200, at_s * SECOND))
    else:
        store.change_visibility(handle, 43_200, at_s * SECOND)
        told = ("", "")

    assert told[0] == ("InvalidParameterValue" if is_refused else "")
    assert store.next_due_us(at_s * SECOND) == (10 * SECOND if is_refused else 43_200 * SECOND)


def test_purge_removes_messages_in_every_state() -> None:
    """Visible, delayed and in flight: all are gone, and old handles still delete silently."""
    store = new_store()
    handle = received_handle(store)
    store.send("visible", 0)
    store.send("delayed", 0, delay_us=SECOND)

    store.purge("orders", 0)
    store.delete(handle, 0)

    assert sum(store.counts(10 * SECOND)) == 0


@pytest.mark.parametrize(("second_at_s", "is_refused"), [(59, True), (60, False)], ids=["within", "after"])
def test_a_queue_may_be_purged_once_a_minute(second_at_s: int, is_refused: bool) -> None:
    """The second purge within sixty seconds is refused with 403 (recorded)."""
    store = new_store()
    store.purge("orders", 0)

    if is_refused:
        with pytest.raises(ApiError) as caught:
            store.purge("orders", second_at_s * SECOND)

        assert caught.value.status == 403
        assert caught.value.code == "AWS.SimpleQueueService.PurgeQueueInProgress"
        assert caught.value.message == "Only one PurgeQueue operation on orders is allowed every 60 seconds."
    else:
        store.purge("orders", second_at_s * SECOND)


def redriven(source: Store, settings: Settings | None = None) -> Store:
    """Give a store a dead-letter queue."""
    dead_letters = new_store(settings, token="dead")
    source.dead_letter = lambda message, now_us: bool(dead_letters.admit(message, "arn:source", now_us))
    return dead_letters


def poisoned(receive_count_max: int, **settings: int) -> Settings:
    """Return settings with a redrive policy."""
    policy = RedrivePolicy(target_arn="arn:dead", receive_count_max=receive_count_max)
    return Settings(redrive=policy, **settings)  # type: ignore[arg-type]  # all of them are spans


def test_a_message_is_dead_lettered_by_the_receive_after_its_last() -> None:
    """With maxReceiveCount 2: two deliveries, then a receive that moves and gives nothing (recorded)."""
    store = new_store(poisoned(2))
    dead_letters = redriven(store)
    store.send("a", 0)

    counts = [[message.receive_count for message in store.receive(1, 0, visibility_us=0)] for _ in range(3)]
    (dead,) = dead_letters.receive(1, 0)

    assert counts == [[1], [2], []]
    assert dead.receive_count == 3
    assert dead.extras.dead_letter_source_arn == "arn:source"
    assert dead.message_id == "id-1"


def test_no_timer_ever_moves_a_message() -> None:
    """As long as nobody receives, a message that failed often enough stays where it is."""
    store = new_store(poisoned(1))
    redriven(store)
    received_handle(store)

    counts = store.counts(3600 * SECOND)

    assert counts.visible == 1


def test_a_receive_goes_on_to_the_next_message_after_a_move() -> None:
    """The same call that moves one message delivers the one behind it."""
    store = new_store(poisoned(1, visibility_timeout_s=0))
    redriven(store)
    store.send("poison", 0)
    store.receive(1, 0)
    store.send("good", 0)

    received = store.receive(1, 0)

    assert bodies(received) == ["good"]


def test_retention_in_a_dead_letter_queue_counts_from_the_first_send() -> None:
    """A standard message brings its age along (documented)."""
    store = new_store(poisoned(1, visibility_timeout_s=1))
    dead_letters = redriven(store, Settings(retention_s=100))
    dead_letters.send("younger", 50 * SECOND)
    store.send("a", 0)
    store.receive(1, 60 * SECOND)
    store.receive(1, 61 * SECOND)

    before = dead_letters.counts(100 * SECOND - 1)
    after = dead_letters.messages(100 * SECOND)

    assert before.visible == 2
    assert bodies(after) == ["younger"]


def test_no_more_than_120000_messages_are_in_flight() -> None:
    """A queue fills up to just there; then it is full until a message is deleted or returns."""
    store = new_store()
    for _ in range(120_005):
        store.send("a", 0)
    for _ in range(11_999):
        store.receive(10, 0)
    store.receive(5, 0)

    last = store.receive(10, 0)

    assert len(last) == 5
    assert store.is_full(0)
    assert store.receive(1, 0) == []
    assert not store.is_full(30 * SECOND)


def test_a_shuffled_queue_gives_everything_once_in_another_order() -> None:
    """Disorder is drawn from the given generator and loses nothing."""
    store = new_store(Settings(order="shuffled"))
    for number in range(100):
        store.send(str(number), 0)

    received = [body for _ in range(10) for body in bodies(store.receive(10, 0))]

    assert received != [str(number) for number in range(100)]
    assert sorted(received, key=int) == [str(number) for number in range(100)]


def test_duplicates_are_delivered_although_the_message_was_deleted() -> None:
    """A copy survives on another server: same id, one receive more."""
    store = new_store(Settings(duplicates=1.0))
    store.send("a", 0)
    (first,) = store.receive(1, 0)
    store.delete(handle_of(store, first), 0)

    (second,) = store.receive(1, 0)

    assert (second.message_id, second.receive_count) == (first.message_id, 2)


def test_next_due_is_exact() -> None:
    """What was deleted needs no timer."""
    store = new_store()
    handle = received_handle(store)
    store.send("later", 0, delay_us=50 * SECOND)

    before = store.next_due_us(0)
    store.delete(handle, 0)
    after = store.next_due_us(0)

    assert (before, after) == (30 * SECOND, 50 * SECOND)


def test_every_effect_is_observed() -> None:
    """Who mirrors or traces a queue hears of each change after a send, with the instant at which it happened."""
    store = new_store(poisoned(1, visibility_timeout_s=10, retention_s=60))
    redriven(store)
    heard: list[tuple[Effect, list[str], int]] = []
    store.watch(lambda effect, messages, at_us: heard.append((effect, bodies(messages), at_us // SECOND)))

    store.send("a", 0)
    store.send("b", 0)
    deleted, _ = store.receive(2, SECOND)
    store.delete(handle_of(store, deleted), 2 * SECOND)
    store.receive(1, 20 * SECOND)
    store.send("c", 30 * SECOND)
    store.counts(100 * SECOND)
    store.purge("orders", 100 * SECOND)

    assert heard == [
        ("received", ["a", "b"], 1),
        ("deleted", ["a"], 2),
        ("shown", ["b"], 11),
        ("dead_lettered", ["b"], 20),
        ("expired", ["c"], 90),
        ("purged", [], 100),
    ]


def test_a_forgotten_message_among_a_million_places_stays_reachable() -> None:
    """The register sets aside what outlives its neighbours by far."""
    store = new_store()
    handle = received_handle(store)
    for _ in range(1000):
        for _ in range(10):
            store.send("a", 0)
        store.settle(deliveries(store.receive(10, 0), Scales()), 0)

    store.change_visibility(handle, 0, 0)
    (oldest,) = store.receive(1, 0)
    store.delete(handle_of(store, oldest), 0)

    assert oldest.number == 1
    assert store.counts(0) == Counts(0, 0, 0)
