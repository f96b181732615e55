"""The loop beside asyncio's own and aiotools' virtual clock: what one step costs."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from aiotools import VirtualClock

from benchmarks.measure import Run, interleaved, table
from eventsim import VirtualLoop

SLEEPERS = 100


async def call_soon(count: int) -> None:
    """Let `count` callbacks follow one another."""
    loop = asyncio.get_running_loop()
    done = loop.create_future()

    def step(left: int) -> None:
        if left:
            loop.call_soon(step, left - 1)
        else:
            done.set_result(None)

    loop.call_soon(step, count)
    await done


async def tasks(count: int) -> None:
    """Create tasks and await each."""

    async def nothing() -> None:
        pass

    for _ in range(count):
        await asyncio.create_task(nothing())


async def timeouts(count: int) -> None:
    """Arm timeouts and cancel them."""
    for _ in range(count):
        async with asyncio.timeout(30):
            await asyncio.sleep(0)


async def sleeps(count: int) -> None:
    """Let a hundred tasks sleep again and again, each for a time of its own."""

    async def sleeper(number: int) -> None:
        for _ in range(count // SLEEPERS):
            await asyncio.sleep(1 + number / SLEEPERS)

    await asyncio.gather(*map(sleeper, range(SLEEPERS)))


def on_asyncio(work: Callable[[int], Awaitable[None]], count: int) -> int:
    """Run on the stock loop."""
    asyncio.run(_awaited(work, count))
    return count


def on_virtual_loop(work: Callable[[int], Awaitable[None]], count: int) -> int:
    """Run on eventsim's loop."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(_awaited(work, count))
    return count


def on_aiotools(work: Callable[[int], Awaitable[None]], count: int) -> int:
    """Run on the stock loop under aiotools' clock."""

    async def patched() -> None:
        with VirtualClock().patch_loop():
            await work(count)

    asyncio.run(patched())
    return count


async def _awaited(work: Callable[[int], Awaitable[None]], count: int) -> None:
    await work(count)


def main(*, is_quick: bool) -> None:
    """Print the ratios."""
    count = 20_000 if is_quick else 100_000
    for work in (call_soon, tasks, timeouts):
        candidates: dict[str, Run] = {
            "asyncio": partial(on_asyncio, work, count),
            "aiotools": partial(on_aiotools, work, count),
            "VirtualLoop": partial(on_virtual_loop, work, count),
        }
        table(f"Loop: {work.__name__}", "steps/s", interleaved(candidates, rounds=5), "asyncio")
    candidates = {
        "aiotools": partial(on_aiotools, sleeps, count),
        "VirtualLoop": partial(on_virtual_loop, sleeps, count),
    }
    table("Loop: virtual sleeps of 100 tasks", "sleeps/s", interleaved(candidates, rounds=5), "aiotools")
