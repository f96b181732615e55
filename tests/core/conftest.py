"""User code in a strand, with the process that it sees, and nothing else of a simulation."""

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.handler import event_loop, threads, wrapped_process
from eventsim.handler.hub import Strands
from eventsim.handler.interpose import Interposition
from eventsim.handler.modules import ModuleSpace
from eventsim.handler.strand import Raised
from eventsim.handler.surroundings import Surroundings
from eventsim.loop import VirtualLoop


class UserProcess:
    """Environments, and a loop on which functions run in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop)
        self.written: list[str] = []

    def environment(
        self, name: str = "one", *, code: Path | None = None, seed: int = 1, **settings: Any
    ) -> Surroundings:
        """Return the surroundings of a new environment; without `code` its handler is an object of the process."""
        return Surroundings(
            clock=self.clock,
            luck=Chance(seed).stream("environment", name),
            environ=settings.pop("environ", {"AWS_LAMBDA_FUNCTION_NAME": name}),
            modules=ModuleSpace([] if code is None else [code, *settings.pop("layers", [])]),
            task_root=code or self.folder,
            tmp_path=self.folder / "environments" / name,
            write=self.written.append,
            **settings,
        )

    def run(self, *runs: tuple[Surroundings, Callable[[], object]]) -> list[Any]:
        """Run functions at the same time, each in its environment; return what they returned."""
        with wrapped_process():
            return asyncio.Runner(loop_factory=lambda: self.loop).run(self._run(runs))

    async def _run(self, runs: tuple[tuple[Surroundings, Callable[[], object]], ...]) -> list[Any]:
        strands = Strands(self.clock)
        ends = [self.loop.create_future() for _ in runs]
        for (surroundings, function), end in zip(runs, ends, strict=True):
            strands.start(surroundings, function, end.set_result)
        outcomes = await asyncio.gather(*ends)
        strands.close()
        for outcome in outcomes:
            if isinstance(outcome, Raised):
                raise outcome.error
        return [outcome.value for outcome in outcomes]

    def inside(self, function: Callable[[], object], surroundings: Surroundings | None = None) -> Any:
        """Run one function, in a new environment unless one is given."""
        return self.run((surroundings or self.environment(), function))[0]


@pytest.fixture
def user_process(tmp_path: Path) -> Iterator[UserProcess]:
    """A process as user code sees it."""
    process_of_user_code = UserProcess(tmp_path)
    yield process_of_user_code
    process_of_user_code.loop.close()


class Anywhere:
    """The surroundings of code that looks at nothing of its process."""

    def arrive(self) -> None:
        """Have nothing to swap."""


class Handlers:
    """Functions run in strands that have threads and event loops, and nothing else of a simulation."""

    def __init__(self) -> None:
        self.loop = VirtualLoop()
        self.clock = Clock(self.loop)
        self.strands = Strands(self.clock)
        self.place = Anywhere()

    def start(self, *functions: Callable[[], Any]) -> list[Any]:
        """Start functions in one environment, in turn; return the list in which their outcomes will be."""
        outcomes: list[Any] = []
        for function in functions:
            self.loop.soon(lambda run: self.strands.start(self.place, run, outcomes.append), function)
        return outcomes

    def run(self, *functions: Callable[[], Any]) -> list[Any]:
        """Run functions side by side until nothing is due; return what they returned, in the order of their ends."""
        outcomes = self.start(*functions)
        with self.wrapped():
            self.loop.run_until(None)
        for outcome in outcomes:
            if isinstance(outcome, Raised):
                raise outcome.error
        return [outcome.value for outcome in outcomes]

    @staticmethod
    def wrapped() -> Interposition:
        """Return what makes threads and loops those of user code."""
        return Interposition([*threads.swaps(), *event_loop.SWAPS, event_loop.policy_swap()])


@pytest.fixture
def handlers() -> Iterator[Handlers]:
    """A loop on which functions run as handlers do."""
    made = Handlers()
    yield made
    with made.wrapped():  # a thread that dies outside would take itself for the real one
        made.strands.close()
    made.loop.close()
