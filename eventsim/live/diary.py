"""What did the last server make that no database mirrors? It wrote the calls down, and this one carries them out again.

Topics, rules, schedules, state machines, APIs, secrets: they come of the calls that made and changed them. A line holds
all that decides what comes of a call: its parameters, the instant, and the luck it had. Carried out again in the same
order, each makes the same thing as before, with the same ids, ARNs and dates. Time stands still during a call, so
that all of its dates follow from the one instant. A call is answered once its line is written.

What the scenario makes is not written down: it is there before, and calls that it has made needless are passed over.
"""

import base64
import json
import logging
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from eventsim.api import Operation, Request
from eventsim.chance import Tape
from eventsim.clock import Clock
from eventsim.errors import ApiError, NotSimulated, StorageError
from eventsim.live.abridge import Subject, abridged, names_in, subject_of
from eventsim.live.lines import LineFile
from eventsim.source import About

_READING = ("BatchGet", "Check", "Describe", "Export", "Filter", "Get", "List", "Test", "Validate")
_MICROSECOND = timedelta(microseconds=1)

_LINES_MIN = 1_000
"""A file with fewer lines is not worth abridging."""

_log = logging.getLogger(__name__)


class Diary:
    """The calls of one world, in a file with a line for each.

    Args:
        tape: what the world's luck goes over.
        standing_at: has time stand still at an instant.
    """

    def __init__(
        self,
        file: LineFile,
        *,
        clock: Clock,
        tape: Tape,
        standing_at: Callable[[int], AbstractContextManager[None]],
    ) -> None:
        self._file = file
        self._clock = clock
        self._tape = tape
        self._standing_at = standing_at
        self._of_scenario: set[str] = set()
        """Names of what the scenario makes each time."""
        self._line_count = 0
        self._enough_count = _LINES_MIN
        """The file is abridged when it has so many lines."""
        self._is_open = False
        self._is_in_call = False

    def over(
        self,
        operations: Mapping[str, Operation],
        *,
        but: Collection[str],
        about: Mapping[str, About] = MappingProxyType({}),
    ) -> Mapping[str, Operation]:
        """Return operations that answer once they are written down, but for those that read and those named."""
        return {
            name: operation
            if name in but or name.startswith(_READING)
            else partial(self._carry_out, operation, about.get(name))
            for name, operation in operations.items()
        }

    def _carry_out(self, operation: Operation, about: About | None, request: Request) -> Any:
        if not self._is_open or self._is_in_call:
            return self._carry_out_only(operation, about, request)
        at_us, tape = self._clock.now_us, self._tape
        self._is_in_call, tape.drawn = True, []
        try:
            with self._standing_at(at_us):
                result = operation(request)
            subject = subject_of(about, request.service, request.operation, request.parameters, result)
            self._write(self._line(request, at_us, tape.drawn, subject))
        finally:
            self._is_in_call, tape.drawn = False, None
        return result

    def _carry_out_only(self, operation: Operation, about: About | None, request: Request) -> Any:
        """Carry out a call that is not written down; before a server goes on, it is the scenario that makes things."""
        result = operation(request)
        if not self._is_open and not self._clock.is_bygone:
            subject = subject_of(about, request.service, request.operation, request.parameters, result)
            self._of_scenario |= names_in(subject)
        return result

    # --- writing ---------------------------------------------------------------------------------------

    def _line(self, request: Request, at_us: int, luck: list[object], subject: Subject) -> bytes:
        call = {
            "at": self._clock.date(at_us).isoformat(timespec="microseconds"),
            "service": request.service,
            "operation": request.operation,
            "region": request.region,
            "parameters": _plain(request.parameters),
            "luck": luck,
            "about": msgspec.to_builtins(subject),
        }
        return json.dumps(call).encode() + b"\n"

    def _write(self, line: bytes) -> None:
        """Write a line whole or not at all.

        Raises:
            ApiError: it cannot be written.
        """
        try:
            if self._line_count >= self._enough_count:
                self._abridge(self._file.read())
            self._file.append(line)
        except StorageError as error:
            raise ApiError("InternalFailure", str(error), status=500) from error
        self._line_count += 1

    def _abridge(self, lines: list[bytes]) -> list[bytes]:
        """Forget calls that need no carrying out again, and return the others.

        Raises:
            StorageError: the file cannot be rewritten; it is as it was.
        """
        left = abridged(lines, lasting=self._of_scenario)
        if len(left) < len(lines):
            self._file.rewrite(left)
        self._line_count = len(left)
        self._enough_count = max(2 * len(left), _LINES_MIN)
        return left

    # --- reading ---------------------------------------------------------------------------------------

    def resume(self, call: Callable[..., object], *, of_scenario: Collection[str] = ()) -> None:
        """Carry out again what an earlier server did, and write down what is done from now on.

        Args:
            call: carries out an operation of the world.
            of_scenario: names of what the scenario has made before.

        Raises:
            StorageError: the file cannot be read, or is none of ours.
        """
        self._of_scenario.update(of_scenario)
        for number, line in enumerate(self._lines(), start=1):
            try:
                kept = json.loads(line, object_hook=_unmarked)
                at_us = (datetime.fromisoformat(kept["at"]) - self._clock.start_at) // _MICROSECOND
                name = kept["service"], kept["operation"]
                self._tape.rewind(kept["luck"])
                with self._standing_at(at_us):
                    call(*name, kept["parameters"], region=kept["region"], is_checked=True)
            except (ApiError, NotSimulated) as error:
                _log.warning("%s:%d: the call of %s is passed over: %s", self._file.path, number, ".".join(name), error)
            except (ValueError, KeyError, TypeError) as error:
                raise StorageError(
                    f"{self._file.path}:{number} cannot be read: {error}. Delete the line to go on without that call"
                ) from error
        self._tape.rewind(())
        self._is_open = True

    def _lines(self) -> list[bytes]:
        """Return the calls to be carried out again."""
        lines = self._file.read()
        self._line_count = len(lines)
        try:
            return lines if len(lines) < _LINES_MIN else self._abridge(lines)
        except ValueError:
            return lines  # one is damaged, and whoever carries it out says which


def _plain(value: Any) -> Any:
    """Return a parameter as JSON can hold it: what JSON does not have is marked, and what looks like a mark."""
    match value:
        case bytes() | bytearray():
            return {"$bytes": base64.b64encode(value).decode()}
        case datetime():
            return {"$date": value.isoformat()}
        case Mapping() if any(name.startswith("$") for name in value):
            return {"$pairs": [[name, _plain(each)] for name, each in value.items()]}
        case Mapping():
            return {name: _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value


def _unmarked(found: dict[str, Any]) -> object:
    """Return what was marked, as it was."""
    match found:
        case {"$bytes": text}:
            return base64.b64decode(text)
        case {"$date": text}:
            return datetime.fromisoformat(text)
        case {"$pairs": pairs}:
            return dict(pairs)
        case _:
            return found


def diary_beside(database: Path) -> Path:
    """Return the file beside a database in which calls are written down."""
    return database.with_name(f"{database.name}-calls")
