"""Which environment takes the next attempt."""

from collections.abc import Callable
from typing import Any

import pytest

from eventsim.dispatch.fleet import Fleet

Build = Callable[..., Any]
S = 1_000_000


class Ends:
    """Notes which environments were given up, and why."""

    def __init__(self) -> None:
        self.told: list[tuple[int, str]] = []

    def __call__(self, environment: Any, reason: str) -> None:
        self.told.append((environment.number, reason))


def fleet_of(world: Any, ends: Ends) -> Fleet:
    """Return an empty fleet for a function's `$LATEST`."""
    return Fleet(world.add().versions["$LATEST"], world.play, ends)


def test_a_fleet_without_environments_opens_one(build: Build) -> None:
    """A request that finds none idle starts cold (documented)."""
    world = build()
    fleet = fleet_of(world, Ends())

    assert not fleet.is_warm(0)
    assert fleet.take_on_demand().number == 1


@pytest.mark.parametrize(
    ("idle_since_s", "taken"),
    [((1, 2, 3), 3), ((3, 2, 1), 1), ((2, 2, 1), 1), ((1, 2, 2), 2)],
    ids=["the last", "the first", "two equals", "two other equals"],
)
def test_the_most_recently_used_is_taken_and_the_oldest_of_equals(
    build: Build, idle_since_s: tuple[int, ...], taken: int
) -> None:
    """AWS does not say; this is our rule (unconfirmed)."""
    world = build()
    fleet = fleet_of(world, Ends())
    environments = [fleet.take_on_demand() for _ in idle_since_s]

    for environment, at_s in zip(environments, idle_since_s, strict=True):
        environment.idle_since_us = at_s * S
        fleet.give_back(environment, is_provisioned=False)

    assert fleet.take_on_demand().number == taken


def test_expired_environments_are_given_up_in_order_of_creation(build: Build) -> None:
    """All of them, when somebody looks after a while."""
    world = build()
    ends = Ends()
    fleet = fleet_of(world, ends)
    for environment in [fleet.take_on_demand() for _ in range(3)]:
        fleet.give_back(environment, is_provisioned=False)

    is_warm = fleet.is_warm(600 * S)

    assert not is_warm
    assert ends.told == [(1, "expired"), (2, "expired"), (3, "expired")]


def test_a_retired_fleet_keeps_nothing(build: Build) -> None:
    """Idle environments end at once, busy ones when they are given back."""
    world = build()
    ends = Ends()
    fleet = fleet_of(world, ends)
    idle, busy = fleet.take_on_demand(), fleet.take_on_demand()
    fleet.give_back(idle, is_provisioned=False)

    fleet.retire("updated")
    at_once = list(ends.told)
    fleet.give_back(busy, is_provisioned=False)

    assert at_once == [(1, "updated")]
    assert ends.told == [(1, "updated"), (2, "updated")]


def test_provisioned_environments_are_ready_together(build: Build) -> None:
    """None is usable until all are (documented)."""
    world = build(init_us=S)
    fleet = fleet_of(world, Ends())
    ready: list[tuple[int, bool]] = []

    fleet.provision(3, lambda is_ready: ready.append((world.clock.now_us, is_ready)))
    world.run()

    assert ready == [(S, True)]
    assert [fleet.take_provisioned().number for _ in range(3)] == [1, 2, 3]


def test_provisioning_fails_as_a_whole(build: Build) -> None:
    """An init that fails leaves nothing allocated, and the trace says so (recorded)."""
    world = build(is_init_broken=True)
    world.add("f", ("$LATEST", "1"), provisioned_concurrency={"1": 2})
    world.run()

    world.invoke(qualifier="1")
    world.run()

    (entry,) = world.told("not provisioned")
    assert entry.detail == {"version": "1", "reason": "FUNCTION_ERROR_INIT_FAILURE"}
    assert [environment.is_closed for environment in world.play.environments] == [True, True, False]
    assert [environment.is_provisioned for environment in world.play.environments] == [True, True, False]
