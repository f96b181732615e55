"""A client of Step Functions, and definitions in few words."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk

ROLE = "arn:aws:iam::123456789012:role/worker"
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"


@pytest.fixture
def sfn(world: SyncSimulation) -> Any:
    """Return a boto3 client for Step Functions."""
    return sdk.client("stepfunctions", world.region)


def passing(result: object) -> str:
    """Return the definition of a machine that gives always the same."""
    return json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": result, "End": True}}})


def ended(world: SyncSimulation, sfn: Any, arn: str, given: Mapping[str, Any] | None = None) -> Any:
    """Start an execution, let it end, and describe it."""
    started = sfn.start_execution(stateMachineArn=arn, input=json.dumps(given or {}))
    world.until_idle()
    return sfn.describe_execution(executionArn=started["executionArn"])
