"""Into which tokens does a PartiQL statement fall?"""

import re
from typing import Final, NoReturn

from eventsim_sources.table.expression.errors import refused
from eventsim_sources.table.expression.tokens import Cursor, Token

STATEMENT_CHARS_MAX: Final = 8192
"""Characters of a statement (DynamoDB API reference, ExecuteStatement: Statement)."""

_TOKEN: Final = re.compile(
    r"""\s*(?:
    (?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<quoted>"(?:[^"]|"")*")
    |(?P<string>'(?:[^']|'')*')
    |(?P<decimal>[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)
    |(?P<number>[0-9]+)
    |(?P<value>\?)
    |(?P<sign><<|>>|<>|!=|<=|>=|[=<>()\[\]{},.:;*+-])
    |(?P<other>\S)
    )""",
    re.VERBOSE,
)


class StatementCursor(Cursor):
    """Where reading has come to in a statement; says in PartiQL's words what it cannot read."""

    def fail(self) -> NoReturn:
        """Refuse the text at the next token.

        Raises:
            ApiError: ValidationException, always.
        """
        what = "end of statement" if self.token.kind == "end" else f'token "{self.token.text}"'
        raise malformed(f'Unexpected {what}, near: "{self.near()}"')


def malformed(reason: str) -> Exception:
    """The statement does not follow the grammar."""
    return refused(f"Statement wasn't well formed, can't be processed: {reason}")


def cursor_of_statement(text: str) -> StatementCursor:
    """Return a cursor at the start of a statement.

    Raises:
        ApiError: ValidationException, when the statement is empty or too long.
    """
    if len(text) > STATEMENT_CHARS_MAX:
        raise refused(
            "1 validation error detected: Value at 'statement' failed to satisfy constraint: "
            f"Member must have length less than or equal to {STATEMENT_CHARS_MAX}"
        )
    tokens = [
        Token(match.lastgroup or "other", match[match.lastgroup or 0], match.start(match.lastgroup or 0), match.end())
        for match in _TOKEN.finditer(text)
    ]
    return StatementCursor(text, "Statement", [*tokens, Token("end", "<EOF>", len(text), len(text))])
