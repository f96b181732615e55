"""N messages → queue → batches → a function that fails for one in ten → redelivery → dead letters.

The rival is the model that a SimPy user would write after the documentation: a Store, a process for each batch in
flight, timeouts for redelivery. It has no events, no visibility, no trace: a lower bound of work.
"""

import itertools
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import simpy

from benchmarks.measure import interleaved, table
from eventsim import SyncSimulation

VISIBILITY_S = 30
RECEIVES_MAX = 3
FAILURE_SHARE = 0.1
BODY = "x" * 200


def simpy_textbook(count: int, batch: int, workers: int) -> int:
    """Run the textbook model."""
    luck = random.Random(1)
    environment = simpy.Environment()
    store = simpy.Store(environment)
    dead: list[int] = []

    def produce() -> Any:
        for number in range(count):
            yield store.put((number, 1))

    def redeliver(messages: list[tuple[int, int]]) -> Any:
        yield environment.timeout(VISIBILITY_S)
        for number, receives in messages:
            if receives >= RECEIVES_MAX:
                dead.append(number)
            else:
                yield store.put((number, receives + 1))

    def work() -> Any:
        while True:
            messages = [(yield store.get())]
            while len(messages) < batch and store.items:
                messages.append((yield store.get()))
            yield environment.timeout(0.001)
            if luck.random() < FAILURE_SHARE:
                environment.process(redeliver(messages))

    environment.process(produce())
    for _ in range(workers):
        environment.process(work())
    environment.run()
    return count


def eventsim_pipeline(count: int, batch: int, concurrency: int, *, is_async: bool = False) -> int:
    """Run the real product: real events, the trace on."""
    luck = random.Random(1)

    def handler(event: Any, context: Any) -> None:
        if luck.random() < FAILURE_SHARE:
            raise RuntimeError("one in ten")

    async def async_handler(event: Any, context: Any) -> None:
        handler(event, context)

    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("queues", "dead")
        simulation.add_source(
            "queues",
            "work",
            visibility_timeout=VISIBILITY_S,
            dead_letter={"queue": "dead", "max_receive_count": RECEIVES_MAX},
        )
        simulation.add_function("f", handler=async_handler if is_async else handler)
        simulation.add_mapping(source="work", function="f", batch_size=batch, maximum_concurrency=concurrency)
        for _ in itertools.repeat(None, count):
            simulation.send("work", BODY)
        simulation.until_idle()
        numbers = simulation.sources("queues")["work"].summary()
        assert numbers["deleted"] + numbers["dead_lettered"] == count, numbers
    return count


def main() -> None:
    """Print the ratios."""
    for count, rounds in ((10_000, 5), (100_000, 3)):
        candidates: dict[str, Callable[[], int]] = {
            "SimPy textbook": partial(simpy_textbook, count, 10, 50),
            "eventsim, def handler": partial(eventsim_pipeline, count, 10, 50),
            "eventsim, async def handler": partial(eventsim_pipeline, count, 10, 50, is_async=True),
        }
        rates = interleaved(candidates, rounds=rounds)
        table(f"{count:,} messages in batches of 10", "messages/s", rates, "SimPy textbook")
    single: dict[str, Callable[[], int]] = {
        "SimPy textbook": partial(simpy_textbook, 10_000, 1, 500),
        "eventsim, def handler": partial(eventsim_pipeline, 10_000, 1, 500),
    }
    table("10,000 messages one by one, 500 at once", "messages/s", interleaved(single), "SimPy textbook")


if __name__ == "__main__":
    main()
