"""Was a transaction asked for before? A client that tries again says so by its token."""

import hashlib
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim_sources.table import errors
from eventsim_sources.table.limits import TRANSACTION_TOKEN_US


class Remembered(Struct, frozen=True, gc=False):
    """A transaction that a client may ask for once more.

    Attributes:
        until_us: until when.
        digest: what it asked for.
    """

    until_us: int
    digest: bytes


class Tokens:
    """The client request tokens of the last ten minutes."""

    def __init__(self) -> None:
        self._remembered: dict[str, Remembered] = {}

    def is_repeated(self, token: str, parameters: Mapping[str, Any], now_us: int) -> bool:
        """Tell whether a token was used within ten minutes.

        Raises:
            ApiError: it was, for something else.
        """
        while self._remembered:
            oldest = next(iter(self._remembered))
            if self._remembered[oldest].until_us > now_us:
                break
            del self._remembered[oldest]
        known = self._remembered.get(token)
        if known is None:
            return False
        if known.digest != _digest(parameters):
            raise errors.token_mismatch()
        return True

    def remember(self, token: str, parameters: Mapping[str, Any], now_us: int) -> None:
        """Keep a token for ten minutes."""
        self._remembered[token] = Remembered(now_us + TRANSACTION_TOKEN_US, _digest(parameters))


def _digest(parameters: Mapping[str, Any]) -> bytes:
    asked = {name: value for name, value in parameters.items() if name != "ClientRequestToken"}
    return hashlib.sha256(repr(asked).encode()).digest()
