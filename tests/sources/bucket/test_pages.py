"""Pages of a listing: byte order, groups, markers, tokens."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim import ApiError
from eventsim_sources.bucket.listing import count_asked, entry_of, page_of, page_of_pairs, token_of

TEXTS = st.text(alphabet="ab/\U0010ffff é", max_size=6)


@given(st.sets(TEXTS.filter(bool)), TEXTS, st.sampled_from(["", "/", "a/", "\U0010ffff"]), st.integers(1, 4))
def test_pages_together_show_every_entry_once_and_in_order(
    keys: set[str], prefix: str, delimiter: str, count_max: int
) -> None:
    """Whatever the page size, the pages joined are the full listing, in byte order; no page is too long."""
    ordered = sorted(keys, key=str.encode)
    expected: list[str] = []
    for key in ordered:
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        entry = key if end < 0 else key[: end + len(delimiter)]
        if key.startswith(prefix) and entry not in expected:
            expected.append(entry)

    shown: list[str] = []
    after = ""
    while True:
        page = page_of(ordered, prefix=prefix, delimiter=delimiter, after=after, count_max=count_max)
        assert len(page.keys) + len(page.prefixes) <= count_max
        shown += sorted([*page.keys, *page.prefixes])
        if not page.is_truncated:
            break
        assert page.last is not None
        after = entry_of(token_of(page.last))

    assert shown == expected


@given(st.lists(st.tuples(TEXTS.filter(bool), st.sampled_from("xyz")), unique=True), TEXTS, st.sampled_from(["", "/"]))
def test_pages_of_versions_show_every_version_once(pairs: list[tuple[str, str]], prefix: str, delimiter: str) -> None:
    """A page may end between two versions of one key; the next begins with the second of them."""
    ordered = sorted(pairs, key=lambda pair: pair[0])
    whole = page_of_pairs(ordered, prefix=prefix, delimiter=delimiter)

    shown: list[tuple[str, str]] = []
    groups: list[str] = []
    after = ("", "")
    while True:
        page = page_of_pairs(ordered, prefix=prefix, delimiter=delimiter, after=after, count_max=1)
        shown += page.pairs
        groups += page.prefixes
        if not page.is_truncated:
            break
        after = page.last

    assert tuple(shown) == whole.pairs
    assert tuple(groups) == whole.prefixes


def test_keys_are_listed_in_the_order_of_their_bytes() -> None:
    """`../x`, `X`, `x`, `x/`, `x/y` all coexist and come in this order."""
    keys = sorted(["x", "x/", "x/y", "../x", "X"])

    assert page_of(keys).keys == ("../x", "X", "x", "x/", "x/y")


def test_a_group_counts_as_one() -> None:
    """A thousand keys under one prefix are one entry towards the page's size."""
    keys = [f"a/{number:04}" for number in range(1000)] + ["b"]

    page = page_of(keys, delimiter="/", count_max=2)

    assert (page.prefixes, page.keys, page.is_truncated) == (("a/",), ("b",), False)


@pytest.mark.parametrize("marker", ["folder/", "folder/aSubfolder/subFile1"])
def test_a_marker_at_or_inside_a_group_skips_the_rest_of_it(marker: str) -> None:
    """The group is not greater than the marker, so it is not shown (recorded)."""
    keys = ["folder/aSubfolder/subFile1", "folder/aSubfolder/subFile2", "folder/b", "zebra"]

    page = page_of(keys, delimiter="/", after=marker)

    assert (page.keys, page.prefixes) == (("zebra",), ())


def test_the_key_that_equals_the_prefix_is_listed_by_itself() -> None:
    """A folder marker is shown among the contents of its own folder."""
    page = page_of(["in/", "in/a", "in/sub/b"], prefix="in/", delimiter="/")

    assert (page.keys, page.prefixes) == (("in/", "in/a"), ("in/sub/",))


def test_nothing_is_asked_for_and_nothing_more_follows() -> None:
    """MaxKeys 0 gives an empty page that is not truncated."""
    page = page_of(["a"], count_max=count_asked(0, "maxKeys"))

    assert (page.keys, page.is_truncated) == ((), False)


def test_a_page_has_at_most_a_thousand_entries() -> None:
    """Asking for more gives a thousand; a negative number is refused."""
    assert count_asked(5000, "maxKeys") == 1000
    assert count_asked(None, "maxKeys") == 1000
    with pytest.raises(ApiError, match="InvalidArgument"):
        count_asked(-1, "maxKeys")


@pytest.mark.parametrize("token", ["", "x", "!!!", "YWJj", "é"])
def test_a_token_that_nobody_gave_is_refused(token: str) -> None:
    """400 InvalidArgument, with AWS's words."""
    with pytest.raises(ApiError, match="The continuation token provided is incorrect"):
        entry_of(token)
