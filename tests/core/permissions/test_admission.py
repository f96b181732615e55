"""Does a service come in at a resource whose policy does not name it? Not where permissions are enforced."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation, story
from tests.roles import make_role

QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
QUEUE_ARN = "arn:aws:sqs:us-east-1:123456789012:orders"
TOPIC_ARN = "arn:aws:sns:us-east-1:123456789012:news"


@contextmanager
def world_with(permissions: Any) -> Iterator[SyncSimulation]:
    """Lend a world with a queue and a topic that the API has made."""
    with SyncSimulation(permissions=permissions) as world:
        world.request("sqs", "CreateQueue", {"QueueName": "orders"})
        world.request("sns", "CreateTopic", {"Name": "news"})
        yield world


def subscribe(world: SyncSimulation, endpoint: str = QUEUE_ARN) -> None:
    world.request("sns", "Subscribe", {"TopicArn": TOPIC_ARN, "Protocol": "sqs", "Endpoint": endpoint})


def publish(world: SyncSimulation) -> None:
    world.request("sns", "Publish", {"TopicArn": TOPIC_ARN, "Message": "1"})
    world.until_idle()


def rule_to(world: SyncSimulation, arn: str, **more: str) -> None:
    world.request("events", "PutRule", {"Name": "all", "EventPattern": '{"source": ["shop"]}'})
    world.request("events", "PutTargets", {"Rule": "all", "Targets": [{"Id": "t", "Arn": arn, **more}]})
    entry = {"Source": "shop", "DetailType": "order", "Detail": "{}"}
    world.request("events", "PutEvents", {"Entries": [entry]})
    world.until_idle()


def missing(world: SyncSimulation) -> list[str]:
    """Return what the trace says of permissions that are missing."""
    return [entry.detail["reason"] for entry in world.trace.entries(("permission missing",))]


def visible(world: SyncSimulation) -> int:
    numbers: Any = world.numbers("queues", "orders")
    return int(numbers["visible"])


NO_TOPICS = (
    "because no resource-based policy allows it to sns.amazonaws.com; a template has an AWS::SQS::QueuePolicy for that"
)


def test_a_queue_without_a_policy_takes_nothing_of_a_topic() -> None:
    """The story of the message names what is missing."""
    with world_with("enforced") as world:
        subscribe(world)
        publish(world)

        assert (visible(world), missing(world)) == (0, [NO_TOPICS])
        assert "no policy of the queue allows the topic sqs:SendMessage" in " ".join(story(world, "m1").split())


def test_what_is_only_told_arrives() -> None:
    """The trace says that it would not on AWS."""
    with world_with("told") as world:
        subscribe(world)
        publish(world)

        assert (visible(world), missing(world)) == (1, [NO_TOPICS])


def test_nobody_asks_for_a_policy_unless_permissions_count() -> None:
    """A few lines are enough to begin with."""
    with world_with("ignored") as world:
        subscribe(world)
        publish(world)

        assert visible(world) == 1


def test_a_policy_lets_a_topic_in() -> None:
    """As everybody writes it: the service, and the topic's ARN as a condition."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": QUEUE_ARN,
        "Condition": {"ArnEquals": {"aws:SourceArn": TOPIC_ARN}},
    }
    attributes = {"Policy": json.dumps({"Statement": [statement]})}
    with world_with("enforced") as world:
        world.request("sqs", "SetQueueAttributes", {"QueueUrl": QUEUE_URL, "Attributes": attributes})
        subscribe(world)
        publish(world)

        assert (visible(world), missing(world)) == (1, [])


OF_OTHERS = {
    "Effect": "Allow",
    "Principal": {"Service": ["sns.amazonaws.com", "events.amazonaws.com", "s3.amazonaws.com"]},
    "Action": "sqs:SendMessage",
    "Resource": QUEUE_ARN,
    "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:123456789012:other"}},
}


def notify(world: SyncSimulation) -> None:
    """Have a bucket tell the queue, which it asks at once."""
    world.request("s3", "CreateBucket", {"Bucket": "inbox"})
    queues = {"QueueConfigurations": [{"QueueArn": QUEUE_ARN, "Events": ["s3:ObjectCreated:*"]}]}
    with pytest.raises(ApiError, match="Unable to validate the following destination configurations"):
        world.request(
            "s3", "PutBucketNotificationConfiguration", {"Bucket": "inbox", "NotificationConfiguration": queues}
        )


def publish_to_queue(world: SyncSimulation) -> None:
    subscribe(world)
    publish(world)


@pytest.mark.parametrize("permissions", ["told", "enforced"])
@pytest.mark.parametrize("come", [publish_to_queue, lambda world: rule_to(world, QUEUE_ARN), notify])
def test_a_policy_that_lets_only_others_in_is_told(come: Any, permissions: Any) -> None:
    """As a policy that is not there; it counts in any case, once somebody has put it."""
    attributes = {"Policy": json.dumps({"Statement": [OF_OTHERS]})}
    with world_with(permissions) as world:
        world.request("sqs", "SetQueueAttributes", {"QueueUrl": QUEUE_URL, "Attributes": attributes})
        come(world)

        (reason,) = missing(world)
        assert visible(world) == 0
        assert reason.endswith("a template has an AWS::SQS::QueuePolicy for that")


def test_a_rule_with_a_role_needs_no_policy_of_the_queue() -> None:
    """What the role may do counts, within an account."""
    attributes = {"Policy": json.dumps({"Statement": [OF_OTHERS]})}
    with world_with("enforced") as world:
        role = make_role(world, "sender", {"sqs:SendMessage": QUEUE_ARN})
        world.request("sqs", "SetQueueAttributes", {"QueueUrl": QUEUE_URL, "Attributes": attributes})
        rule_to(world, QUEUE_ARN, RoleArn=role)

        assert (visible(world), missing(world)) == (1, [])


def test_the_scenario_s_own_queue_lets_everybody_in() -> None:
    """Nobody has said that it stands for one on AWS, whose template would have a policy."""
    with world_with("enforced") as world:
        world.add_source("queues", "jobs")
        subscribe(world, QUEUE_ARN.replace("orders", "jobs"))
        publish(world)

        numbers: Any = world.numbers("queues", "jobs")
        assert numbers["visible"] == 1


@pytest.mark.parametrize("arn", [QUEUE_ARN, TOPIC_ARN], ids=["a queue", "a topic"])
def test_a_rule_needs_the_policy_of_its_target(arn: str) -> None:
    """The policy that every topic begins with names no service."""
    with world_with("enforced") as world:
        rule_to(world, arn)

        (failed,) = world.trace.entries(("event delivery failed",))
        assert "lets events.amazonaws.com" in failed.detail["reason"]
        assert len(missing(world)) == 1


def test_the_policy_of_a_topic_lets_a_rule_in() -> None:
    """Whoever sets one puts another in the place of the first."""
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Statement": [{**statement, "Resource": TOPIC_ARN}]})
    with world_with("enforced") as world:
        given = {"TopicArn": TOPIC_ARN, "AttributeName": "Policy", "AttributeValue": policy}
        world.request("sns", "SetTopicAttributes", given)
        rule_to(world, TOPIC_ARN)

        assert missing(world) == []


@pytest.mark.parametrize(("permissions", "is_refused"), [("enforced", True), ("told", False), ("ignored", False)])
def test_a_bucket_is_told_at_once_that_it_may_not(permissions: str, is_refused: bool) -> None:
    """S3 tries every destination when the configuration is put."""
    configuration = {"QueueConfigurations": [{"QueueArn": QUEUE_ARN, "Events": ["s3:ObjectCreated:*"]}]}
    with world_with(permissions) as world:
        world.request("s3", "CreateBucket", {"Bucket": "inbox"})
        put = {"Bucket": "inbox", "NotificationConfiguration": configuration}

        try:
            world.request("s3", "PutBucketNotificationConfiguration", put)
            refusal = ""
        except ApiError as error:
            refusal = error.message

        assert refusal == ("Unable to validate the following destination configurations" if is_refused else "")


def alarm(world: SyncSimulation) -> list[str]:
    """Raise an alarm that tells the topic, and return whom it could not tell."""
    given = {"Namespace": "shop", "MetricName": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
    given |= {"Threshold": 1, "ComparisonOperator": "GreaterThanThreshold", "AlarmActions": [TOPIC_ARN]}
    world.request("cloudwatch", "PutMetricAlarm", {"AlarmName": "many", **given})
    world.request("cloudwatch", "SetAlarmState", {"AlarmName": "many", "StateValue": "ALARM", "StateReason": "r"})
    return [entry.detail["to"] for entry in world.trace.entries(("alarm action failed",))]


def test_a_topic_s_first_policy_lets_alarms_in() -> None:
    """They act in the name of the topic's owner."""
    with world_with("enforced") as world:
        assert alarm(world) == []


def test_a_policy_that_forgets_alarms_shuts_them_out() -> None:
    """It takes the place of the one that let them in."""
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    policy = json.dumps({"Statement": [{**statement, "Resource": TOPIC_ARN}]})
    with world_with("enforced") as world:
        given = {"TopicArn": TOPIC_ARN, "AttributeName": "Policy", "AttributeValue": policy}
        world.request("sns", "SetTopicAttributes", given)

        assert alarm(world) == [TOPIC_ARN]
