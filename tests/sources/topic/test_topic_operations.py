"""What do SNS's operations on topics answer?"""

import json
from typing import Any

import botocore.session
import pytest

from eventsim_sources.topic.api import operations
from tests.sdk import refusal
from tests.sources.topic.conftest import Place


def test_every_operation_of_the_model_is_answered(place: Place) -> None:
    """Nothing that boto3 offers for SNS is missing."""
    model = botocore.session.get_session().get_service_model("sns")

    assert set(operations(place.simulation)) == set(model.operation_names)


def test_a_new_topic_has_the_recorded_attributes(place: Place) -> None:
    """Policy and effective delivery policy are JSON texts, the counts are texts."""
    arn = place.topic()

    attributes = place.sns.get_topic_attributes(TopicArn=arn)["Attributes"]

    assert arn == "arn:aws:sns:us-east-1:123456789012:t"
    policy = json.loads(attributes.pop("Policy"))
    effective = json.loads(attributes.pop("EffectiveDeliveryPolicy"))
    assert attributes == {
        "DisplayName": "",
        "Owner": "123456789012",
        "TopicArn": arn,
        "SubscriptionsConfirmed": "0",
        "SubscriptionsPending": "0",
        "SubscriptionsDeleted": "0",
    }
    assert policy["Statement"][0]["Resource"] == arn
    assert effective["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 3
    assert effective["http"]["defaultRequestPolicy"] == {"headerContentType": "text/plain; charset=UTF-8"}


@pytest.mark.parametrize(
    ("name", "attributes"),
    [("", {}), ("a b", {}), ("x" * 257, {}), ("t.fifo", {}), ("t", {"FifoTopic": "true"})],
    ids=["empty", "blank", "long", "fifo without attribute", "attribute without fifo"],
)
def test_a_name_must_fit(place: Place, name: str, attributes: dict[str, str]) -> None:
    """Letters, digits, - and _, at most 256; `.fifo` goes with FifoTopic (recorded)."""
    told = refusal(place.sns.create_topic, Name=name, Attributes=attributes)

    assert told == ("InvalidParameter", "Invalid parameter: Topic Name")


def test_making_a_topic_again_returns_it(place: Place) -> None:
    """The same attributes and tags, or none, give the same ARN; others are refused (recorded)."""
    tags = [{"Key": "team", "Value": "a"}]
    create = place.sns.create_topic
    arn = create(Name="t", Attributes={"DisplayName": "T"}, Tags=tags)["TopicArn"]

    again = [create(Name="t"), create(Name="t", Attributes={"DisplayName": "T"}, Tags=tags)]
    other_attributes = refusal(create, Name="t", Attributes={"DisplayName": "other"})
    other_tags = refusal(create, Name="t", Tags=[{"Key": "team", "Value": "b"}])
    twice = refusal(create, Name="u", Tags=tags * 2)

    assert [each["TopicArn"] for each in again] == [arn, arn]
    begin = "Invalid parameter: "
    assert other_attributes[1] == f"{begin}Attributes Reason: Topic already exists with different attributes"
    assert other_tags[1] == f"{begin}Tags Reason: Topic already exists with different tags"
    assert twice[1] == f"{begin}Duplicated keys are not allowed."


def test_a_topic_can_be_deleted_again_and_again(place: Place) -> None:
    """Its subscriptions go with it; afterwards nobody knows it (recorded)."""
    arn = place.topic()
    place.subscribed_queue(arn)

    place.sns.delete_topic(TopicArn=arn)
    place.sns.delete_topic(TopicArn=arn)

    assert place.sns.list_subscriptions()["Subscriptions"] == []
    assert refusal(place.sns.publish, TopicArn=arn, Message="m") == ("NotFound", "Topic does not exist")


@pytest.mark.parametrize(
    ("arn", "told"),
    [
        ("t", "TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ("arn:aws:sns:eu-west-1:123456789012:t", "TopicArn"),
    ],
)
def test_an_arn_must_be_one_of_here(place: Place, arn: str, told: str) -> None:
    """Malformed ARNs and those of another region (recorded)."""
    assert refusal(place.sns.get_topic_attributes, TopicArn=arn)[1] == f"Invalid parameter: {told}"


def test_attributes_are_set_one_by_one(place: Place) -> None:
    """What is set is told; what makes a FIFO topic cannot be set later (recorded)."""
    arn = place.topic()
    delivery = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 5}}}

    for name, value in {"DisplayName": "T", "SignatureVersion": "2", "DeliveryPolicy": json.dumps(delivery)}.items():
        place.sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=value)
    attributes = place.sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    fifo = refusal(place.sns.set_topic_attributes, TopicArn=arn, AttributeName="FifoTopic", AttributeValue="true")

    assert (attributes["DisplayName"], attributes["SignatureVersion"]) == ("T", "2")
    assert json.loads(attributes["EffectiveDeliveryPolicy"])["http"]["defaultHealthyRetryPolicy"]["numRetries"] == 5
    assert fifo[1] == "Invalid parameter: AttributeName"


def test_a_version_of_signatures_is_told_if_it_was_set(place: Place) -> None:
    """Nothing is said of the default (recorded); who sets it finds what was set, as of any attribute (unconfirmed)."""
    told = place.sns.get_topic_attributes(TopicArn=place.topic("plain"))["Attributes"]
    set_to_1 = place.sns.get_topic_attributes(TopicArn=place.topic("set", SignatureVersion="1"))["Attributes"]

    assert "SignatureVersion" not in told
    assert set_to_1["SignatureVersion"] == "1"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("SQSSuccessFeedbackSampleRate", "101", "Invalid value [101]. Must be between 0 and 100."),
        ("SQSSuccessFeedbackSampleRate", "many", "Invalid value [many]. Must be between 0 and 100."),
        ("LambdaFailureFeedbackRoleArn", "logger", "Invalid value [logger]. Must be the ARN of a role."),
    ],
    ids=["rate", "no number", "role"],
)
def test_logs_of_deliveries_have_a_rate_and_a_role(place: Place, name: str, value: str, told: str) -> None:
    """None is written, but a setting that makes no sense is refused (words unconfirmed)."""
    refused = refusal(place.sns.set_topic_attributes, TopicArn=place.topic(), AttributeName=name, AttributeValue=value)

    assert refused == ("InvalidParameter", f"Invalid parameter: {name}: {told}")


def test_logs_of_deliveries_can_be_set_to_nothing(place: Place) -> None:
    """As infrastructure tools do to be rid of them."""
    arn = place.topic(SQSSuccessFeedbackSampleRate="50", SQSSuccessFeedbackRoleArn="arn:aws:iam::123456789012:role/log")

    for name in ("SQSSuccessFeedbackSampleRate", "SQSSuccessFeedbackRoleArn"):
        place.sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue="")

    assert not [name for name in place.sns.get_topic_attributes(TopicArn=arn)["Attributes"] if name.startswith("SQS")]


def test_a_policy_is_about_topics(place: Place) -> None:
    """Actions of another service are out of place; `sns:*` and `*` are not."""
    statement = {"Effect": "Allow", "Principal": "*", "Resource": "*"}
    actions = ("*", ["sns:*"], "sqs:SendMessage")
    policies = [json.dumps({"Statement": {**statement, "Action": action}}) for action in actions]
    given = {"TopicArn": place.topic(), "AttributeName": "Policy"}

    for policy in policies[:2]:
        place.sns.set_topic_attributes(**given, AttributeValue=policy)
    told = refusal(place.sns.set_topic_attributes, **given, AttributeValue=policies[2])

    assert told == ("InvalidParameter", "Invalid parameter: Policy statement action out of service scope!")
    assert place.sns.get_topic_attributes(TopicArn=given["TopicArn"])["Attributes"]["Policy"] == policies[1]


def test_what_has_no_effect_is_told(place: Place) -> None:
    """Encryption and delivery logs are kept and change nothing."""
    arn = place.topic(KmsMasterKeyId="alias/aws/sns")

    assert place.sns.get_topic_attributes(TopicArn=arn)["Attributes"]["KmsMasterKeyId"] == "alias/aws/sns"
    assert [detail["parameter"] for detail in place.details("accepted without effect")] == ["KmsMasterKeyId"]


@pytest.mark.parametrize("token", ["foo", "LTU=", "/w==", "MQ"], ids=["word", "below nothing", "no text", "half"])
def test_a_token_of_somebody_else_leads_to_no_page(place: Place, token: str) -> None:
    """The words are unconfirmed."""
    told = refusal(place.sns.list_topics, NextToken=token)

    assert told == ("InvalidParameter", "Invalid parameter: NextToken Reason: invalid token")


def test_topics_are_listed_in_pages_of_a_hundred(place: Place) -> None:
    """A token leads on."""
    for number in range(101):
        place.topic(f"t{number}")

    pages = list(place.sns.get_paginator("list_topics").paginate())

    assert [len(page["Topics"]) for page in pages] == [100, 1]


def test_tags_are_kept(place: Place) -> None:
    """Set, list, take away; of an unknown topic: ResourceNotFound."""
    arn = place.topic()
    tagged: dict[str, Any] = {"ResourceArn": arn}

    place.sns.tag_resource(**tagged, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    place.sns.untag_resource(**tagged, TagKeys=["a", "absent"])

    assert place.sns.list_tags_for_resource(**tagged)["Tags"] == [{"Key": "b", "Value": "2"}]
    assert refusal(place.sns.list_tags_for_resource, ResourceArn=f"{arn}x") == (
        "ResourceNotFound",
        "Resource does not exist",
    )


def test_permissions_become_statements_of_the_policy(place: Place) -> None:
    """They are kept and told."""
    arn = place.topic()
    given = {"TopicArn": arn, "Label": "l", "AWSAccountId": ["111122223333"], "ActionName": ["Publish"]}

    place.sns.add_permission(**given)
    policy = json.loads(place.sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    place.sns.remove_permission(TopicArn=arn, Label="l")
    after = json.loads(place.sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    nobody = refusal(place.sns.add_permission, **{**given, "AWSAccountId": ["me"]})

    assert nobody == ("InvalidParameter", "Invalid parameter: Policy Error: PrincipalNotFound")
    assert policy["Statement"][1] == {
        "Sid": "l",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
        "Action": "SNS:Publish",
        "Resource": arn,
    }
    assert len(after["Statement"]) == 1


def test_a_data_protection_policy_is_kept(place: Place) -> None:
    """It is told, and no message is looked at by it."""
    arn = place.topic()

    place.sns.put_data_protection_policy(ResourceArn=arn, DataProtectionPolicy='{"Name": "p"}')
    told = refusal(place.sns.put_data_protection_policy, ResourceArn=arn, DataProtectionPolicy="p")
    unmade = refusal(place.sns.create_topic, Name="unmade", DataProtectionPolicy=f'{{"Name": "{"p" * 30_720}"}}')

    assert told == ("InvalidParameter", "Invalid parameter: DataProtectionPolicy: failed to parse JSON.")
    assert unmade == ("InvalidParameter", "Invalid parameter: DataProtectionPolicy: it is too long")
    assert [topic["TopicArn"] for topic in place.sns.list_topics()["Topics"]] == [arn]
    assert place.sns.get_data_protection_policy(ResourceArn=arn)["DataProtectionPolicy"] == '{"Name": "p"}'
