"""Which API takes a request? The front door of all: an id in the host or the path, or a domain of one's own."""

from collections.abc import Awaitable, Mapping

from eventsim import HttpRequest, HttpResponse, Socket, SocketEnd, World
from eventsim_sources.gateway.address import Address, address_of
from eventsim_sources.gateway.register import Register
from eventsim_sources.gateway.websocket.door import WebSocketDoor

_FORBIDDEN = HttpResponse(
    status=403,
    headers=(("Content-Type", "application/json"), ("x-amzn-ErrorType", "ForbiddenException")),
    body=b'{"message":"Forbidden"}',
)
"""What a domain answers where nothing is mapped, and an API that is closed at AWS's own address."""


class Apis:
    """The front door of every API of a simulation."""

    def __init__(self, world: World) -> None:
        self._register = world.share(Register)

    def addresses(self) -> Mapping[str, str]:
        """Return the URL of every API with its first stage, by the API's name."""
        return {source.name: source.api.url() for source in self._register.sources.values()}

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether the request names an API or a domain of this simulation."""
        if self._register.domains.find(request) is not None:
            return True
        address = address_of(request)
        return address is not None and address.identifier in self._register.sources

    def handle(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a request."""
        address = self._address(request)
        source = None if address is None else self._register.sources.get(address.identifier)
        if address is None or source is None:
            return _FORBIDDEN
        return source.door.handle(request, address)

    async def connect(self, request: HttpRequest, socket: Socket) -> SocketEnd | HttpResponse:
        """Open a WebSocket."""
        address = self._address(request)
        source = None if address is None else self._register.sources.get(address.identifier)
        if address is None or source is None or not isinstance(source.door, WebSocketDoor):
            return _FORBIDDEN
        return await source.door.connect(request, address, socket)

    def _address(self, request: HttpRequest) -> Address | None:
        domains = self._register.domains
        return address_of(request) if domains.find(request) is None else domains.address_of(request)
