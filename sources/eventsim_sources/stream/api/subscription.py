"""How is a consumer given what comes? SubscribeToShard: events one after the other, for up to five minutes.

Nothing happens between two events unless somebody waits for the next one, and the records wait where they are; so a
subscription that nobody reads costs nothing and keeps no run from ending. Nor does virtual time pass for the sake of
one that is read and has nothing to tell: it would be over before there is something.
"""

import asyncio
from typing import Any

from eventsim import Request, Result
from eventsim_sources.parameters import mapping, text
from eventsim_sources.stream import errors
from eventsim_sources.stream.api.directory import Directory
from eventsim_sources.stream.api.parameters import instant
from eventsim_sources.stream.api.records import find_offset, told_record
from eventsim_sources.stream.api.shards import described_child
from eventsim_sources.stream.consumer import Consumer
from eventsim_sources.stream.limits import (
    GET_RECORDS_MAX,
    HEARTBEAT_US,
    READ_BYTES_PER_S,
    SECOND_US,
    SUBSCRIPTION_US,
)
from eventsim_sources.stream.sequence import number_at
from eventsim_sources.stream.shard import Shard, behind_ms


def subscribe_to_shard(directory: Directory, request: Request) -> Result:
    """Begin a subscription; the last one of this consumer to this shard ends."""
    consumer = directory.by_consumer_arn(text(request, "ConsumerARN"))
    stream = consumer.stream
    if consumer.status != "ACTIVE":
        raise errors.in_use(f"Consumer {consumer.arn} is not ACTIVE, instead in state {consumer.status}")
    shard = stream.find_shard(text(request, "ShardId"))
    position = mapping(request, "StartingPosition")
    type_ = position.get("Type", "")
    at = instant(position.get("Timestamp"))
    offset = find_offset(directory, stream, shard, type_, position.get("SequenceNumber", ""), at)
    if request.parameters.get("DryRun"):
        raise errors.dry_run()
    began_us = consumer.try_subscribe(shard.identifier)
    if began_us is None:
        raise errors.in_use(
            f"Another active subscription exists for this consumer: {consumer.arn} and shard {shard.identifier}"
        )
    stream.journal.subscribed(shard, consumer.label, request.entry)
    return {"EventStream": _Subscription(directory, consumer, shard, offset, began_us, request.entry)}


class _Subscription:
    """One subscription.

    Args:
        offset: of the record to be pushed next.
        began_us: when it began, by which the consumer knows it.
        cause: the entry of the call that began it.
    """

    def __init__(
        self, directory: Directory, consumer: Consumer, shard: Shard, offset: int, began_us: int, cause: int
    ) -> None:
        self._clock = directory.world.clock
        self._consumer = consumer
        self._stream = consumer.stream
        self._shard = shard
        self._offset = offset
        self._cause = cause
        self._began_us = self._paid_us = began_us
        """Until when the rate is used up."""
        self._is_at_end = False

    def __aiter__(self) -> "_Subscription":
        return self

    async def __anext__(self) -> dict[str, Any]:
        """Return the next event: when there are records, at the end of the shard, and an empty one now and then."""
        end_us = self._began_us + SUBSCRIPTION_US
        await self._until_paid(end_us)
        if self._is_at_end or not self._is_on or self._clock.now_us >= end_us:
            raise StopAsyncIteration
        if not self._has_more():
            await self._until_more(min(self._clock.now_us + HEARTBEAT_US, end_us))
            if not self._is_on:
                raise StopAsyncIteration
        return {"SubscribeToShardEvent": self._next_event()}

    async def _until_paid(self, end_us: int) -> None:
        """Wait, once a second's worth has been given within less, until that is over."""
        now_us = self._clock.now_us
        if self._paid_us - now_us >= SECOND_US:
            await asyncio.sleep((min(self._paid_us, end_us) - now_us) / SECOND_US)

    def _has_more(self) -> bool:
        """Tell whether there is something to be told of."""
        if self._offset < self._shard.end:
            return self._offset < self._shard.end_at(self._stream.ripe_us(is_pushed=True))
        return self._shard.closed_us is not None

    @property
    def _is_on(self) -> bool:
        return self._consumer.is_subscribed_since(self._shard.identifier, self._began_us)

    def _next_event(self) -> dict[str, Any]:
        now_us = self._clock.now_us
        shard = self._stream.find_shard(self._shard.identifier)
        ripe_us = self._stream.ripe_us(is_pushed=True)
        records, size_bytes, _ = shard.read_within(self._offset, GET_RECORDS_MAX, READ_BYTES_PER_S, ripe_us)
        if records:
            self._offset = records[-1].offset + 1
            self._paid_us = max(self._paid_us, now_us) + size_bytes * SECOND_US // READ_BYTES_PER_S
            self._stream.journal.read(shard, records, self._cause, consumer=self._consumer.label)
        self._offset = max(self._offset, shard.first_offset)
        event: dict[str, Any] = {
            "Records": [told_record(self._clock, record) for record in records],
            "ContinuationSequenceNumber": number_at(shard.label.prefix, self._offset - 1),
            "MillisBehindLatest": behind_ms(shard, self._offset, now_us, records[-1] if records else None),
        }
        if shard.closed_us is not None and self._offset >= shard.end:
            self._is_at_end = True
            event["ChildShards"] = [described_child(child) for child in self._stream.store.children_of(shard)]
        return event

    async def _until_more(self, until_us: int) -> None:
        """Wait for records, or for the end of the shard, but not beyond an instant."""
        ready: asyncio.Future[None] = self._clock.loop.create_future()

        def wake(_: None = None) -> None:
            if not ready.done():
                ready.set_result(None)

        self._clock.by_calendar(until_us, wake, None)
        self._stream.when_more(self._shard.identifier, self._offset, wake, is_pushed=True)
        try:
            await ready
        finally:
            self._stream.waiters.discard(self._shard.identifier, wake)
