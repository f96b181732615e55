"""Does a resource that an update changes become what the template says now, and is it told where it does not?"""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import boto3
import pytest
from msgspec import Struct

from eventsim import SyncSimulation

KEY = "arn:aws:kms:us-east-1:000000000000:key"
ROLE = "arn:aws:iam::000000000000:role/r"


class Case(Struct, frozen=True):
    """A resource before and after, and what its service tells of it in the end."""

    kind: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    tell: Callable[[str], Any]
    told: Any


def client(name: str) -> Any:
    return boto3.client(name)  # type: ignore[call-overload]  # any service


def machine(state: str) -> str:
    return json.dumps({"StartAt": state, "States": {state: {"Type": "Succeed"}}})


def tags(**given: str) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in given.items()]


def own(found: Any) -> Any:
    """Return tags by their keys, without CloudFormation's own."""
    pairs = found.items() if isinstance(found, dict) else [tuple(each.values()) for each in found]
    return {key: value for key, value in pairs if not key.startswith("aws:")}


ALARM = {
    "MetricName": "Errors",
    "Namespace": "shop",
    "EvaluationPeriods": 1,
    "Period": 60,
    "Statistic": "Sum",
    "ComparisonOperator": "GreaterThanThreshold",
}
CASES = {
    "the tags of a queue": Case(
        "SQS::Queue",
        {"Tags": tags(a="1", b="2")},
        {"Tags": tags(a="3", c="4")},
        lambda name: own(client("sqs").list_queue_tags(QueueUrl=name)["Tags"]),
        {"a": "3", "c": "4"},
    ),
    "a topic without a name to show": Case(
        "SNS::Topic",
        {"DisplayName": "Shop"},
        {"TracingConfig": "Active"},
        lambda arn: [
            client("sns").get_topic_attributes(TopicArn=arn)["Attributes"].get(each)
            for each in ("DisplayName", "TracingConfig")
        ],
        ["", "Active"],
    ),
    "the description and policy of a bus": Case(
        "Events::EventBus",
        {"Name": "orders", "Description": "old"},
        {
            "Name": "orders",
            "Description": "new",
            "Policy": {
                "Sid": "all",
                "Effect": "Allow",
                "Principal": "*",
                "Action": "events:PutEvents",
                "Resource": "arn:aws:events:us-east-1:000000000000:event-bus/orders",
            },
        },
        lambda name: [
            (told := client("events").describe_event_bus(Name=name))["Description"],
            "PutEvents" in told["Policy"],
        ],
        ["new", True],
    ),
    "a stream that grows on demand": Case(
        "Kinesis::Stream",
        {"ShardCount": 1, "StreamEncryption": {"EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"}},
        {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "DesiredShardLevelMetrics": ["IncomingBytes"]},
        lambda name: [
            (told := client("kinesis").describe_stream_summary(StreamName=name)["StreamDescriptionSummary"])[
                "StreamModeDetails"
            ],
            told.get("EncryptionType", "NONE"),
            told["EnhancedMonitoring"][0]["ShardLevelMetrics"],
        ],
        [{"StreamMode": "ON_DEMAND"}, "NONE", ["IncomingBytes"]],
    ),
    "logs that are kept for ever": Case(
        "Logs::LogGroup",
        {"RetentionInDays": 3, "Tags": tags(a="1")},
        {"Tags": tags(b="2")},
        lambda name: [
            (group := client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]).get(
                "retentionInDays"
            ),
            own(client("logs").list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]),
        ],
        [None, {"b": "2"}],
    ),
    "the key and the protection of logs": Case(
        "Logs::LogGroup",
        {"KmsKeyId": f"{KEY}/old", "LogGroupClass": "INFREQUENT_ACCESS"},
        {"KmsKeyId": f"{KEY}/new", "LogGroupClass": "INFREQUENT_ACCESS", "DeletionProtectionEnabled": True},
        lambda name: [
            client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0].get(each)
            for each in ("kmsKeyId", "logGroupClass", "deletionProtectionEnabled")
        ],
        [f"{KEY}/new", "INFREQUENT_ACCESS", True],
    ),
    "logs without a key and a protection": Case(
        "Logs::LogGroup",
        {"KmsKeyId": f"{KEY}/old", "DeletionProtectionEnabled": True},
        {},
        lambda name: [
            (group := client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"][0]).get("kmsKeyId"),
            group.get("deletionProtectionEnabled"),
        ],
        [None, False],
    ),
    "the threshold of an alarm": Case(
        "CloudWatch::Alarm",
        {**ALARM, "Threshold": 1},
        {**ALARM, "Threshold": 5},
        lambda name: client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["Threshold"],
        5.0,
    ),
    "a parameter with other tags and no description": Case(
        "SSM::Parameter",
        {"Type": "String", "Value": "old", "Description": "d", "Tags": {"a": "1"}},
        {"Type": "String", "Value": "new", "Tags": {"b": "2"}},
        lambda name: [
            client("ssm").get_parameter(Name=name)["Parameter"]["Value"],
            own(client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]),
        ],
        ["new", {"b": "2"}],
    ),
    "the description of a secret": Case(
        "SecretsManager::Secret",
        {"SecretString": "s", "Description": "old"},
        {"SecretString": "t", "Description": "new", "Tags": tags(a="1")},
        lambda arn: [
            (told := client("secretsmanager").describe_secret(SecretId=arn))["Description"],
            own(told["Tags"]),
            client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"],
        ],
        ["new", {"a": "1"}, "t"],
    ),
    "the key of a secret": Case(
        "SecretsManager::Secret",
        {"SecretString": "s", "KmsKeyId": f"{KEY}/old"},
        {"SecretString": "s", "KmsKeyId": f"{KEY}/new"},
        lambda arn: client("secretsmanager").describe_secret(SecretId=arn)["KmsKeyId"],
        f"{KEY}/new",
    ),
    "a secret without a key": Case(
        "SecretsManager::Secret",
        {"SecretString": "s", "KmsKeyId": f"{KEY}/old"},
        {"SecretString": "s"},
        lambda arn: client("secretsmanager").describe_secret(SecretId=arn).get("KmsKeyId"),
        None,
    ),
    "a bucket without what it had": Case(
        "S3::Bucket",
        {
            "VersioningConfiguration": {"Status": "Enabled"},
            "WebsiteConfiguration": {"IndexDocument": "i.html"},
            "Tags": tags(a="1"),
        },
        {"LifecycleConfiguration": {"Rules": [{"Id": "r", "Status": "Enabled", "ExpirationInDays": 3}]}},
        lambda name: [
            client("s3").get_bucket_versioning(Bucket=name)["Status"],
            client("s3").get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]["ID"],
            refused(lambda: client("s3").get_bucket_website(Bucket=name)),
            refused(lambda: client("s3").get_bucket_tagging(Bucket=name)),
        ],
        ["Suspended", "r", "NoSuchWebsiteConfiguration", "NoSuchTagSet"],
    ),
    "the logs and tags of a state machine": Case(
        "StepFunctions::StateMachine",
        {"DefinitionString": machine("A"), "RoleArn": ROLE, "Tags": tags(a="1")},
        {"DefinitionString": machine("B"), "RoleArn": f"{ROLE}2"},
        lambda arn: [
            (told := client("stepfunctions").describe_state_machine(stateMachineArn=arn))["roleArn"],
            json.loads(told["definition"])["StartAt"],
            own(client("stepfunctions").list_tags_for_resource(resourceArn=arn)["tags"]),
        ],
        [f"{ROLE}2", "B", {}],
    ),
    "the tracing of a state machine": Case(
        "StepFunctions::StateMachine",
        {"DefinitionString": machine("A"), "RoleArn": ROLE},
        {"DefinitionString": machine("A"), "RoleArn": ROLE, "TracingConfiguration": {"Enabled": True}},
        lambda arn: client("stepfunctions").describe_state_machine(stateMachineArn=arn)["tracingConfiguration"],
        {"enabled": True},
    ),
    "a REST API as it is by default": Case(
        "ApiGateway::RestApi",
        {"Name": "a", "ApiKeySourceType": "AUTHORIZER", "DisableExecuteApiEndpoint": True},
        {"Name": "a"},
        lambda name: [
            (told := client("apigateway").get_rest_api(restApiId=name))["apiKeySource"],
            told["disableExecuteApiEndpoint"],
        ],
        ["HEADER", False],
    ),
    "a key that is not enabled any more": Case(
        "ApiGateway::ApiKey",
        {"Name": "k", "Enabled": True},
        {"Name": "k"},
        lambda name: client("apigateway").get_api_key(apiKey=name)["enabled"],
        False,
    ),
    "a REST API": Case(
        "ApiGateway::RestApi",
        {"Name": "a", "Description": "old", "BinaryMediaTypes": ["image/png"]},
        {"Name": "b", "ApiKeySourceType": "AUTHORIZER", "BinaryMediaTypes": ["image/gif"]},
        lambda name: [
            (told := client("apigateway").get_rest_api(restApiId=name))["name"],
            told["apiKeySource"],
            told["binaryMediaTypes"],
            told.get("description", ""),
        ],
        ["b", "AUTHORIZER", ["image/gif"], ""],
    ),
    "the limits of a usage plan": Case(
        "ApiGateway::UsagePlan",
        {"UsagePlanName": "a", "Throttle": {"RateLimit": 1, "BurstLimit": 2}},
        {"UsagePlanName": "b", "Quota": {"Limit": 5, "Period": "DAY"}},
        lambda name: [
            (told := client("apigateway").get_usage_plan(usagePlanId=name))["name"],
            told["quota"]["limit"],
            told.get("throttle"),
        ],
        ["b", 5, None],
    ),
    "an HTTP API that no other page may call": Case(
        "ApiGatewayV2::Api",
        {"Name": "a", "ProtocolType": "HTTP", "CorsConfiguration": {"AllowOrigins": ["*"]}},
        {"Name": "b", "ProtocolType": "HTTP"},
        lambda name: [
            (told := client("apigatewayv2").get_api(ApiId=name))["Name"],
            told.get("CorsConfiguration"),
        ],
        ["b", None],
    ),
    "the rules for passwords": Case(
        "Cognito::UserPool",
        {"UserPoolName": "people"},
        {"UserPoolName": "people", "Policies": {"PasswordPolicy": {"MinimumLength": 10}}},
        lambda name: client("cognito-idp").describe_user_pool(UserPoolId=name)["UserPool"]["Policies"][
            "PasswordPolicy"
        ]["MinimumLength"],
        10,
    ),
    "where a delivery stream puts things": Case(
        "KinesisFirehose::DeliveryStream",
        {"S3DestinationConfiguration": {"BucketARN": "arn:aws:s3:::store", "RoleARN": ROLE}},
        {"S3DestinationConfiguration": {"BucketARN": "arn:aws:s3:::store", "RoleARN": ROLE, "Prefix": "x/"}},
        lambda name: client("firehose").describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"][
            "Destinations"
        ][0]["S3DestinationDescription"]["Prefix"],
        "x/",
    ),
}


def refused(ask: Callable[[], Any]) -> str:
    """Return the code with which something is refused."""
    with pytest.raises(Exception, match=r".") as info:
        ask()
    response: Any = getattr(info.value, "response", None)
    return str(response["Error"]["Code"])


def template(kind: str, properties: Mapping[str, Any]) -> str:
    return json.dumps({"Resources": {"R": {"Type": f"AWS::{kind}", "Properties": properties}}})


def physical(cloudformation: Any) -> str:
    (resource,) = cloudformation.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    return str(resource["PhysicalResourceId"])


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_update_is_obeyed(world: SyncSimulation, case: Case) -> None:
    """In place, by its physical id; what a template no longer says of it has its default again."""
    world.add_source("buckets", "store")
    cloudformation = client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=template(case.kind, case.before))
    before = physical(cloudformation)

    cloudformation.update_stack(StackName="shop", TemplateBody=template(case.kind, case.after))

    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert (stack["StackStatus"], physical(cloudformation)) == ("UPDATE_COMPLETE", before)
    assert case.tell(before) == case.told
    assert [entry.detail["note"] for entry in world.trace.entries(("noted",)) if "stays" in entry.detail["note"]] == []


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_an_update_can_be_taken_back(world: SyncSimulation, case: Case) -> None:
    """What fails after it makes the resource what it was, with defaults for what it did not have."""
    world.add_source("buckets", "store")
    cloudformation = client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=template(case.kind, case.before))
    before = physical(cloudformation)
    after = json.loads(template(case.kind, case.after))
    after["Resources"]["Bad"] = {"Type": "AWS::SQS::Queue", "DependsOn": "R", "Properties": {"DelaySeconds": 901}}

    cloudformation.update_stack(StackName="shop", TemplateBody=json.dumps(after))

    (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
    assert (stack["StackStatus"], physical(cloudformation)) == ("UPDATE_ROLLBACK_COMPLETE", before)


def test_parts_of_an_api_change(world: SyncSimulation) -> None:
    """A model gets another schema, a validator does not look at requests any more."""
    cloudformation, gateway = client("cloudformation"), client("apigateway")

    def text(schema: str, **checks: bool) -> str:
        of = {"RestApiId": {"Ref": "A"}}
        model = {**of, "Name": "Order", "ContentType": "application/json", "Schema": {"type": schema}}
        return json.dumps(
            {
                "Resources": {
                    "A": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
                    "M": {"Type": "AWS::ApiGateway::Model", "Properties": model},
                    "V": {"Type": "AWS::ApiGateway::RequestValidator", "Properties": {**of, "Name": "v", **checks}},
                }
            }
        )

    cloudformation.create_stack(StackName="shop", TemplateBody=text("object", ValidateRequestBody=True))
    cloudformation.update_stack(StackName="shop", TemplateBody=text("array"))

    api = gateway.get_rest_apis()["items"][0]["id"]
    (model,) = [each for each in gateway.get_models(restApiId=api)["items"] if each["name"] == "Order"]
    (validator,) = gateway.get_request_validators(restApiId=api)["items"]
    assert (json.loads(model["schema"]), validator["validateRequestBody"]) == ({"type": "array"}, False)


def test_a_subscription_filters_bodies_and_attributes(world: SyncSimulation) -> None:
    """A policy that only bodies may have comes after what it applies to, and goes before."""
    cloudformation = client("cloudformation")

    def text(**filtering: Any) -> str:
        endpoint = {"Protocol": "sqs", "TopicArn": {"Ref": "T"}, "Endpoint": {"Fn::GetAtt": ["Q", "Arn"]}}
        return json.dumps(
            {
                "Resources": {
                    "T": {"Type": "AWS::SNS::Topic"},
                    "Q": {"Type": "AWS::SQS::Queue"},
                    "S": {"Type": "AWS::SNS::Subscription", "Properties": {**endpoint, **filtering}},
                }
            }
        )

    def told() -> list[Any]:
        (stack,) = cloudformation.describe_stacks(StackName="shop")["Stacks"]
        (found,) = client("sns").list_subscriptions()["Subscriptions"]
        attributes = client("sns").get_subscription_attributes(SubscriptionArn=found["SubscriptionArn"])["Attributes"]
        names = ("FilterPolicy", "FilterPolicyScope", "RawMessageDelivery")
        return [stack["StackStatus"], *map(attributes.get, names)]

    body = {"FilterPolicyScope": "MessageBody", "FilterPolicy": {"a": {"b": ["c"]}}, "RawMessageDelivery": True}
    cloudformation.create_stack(StackName="shop", TemplateBody=text())
    cloudformation.update_stack(StackName="shop", TemplateBody=text(**body))
    between = told()
    cloudformation.update_stack(StackName="shop", TemplateBody=text())

    assert between == ["UPDATE_COMPLETE", '{"a":{"b":["c"]}}', "MessageBody", "true"]
    assert [told()[0], told()[3]] == ["UPDATE_COMPLETE", "false"]
    assert told()[1:3] == [None, None]


def test_what_an_update_does_not_change_is_told(world: SyncSimulation) -> None:
    """It stays as it was, and the trace says so."""
    cloudformation = client("cloudformation")
    authorizer = {"Type": "TOKEN", "IdentitySource": "method.request.header.A", "ProviderARNs": ["arn:1"]}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}}

    def text(description: str, arn: str) -> str:
        function = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations"
        given = {**authorizer, "Name": "a", "AuthorizerUri": function, "RestApiId": {"Ref": "A"}, "ProviderARNs": [arn]}
        properties = {"Name": "s", "ProtocolType": "HTTP", **({"Description": description} if description else {})}
        return json.dumps(
            {
                "Resources": {
                    "A": api,
                    "R": {"Type": "AWS::ApiGateway::Authorizer", "Properties": given},
                    "S": {"Type": "AWS::ApiGatewayV2::Api", "Properties": properties},
                }
            }
        )

    cloudformation.create_stack(StackName="shop", TemplateBody=text("d", "arn:1"))
    cloudformation.update_stack(StackName="shop", TemplateBody=text("", "arn:2"))

    notes = [entry.detail["note"] for entry in world.trace.entries(("noted",))]
    assert "R: ProviderARNs is not changed by an update; it stays as it was" in notes
    assert "S: Description is not given any more; it stays as it was" in notes


def test_what_leaves_a_template_leaves_what_it_was_part_of(world: SyncSimulation) -> None:
    """A permission, an address and a filter of a function's logs go, and the function stays."""
    code = {"ZipFile": "def handler(event, context):\n    return 1\n"}
    function = {"Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE, "Code": code, "FunctionName": "f"}
    resources = {
        "F": {"Type": "AWS::Lambda::Function", "Properties": function},
        "L": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/aws/lambda/f"}},
        "U": {
            "Type": "AWS::Lambda::Url",
            "Properties": {"AuthType": "NONE", "TargetFunctionArn": {"Fn::GetAtt": ["F", "Arn"]}},
        },
        "P": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {
                "Action": "lambda:InvokeFunction",
                "FunctionName": {"Ref": "F"},
                "Principal": "sns.amazonaws.com",
            },
        },
    }
    cloudformation, functions = client("cloudformation"), client("lambda")
    cloudformation.create_stack(StackName="shop", TemplateBody=json.dumps({"Resources": resources}))

    cloudformation.update_stack(StackName="shop", TemplateBody=json.dumps({"Resources": {"F": resources["F"]}}))

    assert functions.get_function(FunctionName="f")["Configuration"]["FunctionName"] == "f"
    assert refused(lambda: functions.get_policy(FunctionName="f")) == "ResourceNotFoundException"
    assert refused(lambda: functions.get_function_url_config(FunctionName="f")) == "ResourceNotFoundException"
    assert client("logs").describe_log_groups()["logGroups"] == []


def test_a_permission_may_be_replaced(world: SyncSimulation) -> None:
    """It is not the function's name that stands in the way: it has a name of its own."""
    code = {"ZipFile": "def handler(event, context):\n    return 1\n"}
    function = {"Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE, "Code": code}
    cloudformation = client("cloudformation")

    def text(service: str) -> str:
        permission = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "F"}, "Principal": service}
        return json.dumps(
            {
                "Resources": {
                    "F": {"Type": "AWS::Lambda::Function", "Properties": {**function, "FunctionName": "f"}},
                    "P": {"Type": "AWS::Lambda::Permission", "Properties": permission},
                }
            }
        )

    cloudformation.create_stack(StackName="shop", TemplateBody=text("sns.amazonaws.com"))
    cloudformation.update_stack(StackName="shop", TemplateBody=text("s3.amazonaws.com"))

    policy = json.loads(client("lambda").get_policy(FunctionName="f")["Policy"])
    assert [each["Principal"] for each in policy["Statement"]] == [{"Service": "s3.amazonaws.com"}]


TAGGED: dict[str, tuple[Mapping[str, Any], Callable[[str], Any]]] = {
    "SQS::Queue": ({}, lambda url: client("sqs").list_queue_tags(QueueUrl=url)["Tags"]),
    "SNS::Topic": ({}, lambda arn: client("sns").list_tags_for_resource(ResourceArn=arn)["Tags"]),
    "Kinesis::Stream": (
        {"ShardCount": 1},
        lambda name: client("kinesis").list_tags_for_stream(StreamName=name)["Tags"],
    ),
    "SSM::Parameter": (
        {"Type": "String", "Value": "v"},
        lambda name: client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"],
    ),
    "StepFunctions::StateMachine": (
        {"DefinitionString": machine("A"), "RoleArn": ROLE},
        lambda arn: client("stepfunctions").list_tags_for_resource(resourceArn=arn)["tags"],
    ),
    "ApiGateway::RestApi": ({"Name": "a"}, lambda name: client("apigateway").get_rest_api(restApiId=name)["tags"]),
    "ApiGatewayV2::Api": (
        {"Name": "a", "ProtocolType": "HTTP"},
        lambda name: client("apigatewayv2").get_api(ApiId=name)["Tags"],
    ),
    "SecretsManager::Secret": (
        {"SecretString": "s"},
        lambda arn: client("secretsmanager").describe_secret(SecretId=arn)["Tags"],
    ),
}


def test_an_api_of_a_definition_has_the_tags_of_its_stack(world: SyncSimulation) -> None:
    """What describes all else of it says nothing of them."""
    definition = {"openapi": "3.0.1", "info": {"title": "a", "version": "1"}, "paths": {}}
    resource = template("ApiGatewayV2::Api", {"Body": definition, "Tags": {"own": "1"}})
    cloudformation = client("cloudformation")

    cloudformation.create_stack(StackName="shop", TemplateBody=resource, Tags=tags(team="a"))

    told = client("apigatewayv2").get_api(ApiId=physical(cloudformation))["Tags"]
    assert own(told) == {"own": "1", "team": "a"}


@pytest.mark.parametrize("kind", TAGGED)
def test_a_resource_has_the_tags_of_its_stack(world: SyncSimulation, kind: str) -> None:
    """Besides its own, which precede, and those by which CloudFormation marks it; others when the stack gets others."""
    given, ask = TAGGED[kind]
    is_mapping = kind in ("SSM::Parameter", "ApiGatewayV2::Api")
    resource = template(kind, {**given, "Tags": {"own": "1"} if is_mapping else tags(own="1")})
    cloudformation = client("cloudformation")
    made = cloudformation.create_stack(StackName="shop", TemplateBody=resource, Tags=tags(own="0", team="a", old="x"))
    name = physical(cloudformation)
    marks = {
        "aws:cloudformation:stack-name": "shop",
        "aws:cloudformation:stack-id": made["StackId"],
        "aws:cloudformation:logical-id": "R",
    }

    def told() -> dict[str, str]:
        found = ask(name)
        return dict(found if isinstance(found, dict) else map(dict.values, found))

    assert told() == {"own": "1", "team": "a", "old": "x", **marks}
    cloudformation.update_stack(StackName="shop", TemplateBody=resource, Tags=tags(team="b"))
    assert told() == {"own": "1", "team": "b", **marks}


SMALL: dict[str, tuple[str, Callable[[], Any], Any]] = {
    "a policy of a bucket": (
        """
  B: {Type: AWS::S3::Bucket, Properties: {BucketName: pictures}}
  R:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref B
      PolicyDocument:
        Statement: [{Effect: Deny, Principal: "*", Action: "s3:*", Resource: !Sub "${B.Arn}/*"}]
""",
        lambda: json.loads(client("s3").get_bucket_policy(Bucket="pictures")["Policy"])["Statement"][0]["Effect"],
        "Deny",
    ),
    "a policy of a secret": (
        """
  S: {Type: AWS::SecretsManager::Secret, Properties: {Name: s, SecretString: x}}
  R:
    Type: AWS::SecretsManager::ResourcePolicy
    Properties:
      SecretId: !Ref S
      ResourcePolicy:
        Version: "2012-10-17"
        Statement: [{Effect: Deny, Principal: "*", Action: "secretsmanager:DeleteSecret", Resource: "*"}]
""",
        lambda: "DeleteSecret" in client("secretsmanager").get_resource_policy(SecretId="s")["ResourcePolicy"],
        True,
    ),
    "a log stream": (
        """
  G: {Type: AWS::Logs::LogGroup, Properties: {LogGroupName: g}}
  R: {Type: AWS::Logs::LogStream, Properties: {LogGroupName: !Ref G, LogStreamName: s}}
""",
        lambda: client("logs").describe_log_streams(logGroupName="g")["logStreams"][0]["logStreamName"],
        "s",
    ),
    "a query": (
        "  R: {Type: AWS::Logs::QueryDefinition, Properties: {Name: q, QueryString: fields @message}}",
        lambda: client("logs").describe_query_definitions()["queryDefinitions"][0]["name"],
        "q",
    ),
    "a dashboard": (
        """  R: {Type: AWS::CloudWatch::Dashboard, Properties: {DashboardName: d, DashboardBody: '{"widgets": []}'}}""",
        lambda: client("cloudwatch").list_dashboards()["DashboardEntries"][0]["DashboardName"],
        "d",
    ),
    "an activity": (
        "  R: {Type: AWS::StepFunctions::Activity, Properties: {Name: a}}",
        lambda: client("stepfunctions").list_activities()["activities"][0]["name"],
        "a",
    ),
    "an alias of a state machine": (
        """
  M:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      RoleArn: arn:aws:iam::000000000000:role/r
      StateMachineName: m
      Definition: {StartAt: A, States: {A: {Type: Succeed}}}
  V: {Type: AWS::StepFunctions::StateMachineVersion, Properties: {StateMachineArn: !Ref M}}
  R:
    Type: AWS::StepFunctions::StateMachineAlias
    Properties: {Name: live, RoutingConfiguration: [{StateMachineVersionArn: !Ref V, Weight: 100}]}
""",
        lambda: [
            each["stateMachineAliasArn"].rpartition(":")[2]
            for machine_ in client("stepfunctions").list_state_machines()["stateMachines"]
            for each in client("stepfunctions").list_state_machine_aliases(stateMachineArn=machine_["stateMachineArn"])[
                "stateMachineAliases"
            ]
        ],
        ["live"],
    ),
}


@pytest.mark.parametrize(("text", "ask", "told"), SMALL.values(), ids=SMALL)
def test_a_resource_can_be_asked_for(world: SyncSimulation, text: str, ask: Callable[[], Any], told: Any) -> None:
    """By its service's own operations; it goes with its stack."""
    cloudformation = client("cloudformation")
    made = cloudformation.create_stack(StackName="shop", TemplateBody=f"Resources:\n{text}")

    assert ask() == told
    cloudformation.delete_stack(StackName="shop")

    (stack,) = cloudformation.describe_stacks(StackName=made["StackId"])["Stacks"]
    events = cloudformation.describe_stack_events(StackName=made["StackId"])["StackEvents"]
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    assert ("R", "DELETE_COMPLETE") in [(each["LogicalResourceId"], each["ResourceStatus"]) for each in events]


def test_a_pipe_loses_what_its_template_loses(world: SyncSimulation) -> None:
    """Filters, templates and parameters, which UpdatePipe alone would keep."""
    for name in ("in", "out"):
        world.add_source("queues", name)
    arn = "arn:aws:sqs:us-east-1:123456789012:"
    ends = {"Name": "p", "RoleArn": ROLE, "Source": f"{arn}in", "Target": f"{arn}out"}
    before = {
        "Description": "old",
        "DesiredState": "STOPPED",
        "SourceParameters": {
            "FilterCriteria": {"Filters": [{"Pattern": '{"body": ["a"]}'}]},
            "SqsQueueParameters": {"BatchSize": 5},
        },
        "TargetParameters": {"InputTemplate": '{"a": 1}', "SqsQueueParameters": {"MessageGroupId": "g"}},
    }
    after = {"SourceParameters": {"SqsQueueParameters": {"BatchSize": 6}}}
    cloudformation = client("cloudformation")

    cloudformation.create_stack(StackName="shop", TemplateBody=template("Pipes::Pipe", {**ends, **before}))
    cloudformation.update_stack(StackName="shop", TemplateBody=template("Pipes::Pipe", {**ends, **after}))

    told = client("pipes").describe_pipe(Name="p")
    assert told["SourceParameters"] == {"FilterCriteria": {"Filters": []}, "SqsQueueParameters": {"BatchSize": 6}}
    assert told["DesiredState"] == "RUNNING"
    assert not {"Description", "TargetParameters"} & told.keys()


KEY = """
Resources:
  K:
    Type: AWS::KMS::Key
    Properties: {Description: DESCRIPTION, EnableKeyRotation: true, Tags: [{Key: a, Value: b}]}
  A: {Type: AWS::KMS::Alias, Properties: {AliasName: alias/shop, TargetKeyId: !Ref K}}
Outputs: {Arn: {Value: !GetAtt K.Arn}}
"""


def test_a_key_of_a_stack_encrypts(world: SyncSimulation) -> None:
    """Where moto answers for keys; one that its stack made waits for its deletion when that is deleted."""
    cloudformation, kms = client("cloudformation"), client("kms")
    cloudformation.create_stack(StackName="shop", TemplateBody=KEY.replace("DESCRIPTION", "old"))
    (output,) = cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["Outputs"]

    sealed = kms.encrypt(KeyId="alias/shop", Plaintext=b"secret")
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"])["Plaintext"]
    cloudformation.update_stack(StackName="shop", TemplateBody=KEY.replace("DESCRIPTION", "new"))
    told = kms.describe_key(KeyId=output["OutputValue"])["KeyMetadata"]
    cloudformation.delete_stack(StackName="shop")

    assert (opened, told["Description"]) == (b"secret", "new")
    assert kms.describe_key(KeyId=told["KeyId"])["KeyMetadata"]["KeyState"] == "PendingDeletion"
    assert "alias/shop" not in [each["AliasName"] for each in kms.list_aliases()["Aliases"]]


def test_a_layer_that_changes_is_another_version(world: SyncSimulation) -> None:
    """Which the function has from its next start; the Lambda API calls each by its ARN."""
    bucket, cloudformation = client("s3"), client("cloudformation")
    world.add_source("buckets", "code")

    def text(key: str) -> str:
        data = io.BytesIO()
        with zipfile.ZipFile(data, "w") as archive:
            archive.writestr("python/shared.py", f"WORD = {key!r}\n")
        bucket.put_object(Bucket="code", Key=key, Body=data.getvalue())
        layer = {"LayerName": "words", "Content": {"S3Bucket": "code", "S3Key": key}}
        code = {"ZipFile": "import shared\ndef handler(event, context):\n    return shared.WORD\n"}
        function = {"Runtime": "python3.12", "Handler": "index.handler", "Role": ROLE, "Code": code}
        return json.dumps(
            {
                "Resources": {
                    f"Words{key}": {"Type": "AWS::Lambda::LayerVersion", "Properties": layer},
                    "F": {
                        "Type": "AWS::Lambda::Function",
                        "Properties": {**function, "Layers": [{"Ref": f"Words{key}"}]},
                    },
                }
            }
        )

    def layers(name: str) -> list[str]:
        told = client("lambda").get_function_configuration(FunctionName=name)
        return [each["Arn"].rpartition(":layer:")[2] for each in told["Layers"]]

    cloudformation.create_stack(StackName="shop", TemplateBody=text("a"))
    name = cloudformation.describe_stack_resource(StackName="shop", LogicalResourceId="F")["StackResourceDetail"]
    before = layers(name["PhysicalResourceId"])
    cloudformation.update_stack(StackName="shop", TemplateBody=text("b"))

    found = cloudformation.describe_stack_resource(StackName="shop", LogicalResourceId="Wordsb")
    assert found["StackResourceDetail"]["PhysicalResourceId"].endswith(":layer:words:2")
    assert (before, layers(name["PhysicalResourceId"])) == (["words:1"], ["words:2"])
    assert world.invoke(name["PhysicalResourceId"]) == "b"
