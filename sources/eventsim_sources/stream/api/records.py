"""Operations on records: put them, find a place in a shard, and read from there."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from eventsim import Clock, Request, Result, ShardPosition
from eventsim_sources.parameters import listed, number, text
from eventsim_sources.stream import errors, iterator
from eventsim_sources.stream.api.directory import Directory
from eventsim_sources.stream.api.parameters import blob, instant
from eventsim_sources.stream.api.shards import described_child
from eventsim_sources.stream.incoming import Incoming, Throttled
from eventsim_sources.stream.limits import (
    GET_BYTES_MAX,
    GET_RECORDS_MAX,
    HASH_KEY_MAX,
    ITERATOR_AGE_MAX_US,
    PUT_BYTES_MAX,
)
from eventsim_sources.stream.record import Record
from eventsim_sources.stream.sequence import offset_of
from eventsim_sources.stream.shard import Shard, behind_ms
from eventsim_sources.stream.source import Stream

_MICROSECONDS_PER_MS = 1_000
_BY_NUMBER = ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
_SHARD_ID = re.compile(r"shardId-[0-9]{12}")
_BY_END = ("TRIM_HORIZON", "LATEST")


def put_record(directory: Directory, request: Request) -> Result:
    """Put one record."""
    stream = directory.of(request)
    incoming = _incoming(stream, request.parameters)
    _check_ordering(stream, text(request, "SequenceNumberForOrdering"))
    _check_dry_run(request)
    (placed,) = stream.put((incoming,), cause=request.entry, lineage=request.caller.lineage)
    if isinstance(placed, Throttled):
        raise errors.rate_exceeded(placed.shard, stream.where)
    return {**_told_place(placed), **_encryption(is_encrypted=placed.is_encrypted)}


def put_records(directory: Directory, request: Request) -> Result:
    """Put up to 500 records; one that is throttled does not stop the others."""
    stream = directory.of(request)
    incoming = [_incoming(stream, entry, nth) for nth, entry in enumerate(listed(request, "Records"), 1)]
    if sum(each.size_bytes for each in incoming) > PUT_BYTES_MAX:
        raise errors.argument_invalid(f"Records size exceeds {PUT_BYTES_MAX // 1_048_576} MB limit.")
    _check_dry_run(request)
    placed = stream.put(incoming, cause=request.entry, lineage=request.caller.lineage)
    told = [_told_refusal(stream, each) if isinstance(each, Throttled) else _told_place(each) for each in placed]
    failed = sum(isinstance(each, Throttled) for each in placed)
    return {"FailedRecordCount": failed, "Records": told, **_encryption(is_encrypted=bool(stream.settings.key_id))}


def get_shard_iterator(directory: Directory, request: Request) -> Result:
    """Return an iterator, which is good for five minutes."""
    stream = _readable(directory.of(request))
    shard = _readable_shard(stream, text(request, "ShardId"))
    at = instant(request.parameters.get("Timestamp"))
    number = text(request, "StartingSequenceNumber")
    offset = find_offset(directory, stream, shard, text(request, "ShardIteratorType"), number, at)
    _check_dry_run(request)
    now_us = directory.world.clock.now_us
    if stream.settings.has_limits and not shard.iterator_calls.try_take(1, now_us):
        stream.journal.iterator_throttled(shard, request.entry)
        raise errors.rate_exceeded(shard.identifier, stream.where)
    return {"ShardIterator": _iterator(directory.world.clock, stream, shard, offset)}


def _readable_shard(stream: Stream, identifier: str) -> Shard:
    shard = stream.fresh(identifier)
    if shard is not None:
        return shard
    is_well_formed = _SHARD_ID.fullmatch(identifier) is not None
    raise (errors.shard_unreadable if is_well_formed else errors.shard_missing)(identifier, stream.where)


def find_offset(
    directory: Directory, stream: Stream, shard: Shard, type_: str, number: str, at: datetime | None
) -> int:
    """Return the offset that an iterator of this type begins at.

    Raises:
        ApiError: what the type needs is missing, what it does not need is there, or the number is of another shard.
    """
    if (type_ in _BY_NUMBER) != bool(number) and type_ in (*_BY_NUMBER, *_BY_END):
        raise errors.argument_invalid(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
            "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. "
            f"Request specified {type_} and {'also a' if number else 'no'} StartingSequenceNumber."
        )
    if type_ in _BY_NUMBER:
        offset = offset_of(shard.label.prefix, number)
        if offset is None:
            raise errors.argument_invalid(
                f"StartingSequenceNumber {number} used in GetShardIterator on shard {shard.identifier} in "
                f"{stream.where} is invalid because it did not come from this stream."
            )
        return max(offset + (type_ == "AFTER_SEQUENCE_NUMBER"), 0)
    if type_ == "AT_TIMESTAMP":
        _check_instant(directory.world.clock, at)
    return stream.begin(shard.identifier, ShardPosition(type=type_, at=at))


def _check_instant(clock: Clock, at: datetime | None) -> None:
    if at is None:
        raise errors.argument_invalid(
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
            "Current request has no timestamp parameter."
        )
    if at > clock.date():
        raise errors.argument_invalid(
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
            f"timestampInMillis: {round(at.timestamp() * 1_000)}, currentTimestampInMillis: {clock.epoch_ms()}"
        )


def get_records(directory: Directory, request: Request) -> Result:
    """Return records from an iterator on, and the iterator behind them."""
    clock = directory.world.clock
    place = iterator.read(text(request, "ShardIterator"))
    stream = _readable(directory.named(place.stream))
    if place.created_ms != stream.created_ms or text(request, "StreamARN") not in ("", stream.arn):
        raise errors.stream_missing(stream.where)
    if clock.epoch_ms() - place.issued_ms > ITERATOR_AGE_MAX_US // _MICROSECONDS_PER_MS:
        raise errors.iterator_expired(_date_of(clock, place.issued_ms), clock.date())
    shard = stream.find_shard(place.shard)
    _check_dry_run(request)
    limit = number(request, "Limit") or GET_RECORDS_MAX
    records = _read(stream, shard, place.offset, limit, clock.now_us, request.entry)
    after = records[-1].offset + 1 if records else max(place.offset, shard.first_offset)
    result: dict[str, Any] = {
        "Records": [told_record(clock, record) for record in records],
        "MillisBehindLatest": behind_ms(shard, after, clock.now_us, records[-1] if records else None),
    }
    if shard.closed_us is not None and after >= shard.end:
        result["ChildShards"] = [described_child(child) for child in stream.store.children_of(shard)]
    else:
        result["NextShardIterator"] = _iterator(clock, stream, shard, after)
    return result


def _read(stream: Stream, shard: Shard, offset: int, limit: int, now_us: int, cause: int) -> list[Record]:
    if stream.settings.has_limits and not shard.try_call(now_us):
        stream.journal.read_throttled(shard, cause)
        raise errors.rate_exceeded(shard.identifier, stream.where)
    limit = 0 if stream.is_silent() else limit
    records, size_bytes, is_full = shard.read_within(offset, limit, GET_BYTES_MAX, stream.ripe_us())
    shard.gave(size_bytes, now_us, is_full=is_full)
    if records:
        stream.journal.read(shard, records, cause)
    return list(records)


def told_record(clock: Clock, record: Record) -> dict[str, Any]:
    """Return a record as GetRecords and subscriptions tell it; its date has whole milliseconds."""
    over_us = (clock.start_epoch_us + record.born_us) % _MICROSECONDS_PER_MS
    return {
        "SequenceNumber": record.identifier,
        "ApproximateArrivalTimestamp": clock.date(record.born_us - over_us),
        "Data": record.data,
        **({"PartitionKey": record.key} if record.key else {}),
        **_encryption(is_encrypted=record.is_encrypted),
    }


def _incoming(stream: Stream, given: Mapping[str, Any], nth: int = 0) -> Incoming:
    """Return a record that may be put; `nth` counts from 1 in a request with several.

    Raises:
        ApiError: it has no key where keys decide on the shard, or is too large.
    """
    key = given.get("PartitionKey")
    if key is None and stream.settings.distribution != "AUTO":
        raise errors.key_missing(f"records.{nth}.member.partitionKey" if nth else "partitionKey")
    hash_key = given.get("ExplicitHashKey")
    if hash_key is not None:
        hash_key = int(hash_key)
        if hash_key > HASH_KEY_MAX:
            raise errors.argument_invalid(
                f"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                f"Specified value was {hash_key}"
            )
    return stream.checked(key or "", blob(given["Data"]), hash_key, nth)


def _check_ordering(stream: Stream, number: str) -> None:
    """See that a number was given out before: then that of the next record is larger anyway."""
    if not number:
        return
    for shard in stream.store.all_shards.values():
        offset = offset_of(shard.label.prefix, number)
        if offset is not None and offset < shard.end:
            break
    else:
        raise errors.argument_invalid(
            f"ExclusiveMinimumSequenceNumber {number} used in PutRecord on {stream.where} is invalid."
        )


def _check_dry_run(request: Request) -> None:
    if request.parameters.get("DryRun"):
        raise errors.dry_run()


def _readable(stream: Stream) -> Stream:
    if stream.status == "CREATING":
        raise errors.stream_missing(stream.where)
    return stream


def _iterator(clock: Clock, stream: Stream, shard: Shard, offset: int) -> str:
    return iterator.write(iterator.Iterator(stream.name, stream.created_ms, shard.identifier, offset, clock.epoch_ms()))


def _date_of(clock: Clock, epoch_ms: int) -> datetime:
    return clock.date(epoch_ms * _MICROSECONDS_PER_MS - clock.start_epoch_us)


def _told_place(record: Record) -> dict[str, str]:
    return {"SequenceNumber": record.identifier, "ShardId": record.label.shard}


def _told_refusal(stream: Stream, throttled: Throttled) -> dict[str, str]:
    return {"ErrorCode": errors.THROTTLED, "ErrorMessage": errors.rate_message(throttled.shard, stream.where)}


def _encryption(*, is_encrypted: bool) -> dict[str, str]:
    """Return what tells of encryption: nothing without it."""
    return {"EncryptionType": "KMS"} if is_encrypted else {}
