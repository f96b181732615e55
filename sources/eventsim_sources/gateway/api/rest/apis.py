"""REST APIs as a whole: make, import, tell, tag and delete them."""

import json
from collections.abc import Mapping
from typing import Any, Final

from eventsim import ApiError, ConfigurationError, Result, load_json, policy_fault
from eventsim_sources.gateway import document
from eventsim_sources.gateway.api.call import Call, bad_request, delete, shown, there
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.import_checks import check_imported
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.api.rest.patches import patched
from eventsim_sources.gateway.document_settings import fill_documentation
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.document import fill
from eventsim_sources.gateway.rest_api.door import RestDoor
from eventsim_sources.gateway.rest_api.model import Model, Settings


def found(call: Call) -> Api:
    """Return the API that a request names.

    Raises:
        ApiError: there is none.
    """
    identifier = call.text("restApiId")
    return there(
        call.register.rest(identifier), f"Invalid API identifier specified {call.world.account_id}:{identifier}"
    )


def door_of(call: Call) -> RestDoor:
    """Return what answers requests to the API that a request names."""
    door = call.register.sources[call.text("restApiId")].door
    assert isinstance(door, RestDoor), "that is what a REST API has"
    return door


def create_rest_api(call: Call) -> Result:
    """Make an API with nothing but its root, or with all that another has."""
    original = call.text("cloneFrom")
    if original and call.register.rest(original) is None:
        raise bad_request("Invalid API identifier specified for the API to clone")
    made = call.make(Settings, id=call.register.new_id(), createdDate=call.world.clock.date())
    _check(made)
    api = _made(call, made)
    other = call.register.rest(original) if original else None
    if other is not None:
        api.copy(other)
    return _told(api)


def _check(settings: Settings) -> None:
    if not settings.name:
        raise bad_request("Invalid REST API name specified")
    size = settings.minimum_compression_size
    if size is not None and not 0 <= size <= _COMPRESSION_MAX:
        raise bad_request("Invalid minimum compression size, must be between 0 to 10485760")
    if settings.api_key_source not in ("HEADER", "AUTHORIZER"):
        raise bad_request(f"Invalid API key source specified: {settings.api_key_source}")
    if len(settings.endpoint_configuration.get("types") or ()) > 1:
        raise bad_request("Cannot create an API with multiple Endpoint Types.")
    if settings.policy and policy_fault(settings.policy):
        raise bad_request(
            "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
        )


_COMPRESSION_MAX = 10_485_760


def _made(call: Call, settings: Settings) -> Api:
    settings.endpoint_configuration = {"types": ["EDGE"], "ipAddressType": "ipv4", **settings.endpoint_configuration}
    source = call.register.make_rest(settings)
    call.world.add(source)
    api = source.api
    assert isinstance(api, Api), "that is what was made"
    for name, schema in _MODELS.items():
        description = f"This is a default {name.lower()} schema model"
        api.models[name] = Model(id=api.new_id(), name=name, description=description, schema=schema)
    return api


_MODELS: Final[Mapping[str, str]] = {
    "Empty": """{
  "$schema": "http://json-schema.org/draft-04/schema#",
  "title" : "Empty Schema",
  "type" : "object"
}""",
    "Error": """{
  "$schema" : "http://json-schema.org/draft-04/schema#",
  "title" : "Error Schema",
  "type" : "object",
  "properties" : {
    "message" : { "type" : "string" }
  }
}""",
}
"""What every API begins with (documented)."""


def import_rest_api(call: Call) -> Result:
    """Make an API of an OpenAPI document."""
    described = _document(call)
    settings = Settings(
        id=call.register.new_id(),
        name="imported",
        created_date=call.world.clock.date(),
        endpoint_configuration=_endpoint(call),
    )
    api = _made(call, settings)
    _name(api, described)
    try:
        _fill(call, api, described)
    except ApiError:
        call.register.remove(settings.id)
        raise
    return _told(api)


def _endpoint(call: Call) -> dict[str, Any]:
    kind = (call.given.get("parameters") or {}).get("endpointConfigurationTypes")
    return {"types": [str(kind)]} if kind else {}


def put_rest_api(call: Call) -> Result:
    """Add to an API what an OpenAPI document has, or replace it by that (`overwrite`)."""
    api = found(call)
    described = _document(call)
    before = api.parts()
    try:
        if call.text("mode") == "overwrite":
            api.clear()
            _name(api, described)
        _fill(call, api, described)
    except ApiError:
        api.restore(before)
        raise
    return _told_changed(api)


def _name(api: Api, described: document.Document) -> None:
    """Take over what a document says of the API's name."""
    info = described.get("info") or {}
    api.settings.name = str(info.get("title") or api.settings.name)
    api.settings.description = str(info.get("description") or "")
    api.settings.version = str(info.get("version") or "")


def _document(call: Call) -> document.Document:
    body: Any = call.request.parameters["body"]
    content = body.read() if hasattr(body, "read") else body
    try:
        described = document.parse(content)
        document.check_soundness(described)
    except ValueError as error:
        raise bad_request(f"Invalid OpenAPI input: {error}") from None
    return described


def _fill(call: Call, api: Api, described: document.Document) -> None:
    asked = call.given.get("parameters") or {}
    try:
        fill(api, described, how=str(asked.get("basepath") or "ignore"))
        if asked.get("ignore") != "documentation":
            fill_documentation(api, described)
        check_imported(api)
        _check(api.settings)
    except (ConfigurationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise bad_request(f"Unable to build the API of this document: {error}") from None


def get_rest_api(call: Call) -> Result:
    """Tell of an API."""
    return _told(found(call))


def get_rest_apis(call: Call) -> Result:
    """List APIs."""
    return listed(call, call.register.rest_apis(), _told)


def update_rest_api(call: Call) -> Result:
    """Change settings of an API; it takes effect with the next deployment."""
    api = found(call)
    changed = patched(api.settings, call.given.get("patchOperations", ()), patches.API)
    _check(changed)
    api.settings = changed
    return _told_changed(api)


def delete_rest_api(call: Call) -> Result:
    """Delete an API with all of its stages."""
    return delete(call, found(call).settings.id)


def _told(api: Api) -> dict[str, Any]:
    told = shown(api.settings)
    told.setdefault("apiKeySource", "HEADER")
    told.setdefault("disableExecuteApiEndpoint", False)
    if "policy" in told:
        told["policy"] = _escaped(told["policy"])
    return told


def _escaped(policy: str) -> str:
    """Return a policy as the service tells it: as it would stand within a JSON string, slashes escaped too."""
    text = json.dumps(load_json(policy), separators=(",", ":"))
    return json.dumps(text)[1:-1].replace("/", "\\/")


def _told_changed(api: Api) -> dict[str, Any]:
    """Return an API as operations tell it that have changed it: with its tags, even if there are none."""
    return {"tags": {}, **_told(api)}
