"""What does user code see of its process? Everything that one execution environment has for its own.

User code of all environments runs in one process, on one thread. The interpositions of this folder (virtual time,
luck, files, process, network, imports) ask `current()` whose code is running, and behave as the originals when nobody's
is. What cannot ask (`sys.modules`, `sys.path`, loggers) is swapped by `arrive()` whenever a strand is switched to, and
only if another environment ran in between.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventsim.api import OUTSIDE, Caller
from eventsim.clock import Clock
from eventsim.handler import strand
from eventsim.handler.zone import process, set_zone, zone_of
from eventsim.wire.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    import random  # noqa: TID251 - a type only; generators come from chance

    from eventsim.handler.forked import Home
    from eventsim.handler.modules import ModuleSpace
    from eventsim.handler.tracers import Tracing

Answer = Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]
"""Answers what user code asks its own machine by HTTP."""

LOOPBACK = frozenset({"localhost", "127.0.0.1"})
"""What user code calls its own machine."""

LAMBDA_API = ("169.254.100.1", 9001)
"""Where user code finds Lambda's own APIs (recorded)."""

TASK_ROOT = "/var/task"
"""Where AWS mounts the code (recorded)."""

STORAGE_BYTES = 512 * 1024 * 1024
"""Ephemeral storage of a function that does not say otherwise (documented)."""


class Surroundings:
    """The process as one execution environment sees it.

    Attributes:
        clock: what `time` and `datetime` tell.
        luck: where `uuid`, `secrets` and `os.urandom` take their numbers.
        library_luck: where a shared library takes its numbers while it is being loaded, None otherwise.
        dice: what the functions of the module `random` roll; made when first asked for, since code may seed it.
        numpy_dice: the same for `numpy.random`.
        uuid1_last: the time stamp of the last version-1 UUID, which the next must exceed.
        uuid_memory: what `uuid` remembers of the last UUIDs of versions 6 and 7, by its own names.
        environ: `os.environ`.
        zone: the time zone of local time.
        modules: what `import` finds.
        logging: how loggers are configured, by logger and attribute.
        log_answers: which levels are enabled, by logger and level; forgotten when logging is configured.
        alarm: what will send SIGALRM, None if nobody has set it.
        signal_handlers: what `signal.signal` was told, by number.
        task_root: the code folder, which is `/var/task`.
        cwd: the working folder as user code calls it.
        default_session: what `boto3.client` takes its settings and credentials from; made when first asked for.
        tmp_path: the folder that is `/tmp`; it need not exist yet. A reset environment keeps it.
        storage_bytes: how much `/tmp` holds.
        storage_left_bytes: how much may surely be written before the files are counted again.
        machine_folders: folders that user code may use by their real names, such as those of a test.
        tracing: what it has of tracers; made when first asked for.
        daemon: takes what goes to X-Ray's daemon.
        write: takes what goes to stdout and stderr; set for each invocation.
        emit: takes whole log events.
        home: the process from which this one was forked, None for the first.
        at_move: told of that in a process that was forked a moment ago.
        who_calls: on whose behalf AWS operations are called; set for each invocation, and asked only if one is.
        invoked_us: when the last invocation began, None before the first.
        extensions: who runs beside this process, by the port at which it answers.
        visits: answers at other ports of the machine, where extensions may listen; None if there are none.
        lambda_api: answers at the address of Lambda's own APIs, None if nobody does.
    """

    __slots__ = (
        "_tmp",
        "alarm",
        "at_move",
        "clock",
        "cwd",
        "daemon",
        "default_session",
        "dice",
        "emit",
        "environ",
        "extensions",
        "home",
        "invoked_us",
        "lambda_api",
        "library_luck",
        "log_answers",
        "logging",
        "luck",
        "machine_folders",
        "modules",
        "numpy_dice",
        "signal_handlers",
        "storage_bytes",
        "storage_left_bytes",
        "task_root",
        "tmp_path",
        "tracing",
        "uuid1_last",
        "uuid_memory",
        "visits",
        "who_calls",
        "write",
        "zone",
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
        machine_folders: Sequence[Path] = (),
        caller: Caller = OUTSIDE,
        daemon: Callable[[bytes], object] = lambda _: None,
    ) -> None:
        self.clock = clock
        self.luck = luck
        self.environ = environ
        self.zone = zone_of(environ)
        self.modules = modules
        self.logging: dict[object, object] = {}
        self.log_answers: dict[tuple[object, int], bool] = {}
        self.signal_handlers: dict[int, Any] = {}
        self.alarm: Any = None
        self.task_root = task_root.resolve()
        self.tmp_path = tmp_path.resolve()
        self.write = self.emit = write
        self.home: Home | None = None
        self.at_move: Callable[[Home], object] = lambda _: None
        self.storage_bytes = storage_bytes
        self.storage_left_bytes = 0
        self.machine_folders = tuple(machine_folders)
        self.who_calls: Callable[[], Caller] = lambda: caller
        self.invoked_us: int | None = None
        self.extensions: Mapping[int, Answer] = {}
        self.lambda_api: Answer | None = None
        self.visits: Callable[[int, HttpRequest], Awaitable[HttpResponse]] | None = None
        self.library_luck: random.Random | None = None
        self.dice: random.Random | None = None
        self.numpy_dice: Any = None
        self.uuid1_last = 0
        self.uuid_memory: dict[str, object] = {}
        self.cwd = TASK_ROOT
        self.default_session: object | None = None
        self.tracing: Tracing | None = None
        self.daemon = daemon
        self._tmp = ""

    @property
    def tmp(self) -> str:
        """The real path of this environment's `/tmp`; the folder is made when somebody asks."""
        if not self._tmp:
            with strand.outside():
                self.tmp_path.mkdir(parents=True, exist_ok=True)
            self._tmp = str(self.tmp_path)
        return self._tmp

    def move(self, home: "Home", luck: "random.Random") -> None:
        """Be those of a process that was forked: what leaves it goes by its home, and alarms of before do not ring.

        The functions of `random` begin anew, as Python has them do; what was copied of other generators stays.
        """
        self.home, self.luck, self.dice = home, luck, None
        self.write, self.emit, self.daemon = home.write, home.emit, home.trace
        self.alarm = None
        self.storage_left_bytes = 0
        self.at_move(home)

    def extension_at(self, host: str, port: int) -> Answer | None:
        """Return who answers at a port of the machine, None if nobody of ours does."""
        if (host, port) == LAMBDA_API:
            return self.lambda_api
        return self.extensions.get(port) if host in LOOPBACK else None

    def visited(self, host: str, port: int) -> Answer | None:
        """Return who brings requests to a port of the machine, None if user code does so itself."""
        return None if self.visits is None or host not in LOOPBACK else partial(self.visits, port)

    def extension_named(self, host: str) -> Answer | None:
        """Return the same for a host as requests name it: `localhost:2773`."""
        name, _, port = host.partition(":")
        return self.extension_at(name, int(port)) if port.isdecimal() else None

    def arrive(self) -> None:
        """Swap in what cannot ask for the current surroundings; costs nothing if nobody else ran in between."""
        self.modules.enter()
        if self.zone != process.zone:
            set_zone(self.zone)


def current() -> Surroundings | None:
    """Return the surroundings of the user code that is running, None outside."""
    running = strand.slot.strand
    return None if running is None else running.surroundings  # type: ignore[return-value]  # strands know less of them


def keeping() -> Surroundings | None:
    """Return the surroundings that keep to themselves what the running code sets.

    None outside, and while a shared library is being loaded: what that sets is for all.
    """
    surroundings = current()
    return None if surroundings is None or surroundings.library_luck is not None else surroundings
