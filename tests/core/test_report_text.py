"""Does text fit the terminal, and do tables stay tables as long as they can?"""

import pytest

from eventsim.report.text import fitting_width, section, table, wrapped

ROWS = {
    "orders": {"sent": 1_200, "dead_lettered": 3, "in_flight": 0},
    "dead": {"sent": 0, "dead_lettered": 0, "in_flight": 0},
}


@pytest.mark.parametrize(("columns", "width"), [(20, 60), (60, 60), (80, 80), (100, 100), (300, 100)])
def test_text_is_neither_too_narrow_nor_too_wide(columns: int, width: int) -> None:
    """Long lines are hard to read on a wide screen."""
    assert fitting_width(columns) == width


def test_lines_go_on_below_their_text() -> None:
    """The beginning of the first line stands free."""
    assert wrapped("one two three", 12, first="  - ") == "  - one two\n    three"


def test_a_table_lines_up_its_numbers() -> None:
    """Headings of two words stand on two lines."""
    assert table(ROWS, 60) == [
        "                     dead      in",
        "           sent  lettered  flight",
        "  orders  1,200         3       0",
        "  dead        0         0       0",
    ]


def test_a_table_that_is_too_wide_becomes_sentences() -> None:
    """Of what is not nought."""
    assert table(ROWS, 30) == ["  orders  sent 1,200, dead\n          lettered 3", "  dead    nothing"]


def test_a_section_without_lines_is_left_out() -> None:
    """Nothing is said of what did not happen."""
    assert section("what went wrong", []) == ""
