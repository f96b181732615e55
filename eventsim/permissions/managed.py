"""What do the policies say that AWS keeps? Those that functions mostly have, by name; of all others moto knows."""

import functools
import importlib.util
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.role import Document
from eventsim.spelling import nearly

_START: Final = "arn:aws:iam::aws:policy/"


def _allowing(*actions: str) -> Document:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


_LOGGING: Final = ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents")
_STREAM: Final = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
_DOCUMENTS: Final[Mapping[str, Document]] = MappingProxyType(
    {
        "AdministratorAccess": _allowing("*"),
        "AWSXRayDaemonWriteAccess": _allowing(
            *("xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules"),
            *("xray:GetSamplingTargets", "xray:GetSamplingStatisticSummaries"),
        ),
        "service-role/AWSLambdaBasicExecutionRole": _allowing(*_LOGGING),
        "service-role/AWSLambdaDynamoDBExecutionRole": _allowing(*(f"dynamodb:{each}" for each in _STREAM), *_LOGGING),
        "service-role/AWSLambdaKinesisExecutionRole": _allowing(
            *("kinesis:DescribeStreamSummary", "kinesis:ListShards", "kinesis:SubscribeToShard"),
            *(f"kinesis:{each}" for each in _STREAM),
            *_LOGGING,
        ),
        "service-role/AWSLambdaSQSQueueExecutionRole": _allowing(
            "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", *_LOGGING
        ),
        "service-role/AWSLambdaVPCAccessExecutionRole": _allowing(
            *("ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"),
            *("ec2:DeleteNetworkInterface", "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"),
            *_LOGGING,
        ),
    }
)
"""Path and name → document, as AWS publishes it."""


def document_of(policy: str) -> Document | None:
    """Return the document of a policy of AWS's by its ARN or its name, None if nobody here knows it."""
    name = policy.removeprefix(_START)
    known = _DOCUMENTS.get(name) or _DOCUMENTS.get(f"service-role/{name}")
    return known or _of_moto().get(name.rpartition("/")[2])


def why_missing(policy: str) -> str:
    """Return why nobody here knows a policy, and how to mend it."""
    known = _of_moto()
    if known:
        name = policy.removeprefix(_START).rpartition("/")[2]
        return f"AWS keeps no policy {name}{nearly(name, sorted(known))}"
    return f"nobody here has the policy {policy}; with `pip install 'eventsim[moto]'` moto has AWS's"


@functools.cache
def _of_moto() -> Mapping[str, Any]:
    """Return what moto has of AWS's policies; they are AWS's own, and some 1,500."""
    if importlib.util.find_spec("moto") is None:
        return {}
    from moto.iam.aws_managed_policies import aws_managed_policies_data

    return {name: policy["Document"] for name, policy in json.loads(aws_managed_policies_data).items()}
