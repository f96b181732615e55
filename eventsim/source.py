"""Where are events born? The doors between the core and a source, and what a source may ask of the world."""

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, runtime_checkable

from msgspec import Struct

from eventsim.api import OUTSIDE, Caller, Operation, Result
from eventsim.chance import Chance
from eventsim.clock import Clock
from eventsim.envelope import Lineage
from eventsim.errors import ConfigurationError
from eventsim.invocation import Invocation
from eventsim.outcome import Attempt
from eventsim.permissions.role import Permissions
from eventsim.segments import Segments
from eventsim.target import Target
from eventsim.trace import Trace

if TYPE_CHECKING:
    from eventsim.front_door import FrontDoor
    from eventsim.wire.http import HttpRequest, HttpResponse

T = TypeVar("T")


class FunctionUrl(Struct, frozen=True, kw_only=True, gc=False):
    """What a function URL leads to.

    Attributes:
        qualifier: an alias, "" for none.
        settings: `AuthType`, `Cors`, `InvokeMode` as the API was told.
        is_public: whether the function's policy lets everybody call it without a signature.
    """

    function: str
    qualifier: str
    settings: dict[str, Any]
    is_public: bool = True


class World(Protocol):
    """What a source may ask of the simulation it lives in."""

    clock: Clock
    chance: Chance
    trace: Trace
    segments: Segments
    """What X-Ray is told."""
    region: str
    account_id: str
    folder: Path
    """The folder of the scenario: paths in settings are relative to it."""
    database_path: Path | None
    """Where sources mirror their state, or None."""
    syncs_fully: bool
    """Whether what is written there outlives a loss of power, not only the end of the process."""
    endpoint_url: str
    """Where clients reach this world over HTTP, "" if they are in this process."""
    throttles: bool
    """Whether requests beyond AWS's quotas are refused where that has to be asked for."""
    permissions: Permissions
    """What becomes of what the policies of a role, or of a resource, do not permit."""
    is_live: ClassVar[bool]
    """Whether time is the wall clock's: what an earlier server left goes on, and people may interfere."""
    folders: Mapping[str, Path]
    """Sections, each with the folder whose sub-folders are its sources (`buckets`), by name."""

    def target(self, arn: str) -> Target | None:
        """Return the target with this ARN, if there is one."""

    def add(self, source: "Source") -> None:
        """Make a source known under its ARN: sources that API calls create announce themselves so."""

    def remove(self, arn: str) -> None:
        """Forget the source with this ARN."""

    def neighbour(self, account_id: str, region: str, *, begins: bool = False) -> "World | None":
        """Return the world of another account or region, None if there is none beside this one.

        Args:
            region: "" for the one that keeps what services without regions have.
            begins: whether one that nobody has asked for yet shall begin now, where there may be several.

        Raises:
            ApiError: there cannot be such a region, or there are too many worlds.
        """

    def neighbours(self) -> "Sequence[World]":
        """Return the worlds beside this one, of whatever account and region: what bears one name in all of them."""

    def sources(self, kind: str) -> Mapping[str, "Source"]:
        """Return all sources of a kind (`queues`, `buckets`), by name, in order of creation: now and later."""

    def missing(self, kind: str, name: str, *, key: str) -> ConfigurationError:
        """Return the refusal of a name (of a `queue`, a `function`) that is not there: it says which are.

        Args:
            key: the setting that has it.
        """

    def call(
        self,
        service: str,
        operation: str,
        parameters: Mapping[str, Any],
        *,
        region: str = "",
        caller: Caller = OUTSIDE,
    ) -> Result | Awaitable[Result]:
        """Call an AWS operation: what a universal target or an integration with a service does.

        Raises:
            ApiError: the operation refuses.
            NotSimulated: nobody answers it.
        """

    def authorize(
        self, service: str, operation: str, parameters: Mapping[str, Any], caller: Caller, *, region: str = ""
    ) -> None:
        """See that somebody may do what a service does for them without a call: a pipe for its role.

        Args:
            region: where it is done, "" for the world's own.

        Raises:
            ApiError: the policies of the caller's role do not permit it, and permissions are enforced.
        """

    def trusts(self, role_arn: str, *services: str, cause: int) -> bool:
        """Tell whether a role lets a service act in it; one that nobody knows does.

        Unless permissions are enforced, every role does, and the trace says which does not.

        Args:
            services: the names that the service has, of which one is enough: `states.amazonaws.com`.
            cause: the trace entry of what needs it.
        """

    def permits(self, arn: str, principal: str, source_arn: str, *, cause: int = 0) -> bool:
        """Tell whether a resource lets a service act on it; what a scenario makes permits everything.

        Args:
            arn: the resource: a function; a queue or a topic that has no policy of its own.
            principal: `sns.amazonaws.com`.
            source_arn: on whose behalf: a topic, a rule.
            cause: the trace entry for which the service acts.
        """

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

        Args:
            arn: the function's ARN, qualified or not, or its name.
            payload: the event as JSON text.
            ended: called once, in a later step.
            tenant_id: the tenant for whom it runs, "" for none.

        Raises:
            ApiError: there is no such function, or the event is too large or not JSON, or names no tenant.
        """

    def front_door(self, request: "HttpRequest") -> "FrontDoor | None":
        """Return which front door answers a request, judging by its host and path, None for no one here."""

    def ask_service(
        self, request: "HttpRequest", *, service: str, region: str = "", action: str = "", caller: Caller = OUTSIDE
    ) -> "HttpResponse | Awaitable[HttpResponse]":
        """Answer a request to a service of AWS's as it stands on the wire: what an integration of a gateway sends.

        Args:
            service: by its signing name: `sqs`, `states`, `events`.
            action: the operation, "" if the request itself names it.
        """

    def function_url(self, identifier: str) -> FunctionUrl | None:
        """Return what the function URL with this identifier leads to, None if there is none."""

    def function_urls(self) -> Mapping[str, str]:
        """Return the identifier of every function's own URL, by the function's name."""

    def open_feed(
        self,
        name: str,
        settings: Mapping[str, Any],
        deliver: Callable[[Invocation, Callable[[Attempt], None]], None],
        *,
        target_arn: str,
    ) -> "Feed":
        """Poll a source as an event source mapping does, for something that is no function: a pipe.

        Args:
            name: what the trace calls it.
            settings: those of `mappings:` in a scenario, without a function.
            deliver: gets every batch, an event of `Records`, and tells what came of it, by calling its second argument.
            target_arn: for the records that tell of what was given up.

        Raises:
            ApiError: there is no such source, or AWS would refuse a setting.
        """

    def lasting(
        self,
        operations: Mapping[str, Operation],
        *,
        but: Collection[str],
        about: "Mapping[str, About]" = MappingProxyType({}),
    ) -> Mapping[str, Operation]:
        """Return operations which the next server carries out again, with the same luck and at the same instant.

        It is for those that make and change things which no database mirrors. They must not wait, and what they tell
        the world outside they must not tell again: `clock.is_bygone`.

        Args:
            but: the names of those that change nothing that shall outlive the server; those that read are none of
                them anyway.
            about: operation → what its calls are about, for those that can be forgotten one day.
        """

    def notebook(self, name: str) -> "Notebook | None":
        """Return the notebook of this name; None where nothing outlives the run: in a simulation, for one."""

    def transit(self, name: str) -> "Transit | None":
        """Return where one part of the world keeps what is on its way; None without a database."""

    def share(self, make: Callable[["World"], T]) -> T:
        """Return what this makes of the world, the same every time; if it is `Closable`, the world closes it."""


class About(Struct, frozen=True, gc=False):
    """What the calls of an operation are about: so much must be known of them to be forgotten when they are void.

    Attributes:
        thing: kinds and names from the outside in, such as `event-bus:EventBusName=default rule:Name`: a name is that
            of a member of the result or of the parameters, or one of several (`SecretId|Name`), and may have a
            default. It may lie deeper (`LoadBalancers.LoadBalancerArn`), and its value may be an ARN of that kind.
        ends: whether the thing is no more afterwards, or the name of a parameter that must be true for that.
        part: given for an operation that only overwrites what its parameters name: the member that tells which part of
            the thing that is, "" if there is but one, or a name such as `:state` if several operations set it.
    """

    thing: str
    ends: bool | str = False
    part: str | None = None


class Notebook(Protocol):
    """What the next server will know: values under keys. What is written is on the disk when the call returns.

    Values are plain data, structs or dataclasses. All of them but `read` raise an `ApiError` if the disk is at fault.
    """

    @property
    def is_open(self) -> bool:
        """Whether what is written now is kept: not what the scenario makes, nor what is carried out again."""

    def put(self, key: str, value: object) -> None:
        """Keep a value in the place of all that stands under a key."""

    def add(self, key: str, *values: object) -> None:
        """Keep values behind what stands under a key."""

    def forget(self, key: str, count: int) -> None:
        """Keep the oldest values under a key no more."""

    def drop(self, key: str) -> None:
        """Keep nothing of what stands under a key."""

    def read(self, kind: type[T]) -> Iterator[tuple[str, T]]:
        """Yield what counts, as values of this type: by keys, in the order in which these came first.

        Raises:
            StorageError: the file cannot be read, or is none of ours.
        """


class Transit(Protocol):
    """What is on its way in one part of a world: values under numbers, until they have arrived.

    What is put and dropped in one turn of the loop is written with all else that the turn changed, together or not at
    all; a server answers once it is. What arrives in the turn in which it departed is never written.
    """

    def new_number(self) -> int:
        """Return a number that nothing on its way has, greater than all before: that of a new traveller."""

    def put(self, number: int, value: Callable[[], object]) -> None:
        """Keep a value in the place of what stands under a number.

        Args:
            value: returns it, as plain data or a struct, when it is written.
        """

    def drop(self, number: int) -> None:
        """Keep what stands under a number no more: it has arrived, or was given up."""

    def left(self, kind: type[T]) -> Iterator[tuple[int, T]]:
        """Yield, once, what an earlier server left, as values of this type, in the order of their numbers.

        Raises:
            StorageError: it cannot be read.
        """


class Keeper(Protocol):
    """Who keeps the database of a world: found through the entry-point group `eventsim.keepers`."""

    def transit(self, name: str) -> Transit:
        """Return where one part of the world keeps what is on its way."""

    def written(self) -> Awaitable[None] | None:
        """Have everything up to now written; return what is done once it is on the disk, None if it is by now.

        It fails with an `ApiError` if the disk does.

        Raises:
            ApiError: the disk has failed.
        """


class Feed(Protocol):
    """What polls a source, on and off; its settings may change."""

    def start(self) -> None:
        """Begin to take, or go on."""

    def stop(self) -> None:
        """Take no more; what was taken goes its way."""

    def change(self, settings: Mapping[str, Any]) -> None:
        """Go on with other settings, those of `mappings:`; the source stays, and how far it is.

        Raises:
            ApiError: AWS would refuse one; nothing has changed.
        """


class Source(Protocol):
    """A thing in which events are born. It may also be a `Target` and a `Pollable`."""

    kind: ClassVar[str]
    """The section of the scenario that it stands in: `queues`."""

    @property
    def name(self) -> str:
        """Its name in the scenario."""

    @property
    def arn(self) -> str:
        """The ARN by which others name it."""

    def summary(self) -> Mapping[str, int]:
        """Return its numbers for the summary, as of now."""


@runtime_checkable
class Closable(Protocol):
    """What holds something that must be given back at the end of a run: a source, or what sources share."""

    async def close(self) -> None:
        """Have everything written down, and let go of it.

        Raises:
            StorageError: it could not be written.
        """


class SourceKind(Protocol):
    """A section of the scenario: found through the entry-point group `eventsim.sources`."""

    section: ClassVar[str]
    """The section's key, a plural: `queues`."""
    spec: ClassVar[type[Struct]]
    """The settings of one source, as a frozen msgspec Struct whose fields bear descriptions.

    If it has a true property `is_endless` (a schedule), the scenario must say when the run ends. If it has a true
    `precedes_templates`, its sources are made before the scenario's templates, which may look them up, unless a setting
    names what only a template may have.
    """

    def create(self, world: World, name: str, spec: Any) -> Source:
        """Build one source from its settings.

        Raises:
            ConfigurationError: a setting is out of bounds; `key` names it.
        """

    def connect(self, world: World, source: Any, spec: Any) -> None:
        """Tie the source to others by name, after all of them exist (redrive, notifications).

        Raises:
            ConfigurationError: a name is not there; `key` names the setting.
        """


@runtime_checkable
class Resumable(Protocol):
    """A kind whose sources had something on its way when the server ended."""

    def resume(self, world: World) -> None:
        """Go on with it; called once, when everything is there that an earlier server had.

        Raises:
            StorageError: it cannot be read.
        """


@runtime_checkable
class Restorable(Protocol):
    """A kind whose sources outlive the server."""

    def restore(self, world: World) -> None:
        """Bring back what an earlier server left; called once, after the scenario's own sources are made.

        Raises:
            ConfigurationError: another server has it, or it is unfit.
            StorageError: it cannot be read.
        """
