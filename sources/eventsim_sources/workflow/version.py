"""What does a qualified ARN of a state machine start? Versions, which never change, and aliases, which lead to them."""

from collections.abc import Mapping, Sequence
from random import Random  # noqa: TID251 - the type of a stream; streams come from chance
from typing import Any, ClassVar

from msgspec import Struct

from eventsim import ApiError, Envelope, World
from eventsim_sources.workflow.execution import Plan
from eventsim_sources.workflow.machine import StateMachine


class Version:
    """A state machine as it was when it was published."""

    kind: ClassVar[str] = "state_machine_versions"

    def __init__(self, machine: StateMachine, number: int, description: str, created_us: int) -> None:
        self.name = f"{machine.name}:{number}"
        self.arn = f"{machine.arn}:{number}"
        self.machine = machine
        self.number = number
        self.description = description
        self.created_us = created_us
        self.revision_id = machine.revision_id
        self.kept: Mapping[str, Any] = dict(machine.kept)
        self._plan = Plan(definition=machine.definition, role_arn=machine.role_arn, version_arn=self.arn)

    def plan(self, alias_arn: str = "") -> Plan:
        """Return what an execution of this version follows."""
        plan = self._plan
        return Plan(
            definition=plan.definition, role_arn=plan.role_arn, version_arn=plan.version_arn, alias_arn=alias_arn
        )

    def accept(self, envelope: Envelope) -> None:
        """Start an execution with an event as its input.

        Raises:
            ApiError: the event is too large, or not JSON.
        """
        self.machine.begin(envelope.body, cause=envelope.cause, lineage=envelope.lineage, plan=self.plan())

    def summary(self) -> Mapping[str, int]:
        """Return nothing: the machine counts its executions."""
        return {}


class Route(Struct, frozen=True, kw_only=True):
    """A version and the percentage of executions that an alias starts by it."""

    version: Version
    weight: int


class Alias:
    """A name that leads to one or two versions."""

    kind: ClassVar[str] = "state_machine_aliases"

    def __init__(
        self, machine: StateMachine, name: str, description: str, routes: Sequence[Route], at_us: int, luck: Random
    ) -> None:
        self.name = f"{machine.name}:{name}"
        self.arn = f"{machine.arn}:{name}"
        self.own_name = name
        self.machine = machine
        self.description = description
        self.routes = tuple(routes)
        self.created_us = self.updated_us = at_us
        self._luck = luck

    def leads_to(self, version: Version) -> bool:
        """Tell whether it starts executions of a version."""
        return any(route.version is version for route in self.routes)

    def plan(self) -> Plan:
        """Return what the next execution follows, by luck where there are two ways."""
        route = self.routes[0]
        if len(self.routes) > 1 and self._luck.randrange(100) >= route.weight:
            route = self.routes[1]
        return route.version.plan(self.arn)

    def accept(self, envelope: Envelope) -> None:
        """Start an execution with an event as its input.

        Raises:
            ApiError: the event is too large, or not JSON.
        """
        self.machine.begin(envelope.body, cause=envelope.cause, lineage=envelope.lineage, plan=self.plan())

    def summary(self) -> Mapping[str, int]:
        """Return nothing: the machine counts its executions."""
        return {}


class Qualifiers:
    """The versions and aliases of all state machines of a simulation."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers: dict[str, int] = {}
        self.new_revision_id = world.chance.uuids("state machine", "revisions")

    def versions(self, machine: StateMachine) -> list[Version]:
        """Return a machine's versions, the newest first."""
        found = self._world.sources(Version.kind).values()
        return [each for each in reversed(list(found)) if isinstance(each, Version) and each.machine is machine]

    def aliases(self, machine: StateMachine) -> list[Alias]:
        """Return a machine's aliases, the newest first."""
        found = self._world.sources(Alias.kind).values()
        return [each for each in reversed(list(found)) if isinstance(each, Alias) and each.machine is machine]

    def publish(self, machine: StateMachine, description: str) -> Version:
        """Make a version of a machine as it is, or return the one that was made of it."""
        before = next((each for each in self.versions(machine) if each.revision_id == machine.revision_id), None)
        if before is not None:
            return before
        number = self._numbers[machine.arn] = self._numbers.get(machine.arn, 0) + 1
        version = Version(machine, number, description, self._world.clock.now_us)
        self._world.add(version)
        return version

    def remove(self, version: Version) -> None:
        """Delete a version.

        Raises:
            ApiError: an alias leads to it.
        """
        users = [alias.own_name for alias in self.aliases(version.machine) if alias.leads_to(version)]
        if users:
            told = "Version to be deleted must not be referenced by an alias. Current list of aliases referencing this"
            raise ApiError("ConflictException", f"{told} version: [{', '.join(users)}]")
        self._world.remove(version.arn)

    def add_alias(self, machine: StateMachine, name: str, description: str, routes: Sequence[Route]) -> Alias:
        """Make an alias."""
        luck = self._world.chance.stream("state machine alias", f"{machine.name}:{name}")
        alias = Alias(machine, name, description, routes, self._world.clock.now_us, luck)
        self._world.add(alias)
        return alias

    def forget(self, machine: StateMachine) -> None:
        """Delete the versions and aliases of a machine that is deleted."""
        arns = [*(each.arn for each in self.aliases(machine)), *(each.arn for each in self.versions(machine))]
        for arn in arns:
            self._world.remove(arn)
        self._numbers.pop(machine.arn, None)
