"""Does a served topic reach web hooks on this machine, and nothing else?"""

import base64
import io
import json
import threading
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest

from tests.live.conftest import Served, bodies

PATIENCE_S = 20


class Hook(ThreadingHTTPServer):
    """A web server that confirms its subscription, and keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen: Queue[tuple[dict[str, str], str]] = Queue()
        self.url = f"http://127.0.0.1:{self.server_port}/hook"


class _Handler(BaseHTTPRequestHandler):
    server: Hook

    def do_POST(self) -> None:
        """Take a request, and confirm if that is asked."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if self.headers["x-amz-sns-message-type"] == "SubscriptionConfirmation":
            with urllib.request.urlopen(json.loads(body)["SubscribeURL"], timeout=PATIENCE_S) as answer:
                assert b"<SubscriptionArn>arn:aws:sns:" in answer.read()
        self.server.seen.put((dict(self.headers), body))

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def served(serve: Callable[..., Served]) -> Served:
    """One server for all tests here."""
    return serve()


@pytest.fixture
def hook() -> Iterator[Hook]:
    """A web server on this machine."""
    server = Hook()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_web_hook_confirms_and_gets_what_is_published(served: Served, hook: Hook) -> None:
    """The links in notifications lead to the server; the signature is good by the certificate that it serves."""
    sns = served.client("sns")
    arn = sns.create_topic(Name="hooked", Attributes={"SignatureVersion": "2"})["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=hook.url)
    hook.seen.get(timeout=PATIENCE_S)

    sns.publish(TopicArn=arn, Message="hello", Subject="s")

    headers, body = hook.seen.get(timeout=PATIENCE_S)
    notification = json.loads(body)
    assert headers["x-amz-sns-message-type"] == "Notification"
    assert notification["Message"] == "hello"
    assert notification["UnsubscribeURL"].startswith(served.url)
    _verify(notification)


def test_a_web_hook_is_told_that_a_stranger_unsubscribed_it(served: Served, hook: Hook) -> None:
    """A plain client that follows the link has no signature; the client of the owner has one."""
    sns = served.client("sns")
    arn = sns.create_topic(Name="left")["TopicArn"]
    sns.subscribe(TopicArn=arn, Protocol="http", Endpoint=hook.url)
    hook.seen.get(timeout=PATIENCE_S)
    sns.publish(TopicArn=arn, Message="hello")
    link = json.loads(hook.seen.get(timeout=PATIENCE_S)[1])["UnsubscribeURL"]

    with urllib.request.urlopen(link, timeout=PATIENCE_S) as answer:
        told = answer.read()

    _, body = hook.seen.get(timeout=PATIENCE_S)
    with urllib.request.urlopen(json.loads(body)["SubscribeURL"], timeout=PATIENCE_S):
        assert len(sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]) == 1
    assert b"UnsubscribeResponse" in told
    assert json.loads(body)["Type"] == "UnsubscribeConfirmation"


def _verify(notification: dict[str, Any]) -> None:
    """See that a notification is signed by the certificate that it names."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    with urllib.request.urlopen(notification["SigningCertURL"], timeout=PATIENCE_S) as answer:
        certificate = x509.load_pem_x509_certificate(answer.read())
    names = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
    signed = "".join(f"{name}\n{notification[name]}\n" for name in names)
    signature = base64.b64decode(notification["Signature"])
    certificate.public_key().verify(signature, signed.encode(), padding.PKCS1v15(), hashes.SHA256())


def test_another_machine_is_never_reached(served: Served) -> None:
    """The trace tells why; the token is there, too."""
    sns = served.client("sns")
    arn = sns.create_topic(Name="elsewhere")["TopicArn"]

    sns.subscribe(TopicArn=arn, Protocol="https", Endpoint="https://example.com/hook")

    told = [entry for entry in served.trace() if entry.get("place") == "topic elsewhere"]
    (refused,) = (entry["detail"]["reason"] for entry in told if entry["kind"] == "message given up")
    (kept,) = (entry["detail"] for entry in told if entry["kind"] == "message captured")
    assert refused == "only endpoints on this machine are reached; it is kept in the outbox"
    assert sns.confirm_subscription(TopicArn=arn, Token=kept["token"])["SubscriptionArn"].startswith(arn)


def test_topics_speak_the_query_protocol(served: Served) -> None:
    """What goes in comes out: maps, lists, blobs, batches, errors."""
    sns, sqs = served.client("sns"), served.client("sqs")
    arn = sns.create_topic(Name="wire", Attributes={"DisplayName": "T"}, Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    url = sqs.create_queue(QueueName="wired")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"k": ["v"]})
    sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue, Attributes={"FilterPolicy": policy})
    attributes = {
        "k": {"DataType": "String", "StringValue": "v"},
        "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
    }

    entry = {"Id": "1", "Message": "hello", "MessageAttributes": attributes}
    told = sns.publish_batch(TopicArn=arn, PublishBatchRequestEntries=[entry, {"Id": "2", "Message": "unwanted"}])

    (body,) = bodies(sqs, "wired")
    assert [each["Id"] for each in told["Successful"]] == ["1", "2"]
    assert json.loads(body)["MessageAttributes"]["b"] == {"Type": "Binary", "Value": "AP8="}
    assert sns.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_topic_attributes(TopicArn=f"{arn}x")


def test_messages_go_to_other_regions_and_accounts(serve: Callable[..., Served]) -> None:
    """A queue of another account wants a policy that lets the topic in."""
    served = serve("--virtual")
    sns = served.client("sns")
    arn = sns.create_topic(Name="t")["TopicArn"]
    abroad = served.client("sqs", region_name="eu-west-1")
    theirs = served.client("sqs", aws_access_key_id="222222222222")
    allowed = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}
    document = {"Statement": {**allowed, "Resource": "*", "Condition": {"ArnEquals": {"aws:SourceArn": arn}}}}
    abroad.create_queue(QueueName="inbox")
    theirs.create_queue(QueueName="inbox", Attributes={"Policy": json.dumps(document)})
    theirs.create_queue(QueueName="closed")
    for place in ("eu-west-1:000000000000:inbox", "us-east-1:222222222222:inbox", "us-east-1:222222222222:closed"):
        sns.subscribe(TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{place}")

    sns.publish(TopicArn=arn, Message="hello")
    served.advance("1 second")

    assert [json.loads(body)["Message"] for body in bodies(abroad, "inbox")] == ["hello"]
    assert [json.loads(body)["Message"] for body in bodies(theirs, "inbox")] == ["hello"]
    (failed,) = (entry for entry in served.trace() if entry["kind"] == "message given up")
    assert failed["detail"]["reason"] == "the queue's policy does not allow it"


def test_a_function_of_another_region_gets_messages(serve: Callable[..., Served]) -> None:
    """The permission lies with the function, where it is."""
    served = serve("--virtual")
    sns, functions = served.client("sns"), served.client("lambda", region_name="eu-west-1")
    logs = served.client("logs", region_name="eu-west-1")
    arn = sns.create_topic(Name="t")["TopicArn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("app.py", "def handler(event, context): print(event['Records'][0]['Sns']['Message'])")
    role = "arn:aws:iam::000000000000:role/r"
    given = {"Runtime": "python3.12", "Role": role, "Handler": "app.handler", "Code": {"ZipFile": archive.getvalue()}}
    made = functions.create_function(FunctionName="f", **given)
    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    functions.add_permission(FunctionName="f", SourceArn=arn, **permission)
    sns.subscribe(TopicArn=arn, Protocol="lambda", Endpoint=made["FunctionArn"])

    sns.publish(TopicArn=arn, Message="hello")
    served.advance("1 second")

    events = logs.filter_log_events(logGroupName="/aws/lambda/f", filterPattern="hello")["events"]
    assert [event["message"].strip() for event in events] == ["hello"]
