"""Stacks on a server: what their outputs lead to."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eventsim.live.stack_outputs import at_host
from tests.interpreters import needs_node
from tests.live.conftest import Served

TEMPLATE = {
    "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
    "Outputs": {"Url": {"Value": {"Ref": "Queue"}, "Export": {"Name": "url"}}},
}


@pytest.mark.parametrize(
    ("value", "moved"),
    [
        (
            "https://abc.execute-api.us-east-1.amazonaws.com/Prod/x",
            "http://localhost:4566/_api/abc/Prod/x",
        ),
        ("https://abc.lambda-url.us-east-1.on.aws/x", "http://localhost:4566/_url/abc/x"),
        ("https://sqs.us-east-1.amazonaws.com/123456789012/q", "http://localhost:4566/123456789012/q"),
        ("wss://abc.execute-api.us-east-1.amazonaws.com/dev", "ws://localhost:4566/_api/abc/dev"),
        ("arn:aws:sqs:us-east-1:123456789012:q", "arn:aws:sqs:us-east-1:123456789012:q"),
    ],
)
def test_addresses_lead_to_the_server(value: str, moved: str) -> None:
    """Whatever is no address stays as it is."""
    told = at_host({"Stacks": [{"Outputs": [{"OutputValue": value}]}], "Exports": [{"Value": value}]}, "localhost:4566")

    assert told == {"Stacks": [{"Outputs": [{"OutputValue": moved}]}], "Exports": [{"Value": moved}]}


def test_a_suite_finds_its_queue_in_the_outputs_of_a_stack(serve: Callable[..., Served]) -> None:
    """And any client can send to what it finds there."""
    served = serve("--virtual=auto")
    stacks = served.client("cloudformation")
    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(TEMPLATE))

    (stack,) = stacks.describe_stacks(StackName="shop")["Stacks"]

    url = stack["Outputs"][0]["OutputValue"]
    assert url.startswith(f"{served.url}/")
    assert served.client("sqs").send_message(QueueUrl=url, MessageBody="hello")["MessageId"]


MAKER: dict[str, Any] = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": "arn:aws:iam::123456789012:role/r",
        "Code": {
            "ZipFile": "import cfnresponse\n"
            "def handler(event, context):\n"
            "    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Answer': 'made'})\n"
        },
    },
}


BY_HTTPS = """
import json
from http.client import HTTPSConnection
from urllib.parse import urlsplit

def handler(event, context):
    address = urlsplit(event["ResponseURL"])
    answer = {"Status": "SUCCESS", "PhysicalResourceId": "thing", "Data": {"Answer": "made"}}
    connection = HTTPSConnection(address.netloc)
    connection.request("PUT", f"{address.path}?{address.query}", json.dumps(answer))
    assert connection.getresponse().status == 200
"""
"""As crhelper answers: by HTTPS, whatever the address says."""


WITHOUT_PORT = BY_HTTPS.replace("address.netloc", "address.hostname, 443")
"""As many functions answer that people wrote themselves: AWS's address has no port."""
ANSWERS = {"cfnresponse": MAKER["Properties"]["Code"]["ZipFile"], "crhelper": BY_HTTPS, "without a port": WITHOUT_PORT}


@pytest.mark.parametrize("code", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("mode", [(), ("--virtual=auto",)], ids=["wall clock", "virtual time"])
def test_a_custom_resource_answers_the_server(serve: Callable[..., Served], mode: tuple[str, ...], code: str) -> None:
    """Functions run in processes of their own there, and put their answers to the server's address."""
    token = {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}}
    maker = {**MAKER, "Properties": {**MAKER["Properties"], "Code": {"ZipFile": code}}}
    template = {
        "Resources": {"Maker": maker, "Thing": {"Type": "Custom::Thing", "Properties": token}},
        "Outputs": {"Answer": {"Value": {"Fn::GetAtt": ["Thing", "Answer"]}}},
    }
    stacks = serve(*mode).client("cloudformation")

    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(template))

    (stack,) = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert (stack["StackStatus"], stack["Outputs"][0]["OutputValue"]) == ("CREATE_COMPLETE", "made")


IN_JAVASCRIPT = """
const https = require("https");

const ask = (options, body) =>
  new Promise((resolve, reject) => https.request(options, resolve).on("error", reject).end(body));

exports.handler = async ({ ResponseURL }) => {
  const { hostname, pathname, search } = new URL(ResponseURL);
  const { statusCode } = await ask("https://nobody.execute-api.us-east-1.amazonaws.com/");
  const answer = { Status: "SUCCESS", PhysicalResourceId: "thing", Data: { Answer: statusCode } };
  await ask({ hostname, port: 443, path: pathname + search, method: "PUT" }, JSON.stringify(answer));
};
"""


@needs_node
def test_a_function_in_javascript_finds_the_server_under_the_names_of_aws(serve: Callable[..., Served]) -> None:
    """By HTTPS at AWS's port, as libraries answer for custom resources, and at its addresses of APIs."""
    changes = {"Runtime": "nodejs20.x", "Code": {"ZipFile": IN_JAVASCRIPT}}
    maker = {**MAKER, "Properties": {**MAKER["Properties"], **changes}}
    token = {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}}
    template = {
        "Resources": {"Maker": maker, "Thing": {"Type": "Custom::Thing", "Properties": token}},
        "Outputs": {"Answer": {"Value": {"Fn::GetAtt": ["Thing", "Answer"]}}},
    }
    stacks = serve().client("cloudformation")

    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(template))

    (stack,) = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert (stack["StackStatus"], stack["Outputs"][0]["OutputValue"]) == ("CREATE_COMPLETE", "403")


def of_a_template(code: str) -> dict[str, str]:
    """Return a scenario and its template: a custom resource, and a queue that is named by its answer."""
    maker = {**MAKER, "Properties": {**MAKER["Properties"], "Code": {"ZipFile": code}}}
    template = {
        "Resources": {
            "Store": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "store"}},
            "Maker": maker,
            "Thing": {
                "Type": "Custom::Thing",
                "DependsOn": "Store",
                "Properties": {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}},
            },
            "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::GetAtt": ["Thing", "Name"]}}},
        }
    }
    return {"scenario.yaml": "template: template.json\n", "template.json": json.dumps(template)}


SOWS = """import boto3
import cfnresponse
def handler(event, context):
    boto3.client('s3').put_object(Bucket='store', Key='seed', Body=event['RequestType'])
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Name': 'orders'})
"""
FAILS = """import cfnresponse
def handler(event, context):
    cfnresponse.send(event, context, cfnresponse.FAILED, {}, reason='no more room')
"""


@pytest.mark.parametrize("mode", [(), ("--virtual=auto",), ("--virtual",)], ids=["wall clock", "auto", "on demand"])
def test_the_template_of_a_scenario_has_custom_resources(serve: Callable[..., Served], mode: tuple[str, ...]) -> None:
    """Their functions run, and ask the server for what is there already, before it tells that it is ready."""
    served = serve("scenario.yaml", *mode, files=of_a_template(SOWS))

    sown = served.client("s3").get_object(Bucket="store", Key="seed")["Body"].read()

    assert sown == b"Create"
    assert served.client("sqs").get_queue_url(QueueName="orders")
    assert served.ask("GET", "/_eventsim/health")[0] == 200


def test_a_new_beginning_makes_custom_resources_again(serve: Callable[..., Served]) -> None:
    """The server is asked by their functions while it answers the request for it."""
    served = serve("scenario.yaml", files=of_a_template(SOWS))
    served.client("s3").delete_object(Bucket="store", Key="seed")

    status, _ = served.ask("POST", "/_eventsim/reset")

    assert status == 200
    assert served.client("s3").get_object(Bucket="store", Key="seed")["Body"].read() == b"Create"


def test_a_custom_resource_that_fails_ends_the_server(tmp_path: Path) -> None:
    """With its reason, and its place in the template."""
    for name, text in of_a_template(FAILS).items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "eventsim", "serve", "--port", "0", "scenario.yaml"]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)

    assert ended.returncode != 0
    assert "template.json" in ended.stderr
    assert "Thing (Custom::Thing): its function answered FAILED: no more room" in ended.stderr


LOOKS = """import json
import os
import urllib.error
import urllib.request
import cfnresponse
def handler(event, context):
    try:
        urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/_eventsim/health')
    except urllib.error.HTTPError as error:
        told = json.load(error)['status'], error.code
    cfnresponse.send(event, context, cfnresponse.SUCCESS, {'Name': f'{told[0]}-{told[1]}'})
"""


def test_a_server_that_is_not_furnished_tells_so(serve: Callable[..., Served]) -> None:
    """Who waits for its health waits until everything of its template is there."""
    served = serve("scenario.yaml", files=of_a_template(LOOKS))

    assert served.client("sqs").get_queue_url(QueueName="starting-503")
    assert served.ask("GET", "/_eventsim/health")[0] == 200


def test_a_server_can_be_ended_while_it_waits_for_a_custom_resource(tmp_path: Path) -> None:
    """Nobody has to wait for the hour that CloudFormation would."""
    os.mkfifo(tmp_path / "begun")
    begins = f"open('{tmp_path}/begun', 'w').close()"
    waits = f"import time\ndef handler(event, context):\n    {begins}\n    time.sleep(900)\n"
    for name, text in of_a_template(waits).items():
        (tmp_path / name).write_text(text)
    command = [sys.executable, "-m", "eventsim", "serve", "--port", "0", "scenario.yaml"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    (tmp_path / "begun").read_text()  # returns as soon as the function has begun

    process.terminate()

    assert (process.communicate(timeout=30), process.returncode) == (("", ""), 0)
