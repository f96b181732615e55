"""Operations on activities: make them, and ask for their work."""

import asyncio
import collections
from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.parameters import text
from eventsim_sources.workflow.api.machines import check_name
from eventsim_sources.workflow.api.parameters import check_arn, page, tags_in
from eventsim_sources.workflow.limits import ACTIVITY_POLL_S
from eventsim_sources.workflow.machine import UNENCRYPTED, Machines
from eventsim_sources.workflow.work import ActivityMade


def create_activity(machines: Machines, request: Request) -> Result:
    """Make an activity, or return the one that is there if it is encrypted alike."""
    name, world, activities = text(request, "name"), machines.world, machines.activities
    check_name(name)
    tags = tags_in(request)
    arn = f"arn:aws:states:{world.region}:{world.account_id}:activity:{name}"
    encryption: Any = request.parameters.get("encryptionConfiguration") or UNENCRYPTED
    made = activities.made.setdefault(arn, ActivityMade(world.clock.now_us, encryption))
    if made.encryption != encryption:
        raise ApiError("ActivityAlreadyExists", f"Activity Already Exists: '{arn}'")
    activities.waiting.setdefault(arn, collections.deque())
    machines.tags.setdefault(arn, tags)
    return {"activityArn": arn, "creationDate": world.clock.date(made.created_us)}


def _checked_arn(request: Request) -> str:
    arn = text(request, "activityArn")
    check_arn(arn, "activity")
    return arn


def _arn(machines: Machines, request: Request) -> str:
    arn = _checked_arn(request)
    if arn not in machines.activities.waiting:
        raise ApiError("ActivityDoesNotExist", f"Activity Does Not Exist: '{arn}'")
    return arn


def delete_activity(machines: Machines, request: Request) -> Result:
    """Delete an activity; deleting what is not there succeeds."""
    arn = _checked_arn(request)
    for known in (machines.activities.waiting, machines.activities.made, machines.tags):
        known.pop(arn, None)
    return {}


def describe_activity(machines: Machines, request: Request) -> Result:
    """Describe an activity."""
    arn = _arn(machines, request)
    return {**_described(machines, arn), "encryptionConfiguration": machines.activities.made[arn].encryption}


def _described(machines: Machines, arn: str) -> dict[str, Any]:
    created_us = machines.activities.made[arn].created_us
    return {
        "activityArn": arn,
        "name": arn.rpartition(":")[2],
        "creationDate": machines.world.clock.date(created_us),
    }


def list_activities(machines: Machines, request: Request) -> Result:
    """List the activities by name."""
    return page(request, [_described(machines, arn) for arn in sorted(machines.activities.made)], "activities")


async def get_activity_task(machines: Machines, request: Request) -> Result:
    """Ask for work; after a minute without any, there is none."""
    arn, activities = _arn(machines, request), machines.activities
    try:
        async with asyncio.timeout(ACTIVITY_POLL_S):
            while True:
                work = activities.take(arn)
                if work is not None:
                    break
                await activities.available(arn)
    except TimeoutError:
        return {}
    wait, given, started = work
    started(text(request, "workerName"))
    return {"taskToken": wait.token, "input": given}
