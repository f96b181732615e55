"""Does a log event match a filter pattern? CloudWatch Logs' language, as far as people write it by hand.

    ERROR Exception          all of these words
    "no such table"          this text
    ?ERROR ?WARN             any of these
    ERROR -retry             these words, and not that one
    %time: [0-9]+ ms%        this regular expression
    { $.level = "ERROR" && $.ms > 100 }      a JSON event with these members
    [ip, user, ..., status=4*]               an event with these fields

Words are looked for as they are written, anywhere in the event.
"""

import json
import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from eventsim.calls.log_fields import PatternMistake, compile_fields, regular_expression
from eventsim.json_text import load_json

Matches = Callable[[str], bool]
_Test = Callable[[Any], bool]

_TERM = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|(%[^%]+%)|(\S+))')
_TOKEN = re.compile(
    r"""\s*(?:(?P<mark>&&|\|\||[()])|(?P<path>\$(?:\.[A-Za-z_@][\w-]*|\.?\[\s*(?:\d+|"[^"]*"|'[^']*')\s*\])+)
    |(?P<operator>!=|<=|>=|=|<|>)|"(?P<text>(?:[^"\\]|\\.)*)"|(?P<regular>%[^%]+%)|(?P<word>[^\s()&|=<>!]+))""",
    re.VERBOSE,
)
_STEP = re.compile(r"""\.([A-Za-z_@][\w-]*)|\.?\[\s*(?:(\d+)|"([^"]*)"|'([^']*)')\s*\]""")
_ABSENT = object()


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
    if text.startswith("["):
        fields = compile_fields(text)
        return lambda event: fields(event) is not None
    return _terms(text)


def extracting(pattern: str) -> Callable[[str], dict[str, str]]:
    """Return what takes out of a matching event what the pattern names: fields, or members of JSON by their paths.

    Raises:
        PatternMistake: the pattern makes no sense here.
    """
    text = pattern.strip()
    if text.startswith("["):
        fields = compile_fields(text)
        return lambda event: fields(event) or {}
    if not text.startswith("{"):
        return lambda _: {}
    paths = [match["path"] for match in _TOKEN.finditer(text) if match["path"]]
    return lambda event: {path: found for path in paths if (found := member_text(event, path)) is not None}


def member_text(event: str, path: str) -> str | None:
    """Return the member of a JSON event that a path (`$.a.b[0]`) names, as text; None if there is none."""
    try:
        member = _member(load_json(event), _steps(path))
    except ValueError:
        return None
    if member is _ABSENT or member is None:
        return None
    return member if isinstance(member, str) else json.dumps(member)


def _steps(path: str) -> list[str]:
    """Return the names and places through which a path leads."""
    return ["".join(step) for step in _STEP.findall(path)]


def _terms(text: str) -> Matches:
    wanted: list[Matches] = []
    optional: list[Matches] = []
    unwanted: list[Matches] = []
    of_mark = {"": wanted, "?": optional, "-": unwanted}
    for mark, quoted, regular, word in _TERM.findall(text):
        of_mark[mark].append(_term(regular or (_unescaped(quoted) if quoted else word), is_regular=bool(regular)))
    if wanted:
        optional = []  # `?` beside other terms is ignored (documented)

    def matches(event: str) -> bool:
        return (
            all(term(event) for term in wanted)
            and (not optional or any(term(event) for term in optional))
            and not any(term(event) for term in unwanted)
        )

    return matches


def _term(text: str, *, is_regular: bool) -> Matches:
    regular = regular_expression(text) if is_regular else None
    return (lambda event: text in event) if regular is None else (lambda event: regular.search(event) is not None)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _json_matches(test: _Test) -> Matches:
    def matches(event: str) -> bool:
        try:
            return test(load_json(event))
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
        steps = _steps(self._take("path")[1])
        kind, sign = self._take("operator", "word")
        if kind == "word":
            return _named_test(steps, sign, self._take("word")[1])
        kind, value = self._take("text", "word", "regular")
        if kind == "regular":
            return _searching(steps, sign, value)
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


def _searching(steps: list[str], sign: str, value: str) -> _Test:
    regular = regular_expression(value)
    if regular is None or sign not in ("=", "!="):
        raise PatternMistake("Invalid filter pattern")

    def test(document: Any) -> bool:
        member = _member(document, steps)
        if member is _ABSENT:
            return False
        shown = member if isinstance(member, str) else json.dumps(member)
        return (regular.search(shown) is not None) is (sign == "=")

    return test


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
