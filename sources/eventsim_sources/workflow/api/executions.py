"""Operations on executions: start, stop, describe and list them, and tell what happened."""

import asyncio
from collections.abc import Sequence
from typing import Any

from eventsim import ApiError, Clock, Request, Result
from eventsim_sources.parameters import text
from eventsim_sources.workflow.api.machines import check_name
from eventsim_sources.workflow.api.map_runs import run_of
from eventsim_sources.workflow.api.parameters import check_arn, machine_of, page, startable, wants_data
from eventsim_sources.workflow.execution import Execution
from eventsim_sources.workflow.history import described as event_described
from eventsim_sources.workflow.machine import Machines, StateMachine, qualifiers
from eventsim_sources.workflow.map_run import MapRun

_LISTED = (
    *("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate", "redriveCount", "redriveDate"),
    *("stateMachineVersionArn", "stateMachineAliasArn", "mapRunArn"),
)
_MEMORY_MB = 64
_BILLED_STEP_MS = 100


def start_execution(machines: Machines, request: Request) -> Result:
    """Start an execution; the answer does not wait for it."""
    execution = _begin(machines, request)
    return {"executionArn": execution.arn, "startDate": machines.world.clock.date(execution.started_us)}


def start_sync_execution(machines: Machines, request: Request) -> "asyncio.Future[Result]":
    """Start an execution of an express machine and wait for its end."""
    machine, _ = startable(machines, text(request, "stateMachineArn"))
    if not machine.is_express:
        message = "This operation is not supported by this type of state machine"
        raise ApiError("StateMachineTypeNotSupported", message)
    execution = _begin(machines, request)
    answer: asyncio.Future[Result] = machines.world.clock.loop.create_future()

    def told(_: object) -> None:
        if not answer.cancelled():
            answer.set_result(_sync_result(machines, execution, with_data=wants_data(request)))

    execution.ended.add_done_callback(told)
    return answer


def _begin(machines: Machines, request: Request) -> Execution:
    machine, plan = startable(machines, text(request, "stateMachineArn"))
    name = text(request, "name")
    if name:
        check_name(name)
    given = text(request, "input") or "{}"
    caller = request.caller.under(text(request, "traceHeader") or request.caller.trace_header)
    return machine.begin(given, name=name, cause=request.entry, lineage=caller.lineage, plan=plan)


def _sync_result(machines: Machines, execution: Execution, *, with_data: bool) -> Result:
    clock = machines.world.clock
    taken_ms = ((execution.stopped_us or 0) - execution.started_us) // 1000
    billed_ms = max(1, -(-taken_ms // _BILLED_STEP_MS)) * _BILLED_STEP_MS
    shown = _described(machines, execution, with_data=with_data)
    for name in ("redriveCount", "redriveStatus", "redriveStatusReason", *qualifiers(execution)):
        shown.pop(name, None)
    return {
        **shown,
        "stopDate": clock.date(execution.stopped_us),
        "billingDetails": {"billedDurationInMilliseconds": billed_ms, "billedMemoryUsedInMB": _MEMORY_MB},
    }


def _described(machines: Machines, execution: Execution, *, with_data: bool = True) -> dict[str, Any]:
    clock, details = machines.world.clock, {"included": with_data}
    shown: dict[str, Any] = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "status": execution.status,
        "startDate": clock.date(execution.started_us),
        **({"input": execution.input} if with_data else {}),
        "inputDetails": details,
        **redrive_described(execution, clock),
        **({"mapRunArn": execution.map_run_arn} if execution.map_run_arn else {}),
        **({"traceHeader": execution.trace_header} if execution.trace_header else {}),
        **qualifiers(execution),
    }
    if execution.stopped_us is not None:
        shown["stopDate"] = clock.date(execution.stopped_us)
    if execution.output is not None:
        shown |= {**({"output": execution.output} if with_data else {}), "outputDetails": details}
    told = {"error": execution.error, "cause": execution.cause}
    return shown | {name: value for name, value in told.items() if value is not None}


def redrive_described(execution: Execution, clock: Clock) -> dict[str, Any]:
    """Return what is told of redrives: how often, when, and whether there may be one."""
    by_whom = "REDRIVABLE_BY_MAP_RUN" if execution.map_run_arn else "REDRIVABLE"
    shown: dict[str, Any] = {"redriveCount": execution.redrives, "redriveStatus": by_whom}
    reason = execution.why_not_redrivable()
    if reason:
        shown |= {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    if execution.redriven_us is not None:
        shown["redriveDate"] = clock.date(execution.redriven_us)
    return shown


def redrive_execution(machines: Machines, request: Request) -> Result:
    """Go on with an execution from where it failed; the same client token is answered the same."""
    execution = _kept(machines, request)
    clock, token = machines.world.clock, text(request, "clientToken")
    if token and token in execution.redrive_tokens:
        return {"redriveDate": clock.date(execution.redriven_us)}
    reason = execution.why_not_redrivable()
    if execution.map_run_arn:
        reason = "Execution is a child of a Map Run, and is redriven with it"  # unconfirmed words
    if reason:
        raise ApiError("ExecutionNotRedrivable", reason)
    owner(machines, execution).redrive(execution, request.entry)
    if token:
        execution.redrive_tokens.append(token)
    return {"redriveDate": clock.date(execution.redriven_us)}


def describe_execution(machines: Machines, request: Request) -> Result:
    """Describe an execution."""
    return _described(machines, _kept(machines, request), with_data=wants_data(request))


def _kept(machines: Machines, request: Request) -> Execution:
    """Return the execution that a request names; express ones are not kept."""
    arn = text(request, "executionArn")
    check_arn(arn, "execution")
    return machines.execution(arn)


def describe_state_machine_for_execution(machines: Machines, request: Request) -> Result:
    """Describe the state machine as the execution follows it."""
    execution = _kept(machines, request)
    machine = owner(machines, execution)
    told = {
        "stateMachineArn": execution.machine_arn,
        "name": machine.name,
        "definition": execution.definition.text if wants_data(request) else "{}",
        "roleArn": execution.role_arn,
        "updateDate": machines.world.clock.date(machine.updated_us),
        **machine.settings(),
    }
    if execution.map_run_arn:
        told |= {"mapRunArn": execution.map_run_arn, "label": execution.machine_arn.partition("/")[2]}
    return told


def owner(machines: Machines, execution: Execution) -> StateMachine:
    """Return the state machine to which an execution belongs; a child of a distributed Map belongs to its parent's."""
    return machine_of(machines, execution.machine_arn.partition("/")[0])


def stop_execution(machines: Machines, request: Request) -> Result:
    """Abort an execution."""
    execution = _kept(machines, request)
    machine = owner(machines, execution)
    machine.stop(execution, text(request, "error") or None, text(request, "cause") or None)
    return {"stopDate": machines.world.clock.date(execution.stopped_us)}


def list_executions(machines: Machines, request: Request) -> Result:
    """List the executions of a state machine, a version, an alias or a run of a distributed Map, the newest first."""
    run_arn = text(request, "mapRunArn")
    if run_arn and text(request, "stateMachineArn"):
        message = "Must provide either a stateMachineArn or a mapRunArn"  # unconfirmed wording
        raise ApiError("ValidationException", message)
    if run_arn:
        run = run_of(machines, run_arn)
        return _page_of(machines, request, run.children, run)
    arn = text(request, "stateMachineArn")
    if not arn:
        message = "Must provide either a stateMachineArn or a mapRunArn"  # unconfirmed wording
        raise ApiError("ValidationException", message)
    machine, _ = startable(machines, arn)
    if machine.is_express:
        message = "This operation is not supported by this type of state machine"
        raise ApiError("StateMachineTypeNotSupported", message)
    is_of_arn = [each for each in machine.executions if arn in (machine.arn, each.version_arn, each.alias_arn)]
    return _page_of(machines, request, is_of_arn)


def _page_of(
    machines: Machines, request: Request, executions: Sequence[Execution], run: MapRun | None = None
) -> Result:
    wanted, redriven = text(request, "statusFilter"), text(request, "redriveFilter")
    found = []
    for execution in reversed(executions):
        is_redriven = "REDRIVEN" if execution.redrives else "NOT_REDRIVEN"
        if wanted in ("", execution.status) and redriven in ("", is_redriven):
            shown = _described(machines, execution)
            counted = {} if run is None else {"itemCount": run.item_count(execution)}
            found.append({name: shown[name] for name in _LISTED if name in shown} | counted)
    return page(request, found, "executions")


def get_execution_history(machines: Machines, request: Request) -> Result:
    """Tell what happened, event by event."""
    execution = _kept(machines, request)
    with_data = request.parameters.get("includeExecutionData") is not False
    clock = machines.world.clock
    events = [event_described(each, clock, with_data=with_data) for each in execution.history.events]
    if request.parameters.get("reverseOrder"):
        events.reverse()
    return page(request, events, "events")
