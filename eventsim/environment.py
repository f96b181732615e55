"""Where does a handler run? An execution environment: init, invocations one after another, shutdown."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.function import FunctionVersion
from eventsim.invocation import Invocation
from eventsim.limits import ENVIRONMENT_AGE_MAX_S, ENVIRONMENT_IDLE_EXPIRY_S
from eventsim.outcome import Attempt
from eventsim.trace import Trace

if TYPE_CHECKING:
    from eventsim.faults import Fault

InitializationType = Literal["on-demand", "provisioned-concurrency"]


class Lifetime(Struct, frozen=True, kw_only=True, gc=False):
    """How long environments live; both numbers are unconfirmed."""

    idle_expiry_us: int = ENVIRONMENT_IDLE_EXPIRY_S * 1_000_000
    age_max_us: int = ENVIRONMENT_AGE_MAX_S * 1_000_000


class Host:
    """What all environments of a run share; opens new ones.

    Args:
        strands: starts user code (`eventsim.handler.strand.Strands`).
        tmp_root: an empty folder of the run, in which each environment that uses `/tmp` gets a folder.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        strands: Any,
        region: str,
        tmp_root: Path,
        lifetime: Lifetime = Lifetime(),
    ) -> None:
        raise NotImplementedError

    def open(self, version: FunctionVersion, initialization_type: InitializationType = "on-demand") -> "Environment":
        """Create an environment for one version; it is cold until `invoke` or `prepare`."""
        raise NotImplementedError


class Environment:
    """One execution environment of one version of a function. It runs one invocation at a time.

    Attributes:
        version: what it runs; an update of the function makes a new version object, so compare by identity.
        number: counted from 1 for each function, in order of creation.
        subject: its subject in the trace.
        born_us: when it was created.
        idle_since_us: when its last invocation (or its preparation) ended.
        is_busy: whether an invocation or a preparation is going on.
    """

    version: FunctionVersion
    number: int
    subject: int
    born_us: int
    idle_since_us: int
    is_busy: bool

    def prepare(self, done: Callable[[bool], None]) -> None:
        """Run the init phase ahead of any invocation (provisioned concurrency); `done(is_ready)` once it has ended."""

    def invoke(self, invocation: Invocation, done: Callable[[Attempt], None], fault: "Fault | None" = None) -> None:
        """Run one attempt; `done(attempt)` is called exactly once, later, at the virtual instant at which it ends.

        By then the environment is idle again (`is_busy` is False), and `attempt.outcome.resets` tells whether its
        memory is lost; it may be used again either way.
        """

    def is_expired(self, now_us: int) -> bool:
        """Tell whether an idle environment has been given up by now: idle for too long, or too old."""
        raise NotImplementedError

    def close(self) -> None:
        """Shut down: stop whatever still runs in it and delete its `/tmp`."""
