"""What does the policy of a resource itself say? Read from whoever keeps it, by the operation that tells of it."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.errors import ApiError, NotSimulated
from eventsim.json_text import load_json
from eventsim.permissions.arn import read_arn
from eventsim.permissions.role import Document

Ask = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]
"""Service, operation and parameters → result; raises ApiError or NotSimulated."""


def policy_of(arn: str, ask: Ask) -> Document | None:
    """Return the policy of a resource, None if it has none, or none that anybody could read."""
    read = _READERS.get(read_arn(arn).service)
    if read is None:
        return None
    try:
        text = read(arn, ask)
        document = load_json(text) if text else None
    except (ApiError, NotSimulated, ValueError):
        return None
    return document if isinstance(document, Mapping) else None


def _of_queue(arn: str, ask: Ask) -> Any:
    *_, region, account_id, name = arn.split(":")
    url = f"https://sqs.{region}.amazonaws.com/{account_id}/{name}"
    told = ask("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["Policy"]})
    return told.get("Attributes", {}).get("Policy")


def _of_topic(arn: str, ask: Ask) -> Any:
    topic = ":".join(arn.split(":")[:6])
    return ask("sns", "GetTopicAttributes", {"TopicArn": topic})["Attributes"].get("Policy")


def _of_bucket(arn: str, ask: Ask) -> Any:
    return ask("s3", "GetBucketPolicy", {"Bucket": read_arn(arn).resource.partition("/")[0]}).get("Policy")


def _of_function(arn: str, ask: Ask) -> Any:
    return ask("lambda", "GetPolicy", {"FunctionName": arn}).get("Policy")


def _of_table(arn: str, ask: Ask) -> Any:
    return ask("dynamodb", "GetResourcePolicy", {"ResourceArn": "/".join(arn.split("/")[:2])}).get("Policy")


def _of_stream(arn: str, ask: Ask) -> Any:
    return ask("kinesis", "GetResourcePolicy", {"ResourceARN": arn}).get("Policy")


def _of_secret(arn: str, ask: Ask) -> Any:
    return ask("secretsmanager", "GetResourcePolicy", {"SecretId": arn}).get("ResourcePolicy")


def _of_bus(arn: str, ask: Ask) -> Any:
    is_bus = read_arn(arn).resource.startswith("event-bus/")
    return ask("events", "DescribeEventBus", {"Name": arn}).get("Policy") if is_bus else None


def _of_api(arn: str, ask: Ask) -> Any:
    """Return the policy of a REST API, in which `execute-api:/` stands for the ARN of that API (documented)."""
    known = read_arn(arn)
    identifier = known.resource.partition("/")[0]
    told = ask("apigateway", "GetRestApi", {"restApiId": identifier}).get("policy") or ""
    whole = arn.removesuffix(known.resource) + identifier
    return load_json(f'"{told}"').replace('"execute-api:/', f'"{whole}/')


_READERS: Final[Mapping[str, Callable[[str, Ask], Any]]] = MappingProxyType(
    {
        "dynamodb": _of_table,
        "events": _of_bus,
        "execute-api": _of_api,
        "kinesis": _of_stream,
        "lambda": _of_function,
        "s3": _of_bucket,
        "secretsmanager": _of_secret,
        "sns": _of_topic,
        "sqs": _of_queue,
    }
)
"""Service of an ARN → what reads the policy's text."""
