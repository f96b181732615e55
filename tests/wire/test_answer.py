"""Whatever comes, there is an answer: no input raises, and none takes long."""

import gzip
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsim.wire.answer import decode, refuse_expired
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.route import Home

ID = "11111111-2222-3333-4444-555555555555"
FUZZ = settings(
    max_examples=250,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def asked(request: HttpRequest) -> Call | HttpResponse:
    """Decode a request."""
    return decode(request, request_id=ID, home=Home())


def signed(service: str) -> str:
    """Return the header of a signature."""
    return f"AWS4-HMAC-SHA256 Credential=key/20260101/eu-west-1/{service}/aws4_request, Signature=0"


def test_an_unknown_service_is_refused_by_name() -> None:
    """The sentence names what stood there; nothing is opened by it."""
    answer: Any = asked(HttpRequest(method="GET", path="/", headers=Headers({"Authorization": signed("..")})))

    assert answer.status == 404
    assert answer.body == b'{"__type":"UnknownService","message":"No AWS service is known by the name \'..\'."}'


def test_a_broken_signature_is_refused() -> None:
    """In the form of the service that the rest of the request names."""
    headers = Headers({"Authorization": "AWS4-HMAC-SHA256 nonsense", "X-Amz-Target": "AmazonSQS.ListQueues"})

    answer: Any = asked(HttpRequest(method="POST", path="/", headers=headers))

    assert (answer.status, dict(answer.headers)["x-amzn-query-error"]) == (403, "IncompleteSignature;Sender")


def test_a_presigned_url_is_refused_once_it_is_old() -> None:
    """Up to its last second it is good."""
    query = "X-Amz-Credential=a/d/r/s3/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60"
    call = asked(HttpRequest(method="GET", path="/shelf/k", query=query))
    assert isinstance(call, Call)

    good = refuse_expired(call, datetime(2026, 1, 1, 0, 1, 0, tzinfo=UTC))
    old: Any = refuse_expired(call, datetime(2026, 1, 1, 0, 1, 1, tzinfo=UTC))

    assert good is None
    assert old.status == 403
    assert b"<Message>Request has expired</Message><Expires>2026-01-01T00:01:00Z</Expires>" in old.body


def test_an_action_may_be_a_parameter() -> None:
    """S3 has no actions, so `?Action=` means nothing to it."""
    request = HttpRequest(
        method="GET", path="/shelf/k", query="Action=x", headers=Headers({"Authorization": signed("s3")})
    )

    found = asked(request)

    assert isinstance(found, Call)
    assert found.operation.name == "GetObject"


def test_what_is_said_of_the_client_is_kept() -> None:
    """The trace header goes on with messages, the key names the caller."""
    headers = {"Authorization": signed("sqs"), "X-Amz-Target": "AmazonSQS.ListQueues", "X-Amzn-Trace-Id": "Root=1"}

    found: Any = asked(HttpRequest(method="POST", path="/", headers=Headers(headers)))

    assert (found.exchange.trace_header, found.exchange.access_key_id) == ("Root=1", "key")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics"}, b'{"Namespace":"n"}'),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"Action=ListMetrics&Namespace=n"),
    ],
    ids=["json", "a form"],
)
def test_a_compressed_request_is_read(headers: dict[str, str], body: bytes) -> None:
    """SDKs compress big metrics; also the form that names the action."""
    headers = headers | {"Content-Encoding": "gzip", "Authorization": signed("monitoring")}

    found = asked(HttpRequest(method="POST", path="/", headers=Headers(headers), body=gzip.compress(body)))

    assert isinstance(found, Call)
    assert (found.operation.name, found.parameters) == ("ListMetrics", {"Namespace": "n"})


@pytest.mark.parametrize(
    "body", [b"{}", gzip.compress(b"{}")[:-4], gzip.compress(b" " * (25 << 20))], ids=["plain", "cut off", "a bomb"]
)
def test_broken_compression_is_refused(body: bytes) -> None:
    """A small body must not become a big one."""
    headers = Headers({"X-Amz-Target": "AmazonSQS.ListQueues", "Content-Encoding": "gzip"})

    answer: Any = asked(HttpRequest(method="POST", path="/", headers=headers, body=body))

    assert answer.status == 400
    assert b"SerializationException" in answer.body


def test_an_objects_encoding_is_its_own() -> None:
    """S3 keeps what it gets."""
    request = HttpRequest(method="PUT", path="/shelf/k", headers=Headers({"Content-Encoding": "gzip"}), body=b"x")

    found: Any = asked(request)

    assert (found.parameters["ContentEncoding"], found.parameters["Body"].read()) == ("gzip", b"x")


HOSTS = st.sampled_from(
    ["localhost:4566", "shelf.localhost", "shelf.s3.amazonaws.com", "sqs.a.b", "..", "[", ":", "\x00"]
)
SERVICES = st.sampled_from(["s3", "sqs", "lambda", "sts", "dynamodb", "monitoring", "ec2", "nothing", "../x"])
TARGETS = st.sampled_from(
    ["AmazonSQS.SendMessage", "DynamoDB_20120810.PutItem", "Logs_20140328.PutLogEvents", "x", "."]
)
PATHS = st.sampled_from(
    [
        *("/", "", "//", "/shelf", "/shelf/k", "/shelf//../k", "/%FF/%", "/000000000000/work", "/" + "a/" * 500),
        *("/2015-03-31/functions", "/2015-03-31/functions/f/invocations", "/2017-03-31/tags/%2F"),
        *("/service/GraniteServiceVersion20100801/operation/PutMetricData", "/service/X/operation/Y"),
    ]
)
QUERIES = st.sampled_from(
    [
        *("", "acl", "delete", "uploads", "partNumber=1&uploadId=u", "list-type=2", "tagging", "&&==&", "%", "%FF=%FF"),
        *(
            "Action=SendMessage",
            "Action=",
            "Action=SendMessageBatch&A.1.B.2=3",
            "X-Amz-Credential=a/b/c/d/aws4_request",
        ),
    ]
)
BODIES = st.sampled_from(
    [
        *(b"", b"{}", b"[]", b'{"QueueUrl":"q","MessageBody":"b"}', b"<a/>", b"<Delete><Object/></Delete>", b"\xa0"),
        *(b"Action=SendMessage&MessageAttribute.1.Name=a", b"5\r\nhello\r\n0\r\n\r\n", b"\xbf" * 500, b"[" * 5_000),
        *(b"<a>" * 5_000, b'{"Item":' + b'{"M":{"a":' * 900 + b"{}" + b"}}" * 900 + b"}"),
    ]
) | st.binary(max_size=60)
HEADER_VALUES = st.sampled_from(
    [
        *("application/x-www-form-urlencoded", "aws-chunked", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "rpc-v2-cbor"),
        *("application/json", "-1", "9" * 5_000, "AWS4-", "AWS4-HMAC-SHA256 Credential=", "AWS a:b", '"', "\\", ",,"),
    ]
) | st.text(max_size=20)
HEADER_NAMES = st.sampled_from(
    [
        *("content-type", "content-encoding", "x-amz-content-sha256", "smithy-protocol", "accept", "authorization"),
        *("content-length", "x-amz-decoded-content-length", "x-amz-copy-source", "if-modified-since", "x-amz-meta-"),
        *("x-amz-object-attributes", "x-amz-date", "range", "expires", "x-amz-region-set", "x-amz-checksum-crc32"),
    ]
)


@FUZZ
@given(
    method=st.sampled_from(["GET", "PUT", "POST", "DELETE", "HEAD", "PATCH", "\x00"]),
    path=PATHS | st.text(max_size=20),
    query=QUERIES | st.text(max_size=20),
    headers=st.dictionaries(HEADER_NAMES, HEADER_VALUES, max_size=4),
    host=HOSTS,
    service=st.none() | SERVICES,
    target=st.none() | TARGETS,
    body=BODIES,
)
def test_nothing_raises(
    method: str,
    path: str,
    query: str,
    headers: dict[str, str],
    host: str,
    service: str | None,
    target: str | None,
    body: bytes,
) -> None:
    """Every request becomes a call or an error, soon."""
    if service is not None:
        headers = {"authorization": signed(service), **headers}
    if target is not None:
        headers = {"x-amz-target": target, **headers}
    request = HttpRequest(method=method, path=path, query=query, headers=Headers({"host": host, **headers}), body=body)
    began_s = perf_counter()

    found = asked(request)

    assert isinstance(found, Call) or 400 <= found.status < 600
    assert perf_counter() - began_s < 5


@pytest.mark.parametrize(
    ("target", "body"),
    [
        pytest.param("DynamoDB_20120810.PutItem", b'{"Item":{"a":' + b'{"L":[' * 20_000, id="cut off"),
        pytest.param(
            "DynamoDB_20120810.PutItem",
            b'{"TableName":"t","Item":{"a":' + b'{"L":[' * 4_000 + b"]}" * 4_000 + b"}}",
            id="as deep as the stack",
        ),
        pytest.param("AmazonSQS.SendMessage", b'{"MessageBody":"' + b"a" * (25 << 20) + b'"}', id="big"),
    ],
)
def test_what_is_absurd_is_refused(target: str, body: bytes) -> None:
    """Depth and size have bounds."""
    headers = Headers({"X-Amz-Target": target})

    answer: Any = asked(HttpRequest(method="POST", path="/", headers=headers, body=body))

    assert answer.status in (400, 413)
