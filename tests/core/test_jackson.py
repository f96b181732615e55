"""What AWS's parser says of text that is no JSON."""

import json

import pytest

from eventsim.jackson import place_in, words_for

LITERALS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


def fault(text: str) -> json.JSONDecodeError:
    """Return what Python's parser finds."""
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("nope", f"Unrecognized token 'nope': was expecting {LITERALS}", "line: 1, column: 5"),
        (
            "{'a': 1}",
            "Unexpected character (''' (code 39)): was expecting double-quote to start field name",
            "line: 1, column: 3",
        ),
        ('{"a":\n x}', f"Unrecognized token 'x': was expecting {LITERALS}", "line: 2, column: 3"),
        ('{"a":', "Unexpected end-of-input", "line: 1, column: 6"),
    ],
    ids=["token", "quote", "second line", "end"],
)
def test_a_fault_is_told_with_its_place(text: str, words: str, place: str) -> None:
    """The column is the one behind what is wrong."""
    error = fault(text)

    assert words_for(text, error) == words
    assert place_in(text, error) == f' at [Source: (byte[])"{text}"; {place}]'


def test_a_long_text_is_cut() -> None:
    """Only its beginning is shown."""
    text = "x" * 600

    place = place_in(text, fault(text))

    assert place == f' at [Source: (byte[])"{"x" * 500}"[truncated 100 bytes]; line: 1, column: 601]'
