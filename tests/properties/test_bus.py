"""Whatever rules and events there are: a replay delivers what was delivered, and schedules fire when they should."""

import json
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import Inbox, SyncSimulation

BUS_ARN = "arn:aws:events:us-east-1:123456789012:event-bus/default"
START = datetime(2026, 1, 1, tzinfo=UTC)
PATTERNS = st.sampled_from(
    [
        {"source": ["a"]},
        {"source": [{"prefix": ""}]},
        {"detail": {"n": [{"numeric": [">", 2]}]}},
        {"detail-type": ["x"]},
    ]
)
EVENTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 5), st.integers(0, 600)), max_size=8
)


class Target(Inbox):
    """A target that keeps what it gets."""

    kind = "targets"

    @property
    def name(self) -> str:
        """The last part of its ARN."""
        return self.arn.rpartition(":")[2]

    def summary(self) -> dict[str, int]:
        """Return nothing."""
        return {}

    def take(self) -> list[str]:
        """Return what it got since the last time."""
        bodies = [envelope.body for envelope in self.envelopes]
        self.envelopes.clear()
        return bodies


@settings(max_examples=15)
@given(st.lists(PATTERNS, min_size=1, max_size=4), EVENTS)
def test_a_replay_delivers_what_was_delivered(patterns: list[object], events: list[tuple[str, str, int, int]]) -> None:
    """The same events to the same targets, each with the name of the replay, in the order of their minutes."""
    with SyncSimulation(seed=3) as simulation:
        targets = []
        simulation.request("events", "CreateArchive", {"ArchiveName": "a", "EventSourceArn": BUS_ARN})
        for number, pattern in enumerate(patterns):
            target = Target(f"arn:aws:sqs:us-east-1:123456789012:t{number}")
            simulation.add(target)
            targets.append(target)
            simulation.request("events", "PutRule", {"Name": f"r{number}", "EventPattern": json.dumps(pattern)})
            asked = {"Rule": f"r{number}", "Targets": [{"Id": "t", "Arn": target.arn}]}
            simulation.request("events", "PutTargets", asked)
        for source, kind, n, second in events:
            entry = {
                "Source": source,
                "DetailType": kind,
                "Detail": json.dumps({"n": n}),
                "Time": START + timedelta(seconds=second),
            }
            simulation.request("events", "PutEvents", {"Entries": [entry]})
        simulation.until_idle()
        before = [target.take() for target in targets]

        asked = {
            "ReplayName": "again",
            "EventSourceArn": "arn:aws:events:us-east-1:123456789012:archive/a",
            "EventStartTime": START,
            "EventEndTime": START + timedelta(hours=1),
            "Destination": {"Arn": BUS_ARN},
        }
        simulation.request("events", "StartReplay", asked)
        simulation.until_idle()
        after = [target.take() for target in targets]
    simulation.trace.close()

    for first, second in zip(before, after, strict=True):
        again = [body.replace('"replay-name":"again",', "") for body in second]
        assert again == sorted(first, key=lambda body: json.loads(body)["time"][:16])


FIELDS = st.tuples(
    st.sets(st.integers(0, 59), min_size=1, max_size=3),
    st.sets(st.integers(0, 23), min_size=1, max_size=3),
    st.sets(st.integers(1, 31), min_size=1, max_size=5),
)


@settings(max_examples=10)
@given(st.lists(FIELDS, min_size=1, max_size=3), st.integers(0, 59))
def test_rules_fire_at_the_minutes_that_their_expressions_mean(
    rules: list[tuple[set[int], set[int], set[int]]], second: int
) -> None:
    """Against looking at every minute of ten days."""
    start = datetime(2026, 2, 24, 12, 30, second, tzinfo=UTC)
    minutes = [start.replace(second=0) + timedelta(minutes=number) for number in range(1, 10 * 24 * 60)]
    with SyncSimulation(seed=3, start_at=start) as simulation:
        for number, fields in enumerate(rules):
            minute, hour, day = (",".join(map(str, sorted(field))) for field in fields)
            asked = {"Name": f"r{number}", "ScheduleExpression": f"cron({minute} {hour} {day} * ? *)"}
            simulation.request("events", "PutRule", asked)
        simulation.advance((minutes[-1] - start).total_seconds())

        fired = [
            (entry.place, simulation.clock.date(entry.at_us)) for entry in simulation.trace.entries(["rule fired"])
        ]
    simulation.trace.close()

    for number, (of_minute, of_hour, of_day) in enumerate(rules):
        meant = [at for at in minutes if at.minute in of_minute and at.hour in of_hour and at.day in of_day]
        assert [at for place, at in fired if place == f"rule r{number}"] == meant
