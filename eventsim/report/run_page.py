"""How does a run look? One page for the browser that holds all it needs: tracks over time, and every entry in words.

Without a script the page shows the tracks, and tells of each shape on hovering. `run_page.js` makes it answer: who
clicks on something, or asks for a name, sees what happened there and what led to it; a slider moves the clock.
"""

import math
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from itertools import accumulate, pairwise
from string import Template

import msgspec

from eventsim.report.index import BATCHES
from eventsim.report.saved import Happenings, Heading
from eventsim.report.timeline import Mark, Stay, Timeline, Track, track_of
from eventsim.report.troubles import find_troubles, is_trouble
from eventsim.report.wording import counted, instant, kind_and_name, named, printable, sentence, shortened_name, span

TOP, STRIP, ROW, FOOT = 36, 18, 13, 14
"""Heights in pixels: of the axis, of a track's marks, of a row of stays, of the space below a track."""
NAMES_WIDTH = 224
NAME_CHARACTERS_MAX = 28
"""So many capitals, as in generated names, fit beside a track."""
MARGIN = 42
"""Left of the first column and right of the last one: half of an instant's label fits."""
CHARACTER_WIDTH, LABEL_GAP = 6.5, 8
WIDTH_MIN = 1_060
"""Runs of few instants are stretched to this."""
STEP_WIDTH = 3.0
DECADE_WIDTH = 6.0
"""Columns are a step apart, and so much more for each power of ten, in units of 100 µs, that the clock jumped."""
JUMP_US = 1_000_000
"""Jumps at least so long are shaded."""


def run_page(heading: Heading, happenings: Happenings, drawn: Timeline) -> str:
    """Return a run as a page.

    Args:
        heading: what is said of the run.
        happenings: the whole run; what went wrong is told of all of it.
        drawn: the part of it that is shown.
    """
    xs = positions(drawn.instants_us) if drawn.entries else []
    return Template(_asset("html")).substitute(
        title=escape(printable(heading.scenario) or "a run"),
        style=_asset("css"),
        facts=_facts(heading, drawn),
        troubles=_troubles(happenings),
        chart=_chart(drawn, xs) if drawn.entries else _no_chart(heading),
        data=_data(drawn, xs),
        script=_asset("js"),
    )


def _asset(kind: str) -> str:
    return files("eventsim.report").joinpath(f"run_page.{kind}").read_text(encoding="utf-8")


# --- the head ----------------------------------------------------------------------------------------------


def _facts(heading: Heading, drawn: Timeline) -> str:
    shown = counted(len(drawn.entries), "entry", "entries")
    if len(drawn.entries) < heading.entries:
        instants = drawn.instants_us
        part = f", {instant(instants[0])} to {instant(instants[-1])}" if instants else ""
        shown += f" of {heading.entries:,}{part} (<code>since</code> and <code>until</code> choose another part)"
    began = f"{heading.start:%Y-%m-%d %H:%M:%S} UTC"
    return f"seed {heading.seed} · times count from {began} · {shown}<br>digest <code>{escape(heading.digest)}</code>"


def _no_chart(heading: Heading) -> str:
    """Return what stands in place of the tracks."""
    return f'<p class="empty">Nothing happened{" in this part of the run" if heading.entries else ""}.</p>'


def _troubles(happenings: Happenings) -> str:
    """Return what went wrong, each with the first to whom it happened."""
    lines = []
    for trouble in find_troubles(happenings):
        first = trouble.first
        who = first.subject or first.place
        lines.append(
            f"<li>{trouble.count:,} × {escape(printable(named(trouble.place)))}: {escape(trouble.says)} – "
            f'<button data-who="{escape(who)}">{escape(printable(named(who)))}</button>'
            f" at {instant(first.at_us)}</li>\n"
        )
    return f"<details open><summary>What went wrong</summary><ul>\n{''.join(lines)}</ul></details>\n" if lines else ""


# --- the tracks ---------------------------------------------------------------------------------------------


def _chart(drawn: Timeline, xs: Sequence[float]) -> str:
    tops = _tops(drawn.tracks)
    height, width = tops[-1], xs[-1] + MARGIN
    says = {entry.number: entry for entry in drawn.entries}

    def title(numbers: Sequence[int]) -> str:
        first = says[numbers[0]]
        more = f" … and {len(numbers) - 1:,} more" if len(numbers) > 1 else ""
        return escape(f"{instant(first.at_us)} {sentence(first, drawn.kinds[first.kind])}{more}")

    shapes: list[str] = []
    for track, top in zip(drawn.tracks, tops, strict=False):
        shapes += (_stay(stay, xs, top + STRIP) for stay in track.stays)
        shapes += (_mark(mark, xs, top, title(mark.numbers)) for mark in track.marks)
    return (
        f'<div id="chart"><svg id="names" width="{NAMES_WIDTH}" height="{height}">{"".join(_names(drawn, tops))}</svg>'
        f'<div id="scroll"><svg id="tracks" width="{width:.0f}" height="{height}" role="img" '
        f'aria-label="tracks over time; the same entries stand below in words">\n'
        f"{''.join(_axis(drawn, xs, height))}{''.join(_stripes(tops, width))}"
        f'<clipPath id="past"><rect x="0" y="0" width="{width:.0f}" height="{height}"/></clipPath>\n'
        f'<g clip-path="url(#past)">\n{"".join(shapes)}</g><polyline id="way"/>'
        f'<line id="hand" y1="0" y2="{height}"/></svg></div></div>\n'
    )


def positions(instants_us: Sequence[int]) -> list[float]:
    """Return where each column stands: as far from the one before as the logarithm of the jump between them says."""
    steps = [
        STEP_WIDTH + DECADE_WIDTH * math.log10(1 + (at_us - before_us) / 100)
        for before_us, at_us in pairwise(instants_us)
    ]
    stretch = max(1.0, (WIDTH_MIN - 2 * MARGIN) / sum(steps)) if steps else 1.0
    return [round(x, 1) for x in accumulate((step * stretch for step in steps), initial=MARGIN)]


def _tops(tracks: Sequence[Track]) -> list[int]:
    """Return where each track begins, and where the last one ends."""
    tops = [TOP]
    for track in tracks:
        tops.append(tops[-1] + STRIP + ROW * track.rows + FOOT)
    return tops


def _names(drawn: Timeline, tops: Sequence[int]) -> Iterator[str]:
    for position, (track, top) in enumerate(zip(drawn.tracks, tops, strict=False)):
        name = printable(track.place)
        more = f" (and {counted(track.undrawn_count, 'visit')} more than can be drawn)" if track.undrawn_count else ""
        yield (
            f'<text x="{NAMES_WIDTH - 8}" y="{top + 13}" data-who="{escape(track.place)}" role="button" tabindex="0">'
            f"{escape(shortened_name(name, NAME_CHARACTERS_MAX))}<title>{escape(name + more)}</title></text>"
        )
        if track.undrawn_count:
            yield f'<text class="note" x="{NAMES_WIDTH - 8}" y="{top + 40}">+ {track.undrawn_count:,} not drawn</text>'
        yield f'<text class="note" x="{NAMES_WIDTH - 8}" y="{top + 27}" data-track="{position}"></text>'


def _axis(drawn: Timeline, xs: Sequence[float], height: int) -> Iterator[str]:
    free_x = 0.0
    for (before_us, at_us), (before_x, x) in zip(pairwise(drawn.instants_us), pairwise(xs), strict=True):
        if at_us - before_us >= JUMP_US:
            jump = span(at_us - before_us)
            yield (
                f'<rect class="jump" x="{before_x}" y="0" width="{x - before_x:.1f}" height="{height}">'
                f"<title>the clock jumps by {jump}</title></rect>"
            )
            if len(jump) * CHARACTER_WIDTH < x - before_x:
                yield f'<text class="instant" x="{(before_x + x) / 2:.1f}" y="29">+{jump}</text>'
    for at_us, x in zip(drawn.instants_us, xs, strict=True):
        label = instant(at_us // 1_000 * 1_000)
        if x >= free_x + len(label) * CHARACTER_WIDTH / 2:
            free_x = x + len(label) * CHARACTER_WIDTH / 2 + LABEL_GAP
            yield f'<text class="instant" x="{x}" y="13">{label}</text>'
            yield f'<path class="tick" d="M{x} 16V{height}"/>'


def _stripes(tops: Sequence[int], width: float) -> Iterator[str]:
    for top in tops[:-1]:
        yield f'<path class="border" d="M0 {top}H{width:.0f}"/>'


def _stay(stay: Stay, xs: Sequence[float], top: int) -> str:
    begin, end = xs[stay.begin], xs[stay.end]
    look = f"{stay.does.replace(' ', '-')}{' trouble' if stay.is_trouble else ''}"
    numbers = " ".join(map(str, stay.numbers))
    y = top + ROW * stay.row
    short = kind_and_name(stay.subject)[1]
    is_named = len(short) * CHARACTER_WIDTH < end - begin - 4
    label = f'<text class="who" x="{begin + 3}" y="{y + 9}">{escape(short)}</text>' if is_named else ""
    return (
        f'<rect class="stay {look}" data-n="{numbers}" data-who="{escape(stay.subject)}" x="{begin}" '
        f'y="{y}" width="{max(end - begin, STEP_WIDTH):.1f}" height="{ROW - 2}">'
        f"<title>{escape(printable(named(stay.subject)))}: {stay.does}</title></rect>{label}\n"
    )


def _mark(mark: Mark, xs: Sequence[float], top: int, title: str) -> str:
    radius = 2.5 + min(3.0, math.log10(len(mark.numbers)) * 1.5)
    look = "mark trouble" if mark.is_trouble else "mark"
    numbers = " ".join(map(str, mark.numbers))
    height = top + (6 if mark.is_trouble else 12)
    return (
        f'<circle class="{look}" data-n="{numbers}" cx="{xs[mark.column]}" cy="{height}" r="{radius:.1f}">'
        f"<title>{title}</title></circle>\n"
    )


# --- the words ---------------------------------------------------------------------------------------------


def _data(drawn: Timeline, xs: Sequence[float]) -> str:
    """Return what the script needs, as JSON that can stand within a page."""
    columns = {at_us: column for column, at_us in enumerate(drawn.instants_us)}
    text = msgspec.json.encode(
        {
            "instants": [instant(at_us) for at_us in drawn.instants_us],
            "xs": xs,
            "names": list(_short_names(drawn).items()),
            "counts": [
                [
                    (column, ", ".join(f"{count:,} {does}" for does, count in counts.items()))
                    for column, counts in track.counts
                ]
                for track in drawn.tracks
            ],
            "entries": [
                (
                    entry.number,
                    columns[entry.at_us],
                    entry.subject,
                    track_of(entry),
                    entry.cause,
                    int(is_trouble(entry)),
                    int(entry.kind in BATCHES and entry.value > 1),
                    sentence(entry, drawn.kinds[entry.kind]),
                )
                for entry in drawn.entries
            ],
        }
    ).decode()
    return text.replace("<", "\\u003c")


def _short_names(drawn: Timeline) -> dict[str, str]:
    """Return whom a name alone means, `state machine refund` by `refund`: the first who is called so."""
    found: dict[str, str] = {}
    for entry in drawn.entries:
        for who in (entry.subject, track_of(entry)):
            found.setdefault(kind_and_name(who)[1], who)
    return found
