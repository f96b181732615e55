"""What does a WebSocket API do?"""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import SocketClosed, SocketRefused, SyncSimulation
from tests.sources.gateway.conftest import Aws


class Chat:
    """A WebSocket API whose functions keep their events."""

    def __init__(self, aws: Aws, **routes: Any) -> None:
        self.aws = aws
        self.events: list[Any] = []
        aws.function("chat", self._hear)
        named = {"$connect": "chat", "$disconnect": "chat", "$default": "chat", **routes}
        aws.simulation.add_source("apis", "chat", type="websocket", routes=named)

    def _hear(self, event: Any, _: Any) -> Any:
        self.events.append(event)
        if event["requestContext"]["eventType"] == "CONNECT":
            offered = event["headers"].get("Sec-WebSocket-Protocol", "").partition(",")[0]
            return {
                "statusCode": int((event.get("queryStringParameters") or {}).get("status", 200)),
                "headers": {"Sec-WebSocket-Protocol": offered} if offered else {},
            }
        if event["requestContext"]["eventType"] == "MESSAGE" and json.loads(event["body"]).get("fail"):
            raise ValueError(event["body"])
        return {"statusCode": 200, "body": f"heard {event.get('body')}"}

    def routes(self) -> list[str]:
        """Return which routes functions were called for."""
        return [event["requestContext"]["routeKey"] for event in self.events]


def test_a_connection_is_opened_used_and_closed(aws: Aws) -> None:
    """Each of the three is an event of its own."""
    chat = Chat(aws)

    with aws.simulation.websocket("?token=t", headers={"X-A": "b"}) as socket:
        socket.send('{"action": "hello"}')
    aws.simulation.until_idle()

    connect, message, disconnect = chat.events
    assert chat.routes() == ["$connect", "$default", "$disconnect"]
    assert (connect["queryStringParameters"], connect["headers"]["X-A"]) == ({"token": "t"}, "b")
    assert (message["body"], "headers" in message) == ('{"action": "hello"}', False)
    assert disconnect["requestContext"]["disconnectStatusCode"] == 1000
    assert len({event["requestContext"]["connectionId"] for event in chat.events}) == 1


@pytest.mark.parametrize(("answered", "status"), [("403", 403), ("nonsense", 502)], ids=["refuses", "fails"])
def test_connect_may_refuse(aws: Aws, answered: str, status: int) -> None:
    """The handshake gets its status, 502 if the function fails."""
    Chat(aws)

    with pytest.raises(SocketRefused) as caught:
        aws.simulation.websocket(f"?status={answered}")

    assert caught.value.reply.status == status


def test_connect_may_choose_a_protocol(aws: Aws) -> None:
    """Of those that the client offers, in a header of its answer (documented)."""
    Chat(aws)

    with aws.simulation.websocket(headers={"Sec-WebSocket-Protocol": "a, b"}) as socket:
        assert socket.subprotocol == "a"
    with aws.simulation.websocket() as socket:
        assert socket.subprotocol == ""


def test_a_message_names_its_route(aws: Aws) -> None:
    """What has no route of its own, or is no JSON, goes to $default; only some routes answer."""
    chat = Chat(aws, join={"function": "chat", "reply": True})
    with aws.simulation.websocket() as socket:
        for message in ('{"action": "join"}', '{"action": "nothing"}', '{"action": 1}'):
            socket.send(message)

        assert chat.routes()[1:] == ["join", "$default", "$default"]
        assert list(socket.messages) == ['heard {"action": "join"}']


def test_a_function_that_fails_tells_the_client(aws: Aws) -> None:
    """With the ids that help to find it."""
    Chat(aws)

    with aws.simulation.websocket() as socket:
        socket.send('{"fail": true}')
        told = json.loads(socket.receive())

    assert told["message"] == "Internal server error"
    assert told.keys() == {"message", "connectionId", "requestId"}


def test_functions_push_to_clients(aws: Aws) -> None:
    """By the id of the connection; when it is gone, they are told so."""
    chat = Chat(aws)
    socket = aws.simulation.websocket()
    identifier = chat.events[0]["requestContext"]["connectionId"]
    client = aws.client("apigatewaymanagementapi", endpoint_url=aws.simulation.front_doors.url("chat"))

    client.post_to_connection(ConnectionId=identifier, Data=b"news")
    told = client.get_connection(ConnectionId=identifier)
    assert (socket.receive(), told["Identity"]["SourceIp"]) == ("news", "127.0.0.1")

    with pytest.raises(ClientError, match="PayloadTooLarge"):
        client.post_to_connection(ConnectionId=identifier, Data=b"x" * 131_073)
    client.delete_connection(ConnectionId=identifier)
    aws.simulation.until_idle()
    with pytest.raises(SocketClosed):
        socket.receive()
    with pytest.raises(client.exceptions.GoneException):
        client.post_to_connection(ConnectionId=identifier, Data=b"news")
    assert chat.routes()[-1] == "$disconnect"


def test_silence_ends_a_connection(aws: Aws) -> None:
    """Ten minutes after the last message, in either direction."""
    chat = Chat(aws)
    socket = aws.simulation.websocket()
    aws.simulation.advance("9 minutes")
    socket.send('{"action": "alive"}')

    aws.simulation.advance("599 s")
    assert socket.is_open
    aws.simulation.advance("1 s")

    with pytest.raises(SocketClosed, match="1001"):
        socket.receive()
    assert chat.routes() == ["$connect", "$default", "$disconnect"]
    assert chat.events[-1]["requestContext"]["disconnectStatusCode"] == 1001


def test_a_connection_lives_for_two_hours(aws: Aws) -> None:
    """However much is said."""
    chat = Chat(aws)
    socket = aws.simulation.websocket()
    for _ in range(14):
        aws.simulation.advance("500 s")
        socket.send('{"action": "alive"}')

    aws.simulation.advance("200 s")

    assert not socket.is_open
    assert chat.routes()[-1] == "$disconnect"


def test_an_open_connection_keeps_no_run_from_being_idle(aws: Aws) -> None:
    """Who waits for the end of all work does not wait for its end."""
    Chat(aws)
    socket = aws.simulation.websocket()

    aws.simulation.until_idle()

    assert socket.is_open
    assert aws.simulation.now_s < 1


def test_a_message_may_have_128_kb(aws: Aws) -> None:
    """A larger one ends the connection."""
    Chat(aws)
    socket = aws.simulation.websocket()

    socket.send("x" * 131_073)

    with pytest.raises(SocketClosed, match="1009"):
        socket.receive()


def test_an_api_is_made_by_operations(aws: Aws, world: SyncSimulation) -> None:
    """As tools make it: routes with integrations, a stage, a deployment."""
    aws.function("answer", lambda event, _: {"statusCode": 200, "body": event["body"].upper()})
    api = aws.web.create_api(Name="loud", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")[
        "ApiId"
    ]
    uri = aws.uri("arn:aws:lambda:us-east-1:123456789012:function:answer")
    integration = aws.web.create_integration(ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=uri)[
        "IntegrationId"
    ]
    route = aws.web.create_route(ApiId=api, RouteKey="shout", Target=f"integrations/{integration}")["RouteId"]
    aws.web.create_route_response(ApiId=api, RouteId=route, RouteResponseKey="$default")
    aws.web.create_stage(ApiId=api, StageName="dev")
    aws.web.create_deployment(ApiId=api, StageName="dev")

    with world.websocket() as socket:
        socket.send('{"action": "shout"}')
        socket.send('{"action": "whisper"}')

        assert socket.receive() == '{"ACTION": "SHOUT"}'
        assert json.loads(socket.receive())["message"] == "Forbidden"


def add_route(aws: Aws, api: str, key: str, *, replies: bool = False, **integration: Any) -> str:
    """Add a route with its integration, and return the integration's id."""
    made = aws.web.create_integration(ApiId=api, **integration)["IntegrationId"]
    route = aws.web.create_route(ApiId=api, RouteKey=key, Target=f"integrations/{made}")
    if replies:
        aws.web.create_route_response(ApiId=api, RouteId=route["RouteId"], RouteResponseKey="$default")
    return str(made)


def test_routes_lead_to_services_and_servers(aws: Aws) -> None:
    """Through templates there and back; a mock answers itself."""
    aws.simulation.add_source("queues", "orders")
    aws.function("hook", lambda event, _: {"statusCode": 200, "body": f"got {event['body']}"})
    aws.simulation.add_source("apis", "inner", routes={"POST /hook": "hook"})
    api = aws.web.create_api(Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")[
        "ApiId"
    ]
    add_route(aws, api, "$connect", IntegrationType="MOCK", RequestTemplates={"$default": '{"statusCode": 200}'})
    queued = add_route(
        aws,
        api,
        "order",
        replies=True,
        IntegrationType="AWS",
        IntegrationMethod="POST",
        IntegrationUri="arn:aws:apigateway:us-east-1:sqs:path/123456789012/orders",
        CredentialsArn="arn:aws:iam::123456789012:role/api",
        RequestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        RequestTemplates={
            "$default": "Action=SendMessage&MessageBody=$util.urlEncode($input.json('$.data'))"
            "&MessageAttribute.1.Name=connection&MessageAttribute.1.Value.DataType=String"
            "&MessageAttribute.1.Value.StringValue=$context.connectionId"
        },
        TemplateSelectionExpression="\\$default",
    )
    aws.web.create_integration_response(
        ApiId=api,
        IntegrationId=queued,
        IntegrationResponseKey="$default",
        ResponseTemplates={"$default": '{"queued": true}'},
    )
    server = aws.simulation.front_doors.url("inner") + "/hook"
    add_route(
        aws, api, "hook", replies=True, IntegrationType="HTTP_PROXY", IntegrationMethod="POST", IntegrationUri=server
    )
    aws.web.create_stage(ApiId=api, StageName="prod", AutoDeploy=True)

    socket = aws.simulation.websocket(api="ws")
    socket.send('{"action": "order", "data": {"id": 1}}')
    socket.send('{"action": "hook"}')

    assert (json.loads(socket.receive()), socket.receive()) == ({"queued": True}, 'got {"action": "hook"}')
    sqs = aws.client("sqs")
    url = sqs.get_queue_url(QueueName="orders")["QueueUrl"]
    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])["Messages"]
    assert json.loads(message["Body"]) == {"id": 1}
    assert message["MessageAttributes"]["connection"]["StringValue"].endswith("=")
