"""AWS's numbers for streams; what is not documented says so."""

from typing import Final

SECOND_US: Final = 1_000_000
HOUR_US: Final = 3_600 * SECOND_US
KIBIBYTE: Final = 1_024
MEBIBYTE: Final = 1 << 20

NAME_LENGTH_MAX: Final = 128
HASH_KEY_MAX: Final = (1 << 128) - 1

RETENTION_MIN_H: Final = 24
RETENTION_MAX_H: Final = 8_760

RECORD_KIB_MIN: Final = 1_024
"""The default: data and key together."""
RECORD_KIB_MAX: Final = 10_240
PUT_BYTES_MAX: Final = 10 * MEBIBYTE

WRITE_RECORDS_PER_S: Final = 1_000
WRITE_BYTES_PER_S: Final = MEBIBYTE
READ_BYTES_PER_S: Final = 2 * MEBIBYTE
READ_CALLS_PER_S: Final = 5
"""GetRecords for each shard; GetShardIterator has as many of its own."""
GET_RECORDS_MAX: Final = 10_000
GET_BYTES_MAX: Final = 10 * MEBIBYTE
GET_PAUSE_US: Final = 5 * SECOND_US
"""For how long a shard is not read after a call has given 10 MiB."""
ITERATOR_AGE_MAX_US: Final = 300 * SECOND_US
TOKEN_AGE_MAX_US: Final = 300 * SECOND_US
"""For how long a NextToken is good."""

ON_DEMAND_SHARDS: Final = 4
"""What an on-demand stream begins with: 4 MiB/s."""
ON_DEMAND_WINDOW_US: Final = 60 * SECOND_US
"""Over how long the peak of an on-demand stream is measured (unconfirmed)."""
ON_DEMAND_GROWTH_US: Final = 900 * SECOND_US
"""How long an on-demand stream takes to double once more."""
SHARDS_PER_STREAM_MAX: Final = 10_000
SHARD_LIMIT: Final = 20_000
"""Open shards of provisioned streams of an account in a region: the default quota of the largest regions."""
ON_DEMAND_STREAMS_MAX: Final = 50
SCALINGS_PER_DAY_MAX: Final = 10
KEYS_PER_DAY_MAX: Final = 25
"""How often a stream's key may be set within 24 hours, and as often be taken away."""
MODES_PER_DAY_MAX: Final = 2
"""How often a stream's capacity mode may be changed within 24 hours."""
DAY_US: Final = 24 * HOUR_US

WARM_MIB_MAX: Final = 10 * 1024
"""How many MiB a second an on-demand stream may be made ready for."""

CONSUMERS_MAX: Final = 20
CONSUMERS_MAX_COMMITTED: Final = 50
"""Of a stream on demand, if the account has promised a minimum of throughput."""
SUBSCRIPTION_US: Final = 300 * SECOND_US
SUBSCRIBE_AGAIN_US: Final = 5 * SECOND_US
"""A second SubscribeToShard within this span is refused; later it takes the first one's place."""
HEARTBEAT_US: Final = 5 * SECOND_US
"""How often a subscription without records tells that it is there (unconfirmed)."""

TAGS_MAX: Final = 50
LIST_STREAMS_DEFAULT: Final = 100
DESCRIBE_SHARDS_DEFAULT: Final = 100
LIST_SHARDS_DEFAULT: Final = 1_000
LIST_CONSUMERS_DEFAULT: Final = 100
LIST_TAGS_MAX: Final = 50

TRANSITION_US: Final = 0
"""How long a stream is CREATING, UPDATING or DELETING, and a consumer CREATING (unconfirmed: seconds on AWS, but nobody
should have to wait for it in a test)."""
