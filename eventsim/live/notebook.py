"""What did the last server know that is neither in a table nor made by a call? It wrote it down under keys.

A line puts a value in the place of all that stood under its key, adds one behind that, forgets the oldest, or drops the
key. What counts at the end is what the next server reads. Whenever the file has become twice as long as what counted
the last time, it is rewritten with what counts: so its length follows what there is, not what has ever been.
"""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from eventsim.errors import ApiError, StorageError
from eventsim.live.lines import LineFile

T = TypeVar("T")

NOTEBOOKS: Final = ("archives", "executions", "logs", "metrics", "stacks")
"""All that there are: each is a file beside the database."""

_LINES_MIN = 1_000
"""A file with fewer lines is not worth a rewriting."""

_encode = msgspec.json.Encoder(enc_hook=str).encode
_decode = msgspec.json.Decoder(tuple[str, str, msgspec.Raw]).decode

_Counting = dict[str, list[tuple[int, bytes]]]
"""The lines that count, with their numbers in the file, by key."""


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
        for key, lines in self._counting().items():
            for number, line in lines:
                try:
                    yield key, _decoded(_read_line(line)[2], kind)
                except ValueError as error:
                    raise self._unreadable(number, error) from error

    def _append(self, lines: list[bytes]) -> None:
        if not lines or not self.is_open:
            return
        try:
            if self._line_count is None:
                self._counting()
            elif self._line_count + len(lines) > self._enough_count:
                self._rewrite(self._counting())
            self._file.append(b"".join(lines))
        except StorageError as error:
            raise ApiError("InternalFailure", str(error), status=500) from error
        self._line_count = (self._line_count or 0) + len(lines)

    def _counting(self) -> _Counting:
        """Return the lines that count, with their numbers in the file, by key.

        Raises:
            StorageError: the file cannot be read, or is none of ours.
        """
        counting: _Counting = {}
        lines = self._file.read()
        for number, line in enumerate(lines, start=1):
            try:
                verb, key, value = _read_line(line)
            except ValueError as error:
                raise self._unreadable(number, error) from error
            match verb:
                case "put":
                    counting[key] = [(number, line)]
                case "add":
                    counting.setdefault(key, []).append((number, line))
                case "forget":
                    counting[key] = counting.get(key, [])[_decoded(value, int) :]
                case _:
                    counting.pop(key, None)
        if self._line_count is None:
            self._line_count = len(lines)
            self._enough_count = _twice(counting)
        return counting

    def _rewrite(self, counting: _Counting) -> None:
        self._file.rewrite(line for lines in counting.values() for _, line in lines)
        self._line_count = sum(map(len, counting.values()))
        self._enough_count = _twice(counting)

    def _unreadable(self, number: int, error: Exception) -> StorageError:
        return StorageError(
            f"{self._file.path}:{number} cannot be read: {error}. Delete the line to go on without what it says"
        )


def _twice(counting: _Counting) -> int:
    return max(2 * sum(map(len, counting.values())), _LINES_MIN)


def _line(verb: str, key: str, value: object) -> bytes:
    try:
        return b"[%b,%b,%b]\n" % (_encode(verb), _encode(key), _encode(value))
    except (UnicodeEncodeError, OverflowError):  # half of a character, or a number that only Python takes
        plain: Any = msgspec.to_builtins(value, enc_hook=str)
        return json.dumps([verb, key, plain]).encode() + b"\n"


def _read_line(line: bytes) -> tuple[str, str, Any]:
    """Return verb, key and value, which need not be read yet."""
    try:
        return _decode(line)
    except msgspec.DecodeError:
        verb, key, value = json.loads(line)
        return verb, key, value


def _decoded(value: Any, kind: type[T]) -> T:
    if isinstance(value, msgspec.Raw):
        return msgspec.json.decode(value, type=kind, dec_hook=_made_of)
    return msgspec.convert(value, kind, dec_hook=_made_of)


def _made_of(kind: type[Any], text: str) -> Any:
    """Return a path that was written down."""
    return kind(text)


def notebook_beside(database: Path, name: str) -> Path:
    """Return the file beside a database that is a notebook."""
    assert name in NOTEBOOKS, f"{name} is missing in the list"
    return database.with_name(f"{database.name}-{name}")
