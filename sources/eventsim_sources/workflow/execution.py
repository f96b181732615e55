"""What is known of one execution of a state machine?"""

import asyncio
from typing import Any, Literal

from msgspec import Struct

from eventsim import Clock, Lineage
from eventsim_sources.workflow.definition import Definition
from eventsim_sources.workflow.history import History
from eventsim_sources.workflow.limits import HISTORY_EVENTS_MAX, REDRIVABLE_US
from eventsim_sources.workflow.progress import Progress

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


class Plan(Struct, frozen=True, kw_only=True):
    """What an execution follows: the machine as it is, or one of its versions.

    Attributes:
        version_arn: the version's, "" for the machine itself.
        alias_arn: the alias by which the version was chosen, "" for none.
    """

    definition: Definition
    role_arn: str
    version_arn: str = ""
    alias_arn: str = ""


class Execution:
    """One execution.

    Attributes:
        subject: its subject in the trace.
        entry: the last trace entry about it.
        input: as JSON text.
        output: as JSON text, None while it runs and after a failure.
        map_run_arn: of the run of the distributed Map whose child it is, "" for no child.
        segment: the ids of its segment, None if X-Ray is not told of it.
        tasks_lineage: under which its tasks call others.
        ended: set with its end.
    """

    def __init__(
        self,
        *,
        arn: str,
        name: str,
        machine_arn: str,
        plan: Plan,
        input_text: str,
        is_express: bool,
        clock: Clock,
        subject: int,
        entry: int,
        lineage: Lineage | None,
    ) -> None:
        self.arn = arn
        self.name = name
        self.machine_arn = machine_arn
        self.definition = plan.definition
        self.input = input_text
        self.role_arn = plan.role_arn
        self.version_arn = plan.version_arn
        self.alias_arn = plan.alias_arn
        self.is_express = is_express
        self.subject = subject
        self.entry = entry
        self.lineage = self.tasks_lineage = lineage
        self.segment: dict[str, Any] | None = None
        self.started_us = clock.now_us
        self.stopped_us: int | None = None
        self.status: Status = "RUNNING"
        self.output: str | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.history = History(clock)
        self.progress = Progress()
        self.map_run_arn = ""
        self.redrives = 0
        self.redriven_us: int | None = None
        self.redrive_tokens: list[str] = []
        self._clock = clock
        self.ended: asyncio.Future[None] = clock.loop.create_future()
        self.task: asyncio.Task[Any] | None = None

    @property
    def trace_header(self) -> str:
        """X-Ray's header of who started it, "" for none."""
        return "" if self.lineage is None else self.lineage.trace_header

    def why_not_redrivable(self) -> str:
        """Return why it cannot go on from where it failed, "" if it can."""
        if self.is_express and not self.map_run_arn:
            return "Express workflows cannot be redriven"
        if self.status in ("RUNNING", "SUCCEEDED"):
            return f"Execution is {self.status} and cannot be redriven"
        if self._clock.now_us - (self.stopped_us or 0) > REDRIVABLE_US:
            return "Execution redrivable period exceeded"
        if len(self.history.events) >= HISTORY_EVENTS_MAX - 1:
            return "Execution history event limit exceeded"
        return ""

    def redrive(self) -> None:
        """Note that it goes on."""
        self.redrives += 1
        self.redriven_us = self._clock.now_us
        self.status, self.stopped_us, self.error, self.cause = "RUNNING", None, None, None
        self.ended = self._clock.loop.create_future()

    def end(self, status: Status, at_us: int, *, output: str | None = None) -> None:
        """Note its end."""
        self.status, self.stopped_us, self.output = status, at_us, output
        if not self.ended.done():
            self.ended.set_result(None)

    def status_detail(self) -> dict[str, Any]:
        """Return what events and parents are told of its status (documented)."""
        included, reason = {"included": True}, self.why_not_redrivable()
        return {
            "executionArn": self.arn,
            "stateMachineArn": self.machine_arn,
            "name": self.name,
            "status": self.status,
            "startDate": self._epoch_ms(self.started_us),
            "stopDate": self._epoch_ms(self.stopped_us),
            "input": self.input,
            "output": self.output,
            "stateMachineVersionArn": self.version_arn or None,
            "stateMachineAliasArn": self.alias_arn or None,
            "redriveCount": self.redrives,
            "redriveDate": self._epoch_ms(self.redriven_us),
            "redriveStatus": "NOT_REDRIVABLE" if reason else "REDRIVABLE",
            "redriveStatusReason": reason or None,
            "inputDetails": included,
            "outputDetails": None if self.output is None else included,
            "error": self.error,
            "cause": self.cause,
        }

    def _epoch_ms(self, at_us: int | None) -> int | None:
        return None if at_us is None else round(self._clock.date(at_us).timestamp() * 1000)
