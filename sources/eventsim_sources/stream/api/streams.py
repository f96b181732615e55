"""Operations on streams as a whole: create, delete, describe and list them."""

from datetime import datetime
from typing import Any

from eventsim import Request, Result
from eventsim_sources.parameters import mapping, number, text
from eventsim_sources.stream import errors
from eventsim_sources.stream.api.directory import Directory
from eventsim_sources.stream.api.papers import check_tags
from eventsim_sources.stream.api.shards import check_shard_limit, described, open_shard_count
from eventsim_sources.stream.errors import Where
from eventsim_sources.stream.limits import (
    DESCRIBE_SHARDS_DEFAULT,
    LIST_STREAMS_DEFAULT,
    ON_DEMAND_SHARDS,
    ON_DEMAND_STREAMS_MAX,
    RECORD_KIB_MIN,
    SHARD_LIMIT,
    WARM_MIB_MAX,
)
from eventsim_sources.stream.settings import Mode, Settings
from eventsim_sources.stream.source import Stream


def create_stream(directory: Directory, request: Request) -> Result:
    """Make a stream; it is CREATING for a while, and then ACTIVE."""
    world = directory.world
    name, tags = text(request, "StreamName"), mapping(request, "Tags")
    where = Where(name, world.account_id)
    if name in directory.streams():
        raise errors.stream_exists(where)
    mode = mode_in(request)
    count = _shard_count(mode, number(request, "ShardCount"))
    warm_mib = warm_mib_in(directory, request, mode)
    distribution: Any = text(request, "RecordDistributionStrategy") or "USER_PARTITION_KEY"
    if distribution == "AUTO" and mode == "PROVISIONED":
        raise errors.argument_invalid("RecordDistributionStrategy AUTO is only supported for on-demand streams.")
    check_tags(where, tags)
    if mode == "PROVISIONED":
        check_shard_limit(directory, count)
    else:
        check_on_demand_limit(directory)
    size_kib = number(request, "MaxRecordSizeInKiB") or RECORD_KIB_MIN
    settings = Settings(mode=mode, record_kib_max=size_kib, distribution=distribution, warm_mib=warm_mib)
    stream = Stream(world, name, settings, shard_count=max(count, warm_mib), tags=tags)
    stream.be("CREATING")
    world.add(stream)
    return {}


def mode_in(request: Request) -> Mode:
    """Return the capacity mode that a request names, PROVISIONED if none."""
    mode: Any = mapping(request, "StreamModeDetails").get("StreamMode", "PROVISIONED")
    return mode  # type: ignore[no-any-return]  # the model has it checked


def warm_mib_in(directory: Directory, request: Request, mode: Mode) -> int:
    """Return for how many MiB a second a stream of this mode shall be ready, 0 if a request does not say.

    Raises:
        ApiError: it is no stream on demand, the account has promised nothing, or it is too much; the words are
            unconfirmed.
    """
    warm_mib = number(request, "WarmThroughputMiBps")
    if warm_mib is None:
        return 0
    if mode != "ON_DEMAND":
        raise errors.argument_invalid("WarmThroughputMiBps is only supported for streams in ON_DEMAND mode.")
    if not directory.commitment.is_on:
        raise errors.argument_invalid(
            "WarmThroughputMiBps is only supported in accounts that have MinimumThroughputBillingCommitment enabled."
        )
    if warm_mib > WARM_MIB_MAX:
        raise errors.limit_exceeded(f"A stream cannot be scaled to more than {WARM_MIB_MAX} MiBps.")
    return warm_mib


def check_on_demand_limit(directory: Directory) -> None:
    """See that the account may have one more on-demand stream.

    Raises:
        ApiError: it may not.
    """
    if _on_demand_count(directory) >= ON_DEMAND_STREAMS_MAX:
        raise errors.limit_exceeded(
            f"This request would exceed the on-demand stream limit for the account {directory.world.account_id}: "
            f"{ON_DEMAND_STREAMS_MAX}."
        )


def _on_demand_count(directory: Directory) -> int:
    return sum(stream.settings.mode == "ON_DEMAND" for stream in directory.streams().values())


def _shard_count(mode: str, given: int | None) -> int:
    if mode == "ON_DEMAND":
        if given is not None:
            raise errors.validation_failed("ShardCount cannot be specified for a stream in ON_DEMAND mode.")
        return ON_DEMAND_SHARDS
    if given is None:
        raise errors.validation_failed("ShardCount must be specified for a stream in PROVISIONED mode.")
    return given


def delete_stream(directory: Directory, request: Request) -> Result:
    """Delete a stream with all that it holds."""
    stream = directory.of(request)
    if stream.status != "ACTIVE":
        raise errors.not_active(stream.where, stream.status)
    if stream.consumers and not request.parameters.get("EnforceConsumerDeletion"):
        raise errors.in_use(
            f"{stream.where.at_the_beginning} has registered consumers. Deregister them first, or set "
            "EnforceConsumerDeletion."
        )
    stream.delete()
    return {}


def describe_stream(directory: Directory, request: Request) -> Result:
    """Describe a stream and up to a hundred of its shards."""
    stream = directory.of(request)
    after = text(request, "ExclusiveStartShardId")
    limit = min(number(request, "Limit") or DESCRIBE_SHARDS_DEFAULT, DESCRIBE_SHARDS_DEFAULT)
    is_there = stream.status != "CREATING"
    listed = [shard for shard in stream.store.listed(stream.trimmed_us) if is_there and shard.identifier > after]
    description = _described(directory, stream)
    description["Shards"] = [described(shard) for shard in listed[:limit]]
    description["HasMoreShards"] = len(listed) > limit
    return {"StreamDescription": description}


def describe_stream_summary(directory: Directory, request: Request) -> Result:
    """Describe a stream without its shards."""
    stream = directory.of(request)
    settings = stream.settings
    summary = {
        **_described(directory, stream),
        "OpenShardCount": len(stream.store.open_shards),
        "ConsumerCount": len(stream.consumers),
        "MaxRecordSizeInKiB": settings.record_kib_max,
    }
    if settings.mode == "ON_DEMAND":
        summary["RecordDistributionStrategy"] = settings.distribution
        if directory.commitment.is_on:
            summary["WarmThroughput"] = warm_throughput(stream)
    return {"StreamDescriptionSummary": summary}


def warm_throughput(stream: Stream) -> dict[str, int]:
    """Return what an on-demand stream shall be ready for, and is; what it has at first counts as asked for."""
    return {
        "TargetMiBps": stream.settings.warm_mib or ON_DEMAND_SHARDS,
        "CurrentMiBps": len(stream.store.open_shards),
    }


def _described(directory: Directory, stream: Stream) -> dict[str, Any]:
    settings = stream.settings
    monitoring = {"ShardLevelMetrics": list(settings.metrics)}
    described: dict[str, Any] = {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.status,
        "StreamModeDetails": {"StreamMode": settings.mode},
        "RetentionPeriodHours": settings.retention_h,
        "StreamCreationTimestamp": created_at(directory, stream),
        "EnhancedMonitoring": [monitoring],
        "EncryptionType": "KMS" if settings.key_id else "NONE",
    }
    if settings.key_id:
        described["KeyId"] = settings.key_id
    return described


def created_at(directory: Directory, stream: Stream) -> datetime:
    """Return when a stream was made, to the second."""
    clock = directory.world.clock
    return clock.date(stream.created_ms // 1_000 * 1_000_000 - clock.start_epoch_us)


def list_streams(directory: Directory, request: Request) -> Result:
    """List streams by name; a token is the name after which the list goes on."""
    after = max(text(request, "ExclusiveStartStreamName"), text(request, "NextToken"))
    limit = number(request, "Limit") or LIST_STREAMS_DEFAULT
    found = [stream for name, stream in sorted(directory.streams().items()) if name > after]
    listed = found[:limit]
    result: dict[str, Any] = {
        "StreamNames": [stream.name for stream in listed],
        "HasMoreStreams": len(found) > limit,
        "StreamSummaries": [
            {
                "StreamName": stream.name,
                "StreamARN": stream.arn,
                "StreamStatus": stream.status,
                "StreamModeDetails": {"StreamMode": stream.settings.mode},
                "StreamCreationTimestamp": created_at(directory, stream),
            }
            for stream in listed
        ],
    }
    if len(found) > limit:
        result["NextToken"] = listed[-1].name
    return result


def describe_limits(directory: Directory, request: Request) -> Result:  # noqa: ARG001 - the signature of operations
    """Tell how many shards and streams there are, and how many there may be."""
    return {
        "ShardLimit": SHARD_LIMIT,
        "OpenShardCount": open_shard_count(directory),
        "OnDemandStreamCount": _on_demand_count(directory),
        "OnDemandStreamCountLimit": ON_DEMAND_STREAMS_MAX,
    }


def describe_account_settings(directory: Directory, request: Request) -> Result:  # noqa: ARG001 - as above
    """Tell what the account has promised."""
    return {"MinimumThroughputBillingCommitment": directory.commitment.described()}


def update_account_settings(directory: Directory, request: Request) -> Result:
    """Promise a minimum of throughput, or no longer."""
    if mapping(request, "MinimumThroughputBillingCommitment")["Status"] == "ENABLED":
        directory.commitment.begin()
    else:
        directory.commitment.end()
    return describe_account_settings(directory, request)
