"""How do functions reach clients that are connected? `@connections`: send, look at, close."""

import json
from urllib.parse import unquote

from eventsim import ApiError, HttpRequest, HttpResponse, Request, Result
from eventsim_sources.gateway.websocket.connection import GOING_AWAY, Connection, Connections


def _found(connections: Connections, identifier: str) -> Connection:
    connection = connections.by_id.get(identifier)
    if connection is None or not connection.is_open:
        raise ApiError("GoneException", "", status=410)
    return connection


def post_to_connection(connections: Connections, request: Request) -> Result:
    """Send a message to a client."""
    data = request.parameters.get("Data") or b""
    content = data if isinstance(data, bytes) else str(data).encode()
    _found(connections, str(request.parameters["ConnectionId"])).send(content.decode(errors="replace"))
    return {}


def get_connection(connections: Connections, request: Request) -> Result:
    """Tell of a client."""
    connection = _found(connections, str(request.parameters["ConnectionId"]))
    arrival = connection.arrival
    return {
        "ConnectedAt": arrival.at,
        "Identity": {"SourceIp": arrival.source_ip, "UserAgent": arrival.user_agent},
        "LastActiveAt": connection.active_at,
    }


def delete_connection(connections: Connections, request: Request) -> Result:
    """Close a client's connection."""
    _found(connections, str(request.parameters["ConnectionId"])).close(GOING_AWAY, "Connection closed")
    return {}


_OPERATIONS = {"DELETE": delete_connection, "GET": get_connection, "POST": post_to_connection}


def answer(connections: Connections, request: HttpRequest, identifier: str) -> HttpResponse:
    """Answer a request to `@connections/ID` as it stands on the wire."""
    operation = _OPERATIONS.get(request.method)
    try:
        if operation is None:
            raise ApiError("ForbiddenException", "", status=403)
        parameters = {"ConnectionId": unquote(identifier), "Data": request.body}
        call = Request(service="apigatewaymanagementapi", operation="", parameters=parameters, region="")
        result = operation(connections, call)
    except ApiError as error:
        headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", error.code))
        body = json.dumps({"message": error.message or None}).encode()
        return HttpResponse(status=error.status, headers=headers, body=body)
    told = (
        {}
        if request.method != "GET"
        else {
            "connectedAt": result["ConnectedAt"],
            "identity": {"sourceIp": "127.0.0.1", "userAgent": result["Identity"]["UserAgent"]},  # type: ignore[index]  # as above
            "lastActiveAt": result["LastActiveAt"],
        }
    )
    status = 204 if request.method == "DELETE" else 200
    body = json.dumps(told, default=lambda at: at.isoformat()).encode() if told else b""
    return HttpResponse(status=status, headers=(("Content-Type", "application/json"),), body=body)
