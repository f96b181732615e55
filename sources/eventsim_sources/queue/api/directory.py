"""Which queue does a request mean? The queues of an account by name, and the names that rest."""

from collections.abc import Mapping
from typing import Any

from eventsim import Request, World
from eventsim_sources.parameters import text
from eventsim_sources.queue import errors
from eventsim_sources.queue.limits import RECREATE_INTERVAL_US
from eventsim_sources.queue.names import name_and_account
from eventsim_sources.queue.source import Queue


class Directory:
    """The queues of a simulation, as API calls find them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._queues: Mapping[str, Any] = world.sources(Queue.kind)
        self._deleted_us: dict[str, int] = {}

    def queues(self) -> dict[str, Queue]:
        """Return all queues by name."""
        return {name: queue for name, queue in self._queues.items() if isinstance(queue, Queue)}

    def find(self, name: str) -> Queue | None:
        """Return the queue of this name, None if there is none."""
        queue = self._queues.get(name)
        return queue if isinstance(queue, Queue) else None

    def named(self, name: str, account_id: str = "") -> Queue:
        """Return the queue of this name.

        Raises:
            ApiError: There is none, or the account is not this one.
        """
        queue = self.find(name)
        if queue is None or account_id not in ("", self.world.account_id):
            raise errors.queue_missing()
        return queue

    def of(self, request: Request) -> Queue:
        """Return the queue that a request's QueueUrl means.

        Raises:
            ApiError: The parameter is missing, or there is no such queue.
        """
        url = text(request, "QueueUrl")
        if not url:
            raise errors.parameter_missing("QueueUrl")
        return self.named(*name_and_account(url))

    def by_arn(self, arn: str) -> Queue | None:
        """Return the queue with this ARN, if there is one."""
        target = self.world.target(arn)
        return target if isinstance(target, Queue) else None

    def rest(self, name: str) -> None:
        """Let a name rest, because its queue is deleted."""
        self._deleted_us[name] = self.world.clock.now_us

    def is_resting(self, name: str) -> bool:
        """Tell whether a queue of this name was deleted within the last minute."""
        deleted_us = self._deleted_us.get(name)
        return deleted_us is not None and self.world.clock.now_us - deleted_us < RECREATE_INTERVAL_US
