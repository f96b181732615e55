"""What do calls of SQS need? The action of the same name on the queue; a batch needs what its entries do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import Needs, Place, anywhere, at, if_given, on, text_in, together, unknown

_OF_A_QUEUE: Final = (
    *("AddPermission", "ChangeMessageVisibility", "DeleteMessage", "DeleteQueue", "GetQueueAttributes"),
    *("ListDeadLetterSourceQueues", "ListQueueTags", "PurgeQueue", "ReceiveMessage", "RemovePermission"),
    *("SendMessage", "SetQueueAttributes", "TagQueue", "UntagQueue"),
)
_BATCHES: Final = ("ChangeMessageVisibility", "DeleteMessage", "SendMessage")


def _by_url(given: Mapping[str, Any], place: Place) -> str:
    """Return the ARN of a queue: a URL ends with account and name."""
    account_id, _, name = text_in(given, "QueueUrl").rpartition("/")
    return _arn(account_id.rpartition("/")[2], name, place)


def _by_name(given: Mapping[str, Any], place: Place) -> str:
    return _arn(text_in(given, "QueueOwnerAWSAccountId"), text_in(given, "QueueName"), place)


def _arn(account_id: str, name: str, place: Place) -> str:
    return Place(place.region, account_id or place.account_id, place.sources).arn("sqs", name)


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{name: on(_by_url, f"sqs:{name}") for name in _OF_A_QUEUE},
        **{f"{name}Batch": on(_by_url, f"sqs:{name}") for name in _BATCHES},
        "CreateQueue": together(on(_by_name, "sqs:CreateQueue"), if_given("tags", on(_by_name, "sqs:TagQueue"))),
        "GetQueueUrl": on(_by_name, "sqs:GetQueueUrl"),
        "ListQueues": anywhere("sqs:ListQueues"),
        "StartMessageMoveTask": on(at("SourceArn"), "sqs:StartMessageMoveTask"),
        "ListMessageMoveTasks": on(at("SourceArn"), "sqs:ListMessageMoveTasks"),
        "CancelMessageMoveTask": on(unknown, "sqs:CancelMessageMoveTask"),
    }
)
