"""Where does user code in a process of its own find X-Ray's daemon? At a port of this machine."""

import socket
from collections.abc import Callable, Mapping

from eventsim.environment.variables import daemon_variables

_DATAGRAM_BYTES_MAX = 65_535
_BUFFER_BYTES = 4 * 1024 * 1024
"""What may wait to be taken; systems grant less."""
_LOOPBACK = "127.0.0.1"


class DaemonPort:
    """A socket on which datagrams for the daemon of one world arrive.

    Args:
        take: gets each of them.
    """

    def __init__(self, take: Callable[[bytes], object]) -> None:
        self._take = take
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self.socket.setblocking(False)
        self.socket.bind((_LOOPBACK, 0))

    def variables(self) -> Mapping[str, str]:
        """Return the variables by which Lambda tells where the daemon is."""
        return daemon_variables(*self.socket.getsockname())

    def drain(self) -> None:
        """Take what has arrived."""
        while True:
            try:
                datagram = self.socket.recv(_DATAGRAM_BYTES_MAX)
            except OSError:  # nothing more is there, or it is closed
                return
            self._take(datagram)

    def close(self) -> None:
        """Take nothing any more."""
        self.drain()
        self.socket.close()
