"""How does a test wait for what other processes do? It looks again and again, but not for ever."""

from collections.abc import Callable
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")

PATIENCE_S = 30.0
"""Longer than any of it takes on a machine that has much else to do."""


def until(look: Callable[[], T], is_awaited: Callable[[T], object] = bool, *, patience_s: float = PATIENCE_S) -> T:
    """Look until what is seen is what was awaited, and return it; fail with what was seen last."""
    began_s = perf_counter()
    while not is_awaited(seen := look()):
        assert perf_counter() - began_s < patience_s, f"after {patience_s:g} s there is still only {seen!r}"
    return seen
