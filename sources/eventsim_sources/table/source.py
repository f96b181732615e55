"""Where are items kept? A table as the core knows it: what it holds, who is told of changes, and how it is set up."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, ClassVar

from eventsim import ApiError, Envelope, Lineage, World
from eventsim_sources.arns import arn_of
from eventsim_sources.table.admission import Admission
from eventsim_sources.table.arrangement import Address
from eventsim_sources.table.destination import Destination, change_json
from eventsim_sources.table.journal import Journal, key_text
from eventsim_sources.table.limits import CREATION_US, SECOND_US
from eventsim_sources.table.recovery import Recovery
from eventsim_sources.table.replication import Replication
from eventsim_sources.table.schema import Index, Schema
from eventsim_sources.table.settings import Origin, Settings
from eventsim_sources.table.store import Change, Store
from eventsim_sources.table.stream import TableStream
from eventsim_sources.table.stream_record import TIME_TO_LIVE, TableRecord, content_bytes, seen
from eventsim_sources.table.throughput import ThroughputHistory
from eventsim_sources.table.time_to_live import TimeToLive
from eventsim_sources.table.value import Item

TIME_TO_LIVE_DELAY_US = SECOND_US
"""How long after its time is over an item is deleted, unless the scenario says otherwise; AWS takes up to days."""


class Table:
    """A table.

    Attributes:
        identifier: `TableId`.
        settings: what is told on request.
        stream: the stream of its changes, None if it has none.
        latest_stream: the stream that was switched on last, whether or not it is on.
        destinations: other streams that are told of changes, by their ARN.
        policies: resource policies by ARN, of the table and its streams: the text and its revision.
        recovery: what it takes to go back to a point in time, None if backups are not continuous.
        insights: the modes of contributor insights, of the table ("") and of indexes by their names, and since when.
        origin: what it was restored from, None if it was made anew.
        replication: its replicas in other regions.
        throughput: how provisioned throughput was changed, of the table ("") and of indexes by their names.
        throttles: whether its throughput bounds its requests, whatever the world says.
        is_metered: whether the trace is told of the capacity that requests consume.
        on_demand_us: when it was last switched to pay per request, None if it never was.
        active_us: when it is ready to be used.
    """

    kind: ClassVar[str] = "tables"

    def __init__(
        self,
        world: World,
        name: str,
        schema: Schema,
        settings: Settings,
        *,
        tags: Mapping[str, str] | None = None,
        time_to_live_delay_us: int = TIME_TO_LIVE_DELAY_US,
        throttles: bool = False,
    ) -> None:
        clock = world.clock
        self.name = name
        self.arn = arn_of(world, "table", name)
        self.world = world
        self.settings = settings
        self.tags = dict(tags or {})
        self.created_us = clock.now_us
        self.active_us = clock.now_us + CREATION_US
        self.is_deleted = self.is_metered = False
        birth = name, clock.epoch_us() if world.is_live else clock.now_us
        self.identifier = world.chance.uuids("table", *birth)()
        self.new_revision = world.chance.uuids("table", *birth, "policies")
        self.store = Store(schema)
        self.stream: TableStream | None = None
        self.latest_stream: TableStream | None = None
        self.destinations: dict[str, Destination] = {}
        self.policies: dict[str, tuple[str, str]] = {}
        self.recovery: Recovery | None = None
        self.insights: dict[str, tuple[str, int]] = {}
        self.origin: Origin | None = None
        self.replication = Replication(self)
        self.throughput: dict[str, ThroughputHistory] = {}
        self.throttles = throttles
        self._admission = Admission(self)
        self.on_demand_us = clock.now_us if settings.billing_mode == "PAY_PER_REQUEST" else None
        self.time_to_live = TimeToLive(clock, time_to_live_delay_us, self._expire)
        self.journal = Journal(world, self)
        self.journal.note()

    @property
    def schema(self) -> Schema:
        """The keys as of now."""
        return self.store.schema

    @property
    def is_ready(self) -> bool:
        """Whether it is made and may be used."""
        return self.world.clock.now_us >= self.active_us

    @property
    def is_bounded(self) -> bool:
        """Whether its throughput bounds its requests."""
        return self.throttles or self.world.throttles

    @property
    def admission(self) -> Admission | None:
        """What lets requests pass and tells what they take, None if all pass and nobody wants to know."""
        return self._admission if self.is_metered or self.is_bounded else None

    def summary(self) -> Mapping[str, int]:
        """Return how many items there are, how often they were written, deleted and read, and what was refused."""
        journal = self.journal
        return {
            "items": self.store.items.count,
            "written": journal.written_count,
            "deleted": journal.deleted_count,
            "expired": journal.expired_count,
            "read": journal.read_count,
            "condition_failures": journal.refused_count,
            "throttled": journal.throttled_count,
        }

    def meter(self) -> None:
        """Tell of the capacity that requests consume from now on."""
        self.is_metered = True

    def gauge(self, name: str, dimensions: Mapping[str, str]) -> float | None:
        """Return provisioned throughput, as CloudWatch tells it; a table that is paid per request has none."""
        reads, writes = self.settings.units_of(dimensions.get("GlobalSecondaryIndexName", ""))
        return (reads if name == "ProvisionedReadCapacityUnits" else writes) or None

    # --- items -----------------------------------------------------------------------------------------

    def put(
        self, item: Item, *, size_bytes: int | None = None, cause: int = 0, lineage: Lineage | None = None
    ) -> Change:
        """Put an item that was checked and that nobody will change any more."""
        change = self.store.put(item, size_bytes)
        if self.time_to_live.attribute:
            self.time_to_live.watch(change.address, item)
        self._tell(change, cause, lineage)
        self.replication.send(change, lineage)
        return change

    def remove(self, address: Address, *, cause: int = 0, lineage: Lineage | None = None) -> Change:
        """Take an item away; it is no error if there is none."""
        change = self.store.remove(address)
        if change.old is not None:
            self._tell(change, cause, lineage)
            self.replication.send(change, lineage)
        return change

    def replicate(self, address: Address, item: Item | None, lineage: Lineage | None) -> None:
        """Write an item as it was written in another region, or take it away if it is None."""
        change = self.store.remove(address) if item is None else self.store.put(item)
        if item is not None:
            self.time_to_live.watch(address, item)
        if change.old is not None or change.new is not None:
            self._tell(change, 0, lineage)

    def elsewhere(self, region: str) -> "Table | None":
        """Return the table of the same name in another region of the account, if it is there."""
        there = self.world.neighbour(self.world.account_id, region, begins=True)
        found = None if there is None else there.sources(Table.kind).get(self.name)
        return found if isinstance(found, Table) else None

    def refuse(self, key: Mapping[str, Any], cause: int) -> None:
        """Tell that a condition on an item does not hold."""
        self.journal.refused(key_text(self.schema.key, key), cause)

    def _expire(self, address: Address) -> None:
        stored = self.store.get(address)
        if stored is None or self.is_deleted or not self.replication.deletes_expired:
            return
        end_us = self.time_to_live.end_us(stored.item)
        if end_us is not None and end_us + self.time_to_live.delay_us <= self.world.clock.now_us:
            change = self.store.remove(address)
            self._tell(change, 0, None, user_identity=TIME_TO_LIVE)
            self.replication.send(change, None)

    def _tell(
        self, change: Change, cause: int, lineage: Lineage | None, user_identity: Mapping[str, str] | None = None
    ) -> None:
        is_real = change.is_real
        present = change.new or change.old
        assert present is not None, "a change is of something"
        key = key_text(self.schema.key, present.item)
        subject, entry = self.journal.changed(change, key, cause, is_real=is_real, is_expired=user_identity is not None)
        if is_real and self.recovery is not None:
            self.recovery.note(change)
        if not is_real or (self.stream is None and not self.destinations):
            return
        build = partial(_record, self.schema.key_of(present.item), change, subject, entry, lineage, user_identity)
        if self.stream is not None:
            self.stream.append(partial(build, self.stream.view_type), key)
        for destination in self.destinations.values():
            self._send(destination, build, key, entry, lineage)

    def _send(self, destination: Destination, build: Any, key: str, cause: int, lineage: Lineage | None) -> None:
        """Tell another stream of a change."""
        if not destination.is_active:
            return
        body = change_json(destination, build, self.name, self.world)
        target = self.world.target(destination.arn)
        try:
            if target is None:
                raise ApiError("ResourceNotFoundException", "the stream does not exist")
            target.accept(Envelope(body=body, source_arn=self.arn, group=key, cause=cause, lineage=lineage))
        except ApiError as error:
            self.journal.lost(key, destination.arn, error.message, cause)

    def fill(self, items: Sequence[Item]) -> None:
        """Hold these items from the beginning, which is no change that anybody is told of."""
        for item in items:
            self.journal.note_item(self._hold(item), item)
        if items:
            self.journal.filled(len(items))

    def _hold(self, item: Item) -> Address:
        change = self.store.put(item)
        self.time_to_live.watch(change.address, item)
        return change.address

    def restore(self, items: Sequence[Item]) -> None:
        """Hold what an earlier server left, and nothing else."""
        for stored in list(self.store.items.walk()):
            self.journal.note_item(self.store.remove(self.store.address(stored.item)).address, stored.item)
        for item in items:
            self.journal.note_item(self._hold(item), item)
        self.journal.restored(len(items))

    # --- how it is set up ------------------------------------------------------------------------------

    def apply(self, settings: Settings) -> None:
        """Take new settings."""
        clock, before = self.world.clock, self.settings
        if settings.billing_mode == "PAY_PER_REQUEST" != before.billing_mode:
            self.on_demand_us = clock.now_us
        for name in ("", *before.index_units):
            old, new = before.units_of(name), settings.units_of(name)
            if old != new:
                history = self.throughput.get(name, ThroughputHistory())
                self.throughput[name] = history.changed(old, new, clock.epoch_us())
        self.settings = settings
        self._admission.adjust()
        self.journal.note()

    def add_index(self, index: Index, types: Mapping[str, str]) -> None:
        """Make another index."""
        self.store.add_index(index, types)
        self._admission.adjust()
        self.journal.note()

    def drop_index(self, name: str) -> None:
        """Forget an index."""
        self.store.drop_index(name)
        self.throughput.pop(name, None)
        self._admission.adjust()
        self.journal.note()

    def enable_stream(self, view_type: str, label: str = "") -> None:
        """Tell of changes from now on, in a stream of its own."""
        old = self.latest_stream
        if old is not None:
            self._rename(old)
        label = label or self._new_label()
        stream = TableStream(self.world, self.name, self.arn, self.schema.key, view_type, label)
        self.stream = self.latest_stream = stream
        self.world.add(stream)
        self.journal.note()

    def disable_stream(self) -> None:
        """Tell no more; what was told stays readable for a day."""
        if self.stream is not None:
            self.stream.disable()
            self.stream = None
            self.journal.note()

    def _new_label(self) -> str:
        """Return the date of now, or the next one that no stream of a table of this name has."""
        clock = self.world.clock
        taken = {stream.arn for stream in self.world.sources(TableStream.kind).values()}
        at_us = clock.now_us
        while f"{self.arn}/stream/{clock.iso_ms(at_us)[:-1]}" in taken:
            at_us += 1_000
        return clock.iso_ms(at_us)[:-1]

    def _rename(self, old: TableStream) -> None:
        """Let a stream of before be found by its ARN only: the table's name stands for the one that is on."""
        self.world.remove(old.arn)
        old.name = f"{self.name} {old.label}"
        self.world.add(old)

    def add_destination(self, arn: str, precision: str) -> Destination:
        """Tell a Kinesis stream of changes from now on."""
        new_event_id = self.world.chance.hex_ids(32, "table", self.name, arn, self.world.clock.now_us)
        destination = self.destinations[arn] = Destination(arn, precision, new_event_id)
        self.journal.note()
        return destination

    def set_time_to_live(self, attribute: str) -> None:
        """Let items end at the instant that an attribute names; "" lets them live for ever."""
        self.time_to_live.attribute = attribute
        self.time_to_live.clear()
        if attribute:
            for stored in list(self.store.items.walk()):
                self.time_to_live.watch(self.store.address(stored.item), stored.item)
        self.journal.note()

    def retag(self, tags: Mapping[str, str]) -> None:
        """Take new tags."""
        self.tags = dict(tags)
        self.journal.note()

    def delete_table(self) -> None:
        """Be gone, items and all; what the stream told stays readable for a day."""
        self.is_deleted = True
        self.replication.leave()
        self.journal.forget()
        self.disable_stream()
        if self.latest_stream is not None:
            self._rename(self.latest_stream)
        self.world.remove(self.arn)


def _record(
    keys: Item,
    change: Change,
    subject: int,
    entry: int,
    lineage: Lineage | None,
    user_identity: Mapping[str, str] | None,
    view_type: str,
    **place: Any,
) -> TableRecord:
    """Build a record of a change for a view."""
    old, new = change.old, change.new
    shown_new, shown_old = seen(view_type, None if new is None else new.item, None if old is None else old.item)
    return TableRecord(
        **place,
        subject=subject,
        entry=entry,
        content_bytes=content_bytes(keys, shown_new, shown_old),
        lineage=lineage,
        event_name="REMOVE" if new is None else "INSERT" if old is None else "MODIFY",
        keys=keys,
        new=shown_new,
        old=shown_old,
        view_type=view_type,
        user_identity=user_identity,
    )
