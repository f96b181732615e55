"""Do clients that know ASGI reach a simulation, and does an ASGI application run inside a function?"""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from eventsim import Simulation, SyncSimulation, VirtualLoop, asgi_app


def echo(event: Any, _: Any) -> Any:
    """Answer with what was asked."""
    told = {"path": event["rawPath"], "query": event["rawQueryString"], "body": event.get("body")}
    return {"statusCode": 201, "headers": {"X-A": "b"}, "cookies": ["a=1", "b=2"], "body": json.dumps(told)}


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    """Return a simulation with an API."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("echo", handler=echo)
        simulation.add_source("apis", "web", routes={"ANY /{proxy+}": "echo"})
        yield simulation


def test_any_loop_will_do(simulation: SyncSimulation) -> None:
    """Paths belong to the only API; whole addresses lead where they lead."""

    async def ask(base_url: str) -> httpx.Response:
        transport = httpx.ASGITransport(asgi_app(simulation))
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as client:
            return await client.post("/a%2Fb?x=1&x=2", json={"n": 1})

    answers = [asyncio.run(ask(url)) for url in ("http://testserver", simulation.front_doors.url("web"))]

    for answer in answers:
        assert answer.json() == {"path": "/a/b", "query": "x=1&x=2", "body": '{"n":1}'}
        assert (answer.status_code, answer.headers["x-a"]) == (201, "b")
        assert answer.headers.get_list("set-cookie") == ["a=1", "b=2"]


def test_many_may_ask_at_once() -> None:
    """A simulation for coroutines is asked on its own loop."""

    async def slow(event: Any, _: Any) -> Any:
        await asyncio.sleep(5)
        return event["rawPath"]

    async def ask() -> tuple[list[str], float]:
        async with Simulation(seed=1) as simulation:
            simulation.add_function("slow", handler=slow, timeout="10 s")
            simulation.add_source("apis", "web", routes={"GET /{name}": "slow"})
            transport = httpx.ASGITransport(asgi_app(simulation, api="web"))  # type: ignore[arg-type]  # httpx's own words
            async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
                answers = await asyncio.gather(*(client.get(f"/{name}") for name in "abc"))
            return [answer.text for answer in answers], simulation.now_s

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        texts, now_s = runner.run(ask())

    assert texts == ["/a", "/b", "/c"]
    assert now_s < 6


def test_a_function_may_hold_an_asgi_application(simulation: SyncSimulation) -> None:
    """Behind an adapter, as web frameworks are brought to Lambda: it runs a loop of its own for each request."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        await asyncio.sleep(1)
        text = f"{scope['method']} {scope['path']}?{scope['query_string'].decode()} {body.decode()}"
        await send({"type": "http.response.start", "status": 202, "headers": [(b"x-app", b"yes")]})
        await send({"type": "http.response.body", "body": text.encode()})

    def adapter(event: Any, _: Any) -> Any:
        http = event["requestContext"]["http"]
        headers = [(name.encode(), value.encode()) for name, value in event["headers"].items()]
        query = event["rawQueryString"].encode()
        scope = {
            "type": "http",
            "method": http["method"],
            "path": event["rawPath"],
            "query_string": query,
            "headers": headers,
        }
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": (event.get("body") or "").encode(), "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(application(scope, receive, send))
        names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return {"statusCode": sent[0]["status"], "headers": names, "body": sent[1]["body"].decode()}

    simulation.add_function("web", handler=adapter)
    simulation.add_source("apis", "app", routes={"$default": "web"})

    reply = simulation.http("POST", "/items?x=1", api="app", body="hello", headers={"Content-Type": "text/plain"})

    assert (reply.status, reply.headers.get("x-app"), reply.text) == (202, "yes", "POST /items?x=1 hello")
