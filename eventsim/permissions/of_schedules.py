"""What do calls of EventBridge's Scheduler and Pipes need? The action of the same name on the schedule or the pipe."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from eventsim.permissions.need import (
    Needs,
    Place,
    anywhere,
    at,
    called,
    member,
    on,
    passing,
    text_in,
    together,
    value_of,
)

_OF_A_GROUP: Final = ("CreateScheduleGroup", "DeleteScheduleGroup", "GetScheduleGroup")
_OF_A_PIPE: Final = ("DeletePipe", "DescribePipe", "StartPipe", "StopPipe")
_OF_A_TAGGED: Final = ("ListTagsForResource", "TagResource", "UntagResource")

_group = called("Name", "scheduler", "schedule-group/{}")
_pipe = called("Name", "pipes", "pipe/{}")


def _schedule(given: Mapping[str, Any], place: Place) -> str:
    group = text_in(given, "GroupName") or "default"
    return place.arn("scheduler", f"schedule/{group}/{text_in(given, 'Name')}")


def _schedules(given: Mapping[str, Any], place: Place) -> str:
    """Return what stands for all schedules, or for those of a group, as AWS's refusals name them."""
    return place.arn("scheduler", f"schedule/{text_in(given, 'GroupName') or '*'}/*")


def _groups(_given: Mapping[str, Any], place: Place) -> str:
    return place.arn("scheduler", "schedule-group/*")


def _target_role(given: Mapping[str, Any]) -> list[Any]:
    return [member(given, "Target").get("RoleArn")]


NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{
            name: together(on(_schedule, f"scheduler:{name}"), passing("scheduler", _target_role))
            for name in ("CreateSchedule", "UpdateSchedule")
        },
        **{name: on(_schedule, f"scheduler:{name}") for name in ("DeleteSchedule", "GetSchedule")},
        **{name: on(_group, f"scheduler:{name}") for name in _OF_A_GROUP},
        **{name: on(at("ResourceArn"), f"scheduler:{name}") for name in _OF_A_TAGGED},
        "ListScheduleGroups": on(_groups, "scheduler:ListScheduleGroups"),
        "ListSchedules": on(_schedules, "scheduler:ListSchedules"),
    }
)

OF_PIPES: Final[Mapping[str, Needs]] = MappingProxyType(
    {
        **{
            name: together(on(_pipe, f"pipes:{name}"), passing("pipes", value_of("RoleArn")))
            for name in ("CreatePipe", "UpdatePipe")
        },
        **{name: on(_pipe, f"pipes:{name}") for name in _OF_A_PIPE},
        **{name: on(at("resourceArn"), f"pipes:{name}") for name in _OF_A_TAGGED},
        "ListPipes": anywhere("pipes:ListPipes"),
    }
)
