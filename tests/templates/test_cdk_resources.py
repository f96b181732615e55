"""CDK's own custom resources do what their functions do, which are not in Python."""

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk

CODE = """
import json

def on_event(event, context):
    print(event["RequestType"], event.get("PhysicalResourceId"))
    if event["RequestType"] == "Delete":
        return None
    return {"PhysicalResourceId": "answer-1", "Data": {"Answer": event["ResourceProperties"]["Question"][::-1]}}

asked = []

def is_complete(event, context):
    asked.append(event["PhysicalResourceId"])
    done = len(asked) >= 3
    return {"IsComplete": done, "Data": {"Asked": len(asked)} if done else None}

def broken(event, context):
    raise ValueError("no such question")
"""


class Cloud:
    """Stacks of CDK's in a simulation, and what is in them."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation
        self.stacks = sdk.client("cloudformation")
        self.s3 = sdk.client("s3")

    def create(self, resources: Mapping[str, Any], outputs: Mapping[str, Any] | None = None) -> Mapping[str, str]:
        """Create the stack `app`; return its outputs."""
        self.stacks.create_stack(**self._asked(resources, outputs))
        return self._outputs()

    def update(self, resources: Mapping[str, Any], outputs: Mapping[str, Any] | None = None) -> Mapping[str, str]:
        """Change it."""
        self.stacks.update_stack(**self._asked(resources, outputs))
        return self._outputs()

    def delete(self) -> str:
        """Delete it; return why that failed, "" if it did not."""
        (stack,) = self.stacks.describe_stacks(StackName="app")["Stacks"]
        self.stacks.delete_stack(StackName="app")
        (after,) = self.stacks.describe_stacks(StackName=stack["StackId"])["Stacks"]
        return "" if after["StackStatus"] == "DELETE_COMPLETE" else after["StackStatusReason"]

    def keys(self, bucket: str) -> list[str]:
        """Return what is in a bucket."""
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket=bucket).get("Contents", ())]

    def asset(self, key: str, files: Mapping[str, str]) -> dict[str, list[str]]:
        """Upload an archive, as CDK's command line does; return the properties that name it."""
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        self.s3.create_bucket(Bucket="cdk-assets")
        self.s3.put_object(Bucket="cdk-assets", Key=key, Body=data.getvalue())
        return {"SourceBucketNames": ["cdk-assets"], "SourceObjectKeys": [key]}

    def _asked(self, resources: Mapping[str, Any], outputs: Mapping[str, Any] | None) -> dict[str, Any]:
        named = {name: {"Value": value} for name, value in (outputs or {}).items()}
        template = {"Resources": resources, "Outputs": named}
        return {"StackName": "app", "TemplateBody": json.dumps(template)}

    def _outputs(self) -> Mapping[str, str]:
        (stack,) = self.stacks.describe_stacks(StackName="app")["Stacks"]
        return {"status": stack["StackStatus"], **{o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", ())}}


@pytest.fixture
def cloud(world: SyncSimulation) -> Cloud:
    return Cloud(world)


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    """Return a resource of CDK's; the function behind it is not there, and nobody misses it."""
    return {"Type": kind, "Properties": {"ServiceToken": "arn:aws:lambda:us-east-1:0:function:cdk", **properties}}


BUCKET = {
    "Type": "AWS::S3::Bucket",
    "Properties": {"BucketName": "site", "Tags": [{"Key": "aws-cdk:auto-delete-objects", "Value": "true"}]},
}


# --- files -----------------------------------------------------------------------------------------


def test_files_of_an_application_are_put_into_its_bucket(cloud: Cloud) -> None:
    """With the type that their names tell, and what only the template knows in the place of its mark."""
    asset = cloud.asset("a.zip", {"index.html": "<p>", "x/config.json": '{"url": "<<marker:0xbaba:0>>"}', "no.txt": ""})

    cloud.create(
        {
            "Bucket": BUCKET,
            "Files": resource(
                "Custom::CDKBucketDeployment",
                **asset,
                SourceMarkers=[{"<<marker:0xbaba:0>>": "https://api"}],
                DestinationBucketName={"Ref": "Bucket"},
                DestinationBucketKeyPrefix="web/",
                Exclude=["*.txt"],
                SystemMetadata={"cache-control": "no-cache"},
                UserMetadata={"by": "cdk"},
            ),
        }
    )

    assert cloud.keys("site") == ["web/index.html", "web/x/config.json"]
    page = cloud.s3.get_object(Bucket="site", Key="web/index.html")
    assert (page["ContentType"], page["CacheControl"], page["Metadata"]) == ("text/html", "no-cache", {"by": "cdk"})
    assert cloud.s3.get_object(Bucket="site", Key="web/x/config.json")["Body"].read() == b'{"url": "https://api"}'


def test_marks_are_written_as_their_file_wants_them(cloud: Cloud) -> None:
    """In JSON, in YAML, or as they are; sources at the end may have none."""
    config = {"c.json": '{"q": "<m:1>", "o": <m:2>}', "c.yaml": "a: <m:3>\nb: <m:4>"}
    first, last = cloud.asset("a.zip", config), cloud.asset("b.zip", {"z": "<m:1>"})
    files = {name: [*first[name], *last[name]] for name in first}
    encodings = {"<m:2>": "JSON_VALUE", "<m:3>": "YAML_STRING", "<m:4>": "YAML_STRING"}
    marks = {
        "SourceMarkers": [{"<m:1>": 'a "b"', "<m:2>": ["x"], "<m:3>": "plain", "<m:4>": "yes"}],
        "SourceMarkersConfig": [{"jsonEscape": True, "markerEncodings": encodings}],
    }

    deployment = resource("Custom::CDKBucketDeployment", **files, **marks, DestinationBucketName={"Ref": "Bucket"})
    cloud.create({"Bucket": BUCKET, "Files": deployment})

    told = {key: cloud.s3.get_object(Bucket="site", Key=key)["Body"].read().decode() for key in cloud.keys("site")}
    assert told == {"c.json": '{"q": "a \\"b\\"", "o": ["x"]}', "c.yaml": 'a: plain\nb: "yes"', "z": "<m:1>"}


def test_files_that_an_application_has_no_longer_are_deleted(cloud: Cloud) -> None:
    """Unless the template says `prune: false`."""
    files = {"DestinationBucketName": "site", "RetainOnDelete": "false"}
    old, new = cloud.asset("1.zip", {"a": "1", "b": "1"}), cloud.asset("2.zip", {"b": "2"})
    cloud.create({"Bucket": BUCKET, "Files": resource("Custom::CDKBucketDeployment", **old, **files)})

    cloud.update({"Bucket": BUCKET, "Files": resource("Custom::CDKBucketDeployment", **new, **files)})

    assert cloud.keys("site") == ["b"]
    assert cloud.s3.get_object(Bucket="site", Key="b")["Body"].read() == b"2"
    cloud.update({"Bucket": BUCKET})
    assert cloud.keys("site") == []


def test_a_bucket_is_emptied_before_it_is_deleted(cloud: Cloud) -> None:
    """Versions and delete markers too; without the tag nothing is touched, and the bucket stays."""
    versioned = {**BUCKET, "Properties": {**BUCKET["Properties"], "VersioningConfiguration": {"Status": "Enabled"}}}
    cloud.create({"Bucket": versioned, "Auto": resource("Custom::S3AutoDeleteObjects", BucketName={"Ref": "Bucket"})})
    for body in (b"1", b"2"):
        cloud.s3.put_object(Bucket="site", Key="k", Body=body)
    cloud.s3.delete_object(Bucket="site", Key="k")

    assert cloud.delete() == ""

    assert cloud.s3.list_buckets()["Buckets"] == []


def test_a_bucket_whose_tag_is_gone_keeps_its_objects(cloud: Cloud) -> None:
    """So the stack cannot be deleted, as on AWS."""
    cloud.create({"Bucket": BUCKET, "Auto": resource("Custom::S3AutoDeleteObjects", BucketName={"Ref": "Bucket"})})
    cloud.s3.put_object(Bucket="site", Key="k", Body=b"1")
    cloud.s3.delete_bucket_tagging(Bucket="site")

    assert "failed to delete: [Bucket]" in cloud.delete()

    assert cloud.keys("site") == ["k"]
    cloud.stacks.delete_stack(StackName="app", DeletionMode="FORCE_DELETE_STACK")
    assert cloud.stacks.describe_stacks()["Stacks"] == []
    assert cloud.keys("site") == ["k"]


# --- logs ------------------------------------------------------------------------------------------


def test_logs_are_kept_as_long_as_the_application_says(cloud: Cloud) -> None:
    """The group is made if it is not there, and goes with the stack if it says so."""
    logs = sdk.client("logs")
    settings = {"LogGroupName": "/aws/lambda/f", "RemovalPolicy": "destroy"}
    cloud.create({"Logs": resource("Custom::LogRetention", **settings, RetentionInDays=7)})
    (group,) = logs.describe_log_groups()["logGroups"]
    assert (group["logGroupName"], group["retentionInDays"]) == ("/aws/lambda/f", 7)

    cloud.update({"Logs": resource("Custom::LogRetention", **settings)})

    assert "retentionInDays" not in logs.describe_log_groups()["logGroups"][0]
    assert cloud.delete() == ""
    assert logs.describe_log_groups()["logGroups"] == []


# --- calls -----------------------------------------------------------------------------------------


def call(service: str, action: str, parameters: Mapping[str, Any], **more: Any) -> str:
    """Return a call as CDK writes it into a template."""
    return json.dumps({"service": service, "action": action, "parameters": parameters, **more})


def test_an_application_may_call_operations_when_it_is_deployed(cloud: Cloud) -> None:
    """On create, on update and on delete; attributes are paths into the answer."""
    ssm = sdk.client("ssm")
    put = {"Name": "/app", "Type": "String", "Overwrite": "TRUE:BOOLEAN"}
    here = {"physicalResourceId": {"id": "p"}}

    def resources(value: str) -> dict[str, Any]:
        calls = {
            "Create": call("SSM", "putParameter", {**put, "Value": value}, **here),
            "Update": call("@aws-sdk/client-ssm", "PutParameterCommand", {**put, "Value": value}, **here),
            "Delete": call("SSM", "deleteParameter", {"Name": "/app"}),
        }
        read = call("SSM", "getParameter", {"Name": "/app"}, physicalResourceId={"responsePath": "Parameter.ARN"})
        return {
            "Put": resource("Custom::AWS", **calls),
            "Read": {**resource("Custom::AWS", Create=read, Update=read, Salt=value), "DependsOn": "Put"},
        }

    outputs = {"Value": {"Fn::GetAtt": ["Read", "Parameter.Value"]}, "Id": {"Ref": "Read"}}
    first = cloud.create(resources("one"), outputs)
    second = cloud.update(resources("two"), outputs)

    assert (first["Value"], second["Value"]) == ("one", "two")
    assert first["Id"] == "arn:aws:ssm:us-east-1:123456789012:parameter/app"
    assert cloud.delete() == ""
    assert ssm.describe_parameters()["Parameters"] == []


def test_a_call_may_fail_as_far_as_the_application_says(cloud: Cloud) -> None:
    """Another error rolls the stack back."""
    missing = {"Name": "/nobody"}
    careless = call("SSM", "getParameter", missing, ignoreErrorCodesMatching="ParameterNotFound")

    cloud.create({"Careless": resource("Custom::AWS", Create=careless)})

    told = cloud.update(
        {"Strict": resource("Custom::AWS", Create=call("SSM", "getParameter", missing))},
    )
    assert told["status"] == "UPDATE_ROLLBACK_COMPLETE"


# --- providers -------------------------------------------------------------------------------------


def function(handler: str) -> dict[str, Any]:
    """Return a function in Python."""
    properties = {
        "Code": {"ZipFile": CODE},
        "Handler": f"index.{handler}",
        "Runtime": "python3.12",
        "Role": "arn:aws:iam::000000000000:role/r",
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def provider(on_event: str, is_complete: str = "is_complete") -> dict[str, Any]:
    """Return what CDK makes of a provider whose function says when it is done."""
    variables = {
        "USER_ON_EVENT_FUNCTION_ARN": {"Fn::GetAtt": ["OnEvent", "Arn"]},
        "USER_IS_COMPLETE_FUNCTION_ARN": {"Fn::GetAtt": ["IsComplete", "Arn"]},
        "WAITER_STATE_MACHINE_ARN": {"Ref": "Waiter"},
    }
    framework = function("x")["Properties"] | {
        "Code": {"S3Bucket": "cdk-assets", "S3Key": "framework.zip"},
        "Handler": "framework.onEvent",
        "Runtime": "nodejs24.x",
        "Environment": {"Variables": variables},
    }
    retry = [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 5, "MaxAttempts": 10, "BackoffRate": 1}]
    task = {"Type": "Task", "Resource": "${IsComplete.Arn}", "End": True, "Retry": retry}
    definition = json.dumps({"StartAt": "ask", "States": {"ask": task}})
    machine = {"DefinitionString": {"Fn::Sub": definition}, "RoleArn": "arn:aws:iam::000000000000:role/r"}
    return {
        "OnEvent": function(on_event),
        "IsComplete": function(is_complete),
        "Waiter": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        "Framework": {"Type": "AWS::Lambda::Function", "Properties": framework},
        "Own": {
            "Type": "Custom::Question",
            "Properties": {"ServiceToken": {"Fn::GetAtt": ["Framework", "Arn"]}, "Question": "abc"},
        },
    }


def test_a_provider_is_asked_until_it_is_done(cloud: Cloud) -> None:
    """The framework's own function is not run: two functions in Python answer, five seconds apart."""
    outputs = {name: {"Fn::GetAtt": ["Own", name]} for name in ("Answer", "Asked")} | {"Id": {"Ref": "Own"}}

    told = cloud.create(provider("on_event"), outputs)

    assert told == {"status": "CREATE_COMPLETE", "Answer": "cba", "Asked": "3", "Id": "answer-1"}
    assert cloud.simulation.clock.now_us >= 10_000_000
    assert cloud.delete() == ""


def test_a_provider_that_fails_rolls_the_stack_back(cloud: Cloud) -> None:
    """With its own words."""
    told = cloud.create(provider("broken"))

    assert told["status"] == "ROLLBACK_COMPLETE"
    events = cloud.stacks.describe_stack_events(StackName="app")["StackEvents"]
    (reason,) = [each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == "CREATE_FAILED"]
    assert reason == "its function failed: ValueError: no such question"


def test_what_a_provider_began_and_did_not_end_is_taken_back(cloud: Cloud) -> None:
    """By the name that its first function gave; what could not even be begun is not asked for."""
    provided = provider("on_event", is_complete="broken")

    told = cloud.create(provided)

    logged = [each.detail["text"].strip() for each in cloud.simulation.trace.entries(("logged",))]
    assert [line for line in logged if line.startswith(("Create", "Delete"))] == ["Create None", "Delete answer-1"]
    assert told["status"] == "ROLLBACK_FAILED"  # for its second function cannot tell of the end, either
