"""How are queues, topics, buses, streams, pipes and schedules made?"""

import json
from collections.abc import Mapping
from typing import Any

from eventsim.errors import ApiError
from eventsim.json_text import load_json
from eventsim.template.intrinsic import as_text
from eventsim.template.site import Item, Made

_QUEUE_ATTRIBUTES = (
    *("ContentBasedDeduplication", "DeduplicationScope", "DelaySeconds", "FifoQueue", "FifoThroughputLimit"),
    *("KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "MaximumMessageSize", "MessageRetentionPeriod"),
    *("ReceiveMessageWaitTimeSeconds", "RedriveAllowPolicy", "RedrivePolicy", "SqsManagedSseEnabled"),
    "VisibilityTimeout",
)
_TOPIC_ATTRIBUTES = (
    *("ContentBasedDeduplication", "DisplayName", "FifoThroughputScope", "FifoTopic", "KmsMasterKeyId"),
    *("SignatureVersion", "TracingConfig", "ArchivePolicy"),
)
_SUBSCRIPTION_ATTRIBUTES = (
    *("DeliveryPolicy", "FilterPolicy", "FilterPolicyScope", "RawMessageDelivery", "RedrivePolicy", "ReplayPolicy"),
    "SubscriptionRoleArn",
)


_SUBSCRIPTION_DEFAULTS = {"FilterPolicyScope": "MessageAttributes", "RawMessageDelivery": "false"}
"""What a subscription is when its template no longer says otherwise; other attributes are empty."""
_UNSIMULATED = ("firehose",)
"""Protocols of which the other end may not be there."""


def _attributes(item: Item, names: tuple[str, ...]) -> dict[str, str]:
    """Return properties as the text that attributes are; documents become JSON."""
    item.known.update(names)
    given = {name: item.take(name) for name in names if name in item.properties}
    return {
        name: json.dumps(value, separators=(",", ":")) if isinstance(value, dict | list) else as_text(value)
        for name, value in given.items()
        if value is not None
    }


def queue_attributes(item: Item) -> dict[str, str]:
    """Return a queue's attributes as far as they can change."""
    attributes = _attributes(item, _QUEUE_ATTRIBUTES)
    attributes.pop("FifoQueue", None)
    return attributes


def topic_attributes(item: Item) -> dict[str, str]:
    """Return a topic's attributes."""
    return _attributes(item, _TOPIC_ATTRIBUTES)


def subscription_attributes(item: Item, before: Mapping[str, Any]) -> dict[str, str]:
    """Return the attributes of a subscription that are other than before, with defaults for those that are gone.

    To what a policy applies is said before the policy if that is a body, for which a policy may be deeper.
    """
    given = _attributes(item, _SUBSCRIPTION_ATTRIBUTES)
    changed = {name: value for name, value in given.items() if item.properties.get(name) != before.get(name)}
    absent = [name for name in _SUBSCRIPTION_ATTRIBUTES if before.get(name) is not None and name not in given]
    item.taken |= set(absent)
    changed |= {name: _SUBSCRIPTION_DEFAULTS.get(name, "") for name in absent}
    scope = changed.pop("FilterPolicyScope", None)
    if scope is None:
        return changed
    of_scope = {"FilterPolicyScope": scope}
    return {**of_scope, **changed} if scope == "MessageBody" else {**changed, **of_scope}


async def queue(item: Item) -> Made:
    """Make a queue."""
    attributes = _attributes(item, _QUEUE_ATTRIBUTES)
    is_fifo = attributes.get("FifoQueue") == "true"
    if not is_fifo:
        attributes.pop("FifoQueue", None)
    name = item.name("QueueName", characters_max=80, ending=".fifo" if is_fifo else "")
    made = await item.site.ask("sqs", "CreateQueue", {"QueueName": name, "Attributes": attributes, "tags": item.tags()})
    url = made["QueueUrl"]
    return Made(
        physical_id=url,
        attributes={"Arn": item.site.arn("sqs", name), "QueueName": name, "QueueUrl": url},
        undo=(("sqs", "DeleteQueue", {"QueueUrl": url}),),
        place=("queues", name),
    )


async def queue_policy(item: Item) -> Made:
    """Say who may send to queues."""
    policy = json.dumps(item.take("PolicyDocument"), separators=(",", ":"))
    for each in item.take("Queues", []):
        await item.site.ask("sqs", "SetQueueAttributes", {"QueueUrl": each, "Attributes": {"Policy": policy}})
    none = {"Attributes": {"Policy": ""}}
    undo = tuple(("sqs", "SetQueueAttributes", {"QueueUrl": each, **none}) for each in item.take("Queues", []))
    return Made(physical_id=item.name(), attributes={"Id": item.name()}, undo=undo)


async def topic(item: Item) -> Made:
    """Make a topic with the subscriptions that stand within it."""
    attributes = _attributes(item, _TOPIC_ATTRIBUTES)
    is_fifo = attributes.get("FifoTopic") == "true"
    if not is_fifo:
        attributes.pop("FifoTopic", None)
    name = item.name("TopicName", characters_max=256, ending=".fifo" if is_fifo else "")
    tags = [{"Key": key, "Value": value} for key, value in item.tags().items()]
    made = await item.site.ask("sns", "CreateTopic", {"Name": name, "Attributes": attributes, "Tags": tags})
    arn = made["TopicArn"]
    undo = item.begin(arn, ("sns", "DeleteTopic", {"TopicArn": arn}))
    for subscription in item.take("Subscription", []):
        parameters = {"TopicArn": arn, "Protocol": subscription["Protocol"], "Endpoint": subscription.get("Endpoint")}
        try:
            await item.site.ask("sns", "Subscribe", parameters)
        except ApiError as error:
            if subscription["Protocol"] not in _UNSIMULATED:
                raise
            item.site.notes.add(f"{item.logical_id}: nothing is sent to {parameters['Endpoint']}: {error.message}")
    return Made(
        physical_id=arn,
        attributes={"TopicName": name, "TopicArn": arn},
        undo=undo,
        place=("topics", name),
    )


async def subscription(item: Item) -> Made:
    """Subscribe to a topic."""
    attributes = _attributes(item, _SUBSCRIPTION_ATTRIBUTES)
    item.take("Region")
    more = {"Attributes": attributes, "ReturnSubscriptionArn": True}
    made = await item.create("sns", "Subscribe", more, without=("Region",))
    arn = made["SubscriptionArn"]
    return Made(physical_id=arn, attributes={"Arn": arn}, undo=(("sns", "Unsubscribe", {"SubscriptionArn": arn}),))


async def topic_policy(item: Item) -> Made:
    """Say who may publish to topics."""
    policy = json.dumps(item.take("PolicyDocument"), separators=(",", ":"))
    for arn in item.take("Topics", []):
        parameters = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": policy}
        await item.site.ask("sns", "SetTopicAttributes", parameters)
    return Made(physical_id=item.name(), attributes={"Id": item.name()})


async def event_bus(item: Item) -> Made:
    """Make a bus."""
    name = item.text("Name") or item.name()
    await item.create("events", "CreateEventBus", without=("Policy",))
    undo = item.begin(name, ("events", "DeleteEventBus", {"Name": name}))
    await put_bus_policy(item, name)
    arn = item.site.arn("events", f"event-bus/{name}")
    attributes = {"Arn": arn, "Name": name, "Policy": bus_policy_text(item)}
    return Made(physical_id=name, attributes=attributes, undo=undo, place=("buses", name))


async def put_bus_policy(item: Item, name: str) -> None:
    """Say who may put events onto a bus, if its template does."""
    policy = item.take("Policy")
    if policy:
        document = policy if "Statement" in policy else {"Statement": policy}
        await item.site.ask("events", "PutPermission", {"EventBusName": name, "Policy": json.dumps(document)})


def bus_policy_text(item: Item) -> str:
    """Return the policy of a bus as `Fn::GetAtt` gives it."""
    policy = item.take("Policy")
    return json.dumps(policy) if policy else ""


async def rule(item: Item) -> Made:
    """Make a rule and tell it its targets."""
    name = item.name("Name", characters_max=64)
    bus = item.text("EventBusName")
    bus_name = bus.rpartition("/")[2]
    made = await item.create("events", "PutRule", {"Name": name}, without=("Targets", "Name"))
    targets = item.take("Targets", [])
    on_bus = {"EventBusName": bus} if bus else {}
    physical_id = f"{bus_name}|{name}" if bus_name not in ("", "default") else name
    undo = item.begin(physical_id, ("events", "DeleteRule", {"Name": name, **on_bus}))
    if targets:
        await item.create("events", "PutTargets", {"Rule": name, **on_bus}, without=("Name", "EventBusName"))
    identifiers = [each.get("Id") for each in targets]
    removal = ("events", "RemoveTargets", {"Rule": name, "Ids": identifiers, **on_bus})
    arn = made.get("RuleArn") or item.site.arn("events", f"rule/{bus_name}/{name}")
    known = (label for label, each in item.site.ground.sources("rules").items() if each.arn == arn)
    label = next(known, name)  # buses may have rules of the same name
    return Made(
        physical_id=physical_id,
        attributes={"Arn": arn},
        undo=(*undo, removal) if targets else undo,
        place=("rules", label),
    )


async def archive(item: Item) -> Made:
    """Keep what a bus carries."""
    name = item.name("ArchiveName", characters_max=48)
    made = await item.create("events", "CreateArchive", {"ArchiveName": name}, names={"SourceArn": "EventSourceArn"})
    undo = (("events", "DeleteArchive", {"ArchiveName": name}),)
    return Made(physical_id=name, attributes={"Arn": made["ArchiveArn"], "ArchiveName": name}, undo=undo)


async def connection(item: Item) -> Made:
    """Keep how an API destination proves who calls."""
    name = item.name("Name", characters_max=64)
    made = await item.create("events", "CreateConnection", {"Name": name})
    arn, told = made["ConnectionArn"], await item.site.ask("events", "DescribeConnection", {"Name": name})
    undo = (("events", "DeleteConnection", {"Name": name}),)
    attributes = {"Arn": arn, "SecretArn": told["SecretArn"], "ArnForPolicy": arn.rpartition("/")[0]}
    return Made(physical_id=name, attributes=attributes, undo=undo)


async def api_destination(item: Item) -> Made:
    """Keep an address outside to which events go."""
    name = item.name("Name", characters_max=64)
    made = await item.create("events", "CreateApiDestination", {"Name": name})
    arn = made["ApiDestinationArn"]
    undo = (("events", "DeleteApiDestination", {"Name": name}),)
    attributes = {"Arn": arn, "ArnForPolicy": arn.rpartition("/")[0]}
    return Made(physical_id=name, attributes=attributes, undo=undo)


async def bus_policy(item: Item) -> Made:
    """Let another account put events onto a bus: by a statement, or by what makes one."""
    bus, identifier, given = item.text("EventBusName", "default"), item.text("StatementId"), item.take("Statement")
    if given is None:
        await item.create("events", "PutPermission", {"EventBusName": bus})
    else:
        described = await item.site.ask("events", "DescribeEventBus", {"Name": bus})
        others = load_json(described.get("Policy") or '{"Statement": []}')["Statement"]
        statements = [each for each in others if each["Sid"] != identifier] + [{**given, "Sid": identifier}]
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        await item.site.ask("events", "PutPermission", {"EventBusName": bus, "Policy": policy})
    undo = (("events", "RemovePermission", {"EventBusName": bus, "StatementId": identifier}),)
    return Made(physical_id=item.name(), undo=undo)


async def stream(item: Item) -> Made:
    """Make a stream."""
    name = item.name("Name", characters_max=128)
    hours = item.number("RetentionPeriodHours")
    mode = item.take("StreamModeDetails")
    shards = item.number("ShardCount") or (None if mode else 1)
    size_kib = item.number("MaxRecordSizeInKiB")
    parameters = {
        "StreamName": name,
        "ShardCount": shards,
        "StreamModeDetails": mode,
        "Tags": item.tags() or None,
        "MaxRecordSizeInKiB": size_kib,
    }
    await item.site.ask(
        "kinesis", "CreateStream", {key: value for key, value in parameters.items() if value is not None}
    )
    undo = item.begin(name, ("kinesis", "DeleteStream", {"StreamName": name, "EnforceConsumerDeletion": True}))
    if hours is not None and hours > 24:
        parameters = {"StreamName": name, "RetentionPeriodHours": hours}
        await item.site.ask("kinesis", "IncreaseStreamRetentionPeriod", parameters)
    await encrypt_stream(item, name)
    await measure_shards(item, name)
    attributes = {"Arn": item.site.arn("kinesis", f"stream/{name}")}
    return Made(physical_id=name, attributes=attributes, undo=undo, place=("streams", name))


async def encrypt_stream(item: Item, name: str) -> None:
    """Encrypt a stream, if its template wants that."""
    encryption = item.take("StreamEncryption")
    if encryption:
        await item.site.ask("kinesis", "StartStreamEncryption", {"StreamName": name, **stream_key(encryption)})


def stream_key(encryption: Mapping[str, Any]) -> dict[str, str]:
    """Return the key of a stream, as operations have it."""
    return {key: as_text(encryption[key]) for key in ("EncryptionType", "KeyId")}


async def measure_shards(item: Item, name: str) -> None:
    """Measure every shard of a stream by itself, if its template wants that."""
    metrics = item.take("DesiredShardLevelMetrics")
    if metrics:
        parameters = {"StreamName": name, "ShardLevelMetrics": metrics}
        await item.site.ask("kinesis", "EnableEnhancedMonitoring", parameters)


async def consumer(item: Item) -> Made:
    """Register a consumer with enhanced fan-out."""
    made = (await item.create("kinesis", "RegisterStreamConsumer"))["Consumer"]
    arn, name = made["ConsumerARN"], made["ConsumerName"]
    attributes = {
        "ConsumerARN": arn,
        "ConsumerName": name,
        "ConsumerStatus": made.get("ConsumerStatus", "ACTIVE"),
        "StreamARN": item.text("StreamARN"),
    }
    undo = (("kinesis", "DeregisterStreamConsumer", {"ConsumerARN": arn}),)
    return Made(physical_id=arn, attributes=attributes, undo=undo)


async def pipe(item: Item) -> Made:
    """Make a pipe."""
    name = item.name("Name", characters_max=64)
    made = await item.create("pipes", "CreatePipe", {"Name": name})
    if item.site.ground.permissions == "enforced":
        await _see_started(item, name)
    undo = (("pipes", "DeletePipe", {"Name": name}),)
    attributes = {"Arn": made["Arn"], "CurrentState": made.get("CurrentState", "RUNNING")}
    return Made(physical_id=name, attributes=attributes, undo=undo, place=("pipes", name))


async def _see_started(item: Item, name: str) -> None:
    """See that a new pipe may read its source.

    Raises:
        ApiError: it may not, and is gone again.
    """
    told = await item.site.ask("pipes", "DescribePipe", {"Name": name})
    if told["CurrentState"] == "CREATE_FAILED":
        await item.site.ask("pipes", "DeletePipe", {"Name": name})
        raise ApiError("NotStabilized", told["StateReason"])


async def schedule(item: Item) -> Made:
    """Make a schedule."""
    name = item.name("Name", characters_max=64)
    made = await item.create("scheduler", "CreateSchedule", {"Name": name})
    group = item.text("GroupName")
    undo = (("scheduler", "DeleteSchedule", {"Name": name, **({"GroupName": group} if group else {})}),)
    return Made(physical_id=name, attributes={"Arn": made["ScheduleArn"]}, undo=undo, place=("schedules", name))


async def schedule_group(item: Item) -> Made:
    """Make a group of schedules."""
    name = item.name("Name", characters_max=64)
    made = await item.create("scheduler", "CreateScheduleGroup", {"Name": name})
    undo = (("scheduler", "DeleteScheduleGroup", {"Name": name}),)
    return Made(physical_id=name, attributes={"Arn": made["ScheduleGroupArn"], "State": "ACTIVE"}, undo=undo)


async def delivery_stream(item: Item) -> Made:
    """Make a delivery stream."""
    name = item.name("DeliveryStreamName", characters_max=64)
    made = await item.create("firehose", "CreateDeliveryStream", {"DeliveryStreamName": name})
    undo = (("firehose", "DeleteDeliveryStream", {"DeliveryStreamName": name}),)
    attributes = {"Arn": made["DeliveryStreamARN"]}
    return Made(physical_id=name, attributes=attributes, undo=undo, place=("delivery_streams", name))


MESSAGING: Mapping[str, Any] = {
    "AWS::Events::ApiDestination": api_destination,
    "AWS::Events::Archive": archive,
    "AWS::Events::Connection": connection,
    "AWS::Events::EventBus": event_bus,
    "AWS::Events::EventBusPolicy": bus_policy,
    "AWS::Events::Rule": rule,
    "AWS::Kinesis::Stream": stream,
    "AWS::Kinesis::StreamConsumer": consumer,
    "AWS::KinesisFirehose::DeliveryStream": delivery_stream,
    "AWS::Pipes::Pipe": pipe,
    "AWS::SNS::Subscription": subscription,
    "AWS::SNS::Topic": topic,
    "AWS::SNS::TopicPolicy": topic_policy,
    "AWS::SQS::Queue": queue,
    "AWS::SQS::QueuePolicy": queue_policy,
    "AWS::Scheduler::Schedule": schedule,
    "AWS::Scheduler::ScheduleGroup": schedule_group,
}
