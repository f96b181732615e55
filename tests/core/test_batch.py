"""When a batch goes out, and what became of its members."""

import pytest

from eventsim.mapping.batch import ALL_SUCCEEDED, AllFailed, BatchPolicy, SomeFailed, decide_failures

S = 1_000_000
IDS = {"a", "b", "c"}


@pytest.mark.parametrize(
    ("policy", "size", "waited_s", "is_due"),
    [
        pytest.param(BatchPolicy(), 1, 0, True, id="no window: whatever came"),
        pytest.param(BatchPolicy(size_max=100, window_us=5 * S), 99, 4, False, id="neither full nor waited"),
        pytest.param(BatchPolicy(size_max=100, window_us=5 * S), 100, 0, True, id="full"),
        pytest.param(BatchPolicy(size_max=100, window_us=5 * S), 1, 5, True, id="window ended"),
    ],
)
def test_a_batch_is_due(policy: BatchPolicy, size: int, waited_s: int, is_due: bool) -> None:
    """Size or window, whichever comes first (documented)."""
    assert policy.is_due(size, waited_s * S) is is_due


@pytest.mark.parametrize(
    ("size", "size_bytes", "more_bytes", "fits"),
    [
        pytest.param(0, 0, 7_000_000, True, id="the first always"),
        pytest.param(1, 6_000_000, 291_442, True, id="to the last byte"),
        pytest.param(1, 6_000_000, 291_443, False, id="one byte too many"),
        pytest.param(10, 10, 1, False, id="full"),
    ],
)
def test_an_event_holds_six_megabytes(size: int, size_bytes: int, more_bytes: int, fits: bool) -> None:
    """The members and the event around them stay within 6,291,456 bytes (documented)."""
    assert BatchPolicy().fits(size, size_bytes, more_bytes) is fits


@pytest.mark.parametrize(
    "payload",
    [
        "null",
        '""',
        "[]",
        "{}",
        '{"batchItemFailures": null}',
        '{"batchItemFailures": []}',
        '{"batchItemFailures":[]}',
        '{"somethingElse": 1}',
        "false",
        "0",
    ],
)
def test_an_empty_report_means_success(payload: str) -> None:
    """Nothing reported is nothing failed (recorded; the last three deduced)."""
    assert decide_failures(payload, IDS) == ALL_SUCCEEDED


@pytest.mark.parametrize(
    ("items", "failed"),
    [
        ('[{"itemIdentifier": "b"}]', {"b"}),
        ('[{"itemIdentifier": "c"}, {"itemIdentifier": "a"}]', {"a", "c"}),
        ('[{"itemIdentifier": "a"}, {"itemIdentifier": "a"}]', {"a"}),
        ('[{"itemIdentifier": "a", "why": "broken"}]', {"a"}),
    ],
    ids=["one", "two", "twice the same", "with more to say"],
)
def test_reported_members_failed_and_the_others_did_not(items: str, failed: set[str]) -> None:
    """The members named failed (recorded); naming one twice does no harm (deduced)."""
    assert decide_failures(f'{{"batchItemFailures": {items}}}', IDS) == SomeFailed(frozenset(failed))


@pytest.mark.parametrize(
    "payload",
    [
        '{"batchItemFailures": [{"foo": "notvalid"}]}',
        '{"batchItemFailures": [{"foo": null}]}',
        '{"batchItemFailures": [{"itemIdentifier": null}]}',
        '{"batchItemFailures": [{"itemIdentifier": ""}]}',
        '{"batchItemFailures": [{"itemIdentifier": 7}]}',
        '{"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "unknown"}]}',
        '{"batchItemFailures": ["a"]}',
        '{"batchItemFailures": {"itemIdentifier": "a"}}',
        '"done"',
        "[1]",
        "true",
        "NaN",
    ],
)
def test_a_report_without_sense_fails_the_whole_batch(payload: str) -> None:
    """What AWS cannot read, it takes for a failure of all (recorded)."""
    assert isinstance(decide_failures(payload, IDS), AllFailed)
