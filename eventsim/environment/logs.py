"""What does user code write into the log? Printed lines and records of `logging`, cut into log events.

Every function logs to a group; every environment has a stream in it. A printed line is an event, and so is a record of
`logging`, however many lines it has. What Lambda itself writes stands in `platform_log`.
"""

import json
import logging
import time
import traceback
from collections.abc import Callable
from typing import Any, Protocol

from eventsim.function.function import FunctionVersion
from eventsim.handler.strand import slot
from eventsim.limits import LOG_TAIL_BYTES


def log_stream_name(version: FunctionVersion, day: str, digits: str) -> str:
    """Return the name of an environment's stream (recorded).

    Args:
        day: the UTC day on which the environment started, as `2026/01/01`.
        digits: 32 hexadecimal digits.
    """
    is_custom = version.log_group not in ("", f"/aws/lambda/{version.function}")
    return f"{day}/{version.function if is_custom else ''}[{version.version}]{digits}"


def log_tail(log: str) -> bytes:
    """Return what `LogResult` carries before it is base64-encoded: the last 4 KB (recorded)."""
    return log.encode()[-LOG_TAIL_BYTES:]


def log_event(text: str) -> str:
    """Return what was logged as a log group has it: all but an unhandled error ends with a line break (recorded)."""
    is_error_block = text.startswith("[ERROR] ") and "\n" in text[:-1]
    return text.removesuffix("\n") if is_error_block else text


class LogStream:
    """Cuts what one environment writes into log events.

    Args:
        record: takes each event as soon as it is whole.
        shown: gives a text with the paths that it would have on AWS.
    """

    __slots__ = ("_partial", "_record", "_shown", "_texts", "away", "has_written", "heard", "is_closed")

    def __init__(self, record: Callable[[str], object], shown: Callable[[str], str]) -> None:
        self._record = record
        self.heard: Callable[[str], object] | None = None
        """Told of each event that is user code's own, if anybody wants to know."""
        self.away: Callable[[str], object] | None = None
        """Takes whole events in a process that user code has forked; the log is not there."""
        self._shown = shown
        self._partial: list[str] = []
        """Pieces of the line that is not at its end yet."""
        self._texts: list[str] = []
        self.has_written = False
        """Whether there is something to `take`: most invocations write nothing."""
        self.is_closed = False
        """Whether the process behind it is dead; nothing that it still writes is seen."""

    def write(self, text: str) -> None:
        """Take printed text: every line is an event."""
        if self._is_deaf():
            return
        self.has_written = True
        first, *others = text.split("\n")
        if first:
            self._partial.append(first)
        for following in others:
            line = "".join(self._partial)
            self._partial = [following] if following else []
            self._add(f"{line}\n")

    def emit(self, event: str) -> None:
        """Take one whole event."""
        if not event or self._is_deaf():
            return
        if self.away is not None:
            self.away(event)
            return
        self._flush()
        self._add(event)

    def note(self, event: str) -> None:
        """Take one whole event that is not user code's."""
        if event and not self.is_closed:
            self._flush()
            self._keep(event)

    def _is_deaf(self) -> bool:
        """Tell whether whoever writes is dead: the process, or the strand that does not know it yet."""
        return self.is_closed or ((strand := slot.strand) is not None and strand.is_killed)

    def take(self) -> str:
        """Return everything written since the last call, each event on lines of its own."""
        self._flush()
        self.has_written = False
        texts, self._texts = self._texts, []
        return "".join(text if text.endswith("\n") else f"{text}\n" for text in texts)

    def _flush(self) -> None:
        if self._partial:
            pieces, self._partial = self._partial, []
            self._add("".join(pieces))

    def _add(self, event: str) -> None:
        event = self._shown(event)
        if self.heard is not None:
            self.heard(event)
        self._keep(event)

    def _keep(self, event: str) -> None:
        self._texts.append(event)
        self.has_written = True
        self._record(event)


class Running(Protocol):
    """What runs in an environment now, as log records name it."""

    @property
    def request_id(self) -> str:
        """The id of its request, "" during init."""

    @property
    def tenant_id(self) -> str | None:
        """The tenant for whom it runs, None for none."""


class LambdaLoggerHandler(logging.Handler):
    """The handler that AWS's runtime puts on the root logger before it imports user code."""

    def __init__(self, stream: LogStream, running: Running) -> None:
        super().__init__()
        self._stream = stream
        self._running = running

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record as one event; an error in a record is the user's, as on AWS.

        Raises:
            UnicodeEncodeError: it holds half a character, which AWS's runtime cannot write either.
        """
        record.aws_request_id = self._running.request_id
        record.tenant_id = self._running.tenant_id
        event = self.format(record)
        event.encode()
        self._stream.emit(event)


def runtime_handler(version: FunctionVersion, stream: LogStream, running: Running) -> logging.Handler:
    """Return the root logger's handler for one environment."""
    handler = LambdaLoggerHandler(stream, running)
    handler.setFormatter(_json_formatter() if version.log_format == "JSON" else _text_formatter())
    return handler


def runtime_level(version: FunctionVersion) -> int:
    """Return the root logger's level: WARNING in the text format, what is configured in JSON."""
    if version.log_format == "Text":
        return logging.WARNING
    return {"TRACE": logging.NOTSET, "FATAL": logging.CRITICAL}.get(
        version.application_log_level
    ) or logging.getLevelNamesMapping().get(version.application_log_level, logging.NOTSET)


def _text_formatter() -> logging.Formatter:
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    return formatter


def _json_formatter() -> logging.Formatter:
    formatter = JsonFormatter(datefmt="%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    return formatter


_RECORD_MEMBERS = frozenset(
    {*vars(logging.makeLogRecord({})), "aws_request_id", "asctime", "message", "taskName", "tenant_id"}
)


class JsonFormatter(logging.Formatter):
    """Formats a record as one JSON object; what is absent is left out, what is `extra` is added."""

    def format(self, record: logging.LogRecord) -> str:
        error_type, error, frames = record.exc_info or (None, None, None)
        members: dict[str, Any] = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": logging.getLevelName(min(max(record.levelno, 0), logging.CRITICAL) // 10 * 10),
            "message": record.msg if isinstance(record.msg, dict) and not record.args else record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(frames) if record.exc_info else None,
            "errorType": error_type.__name__ if error_type is not None else None,
            "errorMessage": str(error) if error is not None else None,
            "requestId": getattr(record, "aws_request_id", None),
            "tenantId": getattr(record, "tenant_id", None),
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if record.exc_info else None,
        }
        for name, value in vars(record).items():
            if name not in _RECORD_MEMBERS and name not in members:
                members[name] = value
        present = {name: value for name, value in members.items() if value is not None}
        return json.dumps(present, ensure_ascii=False, default=str) + "\n"
