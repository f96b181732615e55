"""Does a log event match a filter pattern? CloudWatch Logs' language, as far as people write it by hand.

    ERROR Exception          all of these words
    "no such table"          this text
    ?ERROR ?WARN             any of these
    ERROR -retry             these words, and not that one
    { $.level = "ERROR" && $.ms > 100 }      a JSON event with these members

Words are looked for as they are written, anywhere in the event. Space-delimited patterns (`[ip, user, …]`) and regular
expressions (`%…%`) are refused.
"""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

Matches = Callable[[str], bool]
_Test = Callable[[Any], bool]

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))')
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>&&|\|\||[()])|(?P<path>\$(?:\.[A-Za-z_@][\w-]*|\[\s*(?:\d+|"[^"]*")\s*\])+)
    |(?P<operator>!=|<=|>=|=|<|>)|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<word>[^\s()&|=<>!]+))""",
    re.VERBOSE,
)
_STEP = re.compile(r'\.([A-Za-z_@][\w-]*)|\[\s*(?:(\d+)|"([^"]*)")\s*\]')
_ABSENT = object()


class PatternMistake(ValueError):  # noqa: N818 - a fact, as the field says it
    """The pattern is not one, or not one that is simulated; the text tells which."""


def compile_log_pattern(pattern: str) -> Matches:
    """Return a test of one event's text.

    Raises:
        PatternMistake: the pattern makes no sense here.
    """
    text = pattern.strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise PatternMistake("Invalid filter pattern")
        return _json_matches(_Reader(text[1:-1]).expression())
    if text.startswith(("[", "%")):
        raise PatternMistake(f"this form of filter pattern is not simulated: {text}")
    return _terms(text)


def _terms(text: str) -> Matches:
    wanted: list[str] = []
    optional: list[str] = []
    unwanted: list[str] = []
    of_mark = {"": wanted, "?": optional, "-": unwanted}
    for mark, quoted, word in _TERM.findall(text):
        of_mark[mark].append(_unescaped(quoted) if quoted else word)
    if wanted:
        optional = []  # `?` beside other terms is ignored (documented)

    def matches(event: str) -> bool:
        return (
            all(term in event for term in wanted)
            and (not optional or any(term in event for term in optional))
            and not any(term in event for term in unwanted)
        )

    return matches


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _json_matches(test: _Test) -> Matches:
    def matches(event: str) -> bool:
        try:
            return test(json.loads(event))
        except ValueError:
            return False

    return matches


class _Reader:
    """Reads the expression of a JSON pattern: comparisons, `&&` before `||`, parentheses."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, str]] = []
        position = 0
        while text[position:].strip():
            match = _TOKEN.match(text, position)
            if match is None or match.lastgroup is None:
                raise PatternMistake("Invalid filter pattern")
            self._tokens.append((match.lastgroup, match[match.lastgroup]))
            position = match.end()

    def expression(self) -> _Test:
        """Read all of it."""
        test = self._any()
        if self._tokens:
            raise PatternMistake("Invalid filter pattern")
        return test

    def _any(self) -> _Test:
        tests = [self._all()]
        while self._took("||"):
            tests.append(self._all())
        return lambda document: any(test(document) for test in tests)

    def _all(self) -> _Test:
        tests = [self._comparison()]
        while self._took("&&"):
            tests.append(self._comparison())
        return lambda document: all(test(document) for test in tests)

    def _took(self, mark: str) -> bool:
        if self._tokens[:1] == [("mark", mark)]:
            del self._tokens[0]
            return True
        return False

    def _take(self, *kinds: str) -> tuple[str, str]:
        if not self._tokens or self._tokens[0][0] not in kinds:
            raise PatternMistake("Invalid filter pattern")
        return self._tokens.pop(0)

    def _comparison(self) -> _Test:
        if self._took("("):
            test = self._any()
            if not self._took(")"):
                raise PatternMistake("Invalid filter pattern")
            return test
        steps = [name or place or quoted for name, place, quoted in _STEP.findall(self._take("path")[1])]
        kind, sign = self._take("operator", "word")
        if kind == "word":
            return _named_test(steps, sign, self._take("word")[1])
        kind, value = self._take("text", "word")
        return _comparing(steps, sign, _unescaped(value) if kind == "text" else value, is_text=kind == "text")


def _named_test(steps: list[str], verb: str, what: str) -> _Test:
    match verb.upper(), what.upper():
        case "IS", "NULL":
            return lambda document: _member(document, steps) is None
        case "IS", "TRUE":
            return lambda document: _member(document, steps) is True
        case "IS", "FALSE":
            return lambda document: _member(document, steps) is False
        case "NOT", "EXISTS":
            return lambda document: _member(document, steps) is _ABSENT
    raise PatternMistake("Invalid filter pattern")


def _comparing(steps: list[str], sign: str, value: str, *, is_text: bool) -> _Test:
    number = None if is_text else _number(value)
    if number is None and sign not in ("=", "!="):
        raise PatternMistake("Invalid filter pattern")

    def equals(member: Any) -> bool:
        if number is not None and isinstance(member, int | float):
            return not isinstance(member, bool) and member == number
        shown = member if isinstance(member, str) else json.dumps(member)
        return fnmatchcase(shown, value.replace("[", "[[]").replace("?", "[?]"))

    def test(document: Any) -> bool:
        member = _member(document, steps)
        if member is _ABSENT:
            return False
        if sign in ("=", "!="):
            return equals(member) is (sign == "=")
        if isinstance(member, bool) or not isinstance(member, int | float) or number is None:
            return False
        return {"<": member < number, "<=": member <= number, ">": member > number, ">=": member >= number}[sign]

    return test


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _member(document: Any, steps: list[str]) -> Any:
    for step in steps:
        if isinstance(document, dict) and step in document:
            document = document[step]
        elif isinstance(document, list) and step.isdigit() and int(step) < len(document):
            document = document[int(step)]
        else:
            return _ABSENT
    return document
