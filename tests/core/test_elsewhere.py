"""Has each account its own in each region, once a simulation has neighbours?"""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from eventsim import ConfigurationError, Simulation, SyncSimulation

OURS, THEIRS = "123456789012", "444455556666"
FORWARDS = f"arn:aws:events:us-east-1:{THEIRS}:event-bus/central"


def client(service: str, region: str = "us-east-1", account: str = "test") -> Any:
    """Return a client of a region and an account."""
    return boto3.client(service, region_name=region, aws_access_key_id=account, aws_secret_access_key="none")


@pytest.fixture
def world() -> Iterator[SyncSimulation]:
    """A simulation that nobody has asked for a neighbour yet."""
    with SyncSimulation(seed=1) as simulation:
        yield simulation


def names(sqs: Any) -> list[str]:
    """Return the names of all queues that a client sees."""
    return [url.rpartition("/")[2] for url in sqs.list_queues().get("QueueUrls", [])]


def test_a_client_reaches_its_own_region_and_account(world: SyncSimulation) -> None:
    """What is not there is not found there."""
    world.add_source("queues", "here")
    world.elsewhere("eu-west-1").add_source("queues", "abroad")
    world.elsewhere(account_id=THEIRS).add_source("queues", "theirs")

    assert names(client("sqs")) == ["here"]
    assert names(client("sqs", "eu-west-1")) == ["abroad"]
    assert names(client("sqs", account=THEIRS)) == ["theirs"]
    assert names(client("sqs", "ap-south-1")) == []


def test_a_client_without_a_region_is_at_home(world: SyncSimulation) -> None:
    """botocore calls that a region, too."""
    world.add_source("buckets", "pictures")
    world.elsewhere("eu-west-1")

    assert [bucket["Name"] for bucket in client("s3", "aws-global").list_buckets()["Buckets"]] == ["pictures"]
    assert client("sts", "aws-global").get_caller_identity()["Account"] == OURS


def test_without_a_neighbour_everything_is_at_home(world: SyncSimulation) -> None:
    """Whatever region a client names."""
    world.add_source("queues", "here")

    assert names(client("sqs", "eu-west-1", account=THEIRS)) == ["here"]


def test_a_function_calls_another_region_and_the_trace_goes_on_there(world: SyncSimulation) -> None:
    """One run has one trace, in which what is elsewhere bears the name of its place."""

    def sends(event: Any, context: Any) -> str:
        sqs = client("sqs", "eu-west-1")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="jobs")["QueueUrl"], MessageBody="hello")
        return str(context.invoked_function_arn)

    bodies = []

    def takes(event: Any, context: Any) -> None:
        bodies.append((event["Records"][0]["body"], context.invoked_function_arn))

    abroad = world.elsewhere("eu-west-1")
    abroad.add_source("queues", "jobs")
    abroad.add_function("f", handler=takes)
    abroad.add_mapping(source="jobs", function="f")
    world.add_function("f", handler=sends)

    arn = world.invoke("f")
    world.until_idle()

    assert arn == f"arn:aws:lambda:us-east-1:{OURS}:function:f"
    assert bodies == [("hello", f"arn:aws:lambda:eu-west-1:{OURS}:function:f")]
    assert abroad.numbers("queues", "jobs")["deleted"] == 1
    entries = {entry.number: entry for entry in world.trace.entries()}
    sent = next(entry for entry in entries.values() if entry.kind == "sent")
    assert sent.place == "queue eu-west-1/jobs"
    assert entries[entries[sent.cause].cause].place == "function f"


def test_an_event_goes_to_the_bus_of_another_account(world: SyncSimulation) -> None:
    """If that lets it in; and its cause goes along."""
    hub = world.elsewhere(account_id=THEIRS)
    let_in = {"Effect": "Allow", "Principal": {"AWS": OURS}, "Action": "events:PutEvents", "Resource": "*"}
    hub.add_source("buses", "central", policy=[let_in])
    hub.add_source("rules", "all", bus="central", pattern={"source": ["shop"]}, targets=[{"queue": "audit"}])
    hub.add_source("queues", "audit")
    world.add_source("rules", "pass-on", pattern={"source": ["shop"]}, targets=[{"bus": FORWARDS}])

    client("events").put_events(Entries=[{"Source": "shop", "DetailType": "placed", "Detail": "{}"}])
    world.until_idle()

    assert hub.numbers("queues", "audit")["visible"] == 1
    put = list(world.trace.entries(("event put",)))
    assert [entry.place for entry in put] == ["bus default", f"bus {THEIRS}/central"]
    assert put[1].cause != 0


def test_a_table_has_a_replica_in_another_region(world: SyncSimulation) -> None:
    """What is written here is there within a second of virtual time."""
    world.elsewhere("eu-west-1")
    here, there = client("dynamodb"), client("dynamodb", "eu-west-1")
    here.create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    world.until_idle()
    here.update_table(TableName="orders", ReplicaUpdates=[{"Create": {"RegionName": "eu-west-1"}}])
    world.until_idle()

    here.put_item(TableName="orders", Item={"id": {"S": "1"}})
    at_once = there.scan(TableName="orders")["Count"]
    world.advance("1 second")

    assert (at_once, there.scan(TableName="orders")["Count"]) == (0, 1)


def test_a_function_polls_a_queue_of_another_account(world: SyncSimulation) -> None:
    """A mapping names it by its ARN."""
    bodies = []
    theirs = world.elsewhere(account_id=THEIRS)
    theirs.add_source("queues", "jobs")
    world.add_function("f", handler=lambda event, context: bodies.append(event["Records"][0]["body"]))
    arn = f"arn:aws:sqs:us-east-1:{THEIRS}:jobs"
    client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn)

    theirs.send("jobs", "hello")
    world.until_idle()

    assert bodies == ["hello"]
    assert theirs.numbers("queues", "jobs")["deleted"] == 1
    taken = next(entry for entry in world.trace.entries(("started",)))
    assert taken.place == "function f"


def test_a_world_may_begin_while_a_handler_runs(world: SyncSimulation) -> None:
    """Nobody has spoken of that region before."""
    world.elsewhere("eu-west-1")

    def makes(event: Any, context: Any) -> list[str]:
        sqs = client("sqs", "sa-east-1")
        sqs.create_queue(QueueName="new")
        return names(sqs)

    world.add_function("f", handler=makes)

    assert world.invoke("f") == ["new"]
    assert world.elsewhere("sa-east-1").numbers("queues", "new")["sent"] == 0


def test_an_api_elsewhere_is_reached_by_its_url(world: SyncSimulation) -> None:
    """Addresses have no region."""
    import urllib.request

    abroad = world.elsewhere("eu-west-1")
    abroad.add_function("f", handler=lambda event, context: {"statusCode": 200, "body": "from afar"})
    made = client("lambda", "eu-west-1").create_function_url_config(FunctionName="f", AuthType="NONE")

    with urllib.request.urlopen(made["FunctionUrl"]) as answer:
        assert answer.read() == b"from afar"


def test_the_policies_of_both_accounts_count() -> None:
    """A function may do elsewhere what its own policies and those of the resource allow."""

    def sends(event: Any, context: Any) -> None:
        client("sqs").send_message(QueueUrl=event["url"], MessageBody="hello")

    allowed = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}}
    with SyncSimulation(seed=1, permissions="enforced") as world:
        theirs = client("sqs", account=THEIRS)
        world.elsewhere(account_id=THEIRS)
        url = theirs.create_queue(QueueName="inbox")["QueueUrl"]
        world.add_function("may", handler=sends, policies=[allowed])
        world.add_function("may-not", handler=sends, policies=[])

        refusals = []
        for policy, function in (("", "may"), ("all", "may"), ("all", "may-not")):
            if policy:
                statement = {**allowed["Statement"], "Principal": {"AWS": f"arn:aws:iam::{OURS}:root"}}  # type: ignore[dict-item]
                theirs.set_queue_attributes(
                    QueueUrl=url, Attributes={"Policy": json.dumps({**allowed, "Statement": statement})}
                )
            answer = client("lambda").invoke(FunctionName=function, Payload=json.dumps({"url": url}))
            refusals.append(json.loads(answer["Payload"].read()))

    assert "because no resource-based policy allows the sqs:sendmessage action" in refusals[0]["errorMessage"]
    assert refusals[1] is None
    assert "because no identity-based policy allows the sqs:sendmessage action" in refusals[2]["errorMessage"]


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"region": "Ireland"}, "'Ireland' is no region"),
        ({"account_id": "12"}, "'12' is no account; write 12 digits"),
        ({"account_id": "٤٤٤٤٥٥٥٥٦٦٦٦"}, "is no account; write 12 digits"),
    ],
)
def test_a_place_that_cannot_be_is_refused(world: SyncSimulation, place: dict[str, str], words: str) -> None:
    """Names are AWS's."""
    with pytest.raises(ConfigurationError, match=words):
        world.elsewhere(**place)


@pytest.mark.asyncio
async def test_coroutines_have_neighbours_as_well(simulation: Simulation) -> None:
    """The same world, waited for otherwise."""
    abroad = simulation.elsewhere("eu-west-1")
    abroad.add_function("f", handler=lambda event, context: event)

    assert await abroad.invoke("f", {"n": 1}) == {"n": 1}
    await simulation.until_idle()


def test_two_runs_have_one_digest() -> None:
    """Luck is each world's own, and follows from the seed."""

    def run() -> str:
        with SyncSimulation(seed=7) as world:
            for place in (world, world.elsewhere("eu-west-1"), world.elsewhere(account_id=THEIRS)):
                place.add_source("queues", "q")
                place.add_function("f", handler=lambda event, context: None)
                place.add_mapping(source="q", function="f")
                place.send("q", "hello")
            world.until_idle()
            return world.trace.digest()

    assert run() == run()
