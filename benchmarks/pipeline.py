"""N messages → queue → batches → a function that fails for one in ten → redelivery → dead letters.

The rival is the model that a SimPy user would write after the documentation: a Store, a process for each batch in
flight, timeouts for work and redelivery, and a list of what happened. It has no events, no visibility timeout, no ids:
a lower bound of work. The same model without the list is shown as well. Its Store is a list, from whose head each
message is taken, so who wins depends on how many wait: both sizes are shown.
"""

import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any
from unittest import mock

import simpy

from benchmarks.measure import Run, interleaved, line, table
from eventsim import SyncSimulation, Trace

VISIBILITY_S = 30
RECEIVES_MAX = 3
FAILURE_SHARE = 0.1
HANDLER_S = 0.001
BODY = "x" * 200

SIMPY = "SimPy textbook"
GROWTH_MAX = 115
"""Time for a hundred times as many messages."""
SMALL_RUN_MS_MAX = 2.5
"""Time for a whole simulation with ten messages: what each test of a user's takes."""


def simpy_textbook(count: int, batch: int, concurrency: int, *, is_traced: bool = True) -> int:  # noqa: C901 - SimPy's manner
    """Run the textbook model."""
    luck = random.Random(1)
    environment = simpy.Environment()
    store, slots = simpy.Store(environment), simpy.Resource(environment, concurrency)
    dead = simpy.Store(environment)
    trace: list[tuple[float, str, int]] = []

    def happen(what: str, number: int) -> None:
        if is_traced:
            trace.append((environment.now, what, number))

    def produce() -> Any:
        for number in range(count):
            happen("sent", number)
            yield store.put((number, 1))

    def receive() -> Any:
        while True:
            slot = slots.request()
            yield slot
            messages = [(yield store.get())]
            while len(messages) < batch and store.items:
                messages.append((yield store.get()))
            environment.process(handle(messages, slot))

    def handle(messages: list[tuple[int, int]], slot: Any) -> Any:
        for number, _ in messages:
            happen("received", number)
        yield environment.timeout(HANDLER_S)
        slots.release(slot)
        if luck.random() < FAILURE_SHARE:
            yield from redeliver(messages)
        else:
            for number, _ in messages:
                happen("deleted", number)

    def redeliver(messages: list[tuple[int, int]]) -> Any:
        yield environment.timeout(VISIBILITY_S - HANDLER_S)
        for number, receives in messages:
            if receives >= RECEIVES_MAX:
                happen("dead-lettered", number)
                yield dead.put(number)
            else:
                happen("visible again", number)
                yield store.put((number, receives + 1))

    environment.process(produce())
    environment.process(receive())
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
        for _ in range(count):
            simulation.send("work", BODY)
        simulation.until_idle()
        numbers = simulation.sources("queues")["work"].summary()
        assert numbers["deleted"] + numbers["dead_lettered"] == count, numbers
    return count


class Nowhere(Trace):
    """A trace that keeps nothing: what recording costs is the difference."""

    def record(self, *fact: object, **more: object) -> int:
        return 1

    def record_all(self, kind: int, place: int, facts: object) -> int:
        return 1


def untraced_pipeline(count: int) -> int:
    """Run the real product with nothing recorded."""
    with mock.patch("eventsim.machinery.Trace", Nowhere):
        return eventsim_pipeline(count, 10, 50)


def main(*, is_quick: bool) -> None:
    """Print the ratios."""
    rounds = 3 if is_quick else 5
    _small_run()
    for count in (10_000, 100_000):
        candidates: dict[str, Run] = {
            SIMPY: partial(simpy_textbook, count, 10, 50),
            "SimPy textbook, no list": partial(simpy_textbook, count, 10, 50, is_traced=False),
            "eventsim, def handler": partial(eventsim_pipeline, count, 10, 50),
            "eventsim, async def handler": partial(eventsim_pipeline, count, 10, 50, is_async=True),
        }
        rates = interleaved(candidates, rounds=1 if is_quick and count > 10_000 else rounds)
        table(f"{count:,} messages in batches of 10", "messages/s", rates, SIMPY)
    single: dict[str, Run] = {
        SIMPY: partial(simpy_textbook, 10_000, 1, 500),
        "eventsim, def handler": partial(eventsim_pipeline, 10_000, 1, 500),
    }
    rates = interleaved(single, rounds=rounds)
    table("10,000 messages one by one, 500 at once", "messages/s", rates, SIMPY)
    _trace_cost(10_000 if is_quick else 50_000, rounds)
    _growth(*(1_000, 100_000) if is_quick else (10_000, 1_000_000))


def _trace_cost(count: int, rounds: int) -> None:
    candidates: dict[str, Run] = {
        "trace to nowhere": partial(untraced_pipeline, count),
        "trace on": partial(eventsim_pipeline, count, 10, 50),
    }
    rates = interleaved(candidates, rounds=rounds)
    table(f"{count:,} messages in batches of 10", "messages/s", rates, "trace to nowhere")


def _small_run() -> None:
    print("\nA simulation by itself")
    cost_s = min(_cost_s(partial(eventsim_pipeline, 10, 10, 50)) for _ in range(100))
    line("ten messages, from beginning to end", f"{cost_s * 1000:.1f} ms", f"<= {SMALL_RUN_MS_MAX} ms")


def _growth(small: int, large: int) -> None:
    print("\nGrowth")
    before_s = min(_cost_s(partial(eventsim_pipeline, small, 10, 50)) for _ in range(3))
    after_s = _cost_s(partial(eventsim_pipeline, large, 10, 50))
    line(f"time for {large:,} / {small:,} messages", f"{after_s / before_s:.0f}", f"<= {GROWTH_MAX}")


def _cost_s(run: Callable[[], object]) -> float:
    began_s = time.process_time()
    run()
    return time.process_time() - began_s
