"""Operations on shards: list them, split and merge them, or have as many as one likes."""

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from eventsim import Request, Result
from eventsim_sources.parameters import mapping, number, text
from eventsim_sources.stream import errors, tokens
from eventsim_sources.stream.api.directory import Directory
from eventsim_sources.stream.api.parameters import instant
from eventsim_sources.stream.limits import LIST_SHARDS_DEFAULT, SHARD_LIMIT, SHARDS_PER_STREAM_MAX
from eventsim_sources.stream.shard import Shard
from eventsim_sources.stream.source import Stream
from eventsim_sources.stream.store import are_adjacent

_NOT_WITH_TOKEN = ("StreamName", "StreamCreationTimestamp", "ExclusiveStartShardId")


class _Page(Struct, frozen=True, array_like=True):
    """Where a list of shards goes on.

    Attributes:
        after: the id of the last shard that was listed.
        at_us: the instant of the filter, in microseconds since the run began.
    """

    stream: str
    created_ms: int
    after: str
    filter_type: str = "FROM_TRIM_HORIZON"
    at_us: int = 0


def list_shards(directory: Directory, request: Request) -> Result:
    """List the shards that have not expired, or those that a filter lets pass."""
    clock = directory.world.clock
    token = text(request, "NextToken")
    if token:
        for name in _NOT_WITH_TOKEN:
            if request.parameters.get(name) is not None:
                raise errors.argument_invalid(f"NextToken and {name} cannot be provided together.")
        page = tokens.read(clock, token, _Page)
    else:
        page = _first_page(directory, request)
    stream = directory.named(page.stream)
    if stream.created_ms != page.created_ms:
        raise errors.stream_missing(stream.where)
    found = [shard for shard in _filtered(stream, page) if shard.identifier > page.after]
    limit = min(number(request, "MaxResults") or LIST_SHARDS_DEFAULT, LIST_SHARDS_DEFAULT)
    result: dict[str, Any] = {"Shards": [described(shard) for shard in found[:limit]]}
    if len(found) > limit:
        after = found[limit - 1].identifier
        following = _Page(page.stream, page.created_ms, after, page.filter_type, page.at_us)
        result["NextToken"] = tokens.write(clock, following)
    return result


def _first_page(directory: Directory, request: Request) -> _Page:
    clock = directory.world.clock
    stream = directory.of(request)
    created = instant(request.parameters.get("StreamCreationTimestamp"))
    if created is not None and int(created.timestamp()) != stream.created_ms // 1_000:
        raise errors.stream_missing(stream.where)
    if stream.status == "CREATING":
        raise errors.not_active(stream.where, stream.status)
    given = mapping(request, "ShardFilter")
    after = text(request, "ExclusiveStartShardId")
    type_ = given.get("Type", "FROM_TRIM_HORIZON")
    at_us = 0
    if type_ in ("AT_TIMESTAMP", "FROM_TIMESTAMP"):
        at = instant(given.get("Timestamp"))
        if at is None:
            raise errors.argument_invalid(f"Timestamp must be provided with the ShardFilter type {type_}.")
        at_us = round((at - clock.start_at).total_seconds() * 1e6)
    elif type_ == "AFTER_SHARD_ID":
        if not given.get("ShardId"):
            raise errors.argument_invalid("ShardId must be provided with the ShardFilter type AFTER_SHARD_ID.")
        after = max(after, given["ShardId"])
    return _Page(stream.name, stream.created_ms, after, type_, at_us)


def _filtered(stream: Stream, page: _Page) -> Iterable[Shard]:
    """Return the shards that a filter lets pass, by their ids."""
    shards = list(stream.store.listed(stream.trimmed_us))
    at_us = page.at_us
    passes: Callable[[Shard], bool]
    match page.filter_type:
        case "AT_LATEST":
            passes = _is_open
        case "AT_TRIM_HORIZON":
            horizon_us = max(stream.trimmed_us, min(shard.born_us for shard in shards))
            passes = lambda shard: shard.born_us <= horizon_us and _is_open_after(shard, horizon_us)  # noqa: E731
        case "AT_TIMESTAMP":
            passes = lambda shard: shard.born_us <= at_us and _is_open_after(shard, at_us - 1)  # noqa: E731
        case "FROM_TIMESTAMP":
            passes = lambda shard: _is_open_after(shard, at_us - 1)  # noqa: E731
        case _:
            return shards
    return filter(passes, shards)


def _is_open(shard: Shard) -> bool:
    return shard.closed_us is None


def _is_open_after(shard: Shard, at_us: int) -> bool:
    return shard.closed_us is None or shard.closed_us > at_us


def split_shard(directory: Directory, request: Request) -> Result:
    """Split a shard in two."""
    stream = _reshardable(directory.of(request))
    shard = _open_shard(stream, text(request, "ShardToSplit"))
    start = int(text(request, "NewStartingHashKey"))
    if not shard.hashes.start < start <= shard.hashes.end:
        raise errors.argument_invalid(
            f"NewStartingHashKey {start} used in SplitShard() on shard {shard.identifier} in {stream.where} is not "
            f"both greater than one plus the shard's StartingHashKey {shard.hashes.start} and less than the shard's "
            f"EndingHashKey {shard.hashes.end}."
        )
    check_shard_limit(directory, 1)
    stream.split(shard, start, request.entry)
    return {}


def merge_shards(directory: Directory, request: Request) -> Result:
    """Merge two shards whose ranges meet."""
    stream = _reshardable(directory.of(request))
    shard = _open_shard(stream, text(request, "ShardToMerge"))
    adjacent = _open_shard(stream, text(request, "AdjacentShardToMerge"))
    if not are_adjacent(shard, adjacent):
        raise errors.argument_invalid(
            f"Shards {shard.identifier} and {adjacent.identifier} in {stream.where} are not an adjacent pair of shards "
            "eligible for merging."
        )
    stream.merge(shard, adjacent, request.entry)
    return {}


def update_shard_count(directory: Directory, request: Request) -> Result:
    """Split and merge until there are so many shards, at most twice and at least half as many as now."""
    stream = _reshardable(directory.of(request))
    current, target = len(stream.store.open_shards), number(request, "TargetShardCount") or 0
    counts = f"Current open shard count: {current} Target shard count: {target}"
    if target > current * 2:
        raise errors.limit_exceeded(
            f"UpdateShardCount cannot scale up over double your current open shard count. {counts}"
        )
    if target * 2 < current:
        raise errors.limit_exceeded(
            f"UpdateShardCount cannot scale down below half your current open shard count. {counts}"
        )
    if target > SHARDS_PER_STREAM_MAX:
        raise errors.limit_exceeded(f"UpdateShardCount cannot scale up to more than 10000 shards. {counts}")
    check_shard_limit(directory, target - current)
    stream.rescale(target, request.entry)
    return {
        "StreamName": stream.name,
        "CurrentShardCount": current,
        "TargetShardCount": target,
        "StreamARN": stream.arn,
    }


def check_shard_limit(directory: Directory, more: int) -> None:
    """See that the account may have so many shards more.

    Raises:
        ApiError: it may not.
    """
    current = open_shard_count(directory)
    if current + more > SHARD_LIMIT:
        raise errors.limit_exceeded(
            f"This request would exceed the shard limit for the account {directory.world.account_id} in "
            f"{directory.world.region}. Current shard count for the account: {current}. Limit: {SHARD_LIMIT}. "
            f"Number of additional shards that would have resulted from this request: {more}. Refer to the AWS "
            "Service Limits page (http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current "
            "limits and how to request higher limits."
        )


def open_shard_count(directory: Directory) -> int:
    """Return how many open shards the account's provisioned streams have."""
    streams = directory.streams().values()
    return sum(len(stream.store.open_shards) for stream in streams if stream.settings.mode == "PROVISIONED")


def _reshardable(stream: Stream) -> Stream:
    stream.check_active()
    if stream.settings.mode == "ON_DEMAND":
        raise errors.validation_failed(f"Request is invalid. {stream.where.at_the_beginning} is in On-Demand mode.")
    return stream


def _open_shard(stream: Stream, identifier: str) -> Shard:
    shard = stream.find_shard(identifier)
    if shard.closed_us is not None:
        raise errors.in_use(
            f"Shard {identifier} in {stream.where} has already been merged or split, and thus is not eligible for "
            "merging or splitting."
        )
    return shard


def described(shard: Shard) -> dict[str, Any]:
    """Return a shard as lists tell it."""
    numbers = {"StartingSequenceNumber": shard.starting_number}
    if shard.ending_number is not None:
        numbers["EndingSequenceNumber"] = shard.ending_number
    parents = dict(zip(("ParentShardId", "AdjacentParentShardId"), shard.parents, strict=False))
    return {
        "ShardId": shard.identifier,
        **parents,
        "HashKeyRange": _told_range(shard),
        "SequenceNumberRange": numbers,
    }


def described_child(shard: Shard) -> dict[str, Any]:
    """Return a shard as the end of its parent tells it."""
    return {"ShardId": shard.identifier, "ParentShards": list(shard.parents), "HashKeyRange": _told_range(shard)}


def _told_range(shard: Shard) -> dict[str, str]:
    return {"StartingHashKey": str(shard.hashes.start), "EndingHashKey": str(shard.hashes.end)}
