import pytest


@pytest.mark.eventsim(scenario="shop.yaml", permissions="enforced")
def test_an_order_is_booked(simulation):
    simulation.send("Orders", {"id": "o1", "amount": 20})
    simulation.advance("1 minute")

    assert simulation.numbers("tables", "Ledger")["items"] == 1
