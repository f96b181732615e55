"""What does a topic tell X-Ray?"""

from typing import Any

import pytest

from eventsim import SyncSimulation
from tests import sdk
from tests.sources.conftest import segments_of

CLIENT = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled="


class Topic:
    """A topic that traces, with a function as its subscriber."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation
        self.sns = sdk.new_client("sns")
        self.header = ""
        self.sns.meta.events.register("before-call", self._add_header)
        self.arn = self.sns.create_topic(Name="news", Attributes={"TracingConfig": "Active"})["TopicArn"]
        simulation.add_function("f", handler=lambda _, __: None)
        function = "arn:aws:lambda:us-east-1:123456789012:function:f"
        self.sns.subscribe(TopicArn=self.arn, Protocol="lambda", Endpoint=function)

    def _add_header(self, params: dict[str, Any], **_: object) -> None:
        if self.header:
            params["headers"]["X-Amzn-Trace-Id"] = self.header

    def publish(self, header: str) -> dict[str, dict[str, Any]]:
        """Publish under a header, and return all segments by origin."""
        self.header = header
        self.sns.publish(TopicArn=self.arn, Message="a")
        self.simulation.until_idle()
        return {each["origin"]: each for each in segments_of(self.simulation)}


@pytest.fixture
def topic(world: SyncSimulation) -> Topic:
    return Topic(world)


def test_a_message_in_a_sampled_trace_leaves_a_segment(topic: Topic) -> None:
    """Between who published it and who gets it (documented)."""
    segments = topic.publish(CLIENT + "1")

    own = segments["AWS::SNS::Topic"]
    assert (own["name"], own["resource_arn"], own["parent_id"]) == ("news", topic.arn, "53995c3f42cd8ad8")
    assert segments["AWS::Lambda"]["parent_id"] == own["id"]


@pytest.mark.parametrize("header", ["", CLIENT + "0", "Root=1-5759e988-bd862e3fe1be46a994272793"])
def test_a_topic_samples_nothing_by_itself(topic: Topic, header: str) -> None:
    """It follows the flag in the header (documented)."""
    assert topic.publish(header) == {}
