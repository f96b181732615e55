"""What is known of a distributed Map at work? Its settings, its children, and how far they are."""

from collections.abc import Mapping
from typing import Any, Literal, Protocol

from eventsim import Clock
from eventsim_sources.workflow.definition import Definition
from eventsim_sources.workflow.execution import Execution

_COUNTED = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}


class MapRun:
    """One run of a distributed Map.

    Attributes:
        inputs_count: how many children there will be.
        tolerated_count, tolerated_percentage: how many of them may fail; they may be changed while it runs.
    """

    def __init__(
        self,
        *,
        arn: str,
        execution_arn: str,
        inputs_count: int,
        concurrency_max: int,
        tolerated_count: int,
        tolerated_percentage: float,
        clock: Clock,
    ) -> None:
        self.arn = arn
        self.execution_arn = execution_arn
        self.inputs_count = inputs_count
        self.concurrency_max = concurrency_max
        self.tolerated_count = tolerated_count
        self.tolerated_percentage = tolerated_percentage
        self.status: Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"] = "RUNNING"
        self.started_us = clock.now_us
        self.stopped_us: int | None = None
        self.children: list[Execution] = []
        self.results_written = 0
        self._clock = clock

    def tolerated(self) -> int:
        """Return how many children may fail."""
        return max(self.tolerated_count, int(self.tolerated_percentage * self.inputs_count / 100))

    def end(self, status: Literal["SUCCEEDED", "FAILED", "ABORTED"]) -> None:
        """Note its end."""
        if self.status == "RUNNING":
            self.status, self.stopped_us = status, self._clock.now_us

    def counts(self) -> dict[str, int]:
        """Return how many children are in which state."""
        counts = dict.fromkeys((*_COUNTED.values(), "running"), 0)
        for child in self.children:
            counts[_COUNTED.get(child.status, "running")] += 1
        pending = self.inputs_count - len(self.children)
        return {**counts, "pending": pending, "total": self.inputs_count, "resultsWritten": self.results_written}


class Children(Protocol):
    """Who runs the children of distributed Maps."""

    def begin_child(
        self, parent: Execution, run: MapRun, definition: Definition, input_text: str, settings: Mapping[str, Any]
    ) -> Execution:
        """Start a child."""

    def stop_child(self, child: Execution) -> None:
        """Abort a child; one that has ended stays as it is."""

    def new_run(self, parent: Execution, label: str, settings: Mapping[str, Any], inputs_count: int) -> MapRun:
        """Return a run, known from now on."""
