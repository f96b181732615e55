"""What is known of one open WebSocket? Who it is, since when, and when it last did something."""

from typing import Any

from eventsim import ApiError, Clock, Socket
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.limits import MESSAGE_BYTES_MAX, SOCKET_IDLE_S, SOCKET_LIFE_S


class Connection:
    """One client that is connected.

    Idle and old connections are found out when somebody looks at them: no timer waits for that.

    Attributes:
        arrival: the request that opened it.
        authorizer: what the authorizer of `$connect` said.
        is_open: whether messages still go both ways.
    """

    def __init__(self, clock: Clock, identifier: str, arrival: Arrival, socket: Socket) -> None:
        self._clock = clock
        self._socket = socket
        self.identifier = identifier
        self.arrival = arrival
        self.authorizer: dict[str, Any] | None = None
        self.connected_ms = clock.epoch_ms()
        self._connected_us = self._active_us = clock.now_us
        self.active_at = clock.date()
        self.is_open = True

    def touch(self) -> None:
        """Take note of a sign of life."""
        self._active_us = self._clock.now_us
        self.active_at = self._clock.date()

    @property
    def overdue(self) -> str:
        """Why it should be closed by now, "" if it should not."""
        now_us = self._clock.now_us
        if now_us - self._active_us >= SOCKET_IDLE_S * 1_000_000:
            return "Idle connection timeout"
        return "Going away" if now_us - self._connected_us >= SOCKET_LIFE_S * 1_000_000 else ""

    def send(self, message: str | bytes) -> None:
        """Hand a message to the client.

        Raises:
            ApiError: it is too large.
        """
        size = len(message.encode() if isinstance(message, str) else message)
        if size > MESSAGE_BYTES_MAX:
            raise ApiError("PayloadTooLargeException", "Payload too large", status=413)
        self.touch()
        self._socket.send(message)

    def close(self, code: int, reason: str) -> None:
        """End it from this side."""
        if self.is_open:
            self.is_open = False
            self._socket.close(code, reason)


class Connections:
    """All open WebSockets of a simulation, by id."""

    def __init__(self, _: object) -> None:
        self.by_id: dict[str, Connection] = {}
