"""Where does what user code prints go?"""

import logging
import os
import sys
from typing import Any

import pytest


def test_whatever_is_printed_goes_to_the_log(user_process: Any) -> None:
    """`print`, `sys.stdout`, its buffer, stderr, descriptors and the last resort of logging end in one place."""

    def handler() -> None:
        print("one", end=";")
        sys.stdout.write("two;")
        sys.stdout.buffer.write(b"three;")
        print("four", end=";", file=sys.stderr)
        os.write(1, b"five;")
        logging.getLogger("x").warning("six")

    user_process.inside(handler)

    assert "".join(user_process.written) == "one;two;three;four;five;six\n"


def test_half_a_character_cannot_be_printed(user_process: Any) -> None:
    """UTF-8 cannot hold it: standard output refuses it, standard error escapes it, as Python has it."""

    def handler() -> None:
        print("é\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"), end=";")
        with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
            print("half \ud83d")
        print("half \ud83d", end=";", file=sys.stderr)
        print(sys.stdout.errors, sys.stderr.errors)

    user_process.inside(handler)

    assert "".join(user_process.written) == "é😀;half \\ud83d;strict backslashreplace\n"


def test_what_is_printed_outside_goes_where_it_did(user_process: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Only user code in a strand is redirected."""
    user_process.loop.soon(lambda _: print("outside"), None)

    user_process.inside(lambda: print("inside"))

    assert capsys.readouterr().out == "outside\n"
    assert user_process.written == ["inside", "\n"]


def test_output_is_where_it_was_after_the_run(user_process: Any) -> None:
    """What came in between is gone."""
    before = (sys.stdout, sys.stderr)

    user_process.inside(lambda: None)

    assert (sys.stdout, sys.stderr) == before
