"""Which REST API does an OpenAPI document describe? Its resources, models and authorizers, as parts of an API."""

import json
from collections.abc import Mapping
from typing import Any

from eventsim_sources.gateway.document import (
    AUTHORIZER,
    INTEGRATION,
    Document,
    operations,
    plain_uri,
    resolved,
    schemas,
    security_schemes,
)
from eventsim_sources.gateway.document_settings import base_path, fill_settings, known_id
from eventsim_sources.gateway.limits import REST_TIMEOUT_MS
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import (
    Authorizer,
    Integration,
    IntegrationResponse,
    Method,
    MethodResponse,
    Model,
)


def fill(api: Api, document: Document, *, how: str = "ignore") -> None:
    """Add to a REST API what a document describes.

    Args:
        how: what becomes of its base path.

    Raises:
        ConfigurationError: it makes no sense.
    """
    base = base_path(document, how)
    fill_settings(api, document)
    for name, schema in schemas(document).items():
        model = Model(id=api.new_id(), name=name, schema=json.dumps(_with_models(schema, api.settings.id)))
        api.models[name] = model
    for name, about in security_schemes(document).items():
        _add_authorizer(api, name, about)
    for path, verb, operation, shared in operations(document):
        resource = api.make_path(f"{base}{path}")
        made = resource.resource_methods[verb] = _method(api, document, verb, operation, shared)
        if made.method_integration is not None and not made.method_integration.cache_namespace:
            made.method_integration.cache_namespace = resource.id


def _add_authorizer(api: Api, name: str, scheme: Document) -> None:
    about = scheme.get(AUTHORIZER)
    if about is None:
        return
    kind = str(about.get("type", "token")).upper()
    where = f"method.request.header.{scheme.get('name', 'Authorization')}"
    made = Authorizer(
        id=known_id(api.authorizers, name) or api.new_id(),
        name=name,
        type="COGNITO_USER_POOLS" if kind == "COGNITO_USER_POOLS" else kind,
        provider_arns=list(about.get("providerARNs") or []),
        authorizer_uri=str(about.get("authorizerUri") or ""),
        authorizer_credentials=str(about.get("authorizerCredentials") or ""),
        identity_source=str(about.get("identitySource") or ("" if kind == "REQUEST" else where)),
        identity_validation_expression=str(about.get("identityValidationExpression") or ""),
        authorizer_result_ttl_in_seconds=about.get("authorizerResultTtlInSeconds"),
    )
    api.authorizers[made.id] = made


def _method(api: Api, document: Document, verb: str, operation: Document, shared: list[Any]) -> Method:
    given = operation.get(INTEGRATION)
    kind, authorizer_id, scopes, needs_key = _security(api, document, operation)
    validator = operation.get(
        "x-amazon-apigateway-request-validator", document.get("x-amazon-apigateway-request-validator")
    )
    parameters = [resolved(document, each) for each in [*shared, *operation.get("parameters", ())]]
    return Method(
        http_method=verb,
        authorization_type=kind,
        authorizer_id=authorizer_id,
        api_key_required=needs_key,
        authorization_scopes=scopes,
        request_validator_id=next((each.id for each in api.validators.values() if each.name == validator), ""),
        operation_name=str(operation.get("operationId") or ""),
        request_parameters={
            f"method.request.{_PLACES[each['in']]}.{each['name']}": bool(each.get("required"))
            for each in parameters
            if each.get("in") in _PLACES
        },
        request_models=_request_models(document, operation, parameters, api),
        method_responses={
            str(status): _method_response(str(status), resolved(document, about))
            for status, about in (operation.get("responses") or {}).items()
        },
        method_integration=None if given is None else _integration(given),
    )


def _method_response(status: str, about: Any) -> MethodResponse:
    given = about if isinstance(about, Mapping) else {}
    schemas = {kind: content.get("schema") for kind, content in (given.get("content") or {}).items()}
    if "schema" in given:  # OpenAPI 2
        schemas["application/json"] = given["schema"]
    models = {
        kind: str(schema["$ref"]).rpartition("/")[2]
        for kind, schema in schemas.items()
        if isinstance(schema, Mapping) and "$ref" in schema
    }
    headers = {f"method.response.header.{name}": False for name in given.get("headers") or {}}
    return MethodResponse(status_code=status, response_parameters=headers, response_models=models)


_PLACES = {"header": "header", "query": "querystring", "path": "path"}


def _integration(given: Document) -> Integration:
    """Return an integration as a document has it."""
    responses = {}
    for pattern, about in (given.get("responses") or {}).items():
        status = str(about.get("statusCode", "200"))
        key = status if status not in responses else f"{status} {pattern}"
        responses[key] = IntegrationResponse(
            status_code=status,
            selection_pattern="" if pattern == "default" else str(pattern),
            response_parameters={name: str(value) for name, value in (about.get("responseParameters") or {}).items()},
            response_templates=dict(about.get("responseTemplates") or {}),
            content_handling=str(about.get("contentHandling") or ""),
        )
    return Integration(
        type=str(given.get("type", "")).upper(),
        http_method=str(given.get("httpMethod") or "").upper(),
        uri=plain_uri(given.get("uri")),
        credentials=str(given.get("credentials") or ""),
        request_parameters={name: str(value) for name, value in (given.get("requestParameters") or {}).items()},
        request_templates=dict(given.get("requestTemplates") or {}),
        passthrough_behavior=str(given.get("passthroughBehavior") or "when_no_match").upper(),
        content_handling=str(given.get("contentHandling") or ""),
        timeout_in_millis=given.get("timeoutInMillis") or REST_TIMEOUT_MS,
        tls_config={str(name): bool(value) for name, value in (given.get("tlsConfig") or {}).items()},
        connection_type=str(given.get("connectionType") or ""),
        connection_id=str(given.get("connectionId") or ""),
        cache_namespace=str(given.get("cacheNamespace") or ""),
        cache_key_parameters=[str(each) for each in given.get("cacheKeyParameters") or ()],
        response_transfer_mode=str(given.get("responseTransferMode") or ""),
        integration_responses=responses,
    )


def _security(api: Api, document: Document, operation: Document) -> tuple[str, str, list[str], bool]:
    """Return type and id of the authorizer, the scopes, and whether an API key is needed."""
    schemes = security_schemes(document)
    kind, identifier, scopes, needs_key = "NONE", "", list[str](), False
    auth = operation.get("x-amazon-apigateway-auth") or {}
    if str(auth.get("type", "")).upper() == "AWS_IAM":
        kind = "AWS_IAM"
    for wanted in operation.get("security", document.get("security", ())) or ():
        for name, given in wanted.items():
            scheme = schemes.get(name, {})
            authorizer = next((each for each in api.authorizers.values() if each.name == name), None)
            if authorizer is not None:
                identifier, scopes = authorizer.id, list(given)
                kind = "COGNITO_USER_POOLS" if authorizer.type == "COGNITO_USER_POOLS" else "CUSTOM"
            elif str(scheme.get("x-amazon-apigateway-authtype", "")).lower() == "awssigv4":
                kind = "AWS_IAM"
            elif str(scheme.get("name", "")).lower() == "x-api-key":
                needs_key = True
    return kind, identifier, scopes, needs_key


def _request_models(document: Document, operation: Document, parameters: list[Any], api: Api) -> dict[str, str]:
    content = resolved(document, operation.get("requestBody") or {}).get("content") or {}
    found = {kind: about.get("schema") for kind, about in content.items()}
    body = next((each.get("schema") for each in parameters if each.get("in") == "body"), None)  # OpenAPI 2
    if body is not None:
        found["application/json"] = body
    models = {}
    for kind, schema in found.items():
        if not isinstance(schema, Mapping):
            continue
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if not name:
            name = f"model{api.new_id()}"
            text = json.dumps(_with_models(schema, api.settings.id))
            api.models[name] = Model(id=api.new_id(), name=name, schema=text)
        models[kind] = name
    return models


def _with_models(schema: Any, api_id: str) -> Any:
    """Return a schema whose references lead to models of the API, and whose OpenAPI extras JSON Schema understands."""
    if isinstance(schema, list):
        return [_with_models(each, api_id) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    made = {}
    for name, each in schema.items():
        if name in _NAMED and isinstance(each, Mapping):
            made[name] = {key: _with_models(part, api_id) for key, part in each.items()}
        elif name not in ("example", "xml", "nullable"):
            made[name] = _with_models(each, api_id)
    reference = made.get("$ref")
    if isinstance(reference, str):
        made["$ref"] = f"https://apigateway.amazonaws.com/restapis/{api_id}/models/{reference.rpartition('/')[2]}"
    return made


_NAMED = ("definitions", "patternProperties", "properties")
"""Words of JSON Schema whose members have names of their own."""
