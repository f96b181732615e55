"""Look at the traces of a run, as one looks at them on AWS."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3

from eventsim import SyncSimulation

SPAN = {"StartTime": datetime(2026, 1, 1, tzinfo=UTC), "EndTime": datetime(2026, 1, 1, 1, tzinfo=UTC)}


def show(entity: dict[str, Any], depth: int = 1) -> None:
    """Print a segment, or a subsegment, with everything below it."""
    took_ms = (entity["end_time"] - entity["start_time"]) * 1000
    name = f"{'  ' * depth}{entity['name']} {entity.get('origin', '')}"
    print(f"{name:<50}{took_ms:6.0f} ms")
    for each in entity.get("subsegments", ()):
        show(each, depth + 1)


with SyncSimulation() as simulation:
    simulation.add_source("queues", "mail")
    simulation.add_source("tables", "orders", key="id")
    simulation.add_function("buy", "shop.buy", tracing="Active")
    simulation.add_function("send", "shop.send", tracing="Active")
    simulation.add_mapping(source="mail", function="send")
    simulation.invoke("buy", {"id": "o1", "item": "tea"})
    simulation.until_idle()

    xray = boto3.client("xray", region_name="us-east-1")
    found = xray.get_trace_summaries(**SPAN, FilterExpression='annotation.item = "tea" AND responsetime > 0.4')
    for summary in found["TraceSummaries"]:
        print(f"trace {summary['Id']}")
        for segment in xray.batch_get_traces(TraceIds=[summary["Id"]])["Traces"][0]["Segments"]:
            show(json.loads(segment["Document"]))

    services = {each["ReferenceId"]: each for each in xray.get_service_graph(**SPAN)["Services"]}
    print("who calls whom")
    for service in services.values():
        for edge in service["Edges"]:
            called = services[edge["ReferenceId"]]
            print(f"  {service['Name']} {service['Type']} → {called['Name']} {called['Type']}")
