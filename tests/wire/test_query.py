"""Forms in, XML out, byte by byte."""

from typing import Any

import pytest

from eventsim import ApiError
from eventsim.wire.answer import decode, encode
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.route import Home

ID = "11111111-2222-3333-4444-555555555555"
VERSION = "&Version=2012-11-05"
META = f"<ResponseMetadata><RequestId>{ID}</RequestId></ResponseMetadata>"
SQS = "http://queue.amazonaws.com/doc/2012-11-05/"


def post(form: str, path: str = "/", **headers: str) -> Call | HttpResponse:
    """Read a form."""
    found = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Host": "localhost:4566", **headers}
    request = HttpRequest(method="POST", path=path, headers=Headers(found), body=form.encode())
    return decode(request, request_id=ID, home=Home())


def get(url: str) -> Any:
    """Read a URL."""
    path, _, query = url.partition("?")
    request = HttpRequest(method="GET", path=path, query=query, headers=Headers({"Host": "localhost:4566"}))
    return decode(request, request_id=ID, home=Home())


def call(form: str, path: str = "/", **headers: str) -> Call:
    """Read a form that is understood."""
    found = post(form, path, **headers)
    assert isinstance(found, Call), found
    return found


def xml(response: HttpResponse) -> str:
    """Return the document of an answer."""
    assert isinstance(response.body, bytes)
    return response.body.decode().removeprefix('<?xml version="1.0"?>')


def test_a_batch_is_read() -> None:
    """Lists are numbered, maps are lists of names and values, and blobs are in base64."""
    entry = "&SendMessageBatchRequestEntry."
    form = (
        f"Action=SendMessageBatch{VERSION}&QueueUrl=http%3A%2F%2Fq%2F0%2Fw"
        f"{entry}1.Id=a{entry}1.MessageBody=one+%26+two{entry}1.MessageAttribute.1.Name=raw"
        f"{entry}1.MessageAttribute.1.Value.DataType=Binary{entry}1.MessageAttribute.1.Value.BinaryValue=AP8%3D"
        f"{entry}10.Id=c{entry}10.MessageBody=three{entry}2.Id=b{entry}2.MessageBody="
    )

    found = call(form)

    assert found.operation.name == "SendMessageBatch"
    assert found.parameters == {
        "QueueUrl": "http://q/0/w",
        "Entries": [
            {
                "Id": "a",
                "MessageBody": "one & two",
                "MessageAttributes": {"raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
            },
            {"Id": "b", "MessageBody": ""},
            {"Id": "c", "MessageBody": "three"},
        ],
    }


def test_the_url_says_the_queue() -> None:
    """A request to a queue's URL means that queue, unless the form says another (recorded)."""
    here = get("/000000000000/work?Action=ReceiveMessage&AttributeName=All&MaxNumberOfMessages=5")
    there = call(f"Action=PurgeQueue{VERSION}&QueueUrl=http://q/0/other", "/000000000000/work")

    assert here.parameters == {
        "QueueUrl": "http://localhost:4566/000000000000/work",
        "AttributeNames": ["All"],
        "MaxNumberOfMessages": 5,
    }
    assert there.parameters == {"QueueUrl": "http://q/0/other"}


def test_a_message_is_written() -> None:
    """Flattened lists and maps bear their elements' names; what XML would swallow is escaped."""
    message = {
        "MessageId": "m",
        "Body": "a<b>&\r\n",
        "Attributes": {"SentTimestamp": "1"},
        "MessageAttributes": {"raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}},
    }

    answer = encode(call(f"Action=ReceiveMessage{VERSION}&QueueUrl=q"), {"Messages": [message]})

    assert dict(answer.headers) == {"x-amzn-RequestId": ID, "Content-Type": "text/xml"}
    assert xml(answer) == (
        f'<ReceiveMessageResponse xmlns="{SQS}"><ReceiveMessageResult><Message><MessageId>m</MessageId>'
        "<Body>a&lt;b&gt;&amp;&#13;\n</Body><Attribute><Name>SentTimestamp</Name><Value>1</Value></Attribute>"
        "<MessageAttribute><Name>raw</Name><Value><BinaryValue>AP8=</BinaryValue><DataType>Binary</DataType></Value>"
        f"</MessageAttribute></Message></ReceiveMessageResult>{META}</ReceiveMessageResponse>"
    )


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ("Action=SetQueueAttributes&Attribute.Name=DelaySeconds&Attribute.Value=5", {"DelaySeconds": "5"}),
        ("Action=SetQueueAttributes&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5", {"DelaySeconds": "5"}),
        ("Action=TagQueue&Tag.Key=team&Tag.Value=red", {"team": "red"}),
    ],
    ids=["attribute", "first attribute", "tag"],
)
def test_a_single_entry_needs_no_number(form: str, expected: dict[str, str]) -> None:
    """The documentation's examples have none."""
    parameters = call(f"{form}{VERSION}&QueueUrl=q").parameters

    assert expected in parameters.values()


def test_an_operation_without_output_answers_its_id() -> None:
    """There is no result, but a response all the same."""
    answer = encode(call(f"Action=PurgeQueue{VERSION}&QueueUrl=q"), {})

    assert xml(answer) == f'<PurgeQueueResponse xmlns="{SQS}">{META}</PurgeQueueResponse>'


def test_an_error_is_written() -> None:
    """SQS's errors have an empty detail (recorded)."""
    answer = encode(call(f"Action=PurgeQueue{VERSION}&QueueUrl=q"), ApiError("OverLimit", "Too many."))

    assert answer.status == 400
    assert xml(answer) == (
        f'<ErrorResponse xmlns="{SQS}"><Error><Type>Sender</Type>'
        "<Code>OverLimit</Code><Message>Too many.</Message><Detail/></Error>"
        f"<RequestId>{ID}</RequestId></ErrorResponse>"
    )


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json"}], ids=["xml", "json"])
def test_a_missing_queue_is_told_in_words_of_its_own(headers: dict[str, str]) -> None:
    """The query protocol speaks of a wsdl version, which JSON with a target does not (recorded)."""
    error = ApiError(
        "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.", shape="QueueDoesNotExist"
    )

    answer = encode(call(f"Action=PurgeQueue{VERSION}&QueueUrl=q", **headers), error)

    assert b"The specified queue does not exist for this wsdl version." in answer.body


def test_a_client_may_ask_for_json() -> None:
    """`Accept: application/json` turns the answer into JSON, with nulls and SQS's own word for messages (recorded)."""
    found = call(f"Action=ReceiveMessage{VERSION}&QueueUrl=q", Accept="application/json")

    answer = encode(found, {"Messages": [{"Body": "hi"}]})
    refusal = encode(found, ApiError("OverLimit", "Too many."))

    assert answer.body == (
        b'{"ReceiveMessageResponse":{"ReceiveMessageResult":{"messages":[{"MessageId":null,"ReceiptHandle":null,'
        b'"MD5OfBody":null,"Body":"hi","Attributes":null,"MD5OfMessageAttributes":null,"MessageAttributes":null}]},'
        b'"ResponseMetadata":{"RequestId":"' + ID.encode() + b'"}}}'
    )
    assert refusal.body == (
        b'{"Error":{"Code":"OverLimit","Message":"Too many.","Type":"Sender"},"RequestId":"' + ID.encode() + b'"}'
    )


@pytest.mark.parametrize(
    ("form", "path", "message"),
    [
        ("Action=FooBar", "/000000000000/work", "The action FooBar is not valid for this endpoint."),
        (
            "Action=CreateQueue&QueueName=a",
            "/000000000000/work",
            "The action CreateQueue is not valid for this endpoint.",
        ),
        ("Action=FooBar&Version=2011-06-15", "/", "Could not find operation FooBar for version 2011-06-15"),
    ],
)
def test_an_invalid_action_is_refused(form: str, path: str, message: str) -> None:
    """An action that there is not, or not on a queue's URL (recorded for SQS)."""
    answer: Any = post(form, path)

    assert answer.status == 400
    assert f"<Code>InvalidAction</Code><Message>{message}</Message>" in xml(answer)


def test_a_queues_url_without_an_action_is_unknown() -> None:
    """Recorded: the whole document is the error's name."""
    answer = get("/000000000000/work")

    assert (answer.status, xml(answer)) == (404, "<UnknownOperationException/>")


@pytest.mark.parametrize(
    ("form", "code"),
    [
        pytest.param("Action=SendMessage&QueueUrl=q&DelaySeconds=soon", "MalformedInput", id="no number"),
        pytest.param("Action=SendMessage&QueueUrl=q&MessageAttribute.1.Value=x", "MalformedInput", id="no name"),
        pytest.param("Action=SendMessage&QueueUrl=%FF", "MalformedQueryString", id="not UTF-8"),
        pytest.param("Action=SendMessage&" + "." * 100 + "=1", "MalformedQueryString", id="deep"),
        pytest.param("Action=SendMessage" + "&a=1" * 20_000, "MalformedQueryString", id="long"),
    ],
)
def test_a_malformed_form_is_refused(form: str, code: str) -> None:
    """The service's form of error, whatever is wrong."""
    answer: Any = post(form, "/000000000000/work")

    assert f"<Code>{code}</Code>" in xml(answer)


def test_ec2_has_a_dialect() -> None:
    """Names begin with capitals, lists are always flat, and the id stands beside the result."""
    found = call("Action=DescribeInstances&Version=2016-11-15&InstanceId.1=i-1&Filter.1.Name=n&Filter.1.Value.1=v")

    answer = encode(found, {"Reservations": [{"ReservationId": "r"}]})
    refusal = encode(found, ApiError("InvalidInstanceID.NotFound", "No."))

    assert found.parameters == {"InstanceIds": ["i-1"], "Filters": [{"Name": "n", "Values": ["v"]}]}
    assert xml(answer) == (
        f'<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15"><requestId>{ID}</requestId>'
        "<reservationSet><item><reservationId>r</reservationId></item></reservationSet></DescribeInstancesResponse>"
    )
    assert xml(refusal) == (
        "<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code><Message>No.</Message></Error></Errors>"
        f"<RequestID>{ID}</RequestID></Response>"
    )
