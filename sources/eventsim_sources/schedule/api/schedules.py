"""Operations on schedules: make, change, describe, list and delete them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources import paging
from eventsim_sources.retry_policy import AGE_MAX_S, RETRIES_MAX
from eventsim_sources.schedule.directory import DEFAULT, Directory
from eventsim_sources.schedule.limits import PAGE_MAX
from eventsim_sources.schedule.settings import as_utc, invalid, read
from eventsim_sources.schedule.source import Schedule
from eventsim_sources.without_effect import not_simulated

_GIVEN_BACK = ("ScheduleExpression", "StartDate", "EndDate", "Description", "FlexibleTimeWindow", "KmsKeyArn")
_START_AGE_MAX = timedelta(minutes=5)
_UNSIMULATED = ("EventBridgePutEventsV2Parameters", "EventBridgePutRawEventsParameters")


def _name(request: Request) -> tuple[str, str]:
    return str(request.parameters.get("GroupName") or DEFAULT), str(request.parameters["Name"])


def create_schedule(directory: Directory, request: Request) -> Result:
    """Make a schedule."""
    group, name = _name(request)
    directory.group(group)
    settings = read(_checked(directory, request))
    before, token = directory.find(group, name), request.parameters.get("ClientToken")
    if before is not None and token is not None and before.settings.given.get("ClientToken") == token:
        return {"ScheduleArn": before.arn}
    if before is not None:
        raise ApiError("ConflictException", f"Schedule {name} already exists.", status=409)
    schedule = Schedule(directory.world, group, name, settings)
    directory.world.add(schedule)
    schedule.begin()
    return {"ScheduleArn": schedule.arn}


def _checked(directory: Directory, request: Request) -> Any:
    given: Any = request.parameters
    starts_at = as_utc(given.get("StartDate"))
    if starts_at is not None and directory.world.clock.date() - starts_at > _START_AGE_MAX:
        raise invalid("The StartDate you specify cannot be earlier than 5 minutes ago.")
    for name in _UNSIMULATED:
        if given["Target"].get(name):
            raise not_simulated(request, name)
    role_arn = str(given["Target"].get("RoleArn") or "")
    if not directory.world.trusts(role_arn, "scheduler.amazonaws.com", cause=request.entry):
        raise invalid("The execution role you provide must allow AWS EventBridge Scheduler to assume the role.")
    return given


def update_schedule(directory: Directory, request: Request) -> Result:
    """Change a schedule: what is left out is as it is by default (documented)."""
    schedule = directory.schedule(*_name(request))
    schedule.change(read(_checked(directory, request)))
    return {"ScheduleArn": schedule.arn}


def delete_schedule(directory: Directory, request: Request) -> Result:
    """Delete a schedule."""
    schedule = directory.schedule(*_name(request))
    schedule.stop()
    directory.world.remove(schedule.arn)
    return {}


def get_schedule(directory: Directory, request: Request) -> Result:
    """Describe a schedule."""
    schedule = directory.schedule(*_name(request))
    settings, clock = schedule.settings, directory.world.clock
    retry = {"MaximumEventAgeInSeconds": AGE_MAX_S, "MaximumRetryAttempts": RETRIES_MAX}
    given = settings.given
    return {
        "Arn": schedule.arn,
        "GroupName": schedule.group,
        "Name": schedule.short_name,
        **{name: given[name] for name in _GIVEN_BACK if given.get(name) is not None},
        "ScheduleExpressionTimezone": given.get("ScheduleExpressionTimezone") or "UTC",
        "State": "ENABLED" if settings.is_enabled else "DISABLED",
        "ActionAfterCompletion": "DELETE" if settings.is_deleted_after else "NONE",
        "CreationDate": clock.date(schedule.created_us),
        "LastModificationDate": clock.date(schedule.modified_us),
        "Target": {**settings.target, "RetryPolicy": retry | dict(settings.target.get("RetryPolicy") or {})},
    }


def list_schedules(directory: Directory, request: Request) -> Result:
    """List schedules: of all groups, or of one."""
    given, clock = request.parameters, directory.world.clock
    group, prefix, state = given.get("GroupName"), str(given.get("NamePrefix") or ""), given.get("State")
    if group is not None:
        directory.group(str(group))
    found = [
        {
            "Arn": each.arn,
            "Name": each.short_name,
            "GroupName": each.group,
            "State": "ENABLED" if each.settings.is_enabled else "DISABLED",
            "CreationDate": clock.date(each.created_us),
            "LastModificationDate": clock.date(each.modified_us),
            "Target": {"Arn": each.settings.target["Arn"]},
        }
        for each in directory.schedules()
        if group in (None, each.group) and each.short_name.startswith(prefix)
    ]
    return page(request, [each for each in found if state in (None, each["State"])], "Schedules")


def page(request: Request, items: Sequence[Any], member: str) -> dict[str, Any]:
    """Return one page of a list.

    Raises:
        ApiError: the token is none of ours.
    """
    shown, more = paging.page(items, request.parameters, PAGE_MAX, invalid("Invalid NextToken provided."))
    return {member: shown, **more}
