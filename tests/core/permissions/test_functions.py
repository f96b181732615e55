"""What do calls of Lambda need?"""

from typing import Any

import pytest

from eventsim.permissions.need import Need
from tests.core.permissions.test_needs import needs

BILL = "arn:aws:lambda:eu-west-1:123456789012:function:bill"
LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:tools"


def invoking(arn: str) -> Need:
    """Return what it needs to invoke a function in any way but by its URL."""
    return Need("lambda:InvokeFunction", arn, {"lambda:InvokedViaFunctionUrl": ("false",)})


@pytest.mark.parametrize("operation", ["Invoke", "InvokeAsync", "InvokeWithResponseStream"])
@pytest.mark.parametrize("name", ["bill", "123456789012:function:bill", BILL])
def test_a_function_is_invoked_by_any_of_its_names(operation: str, name: str) -> None:
    """However it is called, the action and the ARN are the same."""
    assert needs("lambda", operation, FunctionName=name) == [invoking(BILL)]


@pytest.mark.parametrize(
    "given",
    [{"FunctionName": "bill", "Qualifier": "live"}, {"FunctionName": f"{BILL}:live"}, {"FunctionName": "bill:live"}],
)
def test_an_alias_is_a_resource_of_its_own(given: dict[str, str]) -> None:
    """Leave for the function is no leave for its versions and aliases."""
    assert needs("lambda", "Invoke", **given) == [invoking(f"{BILL}:live")]


def test_a_function_of_another_account_keeps_its_account() -> None:
    """Its own policy decides there, too."""
    other = BILL.replace("123456789012", "210987654321")

    assert needs("lambda", "Invoke", FunctionName=other) == [invoking(other)]


def test_a_new_function_needs_its_role_passed_and_its_layers_read() -> None:
    """Who makes a function that may do more than oneself must be allowed to."""
    role = "arn:aws:iam::123456789012:role/biller"

    assert needs("lambda", "CreateFunction", FunctionName="bill", Role=role, Layers=[f"{LAYER}:1"]) == [
        Need("lambda:CreateFunction", BILL, {"lambda:Layer": (f"{LAYER}:1",)}),
        Need("lambda:GetLayerVersion", f"{LAYER}:1"),
        Need("iam:PassRole", role, {"iam:PassedToService": ("lambda.amazonaws.com",)}),
    ]


def test_a_mapping_is_made_nowhere_but_for_a_function() -> None:
    """Which function, only a condition key tells."""
    assert needs("lambda", "CreateEventSourceMapping", FunctionName="bill") == [
        Need("lambda:CreateEventSourceMapping", "*", {"lambda:FunctionArn": (BILL,)})
    ]


@pytest.mark.parametrize(
    ("operation", "given", "need"),
    [
        ("GetLayerVersion", {"LayerName": "tools", "VersionNumber": 2}, Need("lambda:GetLayerVersion", f"{LAYER}:2")),
        ("GetLayerVersionByArn", {"Arn": f"{LAYER}:2"}, Need("lambda:GetLayerVersion", f"{LAYER}:2")),
        ("PublishLayerVersion", {"LayerName": LAYER}, Need("lambda:PublishLayerVersion", LAYER)),
        (
            "GetEventSourceMapping",
            {"UUID": "u"},
            Need("lambda:GetEventSourceMapping", "arn:aws:lambda:eu-west-1:123456789012:event-source-mapping:u"),
        ),
        ("ListFunctions", {}, Need("lambda:ListFunctions")),
        (
            "CreateFunctionUrlConfig",
            {"FunctionName": "bill", "AuthType": "NONE"},
            Need(
                "lambda:CreateFunctionUrlConfig",
                BILL,
                {"lambda:FunctionArn": (BILL,), "lambda:FunctionUrlAuthType": ("NONE",)},
            ),
        ),
        (
            "CheckpointDurableExecution",
            {"DurableExecutionArn": f"{BILL}:1/durable-execution/a/b"},
            Need("lambda:CheckpointDurableExecution", f"{BILL}:1/durable-execution/a/b"),
        ),
    ],
)
def test_other_resources_have_their_own_arns(operation: str, given: dict[str, Any], need: Need) -> None:
    """Layers, mappings and executions are judged by themselves."""
    assert needs("lambda", operation, **given) == [need]
