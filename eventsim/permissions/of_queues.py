"""What do calls of SQS need? The action of the same name on the queue; a batch needs what its entries do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Needs, Place, anywhere, on

_OF_A_QUEUE: Final = (
    *("AddPermission", "ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "GetQueueAttributes"),
    *("ListDeadLetterSourceQueues", "ListQueueTags", "PurgeQueue", "ReceiveMessage", "RemovePermission"),
    *("SendMessage", "SetQueueAttributes", "TagQueue", "UntagQueue"),
)
_BATCHES: Final = ("ChangeMessageVisibility", "DeleteMessage", "SendMessage")


def _by_url(given: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of a queue: a URL ends with account and name."""
    account_id, _, name = str(given.get("QueueUrl", "")).rpartition("/")
    return Place(place.region, account_id.rpartition("/")[2], place.sources).arn("sqs", name)


def _by_name(given: Mapping[str, Any], place: Place) -> str:
    return place.arn("sqs", str(given.get("QueueName", "")))


def _by_source(given: Mapping[str, Any], _place: Place) -> str:
    return str(given.get("SourceArn", ""))


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_by_url, f"sqs:{name}") for name in _OF_A_QUEUE},
        **{f"{name}Batch": on(_by_url, f"sqs:{name}") for name in _BATCHES},
        "CreateQueue": on(_by_name, "sqs:CreateQueue"),
        "GetQueueUrl": on(_by_name, "sqs:GetQueueUrl"),
        "ListQueues": anywhere("sqs:ListQueues"),
        "StartMessageMoveTask": on(_by_source, "sqs:StartMessageMoveTask"),
        "ListMessageMoveTasks": on(_by_source, "sqs:ListMessageMoveTasks"),
        "CancelMessageMoveTask": on(lambda _given, _place: "", "sqs:CancelMessageMoveTask"),
    }
)
