"""How fast does a deployment reach its targets? In steps of equal length, to a share that grows with each.

The share grows by the growth factor with each step (`LINEAR`), or doubles, beginning with it (`EXPONENTIAL`), until all
have it. The deployment's duration is cut into one span more than there are steps: before the first it is at 1 %, and
after the last one the bake time begins (recorded: 25 % in 15 minutes make 25, 50, 75 and 100 % after 3, 6, 9 and 12).
"""

from collections.abc import Mapping

from msgspec import Struct

_US_PER_MINUTE = 60_000_000
_BEGIN = 1.0
"""The percentage before the first step (recorded)."""


class Strategy(Struct, frozen=True, kw_only=True):
    """A deployment strategy.

    Attributes:
        growth_factor: in percent.
    """

    identifier: str
    name: str
    duration_min: int
    growth_factor: float
    growth_type: str = "LINEAR"
    bake_min: int = 0
    description: str = ""
    replicate_to: str = "NONE"

    @property
    def path(self) -> str:
        """Its name within AppConfig, as ARNs have it."""
        return f"deploymentstrategy/{self.identifier}"

    @property
    def duration_us(self) -> int:
        """How long it takes until the bake time begins."""
        return self.duration_min * _US_PER_MINUTE

    @property
    def bake_us(self) -> int:
        """How long the bake time is."""
        return self.bake_min * _US_PER_MINUTE

    def steps(self) -> list[tuple[int, float]]:
        """Return after how many microseconds which percentage is reached, in order."""
        shares = [self.growth_factor]
        while shares[-1] < 100:
            is_linear = self.growth_type == "LINEAR"
            shares.append(min(100.0, shares[-1] + self.growth_factor if is_linear else shares[-1] * 2))
        return [(self.duration_us * place // (len(shares) + 1), share) for place, share in enumerate(shares, 1)]

    def percentage(self, elapsed_us: int) -> float:
        """Return what share of the targets has the new configuration after a while."""
        return max([_BEGIN, *(share for after_us, share in self.steps() if after_us <= elapsed_us)])


def _predefined(name: str, duration_min: int, growth_factor: float, bake_min: int, growth_type: str) -> Strategy:
    return Strategy(
        identifier=f"AppConfig.{name}",
        name=f"AppConfig.{name}",
        duration_min=duration_min,
        growth_factor=growth_factor,
        growth_type=growth_type,
        bake_min=bake_min,
    )


PREDEFINED: Mapping[str, Strategy] = {
    strategy.identifier: strategy
    for strategy in (
        _predefined("AllAtOnce", 0, 100, 10, "LINEAR"),
        _predefined("Canary10Percent20Minutes", 20, 10, 10, "EXPONENTIAL"),
        _predefined("Linear20PercentEvery6Minutes", 30, 20, 30, "LINEAR"),
        _predefined("Linear50PercentEvery30Seconds", 1, 50, 1, "LINEAR"),
    )
}
"""Those that every account has (documented)."""
