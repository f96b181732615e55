"""What do all shards of one mapping share? Settings, the doors out, and the words in which the trace tells of them."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.destination import Destinations
from eventsim.mapping.access import Access
from eventsim.mapping.batch import BatchPolicy
from eventsim.mapping.event_count import EventCount
from eventsim.mapping.lanes import Invoke
from eventsim.mapping.progress import ShardPolicy
from eventsim.pattern import FilterCriteria, ForgivingCriteria
from eventsim.polled import Sharded, ShardPosition, StreamRecord
from eventsim.subscription import KAFKA, MQ, Subscribed
from eventsim.trace import Trace

NO_RESULT, OK, PROBLEM = "No records processed", "OK", "PROBLEM: Function call failed"
"""`LastProcessingResult` (recorded, the last one documented)."""


class StreamSettings(Struct, frozen=True, kw_only=True):
    """What a mapping does with the records of an ordered source.

    Attributes:
        position: where it begins in the shards that are there when it is first enabled.
        lanes: batches of one shard at the same time; a key stays in its lane.
        criteria: what to take, None for everything.
        tumbling_us: length of a tumbling window, 0 for none.
        on_failure: who is told of records given up, "" for nobody.
        counts_events: whether its metrics are kept.
    """

    function: str
    position: ShardPosition
    policy: ShardPolicy
    qualifier: str = ""
    batch: BatchPolicy = BatchPolicy()
    lanes: int = 1
    criteria: FilterCriteria | ForgivingCriteria | None = None
    reports_item_failures: bool = False
    tumbling_us: int = 0
    on_failure: str = ""
    counts_events: bool = False


class StreamPost:
    """What the shards of one mapping share.

    Args:
        name, uuid: the mapping's.
        invoke: runs the function once: the only door out for batches.
        function_arn: returns the ARN of a function by name and qualifier.
        settings: may be replaced.

    Attributes:
        last_result: AWS's `LastProcessingResult`.
        subscribed: the source, if it is a part of one.
        access: asked before each poll; None if it may always.
    """

    access: Access | None = None

    def __init__(
        self,
        name: str,
        uuid: str,
        settings: StreamSettings,
        *,
        source: Sharded,
        invoke: Invoke,
        destinations: Destinations,
        function_arn: Callable[[str, str], str],
        clock: Clock,
        chance: Chance,
        trace: Trace,
    ) -> None:
        self.uuid = uuid
        self.settings = settings
        self.source = source
        self.subscribed = source if isinstance(source, Subscribed) else None
        self.invoke = invoke
        self.destinations = destinations
        self.function_arn = function_arn
        self.clock = clock
        self.trace = trace
        self.place = trace.subject("mapping", name)
        self.kinds = StreamKinds(trace)
        self.request_id = chance.uuids("mapping", name)
        self.new_invocation = trace.subjects("invocation", "i")
        self.last_result = NO_RESULT
        self._count: EventCount | None = None

    @property
    def count(self) -> EventCount | None:
        """What counts its events for metrics, None for nothing."""
        if not self.settings.counts_events:
            return None
        if self._count is None:
            self._count = EventCount(self.trace, self.place, self.uuid)
        return self._count

    def tell_of_age(self, subject: int, cause: int, age_us: int, records: Sequence[StreamRecord]) -> int:
        """Record that a batch goes to the function, and how late: of Kafka by what comes after it, else by age."""
        if self.subscribed is not None and self.source.service == KAFKA:
            lag = self.subscribed.lag(records)
            return self.trace.record(self.kinds.lagging, subject, self.function_place, cause, lag)
        if self.source.service == MQ:
            return self.trace.record(self.kinds.given, subject, self.function_place, cause)
        return self.trace.record(self.kinds.aged, subject, self.function_place, cause, age_us)

    def event(self, records: Sequence[StreamRecord]) -> dict[str, Any]:
        """Return the event for records."""
        if self.subscribed is not None:
            return self.subscribed.event(records)
        return {"Records": self.source.records(records)}

    @property
    def function_place(self) -> int:
        """The function in the trace."""
        return self.trace.subject("function", self.settings.function)


class StreamKinds:
    """The kinds of entry that tell of shards and their batches.

    `batched from shard` names the arrivals of its records in its detail, `received`.
    """

    __slots__ = (
        *(
            "aged",
            "batched",
            "begun",
            "blocked",
            "checkpointed",
            "cut",
            "discarded",
            "finished",
            "followed",
            "given",
            "lost",
        ),
        *("lagging", "misreported", "read", "skipped", "split", "uninvokable", "window_lost"),
    )

    def __init__(self, trace: Trace) -> None:
        kind = trace.kind
        self.begun = kind("shard begun", "{place} reads {shard} from its record {value} on", value="offset")
        self.followed = kind("reading begun", "{place} begins to read {shard}", value="offset")
        self.finished = kind("shard finished", "{place} has read {shard} to its end", value="offset")
        self.read = kind("shard read", "{place} read {value} records of {shard}", value="count", is_summed=True)
        self.skipped = kind("skipped", "{place} skipped {subject}: {reason}")
        self.lost = kind(
            "records lost",
            "{place} lost {value} records of {shard}: the source keeps none so old",
            value="count",
            is_summed=True,
        )
        self.batched = kind(
            "batched from shard",
            "{place} made a batch of {value} for {subject} from {shard}, sequence numbers {first} to {last}",
            value="count",
            is_summed=True,
        )
        self.aged = kind("handed over", "{subject} went to {place}", value="iterator_age_us")
        self.given = kind("messages handed over", "{subject} went to {place}")
        self.lagging = kind("handed on", "{subject} went to {place}", value="offset_lag")
        self.blocked = kind(
            "shard blocked",
            "{place} tries {subject} again ({reason}): {record}, {age_s} s old, blocks {shard}",
            value="delay_us",
        )
        self.cut = kind(
            "batch cut", "{subject} failed from {sequence} on: {value} records are tried again", value="count"
        )
        self.split = kind("batch split", "{place} splits the batch of {subject} after {value} records", value="count")
        self.misreported = kind("unusable response", "the response of {subject} counts as a failure: {reason}")
        self.discarded = kind(
            "records given up",
            "{place} gave up {value} records of {shard}, {first} to {last}: {condition}",
            value="count",
            is_summed=True,
        )
        self.window_lost = kind(
            "window given up", "{place} gave up the end of the window from {start} in {shard}: {condition}"
        )
        self.checkpointed = kind("checkpointed", "{place} is through with {shard} up to {sequence}", value="offset")
        self.uninvokable = kind("not invoked", "{place} could not ask for {subject}: {reason}")
