"""How often is a target of a rule or of a schedule tried? The `RetryPolicy` of EventBridge and of its Scheduler."""

from collections.abc import Mapping
from typing import Any, Final

from eventsim import DeliveryPolicy

RETRIES_MAX: Final = 185  # and so by default (documented)
AGE_MIN_S: Final = 60  # (documented)
AGE_MAX_S: Final = 86_400  # and so by default (documented)
_SECOND_US: Final = 1_000_000
_DELAY_MAX_US: Final = 600 * _SECOND_US
_DELAYS_US: Final = tuple((0, min(2**retry * _SECOND_US, _DELAY_MAX_US)) for retry in range(1, 11))
"""AWS publishes no curve: a draw from 0 to 2ⁿ s, at most ten minutes (ours)."""


def delivery_policy(given: Mapping[str, Any]) -> DeliveryPolicy:
    """Return the policy of a target whose `RetryPolicy` this is."""
    return DeliveryPolicy(
        retries_max=given.get("MaximumRetryAttempts", RETRIES_MAX),
        age_max_us=given.get("MaximumEventAgeInSeconds", AGE_MAX_S) * _SECOND_US,
        delays_us=_DELAYS_US,
    )
