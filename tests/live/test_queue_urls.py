"""Does a queue's URL lead back to where the client found us?"""

from typing import Any

import pytest

from eventsim.live.queue_urls import at_host

AWS = "https://sqs.eu-west-1.amazonaws.com/000000000000/orders"


@pytest.mark.parametrize(
    ("result", "host", "moved"),
    [
        ({"QueueUrl": AWS}, "localhost:4566", {"QueueUrl": "http://localhost:4566/000000000000/orders"}),
        ({"QueueUrls": [AWS]}, "eventsim:80", {"QueueUrls": ["http://eventsim:80/000000000000/orders"]}),
        ({"queueUrls": [AWS]}, "[::1]:1", {"queueUrls": ["http://[::1]:1/000000000000/orders"]}),
        ({"QueueUrl": AWS}, "sqs.eu-west-1.amazonaws.com", {"QueueUrl": AWS}),
        ({"QueueUrl": AWS}, "", {"QueueUrl": AWS}),
        ({"MessageId": "1"}, "localhost", {"MessageId": "1"}),
    ],
    ids=["one", "several", "in small letters", "AWS's own host", "no host", "no queue"],
)
def test_queues_are_named_by_the_host_of_the_request(result: Any, host: str, moved: Any) -> None:
    """A client in a container has another name for the server than one beside it."""
    assert at_host(result, host) == moved
