"""How does a mapping go through a stream? Shard by shard, every parent to its end before its children begin.

Where it begins is fixed when it is first enabled. Shards that come into being later are read from their first record
on, wherever the mapping began: what was written while it was there is not skipped (documented).
"""

from eventsim.mapping.access import Access
from eventsim.mapping.shard_reader import ShardReader
from eventsim.mapping.stream_post import StreamPost, StreamSettings
from eventsim.polled import Shard, Sharded, ShardPosition

FROM_THE_FIRST = ShardPosition(type="TRIM_HORIZON")


class StreamPoller:
    """Feeds one function from one ordered source.

    Args:
        post: what its shards share.
    """

    def __init__(self, post: StreamPost) -> None:
        self._post = post
        self._readers: dict[str, ShardReader] = {}
        self._begins_at: dict[str, int] | None = None
        self._is_polling = False
        self._is_listening = False

    @property
    def source(self) -> Sharded:
        """What it reads."""
        return self._post.source

    @property
    def settings(self) -> StreamSettings:
        """What it does with what it reads."""
        return self._post.settings

    @property
    def last_result(self) -> str:
        """What came of the last batch, in AWS's words."""
        access = self._post.access
        return f"PROBLEM: {access.problem}" if access is not None and access.problem else self._post.last_result

    @property
    def access(self) -> Access | None:
        """What is asked before each poll; None if it may always."""
        return self._post.access

    @access.setter
    def access(self, access: Access | None) -> None:
        self._post.access = access

    def start(self) -> None:
        """Begin to read, or go on after the checkpoints."""
        if self._is_polling:
            return
        self._is_polling = True
        if self._begins_at is None:
            source, position = self._post.source, self._post.settings.position
            self._begins_at = {shard.identifier: source.begin(shard.identifier, position) for shard in source.shards()}
        if not self._is_listening:
            self._is_listening = True
            self._post.source.when_resharded(self._reshard)
        for reader in list(self._readers.values()):
            reader.start()
        self._begin_shards()

    def stop(self) -> None:
        """Read no more; batches in flight end as they end."""
        self._is_polling = False
        for reader in self._readers.values():
            reader.stop()

    def finish(self) -> None:
        """Read no more: what is not done with stays in the stream."""
        self.stop()

    @property
    def is_busy(self) -> bool:
        """Whether something would be lost if nobody waited for it."""
        return False

    def configure(self, settings: StreamSettings) -> None:
        """Go on with other settings, from the checkpoints; where it began does not change."""
        if settings != self._post.settings:
            self._post.settings = settings
            for reader in self._readers.values():
                reader.restart()

    def polls(self) -> int:
        """Return how often shards were polled so far, those times included that gave nothing."""
        return sum(reader.polls() for reader in self._readers.values())

    def checkpoints(self) -> dict[str, int]:
        """Return, for each shard that was begun, the offset of the first record that is not out of the way."""
        return {shard: reader.checkpoint for shard, reader in self._readers.items()}

    def progress(self) -> dict[str, int]:
        """Return how far it is in each shard, for `resume`; empty while it has not begun, or if the source knows it."""
        if self._post.subscribed is not None:
            return {}
        return {**(self._begins_at or {}), **self.checkpoints()}

    def resume(self, progress: dict[str, int]) -> None:
        """Go on where another one was, before it is started; a shard that is not named begins with its first record."""
        self._begins_at = progress

    def _reshard(self) -> None:
        self._post.source.when_resharded(self._reshard)
        self._begin_shards()

    def _begin_shards(self) -> None:
        """Begin with every shard whose parents are done with."""
        if not self._is_polling or self._begins_at is None:
            return
        shards = self._post.source.shards()
        listed = {shard.identifier for shard in shards}
        for shard in shards:
            if shard.identifier not in self._readers and not self._is_blocked(shard, listed):
                offset = self._begins_at.get(shard.identifier)
                if offset is None:
                    offset = self._post.source.begin(shard.identifier, FROM_THE_FIRST)
                reader = self._readers[shard.identifier] = ShardReader(
                    self._post, shard.identifier, offset, self._begin_shards
                )
                reader.start()

    def _is_blocked(self, shard: Shard, listed: set[str]) -> bool:
        """Tell whether a parent is still to be read; one that the source no longer has is not waited for."""
        for parent in shard.parents:
            reader = self._readers.get(parent)
            if reader is None and parent in listed:
                return True
            if reader is not None and not reader.is_finished:
                return True
        return False
