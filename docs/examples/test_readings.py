from eventsim import SyncSimulation


def test_a_reading_that_nobody_can_read_ends_as_a_dead_letter():
    with SyncSimulation(seed=7) as simulation:
        simulation.add_function("record", handler="readings.handler")
        simulation.add_source("queues", "readings-dlq")
        simulation.add_source("queues", "readings", dead_letter={"queue": "readings-dlq", "max_receive_count": 3})
        simulation.add_mapping(source="readings", function="record")

        simulation.send("readings", "s2;21.5")
        simulation.until_idle()

        assert simulation.numbers("queues", "readings-dlq")["visible"] == 1
        assert simulation.now_s == 90.0  # three receives, 30 s apart
