"""What is known of a distributed Map at work? Its settings, its children, and how far they are."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from eventsim import Clock
from eventsim_sources.workflow.definition import Definition
from eventsim_sources.workflow.execution import Execution
from eventsim_sources.workflow.failure import TOLERANCE, StateFailed
from eventsim_sources.workflow.progress import Place

_UNSUCCESSFUL = ("FAILED", "TIMED_OUT", "ABORTED")
_COUNTED = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}


def may_fail(count: float, percentage: float, *, of: int) -> int:
    """Return how many of so many may fail, if a number and a share are tolerated: the larger."""
    return max(int(count), int(percentage * of / 100))


def too_many_failed() -> StateFailed:
    """Return the failure of a Map of which more failed."""
    return StateFailed(TOLERANCE, "The specified tolerated failure threshold was exceeded")


class MapRun:
    """One run of a distributed Map.

    Attributes:
        place: the state that began it, and where its line was.
        inputs: what the children get, None until it is known.
        begun: the children by the place of their input; one that is begun anew takes the place of the earlier one.
        tolerated_count, tolerated_percentage: how many of them may fail; they may be changed while it runs.
    """

    def __init__(
        self,
        *,
        arn: str,
        execution_arn: str,
        place: Place,
        concurrency_max: int,
        tolerated_count: int,
        tolerated_percentage: float,
        clock: Clock,
    ) -> None:
        self.arn = arn
        self.execution_arn = execution_arn
        self.place = place
        self.inputs: Sequence[Any] | None = None
        self.begun: dict[int, Execution] = {}
        self.concurrency_max = concurrency_max
        self.tolerated_count = tolerated_count
        self.tolerated_percentage = tolerated_percentage
        self.status: Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"] = "RUNNING"
        self.started_us = clock.now_us
        self.stopped_us: int | None = None
        self.redrives = 0
        self.redriven_us: int | None = None
        self.results_written = 0
        self._item_counts: list[int] = []
        self._clock = clock

    @property
    def children(self) -> list[Execution]:
        """The children, in the order of their inputs."""
        return list(self.begun.values())

    def know(self, inputs: Sequence[Any], *, is_batched: bool) -> None:
        """Note what its children get."""
        self.inputs = inputs
        self._item_counts = [len(each["Items"]) if is_batched else 1 for each in inputs]

    def tolerated(self) -> int:
        """Return how many children may fail."""
        return may_fail(self.tolerated_count, self.tolerated_percentage, of=len(self._item_counts))

    def redrive(self) -> None:
        """Note that it goes on."""
        self.redrives += 1
        self.status, self.stopped_us, self.redriven_us = "RUNNING", None, self._clock.now_us

    def end(self, status: Literal["SUCCEEDED", "FAILED", "ABORTED"]) -> None:
        """Note its end."""
        if self.status == "RUNNING":
            self.status, self.stopped_us = status, self._clock.now_us

    def item_count(self, child: Execution) -> int:
        """Return how many items a child has got."""
        return next(self._item_counts[at] for at, each in self.begun.items() if each is child)

    def child_counts(self) -> dict[str, int]:
        """Return how many children are in which state."""
        return self._counts([1] * len(self._item_counts), bool(self.results_written))

    def item_counts(self) -> dict[str, int]:
        """Return how many items are with children in which state."""
        return self._counts(self._item_counts, bool(self.results_written))

    def _counts(self, sizes: Sequence[int], are_written: bool) -> dict[str, int]:
        counts = dict.fromkeys((*_COUNTED.values(), "running", "failuresNotRedrivable", "pendingRedrive"), 0)
        for at, child in self.begun.items():
            counts[_COUNTED.get(child.status, "running")] += sizes[at]
            if child.status in _UNSUCCESSFUL and child.why_not_redrivable():
                counts["failuresNotRedrivable"] += sizes[at]
        total, begun = sum(sizes), sum(sizes[at] for at in self.begun)
        return {**counts, "pending": total - begun, "total": total, "resultsWritten": begun if are_written else 0}


class Children(Protocol):
    """Who runs the children of distributed Maps."""

    def begin_child(
        self, parent: Execution, run: MapRun, definition: Definition, at: int, settings: Mapping[str, Any]
    ) -> Execution:
        """Start the child that gets an input of the run, by its place."""

    def redrive_child(self, child: Execution) -> None:
        """Have a child go on from where it failed."""

    def stop_child(self, child: Execution) -> None:
        """Abort a child; one that has ended stays as it is."""

    def new_run(self, parent: Execution, label: str, place: Place, settings: Mapping[str, Any]) -> MapRun:
        """Return a run, known from now on."""

    def earlier_run(self, parent: Execution, place: Place) -> MapRun | None:
        """Return the last run that a state of an execution has begun, None if there is none."""
