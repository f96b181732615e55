"""A FIFO queue: duplicates, groups, and a group that waits."""

from eventsim import SyncSimulation


def bodies(simulation, limit):
    asked = {"QueueUrl": "bookings.fifo", "MaxNumberOfMessages": limit}
    return [message["Body"] for message in simulation.request("sqs", "ReceiveMessage", asked).get("Messages", [])]


def test_a_group_waits_for_its_first_message():
    with SyncSimulation(seed=1) as simulation:
        settings = {"content_based_deduplication": True, "visibility_timeout": "1 minute"}
        simulation.add_source("queues", "bookings.fifo", **settings)

        for body in ("anna 1", "anna 2", "ben 1", "anna 1"):
            simulation.send("bookings.fifo", body, group=body.split()[0])
        assert simulation.numbers("queues", "bookings.fifo")["sent"] == 3  # the last one is a duplicate

        assert bodies(simulation, limit=1) == ["anna 1"]
        assert bodies(simulation, limit=10) == ["ben 1"]  # nothing of anna's while one of hers is in flight
        simulation.advance("1 minute")
        assert bodies(simulation, limit=10) == ["anna 1", "anna 2", "ben 1"]

        simulation.advance("5 minutes")
        simulation.send("bookings.fifo", "anna 1", group="anna")
        assert simulation.numbers("queues", "bookings.fifo")["sent"] == 4  # no duplicate any more
