"""Does boto3 over HTTP do all that it does at AWS? Resources, paginators, waiters, transfers, presigned URLs."""

import hashlib
import io
import json
import os
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

from tests.clients.conftest import Account
from tests.live.conftest import Served

MEBIBYTE = 1 << 20


def fetch(url: str, body: bytes | None = None, **headers: str) -> bytes:
    """Send a request as anybody would who knows nothing of AWS."""
    method = "GET" if body is None else "PUT" if "X-Amz" in url or "Signature" in url else "POST"
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=10) as answer:
        content: bytes = answer.read()
        return content


def test_queue_resources(account: Account) -> None:
    """A queue object sends, receives and deletes in batches, and reloads its attributes."""
    queue = account.resource("sqs").create_queue(QueueName="resource")
    queue.send_messages(Entries=[{"Id": f"m{number}", "MessageBody": f"{number}"} for number in range(4)])

    messages = queue.receive_messages(MaxNumberOfMessages=10)
    queue.delete_messages(
        Entries=[{"Id": message.message_id, "ReceiptHandle": message.receipt_handle} for message in messages]
    )
    queue.reload()

    assert sorted(message.body for message in messages) == ["0", "1", "2", "3"]
    assert queue.attributes["ApproximateNumberOfMessages"] == "0"


def test_bucket_resources_and_waiters(account: Account) -> None:
    """A bucket is waited for, filled, copied in, emptied and deleted through objects."""
    s3 = account.resource("s3")
    bucket = s3.create_bucket(Bucket="resource")
    bucket.wait_until_exists()
    bucket.put_object(Key="poem", Body=b"one\ntwo\n", Metadata={"by": "ada"})
    bucket.Object("poem").wait_until_exists()
    bucket.Object("copy of poem").copy({"Bucket": "resource", "Key": "poem"})

    found = {item.key: item.Object().metadata for item in bucket.objects.all()}
    bucket.objects.all().delete()
    bucket.delete()
    bucket.wait_until_not_exists()

    assert found == {"poem": {"by": "ada"}, "copy of poem": {"by": "ada"}}


@pytest.mark.parametrize(
    ("operation", "member"),
    [("list_objects_v2", "Contents"), ("list_objects", "Contents"), ("list_object_versions", "Versions")],
)
def test_paginators_see_every_object_once(account: Account, operation: str, member: str) -> None:
    """Pages of two follow one another to the end, whatever characters the keys have."""
    s3 = account.client("s3")
    bucket = operation.replace("_", "-")
    s3.create_bucket(Bucket=bucket)
    keys = sorted(["a", "a b", "a/b+c", "ä", "z%20"])
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=b"x")

    pages = list(s3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": 2}))

    assert [item["Key"] for page in pages for item in page[member]] == keys
    assert len(pages) == 3


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA256"])
def test_big_files_travel_in_parts(account: Account, tmp_path: Path, algorithm: str) -> None:
    """Twenty mebibytes go up in parts with checksums, and come down as they were, from several threads."""
    s3 = account.client("s3")
    bucket = f"parts-{algorithm.lower()}"
    s3.create_bucket(Bucket=bucket)
    here, there = tmp_path / "here", tmp_path / "there"
    here.write_bytes(os.urandom(20 * MEBIBYTE))
    parts = TransferConfig(multipart_chunksize=5 * MEBIBYTE)

    s3.upload_file(str(here), bucket, "big", ExtraArgs={"ChecksumAlgorithm": algorithm}, Config=parts)
    s3.download_file(bucket, "big", str(there), Config=parts)

    head = s3.head_object(Bucket=bucket, Key="big", ChecksumMode="ENABLED")
    assert there.read_bytes() == here.read_bytes()
    assert head["ETag"].endswith('-4"')
    assert f"Checksum{algorithm}" in head


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
def test_checksums_of_streams_are_checked_at_both_ends(account: Account, algorithm: str) -> None:
    """A stream is sent in chunks with its checksum behind it, and the client checks what it gets back."""
    s3 = account.client("s3")
    bucket = f"sums-{algorithm.lower()}"
    s3.create_bucket(Bucket=bucket)
    content = bytes(range(256)) * 1_000

    sent = s3.put_object(Bucket=bucket, Key="k", Body=io.BytesIO(content), ChecksumAlgorithm=algorithm)
    got = s3.get_object(Bucket=bucket, Key="k", ChecksumMode="ENABLED")

    assert got["Body"].read() == content
    assert got[f"Checksum{algorithm}"] == sent[f"Checksum{algorithm}"]


def test_a_wrong_checksum_is_refused(account: Account) -> None:
    """Nothing is stored then."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="wrong-sum")

    with pytest.raises(ClientError, match="BadDigest"):
        s3.put_object(Bucket="wrong-sum", Key="k", Body=b"x", ContentMD5="1B2M2Y8AsgTpgAmY7PhCfg==")

    assert "Contents" not in s3.list_objects_v2(Bucket="wrong-sum")


@pytest.mark.parametrize("signature", ["s3v4", "s3"])
def test_presigned_urls_need_no_sdk(account: Account, signature: str) -> None:
    """Whoever has the URL can put or get one object, with plain HTTP."""
    s3 = account.client("s3", signature_version=signature)
    bucket = f"presigned-{signature}"
    s3.create_bucket(Bucket=bucket)
    where = {"Bucket": bucket, "Key": "a b/ü+1.txt"}

    fetch(s3.generate_presigned_url("put_object", Params=where), b"hello")

    assert fetch(s3.generate_presigned_url("get_object", Params=where)) == b"hello"


def test_a_bucket_may_stand_in_the_host(account: Account, server: Served) -> None:
    """Virtual-hosted style, at a name of this machine and at AWS's own."""
    s3 = account.client("s3")
    s3.create_bucket(Bucket="hosted")
    s3.put_object(Bucket="hosted", Key="a/b", Body=b"x")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "hosted", "Key": "a/b"})
    path = url.removeprefix(f"{server.url}/hosted")

    for host in ("hosted.s3.us-east-1.amazonaws.com", "hosted.s3.localhost", "hosted.localhost:4566"):
        assert fetch(server.url + path, Host=host) == b"x", host


def test_queues_answer_plain_forms(account: Account, server: Served) -> None:
    """The query protocol by POST and GET on a queue's URL; unsigned requests belong to the queue's account."""
    queue = account.client("sqs").create_queue(QueueName="forms")["QueueUrl"]

    sent = fetch(queue, urlencode({"Action": "SendMessage", "MessageBody": "5 < ü & 7"}).encode())
    got = fetch(f"{queue}?Action=ReceiveMessage&AttributeName.1=All&Version=2012-11-05")

    assert f"<MD5OfMessageBody>{hashlib.md5('5 < ü & 7'.encode()).hexdigest()}</MD5OfMessageBody>" in sent.decode()
    assert "<Body>5 &lt; ü &amp; 7</Body>" in got.decode()


@pytest.mark.parametrize(
    ("service", "make", "names"),
    [
        (
            "sqs",
            lambda client: client.create_queue(QueueName="mine"),
            lambda client: [url.rpartition("/")[2] for url in client.list_queues().get("QueueUrls", [])],
        ),
        (
            "s3",
            lambda client: client.create_bucket(Bucket="mine"),
            lambda client: [bucket["Name"] for bucket in client.list_buckets()["Buckets"]],
        ),
        (
            "ssm",
            lambda client: client.put_parameter(Name="mine", Value="1", Type="String"),
            lambda client: [parameter["Name"] for parameter in client.describe_parameters()["Parameters"]],
        ),
    ],
    ids=["queues", "buckets", "parameters at moto"],
)
def test_accounts_are_separate(
    server: Served, service: str, make: Callable[[Any], object], names: Callable[[Any], list[str]]
) -> None:
    """What one account makes, another one does not see."""
    one, other = (Account(server.url, name).client(service) for name in ("333333333333", "444444444444"))

    make(one)

    assert (names(one), names(other)) == (["mine"], [])


def test_regions_are_separate(server: Served) -> None:
    """A queue of one region is not in another."""
    here = Account(server.url, "555555555555", "eu-west-1").client("sqs")
    there = Account(server.url, "555555555555", "us-west-2").client("sqs")

    here.create_queue(QueueName="mine")

    assert "QueueUrls" not in there.list_queues()


def test_a_handler_reaches_its_own_account_without_settings(server: Served) -> None:
    """Inside a handler plain `boto3.client("sqs")` finds the server, the region and the account."""
    owner = Account(server.url, "666666666666", "eu-central-1")
    queue = owner.client("sqs").create_queue(QueueName="only")["QueueUrl"]
    functions = owner.add_function("look")

    answer = json.load(functions.invoke(FunctionName="look", Payload=b"{}")["Payload"])

    assert answer == {"queues": [queue], "account": "666666666666"}


@pytest.mark.parametrize("named", ["logGroupName", "logGroupIdentifier"])
def test_what_a_tail_of_logs_asks_is_answered(server: Served, named: str) -> None:
    """`aws logs tail --follow` (version 2) pages through interleaved events, and later asks for those that are new."""
    owner = Account(server.url, "888888888888", "eu-west-1" if named == "logGroupName" else "eu-west-2")
    functions = owner.add_function("tailed")
    pages = owner.client("logs").get_paginator("filter_log_events")

    def look(start_ms: int) -> list[tuple[int, str]]:
        asked = {named: "/aws/lambda/tailed", "interleaved": True, "startTime": start_ms, "filterPattern": "got"}
        return [
            (event["timestamp"], event["message"].strip())
            for page in pages.paginate(**asked)
            for event in page["events"]
        ]

    functions.invoke(FunctionName="tailed", Payload=b'{"n": 1}')
    seen = look(0)
    functions.invoke(FunctionName="tailed", Payload=b'{"n": 2}')
    new = look(seen[-1][0] + 1)

    assert [message for _, message in seen] == ['got {"n": 1}']
    assert [message for _, message in new] == ['got {"n": 2}']


def test_what_moto_knows_is_answered_over_http(account: Account) -> None:
    """Tables and roles, through another protocol each."""
    account.client("dynamodb").create_table(
        TableName="shelf",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table = account.resource("dynamodb").Table("shelf")
    table.put_item(Item={"k": "a", "n": 1})
    role = account.client("iam").create_role(RoleName="reader", AssumeRolePolicyDocument='{"Statement": []}')["Role"]

    assert table.get_item(Key={"k": "a"})["Item"] == {"k": "a", "n": 1}
    assert role["Arn"] == "arn:aws:iam::111111111111:role/reader"


def test_what_nobody_knows_is_refused_by_name(account: Account) -> None:
    """501, with a sentence."""
    with pytest.raises(ClientError, match=r"apprunner\.ListServices is not simulated") as caught:
        account.client("apprunner", retries={"total_max_attempts": 1}).list_services()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501
