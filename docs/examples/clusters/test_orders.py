"""A batch that fails at first holds up what comes after it, and nothing gets lost."""

import base64

from eventsim import SyncSimulation


def test_orders_wait_for_the_bank():
    batches = []

    def book(event, context):
        records = event["records"]["orders-2"]
        batches.append([base64.b64decode(record["value"]).decode() for record in records])
        if len(batches) < 3:
            raise ConnectionError("the bank is down")

    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("clusters", "shop", topics={"orders": {"partitions": 3}})
        simulation.add_function("book", handler=book)
        simulation.add_mapping(source="shop", topic="orders", function="book", batch_size=2)

        placed = [simulation.produce("orders", drink, key="ann") for drink in ("tea", "mate", "milk")]
        simulation.until_idle()

    assert placed == [(2, 0), (2, 1), (2, 2)]  # a key leads to one partition
    assert batches == [["tea", "mate"], ["tea", "mate"], ["tea", "mate"], ["milk"]]
