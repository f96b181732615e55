"""Where does the code of a function lie? Archives are unpacked into folders of the run; folders are used as they are.

An archive comes from a stranger: no entry may be written outside its folder, and no more may be written than AWS
allows, whatever the archive says of itself.
"""

import base64
import hashlib
import io
import os
import shutil
import stat
import zipfile
from pathlib import Path, PurePosixPath

from msgspec import Struct

from eventsim.calls.lambda_api.errors import invalid
from eventsim.function.function import Functions
from eventsim.limits import CODE_ENTRIES_MAX, CODE_UNZIPPED_BYTES_MAX

_PIECE_BYTES = 1 << 20
_BROKEN = "Could not unzip uploaded file. Please check your file, then try to upload again."
_EMPTY = "Uploaded file must be a non-empty zip"


class Code(Struct, frozen=True, kw_only=True, gc=False):
    """Code that functions or layers run.

    Attributes:
        folder: where it lies; None for a callable given from Python.
        sha256: of the archive, in base64.
        size_bytes: of the archive.
        unzipped_bytes: of what was in it.
    """

    folder: Path | None
    sha256: str
    size_bytes: int
    unzipped_bytes: int = 0

    @property
    def identifier(self) -> str:
        """Letters and digits that stand for it in an address."""
        return base64.b64decode(self.sha256).hex()


class CodeStore:
    """The code that was uploaded in one run; archives with the same bytes share a folder.

    Args:
        root: a folder of the run; it is made when it is needed.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._archives: dict[str, Code] = {}

    def unpack(self, archive: bytes) -> Code:
        """Unpack an archive.

        Raises:
            ApiError: it is no zip archive, is empty, too large, or would write outside its folder.
        """
        sha256 = base64.b64encode(hashlib.sha256(archive).digest()).decode()
        known = self._archives.get(sha256)
        if known is not None:
            return known
        folder = self._root / str(len(self._archives) + 1)
        shutil.rmtree(folder, ignore_errors=True)  # what a refused archive left behind
        folder.mkdir(parents=True)
        unzipped_bytes = _extract(archive, folder)
        folder.with_suffix(".zip").write_bytes(archive)
        code = self._archives[sha256] = Code(
            folder=folder,
            sha256=sha256,
            size_bytes=len(archive),
            unzipped_bytes=unzipped_bytes,
        )
        return code

    def identifier(self, folder: Path) -> str | None:
        """Return the identifier of what was unpacked into a folder, None if nothing was."""
        for code in self._archives.values():
            if code.folder == folder:
                return code.identifier
        return None

    def archive_at(self, folder: Path) -> bytes:
        """Return the archive that was unpacked into a folder."""
        return folder.with_suffix(".zip").read_bytes()

    def archive(self, identifier: str) -> bytes | None:
        """Return the archive that was uploaded, None if there is none of this identifier."""
        for code in self._archives.values():
            if code.identifier == identifier and code.folder is not None:
                return self.archive_at(code.folder)
        return None


def folder_code(folder: Path) -> Code:
    """Describe a folder that is used as it is; its digest is that of names and sizes."""
    digest, size_bytes = hashlib.sha256(), 0
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            of_file = path.stat().st_size
            digest.update(b"%b\0%d\0" % (os.fsencode(path.relative_to(folder)), of_file))  # a name need not be text
            size_bytes += of_file
    sha256 = base64.b64encode(digest.digest()).decode()
    return Code(
        folder=folder,
        sha256=sha256,
        size_bytes=size_bytes,
        unzipped_bytes=size_bytes,
    )


def callable_code(name: str) -> Code:
    """Describe a callable given from Python."""
    return Code(folder=None, sha256=base64.b64encode(hashlib.sha256(name.encode()).digest()).decode(), size_bytes=0)


def location_of(code: Code, functions: Functions, *, of: str = "tasks") -> str:
    """Return the address of uploaded code, in the form of AWS's; whoever serves it finds it by the last part.

    Args:
        of: what AWS calls those whose code it is: `tasks` are functions, and there are `layers`.
    """
    region, account_id = functions.region, functions.account_id
    return f"https://awslambda-{region}-{of}.s3.{region}.amazonaws.com/snapshots/{account_id}/{code.identifier}"


def check_unzipped(size_bytes: int) -> None:
    """See that code and layers together are small enough.

    Raises:
        ApiError: they are not.
    """
    if size_bytes > CODE_UNZIPPED_BYTES_MAX:
        raise invalid(f"Unzipped size must be smaller than {CODE_UNZIPPED_BYTES_MAX} bytes")


def _extract(archive: bytes, folder: Path) -> int:
    try:
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            entries = opened.infolist()
            if not entries:
                raise invalid(_EMPTY)
            check_unzipped(sum(entry.file_size for entry in entries))
            if len(entries) > CODE_ENTRIES_MAX:
                raise invalid(f"{_BROKEN} It has more than {CODE_ENTRIES_MAX} entries.")
            return sum(_extract_entry(opened, entry, folder) for entry in entries)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError, ValueError) as error:
        raise invalid(_BROKEN) from error  # encrypted, truncated, a method that nobody knows, a name that no disk takes


def _extract_entry(opened: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> int:
    """Write one entry, and return how much it was."""
    target = _place_of(entry.filename, folder)
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return 0
    if target.is_symlink() or not target.parent.resolve().is_relative_to(folder.resolve()):
        raise _escape(entry.filename)
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        _link(target, opened.read(entry).decode(), folder)
        return 0
    with opened.open(entry) as source, target.open("wb") as sink:
        written = 0
        while piece := source.read(_PIECE_BYTES):
            written += len(piece)
            check_unzipped(written)
            sink.write(piece)
    target.chmod(0o644 | (mode & 0o111))
    return written


def _link(link: Path, goal: str, folder: Path) -> None:
    """Make a symbolic link, if what it leads to lies in the folder."""
    if goal.startswith("/") or not (link.parent / goal).resolve().is_relative_to(folder.resolve()):
        raise _escape(f"{link.name} -> {goal}")
    link.symlink_to(goal)


def _place_of(name: str, folder: Path) -> Path:
    """Return where an entry is written.

    Raises:
        ApiError: that would be outside the folder.
    """
    parts = PurePosixPath(name.replace("\\", "/")).parts
    if not parts or parts[0] == "/" or ".." in parts or ":" in parts[0]:
        raise _escape(name)
    return folder.joinpath(*parts)


def _escape(name: str) -> Exception:
    return invalid(f"{_BROKEN} The entry {name!r} would be written outside the function's folder.")
