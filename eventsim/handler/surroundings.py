"""What does user code see of its process? Everything that one execution environment has for its own.

User code of all environments runs in one process, on one thread. The interpositions of this folder (virtual time,
luck, files, process, network, imports) ask `current()` whose code is running, and behave as the originals
when nobody's is. Two doors bring surroundings about:

- `enter(context)` makes them current in the `contextvars` context in which a strand runs its function;
- `arrive()` is called whenever a strand is switched to: what cannot ask a context variable (`sys.modules`, `sys.path`,
  loggers) is swapped then, and only if another environment ran in between.
"""

from collections.abc import Callable
from contextvars import Context, ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from eventsim.api import OUTSIDE, Caller
from eventsim.clock import Clock

if TYPE_CHECKING:
    import random  # noqa: TID251 - a type only; generators come from chance

    from eventsim.handler.modules import ModuleSpace

STORAGE_BYTES = 512 * 1024 * 1024
"""Ephemeral storage of a function that does not say otherwise (documented)."""


class Surroundings:
    """The process as one execution environment sees it.

    Attributes:
        clock: what `time` and `datetime` tell.
        luck: where `random`, `uuid` and `os.urandom` take their numbers.
        environ: `os.environ`.
        modules: what `import` finds, and how `logging` is configured.
        task_root: the code folder; relative paths start here, as they do in `/var/task`.
        tmp_path: the folder that is `/tmp`; it need not exist yet. A reset environment keeps it.
        storage_bytes: how much `/tmp` holds.
        write: takes what goes to stdout and stderr; set for each invocation.
        caller: on whose behalf AWS operations are called; set for each invocation.
    """

    __slots__ = (
        "_tmp",
        "caller",
        "clock",
        "environ",
        "luck",
        "modules",
        "storage_bytes",
        "task_root",
        "tmp_path",
        "write",
    )

    def __init__(
        self,
        *,
        clock: Clock,
        luck: "random.Random",
        environ: dict[str, str],
        modules: "ModuleSpace",
        task_root: Path,
        tmp_path: Path,
        write: Callable[[str], object],
        storage_bytes: int = STORAGE_BYTES,
        caller: Caller = OUTSIDE,
    ) -> None:
        self.clock = clock
        self.luck = luck
        self.environ = environ
        self.modules = modules
        self.task_root = task_root
        self.tmp_path = tmp_path
        self.write = write
        self.storage_bytes = storage_bytes
        self.caller = caller
        self._tmp = ""

    @property
    def tmp(self) -> str:
        """The real path of this environment's `/tmp`; the folder is made when somebody asks."""
        if not self._tmp:
            self.tmp_path.mkdir(parents=True, exist_ok=True)
            self._tmp = str(self.tmp_path.resolve())
        return self._tmp

    def enter(self, context: Context) -> None:
        """Make these surroundings current in a context, before a strand runs its function there."""
        context.run(current_surroundings.set, self)

    def arrive(self) -> None:
        """Swap in what cannot ask for the current surroundings; costs nothing if nobody else ran in between."""
        self.modules.enter()


current_surroundings: ContextVar[Surroundings | None] = ContextVar("surroundings", default=None)

current: Callable[[], Surroundings | None] = current_surroundings.get
"""Return the surroundings of the user code that is running, None outside."""
