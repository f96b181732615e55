"""How a function is run once: admission, an environment, the outcome."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from eventsim.envelope import NO_LINEAGE, Lineage
from eventsim.errors import ApiError, ConfigurationError
from eventsim.faults import FaultSpec
from eventsim.outcome import Failure, Refused, Success, Throttled

S = 1_000_000
RESERVED = Throttled("ReservedFunctionConcurrentInvocationLimitExceeded")


Build = Callable[..., Any]


def test_an_attempt_answers_with_its_outcome(build: Build) -> None:
    """What the handler returns is the payload, what it raises a failure."""
    world = build(lambda event: 1 / event["by"])
    world.add("f")

    world.invoke(event={"by": 2})
    world.invoke(event={"by": 0})

    succeeded, failed = world.run()
    assert succeeded == Success("0.5")
    assert isinstance(failed, Failure)
    assert failed.error_type == "ZeroDivisionError"
    metrics = world.dispatch.metrics("f")
    assert (metrics.invocations, metrics.errors, metrics.throttles) == (2, 1, 0)


def test_two_calls_at_once_need_two_environments(build: Build) -> None:
    """An environment runs one request at a time (documented)."""
    world = build(duration_us=S)
    world.add("f")

    world.invoke()
    world.invoke()
    world.run()

    assert [environment.invocations for environment in world.play.environments] == [1, 1]


def test_the_environment_used_last_is_used_next(build: Build) -> None:
    """Among environments that became idle at once the oldest is taken (unconfirmed)."""
    world = build(duration_us=S)
    world.add("f")
    for at_s in (0, 0, 0.5, 10):
        world.at(at_s, world.invoke)

    world.run(9)
    oldest_idle = [environment.invocations for environment in world.play.environments]
    world.run()

    assert oldest_idle == [1, 1, 1]
    assert [environment.invocations for environment in world.play.environments] == [1, 1, 2]


def test_equals_are_taken_in_order_of_creation(build: Build) -> None:
    """Two environments became idle at the same instant: the first takes the next request."""
    world = build(duration_us=S)
    world.add("f")
    for at_s in (0, 0, 10):
        world.at(at_s, world.invoke)

    world.run()

    assert [environment.invocations for environment in world.play.environments] == [2, 1]


def test_an_expired_environment_is_found_when_somebody_looks(build: Build) -> None:
    """No timer: the next request finds it expired, tells its end, and starts cold."""
    world = build()
    world.add("f")
    world.at(0, world.invoke)
    world.at(600, world.invoke)

    world.run()

    assert [environment.is_closed for environment in world.play.environments] == [True, False]
    assert world.trace.count("environment ended", "function f") == 1
    assert world.dispatch.metrics("f").cold_starts == 2


def test_environments_of_a_past_burst_are_given_up_though_one_stays_busy(build: Build) -> None:
    """A busy fleet looks for expired environments now and then."""
    world = build(duration_us=S)
    world.add("f")
    for _ in range(10):
        world.at(0, world.invoke)
    for minute in range(1, 13):
        world.at(60 * minute, world.invoke)

    world.run()

    assert [environment.is_closed for environment in world.play.environments] == [False] + [True] * 9


def test_a_reserved_function_is_throttled_beyond_its_concurrency(build: Build) -> None:
    """A synchronous call is refused at once, and no code runs (recorded)."""
    world = build(duration_us=15 * S)
    world.add("f", reserved_concurrency=1)

    world.invoke()
    world.invoke()

    assert [attempt.outcome for attempt in world.attempts] == [RESERVED]
    assert world.run() == [RESERVED, Success("null")]
    assert world.dispatch.metrics("f").throttles == 1
    assert world.trace.count("throttled", "function f") == 1


def test_a_throttled_invocation_in_a_sampled_trace_leaves_a_segment(build: Build) -> None:
    """The service's, of the request that it refused: no function worked on it."""
    world = build()
    world.add("f", reserved_concurrency=0)
    trace_id = "1-5759e988-bd862e3fe1be46a994272793"

    world.invoke(lineage=NO_LINEAGE.under(f"Root={trace_id};Parent=53995c3f42cd8ad8;Sampled=1"))
    world.invoke(lineage=NO_LINEAGE.under(f"Root={trace_id};Parent=53995c3f42cd8ad8;Sampled=0"))

    trace = world.segments.trace(trace_id)
    assert trace is not None
    (segment,) = trace.documents()
    assert (segment["origin"], segment["parent_id"]) == ("AWS::Lambda", "53995c3f42cd8ad8")
    assert (segment["throttle"], segment["http"]["response"]["status"]) == (True, 429)


def test_a_burst_starts_a_thousand_environments(build: Build) -> None:
    """Of 2,500 calls at once 1,000 start (documented)."""
    world = build(limit=5_000, duration_us=30 * S)
    world.add("f")

    for _ in range(2_500):
        world.invoke()

    assert len(world.attempts) == 1_500
    assert len(world.play.environments) == 1_000


def test_fully_provisioned_reserved_concurrency_throttles_latest(build: Build) -> None:
    """Reserved 2, provisioned 2 on version 1: `$LATEST` is throttled, version 1 runs (recorded)."""
    world = build()
    world.add("f", ("$LATEST", "1"), reserved_concurrency=2, provisioned_concurrency={"1": 2})
    world.at(1, world.invoke)
    world.at(1, lambda: world.invoke(qualifier="1"))

    assert world.run() == [RESERVED, Success("null")]
    assert [environment.is_provisioned for environment in world.play.environments] == [True, True]


def test_provisioned_concurrency_counts_once_it_is_ready(build: Build) -> None:
    """Before that `$LATEST` runs, afterwards only version 1 does (recorded)."""
    world = build(init_us=S)
    world.add("f", ("$LATEST", "1"), reserved_concurrency=1, provisioned_concurrency={"1": 1})
    world.at(0, world.invoke)
    world.at(5, world.invoke)
    world.at(5, lambda: world.invoke(qualifier="1"))

    assert world.run() == [Success("null"), RESERVED, Success("null")]
    assert world.trace.count("provisioned", "function f") == 1


def test_provisioned_environments_need_no_init_and_spill_over(build: Build) -> None:
    """The third of three calls at once finds both busy and starts cold."""
    world = build(duration_us=S, init_us=S)
    world.add("f", ("$LATEST", "1"), provisioned_concurrency={"1": 2})
    for _ in range(3):
        world.at(10, lambda: world.invoke(qualifier="1"))

    world.run()

    assert world.trace.count("spilled over", "function f") == 1
    assert world.dispatch.metrics("f").cold_starts == 1
    assert [environment.is_provisioned for environment in world.play.environments] == [True, True, False]


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"reserved_concurrency": 901}, "functions.f.reserved_concurrency"),
        ({"provisioned_concurrency": {"1": 950}}, "functions.f.provisioned_concurrency"),
    ],
    ids=["reserved", "provisioned"],
)
def test_more_concurrency_than_the_account_has_is_refused(build: Build, settings: dict[str, Any], key: str) -> None:
    """With AWS's words and the key of the scenario."""
    with pytest.raises(ConfigurationError, match="minimum value of \\[100\\]") as caught:
        build().add("f", ("$LATEST", "1"), **settings)

    assert caught.value.key == key


def test_a_chain_of_sixteen_turns_is_stopped(build: Build) -> None:
    """The next invocation of a function that feeds itself is dropped, and the trace tells the chain (documented)."""
    world = build()
    world.add("f")

    world.invoke(lineage=Lineage({"f": 15, "g": 15}))
    world.invoke(lineage=Lineage({"f": 16, "g": 15}))

    refused, succeeded = world.run()
    assert isinstance(refused, Refused)
    assert refused.code == "RecursiveInvocationException"
    assert succeeded == Success("null")
    (entry,) = [entry for entry in world.trace.entries() if entry.kind == "recursion stopped"]
    assert (entry.value, entry.detail) == (16, {"chain": {"f": 16, "g": 15}})
    assert world.dispatch.metrics("f").recursive_invocations_dropped == 1


def test_a_function_may_be_allowed_to_feed_itself(build: Build) -> None:
    """`recursive_loop: allow` turns loop detection off (documented)."""
    world = build()
    world.add("f", is_recursion_allowed=True)

    world.invoke(lineage=Lineage({"f": 999}))

    assert world.run() == [Success("null")]


def test_an_unknown_function_is_an_error_of_the_request(build: Build) -> None:
    """404, with the qualifier that was asked for (recorded)."""
    with pytest.raises(
        ApiError, match=r"Function not found: arn:aws:lambda:us-east-1:123456789012:function:g:\$LATEST"
    ):
        build().invoke("g")


def test_a_synchronous_event_has_at_most_six_megabytes(build: Build) -> None:
    """Above that: 413 (documented)."""
    world = build()
    world.add("f")

    with pytest.raises(ApiError) as caught:
        world.invoke(size_bytes=6_291_457)

    assert (caught.value.code, caught.value.status) == ("RequestTooLargeException", 413)


def test_faults_strike_and_are_told(build: Build) -> None:
    """An error instead of the handler, a throttle instead of an attempt; the trace says that they were injected."""
    world = build(
        faults=[
            FaultSpec(function="f", error="boom", contains="bad"),
            FaultSpec(function="f", throttle=True, contains="late"),
        ]
    )
    world.add("f")

    for event in ("good", "bad", "late"):
        world.invoke(event=event)

    throttled, good, bad = world.run()
    assert throttled == Throttled("ConcurrentInvocationLimitExceeded")
    assert good == Success('"good"')
    assert isinstance(bad, Failure)
    assert bad.message == "boom"
    assert world.trace.count("fault injected", "function f") == 2


def test_an_update_means_new_environments(build: Build) -> None:
    """What runs ends on the old code; idle environments are given up (recorded)."""
    world = build(duration_us=10 * S)
    world.add("f")
    world.invoke()
    world.run(5)

    updated = world.add("f")
    world.invoke()
    world.run()

    first, second = world.play.environments
    assert first.is_closed
    assert not second.is_closed
    assert second.version is updated.versions["$LATEST"]


def test_each_tenant_has_environments_of_its_own(build: Build) -> None:
    """An environment that ran for one tenant never runs for another (documented)."""
    world = build()
    world.add("f", is_tenant_isolated=True)
    for at_s, tenant in enumerate(["blue", "green", "blue", "green", "blue"]):
        world.at(at_s, partial(world.invoke, tenant_id=tenant))

    world.run()

    assert [environment.invocations for environment in world.play.environments] == [3, 2]
    assert world.dispatch.metrics("f").cold_starts == 2


def test_an_update_means_new_environments_for_every_tenant(build: Build) -> None:
    """Those of all tenants end with the version that they ran."""
    world = build()
    world.add("f", is_tenant_isolated=True)
    for tenant in ("blue", "green"):
        world.invoke(tenant_id=tenant)
    world.run()

    world.add("f", is_tenant_isolated=True)
    for tenant in ("blue", "green"):
        world.invoke(tenant_id=tenant)
    world.run()

    assert [environment.is_closed for environment in world.play.environments] == [True, True, False, False]


def test_closing_gives_up_all_environments(build: Build) -> None:
    """At the end of a run nothing is left behind."""
    world = build()
    world.add("f")
    world.invoke()
    world.run()

    world.dispatch.close()

    assert all(environment.is_closed for environment in world.play.environments)
