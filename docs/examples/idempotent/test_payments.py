from collections import Counter

import pytest

ORDERS = ["o1", "o2", "o3", "o4", "o5", "o6", "o7", "o8"]


@pytest.fixture
def shop(simulation):
    simulation.add_function("pay", handler="payments.handler", timeout="10 s", duration="200 ms")
    simulation.add_source("queues", "orders", visibility_timeout="1 minute", duplicates=0.5, order="shuffled")
    simulation.add_source("tables", "charges", key="id")
    simulation.add_source("tables", "done", key="id")
    simulation.add_mapping(source="orders", function="pay", batch_size=1)
    return simulation


def order_all(shop):
    for order in ORDERS:
        shop.send("orders", {"id": order, "cents": 1990})
    shop.until_idle()


def charged(shop):
    items = shop.request("dynamodb", "Scan", {"TableName": "charges"})["Items"]
    return Counter(item["order"]["S"] for item in items)


@pytest.mark.eventsim(runs=3)
def test_nobody_pays_twice_when_messages_come_twice(shop):
    order_all(shop)

    assert shop.numbers("functions", "pay")["invocations"] > len(ORDERS)
    assert charged(shop) == Counter(ORDERS)


def test_nobody_pays_twice_when_the_function_dies_after_its_work(shop):
    shop.add_fault(function="pay", crash=True, until="1 s")
    order_all(shop)

    assert shop.numbers("functions", "pay")["errors"] > 0
    assert charged(shop) == Counter(ORDERS)


def test_an_order_is_known_for_an_hour(shop):
    order_all(shop)
    shop.advance("59 minutes")
    order_all(shop)
    assert charged(shop) == Counter(ORDERS)

    shop.advance("2 minutes")
    order_all(shop)
    assert charged(shop) != Counter(ORDERS)
