"""Clients with sockets of their own reach front doors and stubs in process, as all others do."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import urllib3

from eventsim import FunctionFailed, SyncSimulation
from eventsim.calls.own_sockets import _BufferTransport
from eventsim.wire.http import HttpRequest, HttpResponse

APPLICATION = Path(__file__).parents[1] / "templates" / "applications" / "http_api" / "template.yaml"


def by_client(event: dict[str, str], _context: object) -> object:
    """Ask with httpx, as most handlers do."""
    answer = httpx.post(event["url"], json={"cents": 5}, headers={"X-Trace": "1"})
    return [answer.status_code, answer.json()]


def by_async_client(event: dict[str, str], _context: object) -> object:
    """Ask with httpx on a loop."""

    async def ask() -> object:
        async with httpx.AsyncClient() as client:
            answers = await asyncio.gather(*(client.post(event["url"], json={"cents": 5}) for _ in range(2)))
        return [answers[1].status_code, answers[1].json()]

    return asyncio.run(ask())


@pytest.fixture
def partner() -> Iterator[SyncSimulation]:
    """Yield a simulation in which a partner says what it was asked."""

    def answer(request: HttpRequest) -> object:
        return 402, {"asked": json.loads(request.body), "at": f"{request.method} {request.path}?{request.query}"}

    with SyncSimulation(seed=1) as simulation:
        simulation.stub_http("api.partner.example", answer)
        yield simulation


@pytest.mark.parametrize("ask", [by_client, by_async_client])
def test_httpx_is_answered_by_stubs(partner: SyncSimulation, ask: Any) -> None:
    """A handler need not know that nothing goes over a wire."""
    partner.add_function("ask", handler=ask)

    status, body = partner.invoke("ask", {"url": "https://api.partner.example/v1/pay?of=42"})

    assert (status, body) == (402, {"asked": {"cents": 5}, "at": "POST /v1/pay?of=42"})


@pytest.mark.parametrize("ask", ["httpx.get(url).text", "urllib3.request('GET', url).data.decode()"])
def test_clients_of_a_code_folder_are_answered_in_every_environment(
    partner: SyncSimulation, tmp_path: Path, ask: str
) -> None:
    """Each environment has copies of its own of what its archive brings along."""
    for package in (httpx, urllib3):
        shutil.copytree(Path(package.__file__).parent, tmp_path / package.__name__)
    code = f"import httpx, urllib3\n\ndef handler(url, context):\n    return [httpx.__file__, {ask}]\n"
    (tmp_path / "app.py").write_text(code)
    partner.stub_http("api.partner.example", body="the partner")
    partner.add_function("one", handler="app.handler", code=str(tmp_path))
    partner.add_function("two", handler="app.handler", code=str(tmp_path))

    answers = [partner.invoke(name, "https://api.partner.example/v1") for name in ("one", "two")]

    assert answers == [[str(tmp_path / "httpx" / "__init__.py"), "the partner"]] * 2


def test_whoever_has_no_stub_is_refused_by_name(partner: SyncSimulation) -> None:
    partner.add_function("ask", handler=by_client)

    with pytest.raises(FunctionFailed, match=r"other\.example:443 is outside the simulation"):
        partner.invoke("ask", {"url": "https://other.example/"})


def test_answers_take_virtual_time_side_by_side() -> None:
    """A function asks the API of another one three times at once, and waits no longer than for one."""

    def slow(event: object, context: object) -> str:
        return "hello"

    def handler(event: dict[str, str], context: object) -> list[str]:
        async def ask() -> list[str]:
            async with httpx.AsyncClient() as client:
                answers = await asyncio.gather(*(client.get(event["url"]) for _ in range(3)))
            return [answer.text for answer in answers]

        return asyncio.run(ask())

    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("slow", handler=slow, duration="2 s")
        simulation.add_source("apis", "web", routes={"GET /hello": "slow"})
        simulation.add_function("ask", handler=handler, timeout="1 minute")

        answers = simulation.invoke("ask", {"url": simulation.front_doors.url("web") + "/hello"})

        assert answers == ["hello"] * 3
        assert 2 < simulation.now_s < 3


def test_a_test_reaches_an_api_by_its_address() -> None:
    with SyncSimulation() as simulation:
        url = simulation.deploy(APPLICATION).outputs["Url"]

        assert httpx.get(url + "hello/ann").text == "hello ann"
        simulation.trace.close()


class Heard:
    """A protocol that keeps what it is given."""

    def __init__(self) -> None:
        self.data: list[bytes] = []
        self.lost: list[Exception | None] = []

    def data_received(self, data: bytes) -> None:
        """Keep it."""
        self.data.append(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Keep it."""
        self.lost.append(error)


@pytest.mark.parametrize(
    ("pieces", "told"),
    [
        pytest.param([b"GET /a HTTP/1.1\r\n", b"Host: h\r\n\r\n"], [b"GET /a "], id="without a body"),
        pytest.param(
            [b"PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", b"ab", b"c"], [b"PUT / abc"], id="with its length"
        ),
        pytest.param(
            [b"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n"],
            [b"PUT / abc"],
            id="in chunks",
        ),
        pytest.param(
            [b"PUT / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", b"abc"],
            [b"HTTP/1.1 100 Continue\r\n\r\n", b"PUT / abc"],
            id="when told to go on",
        ),
    ],
)
def test_a_connection_answers_whole_requests(pieces: list[bytes], told: list[bytes]) -> None:
    """However a client cuts a request into pieces, it is answered once."""
    heard = Heard()

    def answer(request: HttpRequest) -> HttpResponse:
        return HttpResponse(status=200, headers=(), body=f"{request.method} {request.path} ".encode() + request.body)

    async def send() -> None:
        transport = _BufferTransport(heard, asyncio.get_running_loop(), answer, "h")
        for piece in pieces:
            transport.write(piece)
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    asyncio.run(send())

    assert [data.partition(b"close\r\n\r\n")[2] or data for data in heard.data] == told


def test_a_connection_that_is_closed_answers_no_more() -> None:
    heard = Heard()

    async def hang_up() -> None:
        transport = _BufferTransport(
            heard, asyncio.get_running_loop(), lambda _: HttpResponse(status=200, headers=()), "h"
        )
        transport.write(b"GET / HTTP/1.1\r\n\r\n")
        transport.close()
        await asyncio.sleep(0)

    asyncio.run(hang_up())

    assert (heard.data, heard.lost) == ([], [None])


def test_aiohttp_is_answered_by_stubs(partner: SyncSimulation) -> None:
    """It connects to nobody."""
    import aiohttp

    def handler(event: dict[str, str], context: object) -> object:
        async def ask() -> object:
            async with aiohttp.ClientSession() as session, session.post(event["url"], json={"cents": 5}) as answer:
                return [answer.status, await answer.json()]

        return asyncio.run(ask())

    partner.add_function("ask", handler=handler)

    status, body = partner.invoke("ask", {"url": "https://api.partner.example/v1/pay"})

    assert (status, body) == (402, {"asked": {"cents": 5}, "at": "POST /v1/pay?"})
