"""What may the maker of a resource ask for? Its properties, a name, and AWS's operations in the world it is made in."""

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

from eventsim.api import OUTSIDE, Caller
from eventsim.errors import ConfigurationError
from eventsim.function.function import Functions
from eventsim.function.spec import FunctionSpec
from eventsim.source import World
from eventsim.template.document import Document, Notes
from eventsim.template.fit import fit, member_named
from eventsim.template.intrinsic import as_text
from eventsim.wire.models import Shape, find_service

_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_SUFFIX_CHARACTERS = 13


class Ground(World, Protocol):
    """The world that a template is deployed into."""

    functions: Functions
    work_folder: Path
    """A folder of the run for code that a template holds inline."""

    def add_function(
        self, name: str, spec: FunctionSpec | None = None, *, handler: Callable[[Any, Any], Any] | None = None
    ) -> None:
        """Add a function."""

    def echo(self, function: str, settings: Mapping[str, Any]) -> None:
        """Have the Lambda API tell settings of a function that change nothing."""

    def name_layers(self, function: str, arns: Iterable[str]) -> None:
        """Have the Lambda API call the layers of a new function as its template does."""

    def set_layers(self, function: str, given: Mapping[str, Path | None]) -> None:
        """Give a function the layers that a template names: by ARN, the folder of each, None where it is not here."""

    def check_role(self, function: str, spec: FunctionSpec, given: Mapping[str, Any]) -> None:
        """See that the role of a new function lets Lambda do what its settings need.

        Args:
            given: its properties, of which some are no settings here.

        Raises:
            ApiError: it does not, and permissions are enforced.
        """

    def keep_function(self, name: str) -> None:
        """Have a function outlive the server, if what is made now does."""

    def nickname(self, section: str, nickname: str, name: str) -> None:
        """Let a source or a function be found under another name, too."""

    def offers(self, service: str, operation: str) -> bool:
        """Tell whether somebody answers an operation."""

    def is_polled(self, source: str) -> bool:
        """Tell whether somebody simulates the source of a mapping: an ARN, a name, or bootstrap servers."""


Undo = tuple[str, str, Mapping[str, Any]]
"""An operation that takes something away again: its service, its name, its parameters."""


class Made(Struct, frozen=True, kw_only=True):
    """A resource that is there.

    Attributes:
        physical_id: what CloudFormation calls it.
        ref: what `Ref` gives, the physical id if it is None.
        attributes: what `Fn::GetAtt` gives, by name.
        undo: operations that take it away again.
        place: section and name under which the simulation knows it, such as `("queues", "orders")`.
        problem: why it does not work, "" if it does.
        is_inert: whether it is accepted without behaviour.
    """

    physical_id: str
    ref: Any = None
    attributes: Mapping[str, Any] = {}
    undo: tuple[Undo, ...] = ()
    place: tuple[str, str] | None = None
    problem: str = ""
    is_inert: bool = False

    @property
    def reference(self) -> Any:
        """What `Ref` gives."""
        return self.physical_id if self.ref is None else self.ref


@dataclass(slots=True)
class Item:
    """A resource about to be made.

    Attributes:
        properties: resolved.
        taken: those that count; of all others the report says that they have no effect.
        known: names that would count if they were given.
        metadata: what the resolved template says besides: `Metadata`.
        begun: what is there of it before all is done; it is taken away if something fails that is still to come.
    """

    logical_id: str
    type: str
    properties: dict[str, Any]
    site: "Site"
    metadata: Mapping[str, Any] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    known: set[str] = field(default_factory=set)
    unused: list[str] = field(default_factory=list)
    begun: Made | None = None

    def begin(self, physical_id: str, *undo: Undo) -> tuple[Undo, ...]:
        """Take note of what is there already, though more is to be done; return what takes it away again."""
        self.begun = Made(physical_id=physical_id, undo=undo)
        return undo

    def take(self, name: str, default: Any = None) -> Any:
        """Return a property, which counts from now on."""
        self.taken.add(name)
        value = self.properties.get(name)
        return default if value is None else value

    def text(self, name: str, default: str = "") -> str:
        """Return a property as text."""
        value = self.take(name)
        return default if value is None else as_text(value, (name,))

    def number(self, name: str) -> int | None:
        """Return a property as a whole number, None if it is not given."""
        value = self.take(name)
        return None if value is None else int(as_text(value, (name,)))

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a property as a flag."""
        value = self.take(name)
        return default if value is None else as_text(value, (name,)).lower() == "true"

    def name(self, given: str = "", *, characters_max: int = 255, ending: str = "", is_lower: bool = False) -> str:
        """Return the resource's own name: the one that a property gives, or one as CloudFormation makes them."""
        own = self.text(given) if given else ""
        if own:
            return own
        return self.site.physical_name(self.logical_id, characters_max=characters_max, ending=ending, is_lower=is_lower)

    def tags(self) -> dict[str, str]:
        """Return the tags, which are a list in some types and a mapping in others."""
        return tags_of(self.take("Tags"))

    async def create(
        self,
        service: str,
        operation: str,
        more: Mapping[str, Any] | None = None,
        *,
        names: Mapping[str, str] | None = None,
        without: tuple[str, ...] = (),
        caller: Caller = OUTSIDE,
    ) -> Any:
        """Call an operation with every property that it takes, and return its result.

        Args:
            more: further parameters, as the operation has them; None leaves one out.
            names: property → what the operation calls it, where that differs.
            without: properties that are not for this operation.
            caller: who calls, for an operation that treats CloudFormation in its own way.
        """
        shape = input_shape(service, operation)
        parameters: dict[str, Any] = {}
        self.known |= {f"{member[:1].upper()}{member[1:]}" for member in shape.members}
        for name, value in self.properties.items():
            member = None if name in without else member_named(shape, (names or {}).get(name, name))
            if member is not None:
                self.taken.add(name)
                parameters[member] = fit(value, shape.members[member], self.unused, name)
        parameters |= {name: value for name, value in (more or {}).items() if value is not None}
        return await self.site.ask(service, operation, parameters, caller=caller)

    def undo(self, service: str, operation: str, **own: Any) -> Undo:
        """Return the operation that takes the resource away, with what its properties say of where it is.

        Args:
            own: what identifies it there.
        """
        shape = input_shape(service, operation)
        named = {member_named(shape, name): name for name in self.properties}
        within = {member: self.text(name) for member, name in named.items() if member is not None}
        return service, operation, {**within, **own}


def tags_of(given: Any) -> dict[str, str]:
    """Return tags by their keys."""
    if isinstance(given, dict):
        return {str(key): as_text(value) for key, value in given.items()}
    return {
        each["Key"]: as_text(each.get("Value", "")) for each in given or () if isinstance(each, dict) and "Key" in each
    }


@cache
def input_shape(service: str, operation: str) -> Shape:
    """Return the shape of an operation's parameters."""
    model = find_service(service)
    found = None if model is None else model.operation(operation)
    if found is None or found.input is None:
        raise ConfigurationError(f"the installed botocore does not know {service}.{operation}; install a newer one")
    return found.input


async def asked(
    ground: Ground, service: str, operation: str, parameters: Mapping[str, Any], *, caller: Caller = OUTSIDE
) -> Any:
    """Call an AWS operation and return its result.

    Raises:
        ApiError: it refuses.
        NotSimulated: nobody answers it.
    """
    result = ground.call(service, operation, parameters, caller=caller)
    return await result if inspect.isawaitable(result) else result


class Site:
    """One stack under construction.

    Args:
        stack_name: the name of the stack.
        stack_id: its ARN.
        document: where errors are shown.
        paths: logical id → the file or folder that its code or definition is.
        assets: S3 key without its ending → file or folder, from `cdk.out`.
        overrides: logical id → what a scenario wants otherwise of a function.
        layers: ARN of a layer version that the template makes → its folder.
        notes: what the report tells.
        incarnation: how many stacks of this name there were before: what each of them made has a name of its own.
        users: logical id → the types of the resources that depend on it, with whether these do anything here.
        is_of_client: whether a client of the API makes the stack, and may do something meanwhile.
    """

    def __init__(
        self,
        ground: Ground,
        *,
        stack_name: str,
        stack_id: str,
        document: Document,
        paths: Mapping[str, Path],
        assets: Mapping[str, Path],
        overrides: Mapping[str, FunctionSpec],
        layers: dict[str, Path],
        notes: Notes,
        incarnation: int = 0,
        users: Mapping[str, Mapping[str, bool]] = {},
        is_of_client: bool = False,
    ) -> None:
        self.ground = ground
        self.stack_name = stack_name
        self.stack_id = stack_id
        self.document = document
        self.paths = paths
        self.assets = assets
        self.overrides = overrides
        self.layers = layers
        self.notes = notes
        self.users = users
        self.is_of_client = is_of_client
        self._incarnation = ("incarnation", incarnation) if incarnation else ()
        self.generations: dict[str, int] = {}
        """Logical id → how many others bore this name before; each has a name of its own."""

    async def ask(
        self, service: str, operation: str, parameters: Mapping[str, Any], *, caller: Caller = OUTSIDE
    ) -> Any:
        """Call an AWS operation and return its result.

        Raises:
            ApiError: it refuses.
            NotSimulated: nobody answers it.
        """
        return await asked(self.ground, service, operation, parameters, caller=caller)

    def arn(self, service: str, rest: str, *, region: str | None = None, account: str | None = None) -> str:
        """Return an ARN of this account and region."""
        region = self.ground.region if region is None else region
        account = self.ground.account_id if account is None else account
        return f"arn:{partition(self.ground.region)}:{service}:{region}:{account}:{rest}"

    def physical_name(
        self, logical_id: str, *, characters_max: int = 255, ending: str = "", is_lower: bool = False
    ) -> str:
        """Return a name as CloudFormation makes them: `stack-LogicalId-1A2B3C…`, shortened to what the type allows."""
        generation = self.generations.get(logical_id)
        again = (generation,) if generation else ()
        luck = self.ground.chance.stream("physical name", self.stack_name, logical_id, *again, *self._incarnation)
        suffix = "".join(luck.choices(_SUFFIX, k=_SUFFIX_CHARACTERS))
        room = characters_max - len(ending) - _SUFFIX_CHARACTERS - 2
        of_stack = max(1, min(len(self.stack_name), max(room - len(logical_id), room // 2)))
        name = f"{self.stack_name[:of_stack]}-{logical_id[: room - of_stack]}-{suffix}{ending}"
        return re.sub(r"[^a-z0-9-]", "-", name.lower()) if is_lower else name

    def identifier(self, logical_id: str, *, characters: int = 10) -> str:
        """Return letters and digits that AWS might have given to a resource."""
        luck = self.ground.chance.stream("identifier", self.stack_name, logical_id, *self._incarnation)
        return "".join(luck.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=characters))


def partition(region: str) -> str:
    """Return the partition that a region belongs to."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
