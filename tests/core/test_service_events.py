"""Events of services that are not simulated, as a step of the workload hands them to a function."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from eventsim import ConfigurationError, SyncSimulation
from eventsim.workload.service_event import KafkaRecordSpec, KafkaSpec, MqSpec, UserPoolSpec
from eventsim.workload.spec import FeedSpec, InvokeSpec
from eventsim.workload.workload import Workload

Given = Callable[..., list[Any]]


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.fixture
def given() -> Given:
    """Return what invokes a function by one feed and returns the events that it got."""

    def invoke(*, times: int = 1, **settings: Any) -> list[Any]:
        events: list[Any] = []
        with SyncSimulation() as simulation:
            simulation.add_function("f", handler=lambda event, _: events.append(event))
            step = InvokeSpec(function="f", **settings)
            Workload([FeedSpec(every="1 s", times=times, invoke=step)], simulation).begin()
            simulation.until_idle()
        return events

    return invoke


def test_a_batch_of_kafka_is_by_partition(given: Given) -> None:
    """Offsets go on from batch to batch; keys and values are in Base64, headers are bytes."""
    records = [
        KafkaRecordSpec(value={"n": "{n}"}, key="a", headers={"h": "hi"}),
        KafkaRecordSpec(value="text", partition=1),
    ]
    cluster = "arn:aws:kafka:us-east-1:123456789012:cluster/c/abcd-4"

    _, event = given(times=2, kafka=KafkaSpec(topic="orders", records=records, cluster=cluster))

    assert event == {
        "eventSource": "aws:kafka",
        "eventSourceArn": cluster,
        "bootstrapServers": "kafka.example.com:9092",
        "records": {
            "orders-0": [
                {
                    "topic": "orders",
                    "partition": 0,
                    "offset": 1,
                    "timestamp": 1767225601000,
                    "timestampType": "CREATE_TIME",
                    "key": encoded("a"),
                    "value": encoded('{"n":2}'),
                    "headers": [{"h": [104, 105]}],
                }
            ],
            "orders-1": [
                {
                    "topic": "orders",
                    "partition": 1,
                    "offset": 1,
                    "timestamp": 1767225601000,
                    "timestampType": "CREATE_TIME",
                    "value": encoded("text"),
                    "headers": [],
                }
            ],
        },
    }


def test_kafka_of_ones_own_has_no_arn(given: Given) -> None:
    """It is told by its servers."""
    spec = KafkaSpec(topic="t", records=[KafkaRecordSpec(value="v")], bootstrap_servers="a:1,b:2")

    (event,) = given(kafka=spec)

    assert event["eventSource"] == "SelfManagedKafka"
    assert event["bootstrapServers"] == "a:1,b:2"
    assert "eventSourceArn" not in event


@pytest.mark.parametrize(
    ("kind", "source", "read"),
    [
        ("activemq", "aws:mq", lambda event: event["messages"]),
        ("rabbitmq", "aws:rmq", lambda event: event["rmqMessagesByQueue"]["q::/"]),
    ],
)
def test_a_batch_of_a_queue_of_mq(given: Given, kind: str, source: str, read: Callable[[Any], Any]) -> None:
    """Each kind of broker has a shape of its own; data is in Base64."""
    (event,) = given(**{kind: MqSpec(queue="q", messages=["one", {"n": "{n}"}])})

    assert event["eventSource"] == source
    assert [each["data"] for each in read(event)] == [encoded("one"), encoded('{"n":1}')]


@pytest.mark.parametrize(
    ("trigger", "request_members", "response"),
    [
        ("PreSignUp_SignUp", {}, {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}),
        ("PostConfirmation_ConfirmSignUp", {}, {}),
        (
            "TokenGeneration_Authentication",
            {"groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}},
            {"claimsOverrideDetails": None},
        ),
        (
            "VerifyAuthChallengeResponse_Authentication",
            {"privateChallengeParameters": {}, "challengeAnswer": "example"},
            {"answerCorrect": None},
        ),
    ],
)
def test_a_trigger_of_a_user_pool(
    given: Given, trigger: str, request_members: Mapping[str, Any], response: Mapping[str, Any]
) -> None:
    """What the function is given, and what it has to fill in, depends on the trigger."""
    spec = UserPoolSpec(
        trigger=trigger, user="u{n}", attributes={"email": "a@b.example"}, request={"clientMetadata": {}}
    )

    (event,) = given(user_pool=spec)

    assert event == {
        "version": "1",
        "region": "us-east-1",
        "userPoolId": "us-east-1_example",
        "userName": "u1",
        "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "example"},
        "triggerSource": trigger,
        "request": {"userAttributes": {"email": "a@b.example"}, **request_members, "clientMetadata": {}},
        "response": response,
    }


def test_a_user_who_is_to_come_has_a_password_only(given: Given) -> None:
    """The scenario may say which."""
    (event,) = given(user_pool=UserPoolSpec(trigger="UserMigration_Authentication", request={"password": "secret"}))

    assert event["request"] == {"password": "secret"}


def test_an_invocation_has_one_event() -> None:
    """Two of them are a mistake."""
    with pytest.raises(ConfigurationError, match="`file` and `user_pool` exclude each other"):
        InvokeSpec(function="f", file="event.json", user_pool=UserPoolSpec(trigger="PreSignUp_SignUp"))
