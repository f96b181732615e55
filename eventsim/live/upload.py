"""Where does a request's body lie while it comes? In memory while it is small, in a file beyond."""

import tempfile
from pathlib import Path
from typing import IO

from eventsim.limits import OBJECT_BYTES_MAX
from eventsim.spool import SPOOLED_BYTES_MIN, Spool

BODY_BYTES_MAX = 1 << 30
"""A longer body is refused: most operations take bodies whole."""
_WRAPPED_BYTES_MAX = 64 << 20
"""As much longer its body may be that comes in signed chunks."""


def bytes_max(method: str) -> int:
    """Return how long the body of a request may be: only `PUT` brings objects, which stay in their file."""
    return OBJECT_BYTES_MAX + _WRAPPED_BYTES_MAX if method == "PUT" else BODY_BYTES_MAX


class TooLarge(Exception):  # noqa: N818 - a fact, as the field says it
    """The body is longer than this server takes.

    Attributes:
        size_bytes: how long it is, as far as that is known.
    """

    def __init__(self, size_bytes: int) -> None:
        super().__init__(f"{size_bytes:,} bytes")
        self.size_bytes = size_bytes


class Upload:
    """The body of one request."""

    def __init__(self, limit_bytes: int = BODY_BYTES_MAX) -> None:
        self._limit_bytes = limit_bytes
        self._size = 0
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None

    def add(self, piece: bytes) -> None:
        """Take a piece.

        Raises:
            TooLarge: the body has become longer than this server takes.
        """
        self._size += len(piece)
        if self._size > self._limit_bytes:
            self.discard()
            raise TooLarge(self._size)
        if self._file is None and self._size > SPOOLED_BYTES_MIN:
            self._file = tempfile.NamedTemporaryFile(prefix="eventsim-", delete=False)  # noqa: SIM115 - closed below
            self._file.writelines(self._pieces)
            self._pieces.clear()
        if self._file is None:
            self._pieces.append(piece)
        else:
            self._file.write(piece)

    def take(self) -> bytes | Spool:
        """Return the whole body and forget it."""
        if self._file is None:
            return b"".join(self._pieces)
        self._file.close()
        spool = Spool(Path(self._file.name))
        self._file = None
        return spool

    def discard(self) -> None:
        """Forget what has come."""
        self._pieces.clear()
        if self._file is not None:
            self._file.close()
            Path(self._file.name).unlink()
            self._file = None
