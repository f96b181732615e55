"""What does an HTTP API do with a request? Route, authorize, map, integrate; every refusal has its own answer."""

import inspect
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from eventsim import ApiError, HttpRequest, HttpResponse, NotSimulated, World
from eventsim_sources.gateway import cors, format_v1, format_v2
from eventsim_sources.gateway.access_log import AccessLog
from eventsim_sources.gateway.address import Address
from eventsim_sources.gateway.answer import Malformed, plain_response
from eventsim_sources.gateway.arrival import SOURCE_IP, Arrival, Ids
from eventsim_sources.gateway.authorizer import (
    Granted,
    Kept,
    access_key,
    as_texts,
    is_signed,
    policy_answer,
    signer,
    simple_answer,
)
from eventsim_sources.gateway.body import by_content_type
from eventsim_sources.gateway.call import (
    Failed,
    NotPermitted,
    Throttling,
    TookTooLong,
    Unanswered,
    call_function,
    caller_in,
    check_assumed,
)
from eventsim_sources.gateway.expression import Expressions
from eventsim_sources.gateway.http_api.api import Api
from eventsim_sources.gateway.http_api.changes import changed, changed_response
from eventsim_sources.gateway.http_api.model import Authorizer, Integration, Route, Snapshot, Stage
from eventsim_sources.gateway.http_api.own_answer import json_response, refusal
from eventsim_sources.gateway.http_api.subtypes import SUBTYPES
from eventsim_sources.gateway.jwt import TokenRefused, check_claims, claims_of, scopes_of
from eventsim_sources.gateway.jwt import as_texts as claims_as_texts
from eventsim_sources.gateway.limits import AUTHORIZER_TIMEOUT_MS, HTTP_TIMEOUT_MS, PAYLOAD_BYTES_MAX
from eventsim_sources.gateway.refusal import Refused
from eventsim_sources.gateway.sender import why_not_invoked
from eventsim_sources.gateway.server import ask_server
from eventsim_sources.gateway.throttle import Buckets
from eventsim_sources.gateway.traffic import Traffic, Visit
from eventsim_sources.gateway.uri import FunctionUri, ServerUri, read_uri


class _Turn(Struct, frozen=True, kw_only=True):
    """One request on its way through an API.

    Attributes:
        path: decoded, with the stage unless that is `$default`.
    """

    arrival: Arrival
    snapshot: Snapshot
    stage: Stage
    route: Route
    path: str
    parameters: dict[str, str]
    authorizer: dict[str, Any] | None = None

    def expressions(self) -> Expressions:
        context = format_v2.context(
            self.arrival, self.route.route_key, self.path, self.arrival.account_id, self.authorizer
        )
        return Expressions(
            self.arrival,
            path_parameters=self.parameters,
            stage_variables=self.stage.stage_variables,
            context=context,
        )


class HttpDoor:
    """The front door of one HTTP API."""

    def __init__(self, world: World, api: Api, traffic: Traffic) -> None:
        self._world = world
        self._api = api
        self._traffic = traffic
        self._ids = Ids(world, api.settings.api_id)
        self._kept: dict[str, Kept] = {}
        self._buckets = Buckets(world.clock)
        self._log = AccessLog(world, api.settings.api_id, traffic.place)

    async def handle(self, request: HttpRequest, address: Address) -> HttpResponse:
        """Answer a request."""
        path = f"{address.base}{address.path}"
        visit = self._traffic.came(request.method, path)
        allowed = self._api.settings.cors_configuration
        if allowed is not None and cors.is_preflight(request):
            self._traffic.answered(visit, 204)
            return cors.preflight(allowed, request, status=204)
        stage, rest = self._api.stage_for(address)
        arrival = self._ids.arrival(
            request,
            path=rest,
            stage_path=path,
            stage=stage.stage_name if stage is not None else "",
            identifier=self._api.settings.api_id,
            domain_name=address.domain or self._api.domain_name,
            base_path=address.base,
            entry=visit.entry,
        )
        no: Refused | None = None
        try:
            if self._api.settings.disable_execute_api_endpoint and not address.domain:
                raise Refused("RESOURCE_NOT_FOUND", why="the API is open at its own domain names alone")
            if stage is None:
                raise Refused("RESOURCE_NOT_FOUND", why=f"no stage serves {path}")
            response = await self._answer(arrival, stage, visit)
        except Refused as refused:
            no = refused
            response = refusal(refused)
        headers = response.headers
        if allowed is not None:
            headers = cors.overriding(allowed, request, headers)
        headers = (*headers, ("Apigw-Requestid", arrival.short_id))
        of = None if stage is None else {"ApiId": self._api.settings.api_id, "Stage": stage.stage_name}
        self._traffic.answered(visit, response.status, "" if no is None else no.why, of=of)
        response = HttpResponse(status=response.status, headers=headers, body=response.body)
        if stage is not None and stage.access_log_settings:
            about = {**self._log.context(arrival, response, no), "requestId": arrival.short_id}
            self._log.write(stage.access_log_settings, {**about, "routeKey": self._route_key(arrival, stage)})
        return response

    def _route_key(self, arrival: Arrival, stage: Stage) -> str | None:
        """Return which route takes a request, None if none does."""
        snapshot = self._api.snapshot(stage)
        found = None if snapshot is None else snapshot.routes.find(arrival.request.method, arrival.path)
        return None if snapshot is None or found is None else snapshot.by_key[found.key].route_key

    async def _answer(self, arrival: Arrival, stage: Stage, visit: Visit) -> HttpResponse:
        snapshot = self._api.snapshot(stage)
        if snapshot is None:
            raise Refused("RESOURCE_NOT_FOUND", why=f"nothing is deployed to the stage {stage.stage_name}")
        matched = snapshot.routes.find(arrival.request.method, arrival.path)
        if matched is None:
            raise Refused("RESOURCE_NOT_FOUND", why=f"no route takes {arrival.request.method} {arrival.path}")
        if len(arrival.request.body) > PAYLOAD_BYTES_MAX:
            raise Refused("REQUEST_TOO_LARGE")
        turn = _Turn(
            arrival=arrival,
            snapshot=snapshot,
            stage=stage,
            route=snapshot.by_key[matched.key],
            path=format_v2.raw_path(arrival),
            parameters=matched.parameters,
        )
        self._throttle(turn)
        turn = await self._authorized(turn)
        return await self._integrated(turn, visit)

    def _throttle(self, turn: _Turn) -> None:
        """See that the stage has room for one more request to this route.

        Raises:
            Refused: it has not.
        """
        stage, key = turn.stage, turn.route.route_key
        if not stage.default_route_settings and not stage.route_settings:
            return
        settings = {**stage.default_route_settings, **stage.route_settings.get(key, {})}
        rate = settings.get("ThrottlingRateLimit")
        if rate is None:
            return
        burst = float(settings.get("ThrottlingBurstLimit", rate))
        if not self._buckets.takes((stage.stage_name, key), rate=float(rate), burst=burst):
            raise Refused("THROTTLED", why=f"the stage allows {key} {rate:g} requests a second")

    def forget_authorizations(self) -> None:
        """Forget what authorizers have answered."""
        self._kept.clear()

    # --- who may -----------------------------------------------------------------------------------------

    async def _authorized(self, turn: _Turn) -> _Turn:
        route, arrival = turn.route, turn.arrival
        authorizer = turn.snapshot.authorizers.get(route.authorizer_id)
        match route.authorization_type:
            case "AWS_IAM":
                if not is_signed(arrival.headers, arrival.request.query):
                    raise Refused("ACCESS_DENIED", why="the request is not signed")
                refusal = why_not_invoked(self._world, arrival, self._arn(arrival))
                if refusal:
                    raise Refused("ACCESS_DENIED", why=refusal)
                key = access_key(arrival.headers, arrival.request.query)
                return msgspec.structs.replace(turn, authorizer={"iam": signer(arrival.account_id, key)})
            case "JWT" if authorizer is not None:
                return msgspec.structs.replace(turn, authorizer={"jwt": self._token(turn, authorizer)})
            case "CUSTOM" if authorizer is not None:
                granted = await self._granted(turn, authorizer)
                context = granted.context if authorizer.enable_simple_responses else as_texts(granted.context)
                return msgspec.structs.replace(turn, authorizer={"lambda": dict(context) or None})
        return turn

    def _arn(self, arrival: Arrival) -> str:
        """Return the ARN by which policies name the way in that a request has taken."""
        return arrival.arn(arrival.stage, arrival.request.method, arrival.path.lstrip("/"))

    def _token(self, turn: _Turn, authorizer: Authorizer) -> dict[str, Any]:
        given = turn.expressions().text((authorizer.identity_source or ("$request.header.Authorization",))[0])
        bearer = (("www-authenticate", "Bearer"),)
        if not given:
            raise Refused("UNAUTHORIZED", why="the request bears no token", more=bearer)
        token = given[7:] if given[:7].lower() == "bearer " else given
        about = authorizer.jwt_configuration
        try:
            claims = claims_of(token, authorizer.keys)
            now_s = self._world.clock.epoch_us() / 1e6
            check_claims(claims, issuer=about.get("Issuer", ""), audience=about.get("Audience", ()), now_s=now_s)
        except TokenRefused as error:
            told = (("www-authenticate", f'Bearer scope="" error="invalid_token" error_description="{error}"'),)
            raise Refused("UNAUTHORIZED", why=str(error), more=told) from error
        wanted = turn.route.authorization_scopes
        if wanted and not set(wanted) & set(scopes_of(claims)):
            told = (("www-authenticate", f'Bearer scope="{" ".join(wanted)}" error="insufficient_scope"'),)
            raise Refused("ACCESS_DENIED", why=f"the token lacks the scopes {', '.join(wanted)}", more=told)
        return {"claims": claims_as_texts(claims), "scopes": scopes_of(claims) if wanted else None}

    async def _granted(self, turn: _Turn, authorizer: Authorizer) -> Granted:
        arrival = turn.arrival
        expressions = turn.expressions()
        sources = [expressions.text(source) for source in authorizer.identity_source]
        if not all(sources):
            raise Refused("UNAUTHORIZED", why="the request lacks what the authorizer identifies it by")
        method, _, path = turn.route.route_key.partition(" ")
        arn = self._arn(arrival)
        identities = tuple(source or "" for source in sources)
        kept = self._kept.setdefault(authorizer.authorizer_id, Kept(self._world.clock))
        key = (*identities, method, path) if authorizer.enable_simple_responses else identities
        granted = kept.find(key) if identities else None
        if granted is None:
            result = await self._ask(turn, authorizer, arn, list(identities))
            is_simple = authorizer.enable_simple_responses
            granted = simple_answer(result) if is_simple else policy_answer(result)
            kept.keep(key, granted, authorizer.authorizer_result_ttl_in_seconds)
        granted.check(arn)
        return granted

    async def _ask(self, turn: _Turn, authorizer: Authorizer, arn: str, sources: list[str]) -> str:
        arrival = turn.arrival
        uri = read_uri(authorizer.authorizer_uri, turn.stage.stage_variables)
        if not isinstance(uri, FunctionUri):
            raise Refused("AUTHORIZER_CONFIGURATION_ERROR", why=f"{authorizer.authorizer_uri} leads to no function")
        if authorizer.authorizer_payload_format_version == "1.0":
            event = self._v1_event(turn)
            del event["body"], event["isBase64Encoded"]
            event |= {"type": "REQUEST", "methodArn": arn, "identitySource": ",".join(sources)}
            event["authorizationToken"] = ",".join(sources)
        else:
            event = self._v2_event(turn)
            del event["isBase64Encoded"]
            event.pop("body", None)
            event |= {"type": "REQUEST", "routeArn": arn, "identitySource": sources or None}
        try:
            return await call_function(
                self._world,
                uri.arn,
                event,
                timeout_ms=AUTHORIZER_TIMEOUT_MS,
                source_arn=f"{self._api.execution_arn}/authorizers/{authorizer.authorizer_id}",
                cause=arrival.entry,
                trace_header=arrival.trace_id,
                role_arn=authorizer.authorizer_credentials_arn,
            )
        except Failed as failed:
            if failed.message == "Unauthorized":
                raise Refused("UNAUTHORIZED", why="the authorizer raised Unauthorized") from failed
            raise Refused("AUTHORIZER_FAILURE", why=f"the authorizer failed: {failed}") from failed
        except Unanswered as error:
            raise Refused("AUTHORIZER_FAILURE", why=f"the authorizer gave no answer: {error}") from error

    # --- what answers ------------------------------------------------------------------------------------

    async def _integrated(self, turn: _Turn, visit: Visit) -> HttpResponse:
        integration = turn.snapshot.integrations.get(turn.route.target.rpartition("/")[2])
        if integration is None:
            raise Refused("INTERNAL", why=f"the route {turn.route.route_key} has no integration")
        with self._traffic.integrating(visit):
            response = await self._answered(turn, integration)
        if not integration.response_parameters:
            return response
        return changed_response(response, integration.response_parameters, turn.expressions())

    async def _answered(self, turn: _Turn, integration: Integration) -> HttpResponse:
        if integration.integration_subtype:
            return await self._operation(turn, integration)
        uri = read_uri(integration.integration_uri, turn.stage.stage_variables)
        match uri:
            case FunctionUri(arn=arn):
                return await self._function(turn, integration, arn)
            case ServerUri(url=url) if integration.integration_type == "HTTP_PROXY":
                return await self._server(turn, integration, url)
            case _:
                raise Refused("INTERNAL", why=f"the integration {integration.integration_uri!r} is not understood")

    async def _function(self, turn: _Turn, integration: Integration, arn: str) -> HttpResponse:
        is_old = integration.payload_format_version == "1.0"
        turn = _with_changes(turn, integration)
        event = {"version": "1.0", **self._v1_event(turn)} if is_old else self._v2_event(turn)
        try:
            result = await call_function(
                self._world,
                arn,
                event,
                timeout_ms=integration.timeout_in_millis or HTTP_TIMEOUT_MS,
                source_arn=_route_arn(turn),
                cause=turn.arrival.entry,
                trace_header=turn.arrival.trace_id,
                role_arn=integration.credentials_arn,
            )
            answer = format_v1.answer(result) if is_old else format_v2.answer(result)
            content_type = "application/json" if is_old else "text/plain;charset=UTF-8"
            return plain_response(answer, content_type=content_type)
        except TookTooLong as error:
            raise Refused("UNAVAILABLE", why=str(error)) from error
        except Throttling as error:
            raise Refused("UNAVAILABLE", why=f"throttled: {error}") from error
        except (Failed, NotPermitted, Unanswered) as error:
            raise Refused("INTERNAL", why=str(error)) from error
        except Malformed as error:
            raise Refused("INTERNAL", why=f"the function's answer is no response: {error}") from error

    def _v2_event(self, turn: _Turn) -> dict[str, Any]:
        return format_v2.event(
            turn.arrival,
            route_key=turn.route.route_key,
            raw_path=turn.path,
            account_id=turn.arrival.account_id,
            path_parameters=turn.parameters,
            stage_variables=turn.stage.stage_variables,
            authorizer=turn.authorizer,
        )

    def _v1_event(self, turn: _Turn) -> dict[str, Any]:
        arrival = turn.arrival
        body, is_base64 = (
            by_content_type(arrival.request.body, arrival.headers) if arrival.request.body else (None, False)
        )
        resource = turn.route.route_key.partition(" ")[2] or "$default"
        return format_v1.event(
            msgspec.structs.replace(
                arrival, path=turn.path, stage_path=turn.path, base_path="", request_id=arrival.short_id
            ),
            resource=resource,
            resource_id=turn.route.route_key,
            path_parameters=turn.parameters,
            stage_variables=turn.stage.stage_variables,
            authorizer=_flat(turn.authorizer),
            body=body,
            is_base64=is_base64,
        )

    async def _operation(self, turn: _Turn, integration: Integration) -> HttpResponse:
        subtype = SUBTYPES.get(integration.integration_subtype)
        if subtype is None:
            raise Refused("INTERNAL", why=f"the integration subtype {integration.integration_subtype} is not simulated")
        expressions = turn.expressions()
        mapped = {name: expressions.text(value) for name, value in integration.request_parameters.items()}
        try:
            parameters = subtype.make({name: value for name, value in mapped.items() if value is not None})
            region = mapped.get("Region") or ""
            check_assumed(self._world, integration.credentials_arn, turn.arrival.entry)
            caller = caller_in(integration.credentials_arn)
            result = self._world.call(subtype.service, subtype.operation, parameters, region=region, caller=caller)
            if inspect.isawaitable(result):
                result = await result
        except ApiError as error:
            body = {"__type": error.code, "message": error.message}
            return json_response(error.status, body)
        except (NotSimulated, ValueError) as error:
            raise Refused("INTERNAL", why=str(error)) from error
        return json_response(200, {name: value for name, value in result.items() if name != "ResponseMetadata"})

    async def _server(self, turn: _Turn, integration: Integration, url: str) -> HttpResponse:
        for name, value in turn.parameters.items():
            url = url.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
        turn = _with_changes(turn, integration)
        method = integration.integration_method
        given = turn.arrival.request
        request = msgspec.structs.replace(
            given,
            method=given.method if method in ("", "ANY") else method,
            headers=given.headers.with_changes(_forwarded(turn.arrival)),
        )
        timeout_ms = integration.timeout_in_millis or HTTP_TIMEOUT_MS
        return await ask_server(self._world, url, request, timeout_ms=timeout_ms)


def _forwarded(arrival: Arrival) -> dict[str, str | None]:
    """Return the headers by which servers behind an HTTP API know where a request came from."""
    hop = f"by={SOURCE_IP};for={arrival.source_ip};host={arrival.domain_name};proto=https"
    before = arrival.headers.get("forwarded")
    return {
        "forwarded": f"{before}, {hop}" if before else hop,
        "via": "HTTP/1.1 AmazonAPIGateway",
        "x-amzn-trace-id": arrival.trace_id,
    }


def _route_arn(turn: _Turn) -> str:
    """Return as whom a route calls its function: by its own path, not that of the request, as SAM and CDK have it."""
    method, _, path = turn.route.route_key.partition(" ")
    way = (turn.arrival.request.method, path.lstrip("/")) if path else (method,)
    return turn.arrival.arn(turn.arrival.stage, *way)


def _with_changes(turn: _Turn, integration: Integration) -> _Turn:
    """Return a request with headers, query and path changed as the integration wants it."""
    if not integration.request_parameters:
        return turn
    request = changed(turn.arrival.request, integration.request_parameters, turn.expressions())
    return msgspec.structs.replace(turn, arrival=msgspec.structs.replace(turn.arrival, request=request))


def _flat(authorizer: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Return what format 1.0 makes of an authorizer's answer."""
    if authorizer is None or "iam" in authorizer:
        return None
    if "jwt" in authorizer:
        return dict(authorizer["jwt"])
    return dict(authorizer.get("lambda") or {})
