"""Operations on runs of distributed Maps."""

from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.parameters import text
from eventsim_sources.workflow.api.parameters import check_arn, page
from eventsim_sources.workflow.machine import Machines
from eventsim_sources.workflow.map_run import MapRun


def run_of(machines: Machines, arn: str) -> MapRun:
    """Return the run that has an ARN.

    Raises:
        ApiError: it is no ARN of one, or there is none.
    """
    check_arn(arn, "mapRun")
    run = machines.map_runs.get(arn)
    if run is None:
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'")
    return run


def describe_map_run(machines: Machines, request: Request) -> Result:
    """Tell of a run: its settings, and how far its children are"""
    run, clock = run_of(machines, text(request, "mapRunArn")), machines.world.clock
    told: dict[str, Any] = {
        "mapRunArn": run.arn,
        "executionArn": run.execution_arn,
        "status": run.status,
        "startDate": clock.date(run.started_us),
        "maxConcurrency": run.concurrency_max,
        "toleratedFailurePercentage": run.tolerated_percentage,
        "toleratedFailureCount": run.tolerated_count,
        "itemCounts": run.item_counts(),
        "executionCounts": run.child_counts(),
        "redriveCount": run.redrives,
    }
    dates = {"stopDate": run.stopped_us, "redriveDate": run.redriven_us}
    return told | {name: clock.date(at_us) for name, at_us in dates.items() if at_us is not None}


def list_map_runs(machines: Machines, request: Request) -> Result:
    """List the runs that an execution has started, the newest first."""
    execution, date = machines.execution(text(request, "executionArn")), machines.world.clock.date
    found = []
    for run in reversed(machines.map_runs.values()):
        if run.execution_arn == execution.arn:
            told = {"executionArn": run.execution_arn, "mapRunArn": run.arn, "stateMachineArn": execution.machine_arn}
            told_of_time = {"startDate": date(run.started_us)}
            if run.stopped_us is not None:
                told_of_time["stopDate"] = date(run.stopped_us)
            found.append({**told, **told_of_time})
    return page(request, found, "mapRuns")


def update_map_run(machines: Machines, request: Request) -> Result:
    """Change how many children may fail; how many run at once cannot be changed any more."""
    run, given = run_of(machines, text(request, "mapRunArn")), request.parameters
    if run.status != "RUNNING":  # unconfirmed words
        raise ApiError("ValidationException", f"Map Run is {run.status} and cannot be updated")
    count: Any = given.get("toleratedFailureCount")
    percentage: Any = given.get("toleratedFailurePercentage")
    run.tolerated_count = run.tolerated_count if count is None else int(count)
    run.tolerated_percentage = run.tolerated_percentage if percentage is None else float(percentage)
    return {}
