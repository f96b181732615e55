"""Which requests need not be built? A user must not be able to tell, save by the time it takes."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ParamValidationError

from eventsim import SyncSimulation

BUILDING_EVENTS = ["before-endpoint-resolution", "before-call", "request-created", "before-sign", "before-send"]


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    with SyncSimulation(seed=5) as simulation:
        simulation.add_source("queues", "work")
        yield simulation


def new_client(**settings: Any) -> Any:
    """Make a client with keys that mean nothing."""
    return boto3.client("sqs", region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s", **settings)


def send(client: Any) -> str:
    """Send a message, and return its id."""
    return str(client.send_message(QueueUrl=url(client), MessageBody="hello")["MessageId"])


def url(client: Any) -> str:
    return str(client.get_queue_url(QueueName="work")["QueueUrl"])


def test_a_listener_that_comes_late_sees_the_whole_request(simulation: SyncSimulation) -> None:
    """The requests before it were not built; from its registration on they are."""
    client = new_client()
    seen: list[dict[str, Any]] = []

    send(client)
    client.meta.events.register("before-call.sqs.SendMessage", lambda params, **_: seen.append(params))
    send(client)

    (request,) = seen
    assert request["url"] == "https://sqs.us-east-1.amazonaws.com/"
    assert b'"MessageBody": "hello"' in request["body"]
    assert request["headers"]["X-Amz-Target"] == "AmazonSQS.SendMessage"
    assert request["headers"]["User-Agent"].startswith("Boto3/")


def test_a_listener_that_has_gone_sees_no_more(simulation: SyncSimulation) -> None:
    """Handlers come and go at any time."""
    client = new_client()
    seen: list[str] = []

    def listen(request: Any, **_: Any) -> None:
        seen.append(request.method)

    client.meta.events.register("before-sign.sqs", listen)
    send(client)
    before = len(seen)
    client.meta.events.unregister("before-sign.sqs", listen)
    send(client)

    assert (before, len(seen)) == (2, 2)


@pytest.mark.parametrize("event", BUILDING_EVENTS)
def test_every_event_of_a_request_reaches_the_user(simulation: SyncSimulation, event: str) -> None:
    """Whichever one listens to, it is emitted as ever."""
    client = new_client()
    seen: list[str] = []
    client.meta.events.register(event, lambda event_name, **_: seen.append(event_name))

    client.list_queues()

    assert len(seen) == 1


def test_a_presigned_url_is_built_and_signed(simulation: SyncSimulation) -> None:
    """It is handed to the user, so it is not one that nobody sees."""
    client = new_client()
    send(client)

    presigned = client.generate_presigned_url("send_message", {"QueueUrl": url(client), "MessageBody": "hello"})

    assert presigned.startswith("https://sqs.us-east-1.amazonaws.com/?")
    assert "X-Amz-Signature=" in presigned


def test_parameters_are_checked_without_a_request(simulation: SyncSimulation) -> None:
    """botocore's own validator and its own words."""
    client = new_client()
    send(client)

    with pytest.raises(ParamValidationError, match="Invalid type for parameter MessageBody, value: 1"):
        client.send_message(QueueUrl=url(client), MessageBody=1)


def test_a_client_without_validation_is_answered_as_well(simulation: SyncSimulation) -> None:
    """`parameter_validation=False` is a setting of botocore's."""
    client = new_client(config=Config(parameter_validation=False))

    assert len(send(client)) == 36


def test_the_client_of_a_run_that_is_over_builds_its_requests_again() -> None:
    """What was spared in the run is not missing after it."""
    client = new_client()
    with SyncSimulation(seed=5) as simulation:
        simulation.add_source("queues", "work")
        address = url(client)
    bodies: list[bytes] = []

    def answer(request: Any, **_: Any) -> Any:
        from botocore.awsrequest import AWSResponse

        bodies.append(request.body)
        response = AWSResponse(request.url, 200, {}, None)
        response._content = b"{}"
        return response

    client.meta.events.register("before-send.sqs", answer)
    client.send_message(QueueUrl=address, MessageBody="hello")

    assert b"hello" in bodies[0]


@pytest.mark.parametrize("service", ["rds", "docdb", "neptune"])
def test_a_request_that_botocore_completes_is_built(simulation: SyncSimulation, service: str) -> None:
    """botocore signs an address in the body of what copies between regions, and looks for it in those of others."""
    client = boto3.client(service, region_name="us-east-1", aws_access_key_id="k", aws_secret_access_key="s")
    simulation.stub(service, "CreateDBCluster", result={"DBCluster": {"Status": "creating"}})

    created = client.create_db_cluster(DBClusterIdentifier="orders", Engine=service)
    copied = client.create_db_cluster(DBClusterIdentifier="orders", Engine=service, SourceRegion="us-west-2")

    assert created["DBCluster"]["Status"] == copied["DBCluster"]["Status"] == "creating"
