"""What is remembered, and how does it come again? Archives and replays through boto3."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sources.bus.conftest import HERE, Bench

BUS_ARN = f"arn:aws:events:{HERE}:event-bus/default"
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def past(bench: Bench) -> Bench:
    """A bench with an archive, a rule, and three events of three minutes, already delivered."""
    bench.events.create_archive(ArchiveName="all", EventSourceArn=BUS_ARN)
    bench.rule(pattern={"source": ["shop"]})
    bench.target()
    for number in range(3):
        bench.put({"n": number}, Time=START + timedelta(minutes=number))
    bench.simulation.advance("1 hour")
    return bench


def replay(bench: Bench, name: str = "again", **given: Any) -> Any:
    """Start a replay of everything."""
    return bench.events.start_replay(
        **{
            "ReplayName": name,
            "EventSourceArn": f"arn:aws:events:{HERE}:archive/all",
            "EventStartTime": START,
            "EventEndTime": START + timedelta(hours=1),
            "Destination": {"Arn": BUS_ARN},
            **given,
        }
    )


def test_a_replay_brings_the_events_again(past: Bench) -> None:
    """As they were, with `replay-name` before the resources (recorded); they are not archived again."""
    before = past.got()

    started = replay(past)
    past.simulation.until_idle()

    assert started["State"] == "STARTING"
    assert [body.replace('"replay-name":"again",', "") for body in past.got()] == before
    described = past.events.describe_replay(ReplayName="again")
    assert described["State"] == "COMPLETED"
    assert described["EventLastReplayedTime"] == START + timedelta(minutes=2)
    assert past.events.describe_archive(ArchiveName="all")["EventCount"] == 3


def test_a_replay_is_of_a_span_of_event_time(past: Bench) -> None:
    """Both ends belong to it; when the events came does not matter."""
    past.got()

    replay(past, EventStartTime=START + timedelta(minutes=1), EventEndTime=START + timedelta(minutes=2))
    past.simulation.until_idle()

    assert [json.loads(body)["detail"]["n"] for body in past.got()] == [1, 2]


def test_only_some_rules_may_see_a_replay(past: Bench) -> None:
    """Those that FilterArns names."""
    other = past.rule("other", {"source": ["shop"]})
    past.sqs.create_queue(QueueName="second")
    past.target("other", f"arn:aws:sqs:{HERE}:second")
    past.got()

    replay(past, Destination={"Arn": BUS_ARN, "FilterArns": [other]})
    past.simulation.until_idle()

    assert (len(past.got()), len(past.got("second"))) == (0, 3)


def test_a_replay_may_be_cancelled(past: Bench) -> None:
    """It ends at its next step."""
    past.got()
    replay(past)
    past.simulation.advance("1 s")

    cancelled = past.events.cancel_replay(ReplayName="again")
    past.simulation.until_idle()

    assert cancelled["State"] == "CANCELLING"
    assert past.events.list_replays()["Replays"][0]["State"] == "CANCELLED"
    assert len(past.got()) == 1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"Destination": {"Arn": f"{BUS_ARN}2"}},
            "Parameter Destination.Arn is not valid. Reason: Cross event bus replay is not permitted.",
        ),
        ({"Destination": {"Arn": f"{BUS_ARN}3"}}, "Event bus default3 does not exist."),
        (
            {"Destination": {"Arn": f"arn:aws:events:{HERE}:rule/r"}},
            "Parameter Destination.Arn is not valid. Reason: Must contain an event bus ARN.",
        ),
        (
            {"EventSourceArn": f"arn:aws:events:{HERE}:archive/none"},
            "Parameter EventSourceArn is not valid. Reason: Archive none does not exist.",
        ),
        (
            {"EventEndTime": START},
            "Parameter EventEndTime is not valid. Reason: EventStartTime must be before EventEndTime.",
        ),
    ],
)
def test_a_replay_that_aws_refuses_is_refused(past: Bench, given: dict[str, Any], message: str) -> None:
    """Recorded words."""
    past.events.create_event_bus(Name="default2")

    with pytest.raises(ClientError) as refused:
        replay(past, **given)

    assert refused.value.response["Error"]["Message"] == message


@pytest.mark.parametrize(("what", "state"), [("Archives", "ENABLED"), ("Replays", "RUNNING")])
def test_a_list_has_one_filter(past: Bench, what: str, state: str) -> None:
    """Recorded."""
    listed = getattr(past.events, f"list_{what.lower()}")

    words = f"At most one filter is allowed for List{what}. Use either : State, EventSourceArn, or NamePrefix."
    with pytest.raises(ClientError, match=words):
        listed(NamePrefix="a", State=state)


def test_a_replay_has_a_name_of_its_own_for_ever(past: Bench) -> None:
    """Recorded."""
    replay(past)
    past.simulation.until_idle()

    with pytest.raises(ClientError, match=r"ResourceAlreadyExistsException.*Replay again already exists\."):
        replay(past)


def test_ten_replays_go_on_at_once(past: Bench) -> None:
    """Recorded: the eleventh is refused."""
    for number in range(10):
        replay(past, f"r{number}")

    with pytest.raises(ClientError, match="LimitExceededException"):
        replay(past, "eleventh")


def test_an_archive_has_its_own_pattern_and_forgets(bench: Bench) -> None:
    """After whole days; 0 is never."""
    pattern = json.dumps({"detail": {"keep": [True]}})
    bench.events.create_archive(ArchiveName="a", EventSourceArn=BUS_ARN, EventPattern=pattern, RetentionDays=2)

    bench.put({"keep": True})
    bench.put({"keep": False})

    assert bench.events.describe_archive(ArchiveName="a")["EventCount"] == 1
    bench.simulation.advance("2 days")
    assert bench.events.list_archives()["Archives"][0]["EventCount"] == 0


def test_an_archive_outlives_its_bus(bench: Bench) -> None:
    """It can be deleted when there is another bus of that name."""
    made = bench.events.create_event_bus(Name="orders")
    bench.events.create_archive(ArchiveName="a", EventSourceArn=made["EventBusArn"])
    bench.events.delete_event_bus(Name="orders")
    bench.events.create_event_bus(Name="orders")

    bench.events.delete_archive(ArchiveName="a")

    assert bench.events.list_archives()["Archives"] == []


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [
        ("create_archive", {"ArchiveName": "a", "EventSourceArn": BUS_ARN}, "Archive a already exists."),
        ("describe_archive", {"ArchiveName": "b"}, "Archive b does not exist."),
        (
            "update_archive",
            {"ArchiveName": "a"},
            "At least one of EventPattern, RetentionDays or Description must be provided.",
        ),
    ],
)
def test_an_archive_that_aws_refuses_is_refused(
    bench: Bench, operation: str, given: dict[str, str], message: str
) -> None:
    """Recorded words."""
    bench.events.create_archive(ArchiveName="a", EventSourceArn=BUS_ARN)

    with pytest.raises(ClientError) as refused:
        getattr(bench.events, operation)(**given)

    assert refused.value.response["Error"]["Message"] == message


def test_an_archive_has_a_rule_of_its_own(bench: Bench) -> None:
    """Clients see it on its bus, with the archive's pattern, and do not change it."""
    pattern = json.dumps({"source": ["shop"]})
    bench.events.create_archive(ArchiveName="all", EventSourceArn=BUS_ARN, EventPattern=pattern)

    (rule,) = bench.events.list_rules()["Rules"]
    (target,) = bench.events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
    with pytest.raises(ClientError, match="ManagedRuleException"):
        bench.events.delete_rule(Name=rule["Name"])
    with pytest.raises(ClientError, match="ManagedRuleException"):
        bench.events.remove_targets(Rule=rule["Name"], Ids=[target["Id"]])
    described = bench.events.describe_rule(Name=rule["Name"])
    bench.events.delete_archive(ArchiveName="all")

    assert (rule["Name"], rule["ManagedBy"]) == ("Events-Archive-all", "prod.vhs.events.aws.internal")
    assert json.loads(described["EventPattern"]) == {"source": ["shop"], "replay-name": [{"exists": False}]}
    assert bench.events.list_rules()["Rules"] == []


def test_the_rule_of_an_archive_has_no_tags(bench: Bench) -> None:
    """Clients set none, and who asks for the tags of everything is answered."""
    bench.rule("r", {"source": ["shop"]}, Tags=[{"Key": "team", "Value": "shop"}])
    bench.events.create_archive(ArchiveName="all", EventSourceArn=BUS_ARN)
    arn = bench.events.describe_rule(Name="Events-Archive-all")["Arn"]

    with pytest.raises(ClientError, match="ManagedRuleException"):
        bench.events.tag_resource(ResourceARN=arn, Tags=[{"Key": "team", "Value": "shop"}])
    with pytest.raises(ClientError, match="ManagedRuleException"):
        bench.events.untag_resource(ResourceARN=arn, TagKeys=["team"])
    found = bench.simulation.request("resourcegroupstaggingapi", "GetResources", {"TagFilters": [{"Key": "team"}]})

    assert bench.events.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    assert [each["ResourceARN"] for each in found["ResourceTagMappingList"]] == [f"arn:aws:events:{HERE}:rule/r"]
