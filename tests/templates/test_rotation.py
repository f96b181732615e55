"""Does a rotation schedule of a stack rotate its secret, at once, when it is time, and no more in the end?"""

import json
from pathlib import Path
from typing import Any

from eventsim import SyncSimulation
from tests import sdk

CODE = """
import boto3

secrets = boto3.client("secretsmanager")

def handler(event, context):
    secret, token, step = event["SecretId"], event["ClientRequestToken"], event["Step"]
    if step == "createSecret":
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=token, SecretString=token, VersionStages=["AWSPENDING"]
        )
    if step == "finishSecret":
        stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
        (current,) = (version for version, labels in stages.items() if "AWSCURRENT" in labels)
        secrets.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
        )
"""


def template(secret: Any = None, **schedule: Any) -> str:
    """Return a template with a secret and, if anything is said of it, a schedule that rotates it."""
    function = {"Runtime": "python3.12", "Handler": "index.handler", "Role": "arn:aws:iam::000000000000:role/r"}
    resources: dict[str, Any] = {
        "Word": {"Type": "AWS::SecretsManager::Secret", "Properties": {"Name": "word", "SecretString": "first"}},
        "Other": {"Type": "AWS::SecretsManager::SecretTargetAttachment", "Properties": {"SecretId": {"Ref": "Word"}}},
        "Rotates": {"Type": "AWS::Lambda::Function", "Properties": {**function, "Code": {"ZipFile": CODE}}},
    }
    if schedule:
        given = {"SecretId": secret or {"Ref": "Word"}, "RotationLambdaARN": {"Fn::GetAtt": "Rotates.Arn"}, **schedule}
        resources["Schedule"] = {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": given}
    return json.dumps({"Resources": resources})


def told() -> Any:
    """Return what Secrets Manager tells of the secret."""
    client: Any = sdk.client("secretsmanager")
    return client.describe_secret(SecretId="word")


def word() -> str:
    """Return the secret."""
    client: Any = sdk.client("secretsmanager")
    text: str = client.get_secret_value(SecretId="word")["SecretString"]
    return text


def test_a_schedule_rotates_a_secret(world: SyncSimulation) -> None:
    """At once, and again after each interval; `Ref` of it is the secret."""
    cloudformation: Any = sdk.client("cloudformation")

    cloudformation.create_stack(StackName="safe", TemplateBody=template(RotationRules={"AutomaticallyAfterDays": "2"}))
    world.until_idle()
    first = word()
    world.advance("3d")

    found = cloudformation.describe_stack_resource(StackName="safe", LogicalResourceId="Schedule")
    assert found["StackResourceDetail"]["PhysicalResourceId"] == told()["ARN"]
    assert told()["RotationRules"] == {"AutomaticallyAfterDays": 2}
    assert len({"first", first, word()}) == 3


def test_a_schedule_changes_and_ends(world: SyncSimulation) -> None:
    """Other rules alone rotate nothing if the template says so; what leaves the template is cancelled."""
    cloudformation: Any = sdk.client("cloudformation")
    nightly = {"ScheduleExpression": "cron(0 3 * * ? *)", "Duration": "2h"}
    calm = template(RotationRules=nightly, RotateImmediatelyOnUpdate="false")

    cloudformation.create_stack(StackName="safe", TemplateBody=template(RotationRules={"AutomaticallyAfterDays": 9}))
    world.until_idle()
    first = word()
    cloudformation.update_stack(StackName="safe", TemplateBody=calm)
    world.until_idle()
    changed = told()
    cloudformation.update_stack(StackName="safe", TemplateBody=template())

    assert (changed["RotationEnabled"], changed["RotationRules"]) == (True, nightly)
    assert changed["NextRotationDate"].hour == 3
    assert word() == first
    assert told()["RotationEnabled"] is False


def test_a_secret_of_a_database_is_rotated(world: SyncSimulation) -> None:
    """What attaches a secret to a database does nothing here, but leads to the secret."""
    cloudformation: Any = sdk.client("cloudformation")
    rules = {"ScheduleExpression": "rate(4 hours)"}

    cloudformation.create_stack(StackName="safe", TemplateBody=template({"Ref": "Other"}, RotationRules=rules))

    assert told()["RotationRules"] == rules


def test_functions_of_awss_own_rotate_nothing(world: SyncSimulation, tmp_path: Path) -> None:
    """The report says that they are not here."""
    hosted = {"HostedRotationLambda": {"RotationType": "MySQLSingleUser"}, "RotationLambdaARN": {"Ref": "AWS::NoValue"}}
    (tmp_path / "t.json").write_text(template(**hosted))

    deployed = world.deploy(tmp_path / "t.json")

    (line,) = (line for line in deployed.lines if line.logical_id == "Schedule")
    assert line.level == "missing"
    assert line.told == "rotates a secret by a function of AWS's own (`HostedRotationLambda`), which is not here"
