"""What do extensions ask for, and what do they answer with?"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from eventsim.api import Result
from eventsim.wire.http import HttpRequest, HttpResponse

Ask = Callable[[str, str, Mapping[str, Any]], Result | Awaitable[Result]]
"""Calls an AWS operation on the function's behalf: service, operation, parameters."""
Tell = Callable[[HttpRequest, int, str], object]
"""Records that user code asked: the request, the status of the answer, where it came from."""


def refusal(status: int, message: str) -> HttpResponse:
    """Return a refusal as servers written in Go have them: a line of text."""
    return HttpResponse(
        status=status, headers=(("Content-Type", "text/plain; charset=utf-8"),), body=f"{message}\n".encode()
    )
