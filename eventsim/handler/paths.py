"""Where is a file that user code names? `/tmp` is a folder of its environment, `/var/task` is the code folder.

Rules, in this order:

1. A relative path starts in the working folder, which is `/var/task` at first.
2. What lies in one of the machine's own folders is itself: the environment's real folders, Python, the folders in
   which it finds libraries, the folder in which eventsim was started. Wherever those lie, below `/tmp` too, code finds
   them by their real names.
3. `/tmp` and what is below it lies in the environment's own folder. `..` is resolved by its name first, so there
   is no way up out of it.
4. `/var/task` and what is below it lies in the code folder, and is read-only, by its real name as well.
5. `/opt` and what is below it lies in the layers, the first of them that has it; they are read-only.
6. Anything else is the machine's and read-only.
"""

import os
import sys
from pathlib import Path
from posixpath import join, normpath
from typing import NamedTuple

from eventsim.handler import strand
from eventsim.handler.surroundings import TASK_ROOT, Surroundings

TMP = "/tmp"  # noqa: S108 - the name that user code gives it
LAYERS = "/opt"
_DEVICES = "/dev"


class Place(NamedTuple):
    """Where a file really is, and whether AWS would let one write there."""

    path: str
    is_writable: bool = False
    is_tmp: bool = False


def is_below(path: str, folder: str) -> bool:
    """Tell whether a normalised path is a folder or lies in it."""
    return path.startswith(folder) and (len(path) == len(folder) or path[len(folder)] == "/" or folder == "/")


def place(surroundings: Surroundings, named: str) -> Place:
    """Find the real place of what user code calls by this name."""
    path = named if named.startswith("/") else join(surroundings.cwd, named)
    if "/." in path or "//" in path:
        path = "/" + normpath(path).lstrip("/")
    task_root = str(surroundings.task_root)
    if is_below(path, str(surroundings.tmp_path)):
        return Place(path, is_writable=True, is_tmp=True)
    if any(is_below(path, str(folder)) for folder in surroundings.machine_folders):
        return Place(path, is_writable=True)
    if is_below(path, task_root) or any(is_below(path, folder) for folder in surroundings.modules.folders):
        return Place(path)
    if any(is_below(path, folder) for folder in _MACHINE_FOLDERS):
        return Place(path, is_writable=True)
    if is_below(path, TMP) and not any(is_below(path, folder) for folder in surroundings.modules.library_folders):
        return Place(surroundings.tmp + path[len(TMP) :], is_writable=True, is_tmp=True)
    if is_below(path, TASK_ROOT):
        return Place(task_root + path[len(TASK_ROOT) :])
    if is_below(path, LAYERS):
        return Place(_in_layers(surroundings, path))
    return Place(path, is_writable=is_below(path, _DEVICES))


def _in_layers(surroundings: Surroundings, path: str) -> str:
    """Return the place in the first layer that has it. Of a layer we know its folder `python`, which is on the path."""
    with strand.outside():
        for folder in surroundings.modules.folders[1:]:
            found = Path(folder).parent.joinpath(path[len(LAYERS) + 1 :])
            if found.exists():
                return str(found)
    return path


def name_inside(surroundings: Surroundings, path: str) -> str:
    """Return the name by which user code knows a real path: the way back from `place`."""
    for folder, name in ((surroundings.tmp, TMP), (str(surroundings.task_root), TASK_ROOT)):
        if is_below(path, folder):
            return name + path[len(folder) :]
    return path


def _machine_folders() -> tuple[str, ...]:
    """Return Python's own folders and the one eventsim was started in, if they are more than `/tmp` itself."""
    folders = dict.fromkeys([sys.prefix, sys.base_prefix, os.path.realpath(sys.prefix), str(Path.cwd())])
    return tuple(folder for folder in folders if folder not in {"/", TMP})


_MACHINE_FOLDERS = _machine_folders()
