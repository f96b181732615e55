"""Who is let into a REST API? User pools, functions that see the whole request, and how long their word holds."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from eventsim import Reply
from tests.sources.gateway.conftest import Aws, echo

POOL = "us-east-1_abc"
ISSUER = f"https://cognito-idp.us-east-1.amazonaws.com/{POOL}"
NOW = 1_767_225_600
"""When a simulation begins, in seconds."""

Ask = Callable[..., Reply]


def token(**claims: Any) -> str:
    """Return a token that nobody signed, of the pool and valid for 100 s unless the claims say otherwise."""

    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none'})}.{part({'iss': ISSUER, 'exp': NOW + 100, **claims})}.x"


def proxy(aws: Aws) -> dict[str, Any]:
    """Return an integration with a function that echoes."""
    return {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": aws.uri(aws.function("echo", echo))}


@pytest.fixture
def pool(aws: Aws) -> Ask:
    """Return how to ask an API that a user pool guards: `/a` for identity tokens, `/s` for the scope `x/read`."""
    api = aws.make_rest({})
    authorizer = aws.rest.create_authorizer(
        restApiId=api.id,
        name="pool",
        type="COGNITO_USER_POOLS",
        providerARNs=[f"arn:aws:cognito-idp:us-east-1:123456789012:userpool/{POOL}"],
        identitySource="method.request.header.Authorization",
    )
    method = {"authorizationType": "COGNITO_USER_POOLS", "authorizerId": authorizer["id"]}
    integration = proxy(aws)
    api.add("GET /a", method=method, **integration)
    api.add("GET /s", method={**method, "authorizationScopes": ["x/read"]}, **integration)
    api.deploy()

    def ask(path: str, header: str | None = None) -> Reply:
        return aws.simulation.http("GET", path, headers={} if header is None else {"Authorization": header})

    return ask


def test_claims_of_a_user_pool_are_handed_over(pool: Ask) -> None:
    """All of them as texts; with `Bearer` or without."""
    header = token(sub="me", token_use="id", email_verified=True, **{"cognito:groups": ["a", "b"]})

    claims = pool("/a", header).json()["requestContext"]["authorizer"]["claims"]

    assert (claims["sub"], claims["cognito:groups"], claims["email_verified"]) == ("me", "a,b", "true")
    assert pool("/a", f"Bearer {header}").status == 200


@pytest.mark.parametrize(
    ("path", "header", "status", "message"),
    [
        pytest.param("/a", None, 401, "Unauthorized", id="none"),
        pytest.param("/a", "junk", 401, "Unauthorized", id="no token"),
        pytest.param("/a", token(exp=NOW - 1), 401, "The incoming token has expired", id="expired"),
        pytest.param("/a", token(iss=ISSUER + "x"), 401, "Unauthorized", id="another pool"),
        pytest.param("/a", token(token_use="access"), 401, "Unauthorized", id="access token without scopes"),
        pytest.param("/s", token(), 401, "Unauthorized", id="scope missing"),
        pytest.param("/s", token(token_use="access", scope="x/read y"), 200, None, id="scope there"),
    ],
)
def test_a_token_of_a_user_pool_is_checked(
    pool: Ask, path: str, header: str | None, status: int, message: str | None
) -> None:
    """A method without scopes takes identity tokens, one with scopes those that name one of them."""
    reply = pool(path, header)

    assert reply.status == status
    assert message is None or reply.json() == {"message": message}


class Gate:
    """A function that decides over whole requests, as its header `X-A` tells it to."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def decide(self, event: Any, _: Any) -> Any:
        """Answer as the header says."""
        self.events.append(event)
        word = event["headers"]["X-A"]
        if word in ("boom", "Unauthorized"):
            raise Exception(word)
        if word == "nothing":
            return None
        statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
        changed: dict[str, dict[str, str]] = {
            "all": {"Resource": "*"},
            "deny": {"Effect": "Deny"},
            "other": {"Resource": event["methodArn"].replace("/GET/", "/POST/")},
            "wrong": {"Effect": "Perhaps"},
        }
        policy = {"Version": "2012-10-17", "Statement": [{**statement, **changed.get(word, {})}]}
        return {"principalId": "me", "policyDocument": policy, "context": {"n": 1, "b": True, "s": "x"}}


@pytest.fixture
def gate() -> Gate:
    """Return what decides."""
    return Gate()


@pytest.fixture
def guarded(aws: Aws, gate: Gate) -> Ask:
    """Return how to ask an API that a function guards, which is told by header `X-A` and query `q`."""
    api = aws.make_rest({})
    authorizer = aws.rest.create_authorizer(
        restApiId=api.id,
        name="gate",
        type="REQUEST",
        authorizerUri=aws.uri(aws.function("gate", gate.decide)),
        identitySource="method.request.header.X-A, method.request.querystring.q",
    )
    integration = proxy(aws)
    for key in ("GET /a/{id}", "GET /b"):
        api.add(key, method={"authorizationType": "CUSTOM", "authorizerId": authorizer["id"]}, **integration)
    api.deploy()

    def ask(word: str, path: str = "/a/1?q=1") -> Reply:
        return aws.simulation.http("GET", path, headers={"X-A": word} if word else {})

    return ask


def test_a_function_sees_the_whole_request(guarded: Ask, gate: Gate) -> None:
    """And what it says of the sender reaches the other as texts."""
    about = guarded("yes").json()["requestContext"]["authorizer"]

    (event,) = gate.events
    assert about == {"principalId": "me", "n": "1", "b": "true", "s": "x", "integrationLatency": 0}
    assert (event["type"], event["pathParameters"], event["stageVariables"]) == ("REQUEST", {"id": "1"}, {})
    assert event["methodArn"].endswith("/prod/GET/a/1")


@pytest.mark.parametrize(
    ("word", "status", "body"),
    [
        ("deny", 403, {"Message": "User is not authorized to access this resource with an explicit deny"}),
        ("other", 403, {"Message": "User is not authorized to access this resource"}),
        ("Unauthorized", 401, {"message": "Unauthorized"}),
        ("boom", 500, {"message": None}),
        ("nothing", 500, {"message": None}),
        ("wrong", 500, {"message": None}),
        ("", 401, {"message": "Unauthorized"}),
    ],
)
def test_a_function_may_refuse(guarded: Ask, gate: Gate, word: str, status: int, body: Any) -> None:
    """Each in its own way; without what identifies a request, it is not even asked."""
    reply = guarded(word)

    assert (reply.status, reply.json()) == (status, body)
    assert len(gate.events) == (1 if word else 0)


def test_a_refusal_tells_what_the_authorizer_said(aws: Aws) -> None:
    """A gateway response may speak of the context of a policy that denies; its headers keep their names."""

    def decide(event: Any, context: Any) -> Any:
        statement = {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": event["methodArn"]}
        policy = {"Version": "2012-10-17", "Statement": [statement]}
        return {"principalId": "me", "policyDocument": policy, "context": {"reason": "too late"}}

    api = aws.make_rest({})
    authorizer = aws.rest.create_authorizer(
        restApiId=api.id,
        name="gate",
        type="TOKEN",
        authorizerUri=aws.uri(aws.function("gate", decide)),
        identitySource="method.request.header.Authorization",
    )
    api.add("GET /a", method={"authorizationType": "CUSTOM", "authorizerId": authorizer["id"]}, **proxy(aws))
    aws.rest.put_gateway_response(
        restApiId=api.id,
        responseType="ACCESS_DENIED",
        statusCode="401",
        responseParameters={"gatewayresponse.header.WWW-Authenticate": "'Basic'"},
        responseTemplates={"application/json": '{"why": "$context.authorizer.reason"}'},
    )
    api.deploy()

    reply = aws.simulation.http("GET", "/a", headers={"Authorization": "x"})

    assert (reply.status, reply.json()) == (401, {"why": "too late"})
    assert reply.headers.get("www-authenticate") == "Basic"


def test_a_policy_holds_for_a_while(aws: Aws, guarded: Ask, gate: Gate) -> None:
    """For five minutes, for all methods, for whoever is identified alike."""
    words = [guarded("all").status, guarded("all", "/b?q=1").status, guarded("yes").status]
    narrow = guarded("yes", "/b?q=1")

    assert (words, len(gate.events)) == ([200, 200, 200], 2)
    assert narrow.status == 403  # the policy of the other path is kept, and does not speak of this one
    guarded("all", "/a/1?q=2")
    assert len(gate.events) == 3
    aws.simulation.advance("301 s")
    guarded("all")
    assert len(gate.events) == 4


@pytest.mark.parametrize("kind", ["rest", "http"])
def test_who_signed_is_told_by_the_key(aws: Aws, kind: str) -> None:
    """Whatever the signature is worth: it is not verified."""
    aws.function("echo", echo)
    route = {"function": "echo", "authorizer": "iam"}
    aws.simulation.add_source("apis", "signed", type=kind, routes={"GET /a": route})
    url = aws.simulation.front_doors.url("signed") + "/a"
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials("AKIDOFMINE", "secret"), "execute-api", "us-east-1").add_auth(request)

    reply = aws.simulation.http("GET", url, headers=dict(request.headers))

    context = reply.json()["requestContext"]
    told = context["identity"] if kind == "rest" else context["authorizer"]["iam"]
    assert (told["accessKey"], told["accountId"]) == ("AKIDOFMINE", aws.simulation.account_id)
    assert aws.simulation.http("GET", url).status == 403
