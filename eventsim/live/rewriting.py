"""How does a notebook lose the lines that no longer count, while others are written into it? A few at a time.

What counts of the lines that stand there is written beside the file, then what has come meanwhile, as it came; then
that file takes the place of the old one, in one step. Nobody waits for all of it: whoever writes does a part, and
whoever is killed meanwhile leaves the old file.
"""

import json
from collections import deque
from collections.abc import Iterator
from itertools import chain
from typing import Any, TypeVar

import msgspec

from eventsim.errors import StorageError
from eventsim.live.lines import PART_BYTES, LineFile

T = TypeVar("T")

STEPS_PER_PART = 8
"""So many steps are done for each part that is written meanwhile: it has grown by a fifth when they are done."""

_decode = msgspec.json.Decoder(tuple[str, str, msgspec.Raw]).decode


class Counting:
    """The lines of a notebook that count, by key, with their numbers in the file."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[tuple[int, bytes]]] = {}
        self.read_count = 0

    def read(self, file: LineFile, lines: list[bytes]) -> None:
        """Go on with the next lines of a file.

        Raises:
            StorageError: one of them is none of ours.
        """
        for line in lines:
            self.read_count += 1
            try:
                self._take(line)
            except ValueError as error:
                raise unreadable(file, self.read_count, error) from error

    def _take(self, line: bytes) -> None:
        verb, key, value = read_line(line)
        match verb:
            case "put":
                self._lines[key] = deque([(self.read_count, line)])
            case "add":
                self._lines.setdefault(key, deque()).append((self.read_count, line))
            case "forget":
                lines = self._lines.get(key, deque())
                for _ in range(min(decoded(value, int), len(lines))):
                    lines.popleft()
            case _:
                self._lines.pop(key, None)

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Yield what counts: by keys, in the order in which these came first."""
        yield from chain.from_iterable(self._lines.values())


class Rewriting:
    """The rewriting of one file, step by step.

    Attributes:
        counting: what counted of the lines that were read.
    """

    def __init__(self, file: LineFile) -> None:
        self.counting = Counting()
        self._steps = self._work(file)

    def step(self) -> bool:
        """Do as much as a part of the file asks for, which takes a moment; return whether that was all.

        Raises:
            StorageError: a file cannot be read or written; the old one is as it was.
        """
        done_bytes = 0
        for size_bytes in self._steps:
            done_bytes += size_bytes
            if done_bytes >= PART_BYTES:
                return False
        return True

    def _work(self, file: LineFile) -> Iterator[int]:
        """Rewrite a file, and yield again and again how many bytes were read or written."""
        place, end = 0, file.size_bytes
        while place < end:
            lines = file.read_part(place)
            self.counting.read(file, lines)
            place += (size_bytes := sum(map(len, lines)))
            yield size_bytes
        beside = file.beside()
        beside.delete()
        for part in _parts(self.counting):
            beside.append(part)
            yield len(part)
        while part := b"".join(file.read_part(place)):
            beside.append(part)
            place += len(part)
            yield len(part)
        file.replace_by(beside)


def _parts(counting: Counting) -> Iterator[bytes]:
    """Yield what counts in parts; an empty one, too, so that there is a file in any case."""
    part, size_bytes = list[bytes](), 0
    for _, line in counting:
        part.append(line)
        size_bytes += len(line)
        if size_bytes >= PART_BYTES:
            yield b"".join(part)
            part, size_bytes = [], 0
    yield b"".join(part)


def read_line(line: bytes) -> tuple[str, str, Any]:
    """Return verb, key and value, which need not be read yet."""
    try:
        return _decode(line)
    except msgspec.DecodeError:
        verb, key, value = json.loads(line)
        return verb, key, value


def decoded(value: Any, kind: type[T]) -> T:
    """Return the value of a line as this type."""
    if isinstance(value, msgspec.Raw):
        return msgspec.json.decode(value, type=kind, dec_hook=_made_of)
    return msgspec.convert(value, kind, dec_hook=_made_of)


def _made_of(kind: type[Any], text: str) -> Any:
    """Return a path that was written down."""
    return kind(text)


def unreadable(file: LineFile, number: int, error: Exception) -> StorageError:
    """Return what to say of a line that is none."""
    return StorageError(f"{file.path}:{number} cannot be read: {error}. Delete the line to go on without what it says")
