"""How do stacks come, change and go?"""

import contextlib
from collections.abc import Coroutine
from typing import Any

from eventsim.api import Request, Result
from eventsim.errors import ApiError, ScenarioError, TemplateError
from eventsim.json_text import load_json
from eventsim.template.api_service import Service, invalid, token_of
from eventsim.template.change_sets import ChangeSets
from eventsim.template.changing import change_stack, leave_as_it_is, roll_back
from eventsim.template.deployment import (
    Works,
    abandon,
    build,
    names_of,
    new_stack,
    not_deleted,
    prepare,
    ssm_value,
    undo_creation,
)
from eventsim.template.document import Refusal
from eventsim.template.foresight import Foresight
from eventsim.template.history import BY_USER
from eventsim.template.kept import StackBook
from eventsim.template.kinds_waiting import CONDITION
from eventsim.template.known_types import is_unheard_of, refusal
from eventsim.template.order import Order
from eventsim.template.parameters import ssm_names
from eventsim.template.plan import UNEXPORTED, Plan
from eventsim.template.signals import Signals
from eventsim.template.stack import Stack
from eventsim.template.table import NESTED

_PUBLIC = "/aws/"
"""What AWS itself keeps in the parameter store, and nobody here does: it is invented, and told of."""
NOTHING_NEW = "No updates are to be performed."


async def create_stack(service: Service, request: Request) -> Result:
    """Deploy a template; it is done when the request is answered, so that waiting ends at once."""
    order = await service.order(request)
    if service.stacks.find(order.stack_name) is not None:
        raise ApiError("AlreadyExistsException", f"Stack [{order.stack_name}] already exists")
    stack = new_stack(service.ground, order)
    stack.is_protected = bool(request.parameters.get("EnableTerminationProtection"))
    try:
        plan = await planned(service, order, stack)
    except ApiError as error:
        if not _is_found_late(error):
            raise
        service.stacks.add(stack)
        await abandon(service.ground, order, stack, error.message)
    else:
        service.stacks.add(stack)
        await patiently(service, stack, plan, carry_out(service, order, stack, plan))
    return {"StackId": stack.identifier}


def _is_found_late(error: ApiError) -> bool:
    """Tell whether CloudFormation would have taken the template, and found out later."""
    return error.message.startswith(UNEXPORTED.partition("{")[0])


async def planned(service: Service, order: Order, stack: Stack) -> Plan:
    """Return what a template comes to.

    Raises:
        ApiError: it is wrong, or asks for what is not in the parameter store.
    """
    missing = [
        name
        for name in dict.fromkeys(ssm_names(order.document, order.parameters))
        if not name.startswith(_PUBLIC) and await ssm_value(service.ground, name) is None
    ]
    if missing:
        raise invalid(f"Unable to fetch parameters [{', '.join(missing)}] from parameter store for this account.")
    try:
        plan = await prepare(service.ground, order, stack.identifier, stack)
    except Refusal as error:
        raise invalid(error.words) from None
    except ScenarioError as error:
        raise invalid(f"Template error: {error}") from None
    unheard = [each.type for each in plan.order if is_unheard_of(each.type)]
    if unheard:
        raise invalid(refusal(unheard))
    return plan


async def carry_out(service: Service, order: Order, stack: Stack, plan: Plan) -> None:
    """Make a stack; if that fails, its status tells of it."""
    with contextlib.suppress(TemplateError):
        await build(service.ground, order, stack, plan)
    service.tell_notes(stack)


async def patiently(service: Service, stack: Stack, plan: Plan, work: Coroutine[Any, Any, None]) -> None:
    """Carry out work on a stack; what waits for signals goes on when the request is answered."""
    if any(each.type in (CONDITION, NESTED) for each in plan.order):
        await service.ground.share(Signals).accompany(stack.identifier, work)
    else:
        await work


async def update_stack(service: Service, request: Request) -> Result:
    """Change a stack: what is new is made, what differs is changed or replaced, what is gone is deleted."""
    stack = service.stack(request)
    check_state(stack)
    order = await service.order(request, stack)
    try:
        plan = await planned(service, order, stack)
    except ApiError as error:
        if not _is_found_late(error):
            raise
        leave_as_it_is(service.ground, order, stack, error.message)
    else:
        check_updatable(service, stack, order, plan)
        await patiently(service, stack, plan, change(service, order, stack, plan))
    return {"StackId": stack.identifier}


def foresight_of(service: Service, stack: Stack, order: Order, plan: Plan) -> Foresight:
    """Return what a plan will make of a stack."""
    names = names_of(service.ground, stack, plan, order.notified)
    return Foresight(stack, plan, names, service.ground.region)


def update_termination_protection(service: Service, request: Request) -> Result:
    """Let a stack be deleted, or not."""
    stack = service.stack(request)
    stack.is_protected = bool(request.parameters["EnableTerminationProtection"])
    service.ground.share(StackBook).keep(stack)
    return {"StackId": stack.identifier}


def set_stack_policy(service: Service, request: Request) -> Result:
    """Keep the policy of a stack; it is not obeyed."""
    stack = service.stack(request)
    policy = str(request.parameters.get("StackPolicyBody") or "")
    if policy and not _is_policy(policy):
        raise invalid("Error validating stack policy: Invalid stack policy")
    stack.told = {**stack.told, "StackPolicyBody": policy}
    service.ground.share(StackBook).keep(stack)
    return {}


def _is_policy(text: str) -> bool:
    try:
        policy = load_json(text)
    except ValueError:
        return False
    return isinstance(policy, dict) and isinstance(policy.get("Statement"), list | dict)


def cancel_update_stack(service: Service, request: Request) -> Result:
    """Refuse: an update is done when its request is answered."""
    service.stack(request)
    raise invalid("CancelUpdateStack cannot be called from current stack status")


async def rollback_stack(service: Service, request: Request) -> Result:
    """Take back what a failure has left, as far as it was to stay: to what the stack was, or to nothing."""
    stack = service.stack(request)
    token, deletes_new = token_of(request), bool(request.parameters.get("RetainExceptOnCreate"))
    if stack.status not in ("CREATE_FAILED", "UPDATE_FAILED"):
        raise invalid(
            f"Stack:{stack.identifier} is in {stack.status} state and can not be rolled back."  # unconfirmed wording
        )
    if stack.stable is None:
        await undo_creation(service.ground, stack, token=token, deletes_new=deletes_new)
    else:
        await roll_back(service.ground, stack, token=token, deletes_new=deletes_new)
    service.tell_notes(stack)
    return {"StackId": stack.identifier}


async def continue_update_rollback(service: Service, request: Request) -> Result:
    """Try again to make a stack what it was, without what shall be skipped."""
    stack = service.stack(request)
    skipped: Any = request.parameters.get("ResourcesToSkip") or ()
    is_forced = bool(request.parameters.get("ForceRollback"))
    if stack.status != "UPDATE_ROLLBACK_FAILED" or stack.stable is None:
        raise invalid(
            f"Stack:{stack.identifier} is in {stack.status} state and can not continue its rollback."  # unconfirmed
        )
    if skipped and is_forced:
        raise invalid("ForceRollback and ResourcesToSkip are mutually exclusive")  # unconfirmed wording
    failed = [name for name, each in stack.resources.items() if each.status == "UPDATE_FAILED"]
    others = [name for name in skipped if name not in failed]
    if others:
        raise invalid(f"Resources [{', '.join(others)}] can not be skipped.")  # unconfirmed wording
    await roll_back(service.ground, stack, token=token_of(request), skipped=failed if is_forced else skipped)
    service.tell_notes(stack)
    return {}


def signal_resource(service: Service, request: Request) -> Result:
    """Refuse: no resource waits for a signal, for it is made when its request is answered."""
    stack = service.stack(request)
    raise invalid(f"Stack {stack.identifier} is in {stack.status} state and cannot be signaled")


_LASTING = ("CREATE_COMPLETE", "CREATE_FAILED", "UPDATE_COMPLETE", "UPDATE_FAILED", "UPDATE_ROLLBACK_COMPLETE")


def check_state(stack: Stack) -> None:
    """See that a stack has not come to an end.

    Raises:
        ApiError: it can only be deleted.
    """
    if stack.status not in _LASTING:
        raise invalid(f"Stack:{stack.identifier} is in {stack.status} state and can not be updated.")


def check_updatable(service: Service, stack: Stack, order: Order, plan: Plan) -> None:
    """See that there is something to change.

    Raises:
        ApiError: there is not.
    """
    is_retagged = dict(order.tags) != dict(stack.tags)
    foresight = foresight_of(service, stack, order, plan)
    changes = foresight.changes(is_retagged=is_retagged)
    if not is_retagged and not any(changes.values()) and not foresight.has_other_outputs:
        raise invalid(NOTHING_NEW)


async def change(service: Service, order: Order, stack: Stack, plan: Plan) -> None:
    """Change a stack; if that fails, its status tells of it, and it is as it was."""
    with contextlib.suppress(TemplateError):
        await change_stack(service.ground, order, stack, plan)
    service.tell_notes(stack)


async def delete_stack(service: Service, request: Request) -> Result:
    """Delete a stack and what it made; one that is not there is no error (documented)."""
    stack = service.stacks.find(str(request.parameters["StackName"]))
    if stack is None or stack.status in ("DELETE_IN_PROGRESS", "DELETE_COMPLETE"):
        return {}
    if stack.status.startswith("UPDATE_") and stack.status.endswith("_IN_PROGRESS"):
        raise invalid(f"Stack [{stack.identifier}] cannot be deleted while in status {stack.status}")
    if stack.is_protected:
        raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
    for output in stack.outputs.values():
        users = service.stacks.importers(output.export) if output.export else []
        if users:
            raise invalid(
                f"Delete canceled. Cannot delete export {output.export} as it is in use by {' and '.join(users)}"
            )
    retained: Any = request.parameters.get("RetainResources") or ()
    if retained and stack.status != "DELETE_FAILED":
        raise invalid(
            f"Stack:{stack.identifier} is in {stack.status} state and can not retain resources."  # unconfirmed wording
        )
    await service.ground.share(Signals).give_up(stack.identifier)
    works = Works.of(service.ground, stack, token_of(request))
    mode = request.parameters.get("DeletionMode")
    if mode:
        stack.told = {**stack.told, "DeletionMode": mode}
    works.history.mark_stack("DELETE_IN_PROGRESS", BY_USER)
    failed = await works.take_back(retained)
    if failed and mode != "FORCE_DELETE_STACK":
        works.history.mark_stack("DELETE_FAILED", not_deleted(failed))
        return {}
    works.end()
    service.ground.share(ChangeSets).forget(stack)
    return {}
