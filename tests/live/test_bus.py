"""Do buses work for clients over HTTP, live and in virtual time?"""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.live.conftest import Served, bodies


@pytest.fixture
def hook() -> Iterator[tuple[str, "Queue[tuple[str, str]]"]]:
    """A web server of somebody else on this machine: its URL, and the credentials and bodies that it got."""
    got: Queue[tuple[str, str]] = Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.put((self.headers["x-key"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", got
        server.shutdown()
        thread.join()


def _queue(sqs: Any, name: str) -> tuple[str, str]:
    url: str = sqs.create_queue(QueueName=name)["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, attributes["QueueArn"]


def test_a_live_server_calls_endpoints_on_this_machine_and_no_others(
    serve: Callable[..., Served], hook: tuple[str, "Queue[tuple[str, str]]"]
) -> None:
    """What would leave the machine is a dead letter with a reason."""
    served = serve()
    events, sqs = served.client("events"), served.client("sqs")
    lost_url, lost_arn = _queue(sqs, "lost")
    auth = {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}}
    connection = events.create_connection(Name="c", AuthorizationType="API_KEY", AuthParameters=auth)
    events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    for name, url in (("here", hook[0]), ("there", "https://192.0.2.1/hook")):
        arn = events.create_api_destination(
            Name=name, ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=url, HttpMethod="POST"
        )["ApiDestinationArn"]
        target = {"Id": name, "Arn": arn, "InputPath": "$.detail", "DeadLetterConfig": {"Arn": lost_arn}}
        events.put_targets(Rule="r", Targets=[target])

    events.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": '{"a": 1}'}])

    assert hook[1].get(timeout=10) == ("secret", '{"a":1}')
    answer = sqs.receive_message(QueueUrl=lost_url, WaitTimeSeconds=10, MessageAttributeNames=["All"])
    (message,) = answer["Messages"]
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "CONNECTION_FAILURE"
    assert hook[1].empty()


def test_rules_fire_as_virtual_time_passes(serve: Callable[..., Served]) -> None:
    """Over HTTP, with AWS's refusals and dates."""
    served = serve("--virtual")
    events, sqs = served.client("events"), served.client("sqs")
    _, arn = _queue(sqs, "inbox")
    events.put_rule(Name="r", ScheduleExpression="rate(10 minutes)")
    events.put_targets(Rule="r", Targets=[{"Id": "t", "Arn": arn}])

    served.advance("25 minutes")

    assert [json.loads(body)["detail-type"] for body in bodies(sqs, "inbox", 2)] == ["Scheduled Event"] * 2
    assert events.describe_event_bus()["CreationTime"].tzinfo is not None
    with pytest.raises(ClientError, match=r"Rule x does not exist on EventBus default\."):
        events.describe_rule(Name="x")


def test_a_live_server_exchanges_credentials_for_a_token(serve: Callable[..., Served]) -> None:
    """At an authorization endpoint on this machine, before it calls the endpoint."""
    asked: Queue[tuple[str, str, str]] = Queue()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            asked.put((self.path, self.headers.get("Authorization", ""), body))
            answer = b'{"access_token": "t1", "token_type": "Bearer", "expires_in": 3600}'
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        events = serve().client("events")
        oauth = {
            "ClientParameters": {"ClientID": "shop", "ClientSecret": "secret"},
            "AuthorizationEndpoint": f"{url}/token",
            "HttpMethod": "POST",
        }
        connection = events.create_connection(
            Name="c", AuthorizationType="OAUTH_CLIENT_CREDENTIALS", AuthParameters={"OAuthParameters": oauth}
        )
        arn = events.create_api_destination(
            Name="d", ConnectionArn=connection["ConnectionArn"], InvocationEndpoint=f"{url}/hook", HttpMethod="POST"
        )["ApiDestinationArn"]
        events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
        events.put_targets(Rule="r", Targets=[{"Id": "d", "Arn": arn, "InputPath": "$.detail"}])

        events.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": '{"a":1}'}])

        form = "grant_type=client_credentials&client_id=shop&client_secret=secret"
        assert asked.get(timeout=10) == ("/token", "", form)
        assert asked.get(timeout=10) == ("/hook", "Bearer t1", '{"a":1}')
        assert events.describe_connection(Name="c")["ConnectionState"] == "AUTHORIZED"
        server.shutdown()
        thread.join()


OURS, THEIRS = "111111111111", "222222222222"


@pytest.mark.parametrize("mode", [(), ("--virtual",)], ids=["live", "virtual"])
def test_events_go_from_account_to_account(serve: Callable[..., Served], mode: tuple[str, ...]) -> None:
    """Once the other account permits it; the event says where it comes from."""
    served = serve(*mode)
    ours, theirs = served.client("events", aws_access_key_id=OURS), served.client("events", aws_access_key_id=THEIRS)
    sqs, lost = served.client("sqs", aws_access_key_id=THEIRS), served.client("sqs", aws_access_key_id=OURS)
    bus = theirs.create_event_bus(Name="central")["EventBusArn"]
    theirs.put_rule(Name="r", EventBusName="central", EventPattern='{"source": ["shop"]}')
    theirs.put_targets(Rule="r", EventBusName="central", Targets=[{"Id": "q", "Arn": _queue(sqs, "inbox")[1]}])
    ours.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    dead_letter = {"Arn": _queue(lost, "lost")[1]}
    target = {"Id": "b", "Arn": bus, "RoleArn": f"arn:aws:iam::{OURS}:role/r", "DeadLetterConfig": dead_letter}
    ours.put_targets(Rule="r", Targets=[target])
    entry = {"Source": "shop", "DetailType": "t", "Detail": "{}"}

    ours.put_events(Entries=[{**entry, "Detail": '{"n": 1}'}])
    (refused,) = ours.put_events(Entries=[{**entry, "EventBusName": bus}])["Entries"]
    if mode:
        served.advance("1 second")
    (too_early,) = bodies(lost, "lost")
    theirs.put_permission(EventBusName="central", Action="events:PutEvents", Principal=OURS, StatementId="ours")
    put = ours.put_events(Entries=[{**entry, "Detail": '{"n": 2}'}, {**entry, "EventBusName": bus}])
    if mode:
        served.advance("1 second")

    got = [json.loads(body) for body in bodies(sqs, "inbox", 2)]
    assert refused["ErrorCode"] == "AccessDeniedException"
    assert json.loads(too_early)["detail"] == {"n": 1}
    assert {event["id"] for event in got} == {each["EventId"] for each in put["Entries"]}
    assert {(event["account"], event["region"]) for event in got} == {(OURS, "us-east-1")}


def test_events_go_from_region_to_region(serve: Callable[..., Served]) -> None:
    """A region that nobody has asked for has no bus."""
    served = serve("--virtual")
    here, there = served.client("events"), served.client("events", region_name="eu-west-1")
    sqs = served.client("sqs", region_name="eu-west-1")
    there.put_rule(Name="r", EventPattern='{"region": ["us-east-1"]}')
    there.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": _queue(sqs, "inbox")[1]}])
    here.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    default = there.describe_event_bus()["Arn"]
    arns = (default, default.replace("eu-west-1", "eu-west-3"))
    targets = [{"Id": str(n), "Arn": arn, "RoleArn": "arn:aws:iam::0:role/r"} for n, arn in enumerate(arns)]
    here.put_targets(Rule="r", Targets=targets)

    here.put_events(Entries=[{"Source": "shop", "DetailType": "t", "Detail": "{}"}])
    served.advance("1 second")

    assert len(bodies(sqs, "inbox")) == 1
    (failed,) = (entry for entry in served.trace() if entry["kind"] == "event delivery failed")
    assert failed["detail"]["reason"] == "there is no bus default in eu-west-3 of account 000000000000"
