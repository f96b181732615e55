"""Applications in the shape of public collections: each is deployed unchanged, and does what it would do on AWS.

The world is as people who compare runs agree upon: the stack is called "sim", and the clock begins in 2025.
"""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from eventsim import ApiError, SyncSimulation
from eventsim.template.deployed import Deployed
from tests.templates.test_applications import bodies, logged

PUBLISHED = Path(__file__).parent / "published"


@pytest.fixture
def sim() -> Iterator[SyncSimulation]:
    """A world with a date and a seed."""
    with SyncSimulation(seed=1, start_at=datetime(2025, 1, 1, tzinfo=UTC), folder=PUBLISHED) as simulation:
        yield simulation
    simulation.trace.close()


def deployed(sim: SyncSimulation, name: str, **parameters: str) -> Deployed:
    made = sim.deploy(f"{name}/template.yaml", stack="sim", parameters=parameters)
    assert [line for line in made.lines if line.level == "missing"] == []
    return made


def items(sim: SyncSimulation, table: str) -> Any:
    found: Any = sim.request("dynamodb", "Scan", {"TableName": table})["Items"]
    return [{key: next(iter(value.values())) for key, value in item.items()} for item in found]


def invocations(sim: SyncSimulation, *functions: str) -> list[int]:
    return [sim.numbers("functions", each)["invocations"] for each in functions]  # type: ignore[index]  # they are there


def test_an_api_with_powertools_writes_and_the_table_tells(sim: SyncSimulation) -> None:
    """Loggers, tracers and resolvers of Powertools run; an identical put writes no record."""
    made = deployed(sim, "api_stream")

    for name in ("n", "n", "n2"):
        reply = sim.http("POST", "/", json={"id": "42", "name": name})
        sim.until_idle()

    assert (reply.status, reply.text) == (200, "Successfully inserted data!")
    assert items(sim, made["DynamoDBTable"]) == [{"id": "42", "name": "n2"}]
    told = [line for line in logged(sim, "ConsumerFunction") if not line.startswith("{")]
    assert told == ["INSERT n {}", "MODIFY n2 {}"]


def test_an_image_is_halved_by_way_of_temporary_files(sim: SyncSimulation) -> None:
    """`download_file`, Pillow and `upload_file` work on `/tmp`; the layer of somebody else's is told of."""
    image = pytest.importorskip("PIL.Image")
    made = deployed(sim, "resize")
    picture = io.BytesIO()
    image.new("RGB", (64, 40)).save(picture, "jpeg")

    sim.put("SourceBucket", "photos/my pic.jpeg", picture.getvalue())
    sim.put("SourceBucket", "photos/other.png", b"")
    sim.until_idle()

    halved = sim.read("DestinationBucket", "resized-photos/my pic.jpeg") or b""
    assert image.open(io.BytesIO(halved)).size == (32, 20)
    assert sim.numbers("buckets", "DestinationBucket") == {"objects": 1}
    assert any("Klayers-p39-pillow" in note for note in made.notes)


def test_a_queue_has_a_dead_letter_queue(sim: SyncSimulation) -> None:
    """The poisoned message is tried three times, thirty seconds apart."""
    made = deployed(sim, "queue")

    for number in range(25):
        sim.send("ProcessingQueue", f"m-{number}")
    sim.until_idle()
    sim.send("ProcessingQueue", "poison")
    sim.advance(200)

    assert bodies(sim, made["ProcessingDLQ"]) == ["poison"]
    assert "Processed message: m-24" in logged(sim, "ProcessorFunction")


def test_a_topic_calls_a_function_once_a_message(sim: SyncSimulation) -> None:
    """`EventInvokeConfig` with a destination that SAM makes is carried out."""
    made = deployed(sim, "sns_topic")

    for message in ("hello", "again"):
        sim.request("sns", "Publish", {"TopicArn": made["ProcessingTopic"], "Message": message})
    sim.until_idle()

    assert [line.split("\t")[-1] for line in logged(sim, "ProcessorFunction")] == [
        "Processed message hello",
        "Processed message again",
    ]


def test_a_poisoned_record_of_a_stream_stands_alone(sim: SyncSimulation) -> None:
    """It is bisected out, retried, reported, and the shard moves on."""
    made = deployed(sim, "kinesis")

    for mass, element in ((1.0, "Hydrogen"), (4.0, "Helium"), ("10.8", "Boron"), (6.9, "Lithium"), (9.0, "Beryllium")):
        data = json.dumps({"AtomicMass": mass, "Element": element}).encode()
        sim.request(
            "kinesis",
            "PutRecord",
            {"StreamName": made["DataActivityKinesisStream"], "PartitionKey": "k", "Data": data},
        )
    sim.advance(1800)

    (report,) = [json.loads(body) for body in bodies(sim, made["AnomalyDataQueue"])]
    info = report["KinesisBatchInfo"]
    assert (info["batchSize"], info["startSequenceNumber"]) == (1, info["endSequenceNumber"])
    assert report["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert "Beryllium is well" in logged(sim, "KinesisDataStreamProcessor")


def test_six_pollers_filter_by_bodies(sim: SyncSimulation) -> None:
    """What a filter rejects is gone; what is not JSON passes no filter."""
    made = deployed(sim, "filters")
    first = {"region": "us-east-1", "address": {"state": "FL", "country": "USA"}, "sourceIPAddress": "10.0.0.9"}
    second = {"region": "eu-west-1", "address": {"state": "GA"}, "sourceIPAddress": "10.0.1.1", "rating": 9}

    for message in (json.dumps({**first, "rating": 4, "fileName": "x"}), json.dumps(second), "not json"):
        sim.request("sns", "Publish", {"TopicArn": made["EmsSqsFilterSnsTopic"], "Message": message})
    sim.until_idle()

    names = [f"EmsSqsFilterFunction{each}" for each in ("NoFilter", "Prefix", "AnythingBut", "IP", "And", "Or")]
    assert invocations(sim, *names) == [3, 1, 1, 1, 1, 1]
    assert sum(source.summary()["visible"] for source in sim.sources("queues").values()) == 0


def test_aws_itself_puts_events(sim: SyncSimulation) -> None:
    """Nobody else may use its names."""
    deployed(sim, "rule")

    state = "EC2 Instance State-change Notification"
    sim.put_event("aws.ec2", state, {"instance-id": "i-1", "state": "stopped"}, as_service=True)
    sim.put_event("aws.ec2", "EBS Volume Notification", {"event": "createVolume"}, as_service=True)
    sim.until_idle()

    assert logged(sim, "LambdaFunction") == ["aws.ec2 stopped 123456789012 sim"]
    with pytest.raises(ApiError, match="NotAuthorizedForSource"):
        sim.put_event("aws.ec2", state)


def test_a_rule_fires_by_the_minute(sim: SyncSimulation) -> None:
    """With an input of its own; virtual dates are those of the world's start."""
    deployed(sim, "scheduled")

    sim.advance(600)

    assert logged(sim, "ScheduledFunction") == [f"None there 00:{minute:02}" for minute in range(1, 11)]


def test_a_workflow_is_called_back(sim: SyncSimulation) -> None:
    """The module that is called makes a call to AWS while it is imported; the machine writes its log."""
    made = deployed(sim, "callback")

    sim.put("IngestionBucket", "students.csv", b"1,Ann,A\n2,Bob,B\n")
    sim.advance(60)

    assert items(sim, made["DynamoDBTable"]) == [
        {"transaction_id": "1", "N": "Ann", "S": "A"},
        {"transaction_id": "2", "N": "Bob", "S": "B"},
    ]
    assert sim.numbers("topics", "MySnsTopic")["published"] == 1  # type: ignore[index]  # it is there
    (group,) = sim.request("logs", "DescribeLogGroups", {"logGroupNamePrefix": "/aws/states/"})["logGroups"]  # type: ignore[misc]  # a list
    events: Any = sim.request("logs", "FilterLogEvents", {"logGroupName": group["logGroupName"]})["events"]
    assert json.loads(events[-1]["message"])["type"] == "ExecutionSucceeded"


def test_a_pipe_posts_to_the_api_beside_it(sim: SyncSimulation) -> None:
    """The connection's key comes along."""
    made = deployed(sim, "destination")

    sim.send("SourceQueue", json.dumps({"order_id": "o1", "address": "a", "amount": "10"}))
    sim.advance(30)

    assert items(sim, made["DynamoDBTable"]) == [{"id": "o1", "Type": "Food", "Amount": "10", "Address": "a"}]
    assert (logged(sim, "EnrichmentLambdaFunction"), logged(sim, "Function")) == (["aws:sqs"], ["KeyValue"])


def test_an_api_sends_to_a_queue_with_two_ends(sim: SyncSimulation) -> None:
    """What is well comes out of one queue, what fails out of its dead-letter queue; APIs go by their logical ids."""
    made = deployed(sim, "dlq")

    for number, (message, kind) in enumerate((("m1", "TEST"), ("MALFORMED_MASSAGE", "TEST"), ("m3", "PROD"))):
        reply = sim.http("POST", "/inbox", api="Api", json={"id": f"T{number}", "message": message, "type": kind})
        sim.advance(40)

    assert reply.status == 200
    queues = {item["id"]: item["Queue_Name"] for item in items(sim, made["TestResultsTable"])}
    assert queues == {"T0": made["OutputQueue"].rpartition("/")[2], "T1": made["InputQueueDLQ"].rpartition("/")[2]}


def test_a_condition_leaves_the_harness_out(sim: SyncSimulation) -> None:
    """Neither the table nor its listener is there."""
    made = deployed(sim, "harness", DeployTestResources="False")

    assert {"AsyncTransformTestResultsTable", "DestinationBucketListener"}.isdisjoint(made.resources)


def run_suite(folder: Path, *arguments: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest", *arguments]
    environment = {**os.environ, "AWS_SAM_STACK_NAME": "sim", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return done.stdout + done.stderr


def test_a_suite_of_somebody_elses_runs_unchanged(tmp_path: Path) -> None:
    """It finds its stack by the variable, and its sleeps take no time."""
    shutil.copytree(PUBLISHED / "harness", tmp_path / "project")

    told = run_suite(tmp_path / "project", "--eventsim-scenario", "template.yaml")

    assert "1 passed" in told, told


EARLY = {
    "pytest.ini": "[pytest]\nasyncio_default_fixture_loop_scope = function\n",
    "scenario.yaml": "queues: {jobs: }\nparameters: {/rate: {value: '2'}}\ntables: {orders: {key: id}}\n",
    "app.py": """
import boto3
RATE = int(boto3.client("ssm").get_parameter(Name="/rate")["Parameter"]["Value"])
TABLE = boto3.resource("dynamodb").Table("orders")
TABLE.load()
""",
    "conftest.py": """
import boto3
import pytest
URL = boto3.client("sqs").create_queue(QueueName="of-conftest")["QueueUrl"]

@pytest.fixture(scope="session")
def order():
    import app
    app.TABLE.put_item(Item={"id": "1"})
    return "1"
""",
    "test_first.py": """
import app
from conftest import URL
import boto3
sent = boto3.client("sqs").send_message(QueueUrl=URL, MessageBody="early")["MessageId"]

def test_what_was_made_is_there(order):
    assert app.TABLE.get_item(Key={"id": order})["Item"] and app.RATE == 2
    app.TABLE.delete_item(Key={"id": order})

def test_an_id_holds():
    (message,) = boto3.client("sqs").receive_message(QueueUrl=URL)["Messages"]
    assert message["MessageId"] == sent
""",
    "test_second.py": """
import app

def test_each_module_has_it_anew(order):
    assert app.TABLE.get_item(Key={"id": order})["Item"]
""",
}


@pytest.mark.parametrize("more", [(), ("-n", "1")], ids=["one process", "xdist"])
def test_a_suite_may_ask_while_it_is_imported(tmp_path: Path, more: tuple[str, ...]) -> None:
    """Modules, conftest files and fixtures of the session: what they were told, and what they made, is everywhere."""
    for name, text in EARLY.items():
        (tmp_path / name).write_text(text)

    told = run_suite(tmp_path, "--eventsim-scenario", "scenario.yaml", *more)

    assert "3 passed" in told, told
    assert "Warning" not in told, told


def test_a_suite_whose_scenario_is_wrong_does_not_begin(tmp_path: Path) -> None:
    """The mistake is told once, with its place, not for each test."""
    (tmp_path / "pytest.ini").write_text("[pytest]\neventsim_scenario = scenario.yaml\n")
    (tmp_path / "scenario.yaml").write_text("queus: {}\n")

    told = run_suite(tmp_path)

    assert "ERROR" in told
    assert "scenario.yaml:1:1" in told
    assert "Traceback" not in told
