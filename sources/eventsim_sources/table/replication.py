"""How do the replicas of a table come to hold the same? Every write goes to all of them, and the later one stays.

The replicas of a table are those of its name in other regions of the account. What is written in one of them is written
in the others a moment later, unless the item was written later there: the last writer wins, and of two at one instant
the one whose region comes last by name (AWS does not say). A replica's stream tells of what came from elsewhere as of
any change, and it goes no further. Items whose time is over are deleted in one region; that is replicated too.
"""

from itertools import count
from typing import TYPE_CHECKING, Final, TypeAlias

from msgspec import Struct

from eventsim import Lineage
from eventsim_sources.table.arrangement import Address
from eventsim_sources.table.limits import REPLICATION_US
from eventsim_sources.table.store import Change
from eventsim_sources.table.value import Item

if TYPE_CHECKING:
    from eventsim_sources.table.source import Table

Version: TypeAlias = tuple[int, str, int]
"""When an item was written, in microseconds since 1970, in which region, and as which of its writes."""

_NEVER: Final[Version] = (0, "", 0)


class Replicated(Struct, frozen=True, gc=False):
    """One write on its way to other regions; no item is a deletion."""

    address: Address
    item: Item | None
    version: Version
    lineage: Lineage | None


class Replication:
    """What ties a table to its replicas.

    Attributes:
        made_at_us: the regions of the others, and when they were made from here, in microseconds since 1970; 0 if from
            elsewhere.
    """

    def __init__(self, table: "Table") -> None:
        self.made_at_us: dict[str, int] = {}
        self._table = table
        self._versions: dict[Address, Version] = {}
        self._write_numbers = count(1)

    @property
    def deletes_expired(self) -> bool:
        """Whether items whose time is over are deleted here, and not in another region."""
        here = self._table.world.region
        return all(here < region for region in self.made_at_us)

    def others(self) -> "list[Table]":
        """Return the replicas in other regions."""
        found = (self._table.elsewhere(region) for region in self.made_at_us)
        return [table for table in found if table is not None]

    def send(self, change: Change, lineage: Lineage | None) -> None:
        """Let the others have a write of this region."""
        if not self.made_at_us:
            return
        world = self._table.world
        version = (world.clock.epoch_us(), world.region, next(self._write_numbers))
        self._versions[change.address] = version
        item = None if change.new is None else change.new.item
        write = Replicated(change.address, item, version, lineage)
        world.clock.at(world.clock.now_us + REPLICATION_US, self._deliver, write)

    def _deliver(self, write: Replicated) -> None:
        for table in self.others():
            table.replication.take(write)

    def take(self, write: Replicated) -> None:
        """Take a write of another region, unless the item was written here since."""
        if write.version > self._versions.get(write.address, _NEVER):
            self._versions[write.address] = write.version
            self._table.replicate(write.address, write.item, write.lineage)

    def leave(self) -> None:
        """Be no replica of the others any more."""
        for table in self.others():
            table.replication.made_at_us.pop(self._table.world.region, None)
            table.journal.note()
        self.made_at_us.clear()
