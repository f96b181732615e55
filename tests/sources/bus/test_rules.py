"""Buses, rules and their targets as the API keeps them: through boto3, with AWS's refusals."""

import json
from typing import Any

import pytest

from eventsim import ApiError
from tests.sdk import refusal
from tests.sources.bus.conftest import HERE, QUEUE_ARN, Bench

PATTERN = '{"source": ["shop"]}'
STREAM_ARN = f"arn:aws:kinesis:{HERE}:stream/s"


def test_the_default_bus_is_always_there(bench: Bench) -> None:
    """Nobody makes it and nobody deletes it."""
    names = [bus["Name"] for bus in bench.events.list_event_buses()["EventBuses"]]

    assert names == ["default"]
    assert refusal(bench.events.delete_event_bus, Name="default") == (
        "ValidationException",
        "Cannot delete event bus default.",
    )


def test_a_bus_is_made_once(bench: Bench) -> None:
    """Recorded words; a bus that is not there is deleted already."""
    bench.events.create_event_bus(Name="b", Description="d", Tags=[{"Key": "k", "Value": "v"}])
    arn = f"arn:aws:events:{HERE}:event-bus/b"

    assert refusal(bench.events.create_event_bus, Name="b") == (
        "ResourceAlreadyExistsException",
        "Event bus b already exists.",
    )
    assert bench.events.describe_event_bus(Name="b")["Description"] == "d"
    assert bench.events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "k", "Value": "v"}]
    bench.events.delete_event_bus(Name="b")
    bench.events.delete_event_bus(Name="b")
    assert refusal(bench.events.describe_event_bus, Name="b") == (
        "ResourceNotFoundException",
        "Event bus b does not exist.",
    )


def test_a_bus_s_name_is_checked(bench: Bench) -> None:
    """No slash, but for partners."""
    refused = refusal(bench.events.create_event_bus, Name="a/b")

    assert refused == ("ValidationException", "Event bus name must not contain '/'.")


def test_arns_name_the_bus_unless_it_is_the_default_one(bench: Bench) -> None:
    """Documented."""
    bench.events.create_event_bus(Name="b")

    assert bench.rule("r", {"source": ["a"]}) == f"arn:aws:events:{HERE}:rule/r"
    assert bench.rule("r", {"source": ["a"]}, EventBusName="b") == f"arn:aws:events:{HERE}:rule/b/r"


def test_putting_a_rule_again_replaces_all_but_its_targets(bench: Bench) -> None:
    """What is not given is gone (recorded)."""
    bench.rule("r", {"source": ["a"]}, Description="old", State="DISABLED", ScheduleExpression="rate(1 day)")
    bench.target()

    bench.rule("r", {"source": ["b"]})

    described = bench.events.describe_rule(Name="r")
    assert json.loads(described["EventPattern"]) == {"source": ["b"]}
    assert described["State"] == "ENABLED"
    assert not described.keys() & {"Description", "ScheduleExpression"}
    assert len(bench.events.list_targets_by_rule(Rule="r")["Targets"]) == 1


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        (
            {"ScheduleExpression": "rate(1 minutes)"},
            "ValidationException",
            "Parameter ScheduleExpression is not valid.",
        ),
        (
            {"ScheduleExpression": "rate(1 minute)", "EventBusName": "b"},
            "ValidationException",
            "ScheduleExpression is supported only on the default event bus.",
        ),
        (
            {"EventPattern": "[]"},
            "InvalidEventPatternException",
            "Event pattern is not valid. Reason: Filter is not an object",
        ),
        ({"EventPattern": PATTERN, "EventBusName": "c"}, "ResourceNotFoundException", "Event bus c does not exist."),
        ({}, "ValidationException", "Parameter(s) EventPattern or ScheduleExpression must be specified."),
        (
            {"EventPattern": PATTERN, "Name": "a b"},
            "ValidationException",
            "1 validation error detected: Value 'a b' at 'name' failed to satisfy constraint: Member must satisfy "
            r"regular expression pattern: [\.\-_A-Za-z0-9]+",
        ),
    ],
)
def test_a_rule_that_aws_refuses_is_refused(bench: Bench, given: dict[str, str], code: str, message: str) -> None:
    """Recorded codes and words."""
    bench.events.create_event_bus(Name="b")

    assert refusal(bench.events.put_rule, **{"Name": "r", **given}) == (code, message)


def test_a_rule_with_targets_is_not_deleted(bench: Bench) -> None:
    """Recorded words; without them it is, and then it is not there."""
    bench.rule("r", {"source": ["a"]})
    bench.target()

    assert refusal(bench.events.delete_rule, Name="r") == (
        "ValidationException",
        "Rule can't be deleted since it has targets.",
    )
    bench.events.remove_targets(Rule="r", Ids=["t"])
    bench.events.delete_rule(Name="r")
    assert refusal(bench.events.describe_rule, Name="r") == (
        "ResourceNotFoundException",
        "Rule r does not exist on EventBus default.",
    )


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        (
            {"Id": "!@#"},
            "ValidationException",
            "1 validation error detected: Value '!@#' at 'targets.1.member.id' failed to satisfy constraint: Member "
            r"must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+",
        ),
        (
            {"Id": "x" * 65},
            "ValidationException",
            f"1 validation error detected: Value '{'x' * 65}' at 'targets.1.member.id' failed to satisfy constraint: "
            "Member must have length less than or equal to 64",
        ),
        (
            {"Input": "{}", "InputPath": "$.detail"},
            "ValidationException",
            "Only one of Input, InputPath, or InputTransformer must be provided for target t.",
        ),
        (
            {"InputTransformer": {"InputPathsMap": {"a": "$.detail"}, "InputTemplate": '"<a> <notdefinedkey>"'}},
            "ValidationException",
            "InputTemplate for target t contains invalid placeholder notdefinedkey.",
        ),
        (
            {"Arn": STREAM_ARN},
            "ValidationException",
            f"RoleArn is required for target {STREAM_ARN}.",
        ),
    ],
)
def test_a_target_that_aws_refuses_is_refused(bench: Bench, target: dict[str, Any], code: str, message: str) -> None:
    """Recorded codes and words."""
    bench.rule("r", {"source": ["a"]})

    refused = refusal(bench.events.put_targets, Rule="r", Targets=[{"Id": "t", "Arn": QUEUE_ARN, **target}])

    assert refused == (code, message)


def test_a_rule_has_five_targets(bench: Bench) -> None:
    """Recorded; a target with the same id takes the place of the old one."""
    bench.rule("r", {"source": ["a"]})
    targets = [{"Id": f"t{number}", "Arn": QUEUE_ARN} for number in range(5)]
    bench.events.put_targets(Rule="r", Targets=targets)
    bench.events.put_targets(Rule="r", Targets=targets[:1])

    assert refusal(bench.events.put_targets, Rule="r", Targets=[{"Id": "sixth", "Arn": QUEUE_ARN}]) == (
        "LimitExceededException",
        "The requested resource exceeds the maximum number allowed.",
    )


def test_ten_targets_are_put_or_removed_at_once(bench: Bench) -> None:
    """The model allows a hundred, the documentation ten."""
    bench.rule("r", {"source": ["a"]})
    ids = [str(number) for number in range(11)]
    calls: list[tuple[Any, dict[str, Any]]] = [
        (bench.events.put_targets, {"Targets": [{"Id": each, "Arn": QUEUE_ARN} for each in ids]}),
        (bench.events.remove_targets, {"Ids": ids}),
    ]

    for call, given in calls:
        code, message = refusal(call, Rule="r", **given)
        assert (code, message.rpartition(": ")[2]) == (
            "ValidationException",
            "Member must have length less than or equal to 10",
        )


def test_lists_come_in_pages(bench: Bench) -> None:
    """By name; a paginator meets every rule once."""
    for number in range(5):
        bench.rule(f"r{number}", {"source": ["a"]})
        bench.target(f"r{number}")

    first = bench.events.list_rules(Limit=2)
    second = bench.events.list_rules(Limit=2, NextToken=first["NextToken"])
    rest = bench.events.list_rules(NextToken=second["NextToken"])
    names = [rule["Name"] for page in (first, second, rest) for rule in page["Rules"]]

    assert names == ["r0", "r1", "r2", "r3", "r4"]
    assert "NextToken" not in rest
    assert bench.events.list_rule_names_by_target(TargetArn=QUEUE_ARN)["RuleNames"] == names
    assert bench.events.list_rules(NamePrefix="r4")["Rules"][0]["Name"] == "r4"


def test_a_target_that_is_not_there_is_told(bench: Bench) -> None:
    """The others are removed."""
    bench.rule("r", {"source": ["a"]})
    bench.target()

    answer = bench.events.remove_targets(Rule="r", Ids=["t", "other"])

    assert answer["FailedEntryCount"] == 1
    assert answer["FailedEntries"][0]["TargetId"] == "other"


def test_a_bus_keeps_its_policy(bench: Bench) -> None:
    """Statement by statement; the document is told."""
    bench.events.put_permission(Action="events:PutEvents", Principal="111122223333", StatementId="one")

    (statement,) = json.loads(bench.events.describe_event_bus()["Policy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    bench.events.remove_permission(StatementId="one")
    assert "Policy" not in bench.events.describe_event_bus()


def test_a_policy_is_told_as_it_was_put(bench: Bench) -> None:
    """A statement alone may stand without a list; one that is added later joins it."""
    statement = {"Effect": "Allow", "Principal": "*", "Action": "events:PutEvents", "Resource": "*"}
    policy = {"Version": "2008-10-17", "Id": "mine", "Statement": statement}
    bench.events.put_permission(Policy=json.dumps(policy))
    bench.events.put_permission(Action="events:PutEvents", Principal="111122223333", StatementId="one")

    told = json.loads(bench.events.describe_event_bus()["Policy"])

    assert (told["Version"], told["Id"], told["Statement"][0]) == ("2008-10-17", "mine", statement)
    assert told["Statement"][1]["Sid"] == "one"


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param("all", id="no statement"),
        pytest.param([{"Principal": "*", "Action": "*"}], id="no effect"),
        pytest.param([{"Effect": "allow", "Principal": "*", "Action": "*"}], id="no such effect"),
        pytest.param([{"Effect": "Allow", "Action": "*"}], id="nobody"),
        pytest.param(
            [{"Sid": "a", "Effect": effect, "Principal": "*", "Action": "*"} for effect in ("Allow", "Deny")],
            id="one id for two",
        ),
    ],
)
def test_what_is_no_policy_is_refused(bench: Bench, statements: object) -> None:
    """Instead of being kept in part, or without effect."""
    code, _ = refusal(bench.events.put_permission, Policy=json.dumps({"Statement": statements}))

    assert code == "ValidationException"
    assert "Policy" not in bench.events.describe_event_bus()


def test_tags_are_set_and_taken(bench: Bench) -> None:
    """Of a rule, by its ARN."""
    arn = bench.rule("r", {"source": ["a"]}, Tags=[{"Key": "a", "Value": "1"}])

    bench.events.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    bench.events.untag_resource(ResourceARN=arn, TagKeys=["a"])

    assert bench.events.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        ("rule/none", "Rule none does not exist on EventBus default."),
        ("rule/orders/none", "Rule none does not exist on EventBus orders."),
        ("rule/aws.partner/shop/orders/none", "Rule none does not exist on EventBus aws.partner/shop/orders."),
        ("event-bus/none", "Event bus none does not exist."),
        ("archive/none", f"arn:aws:events:{HERE}:archive/none does not exist."),
    ],
)
def test_what_is_tagged_must_be_there(bench: Bench, resource: str, message: str) -> None:
    """It is named; the bus of a rule may have a partner's name, with slashes."""
    refused = refusal(bench.events.list_tags_for_resource, ResourceARN=f"arn:aws:events:{HERE}:{resource}")

    assert refused == ("ResourceNotFoundException", message)


def test_only_putting_events_can_be_permitted(bench: Bench) -> None:
    """Another action is refused."""
    code, _ = refusal(bench.events.put_permission, Action="events:PutRule", Principal="*", StatementId="everybody")

    assert code == "ValidationException"


def test_what_has_no_effect_is_told_once(bench: Bench) -> None:
    """And given back."""
    for name in ("a", "b"):
        bench.rule(name, {"source": ["a"]}, RoleArn="arn:aws:iam::123456789012:role/r")

    assert [detail["parameter"] for detail in bench.told("accepted without effect")] == ["RoleArn"]
    assert bench.events.describe_rule(Name="a")["RoleArn"].endswith("role/r")


def test_what_is_missing_is_named_also_without_a_client(bench: Bench) -> None:
    """A scenario's `call` is not checked by boto3."""
    with pytest.raises(ApiError, match="Value null at 'eventSourceArn'"):
        bench.simulation.request("events", "CreateArchive", {"ArchiveName": "a"})
