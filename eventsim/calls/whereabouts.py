"""Where is what a call is about? Each account has resources of its own in each region, in a world of its own.

A client calls in its account and its region. A resource of another account is named by its ARN, by its URL, or by its
account beside its name; a bucket by its name alone, which no other bucket bears.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.source import World

WITHOUT_REGIONS: Final = frozenset(
    ("account", "budgets", "ce", "cloudfront", "iam", "networkmanager", "organizations", "route53", "shield", "waf")
)
"""Services of which an account has one for all regions (botocore's endpoints say so); they lie in the world at home."""

_EVERYWHERE: Final = "-global"
"""How the region of a client ends that has none: `aws-global`."""

_OWNER: Final = re.compile(r"arn:[^:]*:[^:]*:[^:]*:(\d{12}):.+|.*/(\d{12})/[^/]+/?|(\d{12}):function:.+", re.ASCII)
"""An ARN, the URL of a queue, or the partial ARN of a function, with its account."""

_NAMED_BY: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "dynamodb": ("TableName", "ResourceArn"),
        "dynamodbstreams": ("StreamArn",),
        "kinesis": ("StreamARN", "ConsumerARN", "ResourceARN"),
        "kms": ("KeyId",),
        "lambda": ("FunctionName",),
        "secretsmanager": ("SecretId",),
        "sns": ("TopicArn", "TargetArn", "SubscriptionArn", "ResourceArn"),
        "sqs": ("QueueUrl", "QueueOwnerAWSAccountId"),
    }
)
"""Services whose resources can let other accounts in (documented), and the parameters that name a resource."""

_OF_OWNER_ALONE: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "lambda": frozenset(
            ("CreateFunction", "CreateEventSourceMapping", "ListEventSourceMappings", "UpdateEventSourceMapping")
        ),
        "sqs": frozenset(
            (
                *("AddPermission", "RemovePermission", "SetQueueAttributes", "CreateQueue", "DeleteQueue"),
                *("ListQueues", "ListQueueTags", "TagQueue", "UntagQueue"),
                *("CancelMessageMoveTask", "ListMessageMoveTasks", "StartMessageMoveTask"),
            )
        ),
    }
)
"""Operations of these services to which no other account can be let in (documented), or that are the caller's own."""


def owner_named(service: str, operation: str, parameters: Mapping[str, Any]) -> str:
    """Return the account whose resource a call names, "" if it names none."""
    if operation in _OF_OWNER_ALONE.get(service, ()):
        return ""
    for name in _NAMED_BY.get(service, ()):
        value = parameters.get(name)
        if isinstance(value, str):
            found = _OWNER.fullmatch(value)
            if found is not None:
                return found[1] or found[2] or found[3]
            if name == "QueueOwnerAWSAccountId":
                return value
    return ""


def world_meant(
    here: World, service: str, operation: str, parameters: Mapping[str, Any], *, region: str, account_id: str
) -> World:
    """Return the world in which the resources are that a call is about.

    Args:
        here: where it is made.
        region, account_id: those of the client, "" for those of where the call is made.

    Raises:
        ApiError: there cannot be such a region, or there are too many worlds.
    """
    is_at_home = service in WITHOUT_REGIONS or region.endswith(_EVERYWHERE)
    there = _world_of_client(here, "" if is_at_home else region or here.region, account_id)
    if service == "s3":
        bucket = parameters.get("Bucket")
        if bucket is None or operation == "CreateBucket" or bucket in there.sources("buckets"):
            return there
        return next((world for world in there.neighbours() if bucket in world.sources("buckets")), there)
    owner = owner_named(service, operation, parameters)
    if owner in ("", there.account_id):
        return there
    return there.neighbour(owner, there.region) or there


def _world_of_client(here: World, region: str, account_id: str) -> World:
    account_id = account_id or here.account_id
    if (account_id, region) == (here.account_id, here.region):
        return here
    return here.neighbour(account_id, region, begins=True) or here
