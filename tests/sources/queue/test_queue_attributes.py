"""Queue attributes as strings, and the settings that they stand for."""

import pytest

from eventsim import ApiError
from eventsim_sources.queue.attributes import changed, created, described, first_difference, read_redrive
from eventsim_sources.queue.names import check_queue_name, name_and_account
from eventsim_sources.queue.settings import RedriveAllowPolicy, RedrivePolicy, Settings

FIFO = {"FifoQueue": "true"}
DEAD = "arn:aws:sqs:us-east-1:123456789012:dead"


def test_a_fresh_fifo_queue_is_described_as_recorded() -> None:
    """All attributes that do not depend on the queue's identity and content."""
    attributes = described(created(FIFO))

    assert attributes == {
        "ContentBasedDeduplication": "false",
        "DeduplicationScope": "queue",
        "DelaySeconds": "0",
        "FifoQueue": "true",
        "FifoThroughputLimit": "perQueue",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
        "VisibilityTimeout": "30",
    }


@pytest.mark.parametrize(
    ("given", "code", "message"),
    [
        ({"FifoQueue": "false"}, "InvalidAttributeName", "Unknown Attribute FifoQueue."),
        (
            {"ContentBasedDeduplication": "true"},
            "InvalidAttributeName",
            "Unknown Attribute ContentBasedDeduplication.",
        ),
        (
            {"DeduplicationScope": "queue"},
            "InvalidAttributeName",
            "You can specify the DeduplicationScope only when FifoQueue is set to true.",
        ),
        (
            {"FifoThroughputLimit": "perQueue"},
            "InvalidAttributeName",
            "You can specify the FifoThroughputLimit only when FifoQueue is set to true.",
        ),
        ({"Colour": "red"}, "InvalidAttributeName", "Unknown Attribute Colour."),
        (
            {"KmsMasterKeyId": "key", "SqsManagedSseEnabled": "true"},
            "InvalidAttributeName",
            "You can use one type of server-side encryption (SSE) at one time. "
            "You can either enable KMS SSE or SQS SSE.",
        ),
        (
            {**FIFO, "FifoThroughputLimit": "perMessageGroupId"},
            "InvalidAttributeValue",
            "Invalid value for the parameter FifoThroughputLimit. "
            "Reason: FifoThroughputLimit can be perMessageGroupId only with DeduplicationScope messageGroup.",
        ),
    ],
    ids=["FifoQueue=false", "content", "scope", "limit", "unknown", "encryption", "limit without scope"],
)
def test_attributes_that_do_not_fit_are_refused(given: dict[str, str], code: str, message: str) -> None:
    """AWS's codes and words, recorded but for the last."""
    with pytest.raises(ApiError) as caught:
        created(given)

    assert (caught.value.code, caught.value.message) == (code, message)


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("VisibilityTimeout", 0, 43_200),
        ("DelaySeconds", 0, 900),
        ("MessageRetentionPeriod", 60, 1_209_600),
        ("MaximumMessageSize", 1_024, 1_048_576),
        ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    ],
)
def test_numbers_have_bounds(name: str, least: int, most: int) -> None:
    """Both bounds are inclusive, and what is no number is refused."""
    accepted = [described(changed(Settings(), {name: str(value)}))[name] for value in (least, most)]
    refused = 0
    for value in (str(least - 1), str(most + 1), "many", ""):
        with pytest.raises(ApiError, match=f"Invalid value for the parameter {name}."):
            changed(Settings(), {name: value})
        refused += 1

    assert accepted == [str(least), str(most)]
    assert refused == 4


def test_tools_may_write_the_type_of_a_queue_in_capitals() -> None:
    """Such as Ansible; what is told is in small letters, and the same again is no change."""
    settings = created({"FifoQueue": "True"})

    assert described(settings)["FifoQueue"] == "true"
    assert first_difference(settings, {"FifoQueue": "True"}) is None


def test_the_type_of_a_queue_cannot_be_changed() -> None:
    """Recorded, each with its own words."""
    with pytest.raises(ApiError, match=r"Modifying queue type is not supported\."):
        changed(Settings(is_fifo=True), {"FifoQueue": "false"})
    with pytest.raises(ApiError, match=r"Unknown Attribute FifoQueue\."):
        changed(Settings(), {"FifoQueue": "true"})

    assert changed(Settings(is_fifo=True), FIFO) == Settings(is_fifo=True)


def test_a_key_switches_sqs_encryption_off_for_good() -> None:
    """It becomes false with a KMS key and stays false after the key is gone (recorded)."""
    with_key = changed(Settings(), {"KmsMasterKeyId": "alias/key"})
    without = changed(with_key, {"KmsMasterKeyId": ""})

    assert described(with_key)["SqsManagedSseEnabled"] == "false"
    assert described(without)["SqsManagedSseEnabled"] == "false"
    assert "KmsMasterKeyId" not in described(without)


def test_sqs_encryption_takes_the_place_of_a_key() -> None:
    """A queue has one type of encryption at one time."""
    with_key = changed(Settings(), {"KmsMasterKeyId": "alias/key"})

    told = described(changed(with_key, {"SqsManagedSseEnabled": "true"}))

    assert told["SqsManagedSseEnabled"] == "true"
    assert "KmsMasterKeyId" not in told


@pytest.mark.parametrize("count", ["5", '"5"'], ids=["number", "text"])
def test_a_redrive_policy_is_read_and_told(count: str) -> None:
    """The count may be a number or a string of one."""
    given = f'{{"deadLetterTargetArn":"{DEAD}","maxReceiveCount":{count}}}'

    settings = changed(Settings(), {"RedrivePolicy": given})

    assert settings.redrive == RedrivePolicy(target_arn=DEAD, receive_count_max=5)
    assert described(settings)["RedrivePolicy"] == f'{{"deadLetterTargetArn":"{DEAD}","maxReceiveCount":5}}'
    assert changed(settings, {"RedrivePolicy": ""}).redrive is None


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (
            '{"maxReceiveCount":5}',
            "Redrive policy does not contain mandatory attribute: deadLetterTargetArn.",
        ),
        ('{"deadLetterTargetArn":"a"}', "Redrive policy does not contain mandatory attribute: maxReceiveCount."),
        (
            '{"deadLetterTargetArn":"a","maxReceiveCount":0}',
            "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            '{"deadLetterTargetArn":"a","maxReceiveCount":1001}',
            "Invalid value for maxReceiveCount: 1001, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            '{"deadLetterTargetArn":"a","maxReceiveCount":"x"}',
            "Invalid value for maxReceiveCount: x, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            '{"deadLetterTargetArn":"a","maxReceiveCount":4.5}',
            "Invalid value for maxReceiveCount: 4.5, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            '{"deadLetterTargetArn":"a","maxReceiveCount":5,"colour":"red"}',
            "Only following attributes are supported: [deadLetterTargetArn, maxReceiveCount].",
        ),
        ("[]", "Redrive policy is not a valid JSON map."),
    ],
    ids=["no target", "no count", "zero", "above", "no number", "no whole number", "unknown member", "no object"],
)
def test_a_bad_redrive_policy_is_refused(policy: str, reason: str) -> None:
    """InvalidParameterValue, with the policy in the message."""
    with pytest.raises(ApiError) as caught:
        read_redrive(policy)

    assert caught.value.code == "InvalidParameterValue"
    assert caught.value.message == f"Value {policy} for parameter RedrivePolicy is invalid. Reason: {reason}"


def test_a_redrive_allow_policy_names_its_sources() -> None:
    """Source ARNs go with byQueue, and only with it."""
    given = '{"redrivePermission":"byQueue","sourceQueueArns":["arn:a"]}'

    settings = changed(Settings(), {"RedriveAllowPolicy": given})

    assert settings.redrive_allow == RedriveAllowPolicy(permission="byQueue", source_arns=("arn:a",))
    assert described(settings)["RedriveAllowPolicy"] == given
    with pytest.raises(ApiError):
        changed(Settings(), {"RedriveAllowPolicy": '{"redrivePermission":"denyAll","sourceQueueArns":["arn:a"]}'})


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ("x", "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format."),
        ("{}", "Amazon SQS can't create the redrive allow policy, as it's in an unsupported format."),
        (
            '{"redrivePermission":"byQueue"}',
            "Amazon SQS can't create the redrive allow policy. When you specify the byQueue permission type, you must "
            "also specify one or more sourceQueueArns values.",
        ),
        (
            '{"redrivePermission":"byQueue","sourceQueueArns":["orders"]}',
            "sourceQueueArns must hold 1 to 10 queue ARNs.",
        ),
        ('{"redrivePermission":"byQueue","sourceQueueArns":[1]}', "sourceQueueArns must hold 1 to 10 queue ARNs."),
    ],
    ids=["no object", "no permission", "no source", "no ARN", "no text"],
)
def test_a_bad_redrive_allow_policy_is_refused(policy: str, reason: str) -> None:
    """InvalidParameterValue, with the policy in the message."""
    with pytest.raises(ApiError) as caught:
        changed(Settings(), {"RedriveAllowPolicy": policy})

    assert caught.value.code == "InvalidParameterValue"
    assert caught.value.message == f"Value {policy} for parameter RedriveAllowPolicy is invalid. Reason: {reason}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, None),
        ({"VisibilityTimeout": "30"}, None),
        ({"VisibilityTimeout": "31"}, "VisibilityTimeout"),
        ({"DelaySeconds": "0", "MessageRetentionPeriod": "60"}, "MessageRetentionPeriod"),
    ],
    ids=["nothing given", "equal", "different", "second differs"],
)
def test_creation_is_repeated_only_with_equal_attributes(given: dict[str, str], expected: str | None) -> None:
    """Attributes that are not given do not matter (recorded)."""
    assert first_difference(Settings(), given) == expected


@pytest.mark.parametrize(
    ("name", "is_fifo", "is_good"),
    [
        ("orders", False, True),
        ("o" * 80, False, True),
        ("o" * 81, False, False),
        ("", False, False),
        ("or ders", False, False),
        ("orders.fifo", False, False),
        ("orders.fifo", True, True),
        ("orders", True, False),
        ("o" * 76 + ".fifo", True, False),
        (".fifo", True, False),
    ],
    ids=["plain", "80", "81", "empty", "space", "suffix", "fifo", "no suffix", "fifo 81", "only suffix"],
)
def test_names_of_queues(name: str, is_fifo: bool, is_good: bool) -> None:
    """80 letters, digits, hyphens and underscores; the suffix belongs to FIFO queues and counts."""
    if is_good:
        check_queue_name(name, is_fifo=is_fifo)
        return

    with pytest.raises(ApiError) as caught:
        check_queue_name(name, is_fifo=is_fifo)

    assert caught.value.code == "InvalidParameterValue"


@pytest.mark.parametrize(
    "url",
    [
        "https://sqs.us-east-1.amazonaws.com/123456789012/orders",
        "http://localhost:4566/123456789012/orders",
        "http://localhost:9324/queue/123456789012/orders",
    ],
    ids=["AWS", "local", "local with a path"],
)
def test_a_queue_is_found_by_the_end_of_its_url(url: str) -> None:
    """The last two parts count, whatever stands before; a bare name does too (recorded)."""
    assert name_and_account(url) == ("orders", "123456789012")
    assert name_and_account("orders") == ("orders", "")
