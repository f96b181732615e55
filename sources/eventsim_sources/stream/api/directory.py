"""Which stream does a request mean? The streams of an account by name and ARN, and their consumers."""

from collections.abc import Mapping
from typing import Any

from eventsim import Request, World
from eventsim_sources.parameters import text
from eventsim_sources.stream import errors
from eventsim_sources.stream.commitment import Commitment
from eventsim_sources.stream.consumer import Consumer
from eventsim_sources.stream.errors import Where
from eventsim_sources.stream.names import parse_arn
from eventsim_sources.stream.source import Stream


class Directory:
    """The streams of a simulation, as API calls find them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.commitment = Commitment(world.clock)

    def streams(self) -> dict[str, Stream]:
        """Return all streams by name."""
        streams: Mapping[str, Any] = self.world.sources(Stream.kind)
        return {name: stream for name, stream in streams.items() if isinstance(stream, Stream)}

    def named(self, name: str, account_id: str = "") -> Stream:
        """Return the stream of this name.

        Raises:
            ApiError: There is none, or the account is not this one.
        """
        account_id = account_id or self.world.account_id
        stream = self.world.sources(Stream.kind).get(name)
        if not isinstance(stream, Stream) or account_id != self.world.account_id:
            raise errors.stream_missing(Where(name, account_id))
        return stream

    def of(self, request: Request) -> Stream:
        """Return the stream that a request's name or ARN means.

        Raises:
            ApiError: Neither was given, they do not agree, or there is no such stream.
        """
        name, arn = text(request, "StreamName"), text(request, "StreamARN")
        if not arn:
            if not name:
                raise errors.argument_invalid("Either StreamName or StreamARN must be specified.")
            return self.named(name)
        stream = self._by_arn(arn)
        if name and name != stream.name:
            raise errors.argument_invalid(f"StreamName {name} and StreamARN {arn} do not name the same stream.")
        return stream

    def consumer_of(self, request: Request) -> Consumer:
        """Return the consumer that a request means, by its ARN, or by its name and the ARN of its stream.

        Raises:
            ApiError: Neither was given, or there is no such consumer.
        """
        arn, stream_arn, label = (text(request, each) for each in ("ConsumerARN", "StreamARN", "ConsumerName"))
        if arn:
            consumer = self.by_consumer_arn(arn)
            if (stream_arn or consumer.stream.arn) != consumer.stream.arn or (
                label or consumer.label
            ) != consumer.label:
                raise errors.argument_invalid("ConsumerARN, StreamARN and ConsumerName do not name the same consumer.")
            return consumer
        if not (stream_arn and label):
            raise errors.argument_invalid("Either ConsumerARN, or both StreamARN and ConsumerName must be specified.")
        stream = self._by_arn(stream_arn)
        if label not in stream.consumers:
            raise errors.missing(f"Consumer {label} of {stream.where} not found.")
        return stream.consumers[label]

    def by_consumer_arn(self, arn: str) -> Consumer:
        """Return the consumer with this ARN.

        Raises:
            ApiError: There is none.
        """
        named = parse_arn(arn)
        stream = None if named is None else self.streams().get(named.stream)
        consumer = None if stream is None or named is None else stream.consumers.get(named.consumer)
        if consumer is None or consumer.arn != arn:
            raise errors.missing(f"Consumer {arn} not found.")
        return consumer

    def resource(self, request: Request) -> Stream | Consumer:
        """Return what a request's ResourceARN means.

        Raises:
            ApiError: There is no such stream or consumer.
        """
        arn = text(request, "ResourceARN")
        named = parse_arn(arn)
        return self.by_consumer_arn(arn) if named is not None and named.consumer else self._by_arn(arn)

    def _by_arn(self, arn: str) -> Stream:
        named = parse_arn(arn)
        if named is None or named.consumer:
            raise errors.argument_invalid(f"{arn} is no ARN of a stream.")
        stream = self.named(named.stream, named.account_id)
        if stream.arn != arn:
            raise errors.stream_missing(Where(named.stream, named.account_id))
        return stream
