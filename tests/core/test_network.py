"""Where may user code connect to?"""

import http.client
import socket
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from eventsim.handler.interpose import Interposition, Swap
from eventsim.handler.network import NetworkRefused, swaps_of_psycopg, swaps_of_psycopg2


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


@pytest.mark.parametrize(("port", "remedy"), [(443, "stub_http"), (6379, "stand-in for its client")])
def test_the_remedy_is_one_for_who_was_asked(user_process: Any, port: int, remedy: str) -> None:
    """A stub speaks HTTP, and a cache does not."""
    with pytest.raises(NetworkRefused, match=remedy):
        user_process.inside(lambda: socket.create_connection(("cache.example.com", port)))


def in_psycopg(connect: Callable[..., str]) -> tuple[ModuleType, Swap]:
    """Return a stand-in for psycopg, as far as it matters, and what is wrapped of it."""
    generators = ModuleType("psycopg.generators")
    vars(generators)["connect"] = connect
    return generators, swaps_of_psycopg(generators)[0]


def in_psycopg2(connect: Callable[..., str]) -> tuple[ModuleType, Swap]:
    """Return the same for psycopg2."""
    psycopg2 = ModuleType("psycopg2")
    vars(psycopg2)["_connect"] = connect
    return psycopg2, swaps_of_psycopg2(psycopg2)[0]


class OperationalError(Exception):
    """What both raise if nobody is there."""


@pytest.fixture
def libpq() -> Iterator[None]:
    """Modules of both libraries that read connection strings."""
    modules = {
        "psycopg": {"OperationalError": OperationalError},
        "psycopg.conninfo": {"conninfo_to_dict": lambda target: dict(each.split("=") for each in target.split())},
        "psycopg2": {"OperationalError": OperationalError},
        "psycopg2.extensions": {"parse_dsn": lambda target: dict(each.split("=") for each in target.split())},
    }
    for name, members in modules.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(members)
    yield
    for name in modules:
        del sys.modules[name]


@pytest.mark.usefixtures("libpq")
@pytest.mark.parametrize("library", [in_psycopg, in_psycopg2])
def test_clients_of_postgres_that_connect_in_c_are_refused(user_process: Any, library: Any) -> None:
    """Their sockets are none of Python's; they tell it as they do when nobody is there."""
    module, swap = library(lambda target: f"connected: {target}")

    with Interposition([swap]):
        connect = getattr(module, swap.name)
        with pytest.raises(OperationalError, match=r"10\.0\.0\.7:6543 is outside .* stand-in"):
            user_process.inside(lambda: connect("host=10.0.0.7 port=6543 dbname=shop"))
        local = user_process.inside(lambda: (connect("host=/tmp dbname=shop"), connect("host=localhost")))
        outside = connect("host=10.0.0.7")

    assert local == ("connected: host=/tmp dbname=shop", "connected: host=localhost")
    assert outside == "connected: host=10.0.0.7"


@pytest.mark.parametrize(("port", "step"), [(9092, "produce"), (9098, "produce"), (5671, "send"), (61617, "send")])
def test_brokers_are_refused_with_the_way_that_there_is(user_process: Any, port: int, step: str) -> None:
    """A stub of HTTP would not help: the workload and the test have verbs of their own."""
    with pytest.raises(NetworkRefused, match=f"a step `{step}` of the workload"):
        user_process.inside(lambda: socket.create_connection(("b-1.example.com", port)))


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
