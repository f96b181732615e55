"""Which files may a Dockerfile copy? Those of its context, but for what `.dockerignore` leaves out."""

import fnmatch
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from eventsim.errors import ConfigurationError
from eventsim.limits import CODE_ENTRIES_MAX

Files = Mapping[PurePosixPath, Path]
"""Where a file is in an image, from `/` on → where it is on this machine."""

ROOT = PurePosixPath("/")


def files_of(context: Path, dockerfile: Path) -> dict[PurePosixPath, Path]:
    """Return the files of a context, as if it were the root of an image.

    Raises:
        ConfigurationError: there are more than an image of a function may sensibly have.
    """
    rules = _rules(context, dockerfile)
    can_prune = not any(is_kept for _, is_kept in rules)
    files: dict[PurePosixPath, Path] = {}
    for folder, folders, names in os.walk(context):
        here = PurePosixPath(Path(folder).relative_to(context).as_posix())
        folders[:] = sorted(name for name in folders if not (can_prune and _is_ignored(here / name, rules)))
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not _is_ignored(here / name, rules):
                files[ROOT / here / name] = file
        if len(files) > CODE_ENTRIES_MAX:
            message = f"{context} has more than {CODE_ENTRIES_MAX:,} files; leave some out by a `.dockerignore`"
            raise ConfigurationError(message)
    return files


def _rules(context: Path, dockerfile: Path) -> list[tuple[re.Pattern[str], bool]]:
    """Return the patterns of the file that says what is left out, and which of them take something in again."""
    of_dockerfile = dockerfile.with_name(f"{dockerfile.name}.dockerignore")
    file = of_dockerfile if of_dockerfile.is_file() else context / ".dockerignore"
    if not file.is_file():
        return []
    lines = (line.strip() for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    return [
        (re.compile(_in_regex(line.removeprefix("!").strip().strip("/").removeprefix("./"))), line.startswith("!"))
        for line in lines
        if line and not line.startswith("#")
    ]


def _in_regex(pattern: str) -> str:
    """Write a pattern as a regular expression: `*` stays within a name, `**` goes through folders."""
    written = "".join("(?:[^/]+/)*" if part == "**" else f"{_name_in_regex(part)}/" for part in pattern.split("/"))
    return f"{written}[^/]+" if pattern.endswith("**") else written.removesuffix("/")


def _name_in_regex(pattern: str) -> str:
    return _PART.sub(lambda match: _WILDCARDS.get(match[0]) or (match[0] if match[1] else re.escape(match[0])), pattern)


_PART = re.compile(r"(\[[^\]]+\])|[*?]|[^*?\[]+|\[")
_WILDCARDS = {"*": "[^/]*", "?": "[^/]"}


def _is_ignored(path: PurePosixPath, rules: Sequence[tuple[re.Pattern[str], bool]]) -> bool:
    """Tell whether a path, or a folder on the way to it, is left out; the last rule that speaks of it decides."""
    names = [str(path), *(str(folder) for folder in path.parents)]
    is_ignored = False
    for regex, is_kept in rules:
        if any(regex.fullmatch(name) for name in names):
            is_ignored = not is_kept
    return is_ignored


def matching(files: Files, source: PurePosixPath) -> Iterator[tuple[PurePosixPath, PurePosixPath, Path]]:
    """Yield which files a source of `COPY` means.

    Args:
        source: from `/` on; its names may have wildcards.

    Yields:
        what the source means, a file or a folder; the rest of the path, empty for a file; where the file is.
    """
    wanted = source.parts
    for path, file in files.items():
        parts = path.parts
        if len(parts) >= len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted)):
            count = len(wanted)
            yield PurePosixPath(*parts[:count]), PurePosixPath(*parts[count:]), file
