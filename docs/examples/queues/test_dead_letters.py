"""What becomes a dead letter?"""

from eventsim import SyncSimulation


def charge(event, context):
    for record in event["Records"]:
        if record["body"] == "no money":
            raise RuntimeError("declined")


def test_what_cannot_be_charged_is_put_aside():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("queues", "orders-dlq")
        simulation.add_source("queues", "orders", dead_letter={"queue": "orders-dlq", "max_receive_count": 3})
        simulation.add_function("charge", handler=charge)
        simulation.add_mapping(source="orders", function="charge", batch_size=1)
        for body in ("ten euros", "no money"):
            simulation.send("orders", body)
        simulation.until_idle()

        (dead,) = simulation.sources("queues")["orders-dlq"].messages
        assert (dead.body, dead.state) == ("no money", "visible")
        assert dead.receive_count == 3  # a dead letter keeps the count
