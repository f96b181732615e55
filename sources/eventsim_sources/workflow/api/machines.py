"""Operations on state machines: make, describe, change, tag and delete them."""

import re
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.workflow.api.parameters import machine_of, page, text
from eventsim_sources.workflow.definition import diagnostics, read
from eventsim_sources.workflow.limits import NAME_CHARACTERS_MAX
from eventsim_sources.workflow.machine import Machines, StateMachine

_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
_KEPT = ("loggingConfiguration", "tracingConfiguration")
_AT_FIRST = {
    "loggingConfiguration": {"level": "OFF", "includeExecutionData": False},
    "tracingConfiguration": {"enabled": False},
}


def check_name(name: str) -> None:
    """See that something may bear this name.

    Raises:
        ApiError: it may not.
    """
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or _FORBIDDEN.search(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name[:NAME_CHARACTERS_MAX]}'")


def create_state_machine(machines: Machines, request: Request) -> Result:
    """Make a state machine, or return the one that is there if it is the same."""
    name, role_arn = text(request, "name"), text(request, "roleArn")
    check_name(name)
    is_express = text(request, "type") == "EXPRESS"
    definition = read(text(request, "definition"), is_express=is_express)
    before = machines.world.sources(StateMachine.kind).get(name)
    if isinstance(before, StateMachine):
        is_same = (before.definition.text, before.is_express, before.role_arn) == (
            definition.text,
            is_express,
            role_arn,
        )
        if not is_same:
            raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{before.arn}'")
        return {"stateMachineArn": before.arn, "creationDate": machines.world.clock.date(before.created_us)}
    machine = StateMachine(machines.world, name, definition, is_express=is_express, role_arn=role_arn)
    machine.kept = _kept(request)
    machines.world.add(machine)
    tags: Any = request.parameters.get("tags") or ()
    machines.tags[machine.arn] = {each["key"]: each.get("value", "") for each in tags}
    return {"stateMachineArn": machine.arn, "creationDate": machines.world.clock.date()}


def _kept(request: Request) -> dict[str, Any]:
    return {name: request.parameters[name] for name in _KEPT if request.parameters.get(name) is not None}


def describe_state_machine(machines: Machines, request: Request) -> Result:
    """Describe a state machine."""
    machine = machine_of(machines, text(request, "stateMachineArn"))
    return {
        "stateMachineArn": machine.arn,
        "name": machine.name,
        "status": "ACTIVE",
        "definition": machine.definition.text,
        "roleArn": machine.role_arn,
        "type": "EXPRESS" if machine.is_express else "STANDARD",
        "creationDate": machines.world.clock.date(machine.created_us),
        **_AT_FIRST,
        **machine.kept,
    }


def update_state_machine(machines: Machines, request: Request) -> Result:
    """Change what new executions follow."""
    machine = machine_of(machines, text(request, "stateMachineArn"))
    given = request.parameters
    if all(given.get(name) is None for name in ("definition", "roleArn", *_KEPT)):
        what = "the definition, the role ARN, the LoggingConfiguration, or the TracingConfiguration"
        raise ApiError("MissingRequiredParameter", f"Either {what} must be specified")
    if given.get("definition") is not None:
        machine.definition = read(text(request, "definition"), is_express=machine.is_express)
    machine.role_arn = text(request, "roleArn") or machine.role_arn
    machine.kept |= _kept(request)
    machine.updated_us = machines.world.clock.now_us
    return {"updateDate": machines.world.clock.date()}


def delete_state_machine(machines: Machines, request: Request) -> Result:
    """Delete a state machine at once; deleting what is not there succeeds."""
    arn = text(request, "stateMachineArn")
    machine = machines.world.target(arn)
    if isinstance(machine, StateMachine):
        machine.forget()
        machines.world.remove(arn)
        machines.tags.pop(arn, None)
    return {}


def list_state_machines(machines: Machines, request: Request) -> Result:
    """List the state machines by name."""
    found = [each for each in machines.world.sources(StateMachine.kind).values() if isinstance(each, StateMachine)]
    described = [
        {
            "stateMachineArn": each.arn,
            "name": each.name,
            "type": "EXPRESS" if each.is_express else "STANDARD",
            "creationDate": machines.world.clock.date(each.created_us),
        }
        for each in sorted(found, key=lambda machine: machine.name)
    ]
    return page(request, described, "stateMachines")


def validate_definition(_: Machines, request: Request) -> Result:
    """Tell what is wrong with a definition."""
    found = diagnostics(text(request, "definition"), is_express=text(request, "type") == "EXPRESS")
    described = [
        {"severity": "ERROR", "code": each.code, "message": each.message, "location": each.location} for each in found
    ]
    return {"result": "FAIL" if found else "OK", "diagnostics": described, "truncated": False}


# --- tags ----------------------------------------------------------------------------------------------------


def _tags(machines: Machines, request: Request) -> dict[str, str]:
    arn = text(request, "resourceArn")
    if machines.world.target(arn) is None and arn not in machines.tags:
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'")
    return machines.tags.setdefault(arn, {})


def tag_resource(machines: Machines, request: Request) -> Result:
    """Add tags."""
    given: Any = request.parameters["tags"]
    _tags(machines, request).update({each["key"]: each.get("value", "") for each in given})
    return {}


def untag_resource(machines: Machines, request: Request) -> Result:
    """Take tags away."""
    keys: Any = request.parameters["tagKeys"]
    tags = _tags(machines, request)
    for key in keys:
        tags.pop(key, None)
    return {}


def list_tags_for_resource(machines: Machines, request: Request) -> Result:
    """List tags."""
    return {"tags": [{"key": key, "value": value} for key, value in _tags(machines, request).items()]}
