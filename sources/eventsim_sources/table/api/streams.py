"""Operations on the streams of tables: which there are, their shards, and what stands in these."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Request, Result, ShardPosition, load_json
from eventsim_sources.table import errors
from eventsim_sources.table.api.instants import read_instant
from eventsim_sources.table.api.tables import Tables
from eventsim_sources.table.limits import (
    ITERATOR_LIFE_US,
    PAGE_BYTES_MAX,
    SHARDS_DESCRIBED_MAX,
    STREAM_RECORDS_MAX,
    STREAMS_LISTED_MAX,
)
from eventsim_sources.table.stream import TableShard, TableStream
from eventsim_sources.table.stream_record import TableRecord

_STREAM_MARK = "/stream/"


class Iterator(Struct, frozen=True, kw_only=True, gc=False):
    """Where a client goes on to read.

    Attributes:
        made_us: when it was given out, since 1970.
    """

    arn: str
    shard: str
    offset: int
    made_us: int

    def text(self) -> str:
        """Return it as clients have it."""
        place = json.dumps([self.shard, self.offset, self.made_us])
        return f"{self.arn}|1|{base64.urlsafe_b64encode(place.encode()).decode()}"


def list_streams(tables: Tables, request: Request) -> Result:
    """List the streams that can be read, those that are switched off among them."""
    parameters: Any = request.parameters
    limit = _limit(parameters, STREAMS_LISTED_MAX)
    name, after = tables.name_of(parameters.get("TableName") or ""), parameters.get("ExclusiveStartStreamArn") or ""
    streams = [stream for stream in tables.streams() if name in ("", stream.table)]
    if name and not streams and tables.find(name) is None:
        raise errors.table_missing(name)
    found = [stream for stream in streams if stream.arn > after]
    listed: dict[str, Any] = {
        "Streams": [
            {"StreamArn": stream.arn, "TableName": stream.table, "StreamLabel": stream.label}
            for stream in found[:limit]
        ]
    }
    if len(found) > limit:
        listed["LastEvaluatedStreamArn"] = found[limit - 1].arn
    return listed


def describe_stream(tables: Tables, request: Request) -> Result:
    """Describe a stream and its shards."""
    parameters: Any = request.parameters
    stream = _stream(tables, parameters["StreamArn"])
    limit = _limit(parameters, SHARDS_DESCRIBED_MAX)
    shards = stream.table_shards()
    shard_filter = parameters.get("ShardFilter") or {}
    if shard_filter.get("Type") == "CHILD_SHARDS":
        shards = [shard for shard in shards if shard.parent == shard_filter.get("ShardId")]
    after = parameters.get("ExclusiveStartShardId") or ""
    shards = [shard for shard in shards if shard.identifier > after]
    keys = zip(stream.key.names, ("HASH", "RANGE"), strict=False)
    described: dict[str, Any] = {
        "StreamArn": stream.arn,
        "StreamLabel": stream.label,
        "StreamStatus": "ENABLED" if stream.disabled_us is None else "DISABLED",
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": tables.world.clock.date(stream.born_us),
        "TableName": stream.table,
        "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        "Shards": [_described(shard) for shard in shards[:limit]],
    }
    if len(shards) > limit:
        described["LastEvaluatedShardId"] = shards[limit - 1].identifier
    return {"StreamDescription": described}


def _described(shard: TableShard) -> dict[str, Any]:
    numbers = {"StartingSequenceNumber": shard.starting_number}
    if shard.is_closed:
        numbers["EndingSequenceNumber"] = shard.last_number
    described: dict[str, Any] = {"ShardId": shard.identifier, "SequenceNumberRange": numbers}
    if shard.parent:
        described["ParentShardId"] = shard.parent
    return described


def get_shard_iterator(tables: Tables, request: Request) -> Result:
    """Return where reading begins in a shard."""
    parameters: Any = request.parameters
    stream = _stream(tables, parameters["StreamArn"])
    shard = _shard(stream, parameters["ShardId"])
    iterator = Iterator(
        arn=stream.arn,
        shard=shard.identifier,
        offset=_begin(tables, stream, shard, parameters),
        made_us=tables.world.clock.epoch_us(),
    )
    return {"ShardIterator": iterator.text()}


def _begin(tables: Tables, stream: TableStream, shard: TableShard, parameters: Mapping[str, Any]) -> int:
    kind, number = parameters["ShardIteratorType"], parameters.get("SequenceNumber")
    is_by_number = kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
    if is_by_number and not number:
        raise errors.invalid(f"SequenceNumber must be specified for ShardIteratorType {kind}")
    if not is_by_number and number:
        raise errors.invalid(f"SequenceNumber must not be specified for ShardIteratorType {kind}")
    at = read_instant(parameters, "Timestamp")
    if (kind == "AT_TIMESTAMP") != (at is not None):
        which = "must" if at is None else "must not"
        raise errors.invalid(f"Timestamp {which} be specified for ShardIteratorType {kind}")  # unconfirmed words
    if at is not None and at > tables.world.clock.date():
        raise errors.invalid("Timestamp must not be in the future")  # unconfirmed words
    if number is None or not is_by_number:
        return stream.begin(shard.identifier, ShardPosition(type=kind, at=at))
    if not number.isdecimal():
        raise errors.invalid(f"Invalid SequenceNumber: {number}")
    if shard.trimmed_count and int(number) < int(shard.first_number):
        raise _trimmed()
    is_before = int.__lt__ if kind == "AT_SEQUENCE_NUMBER" else int.__le__
    return shard.trimmed_count + sum(is_before(int(each.identifier), int(number)) for each in shard.records)


def get_records(tables: Tables, request: Request) -> Result:
    """Return the next records of a shard; without a next iterator, a shard has come to its end."""
    parameters: Any = request.parameters
    iterator = _read_iterator(parameters["ShardIterator"])
    stream = _stream(tables, iterator.arn)
    shard = _shard(stream, iterator.shard)
    now_us = tables.world.clock.epoch_us()
    if now_us - iterator.made_us > ITERATOR_LIFE_US:
        raise ApiError(
            "ExpiredIteratorException",
            "Iterator expired. The iterator was created more than 15 minutes ago",  # unconfirmed words
        )
    if iterator.offset < shard.trimmed_count and shard.trimmed_count:
        raise _trimmed()
    limit = _limit(parameters, STREAM_RECORDS_MAX)
    read: list[TableRecord] = []
    room = PAGE_BYTES_MAX
    for record in stream.read(shard.identifier, iterator.offset, limit):
        room -= record.content_bytes
        if room < 0 and read:
            break
        read.append(record)
    result: dict[str, Any] = {"Records": [record.described(stream.region) for record in read]}
    offset = iterator.offset + len(read)
    if not shard.is_closed or offset < shard.end:
        following = Iterator(arn=stream.arn, shard=shard.identifier, offset=offset, made_us=now_us)
        result["NextShardIterator"] = following.text()
    return result


def _read_iterator(text: str) -> Iterator:
    arn, mark, place = text.partition("|1|")
    try:
        shard, offset, made_us = load_json(base64.urlsafe_b64decode(place))
    except (binascii.Error, ValueError, TypeError):
        mark = ""
    if not mark or not isinstance(offset, int) or not isinstance(made_us, int):
        raise errors.invalid("Invalid ShardIterator")  # unconfirmed words
    return Iterator(arn=arn, shard=str(shard), offset=offset, made_us=made_us)


def _stream(tables: Tables, arn: str) -> TableStream:
    found = next((stream for stream in tables.streams() if stream.arn == arn), None)
    if found is None:
        if _STREAM_MARK not in arn:
            raise errors.invalid(f"Invalid StreamArn: {arn}")  # unconfirmed words
        raise ApiError("ResourceNotFoundException", f"Requested resource not found: Stream: {arn} not found")
    return found


def _shard(stream: TableStream, identifier: str) -> TableShard:
    shard = stream.table_shard(identifier)
    if shard is None:
        raise ApiError(
            "ResourceNotFoundException",
            f"Requested resource not found: Shard: {identifier} in Stream: {stream.arn} not found",
        )
    return shard


def _limit(parameters: Any, most: int) -> int:
    """Return how much is wanted; the service's model does not say how much may be."""
    limit = parameters.get("Limit") or most
    if limit > most:
        raise errors.constraint_broken(str(limit), "limit", f"Member must have value less than or equal to {most}")
    return int(limit)


def _trimmed() -> ApiError:
    return ApiError(
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard.",  # unconfirmed words
    )
