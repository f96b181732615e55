"""Does every record of a topic reach the function, in the order of its partition, whatever happens on the way?"""

import base64
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from eventsim import SyncSimulation

STEPS = some.lists(
    some.one_of(
        some.tuples(some.just("produce"), some.integers(0, 5)),
        some.tuples(some.just("pass"), some.integers(1, 2_000)),
        some.tuples(some.just("fail"), some.integers(1, 3)),
        some.tuples(some.just("pause"), some.just(0)),
    ),
    max_size=40,
)


class Story:
    """A topic, a function that fails now and then, and what it processed."""

    def __init__(self, simulation: SyncSimulation, partitions: int, mapping: dict[str, Any]) -> None:
        self.simulation = simulation
        self.failures = 0
        self.processed: dict[int, list[int]] = {}
        self.produced = [0] * partitions
        self.committed: dict[int, int] = {}
        simulation.add_function("f", handler=self.handle, reserved_concurrency=5)
        simulation.add_source("clusters", "shop", topics={"orders": {"partitions": partitions}})
        simulation.add_mapping(source="shop", topic="orders", function="f", consumer_group="g", **mapping)
        simulation.connect()
        (self.mapping,) = simulation.mappings
        self.topic = simulation.directory.sources("clusters")["shop"]._topics["orders"]  # type: ignore[attr-defined]

    def handle(self, event: Any, context: Any) -> Any:
        records = [record for of_partition in event["records"].values() for record in of_partition]
        if self.failures:
            self.failures -= 1
            raise ValueError("no")
        for record in records:
            assert base64.b64decode(record["value"]).decode() == str(record["offset"])
            self.processed.setdefault(record["partition"], []).append(record["offset"])
        self.look()

    def look(self) -> None:
        """See that no offset has run back."""
        now = dict(self.topic.committed.get("g", {}))
        assert all(now[partition] >= offset for partition, offset in self.committed.items())
        self.committed = now

    def produce(self, key: int) -> None:
        partition = self.topic.place(str(key).encode(), None)
        assert self.simulation.produce("orders", str(self.produced[partition]), key=str(key)) == (
            partition,
            self.produced[partition],
        )
        self.produced[partition] += 1

    def pause(self) -> None:
        """Disable the mapping, or enable it again."""
        if self.mapping.state.value == "Enabled":
            self.mapping.disable()
        else:
            self.mapping.enable()
        self.simulation.advance("10 s")


@given(
    steps=STEPS,
    partitions=some.integers(1, 4),
    batch_size=some.integers(1, 5),
    window_s=some.integers(0, 2),
    pollers=some.integers(1, 3),
    bisects=some.booleans(),
)
@settings(max_examples=60, deadline=None)
def test_every_record_is_processed_in_order(
    steps: list[tuple[str, int]], partitions: int, batch_size: int, window_s: int, pollers: int, bisects: bool
) -> None:
    """At least once, none is skipped, those of a partition one after another; offsets never run back."""
    mapping = {
        "batch_size": batch_size,
        "batching_window": window_s,
        "provisioned_pollers": {"minimum": pollers},
        "bisect_batch_on_function_error": bisects,
    }
    with SyncSimulation(seed=3) as simulation:
        story = Story(simulation, partitions, mapping)
        for verb, number in steps:
            match verb:
                case "produce":
                    story.produce(number)
                case "pass":
                    simulation.advance(f"{number} ms")
                case "fail":
                    story.failures += number
                case _:
                    story.pause()
            story.look()
        if story.mapping.state.value != "Enabled":
            story.pause()
        simulation.until_idle()

        for partition, count in enumerate(story.produced):
            assert story.processed.get(partition, []) == list(range(count))
            assert story.committed.get(partition, 0) <= count
        committed = story.topic.committed.get("g", {})
        assert [committed.get(partition, 0) for partition in range(partitions)] == story.produced
