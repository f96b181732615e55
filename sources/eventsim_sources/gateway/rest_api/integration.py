"""What does an integration answer, before it is made into a response? Functions, services, servers, and nothing."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from msgspec import Struct

from eventsim import ApiError, Caller, Envelope, Headers, HttpRequest, HttpResponse, NotSimulated, World
from eventsim_sources.gateway import format_v1
from eventsim_sources.gateway.answer import Answer, Malformed
from eventsim_sources.gateway.body import by_binary_types, decoded, media_type
from eventsim_sources.gateway.call import Failed, Throttling, TookTooLong, Unanswered, call_function
from eventsim_sources.gateway.limits import REST_TIMEOUT_MS
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api.mapping import Outgoing, of_response, outgoing
from eventsim_sources.gateway.rest_api.model import Integration, IntegrationResponse
from eventsim_sources.gateway.rest_api.turn import Turn
from eventsim_sources.gateway.server import ask_server, text_of
from eventsim_sources.gateway.template import TemplateMistake, render
from eventsim_sources.gateway.template.methods import shown
from eventsim_sources.gateway.uri import FunctionUri, ServerUri, ServiceUri, read_uri

_LOOSE_STATUS = re.compile(r"""^\s*\{(?:.*[,\s])?['"]?statusCode['"]?\s*:\s*['"]?(\d{3})\b.*\}\s*$""", re.DOTALL)


class Answered(Struct, frozen=True, kw_only=True):
    """What came back.

    Attributes:
        status: as text, which patterns are matched against.
        message: the `errorMessage` of a function that failed; patterns are matched against it. None: it did not fail.
        headers: by name in small letters.
    """

    body: str
    status: str = "200"
    is_function: bool = False
    message: str | None = None
    headers: Mapping[str, str] = {}


class Integrations:
    """Carries out integrations."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def answer(self, turn: Turn) -> Answer | HttpResponse:
        """Return what a request gets; a proxied server's response comes as it is.

        Raises:
            Refused: there is no answer.
        """
        integration = turn.method.method_integration
        if integration is None:
            raise Refused("API_CONFIGURATION_ERROR", why="the method has no integration")
        variables = turn.stage.variables
        uri = read_uri(integration.uri, variables) if integration.uri else None
        match integration.type, uri:
            case "AWS_PROXY", FunctionUri(arn=arn):
                return await self._proxy_function(turn, integration, arn)
            case "HTTP_PROXY", ServerUri(url=url):
                return await self._proxy_server(turn, integration, url)
            case "MOCK", _:
                return self._mock(turn, integration)
            case "AWS", FunctionUri(arn=arn):
                return await self._mapped(turn, integration, self._ask_function, arn)
            case "AWS", ServiceUri():
                return await self._mapped(turn, integration, self._ask_service, uri)
            case "HTTP", ServerUri(url=url):
                return await self._mapped(turn, integration, self._ask_server, url)
            case _:
                raise Refused(
                    "API_CONFIGURATION_ERROR",
                    message="Internal server error",
                    why=f"an integration of the type {integration.type} does not lead to {integration.uri!r}",
                )

    # --- proxies -----------------------------------------------------------------------------------------

    async def _proxy_function(self, turn: Turn, integration: Integration, arn: str) -> Answer:
        if integration.http_method not in ("POST", ""):
            raise Refused("API_CONFIGURATION_ERROR", why="functions are invoked with POST: integrationHttpMethod")
        arrival = turn.arrival
        body, is_base64 = (None, False)
        if arrival.request.body:
            body, is_base64 = by_binary_types(
                arrival.request.body, arrival.headers, turn.snapshot.settings.binary_media_types
            )
        event = format_v1.event(
            arrival,
            resource=turn.resource.path,
            resource_id=turn.resource.id,
            path_parameters=turn.parameters,
            stage_variables=turn.stage.variables,
            deployment_id=turn.snapshot.deployment_id,
            authorizer=turn.authorizer,
            identity=turn.identity,
            body=body,
            is_base64=is_base64,
        )
        try:
            return format_v1.answer(await self._call(turn, integration, arn, event))
        except Failed as failed:
            raise Refused("BAD_GATEWAY", why=f"the function failed: {failed}") from failed
        except Malformed as error:
            raise Refused("BAD_GATEWAY", why=f"the function's answer is no response: {error}") from error

    async def _call(self, turn: Turn, integration: Integration, arn: str, event: Any) -> str:
        """Call a function and return its result as JSON text.

        Raises:
            Failed: it ran and failed.
            Refused: there is no result.
        """
        try:
            return await call_function(
                self._world,
                arn,
                event,
                timeout_ms=integration.timeout_in_millis or REST_TIMEOUT_MS,
                source_arn=turn.arn,
                cause=turn.arrival.entry,
                checks=not integration.credentials,
            )
        except Failed:
            raise
        except TookTooLong as error:
            raise Refused("INTEGRATION_TIMEOUT", why=str(error)) from error
        except Throttling as error:
            raise Refused("INTERNAL", why=f"the function was throttled: {error}") from error
        except Unanswered as error:
            raise Refused("API_CONFIGURATION_ERROR", why=str(error)) from error

    async def _proxy_server(self, turn: Turn, integration: Integration, url: str) -> HttpResponse:
        context = turn.context()
        made = outgoing(turn, integration.request_parameters, context)
        request = turn.arrival.request
        query = parse_qsl(request.query, keep_blank_values=True) + list(made.query.items())
        method = integration.http_method
        onward = HttpRequest(
            method=request.method if method in ("", "ANY") else method,
            path="/",
            query=urlencode(query),
            headers=request.headers.with_changes({name.lower(): value for name, value in made.headers.items()}),
            body=request.body,
        )
        timeout_ms = integration.timeout_in_millis or REST_TIMEOUT_MS
        return await ask_server(self._world, _filled(url, made.path), onward, timeout_ms=timeout_ms)

    # --- mapped ------------------------------------------------------------------------------------------

    def _mock(self, turn: Turn, integration: Integration) -> Answer:
        context = turn.context()
        body = self._request_body(turn, integration, context)
        status = mocked_status(body)
        if not status:
            raise Refused("INTERNAL", why='a mock is told what to answer by its request template: {"statusCode": 200}')
        return self._response(turn, integration, Answered(body="", status=status), context)

    async def _mapped(self, turn: Turn, integration: Integration, ask: Any, target: Any) -> Answer:
        context = turn.context()
        body = self._request_body(turn, integration, context)
        made = outgoing(turn, integration.request_parameters, context)
        timeout_ms = integration.timeout_in_millis or REST_TIMEOUT_MS
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                answered = await ask(turn, integration, target, body, made)
        except TimeoutError as error:
            why = f"{integration.uri} has not answered within {timeout_ms / 1000:g} s"
            raise Refused("INTEGRATION_TIMEOUT", why=why) from error
        return self._response(turn, integration, answered, context)

    def _request_body(self, turn: Turn, integration: Integration, context: dict[str, Any]) -> str:
        """Return what the integration's template makes of the body.

        Raises:
            Refused: there is no template for this content type, and the body may not pass as it is.
        """
        kind = media_type(turn.header("content-type") or "") or "application/json"
        templates = integration.request_templates
        template = templates.get(kind)
        if kind in templates:
            return _rendered(template or "", turn.variables(turn.text, context))
        may_pass = integration.passthrough_behavior == "WHEN_NO_MATCH" or (
            integration.passthrough_behavior == "WHEN_NO_TEMPLATES" and not templates
        )
        if not may_pass:
            raise Refused("UNSUPPORTED_MEDIA_TYPE", why=f"no template is for {kind}")
        return turn.text

    async def _ask_function(
        self, turn: Turn, integration: Integration, arn: str, body: str, made: Outgoing
    ) -> Answered:
        if integration.http_method != "POST":
            raise Refused("API_CONFIGURATION_ERROR", why="functions are invoked with POST: integrationHttpMethod")
        names = {name.lower(): value for name, value in made.headers.items()}
        try:
            event = json.loads(body or "{}")
        except ValueError:
            raise Refused("INTERNAL", why="what the function shall get is no JSON; mend the request template") from None
        if names.get("x-amz-invocation-type") == "Event":
            return self._submit(turn, integration, arn, body or "{}")
        try:
            return Answered(body=await self._call(turn, integration, arn, event), is_function=True)
        except Failed as failed:
            return Answered(body=failed.payload, is_function=True, message=failed.message)

    def _submit(self, turn: Turn, integration: Integration, arn: str, body: str) -> Answered:
        target = self._world.target(arn)
        may = bool(integration.credentials) or self._world.permits(arn, "apigateway.amazonaws.com", turn.arn)
        if target is None or not may:
            raise Refused("API_CONFIGURATION_ERROR", why=f"{arn} is not there, or its policy does not let the API in")
        try:
            target.accept(Envelope(body=body, source_arn=turn.arn, cause=turn.arrival.entry))
        except ApiError as error:
            raise Refused("INTERNAL", why=str(error)) from error
        return Answered(body="", status="202", is_function=True)

    async def _ask_service(
        self, turn: Turn, integration: Integration, uri: ServiceUri, body: str, made: Outgoing
    ) -> Answered:
        path = "/" + quote(_filled(uri.path, made.path), safe="/%:@+,;=-._~")
        path, _, query = path.partition("%3F")
        pairs = [*parse_qsl(query.replace("%3D", "="), keep_blank_values=True), *made.query.items()]
        request = HttpRequest(
            method=integration.http_method or "POST",
            path=path,
            query=urlencode(pairs),
            headers=Headers(_typed(made.headers, turn)),
            body=_content(body, integration),
        )
        try:
            response = self._world.ask_service(
                request,
                service=uri.service,
                region=uri.region,
                action=uri.action,
                caller=Caller(cause=turn.arrival.entry),
            )
        except NotSimulated as error:
            raise Refused("INTERNAL", why=str(error)) from error
        if not isinstance(response, HttpResponse):
            response = await response
        return _of_response(response)

    async def _ask_server(self, turn: Turn, integration: Integration, url: str, body: str, made: Outgoing) -> Answered:
        request = HttpRequest(
            method=integration.http_method or turn.arrival.request.method,
            path="/",
            query=urlencode(made.query),
            headers=Headers(_typed(made.headers, turn)),
            body=_content(body, integration),
        )
        timeout_ms = integration.timeout_in_millis or REST_TIMEOUT_MS
        return _of_response(await ask_server(self._world, _filled(url, made.path), request, timeout_ms=timeout_ms))

    def _response(self, turn: Turn, integration: Integration, answered: Answered, context: dict[str, Any]) -> Answer:
        """Return what the integration's responses make of an answer.

        Raises:
            Refused: none of them is for it.
        """
        chosen = choose(integration.integration_responses, answered)
        if chosen is None:
            raise Refused(
                "INTERNAL",
                why=f"no integration response is for {answered.message or answered.status!r}, and none is the default",
            )
        kind, template = _template(chosen, turn.header("accept") or "")
        context["status"] = chosen.status_code
        context["integration"] = {"status": answered.status}
        body = answered.body if template is None else _rendered(template, turn.variables(answered.body, context))
        headers = {}
        if template is not None or not answered.headers.get("content-type"):
            headers["Content-Type"] = kind
        else:
            headers["Content-Type"] = answered.headers["content-type"]
        for target, source in chosen.response_parameters.items():
            value = of_response(source, headers=answered.headers, body=answered.body, turn=turn, context=context)
            if value is not None:
                _set(headers, target.removeprefix("method.response.header."), value)
        override = context["responseOverride"]
        for name, value in override.get("header", {}).items():
            _set(headers, name, shown(value))
        status = override.get("status", chosen.status_code)
        is_bytes = chosen.content_handling == "CONVERT_TO_BINARY"
        return Answer(status=int(status), headers=tuple(headers.items()), body=body, is_base64=is_bytes)


def mocked_status(told: str) -> str:
    """Return which status a mock is told to answer, "" if it is not told; keys need no quotes, as the CDK has them."""
    try:
        status = json.loads(told)["statusCode"]
    except (KeyError, TypeError, ValueError):
        found = _LOOSE_STATUS.search(told)
        return "" if found is None else found[1]
    return "" if status is None else str(status)


def choose(responses: Mapping[str, IntegrationResponse], answered: Answered) -> IntegrationResponse | None:
    """Return which response is for an answer: the first whose pattern fits, else the one without a pattern."""
    default = next((each for each in responses.values() if not each.selection_pattern), None)
    if answered.is_function and answered.message is None:
        return default
    subject = answered.message if answered.message is not None else answered.status
    for each in responses.values():
        if each.selection_pattern:
            try:
                if re.fullmatch(each.selection_pattern, subject):
                    return each
            except re.error:
                continue
    return default


def _of_response(response: HttpResponse) -> Answered:
    headers = {name.lower(): value for name, value in response.headers}
    return Answered(body=text_of(response), status=str(response.status), headers=headers)


def _template(chosen: IntegrationResponse, accept: str) -> tuple[str, str | None]:
    """Return content type and template of a response; None for the answer as it is."""
    templates = chosen.response_templates
    wanted = media_type(accept)
    for kind in (wanted, "application/json", *templates):
        if kind in templates:
            template = templates[kind]
            return kind, template or None
    return "application/json", None


def _rendered(template: str, variables: dict[str, Any]) -> str:
    try:
        return render(template, variables)
    except (TemplateMistake, ValueError) as error:
        raise Refused("INTERNAL", why=f"a mapping template: {error}") from error


def _filled(text: str, path: Mapping[str, str]) -> str:
    for name, value in path.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _typed(headers: Mapping[str, str], turn: Turn) -> list[tuple[str, str]]:
    pairs = list(headers.items())
    if not any(name.lower() == "content-type" for name in headers):
        pairs.append(("Content-Type", turn.header("content-type") or "application/json"))
    return pairs


def _content(body: str, integration: Integration) -> bytes:
    content = decoded(body) if integration.content_handling == "CONVERT_TO_BINARY" else None
    return body.encode() if content is None else content


def _set(headers: dict[str, str], name: str, value: str) -> None:
    for given in [given for given in headers if given.lower() == name.lower()]:
        del headers[given]
    headers[name] = value
