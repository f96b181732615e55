"""What does a stage write down of a request? Lines in a format of its own, in a log group, and metrics."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sources.gateway.conftest import Aws, echo

GROUP = "arn:aws:logs:us-east-1:123456789012:log-group:access"


@pytest.fixture
def lines(aws: Aws) -> Any:
    """Return what reads the log group."""
    aws.simulation.request("logs", "CreateLogGroup", {"logGroupName": "access"})

    def read() -> list[str]:
        found: Any = aws.simulation.request("logs", "FilterLogEvents", {"logGroupName": "access"})["events"]
        return [event["message"] for event in found]

    return read


def test_an_http_api_writes_an_access_log(aws: Aws, lines: Any) -> None:
    """A line for every request, those that no route takes as well; what is not known is `-`."""
    aws.function("echo", lambda event, context: "hello")
    aws.simulation.add_source("apis", "web", routes={"GET /a/{id}": "echo"})
    (api,) = aws.web.get_apis()["Items"]
    words = "$context.httpMethod $context.path ($context.routeKey) $context.status $context.responseLength"
    settings = {"DestinationArn": GROUP, "Format": f"{words} $context.error.message $context.nothing.here."}
    aws.web.update_stage(ApiId=api["ApiId"], StageName="$default", AccessLogSettings=settings)

    aws.simulation.http("GET", "/a/7")
    aws.simulation.http("GET", "/b")

    assert lines() == [
        "GET /a/7 (GET /a/{id}) 200 5 - -.",
        "GET /b (-) 404 23 Not Found -.",
    ]


def test_a_rest_api_writes_an_access_log(aws: Aws, lines: Any) -> None:
    """By the settings of its stage, which patches change; the ARN may end in `:*`."""
    proxied = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": aws.uri(aws.function("echo", echo))}
    api = aws.make_rest({"GET /a": proxied})
    api.deploy()
    form = '{"ip":"$context.identity.sourceIp","path":"$context.resourcePath","status":$context.status}'
    changes = [
        {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": f"{GROUP}:*"},
        {"op": "replace", "path": "/accessLogSettings/format", "value": form},
    ]
    stage = aws.rest.update_stage(restApiId=api.id, stageName="prod", patchOperations=changes)

    aws.simulation.http("GET", "/a")
    aws.simulation.http("GET", "/nowhere")

    assert stage["accessLogSettings"]["format"] == form
    assert lines() == [
        '{"ip":"127.0.0.1","path":"/a","status":200}',
        '{"ip":"127.0.0.1","path":"-","status":403}',
    ]


def test_an_http_api_has_metrics(aws: Aws) -> None:
    """By its id, and by its stage besides; a status is 1 or 0 for each request, so that the average is a rate."""
    aws.function("echo", lambda event, context: "hello", duration="50 ms")
    aws.simulation.add_source("apis", "web", routes={"GET /a": "echo"})
    (api,) = aws.web.get_apis()["Items"]
    for path in ("/a", "/b"):
        aws.simulation.http("GET", path)

    of_api = {"Name": "ApiId", "Value": api["ApiId"]}
    assert measured(aws, "4xx", of_api) == [(1.0, 0.5)]
    assert measured(aws, "Count", of_api, {"Name": "Stage", "Value": "$default"}) == [(2.0, 1.0)]
    assert measured(aws, "Latency", of_api)[0][0] >= 50
    assert measured(aws, "IntegrationLatency", of_api)[0][1] >= 50


def test_a_rest_api_has_metrics(aws: Aws) -> None:
    """By its name."""
    api = aws.make_rest({"GET /a": {"type": "MOCK", "requestTemplates": {"application/json": "no status"}}})
    api.deploy()
    aws.simulation.http("GET", "/a")

    assert measured(aws, "5XXError", {"Name": "ApiName", "Value": "shop"}) == [(1.0, 1.0)]


def test_a_cache_tells_of_hits_and_misses(aws: Aws) -> None:
    """What the cache answers asks no integration, so that nothing is told of its latency."""
    proxied = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": aws.uri(aws.function("echo", echo))}
    api = aws.make_rest({"GET /a": proxied})
    api.deploy(cacheClusterEnabled=True)
    enabled = {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"}
    aws.rest.update_stage(restApiId=api.id, stageName="prod", patchOperations=[enabled])
    for _ in range(3):
        aws.simulation.http("GET", "/a")

    of_api = {"Name": "ApiName", "Value": "shop"}
    assert [measured(aws, f"Cache{what}Count", of_api) for what in ("Hit", "Miss")] == [[(2.0, 1.0)], [(1.0, 1.0)]]
    assert len(measured(aws, "IntegrationLatency", of_api)) == 1


def measured(aws: Aws, name: str, *dimensions: dict[str, str]) -> list[tuple[float, float]]:
    """Return sum and average of a metric of APIs, minute by minute."""
    asked = {"Namespace": "AWS/ApiGateway", "MetricName": name, "Dimensions": list(dimensions), "Period": 60}
    start = datetime(2026, 1, 1, tzinfo=UTC)
    span = {"StartTime": start, "EndTime": start + timedelta(hours=1), "Statistics": ["Sum", "Average"]}
    found: Any = aws.simulation.request("cloudwatch", "GetMetricStatistics", {**asked, **span})
    return [(each["Sum"], each["Average"]) for each in found["Datapoints"]]


def test_an_access_log_that_is_not_there_is_told_of_once(aws: Aws) -> None:
    """Requests are answered all the same."""
    aws.function("echo", echo)
    aws.simulation.add_source("apis", "web", routes={"GET /a": "echo"})
    (api,) = aws.web.get_apis()["Items"]
    settings = {"DestinationArn": GROUP, "Format": "$context.requestId"}
    aws.web.update_stage(ApiId=api["ApiId"], StageName="$default", AccessLogSettings=settings)

    statuses = [aws.simulation.http("GET", "/a").status for _ in range(2)]

    (told,) = aws.simulation.trace.entries(["log not written"])
    assert statuses == [200, 200]
    assert (told.place, told.detail["to"]) == ("api web", "access")


@pytest.mark.parametrize(
    ("level", "traces", "path", "lines"),
    [
        ("ERROR", "false", "/a", []),
        (
            "ERROR",
            "true",
            "/bad",
            [
                "Execution failed due to configuration error: Malformed Lambda proxy response",
                "Method completed with status: 502",
            ],
        ),
        (
            "INFO",
            "false",
            "/a",
            [
                "Starting execution for request: ID",
                "HTTP Method: GET, Resource Path: /a",
                "Successfully completed execution",
                "Method completed with status: 200",
            ],
        ),
    ],
)
def test_a_stage_writes_down_executions(aws: Aws, level: str, traces: str, path: str, lines: list[str]) -> None:
    """Into a group of its own, which API Gateway makes: failures, or every step."""
    proxy = {"type": "AWS_PROXY", "integrationHttpMethod": "POST"}
    bad = aws.uri(aws.function("bad", lambda event, _: {"no": "response"}))
    api = aws.make_rest(
        {"GET /a": {**proxy, "uri": aws.uri(aws.function("echo", echo))}, "GET /bad": {**proxy, "uri": bad}}
    )
    api.deploy()
    changes = [
        {"op": "replace", "path": "/*/*/logging/loglevel", "value": level},
        {"op": "replace", "path": "/*/*/logging/dataTrace", "value": traces},
    ]
    aws.rest.update_stage(restApiId=api.id, stageName="prod", patchOperations=changes)

    reply = aws.simulation.http("GET", path)

    assert executions(aws, api.id, reply.headers.get("x-amzn-requestid")) == lines


def executions(aws: Aws, api: str, request: str) -> list[str]:
    """Return what the execution log of an API says of a request, with ID for its id."""
    logs, group = aws.client("logs"), f"API-Gateway-Execution-Logs_{api}/prod"
    if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
        return []
    events = logs.filter_log_events(logGroupName=group)["events"]
    return [event["message"].removeprefix(f"({request}) ").replace(request, "ID") for event in events]


def test_a_stage_writes_down_what_went_where(aws: Aws) -> None:
    """With data traced, bodies and headers are in the execution log."""
    mock = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    api = aws.make_rest({"GET /a": {**mock, "responses": [{"statusCode": "200"}]}})
    api.deploy()
    changes = [
        {"op": "replace", "path": "/a/GET/logging/loglevel", "value": "INFO"},
        {"op": "replace", "path": "/a/GET/logging/dataTrace", "value": "true"},
    ]
    aws.rest.update_stage(restApiId=api.id, stageName="prod", patchOperations=changes)

    reply = aws.simulation.http("GET", "/a?x=1")

    lines = executions(aws, api.id, reply.headers.get("x-amzn-requestid"))
    assert "Method request query string: {x=1}" in lines
    assert any(line.startswith("Method response headers: {Content-Type=application/json") for line in lines)
