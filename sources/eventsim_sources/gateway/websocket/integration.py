"""What answers a route of a WebSocket, if not a function by itself? Services, servers, functions through templates."""

import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from eventsim import Headers, HttpRequest, HttpResponse, NotSimulated, World, load_json
from eventsim_sources.gateway.arrival import Arrival
from eventsim_sources.gateway.call import Failed, call_function, caller_in, check_assumed
from eventsim_sources.gateway.expression import Expressions
from eventsim_sources.gateway.format_v1 import both_maps, query_pairs
from eventsim_sources.gateway.http_api.model import Integration, IntegrationResponse
from eventsim_sources.gateway.limits import SOCKET_TIMEOUT_MS
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.server import ask_server, text_of
from eventsim_sources.gateway.template import TemplateMistake, render
from eventsim_sources.gateway.template.variables import Input, Util
from eventsim_sources.gateway.uri import FunctionUri, ServerUri, ServiceUri, read_uri

_DEFAULT = "$default"


class Step(Struct, frozen=True, kw_only=True):
    """One message, or the opening or the end of a connection, at its integration.

    Attributes:
        event: what a function gets of it.
        body: the text of the message, "" if there is none.
        responses: those of the integration.
    """

    arrival: Arrival
    route_key: str
    event: Mapping[str, Any]
    body: str
    variables: Mapping[str, str]
    integration: Integration
    responses: Mapping[str, IntegrationResponse] = {}


async def answer(world: World, step: Step) -> str:
    """Return what answers a step, as JSON text in the shape of a function's answer.

    Raises:
        Unanswered: a function gave no answer.
        Refused: there is nothing to ask.
    """
    integration = step.integration
    uri = read_uri(integration.integration_uri, step.variables)
    match integration.integration_type, uri:
        case "MOCK", _:
            return _told(step, _mock_status(step), "")
        case "AWS_PROXY", FunctionUri(arn=arn):
            result = await _call(world, step, arn, step.event)
            return result if load_json(result) is not None else "{}"
        case "AWS", FunctionUri(arn=arn):
            return await _mapped_function(world, step, arn)
        case "AWS", ServiceUri():
            return _told(step, *await _service(world, step, uri))
        case "HTTP" | "HTTP_PROXY", ServerUri(url=url):
            return _told(step, *await _server(world, step, url))
        case _:
            why = (
                f"the route {step.route_key} has an integration of the type {integration.integration_type} that leads "
            )
            raise Refused("API_CONFIGURATION_ERROR", why=f"{why}to {integration.integration_uri!r}")


def _mock_status(step: Step) -> int:
    """Return what the template of a mock says: `{"statusCode": 200}`."""
    try:
        return int(load_json(_rendered(step, step.integration.request_templates) or "{}").get("statusCode", 200))
    except (AttributeError, TypeError, ValueError):
        raise Refused(
            "INTERNAL", why='a mock is told what to answer by its request template: {"statusCode": 200}'
        ) from None


async def _call(world: World, step: Step, arn: str, event: Mapping[str, Any]) -> str:
    arrival, integration = step.arrival, step.integration
    return await call_function(
        world,
        arn,
        event,
        timeout_ms=integration.timeout_in_millis or SOCKET_TIMEOUT_MS,
        source_arn=arrival.arn(arrival.stage, step.route_key),
        cause=arrival.entry,
        role_arn=integration.credentials_arn,
    )


async def _mapped_function(world: World, step: Step, arn: str) -> str:
    body = _request_body(step)
    try:
        event = load_json(body or "{}")
    except ValueError:
        raise Refused("INTERNAL", why="what the function shall get is no JSON; mend the request template") from None
    try:
        return _told(step, 200, await _call(world, step, arn, event))
    except Failed as failed:
        return _told(step, 500, failed.payload)


async def _service(world: World, step: Step, uri: ServiceUri) -> tuple[int, str]:
    request = HttpRequest(
        method=step.integration.integration_method or "POST",
        path=f"/{uri.path}",
        query=uri.query,
        headers=_headers(step),
        body=_request_body(step).encode(),
    )
    check_assumed(world, step.integration.credentials_arn, step.arrival.entry)
    caller = caller_in(step.integration.credentials_arn, cause=step.arrival.entry)
    try:
        response = world.ask_service(request, service=uri.service, region=uri.region, action=uri.action, caller=caller)
    except NotSimulated as error:
        raise Refused("INTERNAL", why=str(error)) from error
    response = response if isinstance(response, HttpResponse) else await response
    return response.status, text_of(response)


async def _server(world: World, step: Step, url: str) -> tuple[int, str]:
    method = step.integration.integration_method
    request = HttpRequest(
        method="POST" if method in ("", "ANY") else method,
        path="/",
        headers=_headers(step),
        body=_request_body(step).encode(),
    )
    timeout_ms = step.integration.timeout_in_millis or SOCKET_TIMEOUT_MS
    response = await ask_server(world, url, request, timeout_ms=timeout_ms)
    return response.status, text_of(response)


def _headers(step: Step) -> Headers:
    """Return the headers that the integration's request parameters say, with a content type."""
    expressions = _expressions(step)
    pairs = []
    for target, source in step.integration.request_parameters.items():
        name = target.removeprefix("integration.request.header.")
        value = source.strip("'") if source.startswith("'") else expressions.text(f"${source.removeprefix('route.')}")
        if name != target and value is not None:
            pairs.append((name, value))
    if not any(name.lower() == "content-type" for name, _ in pairs):
        pairs.append(("Content-Type", "application/json"))
    return Headers(pairs)


def _request_body(step: Step) -> str:
    """Return what the template that is chosen makes of a message; the message itself, if there is none."""
    rendered = _rendered(step, step.integration.request_templates)
    if rendered is None and step.integration.passthrough_behavior in ("NEVER", "WHEN_NO_TEMPLATES"):
        is_refused = step.integration.passthrough_behavior == "NEVER" or bool(step.integration.request_templates)
        if is_refused:
            raise Refused("UNSUPPORTED_MEDIA_TYPE", why="no template is for the message")
    return step.body if rendered is None else rendered


def _rendered(step: Step, templates: Mapping[str, str]) -> str | None:
    chosen = step.integration.template_selection_expression
    key = (_expressions(step).text(chosen.removeprefix("\\")) if chosen else None) or _DEFAULT
    template = templates.get(key, templates.get(_DEFAULT, templates.get("application/json")))
    if template is None:
        return None
    return _fill(step, template, step.body)


def _fill(step: Step, template: str, body: str) -> str:
    request = step.arrival.request
    query = both_maps(query_pairs(request.query))[0]
    header = both_maps(request.headers.pairs)[0]
    variables = {
        "input": Input(body, path={}, querystring=query, header=header),
        "util": Util(),
        "context": dict(step.event["requestContext"]),
        "stageVariables": dict(step.variables),
    }
    try:
        return render(template, variables)
    except (TemplateMistake, ValueError) as error:
        raise Refused("INTERNAL", why=f"a mapping template: {error}") from error


def _expressions(step: Step) -> Expressions:
    return Expressions(
        step.arrival,
        path_parameters={},
        stage_variables=step.variables,
        context=step.event["requestContext"],
        body=step.body,
    )


def _told(step: Step, status: int, body: str) -> str:
    """Return an answer through the template of the integration's response, if it has one for this status."""
    by_key = {each.integration_response_key: each for each in step.responses.values()}
    response = by_key.get(f"/{status}/") or by_key.get(_DEFAULT)
    templates = response.response_templates if response is not None else {}
    template = templates.get(_DEFAULT) or next(iter(templates.values()), None)
    text = body if template is None else _fill(step, template, body)
    return json.dumps({"statusCode": status, "body": text})
