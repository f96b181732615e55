"""How does it look on a terminal? Headings, lines that wrap under themselves, tables that fit."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence

WIDTH_MIN, WIDTH_MAX, WIDTH_DEFAULT = 60, 100, 80
NAME_CHARACTERS_MAX = 32


def fitting_width(columns: int) -> int:
    """Return how wide to write on a terminal with this many columns."""
    return max(WIDTH_MIN, min(columns, WIDTH_MAX))


def wrapped(text: str, width: int, *, first: str = "", rest: str | None = None) -> str:
    """Return text in lines of a width; the first begins with `first`, the others with `rest`."""
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first) if rest is None else rest,
        break_on_hyphens=False,
    )
    return "\n".join(lines) or first.rstrip()


def section(heading: str, lines: Iterable[str]) -> str:
    """Return a heading with lines below it, "" if there are none."""
    body = [line for line in lines if line]
    return "\n".join([heading, *body, ""]) if body else ""


def table(rows: Mapping[str, Mapping[str, int]], width: int) -> list[str]:
    """Return a table: a line for each name, a column for each number; if it is too wide, sentences.

    Headings of two words stand on two lines.
    """
    columns = list(dict.fromkeys(column for numbers in rows.values() for column in numbers))
    heads = [column.replace("_", " ").rsplit(" ", 1) for column in columns]
    cells = {name: [f"{numbers.get(column, 0):,}" for column in columns] for name, numbers in rows.items()}
    names = {name: _cut(name) for name in rows}
    widths = [
        max(*(len(word) for word in head), *(len(row[at]) for row in cells.values())) for at, head in enumerate(heads)
    ]
    name_width = max(map(len, names.values()), default=0)
    if 2 + name_width + sum(2 + width for width in widths) > width:
        return _sentences(rows, names, name_width, width)
    lines = []
    if any(len(head) > 1 for head in heads):
        lines.append(_row("", [head[0] if len(head) > 1 else "" for head in heads], name_width, widths))
    lines.append(_row("", [head[-1] for head in heads], name_width, widths))
    lines += [_row(names[name], row, name_width, widths) for name, row in cells.items()]
    return lines


def _row(name: str, cells: Sequence[str], name_width: int, widths: Sequence[int]) -> str:
    numbers = "".join(f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return f"  {name:<{name_width}}{numbers}".rstrip()


def _sentences(
    rows: Mapping[str, Mapping[str, int]], names: Mapping[str, str], name_width: int, width: int
) -> list[str]:
    lines = []
    for name, numbers in rows.items():
        said = ", ".join(f"{column.replace('_', ' ')} {number:,}" for column, number in numbers.items() if number)
        lines.append(wrapped(said or "nothing", width, first=f"  {names[name]:<{name_width}}  "))
    return lines


def _cut(name: str) -> str:
    return name if len(name) <= NAME_CHARACTERS_MAX else name[: NAME_CHARACTERS_MAX - 1] + "…"
