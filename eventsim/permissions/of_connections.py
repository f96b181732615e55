"""What do calls to the clients of a WebSocket API need? To manage its connections.

Which API and which stage, only the endpoint tells that a client calls.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from eventsim.permissions.need import Needs, on, unknown

NEEDS: Final[Mapping[str, Needs]] = MappingProxyType(
    dict.fromkeys(
        ("DeleteConnection", "GetConnection", "PostToConnection"), on(unknown, "execute-api:ManageConnections")
    )
)
