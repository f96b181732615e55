"""Smithy's RPC protocol and its CBOR."""

import math
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import ApiError
from eventsim.wire.answer import decode, encode
from eventsim.wire.cbor_items import CborError
from eventsim.wire.cbor_items import decode as decode_items
from eventsim.wire.cbor_items import encode as encode_items
from eventsim.wire.exchange import Call
from eventsim.wire.http import Headers, HttpRequest, HttpResponse
from eventsim.wire.route import Home

ID = "11111111-2222-3333-4444-555555555555"
PATH = "/service/GraniteServiceVersion20100801/operation/"
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**64), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(), inner, max_size=30),
    max_leaves=20,
)


def post(operation: str, body: bytes) -> Call | HttpResponse:
    """Read a request."""
    headers = Headers({"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"})
    request = HttpRequest(method="POST", path=PATH + operation, headers=headers, body=body)
    return decode(request, request_id=ID, home=Home())


def test_a_call_is_read_and_answered() -> None:
    """The path names the operation; dates are tagged numbers."""
    asked = {"DashboardName": "d", "DashboardBody": "{}"}

    found = post("PutDashboard", encode_items(asked))
    assert isinstance(found, Call)
    answer: Any = encode(found, {"DashboardValidationMessages": [{"Message": "m"}]})

    assert (found.exchange.service.name, found.parameters) == ("cloudwatch", asked)
    assert answer.headers == (
        ("x-amzn-requestid", ID),
        ("smithy-protocol", "rpc-v2-cbor"),
        ("Content-Type", "application/cbor"),
    )
    assert decode_items(answer.body) == {"DashboardValidationMessages": [{"Message": "m"}]}


def test_an_error_is_answered() -> None:
    """The document has the shape's name, the header the code of the query protocol."""
    found = post("ListDashboards", b"\xa0")
    assert isinstance(found, Call)

    answer: Any = encode(found, ApiError("InvalidParameterValue", "No.", shape="InvalidParameterValueException"))

    assert decode_items(answer.body) == {"__type": "InvalidParameterValueException", "message": "No."}
    assert dict(answer.headers)["x-amzn-query-error"] == "InvalidParameterValue;Sender"


@pytest.mark.parametrize(
    ("operation", "body", "status", "code"),
    [
        ("ListDashboards", b"\xff", 400, "SerializationException"),
        ("ListDashboards", b"\x80", 400, "SerializationException"),
        ("ListDashboards", encode_items({"NextToken": 1}), 400, "SerializationException"),
        ("FooBar", b"\xa0", 404, "UnknownOperationException"),
    ],
    ids=["no item", "a list", "a number", "unknown"],
)
def test_what_is_malformed_is_refused(operation: str, body: bytes, status: int, code: str) -> None:
    """Errors are CBOR as well."""
    answer: Any = post(operation, body)

    assert answer.status == status
    assert decode_items(answer.body)["__type"] == code


@settings(max_examples=50, database=None, derandomize=True, deadline=None)
@given(VALUES)
def test_what_is_written_is_read(value: Any) -> None:
    """Every value comes out as it went in."""
    assert decode_items(encode_items(value)) == value


@pytest.mark.parametrize(
    ("data", "value"),
    [
        pytest.param(b"\xf9\x3c\x00", 1.0, id="a half float"),
        pytest.param(b"\xfa" + struct.pack(">f", 0.5), 0.5, id="a single float"),
        pytest.param(b"\xf7", None, id="undefined"),
        pytest.param(b"\x9f\x01\x02\xff", [1, 2], id="an open list"),
        pytest.param(b"\xbf\x61a\x01\xff", {"a": 1}, id="an open map"),
        pytest.param(b"\x7f\x61a\x61b\xff", "ab", id="a text in pieces"),
        pytest.param(b"\x5f\x41a\x41b\xff", b"ab", id="bytes in pieces"),
        pytest.param(b"\xc1\x1a\x69\x55\xb9\x00", NEW_YEAR, id="a date"),
        pytest.param(
            b"\xc1\xfb" + struct.pack(">d", 1767225600.5), NEW_YEAR.replace(microsecond=500_000), id="half a second"
        ),
    ],
)
def test_other_ways_to_write_are_read(data: bytes, value: object) -> None:
    """Clients may write shorter floats and open ends."""
    assert decode_items(data) == value


def test_no_number_is_a_number() -> None:
    """It has a spelling of two bytes."""
    assert encode_items(math.nan) == b"\xf9\x7e\x00"
    assert math.isnan(decode_items(b"\xf9\x7e\x00"))


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x01\x01", id="two items"),
        pytest.param(b"\x62a", id="a text that ends too early"),
        pytest.param(b"\x9b" + b"\xff" * 8, id="a list longer than the world"),
        pytest.param(b"\x5b" + b"\xff" * 8, id="bytes longer than the world"),
        pytest.param(b"\x81" * 100 + b"\x01", id="deep"),
        pytest.param(b"\xc6" * 100 + b"\x01", id="deep tags"),
        pytest.param(b"\x9f" * 100_000, id="open lists"),
        pytest.param(b"\xa1\x01\x01", id="a key that is a number"),
        pytest.param(b"\x61\xff", id="a text that is not UTF-8"),
        pytest.param(b"\xc2\x41\x01", id="a tag nobody knows"),
        pytest.param(b"\xc1\x1b" + b"\xff" * 8, id="a date beyond the calendar"),
        pytest.param(b"\x1c", id="a reserved length"),
        pytest.param(b"\xf8\xff", id="a reserved value"),
        pytest.param(b"\x7f\x41a\xff", id="bytes in a text"),
    ],
)
def test_what_is_no_item_is_refused(data: bytes) -> None:
    """Lengths and depths are checked before anything is made of them."""
    with pytest.raises(CborError):
        decode_items(data)


def post_to_kinesis(operation: str, body: bytes) -> Call | HttpResponse:
    """Read a request as Amazon's SDKs for Java send it."""
    headers = Headers({"x-amz-target": f"Kinesis_20131202.{operation}", "Content-Type": "application/x-amz-cbor-1.1"})
    return decode(
        HttpRequest(method="POST", path="/", headers=headers, body=body), request_id=ID, home=Home(region="us-east-1")
    )


def test_cbor_with_a_target_is_read_and_answered() -> None:
    """Bytes are bytes, and a date is a tagged number of milliseconds: 0xC1 and an integer of eight bytes."""
    found = post_to_kinesis("PutRecord", encode_items({"StreamName": "s", "PartitionKey": "k", "Data": b"\x00\xff"}))
    asked = post_to_kinesis("DescribeStreamSummary", encode_items({"StreamName": "s"}))
    assert isinstance(found, Call)
    assert isinstance(asked, Call)
    summary = {"StreamName": "s", "StreamCreationTimestamp": NEW_YEAR, "OpenShardCount": 1}
    answer: Any = encode(asked, {"StreamDescriptionSummary": summary})

    assert found.parameters == {"StreamName": "s", "PartitionKey": "k", "Data": b"\x00\xff"}
    assert dict(answer.headers)["Content-Type"] == "application/x-amz-cbor-1.1"
    assert b"\xc1\x1b" + (1_767_225_600_000).to_bytes(8, "big") in answer.body


def test_a_date_with_a_target_counts_milliseconds() -> None:
    """As its writer's do."""
    body = encode_items(
        {"ShardId": "shardId-0", "ShardIteratorType": "AT_TIMESTAMP", "StreamName": "s", "Timestamp": NEW_YEAR}, 1000
    )

    found = post_to_kinesis("GetShardIterator", body)

    assert isinstance(found, Call)
    assert found.parameters["Timestamp"] == NEW_YEAR


def test_an_error_with_a_target_is_cbor() -> None:
    """So is what cannot be read."""
    found = post_to_kinesis("PutRecord", encode_items({"PartitionKey": "k", "Data": b""}))
    broken: Any = post_to_kinesis("PutRecord", b"\xff")
    assert isinstance(found, Call)
    answer: Any = encode(found, ApiError("ResourceNotFoundException", "No stream."))

    assert decode_items(answer.body) == {"__type": "ResourceNotFoundException", "message": "No stream."}
    assert decode_items(broken.body)["__type"] == "SerializationException"
