"""What does Ctrl-C do to a run? It ends between two steps, so that no user code sees it and nothing is half done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from eventsim.simulation import SyncSimulation


class Interrupted(BaseException):
    """The user pressed Ctrl-C while the simulation ran."""


@contextmanager
def interruptible(simulation: SyncSimulation) -> Iterator[None]:
    """Let the first Ctrl-C end the run at its next step, and a second one at once.

    Raises:
        Interrupted: the run was ended.
    """
    presses = 0

    def press(_signal: int, _frame: FrameType | None) -> None:
        nonlocal presses
        presses += 1
        if presses > 1:
            raise Interrupted
        simulation.clock.soon(_stop, None)

    before = signal.signal(signal.SIGINT, press)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _stop(_: None) -> None:
    raise Interrupted
