"""`eventsim pattern PATTERN EVENT`: does this pattern match this event, and why (not)?

Both are files. An answer is two lines: yes or no, and the key that decided. The exit code says the same.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eventsim.cli.exit_code import ExitCode
from eventsim.cli.output import say
from eventsim.errors import ConfigurationError
from eventsim.json_text import load_json
from eventsim.pattern import (
    BUS,
    POLLER,
    TOPIC_ATTRIBUTES,
    TOPIC_BODY,
    Dialect,
    Pattern,
    PatternError,
    compile_pattern,
)
from eventsim.report.wording import printable

DIALECTS: Mapping[str, Dialect] = {
    "bus": BUS,
    "mapping": POLLER,
    "topic": TOPIC_BODY,
    "topic-attributes": TOPIC_ATTRIBUTES,
}
FILE_BYTES_MAX = 10_000_000
"""Larger files are no patterns and no events."""

_STDIN = Path("-")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command line."""
    parser.add_argument("pattern", type=Path, metavar="PATTERN", help="the pattern, a JSON file")
    parser.add_argument("event", type=Path, metavar="EVENT", help="the event, a JSON file; - for standard input")
    parser.add_argument(
        "--dialect",
        choices=DIALECTS,
        default="bus",
        help="whose language: rules of a bus (if not given), filters of a mapping, filter policies of a topic",
    )


def carry_out(chosen: argparse.Namespace) -> int:
    """Match once, and say why."""
    dialect = DIALECTS[chosen.dialect]
    pattern = _compiled(chosen.pattern, dialect)
    try:
        explanation = pattern.explain(_event(chosen.event, dialect))
    except TypeError as error:  # message attributes that are none
        raise ConfigurationError(f"{chosen.event}: {error}") from None
    verdict, _, reason = str(explanation).partition(": ")
    say(f"{verdict}\n{printable(reason)}")
    return ExitCode.FINE if explanation.matched else ExitCode.EXPECTATION_FAILED


def _compiled(path: Path, dialect: Dialect) -> Pattern:
    try:
        return compile_pattern(_text(path), dialect)
    except PatternError as error:
        place = f"at {error.path}: " if error.path else ""
        raise ConfigurationError(f"{path} is no pattern: {place}{printable(error.reason)}") from None


def _event(path: Path, dialect: Dialect) -> Any:
    text = _text(path)
    try:
        event = load_json(text)
    except ValueError as error:
        raise ConfigurationError(f"{path} is not JSON: {error}") from None
    if not isinstance(event, dict):
        raise ConfigurationError(f'{path} is no event: an event is a JSON object, such as {{"source": "shop"}}')
    return event if dialect is TOPIC_ATTRIBUTES else text


def _text(path: Path) -> str:
    try:
        data = sys.stdin.buffer.read(FILE_BYTES_MAX + 1) if path == _STDIN else _read(path)
        if len(data) > FILE_BYTES_MAX:
            raise ConfigurationError(f"{path} has more than {FILE_BYTES_MAX:,} bytes")
        return data.decode()
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{path} is not UTF-8 text") from None


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(FILE_BYTES_MAX + 1)
