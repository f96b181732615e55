"""What is a server asked, and what does it answer, by whichever protocol? Bodies come whole, or piece by piece."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Protocol, cast

from msgspec import Struct

from eventsim.live.dialogue import Dialogue
from eventsim.spool import PIECE_BYTES, Spool, SpoolReader
from eventsim.wire.http import BinaryFile, Headers, HttpRequest, HttpResponse, Pairs


class Head(Protocol):
    """What comes before a body, in HTTP/1.1 and in HTTP/2."""

    @property
    def method(self) -> str:
        """What to do."""

    @property
    def path(self) -> str:
        """With what."""

    @property
    def query(self) -> str:
        """What stands behind the question mark."""

    @property
    def headers(self) -> Headers:
        """The headers."""


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


def request_of(head: Head, body: bytes | Spool, trailers: Pairs = ()) -> HttpRequest:
    """Return a request with its body, wherever that lies."""
    content, in_file = (b"", body) if isinstance(body, Spool) else (body, None)
    return HttpRequest(
        method=head.method,
        path=head.path,
        query=head.query,
        headers=head.headers,
        body=content,
        spool=in_file,
        trailers=trailers,
    )


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
