"""What would work, what has no behaviour here, what is missing? The deploy report."""

from typing import Literal

from msgspec import Struct

from eventsim.template.inert import reason_of
from eventsim.template.stack import Stack, StackResource

Level = Literal["works", "inert", "missing"]


class Line(Struct, frozen=True, kw_only=True, gc=False):
    """What became of one resource.

    Attributes:
        level: `works`, `inert` (accepted without behaviour) or `missing` (not simulated).
        told: the name of one that works, the reason for the others.
    """

    logical_id: str
    type: str
    level: Level
    told: str


def lines_of(stack: Stack) -> list[Line]:
    """Return what became of each resource of a stack."""
    return [_line(resource) for resource in stack.resources.values()]


def _line(resource: StackResource) -> Line:
    made, declared = resource.made, resource.declared
    level: Level = "works"
    told = "" if made is None else (made.place[1] if made.place else _name_in(made.physical_id))
    if made is None or made.problem:
        level, told = "missing", made.problem if made is not None else resource.reason
    elif made.is_inert:
        level, told = "inert", reason_of(declared.type) or "it has no effect here"
    return Line(logical_id=declared.logical_id, type=declared.type, level=level, told=told)


def _name_in(physical_id: str) -> str:
    """Return the end of an ARN's or an address's path; a name may begin with a slash of its own."""
    return physical_id.rpartition("/")[2] if physical_id.startswith(("arn:", "https:")) else physical_id


def report_text(stack: Stack, *, width: int) -> str:
    """Return the report of one stack."""
    lines = lines_of(stack)
    count = {level: sum(line.level == level for line in lines) for level in ("works", "inert", "missing")}
    parts = [f"{count['works']} work", f"{count['inert']} without behaviour", f"{count['missing']} not simulated"]
    shown = ", ".join(part for part in parts if not part.startswith("0 "))
    text = [f"stack {stack.name}, from {stack.document.path.name}: {_counted(len(lines))}; {shown}"]
    working = [line for line in lines if line.level == "works" and line.type != _UNSHOWN]
    names = min(_NAME_CHARACTERS_MAX, max((len(line.logical_id) for line in working), default=0))
    types = max((len(_short(line.type)) for line in working), default=0)
    for line in working:
        row = f"  {_cut(line.logical_id, names):{names}}  {_short(line.type):{types}}  {line.told}"
        text.append(_cut(row, width).rstrip())
    text += [f"! {line.logical_id}  {_short(line.type)}: {line.told}" for line in lines if line.level == "missing"]
    text += _inert(lines)
    if stack.notes.lines:
        text += ["  notes", *(f"    {note}" for note in stack.notes.lines)]
    if stack.outputs:
        text += ["  outputs", *(f"    {output.name} = {output.value}" for output in stack.outputs.values())]
    return "\n".join(text) + "\n"


_NAME_CHARACTERS_MAX = 24
_UNSHOWN = "AWS::Lambda::Permission"
"""SAM makes so many of them that nothing else would be seen."""


def _inert(lines: list[Line]) -> list[str]:
    """Return one line for each reason why resources have no behaviour."""
    by_reason: dict[str, list[str]] = {}
    for line in lines:
        if line.level == "inert":
            by_reason.setdefault(line.told, []).append(line.logical_id)
    if not by_reason:
        return []
    return ["  without behaviour", *(f"    {', '.join(names)}: {reason}" for reason, names in by_reason.items())]


def _short(type_name: str) -> str:
    return type_name.removeprefix("AWS::")


def _counted(number: int) -> str:
    return f"{number} resource" if number == 1 else f"{number} resources"


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
