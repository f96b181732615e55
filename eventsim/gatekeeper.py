"""How does a world get a gate? Put together of what its functions, its stacks and IAM say of roles."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from eventsim.api import Caller
from eventsim.calls.sts_api import lent_by
from eventsim.function.function import Functions
from eventsim.permissions.admission import Admission
from eventsim.permissions.execution_role import ExecutionRole
from eventsim.permissions.gate import Gate
from eventsim.permissions.iam import Iam
from eventsim.permissions.need import Need
from eventsim.permissions.role import Document, Role, gone
from eventsim.permissions.roles import Roles, Whence
from eventsim.source import World
from eventsim.template.roles import roles_of
from eventsim.template.stack import Stacks

if TYPE_CHECKING:
    from eventsim.machinery import Machinery


def gate_of(world: "Machinery") -> Gate:
    """Return the gate of a world that has permissions."""
    ask = world.router.ask
    whence = Whence(
        account_id=world.account_id,
        policies=lambda arn: _policies_of(_home_of(world, arn).functions, arn),
        role_arn=lambda arn: _home_of(world, arn).services.lambda_api.role_arn(arn.split(":")[6]),
        of_token=lent_by,
        of_stacks=partial(_role_of_stacks, world),
        iam=partial(_iam_of, world),
    )
    return Gate(
        mode=world.permissions,
        account_id=world.account_id,
        sources=world.sources,
        now=world.clock.date,
        roles=Roles(whence),
        ask=ask,
        trace=world.trace,
        warn=world.warn,
    )


def _home_of(world: "Machinery", function_arn: str) -> "Machinery":
    """Return the world in which a function is."""
    region, account_id = function_arn.split(":")[3:5]
    if (account_id, region) == (world.account_id, world.region):
        return world
    return cast("Machinery", world.neighbour(account_id, region) or world)


def _policies_of(functions: Functions, arn: str) -> tuple[Document | str, ...] | None:
    name = arn.split(":")[6]
    return functions[name].policies if name in functions else None


def admission_of(world: "Machinery", gate: Gate) -> Admission:
    """Return who comes in at the resources of a world whose gate tells of what is missing."""
    functions, services, sources = world.functions, world.services, world.directory

    def is_open(arn: str) -> bool:
        if ":function:" in arn:
            return not services.is_closed(functions.parse_name(arn).name)
        return arn in sources.open_to_all

    return Admission(
        account_id=world.account_id, is_open=is_open, ask=world.router.ask, tell=gate.tell, trace=world.trace
    )


def execution_role_of(world: "Machinery", gate: Callable[[], Gate | None]) -> ExecutionRole:
    """Return what the functions of a world let Lambda do.

    Args:
        gate: returns the gate of the world, None as long as there is none.
    """
    region = world.region

    def lacks(function_arn: str, need: Need, operation: str, *, cause: int = 0, role_arn: str = "") -> str:
        asked = gate()
        if asked is None:
            return ""
        return asked.lacks(Caller(arn=function_arn, role_arn=role_arn, cause=cause), need, operation, region)

    def trusts_lambda(role_arn: str) -> bool:
        asked = gate()
        return asked is None or asked.trusts(role_arn, ("lambda.amazonaws.com",), 0)

    def is_gone(role_arn: str) -> bool:
        asked = gate()
        return asked is not None and asked.is_gone(role_arn)

    counts = world.permissions != "noted"
    return ExecutionRole(lacks, trusts_lambda, f"{region}:{world.account_id}", is_gone=is_gone, counts=counts)


def user_of(world: "Machinery", access_key_id: str) -> Mapping[str, Any] | None:
    """Return what IAM tells of the user of a world's account whose key this is, None if it does not know the key."""
    iam = _iam_of(world, world.account_id)
    return None if iam is None else iam.owner_of(access_key_id)


def _iam_of(world: "Machinery", account_id: str) -> Iam | None:
    """Return the IAM of an account, None if nobody here keeps that."""
    here = world if account_id == world.account_id else None
    keeper = world.neighbour(account_id, "") or here
    return None if keeper is None else keeper.share(_iam)


def _iam(world: World) -> Iam:
    return Iam(partial(cast("Machinery", world).router.ask, "iam"))


def _role_of_stacks(world: "Machinery", account_id: str, name: str) -> Role | None:
    """Return the role that a stack of an account has made, in whichever region: roles have none."""
    here = [each for each in (world, *world.neighbours()) if each.account_id == account_id]
    roles = [role for each in here if (role := each.share(_roles_of_stacks)().get(name)) is not None]
    return next((role for role in roles if not role.is_gone), roles[0] if roles else None)


def _roles_of_stacks(world: World) -> Callable[[], Mapping[str, Role]]:
    """Return what gives the roles of a world's stacks, read again only when something has happened to one."""
    stacks = world.share(Stacks)
    known: Mapping[str, Role] = {}
    counted = -1

    def roles() -> Mapping[str, Role]:
        nonlocal known, counted
        if stacks.change_count != counted:
            known = {**{name: gone(name) for name in known}, **roles_of(stacks.all())}
            counted = stacks.change_count
        return known

    return roles
