"""What does a stage write down of a request? Lines in a format of its own, in a log group."""

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
