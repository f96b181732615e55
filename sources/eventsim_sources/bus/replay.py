"""How do events come out of an archive again? Minute by minute of their own time, through the rules of their bus.

A replay is STARTING, then RUNNING, then COMPLETED; cancelled, it is CANCELLING until its next step and then CANCELLED.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import groupby
from typing import Literal

from msgspec.structs import replace

from eventsim import World
from eventsim_sources.bus.archive import Archive, Kept
from eventsim_sources.bus.event import BusEvent, to_json, with_replay_name
from eventsim_sources.bus.journal import Journal
from eventsim_sources.bus.limits import REPLAY_START_US, REPLAY_STEP_US
from eventsim_sources.bus.names import events_arn
from eventsim_sources.bus.source import Bus

State = Literal["STARTING", "RUNNING", "CANCELLING", "COMPLETED", "CANCELLED"]


class Replay:
    """One replay.

    Args:
        only: the ARNs of the rules that see the events; empty for all.
        find_bus: returns the bus if it is still there.
    """

    def __init__(
        self,
        world: World,
        journal: Journal,
        name: str,
        archive: Archive,
        *,
        start: datetime,
        end: datetime,
        only: frozenset[str],
        description: str | None,
        destination: dict[str, object],
        find_bus: Callable[[], Bus | None],
    ) -> None:
        self.name = name
        self.arn = events_arn(world, f"replay/{name}")
        self.archive = archive
        self.start, self.end = start, end
        self.description = description
        self.destination = destination
        self.state: State = "STARTING"
        self.started = world.clock.date()
        self.ended: datetime | None = None
        self.last: datetime | None = None
        """The time of the last event that was replayed."""
        self._world = world
        self._journal = journal
        self._only = only
        self._find_bus = find_bus
        self._minutes: list[list[Kept]] = []
        self._count = 0
        self._entry = 0

    @property
    def is_active(self) -> bool:
        """Whether it goes on."""
        return self.ended is None

    def begin(self, cause: int) -> None:
        """Begin; what is in the archive by now is replayed, a moment later."""
        found = self.archive.between(self.start, self.end, self._world.clock.now_us)
        self._minutes = [list(each) for _, each in groupby(found, key=lambda kept: kept.at.replace(second=0))]
        self._enter("STARTING", cause)
        self._soon(REPLAY_START_US)

    def cancel(self, cause: int) -> None:
        """End it at its next step."""
        self._enter("CANCELLING", cause)

    def _soon(self, delay_us: int) -> None:
        self._world.clock.at(self._world.clock.now_us + delay_us, self._step, None)

    def _step(self, _: None) -> None:
        if self.state == "CANCELLING":
            self._end("CANCELLED")
            return
        bus = self._find_bus()
        if bus is None or not self._minutes:
            self._end("COMPLETED")
            return
        if self.state == "STARTING":
            self._enter("RUNNING", self._entry)
        for kept in self._minutes.pop(0):
            self._replay(bus, kept.event)
            self.last = kept.at
        self._soon(REPLAY_STEP_US)

    def _replay(self, bus: Bus, event: BusEvent) -> None:
        subject = self._journal.new_event()
        entry = self._journal.replayed(subject, bus.place, self._entry, event)
        document = with_replay_name(event.document, self.name)
        self._count += 1
        bus.offer(replace(event, document=document, text=to_json(document), subject=subject, entry=entry), self._only)

    def _enter(self, state: State, cause: int) -> None:
        self.state = state
        self._entry = self._journal.replay(self.name, state, cause, self._count)

    def _end(self, state: State) -> None:
        self.ended = self._world.clock.date()
        self._minutes.clear()
        self._enter(state, self._entry)
