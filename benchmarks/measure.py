"""How long does it take, side by side? Interleaved runs, medians, ratios: absolute numbers depend on the neighbours."""

import gc
import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(candidates: Mapping[str, Callable[[], int]], *, rounds: int = 5) -> dict[str, float]:
    """Run each candidate once a round, in turn, and return the median of its units a second.

    Args:
        candidates: name → what to run; it returns how many units of work it did.
    """
    rates: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            gc.collect()
            began = time.perf_counter()
            units = run()
            rates[name].append(units / (time.perf_counter() - began))
    return {name: statistics.median(each) for name, each in rates.items()}


def table(title: str, unit: str, rates: Mapping[str, float], anchor: str) -> None:
    """Print rates and their ratios to one of them."""
    print(f"\n{title}")
    width = max(map(len, rates))
    for name, rate in rates.items():
        print(f"  {name:<{width}}  {rate:>12,.0f} {unit}  {rate / rates[anchor]:>7.2f} x {anchor}")
