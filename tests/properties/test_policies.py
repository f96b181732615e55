"""Whatever the policies: a denial beats what allows, more allowed is never less, what is unknown decides nothing.

What is no policy at all allows nothing, and nothing breaks by it.
"""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import PolicyRequest, judge_policy
from eventsim.permissions.document import document_in, fault_in, own_document
from eventsim.policy_conditions import hold
from eventsim.policy_text import Finding, is_like
from eventsim.resource_policy import judge_documents

ACTIONS = st.sampled_from(["*", "a:*", "a:Put", "a:Get", "b:Put", "?:put"])
RESOURCES = st.sampled_from(["*", "arn:x", "arn:y", "arn:*", "arn:${k}", "${l, 'arn:x'}"])
KEYS = st.sampled_from(["k", "l"])
VALUES = st.sampled_from(["x", "y", "5", "true"])
OPERATORS = st.builds(
    lambda over, name, end: over + name + end,
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from(["StringEquals", "StringNotLike", "NumericLessThan", "Bool", "ArnNotEquals"]),
    st.sampled_from(["", "IfExists"]),
) | st.just("Null")
TEXTS = st.lists(VALUES | st.sampled_from(["?", "${k}", "x${l}", "${*}", "7"]), max_size=3)
CONDITIONS = st.dictionaries(OPERATORS, st.dictionaries(KEYS, TEXTS, max_size=2), max_size=2)
STATEMENTS = st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"])},
    optional={"Condition": CONDITIONS, "NotAction": ACTIONS, "Action": ACTIONS, "Resource": RESOURCES},
)
POLICIES = st.lists(STATEMENTS, max_size=5)
GIVEN = st.lists(VALUES, max_size=2).map(tuple)
REQUESTS = st.builds(
    lambda action, resource, known, missing: PolicyRequest(
        action=action, resource=resource, is_from=lambda _: True, known=known, lacks=missing.__contains__
    ),
    st.sampled_from(["a:Put", "a:Get", "b:Put"]),
    st.sampled_from(["arn:x", "arn:y", "", None]),
    st.dictionaries(KEYS, GIVEN),
    st.sets(KEYS),
)

NAMES = st.sampled_from(["Version", "Statement", "Effect", "Action", "Resource", "Principal", "Condition", "Null", "k"])
TEXT = st.text("a*?$:{},' é", max_size=6) | OPERATORS | st.sampled_from(["Allow", "Deny", "2012-10-17"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXT, inner, max_size=4),
    max_leaves=12,
)
PARTS = st.dictionaries(NAMES, ANYTHING, max_size=4)
FAULTY = st.builds(lambda good, odd: {"Statement": {**good, **odd}}, STATEMENTS, PARTS) | PARTS | ANYTHING


def is_like_slowly(value: str, pattern: str) -> bool:
    """Tell what the definition of `*` and `?` says."""
    if not pattern:
        return not value
    if pattern[0] == "*":
        return is_like_slowly(value, pattern[1:]) or (bool(value) and is_like_slowly(value[1:], pattern))
    return bool(value) and pattern[0] in ("?", value[0]) and is_like_slowly(value[1:], pattern[1:])


@settings(max_examples=300, deadline=None)
@given(st.text("ab[]!*?\n", max_size=8), st.text("ab[]!*?\n", max_size=8))
def test_wildcards_are_what_they_say(value: str, pattern: str) -> None:
    """Nothing else is wild."""
    assert is_like(value, pattern) == is_like_slowly(value, pattern)


def test_many_wildcards_take_no_longer_than_few() -> None:
    """A matcher that tries every way to share a value out among them would not come to an end."""
    assert not is_like("a" * 5_000, "a*" * 500 + "b")
    assert is_like("a" * 5_000, "*a?" * 500 + "*")


@settings(max_examples=300, deadline=None)
@given(FAULTY, REQUESTS)
def test_what_is_no_policy_allows_nothing(given: Any, asked: PolicyRequest) -> None:
    """IAM would not take it; whoever keeps it all the same has none."""
    verdict = judge_documents([own_document(given)], asked)

    assert verdict == "silence" or fault_in(given) == ""
    assert judge_documents([document_in(given)], asked) in ("allow", "deny", "silence")


@settings(max_examples=200, deadline=None)
@given(POLICIES, REQUESTS, st.randoms(use_true_random=False))
def test_one_denial_is_enough(statements: list[dict[str, Any]], asked: PolicyRequest, luck: Any) -> None:
    """Statements speak for themselves, so that neither their order nor their document matters."""
    said = {judge_policy(each, asked) for each in statements}

    verdict = judge_policy(luck.sample(statements, len(statements)), asked)

    assert verdict == next((word for word in ("deny", "allow") if word in said), "silence")


@settings(max_examples=200, deadline=None)
@given(POLICIES, STATEMENTS, REQUESTS)
def test_what_allows_takes_nothing_away(
    statements: list[dict[str, Any]], more: dict[str, Any], asked: PolicyRequest
) -> None:
    """Whatever it asks for."""
    allowing = {"Version": "2012-10-17", "Statement": {**more, "Effect": "Allow"}}
    document = {"Version": "2012-10-17", "Statement": statements}

    before, after = judge_documents([document], asked), judge_documents([document, allowing], asked)

    assert after in (before, "allow")
    assert before != "deny" or after == "deny"


def finding(conditions: Mapping[str, Any], known: Mapping[str, tuple[str, ...] | None]) -> Finding:
    """Tell whether conditions hold for a request; a key that is None is one of which nobody knows."""
    return hold(conditions, known.get, known.get)


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, GIVEN, GIVEN)
def test_what_is_found_without_a_key_stays_true_with_it(
    conditions: dict[str, Any], known: tuple[str, ...], unknown: tuple[str, ...]
) -> None:
    """A condition that holds, or does not, while nobody knows a key, does so whatever the key turns out to be."""
    before = finding(conditions, {"k": known, "l": None})

    after = finding(conditions, {"k": known, "l": unknown})

    assert after is not None
    assert before in (None, after)
