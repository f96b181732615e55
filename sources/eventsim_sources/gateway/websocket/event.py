"""What does a function get of a WebSocket? Three kinds of events: it is opened, a message comes, it is closed."""

from collections.abc import Mapping
from typing import Any

from eventsim_sources.gateway import format_v1
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.websocket.connection import Connection


def connect_event(connection: Connection, variables: Mapping[str, str]) -> dict[str, Any]:
    """Return the event of a client that connects."""
    arrival = connection.arrival
    single, multi = format_v1.both_maps(arrival.sent_on())
    query, queries = format_v1.both_maps(format_v1.query_pairs(arrival.request.query))
    event: dict[str, Any] = {"headers": single, "multiValueHeaders": multi}
    if query:
        event |= {"queryStringParameters": query, "multiValueQueryStringParameters": queries}
    if variables:
        event["stageVariables"] = dict(variables)
    event["requestContext"] = _context(connection, arrival, "$connect", "CONNECT")
    event["isBase64Encoded"] = False
    return event


def message_event(
    connection: Connection, arrival: Arrival, route_key: str, body: str, message_id: str, variables: Mapping[str, str]
) -> dict[str, Any]:
    """Return the event of a message."""
    context = {**_context(connection, arrival, route_key, "MESSAGE"), "messageId": message_id}
    event: dict[str, Any] = {"requestContext": context, "body": body, "isBase64Encoded": False}
    if variables:
        event["stageVariables"] = dict(variables)
    return event


def disconnect_event(
    connection: Connection, arrival: Arrival, code: int, reason: str, variables: Mapping[str, str]
) -> dict[str, Any]:
    """Return the event of a client that is gone."""
    kept = [("Host", connection.arrival.headers.get("host")), ("x-api-key", ""), *connection.arrival.forwarded()]
    single, multi = format_v1.both_maps(kept)
    context = _context(connection, arrival, "$disconnect", "DISCONNECT")
    event: dict[str, Any] = {
        "headers": single,
        "multiValueHeaders": multi,
        "requestContext": {**context, "disconnectStatusCode": code, "disconnectReason": reason},
        "isBase64Encoded": False,
    }
    if variables:
        event["stageVariables"] = dict(variables)
    return event


def _context(connection: Connection, arrival: Arrival, route_key: str, event_type: str) -> dict[str, Any]:
    identity: dict[str, Any] = {"sourceIp": arrival.source_ip}
    if connection.arrival.user_agent:
        identity["userAgent"] = connection.arrival.user_agent
    context: dict[str, Any] = {
        "routeKey": route_key,
        "eventType": event_type,
        "extendedRequestId": arrival.short_id,
        "requestTime": arrival.time,
        "messageDirection": "IN",
        "stage": arrival.stage,
        "connectedAt": connection.connected_ms,
        "requestTimeEpoch": arrival.epoch_ms,
        "identity": identity,
        "requestId": arrival.short_id,
        "domainName": arrival.domain_name,
        "connectionId": connection.identifier,
        "apiId": arrival.identifier,
    }
    if connection.authorizer is not None:
        context["authorizer"] = dict(connection.authorizer)
    return context
