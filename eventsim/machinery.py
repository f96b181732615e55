"""What runs a world? All its parts, put together: what its sources may ask of it, how it begins and ends.

`Machinery` holds everything that one run has: nothing here is global, and two of them do not know of each other.
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypedDict, TypeVar, cast, get_args, runtime_checkable

import msgspec
from msgspec.structs import replace

from eventsim.api import OUTSIDE, Caller, Operation, Result
from eventsim.calls import http_client, own_sockets
from eventsim.calls.code_door import CodeDoor
from eventsim.calls.core_services import CoreServices
from eventsim.calls.import_watch import lasting_table, wrapped_when_imported
from eventsim.calls.moto_door import MotoDoor
from eventsim.calls.parameters import check_parameters
from eventsim.calls.router import Router
from eventsim.calls.sdk import answered_by
from eventsim.calls.whereabouts import world_meant
from eventsim.chance import Chance
from eventsim.clock import START_AT, Clock, Loop
from eventsim.directory import Directory
from eventsim.dispatch.concurrency import AccountConcurrency
from eventsim.dispatch.destination import Destinations
from eventsim.dispatch.dispatch import Dispatch
from eventsim.dispatch.event_queue import EventQueue
from eventsim.durable.executions import DurableExecutions
from eventsim.envelope import Lineage
from eventsim.environment.environment import Environment, Host
from eventsim.environment.premises import Ground
from eventsim.environment.retinue import Retinue
from eventsim.environment.runtime_process import RuntimeProcess, StartProcess
from eventsim.errors import ApiError, ConfigurationError
from eventsim.front_door import FrontDoor, FrontDoors, PatientDoor, leads_to_endpoint, leads_to_front_door, refuse
from eventsim.function.function import Functions, FunctionVersion
from eventsim.handler import children, compiled_files, luck, network, other_loops, pipes, strand, wrapped_process
from eventsim.handler.guard import GUARD_S, Guard
from eventsim.handler.hub import Strands
from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import Answer, Surroundings, current
from eventsim.mapping.feed import PollingFeed
from eventsim.mapping.lanes import Invoke
from eventsim.mapping.mapping import Mappings, Polled
from eventsim.mapping.spec import MappingSpec
from eventsim.outcome import Attempt
from eventsim.permissions.role import Permissions
from eventsim.quantity import wait_us
from eventsim.registry import Registry
from eventsim.runtime_api.programs import Programs
from eventsim.segments import BYTES_MAX, BYTES_MAX_LIVE, Segments
from eventsim.source import About, Closable, Feed, FunctionUrl, Notebook, Restorable, Resumable, Source, Transit, World
from eventsim.spelling import did_you_mean
from eventsim.subscription import Subscribable
from eventsim.target import Target
from eventsim.trace import MEMORY_BYTES_MAX, MEMORY_BYTES_MAX_LIVE, Trace
from eventsim.wire.http import HttpRequest, HttpResponse, whole

if TYPE_CHECKING:
    from eventsim.permissions.admission import Admission
    from eventsim.permissions.execution_role import ExecutionRole
    from eventsim.permissions.gate import Gate

T = TypeVar("T")
Spec = TypeVar("Spec", bound=msgspec.Struct)

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"


@runtime_checkable
class OpenToPages(Protocol):
    """A source whose owner says which pages of other origins may ask it."""

    @property
    def cors_rules(self) -> Sequence[Mapping[str, Any]]:
        """The rules, in the shape of S3's `CORSRules`."""


_LIBRARIES: Mapping[str, Callable[[ModuleType], list[Swap]]] = {
    "gevent.monkey": other_loops.swaps_of_gevent,
    "lxml.etree": compiled_files.swaps_of_lxml,
    "nest_asyncio": other_loops.swaps_of_nest_asyncio,
    "numpy.random": luck.swaps_of_numpy,
    "numpy.random.bit_generator": luck.swaps_of_bit_generators,
    "psycopg.generators": network.swaps_of_psycopg,
    "psycopg2": network.swaps_of_psycopg2,
    "pyarrow.fs": compiled_files.swaps_of_pyarrow,
    "trio": other_loops.swaps_of_trio,
    "uvloop": other_loops.swaps_of_uvloop,
}
"""Libraries that get round what is wrapped of Python, and what is wrapped of them."""

_PROCESSES: Mapping[str, Callable[[ModuleType], list[Swap]]] = {
    "multiprocessing.connection": pipes.swaps_of_connections,
    "multiprocessing.context": children.swaps_of_contexts,
    "multiprocessing.popen_fork": children.swaps_of_forks,
    "multiprocessing.process": children.swaps_of_processes,
}
"""What is wrapped of `multiprocessing`."""

_SIGNATURE = "AWS4-"
"""How the header begins by which an SDK proves who it is."""


class Settings(TypedDict, total=False):
    """The settings of a run, by keyword, as `Machinery` describes them."""

    seed: int
    start_at: datetime
    region: str
    account_id: str
    folder: str | Path | None
    database: str | Path | None
    syncs_fully: bool
    throttles: bool
    permissions: Permissions
    endpoint_url: str
    folders: Mapping[str, Path]
    guard_s: float
    machine_folders: Sequence[Path]
    registry: Registry | None
    start_process: StartProcess | None
    clock: Clock | None
    chance: Chance | None
    neighbour: Callable[[str, str, bool], World | None] | None
    worlds: Callable[[], Sequence[World]]
    home: "Machinery | None"
    trace: Trace | None
    warn: Callable[[str], object]


class Machinery:
    """The parts of one run's world.

    Args:
        seed: the number from which all chance follows.
        start_at: the date on which the run begins.
        folder: what relative paths are relative to; the current folder by default.
        database: a file in which sources mirror their state, None for none.
        syncs_fully: whether that outlives a loss of power, not only the end of the process.
        throttles: whether requests beyond the throughput of tables, and other quotas of AWS's, are refused.
        permissions: what becomes of a call that the policies of a function's role do not permit: nothing, as if
            everybody might do everything (`ignored`, and `noted`, which sums up what calls need), a line in the trace
            (`told`), or AWS's refusal (`enforced`).
        endpoint_url: where clients reach it over HTTP, "" if they are in this process.
        folders: sections, each with the folder whose sub-folders are its sources.
        guard_s: user code that computes for longer than this, on the wall clock, is stopped.
        machine_folders: folders that handlers may use by their real names, such as a test's own temporary folder;
            everything else that they may write is their own `/tmp`.
        start_process: starts processes for handlers; None lets them run here, in strands.
        clock: a clock of this loop that there is already, instead of a new one that starts at `start_at`.
        chance: other luck than that of `seed`.
        neighbour: finds the world of another account and region, or begins it; by default there is none.
        worlds: returns all worlds that there are, this one among them; by default there is no other.
        home: the world whose run this one is a part of; None if it is a run by itself.
        trace: the part of its trace.
        warn: told of what may mislead whoever only sees answers; by default the trace has to do.
    """

    is_live: ClassVar[bool] = False
    """Whether time is the wall clock's."""

    def __init__(
        self,
        *,
        loop: Loop,
        seed: int = 0,
        start_at: datetime = START_AT,
        region: str = REGION,
        account_id: str = ACCOUNT_ID,
        folder: str | Path | None = None,
        database: str | Path | None = None,
        syncs_fully: bool = False,
        throttles: bool = False,
        permissions: Permissions = "ignored",
        endpoint_url: str = "",
        folders: Mapping[str, Path] = MappingProxyType({}),
        guard_s: float = GUARD_S,
        machine_folders: Sequence[Path] = (),
        registry: Registry | None = None,
        start_process: StartProcess | None = None,
        clock: Clock | None = None,
        chance: Chance | None = None,
        neighbour: Callable[[str, str, bool], World | None] | None = None,
        worlds: Callable[[], Sequence[World]] = tuple,
        home: "Machinery | None" = None,
        trace: Trace | None = None,
        warn: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.seed = seed
        self.region = region
        self.account_id = account_id
        self.folder = Path(folder) if folder else Path.cwd()
        self.database_path = Path(database) if database else None
        self.syncs_fully = syncs_fully
        self.throttles = throttles
        self.permissions = _known(permissions)
        self.endpoint_url = endpoint_url
        self.folders = folders
        self._neighbour = neighbour
        self._worlds = worlds
        self._home = home
        self.warn = warn
        self.clock = clock or Clock(loop, start_at)
        self.chance = chance or Chance(seed)
        if trace is None:
            trace = Trace(loop, memory_bytes_max=MEMORY_BYTES_MAX_LIVE if self.is_live else MEMORY_BYTES_MAX)
        self.trace = trace
        self.segments = Segments(
            clock=self.clock,
            chance=self.chance,
            trace=self.trace,
            bytes_max=BYTES_MAX_LIVE if self.is_live else BYTES_MAX,
        )
        """What X-Ray is told."""
        self.registry = registry or Registry.installed()
        self.functions = Functions(region, account_id)
        self.request_id = self.chance.uuids("request")
        """Returns the id of the next request of a client."""
        self.directory = Directory(self.functions, lambda name, qualifier: self.event_queue.target(name, qualifier))
        """Who is who."""
        self._shared: dict[Callable[[World], Any], Any] = {}
        self._keeper = self.registry.keeper(self) if self.database_path is not None else None
        self.front_doors = FrontDoors(partial(self.registry.front_doors, self))
        """Whoever answers HTTP requests."""
        self.is_open = False
        """Whether the run has begun and is not over."""
        self._to_connect: list[Callable[[], None]] = []
        self._at_close = contextlib.ExitStack()
        tmp_root = Path(self._at_close.enter_context(tempfile.TemporaryDirectory(prefix="eventsim-")))
        kept = kept_in(self.database_path.resolve()) if self.database_path is not None and self.is_live else None
        self.work_folder = (tmp_root if kept is None else kept) / "work"
        """A folder for what a template holds inline, and what is unpacked of it; it lasts as long as functions do."""
        self.strands = Strands(self.clock)
        self._guard = Guard(self.strands, guard_s=guard_s)
        shared: dict[str, Any] = {"clock": self.clock, "chance": self.chance, "trace": self.trace}
        functions: dict[str, Any] = {**shared, "functions": self.functions}
        self.programs = Programs(
            start_process or RuntimeProcess,
            clock=self.clock,
            answer=self._answer_program,
            account_id=account_id,
            endpoint_url=endpoint_url if self.is_live else "",
            guard_s=guard_s,
        )
        """Functions that are no Python."""
        self._retinues: Any = None
        self._at_close.callback(self.programs.close)
        ground = Ground(
            **shared,
            strands=self.strands,
            region=region,
            tmp_root=tmp_root,
            machine_folders=machine_folders,
            start_process=self.programs.start,
            start_extensions=self._start_extensions,
            start_retinue=self._start_retinue,
            takes_real_time=start_process is not None,
            segments=self.segments,
        )
        self.host = Host(ground)
        account = AccountConcurrency()
        self.dispatch = Dispatch(**functions, account=account, host=self.host, segments=self.segments)
        self._gate: Gate | None = None
        role: ExecutionRole | None = None
        if permissions != "ignored":
            from eventsim.gatekeeper import execution_role_of  # few runs have one

            role = execution_role_of(self, lambda: self._gate)
        destinations = Destinations(
            **shared, find=self.directory.find_destination, may_send=None if role is None else role.may_send
        )
        self.durable = DurableExecutions(
            **functions,
            dispatch=self.dispatch,
            destinations=destinations,
            find=self.directory.target,
            transit=self.transit("durable execution"),
        )
        self.event_queue = EventQueue(
            **functions,
            dispatch=self.dispatch,
            destinations=destinations,
            durable=self.durable,
            transit=self.transit("asynchronous event"),
        )
        self.mappings = Mappings(
            **functions,
            invoke=self.dispatch.invoke,
            destinations=destinations,
            find=self._pollable,
            may_poll=None if role is None else role.may_poll,
        )
        self.services = CoreServices(
            **functions,
            dispatch=self.dispatch,
            account=account,
            event_queue=self.event_queue,
            durable=self.durable,
            mappings=self.mappings,
            code_root=tmp_root / "code",
            call=self.call,
            user_of=self._user_of,
            permits=self.permits,
            execution_role=role,
            closes_stacks=permissions == "enforced",
            find=self.directory.find,
            source_at=self.directory.source_at,
            lasting=self.lasting,
            notebook=self.notebook,
            kept_in=kept,
            syncs_fully=syncs_fully,
        )
        """The AWS services that the core answers itself."""
        self.front_doors.put_first(CodeDoor(lambda identifier: self.services.lambda_api.archive(identifier)))
        load = {**self.services.loaders(), **self._services()}
        counts = permissions != "ignored"
        elsewhere = MotoDoor(**shared, account_id=account_id, ours=load, is_live=self.is_live, checks_policies=counts)
        self.router = Router(self.trace, region, load, elsewhere.find, check_parameters)
        self._admission: Admission | None = None
        if permissions != "ignored":
            from eventsim.gatekeeper import admission_of, gate_of  # few runs have one

            self._gate = gate_of(self)
            self.router.gate = self._gate
            if permissions != "noted":
                self._admission = admission_of(self, self._gate)
                self.services.watch_logs()

    def _start_extensions(self, version: FunctionVersion, surroundings: Surroundings) -> Mapping[int, Answer]:
        from eventsim.extension.extensions import Extensions  # few functions have any

        return self.share(Extensions).start(version, surroundings)

    def _start_retinue(self, environment: Environment) -> Retinue:
        if self._retinues is None:
            from eventsim.extension_api.retinues import Retinues  # few functions have any

            self._retinues = Retinues(self.programs, clock=self.clock, account_id=self.account_id)
            self._at_close.callback(self._retinues.kill)
        retinue: Retinue = self._retinues.start(environment)
        return retinue

    def _services(self) -> dict[str, Callable[[], Mapping[str, Operation]]]:
        return {service: partial(self._operations, service) for service in self.registry.services}

    def _operations(self, service: str) -> Mapping[str, Operation]:
        return self.registry.operations(service)(self)

    # --- who is who ------------------------------------------------------------------------------------

    def _pollable(self, name: str) -> Polled | Subscribable | None:
        """Return the source of this name or ARN that can be polled, here or in another account of the run."""
        found = self.directory.pollable(name)
        if found is not None or not name.startswith("arn:"):
            return found
        region, account_id = f"{name}:::".split(":")[3:5]
        there = self.neighbour(account_id, region) if region == self.region else None
        is_of_run = there is not None and self.trace.shares(there.trace)  # messages are numbered in their trace
        return cast("Machinery", there).directory.pollable(name) if is_of_run else None

    def target(self, arn: str) -> Target | None:
        """Return the target with this ARN, if there is one."""
        return self.directory.target(arn)

    def add(self, source: Source) -> None:
        """Make a source known under its name and its ARN."""
        self.directory.add(source)

    def remove(self, arn: str) -> None:
        """Forget the source with this ARN."""
        self.directory.remove(arn)

    def lasting(
        self,
        operations: Mapping[str, Operation],
        *,
        but: Collection[str],  # noqa: ARG002 - as the world's door has it
        about: Mapping[str, About] = MappingProxyType({}),  # noqa: ARG002
    ) -> Mapping[str, Operation]:
        """Return operations which the next server carries out again; here is none."""
        return operations

    def notebook(self, name: str) -> Notebook | None:  # noqa: ARG002 - as the world's door has it
        """Return the notebook of this name; here is none."""
        return None

    def transit(self, name: str) -> Transit | None:
        """Return where one part of the world keeps what is on its way; None without a database."""
        return None if self._keeper is None else self._keeper.transit(name)

    def written(self) -> Awaitable[None] | None:
        """Have everything up to now written; return what is done once it is on the disk, None if it is, or need not be.

        Raises:
            ApiError: the disk has failed.
        """
        return self._keeper.written() if self.is_live and self._keeper is not None else None

    def neighbour(self, account_id: str, region: str, *, begins: bool = False) -> World | None:
        """Return the world of another account or region, None if there is none beside this one."""
        return None if self._neighbour is None else self._neighbour(account_id, region, begins)

    def neighbours(self) -> Sequence[World]:
        """Return the worlds beside this one, of whatever account and region."""
        return [world for world in self._worlds() if world is not self]

    def sources(self, kind: str) -> Mapping[str, Any]:
        """Return all sources of a kind (`queues`, `buckets`), by name, in order of creation: now and later.

        Each is a `Source` with what else its kind has, such as a topic's `outbox`.
        """
        return self.directory.sources(kind)

    def share(self, make: Callable[[World], T]) -> T:
        """Return what this makes of the world, the same every time; if it is `Closable`, the world closes it."""
        if make not in self._shared:
            self._shared[make] = make(self)
        shared: T = self._shared[make]
        return shared

    def connect(self) -> None:
        """Tie what was added to one another by name; it happens by itself before anything else does.

        Raises:
            ConfigurationError: a name is not there, or AWS would refuse a setting.
        """
        for world in cast("Sequence[Machinery]", self._worlds() or (self,)):
            while world._to_connect:
                world._to_connect.pop(0)()

    # --- what can be asked -----------------------------------------------------------------------------

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str = "",
        account_id: str = "",
        caller: Caller = OUTSIDE,
        is_checked: bool = False,
    ) -> Result | Awaitable[Result]:
        """Call an AWS operation as a client outside; an operation that waits gives an awaitable.

        Args:
            region, account_id: those of the client, "" for those of this world.
            is_checked: whether somebody has seen that the parameters are such as the service takes.

        Raises:
            ApiError: the operation refuses.
            NotSimulated: nobody answers it.
        """
        there = self
        if self._neighbour is not None:
            meant = world_meant(self, service, operation, parameters, region=region, account_id=account_id)
            there = cast("Self", meant)
            if not self.trace.shares(there.trace):
                caller = replace(caller, cause=0)
        if there._to_connect:
            there.connect()
        return there.router.call(service, operation, parameters, region=region, caller=caller, is_checked=is_checked)

    def authorize(
        self, service: str, operation: str, parameters: Mapping[str, Any], caller: Caller, *, region: str = ""
    ) -> None:
        """See that somebody may do what a service does for them without a call.

        Args:
            region: where it is done, "" for the world's own.

        Raises:
            ApiError: the policies of the caller's role do not permit it, and permissions are enforced.
        """
        if self._gate is not None and not self.clock.is_bygone:  # what an earlier server did was permitted
            self.router.authorize(service, operation, parameters, caller, region=region)

    def trusts(self, role_arn: str, *services: str, cause: int) -> bool:
        """Tell whether a role lets a service act in it; one that nobody knows does."""
        return self._gate is None or self.clock.is_bygone or self._gate.trusts(role_arn, services, cause)

    def _user_of(self, access_key_id: str) -> Mapping[str, Any] | None:
        """Return what IAM tells of the user whose key this is, None if it does not know the key."""
        from eventsim.gatekeeper import user_of  # few clients have such a key

        return user_of(self, access_key_id)

    def wait_for(self, answer: Awaitable[Result], limit_s: float | None = None) -> Result:
        """Wait in virtual time on behalf of blocking code: a handler that calls an operation which waits.

        Args:
            limit_s: for how long a handler waits at most.

        Raises:
            TimeoutError: the answer is not there by then; the operation goes on.
        """
        if strand.current() is None:
            return self._wait_outside(answer)
        return strand.wait_for(answer, limit_s)

    def sleep(self, delay_s: float) -> None:
        """Let blocking code wait in virtual time: a handler, or a client outside."""
        if strand.current() is None:
            self._wait_outside(asyncio.sleep(delay_s, {}))
        else:
            strand.sleep_us(wait_us(delay_s))

    def _wait_outside(self, answer: Awaitable[Result]) -> Result:
        """Wait on behalf of a blocking client outside."""
        raise NotImplementedError

    def known(self, section: str) -> list[str]:
        """Return the names by which functions or sources can be asked for."""
        return [*self.directory.known(section), *(each.name for each in self.functions if section == "functions")]

    def missing(self, kind: str, name: str, *, key: str) -> ConfigurationError:
        """Return the refusal of a name that is not there."""
        section = f"{kind}es" if kind.endswith("s") else f"{kind}s"
        return ConfigurationError(f"there is no {kind} {name!r}{did_you_mean(name, self.known(section))}", key=key)

    def permits(self, arn: str, principal: str, source_arn: str, *, cause: int = 0) -> bool:
        """Tell whether a resource lets a service act on it; what a scenario makes permits everything."""
        if self._admission is not None:
            is_let_in = self._admission.admits(arn, principal, source_arn, cause)
            if not is_let_in and self.permissions == "enforced":
                return False
        return ":function:" not in arn or self.services.permits(arn, principal, source_arn)

    def begin_invocation(
        self,
        arn: str,
        payload: str,
        ended: Callable[[Attempt], None],
        *,
        cause: int = 0,
        lineage: Lineage | None = None,
        tenant_id: str = "",
    ) -> None:
        """Run a function now and tell what came of it: what a front door or an enrichment does.

        Raises:
            ApiError: there is no such function, or the event is too large or not JSON, or names no tenant.
        """
        self.services.lambda_api.begin_invocation(
            arn, payload, ended, cause=cause, lineage=lineage, tenant_id=tenant_id
        )

    def open_feed(self, name: str, settings: Mapping[str, Any], deliver: Invoke, *, target_arn: str) -> Feed:
        """Poll a source as an event source mapping does, for something that is no function: a pipe.

        Raises:
            ApiError: there is no such source, or AWS would refuse a setting.
        """

        def read(settings: Mapping[str, Any]) -> MappingSpec:
            try:
                return convert({**settings, "function": ""}, MappingSpec, name)
            except ConfigurationError as error:  # what a client gave is of another type
                raise ApiError("ValidationException", str(error)) from error

        poller = self.mappings.feed(name, read(settings), deliver, target_arn)
        return PollingFeed(poller, lambda changed: self.mappings.change_feed(poller, read(changed)))

    def function_url(self, identifier: str) -> FunctionUrl | None:
        """Return what the function URL with this identifier leads to, None if there is none."""
        return self.services.lambda_api.target_of_url(identifier)

    def function_urls(self) -> Mapping[str, str]:
        """Return the identifier of every function's own URL, by the function's name."""
        return self.services.lambda_api.urls()

    # --- over HTTP -------------------------------------------------------------------------------------

    def front_door(self, request: HttpRequest) -> FrontDoor | None:
        """Return which front door answers a request, judging by its host and path, None for no one here."""
        door = self._find_door(request)
        return None if door is None else PatientDoor(door)

    def _find_door(self, request: HttpRequest) -> FrontDoor | None:
        worlds = (self, *cast("Sequence[Machinery]", self.neighbours()))
        return next(filter(None, (world.front_doors.find(request) for world in worlds)), None)

    def ask_service(
        self, request: HttpRequest, *, service: str, region: str = "", action: str = "", caller: Caller = OUTSIDE
    ) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a request to a service of AWS's as it stands on the wire: what an integration of a gateway sends."""
        from eventsim.calls.over_http import ask_service  # the codecs are loaded by who needs them
        from eventsim.wire.route import Home

        home = Home(region=region or self.region, account_id=self.account_id)
        request_id = self.request_id()
        return ask_service(
            self.call, request, service=service, action=action, home=home, request_id=request_id, caller=caller
        )

    def answer_http(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer an HTTP request whose headers name the host.

        Raises:
            ConfigurationError: nobody is there to answer.
        """
        self.connect()
        answer = self._answer_at_door(request)
        if answer is not None:
            return answer
        host = request.headers.get("host")
        if leads_to_endpoint(host) or request.headers.get("authorization").startswith(_SIGNATURE):
            here = current()
            return self._ask_endpoint(request, OUTSIDE if here is None else here.who_calls())
        raise ConfigurationError(f"nobody answers {request.method} http://{host}{request.path} in this simulation")

    def _answer_program(self, request: HttpRequest, caller: Caller) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer what a function's program asks of its endpoint, in virtual time."""
        answer = self._answer_at_door(request)
        return self._ask_endpoint(request, caller) if answer is None else answer

    def _answer_at_door(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse] | None:
        """Answer a request that leads to a front door, whether that is here or not; None if it does not."""
        door = self._find_door(request)
        if door is not None:
            return whole(door.handle(request))
        return refuse(request) if leads_to_front_door(request.headers.get("host"), request.path) else None

    def _ask_endpoint(self, request: HttpRequest, caller: Caller) -> HttpResponse | Awaitable[HttpResponse]:
        from eventsim.calls.over_http import ask_endpoint  # the codecs are loaded by who needs them
        from eventsim.wire.route import Home

        return ask_endpoint(
            self.call,
            request,
            cors_rules=self.cors_rules,
            home=Home(region=self.region, account_id=self.account_id),
            now=self.clock.date(),
            request_id=self.request_id(),
            caller=caller,
        )

    def cors_rules(self, bucket: str) -> Sequence[Mapping[str, Any]] | None:
        """Return which pages of other origins may ask a bucket, None if it is not here."""
        source = self.sources("buckets").get(bucket)
        return source.cors_rules if isinstance(source, OpenToPages) else None

    # --- beginning and end -----------------------------------------------------------------------------

    def open(self) -> None:
        """Begin the run: wrap the process, tie everything together.

        Raises:
            ConfigurationError: a name is not there, or AWS would refuse a setting.
        """
        try:
            self._at_close.enter_context(wrapped_process(lasting_table(_LIBRARIES)))
            self._at_close.enter_context(answered_by(self, self._home))
            self._at_close.enter_context(http_client.answered_in_process())
            self._at_close.enter_context(own_sockets.answered_in_process())
            self._at_close.enter_context(wrapped_when_imported(_LIBRARIES, are_bound_elsewhere=True))
            self._at_close.enter_context(wrapped_when_imported(_PROCESSES))
            self._at_close.callback(self.strands.close)
            self._at_close.callback(self.dispatch.close)
            self._at_close.enter_context(self._guard)
        except BaseException:
            self.close()
            raise
        self.is_open = True

    def restore(self) -> None:
        """Bring back what an earlier server left in the database and the folders.

        Raises:
            ConfigurationError: another server has it, or it is unfit.
            StorageError: it cannot be read.
        """
        if self.database_path is None and not self.folders:
            return
        for section in self.registry.sections:
            kind = self.registry.kind(section)
            if isinstance(kind, Restorable):
                kind.restore(self)
        self.services.restore()

    def resume(self) -> None:
        """Go on with what was on its way when an earlier server ended; everything that this needs is there again.

        Raises:
            StorageError: it cannot be read.
        """
        for section in self.registry.sections:
            kind = self.registry.kind(section)
            if isinstance(kind, Resumable):
                kind.resume(self)
        self.event_queue.restore()
        self.durable.restore()

    async def close_sources(self) -> None:
        """Have every source write down what it holds, and let go of it.

        Raises:
            StorageError: it could not be written.
        """
        if self._retinues is not None:
            await self._retinues.close()
        for each in (*self.directory.all(), *self._shared.values()):
            if isinstance(each, Closable):
                await each.close()
        self.services.close()

    def close(self) -> None:
        """End the run: whatever still runs is stopped, the process is as it was. The trace stays readable."""
        self.is_open = False
        self._at_close.close()


def _known(permissions: Permissions) -> Permissions:
    """Return what becomes of permissions, as somebody has written it.

    Raises:
        ConfigurationError: it is none of what there is.
    """
    if permissions not in get_args(Permissions):
        message = f"no permissions are {permissions!r}{did_you_mean(str(permissions), get_args(Permissions))}"
        raise ConfigurationError(message, key="permissions")
    return permissions


def kept_in(database: Path) -> Path:
    """Return the folder beside a database in which functions outlive the server."""
    return database.with_name(f"{database.name}-lambda")


def convert(settings: Mapping[str, Any], spec: type[Spec], key: str) -> Spec:
    """Return settings as what describes them.

    Raises:
        ConfigurationError: they are wrong; `key` names where they stand.
    """
    known = _setting_names(spec)
    unknown = next((name for name in settings if name not in known), None)
    if unknown is not None:
        message = f"{key} has no setting `{unknown}`{did_you_mean(unknown, known)}"
        raise ConfigurationError(message, key=f"{key}.{unknown}")
    try:
        return msgspec.convert(settings, spec)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{error}", key=key) from error


@cache
def _setting_names(spec: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return what settings are called; every test asks again, and msgspec would read all annotations again."""
    return tuple(field.encode_name for field in msgspec.structs.fields(spec))
