"""Do files that people put into the folder of a bucket become objects, once, and when they are finished?"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Served, bodies

Tell = list[tuple[str, str]]


class Watched:
    """A server with a folder of buckets, and a queue that hears of everything."""

    def __init__(self, served: Served, folder: Path) -> None:
        self.folder = folder
        self.s3 = served.client("s3")
        self.sqs = served.client("sqs")
        self.url = self.sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self._rules = {
            "QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*", "s3:ObjectRemoved:*"]}]
        }

    def bucket(self, name: str) -> Path:
        """Make a bucket that tells the queue, and return its folder."""
        self.s3.create_bucket(Bucket=name)
        self.listen(name)
        return self.folder / name

    def listen(self, name: str) -> None:
        """Have a bucket tell the queue."""
        self.s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=self._rules)
        (test,) = self.sqs.receive_message(QueueUrl=self.url, WaitTimeSeconds=5)["Messages"]
        assert "s3:TestEvent" in test["Body"]
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=test["ReceiptHandle"])

    def heard(self, count: int) -> Tell:
        """Wait for so many events, and see that no other comes for a second."""
        events: Tell = []
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=self.url, WaitTimeSeconds=5 if len(events) < count else 1, MaxNumberOfMessages=10
            )
            messages = answer.get("Messages", [])
            if not messages:
                return events
            for message in messages:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                for record in json.loads(message["Body"]).get("Records", ()):
                    events.append((record["eventName"], record["s3"]["object"]["key"]))

    def body(self, bucket: str, key: str) -> bytes:
        """Return the bytes of an object."""
        data: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return data


@pytest.fixture(scope="module")
def watched(serve: Callable[..., Served], tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """A server whose buckets are folders."""
    folder = tmp_path_factory.mktemp("buckets")
    (folder / "early").mkdir()
    (folder / "early" / "a.txt").write_text("was here before")
    return Watched(serve("--quiet", "--buckets", str(folder)), folder)


def test_a_folder_that_was_there_is_a_bucket(watched: Watched) -> None:
    """Its files are objects; nothing is told of what was there before."""
    found = watched.s3.list_objects_v2(Bucket="early")["Contents"]

    assert [each["Key"] for each in found] == ["a.txt"]


def test_a_folder_that_somebody_makes_is_a_bucket(watched: Watched) -> None:
    """From the moment on at which it is there."""
    (watched.folder / "new-one").mkdir()
    watched.s3.get_waiter("bucket_exists").wait(Bucket="new-one", WaiterConfig={"Delay": 1, "MaxAttempts": 5})
    watched.listen("new-one")

    (watched.folder / "new-one" / "a.txt").write_text("a")

    assert watched.heard(1) == [("ObjectCreated:Put", "a.txt")]


def test_a_file_that_is_put_there_is_told_of_once(watched: Watched) -> None:
    """Also in a folder that was made a moment ago."""
    folder = watched.bucket("copied")

    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "deep" / "a.txt").write_bytes(b"hello")

    assert watched.heard(1) == [("ObjectCreated:Put", "in/deep/a.txt")]
    assert watched.body("copied", "in/deep/a.txt") == b"hello"


def test_what_the_api_writes_is_a_file_at_once_and_told_of_once(watched: Watched) -> None:
    """Our own writing makes noises too, and they mean nothing."""
    folder = watched.bucket("own")

    watched.s3.put_object(Bucket="own", Key="a/b.txt", Body=b"hello")
    found = (folder / "a" / "b.txt").read_bytes()
    watched.s3.put_object(Bucket="own", Key="a/b.txt", Body=b"again")
    watched.s3.delete_object(Bucket="own", Key="a/b.txt")

    assert found == b"hello"
    assert sorted(watched.heard(3)) == [("ObjectCreated:Put", "a/b.txt")] * 2 + [("ObjectRemoved:Delete", "a/b.txt")]


def test_a_slow_copy_is_one_file_when_it_is_finished(watched: Watched) -> None:
    """However long its writer pauses."""
    folder = watched.bucket("slow")

    script = "for i in 1 2 3; do printf 1234567890; sleep 0.7; done > big.bin"
    subprocess.run(["/bin/sh", "-c", script], cwd=folder, check=True)

    assert watched.heard(1) == [("ObjectCreated:Put", "big.bin")]
    assert len(watched.body("slow", "big.bin")) == 30


def test_an_editor_that_renames_a_temporary_file_changes_one_object(watched: Watched) -> None:
    """The temporary file was never there."""
    folder = watched.bucket("edited")
    (folder / "text").write_text("first")
    first = watched.heard(1)

    (folder / ".text.swp").write_text("second")
    (folder / ".text.swp").replace(folder / "text")

    assert first == [("ObjectCreated:Put", "text")]
    assert watched.heard(1) == [("ObjectCreated:Put", "text")]
    assert watched.body("edited", "text") == b"second"


def test_a_file_that_is_moved_goes_here_and_comes_there(watched: Watched) -> None:
    """Within a bucket, from one to another, into a bucket and out of it; with folders as with files."""
    one, two = watched.bucket("move-one"), watched.bucket("move-two")
    outside = watched.folder.parent / "outside"
    outside.mkdir()
    (outside / "sub").mkdir()
    (outside / "sub" / "a.txt").write_text("a")

    shutil.move(outside / "sub", one / "sub")
    came = watched.heard(1)
    shutil.move(one / "sub", one / "other")
    moved = watched.heard(2)
    shutil.move(one / "other" / "a.txt", two / "b.txt")
    changed = watched.heard(2)
    shutil.move(two / "b.txt", outside / "b.txt")
    left = watched.heard(1)

    assert came == [("ObjectCreated:Put", "sub/a.txt")]
    assert sorted(moved) == [("ObjectCreated:Put", "other/a.txt"), ("ObjectRemoved:Delete", "sub/a.txt")]
    assert sorted(changed) == [("ObjectCreated:Put", "b.txt"), ("ObjectRemoved:Delete", "other/a.txt")]
    assert left == [("ObjectRemoved:Delete", "b.txt")]


def test_a_tree_that_is_deleted_takes_its_objects_along(watched: Watched) -> None:
    """One event for each."""
    folder = watched.bucket("trees")
    for number in range(20):
        (folder / f"d{number % 4}").mkdir(exist_ok=True)
        (folder / f"d{number % 4}" / f"{number}.txt").write_text("x")
    came = watched.heard(20)

    for number in range(4):
        shutil.rmtree(folder / f"d{number}")

    assert len(came) == 20
    assert {name for name, _ in came} == {"ObjectCreated:Put"}
    assert sorted(watched.heard(20)) == sorted(("ObjectRemoved:Delete", key) for _, key in came)
    assert "Contents" not in watched.s3.list_objects_v2(Bucket="trees")


def test_a_link_and_a_name_that_no_key_can_have_are_passed_over(watched: Watched) -> None:
    """The server goes on."""
    folder = watched.bucket("odd")

    (folder / "link").symlink_to("/etc/hostname")
    with open(os.fsencode(folder) + b"/\xff.txt", "wb") as stream:  # noqa: PTH123 - a path that is no text
        stream.write(b"x")
    (folder / "plain.txt").write_text("x")

    assert watched.heard(1) == [("ObjectCreated:Put", "plain.txt")]


def test_a_bucket_that_is_deleted_takes_its_folder_along(watched: Watched) -> None:
    """Not while anything is in it."""
    folder = watched.bucket("brief")
    watched.s3.put_object(Bucket="brief", Key="a", Body=b"x")
    watched.s3.delete_object(Bucket="brief", Key="a")

    watched.s3.delete_bucket(Bucket="brief")

    assert not folder.exists()
    assert not (watched.folder / ".brief.eventsim").exists()


def test_a_server_finds_the_buckets_of_the_last(serve: Callable[..., Served], tmp_path: Path) -> None:
    """Objects with what was said about them."""
    first = serve("--quiet", "--buckets", str(tmp_path))
    s3 = first.client("s3")
    s3.create_bucket(Bucket="kept")
    s3.put_object(Bucket="kept", Key="a/b", Body=b"x", ContentType="text/plain", Metadata={"by": "me"})
    first.process.kill()
    first.process.communicate()

    second: Any = serve("--quiet", "--buckets", str(tmp_path)).client("s3")
    found = second.get_object(Bucket="kept", Key="a/b")

    assert (found["ContentType"], found["Metadata"], found["Body"].read()) == ("text/plain", {"by": "me"}, b"x")


def test_a_bucket_keeps_its_settings(serve: Callable[..., Served], tmp_path: Path) -> None:
    """Its region and date, versioning, notifications, and what is only given back; dates stay dates."""
    first = serve("--quiet", "--db", str(tmp_path / "q.db"), "--buckets", str(tmp_path / "buckets"))
    s3, sqs = first.client("s3"), first.client("sqs")
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    rule = {"Id": "all", "QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}
    s3.put_bucket_notification_configuration(
        Bucket="kept", NotificationConfiguration={"QueueConfigurations": [rule]}, SkipDestinationValidation=True
    )
    lifetime = {
        "ID": "a",
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "Expiration": {"Date": datetime(2030, 1, 1, tzinfo=UTC)},
    }
    s3.put_bucket_lifecycle_configuration(Bucket="kept", LifecycleConfiguration={"Rules": [lifetime]})

    def told(served: Served) -> list[Any]:
        s3 = served.client("s3")
        answers = [
            s3.get_bucket_versioning(Bucket="kept"),
            s3.get_bucket_notification_configuration(Bucket="kept"),
            s3.get_bucket_lifecycle_configuration(Bucket="kept"),
            s3.list_buckets(),
        ]
        return [{name: each[name] for name in each if name != "ResponseMetadata"} for each in answers]

    before = told(first)
    first.process.kill()
    first.process.communicate()
    second = serve("--quiet", "--db", str(tmp_path / "q.db"), "--buckets", str(tmp_path / "buckets"))
    after = told(second)
    second.client("s3").put_object(Bucket="kept", Key="new", Body=b"x")
    (body,) = bodies(second.client("sqs"), "told")

    assert after == before
    assert json.loads(body)["Records"][0]["s3"]["object"]["key"] == "new"
