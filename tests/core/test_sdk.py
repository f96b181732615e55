"""What does boto3 see of the simulation? The SDK itself, with answers from inside the process."""

import os
import random  # noqa: TID251 - what a stub calls
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from eventsim import ApiError, NotSimulated, SyncSimulation
from eventsim.simulation import FunctionFailed

EARLY = boto3.client("sqs", region_name="eu-west-1")
"""A client made before any simulation, as test modules do."""


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=5) as simulation:
        simulation.add_source("queues", "work")
        simulation.add_source("buckets", "shelf")
        yield simulation


def url(client: Any) -> str:
    return str(client.get_queue_url(QueueName="work")["QueueUrl"])


def test_a_client_made_before_the_run_is_answered(simulation: SyncSimulation) -> None:
    """The hook is tied to a client at its first call, so it does not matter when it was made."""
    sent = EARLY.send_message(QueueUrl=url(EARLY), MessageBody="hello")

    received = EARLY.receive_message(QueueUrl=url(EARLY))["Messages"][0]
    assert (received["MessageId"], received["Body"]) == (sent["MessageId"], "hello")
    assert simulation.sources("queues")["work"].summary()["sent"] == 1


def test_answers_have_metadata(simulation: SyncSimulation) -> None:
    """`ResponseMetadata` is what people log: request id, status, headers, attempts."""
    metadata = boto3.client("sqs", region_name="us-east-1").list_queues()["ResponseMetadata"]

    assert metadata["HTTPStatusCode"] == 200
    assert metadata["RetryAttempts"] == 0
    assert metadata["HTTPHeaders"]["x-amzn-requestid"] == metadata["RequestId"]
    assert metadata["HTTPHeaders"]["date"] == "Thu, 01 Jan 2026 00:00:00 GMT"


def test_answers_of_s3_have_ids_of_their_own(simulation: SyncSimulation) -> None:
    """Two of them, in the metadata and in headers; support asks for both."""
    metadata = boto3.client("s3", region_name="us-east-1").list_buckets()["ResponseMetadata"]

    headers = metadata["HTTPHeaders"]
    assert (headers["x-amz-request-id"], headers["x-amz-id-2"]) == (metadata["RequestId"], metadata["HostId"])
    assert len(metadata["RequestId"]) == 16
    assert headers["server"] == "AmazonS3"


@pytest.mark.parametrize(
    ("service", "operation", "content_type"),
    [
        ("sqs", "list_queues", "application/x-amz-json-1.0"),
        ("logs", "describe_log_groups", "application/x-amz-json-1.1"),
        ("lambda", "list_functions", "application/json"),
        ("sns", "list_topics", "text/xml"),
        ("s3", "list_buckets", "application/xml"),
    ],
)
def test_answers_say_what_their_bodies_are(
    simulation: SyncSimulation, service: str, operation: str, content_type: str
) -> None:
    """As they would over HTTP, by the service's protocol."""
    answer = getattr(boto3.client(service, region_name="us-east-1"), operation)()

    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == content_type


def test_errors_and_empty_answers_have_their_headers(simulation: SyncSimulation) -> None:
    """An error is a document, too; an answer without content has no type."""
    client = boto3.client("lambda", region_name="us-east-1")
    simulation.add_function("f", handler=lambda event, context: None)

    with pytest.raises(client.exceptions.ResourceNotFoundException) as caught:
        client.get_function(FunctionName="none")
    deleted = client.delete_function(FunctionName="f")

    assert caught.value.response["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/json"
    assert "content-type" not in deleted["ResponseMetadata"]["HTTPHeaders"]


def test_parameters_are_validated_by_botocore(simulation: SyncSimulation) -> None:
    """A user's mistake looks as it does on AWS: botocore finds it."""
    with pytest.raises(ParamValidationError, match='Missing required parameter in input: "MessageBody"'):
        EARLY.send_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/123456789012/work")


def test_errors_are_the_clients_own_exceptions(simulation: SyncSimulation) -> None:
    """`client.exceptions.X` catches what the service raises; the response has AWS's code."""
    with pytest.raises(EARLY.exceptions.QueueDoesNotExist) as caught:
        EARLY.get_queue_url(QueueName="nowhere")

    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_resources_and_streaming_bodies_work(simulation: SyncSimulation) -> None:
    """`boto3.resource` is built on the same calls; a body can be read, iterated and closed."""
    shelf = boto3.resource("s3", region_name="us-east-1").Bucket("shelf")
    shelf.put_object(Key="poem", Body=b"one\ntwo\n")

    body = shelf.Object("poem").get()["Body"]

    assert list(body.iter_lines()) == [b"one", b"two"]
    assert [item.key for item in shelf.objects.all()] == ["poem"]


def test_what_is_not_simulated_is_refused_by_name(simulation: SyncSimulation) -> None:
    """Nothing reaches the network: the error names service and operation and says how to stub them."""
    client = boto3.client("athena", region_name="us-east-1")

    with pytest.raises(NotSimulated, match=r"athena\.ListWorkGroups is not simulated"):
        client.list_work_groups()


def test_a_stub_answers_with_a_value_a_function_or_an_error(simulation: SyncSimulation) -> None:
    """What nobody simulates, the test answers."""
    client = boto3.client("dynamodb", region_name="us-east-1")
    simulation.stub("dynamodb", "ListTables", {"TableNames": ["t"]})
    simulation.stub("dynamodb", "DescribeTable", lambda parameters: {"Table": {"TableName": parameters["TableName"]}})
    simulation.stub("dynamodb", "DeleteTable", error="ResourceInUseException", message="busy")

    assert client.list_tables()["TableNames"] == ["t"]
    assert client.describe_table(TableName="x")["Table"] == {"TableName": "x"}
    with pytest.raises(client.exceptions.ResourceInUseException, match="busy"):
        client.delete_table(TableName="x")


def _as_a_key(_: object) -> dict[str, Any]:
    """Answer with the date, and with what chance says in three ways."""
    now, name = datetime.now(UTC), uuid.uuid4()  # noqa: TID251 - what a stub calls
    text = f"{now:%H:%M} {random.random()} {name} {os.urandom(2).hex()}"
    return {"KeyMetadata": {"KeyId": "k", "Description": text}}


@pytest.mark.parametrize("who", ["a function", "the test"])
def test_a_stub_sees_virtual_dates_and_what_the_seed_decides(who: str) -> None:
    """It is a part of the world: a partner that is down from one o'clock on, or now and then."""

    def ask(event: object, context: object) -> Any:
        return boto3.client("kms", region_name="us-east-1").describe_key(KeyId="k")["KeyMetadata"]["Description"]

    told = []
    for _ in range(2):
        with SyncSimulation(seed=3) as simulation:
            simulation.stub("kms", "DescribeKey", _as_a_key)
            simulation.add_function("ask", handler=ask)
            simulation.advance("61 minutes")
            told.append(simulation.invoke("ask") if who == "a function" else ask(None, None))

    assert told[0].startswith("01:01 ")
    assert told[0] == told[1]


def test_a_stub_may_answer_with_bytes_text_or_data(simulation: SyncSimulation) -> None:
    """Where the operation returns bytes, its caller gets bytes, in streams too; instants stay instants."""
    model: Any = boto3.client("bedrock-runtime", region_name="us-east-1")
    kms: Any = boto3.client("kms", region_name="us-east-1")
    simulation.stub("bedrock-runtime", "InvokeModel", {"body": {"completion": "hi"}})
    simulation.stub("bedrock-runtime", "InvokeModelWithResponseStream", {"body": [{"chunk": {"bytes": b"hi"}}]})
    simulation.stub("kms", "Decrypt", lambda parameters: {"Plaintext": "secret"})
    simulation.stub("kms", "DescribeKey", {"KeyMetadata": {"KeyId": "k", "CreationDate": datetime(2026, 1, 1)}})

    bodies = [model.invoke_model(modelId="m", body=b"{}")["body"].read() for _ in range(2)]
    chunks = list(model.invoke_model_with_response_stream(modelId="m", body=b"{}")["body"])

    assert bodies == [b'{"completion": "hi"}'] * 2
    assert chunks == [{"chunk": {"bytes": b"hi"}}]
    assert kms.decrypt(CiphertextBlob=b"x")["Plaintext"] == b"secret"
    assert kms.describe_key(KeyId="k")["KeyMetadata"]["CreationDate"] == datetime(2026, 1, 1, tzinfo=UTC)


def test_listeners_need_no_keys_of_their_own(simulation: SyncSimulation, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that listens to every request, as some do once they are imported, changes nothing."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    client = boto3.Session().client("sqs", region_name="us-east-1")
    seen: list[str] = []
    client.meta.events.register("request-created.sqs", lambda request, **_: seen.append(request.method))

    assert client.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert seen == ["POST"]


def test_a_users_own_listeners_see_the_signed_request(simulation: SyncSimulation) -> None:
    """Somebody who registered for `before-sign` or `before-send` is still called, and may answer."""
    client = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")
    seen: list[str] = []
    client.meta.events.register("before-sign.sqs", lambda request, **_: seen.append(request.method))
    client.meta.events.register(
        "before-send.sqs", lambda request, **_: seen.append(request.headers["Authorization"].decode()[:16])
    )

    names = client.list_queues()["QueueUrls"]

    assert seen == ["POST", "AWS4-HMAC-SHA256"]
    assert len(names) == 1


def test_a_users_own_listeners_see_the_body_as_it_is_sent(simulation: SyncSimulation) -> None:
    """Its chunks and its checksum are announced by headers, so whoever reads it expects them."""
    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="key", aws_secret_access_key="secret")
    seen: list[tuple[bytes, bytes]] = []
    client.meta.events.register(
        "before-send.s3", lambda request, **_: seen.append((request.headers["X-Amz-Trailer"], request.body.read()))
    )

    client.put_object(Bucket="shelf", Key="greeting", Body=b"hello")

    assert seen == [(b"x-amz-checksum-crc32", b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n")]
    assert simulation.read("shelf", "greeting") == b"hello"


def test_throttles_are_retried_in_virtual_time(simulation: SyncSimulation) -> None:
    """botocore's own retry mode decides; a handler waits in virtual time, with seeded jitter."""
    answers: list[str] = []

    def busy(parameters: Any) -> dict[str, Any]:
        answers.append("asked")
        if len(answers) < 3:
            raise ApiError("ThrottlingException", "Rate exceeded")
        return {"TableNames": []}

    def handler(event: Any, context: Any) -> int:
        client = boto3.client("dynamodb")
        return int(client.list_tables()["ResponseMetadata"]["RetryAttempts"])

    simulation.stub("dynamodb", "ListTables", busy)
    simulation.add_function("f", handler=handler, timeout="1 minute")

    retries = simulation.invoke("f")

    assert (retries, len(answers)) == (2, 3)
    assert simulation.now_s > 0.2


def test_sessions_of_all_environments_share_what_they_have_read(simulation: SyncSimulation) -> None:
    """Service models are the same for all; reading them again would be half of a cold start's real time."""
    loaders: list[Any] = []

    def handler(event: Any, context: Any) -> str:
        session = boto3.Session()
        loaders.append(session._loader)
        return str(session.region_name)

    for name in ("f", "g"):
        simulation.add_function(name, handler=handler)

    regions = [simulation.invoke("f"), simulation.invoke("g")]

    assert regions == ["us-east-1", "us-east-1"]
    assert loaders[0] is loaders[1]


def test_outside_a_simulation_botocore_is_untouched() -> None:
    """When no simulation is open, the SDK goes its own way."""
    from botocore.client import BaseClient

    assert BaseClient._make_api_call.__module__ == "botocore.client"


def test_an_error_shows_the_members_of_its_shape(simulation: SyncSimulation) -> None:
    """Beside `Error` stands what the error's shape has: for most JSON services its words once more."""
    table = boto3.client("dynamodb", region_name="us-east-1")
    function = boto3.client("lambda", region_name="us-east-1")

    with pytest.raises(table.exceptions.ResourceNotFoundException) as missing_table:
        table.describe_table(TableName="nowhere")
    with pytest.raises(function.exceptions.ResourceNotFoundException) as missing_function:
        function.get_function(FunctionName="nobody")
    with pytest.raises(ClientError) as invalid:
        table.put_item(TableName="nowhere", Item={}, ReturnValues="SOME")

    assert missing_table.value.response["message"] == missing_table.value.response["Error"]["Message"]
    assert missing_function.value.response["Type"] == "User"
    assert missing_function.value.response["Message"] == missing_function.value.response["Error"]["Message"]
    assert "message" not in invalid.value.response  # no shape describes a ValidationException of DynamoDB's


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("sns", "get_topic_attributes", {"TopicArn": "arn:aws:sns:us-east-1:123456789012:none"}),
        ("sqs", "get_queue_url", {"QueueName": "none"}),
        ("sts", "get_federation_token", {"Name": "a b"}),
    ],
)
def test_an_error_in_the_query_protocol_says_whose_fault_it_is(
    simulation: SyncSimulation, service: str, operation: str, parameters: dict[str, str]
) -> None:
    """As the XML does that boto3 would have read, and as the headers of services that once spoke it."""
    with pytest.raises(ClientError) as caught:
        getattr(boto3.client(service, region_name="us-east-1"), operation)(**parameters)

    assert caught.value.response["Error"]["Type"] == "Sender"


def test_delays_before_a_retry_follow_from_the_seed() -> None:
    """The SDK draws them; it was loaded before the run, and by clients of its own, as in any test file."""
    table = boto3.client("dynamodb", region_name="us-east-1")

    def handler(event: Any, context: Any) -> None:
        table.describe_table(TableName="busy")

    def retried_for_us(seed: int) -> int:
        with SyncSimulation(seed=seed) as simulation:
            simulation.stub("dynamodb", "DescribeTable", error="ThrottlingException")
            simulation.add_function("f", handler=handler, timeout="5 minutes")
            with pytest.raises(FunctionFailed):
                simulation.invoke("f", {})
            return simulation.clock.now_us

    spans_us = [retried_for_us(seed) for seed in (1, 1, 2)]

    assert spans_us[0] == spans_us[1] != spans_us[2]
