"""How is one shard read? In order, at the instants of its polls, up to where its lanes have room; with a checkpoint.

- A shard is polled once a second, of a table four times (documented). Whatever arrives is read at the next of these
  instants. While records are there the next poll follows at once. Nobody polls in a loop: the source says when there is
  more, and empty polls are arithmetic. What a consumer with enhanced fan-out has registered for is pushed at once.
- What the filter does not match is skipped (documented). The others go to the lane of their key.
- The checkpoint is the first record that is not out of the way in all lanes. It never goes back. When the mapping is
  stopped or changed, batches in flight end as they end, and reading begins anew at the checkpoint.
"""

import collections
import zlib
from base64 import b64decode
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Protocol, runtime_checkable

from eventsim.limits import DYNAMODB_POLL_US, KINESIS_POLL_US, SHARD_READ_COUNT_MAX
from eventsim.mapping.shard_lane import ShardLane
from eventsim.mapping.stream_post import StreamPost
from eventsim.pattern import Explanation, FilterCriteria, ForgivingCriteria
from eventsim.polled import StreamRecord
from eventsim.subscription import KAFKA, MQ

POLL_US: Mapping[str, int] = {"kinesis": KINESIS_POLL_US, "dynamodb": DYNAMODB_POLL_US}
"""Service → how often a shard that gives nothing is polled; the others wait with the request until there is more."""
FORGIVING_KEYS: Mapping[str, Sequence[str]] = {KAFKA: ("key", "value"), MQ: ("data",)}
"""Service → payloads whose part of a filter is ignored if they have another format (documented)."""
PAYLOAD_KEYS: Mapping[str, str] = {"kinesis": "data", "dynamodb": ""}
"""Service → where a filter finds a payload that is text; a table's records are JSON through and through."""


@runtime_checkable
class Pushing(Protocol):
    """A stream that does not wait to be polled, such as a consumer's view of one."""

    is_pushed: ClassVar[bool]
    """Whether it does so."""


class ShardReader:
    """Reads one shard for one mapping.

    Args:
        offset: where it begins.
        finished: told when the shard is closed and everything in it is out of the way.

    Attributes:
        checkpoint: the offset of the first record that is not out of the way.
        is_finished: whether there is nothing more to do here, ever.
    """

    def __init__(self, post: StreamPost, shard: str, offset: int, finished: Callable[[], None]) -> None:
        self.checkpoint = offset
        self.is_finished = False
        self._post = post
        self._shard = shard
        self._offset = offset
        self._finished = finished
        self._lanes = self._new_lanes()
        self._unpassed: collections.deque[StreamRecord] = collections.deque()
        """What was read and is not behind the checkpoint."""
        self._is_polling = False
        self._is_draining = True
        self._is_reading = False
        self._is_listening = False
        self._poll_at_us: int | None = None
        self._idle_since_us: int | None = None
        self._polls = 0
        is_pushed = isinstance(post.source, Pushing) and post.source.is_pushed
        self._period_us = 0 if is_pushed else POLL_US.get(post.source.service, 0)
        kind = post.kinds.begun if post.subscribed is None else post.kinds.followed
        post.trace.record(kind, post.place, post.place, value=offset, detail={"shard": shard})

    # --- on and off ------------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin to read, at the checkpoint; as soon as what is still in flight has ended."""
        self._is_polling = True
        self._resume()

    def stop(self) -> None:
        """Read no more; what is in flight ends as it ends."""
        self._is_polling = False
        self._drain()
        self._release()

    def restart(self) -> None:
        """Go on with other settings, from the checkpoint."""
        self._drain()
        self._resume()

    def polls(self) -> int:
        """Return how often the shard was polled so far, those times included that gave nothing."""
        if self._idle_since_us is None or not self._period_us:
            return self._polls
        return self._polls + (self._post.clock.now_us - self._idle_since_us) // self._period_us

    def _shape_wanted(self) -> tuple[int, int]:
        return self._post.settings.lanes, self._post.settings.tumbling_us

    def _new_lanes(self) -> list[ShardLane]:
        self._shape = self._shape_wanted()
        return [ShardLane(self._post, self._shard, self) for _ in range(self._post.settings.lanes)]

    def _drain(self) -> None:
        if self._is_draining or self.is_finished:
            return
        self._is_draining = True
        self._polls = self.polls()
        self._idle_since_us = self._poll_at_us = None
        self._is_listening = False
        for lane in self._lanes:
            lowest = lane.close()
            if lowest is not None:
                self.take_back(lowest)

    def _resume(self) -> None:
        if not self._is_draining or not self._is_polling or any(lane.is_in_flight for lane in self._lanes):
            return
        self._is_draining = False
        if self._shape != self._shape_wanted():
            self._lanes = self._new_lanes()  # keys change their lanes, or windows their length: open ones end here
        for lane in self._lanes:
            lane.is_open = True
            lane.go()
        self.look()

    # --- for its lanes ---------------------------------------------------------------------------------

    def pass_on(self, cause: int) -> None:
        """Move the checkpoint to the first record that is not out of the way."""
        lowest = [offset for lane in self._lanes if (offset := lane.lowest()) is not None]
        checkpoint = min([*lowest, self._offset])
        if checkpoint <= self.checkpoint:
            return
        self.checkpoint = checkpoint
        last: StreamRecord | None = None
        passed = 0
        while self._unpassed and self._unpassed[0].offset < checkpoint:
            last = self._unpassed.popleft()
            passed += 1
        post = self._post
        detail = {"shard": self._shard, "sequence": last.identifier if last is not None else ""}
        post.trace.record(post.kinds.checkpointed, post.place, post.place, cause, checkpoint, detail)
        if post.subscribed is not None:
            post.subscribed.commit(self._shard, checkpoint)
            if post.count is not None and post.source.service == KAFKA:
                post.count.committed(passed)

    def take_back(self, offset: int) -> None:
        """Read again from here on."""
        self._offset = min(self._offset, offset)
        while self._unpassed and self._unpassed[-1].offset >= self._offset:
            self._unpassed.pop()
        self._release()

    def _release(self) -> None:
        """Let others have what is to be read again, if this mapping does not go on."""
        subscribed = self._post.subscribed
        if subscribed is not None and not self._is_polling and self._is_draining:
            subscribed.release(self._shard, self._offset)

    def look(self) -> None:
        """Read for as long as a lane has room; see whether the shard is done with."""
        if self._is_draining:
            self._resume()
            return
        if self._is_reading:  # a lane that ends at once comes back here; the loop below goes on
            return
        self._is_reading = True
        while self._has_room() and self._read():
            pass
        self._is_reading = False
        self._see_end()

    def _has_room(self) -> bool:
        is_waiting = self._is_listening or self._poll_at_us is not None
        return (
            not is_waiting
            and not self._is_draining
            and any(lane.is_hungry for lane in self._lanes)
            and self._waiting_count() < SHARD_READ_COUNT_MAX
        )

    def _waiting_count(self) -> int:
        return sum(lane.waiting_count for lane in self._lanes)

    # --- polls -----------------------------------------------------------------------------------------

    def _read(self) -> bool:
        """Poll once; without records listen for them, and say so."""
        post, source, shard = self._post, self._post.source, self._shard
        access = post.access
        if access is not None and not access.is_granted(post.settings.function, source.arn, self._try_again):
            self._is_listening = True
            return False
        self._polls = self.polls() + 1
        self._idle_since_us = None
        records = source.read(shard, self._offset, SHARD_READ_COUNT_MAX - self._waiting_count())
        if (count := post.count) is not None:
            count.polled(len(records))
        if not records:
            return self._find_nothing()
        age_us = post.clock.now_us - records[-1].born_us
        detail = {"shard": shard, "source": source.arn, "age_us": age_us}
        self._lose(records[0].offset - self._offset)
        entry = post.trace.record(post.kinds.read, post.place, post.place, 0, len(records), detail)
        self._offset = records[-1].offset + 1
        self._unpassed.extend(records)
        criteria = post.settings.criteria
        self._hand_out(records if criteria is None else self._matching(criteria, records, entry))
        for lane in self._lanes:
            lane.go()
        self.pass_on(entry)
        return True

    def _find_nothing(self) -> bool:
        source, shard = self._post.source, self._shard
        end = source.end(shard)
        if end is None:
            self._idle_since_us = self._post.clock.now_us
            self._is_listening = True
            source.when_more(shard, self._offset, self._wake)
        else:
            if any(shard == each.identifier for each in source.shards()):  # of one that has expired nobody knows
                self._lose(end - self._offset)
                self._offset = max(self._offset, end)
            self._is_listening = True  # nothing will come any more
            self.pass_on(0)
            for lane in self._lanes:
                lane.is_at_end = True
                lane.go()
        return False

    def _lose(self, count: int) -> None:
        """Tell of records that have expired before they were read."""
        if count > 0:
            post = self._post
            post.trace.record(post.kinds.lost, post.place, post.place, 0, count, {"shard": self._shard})

    def _wake(self) -> None:
        """Poll at the next instant at which this shard is polled."""
        if not self._is_listening or self._idle_since_us is None:  # it was stopped meanwhile
            return
        self._is_listening = False
        period_us = self._period_us
        if not period_us:
            self.look()
            return
        idle_us = self._post.clock.now_us - self._idle_since_us
        periods = max(1, -(-idle_us // period_us))
        self._poll_at_us = self._idle_since_us + periods * period_us
        self._post.clock.at(self._poll_at_us, self._poll, self._poll_at_us)

    def _poll(self, at_us: int) -> None:
        if at_us == self._poll_at_us:
            self._polls += (at_us - (self._idle_since_us or 0)) // self._period_us - 1
            self._poll_at_us = self._idle_since_us = None
            self.look()

    def _try_again(self) -> None:
        """Poll again that was not permitted, unless it is stopped."""
        self._is_listening = False
        if not self._is_draining:
            self.look()

    def _see_end(self) -> None:
        if self.is_finished or self._is_draining or not all(lane.is_at_end and lane.is_idle for lane in self._lanes):
            return
        self.is_finished = True
        post = self._post
        post.trace.record(
            post.kinds.finished, post.place, post.place, value=self.checkpoint, detail={"shard": self._shard}
        )
        self._finished()

    # --- records ---------------------------------------------------------------------------------------

    def _hand_out(self, records: Sequence[StreamRecord]) -> None:
        """Give each record to the lane of its key."""
        lanes = self._lanes
        if len(lanes) == 1:
            lanes[0].accept(records)
            return
        of_lanes: list[list[StreamRecord]] = [[] for _ in lanes]
        for record in records:
            of_lanes[zlib.crc32(record.key.encode()) % len(lanes)].append(record)
        for lane, its_own in zip(lanes, of_lanes, strict=True):
            lane.accept(its_own)

    def _matching(
        self, criteria: FilterCriteria | ForgivingCriteria, records: Sequence[StreamRecord], cause: int
    ) -> list[StreamRecord]:
        """Return what matches; tell of the rest."""
        post = self._post
        matches, explain = _judges(criteria, post.source.service)
        payload_keys = FORGIVING_KEYS.get(post.source.service, ())
        kept = []
        for item, record in zip(records, post.source.records(records), strict=True):
            seen = as_filtered(record, payload_keys)
            if matches(seen):
                kept.append(item)
            else:
                detail = {"reason": str(explain(seen))}
                post.trace.record(post.kinds.skipped, item.subject, post.place, cause, detail=detail)
        if (count := post.count) is not None and len(kept) < len(records):
            count.filtered_out(len(records) - len(kept))
        return kept


def _judges(
    criteria: FilterCriteria | ForgivingCriteria, service: str
) -> tuple[Callable[[Mapping[str, Any]], bool], Callable[[Mapping[str, Any]], Explanation]]:
    """Return what tells whether a record matches, and what tells why."""
    if isinstance(criteria, ForgivingCriteria):
        return criteria.matches, criteria.explain
    key = PAYLOAD_KEYS.get(service, "")
    return partial(criteria.matches, payload_key=key), partial(criteria.explain, payload_key=key)


def as_filtered(record: Mapping[str, Any], payload_keys: Sequence[str] = ()) -> dict[str, Any]:
    """Return a record as a filter sees it: what stands in `kinesis` comes to the top, its data decoded (documented).

    Args:
        payload_keys: what else is decoded, such as `key` and `value`; what is no text is None.
    """
    for key in payload_keys:
        if key in record:
            record = {**record, key: _decoded(record[key])}
    kinesis = record.get("kinesis")
    if not isinstance(kinesis, Mapping):
        return dict(record)
    outer = {name: value for name, value in record.items() if name != "kinesis"}
    return {**outer, **kinesis, "data": b64decode(kinesis["data"]).decode(errors="replace")}


def _decoded(payload: str) -> str | None:
    try:
        return b64decode(payload).decode()
    except UnicodeDecodeError:
        return None
