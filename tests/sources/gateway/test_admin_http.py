"""Are the resources of APIs of version 2 kept as their clients know them?"""

import json

import pytest
from botocore.exceptions import ClientError

from tests.sources.gateway.conftest import Aws

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.fixture
def api(aws: Aws) -> str:
    """Return the id of an HTTP API with one route."""
    made = aws.web.create_api(Name="web", ProtocolType="HTTP", CorsConfiguration={"AllowOrigins": ["*"]})["ApiId"]
    integration = aws.web.create_integration(
        ApiId=made, IntegrationType="AWS_PROXY", IntegrationUri=FUNCTION, PayloadFormatVersion="2.0"
    )
    aws.web.create_route(ApiId=made, RouteKey="GET /a", Target=f"integrations/{integration['IntegrationId']}")
    aws.web.create_stage(ApiId=made, StageName="prod", AutoDeploy=True)
    return str(made)


def test_models_and_links_are_kept(aws: Aws, api: str) -> None:
    """They have no effect."""
    model = aws.web.create_model(ApiId=api, Name="Order", ContentType="application/json", Schema='{"type": "object"}')
    link = aws.web.create_vpc_link(Name="l", SubnetIds=["subnet-1"], SecurityGroupIds=["sg-1"])

    aws.web.update_model(ApiId=api, ModelId=model["ModelId"], Description="d")
    aws.web.update_vpc_link(VpcLinkId=link["VpcLinkId"], Name="m")

    assert aws.web.get_models(ApiId=api)["Items"][0]["Description"] == "d"
    assert json.loads(aws.web.get_model_template(ApiId=api, ModelId=model["ModelId"])["Value"]) == {"type": "object"}
    (kept,) = aws.web.get_vpc_links()["Items"]
    assert (kept["Name"], kept["VpcLinkStatus"]) == ("m", "AVAILABLE")
    aws.web.delete_vpc_link(VpcLinkId=link["VpcLinkId"])
    aws.web.delete_model(ApiId=api, ModelId=model["ModelId"])
    with pytest.raises(ClientError, match="Invalid Model identifier specified"):
        aws.web.get_model(ApiId=api, ModelId=model["ModelId"])


def test_responses_of_integrations_are_kept(aws: Aws) -> None:
    """By key, for WebSockets."""
    api = aws.web.create_api(Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")
    integration = aws.web.create_integration(ApiId=api["ApiId"], IntegrationType="MOCK")
    where = {"ApiId": api["ApiId"], "IntegrationId": integration["IntegrationId"]}

    made = aws.web.create_integration_response(**where, IntegrationResponseKey="$default")
    own = {**where, "IntegrationResponseId": made["IntegrationResponseId"]}
    aws.web.update_integration_response(**own, ResponseTemplates={"$default": "{}"})

    (kept,) = aws.web.get_integration_responses(**where)["Items"]
    assert kept["ResponseTemplates"] == {"$default": "{}"}
    aws.web.delete_integration_response(**own)
    with pytest.raises(ClientError, match="Invalid Integration Response identifier specified"):
        aws.web.get_integration_response(**own)


def test_an_api_is_exported_and_comes_back(aws: Aws, api: str) -> None:
    """What was exported makes an API that exports the same paths."""

    def exported(identifier: str) -> dict[str, object]:
        body = aws.web.export_api(ApiId=identifier, OutputType="JSON", Specification="OAS30")["body"]
        return json.loads(body.read())  # type: ignore[no-any-return]

    document = exported(api)
    copy = aws.web.import_api(Body=json.dumps(document))["ApiId"]

    assert exported(copy)["paths"] == document["paths"]
    assert document["x-amazon-apigateway-cors"] == {"allowOrigins": ["*"], "allowCredentials": False}


def test_a_stage_gives_its_settings_back(aws: Aws, api: str) -> None:
    """And loses them one by one."""
    aws.web.update_stage(
        ApiId=api,
        StageName="prod",
        DefaultRouteSettings={"ThrottlingBurstLimit": 5},
        RouteSettings={"GET /a": {"ThrottlingRateLimit": 1.5}},
        AccessLogSettings={"DestinationArn": "arn:aws:logs:us-east-1:123456789012:log-group:x", "Format": "f"},
    )

    aws.web.delete_access_log_settings(ApiId=api, StageName="prod")
    aws.web.delete_route_settings(ApiId=api, StageName="prod", RouteKey="GET /a")

    (stage,) = aws.web.get_stages(ApiId=api)["Items"]
    assert stage["DefaultRouteSettings"] == {"DetailedMetricsEnabled": False, "ThrottlingBurstLimit": 5}
    assert (stage["RouteSettings"], "AccessLogSettings" in stage) == ({}, False)
