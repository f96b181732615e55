"""Which service, operation, region and account does a request mean?"""

from typing import Any

import pytest

from eventsim.wire.http import Headers, HttpRequest
from eventsim.wire.models import find_service
from eventsim.wire.route import Home, route
from eventsim.wire.services import BY_ENDPOINT, BY_SIGNING_NAME, BY_TARGET, BY_VERSION
from eventsim.wire.uri import match, read_query

HOME = Home(region="us-east-1", account_id="000000000000")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def signed(service: str, region: str = "eu-west-1", key: str = "AKIAIOSFODNN7EXAMPLE") -> dict[str, str]:
    """Return the header of a signature."""
    return {"Authorization": f"AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/{service}/aws4_request, Signature=0"}


def aim(method: str = "GET", url: str = "/", headers: dict[str, str] | None = None, body: bytes = b"") -> Any:
    """Return the route of a request."""
    path, _, query = url.partition("?")
    request = HttpRequest(method=method, path=path, query=query, headers=Headers(headers or {}), body=body)
    return route(request, HOME)


@pytest.mark.parametrize(
    ("headers", "service"),
    [
        pytest.param(signed("sqs"), "sqs", id="scope"),
        pytest.param(signed("monitoring"), "cloudwatch", id="scope with another name"),
        pytest.param(signed("s3-object-lambda"), "s3", id="scope of another door of S3"),
        pytest.param(signed("s3express"), "s3", id="scope of directory buckets"),
        pytest.param(
            signed("dynamodb") | {"X-Amz-Target": "DynamoDBStreams_20120810.X"}, "dynamodbstreams", id="streams"
        ),
        pytest.param({"X-Amz-Target": "AmazonSQS.SendMessage"}, "sqs", id="target"),
        pytest.param({"Host": "queue.amazonaws.com"}, "sqs", id="old host"),
        pytest.param({"Host": "eu-west-1.queue.amazonaws.com"}, "sqs", id="old host with region"),
        pytest.param({"Host": "sqs.us-east-1.amazonaws.com"}, "sqs", id="host"),
        pytest.param({"Host": "sts.amazonaws.com"}, "sts", id="global host"),
        pytest.param({"Host": "streams.dynamodb.us-east-1.amazonaws.com"}, "dynamodbstreams", id="host of two labels"),
        pytest.param({"Host": "sqs.us-east-1.localhost.localstack.cloud:4566"}, "sqs", id="an emulator's host"),
        pytest.param({"Host": "s3.eu-west-1.amazonaws.com"}, "s3", id="s3's host"),
        pytest.param({"Host": "localhost:4566"}, "s3", id="nothing said"),
        pytest.param({"Host": "[::1]:4566"}, "s3", id="an address"),
        pytest.param({}, "s3", id="no host"),
    ],
)
def test_the_service_of_a_request(headers: dict[str, str], service: str) -> None:
    """The signature's scope says it, or the target, or the host; S3 is what is left."""
    assert aim(headers=headers).service == service


@pytest.mark.parametrize(
    ("url", "service"),
    [
        ("/2015-03-31/functions/f/invocations", "lambda"),
        ("/2017-03-31/tags/arn", "lambda"),
        ("/?Action=GetCallerIdentity&Version=2011-06-15", "sts"),
        ("/?Action=ListQueues", "sqs"),
        ("/?Action=ListTopics&Version=2010-03-31", "sns"),
        ("/000000000000/work", "sqs"),
        ("/queue/eu-west-1/000000000000/work.fifo", "sqs"),
        ("/000000000000/photos/cat.jpg", "s3"),
        ("/bucket/2015-03-31/functions", "s3"),
        ("/service/GraniteServiceVersion20100801/operation/ListMetrics", "s3"),
    ],
)
def test_the_service_of_an_unsigned_url(url: str, service: str) -> None:
    """Without a signature the path and the query say it."""
    assert aim(url=url, headers={"Host": "localhost:4566"}).service == service


@pytest.mark.parametrize(
    ("host", "bucket", "region"),
    [
        ("shelf.s3.amazonaws.com", "shelf", "us-east-1"),
        ("shelf.s3.eu-west-1.amazonaws.com", "shelf", "eu-west-1"),
        ("my.shelf.s3-eu-west-1.amazonaws.com", "my.shelf", "eu-west-1"),
        ("shelf.s3.dualstack.eu-west-1.amazonaws.com", "shelf", "eu-west-1"),
        ("shelf.localhost:4566", "shelf", "us-east-1"),
        ("my.shelf.localhost:4566", "my.shelf", "us-east-1"),
        ("shelf.s3.localhost:4566", "shelf", "us-east-1"),
        ("shelf.s3.eu-west-1.localhost.localstack.cloud:4566", "shelf", "eu-west-1"),
        ("s3.amazonaws.com", "", "us-east-1"),
        ("s3.localhost:4566", "", "us-east-1"),
        ("localhost:4566", "", "us-east-1"),
        ("127.0.0.1:4566", "", "us-east-1"),
    ],
)
def test_the_bucket_of_a_host(host: str, bucket: str, region: str) -> None:
    """A bucket may stand before the host of S3, or of this machine."""
    found = aim(headers={"Host": host})

    assert (found.service, found.bucket, found.region) == ("s3", bucket, region)


def test_a_bucket_may_be_called_like_a_service() -> None:
    """The signature says what `sqs.localhost` means."""
    host = {"Host": "sqs.localhost:4566"}

    assert aim(headers=host).service == "sqs"
    assert aim(headers=host | signed("s3")).bucket == "sqs"


@pytest.mark.parametrize(
    ("key", "account"),
    [("123456789012", "123456789012"), ("AKIAIOSFODNN7EXAMPLE", "000000000000"), ("1234", "000000000000")],
)
def test_a_key_of_twelve_digits_is_the_account(key: str, account: str) -> None:
    """The custom by which one server has many accounts."""
    assert aim(headers=signed("sqs", key=key)).account_id == account


def test_presigned_urls_say_region_and_account() -> None:
    """What else stands in a header stands in the query."""
    url = "/shelf/k?X-Amz-Credential=123456789012%2F20260101%2Feu-west-1%2Fs3%2Faws4_request&X-Amz-Signature=0"

    found = aim(url=url)

    assert (found.service, found.region, found.account_id) == ("s3", "eu-west-1", "123456789012")


@pytest.mark.parametrize(
    ("query", "expires_at_s"),
    [
        ("X-Amz-Credential=a/d/r/s3/aws4_request&X-Amz-Date=20260101T000000Z&X-Amz-Expires=60", 1767225660),
        ("AWSAccessKeyId=a&Expires=1767225660&Signature=0", 1767225660),
        ("Expires=1767225660", 0),
        ("", 0),
    ],
)
def test_presigned_urls_expire(query: str, expires_at_s: int) -> None:
    """The route says when; whoever knows the time refuses."""
    assert aim(url=f"/shelf/k?{query}").expires_at_s == expires_at_s


@pytest.mark.parametrize(
    "end", ["&X-Amz-Expires=604801&X-Amz-Date=20260101T000000Z", "&X-Amz-Expires=60", "&X-Amz-Expires=x"]
)
def test_a_presigned_url_lasts_a_week_at_most(end: str) -> None:
    """What is said of its end must make sense."""
    assert aim(url=f"/shelf/k?X-Amz-Credential=a/d/r/s3/aws4_request{end}").flaw


def test_the_older_signature_says_the_account_alone() -> None:
    """Signature version 2 has no scope."""
    found = aim(headers={"Authorization": "AWS 123456789012:abc=", "Host": "localhost"})

    assert (found.service, found.region, found.account_id) == ("s3", "us-east-1", "123456789012")


@pytest.mark.parametrize(("regions", "region"), [("eu-west-1,us-east-2", "eu-west-1"), ("*", "us-east-1")])
def test_the_newer_signature_has_a_set_of_regions(regions: str, region: str) -> None:
    """SigV4a signs for several regions at once; the first is taken."""
    scope = "AWS4-ECDSA-P256-SHA256 Credential=AKIA/20260101/s3/aws4_request, Signature=0"

    found = aim(headers={"Authorization": scope, "X-Amz-Region-Set": regions})

    assert (found.service, found.region) == ("s3", region)


@pytest.mark.parametrize(
    ("date", "expires", "words"),
    [
        ("20260101T000000Z", "soon", "X-Amz-Expires should be a number"),
        ("20260101T000000Z", "-1", "X-Amz-Expires must be non-negative"),
        ("20260101T000000Z", "604801", "X-Amz-Expires must be less than a week (in seconds)"),
        ("2026-01-01", "60", "X-Amz-Date must be in the ISO8601 Long Format"),
    ],
    ids=["no number", "negative", "too long", "no date"],
)
def test_a_presigned_url_says_how_long_it_is_good(date: str, expires: str, words: str) -> None:
    """Whatever it cannot mean is named."""
    query = f"X-Amz-Credential=a/d/r/s3/aws4_request&X-Amz-Date={date}&X-Amz-Expires={expires}"

    assert words in aim(url=f"/shelf/k?{query}").flaw


@pytest.mark.parametrize(
    "header", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b", "AWS4-HMAC-SHA256 Credential=,"]
)
def test_a_signature_without_a_scope_is_a_flaw(header: str) -> None:
    """The request is routed by what else it says, so that the error has the service's form."""
    found = aim(headers={"Authorization": header, "X-Amz-Target": "AmazonSQS.SendMessage"})

    assert found.service == "sqs"
    assert found.flaw


def test_a_form_names_its_action() -> None:
    """In the body of a POST, or in the query."""
    body = aim("POST", "/", FORM | {"Host": "localhost"}, b"Action=SendMessage&Version=2012-11-05")
    url = aim("GET", "/000000000000/work?Action=SendMessage")

    assert (body.service, body.form, body.operation) == ("sqs", "action", "SendMessage")
    assert (url.service, url.operation, url.queue_url) == ("sqs", "SendMessage", "http:///000000000000/work")


def test_a_link_of_a_notification_leads_to_its_topic() -> None:
    """It bears neither signature nor version; the ARN in it says whose it is."""
    arn = "arn:aws:sns:eu-north-1:222222222222:orders"
    confirm = aim("GET", f"/?Action=ConfirmSubscription&TopicArn={arn}&Token=abc")
    leave = aim("GET", f"/?Action=Unsubscribe&SubscriptionArn={arn}:11111111-2222-3333-4444-555555555555")

    found = {(each.service, each.region, each.account_id) for each in (confirm, leave)}
    assert found == {("sns", "eu-north-1", "222222222222")}


def test_an_unsigned_request_to_a_queue_is_its_accounts() -> None:
    """The queue's URL says whose it is; whoever signs is asked for in the account of the key."""
    unsigned = aim("POST", "/queue/eu-north-1/222222222222/work", FORM, b"Action=SendMessage")
    own = aim("POST", "/222222222222/work", FORM | signed("sqs", key="333333333333"), b"Action=SendMessage")

    assert (unsigned.account_id, unsigned.region) == ("222222222222", "eu-north-1")
    assert (own.account_id, own.region) == ("333333333333", "eu-west-1")


def test_a_path_may_name_service_and_operation() -> None:
    """Smithy's RPC protocol; without its header the path is a key of S3's like any other."""
    found = aim(
        "POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", {"smithy-protocol": "rpc-v2-cbor"}
    )

    assert (found.service, found.form, found.operation) == ("cloudwatch", "rpc", "ListMetrics")


def test_what_curl_calls_a_form_need_not_be_one() -> None:
    """`curl -d` says so of anything; without an action it is a body like any other."""
    found = aim("POST", "/2015-03-31/functions/f/invocations", FORM, b'{"a": "\xff&=%"}')

    assert (found.service, found.form, found.is_malformed) == ("lambda", "uri", False)


@pytest.mark.parametrize(
    ("method", "url", "headers", "operation"),
    [
        ("GET", "/", {}, "ListBuckets"),
        ("PUT", "/shelf", {}, "CreateBucket"),
        ("PUT", "/shelf/", {}, "CreateBucket"),
        ("GET", "/shelf", {}, "ListObjects"),
        ("GET", "/shelf?list-type=2&prefix=a", {}, "ListObjectsV2"),
        ("GET", "/shelf?lifecycle", {}, "GetBucketLifecycleConfiguration"),
        ("GET", "/shelf?analytics", {}, "ListBucketAnalyticsConfigurations"),
        ("GET", "/shelf?analytics&id=1", {}, "GetBucketAnalyticsConfiguration"),
        ("GET", "/shelf/a/b//c", {}, "GetObject"),
        ("GET", "/shelf//", {}, "GetObject"),
        ("GET", "/shelf/k?x-id=GetObject", {}, "GetObject"),
        ("GET", "/shelf/k?attributes", {}, "GetObjectAttributes"),
        ("GET", "/shelf/k?uploadId=u", {}, "ListParts"),
        ("PUT", "/shelf/k", {}, "PutObject"),
        ("PUT", "/shelf/k", {"x-amz-copy-source": "/a/b"}, "CopyObject"),
        ("PUT", "/shelf/k?partNumber=1&uploadId=u", {}, "UploadPart"),
        ("PUT", "/shelf/k?partNumber=1&uploadId=u", {"x-amz-copy-source": "/a/b"}, "UploadPartCopy"),
        ("PUT", "/shelf/k?tagging", {}, "PutObjectTagging"),
        ("POST", "/shelf/k?uploads", {}, "CreateMultipartUpload"),
        ("POST", "/shelf/k?uploadId=u", {}, "CompleteMultipartUpload"),
        ("POST", "/shelf?delete", {}, "DeleteObjects"),
        ("DELETE", "/shelf/k?uploadId=u", {}, "AbortMultipartUpload"),
        ("DELETE", "/shelf/k", {}, "DeleteObject"),
        ("HEAD", "/shelf", {}, "HeadBucket"),
        ("HEAD", "/shelf/k", {}, "HeadObject"),
        ("PATCH", "/shelf/k", {}, None),
    ],
)
def test_s3s_operations_are_told_apart(method: str, url: str, headers: dict[str, str], operation: str | None) -> None:
    """By method, path, query and required headers; deprecated operations yield to their successors."""
    service = find_service("s3")
    path, _, query = url.partition("?")
    assert service is not None

    found = match(service, method, path, read_query(query), Headers(headers))

    assert (found.operation.name if found else None) == operation


@pytest.mark.parametrize(
    ("method", "url", "operation", "labels"),
    [
        ("POST", "/2015-03-31/functions", "CreateFunction", {}),
        ("GET", "/2015-03-31/functions/", "ListFunctions", {}),
        ("POST", "/2015-03-31/functions/a%3Ab/invocations", "Invoke", {"FunctionName": "a:b"}),
        ("GET", "/2017-03-31/tags/arn%3Aaws%3Alambda%2Fx", "ListTags", {"Resource": "arn:aws:lambda/x"}),
        ("GET", "/2018-10-31/layers?find=LayerVersion&Arn=a", "GetLayerVersionByArn", {}),
        ("GET", "/2018-10-31/layers", "ListLayers", {}),
    ],
)
def test_lambdas_operations_are_told_apart(method: str, url: str, operation: str, labels: dict[str, str]) -> None:
    """Labels are decoded after the path is split."""
    service = find_service("lambda")
    path, _, query = url.partition("?")
    assert service is not None

    found = match(service, method, path, read_query(query), Headers())

    assert found is not None
    assert (found.operation.name, found.labels) == (operation, labels)


@pytest.mark.parametrize("name", sorted({*BY_SIGNING_NAME.values(), *BY_ENDPOINT.values()}))
def test_the_tables_name_services_that_exist(name: str) -> None:
    """What a table says must be a name of botocore's."""
    assert find_service(name) is not None


@pytest.mark.parametrize(
    ("path", "service"),
    [("/model/m/invoke", "bedrock-runtime"), ("/model-import-jobs", "bedrock"), ("/guardrails", "bedrock")],
)
def test_a_path_tells_apart_who_shares_a_signature(path: str, service: str) -> None:
    """Bedrock's models are asked under the name of the service that keeps them."""
    assert aim("POST", path, signed("bedrock")).service == service


@pytest.mark.parametrize(("target", "name"), list(BY_TARGET.items()))
def test_targets_are_those_of_the_models(target: str, name: str) -> None:
    """The models say what stands before the dot."""
    service = find_service(name)

    assert service is not None
    assert service.target_prefix == target


@pytest.mark.parametrize(("version", "name"), list(BY_VERSION.items()))
def test_versions_are_those_of_the_models(version: str, name: str) -> None:
    """The models say which version their forms have."""
    service = find_service(name)

    assert service is not None
    assert service.api_version == version
