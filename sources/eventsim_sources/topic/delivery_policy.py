"""How often is a delivery tried again? SNS's tables, and the policies that HTTP endpoints may have; pure.

The phases of every policy, in order: retries without delay, retries at the least delay, retries along a curve from
the least to the greatest delay, retries at the greatest delay.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from msgspec import Struct

from eventsim import DeliveryPolicy, load_json
from eventsim_sources.topic.errors import Fault
from eventsim_sources.topic.limits import JITTER, POLICY_TOTAL_S_MAX, SECOND_US

Curve = Literal["arithmetic", "exponential", "geometric", "linear"]

DELAY_S_MAX = 3_600
RETRIES_MAX = 100
CONTENT_TYPE = "text/plain; charset=UTF-8"


class Phases(Struct, frozen=True, kw_only=True, gc=False):
    """A retry policy as SNS describes it; the defaults are those of an HTTP endpoint (recorded)."""

    minDelayTarget: int = 20  # noqa: N815 - AWS's names, in AWS's order
    maxDelayTarget: int = 20  # noqa: N815
    numRetries: int = 3  # noqa: N815
    numMaxDelayRetries: int = 0  # noqa: N815
    numNoDelayRetries: int = 0  # noqa: N815
    numMinDelayRetries: int = 0  # noqa: N815
    backoffFunction: Curve = "linear"  # noqa: N815

    def delays_s(self) -> list[float]:
        """Return the delay before each retry."""
        least, most = self.minDelayTarget, self.maxDelayTarget
        along = self.numRetries - self.numNoDelayRetries - self.numMinDelayRetries - self.numMaxDelayRetries
        return [
            *[0.0] * self.numNoDelayRetries,
            *[float(least)] * self.numMinDelayRetries,
            *[_along(self.backoffFunction, least, most, index, along) for index in range(along)],
            *[float(most)] * self.numMaxDelayRetries,
        ]


def _along(curve: Curve, least: float, most: float, index: int, count: int) -> float:
    """Return a point of a curve; those of `arithmetic` and `geometric` are unconfirmed."""
    share = index / (count - 1) if count > 1 else 0.0
    match curve:
        case "linear":
            return least + (most - least) * share
        case "arithmetic":  # the delay's growth grows evenly
            return least + (most - least) * share * (index + 1) / count if count > 1 else least
        case "exponential" | "geometric":
            return float(least * (most / least) ** share)


def _policy(delays_s: list[float], *, retries_max: int | None = None) -> DeliveryPolicy:
    spans = [round(delay_s * SECOND_US) for delay_s in delays_s]
    return DeliveryPolicy(
        retries_max=len(spans) if retries_max is None else retries_max,
        delays_us=[(round(span * (1 - JITTER)), round(span * (1 + JITTER))) if span else 0 for span in spans] or [0],
    )


MANAGED = _policy(
    [0.0] * 3 + [1.0] * 2 + [_along("exponential", 1, 20, index, 10) for index in range(10)] + [20.0],
    retries_max=100_015,
)
"""Queues, functions and delivery streams: 23 days (documented). The last delay goes on."""

CUSTOMER = _policy([10.0] * 2 + [_along("exponential", 10, 600, index, 10) for index in range(10)] + [600.0] * 38)
"""Mail, text messages and mobile push: about six hours (documented)."""


class HttpPolicy(Struct, frozen=True, kw_only=True):
    """What holds for deliveries to an HTTP endpoint.

    Attributes:
        receives_per_s_max: None for no limit.
    """

    phases: Phases = Phases()
    content_type: str = CONTENT_TYPE
    receives_per_s_max: int | None = None

    def retries(self) -> DeliveryPolicy:
        """Return the policy for retries."""
        return _policy(self.phases.delays_s())


def read_topic_policy(text: str) -> dict[str, Any]:
    """Read a topic's `DeliveryPolicy`.

    Raises:
        Fault: it is malformed (words unconfirmed).
    """
    policy = _read(text)
    http = policy.get("http") or {}
    if not isinstance(http, dict) or set(policy) - {"http"}:
        raise _fault("unexpected JSON member")
    _phases(http.get("defaultHealthyRetryPolicy") or {})
    _check_throttle(http.get("defaultThrottlePolicy") or {})
    _check_request(http.get("defaultRequestPolicy") or {})
    return policy


def read_subscription_policy(text: str) -> dict[str, Any]:
    """Read a subscription's `DeliveryPolicy`.

    Raises:
        Fault: it is malformed (words unconfirmed).
    """
    policy = _read(text)
    if set(policy) - {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"}:
        raise _fault("unexpected JSON member")
    _phases(policy.get("healthyRetryPolicy") or {})
    _check_throttle(policy.get("throttlePolicy") or {})
    _check_request(policy.get("requestPolicy") or {})
    return policy


def effective(topic: Mapping[str, Any], subscription: Mapping[str, Any]) -> HttpPolicy:
    """Return what holds where a topic and a subscription each have said something, or nothing."""
    http = topic.get("http") or {}
    own = {} if http.get("disableSubscriptionOverrides") else subscription
    retry = own.get("healthyRetryPolicy") or http.get("defaultHealthyRetryPolicy") or {}
    throttle = own.get("throttlePolicy") or http.get("defaultThrottlePolicy") or {}
    request = own.get("requestPolicy") or http.get("defaultRequestPolicy") or {}
    return HttpPolicy(
        phases=_phases(retry),
        content_type=str(request.get("headerContentType") or CONTENT_TYPE),
        receives_per_s_max=throttle.get("maxReceivesPerSecond"),
    )


def topic_shown(topic: Mapping[str, Any]) -> str:
    """Return a topic's `EffectiveDeliveryPolicy` (recorded for the default)."""
    http = topic.get("http") or {}
    policy = effective(topic, {})
    shown: dict[str, Any] = {
        "defaultHealthyRetryPolicy": msgspec.to_builtins(policy.phases),
        "disableSubscriptionOverrides": bool(http.get("disableSubscriptionOverrides")),
    }
    if policy.receives_per_s_max is not None:
        shown["defaultThrottlePolicy"] = {"maxReceivesPerSecond": policy.receives_per_s_max}
    shown["defaultRequestPolicy"] = {"headerContentType": policy.content_type}
    return _json({"http": shown})


def subscription_shown(topic: Mapping[str, Any], subscription: Mapping[str, Any]) -> str:
    """Return a subscription's `EffectiveDeliveryPolicy`."""
    policy = effective(topic, subscription)
    throttle = None if policy.receives_per_s_max is None else {"maxReceivesPerSecond": policy.receives_per_s_max}
    return _json(
        {
            "healthyRetryPolicy": msgspec.to_builtins(policy.phases),
            "sicklyRetryPolicy": None,
            "throttlePolicy": throttle,
            "requestPolicy": {"headerContentType": policy.content_type},
            "guaranteed": False,
        }
    )


def _read(text: str) -> dict[str, Any]:
    try:
        policy = load_json(text) if text else {}
    except ValueError:
        raise _fault("failed to parse JSON.") from None
    if not isinstance(policy, dict):
        raise _fault("failed to parse JSON.")
    return policy


def _phases(given: Any) -> Phases:
    try:
        phases = msgspec.convert({**_given(given)}, Phases)
    except msgspec.ValidationError as error:
        raise _fault(str(error)) from None
    _check(1 <= phases.minDelayTarget <= DELAY_S_MAX, "minDelayTarget must be between 1 and 3600")
    _check(phases.maxDelayTarget <= DELAY_S_MAX, "maxDelayTarget must be at most 3600")
    _check(phases.maxDelayTarget >= phases.minDelayTarget, "maxDelayTarget must not be less than minDelayTarget")
    _check(0 <= phases.numRetries <= RETRIES_MAX, "numRetries must be between 0 and 100")
    counts = phases.numNoDelayRetries, phases.numMinDelayRetries, phases.numMaxDelayRetries
    _check(min(counts) >= 0, "the number of retries of a phase must not be negative")
    _check(sum(counts) <= phases.numRetries, "the retries of the phases must not be more than numRetries")
    _check(sum(phases.delays_s()) <= POLICY_TOTAL_S_MAX, "the policy must not take longer than 3600 seconds")
    return phases


def _given(retry: Any) -> dict[str, Any]:
    if not isinstance(retry, dict) or set(retry) - set(Phases.__struct_fields__):
        raise _fault("unexpected JSON member")
    return {name: value for name, value in retry.items() if value is not None}


def _check_throttle(throttle: Any) -> None:
    _check(isinstance(throttle, dict), "throttlePolicy must be a JSON object")
    rate = throttle.get("maxReceivesPerSecond")
    _check(rate is None or (type(rate) is int and rate >= 1), "maxReceivesPerSecond must be at least 1")


def _check_request(request: Any) -> None:
    _check(isinstance(request, dict), "requestPolicy must be a JSON object")
    content_type = request.get("headerContentType") or CONTENT_TYPE
    is_fine = isinstance(content_type, str) and content_type.isascii() and content_type.isprintable()
    _check(is_fine, "headerContentType must be a media type")


def _check(holds: bool, reason: str) -> None:
    if not holds:
        raise _fault(reason)


def _fault(reason: str) -> Fault:
    return Fault(f"DeliveryPolicy: {reason}")


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
