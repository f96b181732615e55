"""Which resources are there, and what are their tags? Every service is asked by its own operations."""

from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from eventsim import ApiError, Caller, Request, World
from eventsim_sources.tagging.kinds import Kind

_WITHOUT_TAGS = "NoSuchTagSet"
"""How S3 says that a bucket has no tags."""


class Resource(Struct, frozen=True):
    """A resource that may bear tags: its ARN, and how the operations of its service know it."""

    kind: Kind
    arn: str
    handle: str


class Services:
    """The services of a world, as a request for tags reaches them."""

    def __init__(self, world: World, request: Request) -> None:
        self._world = world
        self._region = request.region
        self._of_aws = Caller(cause=request.entry, is_aws=True)
        self._of_request = request.on_behalf

    async def resources(self, kinds: Iterable[Kind]) -> AsyncIterator[Resource]:
        """Yield all resources of these kinds that lie in the region of the request."""
        for kind in kinds:
            async for item in self._items(kind):
                if item.get("BucketRegion", self._region) == self._region:
                    arn = str(item.get(kind.arn) or kind.arn.format_map({**self._place, **item}))
                    yield Resource(kind, arn, str(item[kind.name]) if kind.name else arn)

    async def tags(self, resource: Resource) -> dict[str, str]:
        """Return the tags of a resource."""
        return await self._tags(resource, self._of_aws)

    async def _tags(self, resource: Resource, caller: Caller) -> dict[str, str]:
        operation, member = resource.kind.reads
        try:
            told = await self._ask(resource, operation, caller)
        except ApiError as error:
            if error.code != _WITHOUT_TAGS:
                raise
            return {}
        tags: Any = told.get(member) or ()
        if member == "TagDescriptions":
            tags = tags[0]["Tags"]
        return dict(tags) if isinstance(tags, Mapping) else dict(_pair(each) for each in tags)

    async def tag(self, resource: Resource, tags: Mapping[str, str]) -> None:
        """Set tags of a resource; its others stay. Of a bucket, who does so must be allowed to read them (documented).

        Raises:
            ApiError: its service refuses.
        """
        kind = resource.kind
        if kind.service == "s3":
            await self._put_all(resource, {**await self._tags(resource, self._of_request), **tags})
        else:
            await self._ask(resource, kind.tag, self._of_request, {kind.member: _in_form(tags, kind.form)})

    async def untag(self, resource: Resource, keys: Iterable[str]) -> None:
        """Take tags of a resource away.

        Raises:
            ApiError: its service refuses.
        """
        kind = resource.kind
        if kind.service == "s3":
            there = await self._tags(resource, self._of_request)
            left = {key: value for key, value in there.items() if key not in keys}
            await self._put_all(resource, left)
        else:
            await self._ask(resource, kind.untag, self._of_request, {kind.keys_member: list(keys)})

    async def _put_all(self, resource: Resource, tags: Mapping[str, str]) -> None:
        """Set all tags of a bucket, which can only be set together."""
        tag_set = _in_form(tags, resource.kind.form)
        await self._ask(resource, resource.kind.tag, self._of_request, {"Tagging": {"TagSet": tag_set}})

    @property
    def _place(self) -> Mapping[str, str]:
        return {"region": self._region, "account": self._world.account_id}

    async def _items(self, kind: Kind) -> AsyncIterator[Mapping[str, Any]]:
        if kind.within is None:
            async for item in self._pages(kind, *kind.lists, kind.asks):
                yield item
            return
        operation, member, name, asked = kind.within
        async for outer in self._pages(kind, operation, member, {}):
            async for item in self._pages(kind, *kind.lists, {**kind.asks, asked: outer[name]}):
                yield item

    async def _pages(
        self, kind: Kind, operation: str, member: str, asks: Mapping[str, Any]
    ) -> AsyncIterator[Mapping[str, Any]]:
        asked, told = kind.pages
        token: Mapping[str, Any] = {}
        while True:
            page = await self._call(kind.service, operation, {**asks, **token}, self._of_aws)
            for item in page.get(member) or ():
                yield item if isinstance(item, Mapping) else {"name": item, "last": item.rpartition("/")[2]}
            if not page.get(told):
                return
            token = {asked: page[told]}

    async def _ask(
        self, resource: Resource, operation: str, caller: Caller, more: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        kind = resource.kind
        named: Any = [resource.handle] if kind.by.endswith("[]") else resource.handle
        parameters = {kind.by.removesuffix("[]"): named, **kind.extra, **(more or {})}
        return await self._call(kind.service, operation, parameters, caller)

    async def _call(
        self, service: str, operation: str, parameters: Mapping[str, Any], caller: Caller
    ) -> Mapping[str, Any]:
        answer = self._world.call(service, operation, parameters, region=self._region, caller=caller)
        return answer if isinstance(answer, Mapping) else await _waited_for(answer)


async def _waited_for(answer: Awaitable[Mapping[str, Any]]) -> Mapping[str, Any]:
    return await answer


def _pair(tag: Mapping[str, str]) -> tuple[str, str]:
    return (tag["Key"], tag.get("Value", "")) if "Key" in tag else (tag["key"], tag.get("value", ""))


def _in_form(tags: Mapping[str, str], form: str) -> Any:
    """Return tags as an operation takes them: as a map, or as pairs whose members have these names."""
    if not form:
        return dict(tags)
    value = "Value" if form[0].isupper() else "value"
    return [{form: key, value: text} for key, text in tags.items()]
