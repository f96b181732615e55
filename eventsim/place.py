"""Where is a world? In a region of an account; as seen from another, it is a place, which says what differs.

A place is a region (`eu-west-1`), an account (`444455556666`), or both (`444455556666/eu-west-1`).
"""

import re
from typing import Final, NamedTuple

_ACCOUNT: Final = re.compile(r"\d{12}", re.ASCII)
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


class Address(NamedTuple):
    """Of a world."""

    account: str
    region: str


def is_account(text: str) -> bool:
    """Tell whether this is an account: 12 digits."""
    return _ACCOUNT.fullmatch(text) is not None


def is_region(text: str) -> bool:
    """Tell whether this is written as AWS writes its regions."""
    return _REGION.fullmatch(text) is not None


def address_of(place: str, home: Address) -> Address | None:
    """Return the address of a place, None if it is none.

    Args:
        home: has what the place does not say; the place may say it all the same.
    """
    first, slash, second = place.partition("/")
    if not slash and is_region(first):
        return Address(home.account, first)
    if not is_account(first):
        return None
    if not slash:
        return Address(first, home.region)
    return Address(first, second) if is_region(second) else None


def name_of(address: Address, home: Address) -> str:
    """Return the place of an address, as short as it can be; "" for home itself."""
    return "/".join(part for part, own in zip(address, home, strict=True) if part != own)
