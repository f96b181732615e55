"""Which metrics do services emit? Each as its service tells it on AWS, by its dimensions."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import SyncSimulation

START_AT = datetime(2026, 1, 1, tzinfo=UTC)
HERE = "us-east-1:123456789012"


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=4) as simulation:
        yield simulation


def told(
    simulation: SyncSimulation, namespace: str, name: str, statistic: str = "Sum", **dimensions: str
) -> list[float]:
    """Return one statistic of a metric, minute by minute, over the first day."""
    asked = {
        "Namespace": namespace,
        "MetricName": name,
        "Dimensions": [{"Name": key, "Value": each} for key, each in dimensions.items()],
        "Statistics": [statistic],
        "Period": 60,
        "StartTime": START_AT,
        "EndTime": START_AT + timedelta(days=1),
    }
    answer: Any = simulation.request("cloudwatch", "GetMetricStatistics", asked)
    return [point[statistic] for point in answer["Datapoints"]]


# --- topics ------------------------------------------------------------------------------------------------


def test_a_dead_letter_that_is_lost_was_not_redriven(simulation: SyncSimulation) -> None:
    """It failed to be redriven, and counts once."""
    topic: Any = simulation.request("sns", "CreateTopic", {"Name": "news"})["TopicArn"]
    nobody = f"arn:aws:sqs:{HERE}:nobody"
    attributes = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": nobody})}
    given = {"TopicArn": topic, "Protocol": "sqs", "Endpoint": nobody, "Attributes": attributes}
    simulation.request("sns", "Subscribe", given)
    simulation.request("sns", "Publish", {"TopicArn": topic, "Message": "1234"})
    simulation.until_idle()

    names = [f"NumberOfNotifications{what}ToDlq" for what in ("Redriven", "FailedToRedrive")]
    assert [told(simulation, "AWS/SNS", name, TopicName="news") for name in names] == [[], [1]]
