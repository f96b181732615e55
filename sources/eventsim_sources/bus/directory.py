"""Which buses, rules and archives are there, and who carries events between them? All of one simulation."""

from collections.abc import Callable, Mapping
from typing import Any

from eventsim import World
from eventsim_sources.bus import errors
from eventsim_sources.bus.api_destination import ApiDestination, Outbox
from eventsim_sources.bus.archive import Archive
from eventsim_sources.bus.connection import Connection
from eventsim_sources.bus.courier import Courier
from eventsim_sources.bus.event import BusEvent, event_time, make_document, to_json
from eventsim_sources.bus.journal import Journal
from eventsim_sources.bus.names import DEFAULT_BUS, account_of, bus_name, is_bus_arn, region_of
from eventsim_sources.bus.oauth import Authorizer
from eventsim_sources.bus.reach import Reach
from eventsim_sources.bus.replay import Replay
from eventsim_sources.bus.rule import Rule, RuleSettings, RuleTarget
from eventsim_sources.bus.source import Bus
from eventsim_sources.bus.timetable import Timetable


class Directory:
    """The buses of a simulation with all that belongs to them; `world.share(Directory)` returns it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.journal = Journal(world)
        self.archives: dict[str, Archive] = {}
        self.replays: dict[str, Replay] = {}
        self.connections: dict[str, Connection] = {}
        self.api_destinations: dict[str, ApiDestination] = {}
        self.authorizer = Authorizer(
            world, keep=world.share(Outbox).keep_token_request, told=self.journal.token_asked_for
        )
        self.new_id = world.chance.uuids("bus", "identifiers")
        self._courier = Courier(world, self.journal, Reach(world, self))
        self._timetable = Timetable(world, self._fire)
        self._new_event_id = world.chance.uuids("bus", "scheduled events")

    # --- buses -----------------------------------------------------------------------------------------

    def buses(self) -> dict[str, Bus]:
        """Return the buses of this account and region by name; the default one is always there."""
        self.default()
        return {bus.name: bus for bus in self._all() if bus.is_here}

    def _all(self) -> list[Bus]:
        return [bus for bus in self.world.sources(Bus.kind).values() if isinstance(bus, Bus)]

    def default(self) -> Bus:
        """Return the default bus, which nobody has to make."""
        found = self.world.sources(Bus.kind).get(DEFAULT_BUS)
        return found if isinstance(found, Bus) else self.add_bus(DEFAULT_BUS)

    def add_bus(self, name: str, settings: Mapping[str, Any] | None = None, *, arn: str = "") -> Bus:
        """Make a bus; it has an ARN of its own if it is in another account or region."""
        bus = Bus(self.world, name, self, settings, arn=arn)
        self.world.add(bus)
        return bus

    def remove_bus(self, bus: Bus) -> None:
        """Forget a bus and its rules."""
        for name in list(bus.rules):
            self.remove_rule(bus, bus.rules[name])
        self.world.remove(bus.arn)

    def find_bus(self, name_or_arn: str | None) -> Bus | None:
        """Return the bus that a request means, if it is there; one in another account or region is named by ARN."""
        default = self.default()
        if name_or_arn and name_or_arn.startswith("arn:"):
            by_arn = self.world.target(name_or_arn)
            return by_arn if isinstance(by_arn, Bus) else None
        found = self.world.sources(Bus.kind).get(name_or_arn) if name_or_arn else default
        return found if isinstance(found, Bus) and found.is_here else None

    def reachable_bus(self, name_or_arn: str | None) -> Bus | None:
        """Return a bus to which events may go, also of another account or region, if it is there."""
        found = self.find_bus(name_or_arn)
        if found is not None or not is_bus_arn(name_or_arn):
            return found
        neighbour = self.world.neighbour(account_of(name_or_arn), region_of(name_or_arn))
        return None if neighbour is None else neighbour.share(Directory).find_bus(name_or_arn)

    def cause_for(self, bus: Bus, cause: int) -> int:
        """Return an entry of this trace as the cause of what happens on a bus: another world may have another trace."""
        return cause if bus.records_in(self.world.trace) else 0

    def bus(self, name_or_arn: str | None) -> Bus:
        """Return the bus that a request means.

        Raises:
            ApiError: it is not there.
        """
        bus = self.find_bus(name_or_arn)
        if bus is None:
            raise errors.missing("Event bus", bus_name(name_or_arn))
        return bus

    def elsewhere(self, event: BusEvent, bus: str) -> list[tuple[str, Rule]]:
        """Return rules of other buses whose pattern matches an event, with what those buses are called."""
        return [(other.name, rule) for other in self._all() if other.name != bus for rule in other.would_take(event)]

    # --- rules -----------------------------------------------------------------------------------------

    def put_rule(self, bus: Bus, name: str, settings: RuleSettings, *, tags: Mapping[str, str] | None = None) -> Rule:
        """Make a rule, or replace what it asks for; its targets and tags stay."""
        rule = bus.rules.get(name)
        if rule is None:
            label = name if name not in self.world.sources(Rule.kind) else f"{bus.name}/{name}"
            rule = Rule(self.world, bus.arn, name, settings, label=label)
            rule.tags.update(tags or {})
            self.world.add(rule)
        rule.settings = settings
        bus.put_rule(rule)
        self._timetable.set(rule)
        return rule

    def adopt_rule(self, bus: Bus, rule: Rule) -> None:
        """Take a rule that a scenario has made."""
        bus.put_rule(rule)
        self._timetable.set(rule)

    def remove_rule(self, bus: Bus, rule: Rule) -> None:
        """Forget a rule; it fires no more."""
        bus.remove_rule(rule.rule_name)
        self.world.remove(rule.arn)

    def deliver(self, rule: Rule, event: BusEvent, cause: int) -> None:
        """Deliver an event to a rule's targets."""
        self._courier.deliver(rule, event, cause)

    def resume(self, read_target: Callable[[Mapping[str, Any]], RuleTarget]) -> None:
        """Go on with the deliveries that an earlier server left.

        Raises:
            StorageError: they cannot be read.
        """
        rules = {rule.arn: rule for rule in self.world.sources(Rule.kind).values() if isinstance(rule, Rule)}
        self._courier.resume(rules.get, read_target)

    def _fire(self, rule: Rule) -> None:
        """Tell a rule's targets that its time has come; nobody else hears of it (unconfirmed)."""
        world = self.world
        time = event_time(world.clock.date())
        document = make_document(
            event_id=self._new_event_id(),
            source="aws.events",
            detail_type="Scheduled Event",
            detail={},
            time=time,
            account=world.account_id,
            region=world.region,
            resources=[rule.arn],
        )
        subject = self.journal.new_event()
        entry = self.journal.fired(subject, rule)
        event = BusEvent(document=document, text=to_json(document), ingested_at=time, subject=subject, entry=entry)
        rule.matched_count += 1
        self.deliver(rule, event, entry)

    # --- API destinations ------------------------------------------------------------------------------

    def api_destination(self, arn: str) -> ApiDestination | None:
        """Return the API destination with this ARN."""
        return next((each for each in self.api_destinations.values() if each.arn == arn), None)

    def connection(self, arn: str) -> Connection | None:
        """Return the connection with this ARN."""
        return next((each for each in self.connections.values() if each.arn == arn), None)
