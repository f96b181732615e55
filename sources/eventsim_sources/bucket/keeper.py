"""What became of the folder of a bucket? Files that others put, change or take away there are objects that come and go.

The noises only say where to look. What happened is worked out by comparing the file with what we know of it, so our own
writes, which we know, are nothing new.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING

from eventsim import OUTSIDE, StorageError, World
from eventsim_sources.bucket.checksum import summed_object
from eventsim_sources.bucket.folder import FolderContents, Stamp
from eventsim_sources.bucket.unrest import STILL_US, Noise, Unrest
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion
from eventsim_sources.bucket.watcher import Listener, Watcher

if TYPE_CHECKING:
    from eventsim_sources.bucket.source import Bucket

_log = logging.getLogger(__name__)


class Keeper:
    """Keeps a bucket in line with its folder."""

    def __init__(self, world: World, bucket: "Bucket", contents: FolderContents) -> None:
        self._clock = world.clock
        self._bucket = bucket
        self._contents = contents
        self._unrest = Unrest()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_us = 0
        self._looking: asyncio.Task[None] | None = None
        self._is_closed = False
        self._refused: set[str] = set()

    def close(self) -> None:
        """Look no more."""
        self._is_closed = True
        self._set_timer()
        if self._looking is not None:
            self._looking.cancel()

    def discard_folder(self) -> None:
        """Remove the folder, in which no object is left.

        Raises:
            FileExistsError: somebody has just put something there.
        """
        self._contents.discard()

    def hear(self, noise: Noise, path: str) -> None:
        """Something happened to a file."""
        self._unrest.hear(noise, path, self._clock.now_us)
        self._set_timer()

    def hear_move(self, path: str, new_path: str) -> None:
        """A file has another name."""
        self._unrest.hear_move(path, new_path, self._clock.now_us)
        self._set_timer()

    def suspect(self, path: str) -> None:
        """Something happened to a folder."""
        self._unrest.suspect("" if path == "." else path, self._clock.now_us)
        self._set_timer()

    def _set_timer(self) -> None:
        """Have one timer stand at about the next instant at which something is due."""
        due_us = None if self._is_closed or self._looking is not None else self._unrest.next_us()
        if self._timer is not None:
            if due_us is not None and self._timer_us <= due_us:
                return  # one that rings too early just looks again
            self._timer.cancel()
            self._timer = None
        if due_us is not None:
            self._timer_us = due_us
            self._timer = self._clock.loop.call_later(max(0, due_us - self._clock.now_us) / 1e6, self._ring)

    def _ring(self) -> None:
        self._timer = None
        paths, folders = self._unrest.due(self._clock.now_us)
        for folder in folders:
            paths += self._changed(folder)
        if paths:
            self._looking = self._clock.loop.create_task(self._look(sorted(set(paths))), name="folder of a bucket")
        self._set_timer()

    def _changed(self, folder: str) -> list[str]:
        """Look a folder through: return what is at rest and other than known; what is not at rest is for later."""
        known = self._contents.stamps
        within = f"{folder}/" if folder else ""
        there: dict[str, Stamp] = dict(self._contents.scan(folder))
        changed = [path for path in known if path.startswith(within) and path not in there]
        still_ns = time_ns() - STILL_US * 1000
        for path, stamp in there.items():
            if known.get(path) == stamp:
                continue
            if stamp.modified_ns > still_ns:
                self._unrest.wait(path, self._clock.now_us)
            else:
                changed.append(path)
        return changed

    async def _look(self, paths: Sequence[str]) -> None:
        """Tell of what went, then of what came: a file that was moved is never in two places."""
        try:
            come = [(path, stamp) for path in paths if (stamp := self._contents.stamp(path)) is not None]
            there = {path for path, _ in come}
            for path in paths:
                if path not in there:
                    self._lose(path)
            for path, stamp in come:
                if stamp != self._contents.stamps.get(path):
                    await self._take(path, stamp)
        except StorageError as error:
            _log.warning("%s", error)
        finally:
            self._looking = None
            self._set_timer()

    async def _take(self, path: str, stamp: Stamp) -> None:
        """Take a file for an object, if it has not changed while it was read."""
        key = self._contents.fit_key(path)
        if key is None:
            if path not in self._refused:
                self._refused.add(path)
                _log.warning("%s cannot be an object of %s; give it another name", path, self._bucket.name)
            return
        try:
            version = await asyncio.to_thread(self._read, path, key)
        except OSError:
            version = None
        if version is None or self._contents.stamp(path) != stamp:
            self._unrest.wait(path, self._clock.now_us)
            return
        self._contents.admit(path, key, stamp)
        version = self._bucket.replication.begin(self._bucket.store.overtake(version), OUTSIDE)
        self._bucket.notifier.tell("ObjectCreated:Put", version, OUTSIDE, 0)

    def _read(self, path: str, key: str) -> ObjectVersion:
        return summed_object(key, self._contents.read_path(path), self._now_s())

    def _lose(self, path: str) -> None:
        """Follow a file that is gone, if it was an object."""
        key = self._contents.forget(path)
        if key is not None:
            version = self._bucket.store.lose(key, self._now_s())
            kind = "DeleteMarkerCreated" if isinstance(version, DeleteMarker) else "Delete"
            self._bucket.tell(f"ObjectRemoved:{kind}", version, OUTSIDE, 0)

    def _now_s(self) -> int:
        return self._clock.epoch_ms() // 1000


class Keepers:
    """All keepers of a world, with the watcher that they share."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._keepers: list[Keeper] = []
        self._watcher = Watcher(world)

    def keep(self, bucket: "Bucket", contents: FolderContents) -> Keeper:
        """Keep a bucket in line with its folder; somebody has to listen for it."""
        keeper = Keeper(self._world, bucket, contents)
        self._keepers.append(keeper)
        return keeper

    def listen(self, folder: Path, listener: Listener) -> None:
        """Have a listener told of what happens in a folder."""
        self._watcher.watch(folder, listener)

    def release(self, keeper: Keeper) -> None:
        """Keep a bucket no more."""
        self._keepers.remove(keeper)
        keeper.close()

    async def close(self) -> None:
        """Look no more."""
        await self._watcher.close()
        for keeper in self._keepers:
            keeper.close()
