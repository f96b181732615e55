"""What has one stage of a Dockerfile become? What its base has, and what instructions have added to it."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath

from msgspec import Struct

from eventsim.container.context import ROOT
from eventsim.function.runtime import NODE, PROVIDED_RUNTIMES, RUBY, RUNTIMES

TASK_ROOT, LAYERS = PurePosixPath("/var/task"), PurePosixPath("/opt")
ENTRY_OF_AWS = ("/lambda-entrypoint.sh",)
"""What AWS's base images begin with: it hands the command to the runtime's client."""

_OF_AWS = re.compile(r"(?:lambda/|aws-lambda-)(python|nodejs|ruby|provided|java|dotnet|go)(?::([\w.-]+))?$")
_OF_LANGUAGE = re.compile(r"(?:^|/)(python|node|ruby)(?::([\w.-]+))?$")


class Remark(Struct, frozen=True, gc=False):
    """What of a Dockerfile has no effect.

    Attributes:
        line: where it stands, from 1.
        what: in words.
    """

    line: int
    what: str


@dataclass(slots=True)
class Stage:
    """One stage.

    Attributes:
        runtime: Lambda's name for what its base has, "" for Python of no certain version.
        problem: the end of a sentence that begins with the function's name: why it cannot be run; "" if it can.
        is_of_aws: whether it begins with a base image of AWS's.
        files: what was copied.
        folders: the folders that there are.
        folder: the working directory.
        variables: what `ENV` has set.
        arguments: what `ARG` has declared.
        has_adapter: whether AWS's Lambda Web Adapter was copied into it.
        unseen: the lines of `RUN`.
        remarks: what else has no effect.
    """

    runtime: str = ""
    problem: str = ""
    is_of_aws: bool = False
    files: dict[PurePosixPath, Path] = field(default_factory=dict)
    folders: set[PurePosixPath] = field(default_factory=lambda: {ROOT})
    folder: PurePosixPath = ROOT
    variables: dict[str, str] = field(default_factory=dict)
    arguments: dict[str, str] = field(default_factory=dict)
    entry_point: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    has_adapter: bool = False
    unseen: list[int] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    @property
    def scope(self) -> dict[str, str]:
        """The variables that instructions see."""
        return {**self.arguments, **self.variables}

    def heir(self) -> "Stage":
        """Return a stage that begins as this one ends; it has no arguments."""
        return replace(
            self,
            files=dict(self.files),
            folders=set(self.folders),
            variables=dict(self.variables),
            arguments={},
            unseen=list(self.unseen),
            remarks=list(self.remarks),
        )

    def at(self, path: str) -> PurePosixPath:
        """Return a place, from the working directory on if need be."""
        return straight(self.folder / path)

    def enter(self, folder: PurePosixPath) -> None:
        """Make a folder the working directory."""
        self.folder = folder
        self.folders |= {folder, *folder.parents}

    def put(self, path: PurePosixPath, file: Path) -> None:
        """Put a file into the image."""
        self.files[path] = file
        self.folders.update(path.parents)


def stage_on(image: str) -> Stage:
    """Return a stage that begins with a base image, as far as that is known."""
    name = image.partition("@")[0]
    of_aws, of_language = _OF_AWS.search(name), _OF_LANGUAGE.search(name)
    if of_language and not of_aws:
        runtime = _runtime(of_language[1], of_language[2] or "")
        return Stage(runtime=runtime, problem=_problem(runtime))
    if not of_aws:
        return Stage(problem=f"is a container image on the base {image}, and which runtime that has is not known here")
    runtime = _runtime(of_aws[1], of_aws[2] or "")
    stage = Stage(
        runtime=runtime,
        problem=_problem(runtime),
        is_of_aws=True,
        folders={ROOT, LAYERS},
        variables={"LAMBDA_TASK_ROOT": str(TASK_ROOT), "LAMBDA_RUNTIME_DIR": "/var/runtime"},
        entry_point=ENTRY_OF_AWS,
    )
    stage.enter(TASK_ROOT)
    return stage


def _problem(runtime: str) -> str:
    """Return why an image with this runtime cannot be run, "" if it can."""
    if runtime in PROVIDED_RUNTIMES:
        return "is a container image with a program of its own, which is not built here"
    return f"is a container image for {runtime}, which is not run here" if runtime and runtime not in RUNTIMES else ""


def _runtime(language: str, tag: str) -> str:
    """Return Lambda's name for the runtime of a base image, "" for Python of no certain version."""
    number = re.match(r"\d+(?:\.\d+)?", tag)
    if language == "python":
        return f"python{number[0]}" if number and "." in number[0] else ""
    if language in ("nodejs", "node"):
        return f"nodejs{number[0].partition('.')[0]}.x" if number else NODE.runtimes[-1]
    if language == "ruby":
        return f"ruby{number[0]}" if number and "." in number[0] else RUBY.runtimes[-1]
    if language == "provided":
        return PROVIDED_RUNTIMES[0] if tag.partition("-")[0] == "al2" else PROVIDED_RUNTIMES[-1]
    return f"{language}{number[0].removesuffix('.0')}" if number else language


def straight(path: PurePosixPath) -> PurePosixPath:
    """Return a path from `/` on without `.` and `..`; from `/`, there is no way up."""
    parts: list[str] = []
    for part in path.parts[1:]:
        if part == "..":
            del parts[-1:]
        else:
            parts.append(part)
    return ROOT.joinpath(*parts)
