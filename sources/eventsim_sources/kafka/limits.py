"""The numbers of Kafka."""

from typing import Final

_DAY_US = 24 * 60 * 60 * 1_000_000

RETENTION_US: Final = 7 * _DAY_US
"""How long a topic keeps its records unless it says so (Kafka's `log.retention.hours`)."""
PARTITIONS_MAX: Final = 10_000
"""Partitions of one topic: ours, far beyond what brokers bear."""
NAME_LENGTH_MAX: Final = 249
"""Characters of a topic's name."""
RECORD_OVERHEAD_BYTES: Final = 150
"""What a record takes in the event beside its key and value, about."""
