"""Is an archive unpacked safely? Nothing outside its folder, nothing beyond AWS's limits."""

import io
import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from eventsim import ApiError
from eventsim.calls.lambda_api.code import CodeStore, folder_code

Zipped = Callable[..., bytes]


@pytest.fixture
def store(tmp_path: Path) -> CodeStore:
    return CodeStore(tmp_path / "code")


def link(name: str, goal: str) -> bytes:
    """Return an archive with one symbolic link, and a file that is written through it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        opened.writestr(entry, goal)
        opened.writestr(f"{name}/planted.py", "x = 1")
    return content.getvalue()


def claiming(archive: bytes, size_bytes: int, claimed_bytes: int) -> bytes:
    """Return an archive that says something else of the size of its entry."""
    return archive.replace(size_bytes.to_bytes(4, "little"), claimed_bytes.to_bytes(4, "little"))


def test_files_and_folders_are_written(store: CodeStore, zipped: Zipped) -> None:
    """Digest and size are those of the archive."""
    archive = zipped({"app.py": "x = 1", "package/deep/module.py": "y = 2"})

    code = store.unpack(archive)

    assert code.folder is not None
    assert (code.folder / "package/deep/module.py").read_text() == "y = 2"
    assert (code.size_bytes, code.unzipped_bytes, len(code.sha256)) == (len(archive), 10, 44)


def test_the_same_archive_is_unpacked_once(store: CodeStore, zipped: Zipped) -> None:
    """Functions do not write to their code, so they may share it."""
    first, second = store.unpack(zipped({"a.py": ""})), store.unpack(zipped({"a.py": ""}))

    assert first is second


@pytest.mark.parametrize("name", ["../evil.py", "/evil.py", "a/../../evil.py", "..\\evil.py", "C:\\evil.py"])
def test_no_entry_leaves_its_folder(store: CodeStore, zipped: Zipped, tmp_path: Path, name: str) -> None:
    """A name that leads elsewhere is refused before anything of it is written."""
    with pytest.raises(ApiError, match="would be written outside") as refused:
        store.unpack(zipped({name: "x = 1"}))

    assert refused.value.code == "InvalidParameterValueException"
    assert list(tmp_path.rglob("*evil*")) == []


@pytest.mark.parametrize("goal", ["/", "..", "../.."])
def test_no_link_leads_out(store: CodeStore, tmp_path: Path, goal: str) -> None:
    """Nor can a file be written through one."""
    with pytest.raises(ApiError, match="Could not unzip uploaded file"):
        store.unpack(link("door", goal))

    assert list(tmp_path.rglob("planted.py")) == []


def test_a_bomb_is_refused_unopened(store: CodeStore, zipped: Zipped) -> None:
    """What it says of itself is more than AWS allows."""
    bomb = claiming(zipped({"zeros": b"\0" * 4_999_999}), 4_999_999, 262_144_001)

    with pytest.raises(ApiError, match="Unzipped size must be smaller than 262144000 bytes"):
        store.unpack(bomb)


def test_a_bomb_that_lies_is_stopped(store: CodeStore, zipped: Zipped) -> None:
    """An archive that claims to be small is broken once it turns out to be larger."""
    bomb = claiming(zipped({"zeros": b"\0" * 4_999_999}), 4_999_999, 10)

    with pytest.raises(ApiError, match="Could not unzip uploaded file"):
        store.unpack(bomb)


@pytest.mark.parametrize(
    ("archive", "message"),
    [
        pytest.param(b"", "Could not unzip uploaded file", id="nothing"),
        pytest.param(b"not a zip", "Could not unzip uploaded file", id="no zip"),
        pytest.param(b"PK\x05\x06" + b"\0" * 18, "Uploaded file must be a non-empty zip", id="empty zip"),
    ],
)
def test_what_is_no_archive_is_refused(store: CodeStore, archive: bytes, message: str) -> None:
    """In AWS's words."""
    with pytest.raises(ApiError, match=message):
        store.unpack(archive)


def test_a_file_where_a_folder_should_be_is_refused(store: CodeStore, zipped: Zipped) -> None:
    """Two entries that cannot both be there are a broken archive; the next upload starts anew."""
    with pytest.raises(ApiError, match="Could not unzip uploaded file"):
        store.unpack(zipped({"a": "x", "a/b": "y"}))

    code = store.unpack(zipped({"fine.py": ""}))
    assert code.folder is not None
    assert [path.name for path in code.folder.iterdir()] == ["fine.py"]


def test_a_folder_is_told_of_whose_files_have_names_that_are_no_text(tmp_path: Path) -> None:
    """The file system takes any bytes, and test data have them."""
    os.close(os.open(os.fsencode(tmp_path) + b"/caf\xe9.py", os.O_CREAT))
    before = folder_code(tmp_path)
    (tmp_path / "app.py").write_text("x = 1")

    assert (before.size_bytes, folder_code(tmp_path).size_bytes) == (0, 5)
    assert before.sha256 != folder_code(tmp_path).sha256
