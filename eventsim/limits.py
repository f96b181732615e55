"""AWS's numbers, with units and where we have them from. One section a room; nothing here is ours to choose.

Marks: *recorded* from AWS, *documented* by AWS, *unconfirmed* (best knowledge; a setting may override it).
"""

# --- invocation --------------------------------------------------------------------------------------------

SYNC_PAYLOAD_BYTES_MAX = 6_291_456
"""Request body of a synchronous invocation, and result of a durable execution that somebody waits for (documented)."""
SYNC_RESPONSE_BYTES_MAX = 6_291_556
"""Response body of a synchronous invocation (recorded: 100 bytes above 6 MB)."""
STREAMED_RESPONSE_BYTES_MAX = 200 << 20
"""Response body of an invocation whose caller takes it as a stream (documented: 200 MB)."""
ASYNC_PAYLOAD_BYTES_MAX = 1_048_576
"""Request body of an asynchronous invocation (documented, since October 2025)."""
LOG_TAIL_BYTES = 4_096
"""`LogResult` carries this much of the log (recorded)."""
RECURSION_TURNS_MAX = 16
"""Loop detection refuses a function after this many turns in one chain (documented: about 16)."""
TRACE_SHARE = 0.05
"""This share of traces that begin with a function is sampled beside the first of each second (documented)."""
SEGMENT_BYTES_MAX = 65_536
"""A segment document (documented)."""
SEGMENTS_KEPT_US = 30 * 86_400 * 1_000_000
"""X-Ray keeps traces for 30 days (documented)."""
LINKS_MAX = 20
"""Traces to which one trace is linked (documented)."""

# --- functions ---------------------------------------------------------------------------------------------

FUNCTION_NAME_CHARACTERS_MAX = 64
"""Length of a bare function name (documented)."""
HANDLER_CHARACTERS_MAX = 128
"""Length of `module.function` (documented)."""
MEMORY_MB_MIN, MEMORY_MB_DEFAULT, MEMORY_MB_MAX = 128, 128, 10_240
"""MemorySize (documented)."""
MEMORY_MB_OF_ONE_CPU = 1_769
"""With this much memory a function has one whole vCPU; the share is proportional (documented)."""
TIMEOUT_S_MIN, TIMEOUT_S_DEFAULT, TIMEOUT_S_MAX = 1, 3, 900
"""Timeout, whole seconds (documented)."""
EPHEMERAL_STORAGE_MB_MIN, EPHEMERAL_STORAGE_MB_DEFAULT, EPHEMERAL_STORAGE_MB_MAX = 512, 512, 10_240
"""Size of `/tmp` (documented)."""
ENVIRONMENT_VARIABLES_BYTES_MAX = 4_096
"""All environment variables together, as JSON (recorded)."""
LAYERS_MAX = 5
"""Layers of a function (documented)."""
RETRY_ATTEMPTS_MIN, RETRY_ATTEMPTS_DEFAULT, RETRY_ATTEMPTS_MAX = 0, 2, 2
"""MaximumRetryAttempts of an asynchronous event (documented)."""
EVENT_AGE_S_MIN, EVENT_AGE_S_DEFAULT, EVENT_AGE_S_MAX = 60, 21_600, 21_600
"""MaximumEventAgeInSeconds (documented)."""
CLIENT_CONTEXT_BYTES_MAX = 3_583
"""Base64-encoded client context of a synchronous call (documented)."""

POLICY_BYTES_MAX = 20_480
"""The resource policy of a function, its version or its alias, or of a layer's version (documented for functions)."""

CODE_ZIPPED_BYTES_MAX, CODE_UNZIPPED_BYTES_MAX = 52_428_800, 262_144_000
"""An archive that is sent with a request; what is in it, layers included (documented)."""
CODE_REQUEST_BYTES_MAX = 70_167_211
"""A request with an archive in base64 (as users report Lambda's words)."""
CODE_ENTRIES_MAX = 50_000
"""Files in an archive: ours to choose, lest a small archive fill the disk with empty files."""
CODE_STORAGE_BYTES_MAX = 322_122_547_200
"""Uploaded code of an account in a region: 300 GB (documented)."""
FUNCTION_TRANSITION_US = 0
"""How long a new function is Pending, and an update InProgress (unconfirmed: seconds on AWS, but nobody should have to
wait for it in a test)."""

# --- execution environments --------------------------------------------------------------------------------

INIT_TIMEOUT_US = 10_000_000
"""The init phase of an on-demand environment (documented)."""
INIT_TIMEOUT_PROVISIONED_US_MIN = 130_000_000
"""The init phase of a provisioned environment may last this long, or the function's timeout (documented)."""
EXTENSIONS_MAX = 10
"""Extensions of one environment (documented)."""
TELEMETRY_ITEMS_MIN, TELEMETRY_ITEMS_MAX = 1_000, 10_000
"""Events for which a subscriber may wait, by default the most (documented)."""
TELEMETRY_BYTES_DEFAULT, TELEMETRY_BYTES_MAX = 262_144, 1_048_576
"""The same in bytes, by default the fewest (documented)."""
TELEMETRY_TIMEOUT_MS_MIN, TELEMETRY_TIMEOUT_MS_DEFAULT, TELEMETRY_TIMEOUT_MS_MAX = 25, 10_000, 30_000
"""How long the first of them may wait (documented)."""
SHUTDOWN_US = 2_000_000
"""What external extensions have for their end, before they are killed (documented)."""
ENVIRONMENT_IDLE_EXPIRY_S = 600
"""An idle environment is given up after this (unconfirmed; measured in the field: 5 to 45 minutes)."""
ENVIRONMENT_AGE_MAX_S = 14 * 3_600
"""No environment lives longer (unconfirmed as a rule: the lease of a host in AWS's security white paper)."""
MEMORY_USED_MB_DEFAULT = 36
"""`Max Memory Used` of a small Python function (recorded); what a function really uses is not measured."""
DURATION_DEFAULT_US = 1_000
"""How long a handler takes unless the scenario says otherwise: ours to choose, about what a trivial one takes."""
INIT_DURATION_DEFAULT_US = 100_000
"""How long an init takes unless the scenario says otherwise: ours to choose; Python takes 100 to 300 ms."""

# --- concurrency -------------------------------------------------------------------------------------------

ACCOUNT_CONCURRENCY_DEFAULT = 1_000
"""Concurrent executions of an account in a region, until it is raised (documented)."""
UNRESERVED_CONCURRENCY_MIN = 100
"""What reserving must leave to all other functions (recorded)."""
SCALING_BURST_MAX = 1_000
"""New environments of one function at once (documented)."""
SCALING_PER_S = 100
"""New environments of one function that become possible each second: 1,000 in ten (documented)."""
REQUESTS_PER_S_OF_CONCURRENCY = 10
"""Requests a second allowed for each unit of concurrency: account, reserved or provisioned (documented)."""
SCALING_THROTTLE_REASON = "ConcurrentInvocationLimitExceeded"
"""What a throttle says when only the scaling rate is exceeded (unconfirmed)."""
PROVISIONING_US = 0
"""From asking for provisioned concurrency to its initialisation (unconfirmed: a minute or two on AWS, but a scenario
describes a world that was deployed before it began)."""

# --- asynchronous invocation -------------------------------------------------------------------------------

FAILURE_DELAYS_S = (60, 120)
"""From a failure to the first and to the second retry of an asynchronous event (recorded)."""
THROTTLE_DELAY_S_MIN, THROTTLE_DELAY_S_MAX = 1, 300
"""From a throttle to the next try; it doubles in between (ends documented, doubling deduced)."""
ASYNC_DISPATCH_US = 0
"""From accepting an asynchronous event to its first attempt (unconfirmed: tens of milliseconds)."""
DEAD_LETTER_MESSAGE_CHARACTERS_MAX = 1_024
"""`ErrorMessage` of a dead letter holds this much of the message (documented: the first KB)."""

# --- durable functions --------------------------------------------------------------------------------------

DURABLE_TIMEOUT_S_MIN, DURABLE_TIMEOUT_S_DEFAULT, DURABLE_TIMEOUT_S_MAX = 1, 86_400, 31_622_400
"""ExecutionTimeout of a durable function (bounds documented, default unconfirmed); its executions last no longer than
the greatest, 366 days, however long they were paused (documented)."""
DURABLE_RETENTION_DAYS_MIN, DURABLE_RETENTION_DAYS_DEFAULT, DURABLE_RETENTION_DAYS_MAX = 1, 30, 90
"""RetentionPeriodInDays of a durable function (documented)."""
DURABLE_SYNC_TIMEOUT_S_MAX = 900
"""A durable function that may run for longer cannot be waited for (documented)."""

# --- mappings ----------------------------------------------------------------------------------------------

BATCH_BYTES_MAX = 6_291_456
"""The event of a batch, Lambda's own members included (documented)."""
BATCH_SIZE_DEFAULT, BATCH_SIZE_MAX, BATCH_SIZE_ORDERED_MAX = 10, 10_000, 10
"""Messages of a queue in one batch; the last is for FIFO queues (documented)."""
BATCH_SIZE_WITHOUT_WINDOW_MAX = 10
"""A larger batch needs a window in which to gather (recorded)."""
BATCHING_WINDOW_S_MAX = 300
"""MaximumBatchingWindowInSeconds (documented)."""
MAPPING_CONCURRENCY_MIN, MAPPING_CONCURRENCY_MAX = 2, 1_000
"""ScalingConfig.MaximumConcurrency (documented)."""
PROVISIONED_POLLERS_MIN, PROVISIONED_POLLERS_MIN_MAX = 2, 200
"""MinimumPollers of a queue's mapping in provisioned mode, the first the default, too (documented)."""
PROVISIONED_POLLERS_MAX_DEFAULT, PROVISIONED_POLLERS_MAX = 200, 10_000
"""MaximumPollers of such a mapping (documented)."""
BATCHES_OF_PROVISIONED_POLLER = 10
"""Batches that one event poller of the provisioned mode has in flight (documented)."""
PROVISIONED_BATCHES_PER_S = 16
"""How many batches more in flight each second in provisioned mode (documented: 1,000 a minute; the shape is
deduced)."""
RECEIVE_COUNT_MAX = 10
"""One receive gives at most so many messages (documented)."""
LONG_POLL_US = 20_000_000
"""A mapping's receive waits this long for a first message (documented)."""
POLLERS_AT_START = 5
"""Batches that a mapping for a queue has in flight at first (documented)."""
POLLERS_PER_S = 5
"""How many more each second while messages remain (documented: 300 a minute; the shape is deduced)."""
POLLERS_MAX = 1_250
"""Where that ends (documented)."""
POLLERS_MIN = 2
"""Where scaling down ends, after errors or when idle (documented; how it gets there is unconfirmed)."""
POLLERS_REST_AFTER_US, POLLERS_SLEEP_AFTER_US = 60_000_000, 300_000_000
"""Without messages: back to POLLERS_AT_START, then to POLLERS_MIN (unconfirmed)."""
POLLERS_LOWER_EVERY_US = 1_000_000
"""Errors and throttles halve a mapping's concurrency, at most once in this span (unconfirmed: "gradually")."""
THROTTLED_BATCH_DELAY_S_MIN, THROTTLED_BATCH_DELAY_S_MAX = 1, 20
"""From a throttle to the mapping's next try with the same batch; it doubles in between (unconfirmed)."""
POLLING_REFUSED_US = 60_000_000
"""When a mapping tries again whose role may not poll (ours to choose)."""
MAPPING_TRANSITION_US = 0
"""From Creating, Enabling, Updating … to the state that follows (unconfirmed: seconds to two minutes on AWS, but a
scenario describes a world that was deployed before it began)."""
WINDOW_VISIBILITY_MARGIN_US = 30_000_000
"""Batching window + timeout + this is how long messages stay hidden where the queue's own span is shorter
(documented)."""

# --- mappings of ordered sources ---------------------------------------------------------------------------

SHARD_BATCH_SIZE_DEFAULT = 100
"""Records of a stream in one batch, up to BATCH_SIZE_MAX (documented)."""
KAFKA_POLLERS_MIN, KAFKA_POLLERS_MAX = 1, 2_000
"""MinimumPollers, the default too, and MaximumPollers of a mapping of Kafka in provisioned mode (documented)."""
PART_WINDOW_US = 500_000
"""The batching window of mappings of Kafka, Amazon MQ and DocumentDB that give none (documented)."""
SHARD_RETRIES_MAX = 10_000
"""MaximumRetryAttempts of a stream's batch; without a number, for as long as the records live (documented)."""
SHARD_RECORD_AGE_S_MIN, SHARD_RECORD_AGE_S_MAX = 60, 604_800
"""MaximumRecordAgeInSeconds (documented)."""
SHARD_LANES_MAX = 10
"""ParallelizationFactor (documented)."""
SHARD_RETRY_DELAY_US_MIN, SHARD_RETRY_DELAY_US_MAX = 500_000, 60_000_000
"""Between attempts at a stream's batch; it doubles in between (unconfirmed; an instant function with a record age of
60 s was seen to run 8 times)."""
SHARD_READ_COUNT_MAX = 10_000
"""What one GetRecords gives, and so how far a mapping reads ahead in a shard (documented for GetRecords)."""
KINESIS_POLL_US, DYNAMODB_POLL_US = 1_000_000, 250_000
"""How often a mapping polls a shard that gave nothing (documented: once, and four times a second)."""
TUMBLING_WINDOW_S_MAX = 900
"""TumblingWindowInSeconds (documented)."""
TUMBLING_STATE_BYTES_MAX = 1_048_576
"""What a function may hand on within a tumbling window, for each shard (documented)."""
TUMBLING_SILENCE_US = 120_000_000
"""How long after its end a tumbling window without records is over (documented: up to 2 minutes)."""

OBJECT_BYTES_MAX = 5 << 30
"""S3: an object that comes in one piece, and one part of an upload (documented)."""
