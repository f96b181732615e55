"""Which part of a list is this page? AWS's `Marker` and `MaxItems`."""

import base64
from collections.abc import Mapping, Sequence
from typing import TypeVar

from eventsim.calls.lambda_api.errors import invalid

T = TypeVar("T")

PAGE_ITEMS = 50
"""Most items on a page unless an operation says otherwise (documented)."""


def page(
    items: Sequence[T], parameters: Mapping[str, object], items_max: int = PAGE_ITEMS
) -> tuple[Sequence[T], dict[str, str]]:
    """Return the items of the page asked for, and the member that leads to the next one, if there is one.

    Raises:
        ApiError: the marker is none of ours.
    """
    begin = _read(str(parameters.get("Marker") or ""))
    end = begin + min(int(str(parameters.get("MaxItems") or items_max)), items_max)
    return items[begin:end], {"NextMarker": _write(end)} if end < len(items) else {}


def _write(place: int) -> str:
    return base64.b64encode(f"place {place}".encode()).decode()


def _read(marker: str) -> int:
    if not marker:
        return 0
    try:
        word, _, place = base64.b64decode(marker, validate=True).decode().partition(" ")
        if word == "place" and place.isdigit():
            return int(place)
    except ValueError:  # no base64, or no text
        pass
    raise invalid("Invalid Marker")  # unconfirmed wording
