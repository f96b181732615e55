"""Where do the bytes of the current objects lie? The door, and the way that leaves nothing behind."""

from collections.abc import Iterator
from typing import Protocol

from eventsim import Spool
from eventsim_sources.bucket.version import ObjectVersion

Data = bytes | Spool
"""The bytes of an object: in memory, or, where there are many, in a file. Either has a length and can be sliced."""


def pieces_of(data: Data) -> Iterator[bytes]:
    """Yield bytes piece by piece."""
    return data.pieces() if isinstance(data, Spool) else iter((data,))


class Contents(Protocol):
    """The bytes of the current version of each object."""

    def write(self, version: ObjectVersion, data: Data) -> None:
        """Keep these bytes for the object's key, whole or not at all, in place of what was there.

        Raises:
            StorageError: the disk refuses.
        """

    def read(self, key: str) -> Data:
        """Return the bytes under a key, which stay these whatever becomes of the key.

        Raises:
            StorageError: they are gone or cannot be read.
        """

    def remove(self, key: str) -> None:
        """Forget the bytes under a key."""


class MemoryContents:
    """Bytes in a dictionary: nothing is left behind."""

    def __init__(self) -> None:
        self._data: dict[str, Data] = {}

    def write(self, version: ObjectVersion, data: Data) -> None:
        """Keep the bytes."""
        self._data[version.key] = data

    def read(self, key: str) -> Data:
        """Return the bytes."""
        return self._data[key]

    def remove(self, key: str) -> None:
        """Forget the bytes."""
        del self._data[key]
