"""How do clients that use httpx reach a simulation? By a transport that asks its front doors, without a socket.

    client = httpx.Client(transport=SimulationTransport(simulation), base_url="https://ID.execute-api.…")

This is the only module that imports httpx; it comes with the extra `eventsim[http]`.
"""

from typing import Any

import httpx

from eventsim.front_door import Reply
from eventsim.simulation import Simulation, SyncSimulation


class SimulationTransport(httpx.BaseTransport):
    """Sends requests of an `httpx.Client` to a `SyncSimulation`; waiting takes virtual time."""

    def __init__(self, simulation: SyncSimulation) -> None:
        self._simulation = simulation

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            ConfigurationError: nobody in the simulation has this address.
        """
        return _response(self._simulation.http(**_asked(request, request.read())))


class AsyncSimulationTransport(httpx.AsyncBaseTransport):
    """Sends requests of an `httpx.AsyncClient` to a `Simulation`, on its loop."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request.

        Raises:
            ConfigurationError: nobody in the simulation has this address.
        """
        return _response(await self._simulation.http(**_asked(request, await request.aread())))


def _asked(request: httpx.Request, body: bytes) -> dict[str, Any]:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
    return {"method": request.method, "url": str(request.url), "headers": headers, "body": body}


def _response(reply: Reply) -> httpx.Response:
    return httpx.Response(reply.status, headers=list(reply.headers.pairs), content=reply.body)
