"""May a tag say this? The rules for the tags of buckets and objects."""

import re
from collections.abc import Mapping

from eventsim import ApiError

KEY_LENGTH_MAX = 128
VALUE_LENGTH_MAX = 256
"""Characters of a tag (documented)."""

_CHARACTERS = re.compile(r"[\w\s+\-=.:/@]*")
"""What a tag is made of (documented): letters, digits and blanks of any script, and a few signs."""


def check_tag(tag: Mapping[str, str], *, reserved: str) -> None:
    """Check one tag.

    Args:
        reserved: the words with which keys of AWS's own are refused.

    Raises:
        ApiError: it is too long, or holds what no tag may hold; the words are unconfirmed.
    """
    key, value = tag["Key"], tag["Value"]
    if key.lower().startswith("aws:"):
        raise ApiError("InvalidTag", reserved, fields={"TagKey": key})
    if not 1 <= len(key) <= KEY_LENGTH_MAX or not _CHARACTERS.fullmatch(key):
        raise ApiError("InvalidTag", "The TagKey you have provided is invalid", fields={"TagKey": key})
    if len(value) > VALUE_LENGTH_MAX or not _CHARACTERS.fullmatch(value):
        fields = {"TagKey": key, "TagValue": value}
        raise ApiError("InvalidTag", "The TagValue you have provided is invalid", fields=fields)
