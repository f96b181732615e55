"""How does a FIFO topic keep order, and how does it know a message again?"""

import json
from typing import Any

import pytest

from eventsim import ApiError
from tests.sdk import refusal
from tests.sources.topic.conftest import Place, Troubled, queue_arn

DOWN = ApiError("ServiceUnavailable", "the service is down", status=503)
PREFIX = "Invalid parameter: "


def say(place: Place, arn: str, message: str, group: str = "g", **more: Any) -> dict[str, Any]:
    """Publish to a FIFO topic."""
    told: dict[str, Any] = place.sns.publish(TopicArn=arn, Message=message, MessageGroupId=group, **more)
    return told


def test_group_and_deduplication_id_are_asked_for(place: Place) -> None:
    """The words are recorded."""
    arn = place.topic("t.fifo")

    no_group = refusal(place.sns.publish, TopicArn=arn, Message="m", MessageDeduplicationId="d")
    no_id = refusal(place.sns.publish, TopicArn=arn, Message="m", MessageGroupId="g")

    assert no_group[1] == f"{PREFIX}The MessageGroupId parameter is required for FIFO topics"
    assert no_id[1] == (
        f"{PREFIX}The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
        "explicitly"
    )


def test_other_protocols_than_queues_are_refused(place: Place) -> None:
    """FIFO topics deliver to queues only (documented; the words are unconfirmed)."""
    arn = place.topic("t.fifo")

    told = refusal(place.sns.subscribe, TopicArn=arn, Protocol="email", Endpoint="a@example.com")

    assert told == ("InvalidParameter", f"{PREFIX}Invalid protocol type: email")


def test_group_and_id_reach_a_fifo_queue(place: Place) -> None:
    """The given id, or the SHA-256 of the text; so a queue without content-based deduplication takes it (recorded)."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true")
    place.subscribed_queue(arn, "q.fifo")

    say(place, arn, "hello")
    say(place, arn, "bye", MessageDeduplicationId="d")

    attributes = [message["Attributes"] for message in place.messages("q.fifo")]
    assert [each["MessageGroupId"] for each in attributes] == ["g", "g"]
    assert attributes[0]["MessageDeduplicationId"].startswith("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e730433")
    assert attributes[1]["MessageDeduplicationId"] == "d"


def test_a_standard_queue_gets_neither(place: Place) -> None:
    """Recorded."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true")
    place.subscribed_queue(arn, "q")

    say(place, arn, "hello")

    (message,) = place.messages("q")
    assert {"MessageGroupId", "MessageDeduplicationId"}.isdisjoint(message["Attributes"])


def test_a_repetition_within_five_minutes_is_not_delivered(place: Place) -> None:
    """It succeeds with the first one's ids; after five minutes it is a message of its own."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true")
    place.subscribed_queue(arn, "q.fifo")

    first = say(place, arn, "hello")
    place.simulation.advance("299 s")
    second = say(place, arn, "hello", group="other")
    place.simulation.advance("2 s")
    third = say(place, arn, "hello")

    assert (second["MessageId"], second["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert third["SequenceNumber"] > first["SequenceNumber"]
    assert len(place.bodies("q.fifo")) == 2
    assert place.simulation.sources("topics")["t.fifo"].summary()["duplicates"] == 1


def test_ids_may_count_within_their_group(place: Place) -> None:
    """`FifoThroughputScope` says so (documented)."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true", FifoThroughputScope="MessageGroup")
    place.subscribed_queue(arn, "q")

    for group in ("a", "b", "a"):
        say(place, arn, "hello", group=group)

    assert len(place.bodies("q")) == 2


def test_a_group_waits_for_a_delivery_in_trouble(place: Place) -> None:
    """Later messages of the group come after it; other groups pass (documented)."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true")
    troubled = Troubled(queue_arn("busy"), 5, DOWN)
    place.simulation.add(troubled)
    place.subscribe(arn, queue_arn("busy"), RawMessageDelivery="true")

    for message, group in (("1", "a"), ("2", "a"), ("3", "b")):
        say(place, arn, message, group=group)
    place.simulation.until_idle()

    assert [envelope.body for envelope in troubled.taken] == ["3", "1", "2"]


def test_filters_do_not_break_the_order(place: Place) -> None:
    """What is filtered out does not hold up what follows."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true")
    policy = json.dumps({"n": [{"numeric": [">", 1]}]})
    scope = {"FilterPolicy": policy, "FilterPolicyScope": "MessageBody", "RawMessageDelivery": "true"}
    place.subscribed_queue(arn, "q.fifo", **scope)

    for number in range(5):
        say(place, arn, json.dumps({"n": number}))

    assert place.bodies("q.fifo") == ['{"n": 2}', '{"n": 3}', '{"n": 4}']


def test_a_dead_letter_keeps_its_group(place: Place) -> None:
    """Recorded."""
    arn = place.topic("t.fifo")
    place.queue("dead.fifo")
    redrive = json.dumps({"deadLetterTargetArn": queue_arn("dead.fifo")})
    place.subscribe(arn, queue_arn("gone.fifo"), RedrivePolicy=redrive)

    say(place, arn, "hello", MessageDeduplicationId="d")

    (message,) = place.messages("dead.fifo")
    assert (message["Attributes"]["MessageGroupId"], message["Attributes"]["MessageDeduplicationId"]) == ("g", "d")


# --- archive and replay --------------------------------------------------------------------------------------

ARCHIVE = '{"MessageRetentionPeriod":"30"}'


def replay(place: Place, subscription: str, start: str, end: str = "") -> str:
    """Ask for a replay, wait for its end, and return its status."""
    policy = {"PointType": "Timestamp", "StartingPoint": start, **({"EndingPoint": end} if end else {})}
    named = {"SubscriptionArn": subscription}
    place.sns.set_subscription_attributes(**named, AttributeName="ReplayPolicy", AttributeValue=json.dumps(policy))
    place.simulation.until_idle()
    status: str = place.sns.get_subscription_attributes(**named)["Attributes"]["ReplayStatus"]
    return status


@pytest.fixture
def archived(place: Place) -> str:
    """A topic with an archive, to which something is published each hour from the first instant on."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true", ArchivePolicy=ARCHIVE)
    for number in range(4):
        say(place, arn, f"message {number}")
        place.simulation.advance("1 hour")
    return arn


def test_a_new_subscription_can_have_what_was_before(place: Place, archived: str) -> None:
    """Without an end it goes on with what is published from now on (documented)."""
    subscription = place.subscribed_queue(archived, "q.fifo")

    status = replay(place, subscription, "2026-01-01T01:00:00.000Z")
    say(place, archived, "live")

    found = [(each["Message"], each.get("Replayed")) for each in place.notifications("q.fifo")]
    assert status == "Completed"
    assert found == [("message 1", "true"), ("message 2", "true"), ("message 3", "true"), ("live", None)]


def test_a_replay_with_an_end_ends_the_subscription(place: Place, archived: str) -> None:
    """It gets no new messages until it has another policy, or none (documented)."""
    subscription = place.subscribed_queue(archived, "q", RawMessageDelivery="true")

    replay(place, subscription, "2026-01-01T01:00:00.000Z", "2026-01-01T03:00:00.000Z")
    say(place, archived, "live")
    replayed = place.bodies("q")
    named = {"SubscriptionArn": subscription, "AttributeName": "ReplayPolicy"}
    place.sns.set_subscription_attributes(**named, AttributeValue="{}")
    say(place, archived, "live again")

    assert sorted(replayed) == ["message 1", "message 2"]
    assert place.bodies("q") == ["live again"]


def test_an_archive_forgets(place: Place, archived: str) -> None:
    """After its retention a message cannot be replayed; what can is told."""
    subscription = place.subscribed_queue(archived, "q", RawMessageDelivery="true")
    begins_at = place.sns.get_topic_attributes(TopicArn=archived)["Attributes"]["BeginningArchiveTime"]
    place.simulation.advance(30 * 86_400 - 2 * 3_600 - 1)

    replay(place, subscription, "2026-01-01T00:00:00.000Z")

    assert begins_at == "2026-01-01T00:00:00.000Z"
    assert sorted(place.bodies("q")) == ["message 2", "message 3"]


def test_a_topic_with_an_archive_cannot_be_deleted(place: Place, archived: str) -> None:
    """Its policy is cleared first (unconfirmed)."""
    told = refusal(place.sns.delete_topic, TopicArn=archived)

    place.sns.set_topic_attributes(TopicArn=archived, AttributeName="ArchivePolicy", AttributeValue="{}")
    place.sns.delete_topic(TopicArn=archived)

    assert told[0] == "InvalidState"
    assert place.sns.list_topics()["Topics"] == []


def test_a_replay_is_asked_for_properly(place: Place, archived: str) -> None:
    """A point in time with a zone; standard topics have none (words unconfirmed)."""
    subscription = place.subscribed_queue(archived, "q.fifo")
    standard = place.subscribed_queue(place.topic(), "q")
    named = {"AttributeName": "ReplayPolicy"}
    fine = '{"PointType": "Timestamp", "StartingPoint": "2026-01-01T00:00:00Z"}'

    for arn, value in ((subscription, '{"PointType": "Timestamp"}'), (subscription, "no JSON"), (standard, fine)):
        told = refusal(place.sns.set_subscription_attributes, SubscriptionArn=arn, AttributeValue=value, **named)
        assert told[1].startswith("Invalid parameter: ReplayPolicy: ")


def batch(count: int) -> list[dict[str, str]]:
    """Return entries of a batch."""
    return [{"Id": str(number), "Message": str(number), "MessageGroupId": "g"} for number in range(count)]


def test_a_fifo_topic_takes_3000_messages_a_second(place: Place) -> None:
    """In batches or one by one, if the simulation throttles; deduplication by group lifts the quota."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true")
    place.simulation.throttles = True
    for _ in range(299):
        place.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=batch(10))
    place.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=batch(5))

    told = refusal(place.sns.publish_batch, TopicArn=arn, PublishBatchRequestEntries=batch(6))
    place.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=batch(5))
    again = refusal(say, place=place, arn=arn, message="m")
    place.simulation.advance(0.001)
    say(place, arn, "m")
    place.sns.set_topic_attributes(TopicArn=arn, AttributeName="FifoThroughputScope", AttributeValue="MessageGroup")
    place.sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=batch(10))

    assert told == again == ("Throttled", "Rate exceeded")
    actions = [entry.detail for entry in place.simulation.trace.entries(["request throttled"])]
    assert actions == [{"action": "PublishBatch"}, {"action": "Publish"}]


def test_a_fifo_topic_takes_20_mb_a_second(place: Place) -> None:
    """Whichever comes first."""
    arn = place.topic("t.fifo", ContentBasedDeduplication="true")
    place.simulation.throttles = True
    for _ in range(80):
        say(place, arn, "x" * 262_144)

    told = refusal(say, place=place, arn=arn, message="x" * 262_144)

    assert told == ("Throttled", "Rate exceeded")
