"""Does the Resource Groups Tagging API see what bears tags here, whatever service it is of?"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation

ROLE = "arn:aws:iam::123456789012:role/r"
LIST = [{"Key": "team", "Value": "shop"}]
MAP = {"team": "shop"}

Ask = Callable[..., Any]


@pytest.fixture
def ask() -> Iterator[Ask]:
    """Calls operations as a client would: `ask("sqs", "CreateQueue", QueueName="q")`."""
    with SyncSimulation(seed=3) as simulation:
        simulation.add_function("f", handler=lambda event, context: None)
        yield lambda service, operation, **parameters: simulation.request(service, operation, parameters)


def tags(ask: Ask, **asked: Any) -> dict[str, dict[str, str]]:
    """Return the tags of the resources that are found, by ARN."""
    found = ask("resourcegroupstaggingapi", "GetResources", **asked)["ResourceTagMappingList"]
    return {each["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in each["Tags"]} for each in found}


def make_one_of_each(ask: Ask) -> None:
    """Make a resource with a tag in every service that has tags."""
    definition = '{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    queue = "arn:aws:sqs:us-east-1:123456789012:q"
    ask("sqs", "CreateQueue", QueueName="q", tags=MAP)
    ask("sns", "CreateTopic", Name="t", Tags=LIST)
    ask("s3", "CreateBucket", Bucket="bucket-of-tags")
    ask("s3", "PutBucketTagging", Bucket="bucket-of-tags", Tagging={"TagSet": LIST})
    ask(
        "dynamodb",
        "CreateTable",
        TableName="table",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=LIST,
    )
    ask("kinesis", "CreateStream", StreamName="stream", ShardCount=1, Tags=MAP)
    ask("lambda", "TagResource", Resource="arn:aws:lambda:us-east-1:123456789012:function:f", Tags=MAP)
    ask("lambda", "CreateEventSourceMapping", EventSourceArn=queue, FunctionName="f", Tags=MAP)
    ask("events", "CreateEventBus", Name="bus", Tags=LIST)
    ask("events", "PutRule", Name="rule", EventBusName="bus", EventPattern='{"source": ["x"]}', Tags=LIST)
    ask("scheduler", "CreateScheduleGroup", Name="group", Tags=LIST)
    ask(
        "stepfunctions",
        "CreateStateMachine",
        name="machine",
        definition=definition,
        roleArn=ROLE,
        tags=[{"key": "team", "value": "shop"}],
    )
    ask("stepfunctions", "CreateActivity", name="activity", tags=[{"key": "team", "value": "shop"}])
    ask("sqs", "CreateQueue", QueueName="other")
    ask("pipes", "CreatePipe", Name="pipe", Source=queue, Target=queue[:-1] + "other", RoleArn=ROLE, Tags=MAP)
    ask(
        "firehose",
        "CreateDeliveryStream",
        DeliveryStreamName="delivery",
        ExtendedS3DestinationConfiguration={"BucketARN": "arn:aws:s3:::bucket-of-tags", "RoleARN": ROLE},
        Tags=LIST,
    )
    ask("apigateway", "CreateRestApi", name="rest", tags=MAP)
    ask("apigatewayv2", "CreateApi", Name="http", ProtocolType="HTTP", Tags=MAP)
    ask("elbv2", "CreateLoadBalancer", Name="balancer", Subnets=["subnet-1", "subnet-2"], Tags=LIST)
    ask("elbv2", "CreateTargetGroup", Name="group", TargetType="lambda", Tags=LIST)
    shop = ask("appconfig", "CreateApplication", Name="shop", Tags=MAP)["Id"]
    ask("appconfig", "CreateEnvironment", ApplicationId=shop, Name="prod", Tags=MAP)
    ask("appconfig", "CreateConfigurationProfile", ApplicationId=shop, Name="p", LocationUri="hosted", Tags=MAP)
    ask("logs", "CreateLogGroup", logGroupName="logs", tags=MAP)
    alarm = {"Namespace": "n", "MetricName": "m", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    compared = {"Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    ask("cloudwatch", "PutMetricAlarm", AlarmName="busy", **alarm, **compared, Tags=LIST)
    ask("cloudwatch", "PutCompositeAlarm", AlarmName="all", AlarmRule="ALARM(busy)", Tags=LIST)
    ask("secretsmanager", "CreateSecret", Name="secret", SecretString="x", Tags=LIST)
    ask("ssm", "PutParameter", Name="/parameter", Value="x", Type="String", Tags=LIST)


def test_resources_of_every_service_are_found(ask: Ask) -> None:
    """Those with tags, by the operations of their own services; what has none is left out."""
    make_one_of_each(ask)

    found = tags(ask)

    assert set(map(str, found.values())) == {str(MAP)}
    assert sorted({":".join([arn.split(":")[2], arn.split(":")[5].split("/")[0][:7]]) for arn in found}) == [
        "apigateway:",
        "appconfig:applica",
        "cloudwatch:alarm",
        "dynamodb:table",
        "elasticloadbalancing:loadbal",
        "elasticloadbalancing:targetg",
        "events:event-b",
        "events:rule",
        "firehose:deliver",
        "kinesis:stream",
        "lambda:event-s",
        "lambda:functio",
        "logs:log-gro",
        "pipes:pipe",
        "s3:bucket-",
        "scheduler:schedul",
        "secretsmanager:secret",
        "sns:t",
        "sqs:q",
        "ssm:paramet",
        "states:activit",
        "states:stateMa",
    ]
    assert len(found) == 26


def test_tags_are_set_and_taken_away_wherever_they_are(ask: Ask) -> None:
    """Of all resources at once; which could not be changed is told."""
    make_one_of_each(ask)
    arns, nobody = list(tags(ask)), "arn:aws:sqs:us-east-1:123456789012:nobody"
    halves = [*arns[:12], nobody], arns[12:]

    def change(operation: str, **asked: Any) -> list[str]:
        answers = [ask("resourcegroupstaggingapi", operation, ResourceARNList=half, **asked) for half in halves]
        return [arn for answer in answers for arn in answer["FailedResourcesMap"]]

    failed = change("TagResources", Tags={"stage": "test"})
    both = tags(ask)
    change("UntagResources", TagKeys=["team"])

    assert failed == [nobody]
    assert both == {arn: {"team": "shop", "stage": "test"} for arn in arns}
    assert tags(ask) == {arn: {"stage": "test"} for arn in arns}


def test_resources_are_found_by_type_tags_and_arn(ask: Ask) -> None:
    """A filter has a key and any of its values; all filters must hold."""
    for name, stage in (("a", "test"), ("b", "live")):
        ask("sqs", "CreateQueue", QueueName=name, tags={"team": "shop", "stage": stage})
    ask("sns", "CreateTopic", Name="t", Tags=LIST)

    def names(**asked: Any) -> list[str]:
        return [arn.rpartition(":")[2] for arn in tags(ask, **asked)]

    assert names(ResourceTypeFilters=["sqs:queue"]) == names(ResourceTypeFilters=["sqs"]) == ["a", "b"]
    assert names(TagFilters=[{"Key": "team", "Values": ["shop"]}]) == ["t", "a", "b"]
    assert names(TagFilters=[{"Key": "team"}, {"Key": "stage", "Values": ["live", "none"]}]) == ["b"]
    assert names(ResourceARNList=["arn:aws:sns:us-east-1:123456789012:t"]) == ["t"]
    keys = ask("resourcegroupstaggingapi", "GetTagKeys")["TagKeys"]
    values = ask("resourcegroupstaggingapi", "GetTagValues", Key="stage")["TagValues"]
    assert (keys, values) == (["stage", "team"], ["live", "test"])


def test_resources_are_told_page_by_page(ask: Ask) -> None:
    """The last page has an empty token; one that is none of ours is refused."""
    for name in "abc":
        ask("sqs", "CreateQueue", QueueName=name, tags=MAP)

    first = ask("resourcegroupstaggingapi", "GetResources", ResourcesPerPage=2)
    second = ask(
        "resourcegroupstaggingapi", "GetResources", ResourcesPerPage=2, PaginationToken=first["PaginationToken"]
    )

    counts = [len(each["ResourceTagMappingList"]) for each in (first, second)]
    assert (counts, second["PaginationToken"]) == ([2, 1], "")
    with pytest.raises(ApiError, match="PaginationToken"):
        ask("resourcegroupstaggingapi", "GetResources", PaginationToken="x")
