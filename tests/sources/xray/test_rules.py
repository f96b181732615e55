"""Which requests are sampled, and what are groups?"""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim_sources.xray.rules import Rules
from tests.sources.xray.conftest import START, Client

RULE: dict[str, Any] = {
    "RuleName": "slow",
    "Priority": 10,
    "FixedRate": 0.0,
    "ReservoirSize": 2,
    "ServiceName": "shop*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "POST",
    "URLPath": "/buy/?",
    "ResourceARN": "*",
    "Version": 1,
}
HERE = "arn:aws:xray:us-east-1:123456789012"
BUY = {"ServiceName": "Shop/prod", "HTTPMethod": "post", "URLPath": "/buy/7"}


def names(xray: Client) -> list[str]:
    """Return the rules in their order."""
    return [each["SamplingRule"]["RuleName"] for each in xray("GetSamplingRules")["SamplingRuleRecords"]]


def test_there_is_a_default_rule(xray: Client) -> None:
    """One request in each second, and five per cent of the others (documented)."""
    (record,) = xray("GetSamplingRules")["SamplingRuleRecords"]

    rule = record["SamplingRule"]
    assert (rule["RuleARN"], rule["Priority"]) == (f"{HERE}:sampling-rule/Default", 10_000)
    assert (rule["ReservoirSize"], rule["FixedRate"], rule["Host"]) == (1, 0.05, "*")


def test_rules_stand_in_the_order_of_their_priority(xray: Client) -> None:
    """The default one is the last, whatever is made, changed and deleted."""
    xray("CreateSamplingRule", SamplingRule={**RULE, "RuleName": "b", "Priority": 20})
    made = xray("CreateSamplingRule", SamplingRule=RULE)["SamplingRuleRecord"]
    first = names(xray)
    xray.simulation.advance("1 minute")

    changed = xray("UpdateSamplingRule", SamplingRuleUpdate={"RuleName": "slow", "Priority": 30})["SamplingRuleRecord"]
    second = names(xray)
    xray("DeleteSamplingRule", RuleARN=f"{HERE}:sampling-rule/b")

    assert (first, second, names(xray)) == (["slow", "b", "Default"], ["b", "slow", "Default"], ["slow", "Default"])
    assert made["SamplingRule"]["RuleARN"] == f"{HERE}:sampling-rule/slow"
    assert (changed["ModifiedAt"] - changed["CreatedAt"]).seconds == 60


def test_a_rule_takes_its_reservoir_and_then_a_share(xray: Client) -> None:
    """In each second anew; patterns do not care for case (documented)."""
    xray("CreateSamplingRule", SamplingRule=RULE)
    rules = xray.simulation.share(Rules)

    taken = [rules.samples(**BUY) for _ in range(4)]
    xray.simulation.advance("1 second")

    assert taken == [True, True, False, False]
    assert rules.samples(**BUY)


def test_what_no_rule_is_about_goes_to_the_default_one(xray: Client) -> None:
    """It has a reservoir of its own."""
    xray("CreateSamplingRule", SamplingRule={**RULE, "ReservoirSize": 0})
    rules = xray.simulation.share(Rules)

    assert [rules.samples(**BUY), rules.samples(**{**BUY, "HTTPMethod": "GET"})] == [False, True]


UNFIT = {
    "a name that is taken": ("CreateSamplingRule", {"SamplingRule": {**RULE, "RuleName": "Default"}}),
    "no name": ("CreateSamplingRule", {"SamplingRule": {**RULE, "RuleName": None}}),
    "another version": ("CreateSamplingRule", {"SamplingRule": {**RULE, "Version": 2}}),
    "nobody": ("UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": "none", "Priority": 1}}),
    "two names": ("DeleteSamplingRule", {"RuleName": "a", "RuleARN": "b"}),
    "the default rule": ("DeleteSamplingRule", {"RuleName": "Default"}),
    "the default rule's host": ("UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": "Default", "Host": "a"}}),
    "more than all": ("UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": "Default", "FixedRate": 1.1}}),
    "less than none": ("UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": "Default", "ReservoirSize": -1}}),
    "a group that is not there": ("GetGroup", {"GroupName": "none"}),
    "a group of the default's name": ("CreateGroup", {"GroupName": "Default"}),
    "a group of nonsense": ("CreateGroup", {"GroupName": "g", "FilterExpression": "nonsense"}),
    "a group of groups": ("CreateGroup", {"GroupName": "g", "FilterExpression": 'group.name = "g"'}),
}


@pytest.mark.parametrize(("operation", "parameters"), UNFIT.values(), ids=UNFIT)
def test_what_makes_no_sense_is_refused(xray: Client, operation: str, parameters: dict[str, Any]) -> None:
    """With the only error that X-Ray has for it (documented; its words are unconfirmed)."""
    with pytest.raises(ApiError, match="InvalidRequestException"):
        xray(operation, **parameters)


def test_there_are_so_many_rules_and_no_more(xray: Client) -> None:
    """Twenty-five beside the default one (documented)."""
    for number in range(25):
        xray("CreateSamplingRule", SamplingRule={**RULE, "RuleName": f"r{number}"})

    with pytest.raises(ApiError, match="RuleLimitExceededException"):
        xray("CreateSamplingRule", SamplingRule=RULE)


def test_sdks_share_a_reservoir(xray: Client) -> None:
    """Each gets its part for ten seconds (documented; how it is shared is unconfirmed)."""
    xray("CreateSamplingRule", SamplingRule={**RULE, "ReservoirSize": 3})

    def quota(client: str, rule: str = "slow") -> Any:
        document = {"RuleName": rule, "ClientID": client * 24, "Timestamp": START, "RequestCount": 1, "SampledCount": 1}
        return xray("GetSamplingTargets", SamplingStatisticsDocuments=[document])

    alone, beside, first = quota("a"), quota("b"), quota("a")

    targets = [each["SamplingTargetDocuments"][0] for each in (alone, beside, first)]
    assert [each["ReservoirQuota"] for each in targets] == [3, 1, 2]
    assert (targets[0]["Interval"], (targets[0]["ReservoirQuotaTTL"] - START).seconds) == (10, 10)
    assert quota("a", "none")["UnprocessedStatistics"][0]["RuleName"] == "none"


def test_a_group_can_be_made_changed_and_deleted(xray: Client) -> None:
    """Its ARN ends in an id of its own (documented)."""
    made = xray("CreateGroup", GroupName="slow", FilterExpression="duration > 5")["Group"]
    xray("UpdateGroup", GroupARN=made["GroupARN"], FilterExpression="duration > 9")
    listed = xray("GetGroups")["Groups"]

    xray("DeleteGroup", GroupName="slow")

    assert made["GroupARN"].startswith(f"{HERE}:group/slow/")
    assert [(each["GroupName"], each["FilterExpression"]) for each in listed] == [("slow", "duration > 9")]
    assert xray("GetGroups")["Groups"] == []


def test_groups_and_rules_bear_tags(xray: Client) -> None:
    """By their ARNs."""
    tags = [{"Key": "team", "Value": "a"}]
    arns = [
        xray("CreateGroup", GroupName="slow", Tags=tags)["Group"]["GroupARN"],
        xray("CreateSamplingRule", SamplingRule=RULE, Tags=tags)["SamplingRuleRecord"]["SamplingRule"]["RuleARN"],
    ]

    for arn in arns:
        xray("TagResource", ResourceARN=arn, Tags=[{"Key": "stage", "Value": "b"}])
        xray("UntagResource", ResourceARN=arn, TagKeys=["team"])

    assert [xray("ListTagsForResource", ResourceARN=arn)["Tags"] for arn in arns] == [
        [{"Key": "stage", "Value": "b"}]
    ] * 2
    with pytest.raises(ApiError, match="ResourceNotFoundException"):
        xray("ListTagsForResource", ResourceARN=f"{HERE}:group/none")


def test_a_group_bears_fifty_tags(xray: Client) -> None:
    """And no more (documented; which error it is when a group is made is unconfirmed)."""
    tags = [{"Key": str(number), "Value": ""} for number in range(51)]
    arn = xray("CreateGroup", GroupName="slow", Tags=tags[1:])["Group"]["GroupARN"]

    xray("TagResource", ResourceARN=arn, Tags=tags[1:])
    with pytest.raises(ApiError, match="TooManyTagsException"):
        xray("TagResource", ResourceARN=arn, Tags=tags[:1])
    with pytest.raises(ApiError, match="InvalidRequestException"):
        xray("CreateGroup", GroupName="fast", Tags=tags)


def test_whether_there_should_be_insights_is_kept(xray: Client) -> None:
    """The trace says that there are none; nobody is told of what is not looked for."""
    wanted = {"InsightsEnabled": True, "NotificationsEnabled": True}

    made = xray("CreateGroup", GroupName="g", InsightsConfiguration=wanted)["Group"]
    changed = xray("UpdateGroup", GroupName="g", InsightsConfiguration={"NotificationsEnabled": False})["Group"]

    assert made["InsightsConfiguration"] == wanted
    assert changed["InsightsConfiguration"] == {"InsightsEnabled": True, "NotificationsEnabled": False}
    assert xray.simulation.trace.count("accepted without effect") == 1
    with pytest.raises(ApiError, match="InvalidRequestException"):
        xray("CreateGroup", GroupName="h", InsightsConfiguration={"NotificationsEnabled": True})


def test_attributes_of_a_sampling_rule_are_refused(xray: Client) -> None:
    """By name, with the stub that answers instead."""
    with pytest.raises(ApiError, match="Attributes of a sampling rule is not simulated"):
        xray("CreateSamplingRule", SamplingRule={**RULE, "Attributes": {"a": "b"}})
