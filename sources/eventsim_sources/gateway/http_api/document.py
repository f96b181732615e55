"""Which HTTP API does an OpenAPI document describe? Its routes and authorizers, as parts of an API."""

from collections.abc import Mapping

from eventsim_sources.gateway.cors import Cors
from eventsim_sources.gateway.document import AUTHORIZER, INTEGRATION, Document, operations, plain_uri, security_schemes
from eventsim_sources.gateway.document_settings import base_path, endpoints
from eventsim_sources.gateway.http_api.api import Api
from eventsim_sources.gateway.http_api.model import Authorizer, Integration, Route

_DEFAULT_ROUTE = ("/$default", "$default")
"""How a document names the route for whatever no other takes: as API Gateway exports it, and as SAM writes it."""


def fill(api: Api, document: Document, *, how: str = "ignore") -> None:
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
    for name, scheme in security_schemes(document).items():
        _add_authorizer(api, name, scheme)
    for path, verb, operation, _ in operations(document):
        integration = operation.get(INTEGRATION)
        if isinstance(integration, Mapping) and "$ref" in integration:
            integration = shared.get(str(integration["$ref"]).rpartition("/")[2])
        key = "$default" if path in _DEFAULT_ROUTE else f"{verb} {base}{path}"
        _add_route(api, document, key, operation, integration)
    api.changed()


def _add_route(api: Api, document: Document, key: str, operation: Document, given: Document | None) -> None:
    """Add a route with its integration."""
    target = "" if given is None else f"integrations/{_add_integration(api, given)}"
    kind, identifier, scopes = _authorization(api, document, operation)
    route = Route(
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


def _add_integration(api: Api, given: Document) -> str:
    """Add an integration, and return its id."""
    made = Integration(
        integration_id=api.new_id(),
        integration_type=str(given.get("type", "")).upper(),
        integration_uri=plain_uri(given.get("uri")),
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


def _authorization(api: Api, document: Document, operation: Document) -> tuple[str, str, tuple[str, ...]]:
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


def _add_authorizer(api: Api, name: str, scheme: Document) -> None:
    about = scheme.get(AUTHORIZER)
    if about is None:
        return
    sources = about.get("identitySource") or "$request.header.Authorization"
    identity = tuple(each.strip() for each in sources.split(",")) if isinstance(sources, str) else tuple(sources)
    token = about.get("jwtConfiguration") or {}
    made = Authorizer(
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
