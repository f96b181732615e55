"""What do environments share? With all others their host, with those of the same version what follows from it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.environment.error_object import SourcePaths
from eventsim.environment.foreign import is_foreign
from eventsim.environment.marshaller import Marshaller
from eventsim.environment.platform_log import JsonLog, PlatformLog, TextLog
from eventsim.environment.retinue import Retinue
from eventsim.environment.runtime_process import RuntimeProcess, StartProcess
from eventsim.environment.variables import shared_variables
from eventsim.function.duration import Measured
from eventsim.function.function import FunctionVersion
from eventsim.handler.hub import Strands
from eventsim.handler.surroundings import Answer, Surroundings
from eventsim.limits import MEMORY_USED_MB_DEFAULT
from eventsim.segments import Segments
from eventsim.trace import Trace
from eventsim.trace_header import Sampler

if TYPE_CHECKING:
    from eventsim.environment.environment import Environment

StartExtensions = Callable[[FunctionVersion, Surroundings], Mapping[int, Answer]]
"""Starts what runs beside a new process of a version; returns who answers at which port."""
StartRetinue = Callable[["Environment"], Retinue]
"""Makes ready the extensions of an environment that has a new process."""


def _no_retinue(_: "Environment") -> Retinue:
    raise AssertionError("nobody has said who starts extensions")


class Kinds:
    """The kinds of fact that environments record."""

    def __init__(self, trace: Trace) -> None:
        kind = trace.kind
        self.cold_start = kind("cold start", "{place} needs a new environment for {subject}", value="environment")
        self.initialised = kind("initialised", "an environment of {place} is ready", value="init_us", is_summed=True)
        self.init_failed = kind("init failed", "the init of {place} failed: {message}", value="init_us")
        self.started = kind("started", "{subject} starts in environment {value} of {place}", value="environment")
        self.streamed = kind("streamed", "{place} streams {value} bytes of the answer of {subject}", value="bytes")
        self.logged = kind("logged", "{place} logs: {text}")
        self.succeeded = kind("succeeded", "{subject} succeeds", value="duration_us", is_summed=True)
        self.failed = kind("failed", "{subject} fails: {message}", value="duration_us", is_summed=True)
        self.timed_out = kind("timed out", "{subject} times out", value="duration_us", is_summed=True)
        self.reported = kind("reported", "{subject} is billed {value} ms", value="billed_ms", is_summed=True)
        self.reset = kind("reset", "an environment of {place} loses its memory")
        self.stuck = kind("stuck", "{subject} never waited, so the guard stopped it; it counts as a timeout")
        self.measured = kind("not deterministic", "durations of {place} are measured, so two runs will differ")


class Ground:
    """What all environments of a run stand on.

    Args:
        tmp_root: a folder of the run, in which each environment that uses `/tmp` gets a folder.
        machine_folders: folders that user code may use by their real names, such as those of a test.
        start_process: starts processes for user code; by default it runs in strands, here.
        start_extensions: starts what runs beside a process; by default nothing does.
        start_retinue: makes ready the extensions of an environment.
        takes_real_time: whether it takes its own time there, and needs no durations that nobody asked for.
        segments: takes what X-Ray is told.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        chance: Chance,
        trace: Trace,
        strands: Strands,
        region: str,
        tmp_root: Path,
        segments: Segments,
        machine_folders: Sequence[Path] = (),
        start_process: StartProcess = RuntimeProcess,
        start_extensions: StartExtensions = lambda _version, _surroundings: {},
        start_retinue: StartRetinue = _no_retinue,
        takes_real_time: bool = False,
    ) -> None:
        self.clock = clock
        self.loop = clock.loop
        self.chance = chance
        self.trace = trace
        self.record = trace.record
        self.strands = strands
        self.region = region
        self.tmp_root = tmp_root
        self.machine_folders = machine_folders
        self.start_process = start_process
        self.start_extensions = start_extensions
        self.start_retinue = start_retinue
        self.takes_real_time = takes_real_time
        self.segments = segments
        self.kinds = Kinds(trace)


class Premises:
    """What all environments of one version share.

    Attributes:
        place: the function's number in the trace.
        memory_used_mb: what REPORT says.
        is_out_of_memory: whether the version is declared to use more memory than it has.
        extension_programs: the files that Lambda starts beside the runtime, by name.
        billing: what the trace keeps of every REPORT.
        runtime_version_arn: which build of the runtime it is.
        variables: environment variables that are the same in all environments.
        sampler: decides which traces are sampled that begin here, None if the function only passes them on.
    """

    def __init__(self, ground: Ground, version: FunctionVersion) -> None:
        self.ground = ground
        self.version = version
        self.place = ground.trace.subject("function", version.function)
        self.marshaller = Marshaller(version.runtime)
        self.paths = SourcePaths(version)
        self.extension_programs = self._extension_programs()
        self.variables = shared_variables(version, ground.region)
        digits = ground.chance.hex_ids(64, "runtime version", version.runtime)()
        arn = self.runtime_version_arn = f"arn:aws:lambda:{ground.region}::runtime:{digits}"
        self.log: PlatformLog = (
            JsonLog(version, arn, ground.clock) if version.log_format == "JSON" else TextLog(version, arn)
        )
        self.sampler: Sampler | None = None
        if version.tracing == "Active":
            self.sampler = Sampler(ground.chance.stream("traces", version.function, version.version).random)
        used_mb = version.memory_used_mb
        self.is_out_of_memory = used_mb is not None and used_mb > version.memory_mb
        self.memory_used_mb = min(MEMORY_USED_MB_DEFAULT if used_mb is None else used_mb, version.memory_mb)
        self.billing: dict[str, int | str] = {"memory_mb": version.memory_mb, "memory_used_mb": self.memory_used_mb}
        if isinstance(version.duration, Measured) or isinstance(version.init_duration, Measured):
            ground.record(ground.kinds.measured, place=self.place)

    def _extension_programs(self) -> dict[str, Path]:
        """Return what Lambda starts, in the order of names; record what this machine cannot run.

        The last layer covers those before it.
        """
        files = {file.name: file for layer in self.version.layers for file in (layer / "extensions").glob("*")}
        found = {name: file.resolve() for name, file in sorted(files.items()) if file.is_file()}
        foreign = [name for name, file in found.items() if is_foreign(file)]
        for name in foreign:
            reason = "it was built for another processor or system than this machine's"
            self.ground.trace.record_without_effect(self.place, f"/opt/extensions/{name}", reason)
            del found[name]
        return found
