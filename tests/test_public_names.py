"""What does eventsim promise? Exactly the names in its `__all__`."""

import ast
import subprocess
import sys
from pathlib import Path

import eventsim

SOURCES = Path(__file__).parent.parent / "sources" / "eventsim_sources"


def test_every_exported_name_is_listed_and_there() -> None:
    """`__all__` holds what `__init__` imports, no more and no less."""
    tree = ast.parse(Path(eventsim.__file__).read_text())

    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("eventsim.")
        for alias in node.names
    }

    assert imported == set(eventsim.__all__)
    assert all(hasattr(eventsim, name) for name in eventsim.__all__)


def test_where_it_does_not_run_it_says_so() -> None:
    """Instead of a module of POSIX that is missing, deep inside."""
    script = "import asyncio, shutil, sys; sys.platform = 'win32'; import eventsim"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.stderr.splitlines()[-1].startswith("ImportError: eventsim runs on Linux and macOS; on Windows, install")


def test_every_public_class_and_function_is_documented() -> None:
    """A public name has a docstring of its own."""
    things = [getattr(eventsim, name) for name in eventsim.__all__]

    undocumented = [thing for thing in things if callable(thing) and isinstance(thing, type) and not thing.__doc__]

    assert undocumented == []


def test_sources_use_public_names_only() -> None:
    """A source imports `eventsim` and nothing behind it, so that a third party's package can do the same."""
    offences = [
        f"{path.relative_to(SOURCES)}:{node.lineno} imports {node.module}"
        for path in sorted(SOURCES.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("eventsim.")
    ]

    assert offences == []
