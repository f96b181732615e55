"""Do the policies that SAM offers allow what they are for?"""

import fnmatch
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.permissions.test_needs import HERE, needs

samtranslator = pytest.importorskip("samtranslator", reason="needs `pip install 'eventsim[sam]'`")

TEMPLATES = Path(samtranslator.__file__).parent / "policy_templates_data" / "policy_templates.json"
SERVICES = {
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "comprehend": "comprehend",
    "dynamodb": "dynamodb",
    "events": "events",
    "firehose": "firehose",
    "kms": "kms",
    "kinesis": "kinesis",
    "lambda": "lambda",
    "logs": "logs",
    "s3": "s3",
    "ses": "ses",
    "sns": "sns",
    "sqs": "sqs",
    "ssm": "ssm",
    "states": "stepfunctions",
    "textract": "textract",
}
WORDS = {"AWS::Partition": "aws", "AWS::Region": HERE.region, "AWS::AccountId": HERE.account_id}
STREAM = HERE.arn("dynamodb", "table/x/stream/x")
GIVEN = {
    "BackupArn": HERE.arn("dynamodb", "table/x/backup/1"),
    "Bucket": "x",
    "DeliveryStreamName": "x",
    "Entries": [{"EventBusName": "x"}],
    "FunctionName": "x",
    "Key": "x",
    "KeyId": "x",
    "Name": "x",
    "Names": ["x"],
    "Path": "x",
    "QueueUrl": f"https://sqs.eu-west-1.amazonaws.com/{HERE.account_id}/x",
    "RequestItems": {"x": {}},
    "ShardIterator": f"{STREAM}|1|A",
    "StreamArn": STREAM,
    "StreamName": "x",
    "StackName": "x",
    "TableName": "x",
    "TopicArn": HERE.arn("sns", "x"),
    "logGroupName": "x",
    "stateMachineArn": HERE.arn("states", "stateMachine:x"),
}
"""Every name is `x`, and so is every name in the policies."""
ODD = ("SSMParameterWithSlashPrefixReadPolicy",)
"""What is about names that begin with a slash."""


def statements() -> Iterator[tuple[str, str, list[str]]]:
    """Yield actions and the forms of the resources on which they are allowed."""
    for name, template in json.loads(TEMPLATES.read_text())["Templates"].items():
        for statement in template["Definition"]["Statement"]:
            resources = statement["Resource"]
            forms = [_form(each) for each in (resources if isinstance(resources, list) else [resources])]
            for action in statement["Action"]:
                if action.partition(":")[0] in SERVICES and "*" not in action and name not in ODD:
                    yield name, action, forms


def _form(resource: object) -> str:
    """Return a resource with all that it leaves open filled in."""
    text = resource["Fn::Sub"] if isinstance(resource, dict) else str(resource)
    text, names = (text[0], text[1]) if isinstance(text, list) else (text, {})
    for word, value in {**WORDS, **dict.fromkeys(names, "x")}.items():
        text = text.replace(f"${{{word}}}", value)
    return str(text)


@pytest.mark.parametrize(("policy", "action", "forms"), list(statements()))
def test_a_policy_of_sam_allows_what_it_is_for(policy: str, action: str, forms: list[str]) -> None:
    """An operation needs its action on nothing that is not among the resources of AWS's own policy."""
    prefix, _, operation = action.partition(":")
    resources = [need.resource for need in needs(SERVICES[prefix], operation, **GIVEN) if need.action == action]

    assert all(
        resource == "" or any(fnmatch.fnmatchcase(resource, form) for form in forms) for resource in resources
    ), f"{policy} allows {action} on {forms}, and it needs {resources}"
