"""How does a service write lines into log groups? Into a stream of its own in each; what is lost is told of once."""

from collections.abc import Callable

from eventsim import ApiError, Caller, World

_GROUP = ":log-group:"


def group_of(arn: str) -> str:
    """Return the name of the log group that an ARN means, "" if it means none."""
    return arn.partition(_GROUP)[2].removesuffix(":*")


class LogWriter:
    """Writes for one thing.

    Args:
        place: the subject in the trace of what writes.
        new_stream: returns the name of a stream.
    """

    def __init__(self, world: World, place: int, new_stream: Callable[[], str]) -> None:
        self._world = world
        self._place = place
        self._new_stream = new_stream
        self._streams: dict[str, str] = {}
        self._lost: set[str] = set()
        self._kind = world.trace.kind("log not written", "{place} could not write to the log group {to}: {reason}")

    def put(self, group: str, message: str) -> None:
        """Put a line; a group that does not take it harms nobody (documented)."""
        event = {"timestamp": self._world.clock.epoch_ms(), "message": message}
        try:
            given = {"logGroupName": group, "logStreamName": self._stream(group), "logEvents": [event]}
            self._world.call("logs", "PutLogEvents", given, caller=Caller())
        except ApiError as error:
            if group not in self._lost:
                self._lost.add(group)
                detail = {"to": group, "reason": error.message}
                self._world.trace.record(self._kind, self._place, self._place, detail=detail)

    def _stream(self, group: str) -> str:
        """Return the stream of this writer in a group, which it makes first."""
        stream = self._streams.get(group)
        if stream is None:
            stream = self._new_stream()
            given = {"logGroupName": group, "logStreamName": stream}
            self._world.call("logs", "CreateLogStream", given, caller=Caller())
            self._streams[group] = stream
        return stream
