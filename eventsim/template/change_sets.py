"""Which changes have been worked out and not yet made? Change sets, kept by what was asked for.

A server that has an earlier one's database works them out again, from the requests that made them, when somebody asks
for one: against the stacks as they are then.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from msgspec import Struct, structs

from eventsim.api import Request
from eventsim.errors import ApiError
from eventsim.source import World
from eventsim.template.known_properties import Mistake
from eventsim.template.order import Order
from eventsim.template.plan import Plan
from eventsim.template.stack import Stack


@dataclass(slots=True)
class ChangeSet:
    """Changes to a stack that have been worked out and not yet made.

    Attributes:
        asked: the parameters of the request that made it.
        changes: which resources are added, changed and removed, by the action that CloudFormation calls it.
        is_retagged: whether the stack will have other tags.
        mistakes: what is wrong with properties, by the logical id of the resource: such changes are not made.
        conflicts: what is said of new resources of whose names there is something already, by their logical ids.
    """

    name: str
    identifier: str
    stack: Stack
    order: Order
    plan: Plan
    created_us: int
    is_new: bool
    asked: Mapping[str, Any]
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str = ""
    changes: dict[str, list[str]] = field(default_factory=dict)
    is_retagged: bool = False
    mistakes: dict[str, list[Mistake]] = field(default_factory=dict)
    conflicts: dict[str, str] = field(default_factory=dict)


class _Kept(Struct, kw_only=True):
    """A change set as the next server will know it."""

    asked: dict[str, Any]
    created_epoch_us: int


Work = Callable[[Request, str, int], Awaitable[ChangeSet]]
"""Works out what a request would change, given the ARN and the instant of the change set."""


class ChangeSets:
    """All change sets of one world, by their ARNs."""

    def __init__(self, world: World) -> None:
        self.by_arn: dict[str, ChangeSet] = {}
        self._start_epoch_us = world.clock.start_epoch_us
        self._notebook = world.notebook("change-sets")
        self._kept = {} if self._notebook is None else dict(self._notebook.read(_Kept))

    def find(self, request: Request) -> ChangeSet:
        """Return the change set that a request names, by its ARN or by its name and its stack.

        Raises:
            ApiError: there is none.
        """
        name = str(request.parameters["ChangeSetName"])
        stack = str(request.parameters.get("StackName") or "")
        if not stack and not name.startswith("arn:"):
            words = "StackName must be specified if ChangeSetName is not specified as an ARN."
            raise ApiError("ValidationError", words)
        for each in reversed(self.by_arn.values()):
            if each.identifier == name or (each.name == name and stack in (each.stack.name, each.stack.identifier)):
                return each
        raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", status=404)

    def of(self, stack: Stack) -> list[ChangeSet]:
        """Return the change sets of a stack, oldest first."""
        return [each for each in self.by_arn.values() if each.stack is stack]

    def add(self, made: ChangeSet) -> None:
        """Know a change set, and let the next server know it."""
        self.by_arn[made.identifier] = made
        if self._notebook is not None:
            kept = _Kept(asked=dict(made.asked), created_epoch_us=made.created_us + self._start_epoch_us)
            self._notebook.put(made.identifier, kept)

    def end(self, gone: ChangeSet, *, is_told: bool = False) -> None:
        """Let the next server know a change set no more.

        Args:
            is_told: whether this one does: what was executed is.
        """
        if not is_told:
            del self.by_arn[gone.identifier]
        if self._notebook is not None:
            self._notebook.drop(gone.identifier)

    def forget(self, stack: Stack) -> None:
        """Know nothing more of the change sets of a stack that is deleted."""
        names = (stack.name, stack.identifier)
        for identifier in [name for name, each in self._kept.items() if each.asked["StackName"] in names]:
            del self._kept[identifier]
            assert self._notebook is not None, "what is kept is kept in one"
            self._notebook.drop(identifier)
        for each in self.of(stack):
            self.end(each)

    async def bring_back(self, request: Request, work: Work) -> None:
        """Work out again what an earlier server left; what cannot be is forgotten."""
        kept, self._kept = self._kept, {}
        for identifier, each in kept.items():
            again = structs.replace(request, operation="CreateChangeSet", parameters=each.asked)
            try:
                made = await work(again, identifier, each.created_epoch_us - self._start_epoch_us)
            except ApiError:  # its stack or its template is gone
                continue
            self.by_arn[identifier] = made
