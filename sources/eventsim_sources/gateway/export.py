"""Which OpenAPI document describes an API? The way back of `document`: import what is exported, and it is the same."""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from eventsim import load_json
from eventsim_sources.gateway.http_api.api import Api as HttpApi
from eventsim_sources.gateway.http_api.model import Integration as HttpIntegration
from eventsim_sources.gateway.rest_api.api import Snapshot
from eventsim_sources.gateway.rest_api.model import Authorizer, Integration, Method, Stage

Document = dict[str, Any]
Kind = Literal["swagger", "oas30"]
_PLACES = {"header": "header", "querystring": "query", "path": "path"}
_INTEGRATION = "x-amazon-apigateway-integration"
_ANY = "x-amazon-apigateway-any-method"


def rest_document(snapshot: Snapshot, stage: Stage, *, host: str, kind: Kind, extends: bool) -> Document:
    """Return a document of what a stage of a REST API serves.

    Args:
        host: where it is asked.
        extends: whether API Gateway's own extensions are told: integrations, authorizers, validators.
    """
    settings, is_old = snapshot.settings, kind == "swagger"
    created = settings.created_date
    version = settings.version or (f"{created:%Y-%m-%dT%H:%M:%SZ}" if created is not None else "1.0")
    info = {"title": settings.name, "version": version}
    if settings.description:
        info["description"] = settings.description
    made: Document = {"swagger": "2.0", "info": info} if is_old else {"openapi": "3.0.1", "info": info}
    if is_old:
        made |= {"host": host, "basePath": f"/{stage.stage_name}", "schemes": ["https"]}
    else:
        base = {"default": stage.stage_name}
        made["servers"] = [{"url": f"https://{host}/{{basePath}}", "variables": {"basePath": base}}]
    made["paths"] = {
        path: {_verb(verb): _operation(method, snapshot, is_old=is_old, extends=extends) for verb, method in found}
        for path, resource in sorted(snapshot.by_path.items())
        if (found := sorted(resource.resource_methods.items()))
    }
    schemas = {name: _schema(model.schema, is_old=is_old) for name, model in sorted(snapshot.models.items())}
    schemes = _schemes(snapshot, extends=extends)
    if is_old:
        made |= {"securityDefinitions": schemes} if schemes else {}
        made["definitions"] = schemas
    else:
        made["components"] = {"schemas": schemas, **({"securitySchemes": schemes} if schemes else {})}
    return {**made, **_extensions(snapshot)} if extends else made


def _verb(verb: str) -> str:
    return _ANY if verb == "ANY" else verb.lower()


def _operation(method: Method, snapshot: Snapshot, *, is_old: bool, extends: bool) -> Document:
    made: Document = {}
    if method.operation_name:
        made["operationId"] = method.operation_name
    parameters = [_parameter(name, is_wanted, is_old=is_old) for name, is_wanted in method.request_parameters.items()]
    models = {kind: {"$ref": _reference(name, is_old=is_old)} for kind, name in method.request_models.items()}
    if is_old:
        made |= {"consumes": list(models)} if models else {}
        made["produces"] = ["application/json"]
        parameters += [
            {"in": "body", "name": name, "required": True, "schema": models[kind]}
            for kind, name in method.request_models.items()
        ]
    elif models:
        content = {kind: {"schema": schema} for kind, schema in models.items()}
        made["requestBody"] = {"content": content, "required": True}
    if parameters:
        made["parameters"] = parameters
    made["responses"] = {
        status: _response(response.response_models, response.response_parameters, status, is_old=is_old)
        for status, response in sorted(method.method_responses.items())
    }
    security = _security(method, snapshot)
    if security:
        made["security"] = security
    if extends:
        validator = snapshot.validators.get(method.request_validator_id)
        if validator is not None:
            made["x-amazon-apigateway-request-validator"] = validator.name
        if method.method_integration is not None:
            made[_INTEGRATION] = _integration(method.method_integration)
    return made


def _parameter(name: str, is_wanted: bool, *, is_old: bool) -> Document:
    _, _, place, own = name.split(".", 3)
    kind: Document = {"type": "string"} if is_old else {"schema": {"type": "string"}}
    return {"name": own, "in": _PLACES.get(place, place), "required": is_wanted or place == "path", **kind}


def _response(models: Mapping[str, str], parameters: Mapping[str, Any], status: str, *, is_old: bool) -> Document:
    made: Document = {"description": f"{status} response"}
    headers = {
        name.rpartition(".")[2]: ({"type": "string"} if is_old else {"schema": {"type": "string"}})
        for name in parameters
    }
    if headers:
        made["headers"] = headers
    if models and is_old:
        made["schema"] = {"$ref": _reference(next(iter(models.values())), is_old=True)}
    elif models:
        content = {kind: {"schema": {"$ref": _reference(name, is_old=False)}} for kind, name in models.items()}
        made["content"] = content
    return made


def _reference(name: str, *, is_old: bool) -> str:
    return f"#/definitions/{name}" if is_old else f"#/components/schemas/{name}"


def _schema(text: str, *, is_old: bool) -> Any:
    def linked(value: Any) -> Any:
        if isinstance(value, list):
            return [linked(each) for each in value]
        if not isinstance(value, dict):
            return value
        made = {name: linked(each) for name, each in value.items() if name != "$schema"}
        reference = made.get("$ref")
        if isinstance(reference, str) and "/models/" in reference:
            made["$ref"] = _reference(reference.rpartition("/")[2], is_old=is_old)
        return made

    return linked(load_json(text or "{}"))


def _security(method: Method, snapshot: Snapshot) -> list[dict[str, list[str]]]:
    made: list[dict[str, list[str]]] = []
    authorizer = snapshot.authorizers.get(method.authorizer_id)
    if authorizer is not None:
        made.append({authorizer.name: list(method.authorization_scopes)})
    elif method.authorization_type == "AWS_IAM":
        made.append({"sigv4": []})
    return [*made, {"api_key": []}] if method.api_key_required else made


def _schemes(snapshot: Snapshot, *, extends: bool) -> Document:
    methods = [method for resource in snapshot.by_path.values() for method in resource.resource_methods.values()]
    made: Document = {}
    if any(method.api_key_required for method in methods):
        made["api_key"] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    if any(method.authorization_type == "AWS_IAM" for method in methods):
        signed = {"type": "apiKey", "name": "Authorization", "in": "header"}
        made["sigv4"] = {**signed, "x-amazon-apigateway-authtype": "awsSigv4"} if extends else signed
    for authorizer in snapshot.authorizers.values():
        made[authorizer.name] = _scheme(authorizer, extends=extends)
    return made


def _scheme(authorizer: Authorizer, *, extends: bool) -> Document:
    source = authorizer.identity_source
    named = source.rpartition(".")[2] if authorizer.type != "REQUEST" and source else "Authorization"
    made: Document = {"type": "apiKey", "name": named, "in": "header"}
    if not extends:
        return made
    about = {
        "type": authorizer.type.lower(),
        "authorizerUri": authorizer.authorizer_uri,
        "authorizerCredentials": authorizer.authorizer_credentials,
        "providerARNs": authorizer.provider_arns,
        "identitySource": source if authorizer.type == "REQUEST" else "",
        "identityValidationExpression": authorizer.identity_validation_expression,
        "authorizerResultTtlInSeconds": authorizer.authorizer_result_ttl_in_seconds,
    }
    kind = "cognito_user_pools" if authorizer.type == "COGNITO_USER_POOLS" else "custom"
    return {
        **made,
        "x-amazon-apigateway-authtype": kind,
        "x-amazon-apigateway-authorizer": {name: value for name, value in about.items() if value not in ("", [], None)},
    }


def _integration(integration: Integration) -> Document:
    given = msgspec.to_builtins(integration)
    responses = {}
    for each in integration.integration_responses.values():
        told = {
            "statusCode": each.status_code,
            "responseParameters": each.response_parameters,
            "responseTemplates": each.response_templates,
            "contentHandling": each.content_handling,
        }
        responses[each.selection_pattern or "default"] = {name: value for name, value in told.items() if value}
    made = {
        name: given.get(name)
        for name in (
            *("type", "httpMethod", "uri", "credentials", "connectionType", "connectionId", "requestParameters"),
            *("requestTemplates", "contentHandling", "timeoutInMillis", "cacheNamespace", "cacheKeyParameters"),
            "responseTransferMode",
        )
    }
    made["type"] = integration.type.lower()
    made["passthroughBehavior"] = integration.passthrough_behavior.lower()
    made["responses"] = responses
    return {name: value for name, value in made.items() if value not in ("", None, {}, [])}


def _extensions(snapshot: Snapshot) -> Document:
    made: Document = {}
    if snapshot.validators:
        made["x-amazon-apigateway-request-validators"] = {
            each.name: {
                "validateRequestParameters": each.validate_request_parameters,
                "validateRequestBody": each.validate_request_body,
            }
            for each in snapshot.validators.values()
        }
    if snapshot.gateway_responses:
        made["x-amazon-apigateway-gateway-responses"] = {
            kind: {
                name: value
                for name, value in (
                    ("statusCode", each.status_code),
                    ("responseParameters", each.response_parameters),
                    ("responseTemplates", each.response_templates),
                )
                if value
            }
            for kind, each in snapshot.gateway_responses.items()
        }
    settings = snapshot.settings
    if settings.binary_media_types:
        made["x-amazon-apigateway-binary-media-types"] = list(settings.binary_media_types)
    if settings.api_key_source != "HEADER":
        made["x-amazon-apigateway-api-key-source"] = settings.api_key_source
    return made


# --- HTTP APIs ---------------------------------------------------------------------------------------------


def http_document(api: HttpApi, *, extends: bool) -> Document:
    """Return a document of an HTTP API as it is.

    Args:
        extends: whether API Gateway's own extensions are told.
    """
    settings = api.settings
    created = settings.created_date
    version = settings.version or (f"{created:%Y-%m-%d %H:%M:%SUTC}" if created is not None else "1.0")
    paths: dict[str, Document] = {}
    for route in sorted(api.routes.values(), key=lambda route: route.route_key):
        verb, _, path = route.route_key.partition(" ")
        if not path:
            verb, path = "ANY", "/$default"
        operation: Document = {"responses": {"default": {"description": f"Default response for {route.route_key}"}}}
        if path == "/$default":
            operation["isDefaultRoute"] = True
        authorizer = api.authorizers.get(route.authorizer_id)
        if authorizer is not None:
            operation["security"] = [{authorizer.name: list(route.authorization_scopes)}]
        integration = api.integrations.get(route.target.rpartition("/")[2])
        if extends and integration is not None:
            operation[_INTEGRATION] = _http_integration(integration)
        paths.setdefault(path, {})[_verb(verb)] = operation
    made: Document = {
        "openapi": "3.0.1",
        "info": {"title": settings.name, "version": version, **_described(settings.description)},
        "servers": [{"url": settings.api_endpoint}],
        "paths": paths,
    }
    schemes = {each.name: _http_scheme(each, extends=extends) for each in api.authorizers.values()}
    if schemes:
        made["components"] = {"securitySchemes": schemes}
    if extends and settings.cors_configuration is not None:
        given = msgspec.to_builtins(settings.cors_configuration)
        made["x-amazon-apigateway-cors"] = {
            f"{name[0].lower()}{name[1:]}": value for name, value in given.items() if value not in (None, (), [])
        }
    if extends:
        made["x-amazon-apigateway-importexport-version"] = "1.0"
    return made


def _described(description: str) -> Document:
    return {"description": description} if description else {}


def _http_integration(integration: HttpIntegration) -> Document:
    made = {
        "type": integration.integration_type.lower(),
        "httpMethod": integration.integration_method,
        "uri": integration.integration_uri,
        "integrationSubtype": integration.integration_subtype,
        "credentials": integration.credentials_arn,
        "requestParameters": integration.request_parameters,
        "payloadFormatVersion": integration.payload_format_version,
        "connectionType": integration.connection_type,
        "timeoutInMillis": integration.timeout_in_millis,
    }
    return {name: value for name, value in made.items() if value not in ("", None, {})}


def _http_scheme(authorizer: Any, *, extends: bool) -> Document:
    is_token = authorizer.authorizer_type == "JWT"
    made: Document = (
        {"type": "oauth2", "flows": {}} if is_token else {"type": "apiKey", "name": "Authorization", "in": "header"}
    )
    if not extends:
        return made
    about: Document = {
        "type": authorizer.authorizer_type.lower(),
        "identitySource": ",".join(authorizer.identity_source),
    }
    if is_token:
        token = authorizer.jwt_configuration
        about["jwtConfiguration"] = {"issuer": token.get("Issuer", ""), "audience": list(token.get("Audience") or ())}
    else:
        about |= {
            "authorizerUri": authorizer.authorizer_uri,
            "authorizerPayloadFormatVersion": authorizer.authorizer_payload_format_version,
            "authorizerResultTtlInSeconds": authorizer.authorizer_result_ttl_in_seconds,
            "enableSimpleResponses": authorizer.enable_simple_responses,
        }
    return {**made, "x-amazon-apigateway-authorizer": about}
