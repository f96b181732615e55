"""Which file does user code open?"""

import bz2
import glob
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image


def test_tmp_belongs_to_one_environment(user_process: Any) -> None:
    """A file in `/tmp` is there at the next invocation of its environment, and in no other."""
    one, two = user_process.environment("one"), user_process.environment("two")
    user_process.inside(lambda: Path("/tmp/cache.txt").write_text("mine"), one)

    assert user_process.inside(lambda: Path("/tmp/cache.txt").read_text(), one) == "mine"
    assert user_process.inside(lambda: os.path.exists("/tmp/cache.txt"), two) is False
    assert not Path("/tmp/cache.txt").exists()


def _with_builtin_open() -> object:
    with open("/tmp/a.txt", "w") as file:
        file.write("hello\n")
    with open("/tmp/a.txt") as file:
        return file.name, file.read()


def _with_binary_update() -> object:
    with open("/tmp/a.bin", "wb+") as file:
        file.write(b"hello")
        file.seek(1)
        return file.name, file.mode, file.read()


def _with_bytes_names() -> object:
    os.mkdir(b"/tmp/d")
    with open(b"/tmp/d/a", "wb"):
        return os.listdir(b"/tmp/d"), [entry.path for entry in os.scandir(b"/tmp/d")]


def _with_pathlib() -> object:
    folder = Path("/tmp/a/b")
    folder.mkdir(parents=True)
    (folder / "c.txt").write_text("x")
    (folder / "c.txt").rename(folder / "d.txt")
    return [str(path) for path in Path("/tmp").rglob("*")], (folder / "d.txt").resolve().as_posix()


def _with_os_walk() -> object:
    os.makedirs("/tmp/b/c", exist_ok=True)
    Path("/tmp/b/z.txt").touch()
    Path("/tmp/b/a.txt").touch()
    return list(os.walk("/tmp/b")), glob.glob("/tmp/b/*.txt")


def _with_shutil() -> object:
    Path("/tmp/from").mkdir()
    Path("/tmp/from/a.txt").write_text("x")
    shutil.copytree("/tmp/from", "/tmp/to")
    shutil.move("/tmp/to", "/tmp/moved")
    shutil.rmtree("/tmp/from")
    archive = shutil.make_archive("/tmp/packed", "zip", "/tmp/moved")
    return sorted(os.listdir("/tmp")), archive


def _with_archives() -> object:
    with zipfile.ZipFile("/tmp/a.zip", "w") as packed:
        packed.writestr("in.txt", "zip")
    with tarfile.open("/tmp/a.tar.gz", "w:gz") as packed:
        packed.add("/tmp/a.zip", arcname="a.zip")
    with tarfile.open("/tmp/a.tar.gz") as packed:
        packed.extractall("/tmp/out", filter="data")
    with bz2.open("/tmp/a.bz2", "wt") as packed:
        packed.write("bz2")
    return zipfile.ZipFile("/tmp/out/a.zip").read("in.txt"), bz2.open("/tmp/a.bz2", "rt").read()


def _with_tempfile() -> object:
    with tempfile.NamedTemporaryFile(suffix=".txt", delete=False) as file:
        file.write(b"x")
    with tempfile.TemporaryDirectory() as folder:
        is_below = folder.startswith("/tmp/") and os.path.isdir(folder)
    with tempfile.TemporaryFile("w+") as unnamed:
        unnamed.write("y")
    descriptor, name = tempfile.mkstemp()
    os.close(descriptor)
    return tempfile.gettempdir(), file.name[:5], is_below, os.path.exists(folder), os.path.getsize(name)


def _with_sqlite() -> object:
    with sqlite3.connect("/tmp/a.db") as connection:
        connection.execute("create table t (x)")
    connection.close()
    sqlite3.connect("file:/tmp/a.db?mode=ro", uri=True).close()
    return os.path.getsize("/tmp/a.db") > 0


def _with_pillow() -> object:
    Image.new("RGB", (4, 4)).save("/tmp/a.png")
    with Image.open("/tmp/a.png") as picture:
        return picture.size


def _with_links() -> object:
    Path("/tmp/a.txt").write_text("x")
    os.symlink("/tmp/a.txt", "/tmp/b.txt")
    os.symlink("a.txt", "/tmp/c.txt")
    os.link("/tmp/a.txt", "/tmp/d.txt")
    contents = [Path(f"/tmp/{name}.txt").read_text() for name in "bcd"]
    return contents, os.readlink("/tmp/b.txt"), os.readlink("/tmp/c.txt"), os.path.realpath("/tmp/b.txt")


def _with_descriptors() -> object:
    descriptor = os.open("/tmp/a.txt", os.O_CREAT | os.O_WRONLY)
    os.write(descriptor, b"x")
    os.close(descriptor)
    return os.stat("/tmp/a.txt").st_size


def _with_the_working_folder() -> object:
    before = os.getcwd()
    os.makedirs("/tmp/work")
    os.chdir("/tmp/work")
    Path("here.txt").write_text("x")
    return before, os.getcwd(), os.path.exists("/tmp/work/here.txt"), os.path.abspath("here.txt"), Path.cwd().as_posix()


@pytest.mark.parametrize(
    ("handler", "expected"),
    [
        pytest.param(_with_builtin_open, ("/tmp/a.txt", "hello\n"), id="open"),
        pytest.param(_with_binary_update, ("/tmp/a.bin", "rb+", b"ello"), id="open for update"),
        pytest.param(_with_bytes_names, ([b"a"], [b"/tmp/d/a"]), id="bytes"),
        pytest.param(_with_pathlib, (["/tmp/a", "/tmp/a/b", "/tmp/a/b/d.txt"], "/tmp/a/b/d.txt"), id="pathlib"),
        pytest.param(
            _with_os_walk,
            ([("/tmp/b", ["c"], ["a.txt", "z.txt"]), ("/tmp/b/c", [], [])], ["/tmp/b/a.txt", "/tmp/b/z.txt"]),
            id="walk and glob",
        ),
        pytest.param(_with_shutil, (["moved", "packed.zip"], "/tmp/packed.zip"), id="shutil"),
        pytest.param(_with_archives, (b"zip", "bz2"), id="zip, tar, bz2"),
        pytest.param(_with_tempfile, ("/tmp", "/tmp/", True, False, 0), id="tempfile"),
        pytest.param(_with_sqlite, True, id="sqlite3"),
        pytest.param(_with_pillow, (4, 4), id="Pillow"),
        pytest.param(_with_links, (["x", "x", "x"], "/tmp/a.txt", "a.txt", "/tmp/a.txt"), id="links"),
        pytest.param(_with_descriptors, 1, id="descriptors"),
        pytest.param(
            _with_the_working_folder,
            ("/var/task", "/tmp/work", True, "/tmp/work/here.txt", "/tmp/work"),
            id="working folder",
        ),
    ],
)
def test_whatever_takes_a_path_sees_tmp(user_process: Any, handler: Callable[[], object], expected: object) -> None:
    """Everything in Python that takes a path works in `/tmp`, and tells names as user code gave them."""
    assert user_process.inside(handler) == expected


@pytest.mark.parametrize(
    "open_it",
    [
        pytest.param(lambda: open("/tmp/missing.txt"), id="open"),  # noqa: SIM115 - it fails
        pytest.param(lambda: os.stat("/tmp/missing.txt"), id="stat"),
        pytest.param(lambda: os.rename("/tmp/missing.txt", "/tmp/other.txt"), id="rename"),
        pytest.param(lambda: Path("/tmp/missing.txt").read_bytes(), id="pathlib"),
        pytest.param(lambda: os.listdir("/tmp/missing.txt"), id="listdir"),
    ],
)
def test_an_error_names_the_path_as_user_code_did(user_process: Any, open_it: Callable[[], object]) -> None:
    """The machine's folder behind `/tmp` never shows: it differs from run to run."""
    with pytest.raises(FileNotFoundError) as caught:
        user_process.inside(open_it)

    assert str(caught.value).partition(" -> ")[0] == "[Errno 2] No such file or directory: '/tmp/missing.txt'"
    assert caught.value.filename2 in (None, "/tmp/other.txt")


def test_a_relative_path_starts_in_the_code_folder(user_process: Any, tmp_path: Path) -> None:
    """`open("template.html")` finds what lies beside the code, by every name it has."""
    code = tmp_path / "code"
    code.mkdir()
    (code / "template.html").write_text("<p>")
    names = ["template.html", "./template.html", "/var/task/template.html", str(code / "template.html")]

    read = user_process.inside(lambda: [Path(name).read_text() for name in names], user_process.environment(code=code))

    assert read == ["<p>"] * 4


@pytest.mark.parametrize(
    "name", ["out.txt", "/var/task/out.txt", "/opt/out.txt", "/etc/out.txt", "/tmp/../etc/out.txt", "../out.txt"]
)
def test_only_tmp_can_be_written(user_process: Any, name: str) -> None:
    """The rest of a function's file system is read-only."""
    with pytest.raises(OSError, match=r"\[Errno 30\] Read-only file system: '") as caught:
        user_process.inside(lambda: Path(name).write_text("x"))

    assert caught.value.filename == name


def test_a_test_may_open_a_folder_of_the_machine(user_process: Any, tmp_path: Path) -> None:
    """A handler that is a function of a test writes where the test looks."""
    surroundings = user_process.environment(machine_folders=[tmp_path])

    user_process.inside(lambda: (tmp_path / "seen.txt").write_text("x"), surroundings)

    assert (tmp_path / "seen.txt").read_text() == "x"


def test_outside_a_strand_tmp_is_the_machines(user_process: Any, tmp_path: Path) -> None:
    """While a run lasts, the simulator's own files are where they are."""
    seen = []
    user_process.loop.soon(lambda _: seen.append((os.getcwd(), os.path.isdir(tmp_path))), None)

    user_process.inside(lambda: None)

    assert seen == [(os.getcwd(), True)]
