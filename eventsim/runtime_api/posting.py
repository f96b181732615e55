"""How is a request brought to a port of this machine, and what status does it come back with?"""

import asyncio
import contextlib

_ANSWER_S_MAX = 5.0
"""How long the answer may take, on the wall clock."""
_ANSWER_BYTES_MAX = 1 << 20


async def status_of(port: int, request: bytes) -> int:
    """Send a request and return the status of its answer, 0 if there is none."""
    try:
        async with asyncio.timeout(_ANSWER_S_MAX):
            return await _status_of(port, request)
    except (OSError, ValueError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        return 0


async def _status_of(port: int, request: bytes) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=_ANSWER_BYTES_MAX)
    try:
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1])
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def post(port: int, path: str, body: bytes) -> bytes:
    """Return a request that carries a JSON text, as it stands on the wire."""
    head = (
        f"POST {path or '/'} HTTP/1.1\r\nHost: sandbox.localdomain:{port}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
