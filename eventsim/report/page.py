"""How is a summary shown to a person? Numbers, then what went wrong, then what was expected."""

from collections.abc import Iterator, Mapping, Sequence

from eventsim.report.summary import Summary
from eventsim.report.text import section, table, wrapped
from eventsim.report.troubles import Recursion, Trouble
from eventsim.report.wording import counted, dollars, instant, kind_and_name, named, printable, shortened_name, span

CHAIN_BEGINNING, CHAIN_END = 4, 2
"""How many links of a chain that fed itself are shown at its beginning and at its end."""

_SERVICES = {"lambda": "Lambda", "sqs": "SQS", "sns": "SNS", "events": "EventBridge", "s3": "S3"}
_STILL_THERE = ("visible", "in_flight", "delayed", "running")


def summary_page(summary: Summary, *, width: int, is_timed: bool = True) -> str:
    """Return a summary as text.

    Args:
        is_timed: whether to name the real time too, the one thing that differs from run to run.
    """
    parts = [
        _heading(summary, width, is_timed),
        section("functions", table(summary.functions, width)) if summary.functions else "",
        *(section(name, table(rows, width)) for name, rows in summary.sources.items() if rows),
        section("what went wrong", [*_recursion(summary, width), *trouble_lines(_others(summary.troubles), width)]),
        section("events given up", _given_up(summary, width)),
        section("still there at the end", _still_there(summary, width)),
        section("expectations", _findings(summary, width)),
        _cost(summary, width),
    ]
    return "\n".join(part for part in parts if part).rstrip("\n") + "\n"


def _heading(summary: Summary, width: int, is_timed: bool) -> str:
    took = span(round(summary.virtual_s * 1e6)) if summary.virtual_s else "0 s"
    facts = [
        f"seed {summary.seed}",
        f"{took} of virtual time" + (f" in {summary.wall_s:.2f} s" if is_timed else ""),
        counted(summary.entries, "entry", "entries"),
    ]
    first = wrapped(f"{printable(summary.scenario)}: {', '.join(facts)}", width, rest="  ")
    digest = f"{summary.digest[:32]}…" if width < 72 else summary.digest
    return f"{first}\ndigest {digest}\n"


# --- what went wrong ---------------------------------------------------------------------------------------


def trouble_lines(found: Sequence[Trouble], width: int) -> Iterator[str]:
    """Yield what went wrong, place by place."""
    by_place: dict[str, list[Trouble]] = {}
    for trouble in found:
        by_place.setdefault(trouble.place, []).append(trouble)
    for place, troubles in by_place.items():
        yield f"  {printable(named(place))}"
        for trouble in troubles:
            yield wrapped(_phrase(trouble), width, first=f"  {trouble.count:>5,} × ")


def _others(found: Sequence[Trouble]) -> list[Trouble]:
    """Return the troubles that a summary does not tell of one by one."""
    return [
        trouble
        for trouble in found
        if trouble.kind != "event dropped" and (trouble.kind != "recursion stopped" or trouble.count > 1)
    ]


def _phrase(trouble: Trouble) -> str:
    return f"{trouble.says} {_whose(trouble)}" + (f"; {printable(trouble.worst)}" if trouble.worst else "")


def _whose(trouble: Trouble) -> str:
    """Return whose trouble it was, as `eventsim story` takes the name."""
    name = printable(kind_and_name(trouble.first.subject)[1])
    when = f"at {instant(trouble.first.at_us)}"
    which = "first " if trouble.count > 1 else ""
    return f"({which}{name} {when})" if name and trouble.first.subject != trouble.place else f"({which}{when})"


def _given_up(summary: Summary, width: int) -> Iterator[str]:
    for event in summary.given_up:
        about = f" (from {shortened_name(event.about)})" if event.about else ""
        times = [instant(at_us) for at_us in event.tried_us]
        tried = f"ran at {_listed(times)}" if times else "never ran"
        end = f"went to {_listed(event.went_to)}" if event.went_to else "lost, for want of a dead-letter queue"
        text = f"{event.name} for {event.function}{about}: {tried}; {event.condition}; {end}"
        yield wrapped(printable(text), width, first="  ", rest="    ")
    count = sum(trouble.count for trouble in summary.troubles if trouble.kind == "event dropped")
    if count > len(summary.given_up):
        yield f"  and {count - len(summary.given_up):,} more"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _recursion(summary: Summary, width: int) -> Iterator[str]:
    found = summary.recursion
    if found is None:
        return
    text = (
        f"function {found.function} set itself off: loop detection stopped it after {found.turns} turns"
        f" in {span(found.span_us)}. The chain: {' → '.join(_chain(found))}."
    )
    if summary.recursion_a_day_usd:
        text += f" Not stopped, such a chain would have cost about {dollars(summary.recursion_a_day_usd)} a day."
    yield wrapped(printable(text), width, first="  ")


def _chain(found: Recursion) -> list[str]:
    links = [shortened_name(link.partition(" ")[2]) for link in found.chain]
    if len(links) <= CHAIN_BEGINNING + CHAIN_END + 1:
        return links
    return [*links[:CHAIN_BEGINNING], f"… {len(links) - CHAIN_BEGINNING - CHAIN_END} more …", *links[-CHAIN_END:]]


def _still_there(summary: Summary, width: int) -> Iterator[str]:
    for rows in summary.sources.values():
        for name, numbers in rows.items():
            left = [f"{numbers[part]:,} {part.replace('_', ' ')}" for part in _STILL_THERE if numbers.get(part)]
            if left:
                yield wrapped(", ".join(left), width, first=f"  {name}: ")


# --- expectations and cost ---------------------------------------------------------------------------------


def _findings(summary: Summary, width: int) -> Iterator[str]:
    for finding in summary.findings:
        text = printable(finding.text if finding.passed else f"{finding.text} – but {finding.reason}")
        yield wrapped(text, width, first="  ok      " if finding.passed else "  FAILED  ")


def _cost(summary: Summary, width: int) -> str:
    parts: Mapping[str, float] = summary.cost.parts
    if not parts:
        return ""
    shares = ", ".join(f"{_SERVICES.get(name, name)} {dollars(amount)}" for name, amount in parts.items())
    total = dollars(summary.cost.total_usd)
    return wrapped(f"on AWS about {total} ({shares}; prices of {summary.cost.as_of})", width, rest="  ")
