"""A small world for the rooms between an event and its function: stand-ins at both ends."""

import gc
import os
import sys
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.dispatch.concurrency import AccountConcurrency
from eventsim.dispatch.destination import Destinations
from eventsim.dispatch.dispatch import Dispatch
from eventsim.dispatch.event_queue import EventQueue
from eventsim.dispatch.stand_in import Pile, Play
from eventsim.durable.executions import DurableExecutions
from eventsim.faults import FaultSpec, build_faults
from eventsim.function.function import Function, Functions, FunctionVersion
from eventsim.invocation import Invocation
from eventsim.loop import VirtualLoop
from eventsim.mapping.mapping import Mappings
from eventsim.mapping.stand_in import Tape
from eventsim.outcome import Attempt, Outcome
from eventsim.segments import Segments
from eventsim.target import Target
from eventsim.trace import Entry, Trace

# A busy machine is no reason to fail: what is slow is told by the benchmarks.
hypothesis.settings.register_profile("patient", hypothesis.settings.get_profile("default"), deadline=None)
hypothesis.settings.register_profile("ci", hypothesis.settings.get_profile("ci"), deadline=None)
hypothesis.settings.load_profile("ci" if "CI" in os.environ else "patient")


def pytest_configure(config: pytest.Config) -> None:
    """Let the thousand processes that tests start share byte code, also where none is written beside the sources."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    cache = getattr(config, "cache", None)  # there is none without pytest's plugin for it
    os.environ["PYTHONPYCACHEPREFIX"] = str(cache.mkdir("bytecode")) if cache else ""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, None, object]:
    """Let what has been imported stay for good: to look through it for garbage again and again takes minutes in all.

    What tests leave, mostly models of AWS's services, is looked through seldom.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(50_000, 20, 20)


class SmallWorld:
    """Functions that all answer from one Python function, and the doors to them."""

    def __init__(
        self, handler: Callable[[Any], Any], limit: int, faults: list[FaultSpec], play: Mapping[str, int]
    ) -> None:
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop)
        self.trace = Trace(self.clock)
        self.play = Play(self.clock, self.trace, handler, **play)
        self.targets: dict[str, Target] = {}
        self.sources: dict[str, Pile | Tape] = {}
        self.functions = Functions("us-east-1", "123456789012")
        self.segments = Segments(clock=self.clock, chance=Chance(1), trace=self.trace)
        parts: Any = {"clock": self.clock, "chance": Chance(1), "trace": self.trace}
        self.dispatch = Dispatch(
            **parts,
            functions=self.functions,
            account=AccountConcurrency(limit),
            host=self.play,
            segments=self.segments,
        )
        self.dispatch.faults = build_faults(faults, Chance(1))
        destinations = Destinations(**parts, find=self.targets.get)
        doors: Any = {**parts, "functions": self.functions, "dispatch": self.dispatch, "destinations": destinations}
        durable = DurableExecutions(**doors, find=self.targets.get, transit=None)
        self.queue = EventQueue(**doors, durable=durable)
        self.mappings = Mappings(
            **parts,
            functions=self.functions,
            invoke=self.dispatch.invoke,
            destinations=destinations,
            find=self.sources.get,
        )
        self.attempts: list[Attempt] = []

    def add(
        self,
        name: str = "f",
        versions: tuple[str, ...] = ("$LATEST",),
        *,
        is_tenant_isolated: bool = False,
        **settings: Any,
    ) -> Function:
        """Make a function known, or replace it."""
        arn = self.functions.arn(name)
        of_version = {
            version: FunctionVersion(
                function=name,
                version=version,
                function_arn=arn,
                handler="app.handler",
                is_tenant_isolated=is_tenant_isolated,
            )
            for version in versions
        }
        function = Function(name=name, arn=arn, versions=of_version, **settings)
        self.functions.replace(function)
        self.dispatch.configure(function)
        return function

    def pile(self, name: str = "pile", **settings: Any) -> Pile:
        """Make a source known."""
        pile = self.sources[name] = Pile(self.clock, self.trace, **settings)
        return pile

    def tape(self, name: str = "tape", **settings: Any) -> Tape:
        """Make an ordered source known."""
        tape = self.sources[name] = Tape(self.clock, self.trace, **settings)
        return tape

    def invoke(self, function: str = "f", event: object = None, **settings: Any) -> None:
        """Ask for a synchronous invocation now; its attempt goes to the list."""
        invocation = Invocation(function=function, request_id="r", event=event, mode="synchronous", **settings)
        self.dispatch.invoke(invocation, self.attempts.append)

    def at(self, at_s: float, do: Callable[[], object]) -> None:
        """Do something later."""
        self.clock.at(round(at_s * 1_000_000), lambda _: do(), None)

    def run(self, until_s: float | None = None) -> list[Outcome]:
        """Run, until idle or to an instant, and return the outcomes of all synchronous invocations so far."""
        self.loop.run_until(None if until_s is None else round(until_s * 1_000_000))
        return [attempt.outcome for attempt in self.attempts]

    def told(self, kind: str) -> list[Entry]:
        """Return the trace's entries of a kind."""
        return [entry for entry in self.trace.entries() if entry.kind == kind]

    def close(self) -> None:
        """Give everything back."""
        self.loop.close()
        self.trace.close()


@pytest.fixture
def build() -> Iterator[Callable[..., SmallWorld]]:
    """Return what builds small worlds: `build(handler, limit=…, faults=[…], duration_us=…, init_us=…)`."""
    worlds: list[SmallWorld] = []

    def build_one(
        handler: Callable[[Any], Any] = lambda event: event,
        *,
        limit: int = 1_000,
        faults: list[FaultSpec] | None = None,
        **play: int,
    ) -> SmallWorld:
        worlds.append(SmallWorld(handler, limit, faults or [], play))
        return worlds[-1]

    yield build_one
    for world in worlds:
        world.close()


@pytest.fixture
def extension(tmp_path: Path) -> Callable[..., str]:
    """Return what writes a layer with extensions of these names, which do what the function's variables ask for."""

    def write(*names: str, mode: int = 0o755, text: str | None = None) -> str:
        folder = tmp_path / "layer" / "extensions"
        folder.mkdir(parents=True, exist_ok=True)
        if text is None:
            text = (Path(__file__).parent / "data" / "extension.py").read_text()
        for name in names:
            (folder / name).write_text(f"#!{sys.executable} -SE\n{text}")
            (folder / name).chmod(mode)
        return str(folder.parent)

    return write


@pytest.fixture
def program(tmp_path: Path) -> Callable[..., Path]:
    """Return what writes the code of a function that is a program: its `bootstrap` does what its events ask for."""

    def write(name: str = "bootstrap", mode: int = 0o755) -> Path:
        folder = tmp_path / "program"
        folder.mkdir(exist_ok=True)
        text = (Path(__file__).parent / "data" / "bootstrap.py").read_text()
        (folder / name).write_text(f"#!{sys.executable} -SE\n{text}")
        (folder / name).chmod(mode)
        return folder

    return write
