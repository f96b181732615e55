"""What follows an attempt to run an asynchronous event."""

import pytest

from eventsim.dispatch.retry import Decision, Done, GiveUp, RetryAfter, RetryPolicy
from eventsim.outcome import Failure, Outcome, Refused, Success, Throttled

SUCCESS = Success("null")
FAILURE = Failure(error_type="ValueError", message="no", payload="{}")
THROTTLED = Throttled("ConcurrentInvocationLimitExceeded")
S = 1_000_000


@pytest.mark.parametrize(
    ("policy", "outcome", "retries", "age_s", "decision"),
    [
        pytest.param(RetryPolicy(), SUCCESS, 0, 0, Done(), id="success ends it"),
        pytest.param(RetryPolicy(), FAILURE, 0, 0, RetryAfter(60 * S, True), id="first retry after a minute"),
        pytest.param(RetryPolicy(), FAILURE, 1, 60, RetryAfter(120 * S, True), id="second retry after two"),
        pytest.param(RetryPolicy(), FAILURE, 2, 180, GiveUp("RetriesExhausted"), id="no third retry"),
        pytest.param(RetryPolicy(retries_max=0), FAILURE, 0, 0, GiveUp("RetriesExhausted"), id="no retry wanted"),
        pytest.param(RetryPolicy(age_max_s=60), FAILURE, 0, 0, GiveUp("EventAgeExceeded"), id="too old by then"),
        pytest.param(RetryPolicy(age_max_s=61), FAILURE, 0, 0, RetryAfter(60 * S, True), id="just young enough"),
        pytest.param(RetryPolicy(age_max_s=90), FAILURE, 1, 60, GiveUp("EventAgeExceeded"), id="too old later"),
        pytest.param(RetryPolicy(), THROTTLED, 0, 21_600, GiveUp("EventAgeExceeded"), id="throttled for six hours"),
        pytest.param(RetryPolicy(), Refused("R", "no"), 0, 0, GiveUp("RecursiveInvocationException"), id="recursion"),
    ],
)
def test_an_outcome_leads_to_a_decision(
    policy: RetryPolicy, outcome: Outcome, retries: int, age_s: int, decision: Decision
) -> None:
    """Failures use up two retries, and nobody waits who would be too old when the wait is over (recorded)."""
    assert policy.decide(outcome, retries=retries, throttles=0, age_us=age_s * S) == decision


@pytest.mark.parametrize(("throttles", "delay_s"), [(0, 1), (1, 2), (2, 4), (8, 256), (9, 300), (10, 300), (999, 300)])
def test_throttles_back_off_to_five_minutes(throttles: int, delay_s: int) -> None:
    """The span doubles from one second up to five minutes and never uses up a retry."""
    decision = RetryPolicy().decide(THROTTLED, retries=0, throttles=throttles, age_us=0)

    assert decision == RetryAfter(delay_s * S, uses_retry=False)


def test_a_throttled_event_keeps_its_retries() -> None:
    """The handler has not seen it: with all retries used it still waits for its turn."""
    decision = RetryPolicy(retries_max=0).decide(THROTTLED, retries=0, throttles=3, age_us=0)

    assert decision == RetryAfter(8 * S, uses_retry=False)


@pytest.mark.parametrize("outcome", [FAILURE, THROTTLED], ids=["failed", "throttled"])
def test_a_function_without_concurrency_is_not_waited_for(outcome: Outcome) -> None:
    """With reserved concurrency zero an event is given up at once (recorded)."""
    decision = RetryPolicy().decide(outcome, retries=0, throttles=0, age_us=0, is_reserved_zero=True)

    assert decision == GiveUp("ZeroReservedConcurrency")
