"""How a mapping takes what lies in a queue: receives, filters, batches, lanes."""

from collections.abc import Callable
from typing import Any

from eventsim.mapping.spec import MappingSpec, PollersSpec

Build = Callable[..., Any]
S = 1_000_000


class Sink:
    """A handler that keeps the bodies of each batch."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    def __call__(self, event: Any) -> None:
        self.batches.append([record["body"] for record in event["Records"]])

    @property
    def sizes(self) -> list[int]:
        """The sizes of the batches."""
        return [len(batch) for batch in self.batches]


def connect(world: Any, **settings: Any) -> Any:
    """Tie the pile to the function and return the mapping."""
    return world.mappings.create("m", MappingSpec(source="pile", function="f", **settings))


def fill(pile: Any, count: int) -> None:
    """Put numbered messages."""
    for number in range(count):
        pile.put(str(number))


def test_without_a_window_a_batch_is_what_one_receive_gave(build: Build) -> None:
    """Ten at most, and even a single message goes at once (documented)."""
    sink = Sink()
    world = build(sink)
    world.add()
    fill(world.pile(), 23)
    connect(world)

    world.run()

    assert sink.sizes == [10, 10, 3]


def test_a_window_gathers_batches_from_several_receives(build: Build) -> None:
    """P8: 30 messages, batch size 20, window 1 s, maximum concurrency 2: two batches (recorded)."""
    sink = Sink()
    world = build(sink)
    world.add(reserved_concurrency=2)
    fill(world.pile(), 30)
    connect(world, batch_size=20, batching_window=1, maximum_concurrency=2)

    world.run()

    assert sink.sizes == [20, 10]
    assert [entry.at_us for entry in world.told("batched")] == [0, S]


def test_a_window_begins_with_the_first_message(build: Build) -> None:
    """An empty window invokes nothing; messages that come within the window go together."""
    sink = Sink()
    world = build(sink)
    world.add()
    pile = world.pile()
    connect(world, batch_size=100, batching_window=5)
    for at_s in (100, 104, 106):
        world.at(at_s, lambda: pile.put("x"))

    world.run()

    assert sink.sizes == [2, 1]
    assert [entry.at_us // S for entry in world.told("batched")] == [105, 111]


def test_six_megabytes_end_a_batch(build: Build) -> None:
    """What does not fit begins the next batch (documented)."""
    sink = Sink()
    world = build(sink)
    world.add()
    pile = world.pile()
    for _ in range(10):
        pile.put("x" * 1_000_000)
    connect(world)

    world.run()

    assert sink.sizes == [6, 4]


def test_unmatched_messages_are_deleted_unread(build: Build) -> None:
    """P9: one matches, one does not, one is plain text; the body arrives as it was sent (recorded)."""
    sink = Sink()
    world = build(sink)
    world.add()
    pile = world.pile()
    for body in ('{"my-key": "my-value"}', '{"my-key": "other"}', "plain text"):
        pile.put(body)
    connect(world, filters=[{"body": {"my-key": ["my-value"]}}])

    world.run()

    assert sink.batches == [['{"my-key": "my-value"}']]
    assert pile.messages == []
    reasons = [entry.detail["reason"] for entry in world.told("filtered out")]
    assert reasons[0] == 'not matched: body.my-key is "other", wanted "my-value"'
    assert len(reasons) == 2


def test_a_batch_that_is_filtered_out_invokes_nothing(build: Build) -> None:
    """No invocation, no charge (documented)."""
    sink = Sink()
    world = build(sink)
    world.add()
    pile = world.pile()
    fill(pile, 25)
    connect(world, filters=[{"body": {"k": [1]}}])

    world.run()

    assert sink.batches == []
    assert pile.messages == []


def test_filtered_messages_take_no_place_in_a_batch(build: Build) -> None:
    """Filters apply before counting (documented)."""
    sink = Sink()
    world = build(sink)
    world.add()
    pile = world.pile()
    for number in range(40):
        pile.put(f'{{"n": {number % 2}}}')
    connect(world, batch_size=20, batching_window=1, filters=[{"body": {"n": [1]}}])

    world.run()

    assert sink.sizes == [20]


def test_five_batches_run_at_first_and_five_more_each_second(build: Build) -> None:
    """While messages remain the concurrency grows (documented)."""
    world = build(Sink(), duration_us=100 * S)
    world.add()
    fill(world.pile(visibility_timeout_s=900), 1_000)
    connect(world)

    world.run(3)

    assert [round(entry.at_us / S) for entry in world.told("batched")] == [0] * 5 + [1] * 5 + [2] * 5 + [3] * 5


def test_maximum_concurrency_leaves_messages_in_the_queue(build: Build) -> None:
    """What may not run is not received, so nothing is throttled (documented)."""
    world = build(Sink(), duration_us=10 * S)
    world.add()
    pile = world.pile(visibility_timeout_s=900)
    fill(pile, 60)
    connect(world, maximum_concurrency=2)

    world.run(5)
    received = sum(message.receive_count for message in pile.messages)
    world.run()

    assert received == 20
    assert len(world.play.environments) == 2
    assert pile.messages == []


def test_provisioned_pollers_have_ten_batches_each_in_flight(build: Build) -> None:
    """At once, without the slow beginning (documented)."""
    world = build(Sink(), duration_us=10 * S)
    world.add()
    fill(world.pile(visibility_timeout_s=900), 1_000)
    connect(world, provisioned_pollers=PollersSpec(minimum=2, maximum=3))

    world.run(5)

    assert [round(entry.at_us / S) for entry in world.told("batched")] == [0] * 20 + [1] * 10


def test_errors_lower_the_concurrency(build: Build) -> None:
    """A function that fails is asked less (documented; the numbers are unconfirmed)."""

    def fail(event: Any) -> None:
        raise ValueError("no")

    world = build(fail, duration_us=S)
    world.add()
    fill(world.pile(visibility_timeout_s=900), 1_000)
    connect(world)

    world.run(4)

    at_s = [entry.at_us // S for entry in world.told("batched")]
    assert [at_s.count(second) for second in range(5)] == [5, 5, 5, 5, 5]


def test_a_world_without_messages_is_idle(build: Build) -> None:
    """Nothing is due while a mapping waits; its empty long polls are arithmetic."""
    world = build(Sink())
    world.add()
    world.pile()
    mapping = connect(world)

    world.run()
    at_end = world.clock.now_us
    world.run(3_600)

    assert at_end == 0
    assert mapping.poller.empty_polls() == 405


def test_a_window_hides_messages_for_longer(build: Build) -> None:
    """Window + timeout + 30 s, where the queue's own visibility timeout is shorter (documented)."""
    world = build(Sink(), duration_us=S)
    world.add()
    pile = world.pile(visibility_timeout_s=5)
    message = pile.put("a")
    connect(world, batch_size=20, batching_window=10)

    world.run(1)

    assert message.hidden_until_us == (10 + 3 + 30) * S


def test_a_stopped_mapping_takes_nothing_more(build: Build) -> None:
    """What is in flight ends; what comes later stays in the queue; enabled again it goes on."""
    sink = Sink()
    world = build(sink, duration_us=10 * S)
    world.add()
    pile = world.pile()
    pile.put("a")
    mapping = connect(world)
    world.at(1, mapping.disable)
    world.at(2, lambda: pile.put("b"))
    world.run(100)
    before = list(sink.batches)

    mapping.enable()
    world.run()

    assert before == [["a"]]
    assert sink.batches == [["a"], ["b"]]


def test_requests_are_what_aws_would_charge(build: Build) -> None:
    """Three receives with messages, three deletes, and the empty long polls of a minute."""
    world = build(Sink())
    world.add()
    fill(world.pile(), 23)
    mapping = connect(world)

    world.run(60)

    assert mapping.poller.requests() == 3 + 3 + 15
