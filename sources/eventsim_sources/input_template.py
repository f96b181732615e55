"""How is a template of EventBridge filled in? Rules and pipes quote alike; pure.

The quoting is recorded. A template that begins with `{` is JSON: outside quotes a value stands as JSON, inside quotes
as raw text. Any other template is text and must stand in double quotes, which are delivered with it; values in it lose
their quotes. What comes out must be JSON (or lines in quotes), or nothing is delivered.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from eventsim_sources.bus.event import from_json, to_json

NAMED: Final = re.compile(r"<([\w.\-]+)>")
_QUOTED_LINE = re.compile(r'\s*".*"\s*', re.DOTALL)

MISSING: Final = object()
"""There is no value."""


class UnfitInput(Exception):  # noqa: N818 - a fact, as the field says it
    """The filled template is no JSON; the target gets nothing."""


def filled(template: str, value: Callable[[str], Any], placeholder: re.Pattern[str] = NAMED) -> str:
    """Return a template with its placeholders filled in.

    Args:
        value: gives the value of a placeholder, `MISSING` if there is none.
        placeholder: what stands for a value; its group is the name.

    Raises:
        UnfitInput: it makes no JSON.
    """
    if template.lstrip().startswith("{"):
        text = _fill_json(template, value, placeholder)
        try:
            return to_json(from_json(text))
        except ValueError as error:
            raise UnfitInput(f"the input template makes no JSON: {error}") from None
    text = placeholder.sub(lambda found: _plain(value(found[1])), template)
    if all(_QUOTED_LINE.fullmatch(line) for line in template.splitlines() if line.strip()):
        return text
    try:
        return to_json(from_json(text))
    except ValueError:
        raise UnfitInput("the input template is text, and text must stand in double quotes") from None


def _fill_json(text: str, value: Callable[[str], Any], placeholder: re.Pattern[str]) -> str:
    parts: list[str] = []
    is_quoted = False
    at = 0
    while at < len(text):
        found = placeholder.match(text, at)
        if found is not None:
            parts.append(_in_quotes(value(found[1])) if is_quoted else _as_json(value(found[1])))
            at = found.end()
            continue
        step = 2 if is_quoted and text[at] == "\\" else 1
        is_quoted ^= text[at] == '"'
        parts.append(text[at : at + step])
        at += step
    return "".join(parts)


def _as_json(value: Any) -> str:
    return '""' if value is MISSING else to_json(value)


def _in_quotes(value: Any) -> str:
    if value is MISSING:
        return ""
    return value if isinstance(value, str) else to_json(value)


def _plain(value: Any) -> str:
    """Return a value as text has it: nothing in it keeps its quotes."""
    if value is MISSING:
        return ""
    return value if isinstance(value, str) else to_json(value).replace('"', "")
