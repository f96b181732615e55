"""What would change, and then: change it. Change sets, as `sam deploy` and `aws cloudformation deploy` use them."""

import json
from dataclasses import replace
from functools import partial
from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.inert import not_simulated
from eventsim.errors import ApiError
from eventsim.template import api_reading as reading
from eventsim.template.api_service import Service, invalid, page, token_of
from eventsim.template.api_stacks import (
    carry_out,
    change,
    check_state,
    check_updatable,
    foresight_of,
    patiently,
    planned,
)
from eventsim.template.change_sets import ChangeSet, ChangeSets
from eventsim.template.deployment import Works, new_stack
from eventsim.template.existing import existing
from eventsim.template.foresight import Foresight
from eventsim.template.history import BY_USER
from eventsim.template.stack import REVIEWED, Stack

_NOTHING = "The submitted information didn't contain changes. Submit different information to create a change set."

_INVALID = (
    "The following hook(s)/validation failed: [{}]. To troubleshoot Early Validation errors, use the DescribeEvents "
    "API for detailed failure information."
)


async def create_change_set(service: Service, request: Request) -> Result:
    """Work out what a template would change."""
    sets = await _sets(service, request)
    name, stack_name = str(request.parameters["ChangeSetName"]), str(request.parameters["StackName"])
    before = service.stacks.find(stack_name)
    if before is not None and any(each.name == name for each in sets.of(before)):
        raise ApiError("AlreadyExistsException", f"ChangeSet {name} already exists")
    made = await _worked_out(service, request)
    if before is None:
        service.stacks.add(made.stack)
        Works.of(service.ground, made.stack).history.mark_stack(REVIEWED, BY_USER)
    sets.add(made)
    return {"Id": made.identifier, "StackId": made.stack.identifier}


async def _sets(service: Service, request: Request) -> ChangeSets:
    sets = service.ground.share(ChangeSets)
    await sets.bring_back(request, partial(_worked_out, service))
    return sets


async def _worked_out(
    service: Service, request: Request, identifier: str = "", created_us: int | None = None
) -> ChangeSet:
    """Return what a request would change.

    Args:
        identifier: the ARN of a change set that is worked out once more, with its instant.
    """
    given = request.parameters
    if given.get("ChangeSetType") == "IMPORT":
        raise not_simulated(request, "a change set of the type IMPORT", remedy="Let the stack make what it has")
    before = service.stacks.find(str(given["StackName"]))
    is_new = given.get("ChangeSetType") == "CREATE"
    if is_new and before is not None and before.status != REVIEWED:
        raise invalid(f"Stack [{before.name}] already exists and cannot be created again with the changeSet")
    if not is_new and before is None:
        raise invalid(f"Stack [{given['StackName']}] does not exist")
    if before is not None and not is_new:
        check_state(before)
    order = await service.order(request, None if is_new else before)
    stack = before or new_stack(service.ground, order)
    plan = await planned(service, order, stack)
    name = str(given["ChangeSetName"])
    is_retagged = dict(order.tags) != dict(stack.tags)
    foresight = foresight_of(service, stack, order, plan)
    made = ChangeSet(
        name=name,
        identifier=identifier or _arn(service, stack, name),
        stack=stack,
        order=order,
        plan=plan,
        created_us=service.ground.clock.now_us if created_us is None else created_us,
        is_new=is_new,
        asked=given,
        changes=foresight.changes(is_retagged=is_retagged),
        is_retagged=is_retagged,
    )
    is_same = not any(made.changes.values()) and not foresight.has_other_outputs
    if is_same and not is_new and not is_retagged:
        made.status, made.execution, made.reason = "FAILED", "UNAVAILABLE", _NOTHING
    if not given.get("DisableValidation"):
        await _validate(service, made, foresight)
    return made


async def _validate(service: Service, made: ChangeSet, foresight: Foresight) -> None:
    """Let a change set fail whose resources have properties that they cannot have, or names that are taken."""
    made.mistakes = foresight.mistakes
    types = {each.logical_id: each.type for each in made.plan.order}
    for name in made.changes["Add"]:
        conflict = await existing(service.ground, types[name], foresight.after(name))
        if conflict is not None:
            made.conflicts[name] = str(conflict)
    found = {"PropertyValidation": made.mistakes, "ResourceExistenceCheck": made.conflicts}
    failed = [f"AWS::EarlyValidation::{name}" for name, what in found.items() if what]
    if failed:
        made.status, made.execution, made.reason = "FAILED", "UNAVAILABLE", _INVALID.format(", ".join(failed))


def _arn(service: Service, stack: Stack, name: str) -> str:
    count = len(service.ground.share(ChangeSets).by_arn)
    text = service.ground.chance.uuids("change set", stack.name, name, count)()
    return f"{stack.identifier.rpartition(':stack/')[0]}:changeSet/{name}/{text}"


async def describe_change_set(service: Service, request: Request) -> Result:
    """Tell what would change."""
    found = (await _sets(service, request)).find(request)
    foresight = foresight_of(service, found.stack, found.order, found.plan)
    has_values = bool(request.parameters.get("IncludePropertyValues"))
    changes = [
        {
            "Type": "Resource",
            "ResourceChange": foresight.told(action, name, is_retagged=found.is_retagged, has_values=has_values),
        }
        for action, names in found.changes.items()
        for name in names
    ]
    told = {**_summary(service, found), **_asked(found), "Parameters": _parameters(found)}
    return {**told, **page(changes, request, "Changes")}


def _asked(found: ChangeSet) -> dict[str, Any]:
    """Return what the request said that a description repeats."""
    told = {name: found.asked[name] for name in ("Capabilities", "Tags", "OnStackFailure") if found.asked.get(name)}
    arns = found.asked.get("NotificationARNs") or []
    configuration = found.asked.get("RollbackConfiguration") or {}
    return {**told, "NotificationARNs": arns, "RollbackConfiguration": configuration}


def _summary(service: Service, found: ChangeSet) -> dict[str, Any]:
    told: dict[str, Any] = {
        "ChangeSetName": found.name,
        "ChangeSetId": found.identifier,
        "StackId": found.stack.identifier,
        "StackName": found.stack.name,
        "CreationTime": service.ground.clock.date(found.created_us),
        "ExecutionStatus": found.execution,
        "Status": found.status,
    }
    told["IncludeNestedStacks"] = bool(found.asked.get("IncludeNestedStacks"))
    if found.reason:
        told["StatusReason"] = found.reason
    if found.asked.get("Description"):
        told["Description"] = found.asked["Description"]
    return told


def _parameters(found: ChangeSet) -> list[dict[str, str]]:
    return [
        {"ParameterKey": name, "ParameterValue": "****" if each.is_secret else each.given}
        for name, each in found.plan.parameters.items()
    ]


async def describe_events(service: Service, request: Request) -> Result:
    """Tell what is wrong with a change set; events of stacks are told by `DescribeStackEvents` alone."""
    if not request.parameters.get("ChangeSetName"):
        raise not_simulated(request, "what is not about a change set")
    found = (await _sets(service, request)).find(request)
    operation_id = found.identifier.rpartition("/")[2]
    types = {each.logical_id: each.type for each in found.plan.order}
    mistakes = [
        ("PROPERTY_VALIDATION", logical_id, f"/Properties{'' if each.is_missing else f'/{each.name}'}", each.words)
        for logical_id, mistakes in found.mistakes.items()
        for each in mistakes
    ]
    conflicts = [("NAME_CONFLICT_VALIDATION", logical_id, "", words) for logical_id, words in found.conflicts.items()]
    new_id = service.ground.chance.uuids("validation", found.identifier)
    events = [
        {
            "EventId": new_id(),
            "StackId": found.stack.identifier,
            "OperationId": operation_id,
            "OperationType": "CREATE_CHANGESET",
            "EventType": "VALIDATION_ERROR",
            "LogicalResourceId": logical_id,
            "ResourceType": types[logical_id],
            "Timestamp": service.ground.clock.date(found.created_us),
            "ValidationFailureMode": "FAIL",
            "ValidationName": name,
            "ValidationStatus": "FAILED",
            "ValidationStatusReason": words,
            "ValidationPath": f"/Resources/{logical_id}{path}",
        }
        for name, logical_id, path, words in mistakes + conflicts
    ]
    return page(events, request, "OperationEvents")


async def list_change_sets(service: Service, request: Request) -> Result:
    """List the change sets of a stack."""
    stack = service.stack(request)
    sets = await _sets(service, request)
    return page([_summary(service, each) for each in sets.of(stack)], request, "Summaries")


async def get_template(service: Service, request: Request) -> Result:
    """Give the template of a change set, or of a stack."""
    if not request.parameters.get("ChangeSetName"):
        return reading.get_template(service, request)
    found = (await _sets(service, request)).find(request)
    is_processed = request.parameters.get("TemplateStage") == "Processed"
    body = json.dumps(found.plan.processed) if is_processed else found.order.document.text
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


async def delete_change_set(service: Service, request: Request) -> Result:
    """Forget a change set; one that is not there is no error (documented), a stack that is not there is."""
    sets = await _sets(service, request)
    if request.parameters.get("StackName"):
        service.stack(request)
    try:
        sets.end(sets.find(request))
    except ApiError as error:
        if error.code != "ChangeSetNotFound":
            raise
    return {}


async def execute_change_set(service: Service, request: Request) -> Result:
    """Change the stack; its other change sets are void then."""
    sets = await _sets(service, request)
    found = sets.find(request)
    if found.execution != "AVAILABLE":
        raise ApiError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{found.identifier}] cannot be executed in its current status of [{found.status}]",
        )
    if not found.is_new:
        check_updatable(service, found.stack, found.order, found.plan)
    found.execution = "EXECUTE_COMPLETE"
    for each in sets.of(found.stack):
        sets.end(each, is_told=each is found)
    order = replace(
        found.order,
        token=token_of(request),
        told={**found.order.told, "ChangeSetId": found.identifier},
    )
    if request.parameters.get("RetainExceptOnCreate"):
        order = replace(order, deletes_new=True, told={**order.told, "RetainExceptOnCreate": True})
    found.stack.told = order.told
    if request.parameters.get("DisableRollback"):
        order = replace(order, on_failure="DO_NOTHING")
    found.stack.keeps_failures = order.on_failure == "DO_NOTHING"
    if found.is_new:
        found.stack.updated_us = service.ground.clock.now_us
        work = carry_out(service, order, found.stack, found.plan)
    else:
        work = change(service, order, found.stack, found.plan)
    await patiently(service, found.stack, found.plan, work)
    return {}
