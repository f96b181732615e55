"""May messages move between these two queues, and how does a move task bring them back?"""

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Self

from msgspec import Struct

from eventsim import World
from eventsim_sources.queue import errors
from eventsim_sources.queue.limits import MOVE_RATE_DEFAULT, SECOND_US
from eventsim_sources.queue.message import Message
from eventsim_sources.queue.settings import RedrivePolicy

if TYPE_CHECKING:
    from eventsim_sources.queue.source import Queue

FindQueue = Callable[[str], "Queue | None"]


def check_redrive(source_arn: str, policy: RedrivePolicy, find: FindQueue, *, is_fifo: bool, given: str = "") -> None:
    """Check that a queue may send its dead letters where its policy says.

    Args:
        given: the policy as the caller wrote it, for the refusal.

    Raises:
        ApiError: There is no such queue, or it is of the other type, the same queue, or denies it; the words are
            unconfirmed.
    """
    text = given or json.dumps(
        {"deadLetterTargetArn": policy.target_arn, "maxReceiveCount": policy.receive_count_max}, separators=(",", ":")
    )
    target = find(policy.target_arn)
    if target is None:
        is_near = policy.target_arn.rpartition(":")[0] == source_arn.rpartition(":")[0]
        reason = "Dead letter target does not exist." if is_near else "Invalid value for deadLetterTargetArn."
        raise errors.value_invalid(text, "RedrivePolicy", reason)
    if policy.target_arn == source_arn:
        raise errors.value_invalid(text, "RedrivePolicy", "A queue cannot be its own dead letter target.")
    if target.settings.is_fifo != is_fifo:
        raise errors.value_invalid(text, "RedrivePolicy", "Dead-letter queue must be same type of queue as the source.")
    if not accepts_dead_letters(target, source_arn):
        raise errors.value_invalid(
            text, "RedrivePolicy", "Redrive allow policy of the dead letter target does not allow this source queue."
        )


def accepts_dead_letters(target: "Queue", source_arn: str) -> bool:
    """Tell whether a queue takes dead letters from another."""
    allow = target.settings.redrive_allow
    return allow is None or allow.allows(source_arn)


MOVE_TASK = "message move task"
"""What a task is called among all that is on its way."""


class KeptTask(Struct, frozen=True, kw_only=True, gc=False):
    """What the next server needs to go on with a move task; it goes with the messages that have been moved."""

    source_arn: str
    task_id: str
    destination_arn: str | None
    rate: int | None
    is_cancelled: bool
    moved_count: int
    to_move_count: int
    started_ms: int


class MoveTask:
    """One message move task: every second it moves as many messages as its rate allows.

    With a database, the next server goes on with it.
    """

    def __init__(
        self,
        world: World,
        source: "Queue",
        task_id: str,
        *,
        destination_arn: str | None,
        rate: int | None,
        number: int = 0,
    ) -> None:
        self.task_id = task_id
        self.destination_arn = destination_arn
        self.rate = rate
        self.status: Literal["RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"] = "RUNNING"
        self.failure = ""
        self.moved_count = 0
        self.to_move_count = source.store.counts(world.clock.now_us).visible
        self.started_ms = world.clock.epoch_ms()
        self._world = world
        self._source = source
        self._transit = world.transit(MOVE_TASK)
        self._number = number
        if self._transit is not None and not number:
            self._number = self._transit.new_number()
        self._keep()
        world.clock.soon(_step, self)

    @classmethod
    def again(cls, world: World, source: "Queue", number: int, kept: KeptTask) -> Self:
        """Return a task that an earlier server left, and go on with it.

        Args:
            number: under which it was kept.
        """
        task = cls(world, source, kept.task_id, destination_arn=kept.destination_arn, rate=kept.rate, number=number)
        task.moved_count, task.to_move_count = kept.moved_count, kept.to_move_count
        task.started_ms = kept.started_ms
        if kept.is_cancelled:
            task.cancel()
        return task

    @property
    def handle(self) -> str:
        """The handle by which the task is cancelled."""
        members = {"taskId": self.task_id, "sourceArn": self._source.arn}
        return base64.b64encode(json.dumps(members, separators=(",", ":")).encode()).decode()

    def cancel(self) -> None:
        """Stop before the next messages are moved."""
        if self.status == "RUNNING":
            self.status = "CANCELLING"
            self._keep()

    def described(self) -> dict[str, Any]:
        """Return the task as ListMessageMoveTasks tells it."""
        members: dict[str, Any] = {
            "SourceArn": self._source.arn,
            "Status": self.status,
            "ApproximateNumberOfMessagesMoved": self.moved_count,
            "ApproximateNumberOfMessagesToMove": self.to_move_count,
            "StartedTimestamp": self.started_ms,
        }
        if self.status == "RUNNING":
            members["TaskHandle"] = self.handle
        if self.destination_arn is not None:
            members["DestinationArn"] = self.destination_arn
        if self.rate is not None:
            members["MaxNumberOfMessagesPerSecond"] = self.rate
        if self.failure:
            members["FailureReason"] = self.failure
        return members

    def step(self) -> None:
        """Move this second's messages, and come again in a second if there are more."""
        self._move()
        self._keep()
        if self.status == "RUNNING":
            self._world.clock.at(self._world.clock.now_us + SECOND_US, _step, self)

    def _move(self) -> None:
        if self.status == "CANCELLING":
            self.status = "CANCELLED"
            return
        if self._source.is_deleted:
            self.failure = "AWS.SimpleQueueService.NonExistentQueue"
            self.status = "FAILED"
            return
        limit = min(self.rate or MOVE_RATE_DEFAULT, self.to_move_count - self.moved_count)
        if limit > 0:
            messages = self._source.withdraw(limit, self._may_leave)
            for message in messages:
                destination = self._destination(message)
                assert destination is not None, "only a message that has a destination leaves"
                destination.renew(message)
            self.moved_count += len(messages)
            if self.failure:
                self.status = "FAILED"
                return
            if len(messages) == limit and self.moved_count < self.to_move_count:
                return
        self.status = "COMPLETED"

    def _keep(self) -> None:
        """Let the next server know how far it has come, or that it has ended."""
        if self._transit is None:
            return
        if self.status in ("RUNNING", "CANCELLING"):
            self._transit.put(self._number, self._kept)
        else:
            self._transit.drop(self._number)

    def _kept(self) -> KeptTask:
        return KeptTask(
            source_arn=self._source.arn,
            task_id=self.task_id,
            destination_arn=self.destination_arn,
            rate=self.rate,
            is_cancelled=self.status == "CANCELLING",
            moved_count=self.moved_count,
            to_move_count=self.to_move_count,
            started_ms=self.started_ms,
        )

    def _may_leave(self, message: Message) -> bool:
        if self._destination(message) is None:
            has_source = self.destination_arn or message.extras.dead_letter_source_arn
            self.failure = "AWS.SimpleQueueService.NonExistentQueue" if has_source else "CouldNotDetermineMessageSource"
            return False
        return True

    def _destination(self, message: Message) -> "Queue | None":
        return self._source.find(self.destination_arn or message.extras.dead_letter_source_arn or "")


def _step(task: MoveTask) -> None:
    task.step()
