"""What is on its way to the function, and what is told if it does not get there? One batch of a lane."""

from collections.abc import Sequence

import msgspec

from eventsim.mapping.failed_batch import FailedBatch
from eventsim.mapping.stream_post import StreamPost
from eventsim.mapping.tumbling import Window
from eventsim.outcome import Attempt
from eventsim.polled import StreamRecord


def size_of(records: Sequence[StreamRecord]) -> int:
    """Return the size of records in the serialised event, about."""
    return sum([record.size_bytes for record in records])


class Work:
    """A batch on its way: what is sent, and how often that was tried.

    Args:
        post: what it is told to.
        shard: where its records lie.

    Attributes:
        size_bytes: the size of its records in the serialised event, about.
        window: the tumbling window of its records; `is_final` is the call that ends it, which has no records.
        attempt: the last one that ran code.
        subject: the invocation in the trace, 0 before the first attempt.
        cause: the trace entry that the next one follows from.
    """

    __slots__ = (
        *("attempt", "attempts", "born_us", "cause", "is_early", "is_final", "records", "request_id", "size_bytes"),
        *("subject", "throttles", "window", "_post", "_shard"),
    )

    def __init__(
        self,
        post: StreamPost,
        shard: str,
        records: list[StreamRecord],
        window: Window | None,
        *,
        size_bytes: int = 0,
        is_final: bool = False,
        is_early: bool = False,
        born_us: int = 0,
        cause: int = 0,
    ) -> None:
        self._post = post
        self._shard = shard
        self.records = records
        self.size_bytes = size_bytes
        self.window = window
        self.is_final = is_final
        self.is_early = is_early
        self.born_us = born_us
        self.cause = cause
        self.attempts = 0
        self.throttles = 0
        self.attempt: Attempt | None = None
        self.request_id = ""
        self.subject = 0

    def births_us(self) -> list[int]:
        """Return when the records arrived; for a call without any, when its window was over."""
        return [self.born_us] if self.is_final else [record.born_us for record in self.records]

    @property
    def last_born_us(self) -> int:
        """When the last record arrived."""
        return self.born_us if self.is_final else self.records[-1].born_us

    def drop(self, count: int) -> None:
        """Let go of the first records."""
        self.size_bytes -= size_of(self.records[:count])
        del self.records[:count]

    def begin(self) -> None:
        """Be told of as an invocation, before the first attempt."""
        trace, records = self._post.trace, self.records
        self.subject = self._post.new_invocation()
        detail: dict[str, object] = {"shard": self._shard}
        if records:
            detail |= {"received": [record.entry for record in records]}
            detail |= {"first": records[0].identifier, "last": records[-1].identifier}
        else:
            detail |= {"received": [], "first": "the end", "last": "of its window"}
        cause = self.cause or (records[0].entry if records else 0)
        kind = self._post.kinds.batched
        self.cause = trace.record(kind, self.subject, self._post.place, cause, len(records), detail)

    def lose(self, count: int) -> None:
        """Tell of the first records that their source has them no more."""
        post = self._post
        detail = {"shard": self._shard}
        self.cause = post.trace.record(post.kinds.lost, self.subject, post.place, self.cause, count, detail)

    def give_up(self, count: int, condition: str) -> None:
        """Tell of the first records that they are given up; tell the destination too, if there is one."""
        post = self._post
        if self.is_final:
            start = self.window.start if self.window is not None else ""
            detail = {"shard": self._shard, "condition": condition, "start": start}
            post.trace.record(post.kinds.window_lost, self.subject, post.place, self.cause, detail=detail)
            return
        records = self.records[:count]
        first, last = records[0], records[-1]
        subject = self.subject or first.subject
        detail = {"shard": self._shard, "condition": condition, "first": first.identifier, "last": last.identifier}
        self.cause = post.trace.record(post.kinds.discarded, subject, post.place, self.cause, count, detail)
        is_told = bool(post.settings.on_failure)
        is_delivered = is_told and self._deliver(records, subject, condition)
        if post.count is not None and is_told is is_delivered:
            tell = post.count.delivered if is_delivered else post.count.dropped
            tell(count)

    def _deliver(self, records: list[StreamRecord], subject: int, condition: str) -> bool:
        """Tell the destination of records; return whether it took that."""
        post, settings = self._post, self._post.settings
        first, last = records[0], records[-1]
        batch = FailedBatch(
            request_id=self.request_id or post.request_id(),
            function_arn=post.function_arn(settings.function, settings.qualifier),
            condition=condition,
            invoke_count=self.attempts,
            attempt=self.attempt,
            at=post.clock.iso_ms(),
            service=post.source.service,
            shard=self._shard,
            stream_arn=post.source.arn,
            first=first.identifier,
            last=last.identifier,
            first_at=post.clock.iso_ms(first.born_us),
            last_at=post.clock.iso_ms(last.born_us),
            size=len(records),
            info=None if post.subscribed is None else post.subscribed.failed_info(records),
        )

        def text(is_kept: bool) -> str:
            if not is_kept:
                return batch.text()
            return batch.text(msgspec.json.encode(post.event(records)).decode())

        return post.destinations.send(
            settings.on_failure,
            text,
            condition=condition,
            source_arn=batch.function_arn,
            folder=f"aws/lambda/{post.uuid}/{self._shard}",
            subject=subject,
            place=post.function_place,
            cause=self.cause,
        )
