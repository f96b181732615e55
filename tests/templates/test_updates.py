"""Stacks change: in place where AWS does so, by new resources elsewhere, and back again if anything fails."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ApiError, SyncSimulation
from tests import sdk

HANDLER = "def handler(event, context):\n    return {!r}\n"


def template(**resources: Any) -> str:
    return json.dumps(
        {"Resources": {name: {"Type": f"AWS::{kind}", **rest} for name, (kind, rest) in resources.items()}}
    )


def queue(**properties: Any) -> tuple[str, dict[str, Any]]:
    return "SQS::Queue", {"Properties": properties}


def function(answer: str, **properties: Any) -> tuple[str, dict[str, Any]]:
    code = {"ZipFile": HANDLER.format(answer)}
    given = {"Runtime": "python3.12", "Handler": "index.handler", "Role": "arn:aws:iam::1:role/r", "Code": code}
    return "Lambda::Function", {"Properties": {**given, **properties}}


class Stack:
    """A stack that a client makes and changes."""

    def __init__(self, world: SyncSimulation) -> None:
        self.world = world
        self.client = sdk.client("cloudformation")

    def create(self, text: str) -> None:
        self.client.create_stack(StackName="shop", TemplateBody=text)

    def update(self, text: str, **more: Any) -> str:
        self.client.update_stack(StackName="shop", TemplateBody=text, **more)
        status: str = self.client.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"]
        return status

    def __getitem__(self, logical_id: str) -> str:
        found = self.client.describe_stack_resource(StackName="shop", LogicalResourceId=logical_id)
        physical_id: str = found["StackResourceDetail"]["PhysicalResourceId"]
        return physical_id

    @property
    def told(self) -> list[tuple[str, str, str]]:
        """The events of the stack, oldest first: of what, which status, why."""
        found = self.client.describe_stack_events(StackName="shop")["StackEvents"]
        return [
            (each["LogicalResourceId"], each["ResourceStatus"], each.get("ResourceStatusReason", ""))
            for each in reversed(found)
        ]

    @property
    def reasons(self) -> dict[tuple[str, str], str]:
        """Why something had a status, by both."""
        return {(name, status): reason for name, status, reason in self.told}

    def attributes(self, logical_id: str) -> Any:
        asked = {"QueueUrl": self[logical_id], "AttributeNames": ["All"]}
        return self.world.request("sqs", "GetQueueAttributes", asked)["Attributes"]


@pytest.fixture
def shop(world: SyncSimulation) -> Stack:
    return Stack(world)


def test_a_queue_changes_in_place(shop: Stack) -> None:
    """It keeps its URL and its messages; what is no longer said of it has its default."""
    shop.create(template(Q=queue(VisibilityTimeout=5, DelaySeconds=3)))
    url = shop["Q"]

    status = shop.update(template(Q=queue(VisibilityTimeout=50)))

    assert (status, shop["Q"]) == ("UPDATE_COMPLETE", url)
    attributes = shop.attributes("Q")
    assert (attributes["VisibilityTimeout"], attributes["DelaySeconds"]) == ("50", "0")


def test_a_function_gets_other_code_and_settings(shop: Stack) -> None:
    """Its name stays, and the next invocation runs the new code."""
    shop.create(template(F=function("old", Environment={"Variables": {"WHO": "ann"}}, Timeout=5)))
    assert shop.world.invoke(shop["F"]) == "old"

    shop.update(template(F=function("new", Timeout=9)))

    described: Any = shop.world.request("lambda", "GetFunctionConfiguration", {"FunctionName": shop["F"]})
    assert shop.world.invoke(shop["F"]) == "new"
    assert described["Timeout"] == 9
    assert "Environment" not in described or described["Environment"] == {"Variables": {}}


def test_a_function_traces_while_its_template_says_so(shop: Stack) -> None:
    """Active tracing that a template no longer speaks of is switched off again."""

    def mode() -> Any:
        described: Any = shop.world.request("lambda", "GetFunctionConfiguration", {"FunctionName": shop["F"]})
        return described["TracingConfig"]["Mode"]

    shop.create(template(F=function("a", TracingConfig={"Mode": "Active"})))
    before = mode()

    shop.update(template(F=function("a")))

    assert (before, mode()) == ("Active", "PassThrough")


def test_a_function_that_shall_isolate_tenants_is_a_new_one(shop: Stack) -> None:
    """A function isolates tenants from its beginning, or never."""
    shop.create(template(F=function("a")))
    before = shop["F"]

    shop.update(template(F=function("b", TenancyConfig={"TenantIsolationMode": "PER_TENANT"})))
    shop.update(template(F=function("c", TenancyConfig={"TenantIsolationMode": "PER_TENANT"}, Timeout=9)))

    assert shop["F"] != before
    assert shop.world.invoke(shop["F"], tenant_id="blue") == "c"


def test_what_cannot_change_is_replaced_and_who_refers_to_it_follows(shop: Stack) -> None:
    """A table with another key is another table; the function's variable names the new one, and the old one is gone."""

    def text(key: str) -> str:
        table = {
            "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": key, "KeyType": "HASH"}],
        }
        variables = {"Variables": {"TABLE": {"Ref": "T"}}}
        return template(T=("DynamoDB::Table", {"Properties": table}), F=function("x", Environment=variables))

    shop.create(text("id"))
    old, name = shop["T"], shop["F"]

    shop.update(text("key"))

    described: Any = shop.world.request("lambda", "GetFunctionConfiguration", {"FunctionName": name})
    assert shop["F"] == name
    assert described["Environment"]["Variables"]["TABLE"] == shop["T"] != old
    assert list(shop.world.sources("tables")) == [shop["T"]]


def table_of(*indexes: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Return a table with these global indexes, each of the attribute of its name."""
    keys = ("id", *indexes)
    by_name = [
        {
            "IndexName": f"by-{name}",
            "KeySchema": [{"AttributeName": name, "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        for name in indexes
    ]
    properties = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in keys],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        **({"GlobalSecondaryIndexes": by_name} if by_name else {}),
        **more,
    }
    return "DynamoDB::Table", {"Properties": properties}


def described_table(shop: Stack) -> Any:
    """Return what DynamoDB tells of the table `T`."""
    return shop.world.request("dynamodb", "DescribeTable", {"TableName": shop["T"]})["Table"]


def test_a_table_gets_other_indexes_and_keeps_its_items(shop: Stack) -> None:
    """One goes, one stays, two come."""
    shop.create(template(T=table_of("a", "b")))
    name = shop["T"]
    shop.world.request("dynamodb", "PutItem", {"TableName": name, "Item": {"id": {"S": "1"}, "c": {"S": "x"}}})

    status = shop.update(template(T=table_of("b", "c", "d")))

    found: Any = shop.world.request("dynamodb", "Scan", {"TableName": name, "IndexName": "by-c"})
    assert (status, shop["T"], found["Count"]) == ("UPDATE_COMPLETE", name, 1)
    assert {each["IndexName"] for each in described_table(shop)["GlobalSecondaryIndexes"]} == {"by-b", "by-c", "by-d"}


def test_a_table_gets_other_settings(shop: Stack) -> None:
    """Expiry, recovery, protection, tags, throughput and a stream come, change and go without another table."""
    shop.create(
        template(
            T=table_of(
                TimeToLiveSpecification={"AttributeName": "old", "Enabled": True},
                StreamSpecification={"StreamViewType": "KEYS_ONLY"},
                DeletionProtectionEnabled=True,
                Tags=[{"Key": "team", "Value": "a"}, {"Key": "gone", "Value": "x"}],
            )
        )
    )
    name, stream = shop["T"], described_table(shop)["LatestStreamArn"]

    status = shop.update(
        template(
            T=table_of(
                TimeToLiveSpecification={"AttributeName": "new", "Enabled": True},
                StreamSpecification={"StreamViewType": "NEW_IMAGE"},
                PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True},
                BillingMode="PROVISIONED",
                ProvisionedThroughput={"ReadCapacityUnits": 2, "WriteCapacityUnits": 3},
                Tags=[{"Key": "team", "Value": "b"}],
            )
        )
    )

    def told(operation: str) -> Any:
        return shop.world.request("dynamodb", operation, {"TableName": name})

    table = described_table(shop)
    tags: Any = shop.world.request("dynamodb", "ListTagsOfResource", {"ResourceArn": table["TableArn"]})
    recovery = told("DescribeContinuousBackups")["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert (status, shop["T"]) == ("UPDATE_COMPLETE", name)
    assert told("DescribeTimeToLive")["TimeToLiveDescription"]["AttributeName"] == "new"
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
    assert table["LatestStreamArn"] != stream
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    assert not table["DeletionProtectionEnabled"]
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 3
    assert {"Key": "team", "Value": "b"} in tags["Tags"]
    assert "gone" not in [tag["Key"] for tag in tags["Tags"]]


def test_a_table_with_indexes_becomes_provisioned(shop: Stack) -> None:
    """The throughput of the indexes changes with its own."""
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    shop.create(template(T=table_of("a")))
    kind, described = table_of("a", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    described["Properties"]["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"] = units

    status = shop.update(template(T=(kind, described)))

    (index,) = described_table(shop)["GlobalSecondaryIndexes"]
    assert status == "UPDATE_COMPLETE"
    assert index["ProvisionedThroughput"]["ReadCapacityUnits"] == 1


def test_a_key_keeps_its_type(shop: Stack) -> None:
    """An update that wants another one is taken back, loudly."""
    shop.create(template(T=table_of()))
    wanted = table_of(AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}])

    status = shop.update(template(T=wanted))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert described_table(shop)["AttributeDefinitions"] == [{"AttributeName": "id", "AttributeType": "S"}]


def test_what_is_no_longer_said_of_a_bucket_is_taken_away(shop: Stack) -> None:
    """Lifecycle rules, tags and CORS; what is beside the rules is heeded while they are there."""

    def text(**properties: Any) -> str:
        return template(B=("S3::Bucket", {"Properties": properties}))

    rules = {"Rules": [{"Status": "Enabled", "ExpirationInDays": 1}]}
    shop.create(
        text(
            LifecycleConfiguration={**rules, "TransitionDefaultMinimumObjectSize": "varies_by_storage_class"},
            CorsConfiguration={"CorsRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]},
            Tags=[{"Key": "team", "Value": "a"}],
        )
    )
    bucket = {"Bucket": shop["B"]}
    kept: Any = shop.world.request("s3", "GetBucketLifecycleConfiguration", bucket)

    shop.update(text())

    assert kept["TransitionDefaultMinimumObjectSize"] == "varies_by_storage_class"
    for operation in ("GetBucketLifecycleConfiguration", "GetBucketCors", "GetBucketTagging"):
        with pytest.raises(ApiError, match="does not exist"):
            shop.world.request("s3", operation, bucket)


@pytest.mark.parametrize("destination", ["C", "elsewhere"])
def test_a_bucket_is_copied_to_another(shop: Stack, destination: str) -> None:
    """By rules in CloudFormation's words; to one that is not here nothing is copied."""
    versioned = {"VersioningConfiguration": {"Status": "Enabled"}}
    to = {"Fn::GetAtt": ["C", "Arn"]} if destination == "C" else f"arn:aws:s3:::{destination}"
    rule = {
        "Status": "Enabled",
        "Priority": 1,
        "Filter": {"And": {"Prefix": "in/", "TagFilters": [{"Key": "copy", "Value": "yes"}]}},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": to},
    }
    copied = {"Role": "arn:aws:iam::123456789012:role/r", "Rules": [rule]}
    shop.create(
        template(
            C=("S3::Bucket", {"Properties": versioned}),
            B=("S3::Bucket", {"Properties": {**versioned, "ReplicationConfiguration": copied}}),
        )
    )
    put = {"Bucket": shop["B"], "Key": "in/a", "Body": b"x", "Tagging": "copy=yes"}

    shop.world.request("s3", "PutObject", put)
    shop.world.until_idle()

    assert shop.world.read(shop["C"], "in/a") == (b"x" if destination == "C" else None)


def test_resources_come_and_go(shop: Stack) -> None:
    """What is new is made first, what is gone is deleted last."""
    shop.create(template(A=queue(), B=queue()))

    shop.update(template(B=queue(), C=queue()))

    listed = shop.client.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    assert sorted(each["LogicalResourceId"] for each in listed) == ["B", "C"]
    assert len(shop.world.sources("queues")) == 2


def test_an_update_that_fails_is_taken_back(shop: Stack) -> None:
    """What was changed, made and replaced before the failure is as it was."""
    shop.create(template(A=queue(VisibilityTimeout=5)))
    wrong = queue(VisibilityTimeout=999_999)

    status = shop.update(template(A=queue(VisibilityTimeout=6), B=queue(), C=wrong))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert shop.attributes("A")["VisibilityTimeout"] == "5"
    assert len(shop.world.sources("queues")) == 1
    assert "VisibilityTimeout" in shop.reasons["C", "CREATE_FAILED"]
    assert shop.reasons["shop", "UPDATE_ROLLBACK_IN_PROGRESS"] == "The following resource(s) failed to create: [C]. "


def test_a_resource_with_a_name_of_its_own_is_not_replaced(shop: Stack) -> None:
    """CloudFormation asks for another name; a resource of another type may take the name over."""
    shop.create(template(Q=queue(QueueName="clicks")))

    status = shop.update(template(Q=queue(QueueName="clicks", FifoQueue=True)))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert "Rename clicks and update the stack again" in shop.reasons["Q", "UPDATE_FAILED"]
    parameter = {"Name": "clicks", "Type": "String", "Value": "v"}
    assert shop.update(template(Q=("SSM::Parameter", {"Properties": parameter}))) == "UPDATE_COMPLETE"
    assert list(shop.world.sources("queues")) == []


def test_a_replacement_is_told_step_by_step(shop: Stack) -> None:
    """The new one is made first, and has another physical id; the old one is deleted when all is done."""
    shop.create(template(Q=queue(DelaySeconds=3)))
    old, count = shop["Q"], len(shop.told)

    shop.update(template(Q=queue(FifoQueue=True)), ClientRequestToken="t-1")

    assert shop["Q"] != old
    assert shop.told[count:] == [
        ("shop", "UPDATE_IN_PROGRESS", "User Initiated"),
        (
            "Q",
            "UPDATE_IN_PROGRESS",
            "Requested update requires the creation of a new physical resource; hence creating one.",
        ),
        ("Q", "UPDATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Q", "UPDATE_COMPLETE", ""),
        ("shop", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", ""),
        ("Q", "DELETE_IN_PROGRESS", ""),
        ("Q", "DELETE_COMPLETE", ""),
        ("shop", "UPDATE_COMPLETE", ""),
    ]
    newest = shop.client.describe_stack_events(StackName="shop")["StackEvents"]
    assert {each["ClientRequestToken"] for each in newest[:8]} == {"t-1"}
    assert json.loads(newest[4]["ResourceProperties"]) == {"FifoQueue": True}


def test_an_update_is_taken_back_step_by_step(shop: Stack) -> None:
    """What was replaced is there again under its old physical id; what was made for nothing goes last."""
    shop.create(template(Q=queue(DelaySeconds=3)))
    old, count = shop["Q"], len(shop.told)

    shop.update(template(Q=queue(FifoQueue=True), X=("SQS::Queue", {**queue(DelaySeconds=901)[1], "DependsOn": "Q"})))

    assert (shop["Q"], len(shop.world.sources("queues"))) == (old, 1)
    assert [(name, status) for name, status, _ in shop.told[count + 4 :]] == [
        ("X", "CREATE_IN_PROGRESS"),
        ("X", "CREATE_FAILED"),
        ("shop", "UPDATE_ROLLBACK_IN_PROGRESS"),
        ("Q", "UPDATE_COMPLETE"),
        ("shop", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("X", "DELETE_COMPLETE"),
        ("Q", "DELETE_IN_PROGRESS"),
        ("Q", "DELETE_COMPLETE"),
        ("shop", "UPDATE_ROLLBACK_COMPLETE"),
    ]


@pytest.mark.parametrize(
    ("policies", "left"),
    [
        ({}, 1),
        ({"UpdateReplacePolicy": "Retain"}, 2),
        ({"DeletionPolicy": "Retain"}, 1),
    ],
    ids=["none", "replaced ones stay", "deleted ones stay"],
)
def test_what_is_replaced_has_a_policy_of_its_own(shop: Stack, policies: dict[str, str], left: int) -> None:
    """`UpdateReplacePolicy`; what `DeletionPolicy` says is for what leaves the template."""
    kind, plain = queue()
    shop.create(template(Q=(kind, {**plain, **policies})))

    shop.update(template(Q=(kind, {**queue(FifoQueue=True)[1], **policies})))

    assert len(shop.world.sources("queues")) == left


def test_a_rule_and_a_mapping_change(shop: Stack) -> None:
    """A rule leads to another queue; a mapping takes other batches."""

    def text(target: str, size: int) -> str:
        goal = {"Id": target, "Arn": {"Fn::GetAtt": [target, "Arn"]}}
        rule = {"EventPattern": {"source": ["shop"]}, "Targets": [goal]}
        mapping = {
            "EventSourceArn": {"Fn::GetAtt": ["A", "Arn"]},
            "FunctionName": {"Ref": "F"},
            "BatchSize": size,
            "MetricsConfig": {"Metrics": ["EventCount"]},
        }
        return template(
            A=queue(),
            B=queue(),
            C=queue(),
            F=function("x"),
            R=("Events::Rule", {"Properties": rule}),
            M=("Lambda::EventSourceMapping", {"Properties": mapping}),
        )

    shop.create(text("B", 1))
    mapping_id = shop["M"]

    shop.update(text("C", 7))
    shop.world.put_event("shop", "order")
    shop.world.until_idle()

    described: Any = shop.world.request("lambda", "GetEventSourceMapping", {"UUID": mapping_id})
    assert (shop["M"], described["BatchSize"]) == (mapping_id, 7)
    assert described["MetricsConfig"] == {"Metrics": ["EventCount"]}
    assert [shop.attributes(each)["ApproximateNumberOfMessages"] for each in ("B", "C")] == ["0", "1"]


def test_a_custom_resource_may_have_a_version(shop: Stack) -> None:
    """As those of frameworks have; nobody reads it."""
    code = "import cfnresponse\ndef handler(event, context): cfnresponse.send(event, context, 'SUCCESS', {}, 'thing')"
    token = {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}}
    versioned = ("CloudFormation::CustomResource", {"Properties": token, "Version": 1.0})

    shop.create(template(F=function("", Code={"ZipFile": code}), X=versioned))

    assert shop["X"] == "thing"


def test_a_custom_resource_is_asked_to_change(shop: Stack) -> None:
    """It gets its old properties; another physical id means that the old resource is deleted."""
    code = (
        "import cfnresponse\n"
        "def handler(event, context):\n"
        "    properties = event['ResourceProperties']\n"
        "    old = event.get('OldResourceProperties', {}).get('Size')\n"
        "    print(event['RequestType'], event.get('PhysicalResourceId'), old, properties['Size'])\n"
        "    cfnresponse.send(event, context, cfnresponse.SUCCESS, {}, 'thing-' + properties['Size'])\n"
    )
    maker = function("", Code={"ZipFile": code})

    def text(size: int) -> str:
        token = {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}, "Size": size}
        return template(F=maker, X=("CloudFormation::CustomResource", {"Properties": token}))

    shop.create(text(1))
    shop.update(text(2))

    told = [entry.detail["text"].strip() for entry in shop.world.trace.entries(("logged",))]
    assert [line for line in told if "thing" in line or "Create" in line] == [
        "Create None None 1",
        "Update thing-1 1 2",
        "Delete thing-1 None 1",
    ]
    assert shop["X"] == "thing-2"


def test_a_parameter_changes_what_refers_to_it(shop: Stack) -> None:
    """The template stays; the default of a parameter gives way."""
    body = json.dumps(
        {
            "Parameters": {"Seconds": {"Type": "Number", "Default": 5}},
            "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": {"Ref": "Seconds"}}}},
        }
    )
    shop.create(body)

    shop.client.update_stack(
        StackName="shop",
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Seconds", "ParameterValue": "8"}],
    )

    assert shop.attributes("Q")["VisibilityTimeout"] == "8"


def test_other_metadata_is_an_update(shop: Stack) -> None:
    """Of that alone, too; another policy alone is none."""
    kind, plain = queue()
    shop.create(template(Q=(kind, {**plain, "Metadata": {"Version": 1}})))
    url, wanted = shop["Q"], template(Q=(kind, {**plain, "Metadata": {"Version": 2}}))
    shop.client.create_change_set(StackName="shop", ChangeSetName="c", TemplateBody=wanted)

    (change,) = shop.client.describe_change_set(StackName="shop", ChangeSetName="c")["Changes"]
    status = shop.update(wanted)

    told = change["ResourceChange"]
    detail = shop.client.describe_stack_resource(StackName="shop", LogicalResourceId="Q")["StackResourceDetail"]
    assert (told["Scope"], told["Replacement"]) == (["Metadata"], "False")
    assert (status, shop["Q"], json.loads(detail["Metadata"])) == ("UPDATE_COMPLETE", url, {"Version": 2})
    with pytest.raises(ClientError, match="No updates are to be performed"):
        shop.update(template(Q=(kind, {**plain, "Metadata": {"Version": 2}, "DeletionPolicy": "Retain"})))


def test_what_another_stack_imports_stays(shop: Stack) -> None:
    """Its value, and that it is there; once nobody imports it, it may go."""

    def exporting(value: str) -> str:
        output = {"Value": value, "Export": {"Name": "size"}} if value else {"Value": "x"}
        return json.dumps({**json.loads(template(Q=queue())), "Outputs": {"Size": output}})

    def user(value: Any) -> str:
        return template(P=("SSM::Parameter", {"Properties": {"Type": "String", "Value": value}}))

    shop.create(exporting("5"))
    shop.client.create_stack(StackName="user", TemplateBody=user({"Fn::ImportValue": "size"}))

    refused = [shop.update(exporting("6")), shop.update(exporting(""))]
    whys = [why for _, status, why in shop.told if status == "UPDATE_ROLLBACK_IN_PROGRESS"]
    shop.client.update_stack(StackName="user", TemplateBody=user("7"))
    allowed = shop.update(exporting(""))

    assert (refused, allowed) == (["UPDATE_ROLLBACK_COMPLETE"] * 2, "UPDATE_COMPLETE")
    assert [why.strip() for why in whys] == [
        "Export size cannot be updated as it is in use by user",
        "Export size cannot be deleted as it is in use by user",
    ]


# --- stacks within stacks --------------------------------------------------------------------------------------------

INNER = "https://store.s3.amazonaws.com/inner.json"


class Nest(Stack):
    """A stack with another one in it, whose template lies in a bucket."""

    def __init__(self, world: SyncSimulation) -> None:
        super().__init__(world)
        world.add_source("buckets", "store")

    def pack(self, **properties: Any) -> None:
        body = {
            "Parameters": {"Seconds": {"Type": "Number", "Default": 10}},
            "Resources": {
                "Q": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": {"Ref": "Seconds"}, **properties}}
            },
            "Outputs": {"Name": {"Value": {"Fn::GetAtt": ["Q", "QueueName"]}}},
        }
        self.world.put("store", "inner.json", json.dumps(body))

    def outer(self, seconds: int | None = None, **more: Any) -> str:
        given = {} if seconds is None else {"Parameters": {"Seconds": seconds}}
        inner = ("CloudFormation::Stack", {"Properties": {"TemplateURL": INNER, **given}})
        return template(Inner=inner, **more)

    def status(self, stack: str = "shop") -> str:
        told: str = self.client.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        return told

    def inside(self) -> Any:
        (queue,) = self.client.list_stack_resources(StackName=self["Inner"])["StackResourceSummaries"]
        asked = {"QueueUrl": queue["PhysicalResourceId"], "AttributeNames": ["All"]}
        return self.world.request("sqs", "GetQueueAttributes", asked)["Attributes"]


@pytest.fixture
def nest(world: SyncSimulation) -> Nest:
    made = Nest(world)
    made.pack()
    made.create(made.outer())
    return made


def test_a_nested_stack_knows_who_is_around_it(nest: Nest) -> None:
    """Its parent, and the outermost one, however deep it stands."""
    nest.world.put("store", "middle.json", nest.outer())
    middle = ("CloudFormation::Stack", {"Properties": {"TemplateURL": INNER.replace("inner", "middle")}})
    root = nest.client.create_stack(StackName="deep", TemplateBody=template(Middle=middle))["StackId"]

    stacks = nest.client.describe_stacks()["Stacks"]

    (of_middle,) = [each for each in stacks if each.get("ParentId") == root]
    (of_inner,) = [each for each in stacks if each.get("ParentId") == of_middle["StackId"]]
    assert (of_middle["RootId"], of_inner["RootId"]) == (root, root)


def test_a_nested_stack_gets_other_parameters(nest: Nest) -> None:
    """It stays the stack that it is."""
    before = nest["Inner"]

    status = nest.update(nest.outer(30))

    assert (status, nest.status(before)) == ("UPDATE_COMPLETE", "UPDATE_COMPLETE")
    assert nest["Inner"] == before
    assert nest.inside()["VisibilityTimeout"] == "30"


def test_a_nested_template_that_differs_at_the_same_address_is_seen(nest: Nest) -> None:
    """The template around it is the same to the letter; what refers to an output follows."""
    name = {"DisplayName": {"Fn::GetAtt": ["Inner", "Outputs.Name"]}}
    outer = nest.outer(T=("SNS::Topic", {"Properties": name}))
    nest.update(outer)
    nest.pack(QueueName="renamed", DelaySeconds=7)

    status = nest.update(outer)

    told = nest.world.request("sns", "GetTopicAttributes", {"TopicArn": nest["T"]})["Attributes"]
    assert (status, nest.inside()["DelaySeconds"], told["DisplayName"]) == ("UPDATE_COMPLETE", "7", "renamed")  # type: ignore[index]  # as the model has it


def test_a_nested_stack_that_fails_takes_all_back(nest: Nest) -> None:
    """Both are as they were, and the event says which stack it was."""
    nest.pack(DelaySeconds=99_999)

    status = nest.update(nest.outer(30))

    assert (status, nest.status(nest["Inner"])) == ("UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
    assert (nest.inside()["VisibilityTimeout"], nest.inside()["DelaySeconds"]) == ("10", "0")
    reasons = [
        each.get("ResourceStatusReason", "")
        for each in nest.client.describe_stack_events(StackName="shop")["StackEvents"]
    ]
    assert any("was not successfully updated. Currently in UPDATE_ROLLBACK_COMPLETE" in reason for reason in reasons)


def test_what_fails_later_takes_a_nested_stack_back_to_its_old_template(nest: Nest) -> None:
    """Which lies nowhere any more but in the stack."""
    nest.pack(DelaySeconds=7)
    later = ("SQS::Queue", {"DependsOn": "Inner", "Properties": {"DelaySeconds": 99_999}})

    status = nest.update(nest.outer(30, Later=later))

    assert status == "UPDATE_ROLLBACK_COMPLETE"
    assert (nest.inside()["VisibilityTimeout"], nest.inside()["DelaySeconds"]) == ("10", "0")


def test_a_nested_stack_that_failed_to_come_goes_with_its_stack(nest: Nest) -> None:
    """What is rolled back deletes it, however far it came."""
    nest.pack(DelaySeconds=99_999)

    nest.client.create_stack(StackName="other", TemplateBody=nest.outer())

    stacks = nest.client.list_stacks()["StackSummaries"]
    inner = [each["StackStatus"] for each in stacks if each["StackName"].startswith("other-Inner")]
    assert (nest.status("other"), inner) == ("ROLLBACK_COMPLETE", ["DELETE_COMPLETE"])


def test_a_change_set_names_nested_stacks(nest: Nest) -> None:
    """Always: what differs inside shows when it is carried out."""
    nest.pack(DelaySeconds=7)
    asked = {"StackName": "shop", "ChangeSetName": "c"}
    nest.client.create_change_set(**asked, TemplateBody=nest.outer())

    (change,) = nest.client.describe_change_set(**asked)["Changes"]
    nest.client.execute_change_set(**asked)

    told = change["ResourceChange"]
    assert (told["Action"], told["LogicalResourceId"], told["Replacement"]) == ("Modify", "Inner", "False")
    assert nest.inside()["DelaySeconds"] == "7"


def test_a_nested_stack_goes_with_its_resource(nest: Nest) -> None:
    """Queue and stack are deleted when the template speaks of them no more."""
    inner = nest["Inner"]

    nest.update(template(Other=queue()))

    assert nest.status(inner) == "DELETE_COMPLETE"
    assert [each.name for each in nest.world.sources("queues").values()] == [nest["Other"].rpartition("/")[2]]
