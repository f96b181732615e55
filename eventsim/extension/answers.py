"""How do extensions come to their answers? By steps, each of which asks a service, at once if it can."""

import inspect
from collections.abc import Awaitable, Callable, Generator, Mapping
from functools import partial
from typing import Any, Protocol

from eventsim.api import Result
from eventsim.errors import ApiError, NotSimulated
from eventsim.handler.surroundings import Surroundings
from eventsim.wire.http import HttpRequest, HttpResponse

Question = tuple[str, str, Mapping[str, Any]]
"""An AWS operation: service, operation, parameters."""
Ask = Callable[[str, str, Mapping[str, Any]], Result | Awaitable[Result]]
"""Calls one on the function's behalf."""
Origin = str
"""Where an answer came from: a service's name, or one of those below."""
Steps = Generator[Question, Result, tuple[HttpResponse, Origin]]
"""Yields what shall be asked, gets the result or one of the refusals, and returns the answer."""

REFUSALS = (ApiError, NotSimulated)
ITSELF, CACHE = "the extension itself", "its cache"


class Extension(Protocol):
    """An extension beside one process.

    Attributes:
        port: where it listens.
    """

    port: int

    def steps(self, request: HttpRequest) -> Steps:
        """Answer what user code asks."""


def carry_out(steps: Steps, ask: Ask) -> tuple[HttpResponse, Origin] | Awaitable[tuple[HttpResponse, Origin]]:
    """Carry out steps, at once unless a service lets one wait."""
    return _advance(steps, ask, partial(next, steps))


def _advance(
    steps: Steps, ask: Ask, step: Callable[[], Question]
) -> tuple[HttpResponse, Origin] | Awaitable[tuple[HttpResponse, Origin]]:
    """Take one step after another until one has to wait."""
    while True:
        try:
            question = step()
        except StopIteration as done:
            answer: tuple[HttpResponse, Origin] = done.value
            return answer
        try:
            result = ask(*question)
        except REFUSALS as error:
            step = partial(steps.throw, error)
            continue
        if inspect.isawaitable(result):
            return _advance_later(steps, ask, result)
        step = partial(steps.send, result)


async def _advance_later(steps: Steps, ask: Ask, result: Awaitable[Result]) -> tuple[HttpResponse, Origin]:
    try:
        step = partial(steps.send, await result)
    except REFUSALS as error:
        step = partial(steps.throw, error)
    answer = _advance(steps, ask, step)
    return await answer if inspect.isawaitable(answer) else answer


def log_error(surroundings: Surroundings, extension: str, error: str) -> None:
    """Write an error into the function's log, as servers written in Go do."""
    when = surroundings.clock.date().strftime("%Y/%m/%d %H:%M:%S")
    surroundings.write(f"[{extension}] {when} ERROR {error}\n")


def refusal(status: int, message: str) -> HttpResponse:
    """Return a refusal as servers written in Go have them: a line of text."""
    headers = (("Content-Type", "text/plain; charset=utf-8"),)
    return HttpResponse(status=status, headers=headers, body=f"{message}\n".encode())


def status_of(error: ApiError | NotSimulated) -> int:
    """Return the HTTP status of a refusal."""
    return error.status if isinstance(error, ApiError) else 501
