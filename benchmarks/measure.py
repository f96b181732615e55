"""How long does it take, side by side? Interleaved runs, medians, ratios: absolute numbers depend on the neighbours."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping

Run = Callable[[], int]
"""What is measured; it returns how many units of work it did."""


def interleaved(
    candidates: Mapping[str, Run], *, rounds: int, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Run each candidate once a round, in turn, and return the median of its units a second.

    Args:
        clock: processor time by default, which neighbours disturb least; `time.perf_counter` where processes are run.
    """
    rates: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            gc.collect()
            began_s = clock()
            units = run()
            rates[name].append(units / (clock() - began_s))
    return {name: statistics.median(each) for name, each in rates.items()}


def table(title: str, unit: str, rates: Mapping[str, float], anchor: str) -> None:
    """Print rates and their ratios to one of them."""
    print(f"\n{title}")
    width = max(map(len, rates))
    for name, rate in rates.items():
        print(f"  {name:<{width}}  {rate:>12,.0f} {unit}  {rate / rates[anchor]:>7.2f} x {anchor}", flush=True)


def line(name: str, value: str, goal: str) -> None:
    """Print one number and what it should be."""
    print(f"  {name:<52} {value:>12}   (goal: {goal})", flush=True)
