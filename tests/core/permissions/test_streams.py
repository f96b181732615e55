"""What do calls of Kinesis and Firehose need?"""

from typing import Any

import pytest

from eventsim.permissions.need import Need
from tests.core.permissions.test_needs import needs

CLICKS = "arn:aws:kinesis:eu-west-1:123456789012:stream/clicks"
COPY = "arn:aws:firehose:eu-west-1:123456789012:deliverystream/copy"


@pytest.mark.parametrize("given", [{"StreamName": "clicks"}, {"StreamARN": CLICKS}])
def test_a_stream_is_named_or_given_by_its_arn(given: dict[str, str]) -> None:
    """A batch of records needs an action of its own."""
    assert needs("kinesis", "PutRecords", Records=[], **given) == [Need("kinesis:PutRecords", CLICKS)]


def test_of_which_stream_an_iterator_is_only_kinesis_knows() -> None:
    """A statement about any stream is enough."""
    assert needs("kinesis", "GetRecords", ShardIterator="AAA") == [Need("kinesis:GetRecords", "")]


@pytest.mark.parametrize(
    ("operation", "given", "resource"),
    [
        ("RegisterStreamConsumer", {"StreamARN": CLICKS, "ConsumerName": "c"}, CLICKS),
        ("DeregisterStreamConsumer", {"ConsumerARN": f"{CLICKS}/consumer/c:1"}, CLICKS),
        ("DescribeStreamConsumer", {"StreamARN": CLICKS, "ConsumerName": "c"}, f"{CLICKS}/consumer/c:*"),
        ("SubscribeToShard", {"ConsumerARN": f"{CLICKS}/consumer/c:1"}, f"{CLICKS}/consumer/c:1"),
    ],
)
def test_a_consumer_is_made_on_its_stream_and_used_by_itself(
    operation: str, given: dict[str, Any], resource: str
) -> None:
    """As in the policies of the developer guide."""
    assert needs("kinesis", operation, **given) == [Need(f"kinesis:{operation}", resource)]


def test_a_stream_is_tagged_when_it_is_made_by_the_older_action() -> None:
    """Leave to tag resources does not do."""
    assert needs("kinesis", "CreateStream", StreamName="clicks", Tags={"a": "b"})[1:] == [
        Need("kinesis:AddTagsToStream", CLICKS)
    ]


def test_a_delivery_stream_needs_its_roles_passed() -> None:
    """Those of its source and of its destination."""
    source, destination = (f"arn:aws:iam::123456789012:role/{name}" for name in ("reader", "writer"))
    passed = {"iam:PassedToService": ("firehose.amazonaws.com",)}

    assert needs(
        "firehose",
        "CreateDeliveryStream",
        DeliveryStreamName="copy",
        KinesisStreamSourceConfiguration={"RoleARN": source},
        ExtendedS3DestinationConfiguration={"RoleARN": destination, "BucketARN": "arn:aws:s3:::copy"},
    ) == [
        Need("firehose:CreateDeliveryStream", COPY),
        Need("iam:PassRole", source, passed),
        Need("iam:PassRole", destination, passed),
    ]
