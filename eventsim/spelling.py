"""What did they mean? The hint at the end of a message about a name that is not there."""

import difflib
from collections.abc import Iterable

NAMES_SHOWN_MAX = 12


def nearly(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """Return `; did you mean …?` when the word is nearly a known one, else "".

    Args:
        likeness: of one word to the other, 1 for the same; more than a guess where the word may be right as it is.
    """
    by_folded = {name.casefold(): name for name in reversed(list(known))}
    near = difflib.get_close_matches(word.casefold(), by_folded, n=1, cutoff=likeness)
    return f"; did you mean `{by_folded[near[0]]}`?" if near else ""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean …?` when the word is nearly a known one, else which there are."""
    names = list(known)
    near = nearly(word, names)
    if near:
        return near
    if not names:
        return "; there are none at all"
    shown = ", ".join(f"`{name}`" for name in names[:NAMES_SHOWN_MAX])
    rest = ", …" if len(names) > NAMES_SHOWN_MAX else ""
    return f"; there {'is' if len(names) == 1 else 'are'} {shown}{rest}"
