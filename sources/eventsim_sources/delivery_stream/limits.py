"""Which numbers does Firehose go by? Its quotas and defaults (documented)."""

from typing import Final

RECORD_BYTES_MAX: Final = 1_024_000
BATCH_RECORDS_MAX: Final = 500
BATCH_BYTES_MAX: Final = 4 * 1024 * 1024
BUFFER_MB: Final = 5
BUFFER_BYTES: Final = BUFFER_MB * 1024 * 1024
PARTITIONED_MB_MIN: Final = 64
"""What gathers at least where records have partitions, in MB."""
BUFFER_S: Final = 300
BUFFER_S_MAX: Final = 900
PROCESSOR_BUFFER_BYTES: Final = 1024 * 1024
"""What one invocation of a processor takes at most, unless `BufferSizeInMBs` says otherwise."""
PROCESSOR_BUFFER_S: Final = 60
PROCESSOR_RETRIES: Final = 3
PROCESSOR_RECORDS_MAX: Final = 10_000
RETRY_US: Final = 60_000_000
"""How long Firehose waits before it tries a bucket again; the documents name no number (a choice of ours)."""
RETRIES_MAX: Final = 24 * 60
"""Firehose tries for 24 hours."""
ENDPOINT_RETRY_S: Final = 300
"""For how long an HTTP endpoint is tried, if nobody says."""
ENDPOINT_DELAYS_US: Final = tuple(2**number * 1_000_000 for number in range(8))
"""How long Firehose waits before it tries an endpoint again; the documents name no numbers (a choice of ours)."""
PAGE_MAX: Final = 10
TAGS_MAX: Final = 50
