"""Operations on versions and aliases of state machines."""

from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.parameters import text
from eventsim_sources.workflow.api.parameters import check_arn, machine_of, page
from eventsim_sources.workflow.machine import Machines
from eventsim_sources.workflow.version import Alias, Qualifiers, Route, Version

_FIRST_REVISION = "INITIAL"
_QUALIFIED_PARTS = 8


def publish_state_machine_version(machines: Machines, request: Request) -> Result:
    """Make a version of the machine as it is."""
    machine = machine_of(machines, text(request, "stateMachineArn"))
    wanted, now = text(request, "revisionId"), machine.revision_id or _FIRST_REVISION
    if wanted and wanted != now:
        message = f"Failed to publish the State Machine version for revision {wanted}. The current State Machine"
        raise ApiError("ConflictException", f"{message} revision is {now}.")
    version = _qualifiers(machines).publish(machine, text(request, "description"))
    return {
        "stateMachineVersionArn": version.arn,
        "creationDate": machines.world.clock.date(version.created_us),
    }


def delete_state_machine_version(machines: Machines, request: Request) -> Result:
    """Delete a version; deleting what is not there succeeds."""
    arn = text(request, "stateMachineVersionArn")
    _check_qualified(arn)
    found = machines.world.target(arn)
    if isinstance(found, Version):
        _qualifiers(machines).remove(found)
    return {}


def list_state_machine_versions(machines: Machines, request: Request) -> Result:
    """List the versions of a machine, the newest first."""
    machine = machine_of(machines, text(request, "stateMachineArn"))
    date = machines.world.clock.date
    listed = [
        {"stateMachineVersionArn": each.arn, "creationDate": date(each.created_us)}
        for each in _qualifiers(machines).versions(machine)
    ]
    return page(request, listed, "stateMachineVersions")


# --- aliases ---------------------------------------------------------------------------------------------------


def create_state_machine_alias(machines: Machines, request: Request) -> Result:
    """Make an alias, or return the one that is there if it is the same."""
    name, description = text(request, "name"), text(request, "description")
    routes = _routes(machines, request)
    machine, qualifiers = routes[0].version.machine, _qualifiers(machines)
    alias = next((each for each in qualifiers.aliases(machine) if each.own_name == name), None)
    if alias is None:
        alias = qualifiers.add_alias(machine, name, description, routes)
    elif (alias.description, alias.routes) != (description, tuple(routes)):
        what = "Failed to create alias because an alias with the same name and a different routing configuration"
        raise ApiError("ConflictException", f"{what} already exists.")
    return {"stateMachineAliasArn": alias.arn, "creationDate": machines.world.clock.date(alias.created_us)}


def update_state_machine_alias(machines: Machines, request: Request) -> Result:
    """Change what an alias is called or where it leads."""
    alias, given = _alias(machines, request), request.parameters
    if given.get("description") is None and given.get("routingConfiguration") is None:
        raise ApiError("ValidationException", "Either description or routing configuration must be specified")
    if given.get("routingConfiguration") is not None:
        routes = _routes(machines, request)
        if routes[0].version.machine is not alias.machine:
            raise _missing()
        alias.routes = tuple(routes)
    if given.get("description") is not None:
        alias.description = text(request, "description")
    alias.updated_us = machines.world.clock.now_us
    return {"updateDate": machines.world.clock.date()}


def describe_state_machine_alias(machines: Machines, request: Request) -> Result:
    """Describe an alias."""
    alias, date = _alias(machines, request), machines.world.clock.date
    return {
        "stateMachineAliasArn": alias.arn,
        "name": alias.own_name,
        **({"description": alias.description} if alias.description else {}),
        "routingConfiguration": [
            {"stateMachineVersionArn": route.version.arn, "weight": route.weight} for route in alias.routes
        ],
        "creationDate": date(alias.created_us),
        "updateDate": date(alias.updated_us),
    }


def delete_state_machine_alias(machines: Machines, request: Request) -> Result:
    """Delete an alias."""
    machines.world.remove(_alias(machines, request).arn)
    return {}


def list_state_machine_aliases(machines: Machines, request: Request) -> Result:
    """List the aliases of a machine or of a version, the newest first."""
    arn = text(request, "stateMachineArn")
    version = machines.world.target(arn)
    machine = version.machine if isinstance(version, Version) else machine_of(machines, arn)
    date = machines.world.clock.date
    listed = [
        {"stateMachineAliasArn": each.arn, "creationDate": date(each.created_us)}
        for each in _qualifiers(machines).aliases(machine)
        if not isinstance(version, Version) or each.leads_to(version)
    ]
    return page(request, listed, "stateMachineAliases")


def _qualifiers(machines: Machines) -> Qualifiers:
    return machines.world.share(Qualifiers)


def _check_qualified(arn: str) -> None:
    check_arn(arn, "stateMachine")
    if arn.count(":") != _QUALIFIED_PARTS - 1:
        raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")


def _alias(machines: Machines, request: Request) -> Alias:
    arn = text(request, "stateMachineAliasArn")
    _check_qualified(arn)
    found = machines.world.target(arn)
    if not isinstance(found, Alias):
        raise _missing()
    return found


def _routes(machines: Machines, request: Request) -> list[Route]:
    """Return where an alias is to lead.

    Raises:
        ApiError: a version is not there, the versions are not of one machine, or the weights are not 100 in all.
    """
    given: Any = request.parameters["routingConfiguration"]
    arns, weights = [str(each["stateMachineVersionArn"]) for each in given], [int(each["weight"]) for each in given]
    for arn in arns:
        _check_qualified(arn)
    if len(set(arns)) != len(arns):
        message = (
            f"Routing configuration must contain distinct state machine version ARNs. Received: [{', '.join(arns)}]"
        )
        raise ApiError("ValidationException", message)
    if sum(weights) != 100:
        message = f"Sum of routing configuration weights must equal 100. Received: {weights}"
        raise ApiError("ValidationException", message)
    versions = [machines.world.target(arn) for arn in arns]
    found = [each for each in versions if isinstance(each, Version)]
    if len(found) != len(versions):
        raise _missing()
    if len({each.machine.arn for each in found}) > 1:
        raise ApiError("ValidationException", "Routing configuration must contain versions of one state machine.")
    return [Route(version=version, weight=weight) for version, weight in zip(found, weights, strict=True)]


def _missing() -> ApiError:
    return ApiError("ResourceNotFound", "Request references a resource that does not exist.")
