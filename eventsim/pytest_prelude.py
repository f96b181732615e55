"""Who answers what a suite asks before the world of its first module is there?

Test modules, conftest files and the code that they import may ask AWS while they are imported, and fixtures of a
session before any module begins. On AWS there is one account for all of it. Here:

1. A world of its own answers, in which the scenario is built when the first such question comes.
2. Each question is remembered, and asked again in the world of every module before its first test. The same questions
   in the same order have the same answers, ids included: so what was told holds there, and what was made is there.
"""

import contextlib
import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from msgspec import Struct

from eventsim.api import OUTSIDE, Caller, Result
from eventsim.calls.sdk import answered_by
from eventsim.errors import ApiError, NotSimulated
from eventsim.simulation import SyncSimulation


class _Question(Struct, frozen=True):
    service: str
    operation: str
    parameters: Mapping[str, Any]
    region: str
    account_id: str


class Prelude:
    """Answers what is asked before the worlds of the modules are there.

    Args:
        world: an open one.
        build: builds the scenario in it, once.
    """

    def __init__(self, world: SyncSimulation, build: Callable[[], object]) -> None:
        self.clock = world.clock
        self.wait_for = world.wait_for
        self.sleep = world.sleep
        self.request_id = world.request_id
        self._world = world
        self._build = build
        self._is_built = False
        self._questions: list[_Question] = []

    @contextlib.contextmanager
    def answering(self) -> Iterator[None]:
        """Answer calls of this process, unless a module's world is there to do it."""
        with answered_by(self):
            yield

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str = "",
        account_id: str = "",
        caller: Caller = OUTSIDE,
    ) -> Result | Awaitable[Result]:
        """Answer a call, and remember it.

        Raises:
            ScenarioError: the scenario cannot be built.
        """
        if not self._is_built:
            self._build()
            self._is_built = True
        self._questions.append(_Question(service, operation, parameters, region, account_id))
        return self._world.call(service, operation, parameters, region=region, account_id=account_id, caller=caller)

    def repeat(self, world: SyncSimulation) -> None:
        """Ask everything again in the world of a module; what was refused is refused there, too."""
        for each in self._questions:
            with contextlib.suppress(ApiError, NotSimulated):
                answer = world.call(
                    each.service, each.operation, each.parameters, region=each.region, account_id=each.account_id
                )
                if not isinstance(answer, dict) and inspect.isawaitable(answer):
                    world.wait_for(answer)
