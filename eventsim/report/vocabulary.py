"""Which kinds of entry mean trouble, begin a stay or end one, and what is said of them?"""

from collections.abc import Mapping

from msgspec import Struct

LATE_US = 60_000_000
"""A batch whose last record is so old is late: ours to choose, what people set alarms to."""


class TroubleWords(Struct, frozen=True):
    """How one kind of trouble is summed up.

    Attributes:
        says: the phrase, filled from the detail of the first entry.
        by: the member of the detail by which entries are told apart; "" for none.
        worst: a phrase that is filled from the worst entry, the one with the greatest value; "" for none.
        least: entries with a smaller value are no trouble.
        of: only entries of this subject are trouble; "" for any.
    """

    says: str
    by: str = ""
    worst: str = ""
    least: int = 0
    of: str = ""


TROUBLES: Mapping[str, TroubleWords] = {
    "recursion stopped": TroubleWords("recursion stopped: the function set itself off again and again"),
    "init failed": TroubleWords("init failed, {error_type}: {message}", "error_type"),
    "failed": TroubleWords("{error_type}: {message}", "error_type"),
    "timed out": TroubleWords("timed out: {message}"),
    "stuck": TroubleWords("never waited: stopped by the guard on the wall clock, which counts as a timeout"),
    "not deterministic": TroubleWords("durations are measured, so two runs will differ"),
    "permission missing": TroubleWords("has no permission for {action} on {resource}", "action"),
    "permissions unknown": TroubleWords("is not checked for permissions: {reason}"),
    "throttled": TroubleWords("throttled: {reason}", "reason"),
    "not provisioned": TroubleWords("could not be provisioned: {reason}", "reason"),
    "not invoked": TroubleWords("could not be invoked: {reason}", "reason"),
    "partly failed": TroubleWords("reported that part of its batch failed"),
    "misreported": TroubleWords("reported failures wrongly: {reason}", "reason"),
    "unusable response": TroubleWords("responded in a way that counts as failure: {reason}", "reason"),
    "shard blocked": TroubleWords(
        "tried batches of {shard} again", "shard", "longest blocked by {record}, {age_s} s old ({reason})"
    ),
    "handed over": TroubleWords("got records that were late", worst="iterator age up to {value}", least=LATE_US),
    "records given up": TroubleWords("gave up records of {shard}: {condition}", "condition"),
    "records lost": TroubleWords("lost records of {shard}: older than the source keeps them", "shard"),
    "processing failed": TroubleWords("{to} could not process records: {reason}", "to"),
    "records undelivered": TroubleWords("gave records up: {reason}", "reason"),
    "window given up": TroubleWords("gave up the end of a window: {condition}", "condition"),
    "let go": TroubleWords("throttled until the mapping gave the message back"),
    "event dropped": TroubleWords("event given up: {condition}", "condition"),
    "dead-lettered": TroubleWords("moved to the dead-letter queue {to}", "to"),
    "event dead-lettered": TroubleWords("event sent to the dead-letter queue {to}", "to"),
    "dead letter failed": TroubleWords("dead letter lost on the way to {to}: {reason}", "to"),
    "message given up": TroubleWords("could not deliver to {to}: {reason}", "to"),
    "message dead letter lost": TroubleWords("dead letter lost on the way to {dead_letter}: {reason}", "dead_letter"),
    "destination delivery failed": TroubleWords("record lost on the way to {to}: {reason}", "to"),
    "notification lost": TroubleWords("could not tell {to}: {reason}", "to"),
    "event delivery failed": TroubleWords("could not deliver to {to}: {reason}", "to"),
    "undelivered event lost": TroubleWords("dead letter lost on the way to {to}: {reason}", "to"),
    "schedule delivery failed": TroubleWords("could not tell {to}: {reason}", "to"),
    "undelivered firing lost": TroubleWords("dead letter lost on the way to {to}: {reason}", "to"),
    "pipe failed": TroubleWords("batches failed: {reason}"),
    "durable failed": TroubleWords("executions failed: {reason}", "reason"),
    "durable timed out": TroubleWords("executions ran out of time"),
    "execution failed": TroubleWords("executions failed: {error}: {cause}", "error"),
    "execution timed out": TroubleWords("executions timed out"),
    "call refused": TroubleWords("refused calls from outside, {code}: {message}", "code", of="caller outside"),
    "event vanished": TroubleWords("events were put on it, but it does not exist"),
    "expired": TroubleWords("expired: too old for the queue"),
    "put throttled": TroubleWords("records refused: the rate of {shard} was used up", "shard"),
    "iterator throttled": TroubleWords("iterators refused: the rate of {shard} was used up", "shard"),
    "read throttled": TroubleWords("reads refused: the rate of {shard} was used up", "shard"),
    "request throttled": TroubleWords("refused a {action}: too many in that second", "action"),
    "item write throttled": TroubleWords("writes throttled: {reason}", "reason"),
    "item read throttled": TroubleWords("reads throttled: {reason}", "reason"),
    "polling refused": TroubleWords("takes nothing from {source}: {reason}", "source"),
    "logs lost": TroubleWords("logs do not reach {group}: {reason}", "group"),
    "metrics refused": TroubleWords("metrics not taken: {reason}", "reason"),
    "delete refused": TroubleWords("not deleted: the receipt handle had expired"),
}
"""Kind of entry → its words; the order is that of a summary."""

QUIET = frozenset({"reported", "reset", "environment ended"})
"""Kinds that tell nothing of how a story ends."""

SAYS_LESS = {"deleted": "filtered out"}
"""Kinds that tell less than the one before them: what a filter turned away was deleted unread."""

RECORD_ENDINGS = frozenset({"records given up", "records lost", "checkpointed"})
"""Kinds that tell how the story of a stream's record ends."""

STAYS_BEGIN: Mapping[str, str] = {
    "sent": "waiting",
    "arrived as dead letter": "waiting",
    "restored": "waiting",
    "visible again": "waiting",
    "received": "in flight",
    "queued": "waiting",
    "event repeated": "waiting",
    "retry scheduled": "waiting",
    "cold start": "starting",
    "started": "running",
    "durable begun": "waiting",
    "durable restored": "waiting",
    "taken up": "running",
    "put down": "waiting",
    "durable paused": "waiting",
    "execution started": "running",
    "execution redriven": "running",
    "request came": "running",
}
"""Kind of entry → what its subject does at its place from then on; it ends what the subject did there before."""

STAYS_END = frozenset(
    {
        "deleted",
        "dead-lettered",
        "expired",
        "purged",
        "moved",
        "initialised",
        "init failed",
        "succeeded",
        "failed",
        "timed out",
        "event dropped",
        "durable succeeded",
        "durable failed",
        "durable timed out",
        "durable stopped",
        "execution succeeded",
        "execution failed",
        "execution timed out",
        "execution aborted",
        "request answered",
        "request refused",
    }
)
"""Kinds that end what their subject did at their place."""
