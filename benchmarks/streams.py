"""N records → four shards → batches of a hundred → a function that fails for one in ten → again.

The rival is the SimPy model of the queue pipeline (`pipeline.simpy_textbook`), with that pipeline's batches of ten and
with batches of a hundred: nobody has written one of a stream, with shards, checkpoints and iterators.
"""

import random
import time
import tracemalloc
from functools import partial
from typing import Any

from benchmarks.measure import Run, interleaved, line, table
from benchmarks.pipeline import BODY, FAILURE_SHARE, SIMPY, simpy_textbook
from eventsim import SyncSimulation

SHARDS = 4
BATCH = 100
PER_CALL = 500
A_SECOND = 2_000
"""Records put in a second: half of what four shards take, since keys do not spread evenly."""
GROWTH_MAX = 115


def put(simulation: SyncSimulation, count: int) -> None:
    """Put records as fast as the shards take them."""
    for first in range(0, count, PER_CALL):
        keys = range(first, min(first + PER_CALL, count))
        records = [{"Data": BODY.encode(), "PartitionKey": str(key)} for key in keys]
        answer: Any = simulation.call("kinesis", "PutRecords", {"StreamName": "s", "Records": records})
        assert answer["FailedRecordCount"] == 0
        if (first + PER_CALL) % A_SECOND == 0:
            simulation.advance("1 s")


def eventsim_stream(count: int) -> int:
    """Run the real product: real records, the trace on."""
    luck = random.Random(1)
    seen = 0

    def handler(event: Any, context: Any) -> None:
        nonlocal seen
        if luck.random() < FAILURE_SHARE:
            raise RuntimeError("one in ten")
        seen += len(event["Records"])

    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("streams", "s", shards=SHARDS)
        simulation.add_function("f", handler=handler)
        simulation.add_mapping(source="s", function="f", batch_size=BATCH, starting_position="TRIM_HORIZON")
        put(simulation, count)
        simulation.until_idle()
    assert seen == count, seen
    return count


def retained_bytes(count: int) -> float:
    """Return what a record takes that is kept, with what the trace tells of it."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("streams", "s", shards=SHARDS)
        put(simulation, PER_CALL)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        put(simulation, count)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return (after - before) / count


def main(*, is_quick: bool) -> None:
    """Print the ratios."""
    count = 10_000 if is_quick else 100_000
    candidates: dict[str, Run] = {
        SIMPY: partial(simpy_textbook, count, 10, 50),
        f"{SIMPY}, batches of {BATCH}": partial(simpy_textbook, count, BATCH, SHARDS),
        "eventsim, stream": partial(eventsim_stream, count),
    }
    rates = interleaved(candidates, rounds=3 if is_quick else 5)
    table(f"{count:,} records in batches of {BATCH} (goal: 1.5 x)", "records/s", rates, SIMPY)
    print("\nStreams")
    line("a record that is kept, besides its data", f"{retained_bytes(count) - len(BODY):.0f} bytes", "linear")
    small, large = (1_000, 100_000) if is_quick else (10_000, 1_000_000)
    before_s = min(_cost_s(small) for _ in range(3))
    line(f"time for {large:,} / {small:,} records", f"{_cost_s(large) / before_s:.0f}", f"<= {GROWTH_MAX}")


def _cost_s(count: int) -> float:
    began_s = time.process_time()
    eventsim_stream(count)
    return time.process_time() - began_s
