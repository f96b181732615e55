"""What API does an OpenAPI document make?"""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ConfigurationError, SyncSimulation
from tests.sources.gateway.conftest import Aws, echo

ARN = "arn:aws:lambda:us-east-1:123456789012:function:"
URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"


def rest_document() -> dict[str, Any]:
    """Return a document with a proxy, a mock, a model, a validator, an authorizer and an API key."""
    proxy = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI.format(f"{ARN}echo")}
    mock = {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
            }
        },
    }
    authorizer = {"type": "token", "authorizerUri": URI.format(f"{ARN}gate"), "authorizerResultTtlInSeconds": 0}
    order = {"type": "object", "required": ["line"], "properties": {"line": {"$ref": "#/components/schemas/Line"}}}
    return {
        "openapi": "3.0.1",
        "info": {"title": "orders"},
        "x-amazon-apigateway-request-validators": {"body": {"validateRequestBody": True}},
        "paths": {
            "/orders": {
                "post": {
                    "x-amazon-apigateway-integration": proxy,
                    "x-amazon-apigateway-request-validator": "body",
                    "requestBody": {
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}
                    },
                },
                "options": {"x-amazon-apigateway-integration": mock},
            },
            "/orders/{id}": {
                "x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": proxy, "security": [{"gate": []}]}
            },
            "/keyed": {"get": {"x-amazon-apigateway-integration": proxy, "security": [{"key": []}]}},
        },
        "components": {
            "schemas": {"Order": order, "Line": {"type": "integer"}},
            "securitySchemes": {
                "gate": {
                    "type": "apiKey",
                    "name": "Authorization",
                    "in": "header",
                    "x-amazon-apigateway-authorizer": authorizer,
                },
                "key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            },
        },
    }


def allow(event: Any, _: Any) -> Any:
    """Let everybody in."""
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
    return {"principalId": "me", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


@pytest.fixture
def imported(aws: Aws) -> str:
    """Return the id of an API made of the document."""
    aws.function("echo", echo)
    aws.function("gate", allow)
    api: str = aws.rest.import_rest_api(body=json.dumps(rest_document()).encode())["id"]
    aws.rest.create_deployment(restApiId=api, stageName="prod")
    return api


def test_a_rest_api_is_imported(aws: Aws, imported: str) -> None:
    """Methods, models, authorizers and mocks are those of the document."""
    http = aws.simulation.http

    assert http("POST", "/orders", json={"line": 1}).status == 200
    assert http("POST", "/orders", json={"line": "x"}).json() == {"message": "Invalid request body"}
    assert http("OPTIONS", "/orders").headers.get("access-control-allow-origin") == "*"
    assert http("GET", "/orders/7").status == 401
    allowed = http("GET", "/orders/7", headers={"Authorization": "x"}).json()
    assert allowed["requestContext"]["authorizer"]["principalId"] == "me"
    assert http("GET", "/keyed").status == 403
    assert aws.rest.get_rest_api(restApiId=imported)["name"] == "orders"


@pytest.mark.parametrize("part", ["info", "components", "paths"])
def test_what_is_no_document_is_refused(aws: Aws, part: str) -> None:
    """By both kinds of APIs."""
    body = json.dumps({"openapi": "3.0.1", "info": {"title": "orders"}, "paths": {}, part: "orders"})

    with pytest.raises(ClientError, match=f"Invalid OpenAPI input: `{part}` is an object"):
        aws.rest.import_rest_api(body=body.encode())
    with pytest.raises(ClientError, match=f"`{part}` is an object"):
        aws.web.import_api(Body=body)


def test_an_import_replaces_or_merges(aws: Aws, imported: str) -> None:
    """As it is asked to."""
    more = {"openapi": "3.0.1", "info": {"title": "more"}, "paths": {"/more": {}}}
    more["paths"] = {"/more": {"get": rest_document()["paths"]["/orders"]["options"]}}
    body = json.dumps(more).encode()

    aws.rest.put_rest_api(restApiId=imported, mode="merge", body=body)
    assert len(aws.rest.get_resources(restApiId=imported)["items"]) == 5
    aws.rest.put_rest_api(restApiId=imported, mode="overwrite", body=body)
    assert [each["path"] for each in aws.rest.get_resources(restApiId=imported)["items"]] == ["/", "/more"]


@pytest.mark.parametrize("default", ["/$default", "$default"])
def test_an_http_api_is_imported(aws: Aws, default: str) -> None:
    """Routes, CORS and the default, which SAM writes without a slash."""
    aws.function("echo", echo)
    proxy = {"type": "AWS_PROXY", "httpMethod": "POST", "uri": f"{ARN}echo", "payloadFormatVersion": "2.0"}
    described = {
        "openapi": "3.0.1",
        "info": {"title": "web"},
        "paths": {
            "/orders/{id}": {"get": {"x-amazon-apigateway-integration": proxy}},
            default: {"x-amazon-apigateway-any-method": {"x-amazon-apigateway-integration": proxy}},
        },
        "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "allowMethods": ["GET"]},
    }
    api = aws.web.import_api(Body=json.dumps(described))["ApiId"]
    aws.web.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)

    keys = [aws.simulation.http("GET", path).json()["routeKey"] for path in ("/orders/1", "/x")]

    assert keys == ["GET /orders/{id}", "$default"]
    assert aws.web.get_api(ApiId=api)["CorsConfiguration"]["AllowOrigins"] == ["*"]


def test_a_scenario_names_a_document(world: SyncSimulation, tmp_path: Path) -> None:
    """A file in YAML or JSON, or the document itself."""
    world.add_function("echo", handler=echo)
    world.add_function("gate", handler=allow)
    (tmp_path / "orders.json").write_text(json.dumps(rest_document()))

    world.add_source("apis", "orders", type="rest", definition="orders.json")

    assert world.http("POST", "/orders", json={"line": 1}).status == 200
    with pytest.raises(ConfigurationError, match="cannot read"):
        world.add_source("apis", "other", type="rest", definition="nobody.json")


@pytest.mark.parametrize("body", [b"[]", b"{", b'{"paths": {"/a": 1}}', b'{"paths": {"/a": {"get": {"security": 1}}}}'])
def test_what_is_no_document_is_a_bad_request(aws: Aws, body: bytes) -> None:
    """With words that say so."""
    with pytest.raises(ClientError, match="BadRequest"):
        aws.rest.import_rest_api(body=body)


MOCK = {"x-amazon-apigateway-integration": {"type": "mock", "tlsConfig": {"insecureSkipVerification": True}}}
OLD = {
    "swagger": "2.0",
    "info": {"title": "old", "version": "1", "description": "d"},
    "basePath": "/a/b",
    "x-amazon-apigateway-policy": {"Version": "2012-10-17", "Statement": []},
    "x-amazon-apigateway-minimum-compression-size": 7,
    "x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": True, "vpcEndpointIds": ["vpce-1"]},
    "x-amazon-apigateway-documentation": {
        "documentationParts": [{"location": {"type": "API"}, "properties": {"about": "all"}}]
    },
    "paths": {"/c": {"get": MOCK}},
}
NEW = {
    "openapi": "3.0.1",
    "info": {"title": "new", "version": "2"},
    "servers": [{"url": "https://example.com/{basePath}", "variables": {"basePath": {"default": "/a/b"}}}],
    "paths": {"/c": {"get": MOCK}},
}


def test_settings_are_imported(aws: Aws) -> None:
    """The policy, the compression, the endpoint and what is said of the API; integrations have their defaults."""
    made = aws.rest.import_rest_api(body=json.dumps(OLD).encode())

    assert json.loads(json.loads(f'"{made["policy"]}"')) == OLD["x-amazon-apigateway-policy"]
    assert (made["minimumCompressionSize"], made["disableExecuteApiEndpoint"]) == (7, True)
    assert made["endpointConfiguration"]["vpcEndpointIds"] == ["vpce-1"]
    (part,) = aws.rest.get_documentation_parts(restApiId=made["id"])["items"]
    assert (part["location"], json.loads(part["properties"])) == ({"type": "API"}, {"about": "all"})
    (resource,) = [each for each in aws.rest.get_resources(restApiId=made["id"])["items"] if each["path"] == "/c"]
    integration = aws.rest.get_integration(restApiId=made["id"], resourceId=resource["id"], httpMethod="GET")
    assert (integration["timeoutInMillis"], integration["cacheNamespace"]) == (29000, resource["id"])
    assert integration["tlsConfig"] == {"insecureSkipVerification": True}


@pytest.mark.parametrize("document", [OLD, NEW], ids=["swagger", "openapi"])
@pytest.mark.parametrize(
    ("parameters", "path"),
    [({}, "/c"), ({"basepath": "ignore"}, "/c"), ({"basepath": "prepend"}, "/a/b/c"), ({"basepath": "split"}, "/b/c")],
)
def test_a_base_path_is_left_out_or_put_before(
    aws: Aws, document: dict[str, Any], parameters: dict[str, str], path: str
) -> None:
    """As a parameter of the import says (documented)."""
    made = aws.rest.import_rest_api(body=json.dumps(document).encode(), parameters=parameters)

    resources = aws.rest.get_resources(restApiId=made["id"], embed=["methods"])["items"]
    assert [each["path"] for each in resources if each.get("resourceMethods")] == [path]


def test_an_api_is_overwritten_by_a_document_or_merged_with_it(aws: Aws) -> None:
    """Only who overwrites takes over the name and what is said of the API."""
    identifier = aws.rest.import_rest_api(body=json.dumps(OLD).encode())["id"]

    merged = aws.rest.put_rest_api(restApiId=identifier, mode="merge", body=json.dumps(NEW).encode())
    replaced = aws.rest.put_rest_api(restApiId=identifier, mode="overwrite", body=json.dumps(NEW).encode())

    assert (merged["name"], merged["description"]) == ("old", "d")
    assert (replaced["name"], replaced["version"], "description" in replaced) == ("new", "2", False)


@pytest.mark.parametrize("document", [{}, {"swagger": "1.2", "paths": {}}, {**NEW, "paths": {"/c": 1}}])
def test_what_is_no_definition_makes_no_api(aws: Aws, document: dict[str, Any]) -> None:
    """Neither half of one."""
    with pytest.raises(ClientError) as error:
        aws.rest.import_rest_api(body=json.dumps(document).encode())

    assert error.value.response["Error"]["Code"] == "BadRequestException"
    assert aws.rest.get_rest_apis()["items"] == []


RESPONSE = (
    "Unable to put integration response on 'GET' for resource at path '/a': "
    "Invalid mapping expression specified: Validation Result: warnings : [], errors : "
)


@pytest.mark.parametrize(
    ("integration", "message"),
    [
        ({"type": "nothing"}, "Unable to parse API definition because of a malformed integration at path /a"),
        (
            {"type": "aws_proxy", "httpMethod": "POST", "uri": "arn:x"},
            "Errors found during import:\n\tUnable to put integration on 'GET' for resource at path '/a': "
            "Invalid ARN specified in the request",
        ),
        (
            {
                "type": "mock",
                "responses": {
                    "default": {"statusCode": "200", "responseParameters": {"method.response.header.X": "'a'"}},
                    "5..": {"statusCode": "500", "responseParameters": {"x": "'a'"}},
                },
            },
            f"Errors found during import:\n\t{RESPONSE}[Invalid mapping expression parameter specified: "
            f"method.response.header.X]\n\t{RESPONSE}[Invalid mapping expression specified: x]",
        ),
    ],
)
def test_what_a_document_describes_makes_sense(aws: Aws, integration: dict[str, Any], message: str) -> None:
    """All that is wrong is told at once, in AWS's words; what was there stays as it was."""
    api = aws.make_rest({"GET /old": {"type": "MOCK"}})
    responses = {"200": {"description": "ok"}, "500": {"description": "no"}}
    operation = {"responses": responses, "x-amazon-apigateway-integration": integration}
    document = {"swagger": "2.0", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": operation}}}

    with pytest.raises(ClientError) as error:
        aws.rest.put_rest_api(restApiId=api.id, mode="overwrite", body=json.dumps(document).encode())

    assert error.value.response["Error"]["Message"] == message
    assert aws.rest.get_rest_api(restApiId=api.id)["name"] == "shop"
    assert {each["path"] for each in aws.rest.get_resources(restApiId=api.id)["items"]} == {"/", "/old"}


def test_models_of_a_document_refer_to_each_other(aws: Aws) -> None:
    """By the URL of the model, whatever their properties are called."""
    owner = {"$ref": "#/components/schemas/Owner"}
    schemas = {"Owner": {"type": "object"}, "Pet": {"type": "object", "properties": {"example": owner}}}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }

    api = aws.rest.import_rest_api(body=json.dumps(document).encode())["id"]

    schema = json.loads(aws.rest.get_model(restApiId=api, modelName="Pet")["schema"])
    url = f"https://apigateway.amazonaws.com/restapis/{api}/models/Owner"
    assert schema["properties"] == {"example": {"$ref": url}}
