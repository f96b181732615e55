"""Are functions of a template run that are no Python?"""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from eventsim import SyncSimulation, TemplateError
from tests.interpreters import needs_node

TEMPLATE = Path(__file__).parent / "applications" / "programs" / "template.yaml"


@pytest.fixture
def world() -> SyncSimulation:
    """An empty world."""
    return SyncSimulation(seed=1)


@needs_node
def test_a_queue_feeds_a_function_in_javascript(world: SyncSimulation) -> None:
    """Its code lies beside the template."""
    with world:
        world.deploy(TEMPLATE)

        world.send(world.directory.named("queues", "Jobs"), "job 1")
        world.until_idle()

        logged = [entry.detail["text"] for entry in world.trace.entries(["logged"])]
        assert any(text.endswith("INFO\tworking on job 1\n") for text in logged)


@needs_node
def test_a_custom_resource_in_javascript_answers(world: SyncSimulation) -> None:
    """Its code stands in the template, and Lambda puts the module for the answer beside it."""
    with world:
        deployed = world.deploy(TEMPLATE)

        assert deployed.outputs == {"Answer": "forty-two for Create"}


def test_a_function_brings_its_program(world: SyncSimulation, program: Callable[..., Path], tmp_path: Path) -> None:
    """As `sam build` leaves it."""
    code = program()
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  Go:\n"
        "    Type: AWS::Serverless::Function\n"
        f"    Properties: {{Runtime: provided.al2023, Handler: bootstrap, CodeUri: {code.name}/}}\n"
    )
    with world:
        world.deploy(tmp_path / "template.yaml")

        assert world.invoke("Go", {"do": "result = 6 * 7"}) == 42


def test_a_template_holds_code_in_python_and_javascript_only(world: SyncSimulation, tmp_path: Path) -> None:
    """As on AWS."""
    (tmp_path / "template.yaml").write_text(
        "Resources:\n"
        "  Go:\n"
        "    Type: AWS::Lambda::Function\n"
        "    Properties: {Runtime: provided.al2023, Handler: bootstrap, Role: r, Code: {ZipFile: echo}}\n"
    )
    with world, pytest.raises(TemplateError, match="Go: ZipFile holds code in Python or JavaScript, not for provided"):
        world.deploy(tmp_path / "template.yaml")


@needs_node
def test_code_in_typescript_is_told_of(world: SyncSimulation, tmp_path: Path) -> None:
    """A template that was not built yet is the commonest reason for a module that is missing."""
    (tmp_path / "app.ts").write_text("export const handler = async (): Promise<number> => 1;")
    (tmp_path / "template.yaml").write_text(
        "Transform: AWS::Serverless-2016-10-31\n"
        "Resources:\n"
        "  F:\n"
        "    Type: AWS::Serverless::Function\n"
        "    Properties: {Runtime: nodejs22.x, Handler: app.handler, CodeUri: .}\n"
    )
    with world:
        deployed = world.deploy(tmp_path / "template.yaml")

    assert any("app.ts must be built first, as for Lambda: `sam build`" in note for note in deployed.notes)


@needs_node
def test_an_archive_lies_beside_the_template(world: SyncSimulation, tmp_path: Path) -> None:
    """As the Serverless Framework leaves it in `.serverless`, though the key names a bucket that the stack makes."""
    with zipfile.ZipFile(tmp_path / "shop.zip", "w") as archive:
        archive.writestr("src/hello.js", "exports.handler = async () => 'hello';")
    (tmp_path / "cloudformation-template-update-stack.json").write_text(
        """{"Resources": {
        "ServerlessDeploymentBucket": {"Type": "AWS::S3::Bucket"},
        "HelloLambdaFunction": {"Type": "AWS::Lambda::Function", "Properties": {
            "Code": {
                "S3Bucket": {"Ref": "ServerlessDeploymentBucket"},
                "S3Key": "serverless/shop/dev/1700000000000-2023-11-14T22:13:20.000Z/shop.zip"
            },
            "Handler": "src/hello.handler", "Runtime": "nodejs22.x", "FunctionName": "shop-dev-hello", "Role": "r"
        }}}}"""
    )
    with world:
        world.deploy(tmp_path / "cloudformation-template-update-stack.json")

        assert world.invoke("shop-dev-hello") == "hello"
