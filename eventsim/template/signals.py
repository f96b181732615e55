"""Who waits for signals? Wait conditions of stacks: until enough have come, one tells of a failure, or time is over.

A stack that waits for somebody outside goes on by itself, once the request that makes it is answered.
"""

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any

from msgspec import Struct

from eventsim.source import World


class Signal(Struct, frozen=True, kw_only=True, gc=False):
    """What somebody puts to the address of a handle."""

    unique_id: str
    is_success: bool
    reason: str
    data: str


class Signals:
    """The signals that came to the handles of one world, who waits for more, and the stacks that go on meanwhile."""

    def __init__(self, _: World) -> None:
        self._received: dict[str, dict[str, Signal]] = {}
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._requests: list[asyncio.Future[None]] = []
        self._works: dict[str, asyncio.Task[None]] = {}

    def expect(self, token: str) -> None:
        """Take signals to a handle from now on."""
        self._received[token] = {}

    def take(self, token: str, told: Mapping[str, Any]) -> bool:
        """Take a signal, the first one of each id; tell whether there is such a handle."""
        received = self._received.get(token)
        if received is None:
            return False
        unique_id = str(told.get("UniqueId") or "")
        signal = Signal(
            unique_id=unique_id,
            is_success=told.get("Status") == "SUCCESS",
            reason=str(told.get("Reason") or ""),
            data=str(told.get("Data") or ""),
        )
        received.setdefault(unique_id, signal)
        waiting = self._waiting.get(token)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        return True

    def received(self, token: str) -> list[Signal]:
        """Return what came to a handle, oldest first."""
        return [*self._received.get(token, {}).values()]

    async def enough(self, token: str, count: int) -> None:
        """Wait until so many signals have come, or one of a failure."""
        while len(self.received(token)) < count and all(each.is_success for each in self.received(token)):
            for request in self._requests:
                if not request.done():
                    request.set_result(None)
            self._waiting[token] = asyncio.get_running_loop().create_future()
            await self._waiting[token]

    async def accompany(self, stack_id: str, work: Coroutine[Any, Any, None]) -> None:
        """Carry out work on a stack; return when it is done, or waits, and goes on by itself from then on."""
        loop = asyncio.get_running_loop()
        task = self._works[stack_id] = loop.create_task(work, name=f"stack {stack_id}")
        task.add_done_callback(lambda _: self._works.pop(stack_id, None))
        waiting: asyncio.Future[None] = loop.create_future()
        self._requests.append(waiting)
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        self._requests.remove(waiting)
        if task.done():
            task.result()

    async def give_up(self, stack_id: str) -> None:
        """End the work on a stack, if it still goes on."""
        task = self._works.get(stack_id)
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
