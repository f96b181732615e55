"""Do integrations reach servers and services, and do stages throttle and keep answers?"""

import json
from typing import Any

import pytest

from tests.sources.gateway.conftest import Aws, echo

JSON = "application/json"
ROLE = "arn:aws:iam::123456789012:role/api"


@pytest.fixture
def inner(aws: Aws) -> str:
    """Return the URL of an API that echoes whatever comes."""
    aws.function("inner", echo)
    aws.simulation.add_source("apis", "inner", routes={"ANY /{proxy+}": "inner"})
    return aws.simulation.front_doors.url("inner")


def test_a_method_passes_requests_on(aws: Aws, inner: str) -> None:
    """With path, query and headers as the integration maps them; the answer is the server's."""
    method = {"requestParameters": {"method.request.path.proxy": True}}
    mapped = {
        "integration.request.path.proxy": "method.request.path.proxy",
        "integration.request.header.X-S": "'static'",
    }
    aws.make_rest(
        {
            "ANY /q/{proxy+}": {
                "method": method,
                "type": "HTTP_PROXY",
                "integrationHttpMethod": "ANY",
                "uri": inner + "/base/{proxy}",
                "requestParameters": mapped,
            }
        }
    ).deploy()

    event = aws.simulation.http("POST", "/q/one/two?x=1&x=2", api="shop", json={"a": 1}).json()

    assert (event["rawPath"], event["queryStringParameters"]) == ("/base/one/two", {"x": "1,2"})
    assert (event["headers"]["x-s"], event["body"]) == ("static", '{"a": 1}')
    assert event["headers"]["x-forwarded-for"] == "127.0.0.1, 127.0.0.1"
    assert len(event["headers"]["x-amzn-apigateway-api-id"]) == 10


def test_a_method_maps_what_goes_to_a_server_and_comes_back(aws: Aws, inner: str) -> None:
    """By templates, and by the status of the answer."""
    aws.make_rest(
        {
            "POST /m": {
                "type": "HTTP",
                "integrationHttpMethod": "POST",
                "uri": inner + "/mapped",
                "requestTemplates": {JSON: '{"v": $input.json("$.a")}'},
                "responses": [
                    {"statusCode": "200", "responseTemplates": {JSON: '{"got": $input.json("$.body")}'}},
                    {"statusCode": "404", "selectionPattern": "404"},
                ],
            }
        }
    ).deploy()

    assert aws.simulation.http("POST", "/m", api="shop", json={"a": 1}).json() == {"got": '{"v": 1}'}


def test_nobody_outside_is_reached(aws: Aws) -> None:
    """The trace says what to do instead."""
    proxied = {"type": "HTTP_PROXY", "integrationHttpMethod": "GET", "uri": "https://example.com/"}
    aws.make_rest({"GET /out": proxied}).deploy()

    assert aws.simulation.http("GET", "/out").status == 504
    assert "example.com is outside the simulation" in aws.refusals()[0]


def add_subtype(aws: Aws, subtype: str, parameters: dict[str, str]) -> None:
    """Make an HTTP API whose `POST /` is an operation."""
    api = aws.web.create_api(Name="web", ProtocolType="HTTP")["ApiId"]
    aws.web.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    made = aws.web.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationSubtype=subtype,
        PayloadFormatVersion="1.0",
        CredentialsArn=ROLE,
        RequestParameters=parameters,
    )
    aws.web.create_route(ApiId=api, RouteKey="POST /", Target=f"integrations/{made['IntegrationId']}")


def test_a_route_puts_events(aws: Aws) -> None:
    """What the body holds is the detail."""
    seen: list[Any] = []
    arn = aws.function("seen", lambda event, _: seen.append(event))
    events = aws.client("events")
    events.put_rule(Name="r", EventPattern='{"source": ["web"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    parameters = {"Source": "web", "DetailType": "$request.body.kind", "Detail": "$request.body", "Resources": '["a"]'}
    add_subtype(aws, "EventBridge-PutEvents", parameters)

    reply = aws.simulation.http("POST", "/", json={"kind": "order"})
    aws.simulation.advance("1 s")

    assert reply.json()["FailedEntryCount"] == 0
    assert [(each["detail-type"], each["resources"]) for each in seen] == [("order", ["a"])]


def test_a_route_puts_records(aws: Aws) -> None:
    """Their data is text."""
    aws.simulation.add_source("streams", "clicks")
    parameters = {"StreamName": "clicks", "Data": "$request.body.data", "PartitionKey": "k"}
    add_subtype(aws, "Kinesis-PutRecord", parameters)

    aws.simulation.http("POST", "/", json={"data": "hello"})

    stream = aws.client("kinesis")
    shard = stream.get_shard_iterator(
        StreamName="clicks", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
    )
    assert [each["Data"] for each in stream.get_records(ShardIterator=shard["ShardIterator"])["Records"]] == [b"hello"]


@pytest.mark.parametrize("kind", ["STANDARD", "EXPRESS"])
def test_a_route_runs_a_state_machine(aws: Aws, kind: str) -> None:
    """Without waiting, or until it has ended; dates are numbers, as on the wire."""
    definition = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
    arn = aws.client("stepfunctions").create_state_machine(
        name="m", definition=json.dumps(definition), roleArn=ROLE, type=kind
    )["stateMachineArn"]
    how = "StartSyncExecution" if kind == "EXPRESS" else "StartExecution"
    add_subtype(aws, f"StepFunctions-{how}", {"StateMachineArn": arn, "Input": "$request.body"})

    answer = aws.simulation.http("POST", "/", json={"a": 1}).json()

    assert isinstance(answer["startDate"], int | float)
    assert json.loads(answer.get("output", "{}")) == ({"a": 1} if kind == "EXPRESS" else {})


def test_a_stage_throttles(aws: Aws) -> None:
    """A burst, and then a rate, in virtual time; each method for itself."""
    proxied = {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": aws.uri(aws.function("echo", echo))}
    api = aws.make_rest({"GET /a": proxied, "GET /b": proxied})
    api.deploy()
    changes = [
        {"op": "replace", "path": "/*/*/throttling/rateLimit", "value": "1"},
        {"op": "replace", "path": "/*/*/throttling/burstLimit", "value": "2"},
        {"op": "replace", "path": "/b/GET/throttling/burstLimit", "value": "1"},
    ]
    aws.rest.update_stage(restApiId=api.id, stageName="prod", patchOperations=changes)

    def ask(path: str) -> int:
        return aws.simulation.http("GET", path).status

    assert [ask("/a") for _ in range(3)] == [200, 200, 429]
    assert [ask("/b") for _ in range(2)] == [200, 429]
    aws.simulation.advance("1 s")
    assert ask("/a") == 200
    assert aws.simulation.http("GET", "/a").json() == {"message": "Too Many Requests"}


def test_a_negative_rate_is_no_bound(aws: Aws) -> None:
    """So tools switch throttling off: by -1 for rate and burst."""
    api = aws.make_rest({"GET /a": {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}})
    api.deploy()
    places = ("rateLimit", "burstLimit")
    changes = [{"op": "replace", "path": f"/*/*/throttling/{place}", "value": "-1"} for place in places]

    aws.rest.update_stage(restApiId=api.id, stageName="prod", patchOperations=changes)

    assert aws.simulation.http("GET", "/a").status != 429


def test_a_stage_of_an_http_api_throttles(aws: Aws) -> None:
    """By its default, and by what it says of a route."""
    aws.function("echo", echo)
    aws.simulation.add_source("apis", "web", routes={"GET /a": "echo", "GET /b": "echo"})
    (api,) = aws.web.get_apis()["Items"]
    limits = {"ThrottlingRateLimit": 1.0, "ThrottlingBurstLimit": 1}
    aws.web.update_stage(
        ApiId=api["ApiId"],
        StageName="$default",
        DefaultRouteSettings=limits,
        RouteSettings={"GET /b": {"ThrottlingBurstLimit": 2}},
    )

    assert [aws.simulation.http("GET", "/a").status for _ in range(2)] == [200, 429]
    assert [aws.simulation.http("GET", "/b").status for _ in range(3)] == [200, 200, 429]


def test_a_stage_keeps_answers(aws: Aws) -> None:
    """Of GET, by the parameters that the integration names, until their time is over or somebody flushes."""
    calls: list[Any] = []

    def count(event: Any, _: Any) -> Any:
        calls.append(event)
        return {"statusCode": 200, "body": str(len(calls))}

    proxied = {
        "type": "AWS_PROXY",
        "integrationHttpMethod": "POST",
        "uri": aws.uri(aws.function("count", count)),
        "cacheKeyParameters": ["method.request.querystring.q"],
    }
    api = aws.make_rest({"GET /a": proxied, "POST /a": proxied})
    api.deploy(cacheClusterEnabled=True)
    where = {"restApiId": api.id, "stageName": "prod"}
    changes = [
        {"op": "replace", "path": "/*/*/caching/enabled", "value": "true"},
        {"op": "replace", "path": "/*/*/caching/ttlInSeconds", "value": "60"},
    ]
    aws.rest.update_stage(**where, patchOperations=changes)

    def ask(path: str, **headers: str) -> str:
        return aws.simulation.http("GET", path, headers={n.replace("_", "-"): v for n, v in headers.items()}).text

    assert [ask("/a?q=1"), ask("/a?q=1&other=2"), ask("/a?q=2"), ask("/a?q=1")] == ["1", "1", "2", "1"]
    assert ask("/a?q=1", cache_control="max-age=0") == "3"
    assert [aws.simulation.http("POST", "/a?q=1").text for _ in range(2)] == ["4", "5"]
    aws.simulation.advance("61 s")
    assert ask("/a?q=1") == "6"
    aws.rest.flush_stage_cache(**where)
    assert ask("/a?q=1") == "7"
