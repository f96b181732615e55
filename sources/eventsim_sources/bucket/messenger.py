"""Who carries a notification of a bucket to its destination? One way for all, and for those of an earlier server."""

from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from eventsim import ApiError, Envelope, Lineage, World
from eventsim_sources.arns import arn_of
from eventsim_sources.bucket.permission import S3, is_let_in


class Notice(Struct, frozen=True, kw_only=True, gc=False):
    """A notification on its way.

    Attributes:
        arn: of the destination.
        to: the destination as a story names it.
        body: what it gets.
        due_us: when it gets there, in microseconds since 1970.
    """

    bucket: str
    arn: str
    to: str
    body: str
    due_us: int
    lineage: Lineage | None = None


class Messenger:
    """Hands the notifications of all buckets of a world over."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._transit = world.transit("notification")
        self._bus_arn = arn_of(world, "bus", "default")
        self._lost = world.trace.kind("notification lost", "{place} could not tell {to} of {subject}: {reason}")

    def send(self, notice: Notice, *, subject: int, cause: int) -> None:
        """Let a notification go its way, in a step of its own: the writer has its answer first.

        Args:
            subject: what it tells of, in the trace.
            cause: the entry that tells that it is sent.
        """
        number = 0
        if self._transit is not None:
            number = self._transit.new_number()
            self._transit.put(number, lambda: notice)
        self._go(number, notice, subject, cause)

    def resume(self) -> None:
        """Go on with the notifications that an earlier server left.

        Raises:
            StorageError: they cannot be read.
        """
        if self._transit is None:
            return
        trace = self._world.trace
        restored = trace.kind("restored", "{subject} was left in {place} by an earlier server")
        for number, kept in self._transit.left(Notice):
            notice = replace(kept, lineage=None if kept.lineage is None else kept.lineage.elsewhere())
            subject = trace.new_subject("notification", "n")
            cause = trace.record(restored, subject, trace.subject("bucket", notice.bucket), 0)
            self._go(number, notice, subject, cause)

    def _go(self, number: int, notice: Notice, subject: int, cause: int) -> None:
        clock = self._world.clock
        due_us = max(notice.due_us - clock.start_epoch_us, clock.now_us)
        clock.at(due_us, partial(self._arrive, number, notice, subject), cause)

    def _arrive(self, number: int, notice: Notice, subject: int, cause: int) -> None:
        fault = self._hand_over(notice, cause)
        if fault:
            trace, detail = self._world.trace, {"to": notice.to, "reason": fault}
            trace.record(self._lost, subject, trace.subject("bucket", notice.bucket), cause, detail=detail)
        if self._transit is not None:
            self._transit.drop(number)

    def _hand_over(self, notice: Notice, cause: int) -> str:
        """Give the notification to its destination, or return why that failed."""
        target = self._world.target(notice.arn)
        if target is None:  # a bus that nobody has asked for anything has no rules
            return "" if notice.arn == self._bus_arn else f"there is no {notice.arn} any more"
        if not is_let_in(self._world, notice.arn, notice.bucket, cause):
            return f"{notice.to} does not let {S3} in by its policy"
        source_arn = f"arn:aws:s3:::{notice.bucket}"
        try:
            target.accept(Envelope(body=notice.body, source_arn=source_arn, lineage=notice.lineage, cause=cause))
        except ApiError as error:
            return str(error)
        return ""
