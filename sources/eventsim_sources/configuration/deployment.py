"""What is a deployment's state? It follows from the time: nothing happens at the ends of steps, somebody looks.

DEPLOYING → BAKING → COMPLETE        as time goes by
DEPLOYING, BAKING → ROLLED_BACK      by `StopDeployment`; the rollback takes no time here
COMPLETE → REVERTED                  by `StopDeployment` with `AllowRevert`, within 72 hours
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import Struct

from eventsim_sources.configuration.strategy import Strategy

if TYPE_CHECKING:
    from eventsim_sources.configuration.store import HostedVersion, Profile

UNDER_WAY = ("DEPLOYING", "BAKING")
UNDONE = ("ROLLED_BACK", "REVERTED")


class Event(Struct, frozen=True):
    """What happened in a deployment."""

    at_us: int
    type: str
    description: str
    by: str = "APPCONFIG"


@dataclass(slots=True)
class Deployment:
    """One deployment of a version into an environment.

    Attributes:
        strategy: as it was when the deployment started.
        stopped_us: when somebody stopped it, None if nobody did.
    """

    number: int
    profile: "Profile"
    version: "HostedVersion"
    strategy: Strategy
    started_us: int
    description: str = ""
    stopped_us: int | None = None

    @property
    def baking_us(self) -> int:
        """When all targets have had it for one step."""
        return self.started_us + self.strategy.duration_us

    @property
    def completed_us(self) -> int:
        """When it is complete, unless it is stopped before."""
        return self.baking_us + self.strategy.bake_us

    def state(self, now_us: int) -> str:
        """Return its state, in AWS's words."""
        if self.stopped_us is not None:
            return "ROLLED_BACK" if self.stopped_us < self.completed_us else "REVERTED"
        if now_us < self.baking_us:
            return "DEPLOYING"
        return "BAKING" if now_us < self.completed_us else "COMPLETE"

    def percentage(self, now_us: int) -> float:
        """Return what share of the targets has it."""
        if self.stopped_us is not None:
            return 0.0
        return 100.0 if now_us >= self.baking_us else self.strategy.percentage(now_us - self.started_us)

    def events(self, now_us: int) -> list[Event]:
        """Return what has happened, the newest first."""
        until_us = now_us if self.stopped_us is None else min(now_us, self.stopped_us)
        events = [Event(self.started_us, "DEPLOYMENT_STARTED", "Deployment started", "USER")]
        for after_us, share in self.strategy.steps():
            told = f"Configuration available to {share:.2f}% of clients"
            events.append(Event(self.started_us + after_us, "PERCENTAGE_UPDATED", told))
        events.append(Event(self.baking_us, "BAKE_TIME_STARTED", "Deployment bake time started"))
        events.append(Event(self.completed_us, "DEPLOYMENT_COMPLETED", "Deployment completed"))
        events = [event for event in events if event.at_us <= until_us]
        if self.stopped_us is not None and self.stopped_us < self.completed_us:
            events.append(Event(self.stopped_us, "ROLLBACK_STARTED", "Rollback started", "USER"))
            events.append(Event(self.stopped_us, "ROLLBACK_COMPLETED", "Rollback completed"))
        elif self.stopped_us is not None:
            events.append(Event(self.stopped_us, "REVERT_COMPLETED", "Revert completed", "USER"))
        return events[::-1]


def reached(deployments: Sequence[Deployment], draw: Callable[[Deployment], float], now_us: int) -> Deployment | None:
    """Return which deployment a target has got, None for none yet.

    Args:
        deployments: those of a profile in an environment that are not undone, the oldest first.
        draw: at which share of a deployment's targets this one is among them, in percent.
    """
    for each in reversed(deployments):
        if each.state(now_us) != "DEPLOYING" or draw(each) < each.percentage(now_us):
            return each
    return None
