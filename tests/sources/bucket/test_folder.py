"""A bucket in a folder: what is written, what is found, what is refused."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsim import ConfigurationError, StorageError
from eventsim_sources.bucket.folder import FolderContents
from eventsim_sources.bucket.version import ObjectVersion

KEYS = st.lists(
    st.sampled_from(["..", "/", "a", "A", ".", " ", "\\", "%", "CON", "\0", "é", "e\u0301", "x" * 210]),
    min_size=1,
    max_size=5,
).map("".join)


def version(key: str, data: bytes) -> ObjectVersion:
    """Return an object with something to remember."""
    return ObjectVersion(key=key, etag="e", size_bytes=len(data), modified_s=7, metadata={"colour": "red"})


def files_below(folder: Path) -> set[str]:
    """Return the paths of all files below a folder."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_an_object_is_a_file_with_its_name(tmp_path: Path) -> None:
    """A person finds the bytes under the key; notes and unfinished files lie elsewhere."""
    contents = FolderContents(tmp_path / "photos")

    contents.write(version("2025/red flower.jpg", b"red"), b"red")

    assert files_below(tmp_path / "photos") == {"2025/red flower.jpg"}
    assert (tmp_path / "photos/2025/red flower.jpg").read_bytes() == b"red"


def test_objects_are_still_there_in_the_next_run(tmp_path: Path) -> None:
    """Another run of the same folder finds bytes and notes."""
    FolderContents(tmp_path / "photos").write(version("a/b", b"x"), b"x")

    again = FolderContents(tmp_path / "photos")

    assert again.load() == {"a/b": version("a/b", b"x")}
    assert again.read("a/b") == b"x"


def test_a_file_placed_by_hand_is_an_object(tmp_path: Path) -> None:
    """Its name is its key, also where the bucket itself would have spelled it otherwise."""
    folder = tmp_path / "photos"
    (folder / "in").mkdir(parents=True)
    (folder / "in/été 100%.txt").write_bytes(b"summer")
    contents = FolderContents(folder)

    assert contents.load() == {"in/été 100%.txt": None}
    assert contents.read("in/été 100%.txt") == b"summer"

    contents.write(version("in/été 100%.txt", b"autumn"), b"autumn")
    assert files_below(folder) == {"in/été 100%.txt"}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(keys=st.lists(KEYS, unique=True, max_size=8))
def test_no_object_escapes_and_none_is_lost(tmp_path: Path, keys: list[str]) -> None:
    """Whatever the keys, all files stay inside, each key keeps its own bytes, and removing leaves nothing."""
    folder = tmp_path / str(len(list(tmp_path.iterdir()))) / "bucket"
    contents = FolderContents(folder)
    for number, key in enumerate(keys):
        contents.write(version(key, b"%d" % number), b"%d" % number)

    assert {path.name for path in folder.parent.iterdir()} == {"bucket", ".bucket.eventsim"}
    again = FolderContents(folder)
    assert list(again.load()) == sorted(keys)
    for number, key in enumerate(keys):
        assert contents.read(key) == again.read(key) == b"%d" % number

    for key in keys:
        again.remove(key)
    assert files_below(folder.parent) == set()
    assert list(folder.iterdir()) == []


def test_a_key_and_the_folder_of_the_same_name_coexist(tmp_path: Path) -> None:
    """`x`, `x/`, `x/y` and `X` are four objects, although no disk can show them all."""
    contents = FolderContents(tmp_path / "photos")
    keys = ["x", "x/", "x/y", "../x", "X"]

    for key in keys:
        contents.write(version(key, key.encode()), key.encode())

    assert [contents.read(key) for key in keys] == [key.encode() for key in keys]
    assert files_below(tmp_path / "photos") == {"x", "%2E%2E/x"}


def test_a_symbolic_link_is_refused(tmp_path: Path) -> None:
    """A link could lead anywhere: it is found at the start, and later when it is in the way."""
    folder = tmp_path / "photos"
    folder.mkdir()
    (tmp_path / "secret").mkdir()
    (folder / "link").symlink_to(tmp_path / "secret")

    with pytest.raises(ConfigurationError, match="symbolic link"):
        FolderContents(folder).load()
    with pytest.raises(StorageError, match="leads out of the bucket's folder"):
        FolderContents(folder).write(version("link/x", b""), b"")

    assert list((tmp_path / "secret").iterdir()) == []


def test_a_link_in_place_of_an_object_is_not_followed(tmp_path: Path) -> None:
    """Reading refuses it; writing replaces the link, not what it points to."""
    (tmp_path / "secret").write_bytes(b"secret")
    contents = FolderContents(tmp_path / "photos")
    (tmp_path / "photos/k").symlink_to(tmp_path / "secret")

    with pytest.raises(StorageError):
        contents.read("k")
    contents.write(version("k", b"mine"), b"mine")

    assert (tmp_path / "secret").read_bytes() == b"secret"
    assert contents.read("k") == b"mine"


def test_two_files_for_one_key_are_refused(tmp_path: Path) -> None:
    """A spelled-out name and the name itself cannot both be the object."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos/é").write_bytes(b"1")
    (tmp_path / "photos/%C3%A9").write_bytes(b"2")

    with pytest.raises(ConfigurationError, match="both stand for the object 'é'"):
        FolderContents(tmp_path / "photos").load()


def test_a_name_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A key is UTF-8."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / os.fsdecode(b"\xff")).write_bytes(b"")

    with pytest.raises(ConfigurationError, match="not UTF-8"):
        FolderContents(tmp_path / "photos").load()


def test_a_damaged_note_is_reported(tmp_path: Path) -> None:
    """The error names the file and what to do with it."""
    FolderContents(tmp_path / "photos").write(version("k", b"x"), b"x")
    (note,) = (tmp_path / ".photos.eventsim/notes").iterdir()
    note.write_text("{")

    with pytest.raises(ConfigurationError, match="is damaged"):
        FolderContents(tmp_path / "photos").load()


def test_a_disk_that_refuses_leaves_the_old_object_whole(tmp_path: Path) -> None:
    """The new bytes never take the name before they are complete."""
    contents = FolderContents(tmp_path / "photos")
    contents.write(version("k", b"old"), b"old")
    unfinished = tmp_path / ".photos.eventsim/unfinished"
    unfinished.rmdir()

    with pytest.raises(StorageError, match="must be writable"):
        contents.write(version("k", b"new"), b"new")

    assert contents.read("k") == b"old"
