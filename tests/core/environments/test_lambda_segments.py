"""What does Lambda tell X-Ray of an invocation?"""

from typing import Any

import pytest

from eventsim.envelope import NO_LINEAGE
from eventsim.environment.lambda_segments import links_of
from eventsim.function.duration import Constant

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
CLIENT = f"Root={ROOT};Parent=53995c3f42cd8ad8;Sampled=1"
UNDER_CLIENT = {"lineage": NO_LINEAGE.under(CLIENT)}
START_S = 1_767_225_600
FAILS = "def handler(e, c):\n    raise ValueError('no')\n"


def segments(machine: Any, trace_id: str = ROOT) -> list[dict[str, Any]]:
    """Return the segments of one trace."""
    trace = machine.segments.trace(trace_id)
    return [] if trace is None else list(trace.documents())


def test_a_cold_start_has_two_segments(machine: Any) -> None:
    """The service's hangs on who called; the function's bears the id that user code knows (documented)."""
    seen: list[str] = []
    times = {"init_duration": Constant(110_100), "duration": Constant(3_010)}
    environment = machine.open(lambda e, c: seen.append(environment.process.environ["_X_AMZN_TRACE_ID"]), **times)

    machine.invoke(environment, **UNDER_CLIENT)

    service, function = segments(machine)
    assert service == {
        "id": service["id"],
        "name": "f",
        "start_time": START_S,
        "end_time": START_S + 0.11311,
        "parent_id": "53995c3f42cd8ad8",
        "http": {"response": {"status": 200}},
        "aws": {"request_id": "3f2d6f0e-8a0c-4e8d-9c8f-0f5b7f0f7a11"},
        "trace_id": ROOT,
        "origin": "AWS::Lambda",
        "resource_arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
    }
    assert function["parent_id"] == service["id"]
    assert seen == [f"Root={ROOT};Parent={function['id']};Sampled=1"]
    assert function["origin"] == "AWS::Lambda::Function"
    assert function["aws"] == {
        "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "resource_names": ["f"],
        "account_id": "123456789012",
    }
    assert [(each["name"], each["start_time"] - START_S) for each in function["subsegments"]] == [
        ("Initialization", 0),
        ("Invocation", pytest.approx(0.1101)),
        ("Overhead", pytest.approx(0.11311)),
    ]


def test_a_warm_start_initialises_nothing(machine: Any) -> None:
    """Only the invocation and what follows it."""
    environment = machine.open(lambda e, c: None)
    machine.invoke(environment)

    machine.invoke(environment, **UNDER_CLIENT)

    _, function = segments(machine)
    assert [each["name"] for each in function["subsegments"]] == ["Invocation", "Overhead"]


@pytest.mark.parametrize(
    "header", ["", f"Root={ROOT}", f"Root={ROOT};Sampled=0", "Root=1-a-b;Sampled=1"], ids=["none", "?", "0", "odd"]
)
def test_of_other_traces_nothing_is_told(machine: Any, header: str) -> None:
    """Those that nobody samples, or that X-Ray would not take."""
    machine.invoke(machine.open(lambda e, c: None), lineage=NO_LINEAGE.under(header))

    assert list(machine.segments.traces()) == []


def test_a_function_that_fails_is_a_fault(machine: Any) -> None:
    """In both segments; the function's tells the cause."""
    machine.invoke(machine.open(FAILS), **UNDER_CLIENT)

    service, function = segments(machine)
    (exception,) = function["cause"]["exceptions"]
    assert (service["fault"], function["fault"]) == (True, True)
    assert (exception["type"], exception["message"]) == ("ValueError", "no")


def test_a_report_names_the_trace(machine: Any) -> None:
    """In a line of its own behind REPORT (recorded)."""
    attempt = machine.invoke(machine.open(lambda e, c: None), **UNDER_CLIENT)

    _, function = segments(machine)
    *_, report, line = attempt.log.splitlines()
    assert report.startswith("REPORT ")
    assert line == f"XRAY TraceId: {ROOT}\tSegmentId: {function['id']}\tSampled: true\t"


def test_a_json_report_names_the_trace(machine: Any) -> None:
    """As `tracing` (documented)."""
    attempt = machine.invoke(machine.open(lambda e, c: None, log_format="JSON"), **UNDER_CLIENT)

    _, function = segments(machine)
    assert f'"tracing":{{"spanId":"{function["id"]}","type":"X-Amzn-Trace-Id","value":"Root={ROOT}' in attempt.log


def test_a_batch_is_linked_to_the_traces_of_its_messages() -> None:
    """Each once, up to twenty (documented)."""
    headers = [f"Root=1-5759e988-{number:024x};Parent={number:016x};Sampled=1" for number in (1, 2, 1)]
    records = [{"attributes": {"AWSTraceHeader": header}} for header in headers]

    assert links_of({"Records": [*records, {"attributes": {}}, {"body": ""}]}) == [
        {"trace_id": f"1-5759e988-{number:024x}", "id": f"{number:016x}"} for number in (1, 2)
    ]


@pytest.mark.parametrize("event", [None, [], {"Records": "a"}, {"Records": [1, {"attributes": 1}]}])
def test_an_event_of_any_form_has_links_or_none(event: Any) -> None:
    """Whoever invokes a function may send what he likes."""
    assert links_of(event) == []
