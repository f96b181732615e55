"""Tasks that send HTTP requests: to any host by a connection, and to APIs."""

import json
from typing import Any

import pytest

from eventsim import HttpRequest, HttpResponse, SyncSimulation
from tests import sdk
from tests.sources.workflow.conftest import MACHINE, ROLE, ended

HOST = "crm.example"


class Partner:
    """A host that keeps what it is asked, and a connection to it."""

    def __init__(self, world: SyncSimulation, status: int = 200, body: str = '{"id": 7}') -> None:
        self.world = world
        self.asked: list[HttpRequest] = []
        events: Any = sdk.client("events", world.region)
        extra = {
            "HeaderParameters": [{"Key": "x-shop", "Value": "s1"}],
            "QueryStringParameters": [{"Key": "tenant", "Value": "t1"}],
            "BodyParameters": [{"Key": "by", "Value": "connection"}],
        }
        auth = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}
        given = {"AuthorizationType": "API_KEY", "AuthParameters": {**auth, "InvocationHttpParameters": extra}}
        self.connection = events.create_connection(Name="c", **given)["ConnectionArn"]
        world.stub_http(HOST, self._answer)
        self._response = HttpResponse(
            status=status, headers=(("Content-Type", "application/json"),), body=body.encode()
        )

    def _answer(self, request: HttpRequest) -> HttpResponse:
        self.asked.append(request)
        return self._response

    def task(self, **parameters: Any) -> dict[str, Any]:
        """Return a Task that asks the host."""
        given = {
            "ApiEndpoint": f"https://{HOST}/orders",
            "Method": "POST",
            "Authentication": {"ConnectionArn": self.connection},
            **parameters,
        }
        return {"Type": "Task", "Resource": "arn:aws:states:::http:invoke", "Parameters": given, "End": True}


def done(world: SyncSimulation, sfn: Any, task: Any, given: Any = None) -> Any:
    """Run a machine of one Task; describe the execution."""
    sfn.create_state_machine(name="m", definition=json.dumps({"StartAt": "A", "States": {"A": task}}), roleArn=ROLE)
    return ended(world, sfn, MACHINE, given)


def test_a_task_asks_a_host(world: SyncSimulation, sfn: Any) -> None:
    """With what it says and what the connection adds; the answer is the result."""
    partner = Partner(world)
    task = partner.task(Headers={"x-a": "1"}, QueryParameters={"q": "2"}, RequestBody={"order.$": "$.order"})

    result = json.loads(done(world, sfn, task, {"order": 5})["output"])

    (request,) = partner.asked
    assert (request.method, request.path, request.query) == ("POST", "/orders", "q=2&tenant=t1")
    assert json.loads(request.body) == {"order": 5, "by": "connection"}
    assert (request.headers.get("x-a"), request.headers.get("x-key"), request.headers.get("x-shop")) == (
        "1",
        "secret",
        "s1",
    )
    assert request.headers.get("user-agent") == "Amazon|StepFunctions|HttpInvoke|us-east-1"
    assert result == {
        "Headers": {"Content-Type": ["application/json"]},
        "ResponseBody": {"id": 7},
        "StatusCode": 200,
        "StatusText": "OK",
    }


@pytest.mark.parametrize(
    ("array_format", "body"),
    [
        ("INDICES", "a=1&l%5B0%5D=x&l%5B1%5D=y&by=connection"),
        ("BRACKETS", "a=1&l%5B%5D=x&l%5B%5D=y&by=connection"),
        ("REPEAT", "a=1&l=x&l=y&by=connection"),
        ("COMMAS", "a=1&l=x%2Cy&by=connection"),
    ],
)
def test_a_body_may_be_a_form(world: SyncSimulation, sfn: Any, array_format: str, body: str) -> None:
    """Lists in it are written as is wanted."""
    partner = Partner(world)
    transform = {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": array_format}}

    done(world, sfn, partner.task(RequestBody={"a": 1, "l": ["x", "y"]}, Transform=transform))

    (request,) = partner.asked
    assert request.body == body.encode()
    assert request.headers.get("content-type") == "application/x-www-form-urlencoded"


def test_a_status_of_failure_is_an_error(world: SyncSimulation, sfn: Any) -> None:
    """It is named, so that it can be caught or tried again."""
    partner = Partner(world, status=503, body="busy")
    retry = {"ErrorEquals": ["States.Http.StatusCode.503"], "MaxAttempts": 2, "IntervalSeconds": 3}

    execution = done(world, sfn, {**partner.task(), "Retry": [retry]})

    assert (execution["error"], execution["cause"]) == ("States.Http.StatusCode.503", "busy")
    assert (len(partner.asked), world.now_s) == (3, 9)


def test_nobody_answers_for_a_host_without_a_stub(world: SyncSimulation, sfn: Any) -> None:
    """The cause says how to have one."""
    task = Partner(world).task(ApiEndpoint="https://elsewhere.example/")

    execution = done(world, sfn, task)

    assert execution["error"] == "States.Http.Socket"
    assert 'simulation.stub_http("elsewhere.example"' in execution["cause"]


def test_a_connection_must_be_there(world: SyncSimulation, sfn: Any) -> None:
    """Without it nothing is sent."""
    partner = Partner(world)
    task = partner.task(Authentication={"ConnectionArn": f"{partner.connection}0"})

    assert done(world, sfn, task)["error"] == "Events.ConnectionResource.InvalidConnectionState"
    assert partner.asked == []


def test_a_task_calls_an_api(world: SyncSimulation, sfn: Any) -> None:
    """At its stage; an answer of failure is an error of the gateway."""
    partner = Partner(world, status=404, body='{"message": "no"}')
    given = {"ApiEndpoint": HOST, "Method": "PUT", "Stage": "prod", "Path": "/a", "QueryParameters": {"q": ["1"]}}
    resource = "arn:aws:states:::apigateway:invoke"
    parameters = {**given, "Headers": {"x-a": ["1", "2"]}, "RequestBody": {"n": 1}}

    execution = done(world, sfn, {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True})

    (request,) = partner.asked
    assert (request.path, request.query, request.headers.get("x-a")) == ("/prod/a", "q=1", "1,2")
    assert json.loads(request.body) == {"n": 1}
    assert (execution["error"], execution["cause"]) == ("ApiGateway.404", '{"message": "no"}')
