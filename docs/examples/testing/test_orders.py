import pytest


@pytest.mark.eventsim(scenario="orders.yaml")
def test_an_order_without_amount_ends_as_a_dead_letter(simulation):
    simulation.send("orders", "{}")
    simulation.until_idle()

    assert simulation.numbers("queues", "orders-dlq")["visible"] == 1
    assert simulation.now_s == 90.0


@pytest.mark.eventsim(scenario="orders.yaml")
def test_it_is_not_given_up_before_its_third_receive(simulation):
    simulation.send("orders", "{}")
    simulation.advance("61 s")

    assert simulation.numbers("functions", "charge")["errors"] == 3
    assert simulation.numbers("queues", "orders")["in_flight"] == 1


@pytest.mark.asyncio
@pytest.mark.eventsim(scenario="orders.yaml", runs=3)
async def test_the_same_with_await_and_under_three_seeds(simulation):
    await simulation.request("sqs", "SendMessage", {"QueueUrl": "orders", "MessageBody": '{"amount": 20}'})
    await simulation.until_idle()

    assert simulation.numbers("queues", "orders")["deleted"] == 1
