"""What would a service that is not simulated hand to a function? Events of Kafka, MQ and user pools, in AWS's shapes.

Nobody polls and nobody answers behind them: a step of the workload invokes the function once with such an event.
"""

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

from eventsim.broker_event import (
    activemq_event,
    activemq_message,
    kafka_event,
    kafka_record,
    rabbitmq_event,
    rabbitmq_message,
)
from eventsim.clock import Clock


class KafkaRecordSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One record of a topic of Kafka."""

    value: Annotated[Any, Meta(description="Text, or data that becomes JSON; may hold placeholders.")]
    key: Annotated[Any, Meta(description="The same; without one, the record has none.")] = None
    headers: Annotated[dict[str, str], Meta(description="Headers.")] = {}
    partition: Annotated[int, Meta(description="The partition that it lies in.", ge=0)] = 0


class KafkaSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch of a topic of Kafka, as a mapping hands it over."""

    topic: Annotated[str, Meta(description="The topic.")]
    records: Annotated[list[KafkaRecordSpec], Meta(description="The records; offsets go on through the feed.")]
    cluster: Annotated[str, Meta(description="The ARN of the MSK cluster; a self-managed one if not given.")] = ""
    bootstrap_servers: Annotated[str, Meta(description="`bootstrapServers`, with commas between them.")] = (
        "kafka.example.com:9092"
    )


class MqSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A batch of a queue of Amazon MQ, as a mapping hands it over."""

    queue: Annotated[str, Meta(description="The queue.")]
    messages: Annotated[
        list[Any], Meta(description="The messages: texts, or data that becomes JSON; may hold placeholders.")
    ]
    broker: Annotated[str, Meta(description="The ARN of the broker.")] = (
        "arn:aws:mq:us-east-1:123456789012:broker:example:b-00000000-0000-0000-0000-000000000000"
    )
    virtual_host: Annotated[str, Meta(description="The virtual host, of RabbitMQ.")] = "/"


class UserPoolSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A trigger of a Cognito user pool."""

    trigger: Annotated[str, Meta(description="`triggerSource`.", examples=["PreSignUp_SignUp"])]
    user: Annotated[str, Meta(description="`userName`.")] = "user"
    attributes: Annotated[dict[str, str], Meta(description="`userAttributes`.")] = {}
    request: Annotated[
        dict[str, Any], Meta(description="What the request holds besides: `clientMetadata`, `challengeAnswer`, …")
    ] = {}
    pool: Annotated[str, Meta(description="`userPoolId`.")] = "us-east-1_example"
    client: Annotated[str, Meta(description="`clientId`.")] = "example"


_REQUESTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "CreateAuthChallenge": {"challengeName": "CUSTOM_CHALLENGE", "session": []},
    "CustomMessage": {"codeParameter": "{####}", "linkParameter": "{##Click Here##}", "usernameParameter": None},
    "DefineAuthChallenge": {"session": []},
    "PostAuthentication": {"newDeviceUsed": False},
    "TokenGeneration": {
        "groupConfiguration": {"groupsToOverride": [], "iamRolesToOverride": [], "preferredRole": None}
    },
    "UserMigration": {"password": "example"},
    "VerifyAuthChallengeResponse": {"privateChallengeParameters": {}, "challengeAnswer": "example"},
}
"""Trigger → what its request always holds beside attributes of the user (documented)."""

_RESPONSES: Final[Mapping[str, Mapping[str, Any]]] = {
    "CreateAuthChallenge": dict.fromkeys(
        ("publicChallengeParameters", "privateChallengeParameters", "challengeMetadata")
    ),
    "CustomMessage": dict.fromkeys(("smsMessage", "emailMessage", "emailSubject")),
    "DefineAuthChallenge": dict.fromkeys(("challengeName", "issueTokens", "failAuthentication")),
    "PreSignUp": dict.fromkeys(("autoConfirmUser", "autoVerifyEmail", "autoVerifyPhone"), False),
    "TokenGeneration": {"claimsOverrideDetails": None},
    "UserMigration": dict.fromkeys(
        ("userAttributes", "forceAliasCreation", "finalUserStatus", "messageAction", "desiredDeliveryMediums")
    ),
    "VerifyAuthChallengeResponse": {"answerCorrect": None},
}
"""Trigger → what its function has to fill in; nothing for the others (documented)."""


class ServiceEvents:
    """Makes the events of one feed.

    Args:
        region: that of the simulation.
    """

    def __init__(self, clock: Clock, region: str) -> None:
        self._clock = clock
        self._region = region
        self._counts: dict[str, int] = {}

    def maker(self, name: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
        """Return what makes the events of a service, by the setting of `invoke` that asks for them."""
        makers = {
            "activemq": self.activemq,
            "kafka": self.kafka,
            "rabbitmq": self.rabbitmq,
            "user_pool": self.user_pool,
        }
        return makers[name]

    def kafka(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch of a topic, by partition. `given`: a `KafkaSpec` with its placeholders filled in."""
        topic, now_ms = given["topic"], self._clock.epoch_ms()
        records = [
            kafka_record(
                topic=topic,
                partition=each["partition"],
                offset=self._next(f"{topic}-{each['partition']}"),
                timestamp_ms=now_ms,
                key=None if each["key"] is None else as_bytes(each["key"]),
                value=as_bytes(each["value"]),
                headers=[(name, text.encode()) for name, text in each["headers"].items()],
            )
            for each in given["records"]
        ]
        return kafka_event(records, bootstrap_servers=given["bootstrap_servers"], cluster_arn=given["cluster"])

    def activemq(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch of a queue of ActiveMQ. `given`: an `MqSpec` with its placeholders filled in."""
        now_ms, queue, broker = self._clock.epoch_ms(), given["queue"], given["broker"].rpartition(":")[2]
        messages = [
            activemq_message(
                as_bytes(each),
                queue=queue,
                message_id=f"ID:{broker}-1.mq.{self._region}.amazonaws.com:{self._next(queue)}",
                sent_ms=now_ms,
                received_ms=now_ms,
            )
            for each in given["messages"]
        ]
        return activemq_event(messages, broker_arn=given["broker"])

    def rabbitmq(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch of a queue of RabbitMQ. `given`: an `MqSpec` with its placeholders filled in."""
        messages = [rabbitmq_message(as_bytes(each)) for each in given["messages"]]
        names = {"queue": given["queue"], "virtual_host": given["virtual_host"]}
        return rabbitmq_event(messages, **names, broker_arn=given["broker"])

    def user_pool(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the event of a trigger. `given`: a `UserPoolSpec` with its placeholders filled in."""
        trigger = given["trigger"].partition("_")[0]
        is_known = trigger != "UserMigration"  # a user who is yet to come has no attributes
        attributes = {"userAttributes": given["attributes"]} if is_known or given["attributes"] else {}
        return {
            "version": "1",
            "region": self._region,
            "userPoolId": given["pool"],
            "userName": given["user"],
            "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": given["client"]},
            "triggerSource": given["trigger"],
            "request": {**attributes, **_REQUESTS.get(trigger, {}), **given["request"]},
            "response": dict(_RESPONSES.get(trigger, {})),
        }

    def _next(self, lane: str) -> int:
        number = self._counts.get(lane, 0)
        self._counts[lane] = number + 1
        return number


def as_payload(value: Any) -> bytes | None:
    """Return a payload: bytes and None as they are, the rest as text or JSON."""
    return value if value is None or isinstance(value, bytes) else as_bytes(value)


def as_bytes(value: Any) -> bytes:
    """Return a payload: text as it is, anything else as JSON."""
    return (value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))).encode()
