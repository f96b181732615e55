"""EventBridge Pipes as its clients know it: one function for each operation."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from eventsim import About, ApiError, Operation, Request, Result, World
from eventsim_sources.paging import page
from eventsim_sources.pipe.limits import PAGE_MAX
from eventsim_sources.pipe.settings import read, updated
from eventsim_sources.pipe.source import Pipe
from eventsim_sources.without_effect import WithoutEffect, check_heeded

_SETTINGS = (
    "Name Description DesiredState Source SourceParameters Enrichment EnrichmentParameters Target TargetParameters "
    "RoleArn Tags LogConfiguration KmsKeyIdentifier"
)
_INERT: Mapping[str, str] = {
    "KmsKeyIdentifier": "nothing is encrypted",
    "LogConfiguration": "the trace tells what a pipe does",
}
"""What is kept and told, and changes nothing."""
_GIVEN_BACK = ("Description", "Enrichment", "RoleArn", "LogConfiguration", "KmsKeyIdentifier")


def _pipe(world: World, name: str) -> Pipe:
    found = world.sources(Pipe.kind).get(name)
    if not isinstance(found, Pipe):
        raise _missing(name)
    return found


def _missing(name: str) -> ApiError:
    return ApiError("NotFoundException", f"Pipe {name} does not exist.", status=404)


def _named(world: World, request: Request) -> Pipe:
    return _pipe(world, str(request.parameters["Name"]))


def _told(world: World, pipe: Pipe, state: str = "") -> dict[str, Any]:
    clock, trouble = world.clock, pipe.trouble
    wanted = "RUNNING" if pipe.is_running or trouble else "STOPPED"
    now, reason = trouble or (wanted, "")
    return {
        "Arn": pipe.arn,
        "Name": pipe.name,
        "DesiredState": wanted,
        "CurrentState": state or now,
        "CreationTime": clock.date(pipe.created_us),
        "LastModifiedTime": clock.date(pipe.modified_us),
        **({"StateReason": reason} if reason and not state else {}),
    }


def create_pipe(world: World, request: Request) -> Result:
    """Make a pipe; it runs at once unless it is to be stopped."""
    given: Any = request.parameters
    settings = read({name: value for name, value in given.items() if value is not None})
    if given["Name"] in world.sources(Pipe.kind):
        raise ApiError("ConflictException", f"Pipe {given['Name']} already exists.", status=409)
    pipe = Pipe(world, str(given["Name"]), settings)
    pipe.tags = dict(given.get("Tags") or {})
    world.add(pipe)
    if given.get("DesiredState") != "STOPPED":
        pipe.start(failing="CREATE_FAILED")
    return {**_told(world, pipe, "CREATING")}


def describe_pipe(world: World, request: Request) -> Result:
    """Describe a pipe."""
    pipe = _named(world, request)
    settings = pipe.settings
    told = {
        **{name: settings.given.get(name) for name in _GIVEN_BACK},
        "SourceParameters": settings.source_parameters,
        "EnrichmentParameters": settings.parameters("EnrichmentParameters"),
        "TargetParameters": settings.parameters("TargetParameters"),
    }
    return {
        **_told(world, pipe),
        "Source": settings.source,
        "Target": settings.target,
        **{name: value for name, value in told.items() if value},
        "Tags": pipe.tags,
    }


def update_pipe(world: World, request: Request) -> Result:
    """Change a pipe: its source stays, and where its stream was begun."""
    pipe = _named(world, request)
    given: Any = {name: value for name, value in request.parameters.items() if value is not None}
    state = given.pop("DesiredState", "")
    settings = updated(pipe.settings, given)
    pipe.change(settings)
    if state:
        pipe.start() if state == "RUNNING" else pipe.stop()
    return {**_told(world, pipe, "UPDATING")}


def start_pipe(world: World, request: Request) -> Result:
    """Let a pipe take from its source."""
    pipe = _named(world, request)
    pipe.start()
    return _told(world, pipe, "STARTING")


def stop_pipe(world: World, request: Request) -> Result:
    """Let a pipe take no more."""
    pipe = _named(world, request)
    pipe.stop()
    return _told(world, pipe, "STOPPING")


def delete_pipe(world: World, request: Request) -> Result:
    """Delete a pipe at once (AWS takes a while)."""
    pipe = _named(world, request)
    pipe.stop()
    world.remove(pipe.arn)
    return {**_told(world, pipe, "DELETING"), "DesiredState": "DELETED"}


def list_pipes(world: World, request: Request) -> Result:
    """List pipes, all or those that begin with some texts or are in some state."""
    given: Any = request.parameters
    found = []
    for _, pipe in sorted(world.sources(Pipe.kind).items()):
        if not isinstance(pipe, Pipe):
            continue
        told = {**_told(world, pipe), "Source": pipe.settings.source, "Target": pipe.settings.target}
        if pipe.settings.enrichment:
            told["Enrichment"] = pipe.settings.enrichment
        begins = (("Name", "NamePrefix"), ("Source", "SourcePrefix"), ("Target", "TargetPrefix"))
        if all(told[member].startswith(given.get(prefix) or "") for member, prefix in begins) and all(
            given.get(name) in (None, told[name]) for name in ("DesiredState", "CurrentState")
        ):
            found.append(told)
    refusal = ApiError("ValidationException", "Invalid NextToken provided.")
    shown, more = page(found, given, PAGE_MAX, refusal, limit="Limit")
    return {"Pipes": shown, **more}


def _tags(world: World, request: Request) -> dict[str, str]:
    arn = str(request.parameters["resourceArn"])
    pipe = _pipe(world, arn.rpartition("/")[2])
    if pipe.arn != arn:
        raise _missing(arn)
    return pipe.tags


def tag_resource(world: World, request: Request) -> Result:
    """Add tags."""
    given: Any = request.parameters["tags"]
    _tags(world, request).update(given)
    return {}


def untag_resource(world: World, request: Request) -> Result:
    """Take tags away."""
    tags, keys = _tags(world, request), request.parameters["tagKeys"]
    for key in keys if isinstance(keys, list) else ():
        tags.pop(key, None)
    return {}


def list_tags_for_resource(world: World, request: Request) -> Result:
    """List tags."""
    return {"tags": dict(_tags(world, request))}


_OPERATIONS: Mapping[str, tuple[Callable[[World, Request], Result], str]] = {
    "CreatePipe": (create_pipe, _SETTINGS),
    "DeletePipe": (delete_pipe, "Name"),
    "DescribePipe": (describe_pipe, "Name"),
    "ListPipes": (list_pipes, "NamePrefix DesiredState CurrentState SourcePrefix TargetPrefix NextToken Limit"),
    "ListTagsForResource": (list_tags_for_resource, "resourceArn"),
    "StartPipe": (start_pipe, "Name"),
    "StopPipe": (stop_pipe, "Name"),
    "TagResource": (tag_resource, "resourceArn tags"),
    "UntagResource": (untag_resource, "resourceArn tagKeys"),
    "UpdatePipe": (update_pipe, _SETTINGS),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_PIPE = "pipe:Name|resourceArn"
_ABOUT: Mapping[str, About] = {
    "CreatePipe": About(_PIPE),
    "DeletePipe": About(_PIPE, ends=True),
    "StartPipe": About(_PIPE, part=":state"),
    "StopPipe": About(_PIPE, part=":state"),
    "TagResource": About("pipe:resourceArn"),
    "UntagResource": About("pipe:resourceArn"),
    "UpdatePipe": About(_PIPE, part=""),
}


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations of Pipes for one simulation."""
    made = {name: partial(_checked, world, *entry) for name, entry in _OPERATIONS.items()}
    return world.lasting(made, but=(), about=_ABOUT)


def _checked(world: World, operation: Callable[[World, Request], Result], takes: str, request: Request) -> Result:
    check_heeded(world, request, takes, inert=_INERT)
    to: Any = request.parameters.get("TargetParameters") or {}
    of_bus = to.get("EventBridgeEventBusParameters") or {}
    if of_bus.get("EndpointId"):
        world.share(WithoutEffect).tell(request, "EndpointId", "events go to the buses of the one region that is here")
    return operation(world, request)
