"""What do mappings made by the API do? They poll as a scenario's do; states and refusals are AWS's."""

from typing import Any

import pytest

from eventsim import ApiError

QUEUE = "arn:aws:sqs:us-east-1:123456789012:work"


@pytest.fixture
def queued(aws: Any) -> Any:
    """Lambda with a function, and a queue beside it."""
    aws.simulation.add_source("queues", "work")
    aws.create()
    return aws


def mapped(aws: Any, **parameters: Any) -> Any:
    return aws("CreateEventSourceMapping", **{"EventSourceArn": QUEUE, "FunctionName": "f", **parameters})


def runs(aws: Any) -> int:
    """Return how often the function ran, once all is quiet."""
    aws.simulation.until_idle()
    return int(aws.simulation.function_numbers("f")["invocations"])


def test_a_mapping_is_created_and_polls(queued: Any) -> None:
    """The answer has the recorded members; a moment later the mapping is enabled."""
    created = mapped(queued)
    state = queued("GetEventSourceMapping", UUID=created["UUID"])["State"]
    queued.simulation.send("work", "hello")

    assert runs(queued) == 1
    assert (created["State"], state) == ("Creating", "Enabled")
    assert created["EventSourceMappingArn"].endswith(f":event-source-mapping:{created['UUID']}")
    members = ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "StateTransitionReason")
    assert [created[name] for name in members] == [10, 0, [], "USER_INITIATED"]
    assert "FilterCriteria" not in created


def test_settings_without_effect_are_given_back(queued: Any) -> None:
    """They stay when something else is changed."""
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    created = mapped(queued, KMSKeyArn=key)
    queued.simulation.until_idle()

    updated = queued("UpdateEventSourceMapping", UUID=created["UUID"], BatchSize=5)
    without = queued("UpdateEventSourceMapping", UUID=created["UUID"], KMSKeyArn="")

    assert created["KMSKeyArn"] == updated["KMSKeyArn"] == key
    assert "KMSKeyArn" not in without
    assert [each["parameter"] for each in queued.told("accepted without effect")][-1:] == ["KMSKeyArn"]


def test_a_mapping_says_whether_it_has_metrics(queued: Any) -> None:
    """They stay when something else is changed, and an empty list ends them."""
    created = mapped(queued, MetricsConfig={"Metrics": ["EventCount"]})
    queued.simulation.until_idle()

    updated = queued("UpdateEventSourceMapping", UUID=created["UUID"], BatchSize=5)
    queued.simulation.until_idle()
    without = queued("UpdateEventSourceMapping", UUID=created["UUID"], MetricsConfig={"Metrics": []})

    assert created["MetricsConfig"] == updated["MetricsConfig"] == {"Metrics": ["EventCount"]}
    assert "MetricsConfig" not in without


def test_a_mapping_may_be_created_disabled(queued: Any) -> None:
    """It says so in the answer already, and takes nothing until it is enabled."""
    created = mapped(queued, Enabled=False)
    queued.simulation.send("work", "hello")
    before = runs(queued)

    enabling = queued("UpdateEventSourceMapping", UUID=created["UUID"], Enabled=True)

    assert (created["State"], enabling["State"]) == ("Disabled", "Enabling")
    assert (before, runs(queued)) == (0, 1)


def test_settings_are_changed_by_an_update(queued: Any) -> None:
    """What is not given stays; the mapping goes on."""
    uuid = mapped(queued, BatchSize=2, FunctionResponseTypes=["ReportBatchItemFailures"])["UUID"]
    queued.simulation.until_idle()

    filters = {"Filters": [{"Pattern": '{"body": {"wanted": [true]}}'}]}
    updated = queued("UpdateEventSourceMapping", UUID=uuid, FilterCriteria=filters)
    queued.simulation.until_idle()
    queued.simulation.send("work", '{"wanted": false}')

    assert runs(queued) == 0
    assert (updated["State"], updated["BatchSize"], updated["FilterCriteria"]) == ("Updating", 2, filters)
    assert queued("GetEventSourceMapping", UUID=uuid)["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_a_mapping_may_have_provisioned_pollers(queued: Any) -> None:
    """What is not given has its default; an empty configuration ends it."""
    created = mapped(queued, ProvisionedPollerConfig={"MinimumPollers": 5})
    uuid = created["UUID"]

    queued("UpdateEventSourceMapping", UUID=uuid, ProvisionedPollerConfig={})

    assert created["ProvisionedPollerConfig"] == {"MinimumPollers": 5, "MaximumPollers": 200}
    assert "ProvisionedPollerConfig" not in queued("GetEventSourceMapping", UUID=uuid)


def test_disabling_survives_another_update(queued: Any) -> None:
    """A disabled mapping whose batch size changes stays disabled."""
    uuid = mapped(queued)["UUID"]
    queued("GetEventSourceMapping", UUID=uuid)
    disabling = queued("UpdateEventSourceMapping", UUID=uuid, Enabled=False)
    queued("UpdateEventSourceMapping", UUID=uuid, BatchSize=5)
    queued.simulation.until_idle()

    assert disabling["State"] == "Disabling"
    assert queued("GetEventSourceMapping", UUID=uuid)["State"] == "Disabled"


def test_a_mapping_may_be_given_another_function(queued: Any) -> None:
    """From the next batch on, that one runs."""
    queued.create("g")
    uuid = mapped(queued)["UUID"]

    updated = queued("UpdateEventSourceMapping", UUID=uuid, FunctionName="g")
    queued.simulation.send("work", "hello")

    assert runs(queued) == 0
    assert updated["FunctionArn"].endswith(":function:g")
    assert queued.simulation.function_numbers("g")["invocations"] == 1


def test_a_deleted_mapping_is_gone(queued: Any) -> None:
    """The answer shows it leaving."""
    uuid = mapped(queued)["UUID"]
    queued("GetEventSourceMapping", UUID=uuid)

    deleted = queued("DeleteEventSourceMapping", UUID=uuid)

    assert deleted["State"] == "Deleting"
    assert queued("ListEventSourceMappings")["EventSourceMappings"] == []
    with pytest.raises(ApiError, match="The resource you requested does not exist"):
        queued("GetEventSourceMapping", UUID=uuid)
    queued.simulation.send("work", "hello")
    assert runs(queued) == 0


def test_a_mapping_outlives_its_function(queued: Any) -> None:
    """AWS deletes no mapping with a function; its messages come back to the queue."""
    mapped(queued)
    queued("DeleteFunction", FunctionName="f")
    queued.simulation.send("work", "hello")
    queued.simulation.advance("1 minute")

    assert len(queued("ListEventSourceMappings", FunctionName="f")["EventSourceMappings"]) == 1
    assert queued.told("not invoked")


def test_a_mapping_of_a_scenario_is_listed(queued: Any) -> None:
    """Whoever made it, the API tells of it."""
    queued.simulation.add_mapping(source="work", function="f", batch_size=3, filters=[{"body": ["x"]}])

    (listed,) = queued("ListEventSourceMappings", EventSourceArn=QUEUE)["EventSourceMappings"]

    assert (listed["EventSourceArn"], listed["BatchSize"]) == (QUEUE, 3)
    assert listed["FilterCriteria"] == {"Filters": [{"Pattern": '{"body":["x"]}'}]}


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        pytest.param(
            {"EventSourceArn": None}, "InvalidParameterValueException", "Unrecognized event source", id="none"
        ),
        pytest.param(
            {"EventSourceArn": QUEUE + "2"}, "InvalidParameterValueException", "NonExistentQueue", id="no such queue"
        ),
        pytest.param(
            {"FunctionName": "g"}, "InvalidParameterValueException", "Function does not exist", id="no such function"
        ),
        pytest.param(
            {"BatchSize": 11},
            "InvalidParameterValueException",
            "Maximum batch window in seconds must be",
            id="no window",
        ),
        pytest.param(
            {"DestinationConfig": {"OnSuccess": {"Destination": QUEUE}}},
            "InvalidParameterValueException",
            "Unsupported DestinationConfig parameter for given event source mapping type.",
            id="destination",
        ),
        pytest.param(
            {"LoggingConfig": {"SystemLogLevel": "INFO"}},
            "InvalidParameterValueException",
            "Unsupported LoggingConfig parameter for given event source mapping type.",
            id="logging",
        ),
        pytest.param(
            {"FilterCriteria": {"Filters": [{"Pattern": "x"}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition.$",
            id="filter",
        ),
        pytest.param({"ScalingConfig": {"MaximumConcurrency": 1}}, "", "maximumConcurrency", id="concurrency"),
        pytest.param({"FunctionResponseTypes": ["x"]}, "ValidationException", "functionResponseTypes", id="response"),
        pytest.param(
            {"MetricsConfig": {"Metrics": ["EventCount", "x"]}},
            "ValidationException",
            r"Value '\[EventCount, x\]' at 'metricsConfig.metrics' failed.*: \[EventCount, ErrorCount, KafkaMetrics\]",
            id="unknown metric",
        ),
        pytest.param(
            {"MetricsConfig": {"Metrics": ["EventCount"] * 4}},
            "ValidationException",
            "metricsConfig.metrics.* Member must have length less than or equal to 3",
            id="too many metrics",
        ),
        pytest.param(
            {"MetricsConfig": {"Metrics": ["ErrorCount"]}},
            "InvalidParameterValueException",
            "Unsupported MetricsConfig parameter for given event source mapping type.",
            id="metrics of Kafka",
        ),
        pytest.param({"Topics": ["topic"]}, "InvalidParameterValueException", "Unsupported Topics", id="topics"),
        pytest.param(
            {"EventSourceArn": "arn:aws:s3:::shelf"},
            "InvalidParameterValueException",
            "Unrecognized event source.",
            id="a bucket",
        ),
        pytest.param(
            {"ProvisionedPollerConfig": {"MinimumPollers": 1}},
            "InvalidParameterValueException",
            "Value '1' at 'provisionedPollerConfig.minimumPollers' failed.* greater than or equal to 2",
            id="one poller",
        ),
        pytest.param(
            {"ProvisionedPollerConfig": {"PollerGroupName": "group"}},
            "InvalidParameterValueException",
            "Unsupported PollerGroupName parameter for given event source mapping type.",
            id="group of pollers",
        ),
        pytest.param(
            {"EventSourceArn": "arn:aws:kinesis:us-east-1:123456789012:stream/s", "StartingPosition": "LATEST"},
            "InvalidParameterValueException",
            "Stream not found: arn:aws:kinesis:us-east-1:123456789012:stream/s",
            id="stream",
        ),
    ],
)
def test_a_bad_mapping_is_refused(queued: Any, parameters: dict[str, Any], code: str, message: str) -> None:
    """In AWS's words (recorded for the most part)."""
    with pytest.raises(ApiError, match=message) as refused:
        mapped(queued, **parameters)

    assert code in ("", refused.value.code)


def test_there_is_one_mapping_for_a_queue_and_a_function(queued: Any) -> None:
    """The refusal names the other one (recorded)."""
    uuid = mapped(queued)["UUID"]

    with pytest.raises(ApiError, match=f"already exists.*{uuid}") as refused:
        mapped(queued)

    assert (refused.value.code, refused.value.status) == ("ResourceConflictException", 409)
