"""What does the folder of a bucket know besides objects? The bucket's settings, for the server that comes next."""

from typing import Any, Literal

import msgspec
from msgspec import Struct

from eventsim import ConfigurationError
from eventsim_sources.bucket.folder import FolderContents

_FILE = "settings.msgpack"
"""Dates among the settings stay dates so, which JSON would not tell from text."""


class Kept(Struct, frozen=True, kw_only=True):
    """What is kept of a bucket.

    Attributes:
        notifications: in botocore's shape.
        settings: what clients set on it, by the name of its operations.
    """

    region: str
    created_s: int
    versioning: Literal["", "Enabled", "Suspended"]
    notifications: dict[str, Any]
    settings: dict[str, Any]


class SettingsFile:
    """The file of one bucket's settings, beside its folder."""

    def __init__(self, contents: FolderContents) -> None:
        self._contents = contents

    def read(self) -> Kept | None:
        """Return what is kept, None if nothing is.

        Raises:
            ConfigurationError: the file is damaged.
            StorageError: it cannot be read.
        """
        content = self._contents.read_beside(_FILE)
        try:
            return None if content is None else msgspec.msgpack.decode(content, type=Kept)
        except msgspec.MsgspecError as error:
            raise ConfigurationError(
                f"{_FILE} beside {self._contents.folder} is damaged ({error}); delete it, and set the bucket up anew",
                key="directory",
            ) from error

    def write(self, kept: Kept) -> None:
        """Keep this.

        Raises:
            StorageError: it cannot be written.
        """
        self._contents.write_beside(_FILE, msgspec.msgpack.encode(kept))
