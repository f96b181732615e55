"""What came of a run? The numbers, as programs read them (`--json`) and as the text is made of."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar

from msgspec import Struct

from eventsim.clock import Clock
from eventsim.expectation.expectations import Finding
from eventsim.function.function import Functions
from eventsim.registry import Registry
from eventsim.report.cost import Cost, PriceList, a_day_usd, cost_of, price_list, ratings_of
from eventsim.report.troubles import GivenUp, Recursion, Trouble, find_given_up, find_recursion, find_troubles
from eventsim.report.usage import Usage, count_usage
from eventsim.source import Source
from eventsim.trace import Trace

T = TypeVar("T")

FUNCTION_NUMBERS = ("invocations", "errors", "throttles", "timeouts", "cold_starts", "billed_ms")

GIVEN_UP_SHOWN_MAX = 5
"""How many events that were given up are told of one by one."""


class World(Protocol):
    """What a summary looks at when a run has ended: a `Simulation` or a `SyncSimulation`."""

    seed: int
    clock: Clock
    trace: Trace
    registry: Registry
    functions: Functions

    def sources(self, kind: str) -> Mapping[str, Source]:
        """Return all sources of a section, by name."""

    def numbers(self, section: str, name: str) -> Mapping[str, int]:
        """Return the numbers of a function or source as of now."""

    def parts(self) -> Mapping[str, "World"]:
        """Return the worlds of this run by what comes before the names in them; "" for this one."""


_ALWAYS = ("queues", "buckets")
"""Sections that programs may rely on."""


class Summary(Struct, frozen=True, kw_only=True):
    """What came of a run.

    Attributes:
        virtual_s: how long it took in virtual time, `wall_s` in real time.
        entries: how many entries its trace has.
        functions: name → invocations, errors, throttles, timeouts, cold_starts, billed_ms.
        sources: section (`queues`, `buckets`) → name → its numbers; `durable_executions` by function, too.
        findings: what came of the expectations.
        troubles: what went wrong, the gravest first; it is in the text only.
        given_up: the first asynchronous events that were given up; in the text only.
        recursion: the first chain that fed itself, None if there is none; in the text only.
        recursion_a_day_usd: what that chain would have cost in a day.
    """

    scenario: str
    seed: int
    digest: str
    virtual_s: float
    wall_s: float
    entries: int
    functions: Mapping[str, Mapping[str, int]]
    sources: Mapping[str, Mapping[str, Mapping[str, int]]]
    findings: Sequence[Finding]
    cost: Cost
    troubles: Sequence[Trouble]
    given_up: Sequence[GivenUp] = ()
    recursion: Recursion | None = None
    recursion_a_day_usd: float = 0.0

    @property
    def has_passed(self) -> bool:
        """Whether everything was as expected."""
        return all(finding.passed for finding in self.findings)

    def as_json(self) -> dict[str, Any]:
        """Return the object that `--json` prints."""
        return {
            "scenario": self.scenario,
            "seed": self.seed,
            "digest": self.digest,
            "virtual_s": self.virtual_s,
            "wall_s": self.wall_s,
            "entries": self.entries,
            "functions": self.functions,
            **self.sources,
            "expectations": self.findings,
            "cost_usd": self.cost.total_usd,
        }


def summarise(
    world: World,
    *,
    scenario: str = "",
    wall_s: float = 0.0,
    findings: Sequence[Finding] = (),
    prices: PriceList | None = None,
) -> Summary:
    """Return the summary of a run as of now.

    Args:
        prices: those that eventsim brings along if not given.
    """
    usage = count_usage(world.trace, world.clock.now_us)
    parts = world.parts()
    cost = cost_of(usage, _named(parts, lambda part: ratings_of(part.functions)), prices or price_list())
    troubles = find_troubles(world.trace)
    stop = next((trouble.first for trouble in troubles if trouble.kind == "recursion stopped"), None)
    recursion = None if stop is None else find_recursion(world.trace, stop)
    functions = _named(parts, _function_numbers)
    return Summary(
        scenario=scenario,
        seed=world.seed,
        digest=world.trace.digest(),
        virtual_s=world.clock.now_us / 1e6,
        wall_s=round(wall_s, 3),
        entries=len(world.trace),
        functions={name: {each: numbers[each] for each in FUNCTION_NUMBERS} for name, numbers in functions.items()},
        sources={**_source_numbers(parts), **_durable_numbers(functions)},
        findings=findings,
        cost=cost,
        troubles=troubles,
        given_up=find_given_up(world.trace, GIVEN_UP_SHOWN_MAX),
        recursion=recursion,
        recursion_a_day_usd=_recursion_a_day_usd(recursion, usage, cost),
    )


def _named(parts: Mapping[str, World], of: Callable[[World], Mapping[str, T]]) -> dict[str, T]:
    """Return what each part has by name, under the names that the whole has for it."""
    return {prefix + name: each for prefix, part in parts.items() for name, each in of(part).items()}


def _function_numbers(world: World) -> dict[str, Mapping[str, int]]:
    return {function.name: world.numbers("functions", function.name) for function in world.functions}


def _source_numbers(parts: Mapping[str, World]) -> dict[str, dict[str, Mapping[str, int]]]:
    """Return the numbers of all sources; queues and buckets have their place even if there are none."""
    others = [section for section in parts[""].registry.sections if section not in _ALWAYS]
    numbers = {section: _named(parts, partial(_numbers_of_section, section)) for section in (*_ALWAYS, *others)}
    return {section: found for section, found in numbers.items() if section in _ALWAYS or found}


def _numbers_of_section(section: str, world: World) -> dict[str, Mapping[str, int]]:
    return {name: source.summary() for name, source in world.sources(section).items()}


def _durable_numbers(functions: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, Mapping[str, int]]]:
    """Return what came of the executions of durable functions, as a section, if there are such functions."""
    found: dict[str, Mapping[str, int]] = {}
    for function, numbers in functions.items():
        executions = {
            name.removeprefix("executions_"): number
            for name, number in numbers.items()
            if name.startswith("executions_")
        }
        if executions:
            found[function] = executions
    return {"durable_executions": found} if found else {}


def _recursion_a_day_usd(recursion: Recursion | None, usage: Usage, cost: Cost) -> float:
    """Return what the chain would have cost in a day: its turns at what an attempt of this run costs on average."""
    attempts = usage.attempts.total()
    if recursion is None or not attempts:
        return 0.0
    return a_day_usd(recursion.turns * cost.total_usd / attempts, recursion.span_us / 1e6)
