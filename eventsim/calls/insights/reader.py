"""What comes next in a query? Its text, one piece after another; blanks and comments (`# …`) lie between them."""

import re

_BETWEEN = re.compile(r"(?:\s|#[^\n]*)*")
_NAME = re.compile(r"@?[A-Za-z_][\w.@]*|`[^`]+`")
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"|\'((?:[^\'\\]|\\.)*)\'')
_REGULAR = re.compile(r"/((?:[^/\\]|\\.)+)/(i?)")


class QueryMistake(ValueError):  # noqa: N818 - a fact, as the field says it
    """The query is not one, or not one that is simulated; the text tells which.

    Attributes:
        at: at which character of the query.
    """

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.at = at


class Reader:
    """A place in a query, which moves on as pieces are taken.

    Attributes:
        at: the place: so many characters were taken.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self._skip()

    @property
    def is_done(self) -> bool:
        """Whether nothing is left."""
        return self.at == len(self.text)

    def took(self, *pieces: str) -> str:
        """Take one of these signs or words if it comes next, and return it; "" if it does not. Words know no case."""
        for piece in pieces:
            end = self.at + len(piece)
            if self.text[self.at : end].lower() == piece and not (piece.isalpha() and self._goes_on(end)):
                self._go(end)
                return piece
        return ""

    def want(self, *pieces: str) -> str:
        """Take one of these signs or words.

        Raises:
            QueryMistake: something else comes next.
        """
        found = self.took(*pieces)
        if not found:
            raise self.mistake(f"expected {' or '.join(pieces)}")
        return found

    def name(self) -> str:
        """Take the name of a field, a command or a function; backquotes are no part of it.

        Raises:
            QueryMistake: no name comes next.
        """
        found = self._match(_NAME)
        if found is None:
            raise self.mistake("expected a name")
        return found[0].strip("`")

    def number(self) -> float | None:
        """Take a number if one comes next."""
        found = self._match(_NUMBER)
        return None if found is None else float(found[0])

    def quoted(self) -> str | None:
        """Take a text in quotes if one comes next."""
        found = self._match(_TEXT)
        if found is None:
            return None
        return re.sub(r"\\(.)", r"\1", found[1] if found[1] is not None else found[2])

    def regular(self) -> re.Pattern[str] | None:
        """Take a regular expression between slashes if one comes next; `(?<name>…)` names a group.

        Raises:
            QueryMistake: it is none.
        """
        at, found = self.at, self._match(_REGULAR)
        if found is None:
            return None
        pattern = re.sub(r"\(\?<(?=[A-Za-z_])", "(?P<", found[1].replace("\\/", "/"))
        try:
            return re.compile(pattern, re.IGNORECASE if found[2] else 0)
        except re.error as error:
            raise QueryMistake(f"invalid regular expression: {error}", at) from error

    def since(self, at: int) -> str:
        """Return what was taken since a place, as it was written."""
        return self.text[at : self.at].strip()

    def mistake(self, reason: str) -> QueryMistake:
        """Return that something else should stand here."""
        shown = self.text[self.at : self.at + 20].split("\n")[0] or "the end of the query"
        return QueryMistake(f"{reason}, found: {shown}", self.at)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found is not None:
            self._go(found.end())
        return found

    def _goes_on(self, end: int) -> bool:
        return re.match(r"[\w.@]", self.text[end : end + 1]) is not None

    def _go(self, end: int) -> None:
        self.at = end
        self._skip()

    def _skip(self) -> None:
        between = _BETWEEN.match(self.text, self.at)
        self.at = between.end() if between else self.at
