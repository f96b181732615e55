"""How do several do their work at once? At most so many of them, and the others end when too many have failed."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from eventsim_sources.workflow.failure import StateFailed


class SideFailed(Exception):  # noqa: N818 - a fact
    """One of those that run side by side failed."""

    def __init__(self, number: int, failure: StateFailed) -> None:
        super().__init__(str(failure))
        self.number = number
        self.failure = failure


async def side_by_side(
    one: Callable[[int], Awaitable[Any]], count: int, limit: int, *, tolerated: Callable[[], int] = lambda: 0
) -> list[Any]:
    """Return the results of `one(0)`, `one(1)`, … in this order, at most `limit` of them at a time.

    Args:
        tolerated: tells how many may fail; asked after each failure.

    Raises:
        SideFailed: more failed; the others are cancelled.
    """
    results: dict[int, Any] = {}
    failed: list[SideFailed] = []
    waiting = iter(range(count))

    async def lane() -> None:
        for number in waiting:
            try:
                results[number] = await one(number)
            except StateFailed as failure:
                failed.append(SideFailed(number, failure))
                if len(failed) > tolerated():
                    raise failed[-1] from failure

    lanes = [asyncio.ensure_future(lane()) for _ in range(min(limit, count))]
    try:
        if lanes:
            await asyncio.wait(lanes, return_when=asyncio.FIRST_EXCEPTION)
        if len(failed) > tolerated():
            raise failed[-1]
    finally:
        for each in lanes:
            each.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
    return [results[number] for number in sorted(results)]
