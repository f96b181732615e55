"""Operations on tasks that wait for news: tell of success, of failure, of going on."""

from eventsim import ApiError, Request, Result, json_fault, load_json
from eventsim_sources.parameters import text
from eventsim_sources.workflow.machine import Machines


def send_task_success(machines: Machines, request: Request) -> Result:
    """Tell that a task is done."""
    wait = machines.tokens[text(request, "taskToken")]
    output = text(request, "output")
    fault = json_fault(output)
    if fault:
        raise ApiError("InvalidOutput", f"Invalid Output: '{fault}'")
    wait.succeed(load_json(output))
    return {}


def send_task_failure(machines: Machines, request: Request) -> Result:
    """Tell that a task has failed."""
    wait = machines.tokens[text(request, "taskToken")]
    cause = request.parameters.get("cause")
    wait.fail(text(request, "error") or "States.TaskFailed", None if cause is None else str(cause))
    return {}


def send_task_heartbeat(machines: Machines, request: Request) -> Result:
    """Tell that a task goes on."""
    machines.tokens[text(request, "taskToken")].beat()
    return {}
