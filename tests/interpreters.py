"""Which tests need an interpreter that the machine may lack?"""

import shutil
import subprocess

import pytest

NODE = shutil.which("node")


def _needs(name: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(name) is None, reason=f"`{name}` is not on the PATH")


needs_node = _needs("node")
needs_ruby = _needs("ruby")


def needs_of_node(what: str, major: int, minor: int) -> pytest.MarkDecorator:
    """Return the mark of a test that needs something which Node.js has from a version on."""
    command = [NODE or "node", "--version"]
    found = "" if NODE is None else subprocess.run(command, capture_output=True, text=True).stdout.strip()
    is_older = found != "" and tuple(map(int, found[1:].split(".")[:2])) < (major, minor)
    return pytest.mark.skipif(is_older, reason=f"needs {what} of Node.js {major}.{minor}, and `node` is {found}")
