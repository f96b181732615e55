"""Order within message groups, and deduplication: what a FIFO queue adds."""

import hashlib
from itertools import count

import pytest

from eventsim import ApiError
from eventsim_sources.queue.contents import Counts
from eventsim_sources.queue.message import Duplicate, Extras, Message
from eventsim_sources.queue.receipt import Receipts
from eventsim_sources.queue.settings import RedrivePolicy, Settings
from eventsim_sources.queue.store import Store

SECOND = 1_000_000


def new_store(settings: Settings | None = None) -> Store:
    """Build a FIFO store whose message ids count from one."""
    ids = count(1)
    return Store(
        settings or Settings(is_fifo=True),
        receipts=Receipts("token"),
        next_message_id=lambda: f"id-{next(ids)}",
    )


def send(
    store: Store, body: str, now_us: int = 0, *, group: str | None = None, deduplication_id: str = ""
) -> Message | Duplicate:
    """Send a message; its group is the body's beginning (`g1a` → `g1`), its deduplication id the body."""
    extras = Extras(group_id=group or body[:2], deduplication_id=deduplication_id or body)
    return store.send(body, now_us, extras=extras)


def receive(store: Store, now_us: int = 0, *, limit: int = 10, visibility_us: int | None = None) -> list[str]:
    """Receive, and return the bodies."""
    return [message.body for message in store.receive(limit, now_us, visibility_us=visibility_us)]


def handles(store: Store, now_us: int = 0, *, limit: int = 10) -> dict[str, str]:
    """Receive, and return the handles by body."""
    messages = store.receive(limit, now_us)
    return {message.body: store.receipts.write(message.number, message.receive_count) for message in messages}


def test_one_receive_drains_a_group_before_it_touches_the_next() -> None:
    """Four sends of two groups come out group by group (recorded)."""
    store = new_store()
    for body in ("g1a", "g2a", "g1b", "g1c"):
        send(store, body)

    received = receive(store)

    assert received == ["g1a", "g1b", "g1c", "g2a"]


def test_a_group_with_a_message_in_flight_gives_nothing() -> None:
    """Other groups do (recorded)."""
    store = new_store()
    for body in ("g1a", "g1b", "g2a"):
        send(store, body)
    receive(store, limit=1)

    received = receive(store)

    assert received == ["g2a"]


@pytest.mark.parametrize(
    ("extended", "expected"),
    [("g1foo", []), ("g1bar", ["g1foo"]), ("g1baz", ["g1foo", "g1bar"])],
    ids=["first", "middle", "last"],
)
def test_messages_received_together_are_extended_one_by_one(extended: str, expected: list[str]) -> None:
    """What stands before the extended message returns, what stands behind it waits (recorded)."""
    store = new_store(Settings(is_fifo=True, visibility_timeout_s=1))
    for body in ("g1foo", "g1bar", "g1baz"):
        send(store, body)
    store.change_visibility(handles(store)[extended], 60, 0)

    received = receive(store, 2 * SECOND)

    assert received == expected


def test_giving_back_the_first_of_two_makes_just_that_one_receivable() -> None:
    """The second is still in flight, and the third waits behind it (recorded)."""
    store = new_store()
    for body in ("g1a", "g1b", "g1c"):
        send(store, body)
    first, _ = handles(store, limit=2).values()
    store.change_visibility(first, 0, 0)

    received = receive(store)

    assert received == ["g1a"]


@pytest.mark.parametrize(("deleted_count", "expected"), [(1, []), (2, ["g1c"])], ids=["one", "both"])
def test_a_group_is_unblocked_when_all_its_messages_in_flight_are_deleted(
    deleted_count: int, expected: list[str]
) -> None:
    """Deleting the first of two does not do (recorded)."""
    store = new_store()
    for body in ("g1a", "g1b", "g1c"):
        send(store, body)
    for handle in list(handles(store, limit=2).values())[:deleted_count]:
        store.delete(handle, 0)

    received = receive(store)

    assert received == expected


def test_an_expired_batch_comes_back_in_its_order() -> None:
    """Three hidden messages return as they were (recorded)."""
    store = new_store()
    for body in ("g1a", "g1b", "g1c"):
        send(store, body)
    receive(store)

    received = receive(store, 30 * SECOND)

    assert received == ["g1a", "g1b", "g1c"]


def test_a_group_that_returns_stands_behind_groups_that_waited() -> None:
    """The head's key is renewed when it becomes visible again."""
    store = new_store(Settings(is_fifo=True, visibility_timeout_s=10))
    send(store, "g1a")
    receive(store)
    send(store, "g2a", 5 * SECOND)

    received = receive(store, 20 * SECOND)

    assert received == ["g2a", "g1a"]


def test_a_receive_with_timeout_zero_gives_each_message_once() -> None:
    """A message given out and left visible is not given out twice by one call."""
    store = new_store()
    for body in ("g1a", "g1b"):
        send(store, body)

    first = receive(store, visibility_us=0)
    second = receive(store, visibility_us=0)

    assert (first, second) == (["g1a", "g1b"], ["g1a", "g1b"])


def test_a_delayed_head_blocks_its_group() -> None:
    """A message behind one that is delayed waits for it."""
    store = new_store(Settings(is_fifo=True, delay_s=5))
    send(store, "g1a")
    send(store, "g1b", SECOND)

    at_first = receive(store, 5 * SECOND - 1)
    later = receive(store, 6 * SECOND)

    assert (at_first, later) == ([], ["g1a", "g1b"])


def test_the_queues_delay_holds_where_a_message_says_zero() -> None:
    """On a FIFO queue there is only the queue's delay (recorded)."""
    store = new_store(Settings(is_fifo=True, delay_s=5))
    store.send("a", 0, extras=Extras(group_id="g", deduplication_id="a"), delay_us=0)

    due_us = store.next_due_us(0)

    assert due_us == 5 * SECOND


def test_a_new_delay_is_retroactive() -> None:
    """It moves what is still delayed (documented)."""
    store = new_store(Settings(is_fifo=True, delay_s=60))
    send(store, "g1a")

    store.apply(Settings(is_fifo=True, delay_s=5), SECOND)

    assert store.next_due_us(SECOND) == 5 * SECOND


@pytest.mark.parametrize("is_received_again", [False, True], ids=["visible again", "received again"])
def test_an_expired_handle_deletes_nothing(is_received_again: bool) -> None:
    """A FIFO queue honours only the handle that hides the message now (recorded)."""
    store = new_store()
    send(store, "g1a")
    handle = handles(store)["g1a"]
    if is_received_again:
        receive(store, 30 * SECOND)

    with pytest.raises(ApiError) as caught:
        store.delete(handle, 31 * SECOND)

    assert caught.value.code == "InvalidParameterValue"
    assert caught.value.message == (
        f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired."
    )
    assert sum(store.counts(31 * SECOND)) == 1


def test_a_handle_lives_as_long_as_its_extended_timeout() -> None:
    """ChangeMessageVisibility moves the handle's end as well (recorded)."""
    store = new_store()
    send(store, "g1a")
    handle = handles(store)["g1a"]
    store.change_visibility(handle, 100, 0)

    store.delete(handle, 99 * SECOND)

    assert sum(store.counts(99 * SECOND)) == 0


def test_deleting_twice_succeeds() -> None:
    """The message is gone, so nothing is expired (unconfirmed)."""
    store = new_store()
    send(store, "g1a")
    handle = handles(store)["g1a"]

    store.delete(handle, 0)
    store.delete(handle, 0)

    assert sum(store.counts(0)) == 0


def test_a_dead_letter_unblocks_its_group() -> None:
    """The message behind it is delivered by the same receive; group and deduplication id go along."""
    policy = RedrivePolicy(target_arn="arn:dead", receive_count_max=1)
    store = new_store(Settings(is_fifo=True, redrive=policy))
    dead_letters = new_store(Settings(is_fifo=True, retention_s=60))
    store.dead_letter = lambda message, now_us: bool(dead_letters.admit(message, "arn:source", now_us))
    send(store, "g1a")
    send(store, "g1b")
    receive(store, limit=1)

    received = receive(store, 50 * SECOND)
    (dead,) = dead_letters.messages(50 * SECOND)

    assert received == ["g1b"]
    assert (dead.extras.group_id, dead.extras.deduplication_id, dead.message_id) == ("g1", "g1a", "id-1")


def test_retention_in_a_dead_letter_queue_starts_anew() -> None:
    """A FIFO queue counts from the move (documented)."""
    store = new_store(Settings(is_fifo=True, retention_s=60))
    dead = Message(number=9, message_id="id", body="a", sent_us=0, extras=Extras(group_id="g", deduplication_id="a"))

    store.admit(dead, "arn:source", 50 * SECOND)

    assert sum(store.counts(110 * SECOND - 1)) == 1
    assert sum(store.counts(110 * SECOND)) == 0


def test_nothing_more_is_received_at_the_limit_in_flight() -> None:
    """A FIFO queue gives nothing at 120,000 in flight, and no error (documented)."""
    store = new_store()
    for number in range(120_001):
        store.send("a", 0, extras=Extras(group_id=str(number), deduplication_id=str(number)))
    for _ in range(12_000):
        store.receive(10, 0)

    received = receive(store)

    assert received == []
    assert store.counts(0) == Counts(visible=1, in_flight=120_000, delayed=0)


@pytest.mark.parametrize(
    ("at_s", "expected"), [(299.999999, []), (300, ["again"])], ids=["just within", "after five minutes"]
)
def test_a_repeated_id_is_a_duplicate_for_five_minutes(at_s: float, expected: list[str]) -> None:
    """The window runs from the accepted send; deleting the message does not clear it (recorded)."""
    store = new_store()
    first = send(store, "first", deduplication_id="id")
    store.delete(handles(store)["first"], 0)

    second = send(store, "again", int(at_s * SECOND), deduplication_id="id")

    assert receive(store, 300 * SECOND) == expected
    assert (second.message_id == first.message_id) == (not expected)
    assert (second.sequence_number == first.sequence_number) == (not expected)


def test_a_duplicate_does_not_extend_the_window() -> None:
    """Five minutes after the first, the id is free again (recorded)."""
    store = new_store()
    send(store, "first", deduplication_id="id")
    send(store, "second", 200 * SECOND, deduplication_id="id")

    third = send(store, "third", 300 * SECOND, deduplication_id="id")

    assert isinstance(third, Message)


def test_content_stands_in_for_a_missing_id() -> None:
    """The id is the SHA-256 of the body, and collides with the same text given explicitly."""
    store = new_store(Settings(is_fifo=True, has_content_deduplication=True))
    digest = hashlib.sha256(b"text").hexdigest()
    message = store.send("text", 0, extras=Extras(group_id="g"))

    duplicate = store.send("other", 0, extras=Extras(group_id="g", deduplication_id=digest))

    assert isinstance(message, Message)
    assert message.extras.deduplication_id == digest
    assert isinstance(duplicate, Duplicate)


@pytest.mark.parametrize(
    ("at_creation", "later", "expected"),
    [("queue", "messageGroup", 1), ("messageGroup", "queue", 2)],
    ids=["whole queue", "each group"],
)
def test_the_scope_at_creation_stays_in_force(at_creation: str, later: str, expected: int) -> None:
    """The attribute may change, the behaviour does not (recorded)."""
    store = new_store(Settings(is_fifo=True, deduplication_scope=at_creation))  # type: ignore[arg-type]
    store.apply(Settings(is_fifo=True, deduplication_scope=later), 0)  # type: ignore[arg-type]
    send(store, "a", group="g1", deduplication_id="id")
    send(store, "b", group="g2", deduplication_id="id")

    counts = store.counts(0)

    assert counts.visible == expected


def test_a_purge_clears_the_memory_for_deduplication() -> None:
    """After it the same id is new (recorded)."""
    store = new_store()
    send(store, "a", deduplication_id="id")
    store.purge("orders.fifo", 0)

    again = send(store, "b", deduplication_id="id")

    assert isinstance(again, Message)


def test_sequence_numbers_have_twenty_digits_and_rise() -> None:
    """They order a queue's messages as text."""
    store = new_store()

    numbers = [send(store, f"g1{letter}").sequence_number for letter in "abc"]

    assert numbers == sorted(set(numbers))
    assert {len(number) for number in numbers} == {20}


def replayed(store: Store, attempt_id: str, now_us: int) -> list[tuple[str, int]]:
    """Receive under an attempt id, and return bodies with receive counts."""
    messages = store.receive_again(attempt_id, 10, now_us)
    return [(message.body, message.receive_count) for message in messages]


def test_a_repeated_attempt_gives_the_same_messages_and_hides_them_anew() -> None:
    """Within five minutes a lost answer can be had again (documented)."""
    store = new_store()
    send(store, "g1a")

    first = replayed(store, "attempt", 0)
    second = replayed(store, "attempt", 20 * SECOND)

    assert first == second == [("g1a", 1)]
    assert store.next_due_us(20 * SECOND) == 50 * SECOND


@pytest.mark.parametrize("change", ["deleted", "changed", "expired"])
def test_an_attempt_is_not_replayed_once_a_message_changed(change: str) -> None:
    """What was deleted, changed or became visible again is received afresh or not at all."""
    store = new_store()
    send(store, "g1a")
    (message,) = store.receive_again("attempt", 10, 0)
    handle = store.receipts.write(message.number, message.receive_count)
    if change == "deleted":
        store.delete(handle, 0)
    elif change == "changed":
        store.change_visibility(handle, 60, 0)

    again = replayed(store, "attempt", 40 * SECOND)

    assert again == ([("g1a", 2)] if change == "expired" else [])
