"""CloudFormation through a real client: suites find their URLs in stacks, tools deploy by change sets."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests import sdk

QUEUE = "Resources: {Q: {Type: AWS::SQS::Queue}}\nOutputs: {Url: {Value: !Ref Q, Export: {Name: url}}}\n"
TWO = QUEUE.replace("}}\nOut", "}, P: {Type: AWS::SQS::Queue, DeletionPolicy: Retain}}\nOut")


def test_a_stack_is_there_when_waiting_ends(cloudformation: Any) -> None:
    """A suite creates a stack, waits, and reads what came of it."""
    created = cloudformation.create_stack(StackName="shop", TemplateBody=QUEUE, Tags=[{"Key": "a", "Value": "b"}])
    cloudformation.get_waiter("stack_create_complete").wait(StackName="shop")

    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    (resource,) = cloudformation.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    assert (stack["StackId"], stack["StackStatus"]) == (created["StackId"], "CREATE_COMPLETE")
    assert stack["Tags"] == [{"Key": "a", "Value": "b"}]
    assert stack["Outputs"] == [
        {"OutputKey": "Url", "OutputValue": resource["PhysicalResourceId"], "ExportName": "url"}
    ]
    assert cloudformation.describe_stacks(StackName=created["StackId"])["Stacks"] == [stack]
    assert cloudformation.list_exports()["Exports"][0]["Value"] == resource["PhysicalResourceId"]


def test_cdk_deploys_by_a_change_set(cloudformation: Any) -> None:
    """With everything that its command line says besides; what has no effect is told by the trace."""
    cloudformation.create_change_set(
        StackName="shop",
        ChangeSetName="cdk-deploy",
        ChangeSetType="CREATE",
        TemplateBody=QUEUE,
        Description="CDK Changeset",
        ClientToken="create-5f1e",
        ImportExistingResources=True,
        IncludeNestedStacks=True,
        NotificationARNs=[],
        RoleARN="arn:aws:iam::000000000000:role/cdk-hnb659fds-cfn-exec-role",
        Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
    )
    described = cloudformation.describe_change_set(
        StackName="shop", ChangeSetName="cdk-deploy", IncludePropertyValues=True
    )
    cloudformation.execute_change_set(StackName="shop", ChangeSetName="cdk-deploy", ClientRequestToken="exec-5f1e")

    assert [change["ResourceChange"]["Action"] for change in described["Changes"]] == ["Add"]
    assert cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"


def test_sam_deploys_by_a_change_set(cloudformation: Any) -> None:
    """It looks for the last event of the stack before it carries anything out, and needs no trust in macros."""
    change = {"StackName": "shop", "ChangeSetName": "samcli-deploy"}
    cloudformation.create_change_set(
        **change, ChangeSetType="CREATE", TemplateBody="Transform: AWS::Serverless-2016-10-31\n" + QUEUE
    )

    (event,) = cloudformation.describe_stack_events(StackName="shop")["StackEvents"]
    assert (event["ResourceStatus"], event["ResourceStatusReason"]) == ("REVIEW_IN_PROGRESS", "User Initiated")
    cloudformation.execute_change_set(**change)
    told = [(each["LogicalResourceId"], each["ResourceStatus"]) for each in events(cloudformation, "shop")]
    assert told == [
        ("shop", "REVIEW_IN_PROGRESS"),
        ("shop", "CREATE_IN_PROGRESS"),
        ("Q", "CREATE_IN_PROGRESS"),
        ("Q", "CREATE_IN_PROGRESS"),
        ("Q", "CREATE_COMPLETE"),
        ("shop", "CREATE_COMPLETE"),
    ]


def events(cloudformation: Any, stack: str) -> list[Any]:
    """Return the events of a stack, oldest first."""
    return list(reversed(cloudformation.describe_stack_events(StackName=stack)["StackEvents"]))


def test_every_event_has_an_id_of_its_own(cloudformation: Any) -> None:
    """Tools tell by it what they have shown already."""
    cloudformation.create_stack(StackName="shop", TemplateBody=TWO)
    cloudformation.update_stack(StackName="shop", TemplateBody=QUEUE.replace("SQS::Queue}", "SNS::Topic}"))

    identifiers = [event["EventId"] for event in events(cloudformation, "shop")]
    assert len(set(identifiers)) == len(identifiers)


def test_a_stack_of_an_old_name_makes_resources_of_new_names(cloudformation: Any) -> None:
    """What the old one retained is not in its way."""
    for _ in range(2):
        cloudformation.create_stack(StackName="shop", TemplateBody=TWO)
        cloudformation.delete_stack(StackName="shop")

    assert len(sdk.client("sqs").list_queues()["QueueUrls"]) == 2


def test_a_deployed_template_is_a_stack(world: SyncSimulation, cloudformation: Any) -> None:
    """What Python deploys, clients find; a resource is found by what it is called, too."""
    deployed = world.deploy("queue_batch/template.yaml", stack="sim")

    told = cloudformation.describe_stack_resource(StackName="sim", LogicalResourceId="Jobs")["StackResourceDetail"]
    found = cloudformation.describe_stack_resources(PhysicalResourceId=deployed["Jobs"])["StackResources"]
    assert told["PhysicalResourceId"] == deployed["Jobs"]
    assert {each["StackName"] for each in found} == {"sim"}
    events = cloudformation.describe_stack_events(StackName="sim")["StackEvents"]
    assert (events[0]["LogicalResourceId"], events[0]["ResourceStatus"]) == ("sim", "CREATE_COMPLETE")
    assert "ReportBatchItemFailures" in cloudformation.get_template(StackName="sim")["TemplateBody"]
    processed = cloudformation.get_template(StackName="sim", TemplateStage="Processed")["TemplateBody"]
    assert processed["Resources"]["WorkerJobs"]["Type"] == "AWS::Lambda::EventSourceMapping"


def test_an_update_makes_what_is_new_and_deletes_what_is_gone(world: SyncSimulation, cloudformation: Any) -> None:
    """What is retained stays in the world."""
    cloudformation.create_stack(StackName="shop", TemplateBody=TWO)

    cloudformation.update_stack(
        StackName="shop", TemplateBody=QUEUE.replace("Resources: {", "Resources: {R: {Type: AWS::SNS::Topic}, ")
    )
    cloudformation.get_waiter("stack_update_complete").wait(StackName="shop")

    names = {
        each["LogicalResourceId"]
        for each in cloudformation.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    }
    assert names == {"Q", "R"}
    assert len(world.sources("queues")) == 2


def test_a_change_set_tells_and_then_does(cloudformation: Any) -> None:
    """The way of `sam deploy`: a stack in review, its changes, then the stack."""
    made = cloudformation.create_change_set(
        StackName="shop", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=QUEUE
    )
    cloudformation.get_waiter("change_set_create_complete").wait(ChangeSetName=made["Id"])
    review = cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"]
    changes = cloudformation.describe_change_set(ChangeSetName="first", StackName="shop")["Changes"]
    cloudformation.execute_change_set(ChangeSetName=made["Id"])

    assert review == "REVIEW_IN_PROGRESS"
    assert [each["ResourceChange"]["LogicalResourceId"] for each in changes] == ["Q"]
    assert cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    again = cloudformation.create_change_set(StackName="shop", ChangeSetName="again", TemplateBody=QUEUE)
    told = cloudformation.describe_change_set(ChangeSetName=again["Id"])
    assert (told["Status"], told["StatusReason"][:44]) == ("FAILED", "The submitted information didn't contain cha")


def test_a_new_stack_is_what_one_of_its_change_sets_says(cloudformation: Any) -> None:
    """Not what the first one says, with which its review began."""
    other = QUEUE.replace("SQS::Queue", "SNS::Topic")
    for name, body in (("first", QUEUE), ("second", other)):
        cloudformation.create_change_set(
            StackName="shop",
            ChangeSetName=name,
            ChangeSetType="CREATE",
            TemplateBody=body,
            Tags=[{"Key": "by", "Value": name}],
        )

    cloudformation.execute_change_set(ChangeSetName="second", StackName="shop")

    assert cloudformation.get_template(StackName="shop")["TemplateBody"] == other
    assert cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["Tags"] == [{"Key": "by", "Value": "second"}]


def test_a_change_set_says_what_changes_and_how(cloudformation: Any) -> None:
    """Property by property; it has a template of its own, and others are void when one is executed."""
    cloudformation.create_stack(StackName="shop", TemplateBody=QUEUE)
    fifo = QUEUE.replace("SQS::Queue}", "SQS::Queue, Properties: {FifoQueue: true, DelaySeconds: 3}}")
    asked = {"StackName": "shop", "TemplateBody": fifo}
    cloudformation.create_change_set(ChangeSetName="other", **asked)
    cloudformation.create_change_set(ChangeSetName="one", Description="d", Tags=[{"Key": "a", "Value": "b"}], **asked)

    told = cloudformation.describe_change_set(ChangeSetName="one", StackName="shop")
    body = cloudformation.get_template(ChangeSetName="one", StackName="shop")["TemplateBody"]
    with pytest.raises(ClientError, match=r"AlreadyExistsException.*ChangeSet one already exists"):
        cloudformation.create_change_set(ChangeSetName="one", **asked)
    cloudformation.execute_change_set(ChangeSetName="one", StackName="shop")

    change = told["Changes"][0]["ResourceChange"]
    assert (told["Description"], told["Tags"], change["Replacement"]) == ("d", [{"Key": "a", "Value": "b"}], "True")
    assert [(each["Target"].get("Name"), each["Target"]["RequiresRecreation"]) for each in change["Details"]] == [
        ("DelaySeconds", "Never"),
        ("FifoQueue", "Always"),
        (None, "Never"),
    ]
    assert change["Scope"] == ["Properties", "Tags"]
    assert body == fifo
    listed = cloudformation.list_change_sets(StackName="shop")["Summaries"]
    assert [(each["ChangeSetName"], each["ExecutionStatus"]) for each in listed] == [("one", "EXECUTE_COMPLETE")]


SIZED = """
Parameters: {{Delay: {{Type: Number, Default: {delay}}}}}
Resources:
  Q: {{Type: AWS::SQS::Queue, Properties: {{DelaySeconds: !Ref Delay{more}}}}}
  P: {{Type: AWS::SQS::Queue, DeletionPolicy: Retain}}
"""


def test_a_change_set_says_what_for_and_with_what_values(cloudformation: Any) -> None:
    """A parameter is the cause of what it changes; values are told to those who ask for them."""
    cloudformation.create_stack(StackName="shop", TemplateBody=SIZED.format(delay=1, more=""))
    body = SIZED.format(delay=2, more=", FifoQueue: true").partition("  P:")[0] + (
        "  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !GetAtt Q.QueueName}}\n"
    )
    cloudformation.create_change_set(StackName="shop", ChangeSetName="one", TemplateBody=body)

    def changes(**asked: bool) -> dict[str, Any]:
        told = cloudformation.describe_change_set(StackName="shop", ChangeSetName="one", **asked)["Changes"]
        return {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in told}

    told, whole = changes(), changes(IncludePropertyValues=True)
    new = {"Action": "Add", "LogicalResourceId": "T", "ResourceType": "AWS::SNS::Topic", "Scope": [], "Details": []}
    assert told["T"] == new
    assert json.loads(whole["T"]["AfterContext"]) == {"Properties": {"DisplayName": "{{changeSet:KNOWN_AFTER_APPLY}}"}}
    assert (told["P"]["PolicyAction"], told["P"]["Details"]) == ("Retain", [])
    assert (told["Q"]["Replacement"], told["Q"]["PolicyAction"]) == ("True", "ReplaceAndDelete")
    assert [(each["ChangeSource"], each["Evaluation"], each.get("CausingEntity")) for each in told["Q"]["Details"]] == [
        ("ParameterReference", "Static", "Delay"),
        ("DirectModification", "Dynamic", None),
        ("DirectModification", "Static", None),
    ]
    assert whole["Q"]["Details"][0]["Target"] == {
        **told["Q"]["Details"][0]["Target"],
        "Path": "/Properties/DelaySeconds",
        "BeforeValue": "1",
        "AfterValue": "2",
        "AttributeChangeType": "Modify",
    }
    assert json.loads(whole["Q"]["BeforeContext"]) == {"Properties": {"DelaySeconds": "1"}}


FLIPPED = """
Parameters: {Stage: {Type: String, Default: test}}
Conditions: {IsProduction: !Equals [!Ref Stage, production]}
Resources:
  Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !If [IsProduction, 7, 3]}}
  F: {Type: AWS::SQS::Queue, Properties: {FifoQueue: !If [IsProduction, true, !Ref AWS::NoValue]}}
  R: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !GetAtt F.Arn}}
  T: {Type: AWS::SSM::Parameter, Properties: {Type: String, Value: !Sub "${F.QueueName}", Name: !Sub "/${F.QueueName}"}}
Outputs: {Stage: {Value: !If [IsProduction, hot, cold]}}
"""
PRODUCTION = [{"ParameterKey": "Stage", "ParameterValue": "production"}]


def test_a_condition_that_turns_changes_what_it_decides(cloudformation: Any) -> None:
    """Though nothing speaks of the parameter behind it; who refers to a new resource changes with it, or may."""
    cloudformation.create_stack(StackName="shop", TemplateBody=FLIPPED)
    asked = {"StackName": "shop", "UsePreviousTemplate": True, "Parameters": PRODUCTION}
    cloudformation.create_change_set(ChangeSetName="one", **asked)

    changes = [
        each["ResourceChange"]
        for each in cloudformation.describe_change_set(ChangeSetName="one", StackName="shop")["Changes"]
    ]
    told = {each["LogicalResourceId"]: (each["Replacement"], _causes(each)) for each in changes}
    cloudformation.update_stack(**asked)

    assert told == {
        "Q": ("False", [("DelaySeconds", "DirectModification", None)]),
        "F": ("True", [("FifoQueue", "DirectModification", None)]),
        "R": ("False", [("Value", "ResourceAttribute", "F.Arn")]),
        "T": (
            "Conditional",
            [("Name", "ResourceAttribute", "F.QueueName"), ("Value", "ResourceAttribute", "F.QueueName")],
        ),
    }
    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert (stack["StackStatus"], stack["Outputs"][0]["OutputValue"]) == ("UPDATE_COMPLETE", "hot")


def _causes(change: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(each["Target"]["Name"], each["ChangeSource"], each.get("CausingEntity")) for each in change["Details"]]


def test_other_outputs_are_a_change(cloudformation: Any) -> None:
    """Of their values alone, too, whatever makes them others."""
    body = "Parameters: {P: {Type: String, Default: a}}\nResources: {Q: {Type: AWS::SQS::Queue}}\n"
    body += "Outputs: {O: {Value: !Ref P}}\n"
    cloudformation.create_stack(StackName="shop", TemplateBody=body)
    parameters = [{"ParameterKey": "P", "ParameterValue": "b"}]
    asked = {"StackName": "shop", "UsePreviousTemplate": True, "Parameters": parameters}
    cloudformation.create_change_set(ChangeSetName="one", **asked)

    told = cloudformation.describe_change_set(ChangeSetName="one", StackName="shop")
    cloudformation.update_stack(**asked)

    assert (told["Status"], told["Changes"]) == ("CREATE_COMPLETE", [])
    assert cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["Outputs"][0]["OutputValue"] == "b"


def test_other_tags_of_a_stack_change_its_resources(cloudformation: Any) -> None:
    """All that have tags, also buckets, whose tags are one setting."""
    body = "Resources: {B: {Type: AWS::S3::Bucket}, Q: {Type: AWS::SQS::Queue}, P: {Type: AWS::SQS::QueuePolicy, "
    body += "Properties: {Queues: [!Ref Q], PolicyDocument: {Version: 2012-10-17, Statement: []}}}}"
    cloudformation.create_stack(StackName="shop", TemplateBody=body, Tags=[{"Key": "team", "Value": "red"}])
    cloudformation.create_change_set(
        StackName="shop", ChangeSetName="one", TemplateBody=body, Tags=[{"Key": "team", "Value": "blue"}]
    )

    told = cloudformation.describe_change_set(StackName="shop", ChangeSetName="one")["Changes"]
    cloudformation.execute_change_set(StackName="shop", ChangeSetName="one")

    changes = [each["ResourceChange"] for each in told]
    assert [(each["LogicalResourceId"], each["Scope"]) for each in changes] == [("B", ["Tags"]), ("Q", ["Tags"])]
    bucket = cloudformation.describe_stack_resource(StackName="shop", LogicalResourceId="B")["StackResourceDetail"]
    tags = sdk.client("s3").get_bucket_tagging(Bucket=bucket["PhysicalResourceId"])["TagSet"]
    assert tags == [{"Key": "team", "Value": "blue"}]


def test_what_nobody_exports_is_missed_while_a_stack_is_made(cloudformation: Any) -> None:
    """CloudFormation takes the template; the stack's events say what was missing."""
    user = QUEUE.replace("SQS::Queue}", "SQS::Queue, Properties: {DelaySeconds: !ImportValue nobody}}")
    cloudformation.create_stack(StackName="new", TemplateBody=user)
    cloudformation.create_stack(StackName="old", TemplateBody=QUEUE)
    cloudformation.update_stack(StackName="old", TemplateBody=user)

    def history(name: str) -> list[tuple[str, str | None]]:
        events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
        of_stack = [each for each in events if each["ResourceType"] == "AWS::CloudFormation::Stack"]
        return [(each["ResourceStatus"], each.get("ResourceStatusReason")) for each in of_stack]

    assert history("new") == [
        ("ROLLBACK_COMPLETE", None),
        ("ROLLBACK_IN_PROGRESS", "No export named nobody found. Rollback requested by user."),
        ("CREATE_IN_PROGRESS", "User Initiated"),
    ]
    assert history("old")[:3] == [
        ("UPDATE_ROLLBACK_COMPLETE", None),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", None),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "No export named nobody found"),
    ]
    assert cloudformation.describe_stacks(StackName="old")["Stacks"][0]["Outputs"]


def test_a_stack_tells_when_it_came_and_went(cloudformation: Any) -> None:
    """A change set that makes a stack updates it; a stack that was rolled back was deleted."""
    cloudformation.create_change_set(StackName="a", ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=QUEUE)
    cloudformation.execute_change_set(StackName="a", ChangeSetName="c")
    cloudformation.create_stack(
        StackName="b", TemplateBody="Resources: {Q: {Type: AWS::SQS::Queue, Properties: {VisibilityTimeout: -1}}}"
    )

    made, rolled_back = (cloudformation.describe_stacks(StackName=name)["Stacks"][0] for name in "ab")
    assert made["StackStatus"] == "CREATE_COMPLETE"
    assert "LastUpdatedTime" in made
    assert rolled_back["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "DeletionTime" in rolled_back


def test_a_deleted_stack_is_found_by_its_arn_only(world: SyncSimulation, cloudformation: Any) -> None:
    """Its name is free again; its queue is gone."""
    created = cloudformation.create_stack(StackName="shop", TemplateBody=QUEUE)

    cloudformation.delete_stack(StackName="shop")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="shop")

    assert cloudformation.describe_stacks(StackName=created["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert list(world.sources("queues")) == []
    assert cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"][0]["StackName"] == "shop"
    cloudformation.create_stack(StackName="shop", TemplateBody=QUEUE)


def test_what_a_resource_refuses_rolls_the_stack_back(world: SyncSimulation, cloudformation: Any) -> None:
    """As on AWS the request succeeds, and the status tells of it."""
    refused = "{Type: AWS::SQS::Queue, DependsOn: A, Properties: {DelaySeconds: -1}}"
    body = f"Resources: {{A: {{Type: AWS::SQS::Queue}}, B: {refused}}}"

    cloudformation.create_stack(StackName="shop", TemplateBody=body)

    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert list(world.sources("queues")) == []
    told = [(each["ResourceStatus"], each["LogicalResourceId"]) for each in events(cloudformation, "shop")]
    assert told[-7:] == [
        ("CREATE_IN_PROGRESS", "B"),
        ("CREATE_FAILED", "B"),
        ("ROLLBACK_IN_PROGRESS", "shop"),
        ("DELETE_COMPLETE", "B"),
        ("DELETE_IN_PROGRESS", "A"),
        ("DELETE_COMPLETE", "A"),
        ("ROLLBACK_COMPLETE", "shop"),
    ]
    reasons = {each["ResourceStatus"]: each.get("ResourceStatusReason", "") for each in events(cloudformation, "shop")}
    assert "DelaySeconds" in reasons["CREATE_FAILED"]
    assert (
        reasons["ROLLBACK_IN_PROGRESS"]
        == "The following resource(s) failed to create: [B]. Rollback requested by user."
    )


def valued(name: str, value: str) -> dict[str, str]:
    """Return a parameter as a request has it."""
    return {"ParameterKey": name, "ParameterValue": value}


@pytest.mark.parametrize(
    ("about", "value", "message"),
    [
        ("AllowedValues: [a, b]", "c", "Parameter 'P' must be one of AllowedValues"),
        ('AllowedPattern: "[a-z]+"', "1", r"Parameter 'P' must match pattern \[a-z\]\+"),
        ("MinLength: 2, MaxLength: 3", "1", "Parameter 'P' must contain at least 2 and at most 3 characters"),
        ("Type: Number, MinValue: 5", "4", "Parameter 'P' must be a number not less than 5"),
        ("Type: Number", "x", "Parameter 'P' must be a number"),
        (
            "MinLength: 2, ConstraintDescription: too short",
            "1",
            "Parameter 'P' failed to satisfy constraint: too short",
        ),
    ],
)
def test_a_value_that_does_not_suit_is_refused(cloudformation: Any, about: str, value: str, message: str) -> None:
    """Before anything is made, in CloudFormation's words."""
    kind = "" if "Type" in about else "Type: String, "
    body = QUEUE + f"Parameters: {{P: {{{kind}{about}}}}}"

    with pytest.raises(ClientError, match=message):
        cloudformation.create_stack(StackName="s", TemplateBody=body, Parameters=[valued("P", value)])

    assert cloudformation.describe_stacks()["Stacks"] == []


UNRECOGNISED = (
    "Resources: {A: {Type: AWS::SQS::Queu}, B: {Type: AWS::SNS::Topik}, C: {Type: AWS::SQS::Queu}}\n"
    "Outputs: {O: {Value: !Ref Nobody}}"
)

REFUSALS: dict[str, tuple[Callable[[Any], Any], str]] = {
    "no such stack": (lambda c: c.describe_stacks(StackName="x"), "Stack with id x does not exist"),
    "a name that is taken": (
        lambda c: [c.create_stack(StackName="s", TemplateBody=QUEUE) for _ in range(2)],
        r"AlreadyExistsException.*Stack \[s\] already exists",
    ),
    "a template that is none": (lambda c: c.create_stack(StackName="s", TemplateBody="x"), "Template format error"),
    "a reference to nothing": (
        lambda c: c.create_stack(StackName="s", TemplateBody=QUEUE.replace("!Ref Q", "!Ref X")),
        r"Unresolved resource dependencies \[X\] in the Outputs block of the template",
    ),
    "types that there are not": (
        lambda c: c.create_stack(StackName="s", TemplateBody=UNRECOGNISED),
        r"ValidationError.*Template format error: Unrecognized resource types: \[AWS::SQS::Queu, AWS::SNS::Topik\]",
    ),
    "types that there are not, when asked": (
        lambda c: c.validate_template(TemplateBody=UNRECOGNISED),
        r"ValidationError.*Template format error: Unrecognized resource types: \[AWS::SQS::Queu, AWS::SNS::Topik\]",
    ),
    "types of services that there are not": (
        lambda c: c.create_stack(StackName="s", TemplateBody="Resources: {A: {Type: AWS::Lamda::Function}}"),
        r"ValidationError.*Template format error: Unrecognized resource types: \[AWS::Lamda::Function\]",
    ),
    "types of services that there are not, in a change set": (
        lambda c: c.create_change_set(
            StackName="s",
            ChangeSetName="c",
            ChangeSetType="CREATE",
            TemplateBody="Resources: {A: {Type: AWS::Foo::Bar}}",
        ),
        r"ValidationError.*Template format error: Unrecognized resource types: \[AWS::Foo::Bar\]",
    ),
    "types of services that there are not, when asked": (
        lambda c: c.validate_template(TemplateBody="Resources: {A: {Type: AWS::Foo::Bar}}"),
        r"ValidationError.*Template format error: Unrecognized resource types: \[AWS::Foo::Bar\]",
    ),
    "a parameter without a value": (
        lambda c: c.create_stack(StackName="s", TemplateBody=QUEUE + "Parameters: {P: {Type: String}}"),
        r"Parameters: \[P\] must have values",
    ),
    "a parameter that there is not": (
        lambda c: c.create_stack(StackName="s", TemplateBody=QUEUE, Parameters=[valued("Z", "1")]),
        r"Parameters: \[Z\] do not exist in the template",
    ),
    "a protected stack": (
        lambda c: [
            c.create_stack(StackName="s", TemplateBody=QUEUE, EnableTerminationProtection=True),
            c.delete_stack(StackName="s"),
        ],
        r"Stack \[s\] cannot be deleted while TerminationProtection is enabled",
    ),
    "a lacking capability": (
        lambda c: c.create_stack(StackName="s", TemplateBody="Resources: {R: {Type: AWS::IAM::Role}}"),
        r"Requires capabilities : \[CAPABILITY_IAM\]",
    ),
    "a lacking capability for a name": (
        lambda c: c.create_stack(
            StackName="s",
            TemplateBody="Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: r}}}",
            Capabilities=["CAPABILITY_IAM"],
        ),
        r"Requires capabilities : \[CAPABILITY_NAMED_IAM\]",
    ),
    "a lacking trust in macros": (
        lambda c: c.create_stack(StackName="s", TemplateBody="Transform: AWS::Serverless-2016-10-31\n" + QUEUE),
        r"Requires capabilities : \[CAPABILITY_AUTO_EXPAND\]",
    ),
    "nothing to update": (
        lambda c: [
            c.create_stack(StackName="s", TemplateBody=QUEUE),
            c.update_stack(StackName="s", TemplateBody=QUEUE),
        ],
        r"No updates are to be performed\.",
    ),
    "a change set of no stack": (
        lambda c: c.delete_change_set(ChangeSetName="x"),
        "StackName must be specified if ChangeSetName is not specified as an ARN.",
    ),
    "a change set of a stack that there is not": (
        lambda c: c.delete_change_set(ChangeSetName="x", StackName="s"),
        r"Stack \[s\] does not exist",
    ),
    "a policy that is none": (
        lambda c: [
            c.create_stack(StackName="s", TemplateBody=QUEUE),
            c.set_stack_policy(StackName="s", StackPolicyBody="x"),
        ],
        "Error validating stack policy: Invalid stack policy",
    ),
    "no such change set": (
        lambda c: c.describe_change_set(ChangeSetName="x", StackName="s"),
        r"ChangeSet \[x\] does not exist",
    ),
    "a value that there was not": (
        lambda c: [
            c.create_stack(StackName="s", TemplateBody=QUEUE),
            c.update_stack(
                StackName="s",
                TemplateBody="Parameters: {P: {Type: String, Default: a}}\n" + QUEUE,
                Parameters=[{"ParameterKey": "P", "UsePreviousValue": True}],
            ),
        ],
        "Invalid input for parameter key P. Cannot specify usePreviousValue as true for a parameter key not in the "
        "previous template",
    ),
    "what is there already": (
        lambda c: c.create_change_set(StackName="s", ChangeSetName="c", ChangeSetType="IMPORT", TemplateBody=QUEUE),
        "a change set of the type IMPORT is not simulated",
    ),
}


@pytest.mark.parametrize(("ask", "message"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_in_aws_words(cloudformation: Any, ask: Callable[[Any], Any], message: str) -> None:
    """Or in ours, where the simulation does not go as far."""
    with pytest.raises(ClientError, match=message):
        ask(cloudformation)


def test_a_template_is_summed_up_without_being_deployed(world: SyncSimulation, cloudformation: Any) -> None:
    """Parameters, types and capabilities, as tools ask for them first."""
    body = "Transform: AWS::Serverless-2016-10-31\nParameters: {P: {Type: Number, Default: 3}}\n" + QUEUE

    summary = cloudformation.get_template_summary(TemplateBody=body)

    assert summary["Parameters"][0]["DefaultValue"] == "3"
    assert summary["ResourceTypes"] == ["AWS::SQS::Queue"]
    assert summary["ResourceIdentifierSummaries"] == [
        {"ResourceType": "AWS::SQS::Queue", "LogicalResourceIds": ["Q"], "ResourceIdentifiers": ["QueueUrl"]}
    ]
    assert cloudformation.validate_template(TemplateBody=body)["Capabilities"] == ["CAPABILITY_AUTO_EXPAND"]
    assert cloudformation.describe_stacks()["Stacks"] == []


def test_a_summary_tells_of_types_that_there_are(cloudformation: Any) -> None:
    """A resource that a macro is still to make something of has none yet."""
    body = "Transform: Completing\nResources: {Q: {Type: AWS::SQS::Queue}, Bare: {Properties: {}}}"

    summary = cloudformation.get_template_summary(TemplateBody=body)

    assert summary["ResourceTypes"] == ["AWS::SQS::Queue"]


def test_an_account_has_limits(cloudformation: Any) -> None:
    """Those that it has unless it asks for more."""
    limits = cloudformation.describe_account_limits()["AccountLimits"]

    assert {each["Name"]: each["Value"] for each in limits} == {
        "ConcurrentResourcesLimit": 2500,
        "StackLimit": 2000,
        "StackOutputsLimit": 200,
    }


def test_a_summary_says_what_is_wanted_and_why(cloudformation: Any) -> None:
    """Permissions by the types that want them; which values a parameter takes; version and metadata."""
    body = (
        "AWSTemplateFormatVersion: 2010-09-09\nMetadata: {A: b}\n"
        "Parameters: {P: {Type: String, AllowedValues: [x, y]}}\n"
        "Resources: {R: {Type: AWS::IAM::Role, Properties: {RoleName: r}}}"
    )

    told = cloudformation.get_template_summary(TemplateBody=body)

    assert (told["Version"], told["Metadata"]) == ("2010-09-09", '{"A": "b"}')
    assert told["Capabilities"] == ["CAPABILITY_NAMED_IAM"]
    assert told["CapabilitiesReason"] == "The following resource(s) require capabilities: [AWS::IAM::Role]"
    assert told["Parameters"][0]["ParameterConstraints"] == {"AllowedValues": ["x", "y"]}
    assert cloudformation.estimate_template_cost(TemplateBody=body)["Url"].startswith("http://calculator.s3")
    with pytest.raises(ClientError, match=r"Invalid template property or properties \[Exports\]"):
        cloudformation.validate_template(TemplateBody=QUEUE + "Exports: {}")


def test_a_stack_tells_what_its_request_said(cloudformation: Any) -> None:
    """Though nobody is notified, no role is taken and no policy obeyed."""
    topic, role = "arn:aws:sns:us-east-1:000000000000:t", "arn:aws:iam::000000000000:role/r"
    joined = "Outputs: {Topics: {Value: !Join [',', !Ref 'AWS::NotificationARNs']}, "
    body = QUEUE.replace("Outputs: {", joined)
    said = {"NotificationARNs": [topic], "RoleARN": role, "TimeoutInMinutes": 5, "Capabilities": ["CAPABILITY_IAM"]}
    cloudformation.create_stack(StackName="shop", TemplateBody=body, **said)
    cloudformation.set_stack_policy(StackName="shop", StackPolicyBody='{"Statement": []}')

    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]

    assert {name: stack[name] for name in said} == said
    assert {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}["Topics"] == topic
    assert cloudformation.get_stack_policy(StackName="shop")["StackPolicyBody"] == '{"Statement": []}'
    with pytest.raises(ClientError, match="CancelUpdateStack cannot be called from current stack status"):
        cloudformation.cancel_update_stack(StackName="shop")


def test_a_parameter_that_the_store_has_not_is_refused(cloudformation: Any) -> None:
    """Once it is there, the stack has its value, and tells both."""
    body = QUEUE + "Parameters: {P: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /shop/size}}\n"

    with pytest.raises(ClientError, match=r"Unable to fetch parameters \[/shop/size\] from parameter store"):
        cloudformation.create_stack(StackName="shop", TemplateBody=body)
    sdk.client("ssm").put_parameter(Name="/shop/size", Type="String", Value="xl")
    cloudformation.create_stack(StackName="shop", TemplateBody=body)

    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "/shop/size", "ResolvedValue": "xl"}]


BUS = """
Resources:
  Bus: {Type: AWS::Events::EventBus, Properties: {Name: central}}
  Everybody:
    Type: AWS::Events::EventBusPolicy
    Properties: {EventBusName: !Ref Bus, StatementId: all, Action: "events:PutEvents", Principal: "*"}
  One:
    Type: AWS::Events::EventBusPolicy
    Properties:
      EventBusName: !Ref Bus
      StatementId: one
      Statement:
        Effect: Allow
        Principal: {AWS: "111122223333"}
        Action: events:PutEvents
        Resource: !GetAtt Bus.Arn
"""


def test_a_bus_gets_its_policy_statement_by_statement(world: SyncSimulation, cloudformation: Any) -> None:
    """A statement that is no longer in the template is taken out of the policy."""
    events = sdk.client("events")
    cloudformation.create_stack(StackName="buses", TemplateBody=BUS)
    before = events.describe_event_bus(Name="central")["Policy"]

    cloudformation.update_stack(StackName="buses", TemplateBody=BUS.partition("  One:")[0])
    world.until_idle()

    after = events.describe_event_bus(Name="central")["Policy"]
    assert [each["Sid"] for each in json.loads(before)["Statement"]] == ["all", "one"]
    assert [each["Sid"] for each in json.loads(after)["Statement"]] == ["all"]


# --- failures --------------------------------------------------------------------------------------

FAILING = """
Resources:
  Q: {Type: AWS::SQS::Queue, DeletionPolicy: RetainExceptOnCreate}
  Bad: {Type: AWS::SQS::Queue, DependsOn: Q, Properties: {DelaySeconds: 901}}
"""


def status_of(cloudformation: Any, stack: str) -> str:
    """Return the status of a stack."""
    status: str = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
    return status


@pytest.mark.parametrize(
    ("wish", "status", "left"),
    [
        ({}, "ROLLBACK_COMPLETE", 0),
        ({"OnFailure": "ROLLBACK"}, "ROLLBACK_COMPLETE", 0),
        ({"OnFailure": "DO_NOTHING"}, "CREATE_FAILED", 1),
        ({"DisableRollback": True}, "CREATE_FAILED", 1),
        ({"OnFailure": "DELETE"}, "DELETE_COMPLETE", 0),
    ],
)
def test_a_new_stack_that_fails_ends_as_was_wished(cloudformation: Any, wish: Any, status: str, left: int) -> None:
    """Rolled back, left as far as it came, or deleted."""
    created = cloudformation.create_stack(StackName="shop", TemplateBody=FAILING, **wish)

    assert status_of(cloudformation, created["StackId"]) == status
    assert len(sdk.client("sqs").list_queues().get("QueueUrls", ())) == left


def test_a_failed_change_may_stay_and_be_tried_again(cloudformation: Any) -> None:
    """With another template, or the same."""
    cloudformation.create_stack(StackName="shop", TemplateBody=QUEUE)

    cloudformation.update_stack(StackName="shop", TemplateBody=FAILING, DisableRollback=True)
    first = status_of(cloudformation, "shop")
    cloudformation.update_stack(StackName="shop", TemplateBody=FAILING)
    second = status_of(cloudformation, "shop")
    cloudformation.update_stack(StackName="shop", TemplateBody=FAILING.replace("901", "900"))

    assert (first, second, status_of(cloudformation, "shop")) == (
        "UPDATE_FAILED",
        "UPDATE_ROLLBACK_COMPLETE",
        "UPDATE_COMPLETE",
    )


def test_a_stack_that_was_rolled_back_can_only_be_deleted(cloudformation: Any) -> None:
    """Tools delete it before they deploy again."""
    cloudformation.create_stack(StackName="shop", TemplateBody=FAILING)

    with pytest.raises(ClientError, match=r"is in ROLLBACK_COMPLETE state and can not be updated\."):
        cloudformation.update_stack(StackName="shop", TemplateBody=QUEUE)
    cloudformation.delete_stack(StackName="shop")
    cloudformation.create_stack(StackName="shop", TemplateBody=QUEUE)
    assert status_of(cloudformation, "shop") == "CREATE_COMPLETE"


def test_a_protected_stack_is_not_deleted(cloudformation: Any) -> None:
    """Until somebody takes its protection away."""
    cloudformation.create_stack(StackName="shop", TemplateBody=QUEUE, EnableTerminationProtection=True)

    with pytest.raises(ClientError, match=r"Stack \[shop\] cannot be deleted while TerminationProtection is enabled"):
        cloudformation.delete_stack(StackName="shop")
    assert cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["EnableTerminationProtection"]

    cloudformation.update_termination_protection(StackName="shop", EnableTerminationProtection=False)
    cloudformation.delete_stack(StackName="shop")
    assert cloudformation.describe_stacks()["Stacks"] == []


# --- pages -----------------------------------------------------------------------------------------


def test_lists_come_in_pages(cloudformation: Any) -> None:
    """A hundred at a time, newest events first; paginators of clients go through all of them."""
    queues = {f"Q{number:03}": {"Type": "AWS::SQS::Queue"} for number in range(120)}
    outputs = {f"O{number:03}": {"Value": "v", "Export": {"Name": f"e{number:03}"}} for number in range(120)}
    cloudformation.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": queues, "Outputs": outputs}))

    def pages(operation: str, member: str, **asked: str) -> list[int]:
        return [len(each[member]) for each in cloudformation.get_paginator(operation).paginate(**asked)]

    assert pages("list_stack_resources", "StackResourceSummaries", StackName="shop") == [100, 20]
    assert pages("list_exports", "Exports") == [100, 20]
    assert pages("describe_stack_events", "StackEvents", StackName="shop") == [100, 100, 100, 62]
    told = list(cloudformation.get_paginator("describe_stack_events").paginate(StackName="shop").search("StackEvents"))
    assert (told[0]["ResourceStatus"], told[-1]["ResourceStatus"]) == ("CREATE_COMPLETE", "CREATE_IN_PROGRESS")
    with pytest.raises(ClientError, match="Token is invalid"):
        cloudformation.list_exports(NextToken="x")


@pytest.mark.parametrize(
    ("operation", "more", "message"),
    [
        ("describe_stacks", {}, "Stack with id x does not exist"),
        ("describe_stack_events", {}, r"Stack \[x\] does not exist"),
        ("describe_stack_resource", {"LogicalResourceId": "Q"}, "Stack 'x' does not exist"),
        ("describe_stack_resources", {}, "Stack with id x does not exist"),
        ("get_template", {}, "Stack with id x does not exist"),
        ("update_stack", {"TemplateBody": QUEUE}, r"Stack \[x\] does not exist"),
        ("list_change_sets", {}, r"Stack \[x\] does not exist"),
    ],
)
def test_a_stack_that_is_not_there_is_told_of_in_many_ways(
    cloudformation: Any, operation: str, more: dict[str, str], message: str
) -> None:
    """Suites look for the words."""
    with pytest.raises(ClientError, match=message):
        getattr(cloudformation, operation)(StackName="x", **more)


def test_a_resource_that_a_stack_has_not_is_told_of(cloudformation: Any) -> None:
    """By both operations that ask for one."""
    cloudformation.create_stack(StackName="shop", TemplateBody=QUEUE)

    for ask in (cloudformation.describe_stack_resource, cloudformation.describe_stack_resources):
        with pytest.raises(ClientError, match="Resource X does not exist for stack shop"):
            ask(StackName="shop", LogicalResourceId="X")


# --- what is no template ---------------------------------------------------------------------------

RULED = """
Parameters: {Stage: {Type: String}, Size: {Type: String, Default: s}}
Rules:
  Large:
    RuleCondition: !Equals [!Ref Stage, prod]
    Assertions:
      - {Assert: !Contains [[l, xl], !Ref Size], AssertDescription: production is large}
"""
UNSOUND = {
    "no structure": ("x", "Template format error: unsupported structure."),
    "no YAML": ("Resources: {Q: [", "Template format error: YAML not well-formed. (line 1, column 17)"),
    "no JSON": ('{"Resources": {', "Template format error: JSON not well-formed. (line 1, column 16)"),
    "no resources": ("Outputs: {}", "Template format error: At least one Resources member must be defined."),
    "another version": (
        QUEUE + "AWSTemplateFormatVersion: 2011-01-01",
        "Template format error: unsupported value for AWSTemplateFormatVersion.",
    ),
    "a section that there is not": (QUEUE + "Exports: {}", "Invalid template property or properties [Exports]"),
    "a member that there is not": (
        "Resources: {Q: {Type: AWS::SQS::Queue, DeletePolicy: Retain}}",
        "Invalid template resource property 'DeletePolicy'",
    ),
    "a version of what is not custom": (
        "Resources: {Q: {Type: AWS::SQS::Queue, Version: 1.0}}",
        "Invalid template resource property 'Version'",
    ),
    "a name with a dash": (
        "Resources: {my-q: {Type: AWS::SQS::Queue}}",
        "Template format error: Resource name my-q is non alphanumeric.",
    ),
    "a resource without a type": (
        "Resources: {Q: {Properties: {}}}",
        "Template format error: [/Resources/Q] Every Resources object must contain a Type member.",
    ),
    "a parameter without a type": (
        QUEUE + "Parameters: {P: {Default: 1}}",
        "Template format error: Every Parameters object must contain a Type member.",
    ),
    "a parameter whose default is a list": (
        QUEUE + "Parameters: {P: {Type: String, Default: [1]}}",
        "Template format error: Every Default member must be a string.",
    ),
    "conditions that are a list": (QUEUE + "Conditions: [1]", "Template format error: Conditions must be a map."),
    "an export that is a name": (
        QUEUE.replace("{Name: url}", "url"),
        "Template format error: Export of Url must be a map.",
    ),
    "parameters that are a text": (QUEUE + "Parameters: none", "Template format error: Parameters must be a map."),
    "a condition that there is not": (
        "Resources: {Q: {Type: AWS::SQS::Queue, Condition: Prod}}",
        "Template format error: Unresolved condition dependency Prod in the Resources block of the template",
    ),
    "a condition over a resource": (
        QUEUE + "Conditions: {C: !Equals [!Ref Q, x]}",
        "Template format error: Unresolved dependencies [Q]. Cannot reference resources in the Conditions block of the "
        "template",
    ),
    "an attribute of nothing": (
        QUEUE.replace("!Ref Q", "!GetAtt X.Arn"),
        "Template error: instance of Fn::GetAtt references undefined resource X",
    ),
    "an attribute that there is not": (
        QUEUE.replace("!Ref Q", "!GetAtt Q.Colour"),
        "Template error: resource Q does not support attribute type Colour in Fn::GetAtt",
    ),
    "a circle": (
        "Resources: {A: {Type: AWS::SQS::Queue, DependsOn: B}, B: {Type: AWS::SQS::Queue, DependsOn: A}}",
        "Circular dependency between resources: [A, B]",
    ),
    "a key that there is not": (
        "Mappings: {M: {a: {b: c}}}\n" + QUEUE.replace("!Ref Q", "!FindInMap [M, a, x]"),
        "Template error: Unable to get mapping for M::a::x",
    ),
    "an element that there is not": (
        QUEUE.replace("!Ref Q", "!Select [5, [a, b]]"),
        "Template error: Fn::Select cannot select nonexistent value at index 5",
    ),
    "a resource that is a text": (
        "Resources: {Q: AWS::SQS::Queue}",
        "Template format error: [/Resources/Q] resource definition is malformed",
    ),
    "a policy that there is not": (
        "Resources: {Q: {Type: AWS::SQS::Queue, DeletionPolicy: Keep}}",
        "Template format error: Unrecognized DeletionPolicy Keep for resource Q",
    ),
    "a parameter of a type that there is not": (
        QUEUE + "Parameters: {P: {Type: Text, Default: a}}",
        "Template format error: Unrecognized parameter type: Text",
    ),
    "a parameter with a dash": (
        QUEUE + "Parameters: {my-p: {Type: String, Default: a}}",
        "Template format error: Parameter name my-p is non alphanumeric.",
    ),
    "a default that does not suit": (
        QUEUE + "Parameters: {P: {Type: String, Default: a, AllowedValues: [b]}}",
        "Parameter 'P' must be one of AllowedValues",
    ),
    "a long description": (
        QUEUE + f"Description: {'d' * 1025}",
        "Template format error: 'Description' length is greater than 1024.",
    ),
    "an output without a value": (
        QUEUE.replace("Value: ", "Values: "),
        "Template format error: Every Outputs member must contain a Value object",
    ),
    "a function that there is not": (
        QUEUE.replace("!Ref Q", "{'Fn::Upper': a}"),
        "Template error: Encountered unsupported function: Fn::Upper Supported functions are: [Fn::Base64, "
        "Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, Fn::Select, Ref, Fn::Equals, "
        "Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, Fn::EachMemberIn, "
        "Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr]",
    ),
    "a macro without a name": ("Transform: [[]]\n" + QUEUE, "Template format error: Transform must name macros."),
    "a parameter that allows a function": (
        "Parameters: {P: {Type: String, AllowedValues: [!Sub a]}}\n" + QUEUE,
        "Template format error: Every AllowedValues member must be a list of strings.",
    ),
    "a resource that waits for itself": (
        "Resources: {Q: {Type: AWS::SQS::Queue, DependsOn: Q}}",
        "Circular dependency between resources: [Q]",
    ),
    "an output that is a list": (
        QUEUE.replace("!Ref Q", "[a]"),
        "Template format error: The Value field of every Outputs member must evaluate to a String.",
    ),
}


@pytest.mark.parametrize(("text", "message"), UNSOUND.values(), ids=UNSOUND)
def test_what_is_no_template_is_refused_in_aws_words(cloudformation: Any, text: str, message: str) -> None:
    """To the letter: suites compare them. Who deploys from Python gets file and line besides."""
    with pytest.raises(ClientError) as refused:
        cloudformation.create_stack(StackName="s", TemplateBody=text)

    told = refused.value.response["Error"]
    assert (told["Code"], told["Message"]) == ("ValidationError", message)


def test_members_of_other_tools_are_left_to_sam(cloudformation: Any) -> None:
    """It makes its resources anew, and leaves out what it does not know; nobody else does."""
    body = "Transform: AWS::Serverless-2016-10-31\nResources: {{T: {{Type: {}, ArcMetadata: {{name: x}}}}}}"
    able = {"Capabilities": ["CAPABILITY_AUTO_EXPAND"]}

    cloudformation.create_stack(StackName="s", TemplateBody=body.format("AWS::Serverless::SimpleTable"), **able)

    assert status_of(cloudformation, "s") == "CREATE_COMPLETE"
    with pytest.raises(ClientError, match="Invalid template resource property 'ArcMetadata'"):
        cloudformation.create_stack(StackName="t", TemplateBody=body.format("AWS::SQS::Queue"), **able)


def test_rules_are_kept(cloudformation: Any) -> None:
    """They say which parameters go together, before anything is made."""
    production = valued("Stage", "prod")

    with pytest.raises(ClientError, match="production is large"):
        cloudformation.create_stack(StackName="s", TemplateBody=RULED + QUEUE, Parameters=[production])
    cloudformation.create_stack(
        StackName="s", TemplateBody=RULED + QUEUE, Parameters=[production, valued("Size", "xl")]
    )
    cloudformation.create_stack(
        StackName="t", TemplateBody=RULED + QUEUE.partition("Outputs")[0], Parameters=[valued("Stage", "test")]
    )

    assert {status_of(cloudformation, each) for each in "st"} == {"CREATE_COMPLETE"}


@pytest.mark.parametrize("rule", ["x", "[]", "{Assertions: x}", "{Assertions: {Ref: x}}", "{Assertions: [x]}"])
def test_what_is_no_rule_is_refused(cloudformation: Any, rule: str) -> None:
    """Whatever it is instead."""
    with pytest.raises(ClientError, match=r"ValidationError.*a rule is a mapping with `Assertions`"):
        cloudformation.create_stack(StackName="s", TemplateBody=f"Rules: {{R: {rule}}}\n{QUEUE}")


KAFKA = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Fn:
    Type: AWS::Serverless::Function
    Properties:
      InlineCode: "def handler(e, c): pass"
      Handler: index.handler
      Runtime: python3.12
      Events:
        Own:
          Type: SelfManagedKafka
          Properties:
            KafkaBootstrapServers: [a.example.com:9092]
            SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:1:secret:x"}]
            Topics: [orders]
        Msk:
          Type: MSK
          Properties: {StartingPosition: LATEST, Stream: "arn:aws:kafka:us-east-1:123456789012:cluster/c", Topics: [t1]}
        Mq:
          Type: MQ
          Properties:
            Broker: arn:aws:mq:us-east-1:123456789012:broker:b:b-1
            Queues: [q]
            SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:1:secret:x"}]
        Changes:
          Type: DocumentDB
          Properties:
            Cluster: arn:aws:rds:us-east-1:123456789012:cluster:c
            DatabaseName: shop
            SourceAccessConfigurations: [{Type: BASIC_AUTH, URI: "arn:aws:secretsmanager:us-east-1:1:secret:x"}]
"""


def test_events_of_brokers_are_mappings(world: SyncSimulation, cloudformation: Any) -> None:
    """SAM's events of Kafka, Amazon MQ and DocumentDB become mappings with what they say."""
    cloudformation.create_stack(
        StackName="shop", TemplateBody=KAFKA, Capabilities=["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM"]
    )

    mappings = sdk.client("lambda").list_event_source_mappings()["EventSourceMappings"]
    changes, own, mq, msk = sorted(mappings, key=lambda each: str(each.get("Topics") or each.get("Queues") or ""))
    assert changes["DocumentDBEventSourceConfig"] == {"DatabaseName": "shop"}
    assert (msk["Topics"], own["Topics"], mq["Queues"]) == (["t1"], ["orders"], ["q"])
    assert own["SelfManagedEventSource"]["Endpoints"]["KAFKA_BOOTSTRAP_SERVERS"] == ["a.example.com:9092"]
    assert {each["State"] for each in mappings} == {"Enabled"}
