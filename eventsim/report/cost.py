"""What would it have cost on AWS? What a run used, times the prices of a dated list."""

import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct

from eventsim.errors import ConfigurationError
from eventsim.function.function import LATEST, Functions
from eventsim.limits import EPHEMERAL_STORAGE_MB_DEFAULT
from eventsim.report.usage import Usage
from eventsim.spelling import did_you_mean

PRICE_LIST = Path(__file__).with_name("prices.toml")
SECONDS_A_DAY = 86_400

_MB_MS_A_GB_S = 1024 * 1000


class Rating(Struct, frozen=True, kw_only=True):
    """What a function's use costs by: its architecture and how much `/tmp` it has beyond what is free."""

    architecture: str = "x86_64"
    storage_share: float = 0.0
    """Billed storage for each MB of memory, so that both are billed for the same time."""


class PriceList(Struct, frozen=True, kw_only=True):
    """Prices in dollars, and when they were so.

    Attributes:
        prices: by name, as in `prices.toml`.
        free_a_month: what the free tier holds.
        calls: service → operation → name of its price.
    """

    as_of: date
    prices: Mapping[str, float]
    free_a_month: Mapping[str, float]
    calls: Mapping[str, Mapping[str, str]]

    @property
    def has_free_tier(self) -> bool:
        """Whether the free tier is taken off."""
        return bool(self.prices["free_tier"])

    def of_call(self, call: str) -> str:
        """Return the name of the price of a `service.Operation`, "" if it is free or unknown."""
        service, _, operation = call.partition(".")
        prices = self.calls.get(service, {})
        return prices.get(operation, prices.get("every", ""))


class Cost(Struct, frozen=True, kw_only=True):
    """What a run would have cost.

    Attributes:
        parts: service → dollars.
        as_of: the date of the price list.
    """

    parts: Mapping[str, float]
    as_of: date

    @property
    def total_usd(self) -> float:
        """All of it, in dollars."""
        return sum(self.parts.values())


def price_list(overrides: Mapping[str, float] | None = None, *, file: Path | None = None) -> PriceList:
    """Return the prices that eventsim brings along, some of them replaced.

    Args:
        overrides: prices by name; they win.
        file: a file like `prices.toml`; what is not in it stays as it is.

    Raises:
        ConfigurationError: a price is not in the list, or is negative; or the file cannot be read.
    """
    listed = _read(PRICE_LIST)
    given = {} if file is None else _read(file)
    known = listed["prices"]
    prices = {**given.get("prices", {}), **(overrides or {})}
    for name, price in prices.items():
        if name not in known:
            raise ConfigurationError(f"there is no price `{name}`{did_you_mean(name, known)}", key=f"prices.{name}")
        if isinstance(price, bool) or not isinstance(price, int | float) or not price >= 0:
            raise ConfigurationError(f"a price is a number and not negative, not {price!r}", key=f"prices.{name}")
    return PriceList(
        as_of=given.get("as_of", listed["as_of"]),
        prices={**known, **prices},
        free_a_month={**listed["free_a_month"], **given.get("free_a_month", {})},
        calls={**listed["calls"], **given.get("calls", {})},
    )


@cache
def _read(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"cannot read the prices in {path}: {error.strerror}") from None
    except ValueError as error:
        raise ConfigurationError(f"{path} is no price list: {error}") from None


def ratings_of(functions: Functions) -> dict[str, Rating]:
    """Return how each function is billed, by its unpublished version."""
    ratings = {}
    for function in functions:
        version = function.versions[LATEST]
        further_mb = version.ephemeral_storage_mb - EPHEMERAL_STORAGE_MB_DEFAULT
        ratings[function.name] = Rating(architecture=version.architecture, storage_share=further_mb / version.memory_mb)
    return ratings


def cost_of(usage: Usage, ratings: Mapping[str, Rating], prices: PriceList) -> Cost:
    """Return what a run would have cost.

    Args:
        ratings: by function; who is not there is billed as x86_64.
    """
    units: Counter[str] = Counter()
    for call, count in usage.calls.items():
        units[prices.of_call(call)] += count
    for place, count in usage.queue_requests.items():
        units["sqs_fifo_request" if place.endswith(".fifo") else "sqs_request"] += count
    units["sqs_request"] += usage.empty_polls
    units["events_custom"] += usage.events
    units["lambda_request"] += usage.attempts.total() + usage.further_requests
    gb_s: dict[str, float] = {}
    for function, mb_ms in usage.mb_ms.items():
        rating = ratings.get(function, Rating())
        for name, share in (
            (f"lambda_gb_second_{rating.architecture}", 1.0),
            ("lambda_storage_gb_second", rating.storage_share),
        ):
            gb_s[name] = gb_s.get(name, 0.0) + share * mb_ms / _MB_MS_A_GB_S
    used: dict[str, float] = {name: count for name, count in units.items() if name} | gb_s
    if prices.has_free_tier:
        used = _beyond_free(used, prices.free_a_month)
    parts: dict[str, float] = {}
    for name, amount in used.items():
        service = name.partition("_")[0]
        parts[service] = parts.get(service, 0.0) + amount * prices.prices[name]
    return Cost(parts={name: amount for name, amount in parts.items() if amount}, as_of=prices.as_of)


def _beyond_free(used: Mapping[str, float], free: Mapping[str, float]) -> dict[str, float]:
    """Return what is left to pay when free amounts are taken off, in the order of use."""
    left = dict(free)
    beyond = {}
    for name, amount in used.items():
        tier = next((tier for tier in left if name.startswith(tier) or name == tier.replace("sqs_", "sqs_fifo_")), "")
        taken = min(amount, left.get(tier, 0.0))
        if tier:
            left[tier] -= taken
        beyond[name] = amount - taken
    return beyond


def a_day_usd(cost_usd: float, span_s: float) -> float:
    """Return what something that costs so much in a span costs if it goes on for a day; 0 for no span."""
    return cost_usd / span_s * SECONDS_A_DAY if span_s > 0 else 0.0
