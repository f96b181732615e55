"""Operations on state machines: make, describe, change, tag and delete them."""

import re
from collections.abc import Mapping
from typing import Any

from eventsim import ApiError, Caller, Request, Result
from eventsim_sources.parameters import text
from eventsim_sources.workflow.api.parameters import check_arn, machine_of, page, startable, tags_in, wants_data
from eventsim_sources.workflow.definition import diagnostics, read
from eventsim_sources.workflow.limits import NAME_CHARACTERS_MAX, TAGS_MAX
from eventsim_sources.workflow.log import check_logging
from eventsim_sources.workflow.machine import AT_FIRST, Machines, StateMachine
from eventsim_sources.workflow.managed_rule import check_managed_rules
from eventsim_sources.workflow.version import Qualifiers, Version

_FORBIDDEN = re.compile(r"[\s<>{}\[\]?*\"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f]")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_KEPT = ("loggingConfiguration", "tracingConfiguration", "encryptionConfiguration")
DIAGNOSTICS_MAX = 100
"""Diagnostics in one answer (documented)."""


def check_name(name: str) -> None:
    """See that something may bear this name.

    Raises:
        ApiError: it may not.
    """
    if not 1 <= len(name) <= NAME_CHARACTERS_MAX or _FORBIDDEN.search(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name[:NAME_CHARACTERS_MAX]}'")


def create_state_machine(machines: Machines, request: Request) -> Result:
    """Make a state machine, or return the one that is there if it is the same but for role and tags (documented)."""
    name, role_arn = text(request, "name"), text(request, "roleArn")
    check_name(name)
    _check_role(role_arn)
    _check_publish(request)
    check_logging(_logging(request))
    tags = tags_in(request)
    is_express = text(request, "type") == "EXPRESS"
    definition = read(text(request, "definition"), is_express=is_express)
    before = machines.world.sources(StateMachine.kind).get(name)
    if isinstance(before, StateMachine):
        is_same = (before.definition.text, before.is_express) == (definition.text, is_express)
        if not is_same or before.settings() != {**AT_FIRST, **_kept(request)}:
            raise ApiError("StateMachineAlreadyExists", f"State Machine Already Exists: '{before.arn}'")
        return _made(machines, before, request)
    _check_what_role_may(machines, definition.text, role_arn, request)
    machine = StateMachine(machines.world, name, definition, is_express=is_express, role_arn=role_arn)
    machine.kept = _kept(request)
    machines.world.add(machine)
    machines.tags[machine.arn] = tags
    return _made(machines, machine, request)


def _made(machines: Machines, machine: StateMachine, request: Request) -> Result:
    made = {"stateMachineArn": machine.arn, "creationDate": machines.world.clock.date(machine.created_us)}
    return made | _published(machines, machine, request)


def _published(machines: Machines, machine: StateMachine, request: Request) -> dict[str, Any]:
    """Publish a version if that is wanted; return its ARN as the answer tells it."""
    if not request.parameters.get("publish"):
        return {}
    version = machines.world.share(Qualifiers).publish(machine, text(request, "versionDescription"))
    return {"stateMachineVersionArn": version.arn}


def _check_publish(request: Request) -> None:
    if text(request, "versionDescription") and not request.parameters.get("publish"):
        raise ApiError("ValidationException", "Version description can only be set when publish is true")


def _check_role(arn: str) -> None:
    if not _ROLE.fullmatch(arn):
        raise ApiError("InvalidArn", f"Invalid Role Arn: '{arn}'")


def _check_what_role_may(machines: Machines, definition: str, role_arn: str, request: Request) -> None:
    """See that Step Functions may act in a role, and make the rules that a definition needs."""
    world, service = machines.world, "states.amazonaws.com"
    if not world.trusts(role_arn, service, service.replace(".", f".{world.region}.", 1), cause=request.entry):
        message = f"Neither the global service principal {service}, nor the regional one is authorized to assume the"
        raise ApiError("AccessDeniedException", f"{message} provided role.")
    caller = Caller(arn=request.caller.arn, cause=request.entry, role_arn=role_arn)
    check_managed_rules(world, definition, caller)


def _logging(request: Request) -> Mapping[str, Any] | None:
    given: Any = request.parameters.get("loggingConfiguration")
    return None if given is None else dict(given)


def _kept(request: Request) -> dict[str, Any]:
    return {name: request.parameters[name] for name in _KEPT if request.parameters.get(name) is not None}


def describe_state_machine(machines: Machines, request: Request) -> Result:
    """Describe a state machine, or a version; an alias stands for the version that it leads to."""
    machine, plan = startable(machines, text(request, "stateMachineArn"))
    version = machines.world.target(plan.version_arn)
    of_version = version if isinstance(version, Version) else None
    told = {"revisionId": (of_version or machine).revision_id, "description": of_version and of_version.description}
    return {
        "stateMachineArn": plan.version_arn or machine.arn,
        "name": machine.name,
        "status": "ACTIVE",
        "definition": plan.definition.text if wants_data(request) else "{}",
        "roleArn": plan.role_arn,
        "type": "EXPRESS" if machine.is_express else "STANDARD",
        "creationDate": machines.world.clock.date((of_version or machine).created_us),
        **AT_FIRST,
        **(of_version or machine).kept,
        **{name: value for name, value in told.items() if value},
    }


def update_state_machine(machines: Machines, request: Request) -> Result:
    """Change what new executions follow."""
    machine = machine_of(machines, text(request, "stateMachineArn"))
    given = request.parameters
    if all(given.get(name) is None for name in ("definition", "roleArn", *_KEPT)):
        what = "the definition, the role ARN, the LoggingConfiguration, the EncryptionConfiguration or the"
        raise ApiError("MissingRequiredParameter", f"Either {what} TracingConfiguration must be specified")
    if given.get("roleArn") is not None:
        _check_role(text(request, "roleArn"))
    _check_publish(request)
    check_logging(_logging(request))
    definition, role_arn = machine.definition, text(request, "roleArn") or machine.role_arn
    if given.get("definition") is not None:
        definition = read(text(request, "definition"), is_express=machine.is_express)
    _check_what_role_may(machines, definition.text, role_arn, request)
    machine.definition, machine.role_arn = definition, role_arn
    machine.kept |= _kept(request)
    machine.updated_us = machines.world.clock.now_us
    machine.revision_id = machines.world.share(Qualifiers).new_revision_id()
    updated = {"updateDate": machines.world.clock.date(), "revisionId": machine.revision_id}
    return updated | _published(machines, machine, request)


def delete_state_machine(machines: Machines, request: Request) -> Result:
    """Delete a state machine at once; deleting what is not there succeeds."""
    arn = text(request, "stateMachineArn")
    check_arn(arn, "stateMachine")
    machine = machines.world.target(arn)
    if isinstance(machine, StateMachine):
        machine.forget()
        machines.world.share(Qualifiers).forget(machine)
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
        {"severity": "ERROR", "code": each.code, "message": each.message}
        | ({"location": each.location} if each.location else {})
        for each in found
    ]
    shown = described[: int(str(request.parameters.get("maxResults") or DIAGNOSTICS_MAX))]
    return {"result": "FAIL" if found else "OK", "diagnostics": shown, "truncated": len(shown) < len(described)}


# --- tags ----------------------------------------------------------------------------------------------------


def _tags(machines: Machines, request: Request) -> dict[str, str]:
    arn = text(request, "resourceArn")
    if machines.world.target(arn) is None and arn not in machines.tags:
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'")
    return machines.tags.setdefault(arn, {})


def tag_resource(machines: Machines, request: Request) -> Result:
    """Add tags."""
    tags = _tags(machines, request)
    made = tags | tags_in(request)
    if len(made) > TAGS_MAX:
        raise ApiError("TooManyTags", f"Too many tags: '{text(request, 'resourceArn')}'")  # unconfirmed wording
    tags.update(made)
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
