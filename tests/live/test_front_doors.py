"""Are APIs found over real sockets, as they are in process?"""

import io
import json
import socket
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import wsproto
from wsproto.events import AcceptConnection, CloseConnection, Event, Request, TextMessage

from eventsim.live.front_door_urls import at_host
from tests.interpreters import needs_ruby
from tests.live.conftest import Served

SCENARIO = """\
account: "000000000000"
functions:
  hello: {handler: app.hello}
apis:
  web:
    routes: {"GET /hello/{name}": hello}
    cors: {origins: ["https://shop.example"]}
  old:
    type: rest
    routes: {"GET /hello/{name}": hello}
load_balancers:
  front: {function: hello}
"""
HANDLER = """\
def hello(event, context):
    name = (event.get("pathParameters") or {}).get("name", "you")
    return {"statusCode": 200, "body": f"hello {name}"}
"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server with APIs."""
    folder: Path = tmp_path_factory.mktemp("apis")
    (folder / "app.yaml").write_text(SCENARIO)
    (folder / "app.py").write_text(HANDLER)
    server = Served(folder, "app.yaml")
    yield server
    server.end()


def test_an_api_is_found_by_its_host(served: Served) -> None:
    """The operations name it at this server."""
    (api,) = served.client("apigatewayv2").get_apis()["Items"]
    host = f"{api['ApiId']}.execute-api.us-east-1.localhost"

    status, body = served.ask("GET", "/hello/you", Host=host)

    assert api["ApiEndpoint"] == f"{served.url}/_api/{api['ApiId']}"
    assert (status, body) == (200, b"hello you")


@pytest.mark.parametrize("path", ["/_api/{id}/prod/hello/you", "/restapis/{id}/prod/_user_request_/hello/you"])
def test_an_api_is_found_by_a_path(served: Served, path: str) -> None:
    """For those whose names do not resolve; the second form is known from other emulators."""
    (api,) = served.client("apigateway").get_rest_apis()["items"]

    assert served.ask("GET", path.format(id=api["id"])) == (200, b"hello you")


def test_a_load_balancer_is_found_by_its_name(served: Served) -> None:
    """As a host below `elb.localhost`."""
    assert served.ask("GET", "/", Host="front.elb.localhost") == (200, b"hello you")


def test_a_domain_of_ones_own_leads_to_its_api(served: Served) -> None:
    """By its name, or with `.localhost` behind it; a name that nobody has given away is refused, whatever its path."""
    web = served.client("apigatewayv2")
    (api,) = web.get_apis()["Items"]
    web.create_domain_name(DomainName="api.example.com")
    web.create_api_mapping(DomainName="api.example.com", ApiId=api["ApiId"], Stage="$default", ApiMappingKey="v1")

    for host in ("api.example.com", "api.example.com.localhost"):
        assert served.ask("GET", "/v1/hello/you", Host=host, Authorization="Bearer x") == (200, b"hello you")
    assert served.ask("GET", f"/_api/{api['ApiId']}/hello/you", Host="other.example.com")[0] == 403


def test_an_api_decides_which_pages_may_call(served: Served) -> None:
    """What the server refuses to pages elsewhere, an API may allow."""
    (api,) = served.client("apigatewayv2").get_apis()["Items"]

    status, _ = served.ask("GET", f"/_api/{api['ApiId']}/hello/you", Origin="https://shop.example")

    assert status == 200


def test_an_address_that_leads_nowhere_is_forbidden(served: Served) -> None:
    """As at AWS."""
    status, body = served.ask("GET", "/x", Host="nobody.execute-api.us-east-1.localhost")
    assert (status, json.loads(body)) == (403, {"message": "Forbidden"})

    for path, headers in (("/", {"Host": "nobody.lambda-url.us-east-1.localhost"}), ("/_url/nobody/", {})):
        status, body = served.ask("GET", path, **headers)
        assert (status, json.loads(body)["Message"][:10]) == (403, "Forbidden.")


def test_uploaded_code_is_found_by_a_path(served: Served) -> None:
    """Signed or not: AWS's own address is a presigned one."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("app.py", "def handler(event, context): pass")
    client = served.client("lambda")
    role = "arn:aws:iam::000000000000:role/r"
    code = {"ZipFile": archive.getvalue()}
    client.create_function(FunctionName="up", Runtime="python3.12", Handler="app.handler", Role=role, Code=code)

    location = client.get_function(FunctionName="up")["Code"]["Location"]

    assert location.startswith(f"{served.url}/_code/")
    assert served.ask("GET", location.removeprefix(served.url)) == (200, archive.getvalue())


def test_operations_name_addresses_of_this_server() -> None:
    """AWS's domain would lead away."""
    url = {"FunctionUrl": "https://abc.lambda-url.eu-west-1.on.aws/"}

    assert at_host(url, "127.0.0.1:4566") == {"FunctionUrl": "http://127.0.0.1:4566/_url/abc/"}
    assert at_host({"FunctionUrlConfigs": [url]}, "localhost:1")["FunctionUrlConfigs"] == [
        {"FunctionUrl": "http://localhost:1/_url/abc/"}
    ]
    assert at_host({"ApiEndpoint": "wss://abc.execute-api.eu-west-1.amazonaws.com"}, "localhost:1") == {
        "ApiEndpoint": "ws://localhost:1/_api/abc"
    }


def test_a_client_talks_over_a_websocket(chatting: Served) -> None:
    """A route answers, a function pushes, and silence after that is goodbye."""
    (api,) = chatting.client("apigatewayv2").get_apis()["Items"]
    with Client(chatting, f"/_api/{api['ApiId']}/prod?name=you") as client:
        client.send('{"action": "say", "text": "hello"}')
        assert client.receive() == "you said hello"
        client.send('{"action": "push"}')
        assert client.receive() == "pushed"


def test_a_function_pushes_to_the_address_that_its_event_names(chatting: Served) -> None:
    """It is AWS's, as tutorials take it; the server answers there."""
    (api,) = chatting.client("apigatewayv2").get_apis()["Items"]
    with Client(chatting, f"/_api/{api['ApiId']}/prod?name=you") as client:
        client.send('{"action": "push", "there": true}')

        assert client.receive() == "pushed"


IN_RUBY = """\
require "net/http"

def asks(event:, context:)
  event["urls"].map { |url| Net::HTTP.get_response(URI(url)).code }
end
"""


@needs_ruby
def test_a_function_in_ruby_finds_the_server_under_the_names_of_aws(serve: Callable[..., Served]) -> None:
    """By HTTPS at AWS's port, as one in Python does."""
    scenario = "functions: {asks: {handler: app.asks, runtime: ruby3.3, code: .}}\n"
    served = serve("app.yaml", files={"app.yaml": scenario, "app.rb": IN_RUBY})
    urls = ["https://nobody.execute-api.us-east-1.amazonaws.com/", "https://127.0.0.1/_eventsim/health"]

    answer = served.client("lambda").invoke(FunctionName="asks", Payload=json.dumps({"urls": urls}))

    assert json.load(answer["Payload"]) == ["403", "200"]


def test_a_client_is_told_the_protocol_that_is_spoken(chatting: Served) -> None:
    """The one that `$connect` chooses; browsers give up without it."""
    (api,) = chatting.client("apigatewayv2").get_apis()["Items"]
    target = f"/_api/{api['ApiId']}/prod?name=you"

    with Client(chatting, target, subprotocols=("chat.v2", "chat.v1")) as client:
        assert client.subprotocol == "chat.v1"
    with Client(chatting, target, subprotocols=("other",)) as client:
        assert client.subprotocol is None


def test_a_client_may_be_refused(chatting: Served) -> None:
    """By what `$connect` answers."""
    (api,) = chatting.client("apigatewayv2").get_apis()["Items"]

    with pytest.raises(AssertionError, match=r"RejectConnection.*status_code=403"):
        Client(chatting, f"/_api/{api['ApiId']}/prod").__enter__()


CHAT = """\
account: "000000000000"
functions:
  chat: {handler: app.chat, timeout: 10 s}
apis:
  chat:
    type: websocket
    routes: {$connect: chat, say: {function: chat, reply: true}, push: chat}
"""
CHAT_HANDLER = """\
import json

import boto3

NAMES = {}


def chat(event, context):
    about = event["requestContext"]
    if about["eventType"] == "CONNECT":
        name = (event.get("queryStringParameters") or {}).get("name")
        NAMES[about["connectionId"]] = name
        chosen = {"Sec-WebSocket-Protocol": "chat.v1"}
        return {"statusCode": 200 if name else 403, "headers": chosen}
    if about["routeKey"] == "say":
        return {"statusCode": 200, "body": f"{NAMES[about['connectionId']]} said {json.loads(event['body'])['text']}"}
    there = f"https://{about['domainName']}/{about['stage']}" if "there" in event["body"] else None
    client = boto3.client("apigatewaymanagementapi", endpoint_url=there)
    client.post_to_connection(ConnectionId=about["connectionId"], Data=b"pushed")
    return {"statusCode": 200}
"""


@pytest.fixture(scope="module")
def chatting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a server with a WebSocket API."""
    folder: Path = tmp_path_factory.mktemp("chat")
    (folder / "app.yaml").write_text(CHAT)
    (folder / "app.py").write_text(CHAT_HANDLER)
    server = Served(folder, "app.yaml")
    yield server
    server.end()


class Client:
    """A WebSocket of a client on this machine."""

    def __init__(self, served: Served, target: str, *, subprotocols: tuple[str, ...] = ()) -> None:
        self._subprotocols = list(subprotocols)
        self.subprotocol: str | None = None
        where = urlsplit(served.url)
        self._socket = socket.create_connection((where.hostname or "", where.port or 0), timeout=10)
        self._wire = wsproto.WSConnection(wsproto.ConnectionType.CLIENT)
        self._host, self._target = where.netloc, target

    def __enter__(self) -> "Client":
        asked = Request(host=self._host, target=self._target, subprotocols=self._subprotocols)
        self._socket.sendall(self._wire.send(asked))
        event = self._next()
        if not isinstance(event, AcceptConnection):
            self._socket.close()
        assert isinstance(event, AcceptConnection), repr(event)
        self.subprotocol = event.subprotocol
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendall(self._wire.send(CloseConnection(code=1000)))
        self._socket.close()

    def send(self, text: str) -> None:
        """Send a message."""
        self._socket.sendall(self._wire.send(TextMessage(data=text)))

    def receive(self) -> str:
        """Return the next message."""
        event = self._next()
        assert isinstance(event, TextMessage), repr(event)
        return event.data

    def _next(self) -> Event:
        while True:
            for event in self._wire.events():
                return event
            self._wire.receive_data(self._socket.recv(65_536) or None)
