"""What does a server leave that is killed? Its files, without anything that an orderly end would write."""

import shutil
from pathlib import Path


def killed(path: Path) -> Path:
    """Return what a server leaves that is killed now: its files as they are."""
    left = path.with_name(f"{path.name}-left")
    for end in ("", "-wal"):
        shutil.copy(f"{path}{end}", f"{left}{end}")
    return left
