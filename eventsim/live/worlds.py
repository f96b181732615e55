"""What is a world that is served, and which of them does a request mean?

A bucket's name is the same in all regions, so who asks for a bucket is led to the world in which it lies.
"""

import shutil
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from eventsim.api import Operation
from eventsim.assembly import Assembly
from eventsim.chance import Chance, Tape, TapedChance
from eventsim.clock import Clock
from eventsim.live.diary import Diary, diary_beside
from eventsim.live.lines import LineFile
from eventsim.live.loop import LiveLoop
from eventsim.live.notebook import NOTEBOOKS, FileNotebook, notebook_beside
from eventsim.live.remote_process import Workers
from eventsim.machinery import kept_in
from eventsim.neighbourhood import Neighbourhood, beside
from eventsim.source import About, Notebook
from eventsim.wire.route import Home

T = TypeVar("T")


class LiveClock(Clock):
    """The wall clock of one world. When that is over, none of its steps runs any more."""

    def __init__(self, loop: LiveLoop, start_at: datetime) -> None:
        super().__init__(loop, start_at)
        self._is_over = False
        self.soon = self._soon
        self.at = self.by_calendar = self._at

    def stop(self) -> None:
        """End the world's time."""
        self._is_over = True

    def _soon(self, function: Callable[[T], object], argument: T) -> None:
        self.loop.soon(self._run, (function, argument))

    def _at(self, when_us: int, function: Callable[[T], object], argument: T) -> None:
        self.loop.at(when_us, self._run, (function, argument))

    def _run(self, step: tuple[Callable[[Any], object], Any]) -> None:
        if not self._is_over:
            function, argument = step
            function(argument)


class LiveWorld(Assembly):
    """A world on the wall clock, whose handlers run in workers. Nothing of this process needs to be wrapped."""

    is_live: ClassVar[bool] = True

    def __init__(
        self,
        *,
        loop: LiveLoop,
        workers: Workers,
        account_id: str,
        seed: int = 0,
        database: Path | None = None,
        syncs_fully: bool = False,
        **settings: Any,
    ) -> None:
        self._live_clock = LiveClock(loop, loop.began_at)
        self._diary: Diary | None = None
        self._notebooks: dict[str, Notebook] = {}
        self._is_restored = False
        chance: Chance | None = None
        if database is not None:
            tape = Tape()
            chance = TapedChance(seed, tape)
            self._diary = Diary(
                LineFile(diary_beside(database), syncs_fully=syncs_fully),
                clock=self._live_clock,
                tape=tape,
                standing_at=loop.standing_at,
            )
        super().__init__(
            loop=loop,
            clock=self._live_clock,
            chance=chance,
            seed=seed,
            database=database,
            syncs_fully=syncs_fully,
            account_id=account_id,
            start_process=partial(workers.start, account_id=account_id),
            **settings,
        )

    def lasting(
        self,
        operations: Mapping[str, Operation],
        *,
        but: Collection[str],
        about: Mapping[str, About] = MappingProxyType({}),
    ) -> Mapping[str, Operation]:
        """Return operations which, if there is a database, the next server carries out again."""
        return operations if self._diary is None else self._diary.over(operations, but=but, about=about)

    def notebook(self, name: str) -> Notebook | None:
        """Return the notebook of this name; None without a database."""
        if self.database_path is None:
            return None
        if name not in self._notebooks:
            file = LineFile(notebook_beside(self.database_path, name), syncs_fully=self.syncs_fully)
            self._notebooks[name] = FileNotebook(file, lambda: self._is_restored)
        return self._notebooks[name]

    def restore(self) -> None:
        """Bring back what an earlier server left, and carry out again what no database mirrors.

        Raises:
            ConfigurationError: another server has it, or it is unfit.
            StorageError: it cannot be read.
        """
        of_scenario = self.directory.names()
        super().restore()
        if self._diary is not None:
            self._diary.resume(self.call, of_scenario=of_scenario)
        self._is_restored = True
        if self.database_path is not None and notebook_beside(self.database_path, "stacks").exists():
            from eventsim.template.kept import StackBook  # only who deployed something needs it

            self.share(StackBook).restore()
        if self.database_path is not None:
            self.resume()

    def open(self) -> None:
        """Begin."""
        self._at_close.callback(self.strands.close)
        self._at_close.callback(self.dispatch.close)
        self._at_close.callback(self._live_clock.stop)


class Worlds(Neighbourhood[Assembly]):
    """The worlds of a server.

    Args:
        make: makes a world by account, region, seed, database and folders.
        furnish: puts into the world at home what shall be there from the beginning, each time it begins.
        home: where requests go that do not say it.
        database: the file for the world at home; others have theirs beside it.
        folders: those whose sub-folders are the sources of a section of the world at home.

    Attributes:
        is_furnished: whether everything is there that shall be from the beginning.
    """

    def __init__(
        self,
        make: Callable[..., Assembly],
        *,
        home: Home,
        seed: int,
        database: Path | None = None,
        folders: Mapping[str, Path] = MappingProxyType({}),
        furnish: Callable[[Assembly], Awaitable[None]] | None = None,
    ) -> None:
        super().__init__(home.account_id, home.region, seed=seed, begin=self._open)
        self._make = make
        self.home = home
        self._database = database
        self._folders = folders
        self._furnish = furnish
        self.is_furnished = False
        self._databases: set[Path] = set()

    def with_bucket(self, account_id: str, bucket: str) -> Assembly | None:
        """Return the world of an account in which a bucket of this name lies, whatever the region."""
        found = (world for world in self if world.account_id == account_id)
        return next((world for world in found if bucket in world.sources("buckets")), None)

    def written(self) -> Awaitable[None] | None:
        """Have everything up to now written, in whichever world; return what is done once it is, None if it is by now.

        Raises:
            ApiError: the disk has failed.
        """
        if self._database is None:
            return None
        waiting = [written for world in self if (written := world.written()) is not None]
        return None if not waiting else waiting[0] if len(waiting) == 1 else _all_of(waiting)

    def at_home(self) -> Assembly:
        """Return the world where requests go that do not say where."""
        return self.of(self.home.account_id, self.home.region)

    async def furnish(self) -> None:
        """Begin the world at home. It may be asked meanwhile: by functions that make what shall be there.

        What an earlier server left comes back once all is there that the scenario has, here and elsewhere.
        """
        self.is_furnished = False
        home = self.at_home()
        if self._furnish is not None:
            await self._furnish(home)
        for world in self.all():
            if world.is_live:
                world.restore()
        self.is_furnished = True

    def delete_databases(self) -> None:
        """Delete the files of the worlds that were open; they are closed by now."""
        paths, self._databases = self._databases, set()
        for path in paths:
            for part in ("", "-wal", "-shm"):
                path.with_name(path.name + part).unlink(missing_ok=True)
            LineFile(diary_beside(path)).delete()
            for name in NOTEBOOKS:
                LineFile(notebook_beside(path, name)).delete()
            shutil.rmtree(kept_in(path), ignore_errors=True)

    def _open(self, account_id: str, region: str, seed: int) -> Assembly:
        is_home = (account_id, region) == (self.home.account_id, self.home.region)
        database = self._database if is_home else beside(self._database, account_id, region)
        if database is not None:
            self._databases.add(database)
        world = self._make(
            account_id=account_id,
            region=region,
            seed=seed,
            database=database,
            folders=self._folders if is_home else {},
            neighbour=self.find,
            worlds=self.all,
        )
        world.open()
        self.add(world)
        if world.is_live and self.is_furnished:
            world.restore()
        return world


async def _all_of(waiting: Sequence[Awaitable[None]]) -> None:
    for each in waiting:
        await each
