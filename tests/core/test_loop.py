"""The virtual loop: one order, jumps, tickets, and what happens when a run cannot go on."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from eventsim.errors import Livelock, Stalled, UntrackedWakeup
from eventsim.loop import Ticket, VirtualLoop


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    """A loop at time 0."""
    made = VirtualLoop(livelock_steps_max=1000)
    yield made
    made.close()


@pytest.fixture
def seen() -> list[Any]:
    """What happened."""
    return []


def run(main: Callable[[], Any]) -> Any:
    """Run a coroutine function on a virtual loop as `asyncio.run` would."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())


# --- order -------------------------------------------------------------------------------------------------


def test_what_is_due_at_the_same_instant_runs_in_the_order_of_scheduling(loop: VirtualLoop, seen: list[Any]) -> None:
    """Ties are broken by sequence, whichever way each was scheduled."""
    for number in range(50):
        if number % 2:
            loop.at(7, seen.append, number)
        else:
            loop.call_at(0.000_007, seen.append, number)

    loop.run_until(None)

    assert seen == list(range(50))


def test_both_tiers_share_one_queue(loop: VirtualLoop, seen: list[Any]) -> None:
    """Steps and asyncio's callbacks run in the order in which they became ready."""
    loop.soon(seen.append, "step")
    loop.call_soon(seen.append, "callback")
    loop.soon(seen.append, "another step")

    loop.run_until(None)

    assert seen == ["step", "callback", "another step"]


def test_the_clock_jumps_to_the_next_due_instant(loop: VirtualLoop, seen: list[Any]) -> None:
    """A simulated year takes no longer than a simulated second."""
    year_us = 365 * 86_400 * 1_000_000
    loop.at(year_us, lambda _: seen.append(loop.now_us), None)
    loop.at(1, lambda _: seen.append(loop.now_us), None)

    loop.run_until(None)

    assert seen == [1, year_us]


def test_a_cancelled_timer_neither_runs_nor_moves_the_clock(loop: VirtualLoop, seen: list[Any]) -> None:
    """A timeout that nobody needed leaves no trace, however many there were."""
    for _ in range(1000):
        loop.call_later(60, seen.append, "never").cancel()
    loop.call_later(1, seen.append, "once")

    loop.run_until(None)

    assert (seen, loop.now_us) == (["once"], 1_000_000)


def test_tasks_are_numbered_by_loop() -> None:
    """The name of a task does not tell what ran earlier in the process."""

    async def name() -> str:
        return asyncio.current_task().get_name()  # type: ignore[union-attr]  # there is one

    assert [run(name), run(name)] == ["Task-1", "Task-1"]


# --- running -----------------------------------------------------------------------------------------------


def test_running_until_an_instant_includes_it_and_stands_there(loop: VirtualLoop, seen: list[Any]) -> None:
    """`run_until` runs what is due at the instant itself, nothing later, and then it is that time."""
    for when_us in (5, 10, 11):
        loop.at(when_us, seen.append, when_us)

    loop.run_until(10)

    assert (seen, loop.now_us, loop.is_idle()) == ([5, 10], 10, False)


def test_time_goes_on_where_it_stood(loop: VirtualLoop, seen: list[Any]) -> None:
    """Runs follow one another; an empty one passes the time, too."""
    loop.run_until(10)
    loop.at(12, seen.append, "due")
    loop.run_until(20)

    assert (seen, loop.now_us, loop.is_idle()) == (["due"], 20, True)


def test_the_calendar_keeps_no_run_alive(loop: VirtualLoop, seen: list[Any]) -> None:
    """What recurs for ever happens while other things are still to come, in the order of time, and no longer."""

    def recur(when_us: int) -> None:
        seen.append(when_us)
        loop.by_calendar(when_us + 10, recur, when_us + 10)

    loop.by_calendar(10, recur, 10)
    loop.at(25, seen.append, "last")

    loop.run_until(None)

    assert (seen, loop.now_us) == ([10, 20, "last"], 25)


def test_a_cancelled_timer_keeps_the_calendar_from_nothing(loop: VirtualLoop, seen: list[Any]) -> None:
    """A timer that was cancelled makes no time pass, for what recurs either."""
    loop.by_calendar(10, seen.append, "recurs")
    loop.call_later(1, seen.append, "never").cancel()

    loop.run_until(None)

    assert (seen, loop.now_us) == ([], 0)


def test_the_calendar_is_kept_up_to_an_instant(loop: VirtualLoop, seen: list[Any]) -> None:
    """Whoever lets time pass meets what the calendar calls for then, and nothing of what is called for later."""
    for when_us in (5, 10, 11):
        loop.by_calendar(when_us, seen.append, when_us)

    loop.run_until(10)

    assert (seen, loop.now_us) == ([5, 10], 10)


def test_whoever_waits_lives_to_see_the_calendar() -> None:
    """A coroutine that waits for what the calendar brings is not stalled."""

    async def main() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        brought = loop.create_future()
        loop.by_calendar(90_000_000, brought.set_result, None)
        await brought
        return loop.time()

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(main()) == 90


def test_until_idle_returns_when_nothing_is_due_any_more() -> None:
    """Whoever awaits it goes on after everybody else has done."""
    seen = []

    async def main() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.call_later(90, seen.append, "last")
        await loop.until_idle()
        return loop.time()

    assert (run(main), seen) == (90.0, ["last"])


def test_an_idle_run_may_be_given_more_to_do() -> None:
    """`until_idle` may be awaited again and again."""

    async def main() -> list[float]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        times = []
        for delay_s in (1, 2, 3):
            loop.call_later(delay_s, lambda: None)
            await loop.until_idle()
            times.append(loop.time())
        return times

    assert run(main) == [1.0, 3.0, 6.0]


# --- asyncio and anyio ---------------------------------------------------------------------------------------


def test_timeouts_strike_in_virtual_time() -> None:
    """`asyncio.timeout` and `wait_for` work unchanged."""

    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600):
                await asyncio.Event().wait()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(100), 60)
        return asyncio.get_running_loop().time()

    assert run(main) == 3660.0


def test_anyio_lives_on_it() -> None:
    """Sleeping, deadlines, task groups and streams of anyio work unchanged."""
    seen = []

    async def main() -> float:
        send, receive = anyio.create_memory_object_stream[int](1)

        async def produce() -> None:
            async with send:
                for number in range(3):
                    await anyio.sleep(10)
                    await send.send(number)

        async with anyio.create_task_group() as group, receive:
            group.start_soon(produce)
            seen.extend([(number, anyio.current_time()) async for number in receive])
        with pytest.raises(TimeoutError):
            with anyio.fail_after(5):
                await anyio.sleep_forever()
        return anyio.current_time()

    end_s = anyio.run(main, backend_options={"loop_factory": VirtualLoop})

    assert (seen, end_s) == ([(0, 10.0), (1, 20.0), (2, 30.0)], 35.0)


def test_the_answer_of_a_thread_takes_no_virtual_time() -> None:
    """Whoever awaits a thread goes on at the same instant, before any timer."""
    gate = threading.Event()

    async def main() -> tuple[str, float]:
        loop = asyncio.get_running_loop()
        loop.call_later(0.000_001, gate.clear)
        loop.call_soon(gate.set)
        answer = await asyncio.to_thread(lambda: "answer" if gate.wait() else "")
        return answer, loop.time()

    assert run(main) == ("answer", 0.0)


def test_an_error_in_a_thread_reaches_whoever_awaits_it() -> None:
    """A thread's exception is carried over as asyncio does."""

    async def main() -> None:
        await asyncio.to_thread(int, "one")

    with pytest.raises(ValueError, match="invalid literal"):
        run(main)


# --- tickets -----------------------------------------------------------------------------------------------


def test_answers_are_delivered_in_the_order_of_submission(loop: VirtualLoop, seen: list[Any]) -> None:
    """The oldest ticket is answered first, whichever thread was fastest."""
    tickets = [loop.hold(f"work {number}") for number in range(4)]
    for number in (2, 0, 3, 1):
        tickets[number].post(seen.append, number)

    loop.run_until(None)

    assert seen == [0, 1, 2, 3]


def test_what_an_answer_makes_ready_runs_before_the_next_answer(loop: VirtualLoop, seen: list[Any]) -> None:
    """Between two answers the loop runs until it is quiet."""
    first, second = loop.hold("first"), loop.hold("second")
    second.post(seen.append, "second")
    first.post(lambda _: loop.soon(seen.append, "what follows the first"), None)

    loop.run_until(None)

    assert seen == ["what follows the first", "second"]


def test_the_loop_waits_for_a_thread_that_is_slow(loop: VirtualLoop, seen: list[Any]) -> None:
    """Time does not move while a ticket is open, even if something is due at once after it."""
    begun = threading.Event()
    ticket = loop.hold("a slow thread")

    def work(answer: Ticket) -> None:
        begun.wait()
        answer.post(lambda text: seen.append((text, loop.now_us)), "answer")

    thread = threading.Thread(target=work, args=(ticket,))
    thread.start()
    loop.at(1, lambda text: seen.append((text, loop.now_us)), "due")
    loop.soon(lambda _: begun.set(), None)
    loop.run_until(None)
    thread.join()

    assert seen == [("answer", 0), ("due", 1)]


# --- runs that cannot go on ----------------------------------------------------------------------------------


def test_who_waits_for_what_can_never_come_is_named() -> None:
    """A stalled run says at what time, who waits, where, and for what."""

    async def wait_for_godot() -> None:
        await asyncio.Event().wait()

    async def main() -> None:
        await asyncio.sleep(2)
        async with asyncio.TaskGroup() as group:
            group.create_task(wait_for_godot(), name="vladimir")

    with pytest.raises(Stalled, match=r"stalled at 2\.000000 s") as caught:
        run(main)

    vladimir, estragon = caught.value.waiters
    assert vladimir.startswith("vladimir (")
    assert "wait_for_godot, in Event.wait)" in vladimir
    assert "test_loop.py" in vladimir
    assert "waits for <Future pending" in vladimir
    assert estragon.startswith("Task-1 (")


def test_a_run_in_which_time_never_passes_is_stopped() -> None:
    """A livelock names what ran last."""

    async def spin() -> None:
        while True:
            await anyio.lowlevel.checkpoint()

    with (
        asyncio.Runner(loop_factory=lambda: VirtualLoop(livelock_steps_max=1000)) as runner,
        pytest.raises(Livelock, match="1,000 steps ran and time did not pass") as caught,
    ):
        runner.run(spin())

    assert any("spin" in suspect for suspect in caught.value.suspects)


def test_many_steps_are_no_livelock_if_time_passes(loop: VirtualLoop) -> None:
    """The budget is one of an instant, and full again at the next."""
    for number in range(5000):
        loop.at(number, len, ())

    loop.run_until(None)

    assert loop.steps == 5000


def test_a_thread_that_wakes_the_loop_without_a_ticket_fails_the_run() -> None:
    """Its moment would be a race, so the run says so instead of being different each time."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        threading.Thread(target=_wake_without_ticket, args=(loop, future), name="stranger").start()
        await asyncio.to_thread(threading.Event().wait, 0.01)
        await future

    with pytest.raises(UntrackedWakeup, match="from thread 'stranger' without holding the clock"):
        run(main)


def _wake_without_ticket(loop: asyncio.AbstractEventLoop, future: asyncio.Future[None]) -> None:
    with pytest.raises(UntrackedWakeup):
        loop.call_soon_threadsafe(future.set_result, None)


def test_an_error_in_a_step_ends_the_run(loop: VirtualLoop, seen: list[Any]) -> None:
    """The simulator's own steps must not fail; if one does, the run stops there and can say where."""
    loop.at(5, lambda _: 1 / 0, None)
    loop.at(6, seen.append, "after")

    with pytest.raises(ZeroDivisionError):
        loop.run_until(None)

    assert (seen, loop.now_us) == ([], 5)


def test_an_error_in_a_callback_is_reported_and_the_run_goes_on(loop: VirtualLoop, seen: list[Any]) -> None:
    """Callbacks of asyncio's tier follow asyncio's contract."""
    loop.set_exception_handler(lambda _, context: seen.append(repr(context["exception"])))
    loop.call_later(1, lambda: 1 / 0)
    loop.call_later(2, seen.append, "after")

    loop.run_until(None)

    assert seen == ["ZeroDivisionError('division by zero')", "after"]


@pytest.mark.parametrize(
    "ask",
    [
        lambda: asyncio.open_connection("127.0.0.1", 9),
        lambda: asyncio.start_server(lambda *_: None, "127.0.0.1", 0),
        lambda: asyncio.open_unix_connection("/nowhere"),
    ],
    ids=["client", "server", "unix"],
)
def test_sockets_are_refused_in_words(loop: VirtualLoop, ask: Callable[[], Any]) -> None:
    """asyncio's own refusals say nothing; these say what works."""

    async def main() -> None:
        await ask()

    with pytest.raises(NotImplementedError, match=r"has no sockets\. A client that blocks has"):
        loop.run_until_complete(main())
