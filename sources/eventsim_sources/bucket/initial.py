"""What lies in a bucket when a run begins? The files of its folder, or copies of another folder's."""

from pathlib import Path

from eventsim import ConfigurationError
from eventsim_sources.bucket.checksum import etag_of, etag_of_parts, summed_object
from eventsim_sources.bucket.contents import Data
from eventsim_sources.bucket.folder import FolderContents
from eventsim_sources.bucket.store import ObjectStore
from eventsim_sources.bucket.version import ObjectVersion


def adopt_files(store: ObjectStore, contents: FolderContents, now_s: int) -> None:
    """Take every file of the bucket's own folder as an object.

    A note on an object counts only while its file is what the note describes; a file that a person changed is new.

    Raises:
        ConfigurationError: the folder holds what no bucket can hold.
    """
    for key, noted in contents.load().items():
        data = contents.read(key)
        is_same = noted is not None and noted.etag == _etag_like(noted, data)
        store.adopt(noted if noted is not None and is_same else summed_object(key, data, now_s))


def copy_files(store: ObjectStore, folder: Path, now_s: int) -> None:
    """Put a copy of every file below a folder into the bucket, under its path.

    Raises:
        ConfigurationError: there is no such folder, or a file in it cannot be read.
    """
    if not folder.is_dir():
        raise ConfigurationError(f"{folder} is no folder; `files` names one whose files are copied in", key="files")
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        try:
            data = file.read_bytes()
        except OSError as error:
            raise ConfigurationError(f"{file} cannot be read: {error.strerror}", key="files") from error
        store.put(summed_object(file.relative_to(folder).as_posix(), data, now_s), data)


def _etag_like(noted: ObjectVersion, data: Data) -> str:
    """Return the ETag of these bytes, cut into parts as the noted object was."""
    if not noted.parts:
        return etag_of(data)
    etags, start = [], 0
    for part in noted.parts:
        etags.append(etag_of(data[start : start + part.size_bytes]))
        start += part.size_bytes
    return etag_of_parts(etags) if start == len(data) else ""
