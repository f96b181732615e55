import json

import pytest
from aws_lambda_powertools.utilities.parser import envelopes, parse
from pydantic import BaseModel


class Order(BaseModel):
    id: int


@pytest.fixture
def seen(simulation):
    """The events that the function `keep` gets."""
    events = []
    simulation.add_function("keep", handler=lambda event, context: events.append(event))
    return events


def test_from_a_queue_the_body_is_what_was_sent(simulation, seen):
    simulation.add_source("queues", "orders")
    simulation.add_mapping(source="orders", function="keep")

    simulation.send("orders", {"id": 7})
    simulation.until_idle()

    assert parse(seen[0], model=Order, envelope=envelopes.SqsEnvelope) == [Order(id=7)]


def test_from_a_topic_by_way_of_a_queue_there_is_an_envelope_in_the_body(simulation, seen):
    simulation.add_source("topics", "orders", subscriptions=[{"queue": "orders"}])
    simulation.add_source("queues", "orders")
    simulation.add_mapping(source="orders", function="keep")

    simulation.publish("orders", {"id": 7})
    simulation.until_idle()

    body = json.loads(seen[0]["Records"][0]["body"])
    assert (body["Type"], body["Message"]) == ("Notification", '{"id": 7}')
    assert parse(seen[0], model=Order, envelope=envelopes.SnsSqsEnvelope) == [Order(id=7)]


def test_a_bucket_encodes_keys(simulation, seen):
    simulation.add_source("buckets", "photos", notifications=[{"function": "keep"}])

    simulation.put("photos", "my cat.jpg", b"meow")
    simulation.until_idle()

    assert seen[0]["Records"][0]["s3"]["object"]["key"] == "my+cat.jpg"
