"""Into which tokens does the text of an expression fall?"""

import re
from typing import Final, NamedTuple, NoReturn

from eventsim_sources.table.expression.errors import invalid, syntax_error

EXPRESSION_BYTES_MAX: Final = 4096
"""Bytes of an expression's text (DynamoDB developer guide, "Constraints": expression strings, 4 KB)."""

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<name>[A-Za-z][A-Za-z0-9_]*)
    |(?P<alias>\#[A-Za-z0-9_]+)
    |(?P<value>:[A-Za-z0-9_]+)
    |(?P<number>[0-9]+)
    |(?P<sign><>|<=|>=|[=<>()\[\],.+-])
    |(?P<other>\S)
    )""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A word of the text. `kind` is name, alias, value, number, sign, other or end."""

    kind: str
    text: str
    start: int
    end: int

    @property
    def keyword(self) -> str:
        """The word in capitals, if it may be a keyword."""
        return self.text.upper() if self.kind == "name" else ""


def tokens_of(text: str, what: str) -> list[Token]:
    """Cut an expression into tokens; the last one is the end.

    Raises:
        ApiError: ValidationException, when the text is empty or too long.
    """
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > EXPRESSION_BYTES_MAX:
        reason = f"Expression size has exceeded the maximum allowed size; expression size: {size}"
        raise invalid(what, reason)
    found = [
        Token(match.lastgroup or "other", match[match.lastgroup or 0], match.start(match.lastgroup or 0), match.end())
        for match in _TOKEN.finditer(text)
    ]
    if not found:
        raise invalid(what, "The expression can not be empty;")
    return [*found, Token("end", "<EOF>", len(text), len(text))]


class Cursor:
    """Where reading has come to in the tokens of one text."""

    def __init__(self, text: str, what: str, tokens: list[Token]) -> None:
        self.what = what
        self._text = text
        self._tokens = tokens
        self._index = 0
        self.token = self._tokens[0]

    @property
    def index(self) -> int:
        """How many tokens are taken."""
        return self._index

    def take(self) -> Token:
        """Go one token further and return the one left behind."""
        token = self.token
        if token.kind != "end":
            self._index += 1
            self.token = self._tokens[self._index]
        return token

    def takes(self, text: str) -> bool:
        """Take the next token if it is this sign, and tell whether it was."""
        if self.token.kind == "sign" and self.token.text == text:
            self.take()
            return True
        return False

    def takes_keyword(self, *keywords: str) -> str:
        """Take the next token if it is one of these words in any case; return the word or nothing."""
        if self.token.keyword in keywords:
            return self.take().keyword
        return ""

    def expect(self, text: str) -> None:
        """Take this sign.

        Raises:
            ApiError: ValidationException, when something else stands there.
        """
        if not self.takes(text):
            self.fail()

    def expect_end(self) -> None:
        """Check that nothing follows.

        Raises:
            ApiError: ValidationException, when something does.
        """
        if self.token.kind != "end":
            self.fail()

    def after(self) -> Token:
        """Return the token behind the next one."""
        return self._tokens[min(self._index + 1, len(self._tokens) - 1)]

    def fail(self) -> NoReturn:
        """Refuse the text at the next token.

        Raises:
            ApiError: ValidationException, always.
        """
        raise syntax_error(self.what, self.token.text, self.near())

    def near(self) -> str:
        """Return the text around the next token: with the one before it and the one behind."""
        before = self._tokens[max(self._index - 1, 0)]
        return self._text[before.start : self.after().end].strip()


def cursor_of(text: str, what: str) -> Cursor:
    """Return a cursor at the start of an expression.

    Raises:
        ApiError: ValidationException, when the text is empty or too long.
    """
    return Cursor(text, what, tokens_of(text, what))
