"""How do stacks come, change and go?"""

from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.inert import not_simulated
from eventsim.errors import ApiError, ScenarioError, TemplateError
from eventsim.template.api_reading import importers
from eventsim.template.api_service import Service, invalid
from eventsim.template.deployment import STACK_TYPE, Order, Works, build, new_stack, prepare
from eventsim.template.plan import Plan
from eventsim.template.stack import Stack
from eventsim.template.table import kind_of

NOTHING_NEW = "No updates are to be performed."


async def create_stack(service: Service, request: Request) -> Result:
    """Deploy a template; it is done when the request is answered, so that waiting ends at once."""
    order = await service.order(request)
    if service.stacks.find(order.stack_name) is not None:
        raise ApiError("AlreadyExistsException", f"Stack [{order.stack_name}] already exists")
    stack = new_stack(service.ground, order)
    plan = await planned(service, order, stack)
    service.stacks.add(stack)
    await carry_out(service, order, stack, plan)
    return {"StackId": stack.identifier}


async def planned(service: Service, order: Order, stack: Stack) -> Plan:
    """Return what a template comes to.

    Raises:
        ApiError: it is wrong.
    """
    try:
        return await prepare(service.ground, order, stack.identifier, stack)
    except ScenarioError as error:
        raise invalid(f"Template error: {error}") from None


async def carry_out(service: Service, order: Order, stack: Stack, plan: Plan) -> None:
    """Make a stack; if that fails, its status tells of it."""
    try:
        await build(service.ground, order, stack, plan)
    except TemplateError as error:
        stack.reason = str(error)


async def update_stack(service: Service, request: Request) -> Result:
    """Change a stack: what is new is made, what is gone is deleted."""
    stack = service.stack(request)
    order = await service.order(request, stack)
    plan = await planned(service, order, stack)
    check_updatable(request, stack, plan)
    await change(service, order, stack, plan)
    return {"StackId": stack.identifier}


def differences(stack: Stack, plan: Plan) -> dict[str, list[str]]:
    """Return which resources a plan adds, changes and removes, by the action that CloudFormation calls it."""
    wanted = {each.logical_id: each for each in plan.order}
    parameters = {name: parameter.value for name, parameter in plan.parameters.items()}
    before = {name: parameter.value for name, parameter in stack.parameters.items()}
    changed = []
    for name, resource in stack.resources.items():
        new = wanted.get(name)
        if new is None:
            continue
        is_same = new.type == resource.declared.type and new.properties == resource.declared.properties
        names = [key for key in parameters if parameters[key] != before.get(key)]
        if not is_same or any(_mentions(new.properties, key) for key in names):
            changed.append(name)
    return {
        "Add": [name for name in wanted if name not in stack.resources],
        "Modify": changed,
        "Remove": [name for name in stack.resources if name not in wanted],
    }


def _mentions(value: Any, parameter: str) -> bool:
    """Tell whether a parameter stands somewhere in properties."""
    text = repr(value)
    return f"'Ref': '{parameter}'" in text or f"${{{parameter}}}" in text


def check_updatable(request: Request, stack: Stack, plan: Plan) -> None:
    """See that a change is one that can be made honestly.

    Raises:
        ApiError: nothing would change, or a resource would have to be changed in place.
    """
    changes = differences(stack, plan)
    if not any(changes.values()) and set(plan.outputs) == set(stack.outputs):
        raise invalid(NOTHING_NEW)
    for name in changes["Modify"]:
        kind = stack.resources[name].declared.type
        made = stack.resources[name].made
        if kind_of(kind) is None or (made is not None and made.is_inert):
            continue
        raise not_simulated(request, f"the change of {name} ({kind}) in place (delete the stack and create it anew)")


async def change(service: Service, order: Order, stack: Stack, plan: Plan) -> None:
    """Make what is new and delete what is gone."""
    changes = differences(stack, plan)
    works = Works(service.ground, order, stack, plan)
    _tell(works, stack, "UPDATE_IN_PROGRESS")
    stack.document, stack.tags = order.document, order.tags
    stack.updated_us = service.ground.clock.now_us
    try:
        for declared in plan.order:
            if declared.logical_id in changes["Add"]:
                await works.make(declared)
        for name in reversed(changes["Remove"]):
            resource = stack.resources.pop(name)
            await works.delete(resource)
        works.settle_outputs()
    except TemplateError as error:
        for name in changes["Add"]:
            resource_made = stack.resources.pop(name, None)
            if resource_made is not None and resource_made.made is not None:
                await works.delete(resource_made)
        stack.reason = str(error)
        _tell(works, stack, "UPDATE_ROLLBACK_COMPLETE")
        return
    _tell(works, stack, "UPDATE_COMPLETE")


def _tell(works: Works, stack: Stack, status: str) -> None:
    stack.status = status
    works.tell(stack.name, stack.identifier, STACK_TYPE, status, "")


async def delete_stack(service: Service, request: Request) -> Result:
    """Delete a stack and what it made; one that is not there is no error (documented)."""
    stack = service.stacks.find(str(request.parameters["StackName"]))
    if stack is None or stack.status == "DELETE_COMPLETE":
        return {}
    for output in stack.outputs.values():
        users = importers(service.stacks.all(), output.export) if output.export else []
        if users:
            raise invalid(
                f"Delete canceled. Cannot delete export {output.export} as it is in use by {' and '.join(users)}"
            )
    works = Works.of(service.ground, stack)
    _tell(works, stack, "DELETE_IN_PROGRESS")
    retained: Any = request.parameters.get("RetainResources") or ()
    await works.take_back(retained)
    failed = [name for name, each in stack.resources.items() if each.status == "DELETE_FAILED"]
    if failed:
        stack.reason = f"The following resource(s) failed to delete: [{', '.join(failed)}]. "
        _tell(works, stack, "DELETE_FAILED")
        return {}
    stack.deleted_us = service.ground.clock.now_us
    _tell(works, stack, "DELETE_COMPLETE")
    service.stacks.delete(stack)
    return {}
