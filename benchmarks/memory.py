"""How much memory does what is kept take? A queued message, and an entry of the trace."""

import gc
import tracemalloc
from collections.abc import Callable

from benchmarks.measure import line
from eventsim import SyncSimulation, Trace, VirtualLoop

COUNT = 100_000


def bytes_each(build: Callable[[], object]) -> float:
    """Return how many bytes remain for each of `COUNT` things that `build` makes."""
    gc.collect()
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    kept = build()
    gc.collect()
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    del kept
    return (after - before) / COUNT


def message_bytes() -> float:
    """Return what a queued message takes besides its body, without what the trace keeps of it."""
    body = "x" * 200
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("queues", "work")
        simulation.send("work", body)

        def build() -> None:
            for _ in range(COUNT):
                simulation.send("work", body)

        return bytes_each(build) - entry_bytes()


def entry_bytes() -> float:
    """Return what an entry without a detail takes while it is in memory."""

    def build() -> Trace:
        trace = Trace(VirtualLoop())
        sent, queue = trace.kind("sent", ""), trace.subject("queue", "work")
        for cause in range(COUNT):
            trace.record(sent, trace.new_subject("message", "m"), queue, cause, 200)
        return trace

    return bytes_each(build)


def main(*, is_quick: bool) -> None:
    """Print the sizes."""
    print("\nMemory")
    line("a queued message besides its body", f"{message_bytes():.0f} bytes", "<= 400 bytes")
    line("an entry of the trace", f"{entry_bytes():.0f} bytes", "<= 40 bytes")
