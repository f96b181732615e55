"""URLs that AWS itself hands out lead to the simulation: presigned ones, and those of queues."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree

import boto3
import pytest
import urllib3
from botocore.config import Config

from eventsim import SyncSimulation
from tests import sdk


@pytest.fixture
def simulation() -> Iterator[SyncSimulation]:
    """An open simulation with a bucket."""
    with SyncSimulation(seed=1) as simulation:
        simulation.add_source("buckets", "photos")
        yield simulation
    simulation.trace.close()


@pytest.fixture(params=["s3", "s3v4"])
def s3(simulation: SyncSimulation, request: pytest.FixtureRequest) -> Any:
    """A client that signs as one of both signatures does."""
    return boto3.client("s3", config=Config(signature_version=request.param), **sdk.KEYS)


def ask(url: str, **options: Any) -> Any:
    """Send a request by a client that knows nothing of AWS."""
    return urllib3.PoolManager().request(options.pop("method", "GET"), url, redirect=False, **options)


def test_a_presigned_url_writes_and_reads(s3: Any) -> None:
    """Whoever has the URL needs no SDK."""
    place = {"Bucket": "photos", "Key": "a b/ü.txt"}
    put = ask(s3.generate_presigned_url("put_object", Params=place), method="PUT", body=b"hi")
    params = {**place, "ResponseContentType": "text/x"}
    got = ask(s3.generate_presigned_url("get_object", Params=params))
    head = ask(s3.generate_presigned_url("head_object", Params=place), method="HEAD")

    assert put.status == 200
    assert (got.data, got.headers["Content-Type"]) == (b"hi", "text/x")
    assert (head.status, head.headers["Content-Length"]) == (200, "2")
    assert s3.get_object(**place)["Body"].read() == b"hi"


def test_an_error_is_the_services_document(s3: Any) -> None:
    """As a browser would see it."""
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "none"})

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(url)

    assert refused.value.code == 404
    assert ElementTree.fromstring(refused.value.read()).findtext("Code") == "NoSuchKey"


def test_a_form_is_posted(simulation: SyncSimulation, s3: Any) -> None:
    """With the fields that the policy demands; a file that is too large is refused. The event is that of a POST."""
    form = s3.generate_presigned_post("photos", "up/${filename}", Conditions=[["content-length-range", 0, 4]])

    answers = [
        ask(form["url"], method="POST", fields={**form["fields"], "file": ("x.txt", content)})
        for content in (b"data", b"much data")
    ]

    assert [each.status for each in answers] == [204, 400]
    assert s3.get_object(Bucket="photos", Key="up/x.txt")["Body"].read() == b"data"
    (created,) = simulation.trace.entries(["object created"])
    assert created.detail["event"] == "ObjectCreated:Post"


def test_a_url_expires_in_virtual_time(simulation: SyncSimulation) -> None:
    """A function makes one; later it is good no more."""

    def handler(event: object, context: object) -> str:
        s3 = boto3.client("s3", config=Config(signature_version="s3v4"), **sdk.KEYS)
        url: str = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "k"}, ExpiresIn=60)
        return url

    simulation.add_function("signs", handler=handler)
    boto3.client("s3", **sdk.KEYS).put_object(Bucket="photos", Key="k", Body=b"x")
    url = simulation.invoke("signs")

    at_once = ask(url).status
    simulation.advance(61)

    assert (at_once, ask(url).status) == (200, 403)


def test_the_url_of_a_queue_takes_forms(simulation: SyncSimulation) -> None:
    """The protocol of SQS that needs nothing but a form."""
    sqs = boto3.client("sqs", **sdk.KEYS)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]

    ask(url, method="POST", fields={"Action": "SendMessage", "MessageBody": json.dumps([1])}, encode_multipart=False)

    assert sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"] == "[1]"


def test_a_form_without_entries_is_an_empty_batch(simulation: SyncSimulation) -> None:
    """A form cannot tell an empty list from none."""
    url = boto3.client("sqs", **sdk.KEYS).create_queue(QueueName="orders")["QueueUrl"]

    answer = ask(url, method="POST", fields={"Action": "SendMessageBatch"}, encode_multipart=False)

    assert answer.status == 400
    assert b"<Code>AWS.SimpleQueueService.EmptyBatchRequest</Code>" in answer.data


def test_a_bucket_answers_browsers_by_its_rules(s3: Any) -> None:
    """Before a request and with it; what no rule allows is refused in S3's words."""
    rule = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://shop.example"]}
    s3.put_object(Bucket="photos", Key="k", Body=b"x")
    s3.put_bucket_cors(Bucket="photos", CORSConfiguration={"CORSRules": [rule]})
    url = s3.generate_presigned_url("get_object", Params={"Bucket": "photos", "Key": "k"})
    page = {"Origin": "https://shop.example", "Access-Control-Request-Method": "GET"}

    asked = ask(url, method="OPTIONS", headers=page)
    refused = ask(url, method="OPTIONS", headers={**page, "Access-Control-Request-Method": "PUT"})
    got = ask(url, headers={"Origin": "https://shop.example"})
    elsewhere = ask(url, headers={"Origin": "https://other.example"})

    assert (asked.status, asked.headers["Access-Control-Allow-Methods"]) == (200, "GET")
    assert (refused.status, b"AccessForbidden" in refused.data) == (403, True)
    assert (got.data, got.headers["Access-Control-Allow-Origin"]) == (b"x", "https://shop.example")
    assert (elsewhere.status, "Access-Control-Allow-Origin" in elsewhere.headers) == (200, False)
