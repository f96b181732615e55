"""Resources, their methods, what these integrate, and what they respond."""

import re
from collections.abc import Iterable
from functools import partial
from typing import Any, Final

import msgspec

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, conflict, shown, there
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.apis import found
from eventsim_sources.gateway.api.rest.lists import listed
from eventsim_sources.gateway.api.rest.method_checks import (
    check_integration,
    check_integration_response,
    check_method,
    check_method_response,
)
from eventsim_sources.gateway.api.rest.patches import check_path, patched
from eventsim_sources.gateway.api.rest.things import Things
from eventsim_sources.gateway.limits import REST_TIMEOUT_MS
from eventsim_sources.gateway.rest_api.api import Api
from eventsim_sources.gateway.rest_api.model import (
    Integration,
    IntegrationResponse,
    Method,
    MethodResponse,
    Resource,
)

_PART = re.compile(r"[a-zA-Z0-9._\-:$+@~%!&'(),=*;]+|\{[a-zA-Z0-9._\-:$]+\+?\}")


def create_resource(call: Call) -> Result:
    """Add a resource below another."""
    api = found(call)
    parent = there(api.resources.get(call.text("parentId")), "Invalid Resource identifier specified")
    part = call.text("pathPart")
    _check_part(part, parent, [each for each in api.resources.values() if each.parent_id == parent.id])
    return shown(api.add_resource(parent, part))


def _check_part(part: str, parent: Resource, siblings: Iterable[Resource]) -> None:
    """See that a part of a path may stand below a resource, beside others.

    Raises:
        ApiError: it may not.
    """
    if not _PART.fullmatch(part):
        raise bad_request(
            "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at the "
            "beginning and the end."
        )
    if parent.path_part.endswith("+}"):
        raise bad_request(f"Cannot create a child of a resource with a greedy path variable: {parent.path_part}")
    for each in siblings:
        if each.path_part == part:
            raise conflict(f"Another resource with the same parent already has this name: {part}")
        is_alike = each.path_part.endswith("+}") == part.endswith("+}")
        if part.startswith("{") and each.path_part.startswith("{") and is_alike:
            raise bad_request(
                f"A sibling ({each.path_part}) of this resource already has a variable path part -- only one is allowed"
            )


def get_resource(call: Call) -> Result:
    """Tell of a resource; its methods in full if they are embedded."""
    return _told(_resource(found(call), call), embeds="methods" in call.given.get("embed", ()))


def get_resources(call: Call) -> Result:
    """List resources."""
    embeds = "methods" in call.given.get("embed", ())
    return listed(call, found(call).resources.values(), partial(_told, embeds=embeds))


def update_resource(call: Call) -> Result:
    """Give a resource another name, or another parent; all below it go along."""
    api = found(call)
    resource = _resource(api, call)
    if not resource.parent_id:
        raise bad_request("Root resource cannot be updated.")
    parent_id, part = resource.parent_id, resource.path_part
    for each in call.given.get("patchOperations", ()):
        check_path(each, patches.RESOURCE)
        value = str(each.get("value") or "")
        part, parent_id = (value, parent_id) if each["path"] == "/pathPart" else (part, value)
    parent = there(api.resources.get(parent_id), "Invalid Resource identifier specified")
    if f"{parent.path}/".startswith(f"{resource.path}/"):
        raise bad_request("Resources cannot be cyclical.")
    siblings = [each for each in api.resources.values() if each.parent_id == parent.id and each is not resource]
    _check_part(part, parent, siblings)
    path = f"{parent.path.rstrip('/')}/{part}"
    before = f"{resource.path}/"
    for each in api.resources.values():
        if each.path.startswith(before):
            each.path = f"{path}/{each.path.removeprefix(before)}"
    resource.parent_id, resource.path_part, resource.path = parent.id, part, path
    return _told(resource, embeds=False)


def delete_resource(call: Call) -> Result:
    """Delete a resource with all below it."""
    api = found(call)
    resource = _resource(api, call)
    if not resource.parent_id:
        raise bad_request("Root resource cannot be deleted")
    below = f"{resource.path}/"
    for each in [each for each in api.resources.values() if each is resource or each.path.startswith(below)]:
        del api.resources[each.id]
    return {}


def _told(resource: Resource, *, embeds: bool) -> dict[str, Any]:
    told = shown(resource)
    if resource.resource_methods:
        methods = resource.resource_methods.items()
        told["resourceMethods"] = {name: _method_told(method) if embeds else {} for name, method in methods}
    return told


def put_method(call: Call) -> Result:
    """Add a method to a resource."""
    api = found(call)
    resource = _resource(api, call)
    method = call.make(Method)
    if method.http_method in resource.resource_methods:
        raise conflict("Method already exists for this resource")
    check_method(method, api)
    resource.resource_methods[method.http_method] = method
    return _method_told(method)


def get_method(call: Call) -> Result:
    """Tell of a method."""
    return _method_told(_method(call))


def update_method(call: Call) -> Result:
    """Change a method; it takes effect with the next deployment."""
    method = patched(_method(call), call.given.get("patchOperations", ()), patches.METHOD)
    check_method(method, found(call))
    _resource(found(call), call).resource_methods[method.http_method] = method
    return _method_told(method)


def delete_method(call: Call) -> Result:
    """Take a method away."""
    _method(call)
    del _resource(found(call), call).resource_methods[call.text("httpMethod")]
    return {}


def _method_told(method: Method) -> dict[str, Any]:
    told = shown(method)
    told.setdefault("authorizationType", "NONE")
    told.setdefault("apiKeyRequired", False)
    if method.method_responses:
        told["methodResponses"] = {status: shown(each) for status, each in method.method_responses.items()}
    if method.method_integration is not None:
        told["methodIntegration"] = _integration_told(method.method_integration)
    return told


def put_integration(call: Call) -> Result:
    """Say what answers a method."""
    method = _method(call)
    given = dict(call.given)
    given["httpMethod"] = given.pop("integrationHttpMethod", "")
    integration = _integration(given)
    check_integration(integration, method)
    if not integration.cache_namespace:
        integration.cache_namespace = call.text("resourceId")
    method.method_integration = integration
    return _integration_told(integration)


def _integration(given: dict[str, Any]) -> Integration:
    made = msgspec.convert(given, Integration, strict=False)
    if made.timeout_in_millis is None:
        made.timeout_in_millis = REST_TIMEOUT_MS
    return made


def get_integration(call: Call) -> Result:
    """Tell what answers a method."""
    return _integration_told(_integration_of(call))


def update_integration(call: Call) -> Result:
    """Change what answers a method; it takes effect with the next deployment."""
    changed = patched(_integration_of(call), call.given.get("patchOperations", ()), patches.INTEGRATION)
    check_integration(changed, _method(call))
    _method(call).method_integration = changed
    return _integration_told(changed)


def delete_integration(call: Call) -> Result:
    """Let nothing answer a method."""
    _integration_of(call)
    _method(call).method_integration = None
    return {}


def _integration_told(integration: Integration) -> dict[str, Any]:
    told = shown(integration)
    told.setdefault("passthroughBehavior", "WHEN_NO_MATCH")
    told.setdefault("cacheKeyParameters", [])
    if integration.integration_responses:
        told["integrationResponses"] = {key: shown(each) for key, each in integration.integration_responses.items()}
    return told


def put_method_response(call: Call) -> Result:
    """Declare a status that a method may answer."""
    method = _method(call)
    response = call.make(MethodResponse)
    if response.status_code in method.method_responses:
        raise conflict("Response already exists for this resource")
    check_method_response(response, found(call))
    method.method_responses[response.status_code] = response
    return shown(response)


def put_integration_response(call: Call) -> Result:
    """Say what becomes of one kind of answer."""
    method, integration = _method(call), _integration_of(call)
    response = call.make(IntegrationResponse)
    check_integration_response(response, method)
    integration.integration_responses[response.status_code] = response
    return shown(response)


def _resource(api: Api, call: Call) -> Resource:
    return there(api.resources.get(call.text("resourceId")), "Invalid Resource identifier specified")


def _method(call: Call) -> Method:
    return there(
        _resource(found(call), call).resource_methods.get(call.text("httpMethod")),
        "Invalid Method identifier specified",
    )


def _integration_of(call: Call) -> Integration:
    return there(_method(call).method_integration, "Invalid Integration identifier specified")


METHOD_RESPONSES: Final = Things[MethodResponse](
    lambda call: _method(call).method_responses,
    parameter="statusCode",
    missing="Invalid Response status code specified",
    allowed=patches.METHOD_RESPONSE,
    check=lambda response, call: check_method_response(response, found(call)),
)
INTEGRATION_RESPONSES: Final = Things[IntegrationResponse](
    lambda call: _integration_of(call).integration_responses,
    parameter="statusCode",
    missing="Invalid Response status code specified",
    allowed=patches.INTEGRATION_RESPONSE,
    check=lambda response, call: check_integration_response(response, _method(call)),
)
