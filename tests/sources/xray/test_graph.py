"""Who calls whom?"""

from typing import Any

from tests.sources.xray.conftest import Client, segment, subsegment, trace_id


def calls(graph: dict[str, Any]) -> dict[str, list[str]]:
    """Return whom each node of a graph calls."""
    names = {node["ReferenceId"]: name for name, node in graph.items()}
    return {name: [names[edge["ReferenceId"]] for edge in node["Edges"]] for name, node in graph.items()}


def test_services_call_one_another(xray: Client) -> None:
    """Clients stand before the first, inferred services behind the last (documented)."""
    table = subsegment("c", "dynamodb", namespace="aws", aws={"table_name": "orders"})
    xray.put(segment("a"), segment("b", "pay", parent_id="a", origin="AWS::Lambda", subsegments=[table]))

    graph = xray.graph()

    assert calls(graph) == {
        "shop client": ["shop"],
        "shop": ["pay AWS::Lambda"],
        "pay AWS::Lambda": ["orders AWS::DynamoDB::Table"],
        "orders AWS::DynamoDB::Table": [],
    }
    assert {name: node["State"] for name, node in graph.items()} == {
        "shop client": "unknown",
        "shop": "active",
        "pay AWS::Lambda": "active",
        "orders AWS::DynamoDB::Table": "unknown",
    }
    assert [name for name, node in graph.items() if node.get("Root")] == ["shop"]


def test_nodes_and_edges_count_what_came_of_requests(xray: Client) -> None:
    """Over all traces of the span."""
    flags: list[dict[str, bool]] = [{}, {"fault": True}, {"error": True}, {"error": True, "throttle": True}]
    for number, flag in enumerate(flags):
        xray.put(segment("a", end=0.5, trace=number, **flag))

    graph = xray.graph()

    counted = graph["shop"]["SummaryStatistics"]
    assert counted == {
        "OkCount": 1,
        "ErrorStatistics": {"ThrottleCount": 1, "OtherCount": 1, "TotalCount": 2},
        "FaultStatistics": {"OtherCount": 1, "TotalCount": 1},
        "TotalCount": 4,
        "TotalResponseTime": 2.0,
    }
    assert graph["shop"]["ResponseTimeHistogram"] == [{"Value": 0.5, "Count": 4}]
    assert graph["shop client"]["Edges"][0]["SummaryStatistics"] == counted


def test_a_batch_hangs_on_its_messages_by_a_link(xray: Client) -> None:
    """An edge of its own kind leads from who sent them (documented)."""
    link = {"trace_id": trace_id(1), "id": "a".rjust(16, "0")}
    xray.put(segment("a"), segment("b", "pay", trace=2, links=[link]))

    graph = xray.graph()

    assert calls(graph)["shop"] == ["pay"]
    assert graph["shop"]["Edges"][0]["EdgeType"] == "link"


def test_a_batch_hangs_on_the_queue_if_that_is_known(xray: Client) -> None:
    """Who sent the message stands before it."""
    sent = subsegment("c", "sqs", namespace="aws", aws={"queue_url": "https://sqs/123456789012/mail"})
    link = {"trace_id": trace_id(1), "id": "c".rjust(16, "0")}
    xray.put(segment("a", subsegments=[sent]), segment("b", "pay", trace=2, links=[link]))

    assert calls(xray.graph())["mail AWS::SQS::Queue"] == ["pay"]


def test_a_graph_is_of_a_group_or_of_some_traces(xray: Client) -> None:
    """Others do not count."""
    xray.put(segment("a", trace=1), segment("b", "pay", trace=2))
    xray("CreateGroup", GroupName="paid", FilterExpression='service("pay")')

    of_trace = xray("GetTraceGraph", TraceIds=[trace_id(1)])["Services"]

    assert list(xray.graph(GroupName="paid")) == ["pay", "pay client"]
    assert {node["Name"] for node in of_trace} == {"shop"}
