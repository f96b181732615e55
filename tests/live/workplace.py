"""A world in real time whose function `f` runs in a process of its own; no server answers its calls."""

import asyncio
from typing import Any

from eventsim.live.loop import LiveLoop
from eventsim.live.remote_process import Workers
from eventsim.live.worlds import LiveWorld

ENDPOINT = "http://127.0.0.1:1"


class Workplace:
    """A loop, workers and a world on them; `settings` are the world's."""

    def __init__(self, *, sdk_pause_s: float | None = None, **settings: Any) -> None:
        self.loop = LiveLoop()
        pause = {} if sdk_pause_s is None else {"sdk_pause_s": sdk_pause_s}
        self.workers = Workers(self.loop, ENDPOINT, **pause)
        self.world = LiveWorld(loop=self.loop, workers=self.workers, account_id="000000000000", **settings)
        self.world.open()

    def ask(self, **parameters: Any) -> Any:
        """Invoke the function with these parameters, wait, and return the answer of the operation."""

        async def run() -> Any:
            async with asyncio.timeout(20):
                given = {"FunctionName": "f", "LogType": "Tail", **parameters}
                return await self.world.call("lambda", "Invoke", given)  # type: ignore[misc]  # it waits

        return self.loop.run_until_complete(run())

    def close(self) -> None:
        """Give everything back."""
        self.world.close()
        self.world.trace.close()
        self.workers.close()
        self.loop.close()
