"""DynamoDB's numbers, with their sources: `[D]` AWS's documentation, `[S]` chosen here, told in the fidelity ledger."""

from typing import Final

SECOND_US: Final = 1_000_000
DAY_US: Final = 24 * 3_600 * SECOND_US

ITEM_BYTES_MAX: Final = 409_600
"""An item with the names of its attributes: 400 KB [D]."""
PAGE_BYTES_MAX: Final = 1_048_576
"""What one Query or Scan looks at [D]; the item that reaches it is still in the page [S]."""
HASH_KEY_BYTES_MAX: Final = 2_048
RANGE_KEY_BYTES_MAX: Final = 1_024
BATCH_WRITES_MAX: Final = 25
BATCH_KEYS_MAX: Final = 100
BATCH_GET_BYTES_MAX: Final = 16 * 1_048_576
"""The answer of one BatchGetItem; what is beyond comes back as unprocessed [D]."""
TRANSACTION_BYTES_MAX: Final = 4 * 1_048_576
TRANSACTION_TOKEN_US: Final = 10 * 60 * SECOND_US
"""How long a client request token is remembered [D]."""

READ_UNIT_BYTES: Final = 4_096
WRITE_UNIT_BYTES: Final = 1_024

BURST_S: Final = 300
"""For how long provisioned capacity that nobody takes is saved up [D]."""
KEY_UNITS: Final = (3_000, 1_000)
"""What one partition, and so one partition key, reads and writes a second [D]."""
UNITS_OF_ACCOUNT: Final = 40_000
"""What an account's quota lets an on-demand table or index read, and write, a second [D]."""

NAME_LENGTH_MIN: Final = 3
NAME_LENGTH_MAX: Final = 255
KEY_ATTRIBUTES_MAX: Final = 2
"""Of tables and local indexes [D]."""
INDEX_KEYS_MAX: Final = 4
"""Hash attributes of a global index, and as many range attributes [D]."""
GLOBAL_INDEXES_MAX: Final = 20
LOCAL_INDEXES_MAX: Final = 5
PROJECTED_NAMES_MAX: Final = 100
"""Names of INCLUDE projections over all indexes of a table [D]."""
DECREASES_AT_ONCE_MAX: Final = 4
DECREASE_PAUSE_US: Final = 3_600 * SECOND_US
"""Between decreases of throughput on one day, after the first ones [D]."""
TABLES_LISTED_MAX: Final = 100
POLICY_BYTES_MAX: Final = 20 * 1024
"""Of a resource policy, white space included [D]."""
TAGS_MAX: Final = 50
TAGS_LISTED_MAX: Final = 10
"""Tags of one page of ListTagsOfResource [S]."""
BACKUPS_LISTED_MAX: Final = 100
TRANSFERS_LISTED_MAX: Final = 25
"""Exports or imports of one page [D]."""
TRANSFER_TOKEN_US: Final = 8 * 3_600 * SECOND_US
"""How long a client token of an export or import is remembered [D]."""
EXPORT_SPAN_US_MIN: Final = 15 * 60 * SECOND_US
EXPORT_SPAN_US_MAX: Final = DAY_US
"""From when to when an incremental export may tell [D]."""

CREATION_US: Final = 0
"""From CREATING to ACTIVE, UPDATING to ACTIVE, DELETING to gone: AWS takes seconds [S]."""

REPLICATION_US: Final = SECOND_US // 2
"""From a write to the same one in another region: within a second, usually [D]."""
REPLICA_SOURCE_US: Final = DAY_US
"""How long a table from which replicas were made cannot be deleted while they are there [D]."""

STREAM_RETENTION_US: Final = DAY_US
SHARD_SPAN_US: Final = 4 * 3_600 * SECOND_US
"""How long a shard of a stream takes records before another follows: about that [D]."""
ITERATOR_LIFE_US: Final = 15 * 60 * SECOND_US
STREAM_RECORDS_MAX: Final = 1_000
SHARDS_DESCRIBED_MAX: Final = 100
STREAMS_LISTED_MAX: Final = 100

TIME_TO_LIVE_AGE_S_MAX: Final = 5 * 365 * 86_400
"""An item whose time ended earlier than this is not deleted [D]."""
