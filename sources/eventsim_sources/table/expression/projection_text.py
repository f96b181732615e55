"""What does the text of a projection say: which paths, separated by commas?"""

from functools import lru_cache

from eventsim_sources.table.expression.reader import Reader
from eventsim_sources.table.expression.tokens import cursor_of
from eventsim_sources.table.expression.tree import Path


@lru_cache(maxsize=1024)
def read_projection(text: str, what: str) -> tuple[Path, ...]:
    """Read the text of a projection, once for all requests that send it.

    Raises:
        ApiError: ValidationException, in AWS's words.
    """
    reader = Reader(cursor_of(text, what), {}, frozenset())
    paths = [reader.path()]
    while reader.cursor.takes(","):
        paths.append(reader.path())
    reader.finish()
    return tuple(paths)
