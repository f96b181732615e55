"""Clients of HTTP reach front doors in process, whichever they are; nobody else's connections are touched."""

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from eventsim import SyncSimulation
from eventsim.calls.http_client import parse_request, written
from eventsim.wire.http import HttpResponse

APPLICATION = Path(__file__).parents[1] / "templates" / "applications" / "http_api" / "template.yaml"


@pytest.fixture
def url() -> Iterator[str]:
    """The address of an API that greets."""
    with SyncSimulation() as simulation:
        yield simulation.deploy(APPLICATION).outputs["Url"] + "hello/ann"
    simulation.trace.close()


def by_urllib(url: str) -> str:
    with urllib.request.urlopen(url) as response:
        return str(response.read().decode())


def by_http_client(url: str) -> str:
    connection = http.client.HTTPSConnection(url.split("/")[2])
    connection.request("GET", "/" + url.split("/", 3)[3])
    return connection.getresponse().read().decode()


def by_urllib3(url: str) -> str:
    pool = urllib3.PoolManager()
    return [pool.request("GET", url).data.decode() for _ in range(2)][1]


@pytest.mark.parametrize("ask", [by_urllib, by_http_client, by_urllib3])
def test_a_test_reaches_an_api_by_its_address(url: str, ask: object) -> None:
    """What is in use already, and what is used twice."""
    assert callable(ask)
    assert ask(url) == "hello ann"


def test_a_handler_waits_in_virtual_time_for_an_answer() -> None:
    """A function calls the API of another one."""

    def handler(event: dict[str, str], context: object) -> str:
        return by_urllib(event["url"])

    with SyncSimulation() as simulation:
        deployed = simulation.deploy(APPLICATION)
        simulation.add_function("asks", handler=handler)

        answer = simulation.invoke("asks", {"url": deployed.outputs["Url"] + "hello/bob"})
        simulation.trace.close()

    assert answer == "hello bob"


def test_an_address_that_leads_nowhere_is_an_answer(url: str) -> None:
    """Nothing reaches the network."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        by_urllib("https://nobody1234.execute-api.us-east-1.amazonaws.com/x")

    assert caught.value.code in (403, 404)


@pytest.mark.parametrize(
    ("data", "body"),
    [
        (b"PUT /a?b=c HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi", b"hi"),
        (b"PUT /a?b=c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n1;x\r\n!\r\n0\r\n\r\n", b"hi!"),
    ],
)
def test_a_request_is_read_as_it_was_written(data: bytes, body: bytes) -> None:
    """In one piece or in chunks; the host is known even if nobody says it."""
    request = parse_request(data, "host")

    assert (request.method, request.path, request.query, request.body) == ("PUT", "/a", "b=c", body)
    assert request.headers.get("host") == "host"
    assert "transfer-encoding" not in request.headers


def test_a_response_says_its_length_and_closes() -> None:
    """Each connection carries one request; the answer to HEAD has no body."""
    response = HttpResponse(status=299, headers=(("X", "y"), ("Content-Length", "99")), body=json.dumps("x").encode())

    head = b"HTTP/1.1 299 Unknown\r\nX: y\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    assert written(response, "GET") == head + b'"x"'
    assert written(response, "HEAD") == head
