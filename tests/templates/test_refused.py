"""Why a resource failed: CloudFormation's words around those of the operation, as suites and tools look for them."""

import json
import re
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from eventsim.template.refused import kind_of_refusal
from tests import sdk

UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
REFUSING = """
import json, urllib.request
def handler(event, context):
    answer = {"Status": "FAILED", "Reason": "no more room", "PhysicalResourceId": "x"}
    answer |= {name: event[name] for name in ("StackId", "RequestId", "LogicalResourceId")}
    asked = urllib.request.Request(event["ResponseURL"], json.dumps(answer).encode(), method="PUT")
    urllib.request.urlopen(asked)
"""
SILENT = "def handler(event, context): pass\n"
FUNCTION = {
    "Role": "arn:aws:iam::000000000000:role/r",
    "Runtime": "python3.12",
    "Handler": "index.handler",
    "Code": {"ZipFile": SILENT},
}


def why(cloudformation: Any, status: str = "CREATE_FAILED", stack: str = "shop") -> str:
    """Return why a resource of a stack has a status."""
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    (reason,) = [
        each["ResourceStatusReason"]
        for each in events
        if (each["LogicalResourceId"], each["ResourceStatus"]) == ("R", status)
    ]
    return str(reason)


def one(kind: str, **properties: Any) -> str:
    """Return a template with one resource."""
    return json.dumps({"Resources": {"R": {"Type": kind, "Properties": properties}}})


CASES = {
    "a value out of bounds": (
        one("AWS::SQS::Queue", DelaySeconds=-1),
        "Invalid value for the parameter DelaySeconds. (Service: Sqs, Status Code: 400",
        "InvalidRequest",
    ),
    "what is not there": (
        one("AWS::SNS::Subscription", TopicArn="arn:aws:sns:us-east-1:000000000000:no", Protocol="sqs", Endpoint="x"),
        "Topic does not exist (Service: Sns, Status Code: 404",
        "NotFound",
    ),
    "what is there already": (
        one("AWS::Events::EventBus", Name="orders"),
        "Event bus orders already exists. (Service: EventBridge, Status Code: 400",
        "AlreadyExists",
    ),
    "a function that is there already": (
        one("AWS::Lambda::Function", **FUNCTION, FunctionName="old"),
        "Function already exist: old (Service: Lambda, Status Code: 409",
        "AlreadyExists",
    ),
    "a setting of a function": (
        one("AWS::Lambda::Function", **FUNCTION, Timeout=901),
        "1 validation error detected: Value '901' at 'timeout' failed to satisfy constraint: Member must have value "
        "less than or equal to 900 (Service: Lambda, Status Code: 400",
        "InvalidRequest",
    ),
}


@pytest.mark.parametrize(("body", "message", "kind"), CASES.values(), ids=CASES)
def test_a_refusal_is_told_as_handlers_tell_it(
    world: SyncSimulation, cloudformation: Any, body: str, message: str, kind: str
) -> None:
    """With the service's name in AWS's client for Java, the ids of two requests, and what kind of refusal it is."""
    world.add_function("old", handler=lambda event, context: None)
    world.request("events", "CreateEventBus", {"Name": "orders"})

    cloudformation.create_stack(StackName="shop", TemplateBody=body)

    form = rf'Resource handler returned message: "(.*), Request ID: {UUID}\)" \(RequestToken: {UUID}, '
    told = re.fullmatch(form + r"HandlerErrorCode: (\w+)\)", why(cloudformation))
    assert told is not None
    assert (told[1], told[4]) == (message, kind)


def test_a_bucket_that_is_not_empty_is_not_deleted(cloudformation: Any) -> None:
    """Deletions are told in the same form."""
    s3 = sdk.client("s3")
    cloudformation.create_stack(StackName="shop", TemplateBody=one("AWS::S3::Bucket", BucketName="full"))
    s3.put_object(Bucket="full", Key="k", Body=b"")

    cloudformation.delete_stack(StackName="shop")

    (of_bucket, of_stack) = (
        each["ResourceStatusReason"]
        for each in reversed(cloudformation.describe_stack_events(StackName="shop")["StackEvents"])
        if each["ResourceStatus"] == "DELETE_FAILED"
    )
    assert of_bucket.startswith(
        'Resource handler returned message: "The bucket you tried to delete is not empty (Service: S3, Status Code: 409'
    )
    assert of_bucket.endswith("HandlerErrorCode: GeneralServiceException)")
    assert of_stack == "The following resource(s) failed to delete: [R]. "


def test_a_name_that_another_stack_has_is_told_with_that_stack(cloudformation: Any) -> None:
    """CloudFormation sees it by itself."""
    body = one("AWS::S3::Bucket", BucketName="pictures")
    owner = cloudformation.create_stack(StackName="owner", TemplateBody=body)["StackId"]

    cloudformation.create_stack(StackName="shop", TemplateBody=body)

    assert why(cloudformation) == f"pictures already exists in stack {owner}"


RULE = {"source": ["orders"]}
ALARM = {"MetricName": "Errors", "Namespace": "AWS/Lambda", "Threshold": 1, "ComparisonOperator": "LessThanThreshold"}
ALARM |= {"EvaluationPeriods": 1, "Period": 60, "Statistic": "Sum"}
KEY = {
    "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
MACHINE = {"DefinitionString": '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}', "RoleArn": FUNCTION["Role"]}
STATEMENT = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::full/*"}
POLICY = {"Bucket": "full", "PolicyDocument": {"Version": "2012-10-17", "Statement": [STATEMENT]}}
OTHERS = {
    "a log group": (one("AWS::Logs::LogGroup", LogGroupName="g"), '\'{"/properties/LogGroupName":"g"}\''),
    "a queue": (one("AWS::SQS::Queue", QueueName="q"), "'q'"),
    "a topic": (one("AWS::SNS::Topic", TopicName="t"), "'t'"),
    "a rule": (one("AWS::Events::Rule", Name="r", EventPattern=RULE), "'r'"),
    "a table": (one("AWS::DynamoDB::Table", TableName="rows", **KEY), "'rows'"),
    "an alarm": (one("AWS::CloudWatch::Alarm", AlarmName="a", **ALARM), "'a'"),
    "a dashboard": (one("AWS::CloudWatch::Dashboard", DashboardName="d", DashboardBody="{}"), "'d'"),
    "a load balancer": (one("AWS::ElasticLoadBalancingV2::LoadBalancer", Name="lb", Subnets=["s-1", "s-2"]), "'lb'"),
    "a state machine": (one("AWS::StepFunctions::StateMachine", StateMachineName="m", **MACHINE), "'m'"),
    "an activity": (one("AWS::StepFunctions::Activity", Name="a"), "'a'"),
    "a bucket": (one("AWS::S3::Bucket", BucketName="pictures"), "pictures already exists"),
    "a policy": (one("AWS::S3::BucketPolicy", **POLICY), "The bucket policy already exists on bucket full."),
}


@pytest.mark.parametrize(("body", "name"), OTHERS.values(), ids=OTHERS)
def test_what_others_made_is_not_taken_over(cloudformation: Any, body: str, name: str) -> None:
    """A stack makes what it has; what an earlier one left is in its way, and stays."""
    sdk.client("s3").create_bucket(Bucket="full")
    kept = json.loads(body)
    kept["Resources"]["R"]["DeletionPolicy"] = "Retain"
    cloudformation.create_stack(StackName="earlier", TemplateBody=json.dumps(kept))
    cloudformation.delete_stack(StackName="earlier")

    cloudformation.create_stack(StackName="shop", TemplateBody=body)
    cloudformation.delete_stack(StackName="shop")
    cloudformation.create_stack(StackName="shop", TemplateBody=body)

    kind = kept["Resources"]["R"]["Type"]
    words = name if " already exists" in name else f"Resource of type '{kind}' with identifier {name} already exists."
    handled = re.escape(f'Resource handler returned message: "{words}"')
    form = rf"{handled} \(RequestToken: {UUID}, HandlerErrorCode: AlreadyExists\)"
    assert re.fullmatch(re.escape(words) if kind == "AWS::S3::Bucket" else form, why(cloudformation))


@pytest.mark.parametrize("case", [name for name in OTHERS if name != "a policy"])
def test_a_name_is_looked_for_without_being_refused(world: SyncSimulation, cloudformation: Any, case: str) -> None:
    """So nothing seems to go wrong, in the trace and in metrics."""
    cloudformation.create_stack(StackName="shop", TemplateBody=OTHERS[case][0])

    assert cloudformation.describe_stacks(StackName="shop")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert [*world.trace.entries(("call refused",))] == []


def test_a_change_set_sees_that_a_name_is_taken(cloudformation: Any) -> None:
    """Tools deploy by one, and ask for the events; who wants no validation finds out when the stack is made."""
    sdk.client("sqs").create_queue(QueueName="q")
    asked = {"StackName": "shop", "ChangeSetType": "CREATE", "TemplateBody": one("AWS::SQS::Queue", QueueName="q")}
    cloudformation.create_change_set(**asked, ChangeSetName="one")
    cloudformation.create_change_set(**asked, ChangeSetName="two", DisableValidation=True)

    told = cloudformation.describe_change_set(StackName="shop", ChangeSetName="one")
    (event,) = cloudformation.describe_events(StackName="shop", ChangeSetName="one")["OperationEvents"]
    cloudformation.execute_change_set(StackName="shop", ChangeSetName="two")

    assert (told["Status"], told["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert told["StatusReason"].startswith(
        "The following hook(s)/validation failed: [AWS::EarlyValidation::ResourceExistenceCheck]. To troubleshoot"
    )
    words = "Resource of type 'AWS::SQS::Queue' with identifier 'q' already exists."
    assert (event["ValidationPath"], event["ValidationStatusReason"]) == ("/Resources/R", words)
    assert words in why(cloudformation)


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (
            REFUSING,
            r"Received response status \[FAILED\] from custom resource. Message returned: no more room "
            rf"\(RequestId: {UUID}\)",
        ),
        (
            SILENT,
            "CloudFormation did not receive a response from your Custom Resource. Please check your logs for requestId "
            rf"\[{UUID}\]. If you are using the Python cfn-response module, you may need to update your Lambda "
            "function code so that CloudFormation can attach the updated version.",
        ),
    ],
)
def test_what_a_custom_resource_fails_of_is_told(cloudformation: Any, code: str, form: str) -> None:
    """What its function answers is no handler's answer; nor is silence."""
    function = {**FUNCTION, "Code": {"ZipFile": code}}
    resources = {
        "F": {"Type": "AWS::Lambda::Function", "Properties": function},
        "R": {"Type": "Custom::Thing", "Properties": {"ServiceToken": {"Fn::GetAtt": ["F", "Arn"]}}},
    }

    cloudformation.create_stack(
        StackName="shop", TemplateBody=json.dumps({"Resources": resources}), OnFailure="DO_NOTHING"
    )

    assert re.fullmatch(form, why(cloudformation))


@pytest.mark.parametrize(
    ("code", "status", "is_new", "kind"),
    [
        ("AccessDeniedException", 403, True, "AccessDenied"),
        ("ThrottlingException", 400, True, "Throttling"),
        ("TooManyRequestsException", 429, True, "Throttling"),
        ("LimitExceededException", 400, True, "ServiceLimitExceeded"),
        ("ResourceConflictException", 409, True, "AlreadyExists"),
        ("ResourceConflictException", 409, False, "ResourceConflict"),
        ("BucketAlreadyOwnedByYou", 409, True, "AlreadyExists"),
        ("QueueNameExists", 400, True, "AlreadyExists"),
        ("NoSuchBucket", 404, False, "NotFound"),
        ("ServiceUnavailable", 503, True, "ServiceInternalError"),
        ("ValidationException", 400, True, "InvalidRequest"),
    ],
)
def test_a_refusal_is_of_a_kind(code: str, status: int, is_new: bool, kind: str) -> None:
    """By what its code says; what is in the way of something new exists already."""
    assert kind_of_refusal(ApiError(code, "", status=status), is_new=is_new) == kind
