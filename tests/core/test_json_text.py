"""JSON of others: whatever is wrong with it is a ValueError."""

import pytest

from eventsim.json_text import load_json

DEEP = "[" * 100_000


def test_json_is_what_it_says() -> None:
    """Text or bytes; numbers that are none may be refused."""
    assert load_json('{"a": [1, 2.5, null]}') == load_json(b'{"a": [1, 2.5, null]}') == {"a": [1, 2.5, None]}
    assert load_json("[1.50]", parse_float=str) == ["1.50"]


@pytest.mark.parametrize("text", ["", "{", "nothing", b"\xff\xfe\xfd", DEEP, DEEP.encode(), '{"a":' * 100_000])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    """Text that nests deeper than Python's stack, too."""
    with pytest.raises(ValueError, match=r"."):
        load_json(text)


def test_depth_is_told() -> None:
    """Instead of Python's words about its stack."""
    with pytest.raises(ValueError, match="It nests too deeply: line 1 column 1"):
        load_json(DEEP)
