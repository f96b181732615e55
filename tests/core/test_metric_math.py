"""What does a metric expression come to? Arithmetic, functions, and what is refused."""

import pytest

from eventsim.calls.metric_functions import Grid
from eventsim.calls.metric_math import ExpressionMistake, evaluate

M1, M2 = {0: 1.0, 60: 2.0, 120: 4.0}, {0: 10.0, 120: 0.0}
GRID = [0, 60, 120, 180]
MINUTE_US = 60_000_000
START_US = 1_767_225_600_000_000


def worked_out(expression: str) -> dict[int, float]:
    metrics = {"m1": M1, "m2": M2}
    (one,) = evaluate(expression, {**metrics, "e1": {0: 5.0}}, metrics, Grid(GRID, 60))
    return one.series


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param("m1 * 100", {0: 100, 60: 200, 120: 400}, id="number"),
        pytest.param("m1 + m2", {0: 11, 120: 4}, id="where both have a value"),
        pytest.param("100 * (m2 - m1) / m2", {0: 90}, id="nothing where it would divide by zero"),
        pytest.param("-m1 + 2 ^ 3 ^ 1", {0: 7, 60: 6, 120: 4}, id="signs and powers"),
        pytest.param("2 - 1 - 1 + m1", M1, id="from left to right"),
        pytest.param("SUM(METRICS())", {0: 11, 60: 2, 120: 4}, id="period by period"),
        pytest.param("MAX([m1, e1])", {0: 5, 60: 2, 120: 4}, id="of a list"),
        pytest.param("m1 / SUM(m1) * 7", {0: 1, 60: 2, 120: 4}, id="of one series, a number"),
        pytest.param("FILL(m2, 3)", {0: 10, 60: 3, 120: 0, 180: 3}, id="filled"),
        pytest.param("CEIL(m1 / 3)", {0: 1, 60: 1, 120: 2}, id="of each value"),
        pytest.param("FILL(m2, m1)", {0: 10, 60: 2, 120: 0}, id="filled by another"),
        pytest.param("FILL(m2, REPEAT)", {0: 10, 60: 10, 120: 0, 180: 0}, id="filled by the last"),
        pytest.param("FILL(m2, LINEAR)", {0: 10, 60: 5, 120: 0}, id="filled by a line"),
        pytest.param("m1 > 1", {0: 0, 60: 1, 120: 1}, id="compared"),
        pytest.param("m1 >= 2 AND m1 < 4", {0: 0, 60: 1, 120: 0}, id="both"),
        pytest.param("m1 == 1 || m1 != 2", {0: 1, 60: 0, 120: 1}, id="either"),
        pytest.param("!(m1 <= 1)", {0: 0, 60: 1, 120: 1}, id="not"),
        pytest.param("IF(m1 > 1, m1, 0)", {0: 0, 60: 2, 120: 4}, id="one or the other"),
        pytest.param("IF(m1 > 1, m2)", {120: 0}, id="one or nothing"),
        pytest.param("IF(SUM(m1) > 5, m1, m2)", M1, id="by a number"),
        pytest.param("DIFF(m1)", {60: 1, 120: 2}, id="steps"),
        pytest.param("RUNNING_SUM(m1)", {0: 1, 60: 3, 120: 7}, id="so far"),
        pytest.param("STDDEV(m1) * TIME_SERIES(0)", dict.fromkeys(GRID, 0), id="on every period"),
        pytest.param("DATAPOINT_COUNT(m1)", dict.fromkeys(GRID, 3), id="how many"),
        pytest.param("PERIOD(m1) * m1", {0: 60, 60: 120, 120: 240}, id="how long"),
        pytest.param("SUM(METRICS('2'))", M2, id="metrics by a part of their ids"),
        pytest.param("FIRST(SORT(METRICS(), MAX, DESC))", M2, id="sorted"),
        pytest.param("LAST(SLICE(METRICS(), 0, 1))", M1, id="a slice"),
        pytest.param("METRIC_COUNT(REMOVE_EMPTY([m1, m2]))", dict.fromkeys(GRID, 2), id="counted"),
        pytest.param("SUM(METRICS() / 2)", {0: 5.5, 60: 1, 120: 2}, id="each of several"),
        pytest.param("LOG10(m2)", {0: 1}, id="no logarithm of nothing"),
        pytest.param("5", dict.fromkeys(GRID, 5), id="a number alone"),
    ],
)
def test_an_expression_is_worked_out_by_periods(expression: str, expected: dict[int, float]) -> None:
    """A period has a value where all that the expression names have one (documented)."""
    assert worked_out(expression) == expected


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 2000,
        "",
        "m1 +",
        "(m1",
        "m3",
        "SUM(m1, m2)",
        "'m1'",
        "REPEAT",
        "METRICS() + METRICS()",
        "SEARCH('{N} m', 'Sum', 60)",
        "SORT(METRICS(), MAX)",
        "FILL(m1, 'x')",
        "IF(m1)",
        "ANOMALY_DETECTION_BAND(m1)",
        "9 ^ 999",
        "[5]",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    """So is what is not simulated."""
    with pytest.raises(ExpressionMistake):
        worked_out(expression)


def test_time_tells_in_expressions() -> None:
    """Rates are by the second; the first of January 2026 was a Thursday, day 4."""
    series = {0: 1.0, MINUTE_US: 31.0}
    grid = Grid([0, MINUTE_US], 60, START_US)

    def first(expression: str) -> list[float]:
        return list(evaluate(expression, {"m1": series}, {"m1": series}, grid)[0].series.values())

    assert [first(f"{name}(m1)") for name in ("RATE", "DIFF_TIME", "MINUTE")] == [[0.5], [60], [0, 1]]
    assert [first(f"{name}(m1)")[0] for name in ("HOUR", "DAY", "DATE", "MONTH", "YEAR")] == [0, 4, 1, 1, 2026]
    assert first("EPOCH(m1)") == [1_767_225_600, 1_767_225_660]


def test_an_expression_may_come_to_several_series() -> None:
    """Each bears the id of its metric."""
    metrics = {"m1": M1, "m2": M2}

    several = evaluate("METRICS() * 2", metrics, metrics, Grid(GRID, 60))

    assert [(each.label, each.series[0]) for each in several] == [("m1", 2), ("m2", 20)]
