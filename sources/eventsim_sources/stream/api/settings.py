"""Operations that set something on a stream: retention, encryption, metrics, mode, sizes."""

from typing import Any

from eventsim import Request, Result
from eventsim_sources.parameters import listed, number, text
from eventsim_sources.stream import errors
from eventsim_sources.stream.api.directory import Directory
from eventsim_sources.stream.api.parameters import METRICS
from eventsim_sources.stream.api.shards import open_shard_count
from eventsim_sources.stream.api.streams import check_on_demand_limit, mode_in, warm_mib_in
from eventsim_sources.stream.limits import RETENTION_MAX_H, RETENTION_MIN_H, SHARD_LIMIT
from eventsim_sources.stream.source import Stream


def increase_stream_retention_period(directory: Directory, request: Request) -> Result:
    """Keep records longer; what has expired stays gone."""
    stream, hours = _retention(directory, request)
    if hours < stream.settings.retention_h:
        raise errors.argument_invalid(
            f"Requested retention period ({hours} hours) for stream {stream.name} can not be shorter than existing "
            f"retention period ({stream.settings.retention_h} hours). Use DecreaseRetentionPeriod API."
        )
    stream.change(retention_h=hours)
    return {}


def decrease_stream_retention_period(directory: Directory, request: Request) -> Result:
    """Keep records shorter; what is older is gone at once."""
    stream, hours = _retention(directory, request)
    if hours > stream.settings.retention_h:
        raise errors.argument_invalid(
            f"Requested retention period ({hours} hours) for stream {stream.name} can not be longer than existing "
            f"retention period ({stream.settings.retention_h} hours). Use IncreaseRetentionPeriod API."
        )
    stream.change(retention_h=hours)
    return {}


def _retention(directory: Directory, request: Request) -> tuple[Stream, int]:
    stream = directory.of(request)
    hours = number(request, "RetentionPeriodHours") or 0
    if hours < RETENTION_MIN_H:
        raise errors.argument_invalid(
            f"Minimum allowed retention period is {RETENTION_MIN_H} hours. Requested retention period ({hours} hours) "
            "is too short."
        )
    if hours > RETENTION_MAX_H:
        raise errors.argument_invalid(
            f"Maximum allowed retention period is {RETENTION_MAX_H} hours. Requested retention period ({hours} hours) "
            "is too long."
        )
    stream.check_active()
    return stream, hours


def start_stream_encryption(directory: Directory, request: Request) -> Result:
    """Say of records from now on that they are encrypted."""
    stream = directory.of(request)
    if text(request, "EncryptionType") != "KMS":
        raise errors.argument_invalid("EncryptionType must be KMS to start encryption.")
    stream.check_active()
    stream.encrypt(text(request, "KeyId"))
    stream.journal.inert("EncryptionType", "records say that they are encrypted; nothing is", request.entry)
    return {}


def stop_stream_encryption(directory: Directory, request: Request) -> Result:
    """Say it no longer."""
    stream = directory.of(request)
    if text(request, "EncryptionType") != "KMS":
        raise errors.argument_invalid("EncryptionType must be KMS to stop encryption.")
    stream.check_active()
    stream.encrypt("")
    return {}


def enable_enhanced_monitoring(directory: Directory, request: Request) -> Result:
    """Keep which shard-level metrics are wanted."""
    stream = directory.of(request)
    named = _metrics(request)
    stream.journal.inert("ShardLevelMetrics", "they are kept and given back; nobody counts by shard", request.entry)
    return _monitored(stream, {*stream.settings.metrics, *named})


def disable_enhanced_monitoring(directory: Directory, request: Request) -> Result:
    """Keep which shard-level metrics are no longer wanted."""
    stream = directory.of(request)
    return _monitored(stream, {*stream.settings.metrics} - _metrics(request))


def _metrics(request: Request) -> set[str]:
    named = listed(request, "ShardLevelMetrics")
    return set(METRICS) if "ALL" in named else set(named)


def _monitored(stream: Stream, wanted: set[str]) -> dict[str, Any]:
    stream.check_active()
    before = stream.settings.metrics
    stream.change(metrics=tuple(metric for metric in METRICS if metric in wanted))
    return {
        "StreamName": stream.name,
        "CurrentShardLevelMetrics": list(before),
        "DesiredShardLevelMetrics": list(stream.settings.metrics),
        "StreamARN": stream.arn,
    }


def update_stream_mode(directory: Directory, request: Request) -> Result:
    """Change who chooses the number of shards; there are as many as before."""
    stream = directory.of(request)
    mode = mode_in(request)
    stream.check_active()
    warm_mib = warm_mib_in(directory, request, mode)
    if mode == stream.settings.mode:
        return {}
    if mode == "ON_DEMAND":
        check_on_demand_limit(directory)
    elif open_shard_count(directory) + len(stream.store.open_shards) > SHARD_LIMIT:
        raise errors.limit_exceeded(f"This request would exceed the shard limit for the account: {SHARD_LIMIT}.")
    stream.change_mode(mode)
    if warm_mib:
        stream.warm(warm_mib, request.entry)
    return {}


def update_stream_warm_throughput(directory: Directory, request: Request) -> Result:
    """Make an on-demand stream ready for more, or give back what it no longer needs."""
    stream = directory.of(request)
    stream.check_active()
    warm_mib = warm_mib_in(directory, request, stream.settings.mode)
    before = len(stream.store.open_shards)
    stream.warm(warm_mib, request.entry)
    throughput = {"TargetMiBps": warm_mib, "CurrentMiBps": before}
    return {"StreamARN": stream.arn, "StreamName": stream.name, "WarmThroughput": throughput}


def update_max_record_size(directory: Directory, request: Request) -> Result:
    """Change how large a record may be."""
    stream = directory.of(request)
    stream.check_active()
    stream.change(record_kib_max=number(request, "MaxRecordSizeInKiB"))
    stream.be("UPDATING")
    return {}


def update_stream_record_distribution_strategy(directory: Directory, request: Request) -> Result:
    """Change whether keys choose the shard; only of an on-demand stream."""
    stream = directory.of(request)
    stream.check_active()
    if stream.settings.mode == "PROVISIONED":
        raise errors.argument_invalid("The record distribution strategy is only supported for on-demand streams.")
    stream.change(distribution=text(request, "RecordDistributionStrategy"))
    return {}
