"""Create, describe, tag and change streams, and register consumers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from eventsim import NotSimulated, SyncSimulation
from eventsim_sources.stream.settings import Settings
from eventsim_sources.stream.source import Stream
from tests.sdk import refusal
from tests.sources.stream.conftest import FIRST, iterator

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
POLICY = '{"Version": "2012-10-17", "Statement": []}'


def test_a_new_stream_is_active_at_once(kinesis: Any) -> None:
    """Nobody has to wait for it in a test, and the waiter does not."""
    kinesis.create_stream(StreamName="orders", ShardCount=2, Tags={"team": "blue"})
    kinesis.get_waiter("stream_exists").wait(StreamName="orders")

    summary = kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]

    assert summary == {
        "StreamName": "orders",
        "StreamARN": ARN,
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": "NONE",
        "OpenShardCount": 2,
        "ConsumerCount": 0,
        "MaxRecordSizeInKiB": 1024,
    }
    assert kinesis.list_tags_for_stream(StreamName="orders")["Tags"] == [{"Key": "team", "Value": "blue"}]


def test_an_on_demand_stream_has_four_shards(kinesis: Any) -> None:
    """And keeps them when the mode changes."""
    kinesis.create_stream(StreamName="orders", StreamModeDetails={"StreamMode": "ON_DEMAND"})

    summary = kinesis.describe_stream_summary(StreamARN=ARN)["StreamDescriptionSummary"]
    kinesis.update_stream_mode(StreamARN=ARN, StreamModeDetails={"StreamMode": "PROVISIONED"})
    after = kinesis.describe_stream_summary(StreamARN=ARN)["StreamDescriptionSummary"]

    assert (summary["OpenShardCount"], summary["StreamModeDetails"]["StreamMode"]) == (4, "ON_DEMAND")
    assert summary["RecordDistributionStrategy"] == "USER_PARTITION_KEY"
    assert (after["OpenShardCount"], after["StreamModeDetails"]["StreamMode"]) == (4, "PROVISIONED")


def test_records_may_be_spread_whatever_their_keys(kinesis: Any) -> None:
    """`AUTO` ignores partition keys, by the seed."""
    mode = {"StreamMode": "ON_DEMAND"}
    kinesis.create_stream(StreamName="orders", StreamModeDetails=mode, RecordDistributionStrategy="AUTO")
    records = [{"Data": b"", "PartitionKey": "same"}] * 50

    spread = {each["ShardId"] for each in kinesis.put_records(StreamName="orders", Records=records)["Records"]}
    kinesis.update_stream_record_distribution_strategy(StreamARN=ARN, RecordDistributionStrategy="USER_PARTITION_KEY")
    kept = {each["ShardId"] for each in kinesis.put_records(StreamName="orders", Records=records)["Records"]}

    assert (len(spread), len(kept)) == (4, 1)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"StreamName": "orders", "ShardCount": 1}, "ResourceInUseException"),
        ({"StreamName": "a b", "ShardCount": 1}, "ValidationException"),
        ({"StreamName": "a" * 129, "ShardCount": 1}, "ValidationException"),
        ({"StreamName": "b"}, "ValidationException"),
        ({"StreamName": "b", "ShardCount": 20_001}, "LimitExceededException"),
        ({"StreamName": "b", "ShardCount": 1, "RecordDistributionStrategy": "AUTO"}, "InvalidArgumentException"),
        ({"StreamName": "b", "ShardCount": 1, "Tags": {str(n): "" for n in range(51)}}, "InvalidArgumentException"),
        ({"StreamName": "b", "ShardCount": 1, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, "ValidationException"),
        ({"StreamName": "b", "StreamModeDetails": {"StreamMode": "FREE"}}, "ValidationException"),
    ],
    ids=lambda value: None if isinstance(value, dict) else str(value),
)
def test_what_may_not_be_created(
    kinesis: Any, new_stream: Callable[..., Any], parameters: dict[str, Any], code: str
) -> None:
    """Each refusal bears AWS's code, and makes nothing."""
    new_stream()

    assert refusal(kinesis.create_stream, **parameters)[0] == code
    assert kinesis.list_streams()["StreamNames"] == ["orders"]


def test_a_deleted_stream_is_gone(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """With its records: one of the same name is another one, and does not know the old one's iterators."""
    new_stream(consumers=["fast"])
    text = iterator(kinesis)

    refused = refusal(kinesis.delete_stream, StreamName="orders")
    kinesis.delete_stream(StreamName="orders", EnforceConsumerDeletion=True)
    missing = refusal(kinesis.get_records, ShardIterator=text)
    kinesis.get_waiter("stream_not_exists").wait(StreamName="orders")

    assert refused[0] == "ResourceInUseException"
    assert missing == ("ResourceNotFoundException", "Stream orders under account 123456789012 not found.")
    assert kinesis.list_streams()["StreamNames"] == []


def test_streams_are_listed_by_name(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """Page by page, from a name or a token on."""
    for name in ("c", "a", "b"):
        new_stream(name)

    first = kinesis.list_streams(Limit=2)
    rest = kinesis.list_streams(NextToken=first["NextToken"])
    pages = kinesis.get_paginator("list_streams").paginate(Limit=1)

    assert (first["StreamNames"], first["HasMoreStreams"]) == (["a", "b"], True)
    assert (rest["StreamNames"], rest["HasMoreStreams"], "NextToken" in rest) == (["c"], False, False)
    assert rest["StreamSummaries"][0]["StreamStatus"] == "ACTIVE"
    assert [name for page in pages for name in page["StreamNames"]] == ["a", "b", "c"]
    assert kinesis.list_streams(ExclusiveStartStreamName="b")["StreamNames"] == ["c"]


def test_a_change_may_take_its_time(kinesis: Any, world: SyncSimulation) -> None:
    """With a transition, a stream is CREATING, then ACTIVE, UPDATING, ACTIVE, DELETING, and gone; no timer is left."""
    stream = Stream(world, "orders", Settings(transition_us=10_000_000), shard_count=1)
    stream.be("CREATING")
    world.add(stream)

    def status() -> str:
        return str(kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]["StreamStatus"])

    split = {"StreamName": "orders", "ShardToSplit": FIRST, "NewStartingHashKey": "5"}
    seen = [status()]
    early = [
        refusal(kinesis.put_record, StreamName="orders", Data=b"", PartitionKey="k"),
        refusal(kinesis.split_shard, **split),
    ]
    world.advance("10 s")
    seen.append(status())
    kinesis.split_shard(**split)
    seen.append(status())
    kinesis.put_record(StreamName="orders", Data=b"", PartitionKey="k")
    world.advance("10 s")
    kinesis.delete_stream(StreamName="orders")
    seen.append(status())
    world.until_idle()

    assert seen == ["CREATING", "ACTIVE", "UPDATING", "DELETING"]
    assert early == [
        ("ResourceNotFoundException", "Stream orders under account 123456789012 not found."),
        ("ResourceInUseException", "Stream orders under account 123456789012 not ACTIVE, instead in state CREATING"),
    ]
    assert refusal(kinesis.describe_stream, StreamName="orders")[0] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    ("operation", "hours", "says"),
    [
        ("increase", 23, "Minimum allowed retention period is 24 hours"),
        ("increase", 8_761, "Maximum allowed retention period is 8760 hours"),
        ("increase", 47, "can not be shorter than existing retention period (48 hours)"),
        ("decrease", 49, "can not be longer than existing retention period (48 hours)"),
    ],
)
def test_retention_has_bounds(
    kinesis: Any, new_stream: Callable[..., Any], operation: str, hours: int, says: str
) -> None:
    """From a day to a year, and each operation goes its own way only."""
    new_stream(retention="48 hours")
    call = getattr(kinesis, f"{operation}_stream_retention_period")

    code, message = refusal(call, StreamName="orders", RetentionPeriodHours=hours)

    assert (code, says in message) == ("InvalidArgumentException", True), message


def test_tags_have_no_odd_characters(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """Neither in keys nor in values; none of them is set."""
    new_stream()
    message = (
        "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."
    )

    for tags in ({"team": "a", "a;b": "1"}, {"team": "a!"}):
        assert refusal(kinesis.add_tags_to_stream, StreamName="orders", Tags=tags) == (
            "InvalidArgumentException",
            message,
        )

    assert kinesis.list_tags_for_stream(StreamName="orders")["Tags"] == []


def test_tags_are_kept(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """By both families of operations, of streams and of consumers."""
    new_stream()
    arn = kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="fast", Tags={"c": "3"})["Consumer"][
        "ConsumerARN"
    ]

    kinesis.add_tags_to_stream(StreamName="orders", Tags={"a": "1", "b": "2"})
    kinesis.tag_resource(ResourceARN=ARN, Tags={"b": "3", "d": "4"})
    kinesis.remove_tags_from_stream(StreamName="orders", TagKeys=["a", "none"])
    kinesis.untag_resource(ResourceARN=arn, TagKeys=["c"])
    page = kinesis.list_tags_for_stream(StreamName="orders", Limit=1)

    assert kinesis.list_tags_for_resource(ResourceARN=ARN)["Tags"] == [
        {"Key": "b", "Value": "3"},
        {"Key": "d", "Value": "4"},
    ]
    assert kinesis.list_tags_for_resource(ResourceARN=arn)["Tags"] == []
    assert (page["Tags"], page["HasMoreTags"]) == ([{"Key": "b", "Value": "3"}], True)


def test_policies_and_metrics_are_kept_without_effect(
    kinesis: Any, new_stream: Callable[..., Any], world: SyncSimulation
) -> None:
    """The trace says that they have none."""
    new_stream()

    kinesis.put_resource_policy(ResourceARN=ARN, Policy=POLICY)
    policy = kinesis.get_resource_policy(ResourceARN=ARN)["Policy"]
    kinesis.delete_resource_policy(ResourceARN=ARN)
    all_metrics = kinesis.enable_enhanced_monitoring(StreamName="orders", ShardLevelMetrics=["ALL"])
    fewer = kinesis.disable_enhanced_monitoring(StreamName="orders", ShardLevelMetrics=["IncomingBytes"])

    assert policy == POLICY
    assert refusal(kinesis.get_resource_policy, ResourceARN=ARN)[0] == "ResourceNotFoundException"
    assert refusal(kinesis.put_resource_policy, ResourceARN=ARN, Policy="{")[0] == "InvalidArgumentException"
    assert (all_metrics["CurrentShardLevelMetrics"], len(all_metrics["DesiredShardLevelMetrics"])) == ([], 7)
    assert len(fewer["DesiredShardLevelMetrics"]) == 6
    assert world.trace.count("accepted without effect", "stream orders") == 2


def test_limits_are_told(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """On-demand shards do not count."""
    new_stream(shards=3)
    new_stream("free", mode="on_demand")

    told = kinesis.describe_limits()

    counts = (told["ShardLimit"], told["OpenShardCount"], told["OnDemandStreamCount"], told["OnDemandStreamCountLimit"])
    assert counts == (20_000, 3, 1, 50)
    commitment = kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]
    assert commitment == {"Status": "DISABLED"}


def commit(kinesis: Any, status: str = "ENABLED") -> Any:
    """Promise a minimum of throughput, or no longer."""
    answer = kinesis.update_account_settings(MinimumThroughputBillingCommitment={"Status": status})
    return answer["MinimumThroughputBillingCommitment"]


def test_a_commitment_lasts_for_a_day_at_least(world: SyncSimulation, kinesis: Any) -> None:
    """Who ends it sooner ends it then, and may change his mind until then (documented)."""
    begun = commit(kinesis)
    world.advance("1 hour")
    ending = commit(kinesis, "DISABLED")
    kept = commit(kinesis)
    commit(kinesis, "DISABLED")
    world.advance("23 hours")
    ended = kinesis.describe_account_settings()["MinimumThroughputBillingCommitment"]

    day = begun["StartedAt"] + timedelta(days=1)
    assert [each["Status"] for each in (begun, ending, kept, ended)] == [
        "ENABLED",
        "ENABLED_UNTIL_EARLIEST_ALLOWED_END",
        "ENABLED",
        "DISABLED",
    ]
    assert (kept["EarliestAllowedEndAt"], ended["EndedAt"]) == (day, day)


def test_a_stream_is_made_ready_for_much_at_once(world: SyncSimulation, kinesis: Any) -> None:
    """And gives it back; each MiB a second takes a shard."""
    commit(kinesis)
    mode = {"StreamMode": "ON_DEMAND"}
    kinesis.create_stream(StreamName="orders", StreamModeDetails=mode, WarmThroughputMiBps=10)
    summaries = [kinesis.describe_stream_summary(StreamARN=ARN)["StreamDescriptionSummary"]]

    for warm_mib in (16, 0):
        world.advance("1 minute")
        updated = kinesis.update_stream_warm_throughput(StreamARN=ARN, WarmThroughputMiBps=warm_mib)
        summaries.append(kinesis.describe_stream_summary(StreamARN=ARN)["StreamDescriptionSummary"])

    assert [each["OpenShardCount"] for each in summaries] == [10, 16, 4]
    assert summaries[1]["WarmThroughput"] == {"TargetMiBps": 16, "CurrentMiBps": 16}
    assert updated["WarmThroughput"] == {"TargetMiBps": 0, "CurrentMiBps": 16}


@pytest.mark.parametrize(
    ("is_committed", "parameters", "code"),
    [
        (False, {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, "InvalidArgumentException"),
        (True, {"ShardCount": 1}, "InvalidArgumentException"),
        (
            True,
            {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "WarmThroughputMiBps": 10_241},
            "LimitExceededException",
        ),
    ],
    ids=["nothing promised", "provisioned", "too much"],
)
def test_not_every_stream_is_made_ready(
    kinesis: Any, is_committed: bool, parameters: dict[str, Any], code: str
) -> None:
    """Only those on demand, of an account with a commitment, and for 10 GiB a second at most (documented)."""
    if is_committed:
        commit(kinesis)

    asked = {"StreamName": "orders", "WarmThroughputMiBps": 8, **parameters}

    assert refusal(kinesis.create_stream, **asked)[0] == code


def test_a_committed_account_has_more_consumers(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """50 for a stream on demand instead of 20 (documented)."""
    new_stream(mode="on_demand")
    commit(kinesis)
    for number in range(50):
        kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName=f"c{number}")

    refused = refusal(kinesis.register_stream_consumer, StreamARN=ARN, ConsumerName="more")

    assert refused[0] == "LimitExceededException"


def test_consumers_are_registered(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """By name, with an ARN that bears the second of their registration."""
    new_stream()

    consumer = kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="fast")["Consumer"]
    kinesis.register_stream_consumer(StreamARN=ARN, ConsumerName="slow")
    described = kinesis.describe_stream_consumer(StreamARN=ARN, ConsumerName="fast")["ConsumerDescription"]
    pages = kinesis.get_paginator("list_stream_consumers").paginate(StreamARN=ARN, MaxResults=1)
    names = [each["ConsumerName"] for page in pages for each in page["Consumers"]]
    again = refusal(kinesis.register_stream_consumer, StreamARN=ARN, ConsumerName="fast")
    kinesis.deregister_stream_consumer(ConsumerARN=consumer["ConsumerARN"])

    assert (consumer["ConsumerARN"], consumer["ConsumerStatus"]) == (f"{ARN}/consumer/fast:1767225600", "CREATING")
    assert (described["ConsumerStatus"], described["StreamARN"]) == ("ACTIVE", ARN)
    assert names == ["fast", "slow"]
    assert again[0] == "ResourceInUseException"
    assert (
        refusal(kinesis.describe_stream_consumer, ConsumerARN=consumer["ConsumerARN"])[0] == "ResourceNotFoundException"
    )


def test_a_stream_has_twenty_consumers(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """The next is one too many."""
    new_stream(consumers=[f"c{number}" for number in range(20)])

    refused = refusal(kinesis.register_stream_consumer, StreamARN=ARN, ConsumerName="more")

    assert refused[0] == "LimitExceededException"


def test_which_stream_is_meant_has_to_be_said(kinesis: Any, new_stream: Callable[..., Any]) -> None:
    """By name or by ARN; both must agree, and another account's is not here."""
    new_stream()
    other = ARN.replace("123456789012", "210987654321")

    assert refusal(kinesis.describe_stream)[0] == "InvalidArgumentException"
    assert refusal(kinesis.describe_stream, StreamName="x", StreamARN=ARN)[0] == "InvalidArgumentException"
    assert refusal(kinesis.describe_stream, StreamARN=other) == (
        "ResourceNotFoundException",
        "Stream orders under account 210987654321 not found.",
    )


def test_what_is_not_simulated_is_refused_by_name(kinesis: Any) -> None:
    """Channels and queues of Kinesis are not."""
    with pytest.raises(NotSimulated, match=r"kinesis\.ListChannels is not simulated"):
        kinesis.list_channels()


def test_a_stream_s_key_is_set_25_times_a_day(
    kinesis: Any, new_stream: Callable[..., Stream], world: SyncSimulation
) -> None:
    """And it is taken away as often."""
    new_stream()
    asked = {"StreamName": "orders", "EncryptionType": "KMS", "KeyId": "alias/mine"}
    for _ in range(25):
        kinesis.start_stream_encryption(**asked)
        kinesis.stop_stream_encryption(**asked)

    started, stopped = (
        refusal(operation, **asked) for operation in (kinesis.start_stream_encryption, kinesis.stop_stream_encryption)
    )
    world.advance("24 hours")
    kinesis.start_stream_encryption(**asked)
    kinesis.stop_stream_encryption(**asked)

    assert started[0] == stopped[0] == "LimitExceededException"
    assert started[1].endswith("has been given a key 25 times within 24 hours.")


def test_a_stream_s_mode_is_changed_twice_a_day(
    kinesis: Any, new_stream: Callable[..., Stream], world: SyncSimulation
) -> None:
    """To and fro; asking for the mode that it has is no change."""
    new_stream()

    def change(mode: str) -> None:
        kinesis.update_stream_mode(StreamARN=ARN, StreamModeDetails={"StreamMode": mode})

    change("ON_DEMAND")
    world.advance("1 hour")
    change("PROVISIONED")
    change("PROVISIONED")

    code, message = refusal(change, mode="ON_DEMAND")
    world.advance("23 hours")
    change("ON_DEMAND")

    assert (code, message.partition("012 ")[2]) == (
        "LimitExceededException",
        "has changed its mode 2 times within 24 hours.",
    )
