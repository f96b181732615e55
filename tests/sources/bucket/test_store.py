"""Versions, delete markers and the bytes of each, against the rules and against a model."""

from itertools import count

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from eventsim_sources.bucket.contents import MemoryContents
from eventsim_sources.bucket.store import ObjectStore
from eventsim_sources.bucket.version import DeleteMarker, ObjectVersion, Version


def new_store() -> ObjectStore:
    """Return an empty store with counted version ids."""
    numbers = count(1)
    return ObjectStore(MemoryContents(), lambda: f"v{next(numbers)}")


def put(store: ObjectStore, key: str, data: bytes) -> ObjectVersion:
    """Write an object."""
    return store.put(ObjectVersion(key=key, etag="e", size_bytes=len(data), modified_s=0), data)


def ids(store: ObjectStore, key: str) -> list[str]:
    """Return the version ids of a key, newest first, markers with an exclamation mark."""
    return [each.version_id + "!" * isinstance(each, DeleteMarker) for each in store.versions(key)]


def test_without_versioning_a_key_has_one_object() -> None:
    """A second write replaces the first; a delete leaves nothing."""
    store = new_store()
    put(store, "k", b"one")
    second = put(store, "k", b"two")

    assert ids(store, "k") == ["null"]
    assert store.read(second) == b"two"

    assert store.delete("k", 0).removed == second
    assert store.delete("k", 0).removed is None
    assert store.all_keys.sorted() == []


def test_enabled_versioning_keeps_every_version() -> None:
    """What was written before is the version `null`; a delete adds a marker; all bytes stay readable."""
    store = new_store()
    before = put(store, "k", b"before")
    store.versioning = "Enabled"
    first = put(store, "k", b"first")
    store.delete("k", 0)

    assert ids(store, "k") == ["v2!", "v1", "null"]
    assert store.live_keys.sorted() == []
    assert store.all_keys.sorted() == ["k"]
    assert store.read(before) == b"before"
    assert store.read(first) == b"first"


def test_removing_a_marker_brings_the_object_back() -> None:
    """The version before the removed one becomes the newest."""
    store = new_store()
    store.versioning = "Enabled"
    first = put(store, "k", b"first")
    marker = store.delete("k", 0).marker
    assert marker is not None

    store.delete_version("k", marker.version_id)

    assert store.latest("k") == first
    assert store.read(first) == b"first"
    assert store.live_keys.sorted() == ["k"]


def test_suspended_versioning_replaces_only_the_null_version() -> None:
    """Versions with ids stay; a write and a delete both take the place of `null`."""
    store = new_store()
    store.versioning = "Enabled"
    put(store, "k", b"kept")
    store.versioning = "Suspended"
    put(store, "k", b"null-1")
    put(store, "k", b"null-2")

    assert ids(store, "k") == ["null", "v1"]

    store.delete("k", 0)
    assert ids(store, "k") == ["null!", "v1"]

    put(store, "k", b"null-3")
    assert ids(store, "k") == ["null", "v1"]


def test_an_id_of_an_earlier_run_is_not_given_again() -> None:
    """The same seed gives the same ids; those of objects that were there already are passed over."""
    contents = MemoryContents()
    before = ObjectVersion(key="k", version_id="v1", etag="e", size_bytes=3, modified_s=0)
    contents.write(before, b"old")
    numbers = count(1)
    store = ObjectStore(contents, lambda: f"v{next(numbers)}")
    store.adopt(before)
    store.versioning = "Enabled"

    put(store, "k", b"new")

    assert ids(store, "k") == ["v2", "v1"]
    assert store.read(before) == b"old"


class StoreAgainstModel(RuleBasedStateMachine):
    """The store does what a list of (key, version, bytes) would."""

    KEYS = st.sampled_from(["a", "b", "c"])

    def __init__(self) -> None:
        super().__init__()
        self.store = new_store()
        self.model: list[tuple[Version, bytes]] = []

    def newest(self, key: str) -> Version | None:
        """Return the model's newest version of a key."""
        return next((version for version, _ in reversed(self.model) if version.key == key), None)

    def drop_null(self, key: str) -> None:
        """Remove the model's null version of a key."""
        self.model = [each for each in self.model if (each[0].key, each[0].version_id) != (key, "null")]

    @rule(key=KEYS, data=st.binary(max_size=3))
    def put(self, key: str, data: bytes) -> None:
        """Write."""
        version = put(self.store, key, data)
        self.drop_null(key) if version.version_id == "null" else None
        self.model.append((version, data))

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        """Delete without a version id."""
        deletion = self.store.delete(key, 0)
        if self.store.versioning != "Enabled":
            self.drop_null(key)
        if deletion.marker is not None:
            self.model.append((deletion.marker, b""))

    @rule(data=st.data())
    def delete_version(self, data: st.DataObject) -> None:
        """Delete one version for good."""
        if self.model:
            gone = data.draw(st.sampled_from(self.model))
            assert self.store.delete_version(gone[0].key, gone[0].version_id) == gone[0]
            self.model.remove(gone)

    @rule(state=st.sampled_from(["Enabled", "Suspended"]))
    def set_versioning(self, state: str) -> None:
        """Switch versioning; it is never unset again."""
        self.store.versioning = state  # type: ignore[assignment]  # one of the literals

    @invariant()
    def store_and_model_agree(self) -> None:
        """The same versions in the same order, the same bytes, the same keys."""
        keys = sorted({version.key for version, _ in self.model})
        assert self.store.all_keys.sorted() == keys
        assert self.store.live_keys.sorted() == [key for key in keys if isinstance(self.newest(key), ObjectVersion)]
        for key in keys:
            assert self.store.versions(key) == [version for version, _ in self.model if version.key == key][::-1]
        for version, data in self.model:
            if isinstance(version, ObjectVersion):
                assert self.store.read(version) == data


TestStoreAgainstModel = StoreAgainstModel.TestCase
