"""Notification configurations: their form, their overlaps, their matches."""

from itertools import count
from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.bucket.notification import (
    NotificationRule,
    check_destinations,
    parse_rules,
    render_rules,
)

QUEUE = "arn:aws:sqs:us-east-1:111122223333:orders"
FUNCTION = "arn:aws:lambda:us-east-1:111122223333:function:resize"


def queue_rule(*events: str, prefix: str | None = None, suffix: str | None = None) -> dict[str, Any]:
    """Return one member of `QueueConfigurations`."""
    filters = [(name, value) for name, value in (("prefix", prefix), ("suffix", suffix)) if value is not None]
    rules = [{"Name": name, "Value": value} for name, value in filters]
    return {"QueueArn": QUEUE, "Events": list(events), "Filter": {"Key": {"FilterRules": rules}}}


def parse(*rules: dict[str, Any]) -> tuple[NotificationRule, ...]:
    """Read a configuration of queues, with counted ids."""
    numbers = count(1)
    return parse_rules({"QueueConfigurations": list(rules)}, lambda: f"id{next(numbers)}")


def test_a_configuration_is_read_back_as_it_was_put() -> None:
    """Ids are made up where they are missing; filter names come back with a capital letter."""
    rules = parse_rules(
        {
            "QueueConfigurations": [queue_rule("s3:ObjectCreated:*", prefix="in/", suffix="")],
            "LambdaFunctionConfigurations": [
                {"Id": "mine", "LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:Delete"]}
            ],
        },
        lambda: "made-up",
    )

    assert render_rules(rules) == {
        "QueueConfigurations": [
            {
                "Id": "made-up",
                "QueueArn": QUEUE,
                "Events": ["s3:ObjectCreated:*"],
                "Filter": {
                    "Key": {"FilterRules": [{"Name": "Prefix", "Value": "in/"}, {"Name": "Suffix", "Value": ""}]}
                },
            }
        ],
        "LambdaFunctionConfigurations": [
            {"Id": "mine", "LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:Delete"]}
        ],
    }


def test_an_empty_configuration_clears_everything() -> None:
    """`{}` means: tell nobody."""
    assert parse_rules({}, lambda: "id") == ()


@pytest.mark.parametrize(
    ("rule", "event", "key", "reason"),
    [
        (queue_rule("s3:ObjectCreated:*"), "s3:ObjectCreated:Copy", "k", None),
        (queue_rule("s3:ObjectCreated:Put"), "s3:ObjectCreated:Copy", "k", "it tells of s3:ObjectCreated:Put, not of"),
        (
            queue_rule("s3:ObjectCreated:*", prefix="in/"),
            "s3:ObjectCreated:Put",
            "out/k",
            "prefix 'in/' does not match",
        ),
        (queue_rule("s3:ObjectCreated:*", suffix=".jpg"), "s3:ObjectCreated:Put", "k.JPG", "suffix '.jpg' does not"),
        (queue_rule("s3:ObjectCreated:*", prefix="a b@"), "s3:ObjectCreated:Put", "a b@c", None),
        (queue_rule("s3:ObjectCreated:*", prefix="*"), "s3:ObjectCreated:Put", "k", "prefix '*' does not match"),
        (queue_rule("s3:ObjectCreated:*", prefix="", suffix=""), "s3:ObjectCreated:Put", "k", None),
    ],
    ids=["star", "other-event", "prefix", "suffix-case", "raw-key", "literal-star", "empty-filter"],
)
def test_a_rule_says_why_it_does_not_tell(rule: dict[str, Any], event: str, key: str, reason: str | None) -> None:
    """Event, prefix and suffix must all match; the key is compared as it is, not encoded; no wildcards."""
    why_not = parse(rule)[0].why_not(event, key)

    assert why_not == reason if reason is None else why_not is not None and why_not.startswith(reason)


@pytest.mark.parametrize(
    ("one", "other", "overlaps"),
    [
        (("a/", None), ("a/b/", None), True),
        (("a/", ".jpg"), ("a/b/", ".png"), False),
        (("a/", "jpg"), ("a/b/", "pg"), True),
        (("a/", None), ("b/", None), False),
        ((None, None), ("b/", None), True),
        ((None, ".jpg"), (None, ".png"), False),
        ((None, ".jpg"), ("a/", None), True),
        ((None, None), (None, None), True),
    ],
)
def test_two_rules_for_one_event_must_be_separable(
    one: tuple[str | None, str | None], other: tuple[str | None, str | None], overlaps: bool
) -> None:
    """Refused when one prefix begins the other and one suffix ends the other; none means the empty text."""
    rules = [queue_rule("s3:ObjectCreated:*", prefix=prefix, suffix=suffix) for prefix, suffix in (one, other)]

    if not overlaps:
        assert len(parse(*rules)) == 2
        return
    with pytest.raises(ApiError, match="overlap"):
        parse(*rules)


def test_rules_for_different_events_may_have_the_same_keys() -> None:
    """Only shared events can overlap; `*` shares with each of its members."""
    rules = parse(queue_rule("s3:ObjectCreated:Put"), queue_rule("s3:ObjectCreated:Copy"))
    assert len(rules) == 2

    with pytest.raises(ApiError, match="share a common event type"):
        parse(queue_rule("s3:ObjectCreated:*"), queue_rule("s3:ObjectCreated:Copy"))


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        ({"QueueConfigurations": [queue_rule("s3:ObjectEaten:*")]}, "The event is not supported for notifications"),
        ({"QueueConfigurations": [{"QueueArn": QUEUE, "Events": []}]}, "not well-formed"),
        ({"QueueConfigurations": [queue_rule("s3:ObjectAcl:*")]}, "The event is not supported for notifications"),
        (
            {
                "QueueConfigurations": [
                    {
                        "QueueArn": QUEUE,
                        "Events": ["s3:ObjectCreated:*"],
                        "Filter": {"Key": {"FilterRules": [{"Name": "infix", "Value": "x"}]}},
                    }
                ]
            },
            "filter rule name must be either prefix or suffix",
        ),
        (
            {"QueueConfigurations": [{**queue_rule("s3:ObjectCreated:*"), "QueueArn": "orders"}]},
            "The ARN could not be parsed",
        ),
        (
            {"QueueConfigurations": [{**queue_rule("s3:ObjectCreated:*"), "QueueArn": FUNCTION}]},
            "The ARN could not be parsed",
        ),
        (
            {
                "QueueConfigurations": [
                    {**queue_rule("s3:ObjectCreated:*"), "Id": "a"},
                    {**queue_rule("s3:ObjectRemoved:*"), "Id": "a"},
                ]
            },
            "Same ID used for multiple configurations",
        ),
    ],
    ids=["event", "no event", "no-group", "filter-name", "no-arn", "wrong-service", "same-id"],
)
def test_a_wrong_configuration_is_refused_with_the_reason(configuration: dict[str, Any], message: str) -> None:
    """AWS's words where AWS refuses, our own where we cannot follow."""
    with pytest.raises(ApiError, match=message):
        parse_rules(configuration, lambda: "id")


def test_every_missing_destination_is_named() -> None:
    """The error numbers the destinations, and has its own words for each kind."""
    rules = parse_rules(
        {
            "QueueConfigurations": [queue_rule("s3:ObjectCreated:*", prefix="a")],
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:*"]}],
        },
        lambda: "id",
    )

    with pytest.raises(ApiError, match="Unable to validate the following destination configurations") as raised:
        check_destinations(rules, lambda arn: False, lambda arn: True)

    assert raised.value.fields == {
        "ArgumentName1": QUEUE,
        "ArgumentValue1": "The destination queue does not exist",
        "ArgumentName2": f"{FUNCTION}, null",
        "ArgumentValue2": f"Not authorized to invoke function [{FUNCTION}]",
    }


def test_a_fifo_queue_is_no_destination() -> None:
    """S3 tells standard queues only."""
    rules = parse({**queue_rule("s3:ObjectCreated:*"), "QueueArn": f"{QUEUE}.fifo"})

    with pytest.raises(ApiError) as raised:
        check_destinations(rules, lambda arn: True, lambda arn: True)

    assert raised.value.fields["ArgumentName1"] == f"{QUEUE}.fifo"
