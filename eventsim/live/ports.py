"""On which addresses does a server listen? On this machine's own, unless another one is asked for by name."""

import errno
import socket

from eventsim.errors import ConfigurationError

LOOPBACK = ("127.0.0.1", "::1")
"""Both, since `localhost` means one to some clients and the other to others."""
_TRIES_MAX = 20


def open_sockets(host: str, port: int) -> tuple[list[socket.socket], int]:
    """Return listening sockets and their port.

    Args:
        host: "" for loopback.
        port: 0 for one that is free.

    Raises:
        ConfigurationError: the port is taken, or the address is not ours.
    """
    for _ in range(_TRIES_MAX if port == 0 else 1):
        sockets: list[socket.socket] = []
        try:
            chosen = port
            for address in (host,) if host else LOOPBACK:
                each = _open(address, chosen)
                if each is not None:
                    sockets.append(each)
                    chosen = each.getsockname()[1]
        except OSError as error:
            for each in sockets:
                each.close()
            if port == 0 and error.errno == errno.EADDRINUSE:
                continue  # free for IPv4 and taken for IPv6
            raise _refused(host, port, error) from error
        return sockets, chosen
    raise ConfigurationError("there is no free port")


def _open(address: str, port: int) -> socket.socket | None:
    """Return a listening socket, None where this machine does not speak IPv6."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        each = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if address == "::1":
            return None
        raise
    try:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        each.bind((address, port))
    except OSError as error:
        each.close()
        if address == "::1" and error.errno == errno.EADDRNOTAVAIL:
            return None
        raise
    each.listen(1_024)
    each.setblocking(False)
    return each


def _refused(host: str, port: int, error: OSError) -> ConfigurationError:
    if error.errno == errno.EADDRINUSE:
        return ConfigurationError(
            f"port {port} is taken, perhaps by another server of this kind; stop that one, or choose with `--port`"
        )
    if error.errno == errno.EACCES:
        return ConfigurationError(f"port {port} is for the system's own services; choose one above 1023 with `--port`")
    return ConfigurationError(f"cannot listen on {host or 'localhost'}, port {port}: {error.strerror}")
