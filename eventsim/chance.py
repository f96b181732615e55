"""Where does luck come from? One seed, and a stream of random numbers for every name."""

import hashlib
import random  # noqa: TID251 - the one place that makes generators
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Self, TypeVar

T = TypeVar("T")

_UUID_LENGTH = 36
_LINE_LENGTH = _UUID_LENGTH + 1
_UUID_DIGITS_AT = [at for at in range(_UUID_LENGTH) if at not in (8, 13, 18, 23)]
_UUID_VERSION_AT = 14
_UUID_VARIANT_AT = 19
_VARIANTS = bytes.maketrans(b"0123456789abcdef", b"89ab" * 4)
"""The digit that says which kind of UUID it is keeps two random bits."""
_UUIDS_AT_ONCE_MIN = 8
_UUIDS_AT_ONCE_MAX = 512


class Chance:
    """All chance in a run, derived from one seed.

    Streams are derived by name, never by the order of calls: adding a fault does not shift an id.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def stream(self, *names: str | int) -> random.Random:
        """Return a fresh generator for this name; the same name gives the same numbers again."""
        text = "\x1f".join([str(self.seed), *map(str, names)])
        return random.Random(hashlib.sha256(text.encode()).digest())  # noqa: S311 - reproducible on purpose

    def uuids(self, *names: str | int) -> Callable[[], str]:
        """Return a function that gives one version-4 UUID after another."""
        return _uuids(partial(self.stream, "uuid", *names)).__next__

    def hex_ids(self, digits: int, *names: str | int) -> Callable[[], str]:
        """Return a function that gives one lower-case hexadecimal id after another."""
        getrandbits = self.stream("hex", *names).getrandbits
        bits = digits * 4

        def hex_id() -> str:
            return f"{getrandbits(bits):0{digits}x}"

        return hex_id


class Tape:
    """What luck somebody had, to have the same again.

    Attributes:
        drawn: what was drawn since it was set to `[]`; None while nobody writes it down.
    """

    def __init__(self) -> None:
        self.drawn: list[object] | None = None
        self._again: Iterator[object] = iter(())

    def rewind(self, drawn: Iterable[object]) -> None:
        """Have this drawn next, in this order; what is drawn after that is new."""
        self._again = iter(drawn)

    def draw(self, fresh: Callable[[], T]) -> T:
        """Return what is next on the tape, or something fresh."""
        luck = fresh()  # drawn in any case: whoever draws next must not get what is on the tape once more
        luck = next(self._again, luck)  # type: ignore[assignment]  # what the same caller drew before
        if self.drawn is not None:
            self.drawn.append(luck)
        return luck


class TapedChance(Chance):
    """Chance that can be had again: on a server, what the last one gave to calls that the next one carries out anew."""

    def __init__(self, seed: int, tape: Tape) -> None:
        super().__init__(seed)
        self._tape = tape

    def stream(self, *names: str | int) -> random.Random:
        """Return a fresh generator for this name; the same name gives the same numbers again."""
        return _TapedRandom(super().stream(*names), self._tape)

    def uuids(self, *names: str | int) -> Callable[[], str]:
        """Return a function that gives one version-4 UUID after another."""
        return partial(self._tape.draw, _uuids(partial(super().stream, "uuid", *names)).__next__)

    def hex_ids(self, digits: int, *names: str | int) -> Callable[[], str]:
        """Return a function that gives one lower-case hexadecimal id after another."""
        return partial(self._tape.draw, Chance(self.seed).hex_ids(digits, *names))


class _TapedRandom(random.Random):
    """A generator whose numbers go over a tape; all its other methods come down to these two."""

    def __new__(cls, *_: object) -> Self:
        return super().__new__(cls)  # which would take what comes for a seed

    def __init__(self, luck: random.Random, tape: Tape) -> None:
        super().__init__()
        self._luck = luck
        self._tape = tape

    def random(self) -> float:
        return self._tape.draw(self._luck.random)

    def getrandbits(self, k: int) -> int:
        return self._tape.draw(partial(self._luck.getrandbits, k))


def _uuids(stream: Callable[[], random.Random]) -> Iterator[str]:
    """Yield version-4 UUIDs; every message and request needs one, so many lines are written at once, digit by digit.

    The stream is asked for with the first one: most who may give ids give none.
    """
    luck = stream()
    count = _UUIDS_AT_ONCE_MIN
    while True:
        digits = luck.randbytes(16 * count).hex().encode()
        text = bytearray((b"-" * _UUID_LENGTH + b"\n") * count)
        for nth, at in enumerate(_UUID_DIGITS_AT):
            text[at::_LINE_LENGTH] = digits[nth :: len(_UUID_DIGITS_AT)]
        text[_UUID_VERSION_AT::_LINE_LENGTH] = b"4" * count
        text[_UUID_VARIANT_AT::_LINE_LENGTH] = text[_UUID_VARIANT_AT::_LINE_LENGTH].translate(_VARIANTS)
        yield from text.decode().split()
        count = min(count * 2, _UUIDS_AT_ONCE_MAX)
