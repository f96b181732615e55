"""Which environment takes the next attempt? The environments of one version of a function.

An attempt gets the environment that was used most recently, among equals the oldest (unconfirmed: AWS does not say).
Environments that have expired are found when somebody looks, never by a timer: a run with idle environments is idle.
"""

import heapq
from collections.abc import Callable
from typing import Literal, Protocol

from eventsim.faults import Fault
from eventsim.function.function import FunctionVersion
from eventsim.invocation import Invocation
from eventsim.outcome import Attempt

SWEEP_EVERY_US = 60_000_000
"""Busy fleets look for expired environments this often, so that those of a past burst do not keep their memory."""


class Runner(Protocol):
    """An execution environment, as far as a fleet and dispatch need to know it."""

    number: int
    """Counted from 1 for each function, in order of creation."""
    subject: int
    """Its subject in the trace."""
    is_busy: bool
    """Whether something goes on in it."""
    idle_since_us: int
    """When its last invocation, or its preparation, ended."""

    @property
    def expires_us(self) -> int:
        """When it is given up if it stays idle."""

    def prepare(self, done: Callable[[bool], None]) -> None:
        """Initialise ahead of any invocation; `done(is_ready)` once that has ended."""

    def invoke(self, invocation: Invocation, done: Callable[[Attempt], None], fault: Fault | None = None) -> None:
        """Run one attempt; `done(attempt)` once, later, at the instant at which whoever asked has the answer."""

    def when_idle(self, freed: Callable[[], object]) -> None:
        """Let one be told, once, when an environment is idle that was still busy when it had answered."""

    def close(self) -> None:
        """Shut down."""


class Opener(Protocol):
    """Where environments come from."""

    def open(
        self, version: FunctionVersion, initialization_type: Literal["on-demand", "provisioned-concurrency"] = ...
    ) -> Runner:
        """Create a cold environment for one version."""


_Idle = tuple[int, int, Runner]


class Fleet:
    """The environments of one version, on demand and provisioned.

    Args:
        ended: told of each environment that is given up, and why.
    """

    __slots__ = ("_ended", "_host", "_idle", "_ready", "_retired_because", "_sweep_at_us", "version")

    def __init__(self, version: FunctionVersion, host: Opener, ended: Callable[[Runner, str], None]) -> None:
        self.version = version
        self._host = host
        self._ended = ended
        self._idle: list[_Idle] = []
        self._ready: list[_Idle] = []
        self._sweep_at_us = SWEEP_EVERY_US
        self._retired_because = ""

    def is_warm(self, now_us: int) -> bool:
        """Tell whether an idle environment waits outside the provisioned ones."""
        if now_us >= self._sweep_at_us:
            self._sweep(now_us)
        idle = self._idle
        while idle:
            if now_us < idle[0][2].expires_us:
                return True
            self._end(heapq.heappop(idle)[2], "expired")
        return False

    def take_on_demand(self) -> Runner:
        """Return the warm environment that `is_warm` spoke of, or a new, cold one."""
        if self._idle:
            return heapq.heappop(self._idle)[2]
        return self._host.open(self.version)

    def take_provisioned(self) -> Runner:
        """Return a provisioned environment; admission has counted that one is free."""
        return heapq.heappop(self._ready)[2]

    def give_back(self, environment: Runner, *, is_provisioned: bool) -> None:
        """Keep an environment whose attempt has ended for the next one."""
        if self._retired_because:
            self._end(environment, self._retired_because)
        else:
            pool = self._ready if is_provisioned else self._idle
            heapq.heappush(pool, (-environment.idle_since_us, environment.number, environment))

    def provision(self, count: int, done: Callable[[bool], None]) -> None:
        """Initialise environments ahead of time; none is usable until all are (documented).

        Args:
            done: told at the end whether they are ready; if one fails, none is kept.
        """
        preparing = [self._host.open(self.version, "provisioned-concurrency") for _ in range(count)]
        results: list[bool] = []

        def prepared(is_ready: bool) -> None:
            results.append(is_ready)
            if len(results) < count:
                return
            is_complete = all(results)
            for environment in preparing:
                if is_complete:
                    self.give_back(environment, is_provisioned=True)
                else:
                    self._end(environment, "its fleet failed to initialise")
            done(is_complete)

        for environment in preparing:
            environment.prepare(prepared)

    def retire(self, reason: str) -> None:
        """Give up all environments: idle ones now, busy ones when their attempt has ended."""
        self._retired_because = reason
        for pool in (self._idle, self._ready):
            for environment in _in_order_of_creation(pool):
                self._end(environment, reason)
            pool.clear()

    def _sweep(self, now_us: int) -> None:
        self._sweep_at_us = now_us + SWEEP_EVERY_US
        expired = [entry for entry in self._idle if now_us >= entry[2].expires_us]
        if expired:
            gone = {number for _, number, _ in expired}
            self._idle = [entry for entry in self._idle if entry[1] not in gone]
            heapq.heapify(self._idle)
            for environment in _in_order_of_creation(expired):
                self._end(environment, "expired")

    def _end(self, environment: Runner, reason: str) -> None:
        self._ended(environment, reason)
        environment.close()


def _in_order_of_creation(pool: list[_Idle]) -> list[Runner]:
    return [environment for _, _, environment in sorted(pool, key=lambda entry: entry[1])]
