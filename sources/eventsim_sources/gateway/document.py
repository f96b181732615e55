"""What API does an OpenAPI document describe? Its paths with `x-amazon-apigateway-integration`, as parts of an API."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from eventsim import ConfigurationError, load_json
from eventsim_sources.gateway.cors import Cors
from eventsim_sources.gateway.document_settings import base_path, endpoints, fill_settings, known_id
from eventsim_sources.gateway.http_api import model as v2
from eventsim_sources.gateway.http_api.api import Api as HttpApi
from eventsim_sources.gateway.limits import REST_TIMEOUT_MS
from eventsim_sources.gateway.rest_api import model as v1
from eventsim_sources.gateway.rest_api.api import Api as RestApi

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
_ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
_AUTHORIZER = "x-amazon-apigateway-authorizer"
_DEFAULT_ROUTE = ("/$default", "$default")
"""How a document names the route for whatever no other takes: as API Gateway exports it, and as SAM writes it."""
_OBJECTS = ("components", "definitions", "info", "paths", "securityDefinitions")
_BYTES_MAX = 6_000_000
"""A definition may have 6 MB (documented)."""

Document = Mapping[str, Any]


def load(definition: str | Document, folder: Path) -> Document:
    """Return the document that a scenario names or holds.

    Raises:
        ConfigurationError: it cannot be read.
    """
    if not isinstance(definition, str):
        return definition
    path = folder / definition
    try:
        return parse(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(f"cannot read {path}: {error.strerror}", key="definition") from None
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}", key="definition") from None


def parse(content: bytes | str) -> Document:
    """Return a document in JSON or YAML.

    Raises:
        ValueError: it is neither, or too large.
    """
    if len(content) > _BYTES_MAX:
        raise ValueError(f"a definition may have {_BYTES_MAX:,} bytes")
    try:
        document = load_json(content)
    except ValueError:
        import yaml

        try:
            document = yaml.safe_load(content)
        except yaml.YAMLError as error:
            raise ValueError(f"neither JSON nor YAML: {error}") from None
    if not isinstance(document, dict):
        raise ValueError("an OpenAPI document is an object with `paths`")
    return document


def check_soundness(document: Document) -> None:
    """See that a document is made as such documents are, and of a version that can be imported.

    Raises:
        ValueError: it is not.
    """
    for name in _OBJECTS:
        if not isinstance(document.get(name) or {}, dict):
            raise ValueError(f"`{name}` is an object")
    version = str(document.get("swagger") or document.get("openapi") or "")
    if not (version == "2.0" or version.startswith("3.")):
        raise ValueError('the document has neither `swagger: "2.0"` nor `openapi: "3.0.1"`')


# --- REST APIs ---------------------------------------------------------------------------------------------


def fill_rest(api: RestApi, document: Document, *, how: str = "ignore") -> None:
    """Add to a REST API what a document describes.

    Args:
        how: what becomes of its base path.

    Raises:
        ConfigurationError: it makes no sense.
    """
    base = base_path(document, how)
    fill_settings(api, document)
    for name, schema in _schemas(document).items():
        model = v1.Model(id=api.new_id(), name=name, schema=json.dumps(_with_models(schema, api.settings.id)))
        api.models[name] = model
    for name, about in _security_schemes(document).items():
        _add_rest_authorizer(api, name, about)
    for path, verb, operation, shared in _operations(document):
        resource = api.make_path(f"{base}{path}")
        made = resource.resource_methods[verb] = _method(api, document, verb, operation, shared)
        if made.method_integration is not None and not made.method_integration.cache_namespace:
            made.method_integration.cache_namespace = resource.id


def _add_rest_authorizer(api: RestApi, name: str, scheme: Document) -> None:
    about = scheme.get(_AUTHORIZER)
    if about is None:
        return
    kind = str(about.get("type", "token")).upper()
    where = f"method.request.header.{scheme.get('name', 'Authorization')}"
    made = v1.Authorizer(
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


def _method(api: RestApi, document: Document, verb: str, operation: Document, shared: list[Any]) -> v1.Method:
    given = operation.get(_INTEGRATION)
    kind, authorizer_id, scopes, needs_key = _rest_security(api, document, operation)
    validator = operation.get(
        "x-amazon-apigateway-request-validator", document.get("x-amazon-apigateway-request-validator")
    )
    parameters = [_resolved(document, each) for each in [*shared, *operation.get("parameters", ())]]
    return v1.Method(
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
            str(status): _method_response(str(status), _resolved(document, about))
            for status, about in (operation.get("responses") or {}).items()
        },
        method_integration=None if given is None else rest_integration(given),
    )


def _method_response(status: str, about: Any) -> v1.MethodResponse:
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
    return v1.MethodResponse(status_code=status, response_parameters=headers, response_models=models)


_PLACES = {"header": "header", "query": "querystring", "path": "path"}


def rest_integration(given: Document) -> v1.Integration:
    """Return an integration as a document has it."""
    responses = {}
    for pattern, about in (given.get("responses") or {}).items():
        status = str(about.get("statusCode", "200"))
        key = status if status not in responses else f"{status} {pattern}"
        responses[key] = v1.IntegrationResponse(
            status_code=status,
            selection_pattern="" if pattern == "default" else str(pattern),
            response_parameters={name: str(value) for name, value in (about.get("responseParameters") or {}).items()},
            response_templates=dict(about.get("responseTemplates") or {}),
            content_handling=str(about.get("contentHandling") or ""),
        )
    return v1.Integration(
        type=str(given.get("type", "")).upper(),
        http_method=str(given.get("httpMethod") or "").upper(),
        uri=_plain_uri(given.get("uri")),
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


def _rest_security(api: RestApi, document: Document, operation: Document) -> tuple[str, str, list[str], bool]:
    """Return type and id of the authorizer, the scopes, and whether an API key is needed."""
    schemes = _security_schemes(document)
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


def _request_models(document: Document, operation: Document, parameters: list[Any], api: RestApi) -> dict[str, str]:
    content = _resolved(document, operation.get("requestBody") or {}).get("content") or {}
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
            api.models[name] = v1.Model(id=api.new_id(), name=name, schema=text)
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


# --- HTTP APIs ---------------------------------------------------------------------------------------------


def fill_http(api: HttpApi, document: Document, *, how: str = "ignore") -> None:
    """Add to an HTTP API what a document describes.

    Args:
        how: what becomes of its base path.

    Raises:
        ConfigurationError: it makes no sense.
    """
    base = base_path(document, how)
    for about in endpoints(document):
        if "disableExecuteApiEndpoint" in about:
            api.settings.disable_execute_api_endpoint = bool(about["disableExecuteApiEndpoint"])
    given = document.get("x-amazon-apigateway-cors")
    if given is not None:
        api.settings.cors_configuration = Cors(
            allow_credentials=bool(given.get("allowCredentials")),
            allow_headers=tuple(given.get("allowHeaders") or ()),
            allow_methods=tuple(given.get("allowMethods") or ()),
            allow_origins=tuple(given.get("allowOrigins") or ()),
            expose_headers=tuple(given.get("exposeHeaders") or ()),
            max_age=given.get("maxAge"),
        )
    shared = (document.get("components") or {}).get("x-amazon-apigateway-integrations") or {}
    for name, scheme in _security_schemes(document).items():
        _add_http_authorizer(api, name, scheme)
    for path, verb, operation, _ in _operations(document):
        integration = operation.get(_INTEGRATION)
        if isinstance(integration, Mapping) and "$ref" in integration:
            integration = shared.get(str(integration["$ref"]).rpartition("/")[2])
        key = "$default" if path in _DEFAULT_ROUTE else f"{verb} {base}{path}"
        add_http_route(api, document, key, operation, integration)
    api.changed()


def add_http_route(api: HttpApi, document: Document, key: str, operation: Document, given: Document | None) -> None:
    """Add a route with its integration."""
    target = "" if given is None else f"integrations/{_add_http_integration(api, given)}"
    kind, identifier, scopes = _http_authorization(api, document, operation)
    route = v2.Route(
        route_id=api.new_id(),
        route_key=key,
        target=target,
        authorization_type=kind,
        authorizer_id=identifier,
        authorization_scopes=scopes,
        operation_name=str(operation.get("operationId") or ""),
    )
    same = next((each.route_id for each in api.routes.values() if each.route_key == key), None)
    if same is not None:
        del api.routes[same]
    api.routes[route.route_id] = route


def _add_http_integration(api: HttpApi, given: Document) -> str:
    """Add an integration, and return its id."""
    made = v2.Integration(
        integration_id=api.new_id(),
        integration_type=str(given.get("type", "")).upper(),
        integration_uri=_plain_uri(given.get("uri")),
        integration_method=str(given.get("httpMethod") or ""),
        integration_subtype=str(given.get("integrationSubtype") or ""),
        payload_format_version=str(given.get("payloadFormatVersion") or "1.0"),
        credentials_arn=str(given.get("credentials") or ""),
        request_parameters={name: str(value) for name, value in (given.get("requestParameters") or {}).items()},
        response_parameters={
            str(status): {name: str(value) for name, value in changes.items()}
            for status, changes in (given.get("responseParameters") or {}).items()
        },
        connection_type=str(given.get("connectionType") or "INTERNET"),
        connection_id=str(given.get("connectionId") or ""),
        timeout_in_millis=given.get("timeoutInMillis"),
    )
    api.integrations[made.integration_id] = made
    return made.integration_id


def _http_authorization(api: HttpApi, document: Document, operation: Document) -> tuple[str, str, tuple[str, ...]]:
    """Return the kind of authorization of a route, its authorizer and the scopes that this wants to see."""
    kind, identifier, scopes = "NONE", "", tuple[str, ...]()
    for wanted in operation.get("security", document.get("security", ())) or ():
        for name, named in wanted.items():
            authorizer = next((each for each in api.authorizers.values() if each.name == name), None)
            if authorizer is not None:
                identifier, scopes = authorizer.authorizer_id, tuple(named)
                kind = "JWT" if authorizer.authorizer_type == "JWT" else "CUSTOM"
    if str((operation.get("x-amazon-apigateway-auth") or {}).get("type", "")).upper() == "AWS_IAM":
        kind = "AWS_IAM"
    return kind, identifier, scopes


def _add_http_authorizer(api: HttpApi, name: str, scheme: Document) -> None:
    about = scheme.get(_AUTHORIZER)
    if about is None:
        return
    sources = about.get("identitySource") or "$request.header.Authorization"
    identity = tuple(each.strip() for each in sources.split(",")) if isinstance(sources, str) else tuple(sources)
    token = about.get("jwtConfiguration") or {}
    made = v2.Authorizer(
        authorizer_id=api.new_id(6),
        name=name,
        authorizer_type=str(about.get("type", "jwt")).upper(),
        authorizer_uri=str(about.get("authorizerUri") or ""),
        authorizer_credentials_arn=str(about.get("authorizerCredentials") or ""),
        authorizer_payload_format_version=str(about.get("authorizerPayloadFormatVersion") or ""),
        authorizer_result_ttl_in_seconds=int(about.get("authorizerResultTtlInSeconds") or 0),
        enable_simple_responses=bool(about.get("enableSimpleResponses")),
        identity_source=identity,
        jwt_configuration={"Issuer": token.get("issuer", ""), "Audience": list(token.get("audience") or ())},
    )
    api.authorizers[made.authorizer_id] = made


# --- what both have ----------------------------------------------------------------------------------------


def _operations(document: Document) -> Iterator[tuple[str, str, Document, list[Any]]]:
    """Yield path, verb and operation of everything in a document, with the parameters of its path."""
    for path, item in (document.get("paths") or {}).items():
        if not isinstance(item, Mapping):
            raise ConfigurationError(f"the path {path} holds no operations", key="definition")
        shared = list(item.get("parameters") or ())
        for verb, operation in item.items():
            if verb == _ANY or verb.lower() in _VERBS:
                yield path, "ANY" if verb == _ANY else verb.upper(), operation or {}, shared


def _schemas(document: Document) -> Document:
    return document.get("definitions") or (document.get("components") or {}).get("schemas") or {}


def _security_schemes(document: Document) -> Document:
    return document.get("securityDefinitions") or (document.get("components") or {}).get("securitySchemes") or {}


def _resolved(document: Document, value: Any) -> Any:
    """Follow a reference within the document."""
    reference = value.get("$ref") if isinstance(value, Mapping) else None
    if not isinstance(reference, str) or not reference.startswith("#/"):
        return value
    found: Any = document
    for part in reference[2:].split("/"):
        found = found.get(part, {}) if isinstance(found, Mapping) else {}
    return found


def _plain_uri(uri: Any) -> str:
    """Return a URI; whatever a template engine was to fill in is filled in by now."""
    if uri is None:
        return ""
    if not isinstance(uri, str):
        raise ConfigurationError(f"the URI of an integration is a text, not {uri!r:.200}", key="definition")
    return re.sub(r"\s+", "", uri)
