"""With which command does the program of a function begin?

A function in JavaScript begins with a client of the Runtime API that does what AWS's does, `node/index.mjs`; one that
brings its program, with the executable `bootstrap` in its code or in a layer (documented).
"""

import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from eventsim.function.function import FunctionVersion
from eventsim.function.runtime import NODE_RUNTIMES
from eventsim.handler.process import Unstartable
from eventsim.handler.surroundings import TASK_ROOT

_BOOTSTRAP = "bootstrap"
_NODE_CLIENT = Path(__file__).with_name("node") / "index.mjs"
_WRAPPER = "AWS_LAMBDA_EXEC_WRAPPER"


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
    if version.runtime not in NODE_RUNTIMES:
        return Launch(command=(_bootstrap(version),))
    command: tuple[str, ...] = (shutil.which("node") or "node", str(_NODE_CLIENT))
    wrapper = version.environment.get(_WRAPPER)
    if wrapper:
        command = (_shown_as(wrapper, version), *command)
    return Launch(command=command, variables={"NODE_PATH": _node_path(version)})


def _bootstrap(version: FunctionVersion) -> str:
    for root in _roots(version):
        program = root / _BOOTSTRAP
        if program.is_file() and os.access(program, os.X_OK):
            return str(program.resolve())
    raise Unstartable("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")  # recorded


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


def _node_path(version: FunctionVersion) -> str:
    """Return where `require` looks beside the code: in the layers as AWS has them, then where the machine says.

    AWS's runtime has the SDK with it; here it comes from the project in whose folder eventsim was started.
    """
    number = version.runtime.removeprefix("nodejs").removesuffix(".x")
    folders = [
        str(layer.resolve() / "nodejs" / rest)
        for rest in (f"node{number}/node_modules", "node_modules")
        for layer in reversed(version.layers)
    ]
    here = Path.cwd()
    projects = [str(folder / "node_modules") for folder in (here, *here.parents) if (folder / "node_modules").is_dir()]
    return os.pathsep.join(filter(None, [*folders, os.environ.get("NODE_PATH", ""), *projects]))
