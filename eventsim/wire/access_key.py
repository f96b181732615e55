"""Whose is an access key? Temporary keys name their account, as AWS's do, so that any server understands them.

A key of twelve digits is an account itself, as is the custom of emulators. A temporary one is its kind (`ASIA`) and
sixteen characters of base 32, ten bytes: the account stands in the first six (known from AWS's keys), chance follows.
The last four characters are a digest of those before, by which our keys differ from any that somebody made up.
"""

import base64
import hashlib
from collections.abc import Callable
from typing import Final

from eventsim.place import is_account

_KIND: Final = "ASIA"
_LENGTH: Final = 20
_DIGEST_LENGTH: Final = 4
_ACCOUNT_SHIFT: Final = 7
_ACCOUNT_MASK: Final = (1 << 40) - 1
_HEAD_BITS, _FREE_BITS, _LUCK_BITS = 60, 12, 7 + 12
"""Twelve characters are sixty bits: one that is set, forty of the account, seven and twelve of chance."""


def temporary_key(account_id: str, getrandbits: Callable[[int], int]) -> str:
    """Return a new temporary key of an account."""
    luck = getrandbits(_LUCK_BITS)
    head = 1 << (_HEAD_BITS - 1) | int(account_id) << (_ACCOUNT_SHIFT + _FREE_BITS) | luck
    text = base64.b32encode((head << (64 - _HEAD_BITS)).to_bytes(8)).decode()[: _HEAD_BITS // 5]
    return _KIND + text + _digest(text)


def account_of(key: str) -> str | None:
    """Return the account that a key is, or is a temporary one of, None for any other key."""
    if is_account(key):
        return key
    text = key[len(_KIND) :]
    if len(key) != _LENGTH or not key.startswith(_KIND) or text[-_DIGEST_LENGTH:] != _digest(text[:-_DIGEST_LENGTH]):
        return None
    head = int.from_bytes(base64.b32decode(text)[:6])
    return f"{head >> _ACCOUNT_SHIFT & _ACCOUNT_MASK:012}"


def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(b"eventsim" + text.encode()).digest()).decode()[:_DIGEST_LENGTH]
