"""Messages of an event stream, byte by byte and through botocore."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from eventsim.wire.answer import encode
from eventsim.wire.event_stream import message
from eventsim.wire.exchange import Call, Exchange
from eventsim.wire.models import find_service

ID = "11111111-2222-3333-4444-555555555555"


def answer(service: str, protocol: Any, operation: str, result: dict[str, Any]) -> Any:
    """Return an answer with events."""
    model = find_service(service)
    assert model is not None
    found = model.operation(operation)
    assert found is not None
    exchange = Exchange(service=model, protocol=protocol, region="r", account_id="0", request_id=ID)
    response = encode(Call(exchange=exchange, operation=found, parameters={}), result)
    assert dict(response.headers)["Content-Type"] == "application/vnd.amazon.eventstream"
    return response


def answered(service: str, protocol: Any, operation: str, result: dict[str, Any]) -> list[Any]:
    """Return the messages of an answer."""
    buffer = EventStreamBuffer()
    for piece in answer(service, protocol, operation, result).body:
        buffer.add_data(piece)
    return list(buffer)


def test_a_message_is_framed() -> None:
    """Lengths, a checksum of them, headers, payload, a checksum of all."""
    lengths, name_and_value = b"\x00\x00\x00\x18" + b"\x00\x00\x00\x06", b"\x01a" + b"\x07\x00\x01b"

    framed = message({"a": "b"}, b"xy")

    assert framed == lengths + bytes.fromhex("dcd1a61f") + name_and_value + b"xy" + bytes.fromhex("df971fa9")


def test_headers_have_types() -> None:
    """botocore reads back what was written."""
    headers = {
        "yes": True,
        "no": False,
        "small": -5,
        "big": 1 << 40,
        "text": "ü",
        "bytes": b"\x00",
        "date": datetime(2026, 1, 1, tzinfo=UTC),
    }
    buffer = EventStreamBuffer()

    buffer.add_data(message(headers, b""))

    assert next(buffer).headers == {**headers, "date": 1767225600000}


def test_a_payload_goes_as_it_is() -> None:
    """Lambda's chunks are bytes; what ends the stream is a document."""
    events = [{"PayloadChunk": {"Payload": b"\xff"}}, {"InvokeComplete": {"LogResult": "bG9n"}}]

    chunk, end = answered("lambda", "rest-json", "InvokeWithResponseStream", {"StatusCode": 200, "EventStream": events})

    assert (chunk.headers[":event-type"], chunk.payload) == ("PayloadChunk", b"\xff")
    assert (end.headers[":event-type"], end.payload) == ("InvokeComplete", b'{"LogResult":"bG9n"}')


def test_s3s_events_are_xml() -> None:
    """Records are bytes, statistics a document, and the end says nothing."""
    events = [{"Records": {"Payload": b"a,b"}}, {"Stats": {"Details": {"BytesScanned": 3}}}, {"End": {}}]

    records, stats, end = answered("s3", "rest-xml", "SelectObjectContent", {"Payload": events})

    assert records.payload == b"a,b"
    assert stats.payload == b"<Stats><BytesScanned>3</BytesScanned></Stats>"
    assert (end.headers[":event-type"], end.payload) == ("End", b"")


def test_json_begins_with_a_message_of_its_own() -> None:
    """Protocols whose answers have nothing but a body say the other members in the first message."""
    record = {"Data": b"hi", "PartitionKey": "p", "SequenceNumber": "1"}
    events = [{"SubscribeToShardEvent": {"Records": [record], "MillisBehindLatest": 0}}]

    first, event = answered("kinesis", "json", "SubscribeToShard", {"EventStream": events})

    assert (first.headers[":event-type"], first.payload) == ("initial-response", b"{}")
    assert b'"Data":"aGk="' in event.payload


@pytest.mark.parametrize("protocol", ["json", "cbor"])
def test_events_that_are_still_to_come_are_waited_for(protocol: Any) -> None:
    """Each is written when it comes; the first message need not wait for it."""
    told: list[str] = []

    async def events() -> AsyncIterator[dict[str, Any]]:
        told.append("asked")
        yield {"SubscribeToShardEvent": {"Records": [], "MillisBehindLatest": 0}}
        told.append("asked again")

    async def read() -> None:
        async for _ in answer("kinesis", protocol, "SubscribeToShard", {"EventStream": events()}).body:
            told.insert(len(told), "written")  # not all at the end

    asyncio.run(read())

    assert told == ["written", "asked", "written", "asked again"]
