"""Where does a request's body lie while it comes? In memory while it is small, in a temporary file beyond."""

import tempfile
from typing import IO

MEMORY_BYTES_MAX = 1 << 20
BODY_BYTES_MAX = 1 << 30
"""A longer body is refused: operations take bodies whole."""


class TooLarge(Exception):  # noqa: N818 - a fact, as the field says it
    """The body is longer than this server takes."""


class Upload:
    """The body of one request."""

    def __init__(self) -> None:
        self._size = 0
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None

    def add(self, piece: bytes) -> None:
        """Take a piece.

        Raises:
            TooLarge: the body has become longer than this server takes.
        """
        self._size += len(piece)
        if self._size > BODY_BYTES_MAX:
            self.discard()
            raise TooLarge
        if self._file is None and self._size > MEMORY_BYTES_MAX:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `take` or `discard`
            self._file.writelines(self._pieces)
            self._pieces.clear()
        if self._file is None:
            self._pieces.append(piece)
        else:
            self._file.write(piece)

    def take(self) -> bytes:
        """Return the whole body and forget it."""
        if self._file is None:
            return b"".join(self._pieces)
        self._file.seek(0)
        body = self._file.read()
        self.discard()
        return body

    def discard(self) -> None:
        """Forget what has come."""
        self._pieces.clear()
        if self._file is not None:
            self._file.close()
            self._file = None
