"""What is known of one open WebSocket? Who it is, since when, and when it last did something."""

from typing import Any

from eventsim import ApiError, Clock, Socket
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.limits import MESSAGE_BYTES_MAX, SOCKET_IDLE_S, SOCKET_LIFE_S

GOING_AWAY = 1001


class Connection:
    """One client that is connected.

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

    def watch(self) -> None:
        """Close it once it is silent for too long, or too old; waiting for that keeps no run from being idle."""
        silent_us, old_us = self._ends_us()
        self._clock.by_calendar(min(silent_us, old_us), self._look, None)

    def _look(self, _: None) -> None:
        silent_us, old_us = self._ends_us()
        if self._clock.now_us < min(silent_us, old_us):
            if self.is_open:
                self.watch()
            return
        self.close(GOING_AWAY, "Idle connection timeout" if silent_us <= old_us else "Going away")

    def _ends_us(self) -> tuple[int, int]:
        """Return when it has been silent for too long, and when it is too old."""
        return self._active_us + SOCKET_IDLE_S * 1_000_000, self._connected_us + SOCKET_LIFE_S * 1_000_000

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
