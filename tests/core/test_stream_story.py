"""Do summary, story and metrics tell what became of a stream's records?"""

from collections.abc import Iterator

import pytest

from eventsim import SyncSimulation
from eventsim.calls.metric import Home
from eventsim.calls.metrics import is_emitted, series_of
from eventsim.report.story import tell_story
from eventsim.report.troubles import find_troubles
from eventsim.report.usage import count_usage


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    """A stream and two functions: one that can read only what is good, one that is never there."""

    def handler(event: dict[str, list[object]], context: object) -> None:
        if "YmFk" in str(event):  # "bad" in base64
            raise ValueError("unreadable")

    with SyncSimulation() as made:
        made.add_source("streams", "clicks")
        made.add_function("f", handler=handler)
        yield made


def put(simulation: SyncSimulation, *data: str) -> None:
    for each in data:
        simulation.request("kinesis", "PutRecord", {"StreamName": "clicks", "PartitionKey": "k", "Data": each.encode()})


def test_the_story_of_a_record_follows_it_through_halved_batches(simulation: SyncSimulation) -> None:
    """It goes on with the part that the record is in, and ends with what became of it."""
    simulation.add_mapping(
        source="clicks",
        function="f",
        starting_position="TRIM_HORIZON",
        bisect_batch_on_function_error=True,
        maximum_retry_attempts=0,
        batching_window=2,
    )
    put(simulation, "good", "bad", "fine", "well")
    simulation.until_idle()

    bad = "\n".join(tell_story(simulation.trace, "r2", width=200))
    well = "\n".join(tell_story(simulation.trace, "r4", width=200))

    assert "gave up 1 record of shardId-000000000000" in bad.splitlines()[1]
    assert "is through with shardId-000000000000" in well.splitlines()[1]
    assert [bad.count(f"made a batch of {count}") for count in (4, 2, 1)] == [1, 1, 1]
    assert [well.count(f"made a batch of {count}") for count in (4, 2, 1)] == [1, 1, 0]
    assert "(iterator age " in well


def test_the_summary_tells_who_blocks_a_shard(simulation: SyncSimulation) -> None:
    """How often its batch was tried again, and how old the record was at the worst."""
    simulation.add_mapping(source="clicks", function="f", starting_position="TRIM_HORIZON")
    put(simulation, "bad", "good")
    simulation.advance("3 minutes")

    troubles = {trouble.kind: trouble for trouble in find_troubles(simulation.trace)}

    blocked = troubles["shard blocked"]
    assert (blocked.place, blocked.count) == ("mapping clicks -> f", 9)
    assert blocked.says == "tried batches of shardId-000000000000 again"
    assert blocked.worst.startswith("longest blocked by record r1, 123.6")
    assert troubles["handed over"].worst.startswith("iterator age up to 2 minutes")


def test_the_age_of_records_is_a_metric(simulation: SyncSimulation) -> None:
    """`IteratorAge`: of the last record of each batch, whenever it goes to the function (documented)."""
    simulation.add_mapping(source="clicks", function="f", starting_position="TRIM_HORIZON", maximum_retry_attempts=1)
    put(simulation, "bad")
    simulation.until_idle()

    home = Home("us-east-1", "123456789012")
    (series,) = [each for each in series_of(simulation.trace, home, "AWS/Lambda", "IteratorAge") if each.dimensions]

    assert series.dimensions == (("FunctionName", "f"),)
    assert len(series.points) == 2
    assert series.points[1].value - series.points[0].value == pytest.approx(601)
    assert is_emitted("AWS/Lambda", "IteratorAge", series.dimensions)


def test_polls_of_streams_cost_nothing(simulation: SyncSimulation) -> None:
    """A mapping's reads are not billed (documented), unlike the long polls of queues."""
    simulation.add_mapping(source="clicks", function="f", starting_position="LATEST")
    simulation.advance("1 hour")

    usage = count_usage(simulation.trace, simulation.clock.now_us)

    assert usage.empty_polls == 0
    assert not usage.queue_requests
