"""Which shard gets a record, and what becomes of shards? The rules of one stream, without clock, luck or trace.

Open shards cover all hash keys, each exactly once. A split or a merge closes its parents and opens their children in
their place; parents stay readable until their records have expired, and then they are no longer listed.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import md5

from msgspec import Struct

from eventsim_sources.stream.limits import HASH_KEY_MAX
from eventsim_sources.stream.sequence import prefix_of
from eventsim_sources.stream.shard import HashRange, Shard


def hash_of(key: bytes) -> int:
    """Return the hash key that a partition key, as UTF-8, stands for."""
    return int.from_bytes(md5(key, usedforsecurity=False).digest())


def uniform_ranges(count: int) -> list[HashRange]:
    """Cut all hash keys into equal parts; the last takes what is left over."""
    size = (HASH_KEY_MAX + 1) // count
    starts = [number * size for number in range(count)]
    return [HashRange(start, end - 1) for start, end in zip(starts, [*starts[1:], HASH_KEY_MAX + 1], strict=True)]


class Reshard(Struct, frozen=True):
    """Shards that were closed, and those that were opened in their place."""

    parents: tuple[Shard, ...]
    children: tuple[Shard, ...]


class Store:
    """The shards of one stream.

    Args:
        start_epoch_us: what is added to an instant of the run to make it a date.
    """

    def __init__(self, start_epoch_us: int) -> None:
        self._start_epoch_us = start_epoch_us
        self._shards: dict[str, Shard] = {}
        self._open: list[Shard] = []
        self._starts: list[int] = []

    @property
    def all_shards(self) -> Mapping[str, Shard]:
        """Every shard there ever was, by id, parents before their children."""
        return self._shards

    @property
    def open_shards(self) -> Sequence[Shard]:
        """Those that take records, by hash key."""
        return self._open

    def begin(self, count: int, now_us: int) -> None:
        """Open a new stream's shards."""
        self._open = [self._add(hashes, now_us) for hashes in uniform_ranges(count)]
        self._starts = [shard.hashes.start for shard in self._open]

    def restore(self, shards: Iterable[Shard]) -> None:
        """Take back the shards of before, in the order of their numbers."""
        self._shards = {shard.identifier: shard for shard in shards}
        is_open = [shard for shard in self._shards.values() if shard.closed_us is None]
        self._open = sorted(is_open, key=lambda shard: shard.hashes.start)
        self._starts = [shard.hashes.start for shard in self._open]

    def route(self, hash_key: int) -> Shard:
        """Return the open shard whose range holds a hash key."""
        return self._open[bisect_right(self._starts, hash_key) - 1]

    def listed(self, expired_us: int) -> Iterator[Shard]:
        """Yield the shards that are open, or were closed after this instant."""
        return (shard for shard in self._shards.values() if shard.closed_us is None or shard.closed_us > expired_us)

    def children_of(self, shard: Shard) -> list[Shard]:
        """Return the shards that a shard was split or merged into."""
        return [each for each in self._shards.values() if shard.identifier in each.parents]

    # --- resharding ------------------------------------------------------------------------------------

    def split(self, shard: Shard, start: int, now_us: int) -> Reshard:
        """Split an open shard in two; the second begins at this hash key, which lies within the shard."""
        shard.close(now_us)
        lower = self._add(HashRange(shard.hashes.start, start - 1), now_us, shard)
        upper = self._add(HashRange(start, shard.hashes.end), now_us, shard)
        self._replace(lower, upper, instead_of=1)
        return Reshard((shard,), (lower, upper))

    def merge(self, shard: Shard, adjacent: Shard, now_us: int) -> Reshard:
        """Make one of two open shards whose ranges meet."""
        for each in (shard, adjacent):
            each.close(now_us)
        start = min(shard.hashes.start, adjacent.hashes.start)
        child = self._add(HashRange(start, max(shard.hashes.end, adjacent.hashes.end)), now_us, shard, adjacent)
        self._replace(child, instead_of=2)
        return Reshard((shard, adjacent), (child,))

    def rescale(self, count: int, now_us: int) -> Iterator[Reshard]:
        """Split and merge until there are so many open shards of equal size; yield each step after it is done.

        Shards that were only wanted as parts of others live for this instant only, as on AWS.
        """
        for target in uniform_ranges(count):
            for edge in (target.start, target.end + 1):
                shard = self.route(min(edge, HASH_KEY_MAX))
                if shard.hashes.start < edge <= shard.hashes.end:
                    yield self.split(shard, edge, now_us)
            while (first := self.route(target.start)).hashes != target:
                yield self.merge(first, self.route(first.hashes.end + 1), now_us)

    def _add(self, hashes: HashRange, now_us: int, *parents: Shard) -> Shard:
        number = len(self._shards)
        prefix = prefix_of((self._start_epoch_us + now_us) // 1_000, number)
        names = tuple(parent.identifier for parent in parents)
        shard = Shard(number, hashes, born_us=now_us, prefix=prefix, parents=names)
        self._shards[shard.identifier] = shard
        return shard

    def _replace(self, *shards: Shard, instead_of: int) -> None:
        """Put open shards where so many others were."""
        place = bisect_left(self._starts, shards[0].hashes.start)
        self._open[place : place + instead_of] = shards
        self._starts[place : place + instead_of] = [shard.hashes.start for shard in shards]


def are_adjacent(shard: Shard, other: Shard) -> bool:
    """Tell whether the ranges of two shards meet."""
    return shard.hashes.end + 1 == other.hashes.start or other.hashes.end + 1 == shard.hashes.start
