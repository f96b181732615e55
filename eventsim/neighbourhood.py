"""Which worlds are there beside each other? One for each account and region, begun when somebody first asks for it.

They share the time and nothing else: what AWS keeps by account and region is kept by world. A world finds the others
for what AWS carries between them: a call, an event on its way to a bus elsewhere, an item on its way to a replica.
"""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Generic, Protocol, TypeVar

from eventsim.errors import ApiError
from eventsim.place import Address, is_region, name_of

WORLDS_MAX: Final = 200
"""More accounts and regions than that are a mistake in somebody's credentials."""


class Resident(Protocol):
    """A world, as far as its address goes."""

    account_id: str
    region: str


W = TypeVar("W", bound=Resident)


class Neighbourhood(Generic[W]):
    """Worlds by account and region.

    Args:
        account_id, region: of the world at home, where requests go that do not say it.
        seed: that of the world at home.
        begin: begins the world of an account and region with a seed.
    """

    def __init__(self, account_id: str, region: str, *, seed: int, begin: Callable[[str, str, int], W]) -> None:
        self._home = Address(account_id, region)
        self._seed = seed
        self._begin = begin
        self._worlds: dict[tuple[str, str], W] = {}

    def __iter__(self) -> Iterator[W]:
        return iter(self._worlds.values())

    def add(self, world: W) -> None:
        """Let in a world that has begun by itself."""
        self._worlds[world.account_id, world.region] = world

    def of(self, account_id: str, region: str) -> W:
        """Return the world of an account in a region.

        Raises:
            ApiError: there cannot be such a region, or there are too many worlds.
        """
        return self._worlds.get((account_id, region)) or self._new(account_id, region)

    def find(self, account_id: str, region: str, begins: bool) -> W | None:
        """Return the world of an account in a region if somebody has asked for it already, or if it shall begin now.

        Args:
            region: "" for the one at home, where services are that have no regions.

        Raises:
            ApiError: there cannot be such a region, or there are too many worlds.
        """
        region = region or self._home.region
        return self.of(account_id, region) if begins else self._worlds.get((account_id, region))

    def all(self) -> list[W]:
        """Return all worlds, in the order of their beginnings."""
        return list(self._worlds.values())

    def may_be_region(self, name: str) -> bool:
        """Whether there can be a region of this name: it is written as AWS's are, or is the one at home."""
        return name == self._home.region or is_region(name)

    def forget(self) -> list[W]:
        """Return all worlds, to be closed; from now on there are new ones."""
        worlds, self._worlds = self._worlds, {}
        return list(worlds.values())

    def name_of(self, account_id: str, region: str) -> str:
        """Return what a world is called as seen from home: its place."""
        return name_of(Address(account_id, region), self._home)

    def _new(self, account_id: str, region: str) -> W:
        if not self.may_be_region(region):
            raise ApiError("InvalidRegion", f"{region[:64]!r} is no region; write one such as us-east-1")
        if len(self._worlds) >= WORLDS_MAX:
            raise ApiError("TooManyWorlds", f"eventsim keeps up to {WORLDS_MAX} pairs of account and region")
        is_home = (account_id, region) == self._home
        return self._begin(account_id, region, self._seed if is_home else _derived(self._seed, account_id, region))


def beside(database: Path | None, account_id: str, region: str) -> Path | None:
    """Return the file of the world of an account and region, beside that of the world at home."""
    return None if database is None else database.with_name(f"{database.stem}-{account_id}-{region}{database.suffix}")


def _derived(seed: int, *names: str) -> int:
    return int.from_bytes(hashlib.sha256("/".join([str(seed), *names]).encode()).digest()[:8], "big")
