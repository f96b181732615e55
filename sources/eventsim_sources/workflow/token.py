"""Who waits for news of a task? Task tokens: each is told of success, failure or a heartbeat by somebody outside."""

import asyncio
from collections.abc import Callable
from typing import Any

from eventsim import ApiError, Clock
from eventsim_sources.workflow.failure import StateFailed, TimedOut


class TaskWait:
    """One task that waits for news.

    Args:
        token: by which others name it.
    """

    def __init__(self, token: str, clock: Clock) -> None:
        self.token = token
        self._loop = clock.loop
        self._outcome: asyncio.Future[Any] = clock.loop.create_future()
        self._beat = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._outcome.done()

    def succeed(self, output: Any) -> None:
        """Tell of success."""
        self._outcome.set_result(output)
        self._beat.set()

    def fail(self, error: str, cause: str | None) -> None:
        """Tell of failure."""
        self._outcome.set_exception(StateFailed(error, cause, is_task=True))
        self._beat.set()

    def beat(self) -> None:
        """Tell that the work goes on."""
        self._beat.set()

    def close(self) -> None:
        """Wait no more: whoever tells of it from now on is too late."""
        if self._outcome.done():
            self._outcome.exception()  # whoever waited is gone
        else:
            self._outcome.cancel()

    async def outcome(self, heartbeat_s: float | None) -> Any:
        """Wait for the end of the work.

        Raises:
            StateFailed: it failed, or no heartbeat came in time.
        """
        while not self._outcome.done():
            self._beat.clear()
            try:
                async with asyncio.timeout(heartbeat_s):
                    await self._beat.wait()
            except TimeoutError:
                raise TimedOut(heartbeat=True) from None
        return self._outcome.result()


class Tokens:
    """All task tokens of a simulation.

    Args:
        new_token: gives tokens.
    """

    def __init__(self, clock: Clock, new_token: Callable[[], str]) -> None:
        self._clock = clock
        self._new_token = new_token
        self._waits: dict[str, TaskWait] = {}

    def new(self) -> TaskWait:
        """Return a new task that waits."""
        token = self._new_token()
        wait = self._waits[token] = TaskWait(token, self._clock)
        return wait

    def __getitem__(self, token: str) -> TaskWait:
        """Return the task that has a token.

        Raises:
            ApiError: there is none, or it is over.
        """
        wait = self._waits.get(token)
        if wait is None:
            raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
        if wait.is_over:
            message = "Task Timed Out: 'Provided task does not exist anymore'"
            raise ApiError("TaskTimedOut", message)
        return wait
