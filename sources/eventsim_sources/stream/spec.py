"""What does a scenario say of a stream? The settings under `streams:`."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from eventsim import ConfigurationError, Duration, Size, duration_us, size_bytes
from eventsim_sources.stream.limits import (
    CONSUMERS_MAX,
    HOUR_US,
    KIBIBYTE,
    ON_DEMAND_SHARDS,
    RECORD_KIB_MAX,
    RECORD_KIB_MIN,
    RETENTION_MAX_H,
    RETENTION_MIN_H,
    SHARDS_PER_STREAM_MAX,
    TRANSITION_US,
)
from eventsim_sources.stream.names import is_name
from eventsim_sources.stream.settings import Settings


class StreamSpec(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stream."""

    precedes_templates: ClassVar[bool] = True

    shards: Annotated[
        int | None,
        Meta(description="How many shards there are at first: 1 to 10,000; 1 if not given. Not for `on_demand`."),
    ] = None
    mode: Annotated[
        Literal["provisioned", "on_demand"],
        Meta(description="Whether the number of shards is yours to choose; an on-demand stream has four."),
    ] = "provisioned"
    retention: Annotated[
        Duration | None,
        Meta(description="How long records can be read: `24 hours` (the default) to `365 days`, in whole hours."),
    ] = None
    record_size: Annotated[
        Size | None, Meta(description="How large a record may be, key included: `1 MB` (the default) to `10 MB`.")
    ] = None
    consumers: Annotated[
        list[str], Meta(description="The consumers with enhanced fan-out that are registered, by name.")
    ] = []
    throughput: Annotated[
        Literal["limited", "unlimited"],
        Meta(description="Whether shards refuse what is beyond AWS's rates, as the default is."),
    ] = "limited"
    transition: Annotated[
        Duration | None,
        Meta(description="How long a change of shards or encryption leaves the stream `UPDATING`; `0 s` if not given."),
    ] = None
    latency: Annotated[
        Duration | None,
        Meta(
            description="How long after it was put a record can be read; `0 s` if not given, about `200 ms` on AWS.",
            examples=["200 ms"],
        ),
    ] = None
    push_latency: Annotated[
        Duration | None,
        Meta(
            description="How long after it was put a record is pushed to consumers with enhanced fan-out; `0 s` if not "
            "given, about `70 ms` on AWS.",
            examples=["70 ms"],
        ),
    ] = None
    empty_reads: Annotated[
        float,
        Meta(
            description="How probable it is, 0 to 1, that GetRecords gives nothing although there are records, as it "
            "may on AWS; mappings do not notice.",
            ge=0,
            le=1,
        ),
    ] = 0.0
    tags: Annotated[dict[str, str], Meta(description="Tags.")] = {}


def shard_count(spec: StreamSpec) -> int:
    """Return how many shards a stream begins with.

    Raises:
        ConfigurationError: it may not have so many.
    """
    if spec.mode == "on_demand":
        if spec.shards is not None:
            raise ConfigurationError("an on-demand stream chooses its shards itself; leave `shards` out", key="shards")
        return ON_DEMAND_SHARDS
    count = 1 if spec.shards is None else spec.shards
    if not 1 <= count <= SHARDS_PER_STREAM_MAX:
        raise ConfigurationError(f"a stream has 1 to {SHARDS_PER_STREAM_MAX:,} shards, not {count:,}", key="shards")
    return count


def build_settings(name: str, spec: StreamSpec) -> Settings:
    """Return the settings of a stream as a scenario describes it.

    Raises:
        ConfigurationError: a name or a value is out of AWS's bounds.
    """
    if not is_name(name):
        raise ConfigurationError(
            f"{name!r} cannot be the name of a stream: use up to 128 letters, digits, underscores, hyphens and periods"
        )
    _check_consumers(spec.consumers)
    return Settings(
        mode="ON_DEMAND" if spec.mode == "on_demand" else "PROVISIONED",
        retention_h=RETENTION_MIN_H if spec.retention is None else _retention_h(spec.retention),
        record_kib_max=RECORD_KIB_MIN if spec.record_size is None else _record_kib(spec.record_size),
        has_limits=spec.throughput == "limited",
        transition_us=TRANSITION_US if spec.transition is None else duration_us(spec.transition, key="transition"),
        latency_us=0 if spec.latency is None else duration_us(spec.latency, key="latency"),
        push_latency_us=0 if spec.push_latency is None else duration_us(spec.push_latency, key="push_latency"),
        empty_reads=spec.empty_reads,
    )


def _retention_h(value: Duration) -> int:
    hours, rest = divmod(duration_us(value, key="retention"), HOUR_US)
    if rest or not RETENTION_MIN_H <= hours <= RETENTION_MAX_H:
        raise ConfigurationError(
            f"`retention` is {value!r}; AWS takes {RETENTION_MIN_H} to {RETENTION_MAX_H:,} whole hours", key="retention"
        )
    return hours


def _record_kib(value: Size) -> int:
    kib, rest = divmod(size_bytes(value, key="record_size"), KIBIBYTE)
    if rest or not RECORD_KIB_MIN <= kib <= RECORD_KIB_MAX:
        raise ConfigurationError(
            f"`record_size` is {value!r}; AWS takes {RECORD_KIB_MIN:,} to {RECORD_KIB_MAX:,} whole KiB",
            key="record_size",
        )
    return kib


def _check_consumers(names: list[str]) -> None:
    for name in names:
        if not is_name(name):
            raise ConfigurationError(
                f"{name!r} cannot be the name of a consumer: use up to 128 letters, digits, underscores, hyphens and "
                "periods",
                key="consumers",
            )
    if len(set(names)) != len(names):
        raise ConfigurationError("two consumers of a stream have the same name; rename one", key="consumers")
    if len(names) > CONSUMERS_MAX:
        raise ConfigurationError(f"a stream has up to {CONSUMERS_MAX} consumers, not {len(names)}", key="consumers")
