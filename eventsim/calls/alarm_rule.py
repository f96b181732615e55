"""Which alarms does a composite alarm look at, and does its rule hold? `ALARM("a") AND NOT (OK(b) OR TRUE)`."""

import re
from collections.abc import Callable

_TOKEN = re.compile(r"\s*(?:(ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]+)\"|([^\s\")(]+))\s*\)|(\w+)|([()]))")

StateOf = Callable[[str], str]
"""Returns the state of the alarm that a name or an ARN means."""
_Test = Callable[[StateOf], bool]


class RuleMistake(ValueError):  # noqa: N818 - a fact, as the field says it
    """The rule is none; the text tells why."""


class AlarmRule:
    """A rule over alarms.

    Attributes:
        names: the alarms that it names, by name or ARN, in order.

    Raises:
        RuleMistake: it is none.
    """

    def __init__(self, text: str) -> None:
        self.names: list[str] = []
        self._text = text
        self._tokens: list[tuple[str, str]] = []
        at, end = 0, len(text.rstrip())
        while at < end:
            found = _TOKEN.match(text, at)
            if found is None:
                raise self._mistake()
            state, quoted, bare, word, sign = found.groups()
            self._tokens.append((state, quoted or bare) if state else ("", word or sign))
            at = found.end()
        self._holds = self._any()
        if self._tokens:
            raise self._mistake()

    def holds(self, state_of: StateOf) -> bool:
        """Tell whether it holds."""
        return self._holds(state_of)

    def _any(self) -> _Test:
        tests = [self._all()]
        while self._took("OR"):
            tests.append(self._all())
        return lambda state_of: any(test(state_of) for test in tests)

    def _all(self) -> _Test:
        tests = [self._single()]
        while self._took("AND"):
            tests.append(self._single())
        return lambda state_of: all(test(state_of) for test in tests)

    def _single(self) -> _Test:
        if self._took("NOT"):
            inner = self._single()
            return lambda state_of: not inner(state_of)
        if self._took("("):
            inner = self._any()
            if not self._took(")"):
                raise self._mistake()
            return inner
        for word in ("TRUE", "FALSE"):
            if self._took(word):
                return lambda _, truth=word == "TRUE": truth  # type: ignore[misc]  # the loop's value of now
        if not self._tokens or not self._tokens[0][0]:
            raise self._mistake()
        state, name = self._tokens.pop(0)
        self.names.append(name)
        return lambda state_of: state_of(name) == state

    def _took(self, word: str) -> bool:
        if self._tokens[:1] == [("", word)]:
            del self._tokens[0]
            return True
        return False

    def _mistake(self) -> RuleMistake:
        return RuleMistake(f"this is no rule: {self._text}")
