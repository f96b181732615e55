"""Does the wall clock keep the promises of the virtual one?"""

import threading
from collections.abc import Iterator

import pytest

from eventsim.clock import Clock
from eventsim.errors import UntrackedWakeup
from eventsim.live.loop import LiveLoop


@pytest.fixture
def loop() -> Iterator[LiveLoop]:
    """A loop that ends with the test."""
    loop = LiveLoop()
    yield loop
    loop.close()


def test_steps_run_in_the_order_in_which_they_were_given(loop: LiveLoop) -> None:
    """`soon` and asyncio's own callbacks stand in one line; what is due in the past is due now."""
    seen: list[str] = []

    loop.soon(seen.append, "soon")
    loop.call_soon(seen.append, "asyncio's")
    loop.at(0, seen.append, "due")
    loop.call_soon(loop.stop)
    loop.run_forever()

    assert seen == ["soon", "asyncio's", "due"]


def test_nothing_is_early(loop: LiveLoop) -> None:
    """Whoever waits for an instant finds that it has come."""
    due_us = loop.now_us + 2_500
    fired_us: list[int] = []

    def fire(_: None) -> None:
        fired_us.append(loop.now_us)
        loop.stop()

    loop.at(due_us, fire, None)
    loop.run_forever()

    assert fired_us[0] >= due_us


def test_a_timer_can_be_cancelled(loop: LiveLoop) -> None:
    """`call_at_us` gives a handle; what is cancelled never runs."""
    seen: list[str] = []

    loop.call_at_us(loop.now_us + 1_000, seen.append, "cancelled").cancel()
    loop.call_at_us(loop.now_us + 2_000, loop.stop)
    loop.run_forever()

    assert seen == []


def test_a_thread_answers_through_its_ticket(loop: LiveLoop) -> None:
    """Nothing is held: the answer is taken whenever it comes."""
    ticket = loop.hold("a thread")
    seen: list[str] = []

    def answer(text: str) -> None:
        seen.append(text)
        loop.stop()

    thread = threading.Thread(target=ticket.post, args=(answer, "here"))
    thread.start()
    loop.run_forever()
    thread.join()

    assert seen == ["here"]


def test_threads_may_not_wake_what_only_strands_may(loop: LiveLoop) -> None:
    """As in virtual time, such a thread gets an error, and the loop's handler hears of it."""
    heard: list[object] = []
    loop.set_exception_handler(lambda _, context: (heard.append(context["exception"]), loop.stop()))
    caught: list[BaseException] = []

    def wake() -> None:
        try:
            loop.fail_from_outside("a wake-up")
        except UntrackedWakeup as error:
            caught.append(error)

    thread = threading.Thread(target=wake)
    thread.start()
    loop.run_forever()
    thread.join()

    assert caught == heard
    assert len(heard) == 1


def test_a_clock_takes_either_loop(loop: LiveLoop) -> None:
    """Dates count from the wall clock's own beginning."""
    clock = Clock(loop, loop.began_at)

    assert clock.now_us <= loop.now_us
    assert clock.date(0) == loop.began_at


def test_time_stands_still_for_who_is_asked_to_repeat_something(loop: LiveLoop) -> None:
    """At any instant, also one before the run; what was due then is due at once."""
    seen: list[str] = []
    clock = Clock(loop, loop.began_at)

    with loop.standing_at(-5_000_000):
        then = clock.now_us, clock.is_bygone
        clock.at(-1_000_000, seen.append, "due")
    loop.call_later(0.001, loop.stop)
    loop.run_forever()

    assert then == (-5_000_000, True)
    assert (seen, clock.is_bygone) == (["due"], False)
