"""How functions reach clients that are connected, as boto3 knows it: `apigatewaymanagementapi`."""

from collections.abc import Mapping
from functools import partial

from eventsim import Operation, World
from eventsim_sources.gateway.websocket import management
from eventsim_sources.gateway.websocket.connection import Connections


def operations(world: World) -> Mapping[str, Operation]:
    """Return the operations for one simulation."""
    connections = world.share(Connections)
    return {
        "DeleteConnection": partial(management.delete_connection, connections),
        "GetConnection": partial(management.get_connection, connections),
        "PostToConnection": partial(management.post_to_connection, connections),
    }
