"""What do variables of the function say to an extension?"""

from collections.abc import Mapping


def whole_number(environ: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    """Return a number that a variable sets; the default, if there is none or it makes no sense (unconfirmed)."""
    text = environ.get(name, "")
    return int(text) if text.isdecimal() and least <= int(text) <= most else default
