"""The Resource Groups Tagging API: one function for each operation. It keeps nothing; the services have the tags."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any

from eventsim import ApiError, Operation, Request, Result, World
from eventsim_sources.paging import page
from eventsim_sources.tagging.kinds import KINDS, Kind
from eventsim_sources.tagging.resource import Resource, Services
from eventsim_sources.without_effect import check_heeded

RESOURCES_MAX = 100
"""Resources in one answer, unless fewer are asked for (documented)."""


async def get_resources(services: Services, request: Request) -> Result:
    """List the resources that have tags, by types, tags or ARNs."""
    given: Any = request.parameters
    arns = given.get("ResourceARNList")
    if arns and (given.get("TagFilters") or given.get("ResourceTypeFilters")):
        raise _invalid("ResourceARNList cannot be used with other filters.")  # unconfirmed wording
    kinds = [kind for kind in KINDS if _is_wanted(kind, given.get("ResourceTypeFilters") or ())]
    found = []
    async for resource in services.resources(kinds):
        tags = await services.tags(resource)
        if tags and (not arns or resource.arn in arns) and _suits(tags, given.get("TagFilters") or ()):
            found.append({"ResourceARN": resource.arn, "Tags": _listed(tags)})
    shown, token = _page(found, given, int(given.get("ResourcesPerPage") or RESOURCES_MAX))
    return {"ResourceTagMappingList": shown, "PaginationToken": token}


def _is_wanted(kind: Kind, types: Sequence[str]) -> bool:
    return not types or any(each in (kind.type, kind.type.partition(":")[0]) for each in types)


def _suits(tags: Mapping[str, str], filters: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether tags suit all filters: a key, and one of its values if there are any (documented)."""
    return all(
        each.get("Key") in tags and (not each.get("Values") or tags[each["Key"]] in each["Values"]) for each in filters
    )


async def get_tag_keys(services: Services, request: Request) -> Result:
    """List the keys of all tags, in order."""
    keys = sorted({key for tags in await _all_tags(services) for key in tags})
    shown, token = _page(keys, request.parameters, len(keys))
    return {"TagKeys": shown, "PaginationToken": token}


async def get_tag_values(services: Services, request: Request) -> Result:
    """List the values that a key has anywhere, in order."""
    key = str(request.parameters["Key"])
    values = sorted({tags[key] for tags in await _all_tags(services) if key in tags})
    shown, token = _page(values, request.parameters, len(values))
    return {"TagValues": shown, "PaginationToken": token}


async def _all_tags(services: Services) -> list[dict[str, str]]:
    return [await services.tags(resource) async for resource in services.resources(KINDS)]


async def tag_resources(services: Services, request: Request) -> Result:
    """Set tags of several resources; which could not be tagged is told of each."""
    tags: Any = request.parameters["Tags"]
    return await _change(services, request, lambda resource: services.tag(resource, tags))


async def untag_resources(services: Services, request: Request) -> Result:
    """Take tags of several resources away."""
    keys: Any = request.parameters["TagKeys"]
    return await _change(services, request, lambda resource: services.untag(resource, keys))


async def _change(services: Services, request: Request, change: Callable[[Resource], Awaitable[None]]) -> Result:
    arns: Any = request.parameters["ResourceARNList"]
    found = {resource.arn: resource async for resource in services.resources(KINDS) if resource.arn in arns}
    failed: dict[str, Any] = {}
    for arn in arns:
        try:
            if arn not in found:
                raise _invalid(f"{arn} is not a resource that can be tagged here.")  # unconfirmed wording
            await change(found[arn])
        except ApiError as error:
            failed[arn] = {"StatusCode": error.status, "ErrorCode": error.code, "ErrorMessage": error.message}
    return {"FailedResourcesMap": failed}


def _listed(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _page(items: Sequence[Any], given: Mapping[str, Any], items_max: int) -> tuple[list[Any], str]:
    """Return one page, and the token of the next one, "" if this is the last (documented)."""
    refusal = ApiError("PaginationTokenExpiredException", "The PaginationToken is not valid.")  # unconfirmed wording
    shown, more = page(items, given, items_max, refusal, place="PaginationToken")
    return shown, more.get("PaginationToken", "")


def _invalid(message: str) -> ApiError:
    return ApiError("InvalidParameterException", message)


_OPERATIONS: Mapping[str, tuple[Callable[[Services, Request], Awaitable[Result]], str]] = {
    "GetResources": (
        get_resources,
        "PaginationToken TagFilters ResourcesPerPage TagsPerPage ResourceTypeFilters ResourceARNList",
    ),
    "GetTagKeys": (get_tag_keys, "PaginationToken"),
    "GetTagValues": (get_tag_values, "PaginationToken Key"),
    "TagResources": (tag_resources, "ResourceARNList Tags"),
    "UntagResources": (untag_resources, "ResourceARNList TagKeys"),
}
"""Operation → its function, and the parameters that it heeds. Any other parameter is refused by name."""

_INERT = {"TagsPerPage": "pages are counted in resources"}


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations on tags for one simulation."""
    return {name: partial(_carry_out, world, *entry) for name, entry in _OPERATIONS.items()}


def _carry_out(
    world: World, operation: Callable[[Services, Request], Awaitable[Result]], takes: str, request: Request
) -> Awaitable[Result]:
    check_heeded(world, request, takes, inert=_INERT)
    return operation(Services(world, request), request)
