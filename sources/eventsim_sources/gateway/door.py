"""Which API takes a request? The front door of all of them: an id in the host or in the path."""

from collections.abc import Awaitable, Mapping

from eventsim import HttpRequest, HttpResponse, Socket, SocketEnd, World
from eventsim_sources.gateway.address import address_of
from eventsim_sources.gateway.register import Register
from eventsim_sources.gateway.websocket.door import WebSocketDoor


class Apis:
    """The front door of every API of a simulation."""

    def __init__(self, world: World) -> None:
        self._register = world.share(Register)

    def addresses(self) -> Mapping[str, str]:
        """Return the URL of every API with its first stage, by the API's name."""
        return {source.name: source.api.url() for source in self._register.sources.values()}

    def answers(self, request: HttpRequest) -> bool:
        """Tell whether the request names an API of this simulation."""
        address = address_of(request)
        return address is not None and address.identifier in self._register.sources

    def handle(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        """Answer a request."""
        address = address_of(request)
        assert address is not None, "only what it answers is handed to a door"
        return self._register.sources[address.identifier].door.handle(request, address.path)

    async def connect(self, request: HttpRequest, socket: Socket) -> SocketEnd | HttpResponse:
        """Open a WebSocket."""
        address = address_of(request)
        source = None if address is None else self._register.sources.get(address.identifier)
        if address is None or source is None or not isinstance(source.door, WebSocketDoor):
            return HttpResponse(status=403, headers=(), body=b'{"message":"Forbidden"}')
        return await source.door.connect(request, address.path, socket)
