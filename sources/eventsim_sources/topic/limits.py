"""SNS's numbers, with units; documented unless a line says otherwise."""

SECOND_US = 1_000_000
DAY_US = 86_400 * SECOND_US

MESSAGE_BYTES_MAX = 262_144
"""Body and attributes together, unless the topic says otherwise."""
MESSAGE_BYTES_LEAST_MAX, MESSAGE_BYTES_GREATEST_MAX = 1_024, 1_048_576
"""Bounds of `MaximumMessageSize`."""
LARGE_MESSAGE_SUBSCRIPTIONS_MAX = 100
"""Subscriptions of a topic whose messages may be larger than `MESSAGE_BYTES_MAX`."""
SMS_BYTES_MAX = 1_600

SUBJECT_LENGTH_MAX = 99
ATTRIBUTE_NAME_LENGTH_MAX = 256
QUEUE_ATTRIBUTES_MAX = 10
"""A raw delivery to a queue with more attributes is discarded."""

BATCH_ENTRIES_MAX = 10
BATCH_ID_LENGTH_MAX = 80

FIFO_MESSAGES_PER_S = 3_000
FIFO_BYTES_PER_S = 20 * 1_048_576
"""What a FIFO topic takes in a second, unless deduplication is by group."""

DEDUPLICATION_US = 300 * SECOND_US
SEQUENCE_START, SEQUENCE_STEP = 10_000_000_000_000_000_000, 1_000
"""Sequence numbers have 20 digits and grow (recorded); start and step are ours."""

TOKEN_US = 2 * DAY_US
"""How long a subscription may be confirmed."""
TOKEN_PREFIX = "2336412f37fb687f5d51e6e2"  # noqa: S105 - how AWS's tokens begin (recorded)
TOKEN_DIGITS = 288

FIFO_SUBSCRIPTIONS_MAX = 100
FIFO_TOPICS_MAX = 1_000
FILTER_POLICIES_MAX = 200
FILTER_POLICY_BYTES_MAX = 262_144
TAGS_MAX = 50
PAGE_SIZE = 100
TOKEN_LENGTH_MAX = 128
"""Longest group or deduplication id."""

ARCHIVE_DAYS_MAX = 365
DATA_PROTECTION_LENGTH_MAX = 30_720

HTTP_ANSWER_S = 15.0
"""How long an HTTP endpoint may take (unconfirmed)."""
HTTP_REQUESTS_MAX = 64
"""Requests of one topic that wait for endpoints at a time, on a live server; ours."""
JITTER = 0.1
"""By how much of itself a delay varies either way; AWS says that there is jitter, not how much."""
POLICY_TOTAL_S_MAX = 3_600
"""How long an HTTP delivery policy may take in all."""
