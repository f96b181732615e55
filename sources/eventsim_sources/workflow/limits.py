"""The numbers of Step Functions (documented)."""

DEFINITION_CHARACTERS_MAX = 1_048_576
DATA_BYTES_MAX = 262_144
"""Input, output and result of any state."""
NAME_CHARACTERS_MAX = 80
HISTORY_EVENTS_MAX = 25_000
"""Of a standard execution."""
EXPRESS_S_MAX = 300
EXECUTIONS_KEPT_US = 90 * 24 * 3600 * 1_000_000
"""How long after its end an execution is known (documented)."""
REDRIVABLE_US = 14 * 24 * 3600 * 1_000_000
"""How long after its end an execution can be redriven."""
WAIT_S_MAX = 99_999_999
MAP_CONCURRENCY = 40
"""Iterations of an inline Map that run at once where it does not say."""
DISTRIBUTED_CONCURRENCY = 10_000
"""Children of a distributed Map that run at once where it does not say."""
RETRY_INTERVAL_S = 1
RETRY_ATTEMPTS_MAX = 3
RETRY_BACKOFF_RATE = 2.0
ACTIVITY_POLL_S = 60
"""How long `GetActivityTask` waits for work."""
PAGE_SIZE = 100
"""Of a list, where `maxResults` does not say (documented)."""
TAGS_MAX = 50
"""Of a state machine or an activity."""
ARRAY_LENGTH_MAX = 1_000
"""Elements that `States.ArrayRange` and the like may make."""
HTTP_TASK_S_MAX = 60
"""How long the answer to an HTTP request of a Task may take."""
QUERY_STEPS_MAX = 1_000_000
"""Of the evaluation of one JSONata expression: some seconds (ours)."""
INTRINSIC_CHARACTERS_MAX = 10_000
"""What `States.Hash` and the Base64 functions take."""
