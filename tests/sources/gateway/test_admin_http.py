"""Are the resources of APIs of version 2 kept as their clients know them?"""

import json

import pytest
from botocore.exceptions import ClientError

from tests.sources.gateway.conftest import Aws

SERVER = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "GET", "IntegrationUri": "http://localhost"}
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


def test_maps_are_changed_entry_by_entry(aws: Aws, api: str) -> None:
    """What is not named stays, and what is set to nothing goes."""
    (integration,) = aws.web.get_integrations(ApiId=api)["Items"]
    where = {"ApiId": api, "IntegrationId": integration["IntegrationId"]}
    for parameters in ({"append:header.a": "1", "append:header.b": "2"}, {"append:header.a": ""}):
        changed = aws.web.update_integration(**where, RequestParameters=parameters)
    for variables in ({"a": "1", "b": "2"}, {"a": "", "c": "3"}):
        stage = aws.web.update_stage(ApiId=api, StageName="prod", StageVariables=variables)

    assert changed["RequestParameters"] == {"append:header.b": "2"}
    assert stage["StageVariables"] == {"b": "2", "c": "3"}


def test_an_api_made_with_a_target_gets_another(aws: Aws, api: str) -> None:
    """Its integration leads there from now on; an API made without one has none to change."""
    quick = aws.web.create_api(Name="q", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]

    aws.web.update_api(ApiId=quick, Target="https://example.com/")

    (integration,) = aws.web.get_integrations(ApiId=quick)["Items"]
    kept = (integration["IntegrationType"], integration["IntegrationUri"], integration["PayloadFormatVersion"])
    assert kept == ("HTTP_PROXY", "https://example.com/", "1.0")
    with pytest.raises(ClientError, match="Target can be changed of an API that was created with one"):
        aws.web.update_api(ApiId=api, Target=FUNCTION)


def test_an_integration_in_use_is_not_deleted(aws: Aws, api: str) -> None:
    """A route would lead nowhere."""
    (integration,) = aws.web.get_integrations(ApiId=api)["Items"]
    (route,) = aws.web.get_routes(ApiId=api)["Items"]

    with pytest.raises(ClientError, match="is referenced in route: GET /a") as error:
        aws.web.delete_integration(ApiId=api, IntegrationId=integration["IntegrationId"])

    assert error.value.response["Error"]["Code"] == "ConflictException"
    aws.web.delete_route(ApiId=api, RouteId=route["RouteId"])
    aws.web.delete_integration(ApiId=api, IntegrationId=integration["IntegrationId"])


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [
        (
            "create_integration",
            {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION},
            "PayloadFormatVersion is a required parameter for integration",
        ),
        (
            "create_integration",
            {"IntegrationType": "AWS_PROXY", "IntegrationUri": FUNCTION, "PayloadFormatVersion": "3.0"},
            "PayloadFormatVersion 3.0 is not supported",
        ),
        (
            "create_integration",
            {**SERVER, "RequestParameters": {"overwrite:body": "x"}},
            "errors : [Invalid mapping expression specified: overwrite:body]",
        ),
        (
            "create_integration",
            {**SERVER, "RequestParameters": {"append:header.Authorization": "x"}},
            "Operations on header Authorization are restricted",
        ),
        (
            "create_integration",
            {**SERVER, "ResponseParameters": {"200": {"remove:querystring.a": "''"}}},
            "errors : [Invalid mapping expression specified: remove:querystring.a]",
        ),
        ("create_route", {"RouteKey": "FETCH /a"}, "The provided route key is not formatted properly"),
        ("create_route", {"RouteKey": "GET /{a+}/b"}, "The provided route key is not formatted properly"),
        ("create_route", {"RouteKey": "GET /{a}{b}"}, "The provided route key is not formatted properly"),
        ("get_routes", {"MaxResults": "many"}, "it must be an integer"),
        ("create_stage", {"StageName": "a b"}, "Stage name only allows a-zA-Z0-9_-"),
        ("create_stage", {"StageName": "b", "StageVariables": {"a b": "c"}}, "Invalid stage variable name: a b."),
        ("create_stage", {"StageName": "b", "StageVariables": {"a": "b c"}}, "Invalid stage variable value: b c."),
        (
            "create_stage",
            {"StageName": "b", "RouteSettings": {"GET /b": {"ThrottlingRateLimit": 1.0}}},
            "Unable to find Route by key GET /b within the provided RouteSettings",
        ),
    ],
)
def test_a_part_makes_sense(aws: Aws, api: str, operation: str, given: dict[str, object], message: str) -> None:
    """Or is refused."""
    with pytest.raises(ClientError) as error:
        getattr(aws.web, operation)(ApiId=api, **given)

    assert message in error.value.response["Error"]["Message"]


@pytest.mark.parametrize("path", ["/", "/a", "/a/", "/a-b.c/{id}", "/{id}/x/{proxy+}", "/{proxy+}"])
def test_a_route_has_a_method_and_a_path(aws: Aws, api: str, path: str) -> None:
    """With variables, and one at the end that takes all the rest."""
    assert aws.web.create_route(ApiId=api, RouteKey=f"ANY {path}")["RouteKey"] == f"ANY {path}"


def test_a_websocket_api_has_no_tokens_and_no_pages_of_others(aws: Aws) -> None:
    """JWT and CORS are for HTTP, and its routes answer by `$default` alone."""
    api = aws.web.create_api(Name="ws", ProtocolType="WEBSOCKET", RouteSelectionExpression="$request.body.action")[
        "ApiId"
    ]
    route = aws.web.create_route(ApiId=api, RouteKey="$default")["RouteId"]
    token = {"Issuer": "https://example.com", "Audience": ["a"]}

    for operation, given in (
        (aws.web.update_api, {"CorsConfiguration": {"AllowOrigins": ["*"]}}),
        (aws.web.create_route_response, {"RouteId": route, "RouteResponseKey": "other"}),
        (
            aws.web.create_authorizer,
            {
                "Name": "a",
                "AuthorizerType": "JWT",
                "IdentitySource": ["route.request.header.a"],
                "JwtConfiguration": token,
            },
        ),
    ):
        with pytest.raises(ClientError) as error:
            operation(ApiId=api, **given)
        assert error.value.response["Error"]["Code"] == "BadRequestException"


def test_what_is_made_with_an_api_says_so(aws: Aws, api: str) -> None:
    """Route, integration and stage of a quick API are managed; others do not speak of it."""
    quick = aws.web.create_api(Name="q", ProtocolType="HTTP", Target=FUNCTION)["ApiId"]

    lists = (aws.web.get_routes, aws.web.get_integrations, aws.web.get_stages)
    managed = [items["ApiGatewayManaged"] for each in lists for items in each(ApiId=quick)["Items"]]
    others = ["ApiGatewayManaged" in items for each in lists for items in each(ApiId=api)["Items"]]

    assert (managed, others) == ([True] * 3, [False] * 3)


def test_a_stage_that_deploys_tells_of_it(aws: Aws, api: str) -> None:
    """With the id of the deployment."""
    stage = aws.web.get_stage(ApiId=api, StageName="prod")

    assert stage["LastDeploymentStatusMessage"] == (
        f"Successfully deployed stage with deployment ID '{stage['DeploymentId']}'"
    )


def test_an_authorizer_of_tokens_keeps_no_answers(aws: Aws, api: str) -> None:
    """It tells neither for how long it would, nor how simple they are."""
    token = {"Issuer": "https://issuer", "Audience": ["a"]}

    made = aws.web.create_authorizer(
        ApiId=api,
        Name="j",
        AuthorizerType="JWT",
        IdentitySource=["$request.header.Authorization"],
        JwtConfiguration=token,
    )

    assert set(made) - {"ResponseMetadata"} == {
        "AuthorizerId",
        "AuthorizerType",
        "IdentitySource",
        "JwtConfiguration",
        "Name",
    }


def test_an_import_takes_over_endpoint_base_path_and_changes(aws: Aws) -> None:
    """And leaves no API behind where it fails."""
    integration = {
        "type": "http_proxy",
        "httpMethod": "GET",
        "uri": "http://localhost",
        "payloadFormatVersion": "1.0",
        "responseParameters": {"200": {"overwrite:statuscode": "204"}},
    }
    server = {"url": "/v1/shop", "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "web", "version": "1"},
        "servers": [server],
        "paths": {"/a": {"get": {"x-amazon-apigateway-integration": integration}}},
    }

    api = aws.web.import_api(Body=json.dumps(document), Basepath="split")
    with pytest.raises(ClientError, match="basepath is one of"):
        aws.web.import_api(Body=json.dumps(document), Basepath="double")

    (route,), (made,) = (
        aws.web.get_routes(ApiId=api["ApiId"])["Items"],
        aws.web.get_integrations(ApiId=api["ApiId"])["Items"],
    )
    assert (api["DisableExecuteApiEndpoint"], route["RouteKey"]) == (True, "GET /shop/a")
    assert made["ResponseParameters"] == integration["responseParameters"]
    assert len(aws.web.get_apis()["Items"]) == 1
