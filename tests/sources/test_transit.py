"""Does what was on its way between two services go on with the next server?"""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from eventsim import SyncSimulation
from eventsim.clock import START_AT


@contextmanager
def served(path: Path, *, later_s: int = 0) -> Iterator[SyncSimulation]:
    """Open a world on a database, which begins so much later."""
    start_at = START_AT + timedelta(seconds=later_s)
    with SyncSimulation(seed=1, database=path, start_at=start_at) as world, closing(world.trace):
        yield world


def go_on(world: SyncSimulation) -> None:
    """Have a world take over what the last one left."""
    world.connect()
    world.restore()
    world.resume()


def killed(path: Path) -> Path:
    """Return what a server leaves that is killed now: its files as they are."""
    left = path.with_name(f"{path.name}-left")
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", f"{left}{end}")
    return left


def received(world: SyncSimulation, queue: str) -> list[str]:
    """Return the bodies of the messages in a queue."""
    answer: Any = world.call("sqs", "ReceiveMessage", {"QueueUrl": queue, "MaxNumberOfMessages": 10})
    return [message["Body"] for message in answer.get("Messages", [])]


def with_bucket(world: SyncSimulation) -> None:
    """Have a bucket whose notifications take ten seconds to a queue."""
    world.add_source("queues", "uploads")
    rule = {"queue": "uploads", "events": ["s3:ObjectCreated:*"]}
    world.add_source("buckets", "photos", notification_delay="10 s", notifications=[rule])
    go_on(world)


def test_a_notification_of_a_bucket_goes_on(tmp_path: Path) -> None:
    """It comes when it was to come; what has come does not come again."""
    path = tmp_path / "state.db"
    with served(path) as world:
        with_bucket(world)
        world.put("photos", "early.jpg", b"x")
        world.advance("15 s")
        world.put("photos", "late.jpg", b"x")
        world.advance("1 s")
        left = killed(path)

    with served(left, later_s=18) as world:
        with_bucket(world)
        world.advance("6 s")
        before = received(world, "uploads")
        world.advance("2 s")
        after = received(world, "uploads")

    keys = [
        [record["s3"]["object"]["key"] for body in each for record in json.loads(body).get("Records", [])]
        for each in (before, after)
    ]
    assert keys == [["early.jpg"], ["late.jpg"]]
