"""What does a WebSocket API do? It lets clients connect, routes their messages, and lets functions push to them."""

import json
from typing import Any

from eventsim import HttpRequest, HttpResponse, Socket, SocketEnd, World, load_json
from eventsim_sources.gateway import format_v1
from eventsim_sources.gateway.address import Address
from eventsim_sources.gateway.answer import Malformed
from eventsim_sources.gateway.arrival import Arrival, Ids
from eventsim_sources.gateway.authorizer import is_signed, policy_answer
from eventsim_sources.gateway.call import Failed, Unanswered, call_function
from eventsim_sources.gateway.expression import Expressions
from eventsim_sources.gateway.http_api.api import Api
from eventsim_sources.gateway.http_api.model import Authorizer, Route, Snapshot, Stage
from eventsim_sources.gateway.limits import MESSAGE_BYTES_MAX, REST_TIMEOUT_MS
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.sender import why_not_invoked
from eventsim_sources.gateway.traffic import Traffic
from eventsim_sources.gateway.uri import FunctionUri, read_uri
from eventsim_sources.gateway.websocket import management
from eventsim_sources.gateway.websocket.connection import Connection, Connections
from eventsim_sources.gateway.websocket.event import connect_event, disconnect_event, message_event
from eventsim_sources.gateway.websocket.integration import Step, answer

_NORMAL, _UNSUPPORTED, _TOO_BIG = 1000, 1003, 1009


class WebSocketDoor:
    """The front door of one WebSocket API."""

    def __init__(self, world: World, api: Api, traffic: Traffic) -> None:
        self._world = world
        self._api = api
        self._traffic = traffic
        self._ids = Ids(world, api.settings.api_id)
        self._connections = world.share(Connections)

    async def handle(self, request: HttpRequest, address: Address) -> HttpResponse:
        """Answer a plain request: only `@connections` is there for those."""
        _, _, rest = address.path.partition("/@connections/")
        if not rest:
            return HttpResponse(status=403, headers=_JSON, body=b'{"message":"Forbidden"}')
        return management.answer(self._connections, request, rest)

    async def connect(self, request: HttpRequest, address: Address, socket: Socket) -> SocketEnd | HttpResponse:
        """Open a connection, or return the response that refuses it."""
        path = f"{address.base}{address.path}"
        visit = self._traffic.came("CONNECT", path)
        stage, rest = self._api.stage_for(address)
        arrival = self._arrival(request, stage, rest, path, visit.entry, domain=address.domain)
        try:
            snapshot = None if stage is None else self._api.snapshot(stage)
            if stage is None or snapshot is None:
                raise Refused("FORBIDDEN", why=f"no stage serves {path}")
            connection = Connection(self._world.clock, self._ids.short(), arrival, socket)
            end = _End(self, connection, stage, snapshot)
            await end.open()
        except Refused as refused:
            self._traffic.answered(visit, refused.status, refused.why)
            body = json.dumps({"message": refused.message}).encode()
            return HttpResponse(status=refused.status, headers=_JSON, body=body)
        self._connections.by_id[connection.identifier] = connection
        connection.watch()
        self._traffic.answered(visit, 101)
        return end

    def _arrival(
        self, request: HttpRequest, stage: Stage | None, rest: str, path: str, entry: int, *, domain: str
    ) -> Arrival:
        return self._ids.arrival(
            request,
            path=rest,
            stage_path=path,
            stage=stage.stage_name if stage is not None else "",
            identifier=self._api.settings.api_id,
            domain_name=domain or self._api.domain_name,
            entry=entry,
        )


_JSON = (("Content-Type", "application/json"),)


class _End:
    """The gateway's end of one connection.

    Attributes:
        subprotocol: what `$connect` has chosen, in a header of its answer.
    """

    def __init__(self, door: WebSocketDoor, connection: Connection, stage: Stage, snapshot: Snapshot) -> None:
        self._door = door
        self._world = door._world
        self._connection = connection
        self._stage = stage
        self._snapshot = snapshot
        self.subprotocol = ""

    async def open(self) -> None:
        """Ask the authorizer and the route `$connect`.

        Raises:
            Refused: one of them says no.
        """
        route = self._snapshot.by_key.get("$connect")
        if route is None:
            return
        await self._authorize(route)
        event = connect_event(self._connection, self._stage.stage_variables)
        try:
            given = format_v1.answer(await self._invoke(route, event))
        except (Failed, Malformed) as error:
            raise Refused("BAD_GATEWAY", why=str(error)) from error
        except Unanswered as error:
            raise Refused("INTERNAL", why=str(error)) from error
        if not 200 <= given.status < 300:
            raise _rejected(given.status)
        chosen = (value for name, value in given.headers if name.lower() == "sec-websocket-protocol")
        self.subprotocol = next(chosen, "")

    async def receive(self, message: str | bytes) -> None:
        """Take a message from the client, and see to it that it is answered if its route answers."""
        connection = self._connection
        if await self._closes(message):
            return
        connection.touch()
        text = message if isinstance(message, str) else message.decode(errors="replace")
        route = self._route(text)
        visit = self._door._traffic.came("MESSAGE", route.route_key if route is not None else "")
        arrival = self._door._arrival(
            connection.arrival.request, self._stage, "/", "/", visit.entry, domain=connection.arrival.domain_name
        )
        if route is None:
            self._door._traffic.answered(visit, 403, "no route takes the message, and there is no $default")
            self._tell("Forbidden", arrival)
            return
        event = message_event(
            connection, arrival, route.route_key, text, self._door._ids.short(), self._stage.stage_variables
        )
        try:
            result = await self._invoke(route, event)
        except (Unanswered, Refused) as error:
            self._door._traffic.answered(visit, 500, str(error))
            self._tell("Internal server error", arrival)
            return
        self._door._traffic.answered(visit, 200)
        if route.route_id in self._snapshot.with_responses:
            self._answer(result, arrival)

    async def disconnected(self, code: int = _NORMAL, reason: str = "") -> None:
        """Take note that the client is gone, and tell the route `$disconnect`."""
        connection = self._connection
        if self._door._connections.by_id.pop(connection.identifier, None) is None:
            return
        connection.is_open = False
        route = self._snapshot.by_key.get("$disconnect")
        if route is None:
            return
        visit = self._door._traffic.came("DISCONNECT", f"{code} {reason}".strip())
        arrival = self._door._arrival(
            connection.arrival.request, self._stage, "/", "/", visit.entry, domain=connection.arrival.domain_name
        )
        event = disconnect_event(connection, arrival, code, reason, self._stage.stage_variables)
        try:
            await self._invoke(route, event)
        except (Unanswered, Refused) as error:
            self._door._traffic.answered(visit, 500, str(error))
        else:
            self._door._traffic.answered(visit, 200)

    # --- parts -------------------------------------------------------------------------------------------

    async def _closes(self, message: str | bytes) -> bool:
        """Close the connection if it cannot take this message; tell whether it is closed."""
        connection = self._connection
        size = len(message.encode() if isinstance(message, str) else message)
        if not connection.is_open:
            return True
        for is_over, code, reason in (
            (isinstance(message, bytes), _UNSUPPORTED, "Binary is not supported"),
            (size > MESSAGE_BYTES_MAX, _TOO_BIG, "Message too long"),
        ):
            if is_over:
                connection.close(code, reason)
                await self.disconnected(code, reason)
                return True
        return False

    def _route(self, text: str) -> Route | None:
        expression = self._door._api.settings.route_selection_expression
        expressions = Expressions(
            self._connection.arrival,
            path_parameters={},
            stage_variables=self._stage.stage_variables,
            context={},
            body=text,
        )
        key = expressions.text(expression) or ""
        routes = self._snapshot.by_key
        is_message = key in routes and not key.startswith("$")
        return routes[key] if is_message else routes.get("$default")

    async def _invoke(self, route: Route, event: dict[str, Any]) -> str:
        """Return what the route's integration says as JSON text.

        Raises:
            Unanswered: it says nothing.
            Refused: there is nothing to ask.
        """
        integration = self._snapshot.integrations.get(route.target.rpartition("/")[2])
        if integration is None:
            raise Refused("API_CONFIGURATION_ERROR", why=f"the route {route.route_key} has no integration")
        step = Step(
            arrival=self._connection.arrival,
            route_key=route.route_key,
            event=event,
            body=str(event.get("body") or ""),
            variables=self._stage.stage_variables,
            integration=integration,
            responses=self._snapshot.integration_responses.get(integration.integration_id, {}),
        )
        return await answer(self._world, step)

    def _answer(self, result: str, arrival: Arrival) -> None:
        described = load_json(result)
        body = described.get("body", "") if isinstance(described, dict) else ""
        if body:
            self._connection.send(body if isinstance(body, str) else json.dumps(body))
        elif not isinstance(described, dict):
            self._tell("Internal server error", arrival)

    def _tell(self, message: str, arrival: Arrival) -> None:
        told = {"message": message, "connectionId": self._connection.identifier, "requestId": arrival.short_id}
        self._connection.send(json.dumps(told))

    async def _authorize(self, route: Route) -> None:
        arrival = self._connection.arrival
        way_in = arrival.arn(arrival.stage, "$connect")
        if route.authorization_type == "AWS_IAM":
            if not is_signed(arrival.headers, arrival.request.query):
                raise Refused("FORBIDDEN", why="the request is not signed")
            refusal = why_not_invoked(self._world, arrival, way_in)
            if refusal:
                raise Refused("FORBIDDEN", why=refusal)
        authorizer = self._snapshot.authorizers.get(route.authorizer_id)
        if route.authorization_type != "CUSTOM" or authorizer is None:
            return
        result = await self._ask(authorizer)
        granted = policy_answer(result)
        granted.check(way_in)
        self._connection.authorizer = granted.told()

    async def _ask(self, authorizer: Authorizer) -> str:
        arrival = self._connection.arrival
        expressions = Expressions(arrival, path_parameters={}, stage_variables=self._stage.stage_variables, context={})
        sources = [f"${source.removeprefix('route.').lstrip('$')}" for source in authorizer.identity_source]
        if not all(expressions.text(source) for source in sources):
            raise Refused("UNAUTHORIZED", why="the request lacks what the authorizer identifies it by")
        uri = read_uri(authorizer.authorizer_uri, self._stage.stage_variables)
        if not isinstance(uri, FunctionUri):
            raise Refused("INTERNAL", why=f"{authorizer.authorizer_uri} leads to no function")
        event = connect_event(self._connection, self._stage.stage_variables)
        del event["isBase64Encoded"]
        event = {"type": "REQUEST", "methodArn": arrival.arn(arrival.stage, "$connect"), **event}
        try:
            return await call_function(
                self._world,
                uri.arn,
                event,
                timeout_ms=REST_TIMEOUT_MS,
                source_arn=f"{self._door._api.execution_arn}/authorizers/{authorizer.authorizer_id}",
                cause=arrival.entry,
                role_arn=authorizer.authorizer_credentials_arn,
            )
        except Failed as failed:
            kind = "UNAUTHORIZED" if failed.message == "Unauthorized" else "INTERNAL"
            raise Refused(kind, why=f"the authorizer failed: {failed}") from failed
        except Unanswered as error:
            raise Refused("INTERNAL", why=str(error)) from error


def _rejected(status: int) -> Refused:
    refused = Refused("FORBIDDEN", why=f"$connect answered {status}")
    refused.status = status
    return refused
