"""What does an integration answer, before it is made into a response? Functions, services, servers, and nothing."""

import asyncio
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode

from eventsim import (
    NO_LINEAGE,
    ApiError,
    Envelope,
    Headers,
    HttpRequest,
    HttpResponse,
    NotSimulated,
    World,
    load_json,
)
from eventsim_sources.delegation import check_delivery
from eventsim_sources.gateway import format_v1
from eventsim_sources.gateway.answer import Answer, Malformed
from eventsim_sources.gateway.body import by_binary_types, media_type
from eventsim_sources.gateway.call import (
    Failed,
    Throttling,
    TookTooLong,
    Unanswered,
    call_function,
    caller_in,
    check_assumed,
    stream_function,
)
from eventsim_sources.gateway.limits import REST_TIMEOUT_MS
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.rest_api.content import for_integration
from eventsim_sources.gateway.rest_api.exchange import (
    MALFORMED,
    NO_STATUS,
    NOT_PERMITTED,
    TIMED_OUT,
    customer_error,
)
from eventsim_sources.gateway.rest_api.integration_response import Answered, of_function, rendered, respond
from eventsim_sources.gateway.rest_api.mapping import Outgoing, outgoing
from eventsim_sources.gateway.rest_api.model import Integration
from eventsim_sources.gateway.rest_api.turn import Turn
from eventsim_sources.gateway.server import ask_server, bytes_of
from eventsim_sources.gateway.streamed import described_answer, joined, pieces_of, rest_answer
from eventsim_sources.gateway.uri import FunctionUri, ServerUri, ServiceUri, read_uri

_LOOSE_STATUS = re.compile(r"""^\s*\{(?:.*[,\s])?['"]?statusCode['"]?\s*:\s*['"]?(\d{3})\b.*\}\s*$""", re.DOTALL)


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
        streams = integration.response_transfer_mode == "STREAM"
        match integration.type, uri:
            case "AWS_PROXY", FunctionUri(arn=arn, streams=False) if not streams:
                return await self._proxy_function(turn, integration, arn)
            case "AWS_PROXY", FunctionUri(arn=arn, streams=True) if streams:
                return await self._stream_function(turn, integration, arn)
            case "HTTP_PROXY", ServerUri(url=url):
                return await self._proxy_server(turn, integration, url)
            case "MOCK", _:
                return self._mock(turn, integration)
            case "AWS", FunctionUri(arn=arn, streams=False):
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
        event = self._event(turn, integration)
        try:
            return format_v1.answer(await self._call(turn, integration, arn, event, _tenant_of(turn, integration)))
        except Failed as failed:
            raise Refused(
                "BAD_GATEWAY", why=f"the function failed: {failed}", log=customer_error(failed.message)
            ) from failed
        except Malformed as error:
            why = f"the function's answer is no response: {error}"
            raise Refused("BAD_GATEWAY", why=why, log=MALFORMED) from error

    async def _stream_function(self, turn: Turn, integration: Integration, arn: str) -> HttpResponse:
        """Return the beginning of what a function streams: it says status and headers first (documented)."""
        event = self._event(turn, integration)
        tenant_id = _tenant_of(turn, integration)
        result = await self._begun(stream_function, turn, integration, arn, event, tenant_id)
        pieces = pieces_of(result["EventStream"])
        try:
            answer, first = await described_answer(await anext(pieces, b""), pieces, rest_answer)
        except (ConnectionError, Malformed) as error:
            why = f"the function does not stream a response: {error}"
            raise Refused("BAD_GATEWAY", why=why, log=MALFORMED) from error
        return HttpResponse(status=answer.status, headers=answer.headers, body=joined(first, pieces))

    def _event(self, turn: Turn, integration: Integration) -> dict[str, Any]:
        """Return what a proxied function gets."""
        if integration.http_method not in ("POST", ""):
            raise Refused("API_CONFIGURATION_ERROR", why="functions are invoked with POST: integrationHttpMethod")
        arrival = turn.arrival
        body, is_base64 = (None, False)
        if arrival.request.body:
            body, is_base64 = by_binary_types(
                arrival.request.body, arrival.headers, turn.snapshot.settings.binary_media_types
            )
        return format_v1.event(
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

    async def _call(self, turn: Turn, integration: Integration, arn: str, event: Any, tenant_id: str) -> str:
        """Call a function and return its result as JSON text.

        Raises:
            Failed: it ran and failed.
            Refused: there is no result.
        """
        try:
            result: str = await self._begun(call_function, turn, integration, arn, event, tenant_id)
        except Failed as failed:
            _tell_result(turn, failed.payload)
            raise
        _tell_result(turn, result)
        return result

    async def _begun(
        self, call: Any, turn: Turn, integration: Integration, arn: str, event: Any, tenant_id: str
    ) -> Any:
        """Return what a call of a function comes to.

        Raises:
            Failed: it ran and failed.
            Refused: it did not run, or did not answer in time.
        """
        if turn.exchange is not None:
            turn.exchange.sent(_function_url(arn), _function_headers(turn), json.dumps(event, separators=(",", ":")))
        try:
            return await call(
                self._world,
                arn,
                event,
                timeout_ms=integration.timeout_in_millis or REST_TIMEOUT_MS,
                source_arn=turn.arn,
                cause=turn.arrival.entry,
                trace_header=turn.arrival.trace_id,
                tenant_id=tenant_id,
                role_arn=integration.credentials,
            )
        except Failed:
            raise
        except TookTooLong as error:
            raise Refused("INTEGRATION_TIMEOUT", why=str(error), log=TIMED_OUT) from error
        except Throttling as error:
            raise Refused("INTERNAL", why=f"the function was throttled: {error}") from error
        except Unanswered as error:
            raise Refused("API_CONFIGURATION_ERROR", why=str(error), log=NOT_PERMITTED) from error

    async def _proxy_server(self, turn: Turn, integration: Integration, url: str) -> HttpResponse:
        context = turn.context()
        made = outgoing(turn, integration.request_parameters, context)
        arrival = turn.arrival
        request = arrival.request
        query = parse_qsl(request.query, keep_blank_values=True) + list(made.query.items())
        own = {name.lower(): value for name, value in arrival.forwarded()}
        own["x-amzn-apigateway-api-id"] = arrival.identifier
        mapped = {name.lower(): value for name, value in made.headers.items()}
        method = integration.http_method
        onward = HttpRequest(
            method=request.method if method in ("", "ANY") else method,
            path="/",
            query=urlencode(query),
            headers=request.headers.with_changes({**own, **mapped}),
            body=request.body,
        )
        return await self._ask(turn, integration, _filled(url, made.path), onward)

    # --- mapped ------------------------------------------------------------------------------------------

    def _mock(self, turn: Turn, integration: Integration) -> Answer:
        context = turn.context()
        body = self._request_body(turn, integration, context)
        status = mocked_status(_text(body))
        if not status:
            why = 'a mock is told what to answer by its request template: {"statusCode": 200}'
            raise Refused("INTERNAL", why=why, log=NO_STATUS)
        return respond(turn, integration, Answered(status=status), context)

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
            raise Refused("INTEGRATION_TIMEOUT", why=why, log=TIMED_OUT) from error
        return respond(turn, integration, answered, context)

    def _request_body(self, turn: Turn, integration: Integration, context: dict[str, Any]) -> str | bytes:
        """Return what the integration's template makes of the body, or what passes of it: bytes where they are meant.

        Raises:
            Refused: there is no template for this content type, and the body may not pass as it is.
        """
        kind = media_type(turn.header("content-type") or "") or "application/json"
        binary_types = turn.snapshot.settings.binary_media_types
        try:
            body = for_integration(turn.arrival.request.body, kind, integration.content_handling, binary_types)
        except ValueError as error:
            raise Refused("INTERNAL", why=str(error)) from error
        templates = integration.request_templates
        if kind in templates:
            text = turn.text if isinstance(body, bytes) else body
            return rendered(templates[kind] or "", turn.variables(text, context))
        may_pass = integration.passthrough_behavior == "WHEN_NO_MATCH" or (
            integration.passthrough_behavior == "WHEN_NO_TEMPLATES" and not templates
        )
        if not may_pass:
            raise Refused("UNSUPPORTED_MEDIA_TYPE", why=f"no template is for {kind}")
        return body

    async def _ask_function(
        self, turn: Turn, integration: Integration, arn: str, body: str | bytes, made: Outgoing
    ) -> Answered:
        if integration.http_method != "POST":
            raise Refused("API_CONFIGURATION_ERROR", why="functions are invoked with POST: integrationHttpMethod")
        names = {name.lower(): value for name, value in made.headers.items()}
        text = _text(body) or "{}"
        try:
            event = load_json(text)
        except ValueError:
            raise Refused("INTERNAL", why="what the function shall get is no JSON; mend the request template") from None
        if names.get("x-amz-invocation-type") == "Event":
            return self._submit(turn, integration, arn, text, _tenant_in(made))
        try:
            return of_function(await self._call(turn, integration, arn, event, _tenant_in(made)))
        except Failed as failed:
            if turn.exchange is not None:
                turn.exchange.lines.append(customer_error(failed.message))
            return of_function(failed.payload, message=failed.message)

    def _submit(self, turn: Turn, integration: Integration, arn: str, body: str, tenant_id: str) -> Answered:
        target = self._world.target(arn)
        may = bool(integration.credentials) or self._world.permits(
            arn, "apigateway.amazonaws.com", turn.arn, cause=turn.arrival.entry
        )
        check_assumed(self._world, integration.credentials, turn.arrival.entry)
        if target is None or not may:
            raise Refused("API_CONFIGURATION_ERROR", why=f"{arn} is not there, or its policy does not let the API in")
        try:
            lineage = NO_LINEAGE.under(turn.arrival.trace_id)
            if tenant_id:
                trace_header = turn.arrival.trace_id
                caller = caller_in(integration.credentials, cause=turn.arrival.entry, trace_header=trace_header)
                later = {"FunctionName": arn, "InvocationType": "Event", "Payload": body.encode()}
                self._world.call("lambda", "Invoke", {**later, "TenantId": tenant_id}, caller=caller)
            else:
                check_delivery(self._world, arn, caller_in(integration.credentials, cause=turn.arrival.entry))
                target.accept(Envelope(body=body, source_arn=turn.arn, cause=turn.arrival.entry, lineage=lineage))
        except ApiError as error:
            raise Refused("INTERNAL", why=str(error)) from error
        return Answered(status="202", is_function=True)

    async def _ask_service(
        self, turn: Turn, integration: Integration, uri: ServiceUri, body: str | bytes, made: Outgoing
    ) -> Answered:
        check_assumed(self._world, integration.credentials, turn.arrival.entry)
        path = "/" + quote(_filled(uri.path, made.path), safe="/%:@+,;=-._~")
        path, _, query = path.partition("%3F")
        fixed = "&".join(each for each in (uri.query, query.replace("%3D", "=")) if each)
        pairs = [*parse_qsl(fixed, keep_blank_values=True), *made.query.items()]
        request = HttpRequest(
            method=integration.http_method or "POST",
            path=path,
            query=urlencode(pairs),
            headers=Headers(_with_own(made.headers, turn)),
            body=body if isinstance(body, bytes) else body.encode(),
        )
        if turn.exchange is not None:
            turn.exchange.sent(_service_url(uri, request), dict(request.headers.pairs), request.body)
        try:
            response = self._world.ask_service(
                request,
                service=uri.service,
                region=uri.region,
                action=uri.action,
                caller=caller_in(integration.credentials, cause=turn.arrival.entry),
            )
        except NotSimulated as error:
            raise Refused("INTERNAL", why=str(error)) from error
        if not isinstance(response, HttpResponse):
            response = await response
        return _of_response(_told(turn, response))

    async def _ask_server(
        self, turn: Turn, integration: Integration, url: str, body: str | bytes, made: Outgoing
    ) -> Answered:
        request = HttpRequest(
            method=integration.http_method or turn.arrival.request.method,
            path="/",
            query=urlencode(made.query),
            headers=Headers(_with_own(made.headers, turn)),
            body=body if isinstance(body, bytes) else body.encode(),
        )
        return _of_response(await self._ask(turn, integration, _filled(url, made.path), request))

    async def _ask(self, turn: Turn, integration: Integration, url: str, request: HttpRequest) -> HttpResponse:
        """Ask a server, and take note of it if this is a trial."""
        if turn.exchange is not None:
            whole = f"{url}?{request.query}" if request.query else url
            turn.exchange.sent(whole, dict(request.headers.pairs), request.body)
        timeout_ms = integration.timeout_in_millis or REST_TIMEOUT_MS
        return _told(turn, await ask_server(self._world, url, request, timeout_ms=timeout_ms))


def _tenant_of(turn: Turn, integration: Integration) -> str:
    """Return the tenant for whom a proxied function is called, "" for none."""
    parameters = integration.request_parameters
    return _tenant_in(outgoing(turn, parameters, turn.context())) if parameters else ""


def _tenant_in(made: Outgoing) -> str:
    """Return for whom a function is invoked: a header that the integration maps says so, "" for nobody (documented)."""
    return next((value for name, value in made.headers.items() if name.lower() == "x-amz-tenant-id"), "")


def _function_url(arn: str) -> str:
    return f"https://lambda.{arn.split(':')[3]}.amazonaws.com/2015-03-31/functions/{arn}/invocations"


def _function_headers(turn: Turn) -> dict[str, str]:
    """Return what API Gateway sends along with an event, but for the signature."""
    arrival = turn.arrival
    return {
        "x-amzn-lambda-integration-tag": arrival.request_id,
        "X-Amz-Date": f"{arrival.at:%Y%m%dT%H%M%SZ}",
        "x-amzn-apigateway-api-id": arrival.identifier,
        "X-Amz-Source-Arn": turn.arn,
        "Accept": "application/json",
        "User-Agent": f"AmazonAPIGateway_{arrival.identifier}",
        "X-Amzn-Trace-Id": arrival.trace_id,
    }


def _service_url(uri: ServiceUri, request: HttpRequest) -> str:
    query = f"Action={uri.action}" if uri.action else request.query
    return f"https://{uri.service}.{uri.region}.amazonaws.com{request.path}" + (f"?{query}" if query else "")


def _tell_result(turn: Turn, result: str) -> None:
    if turn.exchange is not None:
        headers = {"Content-Type": "application/json", "X-Amz-Executed-Version": "$LATEST"}
        turn.exchange.received(200, {**headers, "X-Amzn-Trace-Id": turn.arrival.trace_id}, result)


def _told(turn: Turn, response: HttpResponse) -> HttpResponse:
    """Return a response; of a trial, note is taken of it."""
    if turn.exchange is None:
        return response
    body = bytes_of(response)
    turn.exchange.received(response.status, dict(response.headers), body)
    return HttpResponse(status=response.status, headers=response.headers, body=body)


def mocked_status(told: str) -> str:
    """Return which status a mock is told to answer, "" if it is not told; keys need no quotes, as the CDK has them."""
    try:
        status = load_json(told)["statusCode"]
    except (KeyError, TypeError, ValueError):
        found = _LOOSE_STATUS.search(told)
        return "" if found is None else found[1]
    return "" if status is None else str(status)


def _of_response(response: HttpResponse) -> Answered:
    headers = {name.lower(): value for name, value in response.headers}
    return Answered(body=bytes_of(response), status=str(response.status), headers=headers)


def _filled(text: str, path: Mapping[str, str]) -> str:
    for name, value in path.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def _with_own(headers: Mapping[str, str], turn: Turn) -> list[tuple[str, str]]:
    """Return headers with those that API Gateway itself sends: services of old answer in JSON to its `Accept`."""
    own = {
        "Accept": "application/json",
        "Content-Type": turn.header("content-type") or "application/json",
        "User-Agent": f"AmazonAPIGateway_{turn.arrival.identifier}",
        "X-Amzn-Trace-Id": turn.arrival.trace_id,
        "x-amzn-apigateway-api-id": turn.arrival.identifier,
    }
    given = {name.lower() for name in headers}
    return [*headers.items(), *(pair for pair in own.items() if pair[0].lower() not in given)]


def _text(body: str | bytes) -> str:
    return body if isinstance(body, str) else body.decode(errors="replace")
