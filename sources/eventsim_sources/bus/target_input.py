"""What does a target get? The event, a constant, a part of the event, or a template filled from it; pure.

The quoting of templates is recorded. A template that begins with `{` is JSON: outside quotes a value stands as JSON,
inside quotes as raw text. Any other template is text and must stand in double quotes, which are delivered with it;
values in it lose their quotes. What comes out must be JSON (or lines in quotes), or nothing is delivered.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.bus.event import BusEvent, from_json, to_json
from eventsim_sources.bus.json_path import Absent, Step, parse_path, value_at

PREDEFINED = (
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
)
"""Names that need no path."""

_PLACEHOLDER = re.compile(r"<([\w.\-]+)>")
_QUOTED_LINE = re.compile(r'\s*".*"\s*', re.DOTALL)


class UnfitInput(Exception):  # noqa: N818 - a fact, as the field says it
    """The filled template is no JSON; the target gets nothing."""


class Template(Struct, frozen=True, kw_only=True):
    """An input transformer, read.

    Attributes:
        text: with placeholders such as `<id>`.
        paths: name → where in the event its value stands.
    """

    text: str
    paths: Mapping[str, tuple[Step, ...]]

    @property
    def is_json(self) -> bool:
        """Whether what comes out is a JSON object."""
        return self.text.lstrip().startswith("{")

    def unknown(self) -> str:
        """Return the first placeholder that nobody fills, "" if there is none."""
        names = _PLACEHOLDER.findall(self.text)
        return next((name for name in names if name not in self.paths and name not in PREDEFINED), "")


class TargetInput(Struct, frozen=True, kw_only=True):
    """What a rule's target asks for; at most one member is there.

    Attributes:
        constant: JSON text.
        path: a part of the event.
    """

    constant: str | None = None
    path: tuple[Step, ...] | None = None
    template: Template | None = None

    def of(self, event: BusEvent, *, rule_arn: str, rule_name: str) -> str:
        """Return what the target gets.

        Raises:
            UnfitInput: nothing, because the template does not make JSON of this event.
        """
        if self.constant is not None:
            return self.constant
        if self.path is not None:
            try:
                return to_json(value_at(event.document, self.path))
            except Absent:
                return "null"  # unconfirmed
        if self.template is not None:
            return _filled(self.template, _values(self.template, event, rule_arn, rule_name))
        return event.text


def read_template(text: str, paths: Mapping[str, str]) -> Template:
    """Read an input transformer.

    Raises:
        ValueError: a path cannot be read.
    """
    return Template(text=text, paths={name: parse_path(path) for name, path in paths.items()})


_MISSING = object()


def _values(template: Template, event: BusEvent, rule_arn: str, rule_name: str) -> Callable[[str], Any]:
    def value(name: str) -> Any:
        match name:
            case "aws.events.rule-arn":
                return rule_arn
            case "aws.events.rule-name":
                return rule_name
            case "aws.events.event.ingestion-time":
                return event.ingested_at
            case "aws.events.event.json":
                return event.document
            case "aws.events.event":  # without its detail, and one member renamed (recorded)
                names = {"detail-type": "detailType"}
                return {names.get(key, key): each for key, each in event.document.items() if key != "detail"}
            case _:
                try:
                    return value_at(event.document, template.paths[name])
                except Absent:
                    return _MISSING

    return value


def _filled(template: Template, value: Callable[[str], Any]) -> str:
    if template.is_json:
        text = _fill_json(template.text, value)
        try:
            return to_json(from_json(text))
        except ValueError as error:
            raise UnfitInput(f"the input template makes no JSON: {error}") from None
    text = _PLACEHOLDER.sub(lambda found: _plain(value(found[1])), template.text)
    if all(_QUOTED_LINE.fullmatch(line) for line in template.text.splitlines() if line.strip()):
        return text
    try:
        return to_json(from_json(text))
    except ValueError:
        raise UnfitInput("the input template is text, and text must stand in double quotes") from None


def _fill_json(text: str, value: Callable[[str], Any]) -> str:
    parts: list[str] = []
    is_quoted = False
    at = 0
    while at < len(text):
        found = _PLACEHOLDER.match(text, at)
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
    return '""' if value is _MISSING else to_json(value)


def _in_quotes(value: Any) -> str:
    if value is _MISSING:
        return ""
    return value if isinstance(value, str) else to_json(value)


def _plain(value: Any) -> str:
    """Return a value as text has it: nothing in it keeps its quotes."""
    if value is _MISSING:
        return ""
    return value if isinstance(value, str) else to_json(value).replace('"', "")
