"""Which calls does a diary forget, and which not?"""

import json
from typing import Any

import pytest

from eventsim import About
from eventsim.live.abridge import abridged, subject_of

ABOUT = {
    "CreateTopic": About("topic:TopicArn|Name"),
    "DeleteTopic": About("topic:TopicArn|Name", ends=True),
    "SetTopic": About("topic:TopicArn|Name", part="What"),
    "Publish": About("topic:TopicArn|Name"),
    "Subscribe": About("topic:SubscriptionArn|TopicArn|Name"),
    "DeleteTopics": About("topic:Names", ends=True),
    "DeleteSoon": About("topic:Name", ends="IsNow"),
}

Call = tuple[str, dict[str, Any]]


def left_of(calls: list[Call], lasting: tuple[str, ...] = (), service: str = "sns") -> list[int]:
    """Return the numbers of the calls that stay."""
    lines = []
    for number, (operation, given) in enumerate(calls):
        subject = subject_of(ABOUT.get(operation), service, operation, given, {})
        about = {"thing": subject.thing, "also": subject.also, "ends": subject.ends, "part": subject.part}
        lines.append(json.dumps({"at": number, "service": service, "parameters": given, "about": about}).encode())
    left = abridged(lines, lasting=lasting)
    return [json.loads(line)["at"] for line in left]


def test_a_thing_that_is_no_more_is_forgotten_with_all_that_was_below_it() -> None:
    """What was made after it under its name stays."""
    news = {"Name": "news"}
    subscription = "arn:aws:sns:us-east-1:000000000000:news:uuid"

    assert left_of(
        [
            ("CreateTopic", news),
            ("SetTopic", {**news, "What": "a"}),
            ("Subscribe", {"SubscriptionArn": subscription}),
            ("DeleteTopic", {"TopicArn": subscription.removesuffix(":uuid")}),
            ("CreateTopic", {**news, "What": "again"}),
        ]
    ) == [4]


@pytest.mark.parametrize(
    "between", [("Publish", {"Name": "other", "Text": "see news"}), ("Unknown", {"Text": "see news"})], ids=["of", "no"]
)
def test_what_is_mentioned_by_a_call_that_stays_is_not_forgotten(between: Call) -> None:
    """Carried out again, that call would not find it."""
    life = [("CreateTopic", {"Name": "news"}), between, ("DeleteTopic", {"Name": "news"})]

    assert left_of([("CreateTopic", {"Name": "other"}), *life]) == [0, 1, 2, 3]


def test_what_mentions_it_may_be_forgotten_first() -> None:
    """Two things that are both no more do not keep each other."""
    assert (
        left_of(
            [
                ("CreateTopic", {"Name": "news"}),
                ("CreateTopic", {"Name": "other", "Text": "see news"}),
                ("DeleteTopic", {"Name": "news"}),
                ("DeleteTopic", {"Name": "other"}),
            ]
        )
        == []
    )


def test_what_a_later_call_overwrites_is_void() -> None:
    """But not the first, which may have made the thing, nor what another took note of."""
    set_a, set_b = ({"Name": "news", "What": what} for what in "ab")

    calls: list[Call] = [("SetTopic", set_a), ("SetTopic", set_a), ("SetTopic", set_b), ("SetTopic", set_a)]
    assert left_of(calls) == [0, 2, 3]
    assert left_of([*calls[:2], ("Publish", {"Name": "news"}), calls[3]]) == [0, 1, 2, 3]


def test_an_end_that_ended_nothing_counts_once() -> None:
    """It may be the scenario's thing that it ends, which is there again each time."""
    assert left_of([("DeleteTopic", {"Name": "news"})] * 3) == [2]


def test_what_the_scenario_makes_must_be_ended_again() -> None:
    """Though a client made it once more before."""
    calls: list[Call] = [("CreateTopic", {"Name": "news"}), ("DeleteTopic", {"Name": "news"})]

    assert left_of(calls, lasting=("news",)) == [0, 1]
    assert left_of(calls, lasting=("topic", "sns")) == []


def test_several_things_end_together_and_some_ends_are_none() -> None:
    """A secret that may come back is there yet."""
    made: list[Call] = [("CreateTopic", {"Name": name}) for name in ("a", "b", "c")]

    assert left_of([*made, ("DeleteTopics", {"Names": ["a", "b"]})]) == [2]
    assert left_of([*made, ("DeleteSoon", {"Name": "a"})]) == [0, 1, 2, 3]
    assert left_of([*made, ("DeleteSoon", {"Name": "a", "IsNow": True})]) == [1, 2]


def test_a_call_that_nobody_knows_stays() -> None:
    """So does one about the ARN of another kind of thing."""
    calls: list[Call] = [("Unknown", {}), ("DeleteTopic", {"TopicArn": "arn:aws:s3:::news"})]

    assert left_of([("CreateTopic", {"Name": "s3"}), *calls]) == [0, 1, 2]
