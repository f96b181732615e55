"""Does a server go on where the last one ended, and does it say in one sentence when it cannot?"""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.live.conftest import Served, bodies, url_of

Serve = Callable[..., Served]


def restarted(serve: Serve, served: Served, path: Path, *arguments: str) -> Served:
    """Kill a server without warning, and start another on its database."""
    served.process.kill()
    served.process.communicate()
    return serve("--quiet", "--db", str(path), *arguments)


def received(sqs: Any, queue: str, **settings: Any) -> list[dict[str, Any]]:
    """Receive with everything that may be told."""
    answer = sqs.receive_message(
        QueueUrl=url_of(sqs, queue),
        MaxNumberOfMessages=10,
        AttributeNames=["All"],
        MessageAttributeNames=["All"],
        **settings,
    )
    messages: list[dict[str, Any]] = answer.get("Messages", [])
    return messages


def test_a_queue_goes_on_as_it_was(serve: Serve, tmp_path: Path) -> None:
    """Its attributes, its tags, its dates, and messages with all that was said of them."""
    path = tmp_path / "queues.db"
    first = serve("--quiet", "--db", str(path))
    sqs = first.client("sqs")
    attributes = {"DelaySeconds": "0", "VisibilityTimeout": "7", "Policy": '{"Version": "2012-10-17", "Statement": []}'}
    url = sqs.create_queue(QueueName="jobs", Attributes=attributes, tags={"team": "blue"})["QueueUrl"]
    told = {"n": {"DataType": "Number", "StringValue": "1"}, "b": {"DataType": "Binary.gz", "BinaryValue": b"\x00\xff"}}
    sqs.send_message(QueueUrl=url, MessageBody="body ✓", MessageAttributes=told)
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    sqs = restarted(serve, first, path).client("sqs")
    url = url_of(sqs, "jobs")
    after = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    (message,) = received(sqs, "jobs")

    assert after == before
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "blue"}
    assert (message["Body"], message["MessageAttributes"]) == ("body ✓", told)


def test_receipts_and_counters_go_on(serve: Serve, tmp_path: Path) -> None:
    """A handle from before deletes its message; the counter and the first receive are kept; numbers do not repeat."""
    path = tmp_path / "queues.db"
    first = serve("--quiet", "--db", str(path))
    sqs = first.client("sqs")
    sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "0"})
    for body in ("kept", "deleted"):
        sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody=body)
    before = {message["Body"]: message for message in received(sqs, "jobs")}

    sqs = restarted(serve, first, path).client("sqs")
    sqs.delete_message(QueueUrl=url_of(sqs, "jobs"), ReceiptHandle=before["deleted"]["ReceiptHandle"])
    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="new")
    after = {message["Body"]: message for message in received(sqs, "jobs")}

    first_received = "ApproximateFirstReceiveTimestamp"
    assert set(after) == {"kept", "new"}
    assert after["kept"]["MessageId"] == before["kept"]["MessageId"]
    assert after["kept"]["Attributes"]["ApproximateReceiveCount"] == "2"
    assert after["kept"]["Attributes"][first_received] == before["kept"]["Attributes"][first_received]
    assert after["new"]["MessageId"] not in {message["MessageId"] for message in before.values()}
    assert after["new"]["ReceiptHandle"] not in {message["ReceiptHandle"] for message in before.values()}


def test_what_is_in_flight_is_so_until_its_own_time(serve: Serve, tmp_path: Path) -> None:
    """The wall clock went on while no server ran, and the restart gives nobody a second more or less."""
    path = tmp_path / "queues.db"
    first = serve("--quiet", "--db", str(path))
    sqs = first.client("sqs")
    sqs.create_queue(QueueName="jobs", Attributes={"VisibilityTimeout": "6"})
    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="a")
    received(sqs, "jobs")
    began = datetime.now(UTC)  # noqa: TID251 - the server lives by the wall clock

    sqs = restarted(serve, first, path).client("sqs")
    at_once = received(sqs, "jobs")
    later = received(sqs, "jobs", WaitTimeSeconds=10)
    waited = datetime.now(UTC) - began  # noqa: TID251 - as above

    assert at_once == []
    assert [message["Body"] for message in later] == ["a"]
    assert timedelta(seconds=5.9) < waited < timedelta(seconds=8)


def test_a_fifo_queue_remembers_ids_and_forgets_them_after_a_purge(serve: Serve, tmp_path: Path) -> None:
    """Also of messages that are deleted."""
    path = tmp_path / "queues.db"
    first = serve("--quiet", "--db", str(path))
    sqs = first.client("sqs")
    for name in ("kept.fifo", "purged.fifo"):
        url = sqs.create_queue(QueueName=name, Attributes={"FifoQueue": "true"})["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g", MessageDeduplicationId="d")
    (message,) = received(sqs, "kept.fifo")
    sqs.delete_message(QueueUrl=url_of(sqs, "kept.fifo"), ReceiptHandle=message["ReceiptHandle"])
    sqs.purge_queue(QueueUrl=url_of(sqs, "purged.fifo"))

    sqs = restarted(serve, first, path).client("sqs")
    for name in ("kept.fifo", "purged.fifo"):
        sqs.send_message(QueueUrl=url_of(sqs, name), MessageBody="b", MessageGroupId="g", MessageDeduplicationId="d")

    assert received(sqs, "kept.fifo") == []
    assert [message["Body"] for message in received(sqs, "purged.fifo")] == ["b"]


def test_a_deleted_queue_stays_deleted(serve: Serve, tmp_path: Path) -> None:
    """And a reset deletes them all, for good."""
    path = tmp_path / "queues.db"
    first = serve("--quiet", "--db", str(path))
    sqs = first.client("sqs")
    for name in ("gone", "kept"):
        sqs.create_queue(QueueName=name)
    sqs.delete_queue(QueueUrl=url_of(sqs, "gone"))

    second = restarted(serve, first, path)
    left = second.client("sqs").list_queues()["QueueUrls"]
    second.ask("POST", "/_eventsim/reset")
    after_reset = second.client("sqs").list_queues()
    third = restarted(serve, second, path)

    assert [url.rpartition("/")[2] for url in left] == ["kept"]
    assert "QueueUrls" not in after_reset
    assert "QueueUrls" not in third.client("sqs").list_queues()


def test_a_queue_of_the_scenario_takes_its_settings_from_there(serve: Serve, tmp_path: Path) -> None:
    """And its messages from the database; its function gets them."""
    path = tmp_path / "queues.db"
    first = serve("--quiet", "--db", str(path))
    sqs = first.client("sqs")
    for name in ("jobs", "done"):
        sqs.create_queue(QueueName=name)
    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="left")
    first.process.kill()
    first.process.communicate()
    scenario = """\
account: "000000000000"
queues: {jobs: {visibility_timeout: 90 s}}
functions: {work: {handler: app.work, timeout: 10 s}}
mappings: [{source: jobs, function: work}]
"""
    handler = """\
def work(event, context):
    import boto3
    sqs = boto3.client("sqs")
    for record in event["Records"]:
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="done")["QueueUrl"], MessageBody=record["body"])
"""

    second = serve("scenario.yaml", "--quiet", "--db", str(path), files={"scenario.yaml": scenario, "app.py": handler})
    sqs = second.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=url_of(sqs, "jobs"), AttributeNames=["All"])["Attributes"]

    assert attributes["VisibilityTimeout"] == "90"
    assert bodies(sqs, "done") == ["left"]


def test_another_region_has_a_database_of_its_own(serve: Serve, tmp_path: Path) -> None:
    """Beside the first."""
    path = tmp_path / "queues.db"
    first = serve("--quiet", "--db", str(path))
    first.client("sqs", region_name="eu-west-1").create_queue(QueueName="far")

    second = restarted(serve, first, path)

    assert "QueueUrls" not in second.client("sqs").list_queues()
    assert url_of(second.client("sqs", region_name="eu-west-1"), "far").endswith("/far")


def test_everything_acknowledged_is_in_the_tables(serve: Serve, tmp_path: Path) -> None:
    """Whoever has an answer finds it there, with full synchronisation too."""
    path = tmp_path / "queues.db"
    sqs = serve("--quiet", "--db", str(path), "--sync", "full").client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    shown = []

    for number in range(5):
        sqs.send_message(QueueUrl=url, MessageBody=f"{number}")
        sqs.receive_message(QueueUrl=url)
        connection = sqlite3.connect(path)
        shown += connection.execute("SELECT body, state, receive_count FROM message WHERE number = ?", (number + 1,))
        connection.close()

    assert shown == [(f"{number}", "in_flight", 1) for number in range(5)]


def test_what_is_handed_on_is_there_once_the_caller_is_answered(serve: Serve, tmp_path: Path) -> None:
    """A topic's message lies in the queue's table when `Publish` is answered, not only what clients send to queues."""
    path = tmp_path / "queues.db"
    served = serve("--quiet", "--db", str(path))
    sqs, sns = served.client("sqs"), served.client("sns")
    sqs.create_queue(QueueName="jobs")
    topic = sns.create_topic(Name="news")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint="arn:aws:sqs:us-east-1:000000000000:jobs")
    shown = []

    for number in range(5):
        sns.publish(TopicArn=topic, Message="news")
        connection = sqlite3.connect(path)
        shown += connection.execute("SELECT state FROM message WHERE number = ?", (number + 1,))
        connection.close()

    assert shown == [("visible",)] * 5


def refused(*arguments: str) -> tuple[int, str]:
    """Start a server that cannot start; return its exit code and what it says."""
    command = [sys.executable, "-m", "eventsim", "serve", "--port", "0", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    return ended.returncode, ended.stderr


def test_a_second_server_is_refused(serve: Serve, tmp_path: Path) -> None:
    """One of them would not know what the other does."""
    path = tmp_path / "queues.db"
    serve("--quiet", "--db", str(path))

    code, said = refused("--db", str(path))

    assert code == 2
    assert "in use" in said
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"no database at all, just some words that go on for a while " * 9, "not a database", id="text"),
        pytest.param(b"SQLite format 3\x00" + b"\xff" * 4000, "", id="a header and rubbish"),
    ],
)
def test_a_damaged_database_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    """With one sentence that names the file."""
    path = tmp_path / "queues.db"
    path.write_bytes(content)

    code, said = refused("--db", str(path))

    assert code in (2, 4)
    assert (str(path) in said, words in said, said.count("\n")) == (True, True, 1)


def test_the_database_of_another_program_is_refused(tmp_path: Path) -> None:
    """Nothing is written into it."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE song (title TEXT)")
    connection.close()
    before = path.read_bytes()

    code, said = refused("--db", str(path))

    assert code == 4
    assert ("another program" in said, said.count("\n")) == (True, 1)
    assert path.read_bytes() == before


def test_a_full_disk_ends_the_server_with_one_sentence(tmp_path: Path) -> None:
    """What cannot be kept is not acknowledged."""
    path = tmp_path / "queues.db"
    served = Served(tmp_path, "--quiet", "--db", str(path))
    sqs = served.client("sqs")
    url = sqs.create_queue(QueueName="jobs")["QueueUrl"]
    size_bytes = Path(f"{path}-wal").stat().st_size
    resource.prlimit(served.process.pid, resource.RLIMIT_FSIZE, (size_bytes + 8192, size_bytes + 8192))
    acknowledged: list[str] = []

    def send_without_end() -> None:
        while True:
            acknowledged.append(sqs.send_message(QueueUrl=url, MessageBody="x" * 1000)["MessageId"])

    with pytest.raises(ClientError, match="InternalFailure"):
        send_without_end()
    served.process.communicate(timeout=20)
    said = served.told()

    connection = sqlite3.connect(path)
    kept = {message_id for (message_id,) in connection.execute("SELECT message_id FROM message")}
    connection.close()
    assert served.process.returncode == 4
    assert ("cannot be written" in said, said.count("\n")) == (True, 1)
    assert set(acknowledged) <= kept
