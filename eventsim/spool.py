"""Where do bytes lie that are too many for memory? In a file of their own, which goes with the last who holds them."""

import hashlib
import os
import tempfile
import weakref
import zlib
from collections.abc import Iterable, Iterator
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

SPOOLED_BYTES_MIN = 1 << 20
"""So many bytes or more are worth a file."""
PIECE_BYTES = 1 << 18


class Sums(Struct, frozen=True, gc=False):
    """What nearly everybody asks of bytes that came: both are worked out in one reading."""

    md5: bytes
    crc32: bytes


class Spool:
    """Bytes in a file, which never change; a slice of them lies in the same file.

    Args:
        path: the file; it is deleted when the last spool over it is gone.
    """

    def __init__(self, path: Path) -> None:
        self._file = _File(path)
        self._first = 0
        self._end = path.stat().st_size

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> "Spool":
        """Write bytes into a temporary file.

        Raises:
            OSError: there is no room on the disk.
        """
        descriptor, name = tempfile.mkstemp(prefix="eventsim-")
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.writelines(pieces)
        except BaseException:
            Path(name).unlink()
            raise
        return cls(Path(name))

    @classmethod
    def copy(cls, path: Path) -> "Spool":
        """Copy a file, which may change afterwards.

        Raises:
            OSError: it cannot be read, or there is no room on the disk.
        """
        with path.open("rb") as stream:
            return cls.of(iter(partial(stream.read, PIECE_BYTES), b""))

    def __len__(self) -> int:
        return self._end - self._first

    def __getitem__(self, span: slice) -> "Spool":
        first, end, _ = span.indices(len(self))
        part = object.__new__(Spool)
        part._file = self._file
        part._first, part._end = self._first + first, self._first + max(first, end)
        return part

    def open(self) -> "SpoolReader":
        """Return a file of these bytes, for who closes it."""
        return SpoolReader(self, self._file.path.open("rb"), self._first, len(self))

    def pieces(self) -> Iterator[bytes]:
        """Yield the bytes piece by piece."""
        with self.open() as stream:
            while piece := stream.read(PIECE_BYTES):
                yield piece

    def read(self) -> bytes:
        """Return all of the bytes: for who must have them in memory."""
        return b"".join(self.pieces())

    @cached_property
    def sums(self) -> Sums:
        """MD5 and CRC32; it takes two seconds for a gigabyte, so somebody may ask for it in a thread before."""
        md5, crc32 = hashlib.md5(usedforsecurity=False), 0
        for piece in self.pieces():
            md5.update(piece)
            crc32 = zlib.crc32(piece, crc32)
        return Sums(md5.digest(), crc32.to_bytes(4, "big"))


class SpoolReader:
    """A file that is open for reading, from one byte of it to another."""

    def __init__(self, spool: Spool, stream: BinaryIO, first: int, count: int) -> None:
        self._spool = spool  # while somebody reads, the file stays
        self._stream = stream
        self._left = count
        stream.seek(first)

    def read(self, size: int = -1, /) -> bytes:
        """Return up to so many bytes, all that are left by default, and none at the end."""
        piece = self._stream.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece

    def readline(self, limit: int) -> bytes:
        """Return what is left of a line, with its end, or its first bytes if it is longer."""
        line = self._stream.readline(min(limit, self._left))
        self._left -= len(line)
        return line

    def close(self) -> None:
        """Let go of the file."""
        self._stream.close()

    def __enter__(self) -> "SpoolReader":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _File:
    """A file that is deleted when nobody holds this any more, at the latest with the process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, path.unlink, missing_ok=True)
