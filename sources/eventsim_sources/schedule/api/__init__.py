"""EventBridge Scheduler as its clients know it: one function for each operation."""

from collections.abc import Callable, Mapping
from functools import partial

from eventsim import About, Operation, Request, Result, World
from eventsim_sources.schedule.api import groups, schedules
from eventsim_sources.schedule.directory import Directory
from eventsim_sources.without_effect import check_heeded

_SETTINGS = (
    "Name GroupName ScheduleExpression StartDate EndDate Description ScheduleExpressionTimezone State Target "
    "FlexibleTimeWindow ClientToken ActionAfterCompletion KmsKeyArn"
)
_INERT: Mapping[str, str] = {"KmsKeyArn": "nothing is encrypted"}
"""What is kept and told, and changes nothing."""
_PAGE = "NamePrefix NextToken MaxResults"

_OPERATIONS: Mapping[str, tuple[Callable[[Directory, Request], Result], str]] = {
    "CreateSchedule": (schedules.create_schedule, _SETTINGS),
    "CreateScheduleGroup": (groups.create_schedule_group, "Name Tags ClientToken"),
    "DeleteSchedule": (schedules.delete_schedule, "Name GroupName ClientToken"),
    "DeleteScheduleGroup": (groups.delete_schedule_group, "Name ClientToken"),
    "GetSchedule": (schedules.get_schedule, "Name GroupName"),
    "GetScheduleGroup": (groups.get_schedule_group, "Name"),
    "ListScheduleGroups": (groups.list_schedule_groups, _PAGE),
    "ListSchedules": (schedules.list_schedules, f"GroupName State {_PAGE}"),
    "ListTagsForResource": (groups.list_tags_for_resource, "ResourceArn"),
    "TagResource": (groups.tag_resource, "ResourceArn Tags"),
    "UntagResource": (groups.untag_resource, "ResourceArn TagKeys"),
    "UpdateSchedule": (schedules.update_schedule, _SETTINGS),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_SCHEDULE = "schedule-group:GroupName=default schedule:Name"
_ABOUT: Mapping[str, About] = {
    "CreateSchedule": About(_SCHEDULE),
    "CreateScheduleGroup": About("schedule-group:Name"),
    "DeleteSchedule": About(_SCHEDULE, ends=True),
    "DeleteScheduleGroup": About("schedule-group:Name", ends=True),
    "TagResource": About("schedule-group:ResourceArn", part="Tags.Key"),
    "UntagResource": About("schedule-group:ResourceArn"),
    "UpdateSchedule": About(_SCHEDULE, part=""),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return Scheduler's operations for one simulation."""
    directory = world.share(Directory)
    made = {name: partial(_checked, directory, *entry) for name, entry in _OPERATIONS.items()}
    return world.lasting(made, but=(), about=_ABOUT)


def _checked(
    directory: Directory, operation: Callable[[Directory, Request], Result], takes: str, request: Request
) -> Result:
    check_heeded(directory.world, request, takes, inert=_INERT)
    return operation(directory, request)
