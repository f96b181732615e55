"""What becomes of a batch: settled, left to its visibility timeout, kept while throttled, let go."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from eventsim.envelope import Lineage
from eventsim.mapping.spec import MappingSpec

Build = Callable[..., Any]
S = 1_000_000


class Handler:
    """A function that notes what it gets, and answers from another."""

    def __init__(self, answer: Callable[[list[dict[str, Any]]], Any]) -> None:
        self.answer = answer
        self.batches: list[list[str]] = []
        self.counts: list[list[str]] = []

    def __call__(self, event: Any) -> Any:
        records = event["Records"]
        self.batches.append([record["body"] for record in records])
        self.counts.append([record["attributes"]["ApproximateReceiveCount"] for record in records])
        return self.answer(records)


def fail_on(*bodies: str) -> Handler:
    """Raise if the batch holds one of these."""

    def answer(records: list[dict[str, Any]]) -> None:
        if any(record["body"] in bodies for record in records):
            raise ValueError("no")

    return Handler(answer)


def report(*bodies: str, times: int = 999) -> Handler:
    """Report these as failed, the first so many times that each is seen."""
    seen: dict[str, int] = {}

    def answer(records: list[dict[str, Any]]) -> Any:
        failures = []
        for record in records:
            body = record["body"]
            seen[body] = seen.get(body, 0) + 1
            if body in bodies and seen[body] <= times:
                failures.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failures}

    return Handler(answer)


def connect(world: Any, **settings: Any) -> None:
    """Tie the pile to the function."""
    world.mappings.create("m", MappingSpec(source="pile", function="f", **settings))


def test_a_failed_message_comes_back_after_its_visibility_timeout(build: Build) -> None:
    """P1: not before; with a higher receive count, and is settled when it succeeds (recorded)."""
    failures = iter([ValueError("first")])

    def answer(records: list[dict[str, Any]]) -> None:
        for error in failures:
            raise error

    handler = Handler(answer)
    world = build(handler, duration_us=S)
    world.add()
    pile = world.pile()
    connect(world, batch_size=1)
    pile.put("a")

    world.run()

    assert handler.counts == [["1"], ["2"]]
    assert [entry.at_us for entry in world.told("batched")] == [0, 30 * S]
    assert pile.messages == pile.dead == []


def test_a_message_that_keeps_failing_is_dead_at_the_next_receive(build: Build) -> None:
    """P2: with two receives allowed the function sees it twice (recorded)."""
    handler = fail_on("a")
    world = build(handler)
    world.add()
    pile = world.pile(receives_max=2)
    connect(world, batch_size=1)
    pile.put("a")

    world.run()

    assert handler.counts == [["1"], ["2"]]
    assert [message.body for message in pile.dead] == ["a"]
    assert len(world.told("left hidden")) == 2


def test_a_group_continues_after_the_first_failure(build: Build) -> None:
    """P3: messages 2 and 3 fail once, 4 always; the second batch holds 2, 3, 4, and 4 ends dead (recorded)."""
    seen: dict[str, int] = {}

    def answer(records: list[dict[str, Any]]) -> Any:
        failures = []
        for record in records:
            body = record["body"]
            seen[body] = seen.get(body, 0) + 1
            if body == "4" or (body in "23" and seen[body] == 1):
                failures.append({"itemIdentifier": record["messageId"]})
        return {"batchItemFailures": failures}

    handler = Handler(answer)
    world = build(handler)
    world.add()
    pile = world.pile(is_ordered=True, receives_max=2)
    for body in "1234":
        pile.put(body, group="g")
    connect(world, report_batch_item_failures=True)

    world.run()

    assert handler.batches == [["1", "2", "3", "4"], ["2", "3", "4"]]
    assert handler.counts[1] == ["2", "2", "2"]
    assert [message.body for message in pile.dead] == ["4"]


def test_one_poison_message_kills_its_batch(build: Build) -> None:
    """P4: a handler that raises fails all, whatever the mapping may report (recorded)."""
    world = build(fail_on("poison"))
    world.add()
    pile = world.pile(receives_max=2)
    pile.put("poison")
    pile.put("good")
    connect(world, report_batch_item_failures=True)

    world.run()

    assert [message.body for message in pile.dead] == ["poison", "good"]


def test_a_report_without_sense_fails_all(build: Build) -> None:
    """P5: the whole batch is tried again, then dead; the trace says why (recorded)."""
    handler = Handler(lambda _: {"batchItemFailures": [{"foo": "notvalid"}]})
    world = build(handler)
    world.add()
    pile = world.pile(receives_max=2)
    pile.put("a")
    connect(world, report_batch_item_failures=True)

    world.run()

    assert len(handler.batches) == 2
    assert len(pile.dead) == 1
    assert "has no itemIdentifier" in world.told("misreported")[0].detail["reason"]


def test_an_empty_report_settles_all(build: Build) -> None:
    """P6: one invocation, nothing left (recorded)."""
    handler = Handler(lambda _: {})
    world = build(handler)
    world.add()
    pile = world.pile()
    pile.put("a")
    connect(world, report_batch_item_failures=True)

    world.run()

    assert handler.batches == [["a"]]
    assert pile.messages == []


def test_without_the_setting_a_report_is_ignored(build: Build) -> None:
    """The same response counts as success (documented)."""
    world = build(report("a"))
    world.add()
    pile = world.pile()
    pile.put("a")
    connect(world)

    world.run()

    assert pile.messages == []


def test_what_is_not_reported_is_settled(build: Build) -> None:
    """Only the message that failed comes back."""
    handler = report("b", times=1)
    world = build(handler)
    world.add()
    pile = world.pile()
    for body in "abc":
        pile.put(body)
    connect(world, report_batch_item_failures=True)

    world.run()

    assert handler.batches == [["a", "b", "c"], ["b"]]
    assert [entry.value for entry in world.told("partly failed")] == [1]


def test_a_group_never_has_two_batches_in_flight(build: Build) -> None:
    """P7: batch size 1, one group, enabled later: one after another, in order (recorded)."""
    handler = Handler(lambda _: None)
    world = build(handler, duration_us=S)
    world.add()
    pile = world.pile(is_ordered=True)
    for body in "abcd":
        pile.put(body, group="g")
    connect(world, batch_size=1, enabled=False)
    (mapping,) = world.mappings
    world.at(10, mapping.enable)

    world.run()

    assert handler.batches == [["a"], ["b"], ["c"], ["d"]]
    assert len(world.play.environments) == 1


def test_a_throttled_batch_is_kept_until_its_visibility_ends(build: Build) -> None:
    """It is tried after 1, 2, 4, 8 s, then let go; throttling alone makes it a dead letter (documented)."""
    world = build()
    world.add(reserved_concurrency=0)
    pile = world.pile(receives_max=2)
    pile.put("a")
    connect(world)

    world.run()

    assert [entry.at_us // S for entry in world.told("throttled")] == [0, 1, 3, 7, 15, 30, 31, 33, 37, 45]
    assert [entry.at_us // S for entry in world.told("let go")] == [30, 60]
    assert [message.body for message in pile.dead] == ["a"]


def test_a_throttled_batch_runs_when_there_is_room(build: Build) -> None:
    """The poller does not look at the function's concurrency: it takes, is refused, and tries again."""
    handler = Handler(lambda _: None)
    world = build(handler, duration_us=2 * S)
    world.add(reserved_concurrency=1)
    pile = world.pile()
    pile.put("a")
    pile.put("b")
    connect(world, batch_size=1)

    world.run()

    assert handler.batches == [["a"], ["b"]]
    assert handler.counts == [["1"], ["1"]]
    assert [entry.value for entry in world.told("batch kept")] == [S, 2 * S]


def test_a_chain_that_feeds_itself_counts_as_failed(build: Build) -> None:
    """Loop detection refuses the batch; the receive count rises until the message is dead (documented)."""
    handler = Handler(lambda _: None)
    world = build(handler)
    world.add()
    pile = world.pile(receives_max=2)
    pile.put("young", lineage=Lineage({"f": 3}))
    pile.put("old", lineage=Lineage({"f": 16}))
    connect(world)

    world.run()

    assert handler.batches == []
    assert [message.body for message in pile.dead] == ["young", "old"]


def test_an_event_that_is_too_large_is_left_and_told(build: Build) -> None:
    """A single message whose event exceeds six megabytes cannot be handed over."""
    world = build()
    world.add()
    pile = world.pile(receives_max=1)
    pile.put("x" * 6_291_457)
    connect(world)

    world.run()

    assert "RequestTooLargeException" in world.told("not invoked")[0].detail["reason"]
    assert len(pile.dead) == 1


def test_each_message_is_tied_to_its_invocation(build: Build) -> None:
    """The entry about the batch points at the first message's receipt; the others follow it."""
    world = build(Handler(lambda _: None))
    world.add()
    pile = world.pile()
    pile.put("a")
    pile.put("b")
    connect(world)

    world.run()

    (batched,) = world.told("batched")
    received = world.told("received")
    assert (batched.subject, batched.value) == ("invocation i1", 2)
    assert [(entry.subject, entry.number) for entry in received] == [
        ("message m1", batched.cause),
        ("message m2", batched.cause + 1),
    ]
    assert world.told("polled") == []


def test_a_gathered_batch_names_the_receipts_of_its_messages(build: Build) -> None:
    """Between them stands what others did, and each receive has an entry of its own."""
    world = build(Handler(lambda _: None))
    world.add()
    pile = world.pile()
    connect(world, batching_window=5)
    pile.put("a")
    world.at(1, lambda: pile.put("b"))

    world.run()

    (batched,) = world.told("batched")
    receipts = [entry.number for entry in world.told("received")]
    assert (batched.cause, batched.detail) == (receipts[0], {"received": receipts})
    assert len(world.told("polled")) == 2


@pytest.mark.parametrize("size", [1, 10])
def test_the_function_gets_the_records_as_the_source_builds_them(build: Build, size: int) -> None:
    """The event is `Records` and nothing else."""
    events: list[Any] = []
    world = build(lambda event: events.append(json.loads(json.dumps(event))))
    world.add()
    pile = world.pile()
    for number in range(size):
        pile.put(str(number))
    connect(world)

    world.run()

    (event,) = events
    assert list(event) == ["Records"]
    assert [record["body"] for record in event["Records"]] == [str(number) for number in range(size)]
