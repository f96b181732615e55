"""Can this machine run a program? One that was built for another processor or system it cannot."""

import platform
import sys
from pathlib import Path

_MAGIC = b"\x7fELF"
_PROCESSOR = slice(18, 20)
"""Where the head of an executable of Linux tells its processor."""
_PROCESSORS = {0x3E: ("x86_64", "amd64"), 0xB7: ("aarch64", "arm64")}
"""Those that Lambda has, and how machines call them."""


def is_foreign(file: Path) -> bool:
    """Tell whether a file is a program for Linux that cannot run here, though it may on Lambda."""
    try:
        with file.open("rb") as opened:
            head = opened.read(_PROCESSOR.stop)
    except OSError:  # whoever starts it says what is wrong
        return False
    if not head.startswith(_MAGIC):
        return False
    names = _PROCESSORS.get(int.from_bytes(head[_PROCESSOR], "little"), ())
    return sys.platform != "linux" or platform.machine().lower() not in names
