"""What does a server answer, and how does its body come? Whole, or piece by piece."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import cast

from msgspec import Struct

from eventsim.live.dialogue import Dialogue
from eventsim.spool import PIECE_BYTES, SpoolReader
from eventsim.wire.http import BinaryFile, HttpRequest, HttpResponse


class Stream(Struct, frozen=True, kw_only=True):
    """An answer that is written as it comes about.

    Attributes:
        is_endless: whether it goes on until somebody hangs up.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    pieces: AsyncIterator[bytes]
    is_endless: bool = False


Answer = HttpResponse | Stream | Dialogue
Respond = Callable[[HttpRequest], Answer | Awaitable[Answer]]
RefuseSize = Callable[[HttpRequest, int], HttpResponse]
Follow = Callable[[HttpRequest], Callable[[bytes], object] | None]
"""Asked about a request whose body comes in chunks, returns who wants to see them as they come."""


def bears_body(method: str, status: int) -> bool:
    """Tell whether an answer has a body."""
    return method != "HEAD" and status not in (204, 304)


def is_endless(answer: HttpResponse | Stream) -> bool:
    """Tell whether an answer goes on until somebody hangs up, or so long that nobody who stops waits for it."""
    return answer.is_endless if isinstance(answer, Stream) else isinstance(answer.body, AsyncIterator)


async def pieces_of(answer: HttpResponse | Stream) -> AsyncGenerator[bytes, None]:
    """Yield the body of an answer."""
    body = answer.pieces if isinstance(answer, Stream) else answer.body
    if isinstance(body, AsyncIterator):
        async for piece in body:
            yield piece
    elif isinstance(body, bytes):
        yield body
    elif hasattr(body, "read"):
        try:
            while piece := cast("BinaryFile", body).read(PIECE_BYTES):
                yield piece
        finally:
            if isinstance(body, SpoolReader):
                body.close()
    else:
        for piece in body:
            yield piece
