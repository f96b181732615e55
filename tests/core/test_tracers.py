"""With what does user code trace, and where do its segments go?"""

import json
import socket
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import botocore.client
import botocore.endpoint
import pytest

from eventsim import SyncSimulation
from eventsim.handler.interpose import Interposition
from eventsim.handler.tracers import sentry_swaps
from tests import sdk

START = datetime(2026, 1, 1, tzinfo=UTC)

SDK = """
import time
import boto3
from aws_xray_sdk.core import patch_all, xray_recorder

patch_all()

@xray_recorder.capture("work")
def work(event):
    xray_recorder.put_annotation("order", event["order"])
    time.sleep(event.get("pause", 0))
    boto3.client("lambda").invoke(FunctionName="plain")

def handler(event, context):
    work(event)
"""
POWERTOOLS = """
import time
from aws_lambda_powertools import Tracer

tracer = Tracer(service="{service}")

@tracer.capture_method
def charge():
    time.sleep(1)

@tracer.capture_lambda_handler
def handler(event, context):
    charge()
"""
BARE = """
from aws_lambda_powertools import Tracer

def handler(event, context):
    return Tracer().service
"""


class Traced:
    """A simulation whose functions trace, and what X-Ray knows of them."""

    def __init__(self, simulation: SyncSimulation, folder: Path) -> None:
        self.simulation = simulation
        self._folder = folder

    def add(self, name: str, code: str, **settings: Any) -> None:
        """Make a function that traces."""
        (self._folder / name).mkdir()
        (self._folder / name / "app.py").write_text(code)
        settings = {"tracing": "Active", "timeout": 60, **settings}
        self.simulation.add_function(name, handler="app.handler", code=str(self._folder / name), **settings)

    def segments(self) -> list[dict[str, Any]]:
        """Return all segments of all traces, as AWS gives them."""
        span = {"StartTime": START, "EndTime": START + timedelta(hours=1)}
        found = self.simulation.request("xray", "GetTraceSummaries", span)["TraceSummaries"]
        traces = self.simulation.request("xray", "BatchGetTraces", {"TraceIds": [each["Id"] for each in found]})
        return [json.loads(each["Document"]) for trace in traces["Traces"] for each in trace["Segments"]]

    def own(self, function: str) -> list[dict[str, Any]]:
        """Return the subsegments of user code in one function."""
        phases = ("Initialization", "Invocation", "Overhead")
        of_function = [each for each in self.segments() if each["name"] == function and "subsegments" in each]
        return [each for segment in of_function for each in segment["subsegments"] if each["name"] not in phases]


@pytest.fixture(autouse=True, scope="module")
def nothing_left() -> Iterator[None]:
    """Take from botocore what the SDK has put around it: it would send headers of its own with real requests."""
    yield
    endpoint = botocore.endpoint.Endpoint
    endpoint.prepare_request = getattr(endpoint.prepare_request, "__wrapped__", endpoint.prepare_request)
    client = botocore.client.BaseClient
    client._make_api_call = getattr(client._make_api_call, "__wrapped__", client._make_api_call)
    vars(botocore.client).pop("_xray_enabled", None)
    if patcher := sys.modules.get("aws_xray_sdk.core.patcher"):  # a test alone may not have needed it
        patcher._PATCHED_MODULES.clear()


@pytest.fixture
def traced(tmp_path: Path) -> Iterator[Traced]:
    with SyncSimulation(seed=5) as simulation:
        simulation.add_function("plain", handler=lambda _, __: sdk.client("sqs").list_queues() and None)
        yield Traced(simulation, tmp_path)


def test_what_the_sdk_records_hangs_on_the_function(traced: Traced) -> None:
    """Through the daemon; a call to AWS is the parent of what it leads to (documented)."""
    traced.add("shop", SDK)

    traced.simulation.invoke("shop", {"order": 7, "pause": 2})

    (work,) = traced.own("shop")
    (call,) = work["subsegments"]
    assert (work["name"], work["annotations"], work["end_time"] - work["start_time"] > 2) == (
        "work",
        {"order": 7},
        True,
    )
    assert (call["namespace"], call["aws"]["operation"], call["aws"]["function_name"]) == ("aws", "Invoke", "plain")
    assert [each["origin"] for each in traced.segments() if each.get("parent_id") == call["id"]] == ["AWS::Lambda"]


def test_who_has_not_asked_for_it_is_not_traced(traced: Traced) -> None:
    """Libraries are wrapped for the process; on AWS another function has one of its own."""
    traced.add("shop", SDK)

    traced.simulation.invoke("shop", {"order": 7})

    assert traced.own("plain") == []


def test_environments_at_work_at_the_same_time_keep_their_traces_apart(traced: Traced) -> None:
    """Each has a recorder of its own."""
    traced.add("shop", SDK)

    for order, pause in ((1, 5), (2, 1)):
        payload = json.dumps({"order": order, "pause": pause}).encode()
        client = traced.simulation
        client.request("lambda", "Invoke", {"FunctionName": "shop", "InvocationType": "Event", "Payload": payload})
        client.advance("2 seconds")
    client.until_idle()

    assert sorted((each["annotations"]["order"], len(each["subsegments"])) for each in traced.own("shop")) == [
        (1, 1),
        (2, 1),
    ]


def test_powertools_traces_as_well(traced: Traced) -> None:
    """The handler, and below it the methods, with its annotations."""
    traced.add("pay", POWERTOOLS.format(service="payments"))

    traced.simulation.invoke("pay", {})

    (handler,) = traced.own("pay")
    assert (handler["name"], [each["name"] for each in handler["subsegments"]]) == ("## handler", ["## app.charge"])
    assert handler["annotations"] == {"ColdStart": True, "Service": "payments"}


def test_tracers_of_other_functions_leave_theirs_alone(traced: Traced) -> None:
    """Powertools keeps settings for all tracers of a process, and a process is a function's own."""
    traced.add("pay", POWERTOOLS.format(service="payments"))
    traced.add("bare", BARE)

    traced.simulation.invoke("pay", {})

    assert traced.simulation.invoke("bare", {}) == ""


def test_a_copy_of_the_sdk_gives_way_to_the_one_that_is_there(traced: Traced, tmp_path: Path) -> None:
    """`sam build` puts one into the code; a second one would wrap the process's botocore once more."""
    traced.add("shop", SDK)
    traced.simulation.invoke("shop", {"order": 7})
    (tmp_path / "again" / "aws_xray_sdk").mkdir(parents=True)
    (tmp_path / "again" / "aws_xray_sdk" / "__init__.py").write_text("")
    (tmp_path / "again" / "app.py").write_text(SDK)
    settings: dict[str, Any] = {"handler": "app.handler", "tracing": "Active", "timeout": 60}
    traced.simulation.add_function("again", code=str(tmp_path / "again"), **settings)
    traced.simulation.advance("1 minute")

    traced.simulation.invoke("again", {"order": 8})

    (work,) = traced.own("again")
    assert [each["name"] for each in work["subsegments"]] == ["lambda"]


def test_what_is_not_sampled_is_not_sent(traced: Traced) -> None:
    """The SDK follows the header."""
    traced.add("shop", SDK, tracing="PassThrough")

    traced.simulation.invoke("shop", {"order": 7})

    assert traced.segments() == []


def test_a_function_may_turn_the_sdk_off(traced: Traced) -> None:
    """For itself (documented: `AWS_XRAY_SDK_ENABLED`)."""
    traced.add("quiet", SDK, environment={"AWS_XRAY_SDK_ENABLED": "false"})
    traced.add("shop", SDK)

    traced.simulation.invoke("quiet", {"order": 1})
    traced.simulation.advance("1 minute")
    traced.simulation.invoke("shop", {"order": 2})

    assert (traced.own("quiet"), len(traced.own("shop"))) == ([], 1)


def test_segments_are_the_same_in_every_run(tmp_path: Path) -> None:
    """Their ids come from chance and their times from the clock."""
    runs = []
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        with SyncSimulation(seed=5) as simulation:
            simulation.add_function("plain", handler=lambda _, __: None)
            traced = Traced(simulation, tmp_path / run)
            traced.add("shop", SDK)
            simulation.invoke("shop", {"order": 7})
            runs.append(traced.segments())

    assert runs[0] == runs[1]


def test_the_daemon_takes_datagrams_and_nothing_else(user_process: Any) -> None:
    """It is not on the network; what is too large for a datagram does not leave."""
    taken: list[bytes] = []
    here = user_process.environment(daemon=taken.append)

    def send(size: int) -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            return own.sendto(b"x" * size, ("169.254.100.1", 2000))

    sent = user_process.inside(lambda: send(3), here)
    with pytest.raises(OSError, match="Message too long"):
        user_process.inside(lambda: send(65_508), here)

    assert (sent, taken) == (3, [b"xxx"])


def test_outside_nothing_is_recorded(traced: Traced, caplog: pytest.LogCaptureFixture) -> None:
    """What user code has wrapped stays wrapped, and does nothing to others."""
    traced.add("shop", SDK)
    traced.simulation.invoke("shop", {"order": 7})

    sdk.client("sqs").list_queues()

    assert caplog.records == []


class ScopeOfSentry:
    """What Sentry's SDK keeps for all, in the way that it does."""

    _global: "ScopeOfSentry | None" = None

    def __init__(self, ty: str = "") -> None:
        self.ty = ty
        self.client = Client()

    @classmethod
    def get_global_scope(cls) -> "ScopeOfSentry":
        ScopeOfSentry._global = ScopeOfSentry._global or cls(ty="global")
        return ScopeOfSentry._global

    @classmethod
    def get_client(cls) -> "Client":
        return ScopeOfSentry._global.client if ScopeOfSentry._global else Client()


class Client:
    def __init__(self, name: str = "") -> None:
        self.name = name

    def is_active(self) -> bool:
        return self.name != ""


def test_each_environment_has_a_client_of_sentrys_or_none(user_process: Any) -> None:
    """The SDK keeps one for the process, which is a function's own."""
    scope = ModuleType("sentry_sdk.scope")
    vars(scope).update(Scope=ScopeOfSentry, ScopeType=SimpleNamespace(GLOBAL="global"))

    def begin(name: str) -> str:
        ScopeOfSentry.get_global_scope().client = Client(name)
        return ScopeOfSentry.get_client().name

    one, two, bare = (user_process.environment(name) for name in ("one", "two", "bare"))
    with Interposition(sentry_swaps(scope)):
        begun = [user_process.inside(lambda: begin("one"), one), user_process.inside(lambda: begin("two"), two)]
        found = [user_process.inside(lambda: ScopeOfSentry.get_client().name, each) for each in (one, two, bare)]
        outside = ScopeOfSentry.get_client().name

    assert (begun, found, outside) == (["one", "two"], ["one", "two", ""], "")
