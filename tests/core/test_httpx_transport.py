"""Do clients of httpx reach a simulation?"""

import asyncio
from typing import Any

import httpx

from eventsim import Simulation, SyncSimulation, VirtualLoop
from eventsim.httpx_transport import AsyncSimulationTransport, SimulationTransport


def hello(event: Any, _: Any) -> Any:
    """Greet by name."""
    return {"statusCode": 200, "headers": {"X-A": "b"}, "body": f"hello {event['queryStringParameters']['name']}"}


def test_a_client_asks_an_api() -> None:
    """Headers, query and body go there and back."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("hello", handler=hello)
        simulation.add_source("apis", "web", routes={"GET /hello": "hello"})

        with httpx.Client(
            transport=SimulationTransport(simulation), base_url=simulation.front_doors.url("web")
        ) as client:
            answer = client.get("/hello", params={"name": "you"})

    assert (answer.status_code, answer.text, answer.headers["x-a"]) == (200, "hello you", "b")


def test_a_coroutine_does_so_on_the_loop() -> None:
    """Many at once, if it likes."""

    async def ask() -> list[str]:
        async with Simulation(seed=1) as simulation:
            simulation.add_function("hello", handler=hello)
            simulation.add_source("apis", "web", routes={"GET /hello": "hello"})
            transport = AsyncSimulationTransport(simulation)
            async with httpx.AsyncClient(transport=transport, base_url=simulation.front_doors.url("web")) as client:
                answers = await asyncio.gather(*(client.get("/hello", params={"name": name}) for name in "ab"))
            return [answer.text for answer in answers]

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        assert runner.run(ask()) == ["hello a", "hello b"]
