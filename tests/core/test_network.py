"""Where may user code connect to?"""

import http.client
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from eventsim.handler.network import NetworkRefused


def _udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.sendto(b"x", ("192.0.2.1", 53))


def _tcp(name: str) -> Callable[[], object]:
    def connect() -> object:
        with socket.socket() as own:
            return getattr(own, name)(("192.0.2.1", 443))

    return connect


@pytest.mark.parametrize(
    ("reach", "where"),
    [
        pytest.param(_tcp("connect"), "192.0.2.1:443", id="connect"),
        pytest.param(_tcp("connect_ex"), "192.0.2.1:443", id="connect_ex"),
        pytest.param(_udp, "192.0.2.1:53", id="sendto"),
        pytest.param(lambda: socket.create_connection(("example.com", 80)), "example.com:80", id="create_connection"),
        pytest.param(lambda: socket.getaddrinfo("example.com", 443), "example.com:443", id="getaddrinfo"),
        pytest.param(lambda: socket.gethostbyname("example.com"), "example.com", id="gethostbyname"),
        pytest.param(
            lambda: http.client.HTTPSConnection("example.com").request("GET", "/"), "example.com:443", id="http.client"
        ),
    ],
)
def test_the_network_is_refused_by_name(user_process: Any, reach: Callable[[], object], where: str) -> None:
    """The error is a refused connection that says whom, and how to answer in their place."""
    with pytest.raises(NetworkRefused, match=f"{where} is outside the simulation.*localhost") as caught:
        user_process.inside(reach)

    assert isinstance(caught.value, ConnectionRefusedError)


def test_libraries_tell_the_refusal_as_their_own_error(user_process: Any) -> None:
    """Code that handles `URLError` handles it as it would on a bad day."""
    with pytest.raises(urllib.error.URLError, match=r"example\.com:80 is outside the simulation"):
        user_process.inside(lambda: urllib.request.urlopen("http://example.com/"))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_may_be_reached(user_process: Any, host: str) -> None:
    """A server that the user runs on loopback is theirs to use."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=lambda: server.accept()[0].close())
        answering.start()

        def handler() -> bytes:
            with socket.create_connection((host, server.getsockname()[1])) as connection:
                return connection.recv(1)

        answer = user_process.inside(handler)
        answering.join()

    assert answer == b""


def test_sockets_that_are_no_network_are_left_alone(user_process: Any) -> None:
    """A pair, or a Unix socket, stays on the machine."""

    def handler() -> bytes:
        one, other = socket.socketpair()
        with one, other:
            one.sendall(b"x")
            return other.recv(1)

    assert user_process.inside(handler) == b"x"
