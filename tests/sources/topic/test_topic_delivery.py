"""What happens when an endpoint does not take a message?"""

import json

import pytest

from eventsim import ApiError, SyncSimulation
from eventsim_sources.topic import delivery_policy
from eventsim_sources.topic.errors import Fault
from tests import sdk
from tests.sources.topic.conftest import ACCOUNT, Place, Troubled, function_arn, queue_arn

DOWN = ApiError("ServiceUnavailable", "the service is down", status=503)
DAY_S = 86_400


def redrive(queue: str) -> str:
    """Return a redrive policy."""
    return json.dumps({"deadLetterTargetArn": queue_arn(queue)})


def test_an_endpoint_that_is_not_there_is_not_asked_again(place: Place) -> None:
    """A client-side error goes to the dead-letter queue at once, as the endpoint would have got it (recorded)."""
    arn = place.topic()
    place.queue("dead")
    subscription = place.subscribe(arn, queue_arn("gone"), RedrivePolicy=redrive("dead"))

    place.publish(arn)

    (notification,) = place.notifications("dead")
    assert notification["Message"] == "hello"
    assert notification["UnsubscribeURL"].endswith(subscription)
    assert place.simulation.sources("topics")["t"].summary()["dead_lettered"] == 1


def test_a_raw_delivery_stays_raw_as_a_dead_letter(place: Place) -> None:
    """With its attributes (recorded)."""
    arn = place.topic()
    place.queue("dead")
    place.subscribe(arn, queue_arn("gone"), RedrivePolicy=redrive("dead"), RawMessageDelivery="true")

    place.publish(arn, MessageAttributes={"a": {"DataType": "String", "StringValue": "x"}})

    (message,) = place.messages("dead")
    assert message["Body"] == "hello"
    assert message["MessageAttributes"]["a"]["StringValue"] == "x"


def test_a_function_that_is_gone_leaves_a_notification(place: Place) -> None:
    """The dead letter is the queue's form, not the function's event (recorded)."""
    arn = place.topic()
    place.queue("dead")
    place.subscribe(arn, function_arn("gone"), "lambda", RedrivePolicy=redrive("dead"))

    place.publish(arn)

    (notification,) = place.notifications("dead")
    assert notification["Type"] == "Notification"


def test_without_a_dead_letter_queue_it_is_lost_and_told(place: Place) -> None:
    """The trace says why."""
    arn = place.topic()
    place.subscribe(arn, queue_arn("gone"))

    place.publish(arn)

    assert place.details("message given up") == [{"to": "queue gone", "reason": "there is no such queue"}]


def test_a_dead_letter_queue_that_is_gone_is_told_of(place: Place) -> None:
    """The message is lost."""
    arn = place.topic()
    place.subscribe(arn, queue_arn("gone"), RedrivePolicy=redrive("dead"))

    place.publish(arn)

    told = {"dead_letter": "dead", "reason": "there is no such queue"}
    assert place.details("message dead letter lost") == [told]
    assert place.simulation.sources("topics")["t"].summary()["dead_lettered"] == 0


def test_an_endpoint_in_trouble_is_tried_again(place: Place) -> None:
    """Three times at once, then after a second twice, then slower and slower (documented)."""
    arn = place.topic()
    troubled = Troubled(queue_arn("busy"), 7, DOWN)
    place.simulation.add(troubled)
    place.subscribe(arn, queue_arn("busy"))

    place.publish(arn)
    place.simulation.until_idle()

    delays_s = [entry.value / 1e6 for entry in place.simulation.trace.entries(["message delivery failed"])]
    assert len(troubled.taken) == 1
    assert delays_s[:3] == [0, 0, 0]
    assert delays_s[3:] == pytest.approx([1, 1, 1, 20 ** (1 / 9)], rel=delivery_policy.JITTER)


def test_aws_endpoints_are_tried_for_23_days() -> None:
    """100,015 retries (documented)."""
    policy = delivery_policy.MANAGED
    last = policy.delays_us[-1]
    assert isinstance(last, tuple)

    assert policy.retries_max == 100_015
    total_s = sum(last) / 2 / 1e6 * 100_000
    assert 23 * DAY_S <= total_s <= 24 * DAY_S


def test_customers_endpoints_are_tried_for_six_hours() -> None:
    """50 retries (documented)."""
    policy = delivery_policy.CUSTOMER
    delays_s = [sum(each) / 2e6 for each in policy.delays_us if isinstance(each, tuple)]

    assert policy.retries_max == len(delays_s) == 50
    assert 6 * 3600 <= sum(delays_s) <= 7.1 * 3600


@pytest.mark.parametrize(
    ("phases", "delays_s"),
    [
        ({}, [20, 20, 20]),
        ({"numRetries": 0}, []),
        ({"numRetries": 5, "minDelayTarget": 1, "maxDelayTarget": 5}, [1, 2, 3, 4, 5]),
        (
            {"numRetries": 5, "minDelayTarget": 1, "maxDelayTarget": 16, "backoffFunction": "exponential"},
            [1, 2, 4, 8, 16],
        ),
        (
            {
                "numRetries": 6,
                "minDelayTarget": 1,
                "maxDelayTarget": 9,
                "numNoDelayRetries": 1,
                "numMinDelayRetries": 1,
                "numMaxDelayRetries": 2,
            },
            [0, 1, 1, 9, 9, 9],
        ),
    ],
    ids=["default", "none", "linear", "exponential", "phases"],
)
def test_a_policy_goes_through_its_phases(phases: dict[str, object], delays_s: list[float]) -> None:
    """Without delay, at the least delay, along the curve, at the greatest delay."""
    policy = delivery_policy.read_subscription_policy(json.dumps({"healthyRetryPolicy": phases}))

    assert delivery_policy.effective({}, policy).phases.delays_s() == pytest.approx(delays_s)


@pytest.mark.parametrize(
    "phases",
    [
        {"minDelayTarget": 0},
        {"maxDelayTarget": 3_601},
        {"minDelayTarget": 30},
        {"numRetries": 101},
        {"numNoDelayRetries": 4},
        {"numRetries": 100, "maxDelayTarget": 60},
        {"backoffFunction": "guess"},
        {"typo": 1},
    ],
)
def test_a_policy_has_bounds(phases: dict[str, object]) -> None:
    """Delays, numbers, their sums, and an hour in all (documented)."""
    with pytest.raises(Fault, match="DeliveryPolicy: "):
        delivery_policy.read_subscription_policy(json.dumps({"healthyRetryPolicy": phases}))


def test_a_topic_may_overrule_its_subscriptions() -> None:
    """`disableSubscriptionOverrides` (documented)."""
    topic = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 1}, "disableSubscriptionOverrides": True}}

    assert delivery_policy.effective(topic, {"healthyRetryPolicy": {"numRetries": 9}}).phases.numRetries == 1


POLICY = {
    "Effect": "Allow",
    "Principal": {"Service": "sns.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": "*",
}


@pytest.mark.parametrize(
    ("statements", "arrives"),
    [
        ([POLICY], True),
        ([{**POLICY, "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:t"}}}], True),
        ([{**POLICY, "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:*"}}}], True),
        ([{**POLICY, "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:us-east-1:{ACCOUNT}:u"}}}], False),
        ([{**POLICY, "Principal": "*", "Action": "SQS:*"}], True),
        ([{**POLICY, "Principal": {"Service": "s3.amazonaws.com"}}], False),
        ([{**POLICY, "Action": ["sqs:ReceiveMessage"]}], False),
        ([{**POLICY, "Resource": queue_arn("other")}], False),
        ([POLICY, {**POLICY, "Effect": "Deny", "Principal": "*"}], False),
        ([{**POLICY, "Principal": {"AWS": ["*"]}}], True),
        (
            [
                POLICY,
                {
                    **POLICY,
                    "Effect": "Deny",
                    "Principal": "*",
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                },
            ],
            True,
        ),
    ],
    ids=[
        "service",
        "this topic",
        "like",
        "other topic",
        "all",
        "other service",
        "action",
        "resource",
        "deny",
        "a list for one",
        "tls",
    ],
)
def test_a_queue_with_a_policy_must_let_the_topic_in(
    place: Place, statements: list[dict[str, object]], arrives: bool
) -> None:
    """A queue without any policy takes everything here."""
    arn = place.topic()
    place.queue("q", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    place.subscribe(arn, queue_arn("q"))

    place.publish(arn)

    assert len(place.bodies()) == arrives


def test_a_function_made_by_the_api_must_let_the_topic_in(place: Place, zipped: bytes) -> None:
    """AddPermission for `sns.amazonaws.com`; functions of a scenario let everybody in."""

    lambdas = sdk.client("lambda")
    lambdas.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Handler="app.handler",
        Code={"ZipFile": zipped},
    )
    arn = place.topic()
    place.subscribe(arn, function_arn("f"), "lambda")

    place.publish(arn)
    lambdas.add_permission(
        FunctionName="f",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="sns.amazonaws.com",
        SourceArn=arn,
    )
    place.publish(arn)

    told = {"to": "function f", "reason": "the function's policy does not allow it"}
    assert place.details("message given up") == [told]
    assert place.details("message delivered") == [{"to": "function f"}]


def test_what_is_unsubscribed_meanwhile_is_not_delivered(place: Place) -> None:
    """A retry finds that nobody wants the message any more."""
    arn = place.topic()
    troubled = Troubled(queue_arn("busy"), 5, DOWN)
    place.simulation.add(troubled)
    subscription = place.subscribe(arn, queue_arn("busy"))

    place.publish(arn)
    place.sns.unsubscribe(SubscriptionArn=subscription)
    place.simulation.until_idle()

    assert troubled.taken == []


def test_the_same_seed_gives_the_same_run() -> None:
    """Ids, tokens, signatures and jitter follow from the seed."""

    def run() -> str:
        with SyncSimulation(seed=7) as simulation:
            place = Place(simulation)
            arn = place.topic()
            simulation.add(Troubled(queue_arn("busy"), 9, DOWN))
            place.subscribe(arn, queue_arn("busy"))
            place.subscribe(arn, "a@example.com", "email")
            place.publish(arn)
            simulation.until_idle()
            return simulation.digest()

    assert run() == run()
