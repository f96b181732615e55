"""SQS's numbers, with units; documented in the SQS developer guide unless a line says otherwise."""

from typing import Final

SECOND_US: Final = 1_000_000

NAME_LENGTH_MAX: Final = 80
MESSAGE_BYTES_MAX: Final = 1_048_576  # recorded: 1 MiB since August 2025, 262,144 before
MESSAGE_BYTES_MIN: Final = 1_024
BATCH_BYTES_MAX: Final = 1_048_576  # recorded: fixed, whatever the queue's own maximum is
BATCH_ENTRIES_MAX: Final = 10
BATCH_ENTRY_ID_LENGTH_MAX: Final = 80
MESSAGE_ATTRIBUTES_MAX: Final = 10  # unconfirmed: documented, never seen refused
ATTRIBUTE_NAME_LENGTH_MAX: Final = 256
ATTRIBUTE_TYPE_LENGTH_MAX: Final = 256
TOKEN_LENGTH_MAX: Final = 128  # MessageGroupId, MessageDeduplicationId, ReceiveRequestAttemptId

VISIBILITY_TIMEOUT_MAX_S: Final = 43_200
DELAY_MAX_S: Final = 900
WAIT_MAX_S: Final = 20
RETENTION_MIN_S: Final = 60
RETENTION_MAX_S: Final = 1_209_600
DATA_KEY_REUSE_MIN_S: Final = 60
DATA_KEY_REUSE_MAX_S: Final = 86_400

RECEIVE_MESSAGES_MAX: Final = 10
FIFO_CALLS_PER_S: Final = 300  # of each action: of the queue, or with high throughput of a group's partition
IN_FLIGHT_MAX: Final = 120_000  # standard: then OverLimit; FIFO: then nothing is received
RECEIVE_COUNT_MAX: Final = 1_000  # the largest maxReceiveCount of a redrive policy
REDRIVE_SOURCES_MAX: Final = 10

DEDUPLICATION_WINDOW_US: Final = 300 * SECOND_US
RECEIVE_ATTEMPT_WINDOW_US: Final = 300 * SECOND_US
PURGE_INTERVAL_US: Final = 60 * SECOND_US
RECREATE_INTERVAL_US: Final = 60 * SECOND_US

MOVE_RATE_MAX: Final = 500  # messages a second
MOVE_RATE_DEFAULT: Final = 500  # unconfirmed: documented only as "system optimized"
MOVE_TASKS_LISTED_MAX: Final = 10
LIST_RESULTS_MAX: Final = 1_000
PERMISSION_ACTIONS_MAX: Final = 7
PERMISSION_LABEL_LENGTH_MAX: Final = 80
TAG_KEY_LENGTH_MAX: Final = 128
TAG_VALUE_LENGTH_MAX: Final = 256
TAGS_MAX: Final = 50  # documented as "not recommended"; more are refused (unconfirmed)

# recorded values look like 18849496460467696128 and 18885393282412528000: 20 digits, rising in steps
SEQUENCE_NUMBER_FIRST: Final = 18_850_000_000_000_000_000
SEQUENCE_NUMBER_STEP: Final = 256
