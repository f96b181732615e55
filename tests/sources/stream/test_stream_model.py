"""A stream against its model: whatever is put, split and merged, every reader gets every record once and in order."""

from collections import defaultdict
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from eventsim_sources.stream.limits import HASH_KEY_MAX
from eventsim_sources.stream.record import Record
from eventsim_sources.stream.store import Store, are_adjacent, hash_of, uniform_ranges

KEYS = st.sampled_from([f"key-{number}" for number in range(12)])
FRACTIONS = st.floats(min_value=0, max_value=1, exclude_max=True)


class Reader:
    """Reads each shard to its end once its parents are at theirs."""

    def __init__(self) -> None:
        self.offsets: dict[str, int] = defaultdict(int)
        self.done: set[str] = set()
        self.seen: list[Record] = []

    def step(self, store: Store, count: int) -> int:
        """Read up to so many records of each shard that may be read; return how many there were."""
        before = len(self.seen)
        for name, shard in store.all_shards.items():
            if self.done.issuperset(shard.parents):
                read = shard.read(self.offsets[name], count)
                self.offsets[name] += len(read)
                self.seen += read
                if shard.closed_us is not None and self.offsets[name] >= shard.end:
                    self.done.add(name)
        return len(self.seen) - before


class StreamModel(RuleBasedStateMachine):
    """A store, two readers at different speeds, and what was put."""

    @initialize(shards=st.integers(min_value=1, max_value=4))
    def begin(self, shards: int) -> None:
        """Make the stream."""
        self.now_us = 0
        self.store = Store(1_767_225_600_000_000)
        self.store.begin(shards, 0)
        self.put_of: dict[str, list[bytes]] = defaultdict(list)
        self.count = 0
        self.readers = [Reader(), Reader()]

    @rule(keys=st.lists(KEYS, min_size=1, max_size=5))
    def put(self, keys: list[str]) -> None:
        """Put a record for each key."""
        for key in keys:
            data = str(self.count).encode()
            self.count += 1
            self.store.route(hash_of(key.encode())).put(key, data, self.now_us)
            self.put_of[key].append(data)

    @rule(span_us=st.integers(min_value=1, max_value=5_000_000))
    def wait(self, span_us: int) -> None:
        """Let time pass."""
        self.now_us += span_us

    @rule(which=FRACTIONS, where=FRACTIONS)
    def split(self, which: float, where: float) -> None:
        """Split an open shard somewhere."""
        shards = self.store.open_shards
        shard = shards[int(which * len(shards))]
        width = shard.hashes.end - shard.hashes.start
        if width and len(shards) < 20:
            start = shard.hashes.start + 1 + int(where * (width - 1))
            self.store.split(shard, start, self.now_us)

    @rule(which=FRACTIONS)
    def merge(self, which: float) -> None:
        """Merge two open shards that meet."""
        shards = self.store.open_shards
        if len(shards) > 1:
            place = int(which * (len(shards) - 1))
            assert are_adjacent(shards[place], shards[place + 1])
            self.store.merge(shards[place], shards[place + 1], self.now_us)

    @rule(count=st.integers(min_value=1, max_value=6))
    def rescale(self, count: int) -> None:
        """Have so many equal shards."""
        list(self.store.rescale(count, self.now_us))
        assert [shard.hashes for shard in self.store.open_shards] == uniform_ranges(count)

    @rule(reader=st.integers(min_value=0, max_value=1), count=st.integers(min_value=1, max_value=4))
    def read(self, reader: int, count: int) -> None:
        """Let a reader read on."""
        self.readers[reader].step(self.store, count)

    @invariant()
    def open_shards_cover_all_hash_keys_once(self) -> None:
        """Without a gap, without an overlap."""
        ranges = [shard.hashes for shard in self.store.open_shards]
        assert ranges[0].start == 0
        assert ranges[-1].end == HASH_KEY_MAX
        assert all(lower.end + 1 == upper.start for lower, upper in pairwise(ranges))

    def teardown(self) -> None:
        """Let both readers read to the end, and compare."""
        if not hasattr(self, "store"):
            return
        for reader in self.readers:
            generations = len(self.store.all_shards)
            while reader.step(self.store, 100) or generations > 0:
                generations -= 1  # shards without a record hold their children up, too
            seen_of: dict[str, list[bytes]] = defaultdict(list)
            numbers_of: dict[str, list[int]] = defaultdict(list)
            for record in reader.seen:
                seen_of[record.key].append(record.data)
                numbers_of[record.key].append(int(record.identifier))
            assert seen_of == self.put_of
            assert all(numbers == sorted(set(numbers)) for numbers in numbers_of.values())


def test_every_reader_gets_every_record_once_and_in_order() -> None:
    """Of each key, whatever is split and merged meanwhile, if parents are read before their children."""
    run_state_machine_as_test(StreamModel, settings=settings(max_examples=60, stateful_step_count=30, deadline=None))
