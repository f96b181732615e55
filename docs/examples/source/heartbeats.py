"""A source of one's own: heartbeats, which tell a function again and again that time goes by."""

import json
from collections.abc import Mapping
from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from eventsim import Duration, Envelope, Target, World, duration_us


class HeartbeatSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A heartbeat."""

    function: Annotated[str, Meta(description="The function that is told.")]
    every: Annotated[Duration, Meta(description="How often.", examples=["1 minute"])]
    times: Annotated[int, Meta(description="How many times.", ge=1)]


class Heartbeat:
    """One heartbeat of a simulation."""

    kind: ClassVar[str] = "heartbeats"

    def __init__(self, world: World, name: str, spec: HeartbeatSpec) -> None:
        self.name = name
        self.arn = f"arn:aws:heartbeats:{world.region}:{world.account_id}:{name}"
        self._world = world
        self._every_us = duration_us(spec.every)
        self._times = spec.times
        self._count = 0
        self._BEAT = world.trace.kind("beat", "{subject} beats, number {value}", value="count")
        self._subject = world.trace.subject("heartbeat", name)

    def begin(self, target: Target) -> None:
        """Beat for the first time, one span from now."""
        self._world.clock.at(self._world.clock.now_us + self._every_us, self._beat, target)

    def _beat(self, target: Target) -> None:
        self._count += 1
        entry = self._world.trace.record(self._BEAT, self._subject, value=self._count)
        event = {"beat": self._count, "time": self._world.clock.epoch_ms()}
        target.accept(Envelope(body=json.dumps(event), source_arn=self.arn, cause=entry))
        if self._count < self._times:
            self.begin(target)

    def summary(self) -> Mapping[str, int]:
        """Return its numbers for the summary."""
        return {"beats": self._count}


class HeartbeatKind:
    """The section `heartbeats:` of a scenario."""

    section: ClassVar[str] = "heartbeats"
    spec: ClassVar[type[Struct]] = HeartbeatSpec

    def create(self, world: World, name: str, spec: HeartbeatSpec) -> Heartbeat:
        """Build one heartbeat."""
        return Heartbeat(world, name, spec)

    def connect(self, world: World, source: Heartbeat, spec: HeartbeatSpec) -> None:
        """Find its function and begin."""
        target = world.target(f"arn:aws:lambda:{world.region}:{world.account_id}:function:{spec.function}")
        if target is None:
            raise world.missing("function", spec.function, key="function")
        source.begin(target)
