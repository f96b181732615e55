"""What does the next line of an event file say? JSON Lines, CSV or plain text, read as the run goes on."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import msgspec

from eventsim.errors import ConfigurationError

SUFFIXES = (".jsonl", ".ndjson", ".csv", ".txt")


class Lines:
    """A file with one event a line; only the current line is in memory.

    Attributes:
        text: the current line as JSON (a CSV line becomes an object) or, of a plain text file, as it is.
        number: its number in the file.
    """

    def __init__(self, path: Path, *, key: str = "") -> None:
        """Look at the file.

        Raises:
            ConfigurationError: it is not there or not of a known kind; `key` is carried along.
        """
        if path.suffix not in SUFFIXES:
            raise ConfigurationError(f"{path.name}: the kind of file is not known; use {', '.join(SUFFIXES)}", key=key)
        if not path.is_file():
            raise ConfigurationError(f"there is no file {path}", key=key)
        self.text = ""
        self.number = 0
        self._path = path
        self._key = key
        self._file: IO[str] | None = None
        self._rows: Iterator[tuple[int, str, Any]] | None = None
        self._value: Any = None

    def advance(self) -> bool:
        """Go to the next line; False when there is none."""
        if self._rows is None:
            self._file = self._path.open(encoding="utf-8-sig", newline="")
            self._rows = self._read(self._file)
        try:
            row = next(self._rows, None)
        except (csv.Error, UnicodeDecodeError, OSError) as error:
            raise self.wrong(f"cannot be read: {error}") from None
        if row is None:
            self.close()
            return False
        self.number, self.text, self._value = row
        return True

    @property
    def value(self) -> object:
        """The current line as data."""
        return self._value

    def field(self, name: str) -> object:
        """Return a field of the current line.

        Raises:
            ConfigurationError: it has none of this name.
        """
        if isinstance(self._value, Mapping) and name in self._value:
            return self._value[name]
        raise self.wrong(f"has no field `{name}`")

    def has_field(self, name: str) -> bool:
        """Tell whether the current line has a field."""
        return isinstance(self._value, Mapping) and name in self._value

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _read(self, file: IO[str]) -> Iterator[tuple[int, str, Any]]:
        if self._path.suffix == ".csv":
            return self._read_csv(file)
        return self._read_text(file) if self._path.suffix == ".txt" else self._read_json(file)

    def _read_json(self, file: IO[str]) -> Iterator[tuple[int, str, Any]]:
        decode = msgspec.json.decode
        for number, line in enumerate(file, 1):
            text = line.strip()
            if text:
                try:
                    value = decode(text)
                except msgspec.DecodeError as error:
                    self.number = number
                    raise self.wrong(f"is not JSON: {error}") from None
                yield number, text, value

    def _read_text(self, file: IO[str]) -> Iterator[tuple[int, str, Any]]:
        for number, line in enumerate(file, 1):
            text = line.rstrip("\r\n")
            yield number, text, text

    def _read_csv(self, file: IO[str]) -> Iterator[tuple[int, str, Any]]:
        reader = csv.reader(file, strict=True)
        names = next(reader, [])
        for cells in reader:
            self.number = reader.line_num
            if cells:
                if len(cells) != len(names):
                    raise self.wrong(f"has {len(cells)} cells, but the first line names {len(names)}")
                row = dict(zip(names, cells, strict=True))
                yield reader.line_num, msgspec.json.encode(row).decode(), row

    def wrong(self, message: str) -> ConfigurationError:
        """Return an error about the current line."""
        return ConfigurationError(f"{self._path.name}:{self.number} {message}", key=self._key)
