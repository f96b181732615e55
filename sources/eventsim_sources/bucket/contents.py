"""Where do the bytes of the current objects lie? The door, and the way that leaves nothing behind."""

from typing import Protocol

from eventsim_sources.bucket.version import ObjectVersion


class Contents(Protocol):
    """The bytes of the current version of each object."""

    def write(self, version: ObjectVersion, data: bytes) -> None:
        """Keep these bytes for the object's key, whole or not at all, in place of what was there.

        Raises:
            StorageError: the disk refuses.
        """

    def read(self, key: str) -> bytes:
        """Return the bytes under a key.

        Raises:
            StorageError: they are gone or cannot be read.
        """

    def remove(self, key: str) -> None:
        """Forget the bytes under a key."""


class MemoryContents:
    """Bytes in a dictionary: nothing is left behind."""

    def __init__(self) -> None:
        self._data: dict[str, bytes] = {}

    def write(self, version: ObjectVersion, data: bytes) -> None:
        """Keep the bytes."""
        self._data[version.key] = data

    def read(self, key: str) -> bytes:
        """Return the bytes."""
        return self._data[key]

    def remove(self, key: str) -> None:
        """Forget the bytes."""
        del self._data[key]
