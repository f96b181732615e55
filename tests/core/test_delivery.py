"""What follows a failed attempt to deliver a pushed event."""

from typing import Any

import pytest

from eventsim import Chance, SyncSimulation
from eventsim.delivery import Delivery, DeliveryPolicy, GivenUp, RetryIn
from eventsim.errors import ApiError

THROTTLED = ApiError("ThrottlingException", "slow down", status=400)
BROKEN = ApiError("InternalError", "oh", status=500)
MISSING = ApiError("ResourceNotFoundException", "gone", status=404)
POLICY = DeliveryPolicy(retries_max=2, age_max_us=60_000_000, delays_us=(1_000_000, 30_000_000))


@pytest.mark.parametrize(
    ("error", "retries", "age_us", "decision"),
    [
        pytest.param(BROKEN, 0, 0, RetryIn(1_000_000), id="the service's own trouble"),
        pytest.param(THROTTLED, 1, 1_000_000, RetryIn(30_000_000), id="throttled"),
        pytest.param(
            BROKEN, 2, 31_000_000, GivenUp(error=BROKEN, retries=2, condition="MaximumRetryAttempts"), id="used up"
        ),
        pytest.param(
            BROKEN, 1, 31_000_000, GivenUp(error=BROKEN, retries=1, condition="MaximumEventAgeInSeconds"), id="too old"
        ),
        pytest.param(MISSING, 0, 0, GivenUp(error=MISSING, retries=0), id="refused for good"),
    ],
)
def test_a_failed_attempt_leads_to_a_decision(
    error: ApiError, retries: int, age_us: int, decision: RetryIn | GivenUp
) -> None:
    """Delays, attempts and age decide; what is refused for good is not repeated."""
    luck = Chance(0).stream("delivery")

    assert POLICY.decide(error, retries=retries, age_us=age_us, chance=luck) == decision


def test_a_delay_may_be_a_range() -> None:
    """Chance draws from it, so that a seed repeats it."""
    policy = DeliveryPolicy(retries_max=1, delays_us=((0, 1_000_000),))

    decisions = [
        policy.decide(BROKEN, retries=0, age_us=0, chance=Chance(seed).stream("delivery")) for seed in (1, 1, 2)
    ]

    assert decisions[0] == decisions[1] != decisions[2]


def test_attempts_follow_one_another_until_one_succeeds() -> None:
    """Each failure is told with the delay that follows it."""
    told: list[Any] = []
    with SyncSimulation() as simulation:

        def attempt(number: int) -> None:
            told.append((simulation.now_s, number))
            if number < 3:
                raise BROKEN

        Delivery(
            clock=simulation.clock,
            chance=simulation.chance.stream("delivery"),
            policy=POLICY,
            attempt=attempt,
            retrying=lambda error, delay_us: told.append((error.code, delay_us)),
            given_up=told.append,
        ).begin()
        simulation.until_idle()

    assert told == [(0.0, 1), ("InternalError", 1_000_000), (1.0, 2), ("InternalError", 30_000_000), (31.0, 3)]
