"""Delivery streams to HTTP endpoints: the request that Firehose documents, and what becomes of records nobody takes."""

import base64
import gzip
import json
from typing import Any

import pytest

from eventsim import HttpRequest, SyncSimulation
from tests import sdk
from tests.sources.delivery_stream.conftest import AT, objects

BUCKET = {"RoleARN": "arn:aws:iam::123456789012:role/r", "BucketARN": "arn:aws:s3:::lake", "ErrorOutputPrefix": "bad/"}
NAME = {"DeliveryStreamName": "clicks"}


class Partner:
    """A host that takes records, after it has answered with these statuses."""

    def __init__(self, world: SyncSimulation, *statuses: int) -> None:
        self.seen: list[HttpRequest] = []
        self.at_s: list[float] = []
        self._world = world
        self._statuses = list(statuses)
        world.stub_http("partner.example", self._answer)

    def _answer(self, request: HttpRequest) -> object:
        self.seen.append(request)
        self.at_s.append(self._world.clock.now_us / 1_000_000)
        if self._statuses and (status := self._statuses.pop(0)) != 200:
            return status, {"errorMessage": "not now"}
        return {"requestId": request.headers.get("x-amz-firehose-request-id"), "timestamp": 1}


def create(client: Any, **settings: Any) -> Any:
    """Make a delivery stream to the partner."""
    place = {"Url": "https://partner.example/in", "Name": "partner", "AccessKey": "secret"}
    destination = {
        "EndpointConfiguration": place,
        "S3Configuration": BUCKET,
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
        **settings,
    }
    return client.create_delivery_stream(**NAME, HttpEndpointDestinationConfiguration=destination)


def records(request: HttpRequest) -> list[bytes]:
    """Return the records of a request."""
    return [base64.b64decode(each["data"]) for each in json.loads(request.body)["records"]]


def test_an_endpoint_is_sent_what_gathered(world: SyncSimulation) -> None:
    """One request for a lot, as the developer guide describes it; nothing goes to the bucket."""
    partner, client = Partner(world), sdk.client("firehose")
    attributes = [{"AttributeName": "team", "AttributeValue": "sales"}]
    arn = create(
        client,
        BufferingHints={"SizeInMBs": 1, "IntervalInSeconds": 10},
        RequestConfiguration={"CommonAttributes": attributes},
    )["DeliveryStreamARN"]

    client.put_record_batch(**NAME, Records=[{"Data": b"a"}, {"Data": b"b"}])
    world.until_idle()

    (request,) = partner.seen
    assert (request.method, request.path, partner.at_s) == ("POST", "/in", [10.0])
    assert records(request) == [b"a", b"b"]
    document, headers = json.loads(request.body), request.headers
    assert document["requestId"] == headers.get("x-amz-firehose-request-id")
    assert document["timestamp"] == int(AT.timestamp() * 1000) + 10_000
    assert headers.get("x-amz-firehose-protocol-version") == "1.0"
    assert headers.get("x-amz-firehose-source-arn") == arn
    assert headers.get("x-amz-firehose-access-key") == "secret"
    assert json.loads(headers.get("x-amz-firehose-common-attributes")) == {"commonAttributes": {"team": "sales"}}
    assert world.numbers("delivery_streams", "clicks")["delivered"] == 2
    assert objects(world) == {}


def test_a_secret_holds_the_key(world: SyncSimulation) -> None:
    """It is read for every request, so that another key is sent once it has been put there."""
    partner, client, secrets = Partner(world), sdk.client("firehose"), sdk.client("secretsmanager")
    arn = secrets.create_secret(Name="partner", SecretString='{"api_key": "one"}')["ARN"]
    secret = {"Enabled": True, "SecretARN": arn}
    create(client, SecretsManagerConfiguration=secret)

    for key in ("two", "three"):
        client.put_record(**NAME, Record={"Data": b"a"})
        world.until_idle()
        secrets.put_secret_value(SecretId=arn, SecretString=json.dumps({"api_key": key}))
    (told,) = client.describe_delivery_stream(**NAME)["DeliveryStreamDescription"]["Destinations"]

    assert [request.headers.get("x-amz-firehose-access-key") for request in partner.seen] == ["one", "two"]
    assert told["HttpEndpointDestinationDescription"]["SecretsManagerConfiguration"] == secret


def test_records_for_which_there_is_no_key_go_to_the_bucket(world: SyncSimulation) -> None:
    """Nobody is sent anything without it."""
    partner, client, secrets = Partner(world), sdk.client("firehose"), sdk.client("secretsmanager")
    arn = secrets.create_secret(Name="partner", SecretString="plain")["ARN"]
    create(client, SecretsManagerConfiguration={"Enabled": True, "SecretARN": arn})

    client.put_record(**NAME, Record={"Data": b"a"})
    world.until_idle()

    (content,) = objects(world).values()
    assert partner.seen == []
    assert json.loads(content)["errorMessage"] == 'The secret is not of the form {"api_key": "…"}.'


def test_a_body_may_be_packed(world: SyncSimulation) -> None:
    """By gzip, and a delimiter stands after each record if that is wanted."""
    partner, client = Partner(world), sdk.client("firehose")
    processors = [{"Type": "AppendDelimiterToRecord"}]
    create(
        client,
        RequestConfiguration={"ContentEncoding": "GZIP"},
        ProcessingConfiguration={"Enabled": True, "Processors": processors},
    )

    client.put_record(**NAME, Record={"Data": b"a"})
    world.until_idle()

    (request,) = partner.seen
    document = json.loads(gzip.decompress(request.body))
    assert request.headers.get("content-encoding") == "gzip"
    assert [base64.b64decode(each["data"]) for each in document["records"]] == [b"a\n"]


def test_an_endpoint_is_asked_again(world: SyncSimulation) -> None:
    """With the same id, until it takes the records."""
    partner, client = Partner(world, 503, 404), sdk.client("firehose")
    create(client)

    client.put_record(**NAME, Record={"Data": b"a"})
    world.until_idle()

    assert partner.at_s == [0.0, 1.0, 3.0]
    assert len({request.headers.get("x-amz-firehose-request-id") for request in partner.seen}) == 1
    assert world.numbers("delivery_streams", "clicks")["delivered"] == 1
    assert objects(world) == {}


@pytest.mark.parametrize(
    ("statuses", "retry_s", "attempts"),
    [([500] * 9, 5, 3), ([500], 0, 1), ([413], 300, 1)],
    ids=["too long", "never again", "too large"],
)
def test_what_nobody_takes_goes_to_the_bucket(
    world: SyncSimulation, statuses: list[int], retry_s: int, attempts: int
) -> None:
    """When the time for retries is up, or at once if the endpoint says that it is too large; with the reason."""
    partner, client = Partner(world, *statuses), sdk.client("firehose")
    create(client, RetryOptions={"DurationInSeconds": retry_s})

    client.put_record(**NAME, Record={"Data": b"a"})
    world.until_idle()

    ((key, content),) = objects(world).items()
    told = json.loads(content)
    assert len(partner.seen) == told["attemptsMade"] == attempts
    assert key.startswith("bad/http-endpoint-failed/2025/03/04/05/clicks-1-")
    assert told["errorCode"] == "HttpEndpoint.DestinationException"
    assert told["errorMessage"].startswith("Received the following response from the endpoint destination. {")
    assert base64.b64decode(told["rawData"]) == b"a"
    assert world.numbers("delivery_streams", "clicks")["failed"] == 1


def test_an_answer_repeats_the_id(world: SyncSimulation) -> None:
    """Any other document is no answer, whatever its status."""
    world.stub_http("partner.example", body={"requestId": "another"})
    client = sdk.client("firehose")
    create(client, RetryOptions={"DurationInSeconds": 0})

    client.put_record(**NAME, Record={"Data": b"a"})
    world.until_idle()

    (content,) = objects(world).values()
    assert json.loads(content)["errorCode"] == "HttpEndpoint.InvalidResponseFromDestination"


def test_all_records_may_go_to_the_bucket_too(world: SyncSimulation) -> None:
    """`AllData` is a backup of what came in."""
    partner, client = Partner(world), sdk.client("firehose")
    create(client, S3BackupMode="AllData")

    client.put_record(**NAME, Record={"Data": b"a"})
    world.until_idle()

    assert [records(request) for request in partner.seen] == [[b"a"]]
    assert list(objects(world).values()) == [b"a"]
    assert world.numbers("delivery_streams", "clicks")["delivered"] == 1


def test_an_endpoint_is_described_without_its_key(world: SyncSimulation) -> None:
    """And changed in part; a place in a bucket may follow it, and it that."""
    client = sdk.client("firehose")
    create(client)

    def described() -> Any:
        (told,) = client.describe_delivery_stream(**NAME)["DeliveryStreamDescription"]["Destinations"]
        return told

    def change(version: int, **update: Any) -> None:
        client.update_destination(
            **NAME, CurrentDeliveryStreamVersionId=str(version), DestinationId="destinationId-000000000001", **update
        )

    change(1, HttpEndpointDestinationUpdate={"RetryOptions": {"DurationInSeconds": 7}, "S3Update": {"Prefix": "p/"}})
    of_endpoint = described()["HttpEndpointDestinationDescription"]
    change(2, ExtendedS3DestinationUpdate={**BUCKET, "Prefix": "in/"})
    of_bucket = described()

    assert of_endpoint["EndpointConfiguration"] == {"Url": "https://partner.example/in", "Name": "partner"}
    assert of_endpoint["RetryOptions"] == {"DurationInSeconds": 7}
    assert of_endpoint["S3BackupMode"] == "FailedDataOnly"
    assert of_endpoint["BufferingHints"] == {"SizeInMBs": 1, "IntervalInSeconds": 0}
    assert of_endpoint["S3DestinationDescription"]["Prefix"] == "p/"
    assert of_endpoint["S3DestinationDescription"]["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
    assert of_bucket["ExtendedS3DestinationDescription"]["Prefix"] == "in/"
    assert "HttpEndpointDestinationDescription" not in of_bucket


def test_another_kind_of_destination_is_told_whole(world: SyncSimulation) -> None:
    """Of an endpoint nothing is kept for a bucket."""
    client = sdk.client("firehose")
    create(client)

    with pytest.raises(client.exceptions.InvalidArgumentException, match="BucketARN"):
        client.update_destination(
            **NAME,
            CurrentDeliveryStreamVersionId="1",
            DestinationId="destinationId-000000000001",
            S3DestinationUpdate={"Prefix": "in/"},
        )


def test_without_anybody_there_records_count_as_taken(world: SyncSimulation) -> None:
    """Nothing leaves the simulation; the story tells to where they would have gone."""
    client = sdk.client("firehose")
    create(client)

    client.put_record(**NAME, Record={"Data": b"a"})
    world.until_idle()

    (entry,) = world.trace.entries(["records sent"])
    assert entry.detail["to"] == "https://partner.example/in"
    assert world.numbers("delivery_streams", "clicks")["delivered"] == 1
