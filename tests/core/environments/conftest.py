"""Execution environments, with everything below them and nothing above."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.environment.environment import Environment, Host, InitializationType
from eventsim.environment.premises import Ground
from eventsim.faults import Fault
from eventsim.function.duration import Constant
from eventsim.function.function import FunctionVersion, Handler
from eventsim.handler import wrapped_process
from eventsim.handler.hub import Strands
from eventsim.invocation import Invocation
from eventsim.loop import VirtualLoop
from eventsim.outcome import Attempt
from eventsim.segments import Segments
from eventsim.trace import Entry, Trace

ARN = "arn:aws:lambda:us-east-1:123456789012:function:f"
REQUEST_ID = "3f2d6f0e-8a0c-4e8d-9c8f-0f5b7f0f7a11"


class Machine:
    """A host, and a loop on which its environments run; functions take no time unless they say so."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop)
        self.trace = Trace(self.clock)
        self.strands = Strands(self.clock)
        self.segments = Segments(clock=self.clock, chance=Chance(1), trace=self.trace)
        self.environments: list[Environment] = []
        ground = Ground(
            clock=self.clock,
            chance=Chance(1),
            trace=self.trace,
            strands=self.strands,
            region="us-east-1",
            tmp_root=folder / "environments",
            segments=self.segments,
        )
        self.host = Host(ground)

    def version(self, code: str | Handler | Mapping[str, str], handler: str = "app.handler", **settings: Any) -> Any:
        """Return a function's version: from the text of `app.py`, of several files, or from a callable."""
        times = {"duration": Constant(0), "init_duration": Constant(0), **settings}
        if callable(code):
            return FunctionVersion(function="f", version="$LATEST", function_arn=ARN, handler=code, **times)
        task = self.folder / "task"
        for name, text in ({"app.py": code} if isinstance(code, str) else code).items():
            (task / name).parent.mkdir(parents=True, exist_ok=True)
            (task / name).write_text(text)
        return FunctionVersion(function="f", version="$LATEST", function_arn=ARN, handler=handler, code=task, **times)

    def open(self, code: Any, initialization_type: InitializationType = "on-demand", **settings: Any) -> Environment:
        """Return a new, cold environment."""
        environment = self.host.open(self.version(code, **settings), initialization_type)
        self.environments.append(environment)
        return environment

    def invoke(self, environment: Environment, event: Any = None, fault: Fault | None = None, **others: Any) -> Attempt:
        """Run one invocation to its end."""
        attempts: list[Attempt] = []
        with wrapped_process():
            environment.invoke(self.invocation(event, **others), attempts.append, fault)
            self.loop.run_until(None)
        (attempt,) = attempts
        return attempt

    def invoke_together(self, *environments: Environment, event: Any = None) -> list[Attempt]:
        """Run one invocation in each environment at the same time; return the attempts in the order of their ends."""
        attempts: list[Attempt] = []
        with wrapped_process():
            for environment in environments:
                environment.invoke(self.invocation(event), attempts.append)
            self.loop.run_until(None)
        return attempts

    def prepare(self, environment: Environment) -> bool:
        """Run the init phase ahead of time; tell whether the environment is ready."""
        ready: list[bool] = []
        with wrapped_process():
            environment.prepare(ready.append)
            self.loop.run_until(None)
        (is_ready,) = ready
        return is_ready

    def invocation(self, event: Any = None, **others: Any) -> Invocation:
        """Return a synchronous invocation."""
        subject = self.trace.new_subject("invocation", "i")
        settings = {"request_id": REQUEST_ID, "mode": "synchronous", "subject": subject, **others}
        return Invocation(function="f", event=event, **settings)

    def entries(self, kind: str) -> list[Entry]:
        """Return all entries of a kind."""
        return [entry for entry in self.trace.entries() if entry.kind == kind]

    def logged(self) -> list[str]:
        """Return all log events that belong to no START or REPORT."""
        return [entry.detail["text"] for entry in self.entries("logged")]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    """A machine on which environments run, with user code in its wrapped process."""
    machine = Machine(tmp_path)
    yield machine
    with wrapped_process():
        for environment in machine.environments:
            environment.close()
        machine.strands.close()
    machine.loop.close()
    machine.trace.close()
