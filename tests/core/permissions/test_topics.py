"""What do calls of SNS need?"""

import pytest

from eventsim.permissions.need import Need
from tests.core.permissions.test_needs import needs

TOPIC = "arn:aws:sns:eu-west-1:123456789012:orders"


@pytest.mark.parametrize(
    ("given", "resource"),
    [
        ({"TopicArn": TOPIC}, TOPIC),
        ({"TargetArn": f"{TOPIC}-app"}, f"{TOPIC}-app"),
        ({"PhoneNumber": "+4930123456"}, "+4930123456"),
    ],
)
def test_a_message_is_published_on_what_it_is_sent_to(given: dict[str, str], resource: str) -> None:
    """A policy that allows one topic allows no text message."""
    assert needs("sns", "Publish", Message="m", **given) == [Need("sns:Publish", resource)]


def test_a_batch_needs_what_one_message_does() -> None:
    """IAM has no action for batches."""
    assert needs("sns", "PublishBatch", TopicArn=TOPIC) == [Need("sns:Publish", TOPIC)]


def test_who_subscribes_says_how() -> None:
    """Policies let subscribe by HTTPS only, or addresses of a company."""
    assert needs("sns", "Subscribe", TopicArn=TOPIC, Protocol="email", Endpoint="a@example.com") == [
        Need("sns:Subscribe", TOPIC, {"sns:Endpoint": ("a@example.com",), "sns:Protocol": ("email",)})
    ]


def test_a_topic_that_is_made_with_tags_needs_leave_to_tag() -> None:
    """Both on the ARN that it is going to have."""
    tagged = needs("sns", "CreateTopic", Name="orders", Tags=[{"Key": "team", "Value": "a"}])

    assert tagged == [Need("sns:CreateTopic", TOPIC), Need("sns:TagResource", TOPIC)]
    assert needs("sns", "CreateTopic", Name="orders") == tagged[:1]
