"""Where is a place that a scenario speaks of? A region, an account, or a region of an account."""

import re
from typing import Final, NamedTuple

_ACCOUNT: Final = re.compile(r"\d{12}", re.ASCII)
_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")


class Address(NamedTuple):
    """Of a world."""

    account: str
    region: str


def address_of(place: str, home: Address) -> Address | None:
    """Return the address of `eu-west-1`, `444455556666` or `444455556666/eu-west-1`, None if that is no place.

    Args:
        home: has what the place does not say.
    """
    first, _, second = place.partition("/")
    if not second and _REGION.fullmatch(first):
        return Address(home.account, first)
    if not _ACCOUNT.fullmatch(first) or place.endswith("/"):
        return None
    if not second:
        return Address(first, home.region)
    return Address(first, second) if _REGION.fullmatch(second) else None
