"""How is a file written, so that nobody ever finds half of it?"""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO, Self

from eventsim.errors import StorageError, TraceFileError

BUFFER_BYTES = 1 << 20


class WholeFile:
    """A file in the making: there whole at the end, or not at all.

    It is opened before the work, so that a folder in which nobody may write is found at once. Use it as a context
    manager; what has not been written when it ends leaves nothing behind, and an older file as it was.

    Args:
        what: it is, in one word: `trace`, `page`.

    Raises:
        TraceFileError: the file cannot be made.
    """

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self._what = what
        is_special = path.exists() and not path.is_file()  # /dev/stdout, a pipe: nothing to put in its place
        target = path.resolve()
        self._target = None if is_special else target
        self._part = target if is_special else target.with_name(f".{target.name}.{os.getpid()}.part")
        try:
            self._file: IO[bytes] = self._part.open("wb", buffering=BUFFER_BYTES)
        except OSError as error:
            raise TraceFileError(f"{path}: cannot write the {what}: {error.strerror}") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
        if self._target is not None:
            self._part.unlink(missing_ok=True)

    def fill(self, write: Callable[[IO[bytes]], object]) -> None:
        """Write all of it and put the file in its place.

        Raises:
            StorageError: the disk is full or failed; nothing is left behind.
        """
        try:
            write(self._file)
            self._file.close()
            if self._target is not None:
                self._part.replace(self._target)
        except OSError as error:
            raise StorageError(f"{self.path}: cannot write the {self._what}: {error.strerror}") from None
