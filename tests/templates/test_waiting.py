"""Stacks that wait for signals: at the address of a handle, in virtual time, as long as a condition says."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests import sdk

SIGNALLING = """
import json, os, urllib.request
def handler(event, context):
    body = json.dumps({"Status": os.environ["STATUS"], "UniqueId": "fn", "Reason": "done", "Data": "d1"}).encode()
    urllib.request.urlopen(urllib.request.Request(os.environ["HANDLE"], body, method="PUT"))
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "thing"}
    answer |= {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    asked = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(asked)
"""
SUCCESS = {"Status": "SUCCESS", "Reason": "done", "UniqueId": "i-1", "Data": "all well"}


def waiting(count: int = 1, **more: Any) -> dict[str, Any]:
    """Return a handle, and a condition that waits for five minutes."""
    properties = {"Handle": {"Ref": "H"}, "Timeout": "300", "Count": count}
    return {
        "H": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
        "W": {"Type": "AWS::CloudFormation::WaitCondition", "Properties": properties},
        **more,
    }


def signalling(status: str) -> dict[str, Any]:
    """Return a custom resource whose function signals."""
    properties = {
        "Role": "arn:aws:iam::000000000000:role/r",
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Code": {"ZipFile": SIGNALLING},
        "Environment": {"Variables": {"HANDLE": {"Ref": "H"}, "STATUS": status}},
    }
    return {
        "F": {"Type": "AWS::Lambda::Function", "Properties": properties},
        "T": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}}},
    }


class Stack:
    """One stack that a client makes."""

    def __init__(self, world: SyncSimulation) -> None:
        self.world = world
        self.client = sdk.client("cloudformation")

    def create(self, resources: dict[str, Any]) -> str:
        outputs = {"Data": {"Value": {"Fn::GetAtt": ["W", "Data"]}}}
        body = json.dumps({"Resources": resources, "Outputs": outputs})
        self.client.create_stack(StackName="shop", TemplateBody=body)
        return self.status

    @property
    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = self.client.describe_stacks(StackName="shop")["Stacks"][0]
        return told

    @property
    def status(self) -> str:
        return str(self.told["StackStatus"])

    @property
    def data(self) -> Any:
        return json.loads(self.told["Outputs"][0]["OutputValue"])

    def why(self) -> str:
        """Return why the condition failed."""
        events = self.client.describe_stack_events(StackName="shop")["StackEvents"]
        (reason,) = [each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
        return str(reason)

    def signal(self, **told: str) -> int:
        handle = self.client.describe_stack_resource(StackName="shop", LogicalResourceId="H")["StackResourceDetail"]
        return self.world.http("PUT", handle["PhysicalResourceId"], body=json.dumps(told)).status


@pytest.fixture
def shop(world: SyncSimulation) -> Stack:
    return Stack(world)


def test_a_stack_waits_until_it_is_signalled(shop: Stack) -> None:
    """The request is answered meanwhile; the condition tells what the signals said, one for each id."""
    begun = shop.create(waiting(count=2))
    codes = [shop.signal(**SUCCESS), shop.signal(**SUCCESS | {"Data": "late"})]
    between = shop.status
    shop.signal(Status="SUCCESS", UniqueId="i-2", Data="too")
    shop.world.until_idle()

    assert (begun, between, codes) == ("CREATE_IN_PROGRESS", "CREATE_IN_PROGRESS", [200, 200])
    assert (shop.status, shop.data) == ("CREATE_COMPLETE", {"i-1": "all well", "i-2": "too"})


def test_a_stack_does_not_wait_for_ever(shop: Stack) -> None:
    """After `Timeout` it is rolled back, in virtual time."""
    shop.create(waiting(count=2))
    shop.signal(**SUCCESS)

    shop.world.until_idle()

    assert (shop.status, shop.world.now_s) == ("ROLLBACK_COMPLETE", 300.0)
    assert shop.why() == "WaitCondition timed out. Received 1 conditions when expecting 2"


def test_a_signal_may_tell_of_a_failure(shop: Stack) -> None:
    """Nobody is waited for any more."""
    shop.create(waiting(count=2))

    shop.signal(Status="FAILURE", UniqueId="i-7", Reason="no disk")
    shop.world.until_idle()

    assert (shop.status, shop.world.now_s) == ("ROLLBACK_COMPLETE", 0.0)
    assert shop.why() == "WaitCondition received failed message: 'no disk' for uniqueId: i-7"


@pytest.mark.parametrize(("status", "ended"), [("SUCCESS", "CREATE_COMPLETE"), ("FAILURE", "ROLLBACK_COMPLETE")])
def test_a_function_of_the_stack_may_signal(shop: Stack, status: str, ended: str) -> None:
    """Whatever the order of the template: conditions are made last."""
    assert shop.create(waiting(**signalling(status))) == ended


def test_a_stack_that_waits_can_be_deleted(shop: Stack) -> None:
    """And not be updated."""
    shop.create(waiting(Q={"Type": "AWS::SQS::Queue"}))
    identifier = shop.told["StackId"]
    with pytest.raises(ClientError, match="is in CREATE_IN_PROGRESS state and can not be updated"):
        shop.client.update_stack(StackName="shop", UsePreviousTemplate=True)

    shop.client.delete_stack(StackName="shop")
    shop.world.until_idle()

    (told,) = shop.client.describe_stacks(StackName=identifier)["Stacks"]
    assert (told["StackStatus"], shop.world.now_s) == ("DELETE_COMPLETE", 0.0)
    assert "QueueUrls" not in sdk.client("sqs").list_queues()


def test_a_condition_cannot_be_changed(shop: Stack) -> None:
    """The stack is as it was."""
    shop.create(waiting(count=0))

    shop.client.update_stack(StackName="shop", TemplateBody=json.dumps({"Resources": waiting(count=1)}))

    events = shop.client.describe_stack_events(StackName="shop")["StackEvents"]
    reasons = {each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "UPDATE_FAILED"}
    assert (shop.status, shop.data) == ("UPDATE_ROLLBACK_COMPLETE", {})
    assert reasons == {"Update to resource type AWS::CloudFormation::WaitCondition is not supported."}


def test_an_update_waits_for_a_new_condition(shop: Stack) -> None:
    """The stack is not deleted meanwhile."""
    shop.create(waiting(count=0))
    other = {"V": waiting()["W"]}

    shop.client.update_stack(StackName="shop", TemplateBody=json.dumps({"Resources": waiting(count=0) | other}))
    begun = shop.status
    with pytest.raises(ClientError, match="cannot be deleted while in status UPDATE_IN_PROGRESS"):
        shop.client.delete_stack(StackName="shop")
    shop.signal(**SUCCESS)
    shop.world.until_idle()

    assert (begun, shop.status) == ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE")


def test_nobody_is_waited_for_who_is_not_here(shop: Stack) -> None:
    """A machine that would signal is not simulated; the trace says so."""
    machine = {"Type": "AWS::EC2::Instance", "Properties": {"UserData": {"Fn::Base64": {"Ref": "H"}}}}

    status = shop.create(waiting(I=machine))

    notes = [each.detail["note"] for each in shop.world.trace.entries(("noted",))]
    assert (status, shop.data) == ("CREATE_COMPLETE", {})
    assert "W: it does not wait for signals: who would send them is not here (AWS::EC2::Instance)" in notes
