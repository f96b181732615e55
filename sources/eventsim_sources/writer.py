"""When is a change on the disk? Whatever changed within one turn of the loop is written as one group.

All sources of a simulation share one file and one line of groups: what one operation did to several of them is written
together or not at all. While a group is on its way to the disk, those that come after it are joined.
"""

from asyncio import Future, Task
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from eventsim import ApiError, Operation, Request, Result, StorageError, World
from eventsim_sources.database import LAYOUT, Database, Step

Changes = Callable[[], list[Step]]
"""Returns what changed as statements with rows, and begins anew."""


class Commit(Future[None]):
    """Done once a group is on the disk. Many wait for one; who leaves early must not take it from the others."""

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002 - asyncio's signature
        """Refuse; who is cancelled leaves when it is done."""
        return False


class Writer:
    """The database of a simulation; shared by whoever mirrors something there."""

    def __init__(self, world: World) -> None:
        assert world.database_path is not None, "only a simulation with a database writes"
        self._clock = world.clock
        self._database = Database(world.database_path, layout=LAYOUT, syncs_fully=world.syncs_fully)
        self._is_claimed = False
        self._changed: dict[Changes, None] = {}
        """Who has changes in this turn, in order."""
        self._groups: list[list[Step]] = []
        self._writing: Task[None] | None = None
        self._failure: ApiError | None = None
        """Why nothing is written any more: what comes after a lost group must not stand without it."""
        self._flushed_count = self._written_count = 0
        self._commits: deque[tuple[int, Commit]] = deque()
        """What is done once so many groups are written, in order."""

    def extend(self, schema: str) -> None:
        """Have further tables in the file."""
        self._database.extend(schema)

    def load(self, *statements: str) -> list[list[tuple[Any, ...]]]:
        """Keep the file for this process, and return the rows of each statement.

        Raises:
            ConfigurationError: another server has it.
            StorageError: it is damaged or none of ours.
        """
        if not self._is_claimed:
            self._database.claim()
            self._is_claimed = True
        return self._database.read(*statements)

    def note(self, changes: Changes) -> None:
        """Ask for changes at the end of this turn, and write them."""
        if not self._changed:
            self._clock.soon(Writer._flush, self)
        self._changed[changes] = None

    def written(self) -> Commit | None:
        """Return what is done once everything up to now is on the disk, None if it is.

        It fails with an `ApiError` if the disk does.

        Raises:
            ApiError: the disk has failed before.
        """
        if self._failure is not None:
            raise self._failure
        count = self._flushed_count + bool(self._changed)
        if count == self._written_count:
            return None
        commits = self._commits
        if not commits or commits[-1][0] != count:
            commits.append((count, Commit(loop=self._clock.loop)))
        return commits[-1][1]

    async def close(self) -> None:
        """Write what is left and let go of the file."""
        self._flush()
        while self._writing is not None and not self._writing.done():
            await self._writing
        await self._database.close()
        self._is_claimed = False

    def _flush(self) -> None:
        if not self._changed or self._failure is not None:
            return
        changed, self._changed = self._changed, {}
        self._groups.append([step for changes in changed for step in changes()])
        self._flushed_count += 1
        if self._writing is None or self._writing.done():
            self._writing = self._clock.loop.create_task(self._write(), name="mirror of the sources")
            self._writing.add_done_callback(self._check)

    async def _write(self) -> None:
        while self._groups:
            groups, self._groups = self._groups, []
            try:
                await self._database.write([step for group in groups for step in group])
            except StorageError as error:
                self._fail(error)
                raise
            self._written_count += len(groups)
            commits = self._commits
            while commits and commits[0][0] <= self._written_count:
                commits.popleft()[1].set_result(None)

    def _fail(self, error: StorageError) -> None:
        """Write no more, and tell everybody who waits."""
        self._failure = ApiError("InternalFailure", str(error), status=500)
        while self._commits:
            _, commit = self._commits.popleft()
            commit.set_exception(self._failure)
            commit.exception()  # whether or not anybody still waits

    def _check(self, writing: "Task[None]") -> None:
        """Fail the run if the group could not be written."""
        error = None if writing.cancelled() else writing.exception()
        if error is not None:
            self._clock.soon(_raise, error)


def acknowledged(world: World, operations: Mapping[str, Operation]) -> Mapping[str, Operation]:
    """Return operations that, on a server with a database, answer once what they did is on the disk."""
    if not world.is_live or world.database_path is None:
        return operations
    writer = world.share(Writer)
    return {name: partial(_acknowledged, writer, operation) for name, operation in operations.items()}


def _acknowledged(writer: Writer, operation: Operation, request: Request) -> Result | Awaitable[Result]:
    """Carry out an operation, and answer once everything that the answer rests on is on the disk.

    That may be what others did: a duplicate refers to a message whose sender has no answer yet.
    """
    result = operation(request)
    if not isinstance(result, dict) and isinstance(result, Awaitable):
        return _once_received(writer, result)
    written = writer.written()
    return result if written is None else _once_written(written, result)


async def _once_written(written: Awaitable[None], result: Result) -> Result:
    await written
    return result


async def _once_received(writer: Writer, result: Awaitable[Result]) -> Result:
    received = await result
    written = writer.written()
    if written is not None:
        await written
    return received


def _raise(error: BaseException) -> None:
    raise error
