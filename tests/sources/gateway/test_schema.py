"""Does a body fit a model, and in which words is it told why not?"""

import json
from typing import Any

import pytest

from eventsim_sources.gateway.rest_api.schema import flaws, with_definitions
from tests.sources.gateway.conftest import Aws

JSON = "application/json"
PET = {
    "type": "object",
    "required": ["name", "age"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string", "minLength": 2, "maxLength": 5, "pattern": "^[a-z]+$"},
        "age": {"type": "integer", "minimum": 0, "maximum": 10},
        "kind": {"enum": ["cat", "dog"]},
        "tags": {"type": "array", "minItems": 1, "maxItems": 2, "uniqueItems": True},
    },
}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"name": "ab", "age": 1}, []),
        ([], ['instance type (array) does not match any allowed primitive type (allowed: ["object"])']),
        (None, ['instance type (null) does not match any allowed primitive type (allowed: ["object"])']),
        ({}, ['object has missing required properties (["age","name"])']),
        (
            {"name": "ab", "x": 1},
            [
                'object instance has properties which are not allowed by the schema: ["x"]',
                'object has missing required properties (["age"])',
            ],
        ),
        (
            {"name": 1, "age": 1.5},
            [
                'instance type (number) does not match any allowed primitive type (allowed: ["integer"])',
                'instance type (integer) does not match any allowed primitive type (allowed: ["string"])',
            ],
        ),
        ({"name": "a", "age": 1}, ['string "a" is too short (length: 1, required minimum: 2)']),
        ({"name": "abcdef", "age": 1}, ['string "abcdef" is too long (length: 6, maximum allowed: 5)']),
        ({"name": "AB", "age": 1}, ['ECMA 262 regex "^[a-z]+$" does not match input string "AB"']),
        ({"name": "ab", "age": -1}, ["numeric instance is lower than the required minimum (minimum: 0, found: -1)"]),
        ({"name": "ab", "age": 11}, ["numeric instance is greater than the required maximum (maximum: 10, found: 11)"]),
        (
            {"name": "ab", "age": 1, "kind": "cow"},
            ['instance value ("cow") not found in enum (possible values: ["cat","dog"])'],
        ),
        (
            {"name": "ab", "age": 1, "tags": []},
            ["array is too short: must have at least 1 elements but instance has 0 elements"],
        ),
        (
            {"name": "ab", "age": 1, "tags": [1, 2, 3]},
            ["array is too long: must have at most 2 elements but instance has 3 elements"],
        ),
        ({"name": "ab", "age": 1, "tags": [1, 1]}, ["array must not contain duplicate elements"]),
    ],
)
def test_a_body_is_told_what_is_wrong_with_it(body: Any, words: list[str]) -> None:
    """As the library says it that AWS uses."""
    assert flaws(json.dumps(PET), (), body) == words


@pytest.mark.parametrize(
    ("schema", "body", "words"),
    [
        (
            {"exclusiveMinimum": True, "minimum": 0},
            0,
            "numeric instance is not strictly greater than the required minimum 0",
        ),
        (
            {"exclusiveMaximum": True, "maximum": 3},
            3,
            "numeric instance is not strictly lower than the required maximum 3",
        ),
        ({"multipleOf": 2}, 3, "remainder of division is not zero (3 / 2)"),
        ({"minProperties": 1}, {}, "object has too few properties (found 0 but schema requires at least 1)"),
        ({"maxProperties": 0}, {"a": 1}, "object has too many properties (found 1 but schema requires at most 0)"),
        (
            {"anyOf": [{"type": "null"}, {"type": "string"}]},
            1,
            "instance failed to match at least one required schema among 2",
        ),
        (
            {"oneOf": [{"type": "null"}, {"type": "string"}]},
            1,
            "instance failed to match exactly one schema (matched 0 out of 2)",
        ),
        ({"not": {"type": "integer"}}, 1, "instance matched a schema which it should not have"),
    ],
)
def test_a_value_is_told_what_is_wrong_with_it(schema: Any, body: Any, words: str) -> None:
    """One keyword each."""
    assert flaws(json.dumps(schema), (), body) == [words]


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "http://127.0.0.1:9/model.json"},
        {"$ref": "#"},
        {"type": "object", "properties": {"a": {"pattern": r"\p{L}("}}},
    ],
)
def test_a_model_that_cannot_be_used_lets_nobody_in(schema: Any) -> None:
    """Nothing is asked over the network, and no request breaks by it."""
    (words,) = flaws(json.dumps(schema), (), {"a": "b"})

    assert words.startswith("the model refers to what is not in it, or has a pattern that cannot be read: ")


def test_models_may_refer_to_models() -> None:
    """They become definitions of one document."""
    schema = {"type": "array", "items": {"$ref": "https://apigateway.amazonaws.com/restapis/a/models/Pet"}}

    flat = with_definitions(schema, {"Pet": '{"type": "string"}'})

    assert flat["items"] == {"$ref": "#/definitions/Pet"}
    assert flat["definitions"] == {"Pet": {"type": "string"}}


def test_a_gateway_response_tells_what_is_wrong(aws: Aws) -> None:
    """In `$context.error.validationErrorString`; blank parameters are missing ones."""
    api = aws.make_rest({})
    aws.rest.create_model(restApiId=api.id, name="Pet", contentType=JSON, schema=json.dumps(PET))
    checks = {"restApiId": api.id, "validateRequestBody": True, "validateRequestParameters": True}
    validator = aws.rest.create_request_validator(name="all", **checks)["id"]
    method = {
        "requestValidatorId": validator,
        "requestModels": {JSON: "Pet"},
        "requestParameters": {"method.request.querystring.q": True},
    }
    api.add("POST /pets", method=method, type="MOCK", requestTemplates={JSON: '{"statusCode": 200}'})
    template = '{"why": "$util.escapeJavaScript($context.error.validationErrorString)"}'
    aws.rest.put_gateway_response(restApiId=api.id, responseType="BAD_REQUEST_BODY", responseTemplates={JSON: template})
    api.deploy()

    blank = aws.simulation.http("POST", "/pets?q=", json={"name": "ab"})
    wrong = aws.simulation.http("POST", "/pets?q=1", json={"name": "ab"})

    assert blank.json() == {"message": "Missing required request parameters: [q]"}
    assert wrong.json() == {"why": '[object has missing required properties (["age"])]'}
