"""What did the last server know that is neither in a table nor made by a call? It wrote it down under keys.

A line puts a value in the place of all that stood under its key, adds one behind that, forgets the oldest, or drops the
key. What counts at the end is what the next server reads. When the file has become twice as long as what counted
the last time, it is rewritten with what counts, a part whenever something is written: so its length follows what there
is, not what has ever been.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from eventsim.errors import ApiError, StorageError
from eventsim.live.lines import PART_BYTES, LineFile
from eventsim.live.rewriting import STEPS_PER_PART, Counting, Rewriting, decoded, read_line, unreadable

T = TypeVar("T")

NOTEBOOKS: Final = ("archives", "change-sets", "executions", "kafka", "logs", "metrics", "stacks")
"""All that there are: each is a file beside the database."""

_LINES_MIN = 1_000
"""A file with fewer lines is not worth a rewriting."""

_encode = msgspec.json.Encoder(enc_hook=str).encode


class FileNotebook:
    """A notebook in a file.

    Args:
        is_open: tells whether what is written is to be kept: not while an earlier server's calls are carried out again,
            nor before, when the scenario makes what it makes each time.
    """

    def __init__(self, file: LineFile, is_open: Callable[[], bool]) -> None:
        self._file = file
        self._is_open = is_open
        self._line_count: int | None = None
        """None before anything was read or written."""
        self._enough_count = 0
        """The file is rewritten when it has so many lines."""
        self._rewriting: Rewriting | None = None
        self._unmatched_bytes = 0
        """So much was written for which nothing has been rewritten yet."""

    @property
    def is_open(self) -> bool:
        """Whether what is written now is kept."""
        return self._is_open()

    def put(self, key: str, value: object) -> None:
        """Keep a value in the place of all that stands under a key.

        Raises:
            ApiError: the disk is at fault.
        """
        self._append([_line("put", key, value)])

    def add(self, key: str, *values: object) -> None:
        """Keep values behind what stands under a key.

        Raises:
            ApiError: the disk is at fault.
        """
        self._append([_line("add", key, value) for value in values])

    def forget(self, key: str, count: int) -> None:
        """Keep the oldest values under a key no more.

        Raises:
            ApiError: the disk is at fault.
        """
        self._append([_line("forget", key, count)])

    def drop(self, key: str) -> None:
        """Keep nothing of what stands under a key.

        Raises:
            ApiError: the disk is at fault.
        """
        self._append([_line("drop", key, None)])

    def read(self, kind: type[T]) -> Iterator[tuple[str, T]]:
        """Yield what counts, as values of this type: by keys, in the order in which these came first.

        Raises:
            StorageError: the file cannot be read, or is none of ours.
        """
        for number, line in self._counting():
            try:
                _, key, value = read_line(line)
                yield key, decoded(value, kind)
            except ValueError as error:
                raise unreadable(self._file, number, error) from error

    def _append(self, lines: list[bytes]) -> None:
        if not lines or not self.is_open:
            return
        try:
            if self._line_count is None:
                self._counting()
            written = b"".join(lines)
            self._go_on_rewriting(len(written))
            self._file.append(written)
        except StorageError as error:
            raise ApiError("InternalFailure", str(error), status=500) from error
        self._line_count = (self._line_count or 0) + len(lines)

    def _counting(self) -> Counting:
        """Return the lines that count.

        Raises:
            StorageError: the file cannot be read, or is none of ours.
        """
        counting = Counting()
        counting.read(self._file, self._file.read())
        if self._line_count is None:
            self._line_count = counting.read_count
            self._enough_count = _twice(counting)
        return counting

    def _go_on_rewriting(self, size_bytes: int) -> None:
        """Do as much of the rewriting as what is about to be written asks for.

        Raises:
            StorageError: a file cannot be read or written.
        """
        if self._rewriting is None:
            if (self._line_count or 0) < self._enough_count:
                return
            self._rewriting, self._unmatched_bytes = Rewriting(self._file), PART_BYTES
        self._unmatched_bytes += size_bytes * STEPS_PER_PART
        while self._rewriting is not None and self._unmatched_bytes >= PART_BYTES:
            self._unmatched_bytes -= PART_BYTES
            self._step(self._rewriting)

    def _step(self, rewriting: Rewriting) -> None:
        try:
            is_done = rewriting.step()
        except StorageError:
            self._rewriting = None  # what is written next begins anew
            raise
        if is_done:
            counting, self._rewriting = rewriting.counting, None
            self._line_count = (self._line_count or 0) - counting.read_count + len(counting)
            self._enough_count = _twice(counting)


def _twice(counting: Counting) -> int:
    return max(2 * len(counting), _LINES_MIN)


def _line(verb: str, key: str, value: object) -> bytes:
    try:
        return b"[%b,%b,%b]\n" % (_encode(verb), _encode(key), _encode(value))
    except (UnicodeEncodeError, OverflowError):  # half of a character, or a number that only Python takes
        plain: Any = msgspec.to_builtins(value, enc_hook=str)
        return json.dumps([verb, key, plain]).encode() + b"\n"


def notebook_beside(database: Path, name: str) -> Path:
    """Return the file beside a database that is a notebook."""
    assert name in NOTEBOOKS, f"{name} is missing in the list"
    return database.with_name(f"{database.name}-{name}")
