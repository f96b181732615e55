"""What is said of an API: parts of its documentation, and versions of all of it."""

import json
from collections.abc import Mapping
from typing import Any, Final

from eventsim import Result, load_json
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, not_found, shown
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.apis import found
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.api.rest.things import Things
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import DocumentationPart, DocumentationVersion


def create_documentation_part(call: Call) -> Result:
    """Say something of one place."""
    api = found(call)
    return shown(_add(api, call.given["location"], call.text("properties")))


def _add(api: Api, location: Mapping[str, str], properties: str) -> DocumentationPart:
    _check_properties(properties)
    if any(each.location == location for each in api.documentation.values()):
        raise conflict(f"Documentation part already exists for the specified location: type {location.get('type')}")
    made = DocumentationPart(id=api.new_id(), location=dict(location), properties=properties)
    api.documentation[made.id] = made
    return made


def _check_properties(properties: str) -> None:
    """See that something is said, in JSON.

    Raises:
        ApiError: it is not.
    """
    if not properties:
        raise bad_request("Documentation part properties must be non-empty")
    try:
        load_json(properties)
    except ValueError:
        raise bad_request("Invalid properties: they must be valid JSON") from None


def get_documentation_parts(call: Call) -> Result:
    """List parts: all, or those of one type, of one path, whose name begins so."""
    kind, path, prefix = call.text("type"), call.text("path"), call.text("nameQuery")
    parts = [
        each
        for each in found(call).documentation.values()
        if kind in ("", each.location.get("type"))
        and path in ("", each.location.get("path"))
        and each.location.get("name", "").startswith(prefix)
    ]
    return listed(call, parts)


def import_documentation_parts(call: Call) -> Result:
    """Take over the parts of a document with `x-amazon-apigateway-documentation`."""
    api = found(call)
    body: Any = call.request.parameters["body"]
    try:
        described = load_json(body.read() if hasattr(body, "read") else body)
        parts = described["x-amazon-apigateway-documentation"]["documentationParts"]
    except (ValueError, KeyError, TypeError):
        raise bad_request("Unable to build importer for the documentation parts in the document") from None
    if call.text("mode") == "overwrite":
        api.documentation = {}
    made = [_add(api, each["location"], json.dumps(each["properties"])) for each in parts]
    return {"ids": [each.id for each in made], "warnings": []}


PARTS: Final = Things[DocumentationPart](
    lambda call: found(call).documentation,
    parameter="documentationPartId",
    missing="Invalid Documentation part identifier specified",
    allowed=patches.DOCUMENTATION_PART,
    check=lambda part, _: _check_properties(part.properties),
)


# --- versions ----------------------------------------------------------------------------------------------


def create_documentation_version(call: Call) -> Result:
    """Name what is said now; a stage may show it."""
    api, version = found(call), call.text("documentationVersion")
    if not version:
        raise bad_request("Documentation version must be non-empty")
    if version in api.documentation_versions:
        raise conflict("Documentation version already exists")
    made = DocumentationVersion(
        version=version, description=call.text("description"), created_date=call.world.clock.date()
    )
    stage = call.text("stageName")
    if stage:
        if stage not in api.stages:
            raise not_found("Invalid stage identifier specified")
        api.stages[stage].documentation_version = version
    api.documentation_versions[version] = made
    return shown(made)


VERSIONS: Final = Things[DocumentationVersion](
    lambda call: found(call).documentation_versions,
    parameter="documentationVersion",
    missing="Invalid Documentation version specified",
    allowed=patches.DESCRIBED,
)
