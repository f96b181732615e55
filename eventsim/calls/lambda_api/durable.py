"""How does the API carry durable executions on, and how does it tell of them?"""

from typing import Any

from eventsim.api import Request, Result
from eventsim.calls.lambda_api.errors import conflict
from eventsim.calls.lambda_api.invoke import payload_text
from eventsim.calls.lambda_api.paging import page
from eventsim.calls.lambda_api.service import Service
from eventsim.durable.checks import ERROR_BYTES_MAX, PAYLOAD_BYTES_MAX, refusal, too_large
from eventsim.durable.execution import EVENT_OPERATIONS_BYTES_MAX, Execution
from eventsim.durable.operation import date
from eventsim.durable.replay import operations_page
from eventsim.durable.run import Run

_PAGE_ITEMS_DEFAULT, _PAGE_ITEMS_MAX = 100, 1_000
"""Of histories, states and lists (documented)."""


def checkpoint_durable_execution(service: Service, request: Request) -> Result:
    """Save what a durable function has done."""
    given: Any = request.parameters
    result: Result = service.durable.save(
        _run(service, request),
        given["CheckpointToken"],
        given.get("ClientToken") or "",
        given.get("Updates") or (),
        cause=request.entry,
    )
    return result


def get_durable_execution_state(service: Service, request: Request) -> Result:
    """Tell a running function what was saved that did not fit into its event."""
    given: Any = request.parameters
    run = _run(service, request)
    service.durable.check_token(run, given["CheckpointToken"])
    operations, marker = operations_page(
        run.execution.replayed(),
        given.get("Marker") or "",
        bytes_max=EVENT_OPERATIONS_BYTES_MAX,
        items_max=given.get("MaxItems") or _PAGE_ITEMS_DEFAULT,
    )
    state: dict[str, Any] = {"Operations": [operation.describe(date) for operation in operations]}
    return {**state, **({"NextMarker": marker} if marker else {})}


def get_durable_execution(service: Service, request: Request) -> Result:
    """Describe a durable execution."""
    has_data = request.parameters.get("IncludeExecutionData") is not False
    execution = _run(service, request).execution
    start, own = execution.start, execution.own
    described = _summary(service, execution)
    described |= {
        "Version": start.version,
        "ExecutionDataIncluded": has_data,
        "DurableConfig": {"RetentionPeriodInDays": start.retention_days, "ExecutionTimeout": start.timeout_s},
    }
    if start.trace_header:
        described["TraceHeader"] = {"XAmznTraceId": start.trace_header}
    if has_data:
        data = {"InputPayload": start.payload, "Result": own.result, "Error": own.error}
        described |= {name: value for name, value in data.items() if value is not None}
    if not execution.is_over:
        described["ExpectedExecutionTimeoutTimestamp"] = date(execution.expires_us)
    if execution.pause is not None:
        pause = execution.pause
        reason = {"Reason": pause.reason} if has_data and pause.reason is not None else {}
        described["PauseDetails"] = {
            "PauseRequestTimestamp": date(pause.requested_us),
            **reason,
            "ExecutionTimeoutPaused": pause.stops_timeout,
        }
    return described


def get_durable_execution_history(service: Service, request: Request) -> Result:
    """Tell everything that happened to a durable execution, oldest first unless asked otherwise."""
    given: Any = request.parameters
    has_data = given.get("IncludeExecutionData") is not False
    events = list(enumerate(_run(service, request).execution.events, 1))
    items, more = page(events[::-1] if given.get("ReverseOrder") else events, _paging(given), _PAGE_ITEMS_MAX)
    return {"Events": [event.describe(number, date, has_data=has_data) for number, event in items], **more}


def list_durable_executions_by_function(service: Service, request: Request) -> Result:
    """List the durable executions of a function, newest first unless asked otherwise (documented)."""
    given: Any = request.parameters
    name = service.name_in(request)
    service.function(name)
    after, before = given.get("StartedAfter"), given.get("StartedBefore")
    found = []
    for run in service.durable:
        execution = run.execution
        start = execution.start
        if start.function != name.name or name.qualifier not in ("", start.version, start.qualifier):
            continue
        if given.get("DurableExecutionName") not in (None, start.name):
            continue
        if given.get("Statuses") and execution.state not in given["Statuses"]:
            continue
        started_at = date(start.started_us)
        if (after is not None and started_at <= after) or (before is not None and started_at >= before):
            continue
        found.append(execution)
    items, more = page(found if given.get("ReverseOrder") else found[::-1], _paging(given), _PAGE_ITEMS_MAX)
    return {"DurableExecutions": [_summary(service, execution) for execution in items], **more}


def stop_durable_execution(service: Service, request: Request) -> Result:
    """End a durable execution."""
    error: Any = request.parameters.get("Error")
    _check_error(error)
    return {"StopTimestamp": date(service.durable.stop(_run(service, request), error))}


def pause_durable_execution(service: Service, request: Request) -> Result:
    """Let a durable execution rest."""
    given: Any = request.parameters
    run = _run(service, request)
    if not _is_repeated(run, "pause", given):
        if run.execution.state != "RUNNING":  # unconfirmed wording
            raise conflict(f"Durable execution cannot be paused in status {run.execution.state}.")
        run.asked = _asked("pause", given)
        stops_timeout = given.get("ExecutionTimeoutPaused") is not False
        service.durable.pause(run, given.get("Reason"), stops_timeout=stops_timeout)
    return {"StatusCode": 202}


def resume_durable_execution(service: Service, request: Request) -> Result:
    """Let a durable execution go on after a pause."""
    given: Any = request.parameters
    run = _run(service, request)
    if not _is_repeated(run, "resume", given):
        if run.execution.pause is None:  # unconfirmed wording
            raise conflict(f"Durable execution cannot be resumed in status {run.execution.state}.")
        run.asked = _asked("resume", given)
        service.durable.resume(run, given.get("Reason"))
    return {"StatusCode": 202}


def _is_repeated(run: Run, what: str, given: Any) -> bool:
    """Tell whether a request comes again under the token of a client: it is as it was (documented)."""
    return bool(given.get("ClientToken")) and run.asked == _asked(what, given)


def _asked(what: str, given: Any) -> tuple[str, str]:
    """Return by what a request is known again, once it has been granted."""
    return what, given.get("ClientToken") or ""


def delete_durable_execution(service: Service, request: Request) -> Result:
    """Forget a durable execution that has ended, at once."""
    run = _run(service, request)
    if not run.execution.is_over:  # unconfirmed wording
        raise conflict(f"Durable execution cannot be deleted in status {run.execution.state}.")
    service.durable.forget(run)
    return {"StatusCode": 202, "DeletionRequestTimestamp": service.clock.date()}


def send_callback_success(service: Service, request: Request) -> Result:
    """End a callback with a result."""
    given: Any = request.parameters
    result = payload_text(given.get("Result"))
    if len(result.encode()) > PAYLOAD_BYTES_MAX:
        raise refusal(too_large("CALLBACK", PAYLOAD_BYTES_MAX))
    service.durable.answer_callback(given["CallbackId"], request.entry, result=result or None)
    return {}


def send_callback_failure(service: Service, request: Request) -> Result:
    """End a callback with an error."""
    given: Any = request.parameters
    _check_error(given.get("Error"))
    service.durable.answer_callback(given["CallbackId"], request.entry, error=given.get("Error") or {})
    return {}


def send_callback_heartbeat(service: Service, request: Request) -> Result:
    """Say that somebody still works for a callback."""
    service.durable.beat(str(request.parameters["CallbackId"]))
    return {}


def _run(service: Service, request: Request) -> Run:
    return service.durable.find(str(request.parameters["DurableExecutionArn"]))


def _summary(service: Service, execution: Execution) -> dict[str, Any]:
    start, ended_us = execution.start, execution.own.ended_us
    summary = {
        "DurableExecutionArn": start.arn,
        "DurableExecutionName": start.name,
        "FunctionArn": f"{service.functions.arn(start.function)}:{start.version}",
        "Status": execution.state,
        "StartTimestamp": date(start.started_us),
    }
    return summary if ended_us is None else {**summary, "EndTimestamp": date(ended_us)}


def _paging(given: Any) -> dict[str, Any]:
    """Return the parameters of a page: 0 items are as many as if nothing was said (documented)."""
    return {"Marker": given.get("Marker"), "MaxItems": given.get("MaxItems") or _PAGE_ITEMS_DEFAULT}


def _check_error(error: Any) -> None:
    if error and sum(len(str(part).encode()) for part in error.values()) > ERROR_BYTES_MAX:
        raise refusal(f"Error object size must be less than {ERROR_BYTES_MAX} bytes.")
