"""Whom does a call reach that names a resource of another account, or comes from a client of another region?"""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.live.conftest import Served, Servers, bodies, url_of

OURS, THEIRS = "111122223333", "444455556666"

CODE = """\
import boto3


def handler(event, context):
    return event


def wander(event, context):
    abroad = boto3.client("sqs", region_name="eu-west-1")
    abroad.send_message(QueueUrl=abroad.get_queue_url(QueueName="abroad")["QueueUrl"], MessageBody="from afar")
    assumed = boto3.client("sts").assume_role(RoleArn="arn:aws:iam::444455556666:role/any", RoleSessionName="away")
    keys = assumed["Credentials"]
    theirs = boto3.client(
        "sqs",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    return [url.rpartition("/")[2] for url in theirs.list_queues()["QueueUrls"]]
"""
SCENARIO = f"""\
account: "{THEIRS}"
functions:
  echo: {{handler: app.handler}}
  wander: {{handler: app.wander}}
queues: {{inbox: {{}}}}
"""


@pytest.fixture(scope="module")
def served(serve: Servers) -> Served:
    """A server on which their account is at home."""
    return serve("--virtual=auto", "scenario.yaml", files={"scenario.yaml": SCENARIO, "app.py": CODE})


def ours(served: Served, service: str, **settings: Any) -> Any:
    """Return a client of our account."""
    return served.client(service, **{"aws_access_key_id": OURS, **settings})


def test_a_queue_of_another_account_is_reached_by_its_url(served: Served) -> None:
    """Its owner is told beside its name, or stands in the URL."""
    sqs = ours(served, "sqs")
    url = sqs.get_queue_url(QueueName="inbox", QueueOwnerAWSAccountId=THEIRS)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")

    assert url.endswith(f"/{THEIRS}/inbox")
    assert bodies(served.client("sqs"), "inbox") == ["hello"]
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.get_queue_url(QueueName="inbox")


def test_nobody_else_may_delete_a_queue(served: Served) -> None:
    """Other accounts cannot be let in to that."""
    sqs = ours(served, "sqs")
    with pytest.raises(sqs.exceptions.QueueDoesNotExist):
        sqs.delete_queue(QueueUrl=url_of(served.client("sqs"), "inbox"))


def test_topics_streams_tables_and_secrets_of_another_account_are_reached_by_their_arn(served: Served) -> None:
    """What is written there from here is read there."""
    topic = served.client("sns").create_topic(Name="news")["TopicArn"]
    inbox = f"arn:aws:sqs:us-east-1:{THEIRS}:inbox"
    served.client("sns").subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=inbox, Attributes={"RawMessageDelivery": "true"}
    )
    ours(served, "sns").publish(TopicArn=topic, Message="news")
    assert bodies(served.client("sqs"), "inbox") == ["news"]

    served.client("kinesis").create_stream(StreamName="clicks", ShardCount=1)
    stream = f"arn:aws:kinesis:us-east-1:{THEIRS}:stream/clicks"
    ours(served, "kinesis").put_record(StreamARN=stream, Data=b"click", PartitionKey="k")
    shard = {"StreamARN": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    reader = ours(served, "kinesis")
    iterator = reader.get_shard_iterator(**shard)["ShardIterator"]
    assert [each["Data"] for each in reader.get_records(StreamARN=stream, ShardIterator=iterator)["Records"]] == [
        b"click"
    ]

    table = served.client("dynamodb").create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )["TableDescription"]["TableArn"]
    ours(served, "dynamodb").put_item(TableName=table, Item={"id": {"S": "1"}})
    assert served.client("dynamodb").scan(TableName="orders")["Count"] == 1

    secret = served.client("secretsmanager").create_secret(Name="key", SecretString="hush")["ARN"]
    assert ours(served, "secretsmanager").get_secret_value(SecretId=secret)["SecretString"] == "hush"


@pytest.mark.parametrize("name", [f"arn:aws:lambda:us-east-1:{THEIRS}:function:echo", f"{THEIRS}:function:echo"])
def test_a_function_of_another_account_is_invoked_by_its_arn(served: Served, name: str) -> None:
    """It runs in its own account."""
    answer = ours(served, "lambda").invoke(FunctionName=name, Payload=b'{"n": 1}')
    assert json.loads(answer["Payload"].read()) == {"n": 1}


def test_a_bucket_is_the_same_for_every_account(served: Served) -> None:
    """Its name is taken everywhere, and it can be asked whose it is."""
    served.client("s3").create_bucket(Bucket="shared-by-all")
    s3 = ours(served, "s3", region_name="eu-west-1")
    s3.put_object(Bucket="shared-by-all", Key="k", Body=b"theirs now")

    s3.create_bucket(Bucket="ours-alone", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.copy_object(Bucket="ours-alone", Key="copy", CopySource="shared-by-all/k")

    assert served.client("s3").get_object(Bucket="shared-by-all", Key="k")["Body"].read() == b"theirs now"
    assert s3.get_object(Bucket="ours-alone", Key="copy")["Body"].read() == b"theirs now"
    assert "shared-by-all" not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    with pytest.raises(s3.exceptions.ClientError, match="AccessDenied"):
        s3.get_object(Bucket="shared-by-all", Key="k", ExpectedBucketOwner=OURS)
    with pytest.raises(s3.exceptions.BucketAlreadyExists):
        s3.create_bucket(Bucket="shared-by-all", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})


def test_a_function_reaches_other_regions_and_other_accounts(serve: Servers) -> None:
    """By the region of its client, and by the credentials of a role that it assumed."""
    files = {"scenario.yaml": "functions: {wander: {handler: app.wander}}", "app.py": CODE}
    served = serve("--virtual=auto", "scenario.yaml", files=files)
    abroad = served.client("sqs", region_name="eu-west-1")
    abroad.create_queue(QueueName="abroad")
    served.client("sqs", aws_access_key_id=THEIRS).create_queue(QueueName="theirs")

    answer = served.client("lambda").invoke(FunctionName="wander")

    assert json.loads(answer["Payload"].read()) == ["theirs"]
    assert bodies(abroad, "abroad") == ["from afar"]


ELSEWHERE = f"""\
elsewhere:
  {THEIRS}/eu-west-1:
    queues: {{jobs: {{}}}}
    functions: {{echo: {{handler: app.handler}}}}
"""


def test_what_a_scenario_has_elsewhere_is_served_and_kept(serve: Servers, tmp_path: Path) -> None:
    """A second server has what the scenario says, and what clients made, in the file of that account and region."""
    there = {"region_name": "eu-west-1", "aws_access_key_id": THEIRS}
    given = ("--db", str(tmp_path / "state.db"), "scenario.yaml")
    files = {"scenario.yaml": ELSEWHERE, "app.py": CODE}
    first = serve(*given, files=files)
    answer = first.client("lambda", **there).invoke(FunctionName="echo", Payload=b'{"n": 1}')
    sqs = first.client("sqs", **there)
    sqs.create_queue(QueueName="made")
    sqs.send_message(QueueUrl=url_of(sqs, "jobs"), MessageBody="kept")
    first.process.kill()
    first.process.communicate()

    sqs = serve(*given, files=files).client("sqs", **there)

    assert json.loads(answer["Payload"].read()) == {"n": 1}
    assert [url.rpartition("/")[2] for url in sqs.list_queues()["QueueUrls"]] == ["jobs", "made"]
    assert bodies(sqs, "jobs") == ["kept"]
