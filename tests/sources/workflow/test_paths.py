"""Where paths lead."""

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim_sources.json_path import PathError, parse_path
from eventsim_sources.workflow.paths import placed

ORDER: dict[str, Any] = {
    "id": "o1",
    "lines": [{"sku": "a", "price": 5, "tags": ["x"]}, {"sku": "b", "price": 12}, {"sku": "c", "price": 20}],
    "odd name": {"it's": 1},
    "limit": 10,
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", ORDER),
        ("$.id", "o1"),
        ("$['id']", "o1"),
        ("$.lines[0].sku", "a"),
        ("$.lines[-1].sku", "c"),
        ("$['odd name']['it\\'s']", 1),
        ("$.lines.length()", 3),
        ("$.lines[*].sku", ["a", "b", "c"]),
        ("$.lines[0,2].price", [5, 20]),
        ("$.lines[1:].sku", ["b", "c"]),
        ("$.lines[::2].sku", ["a", "c"]),
        ("$..sku", ["a", "b", "c"]),
        ("$..tags[*]", ["x"]),
        ("$.lines[?(@.price > 10)].sku", ["b", "c"]),
        ("$.lines[?(@.price > $.limit && @.sku != 'c')].sku", ["b"]),
        ("$.lines[?(@.tags)].sku", ["a"]),
        ("$.lines[?(!(@.tags) || @.sku == 'a')].sku", ["a", "b", "c"]),
        ("$.lines[?(@.sku == 'none')]", []),
        ("$.*.length()", [2, 3, 1]),
    ],
)
def test_a_path_leads_to_values(path: str, found: object) -> None:
    """A definite path to one, any other to a list of all."""
    assert parse_path(path).find(ORDER) == found


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("$.no.such", "Invalid path '$.no.such' : Missing property in path $['no']"),
        ("$.nothing", "Invalid path '$.nothing' : No results for path: $['nothing']"),
        ("$.lines[9]", "Invalid path '$.lines[9]' : No results for path: $['lines'][9]"),
    ],
)
def test_a_path_that_leads_nowhere_says_where_it_ended(path: str, message: str) -> None:
    """In the words of the library behind the service (the first is recorded)."""
    with pytest.raises(PathError) as caught:
        parse_path(path).find(ORDER)

    assert str(caught.value) == message


@pytest.mark.parametrize("path", ["id", "$.", "$.a[", "$.a[x]", "$[?(@.a ==)]", "$[?(@.a]", "$.a b", "$.a.min()"])
def test_what_is_no_path_is_refused(path: str) -> None:
    """With the position, not with a guess."""
    with pytest.raises(PathError, match=r"^Invalid path "):
        parse_path(path)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(st.text(alphabet="$.[]'\"*?()@abc01:-,<>=!&| ", max_size=30))
def test_no_text_does_worse_than_being_refused(text: str) -> None:
    """Whatever somebody writes."""
    with contextlib.suppress(PathError):
        parse_path("$" + text).find(ORDER)


@pytest.mark.parametrize(
    ("path", "made"),
    [
        ("$.result", {"a": {"b": [1, 2]}, "result": 9}),
        ("$.a.c.d", {"a": {"b": [1, 2], "c": {"d": 9}}}),
        ("$.a.b[1]", {"a": {"b": [1, 9]}}),
        ("$", 9),
    ],
)
def test_a_value_is_placed_where_a_path_leads(path: str, made: object) -> None:
    """Objects on the way are made; what was there is not changed."""
    document = {"a": {"b": [1, 2]}}

    assert placed(document, path, 9) == made
    assert document == {"a": {"b": [1, 2]}}


@pytest.mark.parametrize("path", ["$.a.b.c", "$.a.b[5]", "$.a[*]"])
def test_a_place_that_cannot_be_is_refused(path: str) -> None:
    """A list has no names, and no room beyond its end."""
    with pytest.raises(PathError):
        placed({"a": {"b": [1, 2]}}, path, 9)
