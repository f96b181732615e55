"""Whether there is room for one more."""

import pytest

from eventsim.dispatch.concurrency import AccountConcurrency, Room, TokenBucket
from eventsim.outcome import Throttled

S = 1_000_000
LATEST = "$LATEST"


def admit(
    account: AccountConcurrency, function: str, version: str = LATEST, *, now_us: int = 0, is_warm: bool = True
) -> str:
    """Admit one attempt and say where it runs, or why not."""
    room = account.admit(account.share(function), version, now_us=now_us, is_warm=is_warm)
    return room.reason if isinstance(room, Throttled) else room.value


def test_functions_without_reservation_share_one_pool() -> None:
    """The account's limit counts over all of them (documented)."""
    account = AccountConcurrency(200)

    answers = [admit(account, "a") for _ in range(150)] + [admit(account, "b") for _ in range(60)]

    assert answers.count("on demand") == 200
    assert answers.count("ConcurrentInvocationLimitExceeded") == 10


def test_what_is_released_can_be_used_again() -> None:
    """An attempt that has ended makes room for the next."""
    account = AccountConcurrency(1)
    admit(account, "a")

    account.release(account.share("a"), LATEST, Room.ON_DEMAND)

    assert admit(account, "a") == "on demand"
    assert account.busy == 1


def test_reserved_concurrency_is_a_guarantee_and_a_limit() -> None:
    """It is taken out of the pool, used or not, and is all the function gets (documented)."""
    account = AccountConcurrency(200)
    account.reserve("a", 50)

    of_a = [admit(account, "a") for _ in range(51)]
    of_b = [admit(account, "b") for _ in range(151)]

    assert of_a[49:] == ["on demand", "ReservedFunctionConcurrentInvocationLimitExceeded"]
    assert of_b[149:] == ["on demand", "ConcurrentInvocationLimitExceeded"]


def test_reserved_zero_throttles_everything() -> None:
    """Zero is the emergency brake (recorded)."""
    account = AccountConcurrency()
    account.reserve("a", 0)

    assert admit(account, "a") == "ReservedFunctionConcurrentInvocationLimitExceeded"


def test_fully_provisioned_functions_throttle_their_other_versions() -> None:
    """With all reserved concurrency provisioned on version 1, `$LATEST` never runs (recorded)."""
    account = AccountConcurrency()
    account.reserve("a", 2)
    account.provision("a", "1", 2)

    assert admit(account, "a") == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert admit(account, "a", "1") == "provisioned"


def test_provisioned_concurrency_spills_over() -> None:
    """When all provisioned environments are busy, the pool takes what comes (documented)."""
    account = AccountConcurrency()
    account.provision("a", "1", 2)

    assert [admit(account, "a", "1") for _ in range(3)] == ["provisioned", "provisioned", "spill-over"]


def test_a_provisioned_environment_takes_ten_requests_a_second() -> None:
    """Beyond that rate they spill over, though it may be idle (documented)."""
    account = AccountConcurrency()
    account.provision("a", "1", 1)
    share = account.share("a")

    def quick(now_us: int) -> str:
        room = account.admit(share, "1", now_us=now_us, is_warm=True)
        assert isinstance(room, Room)
        account.release(share, "1", room)
        return room.value

    assert [quick(0) for _ in range(11)] == ["provisioned"] * 10 + ["spill-over"]
    assert quick(100_000) == "provisioned"


def test_a_function_scales_by_a_thousand_in_ten_seconds() -> None:
    """Of 2,500 cold calls 1,000 start; 500 more could after five seconds, 1,000 after ten (documented)."""
    account = AccountConcurrency(5_000)

    at_0 = [admit(account, "a", is_warm=False) for _ in range(2_500)]
    at_5 = [admit(account, "a", is_warm=False, now_us=5 * S) for _ in range(600)]
    at_10 = [admit(account, "a", is_warm=False, now_us=10 * S) for _ in range(600)]

    assert [answers.count("on demand") for answers in (at_0, at_5, at_10)] == [1_000, 500, 500]


def test_scaling_counts_for_each_function_and_only_for_new_environments() -> None:
    """Another function has a bucket of its own, and a warm environment costs nothing (documented)."""
    account = AccountConcurrency(5_000)
    for _ in range(1_000):
        admit(account, "a", is_warm=False)

    assert admit(account, "a", is_warm=False) == "ConcurrentInvocationLimitExceeded"
    assert admit(account, "a", is_warm=True) == "on demand"
    assert admit(account, "b", is_warm=False) == "on demand"


@pytest.mark.parametrize(
    ("reserved", "admitted", "reason"),
    [(2, 20, "ReservedFunctionInvocationRateLimitExceeded"), (None, 1_000, "CallerRateLimitExceeded")],
    ids=["reserved", "account"],
)
def test_requests_are_limited_to_ten_a_second_for_each_unit(reserved: int | None, admitted: int, reason: str) -> None:
    """It matters only to functions that take less than a tenth of a second (documented)."""
    account = AccountConcurrency(100 + (reserved or 0))
    account.reserve("a", reserved)
    share = account.share("a")
    answers: list[object] = []

    for _ in range(admitted + 1):
        room = account.admit(share, LATEST, now_us=0, is_warm=True)
        answers.append(room)
        if isinstance(room, Room):
            account.release(share, LATEST, room)

    assert answers[-2:] == [Room.ON_DEMAND, Throttled(reason)]


def test_reserving_leaves_a_hundred_to_all_others() -> None:
    """AWS's words for it (recorded)."""
    account = AccountConcurrency()

    assert account.reservation_fault("a", 900) is None
    assert account.reservation_fault("a", 901) == (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        "its minimum value of [100]."
    )


def test_a_reservation_is_at_least_what_is_provisioned() -> None:
    """AWS's words for it, spaces included (recorded)."""
    account = AccountConcurrency()
    account.share("a").asked["1"] = 2

    assert account.reservation_fault("a", 1) == (
        " ReservedConcurrentExecutions  1 should not be lower than function's total provisioned concurrency [2]."
    )


def test_what_is_not_ready_yet_counts_all_the_same() -> None:
    """Of this function and of others; a new number for the same version takes the place of the old one."""
    account = AccountConcurrency()
    account.share("a").asked |= {"1": 400, "2": 300}
    account.share("b").asked["1"] = 100

    faults = [account.provisioning_fault("a", "2", 400), account.provisioning_fault("a", "2", 401)]

    assert faults[0] is None
    assert faults[1] is not None
    assert account.reservation_fault("b", 201) is not None


@pytest.mark.parametrize(
    ("reserved", "count", "fault"),
    [
        (5, 5, None),
        (
            5,
            6,
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function",
        ),
        (None, 900, None),
        (
            None,
            901,
            "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its "
            "minimum value of [100].",
        ),
        (
            None,
            1_001,
            "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency [1000].",
        ),
    ],
    ids=["all reserved", "more than reserved", "all but 100", "leaves too little", "more than there is"],
)
def test_provisioning_stays_within_what_there_is(reserved: int | None, count: int, fault: str | None) -> None:
    """AWS's words for each case (documented)."""
    account = AccountConcurrency()
    account.reserve("a", reserved)

    assert account.provisioning_fault("a", "1", count) == fault


def test_a_bucket_does_not_fill_beyond_its_capacity() -> None:
    """What is not used does not pile up."""
    bucket = TokenBucket(3, per_s=1)

    takes = [bucket.take(100 * S) for _ in range(4)] + [bucket.take(101 * S), bucket.take(101 * S)]

    assert takes == [True, True, True, False, True, False]
