"""What follows an attempt at a batch of an ordered source? A table."""

import pytest

from eventsim.mapping.progress import (
    AGE,
    RETENTION,
    RETRIES,
    SIZE,
    SUCCEEDED,
    Aged,
    Cut,
    Decision,
    Discard,
    Done,
    End,
    Failed,
    FailedFrom,
    NotRun,
    RetryIn,
    ShardPolicy,
    Split,
    TooLarge,
    end_of,
)
from eventsim.outcome import Failure, Outcome, Refused, Success, Throttled

S = 1_000_000
DAY = 86_400 * S

FOR_EVER = ShardPolicy(retention_us=DAY)
ONCE = ShardPolicy(retention_us=DAY, retries_max=1)
BISECTING = ShardPolicy(retention_us=DAY, retries_max=0, is_bisecting=True)


@pytest.mark.parametrize(
    ("policy", "end", "size", "attempts", "throttles", "decision"),
    [
        pytest.param(FOR_EVER, SUCCEEDED, 3, 1, 0, Done(), id="success"),
        pytest.param(FOR_EVER, FailedFrom(2), 3, 1, 0, Cut(2), id="partial failure"),
        pytest.param(FOR_EVER, FailedFrom(0), 3, 1, 0, RetryIn(S // 2), id="failure of the first record"),
        pytest.param(FOR_EVER, Failed(), 3, 3, 0, RetryIn(2 * S), id="the delay doubles"),
        pytest.param(FOR_EVER, Failed(), 3, 10_000, 0, RetryIn(60 * S), id="up to a minute, for ever"),
        pytest.param(ONCE, Failed(), 3, 1, 0, RetryIn(S // 2), id="one retry"),
        pytest.param(ONCE, Failed(), 3, 2, 0, Discard(RETRIES), id="no more"),
        pytest.param(ONCE, NotRun("throttled"), 3, 1, 500, RetryIn(60 * S), id="throttles use up none"),
        pytest.param(BISECTING, Failed(), 5, 1, 0, Split(2), id="the smaller half first"),
        pytest.param(BISECTING, FailedFrom(0), 2, 1, 0, Split(1), id="no progress is a failure"),
        pytest.param(BISECTING, FailedFrom(3), 5, 1, 0, Cut(3), id="a report cuts instead of halving"),
        pytest.param(BISECTING, Failed(), 1, 1, 0, Discard(RETRIES), id="one cannot be halved"),
        pytest.param(FOR_EVER, TooLarge(), 2, 0, 0, Split(1), id="too large together"),
        pytest.param(FOR_EVER, TooLarge(), 1, 0, 0, Discard(SIZE), id="too large alone"),
    ],
)
def test_what_follows_an_attempt(
    policy: ShardPolicy, end: End, size: int, attempts: int, throttles: int, decision: Decision
) -> None:
    """The batch gets out of the shard's way, or it is tried again."""
    assert policy.decide(end, size=size, attempts=attempts, throttles=throttles) == decision


@pytest.mark.parametrize(
    ("outcome", "end"),
    [
        pytest.param(Success('{"batchItemFailures":[{"itemIdentifier":"c"},{"itemIdentifier":"b"}]}'), FailedFrom(1)),
        pytest.param(Success('{"batchItemFailures":[]}'), SUCCEEDED),
        pytest.param(Success('{"batchItemFailures":[{"itemIdentifier":""}]}'), Failed),
        pytest.param(Failure(error_type="E", message="", payload="{}"), Failed("E")),
        pytest.param(Throttled("busy"), NotRun("busy")),
        pytest.param(Refused("Recursive", ""), Failed("Recursive")),
    ],
    ids=["lowest of two", "none", "malformed", "failure", "throttle", "refusal"],
)
def test_what_an_outcome_does_to_its_batch(outcome: Outcome, end: End | type) -> None:
    """Of several reported failures the lowest sequence number counts (documented)."""
    found = end_of(outcome, ["a", "b", "c"], reports_item_failures=True)

    assert isinstance(found, end) if isinstance(end, type) else found == end


def test_reports_count_only_where_they_are_asked_for() -> None:
    """Without ReportBatchItemFailures a response means nothing."""
    outcome = Success('{"batchItemFailures":[{"itemIdentifier":"a"}]}')

    assert end_of(outcome, ["a"], reports_item_failures=False) == SUCCEEDED


@pytest.mark.parametrize(
    ("age_max_s", "births_s", "aged"),
    [
        pytest.param(60, [0, 10, 95], Aged(2, AGE), id="two are too old"),
        pytest.param(60, [40], None, id="just young enough"),
        pytest.param(None, [0], None, id="no limit"),
        pytest.param(None, [-86_400, 0], Aged(1, RETENTION), id="expired"),
        pytest.param(60, [-86_400, 0, 90], Aged(2, AGE), id="both"),
        pytest.param(60, [], None, id="nothing"),
    ],
)
def test_age_is_a_matter_of_each_record(age_max_s: int | None, births_s: list[int], aged: Aged | None) -> None:
    """The leading records that are too old leave the batch, the others stay (recorded)."""
    policy = ShardPolicy(retention_us=DAY, age_max_us=None if age_max_s is None else age_max_s * S)

    assert policy.find_aged([born_s * S for born_s in births_s], 100 * S) == aged
