"""A pipe from a queue to a bus that leaves some messages out and enriches the others."""

import json

from eventsim import SyncSimulation


def add_address(events, context):
    return [{**json.loads(event["body"]), "city": "Ulm"} for event in events]


def test_paid_orders_are_told_with_their_address():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("add_address", handler=add_address)
        for name in ("orders", "shipments"):
            simulation.add_source("queues", name)
        simulation.add_source(
            "pipes",
            "paid",
            source="orders",
            filters=[{"body": {"kind": ["paid"]}}],
            enrichment="add_address",
            template='{"ship": <$.id>, "to": <$.city>}',
            target="shipments",
        )

        simulation.send("orders", {"id": 7, "kind": "paid"})
        simulation.send("orders", {"id": 8, "kind": "cancelled"})
        simulation.until_idle()

        shipped = simulation.request("sqs", "ReceiveMessage", {"QueueUrl": "shipments", "MaxNumberOfMessages": 10})
        assert [json.loads(message["Body"]) for message in shipped["Messages"]] == [{"ship": 7, "to": "Ulm"}]
        assert simulation.numbers("queues", "orders")["deleted"] == 2
