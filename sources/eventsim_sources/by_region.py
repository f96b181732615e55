"""What has a service in each region? Its names and ids mean something within one region only."""

from collections.abc import Callable
from typing import Generic, TypeVar

from eventsim import World

T = TypeVar("T")


class ByRegion(Generic[T]):
    """What a service has in one world, region by region; a region's is made when somebody first asks for it."""

    def __init__(self, world: World, make: Callable[[World, str], T]) -> None:
        self._world = world
        self._make = make
        self._made: dict[str, T] = {}

    def of(self, region: str) -> T:
        """Return what a region has."""
        if region not in self._made:
            self._made[region] = self._make(self._world, region)
        return self._made[region]
