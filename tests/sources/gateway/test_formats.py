"""What do functions get and give in the formats 1.0 and 2.0, and behind a load balancer?"""

import json
from typing import Any

import pytest

from eventsim_sources.gateway import format_v1, format_v2
from eventsim_sources.gateway.answer import Answer, Malformed
from eventsim_sources.gateway.balancer import event as balancer
from tests.sources.gateway.conftest import Aws, echo


def described(result: Any) -> Answer | str:
    """Return what a result describes in format 1.0, or why it does not."""
    try:
        return format_v1.answer(json.dumps(result))
    except Malformed as error:
        return str(error)


@pytest.mark.parametrize(
    ("result", "status"),
    [({"statusCode": 201}, 201), ({"statusCode": "201"}, 201), ({"headers": {}}, 200), ({"headers": None}, 200)],
    ids=["number", "numeric string", "no status", "no headers"],
)
def test_a_result_may_leave_things_out(result: Any, status: int) -> None:
    """An absent status is 200, absent headers are none (recorded)."""
    answer = described(result)

    assert isinstance(answer, Answer)
    assert answer.status == status


@pytest.mark.parametrize(
    "result",
    [
        {"statusCode": 200, "foo": 1},
        {"foo": 1},
        "text",
        [1],
        3,
        None,
        {"statusCode": "what"},
        {"statusCode": 200, "body": {"a": 1}},
        {"multiValueHeaders": {"X": "a"}},
    ],
    ids=["unknown key", "no response", "string", "list", "number", "nothing", "status", "body", "no list"],
)
def test_a_result_that_is_no_response_is_malformed(result: Any) -> None:
    """One unknown member is enough (recorded)."""
    assert isinstance(described(result), str)


def test_headers_of_both_maps_are_combined() -> None:
    """Several values come first, whatever the casing of the names (recorded)."""
    answer = described({"headers": {"x-a": "solo", "X-B": True}, "multiValueHeaders": {"X-A": ["multi"]}})

    assert isinstance(answer, Answer)
    assert answer.headers == (("x-a", "multi, solo"), ("X-B", "true"))


def test_format_2_takes_a_result_without_a_status_for_the_body() -> None:
    """A string is sent as it is, anything else as JSON."""
    assert format_v2.answer('{"foo":1}').body == '{"foo":1}'
    assert format_v2.answer('"text"').body == "text"
    assert format_v2.answer('{"statusCode":200,"foo":1}').body == ""


def test_an_event_of_format_1_keeps_what_came(aws: Aws) -> None:
    """Headers keep their casing, the last value of a name wins, escapes stay, absent things are null (recorded)."""
    aws.function("echo", echo)
    aws.simulation.add_source("apis", "shop", type="rest", routes={"ANY /{proxy+}": "echo"})

    event = aws.simulation.http(
        "GET", "/a//b%2Bc/?p=1&p=2&q=a+b%2B", headers=[("tEsT", "1"), ("tEsT", "2"), ("User-Agent", "me")]
    ).json()

    assert event["path"] == "/a//b%2Bc/"
    assert event["pathParameters"] == {"proxy": "a/b%2Bc"}
    assert event["requestContext"]["path"] == "/prod/a//b%2Bc/"
    assert (event["headers"]["tEsT"], event["multiValueHeaders"]["tEsT"]) == ("2", ["1", "2"])
    assert event["queryStringParameters"] == {"p": "2", "q": "a b+"}
    assert event["multiValueQueryStringParameters"] == {"p": ["1", "2"], "q": ["a b+"]}
    assert event["requestContext"]["identity"]["userAgent"] == "me"
    assert (event["body"], event["stageVariables"], "authorizer" in event["requestContext"]) == (None, None, False)
    assert event["requestContext"]["requestTime"] == "01/Jan/2026:00:00:00 +0000"


def test_an_http_api_says_of_format_1_that_it_is_that(aws: Aws) -> None:
    """Its version is named, where REST APIs name none."""
    aws.function("echo", echo)
    aws.simulation.add_source("apis", "web", routes={"GET /a": {"function": "echo", "payload": "1.0"}})

    event = aws.simulation.http("GET", "/a").json()

    assert (event["version"], event["resource"], event["httpMethod"]) == ("1.0", "/a", "GET")


def test_an_event_of_format_2_leaves_out_what_is_not_there(aws: Aws) -> None:
    """No body, no cookies, no parameters: no members."""
    aws.function("echo", echo)
    aws.simulation.add_source("apis", "web", routes={"GET /a": "echo"}, stage="dev", variables={"v": "1"})

    event = aws.simulation.http("GET", "/a").json()

    assert event.keys().isdisjoint({"body", "cookies", "queryStringParameters", "pathParameters"})
    assert (event["rawPath"], event["stageVariables"]) == ("/dev/a", {"v": "1"})
    assert event["requestContext"]["timeEpoch"] == 1767225600000


@pytest.mark.parametrize("many", [False, True], ids=["one value", "many values"])
def test_a_load_balancer_hands_over_one_value_or_all(aws: Aws, *, many: bool) -> None:
    """Query values stay encoded, header names are small, an absent body is empty text."""
    aws.function("echo", lambda event, _: {"statusCode": 200, "body": json.dumps(event)})
    aws.simulation.add_source("load_balancers", "front", function="echo", multi_value=many)

    event = aws.simulation.http("GET", "/x?a=%20&a=b", headers=[("X-A", "1"), ("x-a", "2")]).json()

    if many:
        assert event["multiValueQueryStringParameters"] == {"a": ["%20", "b"]}
        assert event["multiValueHeaders"]["x-a"] == ["1", "2"]
        assert "headers" not in event
    else:
        assert (event["queryStringParameters"], event["headers"]["x-a"]) == ({"a": "b"}, "2")
    assert (event["body"], event["isBase64Encoded"]) == ("", False)
    assert ":targetgroup/front-echo/" in event["requestContext"]["elb"]["targetGroupArn"]


@pytest.mark.parametrize("result", [{"body": "x"}, "text", {"statusCode": 200, "body": 1}])
def test_a_load_balancer_wants_a_status(result: Any) -> None:
    """Without one the client gets a page that says 502."""
    with pytest.raises(Malformed):
        balancer.answer(json.dumps(result), has_many_values=False)


@pytest.mark.parametrize("kind", ["rest", "http", "balancer"])
def test_where_a_request_was_before_is_handed_on(aws: Aws, kind: str) -> None:
    """The address that asks is put behind those that the client names; its port is AWS's word (documented)."""
    aws.function("echo", echo)
    if kind == "balancer":
        aws.simulation.add_source("load_balancers", "front", function="echo")
    else:
        aws.simulation.add_source("apis", "front", type=kind, routes={"GET /a": "echo"})

    headers = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Port": "1"}
    event = aws.simulation.http("GET", "/a", api="front", headers=headers).json()

    told = {name.lower(): value for name, value in event["headers"].items()}
    assert told["x-forwarded-for"] == "203.0.113.9, 127.0.0.1"
    assert told["x-forwarded-port"] in ("80", "443")
    several = {name.lower(): values for name, values in event.get("multiValueHeaders", {}).items()}
    assert several.get("x-forwarded-for", [told["x-forwarded-for"]]) == [told["x-forwarded-for"]]
