"""Does a log event match a filter pattern? Words, texts, alternatives, exclusions, members of JSON."""

import pytest

from eventsim.calls.log_pattern import PatternMistake, compile_log_pattern

ORDER = '{"level": "ERROR", "ms": 250, "user": {"name": "ada"}, "tags": ["a", "b"], "ok": false, "none": null}'


@pytest.mark.parametrize(
    ("pattern", "event", "matches"),
    [
        pytest.param("", "anything", True, id="no pattern"),
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


@pytest.mark.parametrize(
    "pattern",
    ["{ $.a", "{ }", "{ $.a = }", "{ $.a > x }", "{ a = 1 }", "{ ($.a = 1 }", "[ip, user]", "%x%", "{ $.a BE x }"],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    """So are the forms that are not simulated."""
    with pytest.raises(PatternMistake):
        compile_log_pattern(pattern)
