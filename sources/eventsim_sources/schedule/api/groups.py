"""Operations on groups of schedules, and on their tags."""

from typing import Any

from eventsim import ApiError, Request, Result
from eventsim_sources.schedule.api.schedules import page
from eventsim_sources.schedule.directory import DEFAULT, Directory, Group
from eventsim_sources.schedule.settings import invalid


def create_schedule_group(directory: Directory, request: Request) -> Result:
    """Make a group, or return the one that was made with the same token."""
    name, token = str(request.parameters["Name"]), str(request.parameters.get("ClientToken") or "")
    before = directory.groups.get(name)
    if before is not None and token and before.token == token:
        return {"ScheduleGroupArn": before.arn}
    if before is not None:
        raise ApiError("ConflictException", f"Schedule group {name} already exists.", status=409)
    group = directory.groups[name] = Group(directory.world, name, token)
    tags: Any = request.parameters.get("Tags") or ()
    group.tags = {each["Key"]: each["Value"] for each in tags}
    return {"ScheduleGroupArn": group.arn}


def delete_schedule_group(directory: Directory, request: Request) -> Result:
    """Delete a group and its schedules, at once (AWS takes a while)."""
    group = directory.group(str(request.parameters["Name"]))
    if group.name == DEFAULT:
        raise invalid("Cannot delete the default schedule group.")
    for schedule in directory.schedules():
        if schedule.group == group.name:
            schedule.stop()
            directory.world.remove(schedule.arn)
    del directory.groups[group.name]
    return {}


def get_schedule_group(directory: Directory, request: Request) -> Result:
    """Describe a group."""
    return _described(directory, directory.group(str(request.parameters["Name"])))


def _described(directory: Directory, group: Group) -> dict[str, Any]:
    created_at = directory.world.clock.date(group.created_us)
    return {
        "Arn": group.arn,
        "Name": group.name,
        "State": "ACTIVE",
        "CreationDate": created_at,
        "LastModificationDate": created_at,
    }


def list_schedule_groups(directory: Directory, request: Request) -> Result:
    """List the groups."""
    prefix = str(request.parameters.get("NamePrefix") or "")
    found = [_described(directory, each) for name, each in sorted(directory.groups.items()) if name.startswith(prefix)]
    return page(request, found, "ScheduleGroups")


def _tagged(directory: Directory, request: Request) -> Group:
    arn = str(request.parameters["ResourceArn"])
    found = next((each for each in directory.groups.values() if each.arn == arn), None)
    if found is None:
        raise ApiError("ResourceNotFoundException", f"{arn} does not exist.", status=404)
    return found


def tag_resource(directory: Directory, request: Request) -> Result:
    """Add tags to a group."""
    given: Any = request.parameters["Tags"]
    _tagged(directory, request).tags.update({each["Key"]: each["Value"] for each in given})
    return {}


def untag_resource(directory: Directory, request: Request) -> Result:
    """Take tags from a group."""
    tags, keys = _tagged(directory, request).tags, request.parameters["TagKeys"]
    for key in keys if isinstance(keys, list) else ():
        tags.pop(key, None)
    return {}


def list_tags_for_resource(directory: Directory, request: Request) -> Result:
    """List the tags of a group."""
    return {"Tags": [{"Key": key, "Value": value} for key, value in _tagged(directory, request).tags.items()]}
