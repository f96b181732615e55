"""Does a served world do what AWS does, for clients that know nothing of it?"""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any, cast
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from tests.live.conftest import Served, bodies, url_of
from tests.patience import until

SCENARIO = """\
account: "000000000000"
queues:
  jobs: {visibility_timeout: 30 s}
  done: {}
  quiet: {}
buckets:
  inbox:
    notifications:
      - {function: on_put, events: ["ObjectCreated:*"]}
functions:
  on_jobs: {handler: app.on_jobs, timeout: 10 s}
  on_put: {handler: app.on_put, timeout: 10 s}
  answer: {handler: app.answer, timeout: 10 s}
mappings:
  - {source: jobs, function: on_jobs}
"""

HANDLERS = '''\
"""Handlers that call back through HTTP."""

import time


def tell(text):
    import boto3

    sqs = boto3.client("sqs")
    sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="done")["QueueUrl"], MessageBody=text)


def on_jobs(event, context):
    for record in event["Records"]:
        tell("job " + record["body"])


def on_put(event, context):
    import boto3

    key = event["Records"][0]["s3"]["object"]["key"]
    tell("object " + boto3.client("s3").get_object(Bucket="inbox", Key=key)["Body"].read().decode())


def answer(event, context):
    print("asked", event)
    if event == "fail":
        raise ValueError("no")
    if event == "slow":
        time.sleep(0.5)
    return {"event": event}
'''

FILES = {"scenario.yaml": SCENARIO, "app.py": HANDLERS}


@pytest.fixture(scope="module")
def served(serve: Callable[..., Served]) -> Served:
    """One server for all tests that leave it as it was."""
    return serve("scenario.yaml", files=FILES)


def test_a_message_comes_back_as_it_was_sent(served: Served) -> None:
    """Send, receive, delete with boto3 over HTTP; the queue's URL names the server."""
    sqs = served.client("sqs")
    url = sqs.create_queue(QueueName="plain")["QueueUrl"]

    sent = sqs.send_message(QueueUrl=url, MessageBody="hello")
    received = sqs.receive_message(QueueUrl=url)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])

    assert url == f"{served.url}/000000000000/plain"
    assert (received["MessageId"], received["Body"]) == (sent["MessageId"], "hello")


def test_a_long_poll_ends_when_a_message_comes(served: Served) -> None:
    """It waits on the wall clock, and not a moment longer than it must."""
    sqs, other = served.client("sqs"), served.client("sqs")
    url = sqs.create_queue(QueueName="waited")["QueueUrl"]
    began_s = perf_counter()
    timer = threading.Timer(0.1, other.send_message, kwargs={"QueueUrl": url, "MessageBody": "here"})
    timer.start()

    found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
    timer.join()

    assert [message["Body"] for message in found] == ["here"]
    assert perf_counter() - began_s < 5


def test_a_poll_of_a_client_that_left_takes_nothing(served: Served) -> None:
    """What comes after somebody has hung up is for those who are still there."""
    sqs = served.client("sqs")
    url = sqs.create_queue(QueueName="left")["QueueUrl"]
    where = urlsplit(served.url)
    content = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20}).encode()
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(content)}\r\n"
    with socket.create_connection((where.hostname or "", where.port or 0)) as client:
        client.sendall(head.encode() + b"X-Amz-Target: AmazonSQS.ReceiveMessage\r\n\r\n" + content)
        served.ask("GET", "/_eventsim/health")

    sqs.send_message(QueueUrl=url, MessageBody="for us")

    assert bodies(sqs, "left") == ["for us"]


def test_an_object_is_found_by_path_and_by_host(served: Served) -> None:
    """`/bucket/key` and `bucket.localhost` mean the same; HEAD tells the length."""
    s3 = served.client("s3")
    s3.create_bucket(Bucket="shelf")
    s3.put_object(Bucket="shelf", Key="a folder/é.bin", Body=b"x" * 2_000_000, Metadata={"of": "mine"})

    by_path = s3.get_object(Bucket="shelf", Key="a folder/é.bin")
    status, by_host = served.ask("GET", "/a%20folder/%C3%A9.bin", Host="shelf.localhost")

    assert by_path["Body"].read() == by_host == b"x" * 2_000_000
    assert by_path["Metadata"] == {"of": "mine"}
    assert status == 200
    assert s3.head_object(Bucket="shelf", Key="a folder/é.bin")["ContentLength"] == 2_000_000


def test_a_presigned_url_expires(served: Served) -> None:
    """A URL that was signed for a minute, years ago, is refused as S3 refuses it."""
    signed = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    scope = "X-Amz-Credential=test%2F20200101%2Fus-east-1%2Fs3%2Faws4_request"

    status, answer = served.ask("GET", f"/shelf/key?{signed}&{scope}&X-Amz-Date=20200101T000000Z&X-Amz-Expires=60")

    assert status == 403
    assert b"Request has expired" in answer


def test_a_presigned_url_needs_no_client(served: Served) -> None:
    """Whoever has the URL gets the object."""
    s3 = served.client("s3")
    s3.create_bucket(Bucket="given")
    url = s3.generate_presigned_url("put_object", Params={"Bucket": "given", "Key": "k"})
    parts = urlsplit(url)

    status, _ = served.ask("PUT", f"{parts.path}?{parts.query}", b"content")

    assert status == 200
    assert s3.get_object(Bucket="given", Key="k")["Body"].read() == b"content"


def test_a_form_uploads_an_object(served: Served) -> None:
    """What `generate_presigned_post` gives is good for a page without a client."""
    s3 = served.client("s3")
    s3.create_bucket(Bucket="posted")
    made = s3.generate_presigned_post("posted", "k")
    fields = [*made["fields"].items(), ('file"; filename="cat.jpg', "content")]
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]

    status, _ = served.ask(
        "POST", "/posted", ("".join(parts) + "--x--").encode(), Content_Type="multipart/form-data; boundary=x"
    )

    assert status == 204
    assert s3.get_object(Bucket="posted", Key="k")["Body"].read() == b"content"


def test_a_function_answers_with_result_or_error(served: Served) -> None:
    """Invoke through a worker, with the log's tail."""
    client = served.client("lambda")

    good = client.invoke(FunctionName="answer", Payload=b'{"n": 1}', LogType="Tail")
    bad = client.invoke(FunctionName="answer", Payload=b'"fail"')

    assert json.loads(good["Payload"].read()) == {"event": {"n": 1}}
    assert "FunctionError" not in good
    assert good["LogResult"]
    assert bad["FunctionError"] == "Unhandled"
    assert json.loads(bad["Payload"].read())["errorType"] == "ValueError"


def test_a_function_has_an_address(served: Served) -> None:
    """Its URL names this server; without the signature that it asks for, and elsewhere, there is nothing."""
    client = served.client("lambda")
    url = client.create_function_url_config(FunctionName="answer", AuthType="NONE")["FunctionUrl"]
    path = urlsplit(url).path
    host = f"{path.split('/')[2]}.lambda-url.us-east-1.localhost"

    status, content = served.ask("POST", f"{path}some/path?a=1", {"n": 1}, Content_Type="application/json")
    client.update_function_url_config(FunctionName="answer", AuthType="AWS_IAM")

    event = json.loads(content)["event"]
    assert (status, event["rawPath"], event["queryStringParameters"]) == (200, "/some/path", {"a": "1"})
    assert json.loads(event["body"]) == {"n": 1}
    assert url.startswith(f"{served.url}/_url/")
    assert served.ask("GET", path)[0] == 403
    assert served.ask("GET", "/", Host=host)[0] == 403
    assert served.ask("GET", "/", Host=f"no{host}")[0] == 403


def test_messages_and_objects_run_their_functions(served: Served) -> None:
    """A mapping and a notification run workers, whose boto3 comes back to this server."""
    sqs = served.client("sqs")

    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="1")
    served.client("s3").put_object(Bucket="inbox", Key="letter", Body=b"dear")

    assert bodies(sqs, "done", 2) == ["job 1", "object dear"]


def test_calls_of_a_worker_are_traced_to_its_invocation(served: Served) -> None:
    """The trace header of an invocation says on whose behalf its code calls."""
    sqs = served.client("sqs")
    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="traced")
    bodies(sqs, "done")

    calls = [entry for entry in served.trace() if entry["kind"] == "called" and entry["place"].endswith("SendMessage")]

    assert calls[-1]["subject"] == "caller arn:aws:lambda:us-east-1:000000000000:function:on_jobs"
    assert calls[-1]["cause"] > 0


def test_accounts_and_regions_are_worlds_apart(served: Served) -> None:
    """A key of twelve digits is an account; neither it nor another region sees what is here."""
    here = served.client("sqs")
    here.create_queue(QueueName="secret")

    elsewhere = served.client("sqs", region_name="eu-west-1").list_queues()
    another = served.client("sqs", aws_access_key_id="111122223333")

    assert "QueueUrls" not in elsewhere
    assert "QueueUrls" not in another.list_queues()
    assert another.create_queue(QueueName="secret")["QueueUrl"] == f"{served.url}/111122223333/secret"


def test_a_role_of_another_account_leads_there(served: Served) -> None:
    """Its temporary credentials are the account's, as when a tool deploys into several accounts."""
    role = "arn:aws:iam::111122224444:role/deployer"
    lent = served.client("sts").assume_role(RoleArn=role, RoleSessionName="tool")["Credentials"]
    keys = {
        "aws_access_key_id": lent["AccessKeyId"],
        "aws_secret_access_key": lent["SecretAccessKey"],
        "aws_session_token": lent["SessionToken"],
    }

    made = served.client("sqs", **keys).create_queue(QueueName="theirs")
    identity = served.client("sts", **keys).get_caller_identity()

    assert made["QueueUrl"] == f"{served.url}/111122224444/theirs"
    assert identity["Arn"] == "arn:aws:sts::111122224444:assumed-role/deployer/tool"


def test_a_service_without_regions_is_one_in_all(served: Served) -> None:
    """A role that was made by a client of one region is there for those of others, but not for other accounts."""
    here, there = served.client("iam"), served.client("iam", region_name="eu-west-1")
    here.create_user(UserName="ann")

    elsewhere = served.client("iam", aws_access_key_id="111122224444")

    assert [each["UserName"] for each in there.list_users()["Users"]] == ["ann"]
    assert elsewhere.list_users()["Users"] == []


def test_a_bucket_is_one_in_all_regions(served: Served) -> None:
    """A client of another region sees it, reads it, copies from it, and cannot make it again."""
    here, there = served.client("s3"), served.client("s3", region_name="eu-west-1")
    here.create_bucket(Bucket="travelled")
    here.put_object(Bucket="travelled", Key="k", Body=b"v")
    european = {"LocationConstraint": "eu-west-1"}
    there.create_bucket(Bucket="continental", CreateBucketConfiguration=european)

    there.copy_object(Bucket="continental", Key="k", CopySource="travelled/k")

    names = [bucket["Name"] for bucket in here.list_buckets(Prefix="")["Buckets"]]
    assert {"travelled", "continental"} <= set(names)
    assert there.head_bucket(Bucket="travelled")["BucketRegion"] == "us-east-1"
    assert here.get_object(Bucket="continental", Key="k")["Body"].read() == b"v"
    with pytest.raises(there.exceptions.BucketAlreadyOwnedByYou):
        there.create_bucket(Bucket="travelled", CreateBucketConfiguration=european)


def test_a_signature_for_no_region_is_told_the_right_one(served: Served) -> None:
    """Clients that begin with a guess, such as `US`, read it from the error and ask again."""
    guessing = served.client("s3", region_name="US")

    with pytest.raises(ClientError, match="the region 'US' is wrong; expecting 'us-east-1'") as refused:
        guessing.list_buckets()

    error = cast("Any", refused.value.response["Error"])
    assert (error["Code"], error["Region"]) == ("AuthorizationHeaderMalformed", "us-east-1")


def test_a_bucket_is_one_in_all_accounts(served: Served) -> None:
    """Its name is taken for everybody else, who cannot see it."""
    served.client("s3").create_bucket(Bucket="taken")
    another = served.client("s3", aws_access_key_id="111122223333")

    with pytest.raises(another.exceptions.BucketAlreadyExists):
        another.create_bucket(Bucket="taken")

    assert "taken" not in {bucket["Name"] for bucket in another.list_buckets()["Buckets"]}


def test_a_bucket_has_a_website(served: Served) -> None:
    """At a host of its own, for every browser; its bucket may lie in any region."""
    there = served.client("s3", region_name="eu-west-1")
    there.create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    there.put_object(Bucket="site", Key="index.html", Body=b"welcome")
    there.put_bucket_website(Bucket="site", WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})

    status, body = served.ask("GET", "/", Host="site.s3-website.eu-west-1.amazonaws.com")
    at_home = served.ask("GET", "/none", Host="site.s3-website.localhost")

    assert (status, body) == (200, b"welcome")
    assert at_home[0] == 404
    assert b"NoSuchKey" in at_home[1]


def test_what_is_not_simulated_is_refused_by_name(served: Served) -> None:
    """501, and a sentence that names service and operation."""
    client = served.client("translate")

    with pytest.raises(client.exceptions.ClientError, match=r"translate\.ListTerminologies is not simulated") as caught:
        client.list_terminologies()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://anybody.s3.amazonaws.com"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Host": "["}, 403),
        ({"Host": "notlocalhost"}, 403),
        ({"Origin": "http://localhost:3000", "Sec_Fetch_Site": "cross-site"}, 200),
        ({"Host": "sqs.us-east-1.amazonaws.com"}, 200),
        ({"Host": "host.docker.internal:4566"}, 200),
        ({"Host": "[::1]:4566"}, 200),
    ],
    ids=[
        "foreign host",
        "foreign origin",
        "sandboxed page",
        "page in a bucket",
        "cross-site",
        "no host",
        "nearly",
        "local page",
        "AWS's name",
        "from a container",
        "IPv6",
    ],
)
def test_pages_of_other_sites_may_not_call(served: Served, headers: dict[str, str], status: int) -> None:
    """A browser would carry out what any page tells it to; such requests say where they come from."""
    assert served.ask("GET", "/_eventsim/health", **headers)[0] == status


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\xff" * 100, b"{" * 10_000, b'{"QueueUrl": 1}', b"Action=SendMessage&&&=%"],
    ids=["nothing", "noise", "braces", "wrong type", "half a form"],
)
def test_malformed_requests_leave_the_server_alive(served: Served, content: bytes) -> None:
    """Whatever comes is answered with a 4xx."""
    status, _ = served.ask("POST", "/", content, X_Amz_Target="AmazonSQS.SendMessage")

    assert 400 <= status < 500
    assert served.ask("GET", "/_eventsim/health")[0] == 200


def test_scripts_for_another_emulator_find_its_health_here(served: Served) -> None:
    """They wait until a service runs, and look for it with grep."""
    status, told = served.ask("GET", "/_localstack/health")

    assert status == 200
    assert b'"sqs": "running"' in told
    assert json.loads(told)["services"] == json.loads(served.ask("GET", "/_eventsim/health")[1])["services"]


def test_queues_can_be_looked_into(served: Served) -> None:
    """By name, URL or ARN, and nothing is received by that."""
    sqs = served.client("sqs")
    url = sqs.create_queue(QueueName="looked-into")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    asked = [f"/_eventsim/messages?queue={name}" for name in ("looked-into", url, "arn:aws:sqs:x:1:looked-into")]
    told = [json.loads(served.ask("GET", path)[1])["messages"] for path in asked]

    assert told[1:] == told[:-1]
    assert [(each["body"], each["state"], each["receive_count"]) for each in told[0]] == [("hello", "visible", 0)]
    status, words = served.ask("GET", "/_eventsim/messages?queue=other")
    assert status == 404
    assert json.loads(words)["message"].startswith("there is no queue 'other'; there are: ")


def test_what_topics_send_out_can_be_read(served: Served) -> None:
    """A text message leaves the world, and is kept."""
    sns = served.client("sns")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15550100")
    sns.publish(TopicArn=topic, Message="fire")

    (sent,) = json.loads(served.ask("GET", f"/_eventsim/outbox?topic={topic}")[1])["outbox"]

    assert (sent["protocol"], sent["endpoint"], sent["body"]) == ("sms", "+15550100", "fire")


@pytest.mark.parametrize("path", ["/_eventsim/reset", "/_localstack/state/reset", "/moto-api/reset"])
def test_suites_for_another_emulator_begin_anew_as_there(serve: Callable[..., Served], path: str) -> None:
    """Between two tests."""
    served = serve()
    sqs = served.client("sqs")
    sqs.create_queue(QueueName="before")

    assert served.ask("POST", path)[0] == 200
    assert "QueueUrls" not in sqs.list_queues()


def test_a_bucket_may_be_called_like_a_path_of_others(served: Served) -> None:
    """Who asks for its objects signs."""
    s3 = served.client("s3")
    s3.create_bucket(Bucket="moto-api")

    s3.put_object(Bucket="moto-api", Key="reset", Body=b"here")

    assert s3.get_object(Bucket="moto-api", Key="reset")["Body"].read() == b"here"


def test_the_wall_clock_cannot_be_advanced(served: Served) -> None:
    """A clear refusal, that says how to have it otherwise."""
    status, content = served.ask("POST", "/_eventsim/advance", {"by": "1 s"})

    assert status == 409
    assert b"eventsim serve --virtual" in content


def test_a_reset_begins_anew(serve: Callable[..., Served]) -> None:
    """What the scenario brings is there again, everything else is gone; who waited is sent home."""
    served = serve("scenario.yaml", files=FILES)
    sqs = served.client("sqs")
    sqs.create_queue(QueueName="extra")
    sqs.send_message(QueueUrl=url_of(sqs, "quiet"), MessageBody="forgotten")

    status, _ = served.ask("POST", "/_eventsim/reset")

    urls = sqs.list_queues()["QueueUrls"]
    assert status == 200
    assert [url.rpartition("/")[2] for url in urls] == ["done", "jobs", "quiet"]
    assert "Messages" not in sqs.receive_message(QueueUrl=url_of(sqs, "quiet"))
    assert served.client("lambda").invoke(FunctionName="answer", Payload=b"1")["StatusCode"] == 200


def test_what_happened_is_a_page_too(served: Served) -> None:
    """For a browser, while the server runs, which says where; a part of it on demand."""
    assert served.process.stdout is not None
    assert served.process.stdout.readline() == f"  what happens there: {served.url}/_eventsim/report\n"
    served.client("sqs").create_queue(QueueName="drawn")

    status, page = served.ask("GET", "/_eventsim/report")
    part_status, part = served.ask("GET", "/_eventsim/report?since=1h")

    assert (status, part_status) == (200, 200)
    assert b"somebody outside called sqs.CreateQueue" in page
    assert b"somebody outside called sqs.CreateQueue" not in part


def test_a_page_of_a_time_that_is_none_is_refused(served: Served) -> None:
    """In a sentence."""
    status, content = served.ask("GET", "/_eventsim/report?until=tomorrow")

    assert status == 400
    assert b"/_eventsim/report?since=90s&until=2m" in content


def test_a_followed_trace_tells_what_happens(served: Served) -> None:
    """Lines come as entries are recorded."""
    where = urlsplit(served.url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=5) as client:
        client.sendall(b"GET /_eventsim/trace?follow=1 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        lines = client.makefile("rb")
        assert lines.readline() == b"HTTP/1.1 200 OK\r\n"

        served.client("sqs").create_queue(QueueName="followed")

        assert any(b"CreateQueue" in line for line in lines)


def test_work_under_way_ends_before_the_server_does(serve: Callable[..., Served]) -> None:
    """SIGTERM: an invocation gets its answer, a long poll is sent home, and the exit code is 0."""
    served = serve("scenario.yaml", files=FILES)
    client = served.client("lambda")
    client.invoke(FunctionName="answer", Payload=b"1")
    results: list[Any] = []
    asking = threading.Thread(target=lambda: results.append(client.invoke(FunctionName="answer", Payload=b'"slow"')))
    asking.start()
    until(lambda: served.kinds()[-3:], lambda kinds: "started" in kinds)

    code, told = served.end()
    asking.join()

    assert json.loads(results[0]["Payload"].read()) == {"event": "slow"}
    assert (code, "Traceback" in told) == (0, False)


def test_ctrl_c_ends_it_as_well(serve: Callable[..., Served]) -> None:
    """An idle server ends at once."""
    served = serve()

    served.process.send_signal(signal.SIGINT)
    served.process.communicate(timeout=5)

    assert served.process.returncode == 0


def test_a_port_that_is_taken_is_named(served: Served, tmp_path: Path) -> None:
    """One sentence, and exit code 2."""
    port = str(urlsplit(served.url).port)
    command = [sys.executable, "-m", "eventsim", "serve", "--port", port]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=10, check=False)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"eventsim: port {port} is taken")


def test_a_wrong_scenario_is_told_before_anything_is_served(tmp_path: Path) -> None:
    """As `run` tells it."""
    (tmp_path / "wrong.yaml").write_text("queues: {a: {visibility: 3}}")
    command = [sys.executable, "-m", "eventsim", "serve", "--port", "0", "wrong.yaml"]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=10, check=False)

    assert ended.returncode == 2
    assert "wrong.yaml:1" in ended.stderr
    assert ended.stdout == ""


def test_the_header_of_a_trace_goes_on_with_a_message(served: Served) -> None:
    """What a client sends as `X-Amzn-Trace-Id` is the message's `AWSTraceHeader`."""
    sqs = served.client("sqs")
    url = sqs.create_queue(QueueName="traced")["QueueUrl"]
    header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"

    status, _ = served.ask(
        "POST",
        "/",
        {"QueueUrl": url, "MessageBody": "a"},
        Content_Type="application/x-amz-json-1.0",
        X_Amz_Target="AmazonSQS.SendMessage",
        X_Amzn_Trace_Id=header,
    )
    (message,) = sqs.receive_message(QueueUrl=url, AttributeNames=["All"])["Messages"]

    assert (status, message["Attributes"]["AWSTraceHeader"]) == (200, header)
