"""What do calls of Step Functions need?"""

from typing import Any

import pytest

from eventsim.permissions.need import Need
from tests.core.permissions.test_needs import needs

STATES = "arn:aws:states:eu-west-1:123456789012"
ORDER = f"{STATES}:stateMachine:order"


@pytest.mark.parametrize(
    ("operation", "given"),
    [
        ("StartExecution", {"stateMachineArn": f"{ORDER}:live"}),
        ("DescribeStateMachineAlias", {"stateMachineAliasArn": f"{ORDER}:live"}),
        (
            "CreateStateMachineAlias",
            {"name": "live", "routingConfiguration": [{"stateMachineVersionArn": f"{ORDER}:1", "weight": 100}]},
        ),
    ],
)
def test_a_version_or_an_alias_is_judged_by_its_machine(operation: str, given: dict[str, Any]) -> None:
    """The qualifier is a condition key."""
    assert needs("stepfunctions", operation, **given) == [
        Need(f"states:{operation}", ORDER, {"states:StateMachineQualifier": ("live",)})
    ]


def test_an_execution_is_a_resource_of_its_own() -> None:
    """Leave for the machine is no leave to stop what it runs."""
    execution = f"{STATES}:execution:order:1"

    assert needs("stepfunctions", "StartExecution", stateMachineArn=ORDER) == [Need("states:StartExecution", ORDER)]
    assert needs("stepfunctions", "StopExecution", executionArn=execution) == [Need("states:StopExecution", execution)]


def test_a_new_machine_needs_its_role_passed() -> None:
    """And leave to publish, if it is."""
    role = "arn:aws:iam::123456789012:role/runner"

    assert needs("stepfunctions", "CreateStateMachine", name="order", roleArn=role, publish=True) == [
        Need("states:CreateStateMachine", ORDER),
        Need("states:PublishStateMachineVersion", ORDER),
        Need("iam:PassRole", role, {"iam:PassedToService": ("states.amazonaws.com",)}),
    ]


def test_whose_task_a_token_is_only_step_functions_knows() -> None:
    """A statement about any machine or activity is enough."""
    assert needs("stepfunctions", "SendTaskSuccess", taskToken="t", output="{}") == [Need("states:SendTaskSuccess", "")]
