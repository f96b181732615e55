"""What does a target get? The event, a constant, a part of the event, or a template filled from it; pure.

How templates are filled stands in `input_template`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.bus.event import BusEvent, to_json
from eventsim_sources.bus.json_path import Absent, Step, parse_path, value_at
from eventsim_sources.input_template import MISSING, NAMED, filled

PREDEFINED = (
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
)
"""Names that need no path."""

_PLACEHOLDER = NAMED


class Template(Struct, frozen=True, kw_only=True):
    """An input transformer, read.

    Attributes:
        text: with placeholders such as `<id>`.
        paths: name → where in the event its value stands.
    """

    text: str
    paths: Mapping[str, tuple[Step, ...]]

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
            return filled(self.template.text, _values(self.template, event, rule_arn, rule_name))
        return event.text


def read_template(text: str, paths: Mapping[str, str]) -> Template:
    """Read an input transformer.

    Raises:
        ValueError: a path cannot be read.
    """
    return Template(text=text, paths={name: parse_path(path) for name, path in paths.items()})


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
                    return MISSING

    return value
