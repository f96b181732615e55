"""Does a canary of a stage serve some of its requests, and take its place?"""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sources.gateway.conftest import Aws, Rest

JSON = "application/json"


@pytest.fixture
def api(aws: Aws) -> Rest:
    """Return an API whose stage serves one deployment, and its canary another, a quarter of all requests."""
    made = aws.make_rest({})
    made.add("GET /a", **mock("old"))
    made.deploy(variables={"color": "blue"})
    aws.rest.put_integration_response(
        restApiId=made.id,
        resourceId=made.resources["/a"],
        httpMethod="GET",
        **mock("new")["responses"][0],
    )
    made.deploy(canarySettings={"percentTraffic": 25.0, "stageVariableOverrides": {"color": "red"}})
    return made


def mock(word: str) -> dict[str, Any]:
    """Return an integration that answers with a word and the stage's color."""
    template = f"{word} $stageVariables.color $context.isCanaryRequest"
    response = {"statusCode": "200", "responseTemplates": {JSON: template}}
    return {"type": "MOCK", "requestTemplates": {JSON: '{"statusCode": 200}'}, "responses": [response]}


def asked(aws: Aws, times: int) -> Counter[str]:
    """Return how often which answer came."""
    return Counter(aws.simulation.http("GET", "/a").text for _ in range(times))


def patch(*operations: dict[str, str]) -> dict[str, Any]:
    """Return the patch operations of `UpdateStage`."""
    return {"stageName": "prod", "patchOperations": list(operations)}


def test_a_canary_serves_its_part(aws: Aws, api: Rest) -> None:
    """With its own deployment, its variables over those of the stage; drawn from the seed."""
    answers = asked(aws, 200)

    assert set(answers) == {"old blue false", "new red true"}
    assert 30 <= answers["new red true"] <= 70
    stage = aws.rest.get_stage(restApiId=api.id, stageName="prod")
    assert stage["canarySettings"]["percentTraffic"] == 25.0
    assert stage["canarySettings"]["deploymentId"] != stage["deploymentId"]


def test_a_canary_is_promoted(aws: Aws, api: Rest) -> None:
    """Its deployment and its variables are copied to the stage, and it is removed (documented)."""
    changes = patch(
        {"op": "copy", "from": "/canarySettings/stageVariableOverrides", "path": "/variables"},
        {"op": "copy", "from": "/canarySettings/deploymentId", "path": "/deploymentId"},
        {"op": "remove", "path": "/canarySettings"},
    )

    stage = aws.rest.update_stage(restApiId=api.id, **changes)

    assert (stage["variables"], "canarySettings" in stage) == ({"color": "red"}, False)
    assert set(asked(aws, 5)) == {"new red "}


def test_a_canary_is_given_more_and_less(aws: Aws, api: Rest) -> None:
    """By patches, which keep what they do not name."""
    everything = {"op": "replace", "path": "/canarySettings/percentTraffic", "value": "100"}
    nothing = {**everything, "value": "0.0"}

    aws.rest.update_stage(restApiId=api.id, **patch(everything))
    all_of_them = asked(aws, 5)
    aws.rest.update_stage(restApiId=api.id, **patch(nothing))

    assert (set(all_of_them), set(asked(aws, 5))) == ({"new red true"}, {"old blue false"})


def test_what_a_canary_serves_stays(aws: Aws, api: Rest) -> None:
    """As what its stage serves does; and it needs a stage."""
    canary = aws.rest.get_stage(restApiId=api.id, stageName="prod")["canarySettings"]

    with pytest.raises(ClientError, match="Active stages pointing to this deployment must be moved or deleted"):
        aws.rest.delete_deployment(restApiId=api.id, deploymentId=canary["deploymentId"])
    with pytest.raises(ClientError, match="needs a stage"):
        aws.rest.create_deployment(restApiId=api.id, stageName="none", canarySettings={"percentTraffic": 1.0})
