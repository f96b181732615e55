"""What does a pipe do with a batch? Enrich it, shape it, deliver it; what fails goes back where it came from.

A pipe polls as an event source mapping does: filters, batches, windows, retries, bisecting and dead letters are those
of mappings. What it tells of a batch is what a function would return: nothing, or which items have failed.
"""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from eventsim import ApiError, Attempt, Caller, Failure, Invocation, Success, World
from eventsim_sources.bus.event import event_time
from eventsim_sources.delegation import check_reading
from eventsim_sources.input_template import UnfitInput
from eventsim_sources.pipe.event import elements, flat, rendered
from eventsim_sources.pipe.failure import BatchFailed
from eventsim_sources.pipe.journal import Journal, Passage, Stage
from eventsim_sources.pipe.reach import Errand, Reach
from eventsim_sources.pipe.settings import Settings, service_of

_IDENTIFIERS = {"sqs": ("messageId",), "kinesis": ("sequenceNumber",), "dynamodb": ("dynamodb", "SequenceNumber")}


class Pipe:
    """A pipe of EventBridge.

    Attributes:
        is_running: whether it takes from its source.
        trouble: in which state it is instead, and why; None for no trouble.
    """

    kind: ClassVar[str] = "pipes"

    def __init__(self, world: World, name: str, settings: Settings) -> None:
        self.name = name
        self.arn = f"arn:aws:pipes:{world.region}:{world.account_id}:pipe/{name}"
        self.settings = settings
        self.created_us = self.modified_us = world.clock.now_us
        self.tags: dict[str, str] = {}
        self.is_running = False
        self.trouble: tuple[str, str] | None = None
        self._world = world
        self._reach = world.share(Reach)
        self._journal = Journal(world, name)
        with _in_words_of_pipes():
            self._feed = world.open_feed(f"pipe {name}", _feed_of(self.arn, settings), self._take, target_arn=self.arn)
        self._counts = dict.fromkeys(("batches", "events", "delivered", "failed"), 0)
        self._tasks: set[Any] = set()

    def summary(self) -> Mapping[str, int]:
        """Return how many batches and events came, and what became of them."""
        return dict(self._counts)

    def start(self, *, failing: str = "START_FAILED") -> None:
        """Take from the source, if the role may.

        Args:
            failing: the state in which it is if not.
        """
        if not self.is_running and self._may_read(failing):
            self.is_running = True
            self._journal.changed("RUNNING")
            self._feed.start()
            if self._world.clock.is_bygone:  # nobody knows the role yet
                self._world.clock.soon(self._look_again, failing)

    def stop(self) -> None:
        """Take no more; batches on their way end as they end."""
        self.trouble = None
        if self.is_running:
            self.is_running = False
            self._journal.changed("STOPPED")
            self._feed.stop()

    def change(self, settings: Settings) -> None:
        """Take other settings; the source stays, and how far it is.

        Raises:
            ApiError: the source cannot be polled so; nothing has changed.
        """
        if settings.of_feed() != self.settings.of_feed():
            with _in_words_of_pipes():
                self._feed.change(_feed_of(self.arn, settings))
        self.settings = settings
        self.modified_us = self._world.clock.now_us
        self._look_again("UPDATE_FAILED")

    def _look_again(self, failing: str) -> None:
        if self.is_running and not self._may_read(failing):
            trouble = self.trouble
            self.stop()
            self.trouble = trouble

    def _may_read(self, failing: str) -> bool:
        caller = Caller(arn=self.arn, role_arn=self.settings.role_arn)
        try:
            check_reading(self._world, self.settings.source, caller)
        except ApiError as error:
            self.trouble = (failing, error.message)
            self._journal.changed(failing)
            return False
        self.trouble = None
        return True

    # --- one batch -------------------------------------------------------------------------------------

    def _take(self, invocation: Invocation, ended: Callable[[Attempt], None]) -> None:
        """Begin with a batch; what came of it is told in a later step."""
        task = self._world.clock.loop.create_task(self._carry(invocation, ended))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, invocation: Invocation, ended: Callable[[Attempt], None]) -> None:
        records = elements(invocation.event)
        self._counts["batches"] += 1
        self._counts["events"] += len(records)
        entry = self._journal.took(invocation.subject, invocation.cause, len(records))
        now_us = self._world.clock.now_us
        stage: Stage = "enrichment" if self.settings.enrichment else "target"
        passage = Passage(invocation.subject, stage, begun_us=now_us, stage_begun_us=now_us)
        try:
            failed = await self._through(records, invocation, passage, entry)
        except (BatchFailed, UnfitInput) as failure:
            places = failure.places if isinstance(failure, BatchFailed) else None
            entry = self._journal.failed(passage, entry, str(failure), is_partial=places is not None)
            self._counts["failed"] += len(records) if places is None else len(places)
            if places is None or self.settings.enrichment or not self.settings.reports_failures:
                payload = json.dumps({"errorMessage": str(failure), "errorType": "PipeFailed"})
                outcome = Failure(error_type="PipeFailed", message=str(failure), payload=payload)
                ended(Attempt(outcome=outcome, entry=entry))
                return
            failed = [self._identifier(records[place]) for place in sorted(places)]
        items = [{"itemIdentifier": each} for each in failed]
        payload = json.dumps({"batchItemFailures": items}) if items else "null"
        ended(Attempt(outcome=Success(payload), entry=entry))

    async def _through(
        self, records: list[dict[str, Any]], invocation: Invocation, passage: Passage, entry: int
    ) -> list[str]:
        settings, named = self.settings, self._named()
        errand = Errand(arn=self.arn, role_arn=settings.role_arn, cause=entry, lineage=invocation.lineage)
        events: list[Any] = [flat(record) for record in records]
        if settings.enrichment:
            texts = [rendered(settings.enrichment_template, event, named) for event in events]
            events = await self._reach.enrich(settings, events, texts, errand)
            told = settings.enrichment.rpartition(":")[2]
            entry = self._journal.enriched(passage, entry, len(events), told)
            if not events:
                return []
        texts = [rendered(settings.target_template, event, named) for event in events]
        errand = Errand(arn=self.arn, role_arn=settings.role_arn, cause=entry, lineage=invocation.lineage)
        failed = await self._reach.deliver(settings, events, texts, errand)
        count = len(events) - len(failed)
        self._journal.delivered(passage, entry, count, self._told_target(), failed_count=len(failed))
        self._counts["delivered"] += count
        return failed

    def _told_target(self) -> str:
        return self.settings.target.partition(":")[2].rpartition(":")[2]

    def _named(self) -> dict[str, str]:
        return {
            "aws.pipes.pipe-arn": self.arn,
            "aws.pipes.pipe-name": self.name,
            "aws.pipes.source-arn": self.settings.source,
            "aws.pipes.target-arn": self.settings.target,
            "aws.pipes.event.ingestion-time": event_time(self._world.clock.date()),
        }

    def _identifier(self, record: Mapping[str, Any]) -> str:
        if service_of(self.settings.source) == "kafka":
            return f"{record['eventSourceKey']}-{record['offset']}"
        found: Any = flat(record)
        for name in _IDENTIFIERS[service_of(self.settings.source)]:
            found = found[name]
        return str(found)


def _feed_of(arn: str, settings: Settings) -> dict[str, Any]:
    """Return the settings of a pipe's feed; of Kafka it reads as a group that is the pipe's, unless it names one."""
    own = {"consumer_group": arn} if service_of(settings.source) == "kafka" else {}
    return {**own, **settings.of_feed()}


@contextlib.contextmanager
def _in_words_of_pipes() -> Iterator[None]:
    """Let what a mapping would be refused have the code of this service."""
    try:
        yield
    except ApiError as error:
        raise ApiError("ValidationException", error.message) from error
