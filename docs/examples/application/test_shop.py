import boto3
import pytest


@pytest.mark.eventsim(scenario="shop.yaml")
def test_an_order_can_be_seen_once_it_is_booked(simulation, eventsim_stack):
    sqs = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x")

    sqs.send_message(QueueUrl=eventsim_stack.outputs["OrdersUrl"], MessageBody='{"id": "o-1", "amount": 20}')
    simulation.until_idle()

    assert simulation.http("GET", "/orders/o-1").json() == {"id": "o-1", "amount": 20}
    assert simulation.http("GET", "/orders/o-2").status == 404
