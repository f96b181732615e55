"""Does a server with a database go on with what its archives keep?"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.live.conftest import Served, bodies
from tests.live.test_durability import restarted
from tests.live.test_kept_calls import QUEUE, told

Serve = Callable[..., Served]


def put(events: Any, *numbers: int) -> None:
    """Put events onto the bus."""
    for number in numbers:
        detail = f'{{"n": {number}}}'
        answer = events.put_events(
            Entries=[{"Source": "shop", "DetailType": "x", "Detail": detail, "EventBusName": "orders"}]
        )
        assert answer["FailedEntryCount"] == 0


def test_an_archive_goes_on_with_its_events(serve: Serve, tmp_path: Path) -> None:
    """They can be replayed, those of several servers in order."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    events = first.client("events")
    first.client("sqs").create_queue(QueueName="jobs")
    bus = events.create_event_bus(Name="orders")["EventBusArn"]
    archive = events.create_archive(ArchiveName="past", EventSourceArn=bus)["ArchiveArn"]
    put(events, 1, 2)
    before = told(events.describe_archive(ArchiveName="past"))

    second = restarted(serve, first, path)
    events = second.client("events")
    after = told(events.describe_archive(ArchiveName="past"))
    put(events, 3)
    third = restarted(serve, second, path)
    events, sqs = third.client("events"), third.client("sqs")
    events.put_rule(Name="all", EventBusName="orders", EventPattern='{"source": ["shop"]}')
    events.put_targets(
        Rule="all", EventBusName="orders", Targets=[{"Id": "1", "Arn": QUEUE, "InputPath": "$.detail.n"}]
    )
    events.start_replay(
        ReplayName="again",
        EventSourceArn=archive,
        EventStartTime=datetime(2020, 1, 1, tzinfo=UTC),
        EventEndTime=datetime(2100, 1, 1, tzinfo=UTC),
        Destination={"Arn": bus},
    )

    assert '"EventCount": 2' in before
    assert after == before
    assert bodies(sqs, "jobs", 3) == ["1", "2", "3"]


def test_an_archive_that_was_deleted_is_empty_when_it_is_made_anew(serve: Serve, tmp_path: Path) -> None:
    """Whether or not anybody asked for its events before."""
    path = tmp_path / "state.db"
    first = serve("--quiet", "--db", str(path))
    events = first.client("events")
    bus = events.create_event_bus(Name="orders")["EventBusArn"]
    for name in ("one", "two"):
        events.create_archive(ArchiveName=name, EventSourceArn=bus)
    put(events, 1)

    second = restarted(serve, first, path)
    events = second.client("events")
    for name in ("one", "two"):
        events.delete_archive(ArchiveName=name)
        events.create_archive(ArchiveName=name, EventSourceArn=bus)
    put(events, 2)
    third = restarted(serve, second, path)
    archives = third.client("events").list_archives()["Archives"]

    assert [each["EventCount"] for each in archives] == [1, 1]
