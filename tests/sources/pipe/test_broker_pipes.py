"""Do pipes take what brokers have? Topics of MSK and queues of Amazon MQ, one event for each record."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SyncSimulation
from tests.sources.pipe.conftest import SQS, client

ROLE = "arn:aws:iam::123456789012:role/pipe"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf"


def taken(world: SyncSimulation) -> list[Any]:
    """Return what lies in the queue `out`."""
    world.until_idle()
    url = "http://localhost/123456789012/out"
    found: Any = world.request("sqs", "ReceiveMessage", {"QueueUrl": url, "MaxNumberOfMessages": 10})
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def test_a_topic_is_a_source(pipes: Any, world: SyncSimulation) -> None:
    """An event says which partition it comes from; another batch size does not begin anew."""
    world.add_source("clusters", "shop", topics={"orders": {"partitions": 2}})
    arn = world.directory.sources("clusters")["shop"].arn
    given = {"TopicName": "orders", "StartingPosition": "TRIM_HORIZON", "BatchSize": 5}
    pipes.create_pipe(
        Name="p",
        Source=arn,
        Target=f"{SQS}out",
        RoleArn=ROLE,
        SourceParameters={
            "ManagedStreamingKafkaParameters": given,
            "FilterCriteria": {"Filters": [{"Pattern": '{"value": {"n": [1, 2]}}'}]},
        },
    )
    for number in (1, 3):
        world.produce("orders", {"n": number}, partition=1)
    first = taken(world)
    pipes.update_pipe(Name="p", RoleArn=ROLE, SourceParameters={"ManagedStreamingKafkaParameters": {"BatchSize": 7}})
    world.produce("orders", {"n": 2}, partition=1)
    (second,) = taken(world)

    assert first == [
        {
            "eventSource": "aws:kafka",
            "eventSourceArn": arn,
            "eventSourceKey": "orders-1",
            "topic": "orders",
            "partition": 1,
            "offset": 0,
            "timestamp": 1767225600000,
            "timestampType": "CREATE_TIME",
            "value": "eyJuIjoxfQ==",
            "headers": [],
        }
    ]
    assert second["offset"] == 2


def test_a_path_looks_into_a_value(pipes: Any, world: SyncSimulation) -> None:
    """Its base64 and its JSON are read first; a scenario names topic and cluster."""
    world.add_source("clusters", "shop", topics={"orders": {}})
    world.add_source("pipes", "p", source="shop", topic="orders", target="out", template='{"order": <$.value.n>}')
    world.produce("orders", {"n": 7})

    assert taken(world) == [{"order": 7}]


@pytest.mark.parametrize("engine", ["activemq", "rabbitmq"])
def test_a_queue_of_a_broker_is_a_source(pipes: Any, world: SyncSimulation, engine: str) -> None:
    """Credentials are asked of nobody."""
    world.add_source("brokers", "mq", engine=engine)
    arn = world.directory.sources("brokers")["mq"].arn
    name = "ActiveMQBrokerParameters" if engine == "activemq" else "RabbitMQBrokerParameters"
    parameters = {"QueueName": "jobs", "Credentials": {"BasicAuth": SECRET}}
    pipes.create_pipe(Name="p", Source=arn, Target=f"{SQS}out", RoleArn=ROLE, SourceParameters={name: parameters})
    world.send("jobs", "work", broker="mq")

    (event,) = taken(world)
    assert (event["eventSourceArn"], event["data"]) == (arn, "d29yaw==")
    assert event.get("eventSourceKey") == (None if engine == "activemq" else "jobs::/")


def test_kafka_of_ones_own_is_refused_by_name(pipes: Any, world: SyncSimulation) -> None:
    """Its source is no ARN."""
    with pytest.raises(ClientError, match="the source smk://a"):
        client(world, "pipes").create_pipe(
            Name="p",
            Source="smk://a.example.com:9092",
            Target=f"{SQS}out",
            RoleArn=ROLE,
            SourceParameters={"SelfManagedKafkaParameters": {"TopicName": "orders"}},
        )
