"""What does `/tmp` hold, and since when? The function's ephemeral storage, and no more; ages are in virtual time."""

import errno
import io
import os
from typing import Any

from eventsim.handler import strand
from eventsim.handler.surroundings import Surroundings

_BUFFER_BYTES = io.DEFAULT_BUFFER_SIZE


def open_stored(
    surroundings: Surroundings,
    path: Any,
    name: Any,
    mode: str,
    buffering: int = -1,
    encoding: str | None = None,
    errors: str | None = None,
    newline: str | None = None,
    closefd: bool = True,
    opener: Any = None,
) -> Any:
    """Do as `open` does, with a file underneath that counts what is written."""
    is_binary = "b" in mode
    if is_binary and (encoding, errors, newline) != (None, None, None):
        raise ValueError("binary mode doesn't take an encoding, errors or newline argument")
    raw = _StoredFile(surroundings, path, mode.replace("b", "").replace("t", ""), closefd, opener)
    raw.name = name
    if buffering == 0:
        if not is_binary:
            raw.close()
            raise ValueError("can't have unbuffered text I/O")
        return raw
    kind = io.BufferedRandom if "+" in mode else io.BufferedWriter
    buffered = kind(raw, buffering if buffering > 1 else _BUFFER_BYTES)
    if is_binary:
        return buffered
    text = io.TextIOWrapper(buffered, io.text_encoding(encoding), errors, newline, line_buffering=buffering == 1)
    text.mode = mode  # type: ignore[misc]  # `open` sets it too; typeshed has it read-only
    return text


def stamp(surroundings: Surroundings, file: Any) -> None:
    """Let a file of user code be as old as virtual time says; code that asks for its age compares the two."""
    now_ns = surroundings.clock.epoch_us() * 1000
    with strand.outside():
        os.utime(file, ns=(now_ns, now_ns))


def free_bytes(surroundings: Surroundings) -> int:
    """Return how much more `/tmp` holds now."""
    _count_storage(surroundings)
    return max(0, surroundings.storage_left_bytes)


class _StoredFile(io.FileIO):
    """A file in `/tmp`, which cannot hold more than the function's ephemeral storage."""

    def __init__(self, surroundings: Surroundings, path: Any, mode: str, closefd: bool, opener: Any) -> None:
        self._surroundings = surroundings
        self._was_written = False
        super().__init__(path, mode, closefd, opener)
        self._was_written = "a" not in mode and "r" not in mode

    def write(self, data: Any, /) -> int:
        size_bytes = memoryview(data).nbytes
        if self._surroundings.storage_left_bytes < size_bytes:
            _count_storage(self._surroundings)
            if self._surroundings.storage_left_bytes < size_bytes:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self._surroundings.storage_left_bytes -= size_bytes
        self._was_written = True
        return super().write(data) or 0

    def close(self) -> None:
        if self._was_written and not self.closed:
            stamp(self._surroundings, self.fileno())
        super().close()


def _count_storage(surroundings: Surroundings) -> None:
    """Work out how much may be written: files were deleted and written over since it was last counted."""
    used_bytes = 0
    for folder, _, names in os.walk(surroundings.tmp):
        for name in names:
            try:
                used_bytes += os.lstat(f"{folder}/{name}").st_size
            except FileNotFoundError:
                continue
    surroundings.storage_left_bytes = surroundings.storage_bytes - used_bytes
