"""What may patch operations change, and what do they make of it?"""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim import ApiError
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.patches import patched
from eventsim_sources.gateway.rest_api.model import Integration, Method, Settings
from tests.sources.gateway.conftest import Aws

API = Settings(id="a", name="n", binary_media_types=["image/png"], minimum_compression_size=5)
METHOD = Method(http_method="GET", request_parameters={"method.request.header.x": True}, authorization_scopes=["a"])
INTEGRATION = Integration(type="MOCK", request_templates={"application/json": "{}"}, timeout_in_millis=50)


def change(path: str, value: str | None = None, op: str = "replace") -> dict[str, str]:
    """Return a patch operation."""
    return {"op": op, "path": path} | ({} if value is None else {"value": value})


@pytest.mark.parametrize(
    ("part", "allowed", "operation", "member", "value"),
    [
        (API, patches.API, change("/name", "m"), "name", "m"),
        (API, patches.API, change("/minimumCompressionSize"), "minimum_compression_size", None),
        (API, patches.API, change("/minimumCompressionSize", ""), "minimum_compression_size", None),
        (API, patches.API, change("/disableExecuteApiEndpoint", "true"), "disable_execute_api_endpoint", True),
        (API, patches.API, change("/binaryMediaTypes/a~1b", op="add"), "binary_media_types", ["image/png", "a/b"]),
        (API, patches.API, change("/binaryMediaTypes/image~1png", "a/b"), "binary_media_types", ["a/b"]),
        (API, patches.API, change("/binaryMediaTypes/image~1png", op="remove"), "binary_media_types", []),
        (
            API,
            patches.API,
            change("/endpointConfiguration/vpcEndpointIds", "vpce-1", "add"),
            "endpoint_configuration",
            {"vpcEndpointIds": ["vpce-1"]},
        ),
        (
            METHOD,
            patches.METHOD,
            change("/requestParameters/method.request.header.x", "false"),
            "request_parameters",
            {"method.request.header.x": False},
        ),
        (METHOD, patches.METHOD, change("/authorizationScopes", "b", "add"), "authorization_scopes", ["a", "b"]),
        (METHOD, patches.METHOD, change("/authorizationScopes", "a", "remove"), "authorization_scopes", []),
        (
            INTEGRATION,
            patches.INTEGRATION,
            change("/requestTemplates/text~1x", "t", "add"),
            "request_templates",
            {"application/json": "{}", "text/x": "t"},
        ),
        (
            INTEGRATION,
            patches.INTEGRATION,
            change("/requestTemplates/application~1json", op="remove"),
            "request_templates",
            {},
        ),
        (INTEGRATION, patches.INTEGRATION, change("/timeoutInMillis", "70"), "timeout_in_millis", 70),
    ],
)
def test_a_place_is_patched(part: Any, allowed: Any, operation: dict[str, str], member: str, value: Any) -> None:
    """Scalars are set, entries of maps and elements of lists come and go; the part before stays what it was."""
    made = patched(part, [operation], allowed)

    assert getattr(made, member) == value
    assert getattr(part, member) != value


@pytest.mark.parametrize(
    ("part", "allowed", "operation", "message"),
    [
        (
            API,
            patches.DESCRIBED,
            change("/id", "b"),
            "Invalid patch path  '/id' specified for op 'replace'. Must be one of: [/description]",
        ),
        (
            METHOD,
            patches.METHOD,
            change("/httpMethod", "PUT"),
            "Invalid patch path /httpMethod",
        ),
        (
            METHOD,
            patches.METHOD,
            change("/authorizationType", "NONE", "add"),
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (API, patches.API, change("/name/x", "y"), "Invalid patch path  '/name/x'"),
        (
            API,
            patches.API,
            change("/name", "y", "test"),
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            INTEGRATION,
            patches.INTEGRATION,
            change("/uri", "y", "add"),
            "Invalid patch path  '/uri' specified for op 'add'. Please choose supported operations",
        ),
        (
            API,
            patches.API,
            change("/minimumCompressionSize", "much"),
            "Invalid minimum compression size, must be between 0 to 10485760",
        ),
        (
            METHOD,
            patches.METHOD,
            change("/requestParameters/method.request.header.y", op="remove"),
            "Invalid parameter name specified",
        ),
        (
            METHOD,
            patches.METHOD,
            change("/requestParameters/method.request.header.y", "true"),
            "Invalid parameter name specified",
        ),
        (METHOD, patches.METHOD, change("/requestModels/a~1b", op="remove"), "Content-Type specified was not found"),
        (METHOD, patches.METHOD, change("/apiKeyRequired", "maybe"), "Invalid patch value for /apiKeyRequired"),
    ],
)
def test_a_place_is_not_patched(part: Any, allowed: Any, operation: dict[str, str], message: str) -> None:
    """The refusal names the paths or the operations that there are."""
    with pytest.raises(ApiError) as error:
        patched(part, [operation], allowed)

    assert message in error.value.message


def test_what_a_patch_makes_is_checked(aws: Aws) -> None:
    """As what is put is: parts that are named must be there, and bounds hold."""
    api = aws.make_rest({"GET /a": {"type": "MOCK"}})
    where = {"restApiId": api.id, "resourceId": api.resources["/a"], "httpMethod": "GET"}
    wrong = [
        (aws.rest.update_method, change("/requestModels/application~1json", "Nope", "add"), "Invalid model identifier"),
        (aws.rest.update_method, change("/authorizationType", "CUSTOM"), "Invalid authorizer ID specified"),
        (aws.rest.update_integration, change("/timeoutInMillis", "50000"), "Timeout should be between"),
    ]

    for operation, patch, message in wrong:
        with pytest.raises(ClientError, match=message):
            operation(**where, patchOperations=[patch])

    assert aws.rest.get_method(**where)["authorizationType"] == "NONE"


def test_what_is_used_is_not_deleted(aws: Aws) -> None:
    """Models by methods and by models, validators and authorizers by methods."""
    api = aws.make_rest({"GET /a": {"type": "MOCK"}})
    method = {"restApiId": api.id, "resourceId": api.resources["/a"], "httpMethod": "GET"}
    validator = aws.rest.create_request_validator(restApiId=api.id, name="v")["id"]
    schema = f'{{"$ref": "https://apigateway.amazonaws.com/restapis/{api.id}/models/Error"}}'
    aws.rest.create_model(restApiId=api.id, name="Wrapped", contentType="application/json", schema=schema)
    changes = [change("/requestModels/application~1json", "Wrapped", "add"), change("/requestValidatorId", validator)]
    aws.rest.update_method(**method, patchOperations=changes)

    for operation, name, message in (
        (aws.rest.delete_model, {"modelName": "Error"}, "Cannot delete model 'Error', is referenced in model: Wrapped"),
        (aws.rest.delete_model, {"modelName": "Wrapped"}, "is referenced in method request: /a/GET"),
        (aws.rest.delete_request_validator, {"requestValidatorId": validator}, "is referenced in method: /a/GET"),
    ):
        with pytest.raises(ClientError, match=message) as error:
            operation(restApiId=api.id, **name)
        assert error.value.response["Error"]["Code"] == "ConflictException"


def test_a_stage_names_what_may_be_set_of_it(aws: Aws) -> None:
    """In AWS's words, in which some commas are missing."""
    api = aws.make_rest({"GET /a": {"type": "MOCK"}})
    api.deploy()

    with pytest.raises(ClientError) as error:
        aws.rest.update_stage(restApiId=api.id, stageName="prod", patchOperations=[change("/a/GET/metrics", "x")])

    message = error.value.response["Error"]["Message"]
    assert message.startswith(
        "Invalid method setting path: /a/GET/metrics. Must be one of: [/deploymentId, /description,"
    )
    assert (
        "/{resourcePath}/{httpMethod}/throttling/burstLimit/{resourcePath}/{httpMethod}/throttling/rateLimit" in message
    )
    assert "/*/*/throttling/rateLimit /*/*/caching/ttlInSeconds, /*/*/caching/enabled" in message


def test_parts_refuse_in_their_own_words(aws: Aws) -> None:
    """Resources, validators, pieces of documentation and usage plans each have some."""
    api = aws.make_rest({"GET /a/b": {"type": "MOCK"}})
    validator = aws.rest.create_request_validator(restApiId=api.id, name="v")["id"]
    part = aws.rest.create_documentation_part(restApiId=api.id, location={"type": "API"}, properties="{}")["id"]
    plan = aws.rest.create_usage_plan(name="p")["id"]
    wrong = [
        (
            aws.rest.update_resource,
            {"restApiId": api.id, "resourceId": api.resources["/a"]},
            change("/parentId", api.resources["/a/b"]),
            "Resources cannot be cyclical.",
        ),
        (
            aws.rest.update_request_validator,
            {"restApiId": api.id, "requestValidatorId": validator},
            change("/name", ""),
            "Request Validator name cannot be blank",
        ),
        (
            aws.rest.update_request_validator,
            {"restApiId": api.id, "requestValidatorId": validator},
            change("/x", "y"),
            "Invalid patch path  '/x' specified for op 'replace'. "
            "Must be one of: [/name, /validateRequestParameters, /validateRequestBody]",
        ),
        (
            aws.rest.update_documentation_part,
            {"restApiId": api.id, "documentationPartId": part},
            change("/properties", ""),
            "Documentation part properties must be non-empty",
        ),
        (aws.rest.update_usage_plan, {"usagePlanId": plan}, change("/apiStages", "x"), "Invalid API Stage specified"),
        (
            aws.rest.update_usage_plan,
            {"usagePlanId": plan},
            change("/apiStages", "x:y", "remove"),
            f"Invalid API Stage {{api: x, stage: y}} specified for usageplan {plan}",
        ),
    ]

    for operation, where, patch, message in wrong:
        with pytest.raises(ClientError) as error:
            operation(**where, patchOperations=[patch])
        assert error.value.response["Error"]["Message"] == message
