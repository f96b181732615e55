"""What belongs to a simulation, and how is it put together? The assembled world, without the waiting.

`Assembly` holds everything that one run has: nothing here is global, and two assemblies do not know of each other.
How one waits in it is the difference between `Simulation` and `SyncSimulation`.
"""

import contextlib
import json
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast, runtime_checkable

import msgspec
from msgspec import structs

from eventsim.api import OF_AWS, OUTSIDE, Caller, Operation, Result
from eventsim.calls.core_services import CoreServices
from eventsim.calls.http_client import answered_in_process
from eventsim.calls.moto_door import MotoDoor
from eventsim.calls.parameters import check_parameters
from eventsim.calls.router import Answer, Router, StubSpec
from eventsim.calls.sdk import answered_by
from eventsim.calls.service_names import check_operation
from eventsim.chance import Chance
from eventsim.clock import START_AT, Clock, Loop
from eventsim.dispatch.concurrency import AccountConcurrency
from eventsim.dispatch.destination import Destinations
from eventsim.dispatch.dispatch import Dispatch
from eventsim.dispatch.event_queue import EventQueue
from eventsim.envelope import Lineage
from eventsim.environment.environment import Host
from eventsim.environment.runtime_process import StartProcess
from eventsim.errors import ApiError, ConfigurationError
from eventsim.faults import FaultSpec, build_faults
from eventsim.front_door import FrontDoor, FrontDoors, leads_to_endpoint, leads_to_front_door, make_request, refuse
from eventsim.function.function import LATEST, Function, Functions, Handler
from eventsim.function.spec import FunctionSpec, build_function
from eventsim.handler import strand, wrapped_process
from eventsim.handler.guard import GUARD_S, Guard
from eventsim.handler.hub import Strands
from eventsim.handler.surroundings import current
from eventsim.http_stub import HttpAnswer, HttpStub, HttpStubSpec, fixed
from eventsim.mapping.lanes import Invoke
from eventsim.mapping.mapping import Mappings, Polled
from eventsim.mapping.spec import MappingSpec
from eventsim.outcome import Attempt
from eventsim.registry import Registry
from eventsim.source import Closable, Feed, FunctionUrl, Pollable, Restorable, Sharded, Source, World
from eventsim.spelling import did_you_mean
from eventsim.target import Shelf, Target
from eventsim.trace import Trace
from eventsim.wire.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from eventsim.template.deployed import Deployed

T = TypeVar("T")

ACCOUNT_ID = "123456789012"
REGION = "us-east-1"
_BEGIN = "say where reading begins: `TRIM_HORIZON`, at the oldest record, or `LATEST`, at the next one"


@runtime_checkable
class Mailbox(Protocol):
    """A source that one can send a message to."""

    def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, Mapping[str, str]] | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        delay_s: int | None = None,
    ) -> object:
        """Send a message.

        Raises:
            ApiError: it is refused.
        """


@runtime_checkable
class Readable(Protocol):
    """A source that one can read objects from."""

    def read(self, key: str) -> bytes | None:
        """Return the content of an object, None if there is none."""


class Assembly:
    """The world of one run.

    Args:
        seed: the number from which all chance follows.
        start_at: the date on which the run begins.
        folder: what relative paths are relative to; the current folder by default.
        database: a file in which sources mirror their state, None for none.
        syncs_fully: whether that outlives a loss of power, not only the end of the process.
        endpoint_url: where clients reach it over HTTP, "" if they are in this process.
        folders: sections, each with the folder whose sub-folders are its sources.
        guard_s: user code that computes for longer than this, on the wall clock, is stopped.
        machine_folders: folders that handlers may use by their real names, such as a test's own temporary folder;
            everything else that they may write is their own `/tmp`.
        start_process: starts processes for handlers; None lets them run here, in strands.
        clock: a clock of this loop that there is already, instead of a new one that starts at `start_at`.
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
        endpoint_url: str = "",
        folders: Mapping[str, Path] = MappingProxyType({}),
        guard_s: float = GUARD_S,
        machine_folders: Sequence[Path] = (),
        registry: Registry | None = None,
        start_process: StartProcess | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.seed = seed
        self.region = region
        self.account_id = account_id
        self.folder = Path(folder) if folder else Path.cwd()
        self.database_path = Path(database) if database else None
        self.syncs_fully = syncs_fully
        self.endpoint_url = endpoint_url
        self.folders = folders
        self.clock = clock or Clock(loop, start_at)
        self.chance = Chance(seed)
        self.trace = Trace(loop)
        self.registry = registry or Registry.installed()
        self.functions = Functions(region, account_id)
        self.request_id = self.chance.uuids("request")
        """Returns the id of the next request of a client."""
        self._sources: dict[str, dict[str, Source]] = {}
        self._by_arn: dict[str, Source] = {}
        self._mailboxes: dict[str, Mailbox] = {}
        self._shared: dict[Callable[[World], Any], Any] = {}
        self.front_doors = FrontDoors(partial(self.registry.front_doors, self))
        """Whoever answers HTTP requests."""
        self._to_connect: list[Callable[[], None]] = []
        self._nicknames: dict[str, dict[str, str]] = {}
        self._fault_specs: list[FaultSpec] = []
        self._at_close = contextlib.ExitStack()
        tmp_root = Path(self._at_close.enter_context(tempfile.TemporaryDirectory(prefix="eventsim-")))
        self.work_folder = tmp_root / "work"
        """A folder of the run for what a template holds inline."""
        self.strands = Strands(self.clock)
        self._guard = Guard(self.strands, guard_s=guard_s)
        shared: dict[str, Any] = {"clock": self.clock, "chance": self.chance, "trace": self.trace}
        functions: dict[str, Any] = {**shared, "functions": self.functions}
        self.host = Host(
            **shared,
            strands=self.strands,
            region=region,
            tmp_root=tmp_root,
            machine_folders=machine_folders,
            start_process=start_process,
        )
        account = AccountConcurrency()
        self.dispatch = Dispatch(**functions, account=account, host=self.host)
        destinations = Destinations(**shared, find=self.find_destination)
        self.event_queue = EventQueue(**functions, dispatch=self.dispatch, destinations=destinations)
        self.mappings = Mappings(
            **functions, invoke=self.dispatch.invoke, destinations=destinations, find=self._pollable
        )
        self.services = CoreServices(
            **functions,
            dispatch=self.dispatch,
            account=account,
            event_queue=self.event_queue,
            mappings=self.mappings,
            code_root=tmp_root / "code",
            call=self.call,
            find=self.find,
            kept_in=kept_in(self.database_path) if self.database_path is not None and self.is_live else None,
            syncs_fully=syncs_fully,
        )
        """The AWS services that the core answers itself."""
        elsewhere = MotoDoor(clock=self.clock, chance=self.chance, account_id=account_id)
        load = {**self.services.loaders(), **self._services()}
        self.router = Router(self.trace, region, load, elsewhere.find, check_parameters)

    def _services(self) -> dict[str, Callable[[], Mapping[str, Operation]]]:
        return {service: partial(self._operations, service) for service in self.registry.services}

    def _operations(self, service: str) -> Mapping[str, Operation]:
        return self.registry.operations(service)(self)

    # --- building --------------------------------------------------------------------------------------

    def add_function(
        self, name: str, spec: FunctionSpec | None = None, *, handler: str | Handler | None = None, **settings: Any
    ) -> None:
        """Add a function.

        Args:
            spec: its settings, as a scenario has them; or give them by keyword.
            handler: `module.function` in the code folder, or a callable that is run as it is.

        Raises:
            ConfigurationError: a setting is wrong; `key` names it.
        """
        run_as_it_is = handler if callable(handler) else None
        if spec is None:
            if handler is not None and run_as_it_is is None:
                settings["handler"] = handler
            spec = _convert(settings, FunctionSpec, f"functions.{name}")
        function = build_function(name, spec, arn=self.functions.arn(name), folder=self.folder, handler=run_as_it_is)
        self.functions.add(function)
        self.dispatch.configure(function)
        self._to_connect.append(partial(self._check_destinations, function))

    def _check_destinations(self, function: Function) -> None:
        """Check that what the function names is there and is not itself (in AWS's words, recorded)."""
        named = [("dead_letter", function.dead_letter)]
        for qualifier, config in function.event_invoke.items():
            section = _section_of(qualifier, function)
            named += [(f"{section}on_success", config.on_success), (f"{section}on_failure", config.on_failure)]
        for setting, name in named:
            key = f"functions.{function.name}.{setting}"
            find = self.find_destination if setting.endswith("on_failure") else self.find
            if name and find(name) is None:
                known = [*(each.name for each in self.functions), *self._source_names()]
                raise ConfigurationError(f"there is no {name!r} to send to{did_you_mean(name, known)}", key=key)
            if name in (function.name, function.arn):
                raise ConfigurationError("You can't specify the function as a destination for itself.", key=key)

    def add_source(self, section: str, name: str, spec: Any = None, **settings: Any) -> Source:
        """Add a source: a queue (`queues`), a bucket (`buckets`), or what else is installed.

        Args:
            spec: its settings, as a scenario has them; or give them by keyword.

        Raises:
            ConfigurationError: a setting is wrong; `key` names it.
        """
        kind = self.registry.kind(section)
        key = f"{section}.{name}"
        spec = spec if spec is not None else _convert(settings, kind.spec, key)
        if name in self._sources.get(section, ()):
            raise ConfigurationError(f"there are two {section} named {name!r}; rename one", key=key)
        with _keyed(key):
            source = kind.create(self, name, spec)
        self.add(source)

        def connect() -> None:
            with _keyed(key):
                kind.connect(self, source, spec)

        self._to_connect.append(connect)
        return source

    def add_mapping(self, spec: MappingSpec | None = None, *, key: str = "mappings", **settings: Any) -> None:
        """Let a function poll a source.

        Raises:
            ConfigurationError: AWS would refuse it, or the names are not there; `key` names the setting.
        """
        spec = spec if spec is not None else _convert(settings, MappingSpec, key)

        def connect() -> None:
            if self._pollable(spec.source) is None:
                hint = did_you_mean(spec.source, self._source_names())
                message = f"there is no {spec.source!r} that can be polled{hint}"
                raise ConfigurationError(message, key=f"{key}.source")
            refusal = self.mappings.refusal(spec)
            if refusal is not None:
                is_unsaid = refusal.key == "starting_position" and not spec.starting_position
                raise ConfigurationError(_BEGIN if is_unsaid else refusal.message, key=f"{key}.{refusal.key}")
            if spec.on_failure and self.find(spec.on_failure) is None:
                hint = did_you_mean(spec.on_failure, self._source_names())
                raise ConfigurationError(f"there is no {spec.on_failure!r} to send to{hint}", key=f"{key}.on_failure")
            self.mappings.create(f"{spec.source} -> {spec.function}", spec)

        self._to_connect.append(connect)

    def add_fault(self, spec: FaultSpec | None = None, **settings: Any) -> None:
        """Put trouble in a function's way.

        Raises:
            ConfigurationError: the fault makes no sense; `key` names the setting.
        """
        spec = spec if spec is not None else _convert(settings, FaultSpec, "faults")
        self._fault_specs.append(structs.replace(spec, function=self.named("functions", spec.function)))
        self.dispatch.faults = build_faults(self._fault_specs, self.chance)

    def stub(
        self,
        service: str,
        operation: str,
        result: Mapping[str, Any] | Callable[[Mapping[str, Any]], Any] | None = None,
        *,
        error: str = "",
        message: str = "",
    ) -> None:
        """Answer an operation that nobody simulates, or that a test wants to decide.

        Args:
            service: boto3's name of the service.
            result: what the call returns, or a function of the parameters that returns it.
            error: AWS's error code to raise instead.

        Raises:
            ConfigurationError: AWS has no such service or operation, or there is more than one answer.
        """
        check_operation(service, operation)
        if error and result is not None:
            raise ConfigurationError("a stub answers with a result or with an error; keep one", key="error")
        answer: Answer
        if error:
            answer = partial(_raise_api_error, error, message)
        elif callable(result):
            answer = result
        else:
            answer = partial(_copy, result or {})
        self.router.stub(service, operation, answer)

    def add_stub(self, spec: StubSpec, answer: Answer | None = None) -> None:
        """Add a stub that a scenario describes; `answer` is the function that its `python` names."""
        self.stub(spec.service, spec.operation, answer or spec.result, error=spec.error, message=spec.message)

    def stub_http(
        self,
        host: str,
        answer: HttpAnswer | None = None,
        *,
        status: int = 200,
        body: object = None,
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Answer HTTP requests of user code to a host outside, which nothing here may reach.

        Args:
            host: its name, with `*` for any part of it.
            answer: a function of the request that returns a body, `(status, body)` or a `Reply`; or give the answer.
            body: text, bytes, or data that becomes JSON.

        Raises:
            ConfigurationError: that is no host.
        """
        made = answer or fixed(HttpStubSpec(host=host, status=status, body=body, headers=dict(headers)))
        self.front_doors.put_first(HttpStub(host, made, clock=self.clock, trace=self.trace))

    def add_http_stub(self, spec: HttpStubSpec, answer: HttpAnswer | None = None) -> None:
        """Add a stub of a host that a scenario describes; `answer` is the function that its `python` names."""
        self.stub_http(spec.host, answer or fixed(spec))

    async def deploying(
        self,
        template: Path | str,
        *,
        stack: str = "",
        parameters: Mapping[str, Any] = MappingProxyType({}),
        functions: Mapping[str, FunctionSpec | Mapping[str, Any]] = MappingProxyType({}),
    ) -> "Deployed":
        """Deploy a SAM or CloudFormation template, or the folder `cdk.out`, and tell what came of it.

        Args:
            template: its file, relative to the folder of the simulation.
            stack: the stack's name; the name of the template's folder if not given.
            parameters: values of the template's parameters.
            functions: logical id → settings of a scenario's function that take the place of the template's.

        Raises:
            TemplateError: it is wrong, or a resource was refused; nothing of it is left.
        """
        from eventsim.template.deployed import deploy_path

        overrides = {
            name: _convert(spec, FunctionSpec, f"functions.{name}") if isinstance(spec, Mapping) else spec
            for name, spec in functions.items()
        }
        self.connect()
        return await deploy_path(self, self.folder / template, stack=stack, parameters=parameters, overrides=overrides)

    def deploy_now(self, deployment: Coroutine[Any, Any, T]) -> T:
        """Carry out a deployment that takes no time.

        Raises:
            ConfigurationError: it has to wait: for a custom resource's function, or for the disk.
        """
        try:
            deployment.send(None)
        except StopIteration as done:
            return done.value  # type: ignore[no-any-return]  # the coroutine's result
        deployment.close()
        raise ConfigurationError(
            "this template has to wait while it is deployed: it has custom resources, whose functions run. Start the "
            "server without it, and deploy it by CreateStack or `sam deploy`"
        )

    def echo(self, function: str, settings: Mapping[str, Any]) -> None:
        """Have the Lambda API tell settings of a function that change nothing: its `Role`."""
        self.services.lambda_api.echo(function, settings)

    def nickname(self, section: str, nickname: str, name: str) -> None:
        """Let a source or a function be found under another name, too: its logical id in a template."""
        self._nicknames.setdefault(section, {})[nickname] = name

    def nicknames(self, section: str) -> Mapping[str, str]:
        """Return the names of a section that are known under another name, by that other name."""
        return self._nicknames.get(section, {})

    def named(self, section: str, name: str) -> str:
        """Return the name of what is known under this one or a nickname."""
        of_section = self._nicknames.get(section)
        return name if of_section is None or name in self._sources.get(section, ()) else of_section.get(name, name)

    def offers(self, service: str, operation: str) -> bool:
        """Tell whether somebody answers an operation."""
        return self.router.knows(service, operation)

    def connect(self) -> None:
        """Tie what was added to one another by name; it happens by itself before anything else does.

        Raises:
            ConfigurationError: a name is not there, or AWS would refuse a setting.
        """
        while self._to_connect:
            self._to_connect.pop(0)()

    # --- the world, as sources see it ------------------------------------------------------------------

    def target(self, arn: str) -> Target | None:
        """Return the target with this ARN, if there is one."""
        source = self._by_arn.get(arn)
        if source is not None:
            return cast("Target", source) if hasattr(source, "accept") else None
        if ":function:" not in arn:
            return None
        try:
            name = self.functions.parse_name(arn)
            self.functions.resolve(name.name, name.qualifier, float)
        except ApiError:
            return None
        return self.event_queue.target(name.name, name.qualifier)

    def find(self, name: str) -> Target | None:
        """Return the target that a scenario or an API call names: an ARN, or the name of a source or a function."""
        if name.startswith("arn:"):
            return self.target(name)
        for sources in self._sources.values():
            target = self.target(sources[name].arn) if name in sources else None
            if target is not None:  # a table of that name is none
                return target
        return self.target(self.functions.arn(name))

    def find_destination(self, name: str) -> Target | Shelf | None:
        """Return whom a destination names: a target, or a bucket, which keeps what failed under a key."""
        named: list[object] = [self._by_arn.get(name), *(of_kind.get(name) for of_kind in self._sources.values())]
        return self.find(name) or next((source for source in named if isinstance(source, Shelf)), None)

    def _source_names(self) -> list[str]:
        return [name for of_kind in self._sources.values() for name in of_kind]

    def _pollable(self, name: str) -> Polled | None:
        """Return the queue or stream with this name or ARN; a table's name stands for its stream."""
        sources: list[object] = [self._by_arn.get(name), *(of_kind.get(name) for of_kind in self._sources.values())]
        return next((source for source in sources if isinstance(source, Pollable | Sharded)), None)

    def add(self, source: Source) -> None:
        """Make a source known under its name and its ARN."""
        self._sources.setdefault(source.kind, {})[source.name] = source
        self._by_arn[source.arn] = source

    def remove(self, arn: str) -> None:
        """Forget the source with this ARN."""
        source = self._by_arn.pop(arn, None)
        if source is not None:
            del self._sources[source.kind][source.name]
            self._mailboxes.pop(source.name, None)

    def sources(self, kind: str) -> Mapping[str, Source]:
        """Return all sources of a kind (`queues`, `buckets`), by name, in order of creation."""
        return MappingProxyType(self._sources.setdefault(kind, {}))

    def share(self, make: Callable[[World], T]) -> T:
        """Return what this makes of the world, the same every time; if it is `Closable`, the world closes it."""
        if make not in self._shared:
            self._shared[make] = make(self)
        shared: T = self._shared[make]
        return shared

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

    def numbers(self, section: str, name: str) -> Mapping[str, int] | None:
        """Return the summary's numbers of a function or source as of now, None if there is none of this name."""
        name = self.named(section, name)
        if section == "functions":
            return self.function_numbers(name) if name in self.functions else None
        source = self._sources.get(section, {}).get(name)
        return None if source is None else source.summary()

    def function_numbers(self, name: str) -> Mapping[str, int]:
        """Return what a function's attempts came to so far."""
        metrics = self.dispatch.metrics(name)
        place = f"function {name}"
        return {
            "invocations": metrics.invocations,
            "errors": metrics.errors,
            "throttles": metrics.throttles,
            "timeouts": self.trace.count("timed out", place),
            "cold_starts": metrics.cold_starts,
            "billed_ms": self.trace.total("reported", place),
            "recursions": metrics.recursive_invocations_dropped,
        }

    def read(self, bucket: str, key: str) -> bytes | None:
        """Return the content of an object as of now, None if there is none; the trace does not tell of it."""
        source = self._sources.get("buckets", {}).get(self.named("buckets", bucket))
        return source.read(key) if isinstance(source, Readable) else None

    # --- what happens from outside ---------------------------------------------------------------------

    def send(
        self,
        queue: str,
        body: str,
        *,
        attributes: Mapping[str, Mapping[str, str]] | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        delay_s: int | None = None,
    ) -> object:
        """Send a message to a queue, by the queue's name.

        Args:
            attributes: in SQS's shape, `{"Name": {"DataType": "String", "StringValue": "…"}}`.
            group: the message group, for FIFO and fair queues.

        Raises:
            ApiError: the queue refuses it.
            ConfigurationError: there is no such queue.
        """
        if self._to_connect:
            self.connect()
        mailbox = self._mailboxes.get(queue) or self._mailbox(queue)
        return mailbox.send(
            body, attributes=attributes, group=group, deduplication_id=deduplication_id, delay_s=delay_s
        )

    def _mailbox(self, queue: str) -> Mailbox:
        source = self._sources.get("queues", {}).get(self.named("queues", queue))
        if not isinstance(source, Mailbox):
            raise ConfigurationError(
                f"there is no queue {queue!r}{did_you_mean(queue, self._sources.get('queues', ()))}"
            )
        self._mailboxes[queue] = source
        return source

    def put(
        self,
        bucket: str,
        key: str,
        data: bytes,
        *,
        content_type: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> object:
        """Put an object into a bucket.

        Raises:
            ApiError: the bucket refuses it, or there is none.
        """
        parameters: dict[str, Any] = {"Bucket": self.named("buckets", bucket), "Key": key, "Body": data}
        if content_type is not None:
            parameters["ContentType"] = content_type
        if metadata:
            parameters["Metadata"] = metadata
        return self.call("s3", "PutObject", parameters)

    def put_event(
        self,
        source: str,
        detail_type: str,
        detail: Mapping[str, Any] = MappingProxyType({}),
        *,
        bus: str = "default",
        resources: Sequence[str] = (),
        as_service: bool = False,
    ) -> object:
        """Put an event on a bus.

        Args:
            as_service: whether AWS itself puts it: only then may the source begin with `aws.`.

        Raises:
            ApiError: the bus refuses it.
        """
        entry: dict[str, Any] = {"Source": source, "DetailType": detail_type, "Detail": json.dumps(dict(detail))}
        entry |= {"EventBusName": self.named("buses", bus), "Resources": list(resources)}
        result: Any = self.call("events", "PutEvents", {"Entries": [entry]}, caller=OF_AWS if as_service else OUTSIDE)
        for each in result["Entries"]:
            if "ErrorCode" in each:
                raise ApiError(each["ErrorCode"], each["ErrorMessage"])
        return result

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str = "",
        caller: Caller = OUTSIDE,
        is_checked: bool = False,
    ) -> Result | Awaitable[Result]:
        """Call an AWS operation as a client outside; an operation that waits gives an awaitable.

        Args:
            is_checked: whether somebody has seen that the parameters are such as the service takes.

        Raises:
            ApiError: the operation refuses.
            NotSimulated: nobody answers it.
        """
        self.connect()
        return self.router.call(service, operation, parameters, region=region, caller=caller, is_checked=is_checked)

    def wait_for(self, answer: Awaitable[Result]) -> Result:
        """Wait in virtual time on behalf of blocking code: a handler that calls an operation which waits."""
        if strand.current() is None:
            return self._wait_outside(answer)
        return strand.wait_for(answer)

    def sleep(self, delay_s: float) -> None:
        """Let a handler wait in virtual time."""
        strand.sleep_us(round(delay_s * 1e6))

    def _wait_outside(self, answer: Awaitable[Result]) -> Result:
        """Wait on behalf of a blocking client outside."""
        raise NotImplementedError

    def permits(self, arn: str, principal: str, source_arn: str) -> bool:
        """Tell whether a resource lets a service act on it; what a scenario makes permits everything."""
        return self.services.permits(arn, principal, source_arn)

    def begin_invocation(
        self,
        arn: str,
        payload: str,
        ended: Callable[[Attempt], None],
        *,
        cause: int = 0,
        lineage: Lineage | None = None,
    ) -> None:
        """Run a function now and tell what came of it: what a front door or an enrichment does.

        Raises:
            ApiError: there is no such function, or the event is too large or not JSON.
        """
        self.services.lambda_api.begin_invocation(arn, payload, ended, cause=cause, lineage=lineage)

    def front_door(self, request: HttpRequest) -> FrontDoor | None:
        """Return which front door answers a request, judging by its host and path, None for no one here."""
        return self.front_doors.find(request)

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

    def function_url(self, identifier: str) -> FunctionUrl | None:
        """Return what the function URL with this identifier leads to, None if there is none."""
        return self.services.lambda_api.target_of_url(identifier)

    def function_urls(self) -> Mapping[str, str]:
        """Return the identifier of every function's own URL, by the function's name."""
        return self.services.lambda_api.urls()

    def exchange(
        self,
        method: str,
        url: str,
        *,
        api: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        query: Mapping[str, str] | None = None,
        body: str | bytes | None = None,
        data: object = None,
    ) -> HttpResponse | Awaitable[HttpResponse]:
        """Send an HTTP request as a client outside; what takes time gives an awaitable.

        Args:
            url: a whole URL, or a path of the API that `api` names or that is the only one.
            data: what becomes the body as JSON.

        Raises:
            ConfigurationError: nobody is there to answer.
        """
        self.connect()
        where = url if "://" in url.partition("?")[0] else self._url_of(api).rstrip("/") + f"/{url.lstrip('/')}"
        return self.answer_http(make_request(method, where, headers=headers, query=query, body=body, data=data))

    def handshake(
        self, url: str = "", *, api: str = "", headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None
    ) -> HttpRequest:
        """Return the request by which a client asks for a WebSocket.

        Raises:
            ConfigurationError: there is no API of this name, or several to choose from.
        """
        self.connect()
        where = url if "://" in url.partition("?")[0] else self._url_of(api) + url
        given = [*(headers.items() if isinstance(headers, Mapping) else headers or ())]
        given += [("Sec-WebSocket-Version", "13"), ("Sec-WebSocket-Key", "ZXZlbnRzaW0gaW4gcHJvYw==")]
        return make_request("GET", where, headers=given)

    def _url_of(self, api: str) -> str:
        """Return the URL of an API, or of a function, by its name, its id or its logical id."""
        return self.front_doors.url(self.named("functions", self.named("apis", api)))

    def answer_http(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer an HTTP request whose headers name the host.

        Raises:
            ConfigurationError: nobody is there to answer.
        """
        self.connect()
        door = self.front_doors.find(request)
        if door is not None:
            return door.handle(request)
        host = request.headers.get("host")
        if leads_to_front_door(host, request.path):
            return refuse(request)
        if leads_to_endpoint(host):
            return self._ask_endpoint(request)
        raise ConfigurationError(f"nobody answers {request.method} http://{host}{request.path} in this simulation")

    def _ask_endpoint(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        from eventsim.calls.over_http import ask_endpoint  # the codecs are loaded by who needs them
        from eventsim.wire.route import Home

        here = current()
        return ask_endpoint(
            self.call,
            request,
            home=Home(region=self.region, account_id=self.account_id),
            now=self.clock.date(),
            request_id=self.request_id(),
            caller=OUTSIDE if here is None else here.who_calls(),
        )

    def open_feed(self, name: str, settings: Mapping[str, Any], deliver: Invoke, *, target_arn: str) -> Feed:
        """Poll a source as an event source mapping does, for something that is no function: a pipe.

        Raises:
            ApiError: there is no such source, or AWS would refuse a setting.
        """
        spec = _convert({**settings, "function": ""}, MappingSpec, name)
        return self.mappings.feed(name, spec, deliver, target_arn)

    # --- beginning and end -----------------------------------------------------------------------------

    def open(self) -> None:
        """Begin the run: wrap the process, tie everything together.

        Raises:
            ConfigurationError: a name is not there, or AWS would refuse a setting.
        """
        try:
            self._at_close.enter_context(wrapped_process())
            self._at_close.enter_context(answered_by(self))
            self._at_close.enter_context(answered_in_process())
            self._at_close.callback(self.strands.close)
            self._at_close.callback(self.dispatch.close)
            self._at_close.enter_context(self._guard)
        except BaseException:
            self.close()
            raise

    async def close_sources(self) -> None:
        """Have every source write down what it holds, and let go of it.

        Raises:
            StorageError: it could not be written.
        """
        sources = [source for of_kind in self._sources.values() for source in of_kind.values()]
        for each in (*sources, *self._shared.values()):
            if isinstance(each, Closable):
                await each.close()
        self.services.close()

    def close(self) -> None:
        """End the run: whatever still runs is stopped, the process is as it was. The trace stays readable."""
        self._at_close.close()

    @property
    def now_s(self) -> float:
        """Virtual time in seconds since the run began."""
        return self.clock.now_us / 1e6

    def digest(self) -> str:
        """Return the SHA-256 of the trace so far: the identity of the run."""
        return self.trace.digest()


def kept_in(database: Path) -> Path:
    """Return the folder beside a database in which functions outlive the server."""
    return database.with_name(f"{database.name}-lambda")


def _section_of(qualifier: str, function: Function) -> str:
    """Return where in a function's settings those of a qualifier stand."""
    if qualifier == LATEST:
        return ""
    return f"{'aliases' if qualifier in function.aliases else 'versions'}.{qualifier}."


def _convert(settings: Mapping[str, Any], spec: type[Any], key: str) -> Any:
    try:
        return msgspec.convert(settings, spec)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{error}", key=key) from error


@contextlib.contextmanager
def _keyed(prefix: str) -> Any:
    """Complete the key of a configuration error with where the settings stand."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(str(error), key=f"{prefix}.{error.key}".rstrip(".")) from error


def _raise_api_error(code: str, message: str, _: Mapping[str, Any]) -> Any:
    raise ApiError(code, message)


def _copy(result: Mapping[str, Any], _: Mapping[str, Any]) -> Any:
    return msgspec.convert(msgspec.to_builtins(result), dict)
