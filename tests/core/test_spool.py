"""Are bytes in a file as good as bytes?"""

import gc
import hashlib
import zlib
from pathlib import Path

import pytest

from eventsim import Spool

BYTES = bytes(range(256)) * 4096


def spool() -> Spool:
    """Bytes in a file."""
    return Spool.of([BYTES[:1000], BYTES[1000:]])


@pytest.mark.parametrize("span", [slice(None), slice(5, 70_000), slice(0, 0), slice(70_000, 5), slice(9, 10**9)])
def test_a_slice_has_the_same_bytes(span: slice) -> None:
    """A slice of a slice, too."""
    part = spool()[span]

    assert (len(part), part.read()) == (len(BYTES[span]), BYTES[span])
    assert part[1:3].read() == BYTES[span][1:3]


def test_sums_are_those_of_the_bytes() -> None:
    """Worked out in one reading, and remembered."""
    given = spool()

    assert given.sums.md5 == hashlib.md5(BYTES).digest()
    assert given.sums.crc32 == zlib.crc32(BYTES).to_bytes(4, "big")
    assert given.sums is given.sums


def test_a_file_goes_with_the_last_who_holds_it(tmp_path: Path) -> None:
    """Who reads it holds it, and so does a slice."""
    path = tmp_path / "bytes"
    path.write_bytes(BYTES)

    stream = Spool(path)[10:20].open()
    is_there = path.exists()
    read = stream.read(4) + stream.read()
    stream.close()
    del stream
    gc.collect()

    assert (is_there, read, path.exists()) == (True, BYTES[10:20], False)
