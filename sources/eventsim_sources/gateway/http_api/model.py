"""What makes up an API of version 2? Routes, integrations, authorizers and stages, as the API operations know them.

The names are AWS's, so that what an operation is given becomes one of these, and gives it back.
"""

from datetime import datetime
from typing import Any

from msgspec import Struct

from eventsim_sources.gateway.cors import Cors
from eventsim_sources.gateway.http_api.routes import Routes


class Route(Struct, kw_only=True, rename="pascal"):
    """Which requests go where.

    Attributes:
        route_key: `GET /orders/{id}`, `$default`, `$connect`, or the name of a message.
        target: `integrations/ID`.
        api_gateway_managed: whether it was made along with its API (quick create).
    """

    route_id: str = ""
    route_key: str
    target: str = ""
    authorization_type: str = "NONE"
    authorizer_id: str = ""
    authorization_scopes: tuple[str, ...] = ()
    api_key_required: bool = False
    model_selection_expression: str = ""
    request_models: dict[str, str] = {}
    operation_name: str = ""
    request_parameters: dict[str, Any] = {}
    route_response_selection_expression: str = ""
    api_gateway_managed: bool = False


class Integration(Struct, kw_only=True, rename="pascal"):
    """What answers."""

    integration_id: str = ""
    integration_type: str
    integration_uri: str = ""
    integration_method: str = ""
    integration_subtype: str = ""
    payload_format_version: str = "1.0"
    connection_type: str = "INTERNET"
    connection_id: str = ""
    credentials_arn: str = ""
    description: str = ""
    passthrough_behavior: str = ""
    request_parameters: dict[str, str] = {}
    request_templates: dict[str, str] = {}
    response_parameters: dict[str, dict[str, str]] = {}
    content_handling_strategy: str = ""
    template_selection_expression: str = ""
    tls_config: dict[str, Any] = {}
    timeout_in_millis: int | None = None
    api_gateway_managed: bool = False


class Authorizer(Struct, kw_only=True, rename="pascal"):
    """Who lets requests in."""

    authorizer_id: str = ""
    name: str
    authorizer_type: str
    authorizer_uri: str = ""
    authorizer_credentials_arn: str = ""
    authorizer_payload_format_version: str = ""
    authorizer_result_ttl_in_seconds: int = 0
    enable_simple_responses: bool = False
    identity_source: tuple[str, ...] = ()
    identity_validation_expression: str = ""
    jwt_configuration: dict[str, Any] = {}
    keys: dict[str, Any] = {}
    """A JSON Web Key Set that the scenario gives; the API operations know nothing of it."""


class RouteResponse(Struct, kw_only=True, rename="pascal"):
    """That a route of a WebSocket API answers."""

    route_response_id: str = ""
    route_response_key: str
    model_selection_expression: str = ""
    response_models: dict[str, str] = {}
    response_parameters: dict[str, Any] = {}


class IntegrationResponse(Struct, kw_only=True, rename="pascal"):
    """What a WebSocket's integration answers."""

    integration_response_id: str = ""
    integration_response_key: str
    content_handling_strategy: str = ""
    response_parameters: dict[str, str] = {}
    response_templates: dict[str, str] = {}
    template_selection_expression: str = ""


class Model(Struct, kw_only=True, rename="pascal"):
    """What a message must look like, as JSON Schema; it is kept."""

    model_id: str = ""
    name: str
    content_type: str = "application/json"
    description: str = ""
    schema: str = "{}"


class Deployment(Struct, kw_only=True, rename="pascal"):
    """A snapshot of an API."""

    deployment_id: str
    created_date: datetime
    auto_deployed: bool = False
    description: str = ""
    deployment_status: str = "DEPLOYED"


class Snapshot(Struct, frozen=True, kw_only=True):
    """What a stage serves: an API as it was when it was deployed."""

    deployment_id: str
    routes: Routes
    by_key: dict[str, Route]
    integrations: dict[str, Integration]
    authorizers: dict[str, Authorizer]
    integration_responses: dict[str, dict[str, IntegrationResponse]] = {}
    with_responses: frozenset[str] = frozenset()
    """The routes, by id, that answer over a WebSocket."""


class Stage(Struct, kw_only=True, rename="pascal"):
    """One deployment under a name."""

    stage_name: str
    auto_deploy: bool = False
    deployment_id: str = ""
    description: str = ""
    created_date: datetime | None = None
    last_updated_date: datetime | None = None
    stage_variables: dict[str, str] = {}
    default_route_settings: dict[str, Any] = {}
    route_settings: dict[str, Any] = {}
    access_log_settings: dict[str, Any] = {}
    client_certificate_id: str = ""
    api_gateway_managed: bool = False
    tags: dict[str, str] = {}


class Settings(Struct, kw_only=True, rename="pascal"):
    """An API as a whole."""

    api_id: str
    name: str
    protocol_type: str
    api_endpoint: str = ""
    created_date: datetime | None = None
    description: str = ""
    version: str = ""
    route_selection_expression: str = "$request.method $request.path"
    api_key_selection_expression: str = "$request.header.x-api-key"
    cors_configuration: Cors | None = None
    disable_execute_api_endpoint: bool = False
    disable_schema_validation: bool = False
    ip_address_type: str = "ipv4"
    tags: dict[str, str] = {}
