"""What does a query of Logs Insights answer? Command by command, and over what functions have logged."""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from eventsim.calls.insights.expression import Row
from eventsim.calls.insights.query import read_query
from eventsim.calls.insights.reader import QueryMistake

START_S = 1_767_225_600
GROUP = "/aws/lambda/greet"
EVENTS: Sequence[Row] = [
    {"@timestamp": "2026-01-01 00:07:30.000", "@message": "user=eve took 30 ms", "level": "ERROR", "ms": 30.0},
    {"@timestamp": "2026-01-01 00:04:00.000", "@message": "user=bob took 12.5 ms", "level": "INFO", "ms": 12.5},
    {"@timestamp": "2026-01-01 00:01:00.000", "@message": "user=eve took 7 ms", "level": "INFO", "ms": 7.0},
    {"@timestamp": "2026-01-01 00:00:00.000", "@message": "nothing to tell", "done": True},
]

ANSWERS: dict[str, list[str]] = {
    "fields ms, ms * 2 as twice | limit 2": ["30 60", "12.5 25"],
    "fields level | display ms | limit 1": ["30"],
    "display level, ms | sort ms asc": ["", "INFO 7", "INFO 12.5", "ERROR 30"],
    "display ms | sort level desc, ms desc | limit 3": ["12.5", "7", "30"],
    'filter level = "ERROR" | display ms': ["30"],
    "filter level != 'ERROR' | display ms": ["12.5", "7"],
    "filter @message like /took \\d+ ms/ | display ms": ["30", "7"],
    "filter @message =~ /(?i)USER=EVE/ | display ms": ["30", "7"],
    'filter @message not like "user" | display @message': ["nothing to tell"],
    'filter level in ["ERROR", "WARN"] or ms < 10 | display ms': ["30", "7"],
    "filter ms not in [30, 7] and ispresent(ms) | display ms": ["12.5"],
    "filter not (ms > 10) and not done | display ms": ["7"],
    "filter ms >= 7 and ms <= 12.5 # between\n| display ms": ["12.5", "7"],
    "filter done = true | display done": ["1"],
    "stats count(*)": ["4"],
    "stats count(*) as n by level | sort n desc": ["INFO 2", "ERROR 1", "1"],
    "stats count() as n, sum(ms), avg(ms), min(ms), max(ms)": ["4 49.5 16.5 7 30"],
    "stats count(ms) as n, count_distinct(level) as levels": ["3 2"],
    "stats pct(ms, 50) as p50, stddev(ms) as s": ["12.5 9.8065"],
    "stats avg(ms) / 1000 * 2 as s": ["0.033"],
    "stats earliest(level) as first, latest(level) as last": ["INFO ERROR"],
    "stats sum(ms) by bin(5m) | sort `bin(5m)` asc": [
        "2026-01-01 00:00:00.000 19.5",
        "2026-01-01 00:05:00.000 30",
    ],
    "stats max(ms) as m by bin(1h) as hour | filter m > 5 | display hour, m": ["2026-01-01 00:00:00.000 30"],
    'parse @message "user=* took * ms" as user, took | stats sum(took) as t by user | sort t desc': [
        "eve 37",
        "bob 12.5",
        "",
    ],
    "parse /user=(?<who>\\w+)/ | display who | dedup who | limit 2": ["eve", "bob"],
    'parse @message "user=*" as rest | filter rest like /^bob/ | display rest': ["bob took 12.5 ms"],
    "parse @message /(\\w+)=(\\w+)/ as key, worth | display key, worth | limit 1": ["user eve"],
    "dedup level | display level, ms": ["ERROR 30", "INFO 12.5", ""],
    "fields concat(level, '-', ms) as x | limit 1": ["ERROR-30"],
    "fields toupper(substr(@message, 0, 4)) as x, strlen(level) as y | limit 1": ["USER 5"],
    "fields coalesce(none, level) as x, strcontains(@message, 'eve') as y | limit 2": ["ERROR 1", "INFO 0"],
    "fields abs(-ms) as a, ceil(ms / 7) as b, greatest(ms, 20) as c | limit 1": ["30 5 30"],
    "fields replace(@message, 'user', 'u') as x | limit 1": ["u=eve took 30 ms"],
    "fields datefloor(@timestamp, 1h) as h, tomillis(@timestamp) as t | limit 1": [
        "2026-01-01 00:00:00.000 1767226050000"
    ],
    "fields 2 ^ 3 % 5 as x, 7 / 0 as y | limit 1": ["3"],
}


def shown(answer: list[list[dict[str, str]]]) -> list[str]:
    """Return each row's values, without what leads back to its event."""
    return [" ".join(cell["value"] for cell in row if cell["field"] != "@ptr") for row in answer]


@pytest.mark.parametrize(("query", "rows"), ANSWERS.items(), ids=str)
def test_a_query_answers_in_rows(query: str, rows: list[str]) -> None:
    """Each command gets the rows that the one before has left; the newest event comes first."""
    assert shown(read_query(query)(EVENTS, 100)) == rows


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("", "expected a command"),
        ("foo x", "unexpected symbol found foo"),
        ("pattern @message", "the command pattern is not simulated"),
        ("fields @message filter x", "expected |"),
        ("filter (a = 1", r"expected \)"),
        ("filter a like 5", "expected a text or a regular expression"),
        ("filter a like /(/", "invalid regular expression"),
        ("filter a not = 5", "expected like or in"),
        ("fields nothing(a)", "the function nothing is not simulated"),
        ("fields bin(5 lightyears)", "a period in lightyears is not simulated"),
        ("stats nothing(a)", "the function nothing is not simulated in stats"),
        ("stats a", "a stands outside of a function of stats"),
        ("stats pct(a, 200)", "expected a percentage"),
        ("limit 0", "expected a number from 1 to 10000"),
        ('parse @message "a * b *" as one', "2 places are to be taken, and 1 names are given"),
        ("sort", "expected a name"),
    ],
    ids=str,
)
def test_what_is_no_query_is_refused(query: str, reason: str) -> None:
    """With what was expected, or what is not simulated."""
    with pytest.raises(QueryMistake, match=reason):
        read_query(query)


# --- the operations ----------------------------------------------------------------------------------------


def greet(event: Any, context: Any) -> None:
    print('{"order": {"id": ' + str(event["order"]) + ', "items": [{"sku": "a"}]}, "paid": true, "note": null}')


class Logs:
    """Calls operations as a client would."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation

    def __call__(self, operation: str, **parameters: Any) -> Any:
        return self.simulation.request("logs", operation, parameters)

    def ask(self, query: str, **parameters: Any) -> Any:
        """Begin a query over the first hour, and read its answer."""
        where = {} if any(name.startswith("logGroup") for name in parameters) else {"logGroupName": GROUP}
        given = {"startTime": START_S, "endTime": START_S + 3600, "queryString": query, **where, **parameters}
        return self("GetQueryResults", queryId=self("StartQuery", **given)["queryId"])


@pytest.fixture
def logs() -> Iterator[Logs]:
    with SyncSimulation(seed=4) as simulation:
        simulation.add_function("greet", handler=greet)
        for order in (1, 2):
            simulation.invoke("greet", {"order": order})
        yield Logs(simulation)


def test_members_of_json_are_fields(logs: Logs) -> None:
    """Members of members, elements of lists; null is not there, and truth is 1."""
    query = "filter ispresent(order.id) | display order.id, order.items.0.sku, paid, note"

    answer = logs.ask(query)

    assert shown(answer["results"]) == ["2 a 1", "1 a 1"]
    assert (answer["status"], answer["statistics"]["recordsMatched"]) == ("Complete", 2.0)


def test_lambda_s_own_lines_have_fields(logs: Logs) -> None:
    """Durations in milliseconds, memory in bytes, of which a million make one MB."""
    query = 'filter @type = "REPORT" | stats count(*) as n, max(@memorySize / 1000 / 1000) as mb, min(@billedDuration)'

    assert shown(logs.ask(query)["results"]) == ["2 128 1"]
    assert shown(logs.ask("stats count_distinct(@requestId) as n")["results"]) == ["2"]


def test_a_row_leads_back_to_its_event(logs: Logs) -> None:
    """`@ptr` stands in every row that is an event, and gets all of its fields."""
    ((message, pointer),) = logs.ask("fields @message | filter order.id = 2")["results"]

    record = logs("GetLogRecord", logRecordPointer=pointer["value"])["logRecord"]

    assert (message["field"], pointer["field"]) == ("@message", "@ptr")
    assert (record["@message"], record["order.id"]) == (message["value"], "2")
    assert record["@log"] == f"123456789012:{GROUP}"


def test_queries_are_told_of(logs: Logs) -> None:
    """The newest first; none is running, so none can be stopped."""
    logs.ask("stats count(*)", logGroupIdentifiers=[f"arn:aws:logs:us-east-1:123456789012:log-group:{GROUP}"])
    logs.ask("fields @message", logGroupNames=[GROUP], limit=1)

    queries = logs("DescribeQueries", logGroupName=GROUP, status="Complete")["queries"]

    assert [query["queryString"] for query in queries] == ["fields @message", "stats count(*)"]
    with pytest.raises(ApiError, match="not running"):
        logs("StopQuery", queryId=queries[0]["queryId"])


def test_a_group_tells_which_fields_its_events_have(logs: Logs) -> None:
    """With how many percent of the events have them."""
    fields = {each["name"]: each["percent"] for each in logs("GetLogGroupFields", logGroupName=GROUP)["logGroupFields"]}

    assert (fields["@message"], fields["order.id"]) == (100, 22)


@pytest.mark.parametrize(
    ("parameters", "code", "message"),
    [
        ({"queryString": "fields |"}, "MalformedQueryException", "found: | at line 1 and position 7"),
        ({"logGroupName": "none"}, "ResourceNotFoundException", "'none' does not exist for account ID '123456789012'"),
        ({"endTime": START_S - 1}, "InvalidParameterException", "the end lies before the start"),
        ({"startTime": 0, "endTime": 60}, "MalformedQueryException", "either before the log groups creation time"),
        ({"queryLanguage": "SQL"}, "NotImplemented", "queryLanguage=SQL is not simulated"),
        ({"logGroupNames": [GROUP], "logGroupName": GROUP}, "InvalidParameterException", "Exactly one of"),
    ],
    ids=["query", "group", "span", "before", "language", "groups"],
)
def test_a_bad_query_is_refused(logs: Logs, parameters: dict[str, Any], code: str, message: str) -> None:
    """In AWS's words where they are known, with the place in the query."""
    with pytest.raises(ApiError, match=message.replace("|", r"\|")) as refused:
        logs.ask(parameters.pop("queryString", "fields @message"), **parameters)

    assert refused.value.code == code


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        ("GetQueryResults", {"queryId": "x"}, "ResourceNotFoundException"),
        ("GetLogRecord", {"logRecordPointer": "x"}, "InvalidParameterException"),
        ("GetLogRecord", {"logRecordPointer": "YQBiADE="}, "ResourceNotFoundException"),
    ],
)
def test_what_is_not_there_is_refused(logs: Logs, operation: str, parameters: dict[str, str], code: str) -> None:
    """A query or an event that nobody knows."""
    with pytest.raises(ApiError) as refused:
        logs(operation, **parameters)

    assert refused.value.code == code
