"""What does a function get and give when it is called by its URL?"""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from eventsim.errors import ApiError
from eventsim.live.function_urls import at_host, event_of, refusal, response_of
from eventsim.wire.http import Headers, HttpRequest

AT = datetime(2025, 3, 12, 19, 3, 58, 390_000, tzinfo=UTC)


def event(**settings: Any) -> dict[str, Any]:
    """Return the event for a request."""
    headers = Headers(settings.pop("headers", ()))
    request = HttpRequest(method=settings.pop("method", "GET"), headers=headers, **{"path": "/", **settings})
    return event_of(request, identifier="abc", region="us-east-1", request_id="id", at=AT)


def test_an_event_says_how_it_was_called() -> None:
    """Escapes stay in the path, queries are decoded and joined, headers are in small letters, cookies apart."""
    given = event(
        path="/pa2%2Fth/1",
        query="a=1&b=%20&a=2",
        headers=[("X-Mine", "1"), ("x-mine", "2"), ("Cookie", "c=1; d=2")],
    )

    context = given["requestContext"]
    assert (given["rawPath"], given["rawQueryString"]) == ("/pa2%2Fth/1", "a=1&b=%20&a=2")
    assert given["queryStringParameters"] == {"a": "1,2", "b": " "}
    assert given["headers"]["x-mine"] == "1,2"
    assert given["cookies"] == ["c=1", "d=2"]
    assert context["time"] == "12/Mar/2025:19:03:58 +0000"
    assert context["timeEpoch"] == 1741806238390
    assert context["domainName"] == "abc.lambda-url.us-east-1.on.aws"


def test_what_has_nothing_to_say_is_left_out() -> None:
    """Optional members are absent, not null."""
    assert event().keys().isdisjoint({"cookies", "queryStringParameters", "body"})


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
def test_a_body_is_text_or_base64(kind: str, body: bytes, given: tuple[str, bool]) -> None:
    """The content type decides; what is no UTF-8 cannot be text."""
    made = event(method="POST", headers=[("Content-Type", kind)], body=body)

    assert (made["body"], made["isBase64Encoded"]) == given


@pytest.mark.parametrize(
    ("result", "status", "body"),
    [
        ({"statusCode": 201, "body": "body123"}, 201, b"body123"),
        ({"statusCode": 200, "body": "aGk=", "isBase64Encoded": True}, 200, b"hi"),
        ({"statusCode": 204}, 204, b""),
        ({"foo": 1}, 200, b'{"foo":1}'),
        ("hello", 200, b"hello"),
        (["hello", 3, True], 200, b'["hello",3,true]'),
        ({"statusCode": "what"}, 502, b"Internal Server Error"),
        ({"statusCode": 200, "headers": {"X": "a\r\nB: c"}}, 502, b"Internal Server Error"),
        ({"statusCode": 200, "headers": ["X"]}, 502, b"Internal Server Error"),
    ],
    ids=["text", "base64", "no body", "no status", "string", "list", "bad status", "line break", "headers in a list"],
)
def test_a_result_becomes_a_response(result: Any, status: int, body: bytes) -> None:
    """A dictionary with a status describes the response, everything else is its body (recorded)."""
    made = response_of({"StatusCode": 200, "Payload": json.dumps(result).encode()})

    assert (made.status, made.body) == (status, body)


def test_headers_and_cookies_go_out() -> None:
    """Values become text; those that belong to the connection stay with the server."""
    result = {"statusCode": 200, "headers": {"X-Is": True, "Content-Length": "9"}, "cookies": ["a=1", "b=2"]}

    made = response_of({"Payload": json.dumps(result).encode()})

    assert made.headers == (
        ("X-Is", "true"),
        ("Content-Type", "application/json"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    )


def test_a_function_that_failed_is_a_bad_gateway() -> None:
    """What it raised stays in its log (recorded)."""
    made = response_of({"FunctionError": "Unhandled", "Payload": b"{}"})

    assert (made.status, made.body) == (502, b"Internal Server Error")


def test_refusals_have_statuses_of_their_own() -> None:
    """No room is 429, whatever else keeps code from running is 403."""
    busy = ApiError("TooManyRequestsException", "Rate Exceeded.", status=429, fields={"Reason": "R", "Type": "User"})

    assert refusal(busy).body == b'{"Reason": "R", "Type": "User", "message": "Rate Exceeded."}'
    assert refusal(ApiError("ResourceNotFoundException", "gone", status=404)).status == 403


def test_the_api_names_addresses_of_this_server() -> None:
    """AWS's domain would lead away."""
    url = {"FunctionUrl": "https://abc.lambda-url.eu-west-1.on.aws/"}

    assert at_host(url, "127.0.0.1:4566") == {"FunctionUrl": "http://abc.lambda-url.eu-west-1.localhost:4566/"}
    assert at_host({"FunctionUrlConfigs": [url]}, "[::1]:1")["FunctionUrlConfigs"] == [
        {"FunctionUrl": "http://abc.lambda-url.eu-west-1.localhost:1/"}
    ]
