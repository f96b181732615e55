"""May a function call an address that wants a signature? As its role, or as one that it has become."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from eventsim import SyncSimulation
from tests.roles import make_role, missing
from tests.sources.gateway.conftest import Aws, echo

TARGET = "arn:aws:lambda:us-east-1:123456789012:function:target"
URL_ACTIONS = ("lambda:InvokeFunctionUrl", "lambda:InvokeFunction")
LOGGING = "AWSLambdaBasicExecutionRole"


def call(event: Any, _context: object) -> tuple[int, str]:
    """Ask an address, signed by who calls or by a role that it becomes."""
    session = boto3.Session()
    credentials = session.get_credentials()
    if "role" in event:
        lent = boto3.client("sts").assume_role(RoleArn=event["role"], RoleSessionName="caller")["Credentials"]
        credentials = Credentials(lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"])
    request = AWSRequest("GET", event["url"])
    sign = SigV4QueryAuth if event.get("by_query") else SigV4Auth
    sign(credentials, event["service"], "us-east-1").add_auth(request)
    try:
        prepared = request.prepare()
        asked = urllib.request.Request(prepared.url, headers=dict(prepared.headers))
        with urllib.request.urlopen(asked) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def allowing(actions: Sequence[str], resource: str) -> list[Any]:
    return [LOGGING, *({"Effect": "Allow", "Action": action, "Resource": resource} for action in actions)]


@contextmanager
def world_with(policies: list[Any], permissions: Any = "enforced") -> Iterator[Aws]:
    """Lend a world with a function that calls another by an address."""
    with SyncSimulation(permissions=permissions) as world:
        aws = Aws(world)
        aws.function("target", echo)
        aws.function("call", call, policies=policies)
        yield aws


def with_url(aws: Aws) -> dict[str, str]:
    made = aws.client("lambda").create_function_url_config(FunctionName="target", AuthType="AWS_IAM")
    return {"url": made["FunctionUrl"], "service": "lambda"}


@pytest.mark.parametrize("by_query", [False, True])
def test_a_role_with_both_actions_calls_a_url(by_query: bool) -> None:
    """Since October 2025 it takes two; the token may stand in the query."""
    with world_with(allowing(URL_ACTIONS, TARGET)) as aws:
        assert aws.simulation.invoke("call", {**with_url(aws), "by_query": by_query}) == [200, ""]


@pytest.mark.parametrize("action", URL_ACTIONS)
def test_a_role_that_lacks_an_action_is_forbidden_a_url(action: str) -> None:
    """The client learns nothing; the trace names the action and the function."""
    with world_with(allowing([other for other in URL_ACTIONS if other != action], TARGET)) as aws:
        status, body = aws.simulation.invoke("call", with_url(aws))

        assert (status, json.loads(body)["Message"][:10]) == (403, "Forbidden.")
        assert missing(aws.simulation) == [(action, TARGET)]
        assert f"is not authorized to perform: {action} on resource: {TARGET}" in aws.refusals()[0]


def test_the_policy_of_the_function_lets_a_role_call_its_url() -> None:
    """Either policy is enough within an account."""
    with world_with([LOGGING]) as aws:
        for action, condition in zip(URL_ACTIONS, ("FunctionUrlAuthType", "InvokedViaFunctionUrl"), strict=True):
            parameters = {"FunctionName": "target", "StatementId": condition, "Action": action}
            parameters["Principal"] = "arn:aws:iam::123456789012:role/eventsim"
            value: Any = "AWS_IAM" if condition == "FunctionUrlAuthType" else True
            aws.client("lambda").add_permission(**parameters, **{condition: value})

        assert aws.simulation.invoke("call", with_url(aws)) == [200, ""]


def test_who_may_only_call_a_url_may_not_invoke() -> None:
    """The condition that AWS writes into policies of URLs lets nobody in another way."""
    statement = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": TARGET}
    condition = {"Bool": {"lambda:InvokedViaFunctionUrl": "true"}}

    def invoke(_event: Any, _context: object) -> str:
        with pytest.raises(Exception, match="AccessDeniedException"):
            boto3.client("lambda").invoke(FunctionName="target")
        return "refused"

    with world_with([LOGGING]) as aws:
        aws.function("invoke", invoke, policies=[LOGGING, {**statement, "Condition": condition}])

        assert aws.simulation.invoke("invoke") == "refused"


def with_api(aws: Aws, kind: str) -> dict[str, str]:
    route = {"function": "target", "authorizer": "iam"}
    aws.simulation.add_source("apis", "shop", type=kind, routes={"GET /a": route})
    return {"url": aws.simulation.front_doors.url("shop") + "/a", "service": "execute-api"}


@pytest.mark.parametrize("kind", ["rest", "http"])
def test_a_role_calls_an_api_that_it_may_invoke(kind: str) -> None:
    """`execute-api:Invoke` on the stage, the method and the path."""
    with world_with(allowing(["execute-api:Invoke"], "arn:aws:execute-api:*:*:*/*/GET/a")) as aws:
        assert aws.simulation.invoke("call", with_api(aws, kind)) == [200, ""]


@pytest.mark.parametrize("kind", ["rest", "http"])
def test_a_role_is_refused_by_an_api_that_it_may_not_invoke(kind: str) -> None:
    """A REST API says why, and hides whose it is (as users report it); an HTTP API does not."""
    with world_with(allowing(["execute-api:Invoke"], "arn:aws:execute-api:*:*:*/*/POST/a")) as aws:
        status, body = aws.simulation.invoke("call", with_api(aws, kind))
        ((action, resource),) = missing(aws.simulation)

    assert (status, action) == (403, "execute-api:Invoke")
    assert resource.endswith("/GET/a")
    redacted = resource.replace("123456789012", "********9012")
    told = (
        "User: arn:aws:sts::123456789012:assumed-role/eventsim/call is not authorized to perform: execute-api:Invoke "
        f"on resource: {redacted} because no identity-based policy allows the execute-api:Invoke action"
    )
    assert json.loads(body) == ({"Message": told} if kind == "rest" else {"message": "Forbidden"})


@pytest.mark.parametrize(("path", "status"), [("a", 200), ("b", 403)])
def test_the_policy_of_a_rest_api_lets_a_role_in(path: str, status: int) -> None:
    """Its resources may leave out where the API is."""
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:role/eventsim"},
        "Action": "execute-api:Invoke",
        "Resource": f"execute-api:/*/GET/{path}",
    }
    with world_with([LOGGING]) as aws:
        where = with_api(aws, "rest")
        api = aws.rest.get_rest_apis()["items"][0]["id"]
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        changes = [{"op": "replace", "path": "/policy", "value": json.dumps(policy)}]
        aws.rest.update_rest_api(restApiId=api, patchOperations=changes)

        assert aws.simulation.invoke("call", where)[0] == status


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("POST", 403)])
def test_a_role_that_was_assumed_is_who_calls(method: str, status: int) -> None:
    """What the function may do itself does not matter."""
    with world_with(allowing(["sts:AssumeRole"], "*")) as aws:
        role = make_role(aws.simulation, "caller", {"execute-api:Invoke": f"arn:aws:execute-api:*:*:*/*/{method}/a"})

        assert aws.simulation.invoke("call", {**with_api(aws, "http"), "role": role})[0] == status


def test_what_a_caller_lacks_is_only_told() -> None:
    """And it is let in."""
    with world_with([LOGGING], "told") as aws:
        assert aws.simulation.invoke("call", with_url(aws)) == [200, ""]
        assert missing(aws.simulation) == [(action, TARGET) for action in URL_ACTIONS]


def test_calls_of_addresses_are_in_the_least_policy() -> None:
    """As calls of services are."""
    with world_with([], "noted") as aws:
        aws.simulation.invoke("call", with_url(aws))
        (statement,) = aws.simulation.permissions_needed()["call"]["Statement"]

    assert (statement["Action"], statement["Resource"]) == (sorted(URL_ACTIONS), [TARGET])


def test_a_client_outside_calls_what_it_likes() -> None:
    """Its keys last, so that it is the owner of the account."""
    with world_with([]) as aws:
        for where in (with_url(aws), with_api(aws, "rest")):
            request = AWSRequest("GET", where["url"])
            SigV4Auth(Credentials("AKIDOFMINE", "secret"), where["service"], "us-east-1").add_auth(request)

            assert aws.simulation.http("GET", where["url"], headers=dict(request.headers)).status == 200
