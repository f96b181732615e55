"""Where does luck come from? One seed, and a stream of random numbers for every name."""

import hashlib
import random  # noqa: TID251 - the one place that makes generators
import re
from collections.abc import Callable, Iterator

_UUID_BYTES = 16
_UUIDS_AT_ONCE = 64
_UUID_DIGITS = re.compile("(.{8})(.{4}).(.{3})(.)(.{3})(.{12})")
_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))
"""The digit that says which kind of UUID it is keeps two random bits."""


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
        return _uuids(self.stream("uuid", *names)).__next__

    def hex_ids(self, digits: int, *names: str | int) -> Callable[[], str]:
        """Return a function that gives one lower-case hexadecimal id after another."""
        getrandbits = self.stream("hex", *names).getrandbits
        bits = digits * 4

        def hex_id() -> str:
            return f"{getrandbits(bits):0{digits}x}"

        return hex_id


def _uuids(luck: random.Random) -> Iterator[str]:
    """Yield version-4 UUIDs; cut out of many digits at once, each costs half."""
    while True:
        digits = luck.randbytes(_UUID_BYTES * _UUIDS_AT_ONCE).hex()
        for first, second, third, variant, fourth, fifth in _UUID_DIGITS.findall(digits):
            yield f"{first}-{second}-4{third}-{_VARIANTS[variant]}{fourth}-{fifth}"
