"""Which expectation does an English sentence mean? A small fixed grammar; capitals stand for what varies.

    every message sent to QUEUE is deleted
    every message sent to QUEUE is deleted or in its dead-letter queue     (or by name: `or in orders-dlq`)
    KIND NAME has NUMBER WHAT          queue orders-dlq has 1 message; function charge has at most 3 errors
    bucket NAME has object KEY         also: has no object KEY; has object KEY containing "TEXT"
    function NAME logs "TEXT"          also: logs /REGEX/; never logs "TEXT"
    function NAME returns JSON
    every request of FEED is answered as expected                          (as its `expect` says)
    99 % of messages to QUEUE are settled within TIME                      (or: all messages to …)
    99 % of invocations of FUNCTION end within TIME                        (or: all invocations of …)
    python MODULE.FUNCTION

NUMBER is `3`, `no`, `exactly 3`, `at least 3`, `at most 3`, `more than 3`, `fewer than 3` or `between 3 and 5`.
Any of them may begin with `at TIME,` to hold at an instant instead of the end.
"""

import difflib
import re
from collections.abc import Callable

import msgspec

from eventsim.errors import ConfigurationError
from eventsim.expectation.expectation import (
    Answered,
    Claim,
    Count,
    Expectation,
    Logged,
    Object,
    Place,
    Python,
    Replied,
    Settled,
    Within,
    check_regex,
)
from eventsim.quantity import duration_us

_NAME = r"[\w.$:/-]+"
_NUMBER = (
    r"(?P<bound>exactly |at least |at most |more than |fewer than )?(?P<number>\d[\d,_]*)|(?P<none>no)"
    r"|between (?P<low>\d[\d,_]*) and (?P<high>\d[\d,_]*)"
)
_SHARE = r"(?:(?P<percentile>\d+(?:\.\d+)?) ?%|(?P<all>all|every)) (?:of (?:the |all )?)?"


def parse(text: str, *, key: str = "") -> Expectation:
    """Return the expectation that a sentence means.

    Raises:
        ConfigurationError: it is none of the sentences above; `key` is carried along.
    """
    words = text.strip() if '"' in text else " ".join(text.split()).rstrip(".")
    when = re.match(r"at (?P<when>[\d.]+ ?\w*(?: [\d.]+ ?\w+)*)[,:] ", words)
    rest = words[when.end() :] if when else words
    for pattern, build in _FORMS:
        match = pattern.fullmatch(rest)
        if match is not None:
            at_us = duration_us(when["when"], key=key) if when else None
            return Expectation(text=words, claim=build(match, key), at_us=at_us)
    raise ConfigurationError(f"{words!r} is not a sentence that is understood here{_did_you_mean(rest)}", key=key)


def _settled(match: re.Match[str], key: str) -> Claim:  # noqa: ARG001 - all builders have one shape
    dead_letter = match["dead"]
    is_any = dead_letter is None and match["any"] is not None
    return Settled(queue=match["queue"], dead_letter="" if is_any else dead_letter)


def _count(match: re.Match[str], key: str) -> Claim:  # noqa: ARG001 - all builders have one shape
    least, most = _range(match)
    return Count(of=Place(match["kind"], match["name"]), noun=match["noun"], least=least, most=most)


def _range(match: re.Match[str]) -> tuple[int, int | None]:
    if match["none"]:
        return 0, 0
    if match["low"]:
        return _whole(match["low"]), _whole(match["high"])
    number = _whole(match["number"])
    match (match["bound"] or "").strip():
        case "at least":
            return number, None
        case "at most":
            return 0, number
        case "more than":
            return number + 1, None
        case "fewer than":
            return 0, number - 1
        case _:
            return number, number


def _whole(digits: str) -> int:
    return int(digits.replace(",", "").replace("_", ""))


def _object(match: re.Match[str], key: str) -> Claim:
    name = match["key"]
    return Object(
        bucket=match["name"],
        key=_text(name, key) if name.startswith('"') else name,
        is_there=match["no"] is None,
        contains=_text(match["contains"], key) if match["contains"] else "",
    )


def _logged(match: re.Match[str], key: str) -> Claim:
    is_there, shown = match["never"] is None, match["text"]
    if shown.startswith("/"):
        check_regex(shown[1:-1], key=key)
        return Logged(function=match["name"], text=shown[1:-1], is_regex=True, is_there=is_there)
    text = _text(shown, key) if shown.startswith('"') else shown.strip("'")
    return Logged(function=match["name"], text=text, is_there=is_there)


def _answered(match: re.Match[str], key: str) -> Claim:
    return Answered(function=match["name"], answer=_json(match["json"], key))


def _replied(match: re.Match[str], key: str) -> Claim:  # noqa: ARG001 - all builders have one shape
    return Replied(feed=match["feed"])


def _within(match: re.Match[str], key: str) -> Claim:
    place = Place("queue", match["queue"]) if match["queue"] else Place("function", match["function"])
    percentile = float(match["percentile"] or 100)
    if not 0 < percentile <= 100:
        raise ConfigurationError(f"{percentile:g} % is more than there are; give 0 to 100", key=key)
    return Within(of=place, percentile=percentile, within_us=duration_us(match["time"], key=key))


def _python(match: re.Match[str], key: str) -> Claim:  # noqa: ARG001 - all builders have one shape
    return Python(function=match["function"])


def _json(text: str, key: str) -> object:
    try:
        value: object = msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{text} is not JSON: {error}", key=key) from None
    return value


def _text(quoted: str, key: str) -> str:
    return str(_json(quoted, key))


_STRING = r'"(?:[^"\\]|\\.)*"'

_FORMS: list[tuple[re.Pattern[str], Callable[[re.Match[str], str], Claim]]] = [
    (
        re.compile(
            rf"every message sent to (?P<queue>{_NAME}) is deleted"
            rf"(?: or (?:(?P<any>dead-lettered|(?:is )?in its dead-letter queue)|(?:is )?in (?P<dead>{_NAME})))?"
        ),
        _settled,
    ),
    (
        re.compile(
            rf"bucket (?P<name>{_NAME}) has (?P<no>no )?object (?P<key>{_STRING}|\S+)"
            rf"(?: containing (?P<contains>{_STRING}))?"
        ),
        _object,
    ),
    (
        re.compile(
            rf"function (?P<name>{_NAME}) (?P<never>never )?logs (?P<text>{_STRING}|/.+/|'[^']*')",
        ),
        _logged,
    ),
    (re.compile(rf"function (?P<name>{_NAME}) returns (?P<json>.+)"), _answered),
    (
        re.compile(
            rf"{_SHARE}(?:messages? (?:sent )?to (?P<queue>{_NAME}) (?:is|are) settled"
            rf"|invocations? of (?P<function>{_NAME}) ends?) within (?P<time>.+)"
        ),
        _within,
    ),
    (re.compile(rf"every request of (?P<feed>{_NAME}(?:\[\d+\])?) is answered as expected"), _replied),
    (re.compile(rf"python (?P<function>{_NAME})"), _python),
    (
        re.compile(rf"(?P<kind>[a-z]+(?: machine)?) (?P<name>{_NAME}) has (?:{_NUMBER}) (?P<noun>[a-zA-Z][\w -]*)"),
        _count,
    ),
]

_EXAMPLES = (
    "every message sent to orders is deleted",
    "every message sent to orders is deleted or in its dead-letter queue",
    "queue orders has 1 message",
    "function charge has at most 3 errors",
    "bucket photos has 2 objects",
    "bucket photos has object cat.jpg",
    "bucket photos has no object cat.jpg",
    'function hello logs "done"',
    'function hello never logs "done"',
    'function hello returns {"statusCode": 200}',
    "99 % of messages to orders are settled within 5 s",
    "99 % of invocations of charge end within 2 s",
    "python checks.no_double_charge",
)


def _did_you_mean(text: str) -> str:
    near = difflib.get_close_matches(text, _EXAMPLES, n=1, cutoff=0.5)
    return f"; write it like `{near[0] if near else _EXAMPLES[2]}`"
