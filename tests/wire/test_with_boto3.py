"""Do real clients understand us? boto3 signs and sends, and what would go to a socket goes through the codecs."""

import datetime
import hashlib
import io
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from eventsim import ApiError
from eventsim.wire.answer import decode, encode
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.route import Home

ID = "11111111-2222-3333-4444-555555555555"
Operation = Callable[[Call], Any]


class Raw(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, amount: int = 1024, decode_content: bool = False) -> Any:
        """Yield the body in pieces."""
        while piece := self.read(amount):
            yield piece


class Wire:
    """Answers clients by an operation, and keeps what they asked."""

    def __init__(self, operation: Operation) -> None:
        self.operation = operation
        self.requests: list[HttpRequest] = []
        self.calls: list[Call] = []

    def client(self, service: str, **settings: Any) -> Any:
        """Return a client whose requests come here."""
        settings = {"region_name": "eu-west-1", "endpoint_url": "http://localhost:4566", **settings}
        client = boto3.client(
            service, aws_access_key_id="000000000042", aws_secret_access_key="secret", verify=False, **settings
        )
        client.meta.events.register("before-send", self.answer)
        return client

    def answer(self, request: Any, **_: Any) -> AWSResponse:
        """Answer a signed request."""
        url = urlsplit(request.url)
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        body = request.body.read() if hasattr(request.body, "read") else request.body or b""
        body = body.encode() if isinstance(body, str) else body
        asked = HttpRequest(
            method=request.method,
            path=url.path,
            query=url.query,
            headers=Headers({"Host": url.netloc, **headers}),
            body=body,
        )
        self.requests.append(asked)
        response = self.respond(asked)
        content: Any = response.body
        content = content.read() if hasattr(content, "read") else content
        content = content if isinstance(content, bytes) else b"".join(content)
        return AWSResponse(request.url, response.status, dict(response.headers), Raw(content))

    def respond(self, request: HttpRequest) -> HttpResponse:
        """Return what a server would send."""
        call = decode(request, request_id=ID, home=Home())
        if isinstance(call, HttpResponse):
            return call
        self.calls.append(call)
        try:
            return encode(call, self.operation(call))
        except ApiError as error:
            return encode(call, error)


def refuse(*arguments: Any, **settings: Any) -> Operation:
    """Return an operation that refuses."""

    def operation(_: Call) -> Any:
        raise ApiError(*arguments, **settings)

    return operation


def test_a_message_is_sent() -> None:
    """SQS speaks JSON; a 12-digit access key is the account, the signature names the region."""
    wire = Wire(lambda _: {"MessageId": "m", "MD5OfMessageBody": hashlib.md5(b"hello").hexdigest()})

    answer = wire.client("sqs").send_message(
        QueueUrl="http://localhost:4566/000000000042/work",
        MessageBody="hello",
        MessageAttributes={"raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    )

    exchange = wire.calls[0].exchange
    assert (answer["MessageId"], answer["ResponseMetadata"]["RequestId"]) == ("m", ID)
    assert (exchange.account_id, exchange.region, exchange.protocol) == ("000000000042", "eu-west-1", "json")
    assert wire.calls[0].parameters["MessageAttributes"]["raw"]["BinaryValue"] == b"\x00\xff"


def test_a_missing_queue_is_the_clients_own_exception() -> None:
    """SQS's codes are older than its model: the header has the code, the document the shape."""
    wire = Wire(
        refuse(
            "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", shape="QueueDoesNotExist"
        )
    )
    client = wire.client("sqs")

    with pytest.raises(client.exceptions.QueueDoesNotExist) as caught:
        client.get_queue_url(QueueName="nowhere")

    assert caught.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert caught.value.response["Error"]["Type"] == "Sender"


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_an_object_is_put_and_got(style: str) -> None:
    """Buckets stand in the path or in the host; keys are any text; the checksum comes as a parameter."""
    kept: dict[str, Any] = {}

    def operation(call: Call) -> Any:
        if call.operation.name == "PutObject":
            kept.update(call.parameters, Body=call.parameters["Body"].read())
            return {"ETag": '"e"'}
        return {"Body": io.BytesIO(kept["Body"]), "ContentLength": 5, "Metadata": kept["Metadata"], "ETag": '"e"'}

    client = Wire(operation).client("s3", config=Config(s3={"addressing_style": style}))

    client.put_object(
        Bucket="shelf", Key="in/a b+ü//c", Body=b"hello", Metadata={"who": "me"}, ContentType="text/plain"
    )
    got = client.get_object(Bucket="shelf", Key="in/a b+ü//c")

    assert (kept["Bucket"], kept["Key"], kept["Body"]) == ("shelf", "in/a b+ü//c", b"hello")
    assert (kept["ChecksumCRC32"], kept["ContentLength"]) == ("NhCmhg==", 5)
    assert (got["Body"].read(), got["Metadata"], got["ETag"]) == (b"hello", {"who": "me"}, '"e"')


def test_a_stream_is_uploaded_in_chunks() -> None:
    """Over TLS boto3 wraps streams in chunks with the checksum behind them; the operation sees neither."""
    kept: dict[str, Any] = {}

    def operation(call: Call) -> Any:
        kept.update(call.parameters, Body=call.parameters["Body"].read())
        return {}

    wire = Wire(operation)
    client = wire.client("s3", endpoint_url="https://localhost:4566")

    client.put_object(Bucket="shelf", Key="k", Body=io.BytesIO(b"hello"), ContentEncoding="gzip")

    assert wire.requests[0].headers.get("content-encoding") == "gzip,aws-chunked"
    assert (kept["Body"], kept["ContentLength"]) == (b"hello", 5)
    assert (kept["ContentEncoding"], kept["ChecksumCRC32"]) == ("gzip", "NhCmhg==")


def test_a_head_has_no_body_even_if_it_fails() -> None:
    """The status is all that a client gets to know of a missing object."""
    client = Wire(refuse("NoSuchKey", "The specified key does not exist.", status=404)).client("s3")

    with pytest.raises(ClientError) as caught:
        client.head_object(Bucket="shelf", Key="gone")

    assert caught.value.response["Error"] == {"Code": "404", "Message": "Not Found"}


def test_a_missing_key_is_named_in_the_error() -> None:
    """S3's errors have further fields beside code and message."""
    wire = Wire(refuse("NoSuchKey", "The specified key does not exist.", status=404, fields={"Key": "a<b"}))
    client = wire.client("s3")

    with pytest.raises(client.exceptions.NoSuchKey) as caught:
        client.get_object(Bucket="shelf", Key="a<b")

    assert caught.value.response["Error"]["Key"] == "a<b"
    assert caught.value.response["ResponseMetadata"]["RequestId"] == "1111111122223333"


def test_where_a_bucket_is() -> None:
    """The document of GetBucketLocation cannot be described by the model; us-east-1 is the empty one."""
    places = ["eu-west-1", None]
    client = Wire(lambda _: {"LocationConstraint": places.pop(0)}).client("s3")

    assert client.get_bucket_location(Bucket="shelf")["LocationConstraint"] == "eu-west-1"
    assert client.get_bucket_location(Bucket="shelf")["LocationConstraint"] is None


@pytest.mark.parametrize(("version", "region"), [("s3v4", "eu-west-1"), ("s3", "us-east-1")])
def test_a_presigned_url_is_understood(version: str, region: str) -> None:
    """The signature stands in the query and says the account all the same; the old one knows no region."""
    wire = Wire(lambda _: {})
    client = wire.client("s3", config=Config(signature_version=version))
    url = urlsplit(client.generate_presigned_url("get_object", Params={"Bucket": "shelf", "Key": "a b"}))

    call = decode(
        HttpRequest(method="GET", path=url.path, query=url.query, headers=Headers({"Host": url.netloc})),
        request_id=ID,
        home=Home(),
    )

    assert isinstance(call, Call)
    assert (call.operation.name, call.parameters) == ("GetObject", {"Bucket": "shelf", "Key": "a b"})
    assert (call.exchange.account_id, call.exchange.region) == ("000000000042", region)


def test_a_function_is_invoked() -> None:
    """Lambda's payload goes as bytes both ways, the rest in headers."""
    wire = Wire(lambda _: {"StatusCode": 200, "Payload": b'{"a":1}', "FunctionError": "Unhandled"})

    answer = wire.client("lambda").invoke(FunctionName="f:prod", Payload=b"[1]", InvocationType="RequestResponse")

    assert wire.calls[0].parameters == {
        "FunctionName": "f:prod",
        "Payload": b"[1]",
        "InvocationType": "RequestResponse",
    }
    assert (answer["Payload"].read(), answer["FunctionError"], answer["StatusCode"]) == (b'{"a":1}', "Unhandled", 200)


def test_a_throttled_function_says_why() -> None:
    """The error's members stand in the document, one of them in a header."""
    fields = {"Reason": "ReservedFunctionConcurrentInvocationLimitExceeded", "Type": "User", "retryAfterSeconds": "1"}
    wire = Wire(refuse("TooManyRequestsException", "Rate Exceeded.", status=429, fields=fields))
    client = wire.client("lambda", config=Config(retries={"max_attempts": 0}))

    with pytest.raises(client.exceptions.TooManyRequestsException) as caught:
        client.invoke(FunctionName="f")

    response = caught.value.response
    assert response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert (response["Error"]["Message"], response["retryAfterSeconds"]) == ("Rate Exceeded.", "1")


def test_a_response_is_streamed() -> None:
    """InvokeWithResponseStream answers with events, which come as they are made."""
    events = [{"PayloadChunk": {"Payload": b"one"}}, {"InvokeComplete": {"ErrorCode": "E", "LogResult": "bG9n"}}]
    wire = Wire(lambda _: {"StatusCode": 200, "ExecutedVersion": "$LATEST", "EventStream": iter(events)})

    answer = wire.client("lambda").invoke_with_response_stream(FunctionName="f")

    assert list(answer["EventStream"]) == events
    assert answer["ExecutedVersion"] == "$LATEST"


def test_who_am_i() -> None:
    """STS speaks the query protocol."""
    wire = Wire(lambda call: {"Account": call.exchange.account_id, "UserId": "u", "Arn": "arn:aws:iam::1:root"})

    assert wire.client("sts").get_caller_identity()["Account"] == "000000000042"


def test_metrics_are_read() -> None:
    """CloudWatch's dates and numbers come back as such."""
    wire = Wire(
        lambda call: {"MetricDataResults": [{"Id": "m", "Timestamps": [call.parameters["StartTime"]], "Values": [1.5]}]}
    )
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)

    answer = wire.client("cloudwatch").get_metric_data(MetricDataQueries=[], StartTime=start, EndTime=start)

    assert answer["MetricDataResults"] == [{"Id": "m", "Timestamps": [start], "Values": [1.5]}]


@pytest.mark.parametrize(
    ("method", "parameters", "operation"),
    [
        ("get_object_annotation", {"AnnotationName": "n"}, "GetObjectAnnotation"),
        ("list_object_annotations", {}, "ListObjectAnnotations"),
        ("get_object", {}, "GetObject"),
    ],
)
def test_a_query_tells_operations_on_one_path_apart(method: str, parameters: dict[str, str], operation: str) -> None:
    """By parameters that stand there and those that an operation cannot do without."""
    wire = Wire(lambda _: {})

    getattr(wire.client("s3"), method)(Bucket="shelf", Key="k", **parameters)

    assert [call.operation_name for call in wire.calls] == [operation]


def test_keys_are_deleted_together() -> None:
    """The document is XML with attributes of its own, and a checksum over it."""
    wire = Wire(lambda call: {"Deleted": [{"Key": each["Key"]} for each in call.parameters["Delete"]["Objects"]]})

    answer = wire.client("s3").delete_objects(Bucket="shelf", Delete={"Objects": [{"Key": "a&b"}, {"Key": " ü\r\n"}]})

    assert [each["Key"] for each in answer["Deleted"]] == ["a&b", " ü\r\n"]
