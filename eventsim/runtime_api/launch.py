"""With which command does the program of a function begin?

A function in a language of ours begins with a client of the Runtime API that does what AWS's does, as
`node/index.mjs`; one that brings its program, with the executable `bootstrap` in its code or in a layer (documented); a
web program, with the adapter that starts it.
"""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from eventsim.function.extension import WRAPPER_VARIABLE
from eventsim.function.function import FunctionVersion
from eventsim.function.program import is_web_program
from eventsim.function.runtime import PROVIDED_RUNTIMES, SearchPath, language_of
from eventsim.handler.process import Unstartable
from eventsim.handler.surroundings import TASK_ROOT

_BOOTSTRAP = "bootstrap"
_ADAPTER = ("-P", "-X", "utf8", "-m", "eventsim.runtime_api.web_adapter")


class Launch(Struct, frozen=True, kw_only=True):
    """How a function's program is started.

    Attributes:
        command: the program and its arguments.
        variables: what its environment has beside Lambda's own variables.
    """

    command: Sequence[str]
    variables: Mapping[str, str] = {}


def launch_of(version: FunctionVersion) -> Launch:
    """Return how to start the program of a function.

    Raises:
        Unstartable: it should bring one and does not, or asks for a wrapper that is not there.
    """
    if is_web_program(version):
        return Launch(command=(sys.executable, *_ADAPTER))
    language = language_of(version.runtime)
    if language is None:
        return Launch(command=(_bootstrap(version),))
    program = shutil.which(language.interpreter) or language.interpreter
    command: tuple[str, ...] = (program, str(Path(__file__).parent / language.client))
    wrapper = version.environment.get(WRAPPER_VARIABLE)
    if wrapper:
        command = (_shown_as(wrapper, version), *command)
    number = language.versions[version.runtime]
    folders = {path.variable: list(_folders(path, version, number)) for path in language.search_paths}
    return Launch(
        command=command, variables={name: os.pathsep.join(found) for name, found in folders.items() if any(found)}
    )


def _bootstrap(version: FunctionVersion) -> str:
    for root in _roots(version):
        program = root / _BOOTSTRAP
        if program.is_file() and os.access(program, os.X_OK):
            return str(program.resolve())
    raise Unstartable("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")  # recorded


def locked_program(version: FunctionVersion) -> Path | None:
    """Return the file that a function means to bring as its program and that may not be executed, None for none."""
    if version.runtime not in PROVIDED_RUNTIMES or version.code is None:
        return None
    files = [root / _BOOTSTRAP for root in _roots(version) if (root / _BOOTSTRAP).is_file()]
    return None if any(os.access(file, os.X_OK) for file in files) else next(iter(files), None)


def _shown_as(path: str, version: FunctionVersion) -> str:
    """Return where a file lies that AWS has at this path: in the code or in a layer."""
    code, *layers = _roots(version)
    for shown, roots in ((f"{TASK_ROOT}/", [code]), ("/opt/", layers)):
        for root in roots:
            if path.startswith(shown) and (root / path.removeprefix(shown)).is_file():
                return str((root / path.removeprefix(shown)).resolve())
    raise Unstartable(f"fork/exec {path}: no such file or directory")


def _roots(version: FunctionVersion) -> list[Path]:
    """Return the folders of the code and of the layers; the last layer covers those before it."""
    assert version.code is not None, "a program lies in a folder"
    return [version.code, *reversed(version.layers)]


def _folders(path: SearchPath, version: FunctionVersion, number: str) -> Iterator[str]:
    """Yield where packages are looked for, and "" for the language's own places."""
    code, *layers = _roots(version)
    here = Path.cwd()
    found = [
        *_matches(path.in_code, [code], number),
        *_matches(path.in_layers, layers, number),
        *filter(None, (os.environ.get(variable) for variable in path.of_machine)),
        *_matches(path.in_project, [here, *here.parents], number),
    ]
    yield from dict.fromkeys([*found, *path.ending])


def _matches(patterns: Sequence[str], roots: Sequence[Path], number: str) -> Iterator[str]:
    for pattern in patterns:
        for root in roots:
            yield from map(str, sorted(root.resolve().glob(pattern.format(version=number))))
