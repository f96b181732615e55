"""What does an OpenAPI document say of a REST API as a whole? Its `x-amazon-apigateway-…`, and its base path."""

import json
from collections.abc import Iterable, Mapping
from typing import TypeVar
from urllib.parse import urlsplit

from eventsim import ConfigurationError
from eventsim_sources.gateway.document import Document
from eventsim_sources.gateway.rest_api import model as v1
from eventsim_sources.gateway.rest_api.api import Api

T = TypeVar("T", v1.Authorizer, v1.RequestValidator)

_X = "x-amazon-apigateway-"
_ENDPOINT = f"{_X}endpoint-configuration"
BASE_PATHS = ("ignore", "prepend", "split")
"""What may become of a document's base path: nothing, all paths begin with it, or with all but its first part."""


def fill_settings(api: Api, document: Document) -> None:
    """Set for a REST API what a document says of all of it."""
    settings = api.settings
    if f"{_X}binary-media-types" in document:
        settings.binary_media_types = list(document[f"{_X}binary-media-types"])
    source = document.get(f"{_X}api-key-source")
    if source is not None:
        settings.api_key_source = str(source)
    size = document.get(f"{_X}minimum-compression-size")
    if size is not None:
        settings.minimum_compression_size = int(size)
    policy = document.get(f"{_X}policy")
    if policy is not None:
        settings.policy = policy if isinstance(policy, str) else json.dumps(policy)
    for about in endpoints(document):
        if "disableExecuteApiEndpoint" in about:
            settings.disable_execute_api_endpoint = bool(about["disableExecuteApiEndpoint"])
        if about.get("vpcEndpointIds"):
            settings.endpoint_configuration["vpcEndpointIds"] = list(about["vpcEndpointIds"])
    for name, about in (document.get(f"{_X}request-validators") or {}).items():
        made = v1.RequestValidator(
            id=known_id(api.validators, name) or api.new_id(),
            name=name,
            validate_request_body=bool(about.get("validateRequestBody")),
            validate_request_parameters=bool(about.get("validateRequestParameters")),
        )
        api.validators[made.id] = made
    for kind, about in (document.get(f"{_X}gateway-responses") or {}).items():
        status = about.get("statusCode")
        api.gateway_responses[kind] = v1.GatewayResponse(
            response_type=kind,
            status_code=None if status is None else str(status),
            response_parameters=dict(about.get("responseParameters") or {}),
            response_templates=dict(about.get("responseTemplates") or {}),
        )


def endpoints(document: Document) -> Iterable[Document]:
    """Return what is said of the endpoint: at the top (OpenAPI 2), or of servers (OpenAPI 3)."""
    held = [document, *(each for each in document.get("servers") or () if isinstance(each, Mapping))]
    return [each[_ENDPOINT] for each in held if isinstance(each.get(_ENDPOINT), Mapping)]


def known_id(parts: Mapping[str, T], name: str) -> str:
    """Return the id of the part that bears a name already, "" if none does: a document may be merged in again."""
    return next((each.id for each in parts.values() if each.name == name), "")


def fill_documentation(api: Api, document: Document) -> None:
    """Say of a REST API what a document says of it in `x-amazon-apigateway-documentation`."""
    given = document.get(f"{_X}documentation") or {}
    for each in given.get("documentationParts") or ():
        location = {name: str(value) for name, value in each["location"].items()}
        same = next((part.id for part in api.documentation.values() if part.location == location), "")
        properties = each.get("properties") or {}
        text = properties if isinstance(properties, str) else json.dumps(properties)
        made = v1.DocumentationPart(id=same or api.new_id(), location=location, properties=text)
        api.documentation[made.id] = made


def base_path(document: Document, how: str) -> str:
    """Return with what the paths of a document begin, "" for nothing.

    Raises:
        ConfigurationError: there is no such way to treat a base path.
    """
    if how not in BASE_PATHS:
        raise ConfigurationError(f"basepath is one of {', '.join(BASE_PATHS)}, not {how!r}", key="basepath")
    if how == "ignore":
        return ""
    parts = [part for part in _base_path_of(document).split("/") if part]
    return "".join(f"/{part}" for part in (parts[1:] if how == "split" else parts))


def _base_path_of(document: Document) -> str:
    if "basePath" in document:
        return str(document["basePath"])
    server: Document = next(iter(document.get("servers") or ()), {})
    url = str(server.get("url") or "")
    for name, about in (server.get("variables") or {}).items():
        url = url.replace(f"{{{name}}}", str(about.get("default") or "").strip("/"))
    return urlsplit(url).path
