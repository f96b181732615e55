"""What would change, and then: change it. Change sets, as `sam deploy` and `aws cloudformation deploy` use them."""

from dataclasses import dataclass, field, replace
from typing import Any

from eventsim.api import Request, Result
from eventsim.errors import ApiError
from eventsim.template.api_service import Service, invalid, page
from eventsim.template.api_stacks import carry_out, change, check_state, check_updatable, differences, planned
from eventsim.template.deployment import Order, Works, new_stack
from eventsim.template.history import BY_USER
from eventsim.template.plan import Plan
from eventsim.template.stack import REVIEWED, Declared, Stack
from eventsim.template.table import KINDS, kind_of
from eventsim.template.updates import UPDATES

_NOTHING = "The submitted information didn't contain changes. Submit different information to create a change set."


@dataclass(slots=True)
class ChangeSet:
    """Changes to a stack that have been worked out and not yet made."""

    name: str
    identifier: str
    stack: Stack
    order: Order
    plan: Plan
    created_us: int
    is_new: bool
    description: str = ""
    status: str = "CREATE_COMPLETE"
    execution: str = "AVAILABLE"
    reason: str = ""
    changes: dict[str, list[str]] = field(default_factory=dict)


class ChangeSets:
    """All change sets of one world, by their ARNs."""

    def __init__(self, _: object) -> None:
        self.by_arn: dict[str, ChangeSet] = {}

    def find(self, request: Request) -> ChangeSet:
        """Return the change set that a request names, by its ARN or by its name and its stack.

        Raises:
            ApiError: there is none.
        """
        name = str(request.parameters["ChangeSetName"])
        stack = str(request.parameters.get("StackName") or "")
        for each in reversed(self.by_arn.values()):
            if each.identifier == name or (each.name == name and stack in (each.stack.name, each.stack.identifier)):
                return each
        raise ApiError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", status=404)


async def create_change_set(service: Service, request: Request) -> Result:
    """Work out what a template would change."""
    given = request.parameters
    sets = service.ground.share(ChangeSets)
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
    if before is None:
        service.stacks.add(stack)
        Works.of(service.ground, stack).history.mark_stack(REVIEWED, BY_USER)
    name = str(given["ChangeSetName"])
    text = service.ground.chance.uuids("change set", stack.name, name, len(sets.by_arn))()
    prefix = stack.identifier.rpartition(":stack/")[0]
    made = ChangeSet(
        name=name,
        identifier=f"{prefix}:changeSet/{name}/{text}",
        stack=stack,
        order=order,
        plan=plan,
        created_us=service.ground.clock.now_us,
        is_new=is_new,
        description=str(given.get("Description") or ""),
        changes=differences(stack, plan),
    )
    is_same = not any(made.changes.values()) and set(plan.outputs) == set(stack.outputs)
    if is_same and not is_new and dict(order.tags) == dict(stack.tags):
        made.status, made.execution, made.reason = "FAILED", "UNAVAILABLE", _NOTHING
    sets.by_arn[made.identifier] = made
    return {"Id": made.identifier, "StackId": stack.identifier}


def describe_change_set(service: Service, request: Request) -> Result:
    """Tell what would change."""
    found = service.ground.share(ChangeSets).find(request)
    changes = [
        {"Type": "Resource", "ResourceChange": _change(found, action, name)}
        for action, names in found.changes.items()
        for name in names
    ]
    return {**_summary(service, found), "Parameters": _parameters(found), **page(changes, request, "Changes")}


def _change(found: ChangeSet, action: str, name: str) -> dict[str, Any]:
    declared = {each.logical_id: each for each in found.plan.order}
    resource = found.stack.resources.get(name)
    kind = declared[name].type if name in declared else resource.declared.type if resource is not None else ""
    told: dict[str, Any] = {"Action": action, "LogicalResourceId": name, "ResourceType": kind, "Scope": []}
    if action == "Modify":
        told |= {"Replacement": _replacement(found, name, declared[name]), "Scope": ["Properties"]}
    if resource is not None:
        told["PhysicalResourceId"] = resource.physical_id
    return told


def _replacement(found: ChangeSet, name: str, declared: Declared) -> str:
    """Tell whether a changed resource is a new one; a type that does not change in place always is."""
    before = found.stack.resources[name]
    update = UPDATES.get(declared.type)
    if declared.type == before.declared.type and (update is None or before.made is None):
        kind = kind_of(declared.type)
        return "True" if kind is not None and declared.type in KINDS else "False"
    fixed = frozenset[str]() if update is None else update.fixed
    old, new = before.declared.properties, declared.properties
    return str(declared.type != before.declared.type or any(old.get(each) != new.get(each) for each in fixed))


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
    if found.reason:
        told["StatusReason"] = found.reason
    if found.description:
        told["Description"] = found.description
    return told


def _parameters(found: ChangeSet) -> list[dict[str, str]]:
    return [
        {"ParameterKey": name, "ParameterValue": "****" if each.is_secret else each.given}
        for name, each in found.plan.parameters.items()
    ]


def list_change_sets(service: Service, request: Request) -> Result:
    """List the change sets of a stack."""
    stack = service.stack(request)
    sets = service.ground.share(ChangeSets).by_arn.values()
    return page([_summary(service, each) for each in sets if each.stack is stack], request, "Summaries")


def delete_change_set(service: Service, request: Request) -> Result:
    """Forget a change set; one that is not there is no error (documented)."""
    sets = service.ground.share(ChangeSets)
    try:
        del sets.by_arn[sets.find(request).identifier]
    except ApiError:
        return {}
    return {}


async def execute_change_set(service: Service, request: Request) -> Result:
    """Change the stack."""
    found = service.ground.share(ChangeSets).find(request)
    if found.execution != "AVAILABLE":
        raise ApiError(
            "InvalidChangeSetStatus",
            f"ChangeSet [{found.identifier}] cannot be executed in its current status of [{found.status}]",
        )
    if not found.is_new:
        check_updatable(found.stack, found.order, found.plan)
    found.execution = "EXECUTE_COMPLETE"
    order = replace(found.order, token=str(request.parameters.get("ClientRequestToken") or ""))
    if request.parameters.get("DisableRollback"):
        order = replace(order, on_failure="DO_NOTHING")
    found.stack.keeps_failures = order.on_failure == "DO_NOTHING"
    if found.is_new:
        await carry_out(service, order, found.stack, found.plan)
    else:
        await change(service, order, found.stack, found.plan)
    return {}
