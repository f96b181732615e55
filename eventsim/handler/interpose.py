"""Who stands between user code and its process? Wrappers that are process-wide while a run lasts, and gone after it.

A wrapper behaves as the original unless a strand is current, so one wrapper serves every simulation of the process:
each installs the same table, the first puts the wrappers in, the last takes them out.
"""

import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

_MISSING: Any = object()


class Swap:
    """One attribute to wrap: `make` gets what stands there and returns what shall stand there.

    The wrapper of a function or a class is kept for the next run that finds it there. Anything else (a stream of
    pytest's, a policy of asyncio's) comes and goes, and is wrapped anew.

    Attributes:
        place: which attribute it is, whoever means it.
    """

    __slots__ = ("_make", "_original", "_wrapper", "name", "owner", "place")

    def __init__(self, owner: Any, name: str, make: Callable[[Any], Any]) -> None:
        self.owner = owner
        self.name = name
        self.place = id(owner), name
        self._make = make
        self._original: object = None
        self._wrapper: object = None

    def wrapper(self, original: object) -> object:
        """Return what shall stand instead of the original."""
        if not callable(original):
            return self._make(original)
        if original is not self._original:
            self._original, self._wrapper = original, self._make(original)
        return self._wrapper

    def put(self) -> None:
        """Put the wrapper in its place for good."""
        setattr(self.owner, self.name, self.wrapper(_original(self)))


class _Installed:
    """A wrapper in its place, and for how many simulations."""

    __slots__ = ("count", "original", "wrapper")

    def __init__(self, original: object, wrapper: object) -> None:
        self.original = original
        self.wrapper = wrapper
        self.count = 1


class Interposition:
    """A table of wrappers that is installed and removed as one.

    Nested and repeated use is counted. An attribute that somebody else has replaced meanwhile (pytest does so with
    `sys.stdout` between the phases of a test) is wrapped anew by the next one that installs it, and otherwise left to
    them.
    """

    # What stands in the process is a fact of the process, so it is counted there and not in a simulation.
    _installed: dict[tuple[int, str], _Installed] = {}  # noqa: RUF012 - shared on purpose
    _guard = threading.Lock()

    def __init__(self, swaps: Iterable[Swap]) -> None:
        self._swaps = tuple(swaps)
        self._done: list[Swap] = []

    def install(self) -> None:
        """Put every wrapper in its place, or none if one of them fails."""
        with self._guard:
            try:
                for swap in self._swaps:
                    _put(self._installed, swap)
                    self._done.append(swap)
            except BaseException:
                self._take_all()
                raise

    def remove(self) -> None:
        """Put the originals back, unless another simulation still runs."""
        with self._guard:
            self._take_all()

    @property
    def is_installed(self) -> bool:
        """Whether its wrappers still stand, for this simulation or another one."""
        return any(swap.place in self._installed for swap in self._swaps)

    def _take_all(self) -> None:
        while self._done:
            _take(self._installed, self._done.pop())

    def __enter__(self) -> Self:
        self.install()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()


def _original(swap: Swap) -> Any:
    """Return what stands in a place: the raw attribute, so that a staticmethod stays one, or what is inherited."""
    raw = vars(swap.owner).get(swap.name, _MISSING)
    return getattr(swap.owner, swap.name, None) if raw is _MISSING else raw


def _put(installed: dict[tuple[int, str], _Installed], swap: Swap) -> None:
    entry = installed.get(swap.place)
    original = vars(swap.owner).get(swap.name, _MISSING)
    if entry is not None and original is entry.wrapper:
        entry.count += 1
        return
    wrapper = swap.wrapper(_original(swap))
    setattr(swap.owner, swap.name, wrapper)
    installed[swap.place] = _Installed(original, wrapper)
    if entry is not None:
        installed[swap.place].count += entry.count


def _take(installed: dict[tuple[int, str], _Installed], swap: Swap) -> None:
    entry = installed[swap.place]
    entry.count -= 1
    if entry.count:
        return
    del installed[swap.place]
    if vars(swap.owner).get(swap.name, _MISSING) is not entry.wrapper:
        return
    if entry.original is _MISSING:
        delattr(swap.owner, swap.name)
    else:
        setattr(swap.owner, swap.name, entry.original)
