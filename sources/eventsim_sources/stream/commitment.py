"""Has the account promised a minimum of throughput? Then its on-demand streams have advantages.

A commitment lasts for a day at least: who ends it sooner ends it then, unless he changes his mind (documented).
"""

from typing import Any

from eventsim import Clock
from eventsim_sources.stream.limits import DAY_US


class Commitment:
    """What an account has promised; its state is worked out when somebody looks."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started_us: int | None = None
        self._ends_us: int | None = None

    @property
    def is_on(self) -> bool:
        """Whether it holds now."""
        return self._started_us is not None and (self._ends_us is None or self._clock.now_us < self._ends_us)

    def begin(self) -> None:
        """Promise it, or go on with it."""
        if not self.is_on:
            self._started_us = self._clock.now_us
        self._ends_us = None

    def end(self) -> None:
        """Let it end as soon as it may."""
        if self.is_on and self._started_us is not None and self._ends_us is None:
            self._ends_us = max(self._clock.now_us, self._started_us + DAY_US)

    def described(self) -> dict[str, Any]:
        """Return it as the API tells it."""
        date = self._clock.date
        if self._started_us is None:
            return {"Status": "DISABLED"}
        told: dict[str, Any] = {"StartedAt": date(self._started_us)}
        if not self.is_on:
            return {"Status": "DISABLED", **told, "EndedAt": date(self._ends_us)}
        status = "ENABLED" if self._ends_us is None else "ENABLED_UNTIL_EARLIEST_ALLOWED_END"
        return {"Status": status, **told, "EarliestAllowedEndAt": date(self._started_us + DAY_US)}
