"""May the credentials of an integration do what it leads to?"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.roles import make_role, missing
from tests.sources.gateway.conftest import Aws, echo

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
QUEUE = "arn:aws:sqs:us-east-1:123456789012:orders"
SENT = {"sqs:SendMessage": QUEUE}
REFUSED = (
    "User: arn:aws:sts::123456789012:assumed-role/gateway/BackplaneAssumeRoleSession is not authorized to perform: "
)
FORM = {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}


@contextmanager
def world_with(actions: dict[str, Any], permissions: Any = "enforced", trusts: str = "apigateway") -> Iterator[Aws]:
    """Lend a world with a queue and a role."""
    with SyncSimulation(permissions=permissions) as world:
        make_role(world, "gateway", actions, trusts=[trusts])
        world.request("sqs", "CreateQueue", {"QueueName": "orders"})
        yield Aws(world)


def to_queue(aws: Aws) -> None:
    """Make a REST API that sends what it gets to the queue."""
    integration = {
        "type": "AWS",
        "integrationHttpMethod": "POST",
        "uri": "arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders",
        "credentials": "arn:aws:iam::123456789012:role/gateway",
        "requestParameters": FORM,
        "requestTemplates": {"application/json": "Action=SendMessage&MessageBody=$input.body"},
        "responses": [{"statusCode": "200"}, {"statusCode": "403", "selectionPattern": "403"}],
    }
    aws.make_rest({"POST /a": integration}).deploy()


def to_function(aws: Aws, kind: str) -> None:
    """Make a REST API that calls a function."""
    arn = aws.function("echo", echo)
    credentials = "arn:aws:iam::123456789012:role/gateway"
    uri = {"uri": aws.uri(arn), "integrationHttpMethod": "POST", "credentials": credentials}
    aws.make_rest({"POST /a": {"type": kind, **uri, "responses": [{"statusCode": "200"}]}}).deploy()


def test_a_service_does_what_the_credentials_allow() -> None:
    """The role is that of the integration."""
    with world_with(SENT) as aws:
        to_queue(aws)

        assert aws.simulation.http("POST", "/a", json={}).status == 200


def test_a_service_answers_whom_it_refuses() -> None:
    """The integration's responses map the answer as any other."""
    with world_with({}) as aws:
        to_queue(aws)

        answer = aws.simulation.http("POST", "/a", json={})

        assert answer.status == 403
        assert answer.json()["Error"]["Message"].startswith(f"{REFUSED}sqs:sendmessage on resource: {QUEUE} because")


def test_what_is_only_told_is_done() -> None:
    """The trace says what would have been refused."""
    with world_with({}, "told") as aws:
        to_queue(aws)

        assert aws.simulation.http("POST", "/a", json={}).status == 200
        assert missing(aws.simulation) == [("sqs:SendMessage", QUEUE)]


@pytest.mark.parametrize("kind", ["AWS_PROXY", "AWS"])
@pytest.mark.parametrize(("actions", "status"), [({"lambda:Invoke*": "*"}, 200), ({}, 500)], ids=["may", "may not"])
def test_a_function_is_called_in_the_role(kind: str, actions: dict[str, Any], status: int) -> None:
    """Its own policy is not asked then."""
    with world_with(actions) as aws:
        to_function(aws, kind)

        assert aws.simulation.http("POST", "/a", json={}).status == status


@pytest.mark.parametrize("make", [to_queue, lambda aws: to_function(aws, "AWS_PROXY")], ids=["a service", "a function"])
@pytest.mark.parametrize(("permissions", "status"), [("enforced", 500), ("told", 200)])
def test_an_api_becomes_no_role_that_does_not_trust_it(make: Any, permissions: Any, status: int) -> None:
    """The client is not told why; the trace is."""
    with world_with({**SENT, "lambda:Invoke*": "*"}, permissions, trusts="lambda") as aws:
        make(aws)

        assert aws.simulation.http("POST", "/a", json={}).status == status
        assert missing(aws.simulation) == [("sts:AssumeRole", "arn:aws:iam::123456789012:role/gateway")]
        if status == 500:
            assert aws.refusals() == [
                "API Gateway does not have permission to assume the provided role "
                "arn:aws:iam::123456789012:role/gateway"
            ]


def to_queue_by_http(aws: Aws) -> None:
    """Make an HTTP API that sends what it gets to the queue."""
    api = aws.web.create_api(Name="a", ProtocolType="HTTP")["ApiId"]
    integration = aws.web.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationSubtype="SQS-SendMessage",
        PayloadFormatVersion="1.0",
        CredentialsArn="arn:aws:iam::123456789012:role/gateway",
        RequestParameters={"QueueUrl": URL, "MessageBody": "$request.body"},
    )["IntegrationId"]
    aws.web.create_route(ApiId=api, RouteKey="POST /a", Target=f"integrations/{integration}")
    aws.web.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)


def test_an_http_api_becomes_no_role_that_does_not_trust_it() -> None:
    """It says no more than a REST API."""
    with world_with(SENT, trusts="lambda") as aws:
        to_queue_by_http(aws)

        answer = aws.simulation.http("POST", "/a", json={})

        assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})


@pytest.mark.parametrize(("actions", "status"), [(SENT, 200), ({}, 403)], ids=["may", "may not"])
def test_an_http_api_calls_an_operation_in_the_role(actions: dict[str, Any], status: int) -> None:
    """It answers with the service's refusal."""
    with world_with(actions) as aws:
        to_queue_by_http(aws)

        answer = aws.simulation.http("POST", "/a", body=json.dumps({}))

        assert answer.status == status
        assert (REFUSED in answer.text) is (status == 403)
