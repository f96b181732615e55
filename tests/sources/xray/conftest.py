"""X-Ray as a client sees it, and segments to tell it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import SyncSimulation

START = datetime(2026, 1, 1, tzinfo=UTC)
START_S = START.timestamp()


def trace_id(number: int = 1) -> str:
    """Return the id of a trace that begins with the run."""
    return f"1-6955b900-{number:024x}"


def segment(identifier: str, name: str = "shop", begin: float = 0, end: float = 1, **members: Any) -> dict[str, Any]:
    """Return a segment of the first trace; its id is filled up with zeros."""
    return {
        "id": identifier.rjust(16, "0"),
        "name": name,
        "trace_id": trace_id(members.pop("trace", 1)),
        "start_time": START_S + begin,
        "end_time": START_S + end,
        **{key: value.rjust(16, "0") if key == "parent_id" else value for key, value in members.items()},
    }


def subsegment(identifier: str, name: str = "step", **members: Any) -> dict[str, Any]:
    """Return a subsegment for the inside of a segment."""
    made = segment(identifier, name, **members)
    del made["trace_id"]
    return made


class Client:
    """Calls operations: `xray("GetTraceSummaries", …)`."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self.simulation = simulation

    def __call__(self, operation: str, **parameters: Any) -> Any:
        return self.simulation.request("xray", operation, parameters)

    def put(self, *documents: dict[str, Any]) -> Any:
        """Put segments."""
        return self("PutTraceSegments", TraceSegmentDocuments=[json.dumps(document) for document in documents])

    def segments(self, number: int = 1) -> list[dict[str, Any]]:
        """Return the segments of a trace, whole."""
        (trace,) = self("BatchGetTraces", TraceIds=[trace_id(number)])["Traces"]
        return [json.loads(each["Document"]) for each in trace["Segments"]]

    def summaries(self, expression: str = "", **parameters: Any) -> Any:
        """Return the summaries of the traces of the first hour that an expression means."""
        span = {"StartTime": START, "EndTime": START + timedelta(hours=1)}
        return self("GetTraceSummaries", **{**span, "FilterExpression": expression, **parameters})["TraceSummaries"]

    def graph(self, **parameters: Any) -> dict[str, Any]:
        """Return the nodes of the service graph by name and type."""
        span = {"StartTime": START, "EndTime": START + timedelta(hours=1)}
        nodes = self("GetServiceGraph", **span, **parameters)["Services"]
        return {f"{node['Name']} {node.get('Type', '')}".strip(): node for node in nodes}


@pytest.fixture
def xray(world: SyncSimulation) -> Client:
    return Client(world)
