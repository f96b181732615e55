"""What does an HTTP API do, made and asked by real clients?"""

import asyncio
import base64
import json
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError

from tests.sources.gateway.conftest import Aws, echo

SECRET = b"a secret of thirty-two bytes long"
KEYS = {
    "keys": [{"kty": "oct", "kid": "1", "alg": "HS256", "k": base64.urlsafe_b64encode(SECRET).decode().rstrip("=")}]
}
ISSUER = "https://issuer.example"


def add(aws: Aws, name: str = "web", **settings: Any) -> None:
    """Add an API to the scenario."""
    aws.simulation.add_source("apis", name, **settings)


def asgi_handler(app: Any) -> Any:
    """Return a handler around an ASGI application, as adapters for FastAPI and its like make it."""

    def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
        asked, sent = event["requestContext"]["http"], []
        scope = {"type": "http", "method": asked["method"], "path": event["rawPath"], "headers": []}

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": event.get("body", "").encode()}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        loop = asyncio.new_event_loop()
        loop.run_until_complete(app(scope, receive, send))
        loop.close()
        begun, *pieces = sent
        return {"statusCode": begun["status"], "body": b"".join(each["body"] for each in pieces).decode()}

    return handler


def test_an_asgi_application_answers_in_a_handler(aws: Aws) -> None:
    """It awaits on a loop of its own, in virtual time."""

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        await asyncio.sleep(2)
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": scope["path"].encode() + b" " + body})

    aws.function("shop", asgi_handler(app), timeout="10 s")
    add(aws, routes={"POST /{proxy+}": "shop"})

    began_s = aws.simulation.now_s
    reply = aws.simulation.http("POST", "/orders/7", body="tea")

    assert (reply.status, reply.body) == (201, b"/orders/7 tea")
    assert aws.simulation.now_s - began_s >= 2


def test_it_waits_for_thirty_seconds(aws: Aws) -> None:
    """Then it is unavailable; the function goes on."""
    import time

    aws.function("slow", lambda *_: time.sleep(35), timeout="1 minute")  # noqa: TID251 - as user code does
    add(aws, routes={"GET /": "slow", "GET /quick": {"function": "slow", "timeout": "1 s"}})

    began_s = aws.simulation.now_s
    reply = aws.simulation.http("GET", "/")
    assert (reply.status, reply.json()) == (503, {"message": "Service Unavailable"})
    assert aws.simulation.now_s - began_s == pytest.approx(30)
    began_s = aws.simulation.now_s
    assert aws.simulation.http("GET", "/quick").status == 503
    assert aws.simulation.now_s - began_s == pytest.approx(1)


@pytest.mark.parametrize(
    "handler",
    [
        lambda *_: 1 / 0,
        lambda *_: {"statusCode": "x"},
        lambda *_: {"statusCode": 200, "isBase64Encoded": True, "body": "%"},
    ],
    ids=["error", "status", "base64"],
)
def test_a_bad_answer_is_an_internal_error(aws: Aws, handler: Any) -> None:
    """Whatever was wrong with it."""
    aws.function("f", handler)
    add(aws, routes={"$default": "f"})

    reply = aws.simulation.http("GET", "/")

    assert (reply.status, reply.json()) == (500, {"message": "Internal Server Error"})


def test_a_function_decides_simply(aws: Aws) -> None:
    """Its context keeps its types, and its answer is kept for as long as it may be."""
    asked: list[Any] = []

    def authorize(event: Any, _: Any) -> Any:
        asked.append(event)
        return {"isAuthorized": event["identitySource"] == ["yes"], "context": {"n": 1}}

    aws.function("authorize", authorize)
    aws.function("echo", echo)
    authorizer = {"function": "authorize", "identity": ["header.X-Key"], "keep": "1 minute"}
    add(aws, routes={"GET /{p}": {"function": "echo", "authorizer": "gate"}}, authorizers={"gate": authorizer})

    def ask(**headers: str) -> Any:
        return aws.simulation.http("GET", "/a", headers={f"X-{name}": key for name, key in headers.items()})

    assert (ask().status, ask().json()) == (401, {"message": "Unauthorized"})
    assert (ask(key="no").status, ask(key="no").json()) == (403, {"message": "Forbidden"})
    assert ask(key="yes").json()["requestContext"]["authorizer"] == {"lambda": {"n": 1}}
    assert ask(key="yes").status == 200
    assert len(asked) == 2
    aws.simulation.advance("61 s")
    assert ask(key="yes").status == 200
    assert len(asked) == 3
    assert asked[0]["routeArn"].endswith("/$default/GET/a")
    assert asked[0]["pathParameters"] == {"p": "a"}


def token(**claims: Any) -> str:
    """Return a token that is good for a minute from the run's first instant."""
    good = {"iss": ISSUER, "aud": "me", "exp": 1767225660, "sub": "u", "scope": "read", "groups": ["a", "b"], **claims}
    return "Bearer " + jwt.encode(good, SECRET, algorithm="HS256", headers={"kid": "1"})


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (None, 401),
        ("Bearer nonsense", 401),
        (token(iss="other"), 401),
        (token(aud="other"), 401),
        (token(exp=1767225599), 401),
        (token(nbf=1767225700), 401),
        (token()[:-3] + "abc", 401),
        (token(scope="write"), 403),
        (token(), 200),
        (token(scope="", scp=["read"]), 200),
    ],
    ids=["none", "no token", "issuer", "audience", "expired", "too early", "signature", "scope", "good", "scp"],
)
def test_a_token_is_checked(aws: Aws, header: str | None, status: int) -> None:
    """Issuer, audience, times and scopes, and the signature where the keys are known."""
    aws.function("echo", echo)
    authorizer = {"issuer": ISSUER, "audience": ["me"], "keys": KEYS}
    route = {"function": "echo", "authorizer": "issuer", "scopes": ["read"]}
    add(aws, routes={"GET /": route}, authorizers={"issuer": authorizer})

    reply = aws.simulation.http("GET", "/", headers={"Authorization": header} if header else {})

    assert reply.status == status
    if status == 200:
        about = reply.json()["requestContext"]["authorizer"]["jwt"]
        assert (about["scopes"], about["claims"]["groups"], about["claims"]["exp"]) == (["read"], "[a b]", "1767225660")
    if status == 401:
        assert reply.headers.get("www-authenticate").startswith("Bearer")


def test_it_answers_browsers_itself(aws: Aws) -> None:
    """A preflight reaches no function, and the API's headers override the function's."""
    aws.function("f", lambda *_: {"statusCode": 200, "headers": {"Access-Control-Allow-Origin": "theirs"}})
    cors = {"origins": ["https://a.example"], "methods": ["GET"], "headers": ["x-a"]}
    add(aws, routes={"GET /": "f"}, cors=cors)
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}

    preflight = aws.simulation.http("OPTIONS", "/", headers=asks)
    real = aws.simulation.http("GET", "/", headers={"Origin": "https://a.example"})

    assert (preflight.status, preflight.headers.get("access-control-allow-methods")) == (204, "GET")
    assert real.headers.get("access-control-allow-origin") == "https://a.example"


def test_an_operation_needs_no_function(aws: Aws) -> None:
    """A subtype of an integration calls a service with mapped parameters."""
    aws.simulation.add_source("queues", "orders")
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    api = aws.web.create_api(Name="web", ProtocolType="HTTP")["ApiId"]
    integration = aws.web.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationSubtype="SQS-SendMessage",
        CredentialsArn="arn:aws:iam::123456789012:role/api",
        PayloadFormatVersion="1.0",
        RequestParameters={"QueueUrl": url, "MessageBody": "$request.body.order"},
    )["IntegrationId"]
    aws.web.create_route(ApiId=api, RouteKey="POST /orders", Target=f"integrations/{integration}")
    aws.web.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)

    reply = aws.simulation.http("POST", "/orders", json={"order": {"n": 1}})

    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert reply.json()["MessageId"] == message["MessageId"]
    assert json.loads(message["Body"]) == {"n": 1}


def test_a_stage_without_auto_deploy_waits_for_a_deployment(aws: Aws) -> None:
    """And serves it until the next one."""
    aws.function("echo", echo)
    api = aws.web.create_api(Name="web", ProtocolType="HTTP")["ApiId"]
    arn = "arn:aws:lambda:us-east-1:123456789012:function:echo"
    integration = aws.web.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    aws.web.create_route(ApiId=api, RouteKey="GET /a", Target=f"integrations/{integration}")
    aws.web.create_stage(ApiId=api, StageName="dev")

    assert aws.simulation.http("GET", "/a").status == 404
    aws.web.create_deployment(ApiId=api, StageName="dev")
    assert aws.simulation.http("GET", "/a").json()["rawPath"] == "/dev/a"
    with pytest.raises(ClientError, match="Route with key GET /a already exists for this API"):
        aws.web.create_route(ApiId=api, RouteKey="GET /a")


def test_a_target_is_enough_for_an_api(aws: Aws) -> None:
    """Route, integration and stage come by themselves."""
    arn = aws.function("echo", echo)

    api = aws.web.create_api(Name="web", ProtocolType="HTTP", Target=arn)

    reply = aws.simulation.http("PUT", f"{api['ApiEndpoint']}/any/where")
    assert reply.json()["routeKey"] == "$default"
    assert [stage["StageName"] for stage in aws.web.get_stages(ApiId=api["ApiId"])["Items"]] == ["$default"]


def test_one_api_may_ask_another(aws: Aws) -> None:
    """An HTTP proxy finds servers of the simulation; others are refused."""
    aws.function("echo", echo)
    add(aws, "inner", routes={"GET /deep/{p}": "echo"})
    inner = aws.simulation.front_doors.url("inner")
    api = aws.web.create_api(Name="outer", ProtocolType="HTTP")["ApiId"]
    for path, uri in (("/in/{p}", f"{inner}/deep/{{p}}"), ("/out", "https://example.com/")):
        integration = aws.web.create_integration(
            ApiId=api,
            IntegrationType="HTTP_PROXY",
            IntegrationUri=uri,
            IntegrationMethod="GET",
            PayloadFormatVersion="1.0",
        )["IntegrationId"]
        aws.web.create_route(ApiId=api, RouteKey=f"GET {path}", Target=f"integrations/{integration}")
    aws.web.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)

    event = aws.simulation.http("GET", "/in/x?q=1", api="outer").json()
    assert (event["rawPath"], event["headers"]["via"]) == ("/deep/x", "HTTP/1.1 AmazonAPIGateway")
    host = f"{api}.execute-api.us-east-1.amazonaws.com"
    assert event["headers"]["forwarded"] == f"by=127.0.0.1;for=127.0.0.1;host={host};proto=https"
    assert aws.simulation.http("GET", "/out", api="outer").status == 504
    assert "nothing may reach the network" in aws.refusals()[0]


def test_an_api_is_named_when_there_are_several(aws: Aws) -> None:
    """Or found by its URL, or by a path that bears its id."""
    aws.function("echo", echo)
    add(aws, "one", routes={"GET /": "echo"})
    add(aws, "two", routes={"GET /": "echo"})
    identifier = aws.web.get_apis()["Items"][0]["ApiId"]

    with pytest.raises(Exception, match="there are several APIs: one, two; say which"):
        aws.simulation.http("GET", "/")
    with pytest.raises(Exception, match="there is no API 'tow'; did you mean"):
        aws.simulation.http("GET", "/", api="tow")
    assert aws.simulation.http("GET", f"http://localhost/_api/{identifier}/").status == 200
    assert aws.simulation.http("GET", "/", api="two").status == 200


def test_an_integration_changes_requests_and_responses(aws: Aws) -> None:
    """Headers, query, path and status, by expressions."""

    def answer(event: Any, _: Any) -> Any:
        return {
            "statusCode": 200,
            "headers": {"X-Old": "1"},
            "body": json.dumps({"got": event["headers"].get("x-new")}),
        }

    arn = aws.function("f", answer)
    api = aws.web.create_api(Name="web", ProtocolType="HTTP")["ApiId"]
    integration = aws.web.create_integration(
        ApiId=api,
        IntegrationType="AWS_PROXY",
        IntegrationUri=arn,
        PayloadFormatVersion="2.0",
        RequestParameters={"append:header.x-new": "$request.querystring.q"},
        ResponseParameters={
            "200": {
                "overwrite:statuscode": "203",
                "remove:header.x-old": "",
                "append:header.x-got": "$response.body.got",
                "append:header.x-stage": "stage-${context.stage}",
            }
        },
    )["IntegrationId"]
    aws.web.create_route(ApiId=api, RouteKey="GET /", Target=f"integrations/{integration}")
    aws.web.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)

    reply = aws.simulation.http("GET", "/?q=hi")

    assert (reply.status, "x-old" in reply.headers) == (203, False)
    assert (reply.headers.get("x-got"), reply.headers.get("x-stage")) == ("hi", "stage-$default")
