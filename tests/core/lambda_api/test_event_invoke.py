"""What becomes of asynchronous events, as the API has it? Retries, age and destinations of each qualifier."""

import json
from typing import Any

import pytest

from eventsim import ApiError

QUEUE = "arn:aws:sqs:us-east-1:123456789012:failures"
FAILS = "def handler(event, context): raise ValueError('no')"


def test_a_destination_gets_what_is_given_up(aws: Any) -> None:
    """Without retries the record comes at once."""
    aws.simulation.add_source("queues", "failures")
    aws.create(source=FAILS)
    put = aws(
        "PutFunctionEventInvokeConfig",
        FunctionName="f",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": QUEUE}},
    )
    aws("Invoke", FunctionName="f", InvocationType="Event", Payload=b'{"n": 1}')
    aws.simulation.until_idle()

    url = aws.simulation.request("sqs", "GetQueueUrl", {"QueueName": "failures"})["QueueUrl"]
    (message,) = aws.simulation.request("sqs", "ReceiveMessage", {"QueueUrl": url})["Messages"]
    record = json.loads(message["Body"])
    assert (record["requestContext"]["condition"], record["requestPayload"]) == ("RetriesExhausted", {"n": 1})
    assert put["FunctionArn"].endswith(":function:f:$LATEST")
    assert put["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": QUEUE}}
    assert "MaximumEventAgeInSeconds" not in put


def test_a_bucket_keeps_what_is_given_up(aws: Any) -> None:
    """Under a key of the function, the day and the instant (documented)."""
    request = aws.simulation.request
    request("s3", "CreateBucket", {"Bucket": "failures"})
    aws.create(source=FAILS)
    failures = {"OnFailure": {"Destination": "arn:aws:s3:::failures"}}
    aws("PutFunctionEventInvokeConfig", FunctionName="f", MaximumRetryAttempts=0, DestinationConfig=failures)
    aws("Invoke", FunctionName="f", InvocationType="Event", Payload=b'{"n": 1}')
    aws.simulation.until_idle()

    (found,) = request("s3", "ListObjectsV2", {"Bucket": "failures"})["Contents"]
    record = json.loads(request("s3", "GetObject", {"Bucket": "failures", "Key": found["Key"]})["Body"].read())
    assert found["Key"].startswith("aws/lambda/async/f/2026/01/01/2026-01-01T00.00.00-")
    assert record["requestPayload"] == {"n": 1}


def test_a_bucket_keeps_the_records_of_a_stream_that_are_given_up(aws: Any) -> None:
    """With the payload of the batch, which other destinations do not get (documented)."""
    request = aws.simulation.request
    request("s3", "CreateBucket", {"Bucket": "failures"})
    request("kinesis", "CreateStream", {"StreamName": "clicks", "ShardCount": 1})
    aws.simulation.until_idle()
    aws.create(source=FAILS)
    aws(
        "CreateEventSourceMapping",
        FunctionName="f",
        EventSourceArn="arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
        StartingPosition="TRIM_HORIZON",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
    )
    request("kinesis", "PutRecord", {"StreamName": "clicks", "Data": b"click", "PartitionKey": "p"})
    aws.simulation.advance("1 minute")

    (found,) = request("s3", "ListObjectsV2", {"Bucket": "failures"})["Contents"]
    record = json.loads(request("s3", "GetObject", {"Bucket": "failures", "Key": found["Key"]})["Body"].read())
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert "payload" in record


def test_a_scenario_names_a_bucket_for_failures(aws: Any) -> None:
    """By its name; for successes there is none (documented)."""

    def fail(event: Any, context: Any) -> None:
        raise ValueError("no")

    aws.simulation.add_source("buckets", "failures")
    aws.simulation.add_function("g", handler=fail, on_failure="failures", maximum_retry_attempts=0)
    aws("Invoke", FunctionName="g", InvocationType="Event", Payload=b"{}")
    aws.simulation.until_idle()

    assert len(aws.simulation.request("s3", "ListObjectsV2", {"Bucket": "failures"})["Contents"]) == 1


def test_a_dead_letter_queue_gets_the_event_itself(aws: Any) -> None:
    """It belongs to the function's configuration."""
    aws.simulation.add_source("queues", "failures")
    created = aws.create(source=FAILS, DeadLetterConfig={"TargetArn": QUEUE})
    aws("PutFunctionEventInvokeConfig", FunctionName="f", MaximumRetryAttempts=0)
    aws("Invoke", FunctionName="f", InvocationType="Event", Payload=b'{"n": 1}')
    aws.simulation.until_idle()

    assert created["DeadLetterConfig"] == {"TargetArn": QUEUE}
    assert aws.simulation.sources("queues")["failures"].summary()["sent"] == 1


def test_an_update_keeps_the_rest_and_a_put_does_not(aws: Any) -> None:
    """Putting begins anew."""
    aws.create()
    aws("PutFunctionEventInvokeConfig", FunctionName="f", MaximumRetryAttempts=1)
    updated = aws("UpdateFunctionEventInvokeConfig", FunctionName="f", MaximumEventAgeInSeconds=60)

    put = aws("PutFunctionEventInvokeConfig", FunctionName="f", MaximumEventAgeInSeconds=90)

    assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (1, 60)
    assert "MaximumRetryAttempts" not in put
    assert aws("ListFunctionEventInvokeConfigs", FunctionName="f")["FunctionEventInvokeConfigs"] == [put]


def test_a_deleted_configuration_is_gone(aws: Any) -> None:
    """There is none to begin with, either."""
    aws.create()
    aws("PutFunctionEventInvokeConfig", FunctionName="f", MaximumRetryAttempts=1)
    aws("DeleteFunctionEventInvokeConfig", FunctionName="f")

    for operation in ("GetFunctionEventInvokeConfig", "DeleteFunctionEventInvokeConfig"):
        with pytest.raises(ApiError, match=r"The function .*:f:\$LATEST doesn't have an EventInvokeConfig"):
            aws(operation, FunctionName="f")


def test_a_scenarios_settings_are_told(aws: Any) -> None:
    """Destinations go by their ARN, whatever the scenario calls them."""
    aws.simulation.add_source("queues", "failures")
    aws.simulation.add_function("g", handler=lambda event, context: None, on_failure="failures")

    got = aws("GetFunctionEventInvokeConfig", FunctionName="g")

    assert got["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": QUEUE}}


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        ("PutFunctionEventInvokeConfig", "The function doesn't exist."),
        ("UpdateFunctionEventInvokeConfig", "The function doesn't exist."),
        ("ListFunctionEventInvokeConfigs", "The function doesn't exist."),
        ("GetFunctionEventInvokeConfig", r"The function .*:none:\$LATEST doesn't have an EventInvokeConfig"),
        ("DeleteFunctionEventInvokeConfig", r"The function .*:none:\$LATEST doesn't have an EventInvokeConfig"),
    ],
)
def test_a_function_that_is_not_there_has_no_configuration(aws: Any, operation: str, message: str) -> None:
    """Recorded for putting one; the others' words are emulated."""
    given = {"MaximumRetryAttempts": 1} if operation.startswith(("Put", "Update")) else {}

    with pytest.raises(ApiError, match=message) as refused:
        aws(operation, FunctionName="none", **given)

    assert (refused.value.code, refused.value.status) == ("ResourceNotFoundException", 404)


@pytest.mark.parametrize("region", ["eu-west-1", "us-east-1"])
def test_a_destination_elsewhere_is_not_looked_for(aws: Any, region: str) -> None:
    """What is in another account or region nobody can know here."""
    aws.create()
    account_id = "123456789012" if region == "eu-west-1" else "111122223333"
    destination = {"OnSuccess": {"Destination": f"arn:aws:sqs:{region}:{account_id}:far"}, "OnFailure": {}}

    put = aws("PutFunctionEventInvokeConfig", FunctionName="f", DestinationConfig=destination)

    assert put["DestinationConfig"] == destination


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        pytest.param({}, "You must specify at least one", id="nothing"),
        pytest.param({"MaximumRetryAttempts": 3}, "'3' at 'maximumRetryAttempts'", id="retries"),
        pytest.param({"MaximumEventAgeInSeconds": 59}, "'59' at 'maximumEventAgeInSeconds'", id="age"),
        pytest.param(
            {"DestinationConfig": {"OnSuccess": {"Destination": "queue"}}},
            "'queue' at 'destinationConfig.onSuccess.destination'",
            id="ARN",
        ),
        pytest.param(
            {"DestinationConfig": {"OnSuccess": {"Destination": "arn:aws:lambda:us-east-1:123456789012:function:f"}}},
            "as a destination for itself",
            id="itself",
        ),
        *(
            pytest.param(
                {"DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:{kind}:us-east-1:123456789012:{name}"}}},
                f"The destination ARN arn:aws:{kind}:us-east-1:123456789012:{name} is invalid.",
                id=f"missing in {kind}",
            )
            for kind, name in (("sqs", "none"), ("sns", "none"), ("lambda", "function:none"))
        ),
    ],
)
def test_a_bad_configuration_is_refused(aws: Any, parameters: dict[str, Any], message: str) -> None:
    """In AWS's words."""
    aws.create()

    with pytest.raises(ApiError, match=message):
        aws("PutFunctionEventInvokeConfig", FunctionName="f", **parameters)
