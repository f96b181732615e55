"""Who lets objects go when their time is over? The lifecycle rules of one bucket, once a day at midnight UTC.

The clock's calendar rings for it, and only if something may be due: a run goes on to that midnight if it goes on
anyway. A bucket without rules does nothing of this; one with rules notes which keys change, and looks at them at the
next midnight.
"""

import heapq
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from eventsim import OUTSIDE, World
from eventsim_sources.bucket.lifetime import DAY_S, Due, Rule, abortion_of, chosen, dues, rules_of
from eventsim_sources.bucket.multipart import Uploads
from eventsim_sources.bucket.notifier import Notifier
from eventsim_sources.bucket.store import ObjectStore
from eventsim_sources.bucket.version import ObjectVersion

_SECOND_US = 1_000_000


class Lifecycle:
    """What becomes of the objects and uploads of one bucket as they grow old.

    Attributes:
        rules: those that are followed.
    """

    def __init__(self, world: World, bucket: str, store: ObjectStore, uploads: Uploads, notifier: Notifier) -> None:
        self.rules: tuple[Rule, ...] = ()
        self._clock = world.clock
        self._trace = world.trace
        self._bucket = bucket
        self._store = store
        self._uploads = uploads
        self._notifier = notifier
        self._changed: set[str] = set()
        self._due: list[tuple[int, str]] = []
        self._due_by_key: dict[str, int] = {}
        self._rings_us: list[int] = []
        self._aborted = world.trace.kind("upload aborted", "{place} aborted the upload of {subject} (rule {rule})")

    def follow(self, configuration: Mapping[str, Any] | None) -> None:
        """Follow these rules from now on, None for no rules; what is due by them already is so at the next midnight."""
        self.rules = rules_of(configuration)
        self._due.clear()
        self._due_by_key.clear()
        self._changed.clear()
        self._store.on_change = self.look_at if self.rules else None
        if self.rules:
            self._changed.update(self._store.all_keys.sorted())
            self._ring_at(self._next_midnight_s())

    def look_at(self, key: str) -> None:
        """Look at what is under a key at the next midnight: it has changed."""
        if not self._changed:
            self._ring_at(self._next_midnight_s())
        self._changed.add(key)

    def begin(self, key: str) -> None:
        """Follow an upload that begins."""
        if self.rules:
            self.look_at(key)

    # --- as midnights come ------------------------------------------------------------------------------------

    def _next_midnight_s(self) -> int:
        return (self._now_s() // DAY_S + 1) * DAY_S

    def _now_s(self) -> int:
        return self._clock.epoch_us() // _SECOND_US

    def _ring_at(self, epoch_s: int) -> None:
        """Have the calendar ring, if it does not ring earlier anyway."""
        at_us = epoch_s * _SECOND_US - self._clock.start_epoch_us
        if not self._rings_us or at_us < self._rings_us[0]:
            heapq.heappush(self._rings_us, at_us)
            self._clock.by_calendar(at_us, Lifecycle._ring, self)

    def _ring(self) -> None:
        heapq.heappop(self._rings_us)
        now_s = self._now_s()
        keys, self._changed = self._changed, set()
        while self._due and self._due[0][0] <= now_s:
            at_s, key = heapq.heappop(self._due)
            if self._due_by_key.get(key) == at_s:
                keys.add(key)
        for key in sorted(keys):
            self._clock.soon(self._see_to, key)
        self._clock.soon(Lifecycle._see_to_uploads, self)
        if self._due:
            self._ring_at(self._due[0][0])

    def _see_to(self, key: str) -> None:
        """Do what is due to the versions under a key, and note when something will be."""
        self._due_by_key.pop(key, None)
        now_s = self._now_s()
        coming = list(dues(self.rules, self._store.versions(key), is_versioned=bool(self._store.versioning)))
        for due in chosen([each for each in coming if each.at_s <= now_s]):
            self._do(due)
        following = min((each.at_s for each in coming if each.at_s > now_s), default=None)
        if following is not None:
            self._due_by_key[key] = following
            heapq.heappush(self._due, (following, key))
            self._ring_at(following)

    def _do(self, due: Due) -> None:
        """Let one thing happen, and tell of it; that it changes the key has it looked at again tomorrow."""
        version, tell = due.version, self._notifier.tell
        if due.storage_class and isinstance(version, ObjectVersion):
            moved = replace(version, properties={**version.properties, "StorageClass": due.storage_class})
            self._store.amend(moved)
            tell("LifecycleTransition", moved, OUTSIDE, 0)
        elif due.is_final:
            self._store.delete_version(version.key, version.version_id)
            tell("LifecycleExpiration:Delete", version, OUTSIDE, 0)
        else:
            marker = self._store.delete(version.key, self._now_s()).marker
            assert marker is not None, "only a bucket with versions leaves something behind"
            tell("LifecycleExpiration:DeleteMarkerCreated", marker, OUTSIDE, 0)

    def _see_to_uploads(self) -> None:
        """Abort the uploads that take too long; nobody is told of it (documented)."""
        for upload in self._uploads.under_way():
            end = abortion_of(self.rules, upload.key, upload.initiated_s)
            if end is None:
                continue
            at_s, rule = end
            if at_s > self._now_s():
                self._ring_at(at_s)
                continue
            self._uploads.finish(upload, None)
            subject = self._trace.subject("object", f"{self._bucket}/{upload.key}")
            place = self._trace.subject("bucket", self._bucket)
            self._trace.record(self._aborted, subject, place, 0, detail={"rule": rule})
