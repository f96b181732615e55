"""Which runtimes are there, and which of them run on this machine?

- `python3…` runs in the Python that runs eventsim.
- `nodejs…` and `ruby…` run in the machine's own interpreters, whatever their versions.
- `provided…` functions bring their own program.
"""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct


class SearchPath(Struct, frozen=True, kw_only=True):
    """A variable that tells a language in which folders to look for packages, and what Lambda has in it.

    The folders are patterns of `Path.glob`; `{version}` stands for the runtime's own.

    Attributes:
        in_code: folders of the function's code.
        in_layers: folders of its layers, first those of the first pattern in all of them.
        in_project: folders of the project from which eventsim was started, which stand for what Lambda has with it.
        of_machine: variables of this machine whose folders are looked into as well.
        ending: what else follows.
    """

    variable: str
    in_code: Sequence[str] = ()
    in_layers: Sequence[str] = ()
    in_project: Sequence[str] = ()
    of_machine: Sequence[str] = ()
    ending: Sequence[str] = ()


class Language(Struct, frozen=True, kw_only=True):
    """A language whose functions run in an interpreter of this machine, by a client of ours of Lambda's Runtime API.

    Attributes:
        name: as people write it.
        versions: the names of Lambda's runtimes, the oldest first, and what stands for them in paths.
        interpreter: how its program is called.
        client: the file with which that begins, in `runtime_api`.
        search_paths: where packages are looked for.
    """

    name: str
    versions: Mapping[str, str]
    interpreter: str
    client: str
    search_paths: Sequence[SearchPath]

    @property
    def runtimes(self) -> tuple[str, ...]:
        """The runtimes' names, the oldest first."""
        return tuple(self.versions)


NODE = Language(
    name="Node.js",
    versions={f"nodejs{number}.x": str(number) for number in (16, 18, 20, 22, 24, 26)},
    interpreter="node",
    client="node/index.mjs",
    search_paths=[
        SearchPath(
            variable="NODE_PATH",
            in_layers=["nodejs/node{version}/node_modules", "nodejs/node_modules"],
            in_project=["node_modules"],
            of_machine=["NODE_PATH"],
        )
    ],
)
RUBY = Language(
    name="Ruby",
    versions={f"ruby{version}": f"{version}.0" for version in ("3.2", "3.3", "3.4", "4.0")},
    interpreter="ruby",
    client="ruby/index.rb",
    search_paths=[
        SearchPath(
            variable="GEM_PATH",
            # gems lie below a version: the runtime's, or that of the machine's Ruby, which installed them
            in_code=["vendor/bundle/ruby/{version}", "vendor/bundle/ruby/*"],
            in_layers=["ruby/gems/{version}", "ruby/gems/*"],
            in_project=["vendor/bundle/ruby/*"],
            of_machine=["GEM_PATH", "GEM_HOME"],
            ending=[""],  # where Ruby itself looks
        ),
        SearchPath(variable="RUBYLIB", in_layers=["ruby/lib"]),
    ],
)
LANGUAGES = (NODE, RUBY)
"""Those beside Python."""

PYTHON_RUNTIMES = tuple(f"python3.{minor}" for minor in range(8, 16))
RUNTIMES_WITH_ESCAPES = frozenset(f"python3.{minor}" for minor in range(8, 12))
"""Those whose JSON is ASCII; the later ones write characters as they are."""
PROVIDED_RUNTIMES = ("provided.al2", "provided.al2023")
RUNTIMES = (*PYTHON_RUNTIMES, *(name for language in LANGUAGES for name in language.runtimes), *PROVIDED_RUNTIMES)
"""Runtimes that functions may ask for."""


def language_of(runtime: str) -> Language | None:
    """Return in which language beside Python functions of a runtime are written, None if it is none of them."""
    return next((language for language in LANGUAGES if runtime in language.versions), None)


def is_program(runtime: str) -> bool:
    """Tell whether functions of this runtime are programs that speak Lambda's Runtime API."""
    return language_of(runtime) is not None or runtime in PROVIDED_RUNTIMES


def interpreter(runtime: str) -> str:
    """Return on what functions of a runtime really run, in words."""
    language = language_of(runtime)
    if language is not None:
        return f"this machine's own {language.interpreter}"
    return "its own program" if runtime in PROVIDED_RUNTIMES else "this process's own Python"


def obstacle(runtime: str) -> str:
    """Return why functions of a runtime cannot run on this machine, "" if they can."""
    language = language_of(runtime)
    if language is not None and shutil.which(language.interpreter) is None:
        return f"there is no `{language.interpreter}` on the PATH: install {language.name}"
    return ""


def unbuilt(code: Path, module: str) -> str:
    """Return the file in TypeScript that a module for Node.js is to be built from, "" if there is none."""
    if any((code / f"{module}{ending}").is_file() for ending in (".js", ".mjs", ".cjs")):
        return ""
    sources = (f"{module}{ending}" for ending in (".ts", ".mts", ".cts"))
    return next((source for source in sources if (code / source).is_file()), "")
