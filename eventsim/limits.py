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
