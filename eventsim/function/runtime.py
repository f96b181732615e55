"""Which runtimes are there, and which of them run on this machine?

- `python3…` runs in the Python that runs eventsim.
- `nodejs…` runs in the machine's own `node`, whatever its version.
- `provided…` functions bring their own program.
"""

import shutil

PYTHON_RUNTIMES = tuple(f"python3.{minor}" for minor in range(8, 16))
NODE_RUNTIMES = tuple(f"nodejs{number}.x" for number in (16, 18, 20, 22, 24))
PROVIDED_RUNTIMES = ("provided.al2", "provided.al2023")
RUNTIMES = (*PYTHON_RUNTIMES, *NODE_RUNTIMES, *PROVIDED_RUNTIMES)
"""Runtimes that functions may ask for."""


def is_program(runtime: str) -> bool:
    """Tell whether functions of this runtime are programs that speak Lambda's Runtime API."""
    return runtime in NODE_RUNTIMES or runtime in PROVIDED_RUNTIMES


def interpreter(runtime: str) -> str:
    """Return on what functions of a runtime really run, in words."""
    if runtime in NODE_RUNTIMES:
        return "this machine's own node"
    return "its own program" if runtime in PROVIDED_RUNTIMES else "this process's own Python"


def obstacle(runtime: str) -> str:
    """Return why functions of a runtime cannot run on this machine, "" if they can."""
    if runtime in NODE_RUNTIMES and shutil.which("node") is None:
        return "there is no `node` on the PATH: install Node.js"
    return ""
