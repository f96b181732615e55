"""Does a log event match a filter pattern? Words, texts, alternatives, exclusions, members of JSON."""

import pytest

from eventsim.calls.log_fields import PatternMistake
from eventsim.calls.log_pattern import compile_log_pattern, extracting

ORDER = (
    '{"level": "ERROR", "ms": 250, "user": {"name": "ada"}, "tags": ["a", "b"], "ok": false, "none": null, "a.b": 1}'
)


@pytest.mark.parametrize(
    ("pattern", "event", "matches"),
    [
        pytest.param("", "anything", True, id="no pattern"),
        pytest.param("{ $.a = 1 }", "[" * 100_000, False, id="nested too deeply"),
        pytest.param("ERROR", "[ERROR] no", True, id="word"),
        pytest.param("error", "[ERROR] no", False, id="case counts"),
        pytest.param("ERROR timeout", "ERROR: a timeout", True, id="all words"),
        pytest.param("ERROR timeout", "ERROR", False, id="not all words"),
        pytest.param('"no such table"', "error: no such table: x", True, id="text"),
        pytest.param('"no table"', "no such table", False, id="text as a whole"),
        pytest.param(r'"say \"hi\""', 'say "hi"', True, id="escaped quotes"),
        pytest.param("?ERROR ?WARN", "a WARN", True, id="any word"),
        pytest.param("?ERROR ?WARN", "an INFO", False, id="none of the words"),
        pytest.param("ERROR -retry", "ERROR: gave up", True, id="without a word"),
        pytest.param("ERROR -retry", "ERROR: retry", False, id="with the word"),
        pytest.param('-"Task timed out"', "Task timed out after 3.00 seconds", False, id="without a text"),
    ],
)
def test_words_are_looked_for_anywhere(pattern: str, event: str, matches: bool) -> None:
    """As they are written, upper and lower case (documented)."""
    assert compile_log_pattern(pattern)(event) is matches


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        pytest.param('{ $.level = "ERROR" }', True, id="text"),
        pytest.param("{ $.level = ERROR }", True, id="bare text"),
        pytest.param('{ $.level != "ERROR" }', False, id="not equal"),
        pytest.param('{ $.level = "E*" }', True, id="wildcard"),
        pytest.param("{ $.ms > 200 }", True, id="greater"),
        pytest.param("{ $.ms <= 249.5 }", False, id="at most"),
        pytest.param("{ $.ms = 250 }", True, id="number"),
        pytest.param('{ $.user.name = "ada" }', True, id="member of a member"),
        pytest.param('{ $["user"]["name"] = "ada" }', True, id="in brackets"),
        pytest.param("{ $.['user']['name'] = ada }", True, id="in brackets and single quotes"),
        pytest.param("{ $['a.b'] = 1 }", True, id="a name with a dot"),
        pytest.param('{ $.tags[1] = "b" }', True, id="element"),
        pytest.param("{ $.ok IS FALSE }", True, id="is false"),
        pytest.param("{ $.none IS NULL }", True, id="is null"),
        pytest.param("{ $.other NOT EXISTS }", True, id="absent"),
        pytest.param("{ $.ms NOT EXISTS }", False, id="present"),
        pytest.param('{ $.other != "x" }', False, id="absent is not unequal"),
        pytest.param('{ ($.ms > 900) || ($.level = "ERROR" && $.ms > 1) }', True, id="and before or"),
        pytest.param('{ ($.ms > 900 || $.level = "ERROR") && $.ms > 900 }', False, id="parentheses"),
    ],
)
def test_members_of_a_json_event_are_compared(pattern: str, matches: bool) -> None:
    """What is not JSON never matches."""
    compiled = compile_log_pattern(pattern)

    assert compiled(ORDER) is matches
    assert compiled("no JSON") is False


LINE = '127.0.0.1 - ada [10/Oct/2026:13:25:15 +0000] "GET /index.html HTTP/1.0" 404 1534'


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        pytest.param("[ip, id, user, at, request, status, bytes]", True, id="as many fields"),
        pytest.param("[ip, user]", False, id="fewer fields"),
        pytest.param("[ip, ..., bytes]", True, id="others left out"),
        pytest.param("[..., status=4*, bytes]", True, id="wildcard"),
        pytest.param("[..., status=4*, bytes > 2000]", False, id="too few bytes"),
        pytest.param("[..., status=404 || status=500, bytes]", True, id="either"),
        pytest.param("[..., status!=404 && status!=500, bytes]", False, id="neither"),
        pytest.param('[ip, id, user=ada, ..., request="*index*", status, bytes]', True, id="text"),
        pytest.param("[ip=%^127%, ...]", True, id="regular expression"),
        pytest.param("[ip=%^128%, ...]", False, id="another regular expression"),
    ],
)
def test_fields_between_blanks_are_compared(pattern: str, matches: bool) -> None:
    """Text in quotes or brackets is one field (documented)."""
    assert compile_log_pattern(pattern)(LINE) is matches


@pytest.mark.parametrize(
    ("pattern", "event", "matches"),
    [
        pytest.param("%took [0-9]+ ms%", "it took 250 ms", True, id="alone"),
        pytest.param("%took [0-9]+ ms%", "it took long", False, id="alone, not there"),
        pytest.param("ERROR -%x+y%", "ERROR xxy", False, id="beside words"),
        pytest.param("{ $.level = %^E% }", ORDER, True, id="member"),
        pytest.param("{ $.level != %^E% }", ORDER, False, id="not the member"),
    ],
)
def test_regular_expressions_are_searched_for(pattern: str, event: str, matches: bool) -> None:
    """Between two `%` (documented)."""
    assert compile_log_pattern(pattern)(event) is matches


def test_a_pattern_takes_out_what_it_names() -> None:
    """Fields by name or place, members by path."""
    assert extracting("[ip, , user, ..., bytes]")(LINE) == {
        "$ip": "127.0.0.1",
        "$2": "-",
        "$user": "ada",
        "$bytes": "1534",
    }
    assert extracting("{ $.ms > 1 && $.user.name = * }")(ORDER) == {"$.ms": "250", "$.user.name": "ada"}
    assert extracting("ERROR")("ERROR") == {}


@pytest.mark.parametrize(
    "pattern",
    [
        *("{ $.a", "{ }", "{ $.a = }", "{ $.a > x }", "{ a = 1 }", "{ ($.a = 1 }", "{ $.a BE x }"),
        *("[ip, user", "[..., a, ...]", "[a > x]", "%(a+)+b%", "%[%", "{ $.a > %x% }"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    """Regular expressions with groups are none of AWS's (documented)."""
    with pytest.raises(PatternMistake):
        compile_log_pattern(pattern)
