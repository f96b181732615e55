"""How does Secrets Manager make up a password?"""

import string
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from eventsim import ApiError

LENGTH_DEFAULT = 32
LENGTH_MAX = 4096
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"


class Luck(Protocol):
    """Chance, as far as a password needs it."""

    def choice(self, seq: Sequence[str], /) -> str:
        """Return one of them."""

    def choices(self, population: Sequence[str], *, k: int) -> list[str]:
        """Return so many of them."""

    def shuffle(self, x: Any, /) -> None:
        """Put them into another order."""


def random_password(luck: Luck, given: Mapping[str, object]) -> str:
    """Return a password with at least one of each kind of character, unless that is not wanted.

    Raises:
        ApiError: nothing is left to choose from, or it is too short for what it must hold.
    """
    length = int(str(given.get("PasswordLength") or LENGTH_DEFAULT))
    excluded = set(str(given.get("ExcludeCharacters") or ""))
    kinds = [
        (string.ascii_lowercase, "ExcludeLowercase"),
        (string.ascii_uppercase, "ExcludeUppercase"),
        (string.digits, "ExcludeNumbers"),
        (_PUNCTUATION, "ExcludePunctuation"),
    ]
    sets = [[each for each in letters if each not in excluded] for letters, flag in kinds if not given.get(flag)]
    if given.get("IncludeSpace") and " " not in excluded:
        sets.append([" "])
    sets = [each for each in sets if each]
    is_each_required = given.get("RequireEachIncludedType", True) is not False
    if not sets or not 1 <= length <= LENGTH_MAX or (is_each_required and length < len(sets)):
        raise ApiError(
            "InvalidParameterException",
            "Password length is too short based on the required types."
            if sets
            else "The password must contain at least one character.",
        )
    chosen = [luck.choice(each) for each in sets] if is_each_required else []
    letters = [letter for each in sets for letter in each]
    chosen += luck.choices(letters, k=length - len(chosen))
    luck.shuffle(chosen)
    return "".join(chosen)
