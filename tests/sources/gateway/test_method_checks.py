"""What is refused when methods, integrations and their responses are put?"""

from typing import Any

import pytest

from tests import sdk
from tests.sources.gateway.conftest import Aws, Rest

JSON = "application/json"
LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations"
)
QUEUE = "arn:aws:apigateway:us-east-1:sqs:path/123456789012/q"
WORDS = "Invalid mapping expression specified: Validation Result: warnings : [], errors : [{}]"


@pytest.fixture
def api(aws: Aws) -> Rest:
    """Return an API with one method that takes a header and answers with one."""
    made = aws.make_rest({})
    method = {"requestParameters": {"method.request.header.x": False}}
    made.add("POST /a", method=method, type="MOCK")
    aws.rest.put_method_response(
        **where(made), statusCode="200", responseParameters={"method.response.header.y": False}
    )
    return made


def where(api: Rest, verb: str = "POST") -> dict[str, str]:
    """Return how operations name a method."""
    return {"restApiId": api.id, "resourceId": api.resources["/a"], "httpMethod": verb}


def refusal(operation: Any, **parameters: Any) -> str:
    """Return the message with which an operation is refused."""
    return sdk.refusal(operation, **parameters)[1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"httpMethod": "FOO"},
            "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY",
        ),
        ({"authorizationType": "FOO"}, "Invalid authorization type specified."),
        ({"authorizationType": "CUSTOM"}, "Invalid authorizer ID specified. Setting the authorization type to CUSTOM"),
        ({"requestValidatorId": "v"}, "Invalid Request Validator identifier specified"),
        ({"requestModels": {JSON: "Nope"}}, "Invalid model identifier specified: Nope"),
        ({"requestParameters": {"x": True}}, WORDS.format("Invalid mapping expression specified: x")),
    ],
)
def test_a_method_makes_sense(aws: Aws, api: Rest, given: dict[str, Any], message: str) -> None:
    """What it names is there, and what it is told has its form."""
    parameters = {**where(api, "GET"), "authorizationType": "NONE", **given}

    assert refusal(aws.rest.put_method, **parameters).startswith(message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"type": "HTTP", "uri": "x"}, "Invalid HTTP endpoint specified for URI"),
        (
            {"type": "HTTP", "uri": "http://x", "integrationHttpMethod": ""},
            "Enumeration value for HttpMethod must be non-empty",
        ),
        ({"type": "AWS", "uri": ""}, "Invalid ARN specified in the request"),
        ({"type": "AWS", "uri": "arn:aws:lambda:us-east-1:1:function:f"}, "Invalid ARN specified in the request"),
        (
            {"type": "AWS", "uri": "arn:aws:apigateway:us-east-1:lambda"},
            "AWS ARN for integration must contain path or action",
        ),
        ({"type": "AWS", "uri": QUEUE}, "Role ARN must be specified for AWS integrations"),
        (
            {"type": "AWS_PROXY", "uri": QUEUE},
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function",
        ),
        ({"type": "MOCK", "timeoutInMillis": 49}, "Timeout should be between 50 ms and 29000 ms"),
        ({"type": "MOCK", "passthroughBehavior": "SOMETIMES"}, "Invalid passthrough behavior specified."),
        (
            {"type": "MOCK", "requestParameters": {"integration.request.header.z": "method.request.header.z"}},
            WORDS.format("Invalid mapping expression parameter specified: method.request.header.z"),
        ),
        (
            {"type": "MOCK", "requestParameters": {"integration.request.header.z": "z"}},
            WORDS.format("Invalid mapping expression specified: z"),
        ),
    ],
)
def test_an_integration_makes_sense(aws: Aws, api: Rest, given: dict[str, Any], message: str) -> None:
    """It leads somewhere, and maps what its method declares."""
    parameters = {**where(api), "integrationHttpMethod": "POST", **given}

    assert refusal(aws.rest.put_integration, **parameters).startswith(message)


@pytest.mark.parametrize(
    "source",
    [
        "method.request.header.x",
        "method.request.body",
        "method.request.body.a[0]",
        "context.stage",
        "stageVariables.v",
        "'s'",
    ],
)
def test_a_parameter_is_mapped_from_many_places(aws: Aws, api: Rest, source: str) -> None:
    """From the request, the context, the stage, and a text in quotes."""
    mapped = {"integration.request.querystring.q": source}

    made = aws.rest.put_integration(
        **where(api), type="AWS_PROXY", uri=LAMBDA, integrationHttpMethod="POST", requestParameters=mapped
    )

    assert made["requestParameters"] == mapped


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"method.response.header.z": "'a'"},
            "Invalid mapping expression parameter specified: method.response.header.z",
        ),
        ({"method.response.header.y": "z"}, "Invalid mapping expression specified: z"),
    ],
)
def test_an_answer_sets_headers_that_its_method_declares(
    aws: Aws, api: Rest, parameters: dict[str, str], message: str
) -> None:
    """Of what the integration answered, of the context, or of a text in quotes."""
    found = refusal(aws.rest.put_integration_response, **where(api), statusCode="200", responseParameters=parameters)

    assert found == WORDS.format(message)


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ("x", "Cannot create a child of a resource with a greedy path variable: {proxy+}"),
        ("x/y", "Resource's path part only allow a-zA-Z0-9._-:"),
    ],
)
def test_nothing_stands_below_a_greedy_resource(aws: Aws, api: Rest, part: str, message: str) -> None:
    """It takes all that would."""
    parent = api.resource("/{proxy+}")

    assert refusal(aws.rest.create_resource, restApiId=api.id, parentId=parent, pathPart=part).startswith(message)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
            "Cannot create an API with multiple Endpoint Types.",
        ),
        (
            {"policy": "{"},
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid.",
        ),
    ],
)
def test_an_api_makes_sense(aws: Aws, given: dict[str, Any], message: str) -> None:
    """One kind of endpoint, and a policy that is one."""
    assert refusal(aws.rest.create_rest_api, name="a", **given) == message


@pytest.mark.parametrize(
    ("operation", "given", "message"),
    [
        ("create_model", {"name": "a-b", "schema": "{}"}, "Model name must be alphanumeric: a-b"),
        ("create_model", {"name": "", "schema": "{}"}, "No Model Name specified"),
        (
            "create_model",
            {"name": "a", "schema": ""},
            "Model schema must have at least 1 property or array items defined",
        ),
        ("create_model", {"name": "a", "schema": "{"}, "errors : [Invalid model schema specified]"),
        (
            "create_model",
            {"name": "a", "schema": '{"$ref": "b"}'},
            "errors : [Model reference must be in canonical form]",
        ),
        ("create_authorizer", {"name": "a", "type": "TOKEN", "authorizerUri": "x"}, "Invalid Authorizer URI: x."),
        (
            "create_authorizer",
            {"name": "a", "type": "REQUEST", "authorizerUri": LAMBDA, "identitySource": "x"},
            "errors : [Invalid mapping expression specified: x]",
        ),
    ],
)
def test_a_part_makes_sense(aws: Aws, api: Rest, operation: str, given: dict[str, Any], message: str) -> None:
    """Models and authorizers are looked at before they are kept."""
    more = {"contentType": JSON} if operation == "create_model" else {}

    assert message in refusal(getattr(aws.rest, operation), restApiId=api.id, **more, **given)


@pytest.mark.parametrize("parameters", [{"x": "'a'"}, {"gatewayresponse.header.x": "a"}])
def test_a_gateway_response_sets_headers(aws: Aws, api: Rest, parameters: dict[str, str]) -> None:
    """Of the request, the context, the stage, or a text in quotes; nothing else."""
    given = {"restApiId": api.id, "responseType": "THROTTLED", "responseParameters": parameters}

    assert refusal(aws.rest.put_gateway_response, **given).startswith("Invalid mapping expression specified")


@pytest.mark.parametrize(("place", "value"), [("logging/loglevel", "ALL"), ("caching/ttlInSeconds", "3601")])
def test_settings_of_methods_have_bounds(aws: Aws, api: Rest, place: str, value: str) -> None:
    """Three levels of logging, an hour of keeping."""
    aws.rest.create_deployment(restApiId=api.id, stageName="s")
    operation = {"op": "replace", "path": f"/*/*/{place}", "value": value}

    message = refusal(aws.rest.update_stage, restApiId=api.id, stageName="s", patchOperations=[operation])

    assert message.startswith(f"Invalid patch value '{value}'")


def test_stage_variables_have_a_form(aws: Aws, api: Rest) -> None:
    """Neither blanks in names, nor in values (documented)."""
    for variables in ({"a b": "c"}, {"a": "b c;"}):
        message = refusal(aws.rest.create_deployment, restApiId=api.id, stageName="s", variables=variables)
        assert message.startswith("Invalid stage variable")
