"""What may a queue be called, and which queue does a URL mean?"""

import re
from functools import lru_cache
from typing import Final

from eventsim_sources.queue import errors
from eventsim_sources.queue.limits import NAME_LENGTH_MAX

_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
_FIFO_SUFFIX: Final = ".fifo"


def check_queue_name(name: str, *, is_fifo: bool) -> None:
    """Check the name of a new queue; the suffix counts.

    Raises:
        ApiError: It is refused; the code is recorded, the words are emulated.
    """
    word = name.removesuffix(_FIFO_SUFFIX) if is_fifo else name
    if _WORD.fullmatch(word) and len(name) <= NAME_LENGTH_MAX and (not is_fifo or name.endswith(_FIFO_SUFFIX)):
        return
    if is_fifo:
        raise errors.parameter_invalid(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, "
            "must end with .fifo suffix and be 1 to 80 in length"
        )
    raise errors.parameter_invalid(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    )


@lru_cache(maxsize=1000)
def name_and_account(url: str) -> tuple[str, str]:
    """Return name and account that a queue URL names, whatever its host; a bare name is accepted too (recorded)."""
    account, _, name = url.rpartition("/")
    return name, account.rpartition("/")[2]
