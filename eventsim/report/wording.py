"""How is an entry said in English? Instants, spans, amounts, and the sentence of a kind filled in."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from eventsim.trace import Entry, Kind

TEXT_SHOWN_MAX = 400
"""Longer values are cut: a story tells what happened, the trace file holds every byte."""
NAME_SHOWN_MAX = 48
SEQUENCE_SHOWN_MAX = 20

_US_PER_S = 1_000_000
_US_PER_DAY = 86_400 * _US_PER_S
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_KINDS_OF_TWO_WORDS = ("state machine ", "delivery stream ", "log group ")
_GENERATED_END = re.compile(r"-[A-Z0-9]{12,13}$")
_ONE_OF_MANY = re.compile(r"\b1 (message|record|environment|time|turn|throttle)s\b")
_UNITS = ((_US_PER_DAY, "day"), (3_600 * _US_PER_S, "hour"), (60 * _US_PER_S, "minute"), (_US_PER_S, "second"))


def instant(at_us: int) -> str:
    """Return an instant of the run as `00:02:00.100`, as `2d 03:00:00.000` after whole days.

    Microseconds are shown only where they are not whole milliseconds.
    """
    days, rest_us = divmod(at_us, _US_PER_DAY)
    seconds, us = divmod(rest_us, _US_PER_S)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f"{us:06d}" if us % 1_000 else f"{us // 1_000:03d}"
    clock = f"{hours:02d}:{minutes:02d}:{seconds:02d}.{fraction}"
    return f"{days}d {clock}" if days else clock


def span(span_us: int) -> str:
    """Return a span of time in the words people use: `250 ms`, `1.5 s`, `2 minutes`, `1 day 3 hours`."""
    if span_us < 1_000:
        return f"{span_us} µs"
    if span_us < _US_PER_S:
        return f"{_trimmed(span_us / 1_000)} ms"
    if span_us < 60 * _US_PER_S:
        return f"{_trimmed(span_us / _US_PER_S)} s"
    parts: list[str] = []
    rest_us = span_us
    for unit_us, name in _UNITS:
        count, rest_us = divmod(rest_us, unit_us)
        if count:
            parts.append(counted(count, name))
    if rest_us >= 1_000:
        parts.append(f"{_trimmed(rest_us / 1_000)} ms")
    return " ".join(parts)


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return `1 message`, `2 messages`, `1,000 entries`."""
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def dollars(amount: float) -> str:
    """Return an amount of money with three digits that count: `$0.00000021`, `$1.20`, `$1,200.00`."""
    if amount == 0:
        return "$0"
    if amount >= 0.1:
        return f"${amount:,.2f}"
    digits = 2 - int(f"{amount:e}".partition("e")[2])
    return f"${amount:.{digits}f}"


def printable(text: str) -> str:
    """Return text that cannot play tricks on a terminal: control characters are shown by their escapes."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else c.encode("unicode_escape").decode() for c in text
    )


def kind_and_name(subject: str) -> tuple[str, str]:
    """Return what kind of thing a subject is, and its name: `("state machine", "refund")`."""
    kind, _, name = subject.partition(" ")
    if subject.startswith(_KINDS_OF_TWO_WORDS):
        word, _, name = name.partition(" ")
        kind = f"{kind} {word}"
    return kind, name


def named(subject: str) -> str:
    """Return how people call a subject: `message m7`, `function resize`, `somebody outside`, `sqs.SendMessage`."""
    kind, _, name = subject.partition(" ")
    if kind == "operation":
        return name
    if kind != "caller":
        return subject
    if name == "outside":
        return "somebody outside"
    found = re.search(r":(function):([^:]+)|:(?:execution|express):(.+)", name)
    if found is None:
        return name
    return f"function {found[2]}" if found[1] else f"execution {found[3]}"


def sentence(entry: Entry, kind: Kind) -> str:
    """Return an entry as an English sentence, on one line, without its instant."""
    detail = entry.detail if isinstance(entry.detail, Mapping) else {}
    words = {**detail, "subject": named(entry.subject), "place": named(entry.place), "value": f"{entry.value:,}"}
    text = filled(kind.says, words).rstrip() or f"{words['subject']} {entry.kind}"
    if kind.value and "value" not in _PLACEHOLDER.findall(kind.says):
        text += f" ({_label(kind.value)} {_value(entry, kind)})"
    return shortened(printable(_ONE_OF_MANY.sub(r"1 \1", text)))


def filled(template: str, words: Mapping[str, Any]) -> str:
    """Return a template with its placeholders filled; a word that is missing is shown as `?`."""
    return _PLACEHOLDER.sub(lambda match: _shown(words.get(match[1], "?")), template)


def _label(value_name: str) -> str:
    """Return what a value is called beside its amount: `delay` for `delay_us`."""
    return re.sub(r"_(us|ms|s|bytes|mb)$", "", value_name).replace("_", " ")


def _value(entry: Entry, kind: Kind) -> str:
    name, value = kind.value, entry.value
    if name.endswith("at_us"):
        return instant(value)
    if name.endswith("_us"):
        return span(value)
    if name.endswith("_ms"):
        return span(value * 1_000)
    if name.endswith("_bytes"):
        return counted(value, "byte")
    return f"{value:,}"


def _shown(value: Any) -> str:
    if isinstance(value, str):
        lines = value.strip().splitlines() or [""]
        more = f" … ({counted(len(lines) - 1, 'more line')})" if len(lines) > 1 else ""
        return _without_middle(" ".join(lines[0].split())) + more
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(inner) for inner in value)
    return str(value)


def _without_middle(text: str) -> str:
    """Return a sequence number by its ends; whoever wants all of its digits finds them in the trace."""
    return f"{text[:2]}…{text[-8:]}" if len(text) > SEQUENCE_SHOWN_MAX and text.isdecimal() else text


def shortened(text: str, length_max: int = TEXT_SHOWN_MAX) -> str:
    """Return the text, cut with `…` where it is too long."""
    return text if len(text) <= length_max else text[: length_max - 1] + "…"


def shortened_name(name: str, length_max: int = NAME_SHOWN_MAX) -> str:
    """Return a name that fits: without the characters that CloudFormation put behind it, or cut in the middle.

    The beginning and the end of what people wrote tell most.
    """
    if len(name) > length_max:
        name = _GENERATED_END.sub("-…", name)
    if len(name) <= length_max:
        return name
    half = (length_max - 1) // 2
    return f"{name[:half]}…{name[-half:]}"


def _trimmed(amount: float) -> str:
    return f"{amount:.3f}".rstrip("0").rstrip(".")
