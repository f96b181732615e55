"""Which traces does a filter expression mean?"""

import pytest

from eventsim import ApiError
from tests.sources.xray.conftest import Client, segment, subsegment

REQUEST = {"request": {"url": "https://shop/buy", "method": "POST"}, "response": {"status": 500}}
TRUE = [
    "fault",
    "fault = true",
    "!ok",
    "ok = false",
    "ok != true",
    "error OR fault",
    "fault AND !error AND !throttle",
    "!(error OR throttle)",
    "responsetime >= 2",
    "duration > 2.5",
    "responsetime < 2.5 and duration < 10",
    "http.status = 500",
    "http.status != 200",
    'http.url CONTAINS "shop"',
    'http.url BEGINSWITH "https://"',
    'http.method != "GET"',
    'user = "ada"',
    'user CONTAINS ""',
    'annotation.tier = "gold"',
    'annotation[tier] ENDSWITH "ld"',
    "annotation.vip = true",
    "annotation.n > 3 AND annotation.n <= 5",
    "annotation.tier",
    "!annotation.none",
    'name = "pay"',
    'type = "AWS::Lambda"',
    'resource.arn CONTAINS "pay"',
    "service()",
    'service("pay")',
    '!service("other")',
    'service("pay") { !fault AND duration < 2 }',
    'service("shop") { fault AND root }',
    'service("pay") { annotation.vip = true }',
    'service(id(name: "pay", type: "AWS::Lambda"))',
    'service(id(account.id: "123456789012"))',
    'edge("shop", "pay")',
    'edge("shop", "pay") { ok }',
    'edge(id(name: "shop"), "pay")',
]
FALSE = [
    "ok",
    "error",
    "throttle",
    "partial",
    "responsetime > 2",
    "http.status < 400",
    'http.method = "GET"',
    'user != "ada"',
    "annotation.tier = 4",
    'annotation.vip = "true"',
    "annotation.n = true",
    'service("pay") { fault }',
    'service("pay") { root }',
    'service("shop") { annotation.tier = "gold" }',
    'service(id(name: "pay", type: "AWS::Lambda::Function"))',
    'edge("pay", "shop")',
    'edge("shop", "pay") { fault }',
    "inferred",
]


@pytest.fixture
def traced(xray: Client) -> Client:
    """A trace of two services."""
    annotated = [subsegment("c", annotations={"tier": "gold", "n": 4})]
    xray.put(
        segment("a", end=2, fault=True, http=REQUEST, user="ada"),
        segment(
            "b",
            "pay",
            begin=1.5,
            end=3,
            parent_id="a",
            origin="AWS::Lambda",
            resource_arn="arn:pay",
            aws={"account_id": "123456789012"},
            annotations={"vip": True},
            subsegments=annotated,
        ),
    )
    return xray


@pytest.mark.parametrize("expression", TRUE)
def test_an_expression_finds_the_trace(traced: Client, expression: str) -> None:
    """The documented keywords, operators and services."""
    assert len(traced.summaries(expression)) == 1


@pytest.mark.parametrize("expression", FALSE)
def test_an_expression_does_not_find_the_trace(traced: Client, expression: str) -> None:
    """Values of another type are others; braces are about the segments of that service only."""
    assert traced.summaries(expression) == []


@pytest.mark.parametrize(
    "expression",
    [
        "nonsense",
        "fault fault",
        "fault AND",
        "(fault",
        "responsetime",
        "responsetime > fast",
        'responsetime CONTAINS "1"',
        'user > "a"',
        "user = ada",
        'service("pay"',
        'edge("pay")',
        'service(id(colour: "red"))',
        "service(id())",
        "annotation.n CONTAINS 1",
        "fault; drop",
        "!" * 200 + "fault",
    ],
)
def test_what_is_no_expression_is_refused(xray: Client, expression: str) -> None:
    """And the refusal shows where (the words are unconfirmed)."""
    with pytest.raises(ApiError, match="InvalidRequestException: Invalid filter expression") as caught:
        xray.summaries(expression)

    assert caught.value.status == 400


@pytest.mark.parametrize("keyword", ["first", "remote", "coverage > 1", 'rootcause.fault.service { name = "a" }'])
def test_root_causes_are_refused_by_name(xray: Client, keyword: str) -> None:
    """They are not worked out."""
    with pytest.raises(ApiError, match=rf"`{keyword.split()[0]}` in a filter expression is not simulated"):
        xray.summaries(keyword)


def test_a_group_stands_for_its_expression(traced: Client) -> None:
    """By its name or its ARN."""
    arn = traced("CreateGroup", GroupName="slow", FilterExpression="responsetime > 1")["Group"]["GroupARN"]

    assert len(traced.summaries('group.name = "slow" AND service("pay")')) == 1
    assert len(traced.summaries(f'group.arn = "{arn}"')) == 1
    assert traced.summaries('group.name = "slow" AND ok') == []
    with pytest.raises(ApiError, match="Group not found"):
        traced.summaries('group.name = "fast"')
