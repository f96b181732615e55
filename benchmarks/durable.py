"""A durable queue, 100 producers and 5 consumers in one process, beside one awaited aiosqlite statement an operation.

Every producer waits for the disk before it sends the next message, and every consumer once it has deleted what it took:
what is measured is how many share one transaction. That a consumer has taken messages is written, too, but it does not
wait for that, and no mapping and no pipe does: if it were lost, they would come once more. `ReceiveMessage`, which
tells a client outside, does wait, and so do the consumers of the line "receives on disk": ten messages cost them two
transactions instead of one. The rival's queue is its table, so there a receive is a statement like any other.

All write to the same disk, in write-ahead mode. To make a database and remove it takes about 30 ms, so runs are long;
at FULL the rival carries a tenth, else it would take minutes.

Then the time from a send to its handler, and to the disk, when 300 messages come in a second.
"""

import asyncio
import contextlib
import itertools
import tempfile
import time
from collections.abc import Awaitable
from functools import partial
from pathlib import Path
from typing import Any

import aiosqlite

from benchmarks.measure import Run, interleaved, line, table
from eventsim.assembly import Assembly
from eventsim.live.loop import LiveLoop
from eventsim_sources.queue.source import Queue
from eventsim_sources.writer import Writer

PRODUCERS = 100
CONSUMERS = 5
BODY = "x" * 100
VISIBILITY_S = 30
A_SECOND = 300
"""Messages that come when latency is measured."""
RIVAL = "a statement an operation"
GOALS = {"NORMAL": ">= 5 x", "FULL": ">= 10 x"}
"""How many times the rival's messages, by how the disk is synchronised."""

_SCHEMA = """
CREATE TABLE message (number INTEGER PRIMARY KEY, body TEXT NOT NULL, visible_at REAL NOT NULL, receives INTEGER);
CREATE INDEX by_visible_at ON message (visible_at);
"""
_SEND = "INSERT INTO message (body, visible_at, receives) VALUES (?, ?, 0)"
_RECEIVE = """
UPDATE message SET visible_at = ?, receives = receives + 1
WHERE number IN (SELECT number FROM message WHERE visible_at <= ? ORDER BY visible_at LIMIT 10)
RETURNING number, body
"""


async def eventsim_queue(world: Assembly, count: int, *, waits_for_receives: bool) -> None:
    """Send, receive by ten and delete; go on when it is written."""
    queue = world.add_source("queues", "jobs", visibility_timeout=VISIBILITY_S)
    assert isinstance(queue, Queue)
    writer, left = world.share(Writer), itertools.count(count - 1, -1)
    done, wake = asyncio.Event(), []

    async def produce() -> None:
        for _ in range(count // PRODUCERS):
            queue.send(BODY)
            await _written(writer)

    async def consume() -> None:
        while not done.is_set():
            taken = queue.take(10)
            if not taken:
                ready = asyncio.Event()
                queue.when_ready(ready.set)
                wake.append(ready)
                await ready.wait()
                continue
            if waits_for_receives:
                await _written(writer)
            queue.settle(taken, 0)
            await _written(writer)
            if [next(left) for _ in taken][-1] == 0:
                done.set()
                for each in wake:
                    each.set()

    await _all([produce] * PRODUCERS + [consume] * CONSUMERS)
    await world.close_sources()


def _written(writer: Writer) -> Awaitable[None]:
    written = writer.written()
    assert written is not None, "something has just changed"
    return written


async def statements(path: Path, synchronous: str, count: int) -> None:
    """Do the same with a statement, and so a transaction and a hop to the thread, for each operation."""
    async with aiosqlite.connect(path, isolation_level=None) as connection:
        await connection.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; {_SCHEMA}")
        left = itertools.count(count - 1, -1)
        done, ready = asyncio.Event(), asyncio.Event()

        async def produce() -> None:
            for _ in range(count // PRODUCERS):
                await connection.execute(_SEND, (BODY, time.time()))
                ready.set()

        async def consume() -> None:
            while not done.is_set():
                await ready.wait()
                now_s = time.time()
                taken = list(await connection.execute_fetchall(_RECEIVE, (now_s + VISIBILITY_S, now_s)))
                if not taken:
                    ready.clear()
                else:
                    numbers = ", ".join(str(number) for number, _ in taken)
                    await connection.execute(f"DELETE FROM message WHERE number IN ({numbers})")
                    if [next(left) for _ in taken][-1] == 0:
                        done.set()
                        ready.set()

        await _all([produce] * PRODUCERS + [consume] * CONSUMERS)


async def _all(workers: list) -> None:
    async with asyncio.TaskGroup() as tasks:
        for work in workers:
            tasks.create_task(work())


def on_eventsim(count: int, *, syncs_fully: bool, waits_for_receives: bool = False) -> int:
    """Run with eventsim's queue."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(LiveLoop()) as loop:
        world = Assembly(loop=loop, database=Path(folder, "queues.db"), syncs_fully=syncs_fully)
        loop.run_until_complete(eventsim_queue(world, count, waits_for_receives=waits_for_receives))
        world.close()
        world.trace.close()
    return count


def on_statements(count: int, *, synchronous: str) -> int:
    """Run with a statement for each operation."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(statements(Path(folder, "queue.db"), synchronous, count))
    return count


def latencies(count: int, *, syncs_fully: bool) -> tuple[list[float], list[float]]:
    """Send `A_SECOND` messages a second; return how long each took to its handler, and to the disk, in ms, sorted."""
    begun_us: list[int] = []
    handled_ms: list[float] = []
    written_ms: list[float] = []

    async def send_all() -> None:
        queue, writer = world.add_source("queues", "jobs"), world.share(Writer)
        assert isinstance(queue, Queue)

        def handler(event: Any, context: Any) -> None:
            now_us = loop.now_us  # what the handler itself is shown is the time of the run
            handled_ms.extend((now_us - begun_us[int(record["body"])]) / 1_000 for record in event["Records"])

        async def send(number: int) -> None:
            begun_us.append(loop.now_us)
            queue.send(str(number))
            await _written(writer)
            written_ms.append((loop.now_us - begun_us[number]) / 1_000)

        world.add_function("f", handler=handler)
        world.add_mapping(source="jobs", function="f", batch_size=10)
        world.connect()
        async with asyncio.TaskGroup() as senders:
            for number in range(count):
                senders.create_task(send(number))
                await asyncio.sleep(1 if number == 0 else 1 / A_SECOND)  # the first makes the environment
        await world.close_sources()

    with tempfile.TemporaryDirectory() as folder, contextlib.closing(LiveLoop()) as loop:
        world = Assembly(loop=loop, database=Path(folder, "queues.db"), syncs_fully=syncs_fully)
        world.open()
        loop.run_until_complete(send_all())
        world.close()
        world.trace.close()
    assert len(handled_ms) == len(written_ms) == count
    return sorted(handled_ms[1:]), sorted(written_ms[1:])


def main(*, is_quick: bool) -> None:
    """Compare."""
    rounds, count = (3, 30_000) if is_quick else (5, 60_000)
    for synchronous, goal in GOALS.items():
        syncs_fully = synchronous == "FULL"
        candidates: dict[str, Run] = {
            "eventsim": partial(on_eventsim, count, syncs_fully=syncs_fully),
            "eventsim, receives on disk": partial(on_eventsim, count, syncs_fully=syncs_fully, waits_for_receives=True),
            RIVAL: partial(on_statements, count // 10 if syncs_fully else count, synchronous=synchronous),
        }
        rates = interleaved(candidates, rounds=rounds, clock=time.perf_counter)
        table(f"Durable queue, {synchronous}", "messages/s", rates, RIVAL)
        line(f"against {RIVAL}, {synchronous}", f"{rates['eventsim'] / rates[RIVAL]:.1f} x", goal)
    for synchronous in ("NORMAL", "FULL"):
        handled_ms, written_ms = latencies(3 * A_SECOND, syncs_fully=synchronous == "FULL")
        goal = "p50 <= 1 ms, p99 <= 5 ms"
        line(f"send to handler, {A_SECOND} messages/s, {synchronous}", _told(handled_ms), goal)
        line(f"send to disk, {A_SECOND} messages/s, {synchronous}", _told(written_ms), "as the disk will have it")


def _told(spans_ms: list[float]) -> str:
    return f"p50 {spans_ms[len(spans_ms) // 2]:.2f} ms, p99 {spans_ms[len(spans_ms) * 99 // 100]:.2f} ms"
