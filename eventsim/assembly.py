"""What is in a simulation, and what happens to it from outside? All that one builds and does, but for the waiting.

How one waits in it is the difference between `Simulation` and `SyncSimulation`.
"""

import contextlib
import copy
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar, Unpack, cast, runtime_checkable

from msgspec import structs

from eventsim.api import OF_AWS, OUTSIDE
from eventsim.calls.parameters import fitted_result
from eventsim.calls.router import Answer, StubSpec
from eventsim.calls.service_names import check_operation
from eventsim.clock import Loop
from eventsim.errors import ApiError, ConfigurationError
from eventsim.faults import FaultSpec, build_faults
from eventsim.front_door import make_request
from eventsim.function.function import LATEST, Function, Handler
from eventsim.function.spec import FunctionSpec, build_function
from eventsim.handler.luck import luck_of
from eventsim.handler.virtual_time import dates_of
from eventsim.http_stub import HttpAnswer, HttpStub, HttpStubSpec, fixed
from eventsim.machinery import Machinery, Settings, convert
from eventsim.mapping.mapping import mapping_name
from eventsim.mapping.spec import MappingSpec
from eventsim.neighbourhood import Neighbourhood, beside
from eventsim.permissions.arn import read_arn
from eventsim.place import is_account
from eventsim.quantity import Duration, duration_us
from eventsim.service_faults import ServiceFaults, ServiceFaultSpec
from eventsim.source import Source
from eventsim.spelling import did_you_mean
from eventsim.subscription import TOPIC_DESTINATION
from eventsim.wire.http import HttpRequest, HttpResponse
from eventsim.workload.service_event import as_payload

if TYPE_CHECKING:
    from eventsim.template.deployed import Deployed

T = TypeVar("T")

_BEGIN = "say where reading begins: `TRIM_HORIZON`, at the oldest record, or `LATEST`, at the next one"


@runtime_checkable
class Readable(Protocol):
    """A source that one can read objects from."""

    def read(self, key: str) -> bytes | None:
        """Return the content of an object, None if there is none."""


class Assembly(Machinery):
    """The world of one run, as its users see it. It takes the same arguments as `Machinery`."""

    def __init__(self, *, loop: Loop, **settings: Unpack[Settings]) -> None:
        super().__init__(loop=loop, **settings)
        self._settings = settings
        self._fault_specs: list[FaultSpec] = []
        self._service_fault_specs: list[ServiceFaultSpec] = []
        self._guests: list[Assembly] = []
        """The worlds elsewhere that are parts of this run."""

    # --- other accounts and regions --------------------------------------------------------------------

    def elsewhere(self, region: str = "", *, account_id: str = "") -> Self:
        """Return the world of another region, or of another account: a part of this run, with what this one has.

        From the first on, each account has its own in each region, and the region and the credentials of a client say
        what it reaches; until then, everything is here. Outside of that world, what is in it is called by its place:
        `queue eu-west-1/orders`.

        Args:
            region: such as `eu-west-1`, "" for the same.
            account_id: 12 digits, "" for the same.

        Raises:
            ConfigurationError: there cannot be such a region or account.
        """
        if account_id and not is_account(account_id):
            raise ConfigurationError(f"{account_id[:64]!r} is no account; write 12 digits", key="account_id")
        if self._neighbour is None:
            self._have_neighbours()
        try:
            there = self.neighbour(account_id or self.account_id, region or self.region, begins=True)
        except ApiError as error:
            raise ConfigurationError(error.message, key="region") from error
        return cast("Self", there)

    def parts(self) -> Mapping[str, "Assembly"]:
        """Return the worlds of this run by what comes before the names in them; "" for this one."""
        return {"": self, **{f"{world.trace.name}/": world for world in self._guests}}

    def permissions_needed(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the least policy of each function, and of each role of another service: what its calls have needed.

        Nothing is known if permissions are ignored.
        """
        from eventsim.permissions.used import least_policies  # few runs have permissions

        parts = self.parts()
        places = {(part.account_id, part.region): prefix for prefix, part in parts.items()}
        gates = [part._gate for part in parts.values() if part._gate is not None]
        return least_policies([gate.used for gate in gates], lambda arn: _called(arn, places, self.region))

    def _have_neighbours(self) -> None:
        def begin(account_id: str, region: str, seed: int) -> Assembly:
            settings: Settings = {
                **self._settings,
                "seed": seed,
                "account_id": account_id,
                "region": region,
                "database": beside(self.database_path, account_id, region),
                "neighbour": worlds.find,
                "worlds": worlds.all,
                "home": self,
                "trace": self.trace.part(worlds.name_of(account_id, region)),
            }
            world = self._beside(**settings)
            worlds.add(world)
            self._guests.append(world)
            self._at_close.callback(world.close)
            if self.is_open:
                world.open()
            return world

        worlds: Neighbourhood[Assembly] = Neighbourhood(self.account_id, self.region, seed=self.seed, begin=begin)
        worlds.add(self)
        self._neighbour, self._worlds = worlds.find, worlds.all

    def _beside(self, **settings: Unpack[Settings]) -> "Assembly":
        """Return a world on the same loop."""
        raise NotImplementedError

    def open(self) -> None:
        """Begin the run, here and elsewhere.

        Raises:
            ConfigurationError: a name is not there, or AWS would refuse a setting.
        """
        super().open()
        for world in self._guests:
            world.open()

    async def close_sources(self) -> None:
        """Have every source write down what it holds, and let go of it.

        Raises:
            StorageError: it could not be written.
        """
        for world in self._guests:
            await world.close_sources()
        await super().close_sources()

    # --- building --------------------------------------------------------------------------------------

    def add_function(
        self,
        name: str,
        spec: FunctionSpec | str | Handler | None = None,
        *,
        handler: str | Handler | None = None,
        **settings: Any,
    ) -> None:
        """Add a function.

        Args:
            spec: its settings, as a scenario has them, or its handler; or give them by keyword.
            handler: `module.function` in the code folder, or a callable that is run as it is.

        Raises:
            ConfigurationError: a setting is wrong; `key` names it.
        """
        if isinstance(spec, FunctionSpec):
            whole = spec
        else:
            handler = handler if spec is None else spec
            named = {} if handler is None or callable(handler) else {"handler": handler}
            whole = convert({**settings, **named}, FunctionSpec, f"functions.{name}")
        if whole.image is not None:
            whole = self._in_image(name, whole.image, whole)
        as_it_is = handler if callable(handler) else None
        function = build_function(name, whole, arn=self.functions.arn(name), folder=self.folder, handler=as_it_is)
        self.functions.add(function)
        self.dispatch.configure(function)
        self._to_connect.append(partial(self._check_destinations, function))

    def _in_image(self, name: str, path: str, spec: FunctionSpec) -> FunctionSpec:
        """Return the settings of a function with what its image says, and record what of that has no effect."""
        from eventsim.container.placed import image_at, in_image  # few functions have one

        try:
            image = image_at(self.folder / path, spec.handler)
            placed = in_image(spec, image, self.work_folder / "images" / name)
        except ConfigurationError as error:
            raise ConfigurationError(str(error), key=f"functions.{name}.image") from None
        for remark in image.remarks:
            self.trace.record_without_effect(self.trace.subject("function", name), path, remark)
        return placed

    def _check_destinations(self, function: Function) -> None:
        """Check that what the function names is there and is not itself (in AWS's words, recorded)."""
        named = [("dead_letter", function.dead_letter)]
        for qualifier, config in function.event_invoke.items():
            section = _section_of(qualifier, function)
            named += [(f"{section}on_success", config.on_success), (f"{section}on_failure", config.on_failure)]
        for setting, name in named:
            key = f"functions.{function.name}.{setting}"
            find = self.directory.find_destination if setting.endswith("on_failure") else self.directory.find
            if name and find(name) is None:
                known = [*(each.name for each in self.functions), *self.directory.names()]
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
        spec = spec if spec is not None else convert(settings, kind.spec, key)
        if name in self.sources(section):
            raise ConfigurationError(f"there are two {section} named {name!r}; rename one", key=key)
        with _keyed(key):
            source = kind.create(self, name, spec)
        self.add(source)
        self.directory.open_to_all.add(source.arn)

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
        spec = spec if spec is not None else convert(settings, MappingSpec, key)

        def connect() -> None:
            if self.directory.pollable(spec.source) is None:
                hint = did_you_mean(spec.source, self.directory.names())
                message = f"there is no {spec.source!r} that can be polled{hint}"
                raise ConfigurationError(message, key=f"{key}.source")
            self._check_function(spec.function, f"{key}.function")
            refusal = self.mappings.refusal(spec)
            if refusal is not None:
                is_unsaid = refusal.key == "starting_position" and not spec.starting_position
                raise ConfigurationError(_BEGIN if is_unsaid else refusal.explanation, key=f"{key}.{refusal.key}")
            is_elsewhere = spec.on_failure.startswith(TOPIC_DESTINATION)
            if spec.on_failure and not is_elsewhere and self.directory.find_destination(spec.on_failure) is None:
                hint = did_you_mean(spec.on_failure, self.directory.names())
                raise ConfigurationError(f"there is no {spec.on_failure!r} to send to{hint}", key=f"{key}.on_failure")
            self.mappings.create(mapping_name(spec.source, spec), spec)

        self._to_connect.append(connect)

    def _check_function(self, name: str, key: str) -> None:
        if name not in self.functions:
            raise self.missing("function", name, key=key)

    def add_fault(self, spec: FaultSpec | None = None, **settings: Any) -> None:
        """Put trouble in a function's way.

        Raises:
            ConfigurationError: the fault makes no sense; `key` names the setting.
        """
        spec = spec if spec is not None else convert(settings, FaultSpec, "faults")
        spec = structs.replace(spec, function=self.directory.named("functions", spec.function))

        self._to_connect.append(partial(self._check_function, spec.function, "faults.function"))
        self._fault_specs.append(spec)
        self.dispatch.faults = build_faults(self._fault_specs, self.chance)

    def add_service_fault(self, spec: ServiceFaultSpec | None = None, **settings: Any) -> None:
        """Let calls of AWS fail or take longer.

        Raises:
            ConfigurationError: the fault makes no sense; `key` names the setting.
        """
        spec = spec if spec is not None else convert(settings, ServiceFaultSpec, "service_faults")
        faults = ServiceFaults([*self._service_fault_specs, spec], self.chance, self.clock)
        self._service_fault_specs.append(spec)
        self.router.faults = faults

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
            result: what the call returns, or a function of the parameters that returns it. Where the operation returns
                bytes or an instant, text or data will do.
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
        else:
            asked = self._stubbed(result, service, operation) if callable(result) else partial(_copy, result or {})
            answer = partial(_answer, service, operation, asked)
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
        latency: Duration = 0,
    ) -> None:
        """Answer HTTP requests of user code to a host outside, which nothing here may reach.

        Args:
            host: its name, with `*` for any part of it.
            answer: a function of the request that returns a body, `(status, body)` or a `Reply`; or give the answer.
            body: text, bytes, or data that becomes JSON.
            latency: how long an answer takes: `4 s`.

        Raises:
            ConfigurationError: that is no host, or no span of time.
        """
        latency_us = duration_us(latency, key="latency")
        made = fixed(HttpStubSpec(host=host, status=status, body=body, headers=dict(headers)))
        made = self._stubbed(answer, host) if answer is not None else made
        self.front_doors.put_first(HttpStub(host, made, clock=self.clock, trace=self.trace, latency_us=latency_us))

    def add_http_stub(self, spec: HttpStubSpec, answer: HttpAnswer | None = None) -> None:
        """Add a stub of a host that a scenario describes; `answer` is the function that its `python` names."""
        self.stub_http(spec.host, answer or fixed(spec), latency=spec.latency)

    def _stubbed(self, answer: Callable[[T], Any], *names: str) -> Callable[[T], Any]:
        """Return a function that answers for somebody so that it sees virtual dates, and chance as the seed has it."""
        luck = self.chance.stream("stub", *names)

        def answered(asked: T) -> Any:
            with dates_of(self.clock), luck_of(luck):
                return answer(asked)

        return answered

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
            name: convert(spec, FunctionSpec, f"functions.{name}") if isinstance(spec, Mapping) else spec
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
            "this template has to wait while it is deployed: it has custom resources, whose functions run; and here no "
            "time passes meanwhile. Write `await simulation.deploy(...)`"
        )

    def echo(self, function: str, settings: Mapping[str, Any]) -> None:
        """Have the Lambda API tell settings of a function that change nothing: its `Role`."""
        self.services.lambda_api.echo(function, settings)

    def name_layers(self, function: str, arns: Iterable[str]) -> None:
        """Have the Lambda API call the layers of a new function as its template does."""
        self.services.lambda_api.name_layers(function, arns)

    def set_layers(self, function: str, given: Mapping[str, Path | None]) -> None:
        """Give a function the layers that a template names: by ARN, the folder of each, None where it is not here."""
        self.services.lambda_api.set_layers(function, given)
        self.services.keep_function(function)

    def check_role(self, function: str, spec: FunctionSpec, given: Mapping[str, Any]) -> None:
        """See that the role of a new function lets Lambda do what its settings need.

        Args:
            given: its properties, of which some are no settings here.

        Raises:
            ApiError: it does not, and permissions are enforced.
        """
        if self.permissions != "ignored":
            self.services.lambda_api.check_role(function, spec, given)

    def keep_function(self, name: str) -> None:
        """Have a function outlive the server, if what is made now does: a client deploys the stack that makes it."""
        self.services.keep_function(name)

    def nickname(self, section: str, nickname: str, name: str) -> None:
        """Let a source or a function be found under another name, too: its logical id in a template."""
        self.directory.nickname(section, nickname, name)

    def offers(self, service: str, operation: str) -> bool:
        """Tell whether somebody answers an operation."""
        return self.router.knows(service, operation)

    def is_polled(self, source: str) -> bool:
        """Tell whether somebody simulates the source of a mapping: an ARN, a name, or bootstrap servers."""
        return self.directory.pollable(source) is not None

    # --- what happens from outside ---------------------------------------------------------------------

    def send(
        self,
        queue: str,
        body: str | Mapping[str, Any] | Sequence[Any],
        *,
        attributes: Mapping[str, Mapping[str, str]] | None = None,
        group: str | None = None,
        deduplication_id: str | None = None,
        delay_s: int | None = None,
        broker: str = "",
        virtual_host: str = "/",
    ) -> object:
        """Send a message to a queue, by the queue's name.

        Args:
            body: its text, or data that becomes JSON.
            attributes: in SQS's shape, `{"Name": {"DataType": "String", "StringValue": "…"}}`.
            group: the message group, for FIFO and fair queues.
            broker: the broker of Amazon MQ that the queue is of; its messages have nothing but a body.
            virtual_host: the virtual host of RabbitMQ in which it lies.

        Raises:
            ApiError: the queue refuses it.
            ConfigurationError: there is no such queue, or no such broker.
        """
        if self._to_connect:
            self.connect()
        text = body if isinstance(body, str) else json.dumps(body)
        if broker:
            return self.directory.broker(broker).send_to(queue, text.encode(), virtual_host=virtual_host)
        return self.directory.mailbox(queue).send(
            text, attributes=attributes, group=group, deduplication_id=deduplication_id, delay_s=delay_s
        )

    def publish(
        self,
        topic: str,
        message: str | Mapping[str, Any] | Sequence[Any],
        *,
        subject: str | None = None,
        attributes: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
        group: str | None = None,
        deduplication_id: str | None = None,
    ) -> object:
        """Publish to a topic, by the topic's name or ARN.

        Args:
            message: its text, or data that becomes JSON.
            attributes: in SNS's shape, `{"Name": {"DataType": "String", "StringValue": "…"}}`.
            group: the message group of a FIFO topic.

        Raises:
            ApiError: the topic refuses it, or there is none.
        """
        name = self.directory.named("topics", topic)
        parameters = {
            "TopicArn": name if name.startswith("arn:") else f"arn:aws:sns:{self.region}:{self.account_id}:{name}",
            "Message": message if isinstance(message, str) else json.dumps(message),
            "Subject": subject,
            "MessageAttributes": dict(attributes) or None,
            "MessageGroupId": group,
            "MessageDeduplicationId": deduplication_id,
        }
        return self.call("sns", "Publish", {name: value for name, value in parameters.items() if value is not None})

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
        parameters: dict[str, Any] = {"Bucket": self.directory.named("buckets", bucket), "Key": key, "Body": data}
        if content_type is not None:
            parameters["ContentType"] = content_type
        if metadata:
            parameters["Metadata"] = metadata
        return self.call("s3", "PutObject", parameters)

    def produce(
        self,
        topic: str,
        value: str | bytes | Mapping[str, Any] | Sequence[Any] | None,
        *,
        key: str | bytes | Mapping[str, Any] | Sequence[Any] | None = None,
        cluster: str = "",
        partition: int | None = None,
        headers: Mapping[str, str | bytes] = MappingProxyType({}),
        timestamp_ms: int | None = None,
    ) -> object:
        """Append a record to a topic of Kafka; return its partition and its offset.

        Args:
            value: text or bytes as they are, data that becomes JSON, or None for a tombstone.
            key: the same; it leads to a partition, as Kafka's clients choose it.
            cluster: its name in the scenario; the only one if not given.
            partition: instead of that of the key.
            timestamp_ms: since 1970; now if not given.

        Raises:
            ApiError: there is no such topic, or no such partition of it.
            ConfigurationError: there is no such cluster.
        """
        if self._to_connect:
            self.connect()
        return self.directory.cluster(cluster).produce(
            topic,
            as_payload(value),
            key=as_payload(key),
            partition=partition,
            headers=[(name, as_payload(content) or b"") for name, content in headers.items()],
            timestamp_ms=timestamp_ms,
        )

    def change(self, collection: str, operation: str, document: Mapping[str, Any], *, database: str = "") -> object:
        """Change a document of DocumentDB; return its `_id`.

        Args:
            collection: with its database in front: `shop.orders`.
            operation: `insert`, `update`, `replace` or `delete`.
            document: the whole document, of an update what it sets; all but an insert name its `_id`.
            database: the name of the cluster in the scenario; the only one if not given.

        Raises:
            ApiError: there is no such document, or there is one already.
            ConfigurationError: there is no such cluster.
        """
        if self._to_connect:
            self.connect()
        return self.directory.document_database(database).change(collection, operation, document)

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
        entry |= {"EventBusName": self.directory.named("buses", bus), "Resources": list(resources)}
        result: Any = self.call("events", "PutEvents", {"Entries": [entry]}, caller=OF_AWS if as_service else OUTSIDE)
        for each in result["Entries"]:
            if "ErrorCode" in each:
                raise ApiError(each["ErrorCode"], each["ErrorMessage"])
        return result

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
        return self.front_doors.url(self.directory.named("functions", self.directory.named("apis", api)))

    # --- readings --------------------------------------------------------------------------------------

    def numbers(self, section: str, name: str) -> Mapping[str, int]:
        """Return the summary's numbers of a function or source as of now.

        Raises:
            ConfigurationError: there is none of this name.
        """
        numbers = self.numbers_if_any(section, name)
        if numbers is None:
            known = self.known(section)
            sections = ("functions", *self.registry.sections)
            if section not in sections and not known:
                raise ConfigurationError(f"there is no section {section!r}{did_you_mean(section, sections)}")
            raise ConfigurationError(f"there is no {name!r} among the {section}{did_you_mean(name, known)}")
        return numbers

    def numbers_if_any(self, section: str, name: str) -> Mapping[str, int] | None:
        """Return the summary's numbers of a function or source as of now, None if there is none of this name.

        A resource of a template that deletes itself, as schedules may, keeps its last numbers.
        """
        if section == "functions":
            name = self.directory.named(section, name)
            return self.function_numbers(name) if name in self.functions else None
        source = self.directory.source_or_what_was(section, name)
        return None if source is None else source.summary()

    def function_numbers(self, name: str) -> Mapping[str, int]:
        """Return what a function's attempts came to so far."""
        metrics = self.dispatch.metrics(name)
        place = f"function {name}"
        executions = self._execution_numbers(place) if self.functions[name].is_durable else {}
        return {
            "invocations": metrics.invocations,
            "errors": metrics.errors,
            "throttles": metrics.throttles,
            "timeouts": self.trace.count("timed out", place),
            "cold_starts": metrics.cold_starts,
            "billed_ms": self.trace.total("reported", place),
            "recursions": metrics.recursive_invocations_dropped,
            **executions,
        }

    def _execution_numbers(self, place: str) -> dict[str, int]:
        """Return what the executions of a durable function came to so far."""
        begun = self.trace.count("durable begun", place) + self.trace.count("durable restored", place)
        ends = {
            end: self.trace.count(f"durable {end}", place) for end in ("succeeded", "failed", "timed out", "stopped")
        }
        numbers = {"begun": begun, **ends, "running": begun - sum(ends.values())}
        return {f"executions_{name.replace(' ', '_')}": number for name, number in numbers.items()}

    def read(self, bucket: str, key: str) -> bytes | None:
        """Return the content of an object as of now, None if there is none; the trace does not tell of it."""
        source = self.directory.source("buckets", bucket)
        return source.read(key) if isinstance(source, Readable) else None

    @property
    def now_s(self) -> float:
        """Virtual time in seconds since the run began."""
        return self.clock.now_us / 1e6

    def digest(self) -> str:
        """Return the SHA-256 of the trace so far: the identity of the run."""
        return self.trace.digest()


def _section_of(qualifier: str, function: Function) -> str:
    """Return where in a function's settings those of a qualifier stand."""
    if qualifier == LATEST:
        return ""
    return f"{'aliases' if qualifier in function.aliases else 'versions'}.{qualifier}."


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
    return copy.deepcopy(dict(result))


def _answer(service: str, operation: str, answer: Answer, parameters: Mapping[str, Any]) -> Any:
    """Return what a stub answers as the operation would return it."""
    result = answer(parameters)
    return fitted_result(service, operation, result) if isinstance(result, Mapping) else result


def _called(arn: str, places: Mapping[tuple[str, str], str], home_region: str) -> str:
    """Return what a function or a role is called, with its place before its name if that is elsewhere."""
    found = read_arn(arn)
    prefix = places.get((found.account_id, found.region or home_region), "")
    return prefix + found.resource.rpartition(":" if found.region else "/")[2]
