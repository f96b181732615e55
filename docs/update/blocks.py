"""Which blocks of a page are not written by hand, and what belongs into them?

A mark, an HTML comment, stands before such a block:

- `<!-- include: FILE -->`: the file, relative to the root of the repository;
- `<!-- run: COMMAND -->`: the command and what it prints. The commands of a page run one after another in a copy of
  the folder that `<!-- folder: FOLDER -->` names, from a second such mark on in a copy of that one. `| cut: FROM .. TO`
  puts a line `…` in place of the lines from the one that begins with FROM to the one before the next that begins with
  TO; several cuts are separated by `;`;
- `<!-- made: NAME -->` … `<!-- end -->`: a table made from data.

`<!-- needs: PROGRAM … -->` says which programs a page's commands need beside Python's.
"""

import contextlib
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "NEWS.md", "scenarios/README.md", "sources/README.md", *(
    path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "docs").rglob("*.md"))
))  # fmt: skip
"""Every page, relative to the root."""

_FENCED = re.compile(r"^<!-- (include|run): (.+?) -->\n```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MADE = re.compile(r"^<!-- made: (\w+) -->\n(.*?)^<!-- end -->$", re.MULTILINE | re.DOTALL)
_NEEDS = re.compile(r"^<!-- needs: (.+?) -->$", re.MULTILINE)
_FOLDER = re.compile(r"^<!-- folder: (.+?) -->$", re.MULTILINE)
_ACCIDENTAL = re.compile(r"(?<=^digest )[0-9a-f]{64}$|(?<= passed in )[0-9.]+s", re.MULTILINE)
"""Of what a command prints, the parts that hang on the machine: a digest covers stack traces, which name lines of
Python's own library; tests take their time."""

_PYTEST_OPTIONS = (
    "-p no:cacheprovider -p no:hypothesispytest -o asyncio_default_fixture_loop_scope=function --rootdir=."
)
"""Without the third one pytest-asyncio complains, and names folders of this machine; without the fourth a `setup.py`
that lies around in the folder of temporary files would count. Nothing on the pages needs Hypothesis, which is slow to
import."""

Maker = Callable[[], str]


def updated(text: str, makers: Mapping[str, Maker]) -> str:
    """Return a page with all of its blocks as they should be; what differs by accident only stays as it is."""
    others = [mark.start() for mark in _FOLDER.finditer(text)][1:]
    bounds = pairwise((0, *others, len(text)))
    return "".join(_updated(text[start:end], makers) for start, end in bounds)


def _updated(text: str, makers: Mapping[str, Maker]) -> str:
    folder = _FOLDER.search(text)
    with _workplace(folder[1] if folder else None) as workplace:

        def fenced(found: re.Match[str]) -> str:
            kind, what, language, shown = found.groups()
            content = _included(what) if kind == "include" else _printed(what, workplace)
            if _essence(content) == _essence(shown):
                content = shown
            return f"<!-- {kind}: {what} -->\n```{language}\n{content}```"

        text = _FENCED.sub(fenced, text)
    return _MADE.sub(lambda found: f"<!-- made: {found[1]} -->\n{makers[found[1]]()}<!-- end -->", text)


def missing_programs(text: str) -> list[str]:
    """Return what a page needs and this machine has not."""
    found = _NEEDS.search(text)
    return [program for program in found[1].split() if shutil.which(program) is None] if found else []


def marks(text: str) -> int:
    """Count the marks of a page, including any whose block is malformed."""
    return len(re.findall(r"^<!-- (?:include|run|made): ", text, re.MULTILINE))


def blocks(text: str) -> int:
    """Count the blocks that `updated` fills."""
    return len(_FENCED.findall(text)) + len(_MADE.findall(text))


def _essence(content: str) -> str:
    return _ACCIDENTAL.sub("*", content)


def _included(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


# --- commands ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _workplace(folder: str | None) -> Iterator[Path]:
    """Lend a copy of a folder, an empty one if none is named."""
    with tempfile.TemporaryDirectory(prefix="eventsim-docs-") as name:
        workplace = Path(name, "work")
        if folder is None:
            workplace.mkdir()
        else:
            shutil.copytree(ROOT / folder, workplace, ignore=shutil.ignore_patterns("__pycache__"))
        yield workplace


def _printed(what: str, workplace: Path) -> str:
    command, _, cuts = what.partition(" | cut: ")
    lines = run(command, workplace).splitlines()
    for cut in filter(None, cuts.split(" ; ")):
        beginning, _, end = cut.partition(" ..")
        lines = _without(lines, beginning, end.removeprefix(" "), command)
    return "".join(f"{line}\n" for line in (f"$ {command}", *lines))


def _without(lines: list[str], beginning: str, end: str, command: str) -> list[str]:
    start = next((at for at, line in enumerate(lines) if line.startswith(beginning)), None)
    if start is None:
        raise LookupError(f"`{command}` prints no line that begins with {beginning!r}")
    later = range(start + 1, len(lines))
    stop = next((at for at in later if end and lines[at].startswith(end)), len(lines))
    return [*lines[:start], "…", *lines[stop:]]


def run(command: str, folder: Path) -> str:
    """Run a command in a folder and return what it prints, errors included. `eventsim` runs in this process."""
    name, *arguments = shlex.split(command)
    if name == "eventsim":
        return _run_here(arguments, folder)
    if name != "python":
        arguments = ["-m", name, *arguments]
    tidy = {} if "PYTHONPYCACHEPREFIX" in os.environ else {"PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(  # noqa: S603 - the commands are those of our own pages
        [sys.executable, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
        env={**os.environ, **tidy, "COLUMNS": "80", "PYTEST_ADDOPTS": _PYTEST_OPTIONS},
    ).stdout


def _run_here(arguments: list[str], folder: Path) -> str:
    from eventsim.cli.main import main

    printed = io.StringIO()
    with contextlib.ExitStack() as stack:
        stack.enter_context(contextlib.chdir(folder))
        stack.enter_context(contextlib.redirect_stdout(printed))
        stack.enter_context(contextlib.redirect_stderr(printed))
        stack.enter_context(_eighty_columns())
        stack.enter_context(contextlib.suppress(SystemExit))  # argparse ends so after `--help`
        main(arguments)
    return printed.getvalue()


@contextlib.contextmanager
def _eighty_columns() -> Iterator[None]:
    """Let argparse wrap its lines as on any terminal."""
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "80"
    try:
        yield
    finally:
        del os.environ["COLUMNS"]
        if columns is not None:
            os.environ["COLUMNS"] = columns
