"""Where may user code connect to? To this machine; everything else is refused, by name, before a packet leaves.

Lambda has a daemon of X-Ray beside each function, to which tracers send datagrams. They are taken, and lost: nobody
waits for an answer to them.
"""

import errno
import functools
import ipaddress
import socket
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from eventsim.handler import pipes
from eventsim.handler.interpose import Swap
from eventsim.handler.surroundings import Surroundings, current
from eventsim.segments import DAEMON_HOST, DAEMON_PORT

_LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain", "ip6-localhost"})
_CALLS = ("connect", "connect_ex")
_POSTGRES_PORT = 5432
_DAEMON = (DAEMON_HOST, DAEMON_PORT)
_DATAGRAM_BYTES_MAX = 65_507
"""What UDP carries over IPv4."""
_STUB = (
    "Answer for it (`http_stubs` in a scenario, `simulation.stub_http` in a test), or point the function at a server "
    "on localhost."
)
_STAND_IN = (
    "Stubs answer HTTP alone, which this is not: give the function a stand-in for its client (a fake in Python that a "
    "test or a variable of the function's selects), or point it at a server on localhost."
)
_PRODUCE = (
    "No client of Kafka reaches a cluster: a step `produce` of the workload does, or `simulation.produce` in a test; "
    "give the function a stand-in for its client."
)
_SEND = (
    "No client of a broker reaches it: a step `send` of the workload with `broker` does, or `simulation.send` in a "
    "test; give the function a stand-in for its client."
)
_REMEDIES = {
    **dict.fromkeys(("22", "25", "465", "587"), _STAND_IN),  # SSH and mail
    **dict.fromkeys(
        ("1433", "1521", "3306", "5432", "5439"), _STAND_IN
    ),  # SQL Server, Oracle, MySQL, Postgres, Redshift
    **dict.fromkeys(("6379", "6380", "11211", "27017"), _STAND_IN),  # Redis, memcached, MongoDB
    **dict.fromkeys(("1883", "8883", "2181"), _STAND_IN),  # MQTT, ZooKeeper
    **dict.fromkeys(("9092", "9094", "9096", "9098", "9194", "9196", "9198"), _PRODUCE),  # Kafka and MSK
    **dict.fromkeys(("5671", "5672", "61614", "61616", "61617", "61619"), _SEND),  # Amazon MQ
}
"""Port → what to do about whoever listens there; elsewhere it is HTTP."""


class NetworkRefused(ConnectionRefusedError):  # noqa: N818 - a fact, as the field says it
    """User code wanted to reach the network; nothing in a simulation may.

    Attributes:
        host: whom it wanted to reach.
        port: where, None if it only asked for an address.
    """

    def __init__(self, host: str, port: object = None, remedy: str = "") -> None:
        self.host = host
        self.port = port
        where = host if port is None else f"{host}:{port}"
        remedy = remedy or _REMEDIES.get(str(port), _STUB)
        super().__init__(
            errno.ECONNREFUSED, f"{where} is outside the simulation, and nothing may reach the network. {remedy}"
        )


def _refuse_unless_local(host: object, port: object = None, remedy: str = "") -> None:
    """Raise `NetworkRefused` unless a host is this machine."""
    if isinstance(host, bytes | bytearray):
        host = host.decode("ascii", "replace")
    if not isinstance(host, str) or host in _LOCAL_NAMES:
        return
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        is_local = False
    else:
        is_local = address.is_loopback or address.is_unspecified
    if not is_local:
        raise NetworkRefused(host, port, remedy)


def _refuse_address(address: object) -> None:
    """Do so for a socket's address; one that is no pair of host and port (a Unix socket's path) is local."""
    if isinstance(address, tuple) and len(address) > 1:
        _refuse_unless_local(address[0], address[1])


def _connect(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def connect(self: socket.socket, address: Any, /) -> Any:
        if current() is None:
            return original(self, address)
        _refuse_address(address)
        answer = original(self, pipes.real_address(self, address))
        pipes.adopt(self)
        return answer

    return connect


def _sendto(original: Callable[..., int]) -> Callable[..., int]:
    @functools.wraps(original)
    def sendto(self: socket.socket, data: Any, *flags_and_address: Any) -> int:
        here = current()
        if here is not None:
            address = flags_and_address[-1]
            if address == _DAEMON and self.type == socket.SOCK_DGRAM:
                return _tell_daemon(here, bytes(data))
            _refuse_address(address)
        return original(self, data, *flags_and_address)

    return sendto


def _tell_daemon(surroundings: Surroundings, datagram: bytes) -> int:
    """Hand a datagram to X-Ray's daemon, which is not on the network."""
    if len(datagram) > _DATAGRAM_BYTES_MAX:
        raise OSError(errno.EMSGSIZE, "Message too long")
    surroundings.daemon(datagram)
    return len(datagram)


def _sendmsg(original: Callable[..., int]) -> Callable[..., int]:
    @functools.wraps(original)
    def sendmsg(self: socket.socket, buffers: Any, *others: Any) -> int:
        if current() is not None and len(others) > 2:
            _refuse_address(others[2])
        return original(self, buffers, *others)

    return sendmsg


def _resolve(original: Callable[..., Any]) -> Callable[..., Any]:
    """Names of the machine are resolved by the machine; others are not looked up at all."""

    @functools.wraps(original)
    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        if current() is not None:
            _refuse_unless_local(host, args[0] if args else kwargs.get("port"))
        return original(host, *args, **kwargs)

    return resolve


def _resolve_name(original: Callable[[str], Any]) -> Callable[[str], Any]:
    @functools.wraps(original)
    def resolve(host: str, /) -> Any:
        if current() is not None:
            _refuse_unless_local(host)
        return original(host)

    return resolve


def _libpq(package: str, reader: str, read: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Wrap what connects to Postgres in C, where no socket of Python's is.

    Args:
        package: the library.
        reader: its module that takes a connection string apart.
        read: that module's function.
    """

    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def connect(target: str, *args: Any, **kwargs: Any) -> Any:
            if current() is None:
                return original(target, *args, **kwargs)
            settings = getattr(sys.modules[reader], read)(target)
            for host in str(settings.get("hostaddr") or settings.get("host") or "").split(","):
                try:
                    if not host.startswith(("/", "@")):  # a Unix socket
                        _refuse_unless_local(host, settings.get("port") or _POSTGRES_PORT, _STAND_IN)
                except NetworkRefused as refused:
                    raise sys.modules[package].OperationalError(str(refused)) from refused
            return original(target, *args, **kwargs)

        return connect

    return make


def swaps_of_psycopg(generators: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once `psycopg.generators` has been imported."""
    return [Swap(generators, "connect", _libpq("psycopg", "psycopg.conninfo", "conninfo_to_dict"))]


def swaps_of_psycopg2(psycopg2: ModuleType) -> list[Swap]:
    """Return the table of wrappers, once psycopg2 has been imported."""
    return [Swap(psycopg2, "_connect", _libpq("psycopg2", "psycopg2.extensions", "parse_dsn"))]


SWAPS = (
    *(Swap(socket.socket, name, _connect) for name in _CALLS),
    Swap(socket.socket, "sendto", _sendto),
    Swap(socket.socket, "sendmsg", _sendmsg),
    Swap(socket, "getaddrinfo", _resolve),
    *(Swap(socket, name, _resolve_name) for name in ("gethostbyname", "gethostbyname_ex", "gethostbyaddr")),
)
"""`create_connection`, http.client, urllib, urllib3 and asyncio all end in these."""
