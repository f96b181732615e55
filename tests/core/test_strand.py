"""Strands: code that blocks, on a loop that does not."""

import asyncio
import sys
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any

import greenlet
import pytest

from eventsim.handler import strand
from eventsim.handler.strand import KILLS_SWALLOWED_MAX, Raised, StrandKilled, Wake


@pytest.fixture
def seen() -> list[Any]:
    """What happened."""
    return []


def _sleeper(seconds: int, result: object = None) -> Callable[[], object]:
    def sleep() -> object:
        strand.sleep_us(seconds * 1_000_000)
        return result

    return sleep


# --- waiting -----------------------------------------------------------------------------------------------


def test_a_function_that_never_waits_has_ended_when_start_returns(handlers: Any) -> None:
    """No step of the loop lies between the start and the outcome."""
    outcomes: list[Any] = []

    handlers.strands.start(handlers.place, lambda: "result", outcomes.append)

    assert [outcome.value for outcome in outcomes] == ["result"]


def test_an_exception_is_an_outcome(handlers: Any) -> None:
    """Whatever user code raises goes to whoever started it, and nowhere else."""
    outcomes = handlers.start(lambda: 1 / 0, sys.exit)

    handlers.loop.run_until(None)

    assert [type(outcome.error) for outcome in outcomes] == [ZeroDivisionError, SystemExit]


def test_strands_sleep_side_by_side(handlers: Any) -> None:
    """A hundred strands that sleep for five seconds need five seconds."""
    results = handlers.run(*(_sleeper(5, number) for number in range(100)))

    assert (results, handlers.clock.now_us) == (list(range(100)), 5_000_000)


def test_a_sleep_of_nothing_lets_others_go_first(handlers: Any, seen: list[Any]) -> None:
    """Whoever is ready already comes before a strand that yields."""

    def polite() -> None:
        strand.sleep_us(0)
        seen.append("polite")

    handlers.run(polite, lambda: seen.append("other"))

    assert seen == ["other", "polite"]


def test_a_wait_ends_with_what_it_is_woken_with(handlers: Any) -> None:
    """The first call of a wake gives the value; later ones are told that they came too late."""
    wakes: list[Wake] = []
    outcomes = handlers.start(lambda: strand.wait(wakes.append))
    handlers.loop.run_until(10)

    answers = [wakes[0]("first"), wakes[0]("second"), wakes[0].throw(ValueError())]
    handlers.loop.run_until(None)

    assert (answers, outcomes[0].value) == ([True, False, False], "first")


def test_a_wait_may_end_with_an_error(handlers: Any) -> None:
    """What the other side throws is raised where the strand waits."""

    def handler() -> str:
        try:
            strand.wait(lambda wake: handlers.clock.soon(wake.throw, ValueError("refused")))
        except ValueError as error:
            return str(error)
        return "not refused"

    assert handlers.run(handler) == ["refused"]


def test_a_wait_that_is_answered_at_once_does_not_suspend(handlers: Any, seen: list[Any]) -> None:
    """An answer that is there already costs no step of the loop."""
    handlers.run(lambda: seen.append(strand.wait(lambda wake: wake("answer"))), lambda: seen.append("next"))

    assert seen == ["answer", "next"]


def test_a_strand_awaits_what_runs_on_the_simulations_loop(handlers: Any) -> None:
    """`wait_for` gives results and errors of coroutines, and does not leak the strand's context into them."""
    place = ContextVar("place", default="hub")

    async def answer() -> tuple[str, bool]:
        await asyncio.sleep(3)
        return place.get(), strand.current() is None

    async def refuse() -> None:
        raise ValueError("refused")

    def handler() -> Any:
        place.set("strand")
        result = strand.wait_for(answer())
        with pytest.raises(ValueError, match="refused"):
            strand.wait_for(refuse())
        return result, handlers.clock.now_us

    assert handlers.run(handler) == [(("hub", True), 3_000_000)]


def test_the_simulator_itself_must_not_block() -> None:
    """Waiting is for strands; anywhere else it is a mistake that says so."""
    with pytest.raises(RuntimeError, match="only user code in a strand can wait"):
        strand.sleep_us(1)


# --- whose code ----------------------------------------------------------------------------------------------


def test_current_tells_whose_code_runs(handlers: Any, seen: list[Any]) -> None:
    """In the hub and outside it is nobody's, also when the strand was suspended in between."""

    def handler() -> None:
        me = strand.current()
        with strand.outside():
            seen.append(strand.current())
        strand.wait(lambda wake: (seen.append(strand.current()), handlers.clock.soon(wake, None)))
        seen.append(strand.current() is me and me.surroundings is handlers.place)

    handlers.run(handler)

    assert [*seen, strand.current()] == [None, None, True, None]


def test_an_empty_context_does_not_hide_the_strand(handlers: Any) -> None:
    """User code may run itself in a context of its own (asyncio and anyio do)."""
    assert handlers.run(lambda: Context().run(strand.current) is strand.current()) == [True]


def test_context_variables_of_the_main_thread_outlive_an_invocation(handlers: Any) -> None:
    """What a module sets as it is loaded, the handler finds; threads and other environments do not see it."""
    variable = ContextVar("variable", default="unset")
    elsewhere = type(handlers.place)()
    values: list[Any] = []

    def handler() -> str:
        before = variable.get()
        variable.set("set")
        return before

    for place in (handlers.place, handlers.place, elsewhere):
        handlers.strands.start(place, handler, lambda outcome: values.append(outcome.value))
    handlers.strands.spawn(handlers.place, handler, lambda outcome: values.append(outcome.value))
    handlers.loop.run_until(None)

    assert values == ["unset", "set", "unset", "unset"]


def test_greenlets_of_user_code_wait_like_any_code(handlers: Any) -> None:
    """Libraries that use greenlets themselves (SQLAlchemy's asyncio layer) work inside a strand."""

    def handler() -> str:
        inner = greenlet.greenlet(_sleeper(2, "inner"))
        return str(inner.switch())

    assert (handlers.run(handler), handlers.clock.now_us) == (["inner"], 2_000_000)


def test_the_running_loop_of_the_hub_is_not_seen(handlers: Any) -> None:
    """In a plain handler no event loop runs; the simulation's own is back when the strand waits."""

    def handler() -> bool:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        return bool(strand.wait(lambda wake: handlers.clock.soon(lambda _: wake(_is_running(handlers.loop)), None)))

    assert handlers.run(handler) == [True]


def test_no_task_of_the_hub_is_current_in_a_strand(handlers: Any, seen: list[Any]) -> None:
    """A task that starts a handler goes on afterwards; meanwhile tasks of the handler may run."""

    async def main() -> None:
        task = asyncio.current_task()
        handlers.strands.start(handlers.place, lambda: seen.append(asyncio.current_task(handlers.loop)))
        seen.append(asyncio.current_task() is task)

    handlers.loop.run_until_complete(main())

    assert seen == [None, True]


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    return asyncio.get_running_loop() is loop


# --- killing -------------------------------------------------------------------------------------------------


def test_a_killed_strand_ends_where_it_waits(handlers: Any, seen: list[Any]) -> None:
    """It unwinds, its outcome says why, and it does not keep the run from becoming idle."""

    def handler() -> None:
        try:
            strand.sleep_us(3_600_000_000)
        finally:
            seen.append(handlers.clock.now_us)

    outcomes = handlers.start(handler)
    handlers.loop.at(7, lambda _: handlers.strands.kill_all(handlers.place), None)
    handlers.loop.run_until(None)

    assert ([type(outcome.error) for outcome in outcomes], seen) == ([StrandKilled], [7])
    assert handlers.clock.now_us == 7


def test_a_killed_strand_cannot_wait_any_more(handlers: Any, seen: list[Any]) -> None:
    """One that swallows its death dies again at every wait, and is left for good in the end."""

    def stubborn() -> None:
        while True:
            try:
                strand.sleep_us(1_000_000)
            except BaseException as error:  # noqa: BLE001 - that is the point
                seen.append(type(error))

    outcomes = handlers.start(stubborn)
    handlers.loop.at(7, lambda _: handlers.strands.kill_all(handlers.place), None)
    handlers.loop.run_until(None)

    assert seen == [StrandKilled] * (KILLS_SWALLOWED_MAX + 1)
    assert [type(outcome.error) for outcome in outcomes] == [StrandKilled]


def test_a_strand_that_swallows_its_death_and_returns_was_killed_all_the_same(handlers: Any) -> None:
    """What a dead environment returns is of no consequence."""

    def handler() -> str:
        try:
            strand.sleep_us(1_000_000)
        except BaseException:  # noqa: BLE001 - that is the point
            return "alive"
        return "slept"

    outcomes = handlers.start(handler)
    handlers.loop.at(7, lambda _: handlers.strands.kill_all(handlers.place), None)
    handlers.loop.run_until(None)

    assert isinstance(outcomes[0], Raised)


def test_a_strand_may_kill_its_own_environment(handlers: Any, seen: list[Any]) -> None:
    """The others never run again, and the one that asked ends at once."""

    def late() -> None:
        strand.sleep_us(5)
        seen.append("late")

    def exits() -> None:
        strand.sleep_us(3)
        handlers.strands.kill_all(handlers.place)
        seen.append("after its own end")

    outcomes = handlers.start(late, exits)
    handlers.loop.run_until(None)

    assert (seen, len(outcomes)) == ([], 2)


def test_a_thread_that_is_killed_before_it_began_never_begins(handlers: Any, seen: list[Any]) -> None:
    """Its outcome is told once, as for any other."""
    outcomes: list[Any] = []

    handlers.strands.spawn(handlers.place, lambda: seen.append("began"), outcomes.append)
    handlers.strands.kill_all(handlers.place)
    handlers.loop.run_until(None)

    assert (seen, [type(outcome.error) for outcome in outcomes]) == ([], [StrandKilled])


def test_waking_a_dead_strand_does_nothing(handlers: Any) -> None:
    """Whoever holds its wake need not know."""
    wakes: list[Wake] = []
    outcomes = handlers.start(lambda: strand.wait(wakes.append))
    handlers.loop.run_until(10)
    handlers.strands.kill_all(handlers.place)

    woken = wakes[0]("too late")
    handlers.loop.run_until(None)

    assert (woken, len(outcomes)) == (False, 1)


def test_a_simulation_within_a_step_of_another_wakes_its_own_strands(handlers: Any) -> None:
    """Timers of two simulations may go off at once: one below the other, or each on a thread of its own."""
    inner = type(handlers)()
    woken: list[Any] = []

    def run_the_other(outcome: Any) -> None:
        woken.extend([outcome.value, *inner.run(_sleeper(1, "inner"))])

    handlers.strands.start(handlers.place, _sleeper(1, "outer"), run_the_other)
    handlers.loop.run_until(None)

    assert woken == ["outer", "inner"]


# --- freezing ------------------------------------------------------------------------------------------------


def test_what_wakes_a_frozen_strand_is_delivered_when_it_thaws(handlers: Any, seen: list[Any]) -> None:
    """Sleeps that end in the frost end at the thaw, in the order in which they would have ended."""

    def sleeper(seconds: int) -> None:
        strand.sleep_us(seconds * 1_000_000)
        seen.append((seconds, handlers.clock.now_us))

    handlers.start(lambda: sleeper(3), lambda: sleeper(2), lambda: sleeper(20))
    handlers.loop.at(1_000_000, handlers.strands.freeze, handlers.place)
    handlers.loop.at(10_000_000, handlers.strands.thaw, handlers.place)
    handlers.loop.run_until(None)

    assert seen == [(2, 10_000_000), (3, 10_000_000), (20, 20_000_000)]


def test_a_frozen_sleeper_does_not_keep_a_run_from_becoming_idle(handlers: Any) -> None:
    """What nobody will ever wake again needs no time: the run ends when the last others do."""
    handlers.start(_sleeper(3600))
    handlers.loop.at(5, handlers.strands.freeze, handlers.place)

    handlers.loop.run_until(None)

    assert handlers.clock.now_us == 5


def test_frost_is_a_matter_of_one_environment(handlers: Any, seen: list[Any]) -> None:
    """Other environments go on."""
    elsewhere = type(handlers.place)()
    handlers.strands.start(handlers.place, _sleeper(1), lambda _: seen.append("frozen"))
    handlers.strands.start(elsewhere, _sleeper(1), lambda _: seen.append("free"))

    handlers.strands.freeze(handlers.place)
    handlers.loop.run_until(None)

    assert seen == ["free"]


def test_a_frozen_environment_can_be_killed(handlers: Any) -> None:
    """Environments die in the frost; what was kept for them is dropped."""
    outcomes = handlers.start(_sleeper(1))
    handlers.loop.at(1, handlers.strands.freeze, handlers.place)
    handlers.loop.run_until(None)

    handlers.strands.kill_all(handlers.place)

    assert [type(outcome.error) for outcome in outcomes] == [StrandKilled]
