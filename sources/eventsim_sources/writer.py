"""When is a change on the disk? Whatever changed until the disk is ready for it is written as one group.

All sources of a simulation share one file and one line of groups: what one operation did to several of them is written
together or not at all. A group begins at the end of the turn of the loop in which something changed; while another one
is on its way to the disk, it begins after the turn that wakes those who wait for that, and takes along what they do.
Where a client waits for the disk, a small group is written at once: that takes less than to come back to the client.
"""

import asyncio
from asyncio import Future
from collections.abc import Callable
from typing import Any

from eventsim import ApiError, StorageError, World
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
        """Who has changes that are not on their way yet, in order."""
        self._next: Commit | None = None
        """Done once these are written, if somebody waits for it."""
        self._writing: Future[None] | None = None
        """The group that is on its way to the disk."""
        self._current: Commit | None = None
        """Done once that is written, if somebody waits for it."""
        self._is_busy = False
        """Whether a group is on its way, or about to begin."""
        self._failure: ApiError | None = None
        """Why nothing is written any more: what comes after a lost group must not stand without it."""

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
        return self.read(*statements)

    def read(self, *statements: str) -> list[list[tuple[Any, ...]]]:
        """Return the rows of each statement; only while changes are asked for the first time, or before.

        Raises:
            StorageError: the file is damaged or none of ours.
        """
        return self._database.read(*statements)

    def note(self, changes: Changes) -> None:
        """Ask for changes when the next group begins, and write them."""
        self._changed[changes] = None
        if not self._is_busy:
            self._is_busy = True
            self._clock.soon(Writer._go_on, self)

    def flush(self) -> Commit | None:
        """Write what changed at once, unless that would take long; return the same as `written`.

        Raises:
            ApiError: the disk has failed.
        """
        if self._changed and self._writing is None and self._failure is None:
            self._write()
        return self.written()

    def written(self) -> Commit | None:
        """Return what is done once everything up to now is on the disk, None if it is.

        It fails with an `ApiError` if the disk does.

        Raises:
            ApiError: the disk has failed before.
        """
        if self._failure is not None:
            raise self._failure
        if self._changed:
            if self._next is None:
                self._next = Commit(loop=self._clock.loop)
            return self._next
        if self._writing is not None and self._current is None:
            self._current = Commit(loop=self._clock.loop)
        return self._current

    async def close(self) -> None:
        """Write what is left and let go of the file."""
        while self._is_busy and self._failure is None:
            if self._writing is None:
                self._go_on()
            elif self._writing.done():
                await asyncio.sleep(0)  # `_end` comes next
            else:
                await self._writing
        await self._database.close()
        self._is_claimed = False

    def _go_on(self) -> None:
        """Begin a group if anything changed, unless one is on its way."""
        if self._writing is not None or self._failure is not None:
            return
        if self._changed:
            self._write()
        self._is_busy = self._writing is not None

    def _write(self) -> None:
        """Write a group, or begin to if it is not small."""
        changed, self._changed = self._changed, {}
        self._current, self._next = self._next, None
        try:
            self._writing = self._database.write([step for changes in changed for step in changes()])
        except StorageError as error:
            self._fail(error)
            return
        if self._writing is None:
            self._tell()
        else:
            self._writing.add_done_callback(self._end)

    def _end(self, writing: "Future[None]") -> None:
        """Go on after a group that took its time."""
        self._writing = None
        if writing.cancelled():
            return  # the run is cut off, and nobody knows how far it got
        error = writing.exception()
        if error is not None:
            self._fail(error)
            return
        self._tell()
        self._clock.soon(Writer._go_on, self)

    def _tell(self) -> None:
        """Tell those who wait for a group that it is written."""
        if self._current is not None:
            self._current.set_result(None)
            self._current = None

    def _fail(self, error: BaseException) -> None:
        """Write no more, tell everybody who waits, and fail the run."""
        self._failure = ApiError("InternalFailure", str(error), status=500)
        for commit in (self._current, self._next):
            if commit is not None:
                commit.set_exception(self._failure)
                commit.exception()  # whether or not anybody still waits
        self._current = self._next = None
        self._clock.soon(_raise, error)


def _raise(error: BaseException) -> None:
    raise error
