"""What does a call need?"""

from typing import Any

import pytest

from eventsim.permissions.need import Need, Place
from eventsim.permissions.needs import needs_of

HERE = Place("eu-west-1", "123456789012", lambda _kind: {})


def needs(service: str, operation: str, **parameters: Any) -> list[Need]:
    """Return what a call needs."""
    return list(needs_of(service, operation, parameters, HERE))


@pytest.mark.parametrize("operation", ["SendMessage", "SendMessageBatch"])
def test_a_batch_needs_what_its_entries_do(operation: str) -> None:
    """IAM has no action for batches."""
    url = "https://sqs.eu-west-1.amazonaws.com/210987654321/orders"

    assert needs("sqs", operation, QueueUrl=url) == [
        Need("sqs:SendMessage", "arn:aws:sqs:eu-west-1:210987654321:orders")
    ]


def test_a_queue_that_is_made_with_tags_needs_leave_to_tag() -> None:
    """Both on the ARN that it is going to have."""
    queue = "arn:aws:sqs:eu-west-1:123456789012:orders"

    assert needs("sqs", "CreateQueue", QueueName="orders", tags={"team": "a"}) == [
        Need("sqs:CreateQueue", queue),
        Need("sqs:TagQueue", queue),
    ]


def test_the_url_of_a_queue_is_asked_of_the_account_that_has_it() -> None:
    """Another one, if it is named."""
    asked = needs("sqs", "GetQueueUrl", QueueName="orders", QueueOwnerAWSAccountId="210987654321")

    assert asked == [Need("sqs:GetQueueUrl", "arn:aws:sqs:eu-west-1:210987654321:orders")]


def test_what_stands_in_no_table_needs_the_action_of_its_name() -> None:
    """On which resource, only AWS knows; a statement about any is enough."""
    assert needs("bedrock-agent-runtime", "Retrieve", knowledgeBaseId="k") == [Need("bedrock:Retrieve", "")]
