"""What makes up a REST API? Resources, methods and integrations, as the API operations know them.

The names are AWS's, so that what an operation is given becomes one of these, and gives it back.
"""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct


class IntegrationResponse(Struct, kw_only=True, rename="camel"):
    """What becomes of one kind of answer."""

    status_code: str
    selection_pattern: str = ""
    response_parameters: dict[str, str] = {}
    response_templates: dict[str, str | None] = {}
    content_handling: str = ""


class Integration(Struct, kw_only=True, rename="camel"):
    """What answers a method: a function, a service, a server, or nothing (`MOCK`)."""

    type: str
    http_method: str = ""
    uri: str = ""
    connection_type: str = ""
    connection_id: str = ""
    credentials: str = ""
    request_parameters: dict[str, str] = {}
    request_templates: dict[str, str | None] = {}
    passthrough_behavior: str = "WHEN_NO_MATCH"
    content_handling: str = ""
    timeout_in_millis: int | None = None
    cache_namespace: str = ""
    cache_key_parameters: list[str] = []
    integration_responses: dict[str, IntegrationResponse] = {}
    tls_config: dict[str, bool] = {}
    response_transfer_mode: str = ""
    integration_target: str = ""


class MethodResponse(Struct, kw_only=True, rename="camel"):
    """One status that a method may answer."""

    status_code: str
    response_parameters: dict[str, bool] = {}
    response_models: dict[str, str] = {}


class Method(Struct, kw_only=True, rename="camel"):
    """What one verb does at a resource."""

    http_method: str
    authorization_type: str = "NONE"
    authorizer_id: str = ""
    api_key_required: bool = False
    request_validator_id: str = ""
    operation_name: str = ""
    request_parameters: dict[str, bool] = {}
    request_models: dict[str, str] = {}
    method_responses: dict[str, MethodResponse] = {}
    method_integration: Integration | None = None
    authorization_scopes: list[str] = []


class Resource(Struct, kw_only=True, rename="camel"):
    """One path."""

    id: str
    parent_id: str = ""
    path_part: str = ""
    path: str = "/"
    resource_methods: dict[str, Method] = {}


class Authorizer(Struct, kw_only=True, rename="camel"):
    """Who lets requests in."""

    id: str = ""
    name: str
    type: str
    provider_arns: list[str] = msgspec.field(default_factory=list, name="providerARNs")
    auth_type: str = ""
    authorizer_uri: str = ""
    authorizer_credentials: str = ""
    identity_source: str = ""
    identity_validation_expression: str = ""
    authorizer_result_ttl_in_seconds: int | None = None


class Model(Struct, kw_only=True, rename="camel"):
    """What a body must look like, as JSON Schema."""

    id: str = ""
    name: str
    description: str = ""
    schema: str = "{}"
    content_type: str = "application/json"


class RequestValidator(Struct, kw_only=True, rename="camel"):
    """What of a request is checked."""

    id: str = ""
    name: str = ""
    validate_request_body: bool = False
    validate_request_parameters: bool = False


class GatewayResponse(Struct, kw_only=True, rename="camel"):
    """How the API itself says no."""

    response_type: str
    status_code: str | None = None
    response_parameters: dict[str, str] = {}
    response_templates: dict[str, str] = {}
    default_response: bool = False


class DocumentationPart(Struct, kw_only=True, rename="camel"):
    """What is said of one place of an API."""

    id: str = ""
    location: dict[str, str] = {}
    properties: str = ""


class DocumentationVersion(Struct, kw_only=True, rename="camel"):
    """What was said at one time."""

    version: str
    description: str = ""
    created_date: datetime | None = None


class Deployment(Struct, kw_only=True, rename="camel"):
    """A snapshot of an API."""

    id: str
    description: str = ""
    created_date: datetime | None = None


class Canary(Struct, kw_only=True, rename="camel"):
    """Another deployment of a stage, for some of its requests.

    Attributes:
        deployment_id: "" is that of the stage.
    """

    percent_traffic: float = 0.0
    deployment_id: str = ""
    stage_variable_overrides: dict[str, str] = {}
    use_stage_cache: bool = False


class Stage(Struct, kw_only=True, rename="camel"):
    """One deployment under a name."""

    deployment_id: str
    stage_name: str
    description: str = ""
    cache_cluster_enabled: bool = False
    cache_cluster_size: str = ""
    client_certificate_id: str = ""
    method_settings: dict[str, Any] = {}
    variables: dict[str, str] = {}
    documentation_version: str = ""
    access_log_settings: dict[str, Any] = {}
    canary_settings: Canary | None = None
    tracing_enabled: bool = False
    web_acl_arn: str = ""
    tags: dict[str, str] = {}
    created_date: datetime | None = None
    last_updated_date: datetime | None = None


class Settings(Struct, kw_only=True, rename="camel"):
    """An API as a whole."""

    id: str
    name: str
    description: str = ""
    created_date: datetime | None = None
    version: str = ""
    warnings: list[str] = []
    binary_media_types: list[str] = []
    minimum_compression_size: int | None = None
    api_key_source: str = "HEADER"
    endpoint_configuration: dict[str, Any] = {}
    policy: str = ""
    tags: dict[str, str] = {}
    disable_execute_api_endpoint: bool = False
    security_policy: str = ""
    endpoint_access_mode: str = ""
    root_resource_id: str = ""
