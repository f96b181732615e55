"""What do mappings of Kafka, Amazon MQ and DocumentDB do? Their members and refusals are AWS's, whoever is behind."""

from typing import Any

import pytest

from eventsim import ApiError

MSK = "arn:aws:kafka:us-east-1:123456789012:cluster/shop/abcd-4"
BROKER = "arn:aws:mq:us-east-1:123456789012:broker:test:b-9bcf"
DATABASE = "arn:aws:rds:us-east-1:123456789012:cluster:c"
SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf"
ACCESS = [{"Type": "BASIC_AUTH", "URI": SECRET}]
SERVERS = ["a.example.com:9092", "b.example.com:9092"]
OWN = {
    "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": SERVERS}},
    "SourceAccessConfigurations": ACCESS,
    "Topics": ["orders"],
}
QUEUE = {"EventSourceArn": BROKER, "Queues": ["q"], "SourceAccessConfigurations": ACCESS}
CHANGES = {
    "EventSourceArn": DATABASE,
    "DocumentDBEventSourceConfig": {"DatabaseName": "shop", "CollectionName": "orders"},
    "SourceAccessConfigurations": ACCESS,
}


@pytest.fixture
def lambda_(aws: Any) -> Any:
    """Lambda with a function."""
    aws.create()
    return aws


def mapped(aws: Any, **parameters: Any) -> Any:
    given = {"FunctionName": "f", **parameters}
    return aws("CreateEventSourceMapping", **{name: value for name, value in given.items() if value is not None})


def told(answer: Any) -> dict[str, Any]:
    """Return an answer without what is different in every run."""
    return {
        name: value
        for name, value in answer.items()
        if name not in ("UUID", "EventSourceMappingArn", "FunctionArn", "LastModified")
    }


def test_kafka_of_ones_own_is_told_as_recorded(lambda_: Any) -> None:
    """There is no ARN and no window; the consumer group is generated, and the position the oldest record."""
    created = mapped(lambda_, **OWN)

    members = told(created)
    group = members.pop("SelfManagedKafkaEventSourceConfig")["ConsumerGroupId"]
    assert len(group) == 36
    assert members == {
        "BatchSize": 100,
        "FunctionResponseTypes": [],
        "LastProcessingResult": "No records processed",
        "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": SERVERS}},
        "SourceAccessConfigurations": ACCESS,
        "StartingPosition": "TRIM_HORIZON",
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
        "Topics": ["orders"],
    }
    assert lambda_("GetEventSourceMapping", UUID=created["UUID"])["State"] == "Enabled"


def test_a_cluster_of_msk_has_an_arn(lambda_: Any) -> None:
    """The consumer group may be given, and so may be what is to become of failing batches."""
    given = {
        "EventSourceArn": MSK,
        "Topics": ["orders"],
        "StartingPosition": "LATEST",
        "AmazonManagedKafkaEventSourceConfig": {"ConsumerGroupId": "mine"},
        "MaximumBatchingWindowInSeconds": 5,
        "MaximumRetryAttempts": 2,
        "MaximumRecordAgeInSeconds": 60,
        "BisectBatchOnFunctionError": True,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:us-east-1:123456789012:failed"}},
        "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 3},
    }

    created = mapped(lambda_, **given)

    assert {name: created[name] for name in given} == given
    assert "SelfManagedKafkaEventSourceConfig" not in created


def test_the_provisioned_mode_of_kafka_begins_with_one_poller(lambda_: Any) -> None:
    """It may have 2,000 (documented); a queue's has two at least, and 10,000 at most."""
    given = {"EventSourceArn": MSK, "Topics": ["orders"]}
    created = mapped(lambda_, **given, ProvisionedPollerConfig={"MaximumPollers": 2000})

    with pytest.raises(ApiError, match="less than or equal to 2000"):
        mapped(lambda_, **{**given, "Topics": ["other"]}, ProvisionedPollerConfig={"MaximumPollers": 2001})

    assert created["ProvisionedPollerConfig"] == {"MinimumPollers": 1, "MaximumPollers": 2000}


def test_a_queue_of_a_broker_is_told(lambda_: Any) -> None:
    """It has a queue, and no position."""
    members = told(mapped(lambda_, **QUEUE))

    assert members == {
        "BatchSize": 100,
        "EventSourceArn": BROKER,
        "LastProcessingResult": "No records processed",
        "Queues": ["q"],
        "SourceAccessConfigurations": ACCESS,
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }


def test_a_collection_of_a_database_is_told(lambda_: Any) -> None:
    """It begins after the newest change, unless told otherwise."""
    members = told(mapped(lambda_, **CHANGES))

    assert members == {
        "BatchSize": 100,
        "DocumentDBEventSourceConfig": {"DatabaseName": "shop", "CollectionName": "orders"},
        "EventSourceArn": DATABASE,
        "LastProcessingResult": "No records processed",
        "SourceAccessConfigurations": ACCESS,
        "StartingPosition": "LATEST",
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param(
            {**OWN, "SourceAccessConfigurations": []},
            "Required 'sourceAccessConfigurations' parameter is missing.",
            id="Kafka of one's own without credentials",
        ),
        pytest.param(
            {**QUEUE, "SourceAccessConfigurations": []},
            "Required 'sourceAccessConfigurations' parameter is missing.",
            id="a broker without credentials",
        ),
        pytest.param({"EventSourceArn": MSK}, "Required 'topics' parameter is missing.", id="no topic"),
        pytest.param({**QUEUE, "Queues": None}, "Required 'queues' parameter is missing.", id="no queue"),
        pytest.param({**OWN, "ParallelizationFactor": 2}, "Unsupported ParallelizationFactor", id="lanes of Kafka"),
        pytest.param({**OWN, "Queues": ["q"]}, "Unsupported Queues", id="a queue of Kafka"),
        pytest.param({**QUEUE, "StartingPosition": "LATEST"}, "Unsupported StartingPosition", id="position of MQ"),
        pytest.param({**QUEUE, "MaximumRetryAttempts": 1}, "Unsupported MaximumRetryAttempts", id="retries of MQ"),
        pytest.param(
            {**CHANGES, "FunctionResponseTypes": ["ReportBatchItemFailures"]},
            "Unsupported FunctionResponseTypes",
            id="reports of DocumentDB",
        ),
        pytest.param({**OWN, "BatchSize": 10_001}, "10000", id="batch size"),
        pytest.param(
            {**OWN, "FilterCriteria": {"Filters": [{"Pattern": "x"}]}},
            "Invalid filter pattern definition.",
            id="filter",
        ),
    ],
)
def test_a_bad_mapping_is_refused(lambda_: Any, parameters: dict[str, Any], message: str) -> None:
    """In AWS's words, where they are recorded."""
    with pytest.raises(ApiError, match=message):
        mapped(lambda_, **parameters)


def test_a_topic_may_be_a_destination(lambda_: Any) -> None:
    """Of mappings of Kafka only, since it is one of the same cluster."""
    given = {"OnFailure": {"Destination": "kafka://failed"}}
    lambda_.simulation.add_source("streams", "clicks")
    stream = {"EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks", "StartingPosition": "LATEST"}

    assert mapped(lambda_, **OWN, DestinationConfig=given)["DestinationConfig"] == given
    with pytest.raises(ApiError, match="The destination ARN kafka://failed is invalid"):
        mapped(lambda_, **stream, DestinationConfig=given)


@pytest.mark.parametrize(
    ("config", "what"),
    [
        pytest.param({"SchemaRegistryConfig": {"EventRecordFormat": "JSON"}}, "SchemaRegistryConfig", id="schemas"),
        pytest.param({"ConsumptionMode": "Queue"}, "ConsumptionMode Queue", id="share groups"),
    ],
)
def test_what_is_not_simulated_is_refused_by_name(lambda_: Any, config: dict[str, Any], what: str) -> None:
    """Records would look otherwise, or come in another order."""
    with pytest.raises(ApiError, match=f"{what} is not simulated"):
        mapped(lambda_, **OWN, SelfManagedKafkaEventSourceConfig=config)


def test_a_second_mapping_of_a_topic_is_a_conflict(lambda_: Any) -> None:
    """The words name the servers, the function and the topic (recorded); another topic may be read."""
    uuid = mapped(lambda_, **OWN)["UUID"]
    mapped(lambda_, **{**OWN, "Topics": ["returns"]})

    with pytest.raises(ApiError) as refused:
        mapped(lambda_, **OWN)

    assert (refused.value.code, refused.value.status) == ("ResourceConflictException", 409)
    assert refused.value.message == (
        'An event source mapping with event source ("a.example.com:9092,b.example.com:9092"), '
        'function ("arn:aws:lambda:us-east-1:123456789012:function:f"), topics ("orders") already exists. '
        f"Please update or delete the existing mapping with UUID {uuid}"
    )


def test_a_mapping_is_changed_listed_and_deleted(lambda_: Any) -> None:
    """What an update does not name stays."""
    created = mapped(lambda_, **OWN)
    lambda_.simulation.until_idle()

    updated = lambda_("UpdateEventSourceMapping", UUID=created["UUID"], BatchSize=7, MaximumBatchingWindowInSeconds=0)
    lambda_.simulation.until_idle()
    disabled = lambda_("UpdateEventSourceMapping", UUID=created["UUID"], Enabled=False)
    lambda_.simulation.until_idle()
    listed = lambda_("ListEventSourceMappings", FunctionName="f")["EventSourceMappings"]
    lambda_("DeleteEventSourceMapping", UUID=created["UUID"])
    lambda_.simulation.until_idle()

    assert (updated["BatchSize"], updated["MaximumBatchingWindowInSeconds"]) == (7, 0)
    assert updated["SelfManagedKafkaEventSourceConfig"] == created["SelfManagedKafkaEventSourceConfig"]
    assert updated["SourceAccessConfigurations"] == ACCESS
    assert disabled["State"] == "Disabling"
    assert [(each["UUID"], each["State"]) for each in listed] == [(created["UUID"], "Disabled")]
    assert lambda_("ListEventSourceMappings", FunctionName="f")["EventSourceMappings"] == []


def test_the_trace_says_once_that_nobody_produces(lambda_: Any) -> None:
    """It says as well how to have records: nothing is waited for in silence."""
    mapped(lambda_, **OWN)
    lambda_.simulation.until_idle()

    (entry,) = lambda_.told("nobody produces")
    assert entry["source"] == "a.example.com:9092,b.example.com:9092"
    assert "declare it: `clusters:" in entry["instead"]
