"""What is set on a stream? Everything about it that is not its shards."""

from typing import Literal

from msgspec import Struct

from eventsim_sources.stream.limits import RECORD_KIB_MIN, RETENTION_MIN_H, TRANSITION_US

Mode = Literal["PROVISIONED", "ON_DEMAND"]
Status = Literal["CREATING", "ACTIVE", "UPDATING", "DELETING"]
Distribution = Literal["USER_PARTITION_KEY", "AUTO"]


class Settings(Struct, frozen=True, kw_only=True):
    """What is set on a stream.

    Attributes:
        mode: whether the number of shards is the user's affair.
        retention_h: how long records can be read.
        record_kib_max: how large a record may be, with its key.
        key_id: the key with which it is encrypted, "" if it is not; nothing is really encrypted.
        metrics: the shard-level metrics that are asked for.
        distribution: whether keys choose the shard (on-demand streams only).
        warm_mib: how many MiB a second an on-demand stream shall be ready for, 0 if nothing was said.
        has_limits: whether the throughput of shards is limited.
        transition_us: how long the stream is CREATING, UPDATING or DELETING.
        latency_us: how long after it was put a record can be read.
        push_latency_us: how long after it was put it is pushed to consumers.
        empty_reads: how probable it is, 0 to 1, that GetRecords gives nothing.
    """

    mode: Mode = "PROVISIONED"
    retention_h: int = RETENTION_MIN_H
    record_kib_max: int = RECORD_KIB_MIN
    key_id: str = ""
    metrics: tuple[str, ...] = ()
    distribution: Distribution = "USER_PARTITION_KEY"
    warm_mib: int = 0
    has_limits: bool = True
    transition_us: int = TRANSITION_US
    latency_us: int = 0
    push_latency_us: int = 0
    empty_reads: float = 0.0
