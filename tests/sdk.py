"""Clients of boto3 that tests share: one is good for every simulation, and takes longer to make than most tests run.

And how their calls are refused.
"""

import functools
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

REGION = "us-east-1"
KEYS = {"region_name": REGION, "aws_access_key_id": "none", "aws_secret_access_key": "none"}
"""What a client needs, and nobody looks at."""


def new_client(service: str, region: str = REGION) -> Any:
    """Return a client with keys that mean nothing, for a test that changes it."""
    return boto3.client(service, **{**KEYS, "region_name": region})  # type: ignore[call-overload]  # any service


@functools.cache
def client(service: str, region: str = REGION) -> Any:
    """Return the client that all tests share."""
    return new_client(service, region)


def refusal(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Return code and message of the error that a call ends in."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]
