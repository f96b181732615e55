"""Does a summary show at once what came of a run, and what went wrong?"""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from eventsim.errors import ApiError
from eventsim.expectation.expectations import Finding
from eventsim.report.function_log import function_logs, log_line_count
from eventsim.report.page import summary_page, trouble_lines
from eventsim.report.summary import Summary, summarise
from eventsim.report.troubles import find_troubles
from eventsim.simulation import FunctionFailed, SyncSimulation
from tests.core.test_report_story import Tale


def hello(event: Any, context: Any) -> dict[str, str]:
    """Answer."""
    print("somebody is here:", event["name"])
    return {"hello": event["name"]}


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    """A function, a queue and its dead-letter queue, tied by a mapping."""
    with SyncSimulation(seed=3) as world:
        world.add_source("queues", "dead")
        world.add_source("queues", "orders", dead_letter={"queue": "dead", "max_receive_count": 2})
        world.add_function("hello", handler=hello)
        world.add_mapping(source="orders", function="hello")
        yield world


def page(simulation: SyncSimulation, width: int = 80, **settings: Any) -> str:
    """Return the summary of a run as text."""
    return summary_page(summarise(simulation, scenario="test", **settings), width=width, is_timed=False)


def test_the_json_has_these_keys_and_no_others(simulation: SyncSimulation) -> None:
    """Programs rely on them."""
    simulation.until_idle()

    found = msgspec.to_builtins(summarise(simulation, scenario="test").as_json())

    assert list(found) == [
        *("scenario", "seed", "digest", "virtual_s", "wall_s", "entries", "functions", "queues", "buckets"),
        *("expectations", "cost_usd"),
    ]
    assert list(found["functions"]["hello"]) == [
        *("invocations", "errors", "throttles", "timeouts", "cold_starts", "billed_ms"),
    ]
    assert list(found["queues"]["orders"]) == [
        *("sent", "received", "deleted", "dead_lettered", "visible", "in_flight", "delayed"),
    ]


def test_an_expectation_in_the_json_says_why_it_failed(simulation: SyncSimulation) -> None:
    """Text, verdict and reason."""
    finding = Finding(text="it rains", passed=False, reason="the sun shines")

    found = msgspec.to_builtins(summarise(simulation, findings=[finding]).as_json())

    assert found["expectations"] == [{"text": "it rains", "passed": False, "reason": "the sun shines"}]


def test_errors_are_counted_by_type_with_the_first_message(simulation: SyncSimulation) -> None:
    """Equal errors are told once, with the first of them to look at."""
    for n in range(2):
        simulation.send("orders", f"message {n}")
    simulation.until_idle()

    text = page(simulation)

    assert "× KeyError: 'name' (first i1 at 00:00:00.101)" in text
    assert "2 × moved to the dead-letter queue dead (first m1 at 00:01:00.000)" in text
    assert "dead: 2 visible" in text


def test_a_run_without_trouble_says_nothing_of_it(simulation: SyncSimulation) -> None:
    """Calm output lets trouble stand out."""
    simulation.invoke("hello", {"name": "you"})

    text = page(simulation)

    assert "what went wrong" not in text
    assert "still there" not in text


def test_an_event_that_was_given_up_is_told_once(simulation: SyncSimulation) -> None:
    """A summary has a section for it; who tells of troubles alone, as a test that fails does, tells of it there."""
    simulation.request("lambda", "Invoke", {"FunctionName": "hello", "InvocationType": "Event", "Payload": b"{}"})
    simulation.until_idle()

    alone = "\n".join(trouble_lines(find_troubles(simulation.trace), 80))

    assert "1 × event given up: RetriesExhausted" in alone
    assert "event given up" not in page(simulation)


def test_an_event_that_was_given_up_is_told_with_its_attempts(simulation: SyncSimulation) -> None:
    """Three attempts, one and two minutes apart, and nowhere to go."""
    simulation.request("lambda", "Invoke", {"FunctionName": "hello", "InvocationType": "Event", "Payload": b"{}"})
    simulation.until_idle()

    lines = page(simulation, width=100).splitlines()

    at = lines.index("events given up")
    told = " ".join(line.strip() for line in lines[at + 1 : at + 3])
    assert told.startswith("i1 for hello: ran at 00:00:00.100, 00:01:00.101 and 00:03:00.102; RetriesExhausted;")
    assert told.endswith("lost, for want of a dead-letter queue")


def test_a_trouble_names_whose_it_was_without_its_kind() -> None:
    """As `eventsim story` takes the name: a state machine's kind is two words."""
    tale = Tale()
    tale.happens(0, "event delivery failed", "{subject}", "state machine refund", "rule r", detail={"to": "q"})

    lines = list(trouble_lines(find_troubles(tale.trace), 80))

    assert lines[1].endswith("(refund at 00:00:00.000)")


def test_a_failed_expectation_stands_out(simulation: SyncSimulation) -> None:
    """With what is there instead."""
    findings = [Finding(text="it rains", passed=True), Finding(text="it snows", passed=False, reason="it is June")]

    text = page(simulation, findings=findings)

    assert "  ok      it rains\n  FAILED  it snows – but it is June\n" in text


def test_real_time_is_left_out_if_asked_for(simulation: SyncSimulation) -> None:
    """Recorded output must be the same on every machine."""
    assert page(simulation, wall_s=1.0) == page(simulation, wall_s=2.0)


@pytest.mark.parametrize("width", [60, 80, 100])
def test_nothing_is_wider_than_the_terminal(simulation: SyncSimulation, width: int) -> None:
    """Long names and messages are wrapped."""
    simulation.add_source("queues", "a-queue-with-quite-a-long-name-for-a-narrow-terminal")
    simulation.send("orders", "x")
    simulation.until_idle()

    assert max(map(len, page(simulation, width).splitlines())) <= width


def test_a_digest_that_is_cut_says_so(simulation: SyncSimulation) -> None:
    """Who compares it with that of another run must see that it goes on."""
    digest = simulation.trace.digest()

    assert f"\ndigest {digest[:32]}…\n" in page(simulation, 60)
    assert f"\ndigest {digest}\n" in page(simulation, 80)


@pytest.mark.parametrize(
    ("act", "lines"),
    [
        pytest.param(lambda: None, 3, id="nothing"),
        pytest.param(lambda: print("a\nb"), 5, id="print"),
    ],
)
def test_log_lines_are_counted_without_reading_the_trace(act: Callable[[], None], lines: int) -> None:
    """A long run has millions of them; INIT_START makes one more."""
    with SyncSimulation() as simulation:
        simulation.add_function("f", handler=lambda event, context: act())
        simulation.invoke("f")

        assert log_line_count(simulation.trace) == lines + 1


def test_a_log_is_shown_as_cloudwatch_has_it() -> None:
    """START, what was printed, END and REPORT, then the result."""
    with SyncSimulation() as simulation:
        simulation.add_function("hello", handler=hello)
        simulation.invoke("hello", {"name": "you"})

        lines = list(function_logs(simulation.trace, simulation.clock))

    assert lines[0] == "i1 · hello"
    assert [line.split()[0] for line in lines[1:]] == ["INIT_START", "START", "somebody", "END", "REPORT", "result:"]
    assert lines[5].endswith("Max Memory Used: 36 MB  Init Duration: 100.00 ms")
    assert lines[6] == '  result: {"hello": "you"}'


def test_a_long_result_is_cut_unless_logs_are_asked_for() -> None:
    """A transformation of records hands all of them back."""
    with SyncSimulation() as simulation:
        simulation.add_function("echo", handler=lambda event, context: event)
        simulation.invoke("echo", "x" * 998)

        *_, cut = function_logs(simulation.trace, simulation.clock, is_whole=False)
        *_, whole = function_logs(simulation.trace, simulation.clock)

    assert cut == f'  result: "{"x" * 398}… (1,000 characters; --logs shows them)'
    assert whole == f'  result: "{"x" * 998}"'


def test_a_log_in_json_is_shown_in_json() -> None:
    """Lambda's own lines are objects as well; what was printed stays as it is."""
    with SyncSimulation() as simulation:
        simulation.add_function("hello", handler=hello, log_format="JSON")
        simulation.invoke("hello", {"name": "you"})

        _, start, began, printed, ended, result = function_logs(simulation.trace, simulation.clock)

    types = [json.loads(line)["type"] for line in (start, began, ended)]
    assert types == ["platform.initStart", "platform.start", "platform.report"]
    assert (printed, result) == ("  somebody is here: you", '  result: {"hello": "you"}')


def test_a_log_tells_how_an_invocation_failed() -> None:
    """REPORT names the error of a process that ends."""
    with SyncSimulation() as simulation:
        simulation.add_function("quits", handler=lambda event, context: sys.exit(3))
        with pytest.raises(FunctionFailed):
            simulation.invoke("quits")

        *_, report = function_logs(simulation.trace, simulation.clock)

    assert report.endswith("Status: error  Error Type: Runtime.ExitError")


def test_a_function_that_feeds_itself_is_told_with_its_chain() -> None:
    """What went round, how often, and what it would have cost in a day."""
    source = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl='https://sqs.us-east-1.amazonaws.com/123456789012/q',"
        " MessageBody='x')\n"
    )
    summary = _recursive_summary(source)

    assert summary.recursion is not None
    assert summary.recursion.turns == 16
    assert summary.recursion.chain[:3] == ["message m1", "invocation i1", "message m2"]
    assert summary.recursion_a_day_usd > 0


def _recursive_summary(source: str) -> Summary:
    namespace: dict[str, Any] = {}
    exec(compile(source, "handler.py", "exec"), namespace)
    with SyncSimulation() as simulation:
        simulation.add_source("queues", "q")
        simulation.add_function("f", handler=namespace["handler"])
        simulation.add_mapping(source="q", function="f")
        simulation.send("q", "x")
        simulation.advance("1 minute")
        return summarise(simulation)


def test_what_is_refused_outside_is_told() -> None:
    """A handler may count on a refusal; a workload does not."""
    with SyncSimulation(seed=1) as world:
        world.add_source("queues", "orders")
        world.add_function("f", handler=lambda event, context: None)
        with contextlib.suppress(ApiError):
            world.request("sqs", "SendMessage", {"QueueUrl": "orders", "Body": "x"})

        (trouble,) = summarise(world).troubles

    assert trouble.place == "operation sqs.SendMessage"
    assert trouble.says.startswith(
        "refused calls from outside, ParamValidationError: Unknown parameter in input: 'Body'"
    )
