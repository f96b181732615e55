"""When do rules fire by their schedules? On the virtual clock."""

import json
from datetime import UTC, datetime

from eventsim import SyncSimulation
from tests.sources.bus.conftest import HERE, Bench


def times(bench: Bench) -> list[str]:
    """Return the times of the events that the queue got."""
    return [json.loads(body)["time"] for body in bench.got()]


def test_a_schedule_sends_an_event_of_its_own(bench: Bench) -> None:
    """Recorded; the rule is its resource, and rules that match hear nothing of it."""
    arn = bench.rule(ScheduleExpression="cron(0 2 * * ? *)")
    bench.target()
    bench.rule("listens", {"source": ["aws.events"]})
    bench.target("listens")

    bench.simulation.advance("3 h")

    (event,) = map(json.loads, bench.got())
    assert {key: value for key, value in event.items() if key != "id"} == {
        "version": "0",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-01-01T02:00:00Z",
        "region": "us-east-1",
        "resources": [arn],
        "detail": {},
    }


def test_a_rate_counts_from_when_the_rule_is_put_or_enabled(bench: Bench) -> None:
    """The first firing comes after one whole period (unconfirmed)."""
    bench.rule(ScheduleExpression="rate(10 minutes)")
    bench.target()
    bench.simulation.advance("15 minutes")
    bench.events.disable_rule(Name="r")
    bench.simulation.advance("30 minutes")
    bench.events.enable_rule(Name="r")
    bench.simulation.advance("10 minutes")

    assert times(bench) == ["2026-01-01T00:10:00Z", "2026-01-01T00:55:00Z"]


def test_a_rule_that_is_put_anew_follows_its_new_schedule_only(bench: Bench) -> None:
    """The firing that was ahead is void; a deleted rule fires no more."""
    bench.rule(ScheduleExpression="rate(10 minutes)")
    bench.target()
    bench.rule(ScheduleExpression="rate(1 hour)")
    bench.simulation.advance("65 minutes")
    bench.events.remove_targets(Rule="r", Ids=["t"])
    bench.events.delete_rule(Name="r")
    bench.simulation.advance("1 day")

    assert times(bench) == ["2026-01-01T01:00:00Z"]


def test_a_schedule_keeps_no_run_alive(bench: Bench) -> None:
    """A run is idle when nothing but schedules is ahead."""
    bench.rule(ScheduleExpression="rate(1 minute)")

    bench.simulation.until_idle()

    assert bench.simulation.now_s == 0


def test_a_rule_with_pattern_and_schedule_fires_on_either(bench: Bench) -> None:
    """Documented."""
    bench.rule(pattern={"source": ["shop"]}, ScheduleExpression="rate(1 hour)")
    bench.target()

    bench.put()
    bench.simulation.advance("1 h")

    assert [json.loads(body)["source"] for body in bench.got()] == ["shop", "aws.events"]


def test_a_month_of_minutes_is_told_in_full() -> None:
    """Every firing is there, to the minute, whatever day the run begins."""
    start = datetime(2026, 2, 1, 0, 0, 30, tzinfo=UTC)
    with SyncSimulation(seed=1, start_at=start) as simulation:
        bench = Bench(simulation)
        bench.rule(ScheduleExpression="cron(0/15 * * * ? *)")
        simulation.advance("28 days")

        fired = list(simulation.trace.entries(["rule fired"]))
    simulation.trace.close()

    assert len(fired) == 28 * 96
    assert {entry.at_us % 900_000_000 for entry in fired} == {870_000_000}
    assert HERE
