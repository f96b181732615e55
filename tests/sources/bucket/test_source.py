"""What a bucket tells, to whom, and what a scenario says of it."""

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import NO_LINEAGE, Caller, ConfigurationError, Envelope, Shelf, SyncSimulation
from tests.sources.bucket.conftest import told

QUEUE = "arn:aws:sqs:us-east-1:123456789012:uploads"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:resize"


def test_a_queue_gets_a_test_event_and_a_function_does_not(
    world: SyncSimulation, s3: Any, queue: Any, function: Any
) -> None:
    """Exactly one test event when a queue becomes a destination."""
    world.add_source("buckets", "photos")
    s3.put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": QUEUE, "Events": ["s3:ObjectCreated:Put"]}],
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:*"]}],
        },
    )

    (event,) = told(world, queue)
    assert (event["Event"], event["Bucket"]) == ("s3:TestEvent", "photos")
    assert told(world, function) == []
    configuration = s3.get_bucket_notification_configuration(Bucket="photos")
    assert configuration["QueueConfigurations"][0]["Events"] == ["s3:ObjectCreated:Put"]


def test_a_bad_configuration_leaves_the_old_one(world: SyncSimulation, s3: Any, queue: Any, function: Any) -> None:
    """All or nothing; skipping the validation skips the test event as well."""
    bucket: Any = world.add_source("buckets", "photos", notifications=[{"function": "resize", "id": "old"}])
    unknown = {"QueueConfigurations": [{"QueueArn": f"{QUEUE}2", "Events": ["s3:ObjectCreated:*"]}]}

    with pytest.raises(ClientError, match="Unable to validate the following destination configurations"):
        s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=unknown)
    assert [rule.id for rule in bucket.notifier.rules] == ["old"]

    s3.put_bucket_notification_configuration(
        Bucket="photos", NotificationConfiguration=unknown, SkipDestinationValidation=True
    )
    assert [rule.arn for rule in bucket.notifier.rules] == [f"{QUEUE}2"]


def _policy(**statement: Any) -> str:
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "SQS:SendMessage",
        "Resource": "*",
    }
    return json.dumps({"Statement": [{**allow, **statement}]})


@pytest.mark.parametrize(
    ("policy", "is_let_in"),
    [
        (_policy(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:s3:::photos"}}), True),
        (_policy(Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}}), True),
        (_policy(Principal="*"), True),
        (_policy(Condition={"ArnEquals": {"aws:SourceArn": "arn:aws:s3:::others"}}), False),
        (_policy(Principal={"Service": "sns.amazonaws.com"}), False),
    ],
    ids=["the bucket", "the account", "everybody", "another bucket", "another service"],
)
def test_a_queue_with_a_policy_must_let_the_bucket_in(
    world: SyncSimulation, s3: Any, policy: str, is_let_in: bool
) -> None:
    """A queue without any policy takes everything here, which SQS does not."""
    world.add_source("buckets", "photos")
    sqs = boto3.client("sqs", region_name=world.region)
    sqs.create_queue(QueueName="pictures", Attributes={"Policy": policy})
    arn = f"arn:aws:sqs:{world.region}:{world.account_id}:pictures"
    rules = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}

    try:
        s3.put_bucket_notification_configuration(Bucket="photos", NotificationConfiguration=rules)
        refusal = {}
    except ClientError as error:
        refusal = error.response["Error"]

    words = "Permissions on the destination queue do not allow S3 to publish notifications from this bucket"
    assert refusal.get("ArgumentValue1") == (None if is_let_in else words)


def test_only_matching_keys_are_told_and_the_trace_says_why_not(world: SyncSimulation, s3: Any, function: Any) -> None:
    """Prefix and suffix see the raw key; what is not told is recorded with its reason."""
    world.add_source("buckets", "photos", notifications=[{"function": "resize", "prefix": "in/", "suffix": ".jpg"}])

    for key in ("in/red flower.jpg", "out/a.jpg", "in/a.png"):
        s3.put_object(Bucket="photos", Key=key, Body=b"x")

    keys = [body["Records"][0]["s3"]["object"]["key"] for body in told(world, function)]
    assert keys == ["in/red+flower.jpg"]
    reasons = [entry.detail["reason"] for entry in world.trace.entries() if entry.kind == "not notified"]
    assert reasons == ["prefix 'in/' does not match", "suffix '.jpg' does not match"]


def test_every_way_of_writing_has_its_event(world: SyncSimulation, s3: Any, queue: Any) -> None:
    """Put, Copy, Delete and tags; deleting what is not there tells nobody."""
    world.add_source(
        "buckets",
        "photos",
        notifications=[{"queue": "uploads", "events": ["ObjectCreated:*", "ObjectRemoved:*", "s3:ObjectTagging:*"]}],
    )
    told(world, queue)

    s3.put_object(Bucket="photos", Key="a", Body=b"x")
    s3.copy_object(Bucket="photos", Key="b", CopySource="photos/a")
    s3.put_object_tagging(Bucket="photos", Key="a", Tagging={"TagSet": []})
    s3.delete_object_tagging(Bucket="photos", Key="a")
    s3.delete_objects(Bucket="photos", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    s3.delete_object(Bucket="photos", Key="a")

    assert [body["Records"][0]["eventName"] for body in told(world, queue)] == [
        "ObjectCreated:Put",
        "ObjectCreated:Copy",
        "ObjectTagging:Put",
        "ObjectTagging:Delete",
        "ObjectRemoved:Delete",
        "ObjectRemoved:Delete",
    ]


def test_an_event_says_who_wrote_and_when(world: SyncSimulation, function: Any) -> None:
    """Virtual time in milliseconds; a function appears as its role; the entry that led to it is its cause."""
    world.add_source("buckets", "photos", notifications=[{"function": "resize"}])
    lineage = NO_LINEAGE.after("import", 1)
    caller = Caller(arn="arn:aws:lambda:us-east-1:123456789012:function:import", lineage=lineage)
    world.advance(90.5)

    world.call("s3", "PutObject", {"Bucket": "photos", "Key": "k", "Body": b"x"}, caller=caller)
    world.until_idle()

    (envelope,) = function.envelopes
    record = json.loads(envelope.body)["Records"][0]
    assert record["eventTime"] == "2026-01-01T00:01:30.500Z"
    assert record["userIdentity"]["principalId"].endswith(":import")
    assert envelope.lineage == lineage
    entries = list(world.trace.entries())
    notified = entries[envelope.cause - 1]
    written = entries[notified.cause - 1]
    assert [notified.kind, written.kind, entries[written.cause - 1].kind] == ["notified", "object created", "called"]


def test_a_function_made_through_the_api_must_permit_the_bucket(world: SyncSimulation, s3: Any) -> None:
    """When it becomes a destination, in S3's words, and whenever it is told; the trace says how it was lost."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", "def handler(event, context):\n    return event")
    functions: Any = boto3.client("lambda", region_name=world.region)
    settings = {"Runtime": "python3.12", "Role": "arn:aws:iam::123456789012:role/r", "Handler": "app.handler"}
    arn = functions.create_function(FunctionName="f", Code={"ZipFile": content.getvalue()}, **settings)["FunctionArn"]
    permission = {"FunctionName": "f", "StatementId": "s3"}
    rule = {"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}
    told = {"Bucket": "photos", "NotificationConfiguration": {"LambdaFunctionConfigurations": [rule]}}
    world.add_source("buckets", "photos")

    with pytest.raises(ClientError) as refused:
        s3.put_bucket_notification_configuration(**told)
    functions.add_permission(
        **permission,
        Action="lambda:InvokeFunction",
        Principal="s3.amazonaws.com",
        SourceArn="arn:aws:s3:::photos",
        SourceAccount=world.account_id,
    )
    s3.put_bucket_notification_configuration(**told)
    world.put("photos", "a", b"")
    world.until_idle()
    functions.remove_permission(**permission)
    world.put("photos", "b", b"")
    world.until_idle()

    assert refused.value.response["Error"]["ArgumentValue1"] == f"Not authorized to invoke function [{arn}]"
    assert world.trace.count("succeeded") == 1
    (lost,) = world.trace.entries(["notification lost"])
    assert "does not let s3.amazonaws.com in" in lost.detail["reason"]


def test_a_topic_with_a_policy_must_let_the_bucket_in(world: SyncSimulation, s3: Any) -> None:
    """When it becomes a destination, and whenever it is told."""
    world.add_source("buckets", "photos")
    topics: Any = boto3.client("sns", region_name=world.region)
    arn = topics.create_topic(Name="pictures")["TopicArn"]
    rule = {"TopicArn": arn, "Events": ["s3:ObjectCreated:*"]}
    told = {"Bucket": "photos", "NotificationConfiguration": {"TopicConfigurations": [rule]}}

    def let_in(service: str) -> None:
        statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sns:Publish", "Resource": arn}
        topics.set_topic_attributes(
            TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps({"Statement": statement})
        )

    let_in("events.amazonaws.com")
    with pytest.raises(ClientError) as refused:
        s3.put_bucket_notification_configuration(**told)
    let_in("s3.amazonaws.com")
    s3.put_bucket_notification_configuration(**told)
    world.until_idle()
    let_in("events.amazonaws.com")
    world.put("photos", "k", b"")
    world.until_idle()

    words = "Permissions on the destination topic do not allow S3 to publish notifications from this bucket"
    assert refused.value.response["Error"]["ArgumentValue1"] == words
    (lost,) = world.trace.entries(["notification lost"])
    assert "topic pictures does not let s3.amazonaws.com in by its policy" in lost.detail["reason"]


def test_a_notification_can_take_its_time(world: SyncSimulation, s3: Any, function: Any) -> None:
    """AWS says "typically seconds"; the setting says how many."""
    world.add_source("buckets", "photos", notification_delay="3 s", notifications=[{"function": "resize"}])
    s3.put_object(Bucket="photos", Key="k", Body=b"x")

    world.advance(2.9)
    assert function.envelopes == []

    world.advance(0.1)
    (envelope,) = function.envelopes
    assert json.loads(envelope.body)["Records"][0]["eventTime"] == "2026-01-01T00:00:00.000Z"


def test_the_record_of_an_invocation_is_kept_as_an_object(world: SyncSimulation, function: Any) -> None:
    """A bucket can be a destination; what is kept there is told of like any other object."""
    bucket: Any = world.add_source("buckets", "records", notifications=[{"function": "resize"}])
    world.connect()

    bucket.accept_as("aws/lambda/async/f/1", Envelope(body="{}", lineage=NO_LINEAGE))

    (event,) = told(world, function)
    assert event["Records"][0]["s3"]["object"]["key"] == "aws/lambda/async/f/1"
    assert bucket.read("aws/lambda/async/f/1") == b"{}"
    assert bucket.read("aws/lambda/async/f/2") is None
    assert isinstance(bucket, Shelf)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"notifications": [{"function": "nobody"}]}, "Not authorized to invoke function"),
        ({"notifications": [{}]}, "name either `function`, `queue` or `topic`"),
        ({"notifications": [{"function": "resize", "queue": "uploads"}]}, "name either `function`, `queue` or `topic`"),
        ({"notifications": [{"function": "resize", "events": ["ObjectEaten"]}]}, "event is not supported"),
        ({"notifications": [{"function": "resize"}, {"queue": "uploads"}]}, "share a common event type"),
        ({"files": "nowhere"}, "is no folder"),
        ({"versions": True}, "has no setting `versions`; did you mean `versioning`"),
    ],
    ids=["unknown", "none", "both", "event", "overlap", "files", "setting"],
)
def test_a_scenario_that_cannot_be_is_refused(
    world: SyncSimulation, queue: Any, function: Any, settings: dict[str, Any], message: str
) -> None:
    """The error names what is wrong, in AWS's words where AWS would refuse it."""

    def build() -> None:
        world.add_source("buckets", "photos", **settings)
        world.connect()

    with pytest.raises(ConfigurationError, match=message):
        build()


@pytest.mark.parametrize("name", ["Photos", "ab", "amzn-s3-demo-bucket", "1.2.3.4"])
def test_a_bucket_needs_a_name_that_aws_allows(world: SyncSimulation, name: str) -> None:
    """The error tells the rules for names."""
    with pytest.raises(ConfigurationError, match="cannot be a bucket's name"):
        world.add_source("buckets", name)


def test_a_notification_that_nobody_takes_is_recorded_as_lost(world: SyncSimulation, s3: Any, queue: Any) -> None:
    """A destination may vanish after it was configured; the writer never notices."""
    world.add_source("buckets", "photos")
    s3.put_bucket_notification_configuration(
        Bucket="photos",
        NotificationConfiguration={
            "QueueConfigurations": [{"QueueArn": f"{QUEUE}2", "Events": ["s3:ObjectCreated:*"]}]
        },
        SkipDestinationValidation=True,
    )

    s3.put_object(Bucket="photos", Key="k", Body=b"x")
    world.until_idle()

    assert world.trace.count("notification lost", "bucket photos") == 1


def test_files_of_a_directory_are_objects_and_can_be_announced(world: SyncSimulation, s3: Any, function: Any) -> None:
    """The folder is the bucket: it is read at the start and written by the run."""
    folder = world.folder / "photos"
    (folder / "in").mkdir(parents=True)
    (folder / "in/a.jpg").write_bytes(b"jpeg")

    bucket = world.add_source(
        "buckets", "photos", directory="photos", announce=True, notifications=[{"function": "resize"}]
    )
    world.until_idle()
    s3.put_object(Bucket="photos", Key="out/b.jpg", Body=b"small")
    s3.delete_object(Bucket="photos", Key="in/a.jpg")

    assert [body["Records"][0]["s3"]["object"]["key"] for body in told(world, function)] == [
        "in/a.jpg",
        "out/b.jpg",
    ]
    assert bucket.summary() == {"objects": 1}
    assert [path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()] == ["out/b.jpg"]


def test_a_file_changed_by_hand_is_a_new_object(world: SyncSimulation, s3: Any) -> None:
    """What the bucket remembers of an object counts only while the bytes are the same."""
    world.add_source("buckets", "photos", directory="photos")
    s3.put_object(Bucket="photos", Key="same", Body=b"1", Metadata={"x": "1"})
    s3.put_object(Bucket="photos", Key="changed", Body=b"1", Metadata={"x": "1"})
    (world.folder / "photos/changed").write_bytes(b"2")

    world.add_source("buckets", "next-run", directory="photos")

    assert s3.head_object(Bucket="next-run", Key="same")["Metadata"] == {"x": "1"}
    assert s3.head_object(Bucket="next-run", Key="changed")["Metadata"] == {}
    assert s3.get_object(Bucket="next-run", Key="changed")["Body"].read() == b"2"


def test_files_are_copied_in_and_their_folder_is_left_alone(world: SyncSimulation, s3: Any) -> None:
    """`files` gives a bucket in memory its first objects."""
    (world.folder / "input").mkdir()
    (world.folder / "input/a.txt").write_bytes(b"1")

    world.add_source("buckets", "photos", files="input")
    s3.delete_object(Bucket="photos", Key="a.txt")

    assert (world.folder / "input/a.txt").read_bytes() == b"1"
    assert sorted(path.name for path in world.folder.iterdir()) == ["input"]


def test_a_handler_moves_files_between_its_own_disk_and_a_folder(world: SyncSimulation, s3: Any) -> None:
    """The bucket's folder is the simulation's, not the environment's: a handler reaches it through S3 alone."""

    def handler(event: dict[str, Any], context: object) -> str:
        key: str = event["Records"][0]["s3"]["object"]["key"]
        s3.download_file("inbox", key, "/tmp/in")
        Path("/tmp/out").write_bytes(Path("/tmp/in").read_bytes().upper())
        s3.upload_file("/tmp/out", "outbox", key)
        return key

    (world.folder / "in").mkdir()
    (world.folder / "in/a.txt").write_bytes(b"hello")
    world.add_function("shout", handler=handler)
    world.add_source("buckets", "outbox", directory="out")
    world.add_source("buckets", "inbox", directory="in", announce=True, notifications=[{"function": "shout"}])

    world.until_idle()

    assert (world.folder / "out/a.txt").read_bytes() == b"HELLO"
    assert world.trace.count("succeeded") == 1


def test_a_presented_date_is_virtual(world: SyncSimulation, s3: Any) -> None:
    """An object is as old as the run says."""
    world.add_source("buckets", "photos")
    world.advance(3600)

    s3.put_object(Bucket="photos", Key="k", Body=b"")

    assert s3.head_object(Bucket="photos", Key="k")["LastModified"] == datetime(2026, 1, 1, tzinfo=UTC) + timedelta(
        hours=1
    )
