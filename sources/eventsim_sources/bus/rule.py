"""What does a rule ask for, and whom does it tell?"""

from collections.abc import Mapping
from typing import Any, ClassVar

from msgspec import Struct

from eventsim import DeliveryPolicy, Pattern, World
from eventsim_sources.bus.names import DEFAULT_BUS, bus_name, rule_arn
from eventsim_sources.bus.target_input import TargetInput
from eventsim_sources.schedule.expression import Expression


class RuleTarget(Struct, frozen=True, kw_only=True):
    """A target of a rule.

    Attributes:
        given: as it was put, in botocore's shape; what lists give back.
        input: what of the event it gets.
        policy: how often and how long delivery is tried.
        told: the target as a story names it.
    """

    id: str
    arn: str
    given: Mapping[str, Any]
    input: TargetInput
    policy: DeliveryPolicy
    told: str

    @property
    def dead_letter_arn(self) -> str:
        """Where events go that it did not get, "" for nowhere."""
        return str(self.given.get("DeadLetterConfig", {}).get("Arn", ""))


class RuleSettings(Struct, frozen=True, kw_only=True):
    """What PutRule replaces as a whole.

    Attributes:
        pattern_text: as it was put.
        schedule_text: as it was put.
        other: `Description`, `RoleArn`, in botocore's shape.
    """

    pattern_text: str | None = None
    pattern: Pattern | None = None
    schedule_text: str | None = None
    schedule: Expression | None = None
    is_enabled: bool = True
    state: str = "ENABLED"
    other: Mapping[str, Any] = {}


class Rule:
    """A rule of a bus: its settings, its targets by id in the order in which they were put, and what came of it.

    Args:
        of_bus: the ARN of its bus.
    """

    kind: ClassVar[str] = "rules"

    def __init__(self, world: World, of_bus: str, name: str, settings: RuleSettings, *, label: str) -> None:
        self.name = label
        """What it is called here: its name, after the name of its bus where two have the same."""
        self.rule_name = name
        self.bus = bus_name(of_bus)
        self.arn = rule_arn(of_bus, name)
        self.settings = settings
        self.targets: dict[str, RuleTarget] = {}
        self.tags: dict[str, str] = {}
        self.place = world.trace.subject("rule", label)
        self.dimensions: Mapping[str, str] = {} if self.bus == DEFAULT_BUS else {"EventBusName": self.bus}
        """What tells its metrics apart from those of a rule of the default bus (documented)."""
        self.matched_count = self.delivered_count = self.retried_count = self.lost_count = 0
        self.missed_count = 0
        """How often it was told of an event on another bus."""
        self.turn = 0
        """Which setting of its schedule is in force; a firing of an earlier one is void."""

    def summary(self) -> Mapping[str, int]:
        """Return how many events it took, and what came of their deliveries."""
        return {
            "matched": self.matched_count,
            "delivered": self.delivered_count,
            "retried": self.retried_count,
            "lost": self.lost_count,
        }
