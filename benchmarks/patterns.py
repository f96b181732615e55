"""Patterns beside a matcher that interprets them: one pattern, and a thousand rules for one event."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from benchmarks.measure import Run, interleaved, line, table
from eventsim import BUS, PatternIndex, compile_pattern

RULES = 1_000
PATTERN: Mapping[str, Any] = {
    "source": ["com.shop"],
    "detail-type": ["order.created"],
    "detail": {"total": [{"numeric": [">", 100]}], "country": ["DE", "FR"]},
}
EVENT: dict[str, Any] = {
    "version": "0",
    "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
    "detail-type": "order.created",
    "source": "com.shop",
    "account": "111122223333",
    "time": "2025-12-22T18:43:48Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {"orderId": "1", "total": 150, "country": "FR", "items": [{"sku": "a"}]},
}


def interpreted(pattern: Mapping[str, Any], event: Any) -> bool:
    """Match as one would write it down: walk the pattern, ask the event. It knows just what these rules need."""
    if not isinstance(event, Mapping):
        return False
    for key, wanted in pattern.items():
        value = event.get(key)
        if isinstance(wanted, Mapping):
            if not interpreted(wanted, value):
                return False
        elif not any(
            _accepts(element, each) for each in (value if isinstance(value, list) else [value]) for element in wanted
        ):
            return False
    return True


def _accepts(element: Any, value: Any) -> bool:
    if isinstance(element, Mapping):
        sign, bound = element["numeric"]
        return isinstance(value, int | float) and sign == ">" and value > bound
    return bool(element == value)


def _one(matches: Any, count: int) -> int:
    for _ in range(count):
        assert matches(EVENT)
    return count


def _of_many(find: Any, count: int) -> int:
    for _ in range(count):
        assert find(EVENT) == [RULES // 2]
    return count


def main(*, is_quick: bool) -> None:
    """Print both ratios."""
    count = 20_000 if is_quick else 200_000
    compiled = compile_pattern(PATTERN, BUS)
    candidates: dict[str, Run] = {
        "interpreter": partial(_one, partial(interpreted, PATTERN), count),
        "compiled": partial(_one, compiled.matches, count),
    }
    rates = interleaved(candidates, rounds=5)
    table("Patterns: one pattern, an event that matches", "matches/s", rates, "interpreter")
    line("compiled", f"{rates['compiled']:,.0f}/s", "200,000/s")

    patterns = [{**PATTERN, "detail-type": [f"order.{number}"]} for number in range(RULES)]
    patterns[RULES // 2] = dict(PATTERN)
    index: PatternIndex[int] = PatternIndex()
    for number, pattern in enumerate(patterns):
        index.put(number, compile_pattern(pattern, BUS))

    def find_by_trying(event: Any) -> list[int]:
        return [number for number, pattern in enumerate(patterns) if interpreted(pattern, event)]

    events = 200 if is_quick else 1_000
    many: dict[str, Run] = {
        "interpreter": partial(_of_many, find_by_trying, events),
        "index": partial(_of_many, index.matching, events),
    }
    rates = interleaved(many, rounds=5)
    table(f"Patterns: {RULES:,} rules, one event", "events/s", rates, "interpreter")
    line("index beside interpreter", f"{rates['index'] / rates['interpreter']:,.0f} x", "10 x")
