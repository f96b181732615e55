"""Who has an API key, and how often may it be used? Keys and usage plans of REST APIs, counted in virtual time."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from eventsim import World
from eventsim_sources.gateway.refusal import Refused

_PERIOD_US = {"DAY": 86_400_000_000, "WEEK": 7 * 86_400_000_000, "MONTH": 30 * 86_400_000_000}
"""A month is taken as thirty days from the key's first use (AWS counts from the first of the month)."""


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

    def __init__(self, now_us: int) -> None:
        self.tokens: float | None = None
        self.seen_us = now_us
        self.period_us = now_us
        self.used = 0


class Usage:
    """All keys and plans of a simulation."""

    def __init__(self, world: World) -> None:
        self._clock = world.clock
        self.account = Account()
        self.keys: dict[str, ApiKey] = {}
        self.plans: dict[str, UsagePlan] = {}
        self._meters: dict[tuple[str, str], _Meter] = {}
        self.new_id = world.chance.hex_ids(10, "api key")
        self.new_value = world.chance.hex_ids(40, "api key value")

    def check(self, value: str, api_id: str, stage: str) -> ApiKey:
        """Return the key that lets a request in, and count it.

        Raises:
            Refused: there is none, or it has been used too often.
        """
        key = next((key for key in self.keys.values() if key.value == value and key.enabled), None) if value else None
        if key is None:
            raise Refused("INVALID_API_KEY", why="the request bears no API key that is enabled")
        for plan in self.plans.values():
            if key.id in plan.keys and any((each.api_id, each.stage) == (api_id, stage) for each in plan.api_stages):
                self._count(plan, key)
                return key
        if f"{api_id}/{stage}" in key.stage_keys:
            return key
        raise Refused("INVALID_API_KEY", why=f"no usage plan lets the key {key.name or key.id} into {api_id}/{stage}")

    def _count(self, plan: UsagePlan, key: ApiKey) -> None:
        now_us = self._clock.now_us
        meter = self._meters.setdefault((plan.id, key.id), _Meter(now_us))
        rate, burst = plan.throttle.get("rateLimit"), plan.throttle.get("burstLimit")
        if rate is not None:
            most = float(burst or rate)
            before = most if meter.tokens is None else meter.tokens
            meter.tokens = min(most, before + (now_us - meter.seen_us) / 1e6 * float(rate))
            meter.seen_us = now_us
            if meter.tokens < 1:
                raise Refused("THROTTLED", why=f"the usage plan {plan.name} allows {rate:g} requests a second")
        limit = plan.quota.get("limit")
        if limit is not None:
            span_us = _PERIOD_US[plan.quota.get("period", "DAY")]
            if now_us - meter.period_us >= span_us:
                meter.period_us += (now_us - meter.period_us) // span_us * span_us
                meter.used = 0
            if meter.used >= int(limit) - int(plan.quota.get("offset", 0)):
                raise Refused("QUOTA_EXCEEDED", why=f"the usage plan {plan.name} allows {limit} requests a period")
            meter.used += 1
        if meter.tokens is not None:
            meter.tokens -= 1
