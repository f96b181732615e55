"""Which window does a record belong to, and which responses hand on a state?"""

import pytest

from eventsim.mapping.tumbling import is_too_large, read_state, window_of

S = 1_000_000


@pytest.mark.parametrize(("at_s", "start_s"), [(0, 0), (119.9, 0), (120, 120), (1_607_497_440, 1_607_497_440)], ids=str)
def test_windows_are_fixed_spans(at_s: float, start_s: int) -> None:
    """They begin at multiples of their length, counted from 1970; a beginning belongs to its window."""
    window = window_of(round(at_s * S), 120 * S)

    assert (window.start_us, window.end_us) == (start_s * S, (start_s + 120) * S)


def test_a_window_is_told_in_whole_seconds() -> None:
    """As in the documentation's example."""
    members = window_of(1_607_497_440 * S, 120 * S).members(state='{"1":282}', shard="s", arn="a")

    assert members == {
        "window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"},
        "state": {"1": 282},
        "shardId": "s",
        "eventSourceARN": "a",
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        ('{"state": {"n": 1}, "batchItemFailures": []}', '{"n":1}'),
        ('{"state": {}}', "{}"),
        ('{"state": null}', None),
        ('{"state": 5}', None),
        ("{}", None),
        ("null", None),
        ("not JSON", None),
    ],
)
def test_a_state_is_an_object(payload: str, state: str | None) -> None:
    """Anything else is no state, which is a failure (documented)."""
    assert read_state(payload) == state


def test_a_state_of_a_megabyte_is_not_too_large() -> None:
    """One byte more is (documented)."""
    assert not is_too_large("x" * 1_048_576)
    assert is_too_large("x" * 1_048_577)
