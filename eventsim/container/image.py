"""What of an image does a function need? The folder of its code, its layers, its runtime, its handler, its variables.

AWS's own base images hand the command to a client of the Runtime API; on others, the command or the entry point names
that client. A web program needs AWS's Lambda Web Adapter in its image. Whoever starts another program is no function
that can be run here.
"""

import hashlib
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from eventsim.container.build import Build, built
from eventsim.container.context import ROOT, Files
from eventsim.container.stage import ENTRY_OF_AWS, LAYERS, Stage, straight
from eventsim.errors import ConfigurationError
from eventsim.function.bounds import RESERVED_VARIABLES, VARIABLE_NAME
from eventsim.function.extension import ADAPTERS_LAYER, ADAPTERS_WRAPPER, WRAPPER_VARIABLE

_CLIENTS = ("awslambdaric", "aws-lambda-ric", "aws_lambda_ric")
_START = "start-web-program.sh"
_HANDLER = re.compile(r"[\w./-]+\.\w+")
_NOT_HERE = RESERVED_VARIABLES | {"PATH", "LD_LIBRARY_PATH", "PYTHONPATH"}
"""Variables that mean folders of the image, or what Lambda itself sets."""
_IMAGE_BYTES_MAX = 10 << 30


class ImageConfig(Struct, frozen=True, kw_only=True):
    """What a function wants otherwise than its image has it; what is empty is as in the image."""

    command: Sequence[str] = ()
    entry_point: Sequence[str] = ()
    working_directory: str = ""


class Image(Struct, frozen=True, kw_only=True):
    """The image of a function, as far as it is known.

    Attributes:
        files: what was copied into it.
        task_root: the folder in which the handler is looked for.
        runtime: Lambda's name for what its base has, "" for Python of no certain version.
        handler: what its command names; of a web program, the script that starts it.
        start: that script, "" for any other function.
        variables: what its `ENV`s set.
        problem: the end of a sentence that begins with the function's name: why it cannot be run; "" if it can.
        remarks: what of the Dockerfile has no effect.
    """

    files: Files
    task_root: PurePosixPath
    runtime: str
    handler: str
    start: str
    variables: Mapping[str, str]
    problem: str
    remarks: Sequence[str]

    def lay_out(self, root: Path) -> tuple[Path, tuple[str, ...]]:
        """Copy the files below a folder; return where the code is, and what the image has as layers have it.

        Other files lie in another folder, so that what is running keeps its own.

        Raises:
            ConfigurationError: a file cannot be read, or there is no room.
        """
        try:
            return self._lay_out(root)
        except OSError as error:
            message = f"{error.filename or root}: {error.strerror}; what no image needs, a `.dockerignore` leaves out"
            raise ConfigurationError(message) from None

    def _lay_out(self, root: Path) -> tuple[Path, tuple[str, ...]]:
        folder = root / self._digest()
        for path, file in self.files.items():
            place = folder / path.relative_to(ROOT)
            if not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, place)
        code, layers = folder / self.task_root.relative_to(ROOT), folder / LAYERS.relative_to(ROOT)
        code.mkdir(parents=True, exist_ok=True)
        if self.start:
            (code / self.handler).write_text(self.start)
            (code / self.handler).chmod(0o755)
        folders = (str(layers),) if layers.is_dir() else ()
        return code, (*folders, ADAPTERS_LAYER) if self.start else folders

    def _digest(self) -> str:
        digest = hashlib.sha256(self.start.encode())
        for path, file in sorted(self.files.items()):
            digest.update(f"{path}\0{_digest_of(file)}\0".encode())
        return digest.hexdigest()[:16]


def _digest_of(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(file)) from None


def read_image(build: Build, config: ImageConfig) -> Image:
    """Read what an image would hold.

    Raises:
        ConfigurationError: the Dockerfile is not there, makes no sense, or copies what is not there, or too much.
    """
    stage = built(build)
    size_bytes = sum(file.stat().st_size for file in stage.files.values())
    if size_bytes > _IMAGE_BYTES_MAX:
        raise ConfigurationError(f"{build.dockerfile} copies {size_bytes:,} bytes; an image has 10 GB at the most")
    task_root = _task_root(stage, config)
    variables = {name: value for name, value in stage.variables.items() if _is_settable(name)}
    if stage.has_adapter:
        handler, problem, start = _START, "", _start(stage, config)
        variables[WRAPPER_VARIABLE] = ADAPTERS_WRAPPER
    else:
        (handler, problem), start = _handler(stage, config, task_root), ""
    return Image(
        files=stage.files,
        task_root=task_root,
        runtime=stage.runtime,
        handler=handler,
        start=start,
        variables=variables,
        problem=stage.problem or problem,
        remarks=_remarks(stage, build.dockerfile.name),
    )


def _task_root(stage: Stage, config: ImageConfig) -> PurePosixPath:
    if config.working_directory:
        return straight(ROOT / config.working_directory)
    return straight(ROOT / stage.variables["LAMBDA_TASK_ROOT"]) if stage.is_of_aws else stage.folder


def _start(stage: Stage, config: ImageConfig) -> str:
    """Return the script that starts a web program."""
    return f"#!/bin/sh\nexec {shlex.join(_command(stage, config))}\n"


def _command(stage: Stage, config: ImageConfig) -> tuple[str, ...]:
    return (*_entry(stage, config), *(config.command or stage.command))


def _entry(stage: Stage, config: ImageConfig) -> tuple[str, ...]:
    return tuple(config.entry_point) or stage.entry_point


def _handler(stage: Stage, config: ImageConfig, task_root: PurePosixPath) -> tuple[str, str]:
    """Return the handler that the command names, or why there is none."""
    entry, words = _entry(stage, config), _command(stage, config)
    after = next((number for number, word in enumerate(words, 1) if PurePosixPath(word).name in _CLIENTS), 0)
    named = words[after : after + 1] if after else words[len(entry) :] if entry else ()
    if len(named) != 1 or not _HANDLER.fullmatch(named[0]):
        if after or entry == ENTRY_OF_AWS:
            return "", "is a container image whose command names no handler"
        return "", f"is a container image that starts a program of its own: {' '.join(words)}"
    if not _has_module(stage, task_root, named[0]):
        return "", f"is a container image, and nothing that its Dockerfile copies to {task_root} has {named[0]}"
    return named[0], ""


def _has_module(stage: Stage, task_root: PurePosixPath, handler: str) -> bool:
    """Tell whether the module of a handler is among the files, as a file or a package."""
    module = task_root.joinpath(*re.split(r"[./]", handler.rpartition(".")[0]))
    return any(module in (path.with_suffix(""), path.parent) for path in stage.files)


def _is_settable(name: str) -> bool:
    return name not in _NOT_HERE and VARIABLE_NAME.fullmatch(name) is not None


def _remarks(stage: Stage, name: str) -> list[str]:
    runs = ", ".join(map(str, stage.unseen))
    lines = f"line {runs}" if len(stage.unseen) == 1 else f"lines {runs}"
    of_runs = [f"RUN is not carried out, so what it brings must be here already ({name}, {lines})"] if runs else []
    odd = ", ".join(each for each in stage.variables if each not in _NOT_HERE and not _is_settable(each))
    of_names = [f"{odd} is not set, as no variable of a function may have such a name ({name})"] if odd else []
    return [*of_runs, *of_names, *(f"{remark.what} ({name}, line {remark.line})" for remark in stage.remarks)]
