"""JSON with a target, byte by byte."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim.wire.answer import decode, encode
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.route import Home

ID = "11111111-2222-3333-4444-555555555555"


def post(target: str, body: bytes) -> Call | HttpResponse:
    """Read a request."""
    headers = Headers({"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0"})
    return decode(HttpRequest(method="POST", path="/", headers=headers, body=body), request_id=ID, home=Home())


def call(target: str, body: bytes = b"{}") -> Call:
    """Read a request that is understood."""
    found = post(target, body)
    assert isinstance(found, Call), found
    return found


def test_a_request_becomes_a_call() -> None:
    """Blobs come in base64, what the model does not know is passed over, and null is absent."""
    body = (
        b'{"QueueUrl":"http://q/0/w","MessageBody":"hi","DelaySeconds":null,"Odd":1,'
        b'"MessageAttributes":{"raw":{"DataType":"Binary","BinaryValue":"AP8="}}}'
    )

    found = call("AmazonSQS.SendMessage", body)

    assert found.operation.name == "SendMessage"
    assert found.parameters == {
        "QueueUrl": "http://q/0/w",
        "MessageBody": "hi",
        "MessageAttributes": {"raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    }


def test_a_request_may_go_to_the_queues_url() -> None:
    """SDKs of other languages send JSON to the queue itself."""
    headers = Headers({"X-Amz-Target": "AmazonSQS.SendMessageBatch", "Host": "localhost:4566"})
    body = b'{"QueueUrl":"http://q/0/w","Entries":[{"Id":"1","MessageBody":"b"}]}'
    request = HttpRequest(method="POST", path="/000000000000/w", headers=headers, body=body)

    found = decode(request, request_id=ID, home=Home())

    assert isinstance(found, Call)
    assert found.parameters["Entries"] == [{"Id": "1", "MessageBody": "b"}]


def test_a_result_becomes_an_answer() -> None:
    """The document has the members that are there, in the model's order."""
    answer = encode(call("AmazonSQS.ListQueues"), {"NextToken": None, "QueueUrls": ["http://q/0/w"]})

    assert answer == HttpResponse(
        status=200,
        headers=(("x-amzn-requestid", ID), ("Content-Type", "application/x-amz-json-1.0")),
        body=b'{"QueueUrls":["http://q/0/w"]}',
    )


def test_an_operation_without_output_answers_nothing() -> None:
    """The body is empty, not an empty document."""
    answer = encode(call("AmazonSQS.PurgeQueue", b'{"QueueUrl":"http://q/0/w"}'), {})

    assert answer.body == b""


def test_an_error_bears_its_code_of_old() -> None:
    """SQS's document has the shape's name, its header the code of the query protocol (recorded)."""
    error = ApiError(
        "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", shape="QueueDoesNotExist"
    )

    answer = encode(call("AmazonSQS.ListQueues"), error)

    assert answer.status == 400
    assert dict(answer.headers)["x-amzn-query-error"] == "AWS.SimpleQueueService.NonExistentQueue;Sender"
    assert answer.body == (
        b'{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}'
    )


def test_dynamodb_sends_a_checksum() -> None:
    """Its clients may compare it."""
    answer = encode(call("DynamoDB_20120810.ListTables"), {"TableNames": []})

    assert answer.body == b'{"TableNames":[]}'
    assert dict(answer.headers)["x-amz-crc32"] == "1315925753"


def test_an_answer_may_have_an_id_of_its_own() -> None:
    """A result may say which id its answer bears."""
    answer = encode(call("AmazonSQS.ListQueues"), {"ResponseMetadata": {"RequestId": "other"}})

    assert dict(answer.headers)["x-amzn-requestid"] == "other"
    assert answer.body == b"{}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"{", "", id="cut off"),
        pytest.param(b"\xff", "", id="not UTF-8"),
        pytest.param(b"[" * 100_000, "", id="deep"),
        pytest.param(b"[]", "Start of list found where not expected.", id="a list"),
        pytest.param(b'{"QueueUrl":{}}', "Start of structure or map found where not expected.", id="a map"),
        pytest.param(b'{"QueueUrl":1}', "NUMBER_VALUE can not be converted to a String", id="a number"),
        pytest.param(b'{"DelaySeconds":"1"}', "STRING_VALUE can not be converted to an Integer", id="a text"),
        pytest.param(b'{"DelaySeconds":true}', "TRUE_VALUE can not be converted to an Integer", id="a boolean"),
        pytest.param(
            b'{"MessageAttributes":{"a":{"BinaryValue":"%"}}}',
            "STRING_VALUE can not be converted to a Blob",
            id="no base64",
        ),
    ],
)
def test_what_is_no_document_is_refused(body: bytes, message: str) -> None:
    """The framework's own error, without a message where the text is no JSON at all."""
    answer: Any = post("AmazonSQS.SendMessage", body)

    said = b',"message":"' + message.encode() + b'"' if message else b""
    assert answer.status == 400
    assert answer.body == b'{"__type":"com.amazon.coral.service#SerializationException"' + said + b"}"


def test_an_unknown_operation_is_refused() -> None:
    """The error says no more than its name."""
    answer: Any = post("AmazonSQS.FooBar", b"{}")

    assert (answer.status, answer.body) == (400, b'{"__type":"com.amazon.coral.service#UnknownOperationException"}')
