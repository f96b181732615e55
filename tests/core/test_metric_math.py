"""What does a metric expression come to? Arithmetic, functions, and what is refused."""

import pytest

from eventsim.calls.metric_math import ExpressionMistake, evaluate

M1, M2 = {0: 1.0, 60: 2.0, 120: 4.0}, {0: 10.0, 120: 0.0}
GRID = [0, 60, 120, 180]


def worked_out(expression: str) -> dict[int, float]:
    metrics = {"m1": M1, "m2": M2}
    return evaluate(expression, {**metrics, "e1": {0: 5.0}}, metrics, GRID)


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
        "METRICS()",
        "ANOMALY_DETECTION_BAND(m1)",
        "m1 > 3",
        "9 ^ 999",
        "[5]",
    ],
)
def test_what_is_no_expression_is_refused(expression: str) -> None:
    """So is what is not simulated."""
    with pytest.raises(ExpressionMistake):
        worked_out(expression)
