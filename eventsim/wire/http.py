"""What came and what goes, once a server has read it off its socket?"""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Iterable, Iterator, KeysView, Mapping
from typing import Any, Protocol, TypeVar, cast

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from eventsim.spool import Spool


class BinaryFile(Protocol):
    """Whatever gives bytes piece by piece."""

    def read(self, size: int = -1, /) -> bytes:
        """Return up to so many bytes, all of them by default, and none at the end."""


Body = bytes | BinaryFile | Iterator[bytes] | AsyncIterator[bytes]

Pairs = tuple[tuple[str, str], ...]
"""Headers of an answer, in order."""


class Headers:
    """The headers of a message: names compare without case, order and repetitions are kept.

    They are read as a mapping is: `headers["Content-Type"]`, `dict(headers)`; where they tell names, in lower case.

    Args:
        pairs: names and values as they stand on the wire, or a mapping of them.

    Attributes:
        by_name: values by name in lower case, several of one name joined by commas; it stays as it is.
    """

    __slots__ = ("by_name", "pairs")

    pairs: Pairs
    by_name: Mapping[str, str]

    def __init__(self, pairs: Iterable[tuple[str, str]] | Mapping[str, str] = ()) -> None:
        if not isinstance(pairs, list) and isinstance(pairs, Mapping):  # the latter takes long to say no
            pairs = pairs.items()
        self.pairs = tuple(pairs)
        self.by_name = {name.lower(): value for name, value in self.pairs}
        if len(self.by_name) < len(self.pairs):
            self.by_name = _joined(self.pairs)

    def get(self, name: str, default: str = "") -> str:
        """Return a header's value; a name in lower case is found fastest."""
        value = self.by_name.get(name)
        return self.by_name.get(name.lower(), default) if value is None else value

    def __getitem__(self, name: str) -> str:
        return self.by_name[name.lower()]

    def __contains__(self, name: str) -> bool:
        return name in self.by_name or name.lower() in self.by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self.by_name)

    def keys(self) -> KeysView[str]:
        """Return names in lower case."""
        return self.by_name.keys()

    def items(self) -> Iterable[tuple[str, str]]:
        """Return names in lower case and values."""
        return self.by_name.items()

    def with_changes(self, changes: Mapping[str, str | None]) -> "Headers":
        """Return these headers with others set, or left out where the value is None. Names in lower case."""
        kept = [(name, value) for name, value in self.pairs if name.lower() not in changes]
        return Headers([*kept, *((name, value) for name, value in changes.items() if value is not None)])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.by_name == other.by_name

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self.pairs)!r})"


def _joined(pairs: Pairs) -> dict[str, str]:
    """Return values by name in lower case, those of repeated names joined by commas."""
    by_name: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        by_name[key] = f"{by_name[key]},{value}" if key in by_name else value
    return by_name


class HttpRequest(Struct, frozen=True, kw_only=True, gc=False):
    """One request.

    Attributes:
        method: in capitals.
        path: as it stands on the wire, percent-encoded.
        query: what follows the question mark, percent-encoded.
        headers: all headers.
        body: the whole body, after the transfer encoding is undone.
        spool: the body instead, if it is too large for memory.
        trailers: names and values that came behind the body; nobody but who asks for them heeds them.
    """

    method: str
    path: str
    query: str = ""
    headers: Headers = Headers()
    body: bytes = b""
    spool: Spool | None = None
    trailers: Pairs = ()


def in_memory(request: HttpRequest) -> HttpRequest:
    """Return a request whose body is in memory, however large: for who takes it apart."""
    return request if request.spool is None else replace(request, body=request.spool.read(), spool=None)


class HttpResponse(Struct, frozen=True, kw_only=True, gc=False):
    """One response; the server adds `Date`, and `Content-Length` where it is absent.

    Attributes:
        status: the status code.
        headers: names as AWS writes them, and values without line breaks.
        body: bytes, a binary file, or an iterator of pieces, which may have to be waited for. One that raises a
            `ConnectionError` has come to its end too early, as a connection that breaks.
    """

    status: int
    headers: Pairs
    body: Body = b""


def whole(answer: HttpResponse | Awaitable[HttpResponse]) -> HttpResponse | Awaitable[HttpResponse]:
    """Return a response whose body has not to be waited for: for whoever does not read it as it comes.

    A body that breaks off ends there.
    """
    if isinstance(answer, HttpResponse) and not isinstance(answer.body, AsyncIterator):
        return answer
    return _whole_later(answer)


async def _whole_later(answer: HttpResponse | Awaitable[HttpResponse]) -> HttpResponse:
    response = answer if isinstance(answer, HttpResponse) else await answer
    if not isinstance(response.body, AsyncIterator):
        return response
    pieces = []
    with contextlib.suppress(ConnectionError):
        async for piece in response.body:
            pieces.append(piece)  # noqa: PERF401 - what has come before it breaks is kept
    return replace(response, body=b"".join(pieces))


Answer = TypeVar("Answer")


def plain(status: int, message: str) -> HttpResponse:
    """Return an answer outside of any protocol of AWS's."""
    body = msgspec.json.encode({"message": message}) + b"\n"
    return HttpResponse(status=status, headers=(("Content-Type", "application/json"),), body=body)


def with_headers(answer: Answer | Awaitable[Answer], more: Pairs) -> Answer | Awaitable[Answer]:
    """Return a response with further headers, now or when it comes; what is no response stays as it is."""
    if isinstance(answer, HttpResponse):
        return cast("Answer", replace(answer, headers=(*answer.headers, *more)))
    return _with_headers_later(answer, more) if more and isinstance(answer, Awaitable) else answer


async def _with_headers_later(answer: Awaitable[Answer], more: Pairs) -> Any:
    return with_headers(await answer, more)
