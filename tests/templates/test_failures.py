"""Stacks in which something failed: what stays, how they are rolled back, and what is done where even that fails."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests import sdk

RESERVED = """
import json, urllib.request
import boto3
def handler(event, context):
    broken = boto3.client("ssm").get_parameters(Names=["broken"])["Parameters"]
    status = "FAILED" if broken and event["ResourceProperties"]["Size"] in broken[0]["Value"] else "SUCCESS"
    answer = {"Status": status, "Reason": "no room", "PhysicalResourceId": "thing"}
    answer |= {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    asked = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(asked)
"""
FUNCTION = {
    "Role": "arn:aws:iam::000000000000:role/r",
    "Runtime": "python3.12",
    "Handler": "index.handler",
    "Code": {"ZipFile": RESERVED},
}
BAD = {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": 901}}


def queue(delay_s: int = 0, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"DelaySeconds": delay_s}, **more}


def bucket() -> dict[str, Any]:
    return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "full"}}


def thing(size: int) -> dict[str, Any]:
    """Return a custom resource and its function, which is told of whom it refuses by the parameter `broken`."""
    token = {"Fn::GetAtt": ["F", "Arn"]}
    return {
        "F": {"Type": "AWS::Lambda::Function", "Properties": FUNCTION},
        "T": {"Type": "Custom::Thing", "Properties": {"ServiceToken": token, "Size": size}},
    }


class Stacks:
    """One stack that a client makes and changes."""

    def __init__(self) -> None:
        self.client = sdk.client("cloudformation")

    def create(self, resources: dict[str, Any], **more: Any) -> str:
        made = self.client.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": resources}), **more)
        return self.status(made["StackId"])

    def update(self, resources: dict[str, Any], **more: Any) -> str:
        self.client.update_stack(StackName="shop", TemplateBody=json.dumps({"Resources": resources}), **more)
        return self.status()

    def delete(self, **more: Any) -> str:
        identifier = self.client.describe_stacks(StackName="shop")["Stacks"][0]["StackId"]
        self.client.delete_stack(StackName="shop", **more)
        return self.status(identifier)

    def status(self, name: str = "shop") -> str:
        return str(self.client.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])

    def told(self, begin: int = 0) -> list[tuple[str, str]]:
        """Return what became of stack and resources, oldest first."""
        events = self.client.describe_stack_events(StackName="shop")["StackEvents"]
        return [(each["LogicalResourceId"], each["ResourceStatus"]) for each in reversed(events)][begin:]

    @property
    def delays(self) -> dict[str, str]:
        """The delays of the queues that there are, by the logical ids in their names."""
        sqs = sdk.client("sqs")
        urls = sqs.list_queues().get("QueueUrls", [])
        return {
            url.split("-")[-2]: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"][
                "DelaySeconds"
            ]
            for url in urls
        }


@pytest.fixture
def shop(world: SyncSimulation) -> Stacks:
    return Stacks()


def fill() -> None:
    """Put something into the bucket of a stack, so that it cannot be deleted."""
    sdk.client("s3").put_object(Bucket="full", Key="k", Body=b"")


def break_for(*sizes: int) -> None:
    """Have things of some sizes refused."""
    value = json.dumps([str(size) for size in sizes])
    sdk.client("ssm").put_parameter(Name="broken", Type="String", Value=value, Overwrite=True)


# --- what cannot be deleted ------------------------------------------------------------------------


def test_what_cannot_be_deleted_may_be_retained(shop: Stacks) -> None:
    """Once the deletion has failed, and not before."""
    shop.create({"B": bucket(), "Q": queue()})
    fill()

    with pytest.raises(ClientError, match="is in CREATE_COMPLETE state and can not retain resources"):
        shop.delete(RetainResources=["B"])
    first = shop.delete()
    second = shop.delete(RetainResources=["B"])

    assert (first, second) == ("DELETE_FAILED", "DELETE_COMPLETE")
    assert [each["Name"] for each in sdk.client("s3").list_buckets()["Buckets"]] == ["full"]


def test_a_stack_that_cannot_be_deleted_may_be_forced_to_go(shop: Stacks) -> None:
    """What is in its way stays, and the stack says how it went."""
    shop.create({"B": bucket()})
    fill()
    shop.delete()
    identifier = shop.client.describe_stacks(StackName="shop")["Stacks"][0]["StackId"]

    status = shop.delete(DeletionMode="FORCE_DELETE_STACK")

    (stack,) = shop.client.describe_stacks(StackName=identifier)["Stacks"]
    assert (status, stack["DeletionMode"]) == ("DELETE_COMPLETE", "FORCE_DELETE_STACK")


def test_a_rollback_fails_where_a_deletion_does(shop: Stacks) -> None:
    """The function that made the thing is not able to take it away."""
    once = RESERVED.replace('event["ResourceProperties"]["Size"] in', 'event["RequestType"] in')
    resources = thing(1) | {"Bad": BAD | {"DependsOn": "T"}}
    resources["F"] = {"Type": "AWS::Lambda::Function", "Properties": {**FUNCTION, "Code": {"ZipFile": once}}}
    sdk.client("ssm").put_parameter(Name="broken", Type="String", Value="Delete")

    status = shop.create(resources)

    (stack,) = shop.client.describe_stacks(StackName="shop")["Stacks"]
    assert (status, stack["StackStatusReason"]) == (
        "ROLLBACK_FAILED",
        "The following resource(s) failed to delete: [T]. ",
    )


def test_an_update_succeeds_though_something_old_stays(shop: Stacks) -> None:
    """And says so."""
    shop.create({"B": bucket(), "Q": queue()})
    fill()

    status = shop.update({"Q": queue()})

    (stack,) = shop.client.describe_stacks(StackName="shop")["Stacks"]
    assert (status, stack["StackStatusReason"]) == (
        "UPDATE_COMPLETE",
        "Update successful. One or more resources could not be deleted.",
    )


# --- what was to stay ------------------------------------------------------------------------------


@pytest.mark.parametrize(("wish", "left"), [({}, {"Q"}), ({"RetainExceptOnCreate": True}, set())])
def test_what_is_retained_stays_when_its_stack_fails(shop: Stacks, wish: dict[str, bool], left: set[str]) -> None:
    """Unless the request says that this is not for what is new."""
    shop.create({"Q": queue(DeletionPolicy="Retain"), "Bad": BAD | {"DependsOn": "Q"}}, **wish)

    assert shop.delays.keys() == left
    (stack,) = shop.client.describe_stacks(StackName="shop")["Stacks"]
    assert stack.get("RetainExceptOnCreate", False) is bool(wish)


@pytest.mark.parametrize(("wish", "left"), [({}, {"A", "N"}), ({"RetainExceptOnCreate": True}, {"A"})])
def test_what_is_new_and_retained_stays_when_an_update_fails(
    shop: Stacks, wish: dict[str, bool], left: set[str]
) -> None:
    """As when a stack is made."""
    shop.create({"A": queue()})

    shop.update({"A": queue(), "N": queue(DeletionPolicy="Retain"), "Bad": BAD | {"DependsOn": "N"}}, **wish)

    assert shop.delays.keys() == left


def test_a_stack_that_was_to_stay_can_be_rolled_back(shop: Stacks) -> None:
    """Of one that was never complete nothing is left."""
    shop.create({"Q": queue(), "Bad": BAD | {"DependsOn": "Q"}}, OnFailure="DO_NOTHING")
    count = len(shop.told())

    rolled = shop.client.rollback_stack(StackName="shop")

    assert rolled["StackId"].split("/")[1] == "shop"
    assert shop.told(count) == [
        ("shop", "ROLLBACK_IN_PROGRESS"),
        ("Bad", "DELETE_COMPLETE"),
        ("Q", "DELETE_IN_PROGRESS"),
        ("Q", "DELETE_COMPLETE"),
        ("shop", "ROLLBACK_COMPLETE"),
    ]
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be rolled back"):
        shop.client.rollback_stack(StackName="shop")


def test_a_change_that_was_to_stay_can_be_rolled_back(shop: Stacks) -> None:
    """To what the stack was when it was last complete, however often it failed since."""
    shop.create({"A": queue(1), "B": queue(2)})
    for delay_s in (3, 4):
        shop.update({"A": queue(delay_s), "C": queue(5), "Bad": BAD | {"DependsOn": ["A", "C"]}}, DisableRollback=True)
    failed, count = (shop.status(), shop.delays), len(shop.told())

    shop.client.rollback_stack(StackName="shop")

    assert failed == ("UPDATE_FAILED", {"A": "4", "B": "2", "C": "5"})
    assert (shop.status(), shop.delays) == ("UPDATE_ROLLBACK_COMPLETE", {"A": "1", "B": "2"})
    assert shop.told(count) == [
        ("shop", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("A", "UPDATE_IN_PROGRESS"),
        ("A", "UPDATE_COMPLETE"),
        ("shop", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("C", "DELETE_IN_PROGRESS"),
        ("C", "DELETE_COMPLETE"),
        ("shop", "UPDATE_ROLLBACK_COMPLETE"),
    ]
    assert shop.update({"A": queue(6)}) == "UPDATE_COMPLETE"


def test_a_second_failure_goes_back_to_what_was_complete(shop: Stacks) -> None:
    """Not to what the first one left."""
    shop.create({"A": queue(1)})
    shop.update({"A": queue(3), "Bad": BAD | {"DependsOn": "A"}}, DisableRollback=True)

    status = shop.update({"A": queue(4), "Bad": BAD | {"DependsOn": "A"}})

    assert (status, shop.delays) == ("UPDATE_ROLLBACK_COMPLETE", {"A": "1"})


# --- what is only begun ----------------------------------------------------------------------------

BEGUN = {
    "a topic": ("SNS::Topic", "TopicName", {"Subscription": [{"Protocol": "sqs", "Endpoint": "x"}]}),
    "a rule": ("Events::Rule", "Name", {"EventPattern": {"source": ["a"]}, "Targets": [{"Id": "a", "Arn": "x"}]}),
    "a log group": ("Logs::LogGroup", "LogGroupName", {"RetentionInDays": 2}),
    "a stream": ("Kinesis::Stream", "Name", {"RetentionPeriodHours": 9_000}),
    "a bus": ("Events::EventBus", "Name", {"Policy": {"Statement": [{"Sid": "x"}]}}),
    "a bucket": ("S3::Bucket", "BucketName", {"LifecycleConfiguration": {"Rules": [{"Status": "Enabled"}]}}),
    "a function": ("Lambda::Function", "FunctionName", FUNCTION | {"ReservedConcurrentExecutions": 5_000}),
}
MENDED = {"Events::Rule": {"EventPattern": {"source": ["a"]}}, "Lambda::Function": FUNCTION}


@pytest.mark.parametrize(("kind", "named", "properties"), BEGUN.values(), ids=BEGUN)
@pytest.mark.parametrize("wish", ["ROLLBACK", "DO_NOTHING"])
def test_what_was_only_begun_is_in_nobodys_way(
    shop: Stacks, kind: str, named: str, properties: dict[str, Any], wish: str
) -> None:
    """It goes with what fails, or is begun anew: its name is free again."""
    name = {named: "something"}
    bad = {"R": {"Type": f"AWS::{kind}", "Properties": {**properties, **name}}}
    good = {"R": {"Type": f"AWS::{kind}", "Properties": {**MENDED.get(kind, {}), **name}}}
    failed = shop.create(bad, OnFailure=wish)

    if wish == "ROLLBACK":
        shop.delete()
        assert (failed, shop.create(good)) == ("ROLLBACK_COMPLETE", "CREATE_COMPLETE")
    else:
        assert (failed, shop.update(good)) == ("CREATE_FAILED", "UPDATE_COMPLETE")


def test_a_custom_resource_that_failed_to_come_is_asked_to_go(world: SyncSimulation, shop: Stacks) -> None:
    """By the name that its function gave it, as whatever is rolled back."""
    telling = RESERVED.replace('event["ResourceProperties"]["Size"] in', 'event["RequestType"] in')
    telling += '    print(event["RequestType"], event.get("PhysicalResourceId"))'
    resources = thing(1)
    resources["F"] = {"Type": "AWS::Lambda::Function", "Properties": {**FUNCTION, "Code": {"ZipFile": telling}}}
    sdk.client("ssm").put_parameter(Name="broken", Type="String", Value="Create")

    status = shop.create(resources)

    told = [entry.detail["text"].strip() for entry in world.trace.entries(("logged",))]
    assert status == "ROLLBACK_COMPLETE"
    assert [line for line in told if line.startswith(("Create", "Delete"))] == ["Create None", "Delete thing"]


def test_what_could_not_be_replaced_stays_in_its_stack(shop: Stacks) -> None:
    """With its own name, until another attempt replaces it."""
    sdk.client("sqs").create_queue(QueueName="taken")
    shop.create({"A": queue()})
    (first,) = names() - {"taken"}

    def named(name: str) -> dict[str, Any]:
        return {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}

    failed = shop.update({"A": named("taken")}, DisableRollback=True)
    (resource,) = shop.client.describe_stack_resources(StackName="shop")["StackResources"]
    again = shop.update({"A": named("free")})

    assert (failed, resource["ResourceStatus"]) == ("UPDATE_FAILED", "UPDATE_FAILED")
    assert resource["PhysicalResourceId"].endswith(first)
    assert (again, names()) == ("UPDATE_COMPLETE", {"taken", "free"})


# --- rollbacks that fail ---------------------------------------------------------------------------


def stuck(shop: Stacks) -> str:
    """Leave a stack whose thing cannot be what it was, and return its status."""
    shop.create(thing(1) | {"A": queue(1)})
    break_for(1)
    return shop.update(thing(2) | {"A": queue(2), "Bad": BAD | {"DependsOn": ["A", "T"]}})


def test_a_rollback_that_fails_can_be_continued(shop: Stacks) -> None:
    """Once what stood in its way is mended."""
    first = stuck(shop)
    shop.client.continue_update_rollback(StackName="shop")
    second = shop.status()
    break_for()

    shop.client.continue_update_rollback(StackName="shop", ClientRequestToken="t-1")

    (stack,) = shop.client.describe_stacks(StackName="shop")["Stacks"]
    assert (first, second, stack["StackStatus"]) == (
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_ROLLBACK_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
    )
    assert shop.delays == {"A": "1"}
    assert shop.update(thing(3) | {"A": queue(3)}) == "UPDATE_COMPLETE"


@pytest.mark.parametrize("wish", [{"ResourcesToSkip": ["T"]}, {"ForceRollback": True}])
def test_a_rollback_may_go_on_without_what_is_stuck(shop: Stacks, wish: dict[str, Any]) -> None:
    """It counts as updated; nothing else may be passed over."""
    stuck(shop)
    with pytest.raises(ClientError, match=r"Resources \[A\] can not be skipped"):
        shop.client.continue_update_rollback(StackName="shop", ResourcesToSkip=["A"])
    count = len(shop.told())

    shop.client.continue_update_rollback(StackName="shop", **wish)

    assert (shop.status(), shop.delays) == ("UPDATE_ROLLBACK_COMPLETE", {"A": "1"})
    assert ("T", "UPDATE_COMPLETE") in shop.told(count)


def test_only_a_rollback_that_failed_is_continued(shop: Stacks) -> None:
    """Nor can anything be signalled: what is made is made at once."""
    shop.create({"Q": queue()})

    with pytest.raises(ClientError, match="is in CREATE_COMPLETE state and can not continue its rollback"):
        shop.client.continue_update_rollback(StackName="shop")
    with pytest.raises(ClientError, match="is in CREATE_COMPLETE state and cannot be signaled"):
        shop.client.signal_resource(StackName="shop", LogicalResourceId="Q", UniqueId="1", Status="SUCCESS")


# --- names and what was replaced -------------------------------------------------------------------


def names() -> set[str]:
    """Return the names of the queues that there are."""
    return {url.rpartition("/")[2] for url in sdk.client("sqs").list_queues().get("QueueUrls", [])}


def fifo() -> dict[str, Any]:
    return {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}}


def test_what_comes_back_into_a_template_has_another_name(shop: Stacks) -> None:
    """So it is not in the way of what was retained, nor of a name that SQS does not give again within a minute."""
    shop.create({"A": queue(), "K": queue(DeletionPolicy="Retain"), "S": queue()})
    first = names()
    shop.update({"S": queue()})

    status = shop.update({"A": queue(), "K": queue(), "S": queue()})

    assert status == "UPDATE_COMPLETE"
    assert len(names()) == 4
    assert sorted(name.split("-")[1] for name in names() & first) == ["K", "S"]


def test_what_was_replaced_before_a_failure_comes_back_with_the_rollback(shop: Stacks) -> None:
    """The same one, with what is in it; what took its place goes."""
    shop.create({"A": queue(1)})
    before = names()
    for replacement in (fifo(), queue(2), fifo()):
        shop.update({"A": replacement, "Bad": BAD | {"DependsOn": "A"}}, DisableRollback=True)
    assert before < names()

    shop.client.rollback_stack(StackName="shop")

    assert names() == before
    assert shop.status() == "UPDATE_ROLLBACK_COMPLETE"


@pytest.mark.parametrize("end", ["update", "delete"])
def test_what_was_replaced_before_a_failure_goes_in_the_end(shop: Stacks, end: str) -> None:
    """When the stack is complete again, or is deleted."""
    shop.create({"A": queue(1)})
    shop.update({"A": fifo(), "Bad": BAD | {"DependsOn": "A"}}, DisableRollback=True)

    if end == "update":
        shop.update({"A": fifo()})
    else:
        shop.delete()

    assert {name.rpartition(".")[2] for name in names()} == ({"fifo"} if end == "update" else set())
