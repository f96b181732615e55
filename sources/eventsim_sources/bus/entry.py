"""Is this entry of PutEvents an event? Decided entry by entry; the others are not held up by a bad one; pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from eventsim_sources.bus import errors
from eventsim_sources.bus.event import from_json
from eventsim_sources.bus.limits import DETAIL_TYPE_CHARS_MAX, ENTRIES_BYTES_MAX, TIME_BYTES

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")
"""Half of a pair of surrogates, which JSON can escape and UTF-8 cannot hold."""


class Unfit(Struct, frozen=True):
    """An entry that is refused, in AWS's words."""

    code: str
    message: str


def check_entries(entries: Sequence[Mapping[str, Any]]) -> None:
    """See that the call as a whole may stand.

    Raises:
        ApiError: the entries are too large together.
    """
    if sum(map(size_bytes, entries)) > ENTRIES_BYTES_MAX:
        raise errors.validation("Total size of the entries in the request is over the limit.")


def size_bytes(entry: Mapping[str, Any]) -> int:
    """Return the size of an entry as AWS counts it (documented)."""
    texts = (entry.get("Source"), entry.get("DetailType"), entry.get("Detail"), *(entry.get("Resources") or ()))
    size = sum(len(text.encode(errors="surrogatepass")) for text in texts if text)
    return size + (TIME_BYTES if entry.get("Time") is not None else 0)


def read_detail(entry: Mapping[str, Any], *, is_of_aws: bool = False) -> dict[str, Any] | Unfit:
    """Return the detail of an entry, or what is wrong with the entry.

    Args:
        is_of_aws: whether a service of AWS puts it, which alone may say so in its source.
    """
    for name in ("Source", "DetailType", "Detail"):
        if not entry.get(name):
            return Unfit("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument.")
    if any(map(_HALF_A_PAIR.search, (entry["Source"], entry["DetailType"], *(entry.get("Resources") or ())))):
        return Unfit("InvalidArgument", "Parameter Entries is not valid. Reason: it holds half a character.")  # ours
    if entry["Source"].startswith("aws.") and not is_of_aws:
        return Unfit("NotAuthorizedForSourceException", "Not authorized for the source.")
    if len(entry["DetailType"]) > DETAIL_TYPE_CHARS_MAX:
        reason = f"DetailType must have at most {DETAIL_TYPE_CHARS_MAX} characters."  # unconfirmed words
        return Unfit("InvalidArgument", f"Parameter DetailType is not valid. Reason: {reason}")
    try:
        detail = from_json(entry["Detail"])
    except ValueError:
        detail = None
    return detail if isinstance(detail, dict) else Unfit("MalformedDetail", "Detail is malformed.")
