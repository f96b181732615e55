"""Does a notebook give what counts, and is it no longer than that?"""

import itertools
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from eventsim import ApiError, Chance, StorageError
from eventsim.live.lines import LineFile
from eventsim.live.notebook import FileNotebook


class Fact(Struct):
    """Something worth keeping."""

    text: str
    folder: Path
    count: int = 0


@dataclass
class Odd:
    """What JSON or UTF-8 has no words for."""

    text: str
    number: int


def notebook(path: Path, *, is_open: bool = True) -> FileNotebook:
    """Open a notebook."""
    return FileNotebook(LineFile(path), lambda: is_open)


def read(path: Path, kind: type[Any] = str) -> list[tuple[str, Any]]:
    """Return what the next server reads."""
    return list(notebook(path).read(kind))


def test_what_counts_is_what_was_put_last_and_added_since(tmp_path: Path) -> None:
    """By keys, in the order in which they came first."""
    book = notebook(tmp_path / "book")
    book.put("a", "old")
    book.add("b", "one", "two")
    book.put("c", "gone")
    book.put("a", "new")
    book.add("a", "newer")
    book.drop("c")
    book.add("d", "one", "two", "three")
    book.forget("d", 2)

    assert read(tmp_path / "book") == [("a", "new"), ("a", "newer"), ("b", "one"), ("b", "two"), ("d", "three")]


@pytest.mark.parametrize(
    "value", [Fact("ä", Path("/a/b"), 3), Odd("\ud800 \n", 1), Odd("big", 2**70)], ids=["struct", "half", "big"]
)
def test_values_come_back_as_they_were(tmp_path: Path, value: object) -> None:
    """Structs, dataclasses, paths, and text that is none."""
    notebook(tmp_path / "book").put("key", value)

    assert read(tmp_path / "book", type(value)) == [("key", value)]


def test_a_file_is_as_long_as_what_counts(tmp_path: Path) -> None:
    """However often something is put in the place of something, and however many servers there were."""
    path, longest = tmp_path / "book", 0
    for number in range(5):
        book = notebook(path)
        for count in range(2_000):
            book.put(f"key {count % 10}", f"{number} {count}")
            longest = max(longest, path.stat().st_size)

    assert read(path) == [(f"key {count}", f"4 {1990 + count}") for count in range(10)]
    assert longest < 30_000
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_long_file_is_rewritten_in_parts(tmp_path: Path) -> None:
    """What is written meanwhile counts, too, whatever it does to what was there; the file is as long as that."""
    path, luck, counting = tmp_path / "book", Chance(5).stream("notebook"), dict[str, list[str]]()
    book, sizes = notebook(path), list[int]()
    for number in range(20_000):
        key, text = f"key {luck.randrange(40)}", f"{number} {'.' * 200}"
        match luck.choice(("put", "add", "add", "add", "forget", "forget", "drop")):
            case "put":
                book.put(key, text)
                counting[key] = [text]
            case "add":
                book.add(key, text)
                counting.setdefault(key, []).append(text)
            case "forget":
                book.forget(key, 1)
                del counting.get(key, [])[:1]
            case _ if number % 3_000 == 0:
                book.drop(key)
                counting.pop(key, None)
        sizes.append(path.stat().st_size)
        if luck.randrange(500) == 0:
            assert as_read(path) == {key: texts for key, texts in counting.items() if texts}

    shrunk_count = sum(after < before for before, after in itertools.pairwise(sizes))
    assert as_read(path) == {key: texts for key, texts in counting.items() if texts}
    assert 2 < shrunk_count < 20
    assert max(sizes) < 600_000


def test_no_line_waits_for_the_whole_file(tmp_path: Path) -> None:
    """While a long file is rewritten beside itself, the old one is what counts."""
    path, text = tmp_path / "book", "." * 200
    book = notebook(path)
    book.add("a", *[text] * 2_000)
    book.add("b", *[text] * 3_000)
    book.drop("b")

    book = notebook(path)
    unfinished = []
    for _ in range(2_000):
        book.put("b", text)
        unfinished.append(path.with_name("book.unfinished").exists())

    assert as_read(path) == {"a": [text] * 2_000, "b": [text]}
    assert (unfinished[0], any(unfinished), unfinished[-1]) == (False, True, False)


def as_read(path: Path) -> dict[str, list[str]]:
    """Return what the next server reads, by key."""
    found = dict[str, list[str]]()
    for key, text in read(path):
        found.setdefault(key, []).append(text)
    return found


def test_half_a_line_was_never_acknowledged(tmp_path: Path) -> None:
    """It is taken away; so is what a server left that was killed while it rewrote the file."""
    path = tmp_path / "book"
    notebook(path).put("a", "whole")
    with path.open("ab") as stream:
        stream.write(b'["put","b","ha')
    path.with_name("book.unfinished").write_text('["put","c","lost"]\n')

    notebook(path).add("a", "more")

    assert read(path) == [("a", "whole"), ("a", "more")]


WRITER = """
import sys
from pathlib import Path
from eventsim.live import notebook
notebook._LINES_MIN = 5
book = notebook.FileNotebook(notebook.LineFile(Path(sys.argv[1])), lambda: True)
for count in range(int(sys.argv[2]), 10**9):
    book.put("key %d" % (count % 3), count)
    print(count, flush=True)
"""


def test_whoever_is_killed_while_it_rewrites_leaves_what_was_acknowledged(tmp_path: Path) -> None:
    """Every few lines the file is rewritten here; the process is killed at any instant."""
    path, count = tmp_path / "book", 0
    for kill in range(4):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path), str(count)], stdout=subprocess.PIPE)
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(50 + 37 * kill)]
        writer.kill()
        acknowledged += [int(line) for line in writer.communicate()[0].splitlines() if line]
        left = dict(read(path, int))

        count = max(left.values()) + 1
        assert count - 1 in (acknowledged[-1], acknowledged[-1] + 1)  # the last one may not have been told
        assert {key: value % 3 for key, value in left.items()} == {"key 0": 0, "key 1": 1, "key 2": 2}


def test_nothing_is_kept_before_a_server_goes_on(tmp_path: Path) -> None:
    """What is made then is the scenario's, or was kept already."""
    notebook(tmp_path / "book", is_open=False).put("a", "scenario's")

    assert not (tmp_path / "book").exists()


def test_a_damaged_line_is_refused_by_name(tmp_path: Path) -> None:
    """In one sentence, with what to do; also if its value is of another kind."""
    path = tmp_path / "book"
    path.write_text('["put","a","b"]\n{\n')

    with pytest.raises(StorageError, match=r"book:2 cannot be read.*Delete the line"):
        read(path)
    path.write_text('["put","a",1]\n')
    with pytest.raises(StorageError, match="book:1 cannot be read"):
        read(path)


def test_what_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    """Whoever asked is told that the disk is at fault."""
    (tmp_path / "book").mkdir()

    with pytest.raises(ApiError, match="cannot be read"):
        notebook(tmp_path / "book").put("a", "b")
