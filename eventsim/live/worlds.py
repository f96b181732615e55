"""Which world does a request mean? One for each account and region, made when somebody first asks for it.

Two worlds share the time and nothing else: what AWS keeps by account and region is kept by world. A world finds the
others that there are, for what AWS carries between them: an event on its way to a bus elsewhere, an item on its way to
the replica of its table. A bucket's name is the same in all regions, so who asks for a bucket is led to the world in
which it lies.
"""

import hashlib
import re
import shutil
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

from eventsim.api import Operation
from eventsim.assembly import Assembly
from eventsim.chance import Chance, Tape, TapedChance
from eventsim.clock import Clock
from eventsim.errors import ApiError
from eventsim.live.diary import Diary, diary_beside
from eventsim.live.lines import LineFile
from eventsim.live.loop import LiveLoop
from eventsim.live.notebook import NOTEBOOKS, FileNotebook, notebook_beside
from eventsim.live.remote_process import Workers
from eventsim.machinery import kept_in
from eventsim.source import About, Notebook
from eventsim.wire.route import Home

T = TypeVar("T")

WORLDS_MAX = 200
"""More accounts and regions than that are a mistake in somebody's credentials."""

_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


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


class Worlds:
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
        self._make = make
        self.home = home
        self._seed = seed
        self._database = database
        self._folders = folders
        self._furnish = furnish
        self.is_furnished = False
        self._worlds: dict[tuple[str, str], Assembly] = {}
        self._databases: set[Path] = set()

    def __iter__(self) -> Iterator[Assembly]:
        return iter(self._worlds.values())

    def of(self, account_id: str, region: str) -> Assembly:
        """Return the world of an account in a region.

        Raises:
            ApiError: there cannot be such a region, or there are too many worlds.
        """
        return self._worlds.get((account_id, region)) or self._open(account_id, region)

    def find(self, account_id: str, region: str, begins: bool) -> Assembly | None:
        """Return the world of an account in a region if somebody has asked for it already, or if it shall begin now.

        Args:
            region: "" for the one at home, where services are that have no regions.

        Raises:
            ApiError: there cannot be such a region, or there are too many worlds.
        """
        region = region or self.home.region
        return self.of(account_id, region) if begins else self._worlds.get((account_id, region))

    def may_be_region(self, name: str) -> bool:
        """Whether there can be a region of this name: it is written as AWS's are, or is the one at home."""
        return name == self.home.region or _REGION.fullmatch(name) is not None

    def with_bucket(self, account_id: str, bucket: str) -> Assembly | None:
        """Return the world of an account in which a bucket of this name lies, whatever the region."""
        found = (world for (account, _), world in self._worlds.items() if account == account_id)
        return next((world for world in found if bucket in world.sources("buckets")), None)

    def written(self) -> Awaitable[None] | None:
        """Have everything up to now written, in whichever world; return what is done once it is, None if it is by now.

        Raises:
            ApiError: the disk has failed.
        """
        if self._database is None:
            return None
        waiting = [written for world in self._worlds.values() if (written := world.written()) is not None]
        return None if not waiting else waiting[0] if len(waiting) == 1 else _all_of(waiting)

    def at_home(self) -> Assembly:
        """Return the world where requests go that do not say where."""
        return self.of(self.home.account_id, self.home.region)

    async def furnish(self) -> None:
        """Begin the world at home. It may be asked meanwhile: by functions that make what shall be there."""
        self.is_furnished = False
        world = self.at_home()
        if self._furnish is not None:
            await self._furnish(world)
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

    def forget(self) -> list[Assembly]:
        """Return all worlds, to be closed; from now on there are new ones."""
        worlds, self._worlds = self._worlds, {}
        return list(worlds.values())

    def _open(self, account_id: str, region: str) -> Assembly:
        is_home = (account_id, region) == (self.home.account_id, self.home.region)
        if not self.may_be_region(region):
            raise ApiError("InvalidRegion", f"{region[:64]!r} is no region; write one such as us-east-1")
        if len(self._worlds) >= WORLDS_MAX:
            raise ApiError("TooManyWorlds", f"eventsim keeps up to {WORLDS_MAX} pairs of account and region")
        database = self._database
        if database is not None and not is_home:
            database = database.with_name(f"{database.stem}-{account_id}-{region}{database.suffix}")
        if database is not None:
            self._databases.add(database)
        seed = self._seed if is_home else _derived(self._seed, account_id, region)
        folders = self._folders if is_home else {}
        world = self._make(
            account_id=account_id,
            region=region,
            seed=seed,
            database=database,
            folders=folders,
            neighbour=self.find,
            worlds=lambda: list(self._worlds.values()),
        )
        world.open()
        self._worlds[account_id, region] = world
        if world.is_live and not is_home:
            world.restore()
        return world


async def _all_of(waiting: Sequence[Awaitable[None]]) -> None:
    for each in waiting:
        await each


def _derived(seed: int, *names: str) -> int:
    return int.from_bytes(hashlib.sha256("/".join([str(seed), *names]).encode()).digest()[:8], "big")
