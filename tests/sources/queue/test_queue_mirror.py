"""The database shows the queues as they are, and a run with one is the same as without."""

import asyncio
import random  # noqa: TID251 - seeded, outside of any world
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim import StorageError, World
from eventsim_sources.queue.message import DELAYED, IN_FLIGHT, VISIBLE, Message
from eventsim_sources.queue.restore import restore
from eventsim_sources.queue.settings import RedrivePolicy, Settings
from eventsim_sources.queue.source import Queue
from eventsim_sources.writer import Writer
from tests.sources.conftest import rows

SECOND = 1_000_000


def new_queue(world: World, name: str = "orders", **settings: Any) -> Queue:
    """Build a queue and make it known."""
    queue = Queue(world, name, Settings(**settings))
    world.add(queue)
    return queue


def run_until(world: World, at_s: int) -> None:
    """Let virtual time pass."""
    world.clock.loop.run_until(at_s * SECOND)


def close(world: World) -> None:
    """Have everything written down."""
    world.clock.loop.run_until_complete(world.share(Writer).close())


def test_the_tables_always_show_the_queue(new_world: Callable[..., World], tmp_path: Path) -> None:
    """After each turn of the loop: what there is, in which state, until when."""
    path = tmp_path / "run.db"
    world = new_world(database_path=path)
    queue = new_queue(world, visibility_timeout_s=30)
    shown = "select body, state, visible_at, receive_count from message order by number"

    for body in ("a", "b"):
        queue.send(body)
    queue.send("c", delay_s=5)
    run_until(world, 0)
    at_first = rows(path, shown)
    taken = queue.take(2)
    run_until(world, 1)
    after_receive = rows(path, shown)
    queue.settle(taken[:1], cause=0)
    run_until(world, 2)
    after_delete = rows(path, shown)
    close(world)

    assert at_first == [
        ("a", "visible", None, 0),
        ("b", "visible", None, 0),
        ("c", "delayed", "2026-01-01T00:00:05.000000+00:00", 0),
    ]
    assert after_receive[:2] == [
        ("a", "in_flight", "2026-01-01T00:00:30.000000+00:00", 1),
        ("b", "in_flight", "2026-01-01T00:00:30.000000+00:00", 1),
    ]
    assert [row[0] for row in after_delete] == ["b", "c"]


def test_many_messages_of_one_turn_are_all_written(new_world: Callable[..., World], tmp_path: Path) -> None:
    """However many rows one statement puts at once."""
    path = tmp_path / "run.db"
    world = new_world(database_path=path)
    queue = new_queue(world)
    bodies = [str(number) for number in range(45)]

    for body in bodies:
        queue.send(body)
    close(world)

    assert rows(path, "select body from message order by number") == [(body,) for body in bodies]


def test_all_queues_share_one_file(new_world: Callable[..., World], tmp_path: Path) -> None:
    """A dead letter leaves one queue and stands in the other."""
    path = tmp_path / "run.db"
    world = new_world(database_path=path)
    dead = new_queue(world, "dead")
    policy = RedrivePolicy(target_arn=dead.arn, receive_count_max=1)
    queue = new_queue(world, visibility_timeout_s=0, redrive=policy)
    queue.send("poison")
    queue.take(1)
    queue.take(1)

    close(world)

    assert rows(path, "select queue, body, dead_letter_source_arn from message") == [("dead", "poison", queue.arn)]
    assert rows(path, "select name from queue order by name") == [("dead",), ("orders",)]


def test_what_a_fifo_queue_remembers_is_written_too(new_world: Callable[..., World], tmp_path: Path) -> None:
    """A deleted message still stands for its deduplication id; a purge clears both."""
    path = tmp_path / "run.db"
    world = new_world(database_path=path)
    queue = new_queue(world, "orders.fifo", is_fifo=True)
    queue.send("a", group="g", deduplication_id="d")
    run_until(world, 1)
    queue.settle(queue.take(1), cause=0)
    run_until(world, 2)
    remembered = rows(path, "select group_id, deduplication_id from deduplication")
    queue.purge(cause=0)

    close(world)

    assert remembered == [("g", "d")]
    assert rows(path, "select * from deduplication") == []


def test_what_a_fifo_queue_forgets_leaves_the_table(new_world: Callable[..., World], tmp_path: Path) -> None:
    """After five minutes, as soon as something is sent."""
    path = tmp_path / "run.db"
    world = new_world(database_path=path)
    queue = new_queue(world, "orders.fifo", is_fifo=True)
    for at_s, name in ((0, "a"), (100, "b"), (300, "c")):
        run_until(world, at_s)
        queue.send("body", group="g", deduplication_id=name)

    close(world)

    assert rows(path, "select deduplication_id from deduplication order by number") == [("b",), ("c",)]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({}, id="standard"),
        pytest.param({"order": "shuffled", "duplicates": 0.2}, id="disorderly"),
        pytest.param({"is_fifo": True, "has_content_deduplication": True}, id="fifo"),
    ],
)
def test_after_any_operations_the_tables_are_the_queues(
    new_world: Callable[..., World], tmp_path: Path, settings: dict[str, Any]
) -> None:
    """A server that starts from the file has every message in the state in which the run left it."""
    path, chance = tmp_path / "run.db", random.Random(1)
    suffix = ".fifo" if settings.get("is_fifo") else ""
    world = new_world(database_path=path)
    dead = new_queue(world, f"dead{suffix}", is_fifo=bool(suffix))
    redrive = RedrivePolicy(target_arn=dead.arn, receive_count_max=3)
    queue = new_queue(world, f"jobs{suffix}", visibility_timeout_s=5, delay_s=2, redrive=redrive, **settings)

    states: set[object] = set()
    for turn in range(1, 200):
        trouble(queue, chance)
        run_until(world, turn)
        if turn % 20 == 0:
            held = state(world)
            run_until(world, turn)  # what fell due is written, too
            assert held == state(restored(new_world, path))
            states |= {each[2] for each in held[queue.name]}
    close(world)

    assert held[dead.name] != []
    assert states == {DELAYED, IN_FLIGHT, VISIBLE}


def trouble(queue: Queue, chance: random.Random) -> None:
    """Do a few things to a queue at one instant."""
    for _ in range(chance.randrange(8)):
        queue.send(str(chance.random()), group=str(chance.randrange(3)) if queue.is_ordered else None)
    for _ in range(chance.randrange(3)):
        taken = queue.take(chance.randrange(1, 6))
        queue.settle([each for each in taken if chance.random() < 0.5], cause=0)
        for each in taken:
            if chance.random() < 0.2:
                handle = queue.store.receipts.write(each.message.number, each.receive_count)
                if each.message.state == IN_FLIGHT:
                    queue.change_visibility(handle, chance.randrange(4), cause=0)


def restored(new_world: Callable[..., World], path: Path) -> World:
    """Start on what another world has written."""
    world = new_world(database_path=path)
    restore(world)
    close(world)
    return world


def state(world: World) -> dict[str, list[tuple[object, ...]]]:
    """Return what can be told of each message of each queue."""

    def told(message: Message) -> tuple[object, ...]:
        return (
            message.number,
            message.message_id,
            message.state,
            message.body,
            message.sent_us,
            message.extras,
            0 if message.state == VISIBLE else message.hidden_until_us,
            message.received_us if message.state == IN_FLIGHT else 0,
            message.receive_count,
            message.first_received_us,
        )

    return {
        name: [told(message) for message in queue.store.messages(world.clock.now_us)]
        for name, queue in queues_of(world).items()
    }


def queues_of(world: World) -> dict[str, Queue]:
    """Return the queues of a world by name."""
    return {name: queue for name, queue in world.sources(Queue.kind).items() if isinstance(queue, Queue)}


def test_a_deleted_queue_leaves_nothing(new_world: Callable[..., World], tmp_path: Path) -> None:
    """Neither its row nor its messages."""
    path = tmp_path / "run.db"
    world = new_world(database_path=path)
    queue = new_queue(world)
    queue.send("a")
    run_until(world, 1)
    queue.delete_queue()

    close(world)

    assert rows(path, "select * from queue") == []
    assert rows(path, "select * from message") == []


def test_a_queue_that_is_new_to_a_file_has_rows_of_its_own(new_world: Callable[..., World], tmp_path: Path) -> None:
    """Whether a scenario declares it before the others come back, or somebody makes it afterwards."""
    path = tmp_path / "run.db"
    first = new_world(database_path=path)
    new_queue(first, "old").send("a")
    close(first)
    second = new_world(database_path=path)
    declared = new_queue(second, "declared")

    restore(second)
    for queue in (declared, new_queue(second, "made")):
        queue.send("b")
    close(second)

    assert rows(path, "select queue, number, body from message order by queue") == [
        ("declared", 1, "b"),
        ("made", 1, "b"),
        ("old", 1, "a"),
    ]


def test_what_was_left_outlasts_a_turn_before_it_comes_back(new_world: Callable[..., World], tmp_path: Path) -> None:
    """A server whose stack takes time makes queues, and writes them down, before it asks what there was."""
    path = tmp_path / "run.db"
    first = new_world(database_path=path)
    new_queue(first, "other").send("a")
    new_queue(first, "jobs").send("b")
    close(first)
    second = new_world(database_path=path)
    second.is_live = True
    new_queue(second, "jobs")
    run_until(second, 0)

    close(second)
    third = restored(new_world, path)

    assert [message[3] for message in state(third)["jobs"]] == ["b"]


def test_a_run_that_begins_anew_shows_nothing_of_an_earlier_one(
    new_world: Callable[..., World], tmp_path: Path
) -> None:
    """In a file that another run has left, a queue holds what this run sends."""
    path = tmp_path / "run.db"
    earlier = new_world(database_path=path)
    for name in ("a", "b"):
        new_queue(earlier, name).send("old")
    close(earlier)
    world = new_world(database_path=path)

    new_queue(world, "b").send("new")
    close(world)

    assert rows(path, "select body from message where queue = 'b'") == [("new",)]


@pytest.mark.parametrize("deleted_count", [0, 1, 3], ids=["all remain", "the first goes", "all go"])
def test_numbers_go_on_where_a_server_ended(
    new_world: Callable[..., World], tmp_path: Path, deleted_count: int
) -> None:
    """Whatever has become of the last message, no other one gets its number: a receipt handle names it."""
    path = tmp_path / "run.db"
    earlier = new_world(database_path=path)
    queue = new_queue(earlier)
    for body in ("a", "b", "c"):
        queue.send(body)
        run_until(earlier, 1)
    queue.settle(queue.take(deleted_count), cause=0)
    close(earlier)

    world = new_world(database_path=path)
    restore(world)
    next_one = queues_of(world)["orders"].send("d")
    close(world)

    assert next_one.number == 4


def test_what_is_acknowledged_is_on_the_disk(new_world: Callable[..., World], tmp_path: Path) -> None:
    """Each sender waits for the group with its own message; one that comes while a group is on its way waits longer."""
    path = tmp_path / "run.db"
    world = new_world(database_path=path)
    queue, writer = new_queue(world), world.share(Writer)
    acknowledged: list[tuple[str, list[str]]] = []

    async def send(body: str) -> None:
        queue.send(body)
        written = writer.written()
        assert written is not None
        await written
        acknowledged.append((body, [row[0] for row in rows(path, "select body from message order by number")]))

    async def send_a_turn_apart() -> None:
        async with asyncio.TaskGroup() as senders:
            for body in ("a", "b", "c"):
                senders.create_task(send(body))
                await asyncio.sleep(0)

    world.clock.loop.run_until_complete(send_a_turn_apart())
    close(world)

    assert [(body, body in there) for body, there in acknowledged] == [("a", True), ("b", True), ("c", True)]
    assert acknowledged[-1][1] == ["a", "b", "c"]
    assert writer.written() is None


def test_a_run_with_a_database_is_the_same_run(new_world: Callable[..., World], tmp_path: Path) -> None:
    """The trace does not know of the mirror."""
    digests = []
    for path in (None, tmp_path / "run.db"):
        world = new_world(database_path=path)
        queue = new_queue(world)
        for _ in range(100):
            queue.send("a")
        run_until(world, 1)
        queue.settle(queue.take(10), cause=0)
        run_until(world, 60)
        queue.take(10)
        if path is not None:
            close(world)
        digests.append(world.trace.digest())

    assert digests[0] == digests[1]


def test_a_file_that_is_no_database_fails_the_run(new_world: Callable[..., World], tmp_path: Path) -> None:
    """The error names the file and what may be wrong with it."""
    path = tmp_path / "run.db"
    path.write_bytes(b"this is no database, but long enough to be looked at as if it were one" * 20)
    world = new_world(database_path=path)
    new_queue(world).send("a")

    with pytest.raises(StorageError, match=r"run\.db cannot be written"):
        run_until(world, 1)


def test_a_folder_that_is_not_there_fails_the_run(new_world: Callable[..., World], tmp_path: Path) -> None:
    """Nothing is made behind the user's back."""
    world = new_world(database_path=tmp_path / "none" / "run.db")
    new_queue(world).send("a")

    with pytest.raises(StorageError, match="cannot be written"):
        run_until(world, 1)


def test_a_run_that_is_cut_off_loses_only_its_last_turn(new_world: Callable[..., World], tmp_path: Path) -> None:
    """Whoever opens the file while the run is on sees whole turns, never half of one."""
    path = tmp_path / "run.db"
    world = new_world(database_path=path)
    queue = new_queue(world)
    seen: list[int] = []

    async def send_pairs() -> None:
        for _ in range(20):
            queue.send("a")
            queue.send("b")
            await asyncio.sleep(1)
            seen.extend(count for (count,) in rows(path, "select count(*) from message"))

    world.clock.loop.run_until_complete(send_pairs())
    close(world)

    assert seen == list(range(2, 42, 2))
