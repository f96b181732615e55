"""What AWS's parser says of text that is no JSON."""

import json

import pytest

from eventsim.jackson import json_fault, place_in, words_for

LITERALS = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
_COMMA = "Unexpected character ('\"' (code 34)): was expecting comma to separate {} entries"


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
        ('{"a":', "Unexpected end-of-input within/between Object entries", "line: 1, column: 6"),
        ("[1,\n", "Unexpected end-of-input within/between Array entries", "line: 2, column: 1"),
        ('{"a": "b', "Unexpected end-of-input in VALUE_STRING", "line: 1, column: 9"),
        ('{"a": 1, "b', "Unexpected end-of-input in field name", "line: 1, column: 12"),
        ('{"', "Unexpected end-of-input: was expecting closing '\"' for name", "line: 1, column: 3"),
        ('["x" "y"]', _COMMA.format("Array"), "line: 1, column: 7"),
        ('{"a": "[" "b": 2}', _COMMA.format("Object"), "line: 1, column: 12"),
        ('{"a": }', "Unexpected character ('}' (code 125)): expected a value", "line: 1, column: 8"),
        ("[1,]", "Unexpected character (']' (code 93)): expected a value", "line: 1, column: 5"),
        ("]", f"Unexpected character (']' (code 93)): expected a valid value {LITERALS}", "line: 1, column: 2"),
        (
            '{"a": 1, }',
            "Unexpected character ('}' (code 125)): was expecting double-quote to start field name",
            "line: 1, column: 11",
        ),
        ('"\\x"', "Unrecognized character escape 'x' (code 120)", "line: 1, column: 3"),
    ],
    ids=[
        *("token", "quote", "second line", "end of an object", "end of an array", "end of a string", "end of a name"),
        *("begin of a name", "no comma in an array", "no comma in an object", "no value", "comma in an array"),
        *("stray end", "comma in an object", "escape"),
    ],
)
def test_a_fault_is_told_with_its_place(text: str, words: str, place: str) -> None:
    """The column is the one behind what is wrong."""
    error = fault(text)

    assert words_for(text, error) == words
    assert place_in(text, error) == f' at [Source: (byte[])"{text}"; {place}]'


@pytest.mark.parametrize(
    ("text", "kind", "column"), [("{", "Object", 1), ('{"k": ["x"', "Array", 7)], ids=["object", "array"]
)
def test_what_has_no_end_is_told_with_its_begin(text: str, kind: str, column: int) -> None:
    """Of what is open, the innermost."""
    start = f'[Source: (String)"{text}"; line: 1, column: {column}]'

    words = words_for(text, fault(text), source="String")

    assert words == f"Unexpected end-of-input: expected close marker for {kind} (start marker at {start})"


def test_a_control_character_in_a_string_is_told_as_one() -> None:
    """As it cannot be shown."""
    words = words_for('"a\nb"', fault('"a\nb"'))

    reason = "has to be escaped using backslash to be included in string value"
    assert words == f"Illegal unquoted character ((CTRL-CHAR, code 10)): {reason}"


def test_a_long_text_is_cut() -> None:
    """Only its beginning is shown."""
    text = "x" * 600

    place = place_in(text, fault(text))

    assert place == f' at [Source: (byte[])"{"x" * 500}"[truncated 100 bytes]; line: 1, column: 601]'


def test_a_text_is_judged_as_a_whole() -> None:
    """What services put into their refusals: words and place."""
    whole = json_fault("x")

    assert whole == f"Unrecognized token 'x': was expecting {LITERALS} at [Source: (String)\"x\"; line: 1, column: 2]"
    assert json_fault('{"a": 1}') == ""
    assert json_fault("[" * 100_000).startswith("It nests too deeply")
