"""Which path inside a folder belongs to an object's key?

A key is any text of 1 to 1,024 bytes of UTF-8; a path is what Linux, macOS and Windows all accept. `path_of` turns one
into the other so that an ordinary key keeps its name, and nothing a key says can leave the folder:

* The key is split at `/`. Each byte of a segment outside `A-Z a-z 0-9 _ . - = @` and space becomes `%XX`.
* A segment that means something to a file system gets one `%XX` more: `.` and `..`, a final dot or space, and the names
  of Windows devices (`CON`, `nul.txt`).
* An empty segment is `%_empty`, an empty last one (a key that ends in `/`) is `%_dir`. No other segment can hold `%_`,
  because a per cent sign is itself encoded.

So `path_of` is reversible, and `key_of` reverses it. Two things cannot be seen from one key alone: keys that differ
only in case, and a key `a` beside a key `a/b`. `Layout` knows all keys of a folder and gives a *visible* path to the
first of such a pair and a *hidden* name (a hash) to the second; a key whose path would be too long is hidden too.
"""

import hashlib
import re
import unicodedata
from urllib.parse import unquote_to_bytes

KEY_BYTES_MAX = 1024
"""Longest key, in bytes of UTF-8 (documented)."""

SEGMENT_BYTES_MAX = 200
"""Longest visible segment; file systems end at 255, and temporary names need room."""

PATH_BYTES_MAX = 800
"""Longest visible path below the folder; macOS ends at 1,024 for the whole path."""

_EMPTY_SEGMENT = "%_empty"
_EMPTY_END = "%_dir"
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-=@ ")
_ENCODED_BYTE = [chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in range(256)]
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)", re.IGNORECASE)


def path_of(key: str) -> str | None:
    """Return the key's path below the folder, with `/` between segments, or None if it would be too long."""
    *folders, name = key.split("/")
    segments = [_encode(segment) if segment else _EMPTY_SEGMENT for segment in folders]
    segments.append(_encode(name) if name else _EMPTY_END)
    path = "/".join(segments)
    if len(path) > PATH_BYTES_MAX or any(len(segment) > SEGMENT_BYTES_MAX for segment in segments):
        return None
    return path


def key_of(path: str) -> str:
    """Return the key of a file found at this path below the folder.

    A path that `path_of` could have written is decoded. Any other was put there by a person: it is the key itself.
    """
    try:
        key = "/".join(_decode(segment) for segment in path.split("/"))
    except UnicodeDecodeError:
        return path
    return key if path_of(key) == path else path


def hidden_name(key: str) -> str:
    """Return a file name of fixed length for any key: lower case, never reserved, never the same for two keys."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class Layout:
    """The visible paths that are taken in one folder, so that no two keys share a file on any disk."""

    def __init__(self) -> None:
        self._path_by_key: dict[str, str | None] = {}
        self._files: set[str] = set()
        self._folder_uses: dict[str, int] = {}

    def place(self, key: str, path: str | None = None) -> str | None:
        """Give the key a visible path and keep it until `release`, or return None: the key must be hidden.

        Args:
            path: where a file of this key already is, when that is not its ordinary place.
        """
        if key in self._path_by_key:
            return self._path_by_key[key]
        path = path_of(key) if path is None else path
        if path is None or self._is_taken(path):
            self.hide(key)
            return None
        self._path_by_key[key] = path
        self._files.add(_folded(path))
        for folder in _folders(path):
            self._folder_uses[folder] = self._folder_uses.get(folder, 0) + 1
        return path

    def has_room(self, key: str, path: str) -> bool:
        """Tell whether the key may have this path, or has it."""
        return self._path_by_key[key] == path if key in self._path_by_key else not self._is_taken(path)

    def hide(self, key: str) -> None:
        """Remember that the key is hidden, also when its path is free one day, until `release`."""
        self._path_by_key[key] = None

    def release(self, key: str) -> None:
        """Free the path of a key whose object is gone; a hidden key has none."""
        path = self._path_by_key.pop(key, None)
        if path is None:
            return
        self._files.remove(_folded(path))
        for folder in _folders(path):
            self._folder_uses[folder] -= 1
            if not self._folder_uses[folder]:
                del self._folder_uses[folder]

    def _is_taken(self, path: str) -> bool:
        folded = _folded(path)
        return (
            folded in self._files
            or folded in self._folder_uses
            or any(folder in self._files for folder in _folders(path))
        )


def _encode(segment: str) -> str:
    encoded = "".join([_ENCODED_BYTE[byte] for byte in segment.encode("utf-8", "surrogatepass")])
    if segment in {".", ".."}:
        return encoded.replace(".", "%2E")
    if encoded[-1] in ". ":
        encoded = f"{encoded[:-1]}%{ord(encoded[-1]):02X}"
    if _DEVICE.match(encoded):
        encoded = f"%{ord(encoded[0]):02X}{encoded[1:]}"
    return encoded


def _decode(segment: str) -> str:
    if segment in {_EMPTY_SEGMENT, _EMPTY_END}:
        return ""
    return unquote_to_bytes(segment).decode("utf-8", "surrogatepass")


def _folded(path: str) -> str:
    """Return what a disk that ignores case and normal forms would make of the path."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())


def _folders(path: str) -> list[str]:
    segments = _folded(path).split("/")
    return ["/".join(segments[:depth]) for depth in range(1, len(segments))]
