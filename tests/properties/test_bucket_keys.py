"""No key can leave a bucket's folder, and no two keys can share a file."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventsim_sources.bucket.keys import PATH_BYTES_MAX, Layout, hidden_name, key_of, path_of

NASTY = st.sampled_from(
    [
        *(".", "..", "/", "//", "\\", "C:", "~", "%", "%2E", "%_dir", "%_empty", "CON", "nul.txt", "a", "A", " "),
        *("\0", "\n", "é", "e\u0301", "ß", "ss", "ſ", "K", "ı", "\U0010ffff", "x" * 201, "COM1", "aux .", "$", "*"),
    ]
)
KEYS = st.lists(NASTY | st.text(max_size=6), min_size=1, max_size=8).map("".join).filter(bool)
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def folded(path: str) -> str:
    """Return the path as a disk that ignores case and normal forms sees it."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


@given(KEYS)
@example("../../etc/passwd")
@example("/etc/passwd")
@example("C:\\Windows\\system32")
def test_no_key_leaves_the_folder(key: str) -> None:
    """A path is relative, and no segment of it means anything to Linux, macOS or Windows."""
    path = path_of(key)

    for segment in (path or hidden_name(key)).split("/"):
        assert segment not in {"", ".", ".."}
        assert segment.isascii()
        assert segment.isprintable()
        assert not set(segment) & set('\\:*?"<>|')
        assert segment[-1] not in ". "
        assert segment.split(".")[0].rstrip().lower() not in DEVICES
        assert len(segment) <= 200
    assert not PurePosixPath(path or "x").is_absolute()
    assert not PureWindowsPath(path or "x").is_absolute()


@given(KEYS)
def test_a_path_gives_back_its_key(key: str) -> None:
    """The mapping is reversible: nothing about a key is lost in its path."""
    path = path_of(key)

    assert path is None or key_of(path) == key


@given(st.lists(KEYS, max_size=30), st.data())
def test_no_two_live_keys_share_a_file_on_any_disk(keys: list[str], data: st.DataObject) -> None:
    """Visible paths differ even where case and normal forms are ignored, and none is a folder of another."""
    layout = Layout()
    live: dict[str, str | None] = {}

    for key in keys:
        live[key] = layout.place(key)
        if data.draw(st.booleans()):
            gone = data.draw(st.sampled_from(sorted(live)))
            layout.release(gone)
            del live[gone]

    visible = [folded(path) for path in live.values() if path is not None]
    hidden = [hidden_name(key) for key, path in live.items() if path is None]
    assert len(set(visible)) == len(visible)
    assert len(set(hidden)) == len(hidden)
    assert not any(other.startswith(f"{path}/") for path in visible for other in visible)


@pytest.mark.parametrize(
    ("key", "path"),
    [
        ("photos/2025/red flower.jpg", "photos/2025/red flower.jpg"),
        ("README.md", "README.md"),
        ("a@b=c_d-e", "a@b=c_d-e"),
        ("../a", "%2E%2E/a"),
        ("./a", "%2E/a"),
        ("/a", "%_empty/a"),
        ("a//b", "a/%_empty/b"),
        ("a/", "a/%_dir"),
        ("/", "%_empty/%_dir"),
        ("100%", "100%25"),
        ("%_dir", "%25_dir"),
        ("a.", "a%2E"),
        ("a ", "a%20"),
        ("CON", "%43ON"),
        ("lpt9.txt/x", "%6Cpt9.txt/x"),
        ("console", "console"),
        ("é", "%C3%A9"),
        ("a\\b", "a%5Cb"),
    ],
)
def test_ordinary_names_stay_and_dangerous_ones_are_spelled_out(key: str, path: str) -> None:
    """An ordinary key keeps its name; what a file system would misread is percent-encoded."""
    assert path_of(key) == path
    assert key_of(path) == key


@pytest.mark.parametrize("key", ["x" * 201, "é" * 67, "a/" * 450, "\x00" * 300])
def test_a_key_too_long_for_a_disk_is_hidden(key: str) -> None:
    """A segment over 200 bytes, or a whole path over the limit, has no visible path."""
    assert path_of(key) is None
    assert Layout().place(key) is None
    assert len(hidden_name(key)) == 64
    assert PATH_BYTES_MAX < 1024


@pytest.mark.parametrize("path", ["été.txt", "%41.txt", "100%.txt", "a.", "%zz", "%FF", "con", "%e9"])
def test_a_file_that_a_person_named_is_its_own_key(path: str) -> None:
    """A path that the mapping would never have written is taken as it stands."""
    assert key_of(path) == path


@pytest.mark.parametrize(
    ("first", "second"),
    [("x", "X"), ("x", "x/y"), ("x/y", "x"), ("dir/a", "DIR/A"), ("x/", "X/"), ("straSSe", "strasse")],
)
def test_the_second_of_two_clashing_keys_is_hidden(first: str, second: str) -> None:
    """Case pairs, and a key that is another's folder, cannot both be visible; the second waits until it is new."""
    layout = Layout()

    assert layout.place(first) is not None
    assert layout.place(second) is None

    layout.release(first)
    assert layout.place(second) is None

    layout.release(second)
    assert layout.place(second) is not None
