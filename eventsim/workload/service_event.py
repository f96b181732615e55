"""What would a service that is not simulated hand to a function? Events of Kafka, MQ and user pools, in AWS's shapes.

Nobody polls and nobody answers behind them: a step of the workload invokes the function once with such an event.
"""

import base64
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final

from msgspec import Meta, Struct

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
        records: dict[str, list[dict[str, Any]]] = {}
        for each in given["records"]:
            lane = f"{given['topic']}-{each['partition']}"
            record = {
                "topic": given["topic"],
                "partition": each["partition"],
                "offset": self._next(lane),
                "timestamp": self._clock.epoch_ms(),
                "timestampType": "CREATE_TIME",
                **({} if each["key"] is None else {"key": _encoded(each["key"])}),
                "value": _encoded(each["value"]),
                "headers": [{name: list(text.encode())} for name, text in each["headers"].items()],
            }
            records.setdefault(lane, []).append(record)
        cluster = given["cluster"]
        return {
            "eventSource": "aws:kafka" if cluster else "SelfManagedKafka",
            **({"eventSourceArn": cluster} if cluster else {}),
            "bootstrapServers": given["bootstrap_servers"],
            "records": records,
        }

    def activemq(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch of a queue of ActiveMQ. `given`: an `MqSpec` with its placeholders filled in."""
        now_ms, broker = self._clock.epoch_ms(), given["broker"].rpartition(":")[2]
        messages = [
            {
                "messageID": f"ID:{broker}-1.mq.{self._region}.amazonaws.com:{self._next(given['queue'])}",
                "messageType": "jms/text-message",
                "deliveryMode": 1,
                "replyTo": None,
                "type": None,
                "expiration": "0",
                "priority": 4,
                "correlationId": "",
                "redelivered": False,
                "destination": {"physicalName": given["queue"]},
                "data": _encoded(each),
                "timestamp": now_ms,
                "brokerInTime": now_ms,
                "brokerOutTime": now_ms,
                "properties": {},
            }
            for each in given["messages"]
        ]
        return {"eventSource": "aws:mq", "eventSourceArn": given["broker"], "messages": messages}

    def rabbitmq(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return a batch of a queue of RabbitMQ. `given`: an `MqSpec` with its placeholders filled in."""
        absent = ("contentEncoding", "correlationId", "replyTo", "expiration", "messageId", "timestamp", "type")
        messages = [
            {
                "basicProperties": {
                    "contentType": "text/plain",
                    "headers": {},
                    "deliveryMode": 1,
                    "priority": 0,
                    **dict.fromkeys((*absent, "userId", "appId", "clusterId")),
                    "bodySize": len(_text(each).encode()),
                },
                "redelivered": False,
                "data": _encoded(each),
            }
            for each in given["messages"]
        ]
        queue = f"{given['queue']}::{given['virtual_host']}"
        return {"eventSource": "aws:rmq", "eventSourceArn": given["broker"], "rmqMessagesByQueue": {queue: messages}}

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


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def _encoded(value: Any) -> str:
    return base64.b64encode(_text(value).encode()).decode()
