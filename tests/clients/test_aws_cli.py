"""Does the AWS CLI work as it is?"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.conftest import HANDLER, Account, packed, tool
from tests.live.conftest import Served

pytestmark = pytest.mark.clients

Aws = Callable[..., str]

A_DAY_S = 1_767_225_600
"""The first of January 2026, in seconds since 1970."""


@pytest.fixture
def account(server: Served) -> Account:
    return Account(server.url, "777777777777")


@pytest.fixture
def aws(account: Account, tmp_path: Path) -> Aws:
    """Return what runs `aws …` in an empty folder; version 1 wants to be told the endpoint for `aws sqs`."""

    def run(*words: str) -> str:
        return account.run(tool("venv/bin/aws"), "--endpoint-url", account.url, *words, folder=tmp_path)

    return run


def test_awslocal(account: Account, tmp_path: Path) -> None:
    """The same command line for those who come from another emulator: it knows the port by itself, or is told."""
    account.run(tool("venv/bin/awslocal"), "sqs", "create-queue", "--queue-name", "local", folder=tmp_path)

    told = account.run(tool("venv/bin/awslocal"), "sqs", "list-queues", "--output", "text", folder=tmp_path)

    assert f"{account.url}/{account.account_id}/local" in told


def test_sqs(aws: Aws) -> None:
    """A queue's life, from creation to deletion."""
    url = aws("sqs", "create-queue", "--queue-name", "cli", "--query", "QueueUrl", "--output", "text").strip()
    attribute = '{"kind": {"DataType": "String", "StringValue": "tea"}}'
    aws("sqs", "send-message", "--queue-url", url, "--message-body", "hello", "--message-attributes", attribute)
    numbers = json.loads(aws("sqs", "get-queue-attributes", "--queue-url", url, "--attribute-names", "All"))
    received = json.loads(aws("sqs", "receive-message", "--queue-url", url, "--message-attribute-names", "All"))
    message = received["Messages"][0]
    aws("sqs", "delete-message", "--queue-url", url, "--receipt-handle", message["ReceiptHandle"])
    left = aws("sqs", "receive-message", "--queue-url", url)
    aws("sqs", "delete-queue", "--queue-url", url)

    assert numbers["Attributes"]["ApproximateNumberOfMessages"] == "1"
    assert (message["Body"], message["MessageAttributes"]["kind"]["StringValue"]) == ("hello", "tea")
    assert left == ""
    assert url not in aws("sqs", "list-queues")


def test_s3_copies_big_files(aws: Aws, tmp_path: Path) -> None:
    """Twenty mebibytes go in parts, to the bucket, within it and back; a pipe works as well."""
    (tmp_path / "big").write_bytes(os.urandom(20 << 20))
    aws("s3", "mb", "s3://cli-big")

    aws("s3", "cp", "big", "s3://cli-big/big", "--no-progress")
    aws("s3", "mv", "s3://cli-big/big", "s3://cli-big/moved", "--no-progress")
    aws("s3", "cp", "s3://cli-big/moved", "back", "--no-progress")
    head = json.loads(aws("s3api", "head-object", "--bucket", "cli-big", "--key", "moved"))

    assert (tmp_path / "back").read_bytes() == (tmp_path / "big").read_bytes()
    assert head["ETag"].endswith('-3"')


def test_s3_syncs_trees(aws: Aws, tmp_path: Path) -> None:
    """What is there already is not sent again, what is gone is deleted if that is asked for."""
    tree = tmp_path / "tree"
    (tree / "a" / "b").mkdir(parents=True)
    for name in ("x.txt", "a/y z.txt", "a/b/ü.txt"):
        (tree / name).write_text(name)
        os.utime(tree / name, (A_DAY_S, A_DAY_S))  # `LastModified` has whole seconds: a file of this one would be newer
    aws("s3", "mb", "s3://cli-tree")

    aws("s3", "sync", "tree", "s3://cli-tree/t")
    again = aws("s3", "sync", "tree", "s3://cli-tree/t")
    aws("s3", "sync", "s3://cli-tree/t", "copy")
    (tree / "x.txt").unlink()
    aws("s3", "sync", "tree", "s3://cli-tree/t", "--delete")
    listed = aws("s3", "ls", "s3://cli-tree", "--recursive")

    assert again == ""
    assert (tmp_path / "copy" / "a" / "b" / "ü.txt").read_text() == "a/b/ü.txt"
    assert [line.split(maxsplit=3)[3] for line in listed.splitlines()] == ["t/a/b/ü.txt", "t/a/y z.txt"]


def test_s3_removes_what_it_made(aws: Aws, tmp_path: Path) -> None:
    """`rm --recursive` empties, `rb` removes what is empty, `rb --force` the rest."""
    (tmp_path / "file").write_text("x")
    for bucket in ("cli-one", "cli-two"):
        aws("s3", "mb", f"s3://{bucket}")
        aws("s3", "cp", "file", f"s3://{bucket}/a/file")

    aws("s3", "rm", "s3://cli-one", "--recursive")
    aws("s3", "rb", "s3://cli-one")
    aws("s3", "rb", "s3://cli-two", "--force")

    assert not {"cli-one", "cli-two"} & set(aws("s3", "ls").split())


def test_a_presigned_url_is_all_that_curl_needs(aws: Aws, account: Account, tmp_path: Path) -> None:
    """The URL that the CLI prints gives the object."""
    (tmp_path / "file").write_text("hello")
    aws("s3", "mb", "s3://cli-presigned")
    aws("s3", "cp", "file", "s3://cli-presigned/file")

    url = aws("s3", "presign", "s3://cli-presigned/file").strip()

    assert account.run("curl", "--silent", "--fail", url) == "hello"


def test_lambda_and_its_logs(aws: Aws, tmp_path: Path) -> None:
    """A function is created, invoked and listed, and what it printed is found: by filter, and event by event."""
    (tmp_path / "function.zip").write_bytes(packed(app=HANDLER))
    role = "arn:aws:iam::777777777777:role/any"
    function = ("--function-name", "cli")
    settings = ("--runtime", "python3.12", "--handler", "app.handler", "--role", role, "--timeout", "30")
    aws("lambda", "create-function", *function, *settings, "--zip-file", "fileb://function.zip")
    aws("lambda", "wait", "function-active-v2", *function)

    told: Any = json.loads(aws("lambda", "invoke", *function, "--payload", '{"n": 1}', "out.json"))
    names = aws("lambda", "list-functions", "--query", "Functions[].FunctionName", "--output", "text").split()
    group = ("--log-group-name", "/aws/lambda/cli")
    found = json.loads(aws("logs", "filter-log-events", *group, "--filter-pattern", "got"))
    streams = json.loads(aws("logs", "describe-log-streams", *group, "--order-by", "LastEventTime"))
    stream = ("--log-stream-name", streams["logStreams"][0]["logStreamName"])
    events = json.loads(aws("logs", "get-log-events", *group, *stream, "--start-from-head"))

    assert (told["StatusCode"], "FunctionError" in told, names) == (200, False, ["cli"])
    assert json.loads((tmp_path / "out.json").read_text())["account"] == "777777777777"
    assert [event["message"].strip() for event in found["events"]] == ['got {"n": 1}']
    assert [event["message"].split()[0] for event in events["events"]][-3:] == ["got", "END", "REPORT"]


def test_who_calls(aws: Aws) -> None:
    """STS tells the account of the access key."""
    assert json.loads(aws("sts", "get-caller-identity"))["Account"] == "777777777777"
