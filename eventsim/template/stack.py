"""What is deployed? Stacks with their resources, outputs and events: what the CloudFormation API tells of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from eventsim.source import World
from eventsim.template.document import Document, Notes
from eventsim.template.parameters import Parameter
from eventsim.template.site import Made

_CDK_PATH: Final = "aws:cdk:path"
REVIEWED: Final = "REVIEW_IN_PROGRESS"
"""The status of a stack of which there is nothing yet but a change set."""


class Declared(Struct, frozen=True, kw_only=True):
    """A resource as the template declares it, transforms applied, functions not yet resolved.

    Attributes:
        depends_on: logical ids that are made before it: those that it refers to and those that `DependsOn` names.
        deletion_policy: whether it stays when it leaves the template, or the stack is deleted.
        replace_policy: whether it stays when another one takes its place.
    """

    logical_id: str
    type: str
    properties: dict[str, Any]
    depends_on: tuple[str, ...] = ()
    metadata: Mapping[str, Any] = {}
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"

    @property
    def called(self) -> tuple[str, ...]:
        """By which names people speak of it: its logical id, and for CDK that of its construct in the stack.

        CDK writes down the path of a resource, `shop/Orders/Resource`; its logical id, `Orders1ED1B7CF`, is CDK's own.
        """
        _, _, path = str(self.metadata.get(_CDK_PATH) or "").partition("/")
        construct = path.removesuffix("/Resource").removesuffix("/Default")
        return tuple(dict.fromkeys(filter(None, (construct, self.logical_id))))


class Output(Struct, frozen=True, kw_only=True):
    """An output of a stack."""

    name: str
    value: str
    description: str = ""
    export: str = ""


class StackEvent(Struct, frozen=True, kw_only=True, gc=False):
    """Something that happened to a stack or one of its resources.

    Attributes:
        token: by which a client recognises the events of its request, "".
        properties: those of the resource, as JSON; "" for the stack.
    """

    identifier: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str
    at_us: int
    token: str = ""
    properties: str = ""


@dataclass(slots=True)
class StackResource:
    """A resource of a stack.

    Attributes:
        properties: what it was made of, functions resolved.
        generation: how many others of its logical id there were before it: each has a name of its own.
    """

    declared: Declared
    made: Made | None = None
    properties: dict[str, Any] = field(default_factory=dict)
    generation: int = 0
    status: str = "CREATE_IN_PROGRESS"
    reason: str = ""
    changed_us: int = 0

    @property
    def logical_id(self) -> str:
        """Its name in the template."""
        return self.declared.logical_id

    @property
    def physical_id(self) -> str:
        """Its name in the world, "" while it is not made."""
        return "" if self.made is None else self.made.physical_id


class Stable(Struct, frozen=True, kw_only=True):
    """What a stack was when it was last complete: that is what it can be rolled back to.

    Attributes:
        text: its template.
        parameters: values as they were given, by name.
    """

    text: str
    parameters: Mapping[str, str]
    tags: Mapping[str, str]


@dataclass(slots=True, eq=False)
class Stack:
    """One deployed template.

    Attributes:
        identifier: its ARN.
        template: the template as it was given, as text.
        processed: what the transforms made of it.
        layers: ARN of a layer version → its folder.
        parent: the ARN of the stack that it is nested in, "".
        incarnation: how many stacks of its name there were before it.
        replaced: what others took the place of in changes that failed and stayed, oldest first.
        made_counts: logical id → how often a resource of this id was made.
        is_protected: whether it may not be deleted.
        keeps_failures: whether what was made before something failed stays.
        stable: what it was before something failed and stayed, None if it is complete, or never was.
        told: what requests said that changes nothing and is told again: capabilities, a role, whom to notify, …
    """

    name: str
    identifier: str
    document: Document
    created_us: int
    processed: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    imports: set[str] = field(default_factory=set)
    layers: dict[str, Path] = field(default_factory=dict)
    events: list[StackEvent] = field(default_factory=list)
    notes: Notes = field(default_factory=Notes)
    status: str = "CREATE_IN_PROGRESS"
    reason: str = ""
    updated_us: int | None = None
    deleted_us: int | None = None
    parent: str = ""
    incarnation: int = 0
    replaced: list[StackResource] = field(default_factory=list)
    made_counts: dict[str, int] = field(default_factory=dict)
    is_protected: bool = False
    keeps_failures: bool = False
    stable: Stable | None = None
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def description(self) -> str:
        """What the template says of itself."""
        return str(self.document.body.get("Description") or "")


class Stacks:
    """All stacks of one world; those that were deleted are found by their ARN only."""

    def __init__(self, _: World) -> None:
        self._by_name: dict[str, Stack] = {}
        self._deleted: dict[str, Stack] = {}
        self.deleted_count = 0
        """How many were ever deleted, also those of which nothing is known any more."""
        self.change_count = 0
        """How often something has happened to one of them."""

    def add(self, stack: Stack) -> None:
        """Make a stack known."""
        self._by_name[stack.name] = stack
        self.change_count += 1

    def delete(self, stack: Stack) -> None:
        """Let a name be free again."""
        if self._by_name.get(stack.name) is stack:
            del self._by_name[stack.name]
        self._deleted[stack.identifier] = stack
        self.deleted_count += 1
        self.change_count += 1

    def find(self, name: str) -> Stack | None:
        """Return a stack by its name or ARN."""
        if not name.startswith("arn:"):
            return self._by_name.get(name)
        of_name = self._by_name.get(name.split("/")[1]) if "/" in name else None
        return of_name if of_name is not None and of_name.identifier == name else self._deleted.get(name)

    def all(self) -> list[Stack]:
        """Return every stack that is there, newest first."""
        return list(reversed(self._by_name.values()))

    def deleted(self) -> list[Stack]:
        """Return every stack that is no more, newest first."""
        return list(reversed(self._deleted.values()))

    def importers(self, export: str) -> list[str]:
        """Return the names of the stacks that use an export."""
        return sorted(stack.name for stack in self._by_name.values() if export in stack.imports)

    def exports(self) -> dict[str, tuple[str, Stack]]:
        """Return value and stack of every export, by its name."""
        return {
            output.export: (output.value, stack)
            for stack in self._by_name.values()
            for output in stack.outputs.values()
            if output.export
        }
