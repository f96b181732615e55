"""What does a bucket hold? Versions of objects by key, and the rules of versioning.

A bucket begins without versioning: each key has one object, its version id is `null`. Once *enabled*, every write adds
a version and every delete adds a delete marker. *Suspended*, writes and deletes replace the `null` version and leave
the others alone. The newest version of a key is what readers get; a delete marker there means: no such key.

The bytes of the newest versions lie in `Contents`; older versions last as long as the run, in memory.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from eventsim_sources.bucket.contents import Contents, Data
from eventsim_sources.bucket.version import NULL_VERSION, DeleteMarker, ObjectVersion, Version

Versioning = Literal["", "Enabled", "Suspended"]


class Deletion(Struct, frozen=True, kw_only=True):
    """What came of a delete.

    Attributes:
        removed: the version that is gone for good, if any.
        marker: the delete marker that was added, if any.
    """

    removed: Version | None = None
    marker: DeleteMarker | None = None


class KeyOrder:
    """A set of keys that can be read in order; sorted when somebody looks."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._is_sorted = True

    def add(self, key: str) -> None:
        """Add a key that is not there."""
        self._is_sorted = self._is_sorted and (not self._keys or self._keys[-1] < key)
        self._keys.append(key)

    def discard(self, key: str) -> None:
        """Remove a key if it is there."""
        keys = self.sorted()
        index = bisect_left(keys, key)
        if index < len(keys) and keys[index] == key:
            del keys[index]

    def sorted(self) -> list[str]:
        """Return the keys in order; the list is not the caller's to change."""
        if not self._is_sorted:
            self._keys.sort()
            self._is_sorted = True
        return self._keys

    def __len__(self) -> int:
        return len(self._keys)


class ObjectStore:
    """The objects of one bucket.

    Args:
        new_version_id: gives one version id after another.
    """

    def __init__(self, contents: Contents, new_version_id: Callable[[], str]) -> None:
        self.versioning: Versioning = ""
        self.live_keys = KeyOrder()
        """Keys whose newest version is an object."""
        self.all_keys = KeyOrder()
        """Keys with any version."""
        self.changes = 0
        """How many writes and deletes there were."""
        self.changed_at: dict[str, int] = {}
        """Key → which change touched it last."""
        self.on_change: Callable[[str], None] | None = None
        """Who is told of each key under which something changes, None for nobody."""
        self._contents = contents
        self._new_version_id = new_version_id
        self._adopted_ids: set[str] = set()
        self._versions: dict[str, list[Version]] = {}  # oldest first
        self._older_data: dict[tuple[str, str], Data] = {}

    def latest(self, key: str) -> Version | None:
        """Return the newest version under a key."""
        versions = self._versions.get(key)
        return versions[-1] if versions else None

    def version(self, key: str, version_id: str) -> Version | None:
        """Return one version."""
        return next((each for each in self._versions.get(key, ()) if each.version_id == version_id), None)

    def versions(self, key: str) -> list[Version]:
        """Return all versions under a key, newest first."""
        return self._versions.get(key, [])[::-1]

    def every_version(self) -> Iterator[Version]:
        """Yield all versions under all keys."""
        for versions in self._versions.values():
            yield from versions

    def read(self, version: ObjectVersion) -> Data:
        """Return the bytes of a version that is here."""
        older = self._older_data.get((version.key, version.version_id))
        return self._contents.read(version.key) if older is None else older

    def put(self, version: ObjectVersion, data: Data) -> ObjectVersion:
        """Make this the newest version under its key, and return it with its version id.

        One that has an id already keeps it, as the copy of another bucket's version does.
        """
        has_id = version.version_id != NULL_VERSION
        version_id = version.version_id if has_id else self._next_version_id()
        version = replace(version, version_id=version_id)
        before = self.latest(version.key)
        if isinstance(before, ObjectVersion) and before.version_id != version_id:
            self._older_data[before.key, before.version_id] = self._contents.read(before.key)
        self._contents.write(version, data)
        self._append(version)
        return version

    def adopt(self, version: ObjectVersion) -> None:
        """Take in an object whose bytes are in the contents already."""
        self._adopted_ids.add(version.version_id)
        self._append(version)

    def overtake(self, version: ObjectVersion) -> ObjectVersion:
        """Take in bytes that somebody else put into the contents; the version whose bytes they covered is gone."""
        was_live = self._drop_covered(version.key)
        version = replace(version, version_id=self._next_version_id())
        self._append(version, was_live=was_live)
        return version

    def lose(self, key: str, now_s: int) -> Version:
        """Follow somebody else who took the bytes away; return what is gone, or the marker."""
        latest = self._versions[key][-1]
        was_live = self._drop_covered(key)
        if self.versioning:
            latest = DeleteMarker(key=key, version_id=self._next_version_id(), modified_s=now_s)
            self._append(latest, was_live=was_live)
        else:
            if not self._versions[key]:
                del self._versions[key]
                self.all_keys.discard(key)
            self._note_change(key, was_live=was_live)
        return latest

    def _drop_covered(self, key: str) -> bool:
        """Forget the newest version of a key if it is an object; tell whether it was."""
        latest = self.latest(key)
        if not isinstance(latest, ObjectVersion):
            return False
        self._versions[key].remove(latest)
        return True

    def amend(self, version: ObjectVersion) -> None:
        """Replace what is known of a version that is here; its bytes stay."""
        versions = self._versions[version.key]
        index = next(i for i, each in enumerate(versions) if each.version_id == version.version_id)
        if index == len(versions) - 1:
            self._contents.write(version, self._contents.read(version.key))
        versions[index] = version
        if self.on_change is not None:
            self.on_change(version.key)

    def delete(self, key: str, now_s: int) -> Deletion:
        """Delete the object, or cover it with a delete marker, as versioning says."""
        if not self.versioning:
            return Deletion(removed=self.delete_version(key, NULL_VERSION))
        is_enabled = self.versioning == "Enabled"
        removed = None if is_enabled else self.delete_version(key, NULL_VERSION)
        marker = DeleteMarker(key=key, version_id=self._next_version_id(), modified_s=now_s)
        self.cover(marker)
        return Deletion(removed=removed, marker=marker)

    def cover(self, marker: DeleteMarker) -> None:
        """Cover what is under a key with a delete marker."""
        latest = self.latest(marker.key)
        if isinstance(latest, ObjectVersion):
            self._older_data[marker.key, latest.version_id] = self._contents.read(marker.key)
            self._contents.remove(marker.key)
        self._append(marker)

    def delete_version(self, key: str, version_id: str) -> Version | None:
        """Remove one version for good and return it; the one before it becomes the newest."""
        version = self.version(key, version_id)
        if version is None:
            return None
        versions = self._versions[key]
        was_live = isinstance(versions[-1], ObjectVersion)
        was_latest = versions[-1] is version
        versions.remove(version)
        self._older_data.pop((key, version_id), None)
        if was_latest:
            self._uncover(key, was_live=was_live)
        if not versions:
            del self._versions[key]
            self.all_keys.discard(key)
        self._note_change(key, was_live=was_live)
        return version

    def _next_version_id(self) -> str:
        """Return the id of the next version; an earlier run with the same seed made the same ids."""
        if self.versioning != "Enabled":
            return NULL_VERSION
        version_id = self._new_version_id()
        while version_id in self._adopted_ids:
            version_id = self._new_version_id()
        return version_id

    def _append(self, version: Version, *, was_live: bool = False) -> None:
        if version.key not in self._versions:
            self.all_keys.add(version.key)
        versions = self._versions.setdefault(version.key, [])
        was_live = was_live or (bool(versions) and isinstance(versions[-1], ObjectVersion))
        if version.version_id == NULL_VERSION:
            versions[:] = [each for each in versions if each.version_id != NULL_VERSION]
            self._older_data.pop((version.key, NULL_VERSION), None)
        versions.append(version)
        self._note_change(version.key, was_live=was_live)

    def _uncover(self, key: str, *, was_live: bool) -> None:
        """Bring the contents in line with a newest version that was not the newest before."""
        latest = self.latest(key)
        if isinstance(latest, ObjectVersion):
            self._contents.write(latest, self._older_data.pop((key, latest.version_id)))
        elif was_live:
            self._contents.remove(key)

    def _note_change(self, key: str, *, was_live: bool) -> None:
        self.changes += 1
        self.changed_at[key] = self.changes
        if self.on_change is not None:
            self.on_change(key)
        is_live = isinstance(self.latest(key), ObjectVersion)
        if is_live and not was_live:
            self.live_keys.add(key)
        elif was_live and not is_live:
            self.live_keys.discard(key)
