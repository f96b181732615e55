"""What comes in, and what becomes of it if its shard is full?"""

from msgspec import Struct


class Incoming(Struct, frozen=True, gc=False):
    """A record that has been checked and has no place yet.

    Attributes:
        hash_key: by which it finds its shard.
        size_bytes: what counts: data and key.
    """

    key: str
    data: bytes
    hash_key: int
    size_bytes: int


class Throttled(Struct, frozen=True, gc=False):
    """What becomes of a record whose shard has no rate left for it."""

    shard: str
