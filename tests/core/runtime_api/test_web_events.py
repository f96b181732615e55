"""How does an event become a request to a web program, and its response the function's answer?"""

import base64
import json
from typing import Any

import pytest

from eventsim.runtime_api.web_events import (
    Pairs,
    WebRequest,
    WebResponse,
    answer_of,
    prelude_of,
    request_of,
    settings_of,
)

HTTP = {"version": "2.0", "rawPath": "/a b", "requestContext": {"http": {"method": "PUT"}, "stage": "$default"}}
REST = {"path": "/shop/a", "httpMethod": "GET", "requestContext": {"stage": "prod"}}
BALANCER = {"path": "/a", "httpMethod": "GET", "requestContext": {"elb": {}}}


def asked(event: Any, **variables: str) -> WebRequest:
    return request_of(event, {"request_id": "1"}, settings_of(variables))


def answered(event: Any, headers: Pairs = (), body: bytes = b"", status: int = 200) -> Any:
    return answer_of(event, WebResponse(status=status, headers=headers, body=body))


@pytest.mark.parametrize(
    ("event", "method", "target"),
    [
        (HTTP, "PUT", "/a b"),
        ({**HTTP, "rawQueryString": "a=1&a=2"}, "PUT", "/a b?a=1&a=2"),
        ({**REST, "multiValueQueryStringParameters": {"a": ["1", "ö &"]}}, "GET", "/shop/a?a=1&a=%C3%B6+%26"),
        ({**REST, "queryStringParameters": {"a": "2"}}, "GET", "/shop/a?a=2"),
        ({**BALANCER, "queryStringParameters": {"a": "%20"}}, "GET", "/a?a=%20"),
        ({"Records": []}, "POST", "/events"),
        ([1], "POST", "/events"),
    ],
    ids=["http", "query", "many", "one", "balancer", "records", "list"],
)
def test_an_event_is_a_request(event: Any, method: str, target: str) -> None:
    """A load balancer hands on what it got; others have taken it apart."""
    request = asked(event)

    assert (request.method, request.target) == (method, target)


def test_headers_and_cookies_are_passed_on() -> None:
    """With what the adapter tells of the invocation."""
    request = asked({**HTTP, "headers": {"Host": "h", "Connection": "close"}, "cookies": ["a=1", "b=2"]})

    assert request.headers == [
        ("Host", "h"),
        ("cookie", "a=1; b=2"),
        ("x-amzn-lambda-context", '{"request_id":"1"}'),
        ("x-amzn-request-context", '{"http":{"method":"PUT"},"stage":"$default"}'),
    ]


def test_each_value_of_a_header_is_passed_on() -> None:
    """As events of REST APIs have them."""
    request = asked({**REST, "multiValueHeaders": {"Accept": ["a", "b"]}, "headers": {"Accept": "b"}})

    assert request.headers[:2] == [("Accept", "a"), ("Accept", "b")]


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ({**HTTP, "body": "ö"}, "ö".encode()),
        ({**HTTP, "body": base64.b64encode(b"\xff").decode(), "isBase64Encoded": True}, b"\xff"),
        ({**HTTP, "body": None}, b""),
        ({"a": [1]}, b'{"a":[1]}'),
    ],
)
def test_a_body_is_handed_over(event: Any, body: bytes) -> None:
    """Decoded, and of any other event as JSON."""
    assert asked(event).body == body


@pytest.mark.parametrize(
    ("variables", "target"),
    [
        ({"AWS_LWA_REMOVE_BASE_PATH": "/shop"}, "/a"),
        ({"REMOVE_BASE_PATH": "/shop/a"}, "/"),
        ({"AWS_LWA_REMOVE_BASE_PATH": "/other"}, "/shop/a"),
    ],
)
def test_a_base_path_is_left_out(variables: dict[str, str], target: str) -> None:
    """By the variable's older name, too."""
    assert asked(REST, **variables).target == target


def test_other_events_may_go_elsewhere() -> None:
    """With or without a slash."""
    assert asked({}, AWS_LWA_PASS_THROUGH_PATH="jobs").target == "/jobs"


def test_another_header_may_authorize() -> None:
    """It stands in the place of `Authorization`."""
    event = {**HTTP, "headers": {"Authorization": "signed", "X-Own": "token"}}

    assert asked(event, AWS_LWA_AUTHORIZATION_SOURCE="X-Own").headers[0] == ("authorization", "token")


def test_an_http_api_is_answered() -> None:
    """Values of one header are joined, cookies stand by themselves."""
    headers = [("Content-Type", "text/plain"), ("X", "1"), ("x", "2"), ("Set-Cookie", "a=1"), ("Connection", "close")]

    assert answered(HTTP, headers, b"hi", 201) == {
        "statusCode": 201,
        "headers": {"content-type": "text/plain", "x": "1, 2"},
        "cookies": ["a=1"],
        "body": "hi",
        "isBase64Encoded": False,
    }


def test_a_rest_api_is_answered() -> None:
    """With every value."""
    answer = answered(REST, [("X", "1"), ("x", "2")])

    assert answer == {"statusCode": 200, "multiValueHeaders": {"x": ["1", "2"]}, "body": "", "isBase64Encoded": False}


def test_a_balancer_is_answered() -> None:
    """With every value and with the last, as its target group may want either."""
    answer = answered(BALANCER, [("X", "1"), ("x", "2")], status=404)

    assert (answer["statusDescription"], answer["headers"], answer["multiValueHeaders"]) == (
        "404 Not Found",
        {"x": "2"},
        {"x": ["1", "2"]},
    )


@pytest.mark.parametrize(
    ("headers", "is_text"),
    [
        ([("content-type", "text/html")], True),
        ([("content-type", "application/json")], True),
        ([("content-type", "application/problem+json")], True),
        ([("content-type", "application/x; charset=utf-8")], True),
        ([("content-type", "image/png")], False),
        ([], False),
        ([("content-type", "text/html"), ("content-encoding", "gzip")], False),
        ([("content-type", "text/html"), ("content-encoding", "identity")], True),
    ],
)
def test_what_is_no_text_is_encoded(headers: Pairs, is_text: bool) -> None:
    """By what its headers say of it."""
    answer = answered(HTTP, headers, b"hi")

    assert (answer["body"], answer["isBase64Encoded"]) == (("hi", False) if is_text else ("aGk=", True))


def test_other_events_are_answered_in_json() -> None:
    """Whatever the type says; nothing is null, and other text is a mistake."""
    assert answered({}, [("content-type", "text/plain")], b'{"a": 1}') == {"a": 1}
    assert answered({}) is None
    with pytest.raises(ValueError, match="Expecting value"):
        answered({}, body=b"hello")


def test_a_streamed_answer_has_a_prelude() -> None:
    """Its status and its headers, and eight zeros."""
    told = prelude_of(WebResponse(status=200, headers=[("X", "1"), ("Set-Cookie", "a=1")], body=b""))

    assert told.endswith(b"}" + bytes(8))
    assert json.loads(told[:-8]) == {"statusCode": 200, "headers": {"x": "1"}, "cookies": ["a=1"]}


def test_statuses_may_be_errors() -> None:
    """One by one, and in ranges."""
    settings = settings_of({"AWS_LWA_ERROR_STATUS_CODES": "404, 500-502"})

    assert settings.errors == {404, 500, 501, 502}
