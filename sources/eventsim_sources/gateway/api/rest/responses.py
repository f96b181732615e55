"""How an API itself says no: gateway responses."""

import re
from typing import Any

from eventsim import Result
from eventsim_sources.gateway.api.call import Call, bad_request, not_found, shown
from eventsim_sources.gateway.api.rest import patches
from eventsim_sources.gateway.api.rest.apis import found
from eventsim_sources.gateway.api.rest.method_checks import no_expression
from eventsim_sources.gateway.api.rest.patches import patched
from eventsim_sources.gateway.refusal import KINDS
from eventsim_sources.gateway.rest_api.model import GatewayResponse

_TEMPLATE = {"application/json": '{"message":$context.error.messageString}'}
_OURS = ("BAD_GATEWAY", "FORBIDDEN", "INTERNAL", "UNAVAILABLE")
_TYPES = (*(kind for kind in KINDS if kind not in _OURS), "DEFAULT_4XX", "DEFAULT_5XX")


def put_gateway_response(call: Call) -> Result:
    """Say how the API refuses one kind of request."""
    api = found(call)
    response = call.make(GatewayResponse)
    if response.response_type not in _TYPES:
        raise bad_request(f"Invalid response type specified: {response.response_type}")
    _check_parameters(response)
    api.gateway_responses[response.response_type] = response
    return _told(response)


_HEADER = re.compile(r"gatewayresponse\.header\.\S+")
_SOURCE = re.compile(r"'.*'|(?:method\.request|context|stageVariables)\.\S+", re.DOTALL)


def _check_parameters(response: GatewayResponse) -> None:
    """See that headers are set, of the request, the context, the stage or a text in quotes.

    Raises:
        ApiError: something else is.
    """
    for target, source in response.response_parameters.items():
        for text, form in ((target, _HEADER), (source, _SOURCE)):
            if not form.fullmatch(text):
                raise no_expression(text)


def get_gateway_response(call: Call) -> Result:
    """Tell how the API refuses one kind of request."""
    kind = call.text("responseType")
    if kind not in _TYPES:
        raise not_found("Invalid response type specified")
    return _told(found(call).gateway_responses.get(kind) or _default(kind))


def get_gateway_responses(call: Call) -> Result:
    """List all gateway responses, those that nobody changed as well."""
    changed = found(call).gateway_responses
    return {"items": [_told(changed.get(kind) or _default(kind)) for kind in _TYPES]}


def update_gateway_response(call: Call) -> Result:
    """Change how the API refuses one kind of request."""
    api, kind = found(call), call.text("responseType")
    if kind not in _TYPES:
        raise not_found("Invalid response type specified")
    before = api.gateway_responses.get(kind) or _default(kind)
    changed = patched(before, call.given.get("patchOperations", ()), patches.GATEWAY_RESPONSE)
    _check_parameters(changed)
    changed.default_response = False
    api.gateway_responses[kind] = changed
    return _told(changed)


def delete_gateway_response(call: Call) -> Result:
    """Let the API refuse this kind of request as AWS does."""
    responses = found(call).gateway_responses
    if responses.pop(call.text("responseType"), None) is None:
        raise not_found("Gateway response type not defined on api")
    return {}


def _default(kind: str) -> GatewayResponse:
    status = str(KINDS[kind][0]) if kind in KINDS else None
    return GatewayResponse(
        response_type=kind, status_code=status, response_templates=dict(_TEMPLATE), default_response=True
    )


def _told(response: GatewayResponse) -> dict[str, Any]:
    maps = {"responseParameters": response.response_parameters, "responseTemplates": response.response_templates}
    return {**shown(response), **maps}
