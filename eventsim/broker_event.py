"""What shape have batches of brokers? Events of Kafka and Amazon MQ as Lambda hands them over (documented)."""

import base64
from collections.abc import Iterable, Mapping
from typing import Any


def kafka_record(
    *,
    topic: str,
    partition: int,
    offset: int,
    timestamp_ms: int,
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[str, bytes]] = (),
) -> dict[str, Any]:
    """Return a record of Kafka: payloads in base64, absent ones left out, values of headers as lists of bytes."""
    return {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "timestamp": timestamp_ms,
        "timestampType": "CREATE_TIME",
        **({} if key is None else {"key": _base64(key)}),
        **({} if value is None else {"value": _base64(value)}),
        "headers": [{name: list(content)} for name, content in headers],
    }


def kafka_event(
    records: Iterable[Mapping[str, Any]], *, bootstrap_servers: str, cluster_arn: str = ""
) -> dict[str, Any]:
    """Return a batch of a topic of Kafka, by partition.

    Args:
        records: as `kafka_record` makes them.
        bootstrap_servers: with commas between them.
        cluster_arn: of a cluster of MSK, "" for one's own.
    """
    by_partition: dict[str, list[Mapping[str, Any]]] = {}
    for record in records:
        by_partition.setdefault(f"{record['topic']}-{record['partition']}", []).append(record)
    return {
        "eventSource": "aws:kafka" if cluster_arn else "SelfManagedKafka",
        **({"eventSourceArn": cluster_arn} if cluster_arn else {}),
        "bootstrapServers": bootstrap_servers,
        "records": by_partition,
    }


def activemq_message(
    data: bytes, *, queue: str, message_id: str, sent_ms: int, received_ms: int, redelivered: bool = False
) -> dict[str, Any]:
    """Return a message of ActiveMQ."""
    return {
        "messageID": message_id,
        "messageType": "jms/text-message",
        "deliveryMode": 1,
        "replyTo": None,
        "type": None,
        "expiration": "0",
        "priority": 4,
        "correlationId": "",
        "redelivered": redelivered,
        "destination": {"physicalName": queue},
        "data": _base64(data),
        "timestamp": sent_ms,
        "brokerInTime": sent_ms,
        "brokerOutTime": received_ms,
        "properties": {},
    }


def activemq_event(messages: Iterable[Mapping[str, Any]], *, broker_arn: str) -> dict[str, Any]:
    """Return a batch of a queue of ActiveMQ."""
    return {"eventSource": "aws:mq", "eventSourceArn": broker_arn, "messages": list(messages)}


_ABSENT = ("contentEncoding", "correlationId", "replyTo", "expiration", "messageId", "timestamp", "type")


def rabbitmq_message(data: bytes, *, redelivered: bool = False) -> dict[str, Any]:
    """Return a message of RabbitMQ."""
    return {
        "basicProperties": {
            "contentType": "text/plain",
            "headers": {},
            "deliveryMode": 1,
            "priority": 0,
            **dict.fromkeys((*_ABSENT, "userId", "appId", "clusterId")),
            "bodySize": len(data),
        },
        "redelivered": redelivered,
        "data": _base64(data),
    }


def rabbitmq_event(
    messages: Iterable[Mapping[str, Any]], *, queue: str, virtual_host: str, broker_arn: str
) -> dict[str, Any]:
    """Return a batch of a queue of RabbitMQ."""
    by_queue = {f"{queue}::{virtual_host}": list(messages)}
    return {"eventSource": "aws:rmq", "eventSourceArn": broker_arn, "rmqMessagesByQueue": by_queue}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
