"""S3's protocol, byte by byte."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest

from eventsim import ApiError
from eventsim.wire.answer import encode
from tests.wire.conftest import ID, call, send

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
S3 = "http://s3.amazonaws.com/doc/2006-03-01/"


def xml(response: Any) -> str:
    """Return the document of an answer."""
    return str(response.body.decode()).removeprefix(HEAD)


def test_an_object_is_put() -> None:
    """Metadata is what begins with a prefix, in small letters; the body is a file."""
    found = call("PUT", "/shelf/a%20b/..%2Fc", b"hello", X_Amz_Meta_Who="me", Content_Type="text/plain")

    assert found.parameters.pop("Body").read() == b"hello"
    assert found.parameters == {
        "Bucket": "shelf",
        "Key": "a b/../c",
        "Metadata": {"who": "me"},
        "ContentType": "text/plain",
    }


def test_an_object_is_got() -> None:
    """The body is handed on as the operation gave it; a part of it has a status of its own."""
    body = io.BytesIO(b"ell")
    result = {
        "Body": body,
        "ContentRange": "bytes 1-3/5",
        "ContentType": "text/plain\r\nSet-Cookie: a=b",
        "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
        "Metadata": {"who": "me"},
        "ExpiresString": "never",
    }

    answer = encode(call("GET", "/shelf/k", Range="bytes=1-3"), result)

    assert answer.status == 206
    assert answer.body is body
    assert dict(answer.headers) == {
        "x-amz-request-id": "1111111122223333",
        "x-amz-id-2": dict(answer.headers)["x-amz-id-2"],
        "Server": "AmazonS3",
        "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
        "Content-Range": "bytes 1-3/5",
        "Content-Type": "text/plain  Set-Cookie: a=b",
        "Expires": "never",
        "x-amz-meta-who": "me",
    }
    assert len(dict(answer.headers)["x-amz-id-2"]) == 76


def test_a_listing_is_written() -> None:
    """Documents have S3's names and namespace; dates have milliseconds."""
    contents = [{"Key": "a<b\x01", "Size": 5, "LastModified": datetime(2026, 1, 1, tzinfo=UTC)}, {"Key": "c"}]

    answer = encode(call("GET", "/shelf?list-type=2"), {"IsTruncated": False, "Contents": contents, "KeyCount": 2})

    assert xml(answer) == (
        f'<ListBucketResult xmlns="{S3}"><IsTruncated>false</IsTruncated><Contents><Key>a&lt;b&#1;</Key>'
        "<LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>5</Size></Contents>"
        "<Contents><Key>c</Key></Contents><KeyCount>2</KeyCount></ListBucketResult>"
    )


def test_a_grant_has_an_attribute() -> None:
    """The one place where S3 needs a second namespace, in both directions."""
    grantee = (
        '<Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>me</ID></Grantee>'
    )
    grants = f"<AccessControlList><Grant>{grantee}<Permission>READ</Permission></Grant></AccessControlList>"
    parsed = {"Grants": [{"Grantee": {"ID": "me", "Type": "CanonicalUser"}, "Permission": "READ"}]}

    asked = call("PUT", "/shelf?acl", f"<AccessControlPolicy>{grants}</AccessControlPolicy>".encode())
    answer = encode(call("GET", "/shelf?acl"), parsed)

    assert asked.parameters["AccessControlPolicy"] == parsed
    assert xml(answer) == f'<AccessControlPolicy xmlns="{S3}">{grants}</AccessControlPolicy>'


def test_names_are_read_without_their_namespace() -> None:
    """Clients write namespaces as they please."""
    body = b'<a:Tagging xmlns:a="x"><a:TagSet><a:Tag><a:Key>k</a:Key><a:Value/></a:Tag></a:TagSet></a:Tagging>'

    found = call("PUT", "/shelf?tagging", body)

    assert found.parameters["Tagging"] == {"TagSet": [{"Key": "k", "Value": ""}]}


def test_an_error_is_written() -> None:
    """S3's errors stand alone, with their fields and both ids; headers tell the rest."""
    fields, told = {"Key": "a&b"}, {"x-amz-delete-marker": "true"}

    error = ApiError("NoSuchKey", "It is gone.", status=404, fields=fields, headers=told)
    answer = encode(call("GET", "/shelf/k"), error)

    headers = dict(answer.headers)
    assert (answer.status, headers["x-amz-delete-marker"]) == (404, "true")
    assert xml(answer) == (
        "<Error><Code>NoSuchKey</Code><Message>It is gone.</Message><Key>a&amp;b</Key>"
        f"<RequestId>1111111122223333</RequestId><HostId>{headers['x-amz-id-2']}</HostId></Error>"
    )


@pytest.mark.parametrize(
    ("method", "error"), [("HEAD", ApiError("NoSuchKey", "x", status=404)), ("GET", ApiError("304", "x", status=304))]
)
def test_some_errors_have_no_body(method: str, error: ApiError) -> None:
    """HTTP forbids one to HEAD and to Not Modified."""
    answer = encode(call(method, "/shelf/k"), error)

    assert (answer.status, answer.body) == (error.status, b"")


def test_the_location_of_a_bucket_stands_in_the_root() -> None:
    """The region where S3 began has no name there."""
    found = call("GET", "/shelf?location")

    assert xml(encode(found, {"LocationConstraint": "eu-west-1"})) == (
        f'<LocationConstraint xmlns="{S3}">eu-west-1</LocationConstraint>'
    )
    assert xml(encode(found, {})) == f'<LocationConstraint xmlns="{S3}"/>'


def test_a_policy_is_text() -> None:
    """The one payload that is JSON, in both directions."""
    found = call("PUT", "/shelf?policy", b'{"Version":"2012-10-17"}')
    answer = encode(call("GET", "/shelf?policy"), {"Policy": '{"Version":"2012-10-17"}'})

    assert found.parameters["Policy"] == '{"Version":"2012-10-17"}'
    assert answer.body == b'{"Version":"2012-10-17"}'


def test_dates_that_are_none_are_ignored_in_conditions() -> None:
    """HTTP says so; `Expires` is kept as it is."""
    found = call("GET", "/shelf/k", If_Modified_Since="yesterday")
    kept = call("PUT", "/shelf/k", Expires="never")

    assert found.parameters == {"Bucket": "shelf", "Key": "k"}
    assert kept.parameters["Expires"] == "never"


def test_presigned_urls_may_bear_headers() -> None:
    """Some SDKs put headers of S3's into the query of a presigned URL."""
    url = "/shelf/k?X-Amz-Credential=a%2Fd%2Fus-east-1%2Fs3%2Faws4_request&x-amz-acl=private&X-Amz-Date=d"

    assert call("PUT", url).parameters == {"Bucket": "shelf", "Key": "k", "ACL": "private"}


def test_a_presigned_url_bears_no_checksum() -> None:
    """The JavaScript SDK hoists the checksum of the body that it does not have when it signs."""
    url = "/shelf/k?X-Amz-Credential=a%2Fd%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=d"
    sums = "&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32"

    hoisted = call("PUT", url + sums).parameters
    sent = call("PUT", url + sums, X_Amz_Checksum_Crc32="8qBxgA==").parameters

    assert hoisted == {"Bucket": "shelf", "Key": "k"}
    assert sent == {"Bucket": "shelf", "Key": "k", "ChecksumCRC32": "8qBxgA=="}


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><Tagging>&c;</Tagging>'
FILE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><Tagging>&b;</Tagging>'


@pytest.mark.parametrize(
    ("method", "url", "body", "status", "code"),
    [
        pytest.param("PUT", "/shelf?tagging", b"<Tagging", 400, "MalformedXML", id="cut off"),
        pytest.param("PUT", "/shelf?tagging", BOMB, 400, "MalformedXML", id="a bomb"),
        pytest.param("PUT", "/shelf?tagging", FILE, 400, "MalformedXML", id="a file"),
        pytest.param("PUT", "/shelf?tagging", b"<a>" * 1_000, 400, "MalformedXML", id="deep"),
        pytest.param("PUT", "/shelf?tagging", b"<a>" + b"<b/>" * 100_001 + b"</a>", 400, "MalformedXML", id="wide"),
        pytest.param(
            "PUT", "/shelf?tagging", b"<?xml version='1.0' encoding='x'?><a/>", 400, "MalformedXML", id="code"
        ),
        pytest.param("PUT", "/shelf?tagging", b"<T/>" + b" " * (17 << 20), 400, "MaxMessageLengthExceeded", id="big"),
        pytest.param("PUT", "/shelf?tagging", b"", 400, "MissingRequestBodyError", id="empty"),
        pytest.param("PUT", "/shelf?tagging", b"<Tagging/>", 400, "MalformedXML", id="no tags"),
        pytest.param("GET", "/shelf?max-keys=x", b"", 400, "InvalidArgument", id="no number"),
        pytest.param("GET", "/shelf?max-keys=" + "9" * 99, b"", 400, "InvalidArgument", id="a long number"),
        pytest.param("PUT", "/shelf/k?partNumber=x&uploadId=u", b"", 400, "InvalidArgument", id="no part"),
        pytest.param("GET", "/shelf/%FF", b"", 400, "InvalidURI", id="a key that is not UTF-8"),
        pytest.param("GET", "/shelf?prefix=%FF", b"", 400, "InvalidURI", id="a prefix that is not UTF-8"),
        pytest.param("GET", "/shelf/k?attributes", b"", 400, "InvalidRequest", id="a header is missing"),
        pytest.param("PATCH", "/shelf/k", b"", 405, "MethodNotAllowed", id="no such method"),
    ],
)
def test_what_is_malformed_is_refused(method: str, url: str, body: bytes, status: int, code: str) -> None:
    """S3 has a code for everything."""
    answer: Any = send(method, url, body)

    assert answer.status == status
    assert f"<Code>{code}</Code>" in xml(answer)


def test_a_target_means_nothing_to_s3() -> None:
    """Its operations are told by their URIs, whatever else a request says."""
    scope = "AWS4-HMAC-SHA256 Credential=a/d/r/s3/aws4_request"

    found = call("GET", "/service/x/operation/y", X_Amz_Target="AmazonSQS.SendMessage", Authorization=scope)

    assert (found.operation.name, found.exchange.protocol) == ("GetObject", "rest-xml")


def test_a_broken_signature_is_refused() -> None:
    """S3 says it in words of its own."""
    answer = send("GET", "/shelf", Authorization="AWS4-HMAC-SHA256 nonsense", Host="s3.amazonaws.com")

    in_query = send("GET", "/shelf?X-Amz-Credential=nonsense")

    assert "<Code>AuthorizationHeaderMalformed</Code>" in xml(answer)
    assert "<Code>AuthorizationQueryParametersError</Code>" in xml(in_query)


@pytest.mark.parametrize(("metadata", "status"), [({"HTTPStatusCode": 202}, 202), ({"RequestId": ID}, 200)])
def test_an_operation_says_which_of_its_successes_it_is(metadata: dict[str, Any], status: int) -> None:
    """A restore that has begun is accepted, one that is there is done."""
    request = b"<RestoreRequest><Days>1</Days></RestoreRequest>"

    answer = encode(call("POST", "/shelf/k?restore", request), {"ResponseMetadata": metadata})

    assert answer.status == status
