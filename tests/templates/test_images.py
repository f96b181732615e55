"""Functions in container images: what their Dockerfiles copy is laid out, and runs as any code does."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from eventsim import FunctionFailed, SyncSimulation, TemplateError
from tests import sdk
from tests.templates.conftest import APPLICATIONS

TEMPLATE = "images/template.yaml"


def test_an_image_runs_by_its_dockerfile(world: SyncSimulation) -> None:
    """Its files, layers, variables, base and command are as the image has them; the template's variables win."""
    world.deploy(TEMPLATE)

    found: Any = world.invoke("Shop", {})

    assert found == {
        "files": [
            *("app.py", "layer", "layer/python", "layer/python/tax.py", "prices", "prices/__init__.py"),
            "requirements.txt",
        ],
        "variables": ["test", "green", "extra large", "AWS_Lambda_python3.13"],
        "price": 17,
    }


@pytest.mark.parametrize("name", ["Other", "Slim"])
def test_a_command_may_come_from_the_template_or_another_base(world: SyncSimulation, name: str) -> None:
    """`ImageConfig` decides; a base of Python's own starts the client of the Runtime API."""
    world.deploy(TEMPLATE)

    assert world.invoke(name, {}) == "other"


def test_a_web_program_is_asked_through_the_adapter(world: SyncSimulation) -> None:
    """Which its image has; the command is any that starts a server."""
    deployed = world.deploy(TEMPLATE)

    reply = world.http("GET", f"{deployed.outputs['Url']}prices?of=book")

    assert (reply.status, reply.text) == (200, "/prices?of=book on small")


def test_what_a_dockerfile_runs_is_told(world: SyncSimulation) -> None:
    """Nothing is run, so packages must be here."""
    deployed = world.deploy(TEMPLATE)

    assert [note for note in deployed.notes if note.startswith(("Shop", "Own"))] == [
        "Shop: RUN is not carried out, so what it brings must be here already (Dockerfile, line 6)",
        "Own: what is copied from the image nginx is not there (Dockerfile, line 7)",
    ]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Own", "Own is a container image that starts a program of its own: flask run"),
        ("Compiled", "Compiled is a container image with a program of its own, which is not built here"),
        ("Unknown", "Unknown is a container image whose Dockerfile is not known here"),
    ],
)
def test_an_image_that_is_not_run_says_why(world: SyncSimulation, name: str, reason: str) -> None:
    """When it is invoked, and in the report; a scenario may name a stand-in."""
    deployed = world.deploy(TEMPLATE)

    with pytest.raises(FunctionFailed, match=re.escape(f"{reason}; stand in for it")):
        world.invoke(name, {})
    assert next(line.level for line in deployed.lines if line.logical_id == name) == "missing"


def test_the_api_tells_of_an_image(world: SyncSimulation) -> None:
    """It has neither handler nor runtime, and its code is in a registry."""
    deployed = world.deploy(TEMPLATE)

    found: Any = world.request("lambda", "GetFunction", {"FunctionName": deployed["Other"]})

    told = found["Configuration"]
    assert (told["PackageType"], told["CodeSize"], told["ImageConfigResponse"]) == (
        "Image",
        0,
        {"ImageConfig": {"Command": ["app.other"]}},
    )
    assert {"Runtime", "Handler", "Layers", "ImageUri"}.isdisjoint(told)
    assert found["Code"] == {
        "RepositoryType": "ECR",
        "ImageUri": "eventsim-local/other:latest",
        "ResolvedImageUri": f"eventsim-local/other@sha256:{told['CodeSha256']}",
    }


def test_cdk_names_the_asset(world: SyncSimulation, tmp_path: Path) -> None:
    """A `DockerImageFunction` has its context, its Dockerfile and its arguments in its metadata."""
    shutil.copytree(APPLICATIONS / "images" / "shop", tmp_path / "asset.0")
    metadata = {
        "aws:asset:path": "asset.0",
        "aws:asset:dockerfile-path": "Dockerfile",
        "aws:asset:docker-build-args": {"PYTHON": "3.11"},
        "aws:asset:property": "Code.ImageUri",
    }
    code = {"ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/cdk-container-assets:0"}
    properties = {"Code": code, "PackageType": "Image", "Role": "arn:aws:iam::123456789012:role/r"}
    resource = {"Type": "AWS::Lambda::Function", "Properties": properties, "Metadata": metadata}
    (tmp_path / "S.template.json").write_text(json.dumps({"Resources": {"Shop": resource}}))

    world.deploy(tmp_path / "S.template.json")

    found: Any = world.invoke("Shop", {})
    assert found["variables"] == [None, "red", "extra large", "AWS_Lambda_python3.11"]


def test_another_image_takes_the_place_of_one(world: SyncSimulation, tmp_path: Path) -> None:
    """An update gives the function the files, the command and the variables of the other."""
    for answer in ("one", "two"):
        (tmp_path / answer).mkdir()
        code = (
            f"import os\n\ndef {answer}(event, context):\n    return {answer!r}, os.environ['AA'], os.environ['BB']\n"
        )
        (tmp_path / answer / "app.py").write_text(code)
        (tmp_path / answer / "Dockerfile").write_text(
            f'FROM public.ecr.aws/lambda/python:3.12\nENV AA={answer}\nCOPY app.py .\nCMD ["app.{answer}"]\n'
        )

    def template(answer: str, variable: str) -> str:
        variables = {"Variables": {"BB": variable}}
        properties = {"PackageType": "Image", "Code": {"ImageUri": f"x:{answer}"}, "Environment": variables}
        resource = {"Type": "AWS::Lambda::Function", "Properties": {**properties, "Role": "arn:aws:iam::1:role/r"}}
        metadata = {"DockerContext": str(tmp_path / answer)}
        return json.dumps({"Resources": {"F": {**resource, "Metadata": metadata}}})

    client = sdk.client("cloudformation")
    client.create_stack(StackName="shop", TemplateBody=template("one", "x"))
    name = client.describe_stack_resource(StackName="shop", LogicalResourceId="F")["StackResourceDetail"]
    answers = [world.invoke(name["PhysicalResourceId"], {})]
    for answer, variable in (("two", "x"), ("two", "y")):
        client.update_stack(StackName="shop", TemplateBody=template(answer, variable))
        world.advance("1 min")
        answers.append(world.invoke(name["PhysicalResourceId"], {}))

    assert answers == [["one", "one", "x"], ["two", "two", "x"], ["two", "two", "y"]]


def test_a_mistake_in_a_dockerfile_has_its_place(world: SyncSimulation, tmp_path: Path) -> None:
    """The file and the line, beside the resource."""
    (tmp_path / "Dockerfile").write_text("FROM public.ecr.aws/lambda/python:3.12\nCOPY missing.py .\n")
    properties = "{PackageType: Image, Role: r, Code: {ImageUri: x}}"
    resource = f"{{Type: AWS::Lambda::Function, Properties: {properties}, Metadata: {{DockerContext: .}}}}"
    (tmp_path / "template.yaml").write_text(f"Resources:\n  F: {resource}\n")

    with pytest.raises(TemplateError, match=r"F: .*/Dockerfile, line 2: there is no missing\.py in "):
        world.deploy(tmp_path / "template.yaml")
