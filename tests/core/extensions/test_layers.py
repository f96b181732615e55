"""Which functions have an extension? Those of which somebody says that they have its layer: scenario, API, template."""

import json
from pathlib import Path
from typing import Any

import pytest

from eventsim import SyncSimulation
from eventsim.function.extension import extension_of
from tests import sdk
from tests.core.extensions.conftest import SECRETS
from tests.core.lambda_api.conftest import ROLE, archive

ASK = """
import http.client, json, os

def handler(event, context):
    connection = http.client.HTTPConnection("localhost", 2773)
    headers = {"X-Aws-Parameters-Secrets-Token": os.environ["AWS_SESSION_TOKEN"]}
    connection.request("GET", "/systemsmanager/parameters/get?name=vat", headers=headers)
    return json.loads(connection.getresponse().read())["Parameter"]["Value"]
"""


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        (SECRETS, "AWS-Parameters-and-Secrets-Lambda-Extension"),
        (SECRETS.replace("Extension:12", "Extension-Arm64:4"), "AWS-Parameters-and-Secrets-Lambda-Extension"),
        (SECRETS.replace("aws:lambda", "aws-cn:lambda"), "AWS-Parameters-and-Secrets-Lambda-Extension"),
        (SECRETS.removesuffix(":12"), ""),
        ("arn:aws:lambda:us-east-1:123456789012:layer:mine:1", ""),
    ],
)
def test_a_layer_is_known_by_its_name(arn: str, name: str) -> None:
    """AWS publishes it in every region from another account."""
    assert extension_of(arn) == name


def test_a_client_gives_a_function_the_layer_and_takes_it_away(world: SyncSimulation) -> None:
    """It is told as it was named."""
    world.add_source("parameters", "vat", value="0.19")
    client: Any = sdk.client("lambda")
    code = {"ZipFile": archive({"app.py": ASK})}
    client.create_function(
        FunctionName="f", Runtime="python3.13", Handler="app.handler", Role=ROLE, Code=code, Layers=[SECRETS]
    )

    assert world.invoke("f") == "0.19"
    assert [each["Arn"] for each in client.get_function_configuration(FunctionName="f")["Layers"]] == [SECRETS]

    client.update_function_configuration(FunctionName="f", Layers=[])
    assert world.functions["f"].versions["$LATEST"].extensions == ()


def test_a_template_names_it(world: SyncSimulation, tmp_path: Path) -> None:
    """A note says nothing of a layer that were missing."""
    world.add_source("parameters", "vat", value="0.19")
    function = {"Runtime": "python3.13", "Handler": "app.handler", "Code": "code", "Role": ROLE, "Layers": [SECRETS]}
    template = {"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {**function, "FunctionName": "f"}}}}
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text(ASK)
    (tmp_path / "template.json").write_text(json.dumps(template))

    deployed = world.deploy(tmp_path / "template.json")

    assert world.invoke("f") == "0.19"
    assert not [note for note in deployed.notes if "layer" in note]


def test_a_scenario_tells_it_by_the_api(world: SyncSimulation) -> None:
    world.add_function("f", handler=lambda event, context: None, layers=[SECRETS])

    told: Any = world.request("lambda", "GetFunctionConfiguration", {"FunctionName": "f"})

    assert [each["Arn"] for each in told["Layers"]] == [SECRETS]
