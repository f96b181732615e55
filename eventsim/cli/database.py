"""Can this file be the database of a run? Found out before it begins, not in its middle."""

import contextlib
import os
import sqlite3
from pathlib import Path

from eventsim.errors import ScenarioError


def check_database(path: Path) -> None:
    """Look at the file that `--db` names.

    Raises:
        ScenarioError: it is no database, or nobody may write there.
    """
    if not path.parent.is_dir():
        raise ScenarioError(f"--db {path}: there is no folder {path.parent}")
    try:
        if not path.exists():
            if not os.access(path.parent, os.W_OK):
                raise ScenarioError(f"--db {path}: nobody may write into the folder {path.parent}")
            return
        path.open("r+b").close()
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master")
    except OSError as error:
        raise ScenarioError(f"--db {path}: {error.strerror}") from None
    except sqlite3.Error as error:
        raise ScenarioError(f"--db {path}: {error}; name another file, or delete this one") from None
