"""How does a Dockerfile become an image? Stage by stage, by the instructions that say what is where.

What `RUN` would bring is not there: nothing of a Dockerfile is run.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from msgspec import Struct

from eventsim.container.context import ROOT, Files, files_of, matching
from eventsim.container.dockerfile import Instruction, filled, read_dockerfile
from eventsim.container.stage import Remark, Stage, stage_on, straight
from eventsim.errors import ConfigurationError

_WITHOUT_EFFECT = frozenset(
    ("EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME")
)
_ADAPTER = "aws-lambda-adapter"
"""What the image is called that has AWS's Lambda Web Adapter."""
_ARCHIVES = (".tar", ".tar.bz2", ".tar.gz", ".tar.xz", ".tgz")


class Build(Struct, frozen=True, kw_only=True):
    """How an image is built.

    Attributes:
        context: the folder whose files can be copied.
        dockerfile: the file that says what is.
        arguments: values of its `ARG`s.
        target: the stage to stop at, "" for the last one.
    """

    context: Path
    dockerfile: Path
    arguments: Mapping[str, str] = {}
    target: str = ""


def built(build: Build) -> Stage:
    """Return what the last stage has become, or the one that is the target.

    Raises:
        ConfigurationError: the Dockerfile is not there, makes no sense, or copies what is not there.
    """
    if not build.dockerfile.is_file():
        raise ConfigurationError(f"there is no {build.dockerfile}")
    text = build.dockerfile.read_text(encoding="utf-8", errors="replace")
    return _Builder(build).carry_out(read_dockerfile(text))


class _Builder:
    """Carries out instructions."""

    def __init__(self, build: Build) -> None:
        self._build = build
        self._stages: list[Stage] = []
        self._names: list[str] = []
        self._given: dict[str, str] = {}
        self._files: Files | None = None
        self._carriers: Mapping[str, Callable[[Stage, Instruction], None]] = {
            "ADD": self._add,
            "ARG": self._declare,
            "CMD": _command,
            "COPY": self._copy,
            "ENTRYPOINT": _entry_point,
            "ENV": _set,
            "RUN": _run,
            "WORKDIR": _enter,
        }

    def carry_out(self, instructions: Iterable[Instruction]) -> Stage:
        """Carry out all instructions, and return the stage that counts."""
        target = self._build.target.lower()
        for instruction in instructions:
            if instruction.name == "FROM":
                self._begin(instruction)
            elif not self._stages and instruction.name == "ARG":
                self._given |= self._declared(instruction, self._given)
            elif not self._stages:
                raise self._error(instruction, f"{instruction.name} stands before the first FROM")
            elif instruction.name in self._carriers:
                self._carriers[instruction.name](self._stages[-1], instruction)
            elif instruction.name not in _WITHOUT_EFFECT:
                raise self._error(instruction, f"there is no instruction {instruction.name}")
        if not self._stages:
            raise ConfigurationError(f"{self._build.dockerfile} has no FROM")
        found = self._named(target) if target else self._stages[-1]
        if found is None:
            raise ConfigurationError(f"{self._build.dockerfile} has no stage {self._build.target!r}")
        return found

    def _error(self, instruction: Instruction, message: str) -> ConfigurationError:
        return ConfigurationError(f"{self._build.dockerfile}, line {instruction.line}: {message}")

    def _named(self, name: str) -> Stage | None:
        """Return a stage by its name or number, None if there is none."""
        name = name.lower()
        if name in self._names:
            return self._stages[len(self._names) - 1 - self._names[::-1].index(name)]
        return self._stages[int(name)] if name.isdecimal() and int(name) < len(self._stages) else None

    def _begin(self, instruction: Instruction) -> None:
        words = filled(instruction.text, self._given).split()
        if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
            raise self._error(instruction, "FROM is followed by an image, and by `AS` and a name if need be")
        base = self._named(words[0]) if words[0].lower() in self._names else None
        self._stages.append(stage_on(words[0]) if base is None else base.heir())
        self._names.append(words[2].lower() if len(words) == 3 else "")

    def _declare(self, stage: Stage, instruction: Instruction) -> None:
        stage.arguments |= self._declared(instruction, stage.scope)

    def _declared(self, instruction: Instruction, scope: Mapping[str, str]) -> dict[str, str]:
        """Return what arguments are: as given, as their defaults say, or as declared before the first stage."""
        return {
            name: self._build.arguments.get(name, filled(value, scope) or self._given.get(name, ""))
            for name, value in instruction.pairs.items()
        }

    # --- files -------------------------------------------------------------------------------------------------

    def _add(self, stage: Stage, instruction: Instruction) -> None:
        if any("://" in word or word.startswith("git@") or word.endswith(_ARCHIVES) for word in instruction.words[:-1]):
            stage.remarks.append(Remark(instruction.line, "what ADD fetches or unpacks is not there"))
        else:
            self._copy(stage, instruction)

    def _copy(self, stage: Stage, instruction: Instruction) -> None:
        if instruction.has_document:
            stage.remarks.append(Remark(instruction.line, "a file that stands in the Dockerfile itself is not there"))
            return
        words = [filled(word, stage.scope) for word in instruction.words]
        if len(words) < 2:
            raise self._error(instruction, f"{instruction.name} wants sources and a destination")
        *sources, target = words
        origin = filled(instruction.flags.get("from", ""), stage.scope)
        into = stage.at(target)
        is_folder = target.endswith("/") or into in stage.folders or len(sources) > 1
        for path, rest, file in self._found(stage, instruction, sources, origin):
            stage.put(into / rest if rest.parts else into / path.name if is_folder else into, file)

    def _found(
        self, stage: Stage, instruction: Instruction, sources: Iterable[str], origin: str
    ) -> Iterator[tuple[PurePosixPath, PurePosixPath, Path]]:
        """Yield the files that sources mean, in the context or in another stage; tell of what is not there."""
        other = self._named(origin) if origin else None
        if origin and other is None and _ADAPTER in origin:
            stage.has_adapter = True
            return
        if origin and other is None:
            stage.remarks.append(Remark(instruction.line, f"what is copied from the image {origin} is not there"))
            return
        files = self._of_context() if other is None else other.files
        for source in sources:
            found = list(matching(files, straight(ROOT / source)))
            if not found and origin:
                stage.remarks.append(Remark(instruction.line, f"{source} of the stage {origin} is not there"))
            elif not found and not (self._build.context / source).is_dir():
                raise self._error(instruction, f"there is no {source} in {self._build.context}")
            yield from found

    def _of_context(self) -> Files:
        if self._files is None:
            self._files = files_of(self._build.context, self._build.dockerfile)
        return self._files


def _set(stage: Stage, instruction: Instruction) -> None:
    scope = stage.scope
    stage.variables |= {name: filled(value, scope) for name, value in instruction.pairs.items()}


def _enter(stage: Stage, instruction: Instruction) -> None:
    stage.enter(stage.at(filled(" ".join(instruction.words), stage.scope)))


def _command(stage: Stage, instruction: Instruction) -> None:
    stage.command = instruction.command


def _entry_point(stage: Stage, instruction: Instruction) -> None:
    stage.entry_point, stage.command = instruction.command, ()


def _run(stage: Stage, instruction: Instruction) -> None:
    stage.unseen.append(instruction.line)
