"""What is a record called? Sequence numbers: 56 decimal digits that begin with 49 and grow within a shard.

The digits say when the shard was born (14, in milliseconds since 1970), which shard of the stream it is (8), and which
record (32, from 1). So a child's numbers are larger than its parents', and a number tells its place without a search.
"""

from typing import Final

_COUNTER_DIGITS: Final = 32


def prefix_of(born_ms: int, shard_number: int) -> str:
    """Return what all numbers of a shard begin with."""
    return f"49{born_ms:014d}{shard_number:08d}"


def number_at(prefix: str, offset: int) -> str:
    """Return the number of the record at this offset; -1 gives the number in front of the first."""
    return f"{prefix}{offset + 1:032d}"


def offset_of(prefix: str, number: str) -> int | None:
    """Return the offset that a number names, -1 for the one in front of the first, None if it is of another shard."""
    padded = number.zfill(len(prefix) + _COUNTER_DIGITS)
    if len(padded) != len(prefix) + _COUNTER_DIGITS or not padded.startswith(prefix):
        return None
    return int(padded[len(prefix) :]) - 1
