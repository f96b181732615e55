"""What is told of a queue's messages? Every effect goes to the trace, the summary and, if there is one, the mirror."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

from eventsim import Lineage, World
from eventsim_sources.queue.contents import Effect
from eventsim_sources.queue.kinds import Kinds
from eventsim_sources.queue.message import Duplicate, Message
from eventsim_sources.queue.mirror import Mirror

if TYPE_CHECKING:
    from eventsim_sources.queue.source import Queue


class Journal:
    """Tells what becomes of one queue's messages.

    Attributes:
        sent_count, received_count, deleted_count, dead_lettered_count: messages so far.
    """

    def __init__(self, world: World, queue: "Queue") -> None:
        self.sent_count = self.received_count = self.deleted_count = self.dead_lettered_count = 0
        self._mirror = None if world.database_path is None else world.share(Mirror)
        self._draft = None if self._mirror is None else self._mirror.draft(queue)
        self._trace = world.trace
        self._kinds = Kinds(world.trace)
        self._place = world.trace.subject("queue", queue.name)
        self._new_subject = world.trace.subjects("message", "m")
        self.cause = 0
        """The entry that causes the effects observed now, 0 for the last entry about each message."""
        self.note()

    def sent(self, message: Message, cause: int, size_bytes: int, lineage: Lineage | None) -> None:
        """Give a new message its subject, and tell of it."""
        if lineage is not None:
            message.lineage = lineage
        message.subject = subject = self._new_subject()
        message.entry = self._trace.record(self._kinds.sent, subject, self._place, cause, size_bytes)
        self.sent_count += 1
        if self._draft is not None:
            self._draft.note((message,))

    def restored(self, messages: Sequence[Message], number: int) -> None:
        """Give the messages that an earlier server left their subjects, and tell of them.

        Args:
            number: the queue's in the database.
        """
        if self._draft is not None:
            self._draft.resume(number)
        for message in messages:
            message.subject = self._new_subject()
            self._record(self._kinds.restored, message, 0)

    def duplicate_refused(self, duplicate: Duplicate, cause: int) -> None:
        """Tell of a send that was not stored."""
        detail = {"original": duplicate.message_id}
        self._trace.record(self._kinds.refused, self._place, self._place, cause, detail=detail)

    def delete_refused(self, message: Message, cause: int) -> None:
        """Tell that a message was not deleted, because its delivery is no longer honoured."""
        self._record(self._kinds.delete_refused, message, cause)

    def throttled(self, action: str, cause: int) -> None:
        """Tell of a request that was one too many in its second."""
        self._trace.record(self._kinds.throttled, self._place, self._place, cause, detail={"action": action})

    def dead_lettered(self, message: Message, target_name: str) -> None:
        """Tell where a message goes that was received too often."""
        detail = {"to": target_name}
        self._record(self._kinds.dead_lettered, message, message.entry, message.receive_count, detail)

    def because(self, cause: int) -> Self:
        """Within this, as in `with journal.because(entry):`, effects are caused by that entry, not by the last one."""
        self.cause = cause
        return self

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self.cause = 0

    def observe(self, effect: Effect, messages: Sequence[Message], at_us: int) -> None:
        """Tell of an effect of the store."""
        if self._draft is not None:
            self._draft.note(messages)
        match effect:
            case "received":
                self.received_count += len(messages)
                facts = [(message.subject, message.entry, message.receive_count) for message in messages]
                self._tell(self._kinds.received, messages, facts)
            case "deleted":
                self.deleted_count += len(messages)
                cause = self.cause
                facts = [(message.subject, cause or message.entry, 0) for message in messages]
                self._trace.record_all(self._kinds.deleted, self._place, facts)
            case "dead_lettered":
                self.dead_lettered_count += len(messages)
            case _:
                cause = self.cause
                facts = [(message.subject, cause or message.entry, at_us) for message in messages]
                self._tell(self._kinds.of(effect), messages, facts)

    def _tell(self, kind: int, messages: Sequence[Message], facts: list[tuple[int, int, int]]) -> None:
        """Record one fact for each message, the cause of what comes next."""
        entry = self._trace.record_all(kind, self._place, facts) - len(facts)
        for message in messages:
            message.entry = entry = entry + 1

    def note(self) -> None:
        """Have the queue's settings written down, if there is a database."""
        if self._draft is not None:
            self._draft.note_queue()

    def purged(self) -> None:
        """Have what the queue remembered for deduplication forgotten there, too."""
        if self._draft is not None:
            self._draft.note_purge()

    def close(self) -> None:
        """Have the queue and all that it held forgotten, and write down nothing more of it."""
        if self._mirror is not None and self._draft is not None:
            self._mirror.forget(self._draft)
            self._draft = None

    def _record(
        self, kind: int, message: Message, cause: int, value: int = 0, detail: dict[str, str] | None = None
    ) -> None:
        message.entry = self._trace.record(kind, message.subject, self._place, cause, value, detail)
