"""`cdk.out` is deployed as it lies there: templates, in order, with their assets."""

import json
from pathlib import Path

import pytest

from eventsim import SyncSimulation, TemplateError
from eventsim.cli.main import main

ASSETS_BUCKET = {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"}


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    """A folder as `cdk synth` leaves it: two stacks, of which one needs the other's export."""
    folder = tmp_path / "cdk.out"
    (folder / "asset.abc").mkdir(parents=True)
    (folder / "asset.abc" / "index.py").write_text(
        "def handler(event, context):\n    print(event['Records'][0]['s3'])\n"
    )
    properties = {
        "Code": {"S3Bucket": ASSETS_BUCKET, "S3Key": "abc.zip"},
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    }
    notifications = {
        "Type": "Custom::S3BucketNotifications",
        "Properties": {
            "ServiceToken": {"Fn::GetAtt": ["Helper", "Arn"]},
            "BucketName": {"Ref": "Bucket"},
            "NotificationConfiguration": {
                "LambdaFunctionConfigurations": [
                    {"Events": ["s3:ObjectCreated:*"], "LambdaFunctionArn": {"Fn::GetAtt": ["Fn", "Arn"]}}
                ]
            },
            "Managed": True,
        },
    }
    app = {
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"Tags": [{"Key": "q", "Value": {"Fn::ImportValue": "q"}}]},
            },
            "Role": {"Type": "AWS::IAM::Role", "Properties": {}},
            "Fn": {"Type": "AWS::Lambda::Function", "Properties": properties},
            "Helper": {
                "Type": "AWS::Lambda::Function",
                "Properties": {**properties, "Runtime": "java21"},
            },
            "Notifications": notifications,
            "CDKMetadata": {"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "x"}},
        },
        "Parameters": {
            "BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/v"}
        },
    }
    base = {
        "Resources": {"Q": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {"Q": {"Value": {"Fn::GetAtt": ["Q", "Arn"]}, "Export": {"Name": "q"}}},
    }
    assets = {"files": {"abc": {"source": {"path": "asset.abc", "packaging": "zip"}}}}
    stack = {"type": "aws:cloudformation:stack"}
    manifest = {
        "artifacts": {
            "App": {
                **stack,
                "properties": {"templateFile": "App.template.json"},
                "dependencies": ["Base", "App.assets"],
            },
            "App.assets": {"type": "cdk:asset-manifest", "properties": {"file": "App.assets.json"}},
            "Base": {**stack, "properties": {"templateFile": "Base.template.json", "stackName": "base-of-all"}},
        }
    }
    for name, content in (
        ("manifest.json", manifest),
        ("App.template.json", app),
        ("App.assets.json", assets),
        ("Base.template.json", base),
    ):
        (folder / name).write_text(json.dumps(content, indent=1))
    return folder


def test_stacks_come_in_order_with_their_code(world: SyncSimulation, cloud: Path) -> None:
    """Code is run from its asset; CDK's own resource for notifications is understood, not run."""
    deployed = world.deploy(cloud)

    world.put("Bucket", "k", b"")
    world.until_idle()

    assert [stack.name for stack in deployed.stacks] == ["base-of-all", "App"]
    assert world.function_numbers(world.directory.named("functions", "Fn"))["invocations"] == 1
    assert {line.logical_id for line in deployed.lines if line.level == "missing"} == {"Helper"}


def test_one_template_of_cdks_finds_its_assets(world: SyncSimulation, cloud: Path) -> None:
    """The file beside it names them."""
    world.deploy(cloud / "Base.template.json")

    deployed = world.deploy(cloud / "App.template.json")

    assert [line.level for line in deployed.lines if line.logical_id == "Fn"] == ["works"]


def test_names_do_not_leave_the_folder(world: SyncSimulation, cloud: Path) -> None:
    """A manifest that points elsewhere is refused."""
    manifest = (cloud / "manifest.json").read_text()
    (cloud / "manifest.json").write_text(manifest.replace("Base.template.json", "../Base.template.json"))

    with pytest.raises(TemplateError, match="leads out of this folder"):
        world.deploy(cloud)


def test_a_folder_of_something_else_is_told_of(world: SyncSimulation, tmp_path: Path) -> None:
    """Not every folder is CDK's."""
    with pytest.raises(TemplateError, match="is this the folder that CDK made"):
        world.deploy(tmp_path)


def test_a_resource_is_called_by_its_construct(tmp_path: Path) -> None:
    """CDK makes up logical ids, and writes down which construct of the app a resource is."""
    resources = {
        "Orders1ED1B7CF": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "shop/Orders/Resource"}},
        "BookQueueA4": {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "shop/Book/Queue/Resource"}},
    }
    path = tmp_path / "shop.json"
    path.write_text(json.dumps({"Resources": resources}))
    with SyncSimulation() as world:
        deployed = world.deploy(path)

        for name in ("Orders", "Orders1ED1B7CF", "Book/Queue"):
            world.send(name, "1")

        assert world.numbers("queues", "Orders")["sent"] == 2
        assert deployed["Book/Queue"] == deployed["BookQueueA4"]
        with pytest.raises(KeyError):
            deployed["Book"]


def test_a_scenario_speaks_of_constructs(tmp_path: Path) -> None:
    """As people wrote them; a name that is nearly one is told."""
    queue = {"Type": "AWS::SQS::Queue", "Metadata": {"aws:cdk:path": "shop/Orders/Resource"}}
    (tmp_path / "shop.json").write_text(json.dumps({"Resources": {"Orders1ED1B7CF": queue}}))
    scenario = tmp_path / "orders.yaml"
    scenario.write_text("template: shop.json\nworkload: [{send: {queue: Orders, body: 1}}]\n")

    assert main(["run", str(scenario)]) == 0

    scenario.write_text("template: shop.json\nworkload: [{send: {queue: Order, body: 1}}]\n")
    assert main(["check", str(scenario)]) == 2
