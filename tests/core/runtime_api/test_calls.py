"""How long must a program be silent before time passes for what it waits for?"""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from eventsim.clock import Clock
from eventsim.loop import VirtualLoop
from eventsim.runtime_api.calls import QUIET_S, SLEEP, UNSURE_S, WAITS, Calls
from eventsim.wire.http import Headers, HttpRequest, HttpResponse


class Asked:
    """A request of a program, and what it was answered."""

    def __init__(self, path: str, *headers: tuple[str, str], **body: object) -> None:
        self.request = HttpRequest(method="POST", path=path, headers=Headers(headers), body=json.dumps(body).encode())
        self.answers: list[HttpResponse] = []

    def reply(self, response: HttpResponse) -> None:
        self.answers.append(response)


@pytest.fixture
def calls() -> Iterator[Calls]:
    """Return the calls of a program, none of which has an answer yet."""
    loop = VirtualLoop()
    calls = Calls(Clock(loop), lambda _request: loop.create_future(), lambda: None)
    yield calls
    calls.close()
    loop.run_until(0)
    loop.close()


def ask(calls: Calls, path: str, /, *headers: tuple[str, str], **body: object) -> Any:
    """Let the program ask for something."""
    asked: Any = Asked(path, *headers, **body)
    calls.take(asked)
    return asked


def test_a_program_that_waits_for_nothing_may_work(calls: Calls) -> None:
    """Time stands still for as long as it takes."""
    assert calls.silence_s is None


def test_a_program_that_only_waits_may_do_something_else_soon(calls: Calls) -> None:
    """It does not say what else it does, so a moment of silence shows it."""
    ask(calls, SLEEP, us=1_000)

    assert calls.silence_s == QUIET_S


def test_time_passes_at_once_for_a_program_that_says_that_it_does_nothing_else(calls: Calls) -> None:
    """As soon as all its calls have come, which may be later than the word of it."""
    ask(calls, "/")
    ask(calls, SLEEP, us=1_000, heard=0, calls=1)

    assert calls.silence_s == 0


def test_a_call_may_say_that_the_program_does_nothing_else(calls: Calls) -> None:
    """As one with a single thread, which stands still until the answer comes."""
    ask(calls, "/", ("Eventsim-Calls", "1"))

    assert calls.silence_s == 0


def test_a_call_that_is_still_on_its_way_is_waited_for(calls: Calls) -> None:
    """Its body may be large."""
    ask(calls, SLEEP, us=1_000, heard=0, calls=1)

    assert calls.silence_s == QUIET_S


def test_a_program_may_say_later_that_it_only_waits(calls: Calls) -> None:
    """As one with several threads, once the last of them stands still; what they wait for must all have come."""
    ask(calls, "/")
    ask(calls, SLEEP, us=1_000, heard=0)
    unsaid = calls.silence_s
    said = ask(calls, WAITS, heard=0, calls=1, sleeps=2)
    missing = calls.silence_s
    ask(calls, SLEEP, us=2_000, heard=0)
    ask(calls, WAITS, heard=0, calls=1, sleeps=2)

    assert [answer.status for answer in said.answers] == [204]
    assert (unsaid, missing, calls.silence_s) == (QUIET_S, QUIET_S, 0)


def test_a_piece_that_is_still_on_its_way_is_waited_for(calls: Calls) -> None:
    """What a program has written into a streamed answer it wrote before time passes."""
    ask(calls, SLEEP, us=1_000, heard=0, calls=0, written=3)
    before = calls.silence_s
    calls.hear_of_stream(3)

    assert (before, calls.silence_s) == (QUIET_S, 0)


def test_what_a_program_said_is_past_with_its_next_call(calls: Calls) -> None:
    """And with the end of its wait."""
    wait = ask(calls, SLEEP, us=1_000, heard=0, calls=0)
    ask(calls, "/")
    after_call = calls.silence_s
    ask(calls, SLEEP, us=1_000, heard=0, calls=1)
    calls.forget(wait)

    assert (after_call, calls.silence_s) == (QUIET_S, QUIET_S)


def test_a_program_that_has_not_heard_an_answer_may_be_at_work_on_it(calls: Calls) -> None:
    """It knew of none when it began to wait."""
    ask(calls, SLEEP, nonsense=True)
    ask(calls, SLEEP, us=1_000, heard=0, calls=0)

    assert calls.silence_s == UNSURE_S
