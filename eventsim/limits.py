"""AWS's numbers, with units and where we have them from. One section a room; nothing here is ours to choose.

Marks: *recorded* from AWS, *documented* by AWS, *unconfirmed* (best knowledge; a setting may override it).
"""

# --- invocation --------------------------------------------------------------------------------------------

SYNC_PAYLOAD_BYTES_MAX = 6_291_456
"""Request body of a synchronous invocation (documented)."""
SYNC_RESPONSE_BYTES_MAX = 6_291_556
"""Response body of a synchronous invocation (recorded: 100 bytes above 6 MB)."""
ASYNC_PAYLOAD_BYTES_MAX = 1_048_576
"""Request body of an asynchronous invocation (documented, since October 2025)."""
LOG_TAIL_BYTES = 4_096
"""`LogResult` carries this much of the log (recorded)."""
RECURSION_TURNS_MAX = 16
"""Loop detection refuses a function after this many turns in one chain (documented: about 16)."""

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

# --- execution environments --------------------------------------------------------------------------------

INIT_TIMEOUT_US = 10_000_000
"""The init phase of an on-demand environment (documented)."""
INIT_TIMEOUT_PROVISIONED_US_MIN = 130_000_000
"""The init phase of a provisioned environment may last this long, or the function's timeout (documented)."""
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
ERROR_OBJECT_BYTES_MAX = 256 * 1_024
"""The error object stored in logs (documented)."""
