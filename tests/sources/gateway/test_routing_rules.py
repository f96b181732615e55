"""Do rules of a domain lead to the right API? By headers, base paths and priorities."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sources.gateway.conftest import Aws

NAME = "api.example.com"
ALPHA = {"MatchHeaders": {"AnyOf": [{"Header": "X-Version", "ValueGlob": "alpha*"}]}}
ORDERS = {"MatchBasePaths": {"AnyOf": ["orders", "orders/new"]}}


class Rules:
    """A domain with two APIs, `old` and `new`, which answer with their names and the path that they see."""

    def __init__(self, aws: Aws, mode: str) -> None:
        self.aws = aws
        self.ids = {name: self._api(name) for name in ("old", "new")}
        aws.web.create_domain_name(DomainName=NAME, RoutingMode=mode)

    def _api(self, name: str) -> str:
        arn = self.aws.function(name, lambda event, _: f"{name} {event['rawPath']}")
        made = self.aws.web.create_api(Name=name, ProtocolType="HTTP", Target=arn)
        identifier: str = made["ApiId"]
        return identifier

    def add(self, to: str, priority: int, *conditions: dict[str, Any], strips: bool = False) -> Any:
        """Add a rule."""
        action = {"ApiId": self.ids[to], "Stage": "$default", "StripBasePath": strips}
        return self.aws.web.create_routing_rule(
            DomainName=NAME, Priority=priority, Conditions=list(conditions), Actions=[{"InvokeApi": action}]
        )

    def ask(self, path: str, **headers: str) -> str:
        """Return what a request is answered."""
        reply = self.aws.simulation.http("GET", f"https://{NAME}{path}", headers=headers)
        return reply.text if reply.status == 200 else str(reply.status)


@pytest.fixture
def rules(aws: Aws) -> Rules:
    return Rules(aws, "ROUTING_RULE_ONLY")


def test_the_rule_with_the_least_priority_comes_first(rules: Rules) -> None:
    """One without conditions takes what is left; without any the request is forbidden."""
    rules.add("new", 10, ALPHA)
    before = rules.ask("/x")
    rules.add("old", 20)

    assert before == "403"
    assert rules.ask("/x", **{"x-version": "alpha-7"}) == "new /x"
    assert [rules.ask("/x", **{"x-version": value}) for value in ("beta", "my-alpha")] == ["old /x"] * 2


@pytest.mark.parametrize(
    ("glob", "taken"),
    [("a", ["a"]), ("a*", ["a", "ab"]), ("*a", ["a", "ba"]), ("*a*", ["a", "ab", "ba", "bab"]), ("*", ["a", "bab"])],
)
def test_a_value_is_like_a_glob(rules: Rules, glob: str, taken: list[str]) -> None:
    """The beginning, the end or the middle; a header that is not there is like none."""
    rules.add("new", 1, {"MatchHeaders": {"AnyOf": [{"Header": "X-V", "ValueGlob": glob}]}})

    assert [rules.ask("/", **{"X-V": value}) for value in taken] == ["new /"] * len(taken)
    assert rules.ask("/") == "403"


def test_conditions_hold_together(rules: Rules) -> None:
    """Headers and base path; the alternatives of one are any of them."""
    rules.add("new", 1, ALPHA, ORDERS)

    answers = [rules.ask("/orders/1", **{"X-Version": "alpha"}), rules.ask("/orders/1"), rules.ask("/ordersX")]

    assert answers == ["new /orders/1", "403", "403"]


def test_a_base_path_is_stripped_if_the_rule_says_so(rules: Rules) -> None:
    """The longest that fits."""
    arn = rules.aws.function("narrow", lambda event, _: f"narrow {event['routeKey']}")
    made = rules.aws.web.create_api(Name="narrow", ProtocolType="HTTP", Target=arn, RouteKey="GET /7")
    rules.ids["narrow"] = made["ApiId"]
    rule = rules.add("narrow", 1, ORDERS, strips=True)
    stripped = [rules.ask(path) for path in ("/orders/7", "/orders/new/7", "/7")]

    changed = {name: rule[name] for name in ("Priority", "Conditions", "RoutingRuleId")}
    action = {**rule["Actions"][0]["InvokeApi"], "StripBasePath": False}
    rules.aws.web.put_routing_rule(DomainName=NAME, Actions=[{"InvokeApi": action}], **changed)

    assert stripped == ["narrow GET /7", "narrow GET /7", "403"]
    assert rules.ask("/orders/7") == "404"


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("API_MAPPING_ONLY", "old /x"), ("ROUTING_RULE_THEN_API_MAPPING", "new /x"), ("ROUTING_RULE_ONLY", "new /x")],
)
def test_the_mode_says_whether_rules_count(aws: Aws, mode: str, expected: str) -> None:
    """And whether mappings do after them."""
    rules = Rules(aws, mode)
    aws.web.create_api_mapping(DomainName=NAME, ApiId=rules.ids["old"], Stage="$default")
    rules.add("new", 1, ALPHA)

    assert rules.ask("/x", **{"X-Version": "alpha"}) == expected
    assert rules.ask("/x") == ("403" if mode == "ROUTING_RULE_ONLY" else "old /x")


def test_rules_are_told_changed_and_deleted(rules: Rules) -> None:
    """In the order in which they are asked."""
    web = rules.aws.web
    last, first = rules.add("old", 20), rules.add("new", 10, ALPHA, ORDERS, strips=True)

    listed = web.list_routing_rules(DomainName=NAME)["RoutingRules"]
    changed = {name: last[name] for name in ("Actions", "Conditions", "RoutingRuleId")}
    web.put_routing_rule(DomainName=NAME, Priority=5, **changed)
    told = web.get_routing_rule(DomainName=NAME, RoutingRuleId=last["RoutingRuleId"])
    web.delete_routing_rule(DomainName=NAME, RoutingRuleId=first["RoutingRuleId"])

    assert [each["RoutingRuleId"] for each in listed] == [first["RoutingRuleId"], last["RoutingRuleId"]]
    assert (listed[0]["Conditions"], listed[0]["Actions"][0]["InvokeApi"]["StripBasePath"]) == ([ALPHA, ORDERS], True)
    assert (told["Priority"], len(web.list_routing_rules(DomainName=NAME)["RoutingRules"])) == (5, 1)


@pytest.mark.parametrize(
    ("priority", "conditions", "code"),
    [(1, [], "ConflictException"), (2, [ORDERS, ORDERS], "BadRequestException")],
    ids=["same priority", "two base paths"],
)
def test_a_rule_that_makes_no_sense_is_refused(rules: Rules, priority: int, conditions: Any, code: str) -> None:
    """Before anything is made."""
    rules.add("old", 1)

    with pytest.raises(ClientError) as refused:
        rules.add("new", priority, *conditions)

    assert refused.value.response["Error"]["Code"] == code
    assert len(rules.aws.web.list_routing_rules(DomainName=NAME)["RoutingRules"]) == 1
