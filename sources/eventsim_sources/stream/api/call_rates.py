"""How often may an operation be called in a second? What the reference says, of the account or of each stream.

Records and iterators have rates of their own, by shard: they are counted where shards are.
"""

from collections.abc import Mapping
from typing import Final

from eventsim import Request, World
from eventsim_sources.meter import Meters
from eventsim_sources.parameters import text
from eventsim_sources.stream import errors
from eventsim_sources.stream.names import parse_arn

_OF_ACCOUNT: Final[Mapping[str, int]] = {
    "DescribeLimits": 1,
    "DescribeStream": 10,
    "DescribeStreamSummary": 20,
    "UpdateShardCount": 10,
    **dict.fromkeys(
        (
            *("AddTagsToStream", "CreateStream", "DeleteStream", "DescribeAccountSettings", "ListStreams"),
            *("UpdateAccountSettings", "UpdateStreamWarmThroughput"),
            *("ListTagsForStream", "MergeShards", "RegisterStreamConsumer", "RemoveTagsFromStream", "SplitShard"),
        ),
        5,
    ),
}
_OF_STREAM: Final[Mapping[str, int]] = {
    "DeregisterStreamConsumer": 5,
    "DescribeStreamConsumer": 20,
    "ListShards": 1_000,
    "ListStreamConsumers": 5,
}
"""Operation → calls a second."""


class CallRates:
    """The calls of an account, counted if the world wants that."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._meters = {name: Meters(per_s) for name, per_s in {**_OF_ACCOUNT, **_OF_STREAM}.items()}
        self._throttled = world.trace.kind("request throttled", "{place} refused a {action}: too many in this second")

    def check(self, request: Request) -> None:
        """Count a call.

        Raises:
            ApiError: there were too many in this second.
        """
        world, operation = self._world, request.operation
        meters = self._meters.get(operation) if world.throttles else None
        if meters is None:
            return
        stream = _stream_of(request)
        whose = stream if operation in _OF_STREAM else ""
        if meters.try_take((whose,), 1, world.clock.now_us):
            return
        place = world.trace.subject("stream", stream) if stream else world.trace.subject("account", world.account_id)
        world.trace.record(self._throttled, place, place, request.entry, detail={"action": operation})
        raise errors.call_rate_exceeded(stream, world.account_id)


def _stream_of(request: Request) -> str:
    """Return the name of the stream that a request is about, "" if it is about none."""
    name = text(request, "StreamName")
    named = parse_arn(text(request, "StreamARN") or text(request, "ConsumerARN"))
    return name or ("" if named is None else named.stream)
