"""What does a function get and give when it is called by its URL?"""

import io
import json
import re
import zipfile
from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.gateway.function_url import response_of, response_of_refusal
from tests.sources.gateway.conftest import Aws, echo


@pytest.fixture
def url(aws: Aws) -> str:
    """Return the URL of a function that answers with its event."""
    aws.function("echo", echo)
    made = aws.client("lambda").create_function_url_config(FunctionName="echo", AuthType="NONE")
    return str(made["FunctionUrl"])


def test_an_event_says_how_it_was_called(aws: Aws, url: str) -> None:
    """Escapes stay in the path, queries are decoded and joined, headers are in small letters, cookies apart."""
    headers = [("X-Mine", "1"), ("x-mine", "2"), ("Cookie", "c=1; d=2")]

    given = aws.simulation.http("GET", f"{url}pa2%2Fth/1?a=1&b=%20&a=2", headers=headers).json()

    context = given["requestContext"]
    assert (given["rawPath"], given["rawQueryString"]) == ("/pa2%2Fth/1", "a=1&b=%20&a=2")
    assert given["queryStringParameters"] == {"a": "1,2", "b": " "}
    assert given["headers"]["x-mine"] == "1,2"
    assert given["cookies"] == ["c=1", "d=2"]
    assert (context["accountId"], context["routeKey"], context["stage"]) == ("anonymous", "$default", "$default")
    assert context["domainName"] == url.removeprefix("https://").rstrip("/")
    assert "body" not in given


def test_one_id_stands_for_the_request(aws: Aws) -> None:
    """In the event, in the function's context and in the response, that of an error as well (documented: by it one
    finds the log of an invocation).
    """

    def handler(event: Any, context: Any) -> Any:
        if event["rawPath"] == "/fail":
            raise ValueError
        return {"told": event["requestContext"]["requestId"], "own": context.aws_request_id}

    aws.function("ids", handler)
    url = aws.client("lambda").create_function_url_config(FunctionName="ids", AuthType="NONE")["FunctionUrl"]

    went, failed = aws.simulation.http("GET", url), aws.simulation.http("GET", f"{url}fail")

    request_id = went.headers["x-amzn-requestid"]
    assert went.json() == {"told": request_id, "own": request_id}
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", request_id)
    assert failed.status == 502
    assert failed.headers["x-amzn-requestid"] not in (request_id, "")


@pytest.mark.parametrize(
    ("kind", "body", "given"),
    [
        ("application/json", b'{"a": 1}', ('{"a": 1}', False)),
        ("application/problem+json; charset=utf-8", b"{}", ("{}", False)),
        ("image/png", b"\x89PNG", ("iVBORw==", True)),
        ("multipart/form-data; boundary=x", b"--x--", ("LS14LS0=", True)),
        ("text/plain", b"\xff", ("/w==", True)),
    ],
    ids=["JSON", "a kind of JSON", "image", "form with files", "text that is none"],
)
def test_a_body_is_text_or_base64(aws: Aws, url: str, kind: str, body: bytes, given: tuple[str, bool]) -> None:
    """The content type decides; what is no UTF-8 cannot be text."""
    event = aws.simulation.http("POST", url, headers={"Content-Type": kind}, body=body).json()

    assert (event["body"], event["isBase64Encoded"]) == given


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({"statusCode": 201, "body": "body123"}, 201, b"body123"),
        ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, 200, b"hi"),
        ({"statusCode": 204}, 204, b""),
        ({"foo": 1}, 200, b'{"foo":1}'),
        ("hello", 200, b"hello"),
        (3.1, 200, b"3.1"),
        (["hello", 3, True], 200, b'["hello",3,true]'),
        ({"statusCode": "what"}, 502, b"Internal Server Error"),
        ({"statusCode": 200, "headers": {"X": "a\r\nB: c"}}, 502, b"Internal Server Error"),
        ({"statusCode": 200, "headers": ["X"]}, 502, b"Internal Server Error"),
    ],
    ids=[
        *("text", "base64", "no body", "no status", "string", "number", "list"),
        *("bad status", "line break", "headers in a list"),
    ],
)
def test_a_result_becomes_a_response(result: Any, status: int, body: bytes) -> None:
    """A dictionary with a status describes the response, everything else is its body (recorded)."""
    made = response_of({"StatusCode": 200, "Payload": json.dumps(result).encode()})

    assert (made.status, made.body) == (status, body)


def test_headers_and_cookies_go_out() -> None:
    """Values become text; those that belong to the connection stay with the server."""
    result = {"statusCode": 200, "headers": {"X-Is": True, "Content-Length": "9"}, "cookies": ["a=1", "b=2"]}

    made = response_of({"Payload": json.dumps(result).encode()})

    assert set(made.headers) == {
        ("X-Is", "true"),
        ("Content-Type", "application/json"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    }


def test_a_function_that_failed_is_a_bad_gateway() -> None:
    """What it raised stays in its log (recorded)."""
    made = response_of({"FunctionError": "Unhandled", "Payload": b"{}"})

    assert (made.status, made.body) == (502, b"Internal Server Error")


def test_refusals_have_statuses_of_their_own() -> None:
    """No room is 429, whatever else keeps code from running is 403."""
    busy = ApiError("TooManyRequestsException", "Rate Exceeded.", status=429, fields={"Reason": "R", "Type": "User"})

    assert response_of_refusal(busy).body == b'{"Reason": "R", "Type": "User", "message": "Rate Exceeded."}'
    assert response_of_refusal(ApiError("ResourceNotFoundException", "gone", status=404)).status == 403


def test_a_url_that_leads_nowhere_is_forbidden(aws: Aws) -> None:
    """AWS says where to read on (recorded)."""
    reply = aws.simulation.http("GET", f"https://nobody.lambda-url.{aws.simulation.region}.on.aws/")

    assert (reply.status, reply.headers.get("x-amzn-errortype")) == (403, "AccessDeniedException")


def test_a_url_with_iam_wants_a_signature(aws: Aws, url: str) -> None:
    """Whose signature it is does not matter; that the caller is told, does."""
    aws.client("lambda").update_function_url_config(FunctionName="echo", AuthType="AWS_IAM")

    assert aws.simulation.http("GET", url).status == 403
    signed = aws.simulation.http("GET", url, headers={"Authorization": "AWS4-HMAC-SHA256 Credential=…"}).json()
    assert signed["requestContext"]["authorizer"]["iam"]["accountId"] == aws.simulation.account_id


def test_a_preflight_is_answered_by_the_url(aws: Aws, url: str) -> None:
    """With a configuration the function does not see it, and its own CORS headers are replaced."""
    cors = {"AllowOrigins": ["https://a.example"], "AllowMethods": ["GET"], "MaxAge": 60}
    aws.client("lambda").update_function_url_config(FunctionName="echo", Cors=cors)
    asks = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}

    preflight = aws.simulation.http("OPTIONS", url, headers=asks)
    other = aws.simulation.http("GET", url, headers={"Origin": "https://b.example"})

    assert preflight.headers.get("access-control-allow-origin") == "https://a.example"
    assert preflight.headers.get("access-control-max-age") == "60"
    assert other.status == 200
    assert "access-control-allow-origin" not in other.headers


def test_a_function_that_the_api_made_lets_nobody_in_by_itself(aws: Aws) -> None:
    """Its policy must allow everybody, for a URL without authentication."""
    client = aws.client("lambda")
    client.create_function(
        FunctionName="made",
        Runtime="python3.12",
        Role="arn:aws:iam::123456789012:role/r",
        Handler="app.handle",
        Code={"ZipFile": zipped("def handle(event, context):\n    return 'hello'\n")},
    )
    url = client.create_function_url_config(FunctionName="made", AuthType="NONE")["FunctionUrl"]

    before = aws.simulation.http("GET", url).status
    client.add_permission(
        FunctionName="made",
        StatementId="url",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )

    assert (before, aws.simulation.http("GET", url).text) == (403, "hello")
    assert "lambda.AddPermission" in aws.refusals()[0]


def zipped(source: str) -> bytes:
    """Return an archive with one module."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("app.py", source)
    return archive.getvalue()
