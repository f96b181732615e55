"""Which APIs are there? All of one simulation, by id; each is a source of the section `apis` as well."""

from collections.abc import Awaitable, Mapping
from typing import ClassVar, Protocol

from eventsim import HttpRequest, HttpResponse, World
from eventsim_sources.gateway.address import Address
from eventsim_sources.gateway.domain import Domains
from eventsim_sources.gateway.http_api.api import Api as HttpApi
from eventsim_sources.gateway.http_api.door import HttpDoor
from eventsim_sources.gateway.http_api.model import Settings as HttpSettings
from eventsim_sources.gateway.inventory import Inventory
from eventsim_sources.gateway.rest_api.api import Api as RestApi
from eventsim_sources.gateway.rest_api.door import RestDoor
from eventsim_sources.gateway.rest_api.model import Settings as RestSettings
from eventsim_sources.gateway.traffic import Traffic
from eventsim_sources.gateway.usage import Usage
from eventsim_sources.gateway.websocket.door import WebSocketDoor

_LETTERS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Door(Protocol):
    """What answers the requests of one API."""

    def handle(self, request: HttpRequest, address: Address) -> Awaitable[HttpResponse]:
        """Answer a request; the address says which stage and path it means."""


class ApiSource:
    """An API as others see it.

    Attributes:
        api: its parts.
        door: what answers its requests.
    """

    kind: ClassVar[str] = "apis"

    def __init__(self, world: World, name: str, api: RestApi | HttpApi, usage: Usage) -> None:
        self.name = name
        self.api = api
        self.traffic = Traffic(world, "api", name)
        self.door: RestDoor | HttpDoor | WebSocketDoor
        if isinstance(api, RestApi):
            self.identifier = api.settings.id
            self.arn = f"arn:aws:apigateway:{world.region}::/restapis/{self.identifier}"
            self.door = RestDoor(world, api, self.traffic, usage)
            return
        self.identifier = api.settings.api_id
        self.arn = f"arn:aws:apigateway:{world.region}::/apis/{self.identifier}"
        is_http = api.settings.protocol_type == "HTTP"
        self.door = (HttpDoor if is_http else WebSocketDoor)(world, api, self.traffic)

    def summary(self) -> Mapping[str, int]:
        """Return its numbers for the summary."""
        return self.traffic.summary()


class Register:
    """The APIs of one simulation, with what they share: keys, usage plans and domain names."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.usage = Usage(world)
        self.domains = Domains(world)
        self.inventory = Inventory(world)
        self.sources: dict[str, ApiSource] = {}
        self._luck = world.chance.stream("api id")

    def new_id(self) -> str:
        """Return the id of another API."""
        return "".join(self._luck.choice(_LETTERS) for _ in range(10))

    def make_rest(self, settings: RestSettings, name: str = "") -> ApiSource:
        """Return a new REST API, which is not known to others yet."""
        return self._kept(RestApi(self._world, settings), name or settings.name, settings.id)

    def make_http(self, settings: HttpSettings, name: str = "") -> ApiSource:
        """Return a new API of version 2, which is not known to others yet."""
        scheme = "wss" if settings.protocol_type == "WEBSOCKET" else "https"
        api = HttpApi(self._world, settings)
        settings.api_endpoint = f"{scheme}://{api.domain_name}"
        return self._kept(api, name or settings.name, settings.api_id)

    def _kept(self, api: RestApi | HttpApi, name: str, identifier: str) -> ApiSource:
        taken = {source.name for source in self.sources.values()}
        source = ApiSource(self._world, f"{name}-{identifier}" if name in taken else name, api, self.usage)
        self.sources[identifier] = source
        return source

    def remove(self, identifier: str) -> None:
        """Forget an API."""
        self._world.remove(self.sources.pop(identifier).arn)

    def rest(self, identifier: str) -> RestApi | None:
        """Return a REST API by its id, None if there is none."""
        source = self.sources.get(identifier)
        return source.api if source is not None and isinstance(source.api, RestApi) else None

    def http(self, identifier: str) -> HttpApi | None:
        """Return an API of version 2 by its id, None if there is none."""
        source = self.sources.get(identifier)
        return source.api if source is not None and isinstance(source.api, HttpApi) else None

    def rest_apis(self) -> list[RestApi]:
        """Return all REST APIs, in order of creation."""
        return [source.api for source in self.sources.values() if isinstance(source.api, RestApi)]

    def http_apis(self) -> list[HttpApi]:
        """Return all APIs of version 2, in order of creation."""
        return [source.api for source in self.sources.values() if isinstance(source.api, HttpApi)]
