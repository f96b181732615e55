"""Is there capacity for a request? What a table and its indexes have by the second, and how much a hot key may take.

A request is a handful of demands: so many units of one partition of the table, or of a global index. It passes if all
of them do, and takes them. Local indexes take from their table. What is provisioned is saved up for five minutes; on
demand, there is what the table's maximum or the account's quota lets through, and nothing is saved up. No partition
key gets more than one partition gives, whatever its table has: that AWS splits the partition of a hot one is left out.

What a request takes is what metrics tell of, too. Where nothing bounds requests, it is only told.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Self

from msgspec import Struct

from eventsim_sources.meter import Counters
from eventsim_sources.table import errors
from eventsim_sources.table.allowance import Allowance
from eventsim_sources.table.arrangement import Address, SortKey
from eventsim_sources.table.capacity import Consumed, index_writes, read_units, table_write_units
from eventsim_sources.table.limits import BURST_S, KEY_UNITS, UNITS_OF_ACCOUNT
from eventsim_sources.table.store import Change, Store
from eventsim_sources.table.value import Item

if TYPE_CHECKING:
    from eventsim_sources.table.source import Table

READ: Final = "Read"
WRITE: Final = "Write"
_KINDS: Final = (READ, WRITE)


class Demand(Struct, frozen=True, gc=False):
    """What a request takes of one partition.

    Attributes:
        index: the name of a global index, "" for the table.
        kind: `Read` or `Write`.
        key: the partition key's value, None if the request reads all of them.
    """

    index: str
    kind: str
    key: SortKey | None
    units: float


def write_demands(store: Store, change: Change, factor: int = 1) -> list[Demand]:
    """Return what a write takes of its table and of the indexes that it touches.

    Args:
        factor: 2 for transactions.
    """
    key, of_table = change.address[0], table_write_units(change)
    demands = []
    for name, index in store.schema.indexes.items():
        for place, units in index_writes(store, index, change):
            if index.is_global:
                demands.append(Demand(name, WRITE, place, units * factor))
            else:
                of_table += units
    return [Demand("", WRITE, key, of_table * factor), *demands]


def get_demands(address: Address, units: float) -> list[Demand]:
    """Return what reading one item takes."""
    return [Demand("", READ, address[0], units)]


def admit_get(table: "Table", key: Item, address: Address, units: float, cause: int) -> None:
    """Let a read of one item pass, and take its units.

    Raises:
        ApiError: there is no capacity for it.
    """
    admission = table.admission
    if admission is not None:
        admission.admit(get_demands(address, units), key, cause)


def admit_page(table: "Table", index: str, key: SortKey | None, cause: int, *, is_consistent: bool) -> None:
    """Let a query or a scan pass, whose units are known only afterwards.

    Args:
        index: the index that is read, "" for the table.
        key: the partition that is read, None for all.

    Raises:
        ApiError: there is no capacity for it.
    """
    admission = table.admission
    if admission is not None:
        units = read_units(0, is_consistent=is_consistent)
        admission.check([Demand(_whose(table, index), READ, key, units)], None, cause)


def take_page(table: "Table", consumed: Consumed, key: SortKey | None, cause: int) -> None:
    """Take the units of a page that was read."""
    admission = table.admission
    if admission is not None:
        of_indexes = [Demand(_whose(table, name), READ, key, units) for name, units in consumed.index_reads.items()]
        of_table = [Demand("", READ, key, consumed.reads)] if consumed.reads else []
        admission.spend([*of_indexes, *of_table], cause)


def _whose(table: "Table", index: str) -> str:
    """Return whose units reads of an index take: a local one's are those of its table."""
    return index if index and table.schema.indexes[index].is_global else ""


class Together:
    """What the parts of a transaction take: all of it, or nothing if it ends with an error."""

    def __init__(self, cause: int) -> None:
        self._cause = cause
        self._taken: list[tuple[Admission, Sequence[Demand]]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        for admission, demands in self._taken:
            if error is None:
                admission.tell(demands, self._cause)
            else:
                admission.give_back(demands)

    def admit(self, table: "Table", demands: Sequence[Demand], key: Item) -> None:
        """Let a part pass and take what it demands.

        Raises:
            ApiError: there is no capacity for it.
        """
        admission = table.admission
        if admission is not None:
            admission.check(demands, key, self._cause)
            admission.take(demands)
            self._taken.append((admission, demands))

    def admit_get(self, table: "Table", key: Item, address: Address, units: float) -> None:
        """Let a read of one item pass, and take its units.

        Raises:
            ApiError: there is no capacity for it.
        """
        self.admit(table, get_demands(address, units), key)


class Admission:
    """Lets requests to one table pass, or not, and tells what they take if somebody wants to know."""

    def __init__(self, table: "Table") -> None:
        self._table = table
        self._clock = table.world.clock
        self._allowances: dict[tuple[str, str], Allowance] = {}
        self._of_keys = {
            kind: Counters(partial(Allowance, per_s, 1)) for kind, per_s in zip(_KINDS, KEY_UNITS, strict=True)
        }
        self.adjust()

    def adjust(self) -> None:
        """Follow the table's settings and indexes, as they are from now on."""
        now_us, before, self._allowances = self._clock.now_us, self._allowances, {}
        schema = self._table.schema
        for name in ("", *(index.name for index in schema.indexes.values() if index.is_global)):
            for kind in _KINDS:
                per_s, limit = self._rate(name, kind)
                saved_s = BURST_S if limit == errors.PROVISIONED else 1
                allowance = before.get((name, kind))
                if allowance is None or not allowance.per_s or allowance.saved_s != saved_s:
                    allowance = Allowance(per_s, saved_s, now_us)
                elif allowance.per_s != per_s:
                    allowance.change(per_s, now_us)
                self._allowances[name, kind] = allowance

    def admit(self, demands: Sequence[Demand], key: Mapping[str, Any] | None, cause: int) -> None:
        """Let a request pass and take what it demands.

        Args:
            key: the item that it is about, or its key; None if it is about several.

        Raises:
            ApiError: there is no capacity for it.
        """
        self.check(demands, key, cause)
        self.spend(demands, cause)

    def check(self, demands: Sequence[Demand], key: Mapping[str, Any] | None, cause: int) -> None:
        """See that a request may pass, without taking anything yet.

        Raises:
            ApiError: there is no capacity for it.
        """
        if not self._table.is_bounded:
            return
        for demand in demands:
            limit = self._exceeded(demand)
            if limit:
                reason = f"{'Index' if demand.index else 'Table'}{demand.kind}{limit}"
                self._table.journal.throttled(demand.kind, demand.index, reason, key, cause)
                arn = f"{self._table.arn}/index/{demand.index}" if demand.index else self._table.arn
                is_provisioned = self._table.settings.billing_mode == "PROVISIONED"
                raise errors.throttled(limit, reason, arn, is_provisioned=is_provisioned)

    def spend(self, demands: Sequence[Demand], cause: int) -> None:
        """Take what a request demands, and tell of it."""
        self.take(demands)
        self.tell(demands, cause)

    def tell(self, demands: Sequence[Demand], cause: int) -> None:
        """Tell, if somebody wants to know, what was taken of the table and of each index."""
        if not self._table.is_metered:
            return
        units = Counter[tuple[str, str]]()
        for demand in demands:
            units[demand.index, demand.kind] += demand.units  # type: ignore[assignment]  # counted in halves
        for index in dict.fromkeys(demand.index for demand in demands):
            self._table.journal.consumed(index, units[index, READ], units[index, WRITE], cause)

    def give_back(self, demands: Sequence[Demand]) -> None:
        """Undo what has just been taken."""
        self.take([Demand(each.index, each.kind, each.key, -each.units) for each in demands])

    def take(self, demands: Sequence[Demand]) -> None:
        """Take what a request demands, whether it is there or owed from now on, without telling of it."""
        if not self._table.is_bounded:
            return
        now_us = self._clock.now_us
        for demand in demands:
            self._allowances[demand.index, demand.kind].take(demand.units, now_us)
            if demand.key is not None:
                self._of_keys[demand.kind].of((demand.index, demand.key), now_us).take(demand.units, now_us)

    def _exceeded(self, demand: Demand) -> str:
        """Return which limit does not let a demand pass, "" if all do."""
        now_us = self._clock.now_us
        if not self._allowances[demand.index, demand.kind].has(demand.units, now_us):
            return self._rate(demand.index, demand.kind)[1]
        of_key = self._of_keys[demand.kind].find((demand.index, demand.key))
        return "" if of_key is None or of_key.has(demand.units, now_us) else errors.KEY_RANGE

    def _rate(self, index: str, kind: str) -> tuple[int, str]:
        """Return how many units there are a second, of the table ("") or a global index, and whose limit that is."""
        settings = self._table.settings
        if settings.billing_mode == "PROVISIONED":
            return settings.units_of(index)[_KINDS.index(kind)], errors.PROVISIONED
        most = settings.on_demand.get(index, {}).get(f"Max{kind}RequestUnits", 0)
        return (most, errors.MAXIMUM) if most > 0 else (UNITS_OF_ACCOUNT, errors.ACCOUNT)
