"""How are headers read?"""

import pytest

from eventsim import Headers

HEADERS = Headers([("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("set-cookie", "b=2")])


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_names_compare_without_case(name: str) -> None:
    """However one asks for them."""
    assert (HEADERS[name], HEADERS.get(name), name in HEADERS) == ("text/plain", "text/plain", True)


def test_headers_are_read_as_a_mapping() -> None:
    """Values of one name are joined; the pairs tell them apart."""
    assert dict(HEADERS) == dict(HEADERS.items()) == {"content-type": "text/plain", "set-cookie": "a=1,b=2"}
    assert (list(HEADERS), len(HEADERS.pairs)) == (["content-type", "set-cookie"], 3)


def test_a_header_that_is_not_there_has_no_value() -> None:
    """`get` says "", or what it is told to say; an index is a mistake."""
    assert (HEADERS.get("X-None"), HEADERS.get("x-none", "?"), "X-None" in HEADERS) == ("", "?", False)
    with pytest.raises(KeyError, match="x-none"):
        HEADERS["X-None"]
