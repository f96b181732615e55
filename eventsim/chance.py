"""Where does luck come from? One seed, and a stream of random numbers for every name."""

import hashlib
import random  # noqa: TID251 - the one place that makes generators
from collections.abc import Callable

_VERSION_4 = 0x4000 << 64 | 0x8000 << 48
_VERSION_4_MASK = (1 << 128) - 1 ^ (0xF000 << 64 | 0xC000 << 48)


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
        getrandbits = self.stream("uuid", *names).getrandbits

        def uuid() -> str:
            text = f"{getrandbits(128) & _VERSION_4_MASK | _VERSION_4:032x}"
            return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

        return uuid

    def hex_ids(self, digits: int, *names: str | int) -> Callable[[], str]:
        """Return a function that gives one lower-case hexadecimal id after another."""
        getrandbits = self.stream("hex", *names).getrandbits
        bits = digits * 4

        def hex_id() -> str:
            return f"{getrandbits(bits):0{digits}x}"

        return hex_id
