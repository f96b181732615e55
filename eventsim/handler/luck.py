"""Where does user code get its luck? From its environment's seeded generator, so that a replay rolls the same dice.

`random`, `secrets`, `uuid` and `os.urandom` all end in the few functions below. What user code seeds itself stays as
seeded, and so do the functions of `numpy.random`. Not covered: other extension modules with generators of their own.
"""

import contextlib
import functools
import os
import random  # noqa: TID251 - this is the place that leads it to chance
import tempfile
import uuid
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, TypeVar, cast

from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import Surroundings, current

T = TypeVar("T")

_SEED_BITS = 256
_FLOAT_BITS = 53
_GREGORIAN_EPOCH = 0x01B21DD213814000
"""100 ns steps between 1582-10-15, where version-1 UUIDs count from, and 1970."""

_DICE_METHODS = (
    *("betavariate", "binomialvariate", "choice", "choices", "expovariate", "gammavariate", "gauss", "getrandbits"),
    *("getstate", "lognormvariate", "normalvariate", "paretovariate", "randbytes", "randint", "random", "randrange"),
    *("sample", "seed", "setstate", "shuffle", "triangular", "uniform", "vonmisesvariate", "weibullvariate"),
)


def luck_within(surroundings: Surroundings) -> random.Random:
    """Return where numbers come from that nobody can seed."""
    return surroundings.library_luck or surroundings.luck


def luck_of_child(surroundings: Surroundings) -> random.Random:
    """Return where a process that is about to be forked takes such numbers."""
    return random.Random(luck_within(surroundings).getrandbits(_SEED_BITS))  # noqa: S311 - reproducible


def _dice(surroundings: Surroundings) -> random.Random:
    """Return the generator behind the functions of the module `random`."""
    if surroundings.library_luck is not None:
        return surroundings.library_luck
    if surroundings.dice is None:
        surroundings.dice = random.Random(surroundings.luck.getrandbits(_SEED_BITS))  # noqa: S311 - reproducible
    return surroundings.dice


def _module_function(original: Callable[..., Any]) -> Callable[..., Any]:
    name = original.__name__

    @functools.wraps(original)
    def roll(*args: Any, **kwargs: Any) -> Any:
        surroundings = current()
        dice = _guest.luck if surroundings is None else _dice(surroundings)
        return original(*args, **kwargs) if dice is None else getattr(dice, name)(*args, **kwargs)

    return roll


def _seed(original: Callable[..., None]) -> Callable[..., None]:
    """`random.Random()` without a seed asks the machine; in user code it asks the environment's luck."""

    @functools.wraps(original)
    def seed(self: random.Random, a: Any = None, version: int = 2) -> None:
        surroundings = current()
        if a is None and surroundings is not None:
            a = luck_within(surroundings).getrandbits(_SEED_BITS)
        original(self, a, version)

    return seed


def _system_random(original: Callable[[random.SystemRandom], float]) -> Callable[[random.SystemRandom], float]:
    @functools.wraps(original)
    def roll(self: random.SystemRandom) -> float:
        surroundings = current()
        if surroundings is None:
            return original(self)
        return luck_within(surroundings).getrandbits(_FLOAT_BITS) / 2.0**_FLOAT_BITS

    return roll


def _system_getrandbits(original: Callable[[Any, int], int]) -> Callable[[Any, int], int]:
    @functools.wraps(original)
    def getrandbits(self: random.SystemRandom, k: int) -> int:
        surroundings = current()
        return original(self, k) if surroundings is None else luck_within(surroundings).getrandbits(k)

    return getrandbits


def _system_randbytes(original: Callable[[Any, int], bytes]) -> Callable[[Any, int], bytes]:
    @functools.wraps(original)
    def randbytes(self: random.SystemRandom, n: int) -> bytes:
        surroundings = current()
        return original(self, n) if surroundings is None else luck_within(surroundings).randbytes(n)

    return randbytes


def retry_swaps(botocore_retries: ModuleType) -> list[Swap]:
    """Return the table by which delays before the SDK's retries come from the luck of whoever calls.

    The SDK keeps the `random` that it found when it was imported, and that may have been the machine's.
    """

    def wrap(original: Callable[[Any, Any], float]) -> Callable[[Any, Any], float]:
        @functools.wraps(original)
        def delay_amount(backoff: Any, context: Any) -> float:
            backoff._random = random.random
            return original(backoff, context)

        return delay_amount

    return [Swap(botocore_retries.__dict__["ExponentialBackoff"], "delay_amount", wrap)]


def swaps_of_bit_generators(bit_generator: ModuleType) -> list[Swap]:
    """Return the table by which numpy's generators without a seed ask the environment's luck.

    Args:
        bit_generator: the module `numpy.random.bit_generator`, which has bound a function of `secrets`.
    """

    def wrap(original: Callable[[int], int]) -> Callable[[int], int]:
        @functools.wraps(original)
        def randbits(k: int) -> int:
            surroundings = current()
            return original(k) if surroundings is None else luck_within(surroundings).getrandbits(k)

        return randbits

    return [Swap(bit_generator, "randbits", wrap)]


def swaps_of_numpy(numpy_random: ModuleType) -> list[Swap]:
    """Return the table by which the functions of `numpy.random` roll dice that are each environment's own."""
    shared = numpy_random.__dict__["mtrand"].__dict__["_rand"]

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        name = original.__name__

        @functools.wraps(original)
        def roll(*args: Any, **kwargs: Any) -> Any:
            surroundings = current()
            if surroundings is None:
                return original(*args, **kwargs)
            if surroundings.numpy_dice is None:
                surroundings.numpy_dice = type(shared)()
            return getattr(surroundings.numpy_dice, name)(*args, **kwargs)

        return roll

    functions = [name for name, each in vars(numpy_random).items() if getattr(each, "__self__", None) is shared]
    return [Swap(numpy_random, name, wrap) for name in (*functions, "seed")]


class _Guest:
    luck: random.Random | None = None


_guest = _Guest()
"""Where a library or a stub gets its luck that is called outside of handlers; `os` and `random` are the process's."""


@contextlib.contextmanager
def luck_of(luck: random.Random) -> Iterator[None]:
    """Let what is no handler get its random bytes, its UUIDs and the numbers of `random` from here, for a call."""
    before, _guest.luck = _guest.luck, luck
    try:
        yield
    finally:
        _guest.luck = before


def _urandom(original: Callable[..., bytes]) -> Callable[..., bytes]:
    @functools.wraps(original)
    def urandom(size: int, /, *flags: int) -> bytes:
        surroundings = current()
        luck = _guest.luck if surroundings is None else luck_within(surroundings)
        return original(size, *flags) if luck is None else luck.randbytes(size)

    return urandom


def _uuid1(original: Callable[..., uuid.UUID]) -> Callable[..., uuid.UUID]:
    @functools.wraps(original)
    def uuid1(node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
        surroundings = current()
        if surroundings is None:
            return original(node, clock_seq)
        stamp = max(surroundings.clock.epoch_us() * 10 + _GREGORIAN_EPOCH, surroundings.uuid1_last + 1)
        surroundings.uuid1_last = stamp
        sequence = luck_within(surroundings).getrandbits(14) if clock_seq is None else clock_seq
        fields = (
            stamp & 0xFFFFFFFF,
            stamp >> 32 & 0xFFFF,
            stamp >> 48 & 0x0FFF,
            sequence >> 8 & 0x3F,
            sequence & 0xFF,
            uuid.getnode() if node is None else node,
        )
        return uuid.UUID(fields=fields, version=1)

    return uuid1


_MEMORY = "_last_"
"""How the globals begin in which `uuid` remembers what the next UUID must exceed; None where there was none."""


def with_own_memory(original: Callable[..., T]) -> Callable[..., T]:
    """Wrap what makes UUIDs of versions 6 and 7 (Python 3.14): each environment remembers its own, in virtual time."""
    memory = cast("Any", original).__globals__

    @functools.wraps(original)
    def make(*args: Any, **kwargs: Any) -> T:
        surroundings = current()
        if surroundings is None:
            return original(*args, **kwargs)
        before = {name: value for name, value in memory.items() if name.startswith(_MEMORY)}
        memory.update(dict.fromkeys(before), **surroundings.uuid_memory)
        try:
            return original(*args, **kwargs)
        finally:
            surroundings.uuid_memory = {name: memory[name] for name in before}
            memory.update(before)

    return make


_NODE = 0x0242AC110002
"""The hardware address that every environment has, in a container's style."""


def _getnode(original: Callable[[], int]) -> Callable[[], int]:
    @functools.wraps(original)
    def getnode() -> int:
        return original() if current() is None else _NODE

    return getnode


def _temporary_names(original: property) -> property:
    """The generator by which `tempfile` invents names is shared by the whole process; environments have their own."""

    def rng(self: Any) -> random.Random:
        surroundings = current()
        generator: random.Random = original.__get__(self) if surroundings is None else luck_within(surroundings)
        return generator

    return property(rng)


SWAPS = (
    *(Swap(random, name, _module_function) for name in _DICE_METHODS if hasattr(random, name)),
    Swap(random.Random, "seed", _seed),
    Swap(random.SystemRandom, "random", _system_random),
    Swap(random.SystemRandom, "getrandbits", _system_getrandbits),
    Swap(random.SystemRandom, "randbytes", _system_randbytes),
    Swap(os, "urandom", _urandom),
    *(Swap(os, name, _urandom) for name in ("getrandom",) if hasattr(os, name)),
    Swap(uuid, "uuid1", _uuid1),
    Swap(uuid, "getnode", _getnode),
    *(Swap(uuid, name, with_own_memory) for name in ("uuid6", "uuid7") if hasattr(uuid, name)),
    Swap(tempfile._RandomNameSequence, "rng", _temporary_names),  # type: ignore[attr-defined]  # typeshed hides it
)
