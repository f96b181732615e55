"""How do scenarios describe buses and rules? Settings, and mistakes that are told where they stand."""

import json
from typing import Any

import pytest

from eventsim import ConfigurationError
from tests.sources.bus.conftest import Bench


def test_a_rule_of_a_scenario_is_a_rule_of_the_api(bench: Bench) -> None:
    """With its targets as PutTargets would have taken them."""
    simulation = bench.simulation
    simulation.add_source("buses", "orders", description="What happens to orders.")
    simulation.add_source(
        "rules",
        "bill",
        bus="orders",
        pattern={"source": ["shop"]},
        targets=[{"queue": "inbox", "template": '"order <id>"', "paths": {"id": "$.detail.id"}, "retries": 3}],
    )

    bench.put({"id": 7}, EventBusName="orders")

    assert bench.got() == ['"order 7"']
    described = bench.events.describe_rule(Name="bill", EventBusName="orders")
    assert json.loads(described["EventPattern"]) == {"source": ["shop"]}
    (target,) = bench.events.list_targets_by_rule(Rule="bill", EventBusName="orders")["Targets"]
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 3}
    assert simulation.numbers("rules", "bill") == {"matched": 1, "delivered": 1, "retried": 0, "lost": 0}


@pytest.mark.parametrize(
    ("settings", "key", "says"),
    [
        ({"pattern": {"source": []}}, "rules.r.pattern", "Empty arrays are not allowed"),
        ({"schedule": "rate(1 minutes)"}, "rules.r.schedule", "must be written `1 minute`"),
        ({"schedule": "rate(1 minute)", "bus": "b"}, "rules.r.schedule", "only on the default event bus"),
        ({"pattern": {"a": [1]}, "bus": "c"}, "rules.r.bus", "there is no bus 'c'"),
        (
            {"pattern": {"a": [1]}, "targets": [{"queue": "x"}]},
            "rules.r.targets.0.queue",
            "there is no queue 'x'; there is `inbox`",
        ),
        (
            {"pattern": {"a": [1]}, "targets": [{"queue": "inbox", "dead_letter": "x"}]},
            "rules.r.targets.0.dead_letter",
            "there is no queue 'x'; there is `inbox`",
        ),
        (
            {"pattern": {"a": [1]}, "targets": [{"queue": "inbox", "max_age": "1 s"}]},
            "rules.r.targets.0",
            "greater than or equal to 60",
        ),
        (
            {"pattern": {"a": [1]}, "targets": [{"queue": "inbox", "template": '"<x>"'}]},
            "rules.r.targets.0",
            "contains invalid placeholder x",
        ),
        ({"targets": []}, "", "a rule needs a `pattern`, a `schedule`, or both"),
        ({"pattern": {"a": [1]}, "targets": [{}]}, "", "one target is wanted"),
        (
            {"pattern": {"a": [1]}, "targets": [{"queue": "inbox", "paths": {"a": "$"}}]},
            "paths",
            "goes with `template`",
        ),
    ],
)
def test_a_mistake_is_told_with_its_key(bench: Bench, settings: dict[str, Any], key: str, says: str) -> None:
    """Before anything runs."""
    simulation = bench.simulation
    simulation.add_source("buses", "b")

    def build() -> None:
        simulation.add_source("rules", "r", **settings)
        simulation.connect()

    with pytest.raises(ConfigurationError) as refused:
        build()

    assert refused.value.key.startswith(key)
    assert says in str(refused.value)


def test_rules_of_one_name_on_two_buses_are_told_apart(bench: Bench) -> None:
    """The second is called after its bus."""
    bench.events.create_event_bus(Name="other")
    bench.rule("r", {"source": ["a"]})
    bench.rule("r", {"source": ["a"]}, EventBusName="other")

    assert list(bench.simulation.sources("rules")) == ["r", "other/r"]
