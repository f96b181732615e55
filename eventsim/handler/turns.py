"""What do a process of user code and one that it has forked say to each other? Whose turn it is, and what happened.

One of them runs at a time. The older one gives the turn, with the instant; the younger one runs until all that is left
to it is to wait, tells meanwhile what it writes and asks, and gives the turn back with the instant of its next one.
"""

import pickle
import socket
import struct
from collections.abc import Callable
from typing import Any, TypeAlias

from msgspec import Struct

_LENGTH = struct.Struct("<q")

Errand: TypeAlias = Callable[[], Any]
"""What the older process does for the younger one, in a strand of user code; it can be pickled, as can its result."""


class Turn(Struct, frozen=True):
    """It is the younger one's turn.

    Attributes:
        now_us: the instant.
    """

    now_us: int


class Sent(Struct, frozen=True):
    """Somebody sends a signal to the younger one."""

    number: int


class Done(Struct, frozen=True):
    """An errand is done.

    Attributes:
        number: which one.
        result: what it returned, or what it raised.
    """

    number: int
    result: Any = None
    error: BaseException | None = None


class Paused(Struct, frozen=True):
    """The younger one has nothing left to do but wait.

    Attributes:
        due_us: until when, None if for ever.
        is_looking: whether it waits for something that other processes may do, too.
        has_run: whether any code of the user's has run in its turn.
    """

    due_us: int | None
    is_looking: bool
    has_run: bool


class Wrote(Struct, frozen=True):
    """It has printed something."""

    text: str


class Logged(Struct, frozen=True):
    """It has logged a whole event."""

    event: str


class Traced(Struct, frozen=True):
    """It has told X-Ray's daemon something."""

    datagram: bytes


class Asked(Struct, frozen=True):
    """It has an errand for the older one."""

    number: int
    errand: Errand


class Stuck(Struct, frozen=True):
    """Its code has run for too long without waiting for anything."""


def packed(message: Struct) -> bytes:
    """Return a message as it goes over the wire.

    Raises:
        Exception: what is in it cannot be pickled.
    """
    return pickle.dumps(message)


class Wire:
    """A socket between the two.

    Args:
        patience_s: real time for which the other one may be silent, None for ever.
    """

    def __init__(self, connection: socket.socket, patience_s: float | None = None) -> None:
        self._connection = connection
        connection.settimeout(patience_s)

    def send(self, message: Struct | bytes) -> bool:
        """Send a message, packed or not; False if nobody is there any more."""
        content = message if isinstance(message, bytes) else packed(message)
        try:
            self._connection.sendall(_LENGTH.pack(len(content)) + content)
        except OSError:
            return False
        return True

    def receive(self) -> Any:
        """Return the next message, None if nobody is there any more.

        Raises:
            TimeoutError: nothing has come for too long.
        """
        head = self._read(_LENGTH.size)
        content = head and self._read(*_LENGTH.unpack(head))
        return pickle.loads(content) if content else None  # noqa: S301 - it is a process of our own

    def _read(self, size: int) -> bytes:
        content = bytearray()
        while len(content) < size:
            try:
                piece = self._connection.recv(min(size - len(content), 1 << 20))
            except TimeoutError:
                raise
            except OSError:
                return b""
            if not piece:
                return b""
            content += piece
        return bytes(content)

    def fileno(self) -> int:
        """Return the socket's descriptor."""
        return self._connection.fileno()

    def close(self) -> None:
        """Close this end."""
        self._connection.close()
