"""How do events come to buses of other accounts and regions? Through boto3, and in a scenario."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ConfigurationError, SyncSimulation
from tests.sources.bus.conftest import HERE, Bench

ACCOUNT, REGION = "222222222222", "eu-west-1"
CENTRAL = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/central"
ABROAD = f"arn:aws:events:{REGION}:123456789012:event-bus/abroad"
ROLE = "arn:aws:iam::123456789012:role/to-bus"
HOME = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "events:PutEvents", "Resource": "*"}
ALL: Any = {"source": ["shop"]}


def elsewhere(bench: Bench, name: str = "central", arn: str = CENTRAL, policy: Any = (HOME,)) -> None:
    """Make a bus in another account or region, whose events go to a queue of its name."""
    bench.simulation.add_source("buses", name, arn=arn, policy=list(policy))
    bench.simulation.add_source("queues", name)
    bench.simulation.add_source("rules", f"of-{name}", bus=arn, pattern=ALL, targets=[{"queue": name}])


def sent_to(bench: Bench, arn: str, **given: Any) -> None:
    """Let a rule of the default bus send events of the shop to a bus, and what is lost to a queue."""
    bench.sqs.create_queue(QueueName="lost")
    bench.rule(pattern=ALL)
    bench.target(arn=arn, DeadLetterConfig={"Arn": f"arn:aws:sqs:{HERE}:lost"}, **given)


def why_lost(bench: Bench) -> tuple[str, str]:
    """Return code and message of the one event that was lost."""
    (message,) = bench.messages("lost")
    attributes = message["MessageAttributes"]
    return attributes["ERROR_CODE"]["StringValue"], attributes["ERROR_MESSAGE"]["StringValue"]


@pytest.mark.parametrize(("name", "arn"), [("central", CENTRAL), ("abroad", ABROAD)], ids=["account", "region"])
def test_an_event_keeps_its_origin_elsewhere(bench: Bench, name: str, arn: str) -> None:
    """Its account and its region are those where it was put, and it keeps its id (unconfirmed)."""
    elsewhere(bench, name, arn)
    sent_to(bench, arn, RoleArn=ROLE)

    put = bench.put({"order": 7})

    (body,) = map(json.loads, bench.got(name))
    assert (body["id"], body["account"], body["region"]) == (put["EventId"], "123456789012", "us-east-1")
    assert body["detail"] == {"order": 7}


def test_a_bus_lets_nobody_else_in_by_itself(bench: Bench) -> None:
    """What its policy does not allow is lost at once, and the message says how to mend it."""
    elsewhere(bench, policy=())
    sent_to(bench, CENTRAL, RoleArn=ROLE)

    bench.put()

    code, message = why_lost(bench)
    assert code == "NO_PERMISSIONS"
    assert message == (
        "the policy of bus central does not let account 123456789012 put events; allow it by PutPermission in account "
        "222222222222"
    )
    assert bench.got("central") == []


def test_another_region_of_the_same_account_needs_no_policy(bench: Bench) -> None:
    """A bus lets in its own account."""
    elsewhere(bench, "abroad", ABROAD, policy=())
    sent_to(bench, ABROAD, RoleArn=ROLE)

    bench.put()

    assert len(bench.got("abroad")) == 1


def test_a_bus_that_is_not_there_is_missing(bench: Bench) -> None:
    """It is told where it was looked for."""
    sent_to(bench, CENTRAL, RoleArn=ROLE)

    bench.put()

    assert why_lost(bench) == ("NO_RESOURCE", "there is no bus central in us-east-1 of account 222222222222")


def test_an_event_does_not_come_to_a_third_account(bench: Bench) -> None:
    """It may change account once (documented)."""
    third = CENTRAL.replace(ACCOUNT, "333333333333")
    everybody = {**HOME, "Principal": "*"}
    elsewhere(bench, policy=[everybody])
    elsewhere(bench, "third", third, policy=[everybody])
    lost = {"dead_letter": "lost"}
    sent_to(bench, CENTRAL, RoleArn=ROLE)
    bench.simulation.add_source("rules", "on", bus=CENTRAL, pattern=ALL, targets=[{"bus": third, **lost}])

    bench.put()

    code, message = why_lost(bench)
    assert code == "THIRD_ACCOUNT_HOP_DETECTED"
    assert message == "the event comes from account 123456789012, and goes no further than account 222222222222"
    assert (len(bench.got("central")), len(bench.got("third"))) == (1, 0)


def test_an_event_does_not_come_to_a_third_region(bench: Bench) -> None:
    """It may change region once (documented)."""
    third = ABROAD.replace(REGION, "ap-south-1")
    elsewhere(bench, "abroad", ABROAD)
    elsewhere(bench, "third", third)
    sent_to(bench, ABROAD, RoleArn=ROLE)
    target = {"bus": third, "dead_letter": "lost"}
    bench.simulation.add_source("rules", "on", bus=ABROAD, pattern=ALL, targets=[target])

    bench.put()

    assert why_lost(bench)[0] == "THIRD_REGION_HOP_DETECTED"


def test_an_event_changes_account_and_region(bench: Bench) -> None:
    """One hop of each."""
    far = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/far"
    elsewhere(bench)
    elsewhere(bench, "far", far)
    sent_to(bench, CENTRAL, RoleArn=ROLE)
    bench.simulation.add_source("rules", "on", bus=CENTRAL, pattern=ALL, targets=[{"bus": far}])

    bench.put()

    assert len(bench.got("far")) == 1


@pytest.mark.parametrize("arn", [CENTRAL, ABROAD], ids=["account", "region"])
def test_a_bus_elsewhere_needs_a_role(bench: Bench, arn: str) -> None:
    """Another bus of the same account and region needs none."""
    bench.rule(pattern=ALL)

    with pytest.raises(ClientError, match=f"RoleArn is required for target {arn}"):
        bench.target(arn=arn)

    bench.target(arn=f"arn:aws:events:{HERE}:event-bus/other")


def test_a_role_is_not_taken_away_by_leaving_it_out(bench: Bench) -> None:
    """Of the same target of the same bus (documented)."""
    bench.rule(pattern=ALL)
    bench.target(arn=CENTRAL, RoleArn=ROLE)

    bench.target(arn=CENTRAL, RetryPolicy={"MaximumRetryAttempts": 1})

    (target,) = bench.events.list_targets_by_rule(Rule="r")["Targets"]
    assert (target["RoleArn"], target["RetryPolicy"]) == (ROLE, {"MaximumRetryAttempts": 1})


def test_a_bus_of_another_account_gets_the_event_as_it_is(bench: Bench) -> None:
    """Inputs are not available (documented)."""
    bench.rule(pattern=ALL)

    with pytest.raises(ClientError, match="InputPath is not supported for target t"):
        bench.target(arn=CENTRAL, RoleArn=ROLE, InputPath="$.detail")


# --- PutEvents ---------------------------------------------------------------------------------------------


def test_events_are_put_on_a_bus_of_another_account(bench: Bench) -> None:
    """By its ARN; they come from the account that put them."""
    elsewhere(bench)

    bench.put(EventBusName=CENTRAL)

    (body,) = map(json.loads, bench.got("central"))
    assert (body["account"], body["region"]) == ("123456789012", "us-east-1")


def test_who_is_not_let_in_has_an_entry_refused(bench: Bench) -> None:
    """The others are put; the words are unconfirmed."""
    elsewhere(bench, policy=())
    entry = {"Source": "shop", "DetailType": "t", "Detail": "{}"}

    result = bench.events.put_events(Entries=[{**entry, "EventBusName": CENTRAL}, entry])

    assert result["FailedEntryCount"] == 1
    assert result["Entries"][0] == {
        "ErrorCode": "AccessDeniedException",
        "ErrorMessage": "User: arn:aws:iam::123456789012:root is not authorized to perform: events:PutEvents on "
        f"resource: {CENTRAL} because no resource-based policy allows the events:PutEvents action",
    }
    assert "EventId" in result["Entries"][1]


@pytest.mark.parametrize(
    ("condition", "is_allowed"),
    [
        ({"StringEquals": {"events:source": "shop"}}, True),
        ({"StringEquals": {"events:source": ["bank", "shop"]}}, True),
        ({"StringEquals": {"events:source": "sh*"}}, False),
        ({"StringLike": {"events:source": "sh*"}}, True),
        ({"StringNotEquals": {"events:detail-type": "paid"}}, False),
        ({"StringEqualsIfExists": {"aws:PrincipalAccount": "444444444444"}}, False),
        ({"ForAllValues:StringEquals": {"events:source": ["bank"]}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"Bool": {"events:eventBusInvocation": "true"}}, False),
        ({"Bool": {"events:eventBusInvocation": False}}, True),
        ({"Null": {"events:source": "true"}}, False),
        ({"ForAnyValue:StringNotEquals": {"events:source": ["shop"]}}, False),
    ],
)
def test_a_policy_may_set_conditions(bench: Bench, condition: dict[str, Any], is_allowed: bool) -> None:
    """On the event and on who puts it; whoever is asked for his organization belongs to it."""
    elsewhere(bench, policy=[{**HOME, "Principal": "*", "Condition": condition}])

    result = bench.put(EventBusName=CENTRAL)

    assert ("EventId" in result) == is_allowed


@pytest.mark.parametrize(
    ("principal", "is_allowed"),
    [
        ("*", True),
        ({"AWS": "arn:aws:iam::123456789012:root"}, True),
        ({"AWS": ["444444444444", "arn:aws:iam::123456789012:role/publisher"]}, True),
        ({"AWS": "444444444444"}, False),
        ({"Service": "events.amazonaws.com"}, False),
    ],
    ids=["everybody", "root", "a role", "another", "a service"],
)
def test_a_policy_names_accounts(bench: Bench, principal: Any, is_allowed: bool) -> None:
    """As numbers or as ARNs."""
    elsewhere(bench, policy=[{**HOME, "Principal": principal}])

    assert ("EventId" in bench.put(EventBusName=CENTRAL)) == is_allowed


def test_a_denial_holds_for_the_own_account_too(bench: Bench) -> None:
    """A bus that takes events of one source only."""
    only_bank = {
        "Sid": "only-bank",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "events:PutEvents",
        "Resource": "*",
        "Condition": {"StringNotEquals": {"events:source": "bank"}},
    }
    bench.events.put_permission(Policy=json.dumps({"Version": "2012-10-17", "Statement": [only_bank]}))

    assert "EventId" in bench.put(source="bank")
    assert bench.put()["ErrorCode"] == "AccessDeniedException"


def test_a_policy_must_not_be_too_large(bench: Bench) -> None:
    """10 KB (documented); what was there stays."""
    bench.events.put_permission(Action="events:PutEvents", Principal="111122223333", StatementId="one")
    large = {**HOME, "Sid": "x", "Resource": ["r" * 500] * 21}

    with pytest.raises(ClientError, match="PolicyLengthExceededException"):
        bench.events.put_permission(Policy=json.dumps({"Statement": [large]}))

    (kept,) = json.loads(bench.events.describe_event_bus()["Policy"])["Statement"]
    assert kept["Sid"] == "one"


# --- what is seen of them ----------------------------------------------------------------------------------


def test_an_account_lists_its_own_buses(bench: Bench) -> None:
    """One elsewhere is described by its ARN alone."""
    elsewhere(bench)

    listed = bench.events.list_event_buses()["EventBuses"]
    described = bench.events.describe_event_bus(Name=CENTRAL)

    assert [bus["Name"] for bus in listed] == ["default"]
    assert (described["Name"], described["Arn"]) == ("central", CENTRAL)
    with pytest.raises(ClientError, match="Event bus central does not exist"):
        bench.events.describe_event_bus(Name="central")


def test_rules_of_a_bus_elsewhere_are_there_too(bench: Bench) -> None:
    """Their ARNs say so; a default bus is not named in them."""
    default = CENTRAL.replace("central", "default")
    elsewhere(bench)
    elsewhere(bench, "theirs", default)

    arns = [bench.simulation.sources("rules")[name].arn for name in ("of-central", "of-theirs")]

    begin = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/"
    assert arns == [f"{begin}central/of-central", f"{begin}of-theirs"]


def test_a_rule_elsewhere_is_told_what_it_misses(bench: Bench) -> None:
    """By what its bus is called here: two may be named `default`."""
    elsewhere(bench, "theirs", CENTRAL.replace("central", "default"))

    bench.put()

    (told,) = bench.told("event not matched")
    assert told["reason"] == "it was put on bus default, and the rule is on bus theirs"


def test_a_scenario_names_a_bus_elsewhere_by_its_arn() -> None:
    """A name alone means one that is here."""
    with SyncSimulation() as simulation:
        simulation.add_source("buses", "central", arn=CENTRAL)
        simulation.add_source("rules", "r", bus="central", pattern=ALL)

        with pytest.raises(ConfigurationError, match=f"name the one elsewhere by its ARN, {CENTRAL}") as caught:
            simulation.until_idle()

    assert caught.value.key == "rules.r.bus"
    simulation.trace.close()


def test_an_arn_of_something_else_is_no_bus() -> None:
    """The key is named."""
    arn = "arn:aws:sqs:us-east-1:222222222222:central"

    with SyncSimulation() as simulation, pytest.raises(ConfigurationError, match="is no ARN of an event bus") as caught:
        simulation.add_source("buses", "central", arn=arn)

    assert caught.value.key == "buses.central.arn"
    simulation.trace.close()
