"""Is this batch due, and what became of its members?

A batch goes out as soon as it holds `size_max` members, its window has ended, or one more member would make its event
larger than 6 MB; without a window, whatever one receive gave goes out at once (documented).

A function that reports batch item failures names the members that failed. Nothing, an empty value or an empty list
means that none did; anything that AWS cannot make sense of means that all did (recorded, see `decide_failures`).
"""

from collections.abc import Collection
from typing import Any

import msgspec
from msgspec import Struct

from eventsim.limits import BATCH_BYTES_MAX, BATCH_SIZE_DEFAULT

ENVELOPE_BYTES = len('{"Records":[]}')
"""The event of a batch around its members."""


class BatchPolicy(Struct, frozen=True, kw_only=True, gc=False):
    """How a mapping gathers a batch.

    Attributes:
        size_max: members.
        window_us: how long an unfilled batch may wait; 0 for not at all.
        bytes_max: the serialised event.
    """

    size_max: int = BATCH_SIZE_DEFAULT
    window_us: int = 0
    bytes_max: int = BATCH_BYTES_MAX

    def fits(self, size: int, size_bytes: int, more_bytes: int) -> bool:
        """Tell whether a member of `more_bytes` may join a batch; the first one always may."""
        return size == 0 or (size < self.size_max and size_bytes + more_bytes <= self.bytes_max - ENVELOPE_BYTES)

    def is_whole(self, size: int, size_bytes: int) -> bool:
        """Tell whether what one receive gave is a batch that goes out at once, whole."""
        return (not self.window_us or size == self.size_max) and size_bytes <= self.bytes_max - ENVELOPE_BYTES

    def is_due(self, size: int, waited_us: int) -> bool:
        """Tell whether a batch goes out, so long after its window began."""
        return size >= self.size_max or waited_us >= self.window_us


class AllSucceeded(Struct, frozen=True, gc=False):
    """Every member was processed."""


class SomeFailed(Struct, frozen=True, gc=False):
    """These members failed, all others were processed."""

    identifiers: frozenset[str]


class AllFailed(Struct, frozen=True, gc=False):
    """The response makes no sense, so the whole batch counts as failed."""

    reason: str


Verdict = AllSucceeded | SomeFailed | AllFailed

ALL_SUCCEEDED = AllSucceeded()


def decide_failures(payload: str, identifiers: Collection[str]) -> Verdict:
    """Decide which members of a batch failed.

    Args:
        payload: what the function returned, as JSON.
        identifiers: those of the members.
    """
    if payload in _NONE_FAILED:
        return ALL_SUCCEEDED
    try:
        response = msgspec.json.decode(payload)
    except msgspec.DecodeError:
        return AllFailed("the response is not JSON")
    if not isinstance(response, dict):
        return AllFailed(f"the response is not an object: {payload[:80]}") if response else ALL_SUCCEEDED
    items = response.get("batchItemFailures")
    if items is None or items == []:
        return ALL_SUCCEEDED
    if not isinstance(items, list):
        return AllFailed("batchItemFailures is not a list")
    return _read(items, identifiers)


_NONE_FAILED = frozenset({"null", '""', "[]", "{}", '{"batchItemFailures":[]}', '{"batchItemFailures": []}'})
"""The usual ways to say so, known without decoding."""


def _read(items: list[Any], identifiers: Collection[str]) -> Verdict:
    failed = []
    for item in items:
        identifier = _text_of(item.get("itemIdentifier")) if isinstance(item, dict) else None
        if not isinstance(identifier, str) or not identifier:
            return AllFailed(f"an entry of batchItemFailures has no itemIdentifier: {str(item)[:80]}")
        if identifier not in identifiers:
            return AllFailed(f"itemIdentifier {identifier[:80]!r} is not in the batch")
        failed.append(identifier)
    return SomeFailed(frozenset(failed))


def _text_of(identifier: Any) -> Any:
    """Return an identifier as text: a record of Kafka may be named by its partition and its offset (unconfirmed)."""
    if isinstance(identifier, dict) and identifier.keys() == {"partition", "offset"}:
        return f"{identifier['partition']}-{identifier['offset']}"
    return identifier
