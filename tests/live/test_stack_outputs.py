"""Stacks on a server: what their outputs lead to."""

import json
from collections.abc import Callable

import pytest

from eventsim.live.stack_outputs import at_host
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


MAKER = {
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


@pytest.mark.parametrize("mode", [(), ("--virtual=auto",)], ids=["wall clock", "virtual time"])
def test_a_custom_resource_answers_the_server(serve: Callable[..., Served], mode: tuple[str, ...]) -> None:
    """Functions run in processes of their own there, and put their answers to the server's address."""
    token = {"ServiceToken": {"Fn::GetAtt": ["Maker", "Arn"]}}
    template = {
        "Resources": {"Maker": MAKER, "Thing": {"Type": "Custom::Thing", "Properties": token}},
        "Outputs": {"Answer": {"Value": {"Fn::GetAtt": ["Thing", "Answer"]}}},
    }
    stacks = serve(*mode).client("cloudformation")

    stacks.create_stack(StackName="shop", TemplateBody=json.dumps(template))

    (stack,) = stacks.describe_stacks(StackName="shop")["Stacks"]
    assert (stack["StackStatus"], stack["Outputs"][0]["OutputValue"]) == ("CREATE_COMPLETE", "made")
