"""What is a resource like now, whoever changed it? Read by the service's own operations, in the words of templates.

Of each type those properties are read that its operations tell. One that is not set is None; one that cannot be read is
left out.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from eventsim.errors import ApiError
from eventsim.template.site import Made

Ask = Callable[[str, str, Mapping[str, Any]], Awaitable[Any]]
"""Calls an operation: service, operation, parameters."""
Properties = Mapping[str, Any]
Read = Callable[[Ask, Made, Properties], Awaitable[dict[str, Any]]]
"""Returns the properties that a resource has, given those of the template. It raises `ApiError` if it is not there."""


def _told(answer: Mapping[str, Any], names: str, **renamed: str) -> dict[str, Any]:
    """Return properties out of what an operation answers, which writes some of them with a small letter.

    Args:
        renamed: property → what the operation calls it, where that differs.
    """
    alike = {name: answer.get(name, answer.get(name[:1].lower() + name[1:])) for name in names.split()}
    return alike | {name: answer.get(member) for name, member in renamed.items()}


def _parsed(text: str | None) -> Any:
    return json.loads(text) if text else None


async def _queue(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    asked = {"QueueUrl": made.physical_id, "AttributeNames": ["All"]}
    attributes = (await ask("sqs", "GetQueueAttributes", asked))["Attributes"]
    told = _told(
        attributes,
        "ContentBasedDeduplication DeduplicationScope DelaySeconds FifoQueue FifoThroughputLimit KmsMasterKeyId "
        "MaximumMessageSize MessageRetentionPeriod ReceiveMessageWaitTimeSeconds VisibilityTimeout",
    )
    policies = {name: _parsed(attributes.get(name)) for name in ("RedriveAllowPolicy", "RedrivePolicy")}
    return {**told, **policies, "QueueName": attributes["QueueArn"].rpartition(":")[2]}


async def _topic(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    attributes = (await ask("sns", "GetTopicAttributes", {"TopicArn": made.physical_id}))["Attributes"]
    told = _told(attributes, "ContentBasedDeduplication DisplayName FifoTopic KmsMasterKeyId SignatureVersion")
    return {**told, "TopicName": made.physical_id.rpartition(":")[2]}


async def _subscription(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    asked = {"SubscriptionArn": made.physical_id}
    attributes = (await ask("sns", "GetSubscriptionAttributes", asked))["Attributes"]
    policies = {name: _parsed(attributes.get(name)) for name in ("FilterPolicy", "RedrivePolicy")}
    return {**_told(attributes, "Endpoint FilterPolicyScope Protocol RawMessageDelivery TopicArn"), **policies}


async def _table(ask: Ask, made: Made, given: Properties) -> dict[str, Any]:
    name = {"TableName": made.physical_id}
    table = (await ask("dynamodb", "DescribeTable", name))["Table"]
    expiry = (await ask("dynamodb", "DescribeTimeToLive", name))["TimeToLiveDescription"]
    is_expiring = expiry.get("TimeToLiveStatus") in ("ENABLED", "ENABLING")
    told = _told(
        table,
        "AttributeDefinitions DeletionProtectionEnabled KeySchema LocalSecondaryIndexes ProvisionedThroughput "
        "StreamSpecification TableName",
    )
    indexes = {each["IndexName"]: each for each in given.get("GlobalSecondaryIndexes") or ()}
    return {
        **told,
        "GlobalSecondaryIndexes": [
            {**indexes.get(each["IndexName"], {}), **each}  # what the operation does not tell of one is as it was given
            for each in table.get("GlobalSecondaryIndexes") or ()
        ],
        "BillingMode": (table.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
        "TimeToLiveSpecification": {**expiry, "Enabled": True} if is_expiring else None,
    }


async def _function(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    name = {"FunctionName": made.physical_id}
    configuration = await ask("lambda", "GetFunctionConfiguration", name)
    concurrency = await ask("lambda", "GetFunctionConcurrency", name)
    told = _told(
        configuration,
        "DeadLetterConfig Description Environment EphemeralStorage FunctionName Handler MemorySize Role Runtime "
        "Timeout TracingConfig",
    )
    return {**told, **_told(concurrency, "ReservedConcurrentExecutions")}


async def _alias(ask: Ask, made: Made, given: Properties) -> dict[str, Any]:
    name = made.physical_id.rpartition(":")[2]
    asked = {"FunctionName": given["FunctionName"], "Name": name}
    return _told(await ask("lambda", "GetAlias", asked), "Description FunctionVersion Name")


async def _mapping(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    mapping = await ask("lambda", "GetEventSourceMapping", {"UUID": made.physical_id})
    told = _told(
        mapping,
        "BatchSize BisectBatchOnFunctionError DestinationConfig EventSourceArn FilterCriteria FunctionResponseTypes "
        "MaximumBatchingWindowInSeconds MaximumRecordAgeInSeconds MaximumRetryAttempts ParallelizationFactor "
        "ScalingConfig StartingPosition TumblingWindowInSeconds",
    )
    return {**told, "Enabled": mapping["State"] in ("Creating", "Enabled", "Enabling", "Updating")}


async def _log_group(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    found = await ask("logs", "DescribeLogGroups", {"logGroupNamePrefix": made.physical_id})
    for group in found["logGroups"]:
        if group["logGroupName"] == made.physical_id:
            return _told(group, "KmsKeyId LogGroupClass LogGroupName RetentionInDays")
    raise ApiError("ResourceNotFoundException", "The specified log group does not exist.")


async def _rule(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    *on_own, name = made.physical_id.split("|")
    bus = "".join(on_own)
    on_bus = {"EventBusName": bus} if bus else {}
    rule = await ask("events", "DescribeRule", {"Name": name, **on_bus})
    targets = (await ask("events", "ListTargetsByRule", {"Rule": name, **on_bus}))["Targets"]
    told = _told(rule, "Description Name RoleArn ScheduleExpression State")
    return {**told, "EventPattern": _parsed(rule.get("EventPattern")), "Targets": targets}


async def _event_bus(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    return _told(await ask("events", "DescribeEventBus", {"Name": made.physical_id}), "Description Name")


async def _stream(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    answered = await ask("kinesis", "DescribeStreamSummary", {"StreamName": made.physical_id})
    summary = answered["StreamDescriptionSummary"]
    told = _told(summary, "RetentionPeriodHours StreamModeDetails", Name="StreamName")
    is_provisioned = (told["StreamModeDetails"] or {}).get("StreamMode") == "PROVISIONED"
    return {**told, **(_told(summary, "", ShardCount="OpenShardCount") if is_provisioned else {})}


async def _parameter(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    asked = {"Name": made.physical_id, "WithDecryption": True}
    return _told((await ask("ssm", "GetParameter", asked))["Parameter"], "Name Type Value")


async def _secret(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    secret = await ask("secretsmanager", "DescribeSecret", {"SecretId": made.physical_id})
    if secret.get("DeletedDate"):
        raise ApiError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    return _told(secret, "Description KmsKeyId Name")


async def _bucket(ask: Ask, made: Made, _: Properties) -> dict[str, Any]:
    name = {"Bucket": made.physical_id}
    versioning = await ask("s3", "GetBucketVersioning", name)
    is_set = bool(versioning.get("Status"))
    return {"BucketName": made.physical_id, "VersioningConfiguration": versioning if is_set else None}


async def _schedule(ask: Ask, made: Made, given: Properties) -> dict[str, Any]:
    group = given.get("GroupName")
    schedule = await ask(
        "scheduler", "GetSchedule", {"Name": made.physical_id, **({"GroupName": group} if group else {})}
    )
    return _told(
        schedule,
        "Description FlexibleTimeWindow GroupName Name ScheduleExpression ScheduleExpressionTimezone State Target",
    )


async def _state_machine(ask: Ask, made: Made, given: Properties) -> dict[str, Any]:
    machine = await ask("stepfunctions", "DescribeStateMachine", {"stateMachineArn": made.physical_id})
    told = _told(machine, "RoleArn", StateMachineName="name", StateMachineType="type")
    is_plain = "DefinitionSubstitutions" not in given
    return {**told, **({"DefinitionString": _parsed(machine["definition"])} if is_plain else {})}


READERS: Final[Mapping[str, Read]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::Events::EventBus": _event_bus,
    "AWS::Events::Rule": _rule,
    "AWS::Kinesis::Stream": _stream,
    "AWS::Lambda::Alias": _alias,
    "AWS::Lambda::EventSourceMapping": _mapping,
    "AWS::Lambda::Function": _function,
    "AWS::Logs::LogGroup": _log_group,
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::Topic": _topic,
    "AWS::SQS::Queue": _queue,
    "AWS::SSM::Parameter": _parameter,
    "AWS::Scheduler::Schedule": _schedule,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::StepFunctions::StateMachine": _state_machine,
}
"""Types whose resources can be looked at. AWS looks at many more."""
