"""What do people do in the folders of buckets? watchdog hears it in threads; here it comes to the loop.

The only file that knows watchdog, which is loaded by the first folder of a live server.
"""

import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from eventsim import ConfigurationError, World
from eventsim_sources.bucket.unrest import Noise

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent

_NOISES: dict[str, Noise] = {
    "opened": "opened",
    "modified": "written",
    "closed": "closed",
    "closed_no_write": "closed",
    "created": "made",
    "deleted": "gone",
}


class Listener(Protocol):
    """Who hears what happens in a folder; paths are below it."""

    def hear(self, noise: Noise, path: str) -> None:
        """Something happened to a file."""

    def hear_move(self, path: str, new_path: str) -> None:
        """A file has another name."""

    def suspect(self, path: str) -> None:
        """Something happened to a folder, and so to what is in it."""


class Watcher:
    """Hears what happens in folders, those in them included.

    Raises:
        ConfigurationError: watchdog is not installed.
    """

    def __init__(self, world: World) -> None:
        try:
            from watchdog.events import FileSystemEventHandler
            from watchdog.observers import Observer
        except ImportError:
            raise ConfigurationError(
                "watching the folders of buckets takes watchdog: pip install 'eventsim[live]'", key="directory"
            ) from None
        self._handler = FileSystemEventHandler
        self._post = world.clock.hold("the folders of buckets").post
        self._heard: deque[tuple[Path, Listener, FileSystemEvent]] = deque()
        self._lock = threading.Lock()
        self._is_told = False
        self._observer = Observer()
        self._observer.start()

    def watch(self, folder: Path, listener: Listener) -> None:
        """Tell of a folder from now on.

        Raises:
            ConfigurationError: the system does not watch any more folders.
        """
        handler = self._handler()
        handler.on_any_event = lambda event: self._hear(folder, listener, event)  # type: ignore[method-assign]
        try:
            self._observer.schedule(handler, str(folder), recursive=True)
        except OSError as error:
            raise ConfigurationError(
                f"{folder} cannot be watched: {error.strerror}; on Linux, see fs.inotify.max_user_watches",
                key="directory",
            ) from error

    async def close(self) -> None:
        """Stop hearing."""
        self._observer.stop()
        self._observer.join()

    def _hear(self, folder: Path, listener: Listener, event: "FileSystemEvent") -> None:
        """Take one event, in watchdog's thread; a thousand wake the loop once."""
        with self._lock:
            self._heard.append((folder, listener, event))
            is_told, self._is_told = self._is_told, True
        if not is_told:
            self._post(Watcher._tell, self)

    def _tell(self) -> None:
        with self._lock:
            heard, self._heard = self._heard, deque()
            self._is_told = False
        for folder, listener, event in heard:
            _tell_one(folder, listener, event)


def _tell_one(folder: Path, listener: Listener, event: "FileSystemEvent") -> None:
    path, new_path = _below(folder, event.src_path), _below(folder, event.dest_path)
    kind = event.event_type
    if event.is_directory:
        if kind in ("created", "deleted", "moved"):
            for each in (path, new_path):
                if each is not None:
                    listener.suspect(each)
    elif kind == "moved" and path is not None and new_path is not None:
        listener.hear_move(path, new_path)
    elif kind == "moved":
        if path is not None:
            listener.hear("gone", path)
        if new_path is not None:
            listener.hear("moved", new_path)
    elif kind in _NOISES and path is not None:
        listener.hear(_NOISES[kind], path)


def _below(folder: Path, path: str | bytes) -> str | None:
    """Return the path below the folder, None for what is elsewhere or no text."""
    if not path or isinstance(path, bytes):
        return None
    try:
        return Path(path).relative_to(folder).as_posix()
    except ValueError:
        return None
