"""Which keys does one page of a listing show? Pure: sorted keys in, one page out.

S3 lists in the order of the keys' UTF-8 bytes, which is the order of Python's strings. All keys that agree up to the
first delimiter after the prefix are one entry, a *common prefix*, and count once. A page never looks at the keys inside
a group: it jumps over them.
"""

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from msgspec import Struct

from eventsim_sources.bucket.errors import invalid_argument

PAGE_MAX = 1000
"""Most entries on one page, whatever is asked for (documented)."""

_TOKEN_MARK = b"eventsim:"


class Page(Struct, frozen=True, kw_only=True):
    """One page of a listing.

    Attributes:
        keys: single keys, in order.
        prefixes: common prefixes, in order.
        last: the last key or common prefix on the page, None if the page is empty.
        is_truncated: whether more follows.
    """

    keys: tuple[str, ...]
    prefixes: tuple[str, ...]
    last: str | None
    is_truncated: bool


def page_of(
    keys: Sequence[str], *, prefix: str = "", delimiter: str = "", after: str = "", count_max: int = PAGE_MAX
) -> Page:
    """Return the entries after `after`, up to `count_max` of them.

    Args:
        keys: all keys, sorted.
        after: a key or a common prefix; only entries greater than it are shown, so a key inside a group skips the
            rest of its group (recorded for `Marker`, unconfirmed for `StartAfter`). "" for the beginning.
    """
    singles: list[str] = []
    groups: list[str] = []
    last: str | None = None
    group_before = _group(after, prefix, delimiter)
    index = max(bisect_right(keys, after), bisect_left(keys, prefix))
    if group_before is not None:
        index = max(index, bisect_left(keys, _successor(group_before)))
    while index < len(keys) and keys[index].startswith(prefix):
        if len(singles) + len(groups) >= count_max:
            return Page(keys=tuple(singles), prefixes=tuple(groups), last=last, is_truncated=count_max > 0)
        last = keys[index]
        group = _group(last, prefix, delimiter)
        if group is None:
            singles.append(last)
            index += 1
        else:
            groups.append(group)
            last = group
            index = bisect_left(keys, _successor(group), index)
    return Page(keys=tuple(singles), prefixes=tuple(groups), last=last, is_truncated=False)


class PairPage(Struct, frozen=True, kw_only=True):
    """One page of a listing in which a key may stand more than once.

    Attributes:
        pairs: key and version or upload id, in order.
        prefixes: common prefixes, in order.
        last: the last pair on the page; a common prefix has no id.
        is_truncated: whether more follows.
    """

    pairs: tuple[tuple[str, str], ...]
    prefixes: tuple[str, ...]
    last: tuple[str, str]
    is_truncated: bool


def page_of_pairs(
    pairs: Sequence[tuple[str, str]],
    *,
    prefix: str = "",
    delimiter: str = "",
    after: tuple[str, str] = ("", ""),
    count_max: int = PAGE_MAX,
) -> PairPage:
    """Return the versions or uploads after `after`, up to `count_max` entries.

    Args:
        pairs: all of them, sorted by key and then as they shall be shown.
        after: a key and one of its ids, whose followers are shown; without an id, only greater keys are.
    """
    singles: list[tuple[str, str]] = []
    groups: list[str] = []
    last = ("", "")
    for key, identifier in _following(pairs, after):
        group = _group(key, prefix, delimiter)
        if not key.startswith(prefix) or (group is not None and (group <= after[0] or group in groups[-1:])):
            continue
        if len(singles) + len(groups) >= count_max:
            return PairPage(pairs=tuple(singles), prefixes=tuple(groups), last=last, is_truncated=count_max > 0)
        if group is None:
            last = (key, identifier)
            singles.append(last)
        else:
            last = (group, "")
            groups.append(group)
    return PairPage(pairs=tuple(singles), prefixes=tuple(groups), last=last, is_truncated=False)


def count_asked(count: int | None, name: str) -> int:
    """Return how many entries a page may have: what was asked for, at most 1,000.

    Raises:
        ApiError: a negative number.
    """
    if count is None:
        return PAGE_MAX
    if count < 0:
        raise invalid_argument(f"Argument {name} must be an integer between 0 and 2147483647", name, count)
    return min(count, PAGE_MAX)


def token_of(last: str) -> str:
    """Return the opaque token for what comes after this entry."""
    return base64.urlsafe_b64encode(_TOKEN_MARK + last.encode()).decode()


def entry_of(token: str) -> str:
    """Return the entry that a token stands for.

    Raises:
        ApiError: it is none of ours.
    """
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        text = b""
    if not text.startswith(_TOKEN_MARK):
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token", token)
    return text.removeprefix(_TOKEN_MARK).decode()


def _following(pairs: Sequence[tuple[str, str]], after: tuple[str, str]) -> Iterator[tuple[str, str]]:
    after_key, after_id = after
    is_past_id = False
    for pair in pairs:
        if pair[0] > after_key or is_past_id:
            yield pair
        is_past_id = bool(after_id) and pair[0] == after_key and (is_past_id or pair[1] == after_id)


def _group(key: str, prefix: str, delimiter: str) -> str | None:
    """Return the common prefix that a key belongs to, None if it stands alone."""
    if not delimiter or not key.startswith(prefix):
        return None
    end = key.find(delimiter, len(prefix))
    return None if end < 0 else key[: end + len(delimiter)]


def _successor(group: str) -> str:
    """Return the least text that is greater than everything that begins with `group`."""
    head = group.rstrip("\U0010ffff")
    return head[:-1] + chr(ord(head[-1]) + 1) if head else group + "\U0010ffff" * 1024
