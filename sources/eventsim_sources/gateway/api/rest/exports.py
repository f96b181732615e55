"""An API as a document, and the kinds of clients that AWS would generate."""

import json

from eventsim import ApiError, Result
from eventsim_sources.gateway.api.call import Call, bad_request, not_found, there
from eventsim_sources.gateway.api.rest.apis import found
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.export import Kind, rest_document

_KINDS: dict[str, Kind] = {"swagger": "swagger", "oas30": "oas30"}
_SDK_TYPES = (
    {"id": "java", "friendlyName": "Java", "description": "Generates a Java SDK"},
    {"id": "android", "friendlyName": "Android", "description": "Generates an Android SDK"},
    {"id": "javascript", "friendlyName": "JavaScript", "description": "Generates a JavaScript SDK"},
    {"id": "objectivec", "friendlyName": "iOS (Objective-C)", "description": "Generates an Objective-C SDK"},
    {"id": "swift", "friendlyName": "iOS (Swift)", "description": "Generates a Swift SDK"},
    {"id": "ruby", "friendlyName": "Ruby", "description": "Generates a Ruby SDK"},
)


def get_export(call: Call) -> Result:
    """Return what a stage serves as an OpenAPI document, in JSON or YAML."""
    api = found(call)
    stage = api.stages.get(call.text("stageName"))
    snapshot = None if stage is None else api.snapshot(stage)
    if stage is None or snapshot is None:
        raise not_found("Invalid stage identifier specified")
    kind = _KINDS.get(call.text("exportType").lower())
    if kind is None:
        raise bad_request(f"No API exporter for type '{call.text('exportType')}'")
    content_type = call.text("accepts") or "application/json"
    if content_type not in ("application/json", "application/yaml"):
        raise bad_request(f"Invalid accepts header: {content_type}")
    wanted = str((call.given.get("parameters") or {}).get("extensions", ""))
    extends = any(each in wanted for each in ("integrations", "apigateway", "authorizers"))
    made = rest_document(snapshot, stage, host=api.domain_name, kind=kind, extends=extends)
    suffix = "json" if content_type.endswith("json") else "yaml"
    if suffix == "json":
        body = json.dumps(made, indent=2)
    else:
        import yaml  # only who wants YAML pays for it

        body = yaml.safe_dump(made, sort_keys=False)
    return {
        "contentType": "application/octet-stream",
        "contentDisposition": f'attachment; filename="{kind}_{made["info"]["version"]}.{suffix}"',
        "body": body.encode(),
    }


def get_sdk_type(call: Call) -> Result:
    """Tell of a kind of client."""
    wanted = call.text("id")
    return there(
        next((dict(each) for each in _SDK_TYPES if each["id"] == wanted), None), "Invalid SDK type identifier specified"
    )


def get_sdk_types(call: Call) -> Result:
    """List the kinds of clients."""
    return listed(call, _SDK_TYPES, dict)


def get_sdk(call: Call) -> Result:
    """Generate nothing: clients are not simulated."""
    found(call)
    message = "apigateway.GetSdk is not simulated: generate a client from GetExport"
    raise ApiError("NotImplemented", message, status=501)
