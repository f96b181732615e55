"""Who has an API key, and how often may it be used? Keys and usage plans of REST APIs, counted in virtual time."""

from datetime import date, datetime, timedelta
from typing import Any

import msgspec
from msgspec import Struct

from eventsim import World
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.throttle import Buckets


class ApiKey(Struct, kw_only=True, rename="camel"):
    """A key."""

    id: str
    value: str
    name: str = ""
    customer_id: str = ""
    description: str = ""
    enabled: bool = True
    created_date: datetime | None = None
    last_updated_date: datetime | None = None
    stage_keys: list[str] = []
    tags: dict[str, str] = {}


class Account(Struct, kw_only=True, rename="camel"):
    """What is set for all APIs of an account."""

    cloudwatch_role_arn: str = ""


class PlanStage(Struct, kw_only=True, rename="camel"):
    """A stage that a plan is for."""

    api_id: str = ""
    stage: str = ""
    throttle: dict[str, Any] = {}


class UsagePlan(Struct, kw_only=True, rename="camel"):
    """How often its keys may be used, and for which stages."""

    id: str
    name: str
    description: str = ""
    api_stages: list[PlanStage] = []
    throttle: dict[str, Any] = {}
    quota: dict[str, Any] = {}
    product_code: str = ""
    tags: dict[str, str] = {}
    keys: list[str] = msgspec.field(default_factory=list, name="_keys")
    """The ids of its keys."""


class _Meter:
    """The use of one key under one plan."""

    def __init__(self, today: date) -> None:
        self.first_day = self.period = today
        self.used = 0
        self.by_day: dict[str, int] = {}


class Usage:
    """All keys and plans of a simulation."""

    def __init__(self, world: World) -> None:
        self._clock = world.clock
        self.account = Account()
        self.keys: dict[str, ApiKey] = {}
        self.plans: dict[str, UsagePlan] = {}
        self._buckets = Buckets(world.clock)
        self._meters: dict[tuple[str, str], _Meter] = {}
        self.new_id = world.chance.hex_ids(10, "api key")
        self.new_value = world.chance.hex_ids(40, "api key value")

    def check(self, value: str, api_id: str, stage: str, method: str) -> ApiKey:
        """Return the key that lets a request in, and count it.

        Args:
            method: `/orders/GET`, as plans name methods.

        Raises:
            Refused: there is none, or it has been used too often.
        """
        key = next((key for key in self.keys.values() if key.value == value and key.enabled), None) if value else None
        if key is None:
            raise Refused("INVALID_API_KEY", why="the request bears no API key that is enabled")
        for plan in self.plans.values():
            here = next((each for each in plan.api_stages if (each.api_id, each.stage) == (api_id, stage)), None)
            if key.id in plan.keys and here is not None:
                self._count(plan, here, key, method)
                return key
        if f"{api_id}/{stage}" in key.stage_keys:
            return key
        raise Refused("INVALID_API_KEY", why=f"no usage plan lets the key {key.name or key.id} into {api_id}/{stage}")

    def _count(self, plan: UsagePlan, stage: PlanStage, key: ApiKey, method: str) -> None:
        meter = self._meter(plan, key)
        limit = plan.quota.get("limit")
        if limit is not None and meter.used >= _allowed(plan, meter):
            raise Refused("QUOTA_EXCEEDED", why=f"the usage plan {plan.name} allows {limit} requests a period")
        self._throttle(plan, stage, key, method)
        meter.used += 1
        day = f"{self._clock.date():%Y-%m-%d}"
        meter.by_day[day] = meter.by_day.get(day, 0) + 1

    def _meter(self, plan: UsagePlan, key: ApiKey) -> _Meter:
        """Return the use of a key under a plan in the period of today."""
        today = self._clock.date().date()
        meter = self._meters.setdefault((plan.id, key.id), _Meter(today))
        period = _beginning(plan, today)
        if meter.period < period:
            meter.period, meter.used = period, 0
        return meter

    def _throttle(self, plan: UsagePlan, stage: PlanStage, key: ApiKey, method: str) -> None:
        """See that the plan has room for one more: by what it says of the method, of the stage, of all."""
        for scope, given in ((method, stage.throttle.get(method)), ("", plan.throttle)):
            rate = (given or {}).get("rateLimit")
            if rate is None:
                continue
            burst = float((given or {}).get("burstLimit") or rate)
            if not self._buckets.takes(
                (plan.id, key.id, scope and f"{stage.api_id}{scope}"), rate=float(rate), burst=burst
            ):
                raise Refused("THROTTLED", why=f"the usage plan {plan.name} allows {float(rate):g} requests a second")
            return

    def used(self, plan: UsagePlan, key: ApiKey) -> tuple[dict[str, int], int | None]:
        """Return how often a key was used on which day, and how much of its quota is left."""
        is_used = (plan.id, key.id) in self._meters
        meter = self._meter(plan, key) if is_used else _Meter(self._clock.date().date())
        left = None if plan.quota.get("limit") is None else max(0, _allowed(plan, meter) - meter.used)
        return dict(meter.by_day), left

    def extend(self, plan: UsagePlan, key: ApiKey, left: int) -> None:
        """Set how much of its quota a key has left."""
        meter = self._meter(plan, key)
        meter.used = _allowed(plan, meter) - left


def _beginning(plan: UsagePlan, day: date) -> date:
    """Return the day on which a day's period begins, in UTC: a week on Sunday (unconfirmed), a month on the first."""
    match plan.quota.get("period"):
        case "MONTH":
            return day.replace(day=1)
        case "WEEK":
            return day - timedelta(days=day.isoweekday() % 7)
        case _:
            return day


def _allowed(plan: UsagePlan, meter: _Meter) -> int:
    """Return how many requests a period has; the offset counts in the first one alone (documented)."""
    is_first = meter.period <= meter.first_day
    return int(plan.quota.get("limit", 0)) - (int(plan.quota.get("offset", 0)) if is_first else 0)
