"""What is known of one execution of a state machine?"""

import asyncio
from typing import Any, Literal

from eventsim import Clock, Lineage
from eventsim_sources.workflow.definition import Definition
from eventsim_sources.workflow.history import History

Status = Literal["RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"]


class Execution:
    """One execution.

    Attributes:
        subject: its subject in the trace.
        entry: the last trace entry about it.
        input: as JSON text.
        output: as JSON text, None while it runs and after a failure.
        ended: set with its end.
    """

    def __init__(
        self,
        *,
        arn: str,
        name: str,
        machine_arn: str,
        definition: Definition,
        input_text: str,
        role_arn: str,
        is_express: bool,
        clock: Clock,
        subject: int,
        entry: int,
        lineage: Lineage | None,
    ) -> None:
        self.arn = arn
        self.name = name
        self.machine_arn = machine_arn
        self.definition = definition
        self.input = input_text
        self.role_arn = role_arn
        self.is_express = is_express
        self.subject = subject
        self.entry = entry
        self.lineage = lineage
        self.started_us = clock.now_us
        self.stopped_us: int | None = None
        self.status: Status = "RUNNING"
        self.output: str | None = None
        self.error: str | None = None
        self.cause: str | None = None
        self.history = History(clock)
        self.ended: asyncio.Future[None] = clock.loop.create_future()
        self.task: asyncio.Task[Any] | None = None

    def end(self, status: Status, at_us: int, *, output: str | None = None) -> None:
        """Note its end."""
        self.status, self.stopped_us, self.output = status, at_us, output
        if not self.ended.done():
            self.ended.set_result(None)
