"""What does a stage of a REST API tell X-Ray?"""

import os
from typing import Any

import pytest

from tests.sources.conftest import segments_of
from tests.sources.gateway.conftest import Aws, Rest

CLIENT = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled="


@pytest.fixture
def shop(aws: Aws) -> Rest:
    """An API whose stage traces, and whose function answers with its trace header."""
    answer: Any = lambda _, __: {"statusCode": 200, "body": os.environ["_X_AMZN_TRACE_ID"]}  # noqa: E731
    uri = aws.uri(aws.function("answer", answer))
    api = aws.make_rest({"GET /a": {"type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": uri}})
    api.deploy()
    changes = [{"op": "replace", "path": "/tracingEnabled", "value": "true"}]
    aws.rest.update_stage(restApiId=api.id, stageName="prod", patchOperations=changes)
    return api


def test_a_stage_stands_above_its_function(shop: Rest) -> None:
    """In the trace that begins with it, in the documented form."""
    answer = shop.aws.simulation.http("GET", "/a", headers={"user-agent": "curl"})

    by_origin = {each["origin"]: each for each in segments_of(shop.aws.simulation)}
    stage, service = by_origin["AWS::ApiGateway::Stage"], by_origin["AWS::Lambda"]
    assert (stage["name"], service["parent_id"]) == ("shop/prod", stage["id"])
    assert stage["resource_arn"] == f"arn:aws:apigateway:us-east-1::/restapis/{shop.id}/stages/prod"
    assert stage["http"]["request"]["method"] == "GET"
    assert stage["http"]["request"]["url"].endswith(".amazonaws.com/prod/a")
    assert stage["aws"]["api_gateway"]["rest_api_id"] == shop.id
    assert stage["annotations"] == {"aws:api_id": shop.id, "aws:api_stage": "prod"}
    assert answer.text.startswith(f"Root={stage['trace_id']};Parent=")


def test_a_stage_goes_on_with_what_the_client_has_decided(shop: Rest) -> None:
    """For a sampled trace and against one that is not."""
    for decided in "10":
        shop.aws.simulation.http("GET", "/a", headers={"X-Amzn-Trace-Id": CLIENT + decided})

    (stage,) = (each for each in segments_of(shop.aws.simulation) if each["origin"] == "AWS::ApiGateway::Stage")
    assert (stage["trace_id"], stage["parent_id"]) == ("1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8")


def test_a_sampling_rule_decides_about_a_stage(shop: Rest) -> None:
    """By name, method and path (documented)."""
    rule = {
        "RuleName": "never",
        "Priority": 1,
        "FixedRate": 0,
        "ReservoirSize": 0,
        "ServiceName": "shop/*",
        "ServiceType": "AWS::ApiGateway::Stage",
        "Host": "*",
        "HTTPMethod": "GET",
        "URLPath": "/prod/*",
        "ResourceARN": "*",
        "Version": 1,
    }
    shop.aws.simulation.request("xray", "CreateSamplingRule", {"SamplingRule": rule})

    answer = shop.aws.simulation.http("GET", "/a")

    assert (segments_of(shop.aws.simulation), answer.text[-9:]) == ([], "Sampled=0")


@pytest.mark.parametrize(("path", "flags"), [("/a", set()), ("/nowhere", {"error"})])
def test_a_refusal_is_an_error(shop: Rest, path: str, flags: set[str]) -> None:
    """Statuses from 400 on (documented)."""
    shop.aws.simulation.http("GET", path)

    (stage,) = (each for each in segments_of(shop.aws.simulation) if each["origin"] == "AWS::ApiGateway::Stage")
    assert {"error", "fault", "throttle"} & stage.keys() == flags
