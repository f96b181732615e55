"""What a schedule and a rule with a schedule hand over, and when."""

from eventsim import SyncSimulation

told = []


def report(event, context):
    told.append(event)


def test_a_schedule_tells_for_which_time_it_fires():
    told.clear()
    with SyncSimulation(seed=1) as simulation:  # it begins at midnight (UTC) of the first of January 2026
        simulation.add_function("report", handler=report)
        simulation.add_source(
            "schedules",
            "nightly",
            expression="cron(0 3 * * ? *)",
            timezone="Europe/Paris",
            function="report",
            input={"due": "<aws.scheduler.scheduled-time>"},
        )

        simulation.advance("2 days")

        assert told == [{"due": "2026-01-01T02:00:00Z"}, {"due": "2026-01-02T02:00:00Z"}]


def test_a_rule_hands_over_an_event_of_its_own():
    told.clear()
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("report", handler=report)
        simulation.add_source("rules", "tick", schedule="rate(5 minutes)", targets=[{"function": "report"}])

        simulation.advance("11 minutes")

        assert [event["time"] for event in told] == ["2026-01-01T00:05:00Z", "2026-01-01T00:10:00Z"]
        assert (told[0]["source"], told[0]["detail-type"], told[0]["detail"]) == ("aws.events", "Scheduled Event", {})
