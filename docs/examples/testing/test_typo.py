import pytest


@pytest.mark.eventsim(scenario="orders.yaml")
def test_every_order_is_charged(simulation):
    simulation.send("orders", {"amount": 20})
    simulation.send("orders", {"amont": 5})
    simulation.until_idle()

    assert simulation.numbers("queues", "orders")["deleted"] == 2
