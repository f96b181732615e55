"""Which of many patterns match: the index finds what trying all of them finds."""

from hypothesis import given
from hypothesis import strategies as st

from eventsim.pattern import BUS, PatternIndex, compile_pattern

PATTERNS = [
    {"source": ["shop"]},
    {"source": ["shop", "bank"], "detail-type": ["paid"]},
    {"detail": {"a": ["x"], "b": [1]}},
    {"detail": {"a": [{"exists": False}]}},
    {"detail.a": ["y"]},
    {"detail": {"ip": ["10.0.0.1"]}},
    {"$or": [{"source": ["bank"]}, {"detail": {"b": [{"numeric": [">", 1]}]}}]},
    {"source": [{"prefix": "s"}]},
]
KEYS = st.sampled_from(["source", "detail-type", "detail", "a", "b", "ip", "detail.a"])
VALUES = st.sampled_from(["shop", "bank", "paid", "x", "y", 1, 2, None, "10.0.0.1", "::ffff:10.0.0.1"])
EVENTS = st.dictionaries(
    KEYS,
    st.recursive(VALUES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3)),
)


@given(EVENTS, st.permutations(range(len(PATTERNS))), st.sets(st.integers(0, len(PATTERNS) - 1)))
def test_the_index_finds_what_trying_all_patterns_finds(
    event: dict[str, object], order: list[int], removed: set[int]
) -> None:
    """Whatever the event, in the order in which the patterns were put, also after some are gone."""
    index: PatternIndex[int] = PatternIndex()
    patterns = {number: compile_pattern(PATTERNS[number], BUS) for number in order}
    for number, pattern in patterns.items():
        index.put(number, pattern)
    index.matching(event)
    for number in removed:
        index.remove(number)

    found = index.matching(event)

    assert found == [n for n, pattern in patterns.items() if n not in removed and pattern.matches(event)]
    assert set(found) <= set(index.near(event))


def test_an_event_meets_only_patterns_that_name_what_it_holds() -> None:
    """A thousand rules with one source are told apart by what is rarer."""
    index: PatternIndex[int] = PatternIndex()
    for number in range(1_000):
        index.put(number, compile_pattern({"source": ["shop"], "detail": {"kind": [f"k{number}"]}}, BUS))

    assert index.near({"source": "shop", "detail": {"kind": "k7"}}) == [7]


def test_a_pattern_that_is_replaced_keeps_its_place() -> None:
    """Rules are updated in place."""
    index: PatternIndex[str] = PatternIndex()
    index.put("a", compile_pattern({"x": ["1"]}, BUS))
    index.put("b", compile_pattern({"x": ["2"]}, BUS))
    index.put("a", compile_pattern({"x": ["2"]}, BUS))

    assert index.matching({"x": "2"}) == ["a", "b"]
    assert index.matching({"x": "1"}) == []
