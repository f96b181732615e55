"""What stands at this path of an event? The dot notation of JSONPath that EventBridge reads; pure."""

import re
from collections.abc import Sequence
from typing import Any, Final

Step = str | int
"""A key, an index, or `*` as an index of its own."""

ALL: Final = -1
"""The step `[*]`: every element."""

_STEP = re.compile(r"\.([^.\[\]'\"]+)|\[(\d{1,9})\]|\[(\*)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")


class Absent(Exception):  # noqa: N818 - a fact, as the field says it
    """Nothing stands at the path."""


def parse_path(text: str) -> tuple[Step, ...]:
    """Read `$.detail.items[0].id`.

    Raises:
        ValueError: it is no path in dot notation.
    """
    if not text.startswith("$"):
        raise ValueError(f"{text!r} does not begin with `$`")
    steps: list[Step] = []
    at = 1
    while at < len(text):
        found = _STEP.match(text, at)
        if found is None:
            raise ValueError(f"{text!r} cannot be read from {text[at:]!r} on")
        key, index, every, *quoted = found.groups()
        steps.append(int(index) if index is not None else ALL if every else key or quoted[0] or quoted[1])
        at = found.end()
    return tuple(steps)


def value_at(document: Any, steps: Sequence[Step]) -> Any:
    """Return what stands there.

    Raises:
        Absent: nothing does.
    """
    for number, step in enumerate(steps):
        if step == ALL and isinstance(document, list):
            return [value_at(element, steps[number + 1 :]) for element in document]
        is_key = isinstance(step, str) and isinstance(document, dict) and step in document
        is_index = isinstance(step, int) and isinstance(document, list) and 0 <= step < len(document)
        if not is_key and not is_index:
            raise Absent
        document = document[step]
    return document
