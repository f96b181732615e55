"""Which rules does EventBridge make by itself? One for each archive of a bus: clients see it and do not change it."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.bus import errors
from eventsim_sources.bus.archive import Archive
from eventsim_sources.bus.names import bus_name, region_of, rule_arn
from eventsim_sources.bus.source import Bus

_MANAGER = "prod.vhs.events.aws.internal"
_TEMPLATE = '{"archive-arn":"%s","event":<aws.events.event.json>,"ingestion-time":<aws.events.event.ingestion-time>}'


class ManagedRule(Struct, frozen=True):
    """The rule by which an archive gets its events; what is replayed does not come to it again."""

    archive: Archive

    @property
    def name(self) -> str:
        """Its name."""
        return f"Events-Archive-{self.archive.name}"

    def described(self) -> dict[str, Any]:
        """Return the rule as lists tell of it."""
        pattern: Mapping[str, Any] = json.loads(self.archive.pattern_text or "{}")
        return {
            "Name": self.name,
            "Arn": rule_arn(self.archive.bus_arn, self.name),
            "EventPattern": json.dumps({**pattern, "replay-name": [{"exists": False}]}, separators=(",", ":")),
            "State": "ENABLED",
            "ManagedBy": _MANAGER,
            "EventBusName": bus_name(self.archive.bus_arn),
        }

    def target(self) -> dict[str, Any]:
        """Return its target."""
        template = {"InputPathsMap": {}, "InputTemplate": _TEMPLATE % self.archive.arn}
        arn = f"arn:aws:events:{region_of(self.archive.arn)}:::"
        return {"Id": self.name, "Arn": arn, "InputTransformer": template}


def managed_rules(bus: Bus) -> dict[str, ManagedRule]:
    """Return the managed rules of a bus by their names."""
    made = map(ManagedRule, bus.archives)
    return {each.name: each for each in made}


def check_unmanaged(bus: Bus, name: str) -> None:
    """See that a rule is none that clients do not change.

    Raises:
        ApiError: it is one.
    """
    if name in managed_rules(bus):
        raise errors.managed(name)
