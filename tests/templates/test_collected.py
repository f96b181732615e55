"""More applications as collections of patterns have them: chats, sagas, fan-outs, authorisers, pipes, nested stacks."""

import json
from typing import Any

import pytest

from eventsim import SyncSimulation
from tests.templates.test_applications import bodies, logged
from tests.templates.test_published import PUBLISHED, items


@pytest.fixture
def folder() -> str:
    return str(PUBLISHED)


def test_a_chat_over_web_sockets(world: SyncSimulation, folder: str) -> None:
    """Who is connected hears what is said; who hangs up is forgotten."""
    made = world.deploy(f"{folder}/chat/template.yaml")
    ann, bob = (world.websocket(made.outputs["WebSocketURI"]) for _ in range(2))

    ann.send(json.dumps({"message": "sendmessage", "data": "hi"}))

    assert (ann.receive(), bob.receive()) == ("hi", "hi")
    ann.close()
    world.until_idle()
    assert len(items(world, "simplechat_connections")) == 1


def test_a_saga_goes_through_or_is_cancelled(world: SyncSimulation, folder: str) -> None:
    """Its definition is a file of YAML with substitutions; an API starts it; it tells a bus in the end."""
    made = world.deploy(f"{folder}/saga/template.yaml")

    for order in ({"id": "7"}, {"id": "8", "fail": 1}):
        assert world.http("POST", "/orders", json=order).status == 200
        world.until_idle()

    found: Any = world.request("stepfunctions", "ListExecutions", {"stateMachineArn": made["Saga"]})["executions"]
    assert sorted(each["status"] for each in found) == ["FAILED", "SUCCEEDED"]
    assert bodies(world, made["Done"]) == ['{"s":"ok","i":"7"}']
    assert items(world, made["Orders"]) == [{"id": "7", "status": "paid"}]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status"),
    [
        ("GET", "/own", {"Authorization": "good"}, None, 200),
        ("GET", "/own", {"Authorization": "bad"}, None, 403),
        ("GET", "/own", {}, None, 401),
        ("GET", "/pool", {}, None, 401),
        ("POST", "/open", {"Content-Type": "application/json"}, '{"x": 1}', 400),
        ("POST", "/open", {"Content-Type": "application/json"}, '{"id": "1"}', 200),
        ("OPTIONS", "/own", {}, None, 200),
    ],
)
def test_an_api_asks_who_calls(
    world: SyncSimulation, folder: str, method: str, path: str, headers: dict[str, str], body: str | None, status: int
) -> None:
    """By a user pool, by a function, or not at all; bodies are checked against a model."""
    made = world.deploy(f"{folder}/cognito/template.yaml")

    assert world.http(method, made.outputs["Url"] + path, headers=headers, body=body).status == status


def test_a_topic_fans_out_by_filters(world: SyncSimulation, folder: str) -> None:
    """By attributes, by bodies, and by way of a queue."""
    made = world.deploy(f"{folder}/fan/template.yaml")

    for message, kind in (('{"amount": 200}', "order"), ('{"amount": 1}', "other")):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        world.request("sns", "Publish", {"TopicArn": made["T"], "Message": message, "MessageAttributes": attributes})
    world.until_idle()

    assert len(bodies(world, made["All"])) == 2
    assert bodies(world, made["Big"]) == ['{"amount": 200}']
    assert sorted(logged(world, "F")) == ["sqs", "sqs", '{"amount": 200}']


def test_stacks_are_nested_and_the_registry_is_missing(world: SyncSimulation, folder: str) -> None:
    """Applications of the registry are told of by name, and the rest is deployed."""
    made = world.deploy(f"{folder}/nested/template.yaml")

    assert made["Q"].endswith("/onexx-q")
    assert [line.logical_id for line in made.lines if line.level == "missing"] == ["Reg"]


def test_layers_of_ones_own_are_importable(world: SyncSimulation, folder: str) -> None:
    """By handlers in files with slashes as well."""
    made = world.deploy(f"{folder}/layered/template.yaml")

    assert world.invoke("A") == "shared"
    assert world.http("GET", made.outputs["Url"]).status == 200


def test_a_table_tells_a_bus_by_a_pipe(world: SyncSimulation, folder: str) -> None:
    """A rule leads from there to a function and a log group."""
    made = world.deploy(f"{folder}/table_pipe/template.yaml")
    world.advance(5)

    for kind in ("order", "other"):
        item = {"PK": {"S": kind}, "SK": {"S": "1"}, "kind": {"S": kind}, "n": {"N": "3"}}
        world.request("dynamodb", "PutItem", {"TableName": made["Table"], "Item": item})
    world.advance(30)

    assert logged(world, "F") == ["{'id': 'order', 'n': '3'}"]
    found: Any = world.request("logs", "FilterLogEvents", {"logGroupName": "/aws/events/all"})["events"]
    assert [json.loads(each["message"])["detail-type"] for each in found] == ["OrderCreated"]


def test_a_bucket_keeps_what_is_set_on_it(world: SyncSimulation, folder: str) -> None:
    """And tells a queue; connectors and policies are taken."""
    made = world.deploy(f"{folder}/bucket_queue/template.yaml")

    world.put("Bucket", "in/a b.txt", b"x")
    world.put("Bucket", "out/b", b"x")
    world.advance(30)

    assert logged(world, "F") == ["in/a+b.txt"]
    asked = {"Bucket": made["Bucket"]}
    rule, _ = world.request("s3", "GetBucketLifecycleConfiguration", asked)["Rules"]  # type: ignore[misc]  # a list
    assert rule["Filter"] == {"Tag": {"Key": "a", "Value": "b"}}
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}
    assert world.request("s3", "GetBucketWebsite", asked)["IndexDocument"] == {"Suffix": "index.html"}


def test_addresses_of_functions_and_of_an_http_api(world: SyncSimulation, folder: str) -> None:
    """Authorisers answer simply; a default authoriser guards what says nothing."""
    made = world.deploy(f"{folder}/urls/template.yaml")
    url = made.outputs["H"]

    assert world.http("GET", made.outputs["U"] + "abc").json() == {"hello": "/abc"}
    assert world.http("GET", f"{url}/x/1", headers={"x-key": "k"}).json() == {"ctx": {"lambda": {"who": "me"}}}
    assert [world.http("GET", url + path).status for path in ("/x/1", "/y")] == [401, 401]


def test_what_becomes_of_asynchronous_events(world: SyncSimulation, folder: str) -> None:
    """Success goes to a bus, failure to a topic; a schedule calls an alias."""
    made = world.deploy(f"{folder}/destinations/template.yaml")

    event = {"FunctionName": f"{made['F']}:prod", "InvocationType": "Event", "Payload": b'{"a":1}'}
    world.request("lambda", "Invoke", event)
    world.advance(400)

    assert bodies(world, made["Q2"]) == ['{"ok":{"a":1}}']
    (told,) = bodies(world, made["Q"])
    assert json.loads(json.loads(told)["Message"])["requestContext"]["condition"] == "RetriesExhausted"


def test_what_is_not_simulated_is_told_of_and_has_attributes(world: SyncSimulation, folder: str) -> None:
    """A network's block of addresses is what the template says; functions keep their role."""
    made = world.deploy(f"{folder}/inert/template.yaml")

    missing = {line.logical_id for line in made.lines if line.level == "missing"}
    assert {"Gql", "Db", "Iot", "Bed"} <= missing
    assert isinstance(world.invoke("F"), list)
    described = world.request("lambda", "GetFunctionConfiguration", {"FunctionName": made["F"]})
    assert str(described["Role"]).rpartition("/")[2].startswith("inert-FRole")


def test_an_api_a_fifo_queue_and_a_table(world: SyncSimulation, folder: str) -> None:
    """Mappings, conditions, globals that refer to resources; a writer of batches with decimals."""
    made = world.deploy(f"{folder}/crud/template.yaml")

    reply = world.http("PUT", f"{made.outputs['Url']}/1?x=1", json={"pk": "1", "v": 1.5})
    world.until_idle()

    assert (reply.status, reply.text) == (202, "true10")
    assert items(world, made["Tbl"]) == [{"pk": "1", "v": "1.5"}]


def test_a_stream_goes_by_a_function_into_a_bucket(world: SyncSimulation, folder: str) -> None:
    """The poller filters by data; the delivery stream has records processed and delimited."""
    made = world.deploy(f"{folder}/firehose/template.yaml", stack="sim")

    for kind in "xyx":
        data = json.dumps({"kind": kind}).encode()
        world.request("kinesis", "PutRecord", {"StreamName": made["Stream"], "PartitionKey": "k", "Data": data})
    world.until_idle()

    (listed,) = world.request("s3", "ListObjectsV2", {"Bucket": made["Bucket"]})["Contents"]  # type: ignore[misc]  # a list
    assert listed["Key"].startswith("data/year=2026/sim-firehose-1-2026-01-01-00-00-")
    assert world.read("Bucket", listed["Key"]) == b'{"KIND": "X"}\n{"KIND": "X"}\n'


def test_an_alarm_tells_of_errors(world: SyncSimulation, folder: str) -> None:
    """Functions hear of logs; a metric passes its threshold, and a topic is told; a composite alarm follows."""
    made = world.deploy(f"{folder}/alarms/template.yaml")

    with pytest.raises(Exception, match="ValueError"):
        world.invoke("F")
    world.advance(300)

    assert logged(world, "E") == ["fromlogs True"]
    (told,) = bodies(world, made["Q"])
    assert json.loads(told)["Subject"].startswith("ALARM")
    changes = [entry.detail for entry in world.trace.entries(["alarm changed"]) if entry.subject == "alarm both"]
    assert [each["state"] for each in changes if each] == ["OK", "ALARM", "OK"]


def test_somebody_is_told_of_dead_letters(world: SyncSimulation, folder: str) -> None:
    """The alarm on the depth of the queue is raised, and calmed once a function has moved the message back."""
    made = world.deploy(f"{folder}/depth/template.yaml")

    world.send("Main", "bad")
    world.advance("3 minutes")
    moved = world.invoke("Redrive", {})
    world.advance("3 minutes")

    assert (moved, logged(world, "Oncall")) == (1, ["INSUFFICIENT_DATA ALARM", "ALARM OK"])
    unmeasured = "AWS/Events ThrottledRules by RuleName is not measured here"
    assert made.notes == [f"Faults: the alarm gets no data: {unmeasured}"]
